"""Owns the split by woman: who is fitted on, who chooses, who is judged. Never lets one woman into two parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import InputRefusedError, MammoviewError, UsageError
from training.data.table import ImageRow, read_table, women_hash

PARTS = ("train", "validation", "test")
AUXILIARY = "auxiliary"
"""What stands in the place of a part for women who are only ever trained on, beside the others."""

KINDS = ("auto", "by-woman", "k-fold", "official", "official-clean", "file")
STRATA = ("label", "source", "density")
KIN = (("ddsm", "cbis"),)
"""Data sets of the same women under other numbers, by the beginnings of their names (CBIS-DDSM is made of DDSM)."""


class LeakError(MammoviewError):
    """A woman is in two parts of a split; nothing may be trained or measured on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSpec:
    """How a table is to be split, as a configuration names it. Raises UsageError where it cannot be meant.

    `kind`: "by-woman" deals the women out by the fractions `validation` and `test`, evenly within `stratify` (some of
    STRATA; "label" is always among them); "k-fold" makes fold number `fold` (from 0) of `folds` the test part;
    "official" takes the set's own parts and refuses women who are in both, "official-clean" takes their images out of
    the training part; "file" reads a CSV with the columns patient_id and part; "auto" is "official-clean" for
    CBIS-DDSM, else "by-woman". Where a kind says nothing of validation, women of the training part are dealt out to it.
    With `validation` 0 nobody is, and the last epoch of a fit is kept; with `test` 0, too, a network is fitted on
    everyone, and only others of its recipe can tell what it is worth (`evaluate --out-of-folds`).
    """

    kind: str = "auto"
    seed: int = 1
    validation: float = 0.15
    test: float = 0.25
    folds: int = 5
    fold: int = 0
    stratify: tuple[str, ...] = STRATA
    file: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"split kind {self.kind!r} is not known", f"choose one of {', '.join(KINDS)}")
        if not (self.validation >= 0 <= self.test and self.validation + self.test < 1):
            raise UsageError("validation and test must be 0 or more and together under 1", "change the fractions")
        if not 0 <= self.fold < self.folds or self.folds < 2:
            raise UsageError(f"fold {self.fold} of {self.folds} is not there", "folds count from 0, two or more")
        if "label" not in self.stratify or set(self.stratify) - set(STRATA):
            raise UsageError(
                f"cannot stratify by {self.stratify}", f"'label', and of {', '.join(STRATA)} what you like"
            )
        if (self.kind == "file") != bool(self.file):
            raise UsageError("a split file goes with the kind 'file'", "give both or neither")


@dataclass(frozen=True, slots=True)
class Split:
    """Which woman is in which part: patient_id -> one of `PARTS`, or `AUXILIARY`. `seed` made it; `spec` is how (None:
    `split_by_woman` as it stands), `notes` what a reader of the figures must know of it."""

    part_of: Mapping[str, str]
    seed: int
    spec: SplitSpec | None = None
    notes: tuple[str, ...] = ()

    def indices(self, rows: Sequence[ImageRow], part: str) -> list[int]:
        """The positions in `rows` that belong to `part`."""
        return [index for index, row in enumerate(rows) if self._part(row) == part]

    def hashes(self) -> dict[str, str]:
        """For each part the hash that names its women."""
        return {part: women_hash(woman for woman, where in self.part_of.items() if where == part) for part in PARTS}

    def seen(self) -> frozenset[str]:
        """The women whom a model may have seen: all but those of the test part."""
        return frozenset(woman for woman, part in self.part_of.items() if part != "test")

    def _part(self, row: ImageRow) -> str:
        """The part of an image; "" where it is left out: an official test woman's image of the official training
        part."""
        part = self.part_of[row.patient_id]
        return "" if part == "test" and row.part == "train" and self._official() else part

    def _official(self) -> bool:
        return self.spec is not None and self.spec.kind.startswith("official")


