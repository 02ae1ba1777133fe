"""Owns the search for leaks: what a memory without pictures would score, and which women a model has seen.

Never splits and never runs a model.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.table import ImageRow, women_hash
from training.metrics import auroc
from training.split import AUXILIARY, KIN, LeakError, Split, split_by_woman

MEMORISER_LIMIT = 0.02
"""How far from 0.5 the AUROC of a memory may lie on a split that may be used."""


def memoriser_auroc(keys: Sequence[str], labels: NDArray[np.int64], train: Sequence[int], test: Sequence[int]) -> float:
    """AUROC on `test` of remembering which keys were suspicious in `train` (unknown keys: 0.5), without a picture.

    0.5 where no key is in both; NaN where the test part holds one class.
    """
    remembered: dict[str, int] = {}
    for index in train:
        remembered[keys[index]] = max(remembered.get(keys[index], 0), int(labels[index]))
    scores = np.array([float(remembered.get(keys[index], 0.5)) for index in test])
    return auroc(labels[list(test)], scores)


def leak_meter(
    rows: Sequence[ImageRow], parts: Mapping[str, Sequence[int]], inputs: NDArray[np.uint8] | None = None
) -> dict[str, float]:
    """The memory's AUROC per image on the test part, after the training and the validation part: by the woman's id
    ("woman") and by the picture ("picture": the model input's pixels where `inputs` are given, else the file's path),
    which finds one picture under two women's names.

    `parts`: positions in `rows` of "train", "validation" and "test". Raises LeakError where one of them is further from
    0.5 than MEMORISER_LIMIT, or cannot be had: nothing may be fitted or judged on such a split; and where one picture
    is in two parts under two women's names, however little that moves the figure.
    """
    labels = np.array([row.label for row in rows], np.int64)
    seen = [*parts.get("train", ()), *parts.get("validation", ())]
    test = list(parts["test"])
    pictures = _pictures(rows, parts, inputs)
    found = {}
    for name, keys in (
        ("woman", [row.patient_id for row in rows]),
        ("picture", [pictures.get(index, "") for index in range(len(rows))]),
    ):
        found[name] = memoriser_auroc(keys, labels, seen, test)
        if math.isnan(found[name]):
            raise LeakError(
                "the test part holds one class only: what a memory would score on it cannot be had",
                "give more women, or choose another split",
            )
        if abs(found[name] - 0.5) > MEMORISER_LIMIT:
            raise LeakError(
                f"remembering the {name} alone scores {found[name]:.3f} on the test part, without a leak it is 0.5",
                "split by woman, and give one woman one id",
            )
    _assert_no_picture_twice(rows, parts, pictures)
    return found


def _pictures(
    rows: Sequence[ImageRow], parts: Mapping[str, Sequence[int]], inputs: NDArray[np.uint8] | None
) -> dict[int, str]:
    """What names the picture of each row that is in a part."""
    return {
        index: str(rows[index].file) if inputs is None else hashlib.sha256(inputs[index].tobytes()).hexdigest()
        for chosen in parts.values()
        for index in chosen
    }


def assert_no_picture_twice(
    rows: Sequence[ImageRow], parts: Mapping[str, Sequence[int]], inputs: NDArray[np.uint8] | None = None
) -> None:
    """Raise LeakError where women of two parts share a picture; the arguments are those of `leak_meter`."""
    _assert_no_picture_twice(rows, parts, _pictures(rows, parts, inputs))


def _assert_no_picture_twice(
    rows: Sequence[ImageRow], parts: Mapping[str, Sequence[int]], pictures: Mapping[int, str]
) -> None:
    first: dict[str, tuple[str, int]] = {}
    for part, index in ((part, index) for part, chosen in parts.items() for index in chosen):
        before, other = first.setdefault(pictures[index], (part, index))
        if before != part and rows[other].patient_id != rows[index].patient_id:
            raise LeakError(
                f"{rows[other].file} in {before} and {rows[index].file} in {part} are one picture of two women",
                "give one woman one id, or 'prepare' again, which leaves one of them out",
            )


def woman_digest(patient_id: str) -> str:
    """12 hex digits for one woman's id: a bundle can tell whom it has seen without naming her."""
    return hashlib.sha256(patient_id.encode()).hexdigest()[:12]