def split_record(split: Split) -> dict[str, Any]:
    """A split as split.json keeps it; `split_of` reads it."""
    return {
        "seed": split.seed,
        "part_of": dict(split.part_of),
        "hashes": split.hashes(),
        "spec": asdict(split.spec) if split.spec else None,
        "notes": list(split.notes),
    }


def split_of(record: Mapping[str, Any]) -> Split:
    """The split that `split_record` wrote, also before specs were kept. Raises KeyError or TypeError."""
    told = record.get("spec")
    spec = SplitSpec(**{**told, "stratify": tuple(told["stratify"])}) if told else None
    return Split(record["part_of"], record["seed"], spec, tuple(record.get("notes", ())))


def split_by_woman(rows: Sequence[ImageRow], *, seed: int, validation: float = 0.15, test: float = 0.25) -> Split:
    """Shuffle the women within each label (a woman is positive if any image of hers is) and deal them out."""
    label: dict[str, int] = {}
    for row in rows:
        label[row.patient_id] = max(label.get(row.patient_id, 0), row.label)
    rng = np.random.default_rng(seed)
    part_of: dict[str, str] = {}
    for value in (0, 1):
        women = sorted(woman for woman, has in label.items() if has == value)
        rng.shuffle(women)
        first, second = round(len(women) * test), round(len(women) * (test + validation))
        for position, woman in enumerate(women):
            part_of[woman] = "test" if position < first else "validation" if position < second else "train"
    return Split(part_of, seed)


def is_of(row: ImageRow, sources: Iterable[str]) -> bool:
    """Whether the source of `row` begins with one of `sources`."""
    return row.source.startswith(tuple(sources))


def make_split(rows: Sequence[ImageRow], spec: SplitSpec, auxiliary: Sequence[str] = ()) -> Split:
    """The split of `rows` that `spec` names; the same for any order of the rows.

    Women of the sources `auxiliary` are in no part, and the split of the others is as without them. Images that do not
    say whom they show (`woman_known` False) are trained on: nothing may be chosen or judged by them. Raises LeakError
    where official parts share women and are not to be cleaned, or where the rows are of sets with the same women under
    other numbers (`KIN`), unless a file decides; UsageError where the rows have no official parts or the file leaves
    women out, InputRefusedError where the file cannot be read.
    """
    beside = [row for row in rows if is_of(row, auxiliary)]
    if not beside:
        return _of_own(rows, spec)
    own = [row for row in rows if not is_of(row, auxiliary)]
    assert_no_kin(own, beside)
    found = _of_own(own, spec)
    women = {row.patient_id for row in beside}
    both = sorted(women & set(found.part_of))
    if both:
        raise LeakError(f"{both[0]} is in an auxiliary set and in another", "give one woman one set")
    sets = ", ".join(sorted({row.source for row in beside}))
    note = f"{len(beside)} images of {sets} are in no part: they are only trained on, beside the training part"
    part_of = {**found.part_of, **dict.fromkeys(sorted(women), AUXILIARY)}
    return replace(found, part_of=part_of, notes=(*found.notes, note))


def assert_no_kin(rows: Sequence[ImageRow], others: Sequence[ImageRow]) -> None:
    """Raise LeakError where `rows` and `others` are of sets with the same women under other numbers."""
    for kin in KIN:
        here, there = ([name for name in kin if any(is_of(row, (name,)) for row in side)] for side in (rows, others))
        apart = [(one, other) for one in here for other in there if one != other]
        if apart:
            raise LeakError(
                f"{' and '.join(sorted(apart[0]))} hold the same women under other numbers: nobody can be kept apart",
                "make a cache of each, or say by a split file who is where",
            )