def women_digests(split: Split) -> dict[str, list[str]]:
    """The women whom a run has seen, by part, as a bundle keeps them; those who were only trained on beside the others,
    where there are any."""
    found = {
        part: sorted(woman_digest(woman) for woman, where in split.part_of.items() if where == part)
        for part in ("train", "validation", AUXILIARY)
    }
    return {part: digests for part, digests in found.items() if digests or part != AUXILIARY}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which women of a table a model has seen. `known` False: the model tells too little to be sure of the others."""

    women: frozenset[str]
    known: bool
    text: str

    def record(self, *, allowed: bool) -> dict[str, Any]:
        """What a report is stamped with; `allowed`: the user went on all the same."""
        state = "overlap" if self.women else "none" if self.known else "not known"
        return {"state": state, "women": len(self.women), "allowed": allowed and bool(self.women), "text": self.text}


def overlap_with_run(rows: Sequence[ImageRow], split: Split, start: Mapping[str, Any] | None) -> Overlap:
    """The women of `rows` whom a run has seen, by their ids; `start` is what it started from (`start_record`)."""
    return _overlap(rows, lambda women: women & split.seen(), start, known=True)


def overlap_with_bundle(
    rows: Sequence[ImageRow], training: Mapping[str, Any], split_hashes: Mapping[str, str]
) -> Overlap:
    """The women of `rows` whom a bundle's model has seen: by the digests that it carries, or, in bundles without, by
    making its split again from its seed, which works where `rows` are the set that it was fitted on."""
    told = training.get("women")
    if told is not None:
        digests = {digest for part in told.values() for digest in part}
        return _overlap(
            rows,
            lambda women: {w for w in women if woman_digest(w) in digests},
            training.get("start"),
            known=True,
            beside=training.get("auxiliary"),
        )
    again = split_by_woman(rows, seed=int(training.get("seed", 0)))
    if again.hashes() == dict(split_hashes):
        return _overlap(rows, lambda women: women & again.seen(), training.get("start"), known=True)
    everybody = {row.patient_id for row in rows}
    same = women_hash(everybody) in (split_hashes.get("train"), split_hashes.get("validation"))
    return _overlap(rows, lambda women: women if same else set(), training.get("start"), known=same)


def _overlap(
    rows: Sequence[ImageRow],
    seen_of: Any,
    start: Mapping[str, Any] | None,
    *,
    known: bool,
    beside: Mapping[str, Any] | None = None,
) -> Overlap:
    """`beside`: what the model's record tells of the sets that were only trained on (`auxiliary_record`)."""
    everybody = {row.patient_id for row in rows}
    seen = set(seen_of(everybody))
    related = _seen_before(rows, start or {}) - seen
    shown = _of_sets(rows, beside or {}, told=True) - seen - related
    known = known and bool((start or {}).get("women_told", True))
    parts = []
    if seen:
        parts.append(f"{len(seen)} of {len(everybody)} women were in the model's training or validation part")
    if shown:
        parts.append(f"{len(shown)} women were, or may have been, in the sets with drawn lesions that it was fitted on")
    if related:
        parts.append(f"{len(related)} women were seen, or may have been, when its first weights were made")
    if not parts:
        parts.append(
            f"none of the {len(everybody)} women was seen by the model"
            if known
            else "the model does not name the women it has seen one by one: an overlap cannot be ruled out"
        )
    return Overlap(frozenset(seen | related | shown), known, "; ".join(parts))


def _seen_before(rows: Sequence[ImageRow], start: Mapping[str, Any]) -> set[str]:
    """The women whom the first weights have seen: by their digests, and where those are not all, or not these women's
    only numbers, by the sets that the weights were made on."""
    digests, told = set(start.get("women_seen", ())), bool(start.get("women_told"))
    return (
        {row.patient_id for row in rows if woman_digest(row.patient_id) in digests}
        | _of_sets(rows, start.get("pretraining") or {}, told=told)
        | _of_sets(rows, start.get("auxiliary") or {}, told=told)
    )


def _of_sets(rows: Sequence[ImageRow], story: Mapping[str, Any], *, told: bool) -> set[str]:
    """The women of `rows` whom weights may have seen that were made on the sets that `story` tells; `told`: whether the
    digests of all women of these sets are known, so that of the very same sets nobody else was seen."""
    sources = story.get("sources") or [name for name in story.get("source", "").split(" and ") if name]
    unknown = story.get("sources_of_unknown_women") or ()
    return {
        row.patient_id
        for row in rows
        if any(_kin(source, row.source) and not (told and source == row.source) for source in sources)
        or row.source in unknown
    }


def _kin(first: str, second: str) -> bool:
    """Whether two data sets may hold the same women."""
    return first == second or any(first.startswith(family) and second.startswith(family) for family in KIN)


def without(rows: Iterable[ImageRow], women: frozenset[str]) -> tuple[ImageRow, ...]:
    """The rows of all other women."""
    return tuple(row for row in rows if row.patient_id not in women)