def _of_own(rows: Sequence[ImageRow], spec: SplitSpec) -> Split:
    """The split of rows without auxiliary ones."""
    if spec.kind != "file":
        assert_no_kin(rows, rows)
    if spec.kind == "auto":
        official = any(row.part for row in rows if row.source.startswith("cbis"))
        spec = replace(spec, kind="official-clean" if official else "by-woman")
    unknown = sorted({row.patient_id for row in rows if not row.woman_known})
    if not unknown:
        return _made(rows, spec)
    found = _made([row for row in rows if row.woman_known], spec)
    note = f"{len(unknown)} images do not say whom they show; they are in the training part"
    return replace(found, part_of={**found.part_of, **dict.fromkeys(unknown, "train")}, notes=(*found.notes, note))


def _made(rows: Sequence[ImageRow], spec: SplitSpec) -> Split:
    """The split of images whose women are known."""
    if spec.kind.startswith("official"):
        return _official_split(rows, spec)
    if spec.kind == "file":
        return _split_of_file(rows, spec)
    if spec.kind == "k-fold":
        return _fold_split(rows, spec)
    if spec.stratify == ("label",):
        found = split_by_woman(rows, seed=spec.seed, validation=spec.validation, test=spec.test)
        return replace(found, spec=spec)
    return Split(_dealt(_women(rows), spec, {"test": spec.test, "validation": spec.validation}), spec.seed, spec)


def shared_women(rows: Iterable[ImageRow]) -> tuple[str, ...]:
    """The women who are in more than one of the set's own parts, sorted. Of pooled CBIS-DDSM there are 31."""
    parts: dict[str, set[str]] = {}
    for row in rows:
        if row.part:
            parts.setdefault(row.patient_id, set()).add(row.part)
    return tuple(sorted(woman for woman, found in parts.items() if len(found) > 1))


def assert_disjoint(parts: Mapping[str, Sequence[ImageRow]]) -> None:
    """Raise LeakError, naming a woman, where two parts share one."""
    seen: dict[str, str] = {}
    for part, rows in parts.items():
        for row in rows:
            before = seen.setdefault(row.patient_id, part)
            if before != part:
                raise LeakError(f"{row.patient_id} is in {before} and in {part}", "split by woman, then train again")


def _women(rows: Iterable[ImageRow]) -> dict[str, list[ImageRow]]:
    women: dict[str, list[ImageRow]] = {}
    for row in rows:
        women.setdefault(row.patient_id, []).append(row)
    return women


def _queues(women: Mapping[str, Sequence[ImageRow]], spec: SplitSpec) -> list[list[str]]:
    """Two queues, of women without and with a suspicious image; like women stand together, shuffled among themselves,
    so that whoever takes every n-th woman takes her share of each kind."""
    rng = np.random.default_rng(spec.seed)
    queues = []
    for label in (0, 1):
        strata: dict[tuple[str, ...], list[str]] = {}
        for woman in sorted(name for name, rows in women.items() if max(row.label for row in rows) == label):
            told = {
                "source": min(row.source for row in women[woman]),
                "density": max(row.density for row in women[woman]),
            }
            strata.setdefault(tuple(told[key] for key in STRATA[1:] if key in spec.stratify), []).append(woman)
        queue: list[str] = []
        for key in sorted(strata):
            rng.shuffle(strata[key])
            queue += strata[key]
        turn = int(rng.integers(0, max(1, len(queue))))
        queues.append(queue[turn:] + queue[:turn])
    return queues


def _dealt(women: Mapping[str, Sequence[ImageRow]], spec: SplitSpec, shares: Mapping[str, float]) -> dict[str, str]:
    """Each woman's part: `shares` of all women go, evenly along the queues, to the parts named, the rest to train."""
    part_of: dict[str, str] = {}
    for queue in _queues(women, spec):
        left, size = queue, len(queue)
        for part, share in shares.items():
            wanted = min(round(size * share), len(left))
            taken = {
                woman
                for place, woman in enumerate(left)
                if (place + 1) * wanted // len(left) > place * wanted // len(left)
            }
            part_of |= dict.fromkeys(taken, part)
            left = [woman for woman in left if woman not in taken]
        part_of |= dict.fromkeys(left, "train")
    return part_of


def _fold_split(rows: Sequence[ImageRow], spec: SplitSpec) -> Split:
    women = _women(rows)
    queues = _queues(women, spec)
    tested = {
        woman
        for label, queue in enumerate(queues)
        for place, woman in enumerate(queue)
        if (place + label * len(queues[0])) % spec.folds == spec.fold
    }
    rest = {woman: women[woman] for woman in women if woman not in tested}
    part_of = _dealt(rest, spec, {"validation": spec.validation}) | dict.fromkeys(tested, "test")
    return Split(part_of, spec.seed, spec, (f"fold {spec.fold + 1} of {spec.folds}, each woman in one fold",))


def _official_split(rows: Sequence[ImageRow], spec: SplitSpec) -> Split:
    both = shared_women(rows)
    if not any(row.part == "test" for row in rows):
        raise UsageError("the table has no official test part", "choose another kind of split, as 'by-woman'")
    if both and spec.kind == "official":
        raise LeakError(
            f"{len(both)} women are in both official parts: {', '.join(both[:3])}{' …' if len(both) > 3 else ''}",
            "choose 'official-clean', which takes them out of the training part",
        )
    women = _women(rows)
    tested = {row.patient_id for row in rows if row.part == "test"}
    trained = {woman: found for woman, found in women.items() if woman not in tested and any(r.part for r in found)}
    free = {woman: found for woman, found in women.items() if not any(row.part for row in found)}
    part_of = _dealt(trained, spec, {"validation": spec.validation}) | dict.fromkeys(tested, "test")
    part_of |= _dealt(free, spec, {"test": spec.test, "validation": spec.validation})
    notes = ["test is the set's own test part; validation women come from its training part"]
    if both:
        out = sum(row.part == "train" for woman in both for row in women[woman])
        notes.append(f"{len(both)} women are in both official parts; their {out} training images were taken out")
    if free:
        notes.append(f"{len(free)} women without an official part were dealt out")
    return Split(part_of, spec.seed, spec, tuple(notes))


def _split_of_file(rows: Sequence[ImageRow], spec: SplitSpec) -> Split:
    women = _women(rows)
    told = _parts_of_file(Path(spec.file))
    short: dict[str, list[str]] = {}
    for woman in women:
        short.setdefault(woman.partition("/")[2], []).append(woman)
    part_of: dict[str, str] = {}
    for name, part in told.items():
        meant = [name] if name in women else short.get(name, [])
        if len(meant) > 1:
            raise UsageError(f"{spec.file}: {name} may be {' or '.join(meant)}", "write the whole id, with its set")
        if meant and part_of.setdefault(meant[0], part) != part:
            raise LeakError(f"{spec.file}: {meant[0]} is in {part_of[meant[0]]} and in {part}", "keep one line")
    missing = sorted(set(women) - set(part_of))
    if missing:
        raise UsageError(f"{spec.file}: {len(missing)} women have no line, as {missing[0]}", "give each woman a part")
    notes = [f"parts from {Path(spec.file).name}"]
    if "validation" not in part_of.values() and spec.validation:
        trained = {woman: women[woman] for woman, part in part_of.items() if part == "train"}
        part_of |= _dealt(trained, spec, {"validation": spec.validation})
        notes.append("validation women were dealt out from its training part")
    return Split(part_of, spec.seed, spec, tuple(notes))


def _parts_of_file(path: Path) -> dict[str, str]:
    """patient_id -> part, from a CSV."""
    told: dict[str, str] = {}
    for number, line in read_table(path, {"patient_id", "part"}):
        name, part = line["patient_id"], line["part"].lower()
        if not name or part not in PARTS:
            raise InputRefusedError(f"{path}: line {number} names no woman and part", f"parts: {', '.join(PARTS)}")
        if told.setdefault(name, part) != part:
            raise LeakError(f"{path}: {name} is in {told[name]} and in {part}", "keep one line")
    return told
