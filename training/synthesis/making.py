"""Owns the making of a set of women: by several processes to the same bytes; what was ended goes on.

In the folder of a set, `truth/set.json` says how all its women are made, and `truth/WOMAN/woman.json`, written after
her other files, holds her rows of the manifest and the sizes of her files. Never makes pixels itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mammoview.core.errors import EngineError, UsageError
from training.fitting.lock import claimed
from training.progress import Progress
from training.synthesis.dicom_file import SOFTWARE, Compression
from training.synthesis.examination import Occasion, examination_of
from training.synthesis.files import write_text
from training.synthesis.manifest import MANIFESTS, Row, write_manifest
from training.synthesis.storage import write_examination
from training.synthesis.traits import Density
from training.synthesis.woman import LesionChoice, SideChoice, generate_woman
from training.workers import answers

TRUTH = "truth"
_SET, _WOMAN = "set.json", "woman.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What all women of a set have in common; the fields are the command's options."""

    seed: int
    lesion: LesionChoice
    side: SideChoice
    density: Density | None
    spacing_mm: float
    prior: bool
    lesion_free_twin: bool
    compress: Compression
    patient_name: str | None = None

    @property
    def occasions(self) -> tuple[Occasion, ...]:
        """Her examinations, the current one first."""
        wanted: tuple[tuple[Occasion, bool], ...] = (
            ("current", True),
            ("prior", self.prior),
            ("twin", self.lesion_free_twin),
        )
        return tuple(occasion for occasion, asked in wanted if asked)


@dataclass(frozen=True, slots=True)
class Made:
    """How many women the set has, and how many of them were there before."""

    women: int
    before: int


def make_women(choices: Choices, out: Path, *, first: int, women: int, workers: int) -> Made:
    """Make women `first` up of a set in `out`, and the manifest of all that are there.

    Women who are there with all files stay as they are, also those that are not asked for now; the others are made, by
    as many processes as `workers` says. The bytes depend on neither. Raises UsageError where `out` holds other images,
    a set with other choices or more women from `first` on, where another process writes there, or where it cannot be
    written; EngineError where a worker ends by itself or memory does not do.
    """
    try:
        with claimed(out):
            _claim_for(choices, out)
            kept = _kept(out)
            _refuse_fewer(set(kept), first, women, out)
            wanted = sorted({*kept, *range(first, first + women)})
            todo = [index for index in wanted if index not in kept or not _is_whole(kept[index], out)]
            _make(choices, out, todo, len(wanted), workers)
            rows = [Row(**row) for _, record in sorted(_kept(out).items()) for row in record["rows"]]
            write_manifest(rows, _parameters(choices, wanted), out)
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be written: {error.strerror or error}",
            "make room or choose another place; the same command goes on",
        ) from error
    except MemoryError as error:
        raise EngineError("the memory does not do", "give fewer --workers; the same command goes on") from error
    return Made(len(wanted), len(wanted) - len(todo))


def _make(choices: Choices, out: Path, todo: list[int], count: int, workers: int) -> None:
    before = count - len(todo)
    tasks = [(choices, index, out) for index in todo]
    with (
        Progress("synthesize", "women") as bar,
        closing(answers(make_woman, tasks, max(1, min(workers, len(todo))))) as ready,
    ):
        bar.tell(before, count)
        for done, _ in enumerate(ready, start=before + 1):
            bar.tell(done, count)


def make_woman(task: tuple[Choices, int, Path]) -> int:
    """Write all files of woman number `index` of a set, and then her record; answer her number."""
    choices, index, out = task
    rows: list[Row] = []
    age, identifier = None, ""
    for occasion in choices.occasions:
        woman = generate_woman(
            choices.seed, index=index, spacing_mm=choices.spacing_mm, side=choices.side, density=choices.density,
            lesion="none" if occasion == "twin" else choices.lesion, prior=occasion == "prior",
        )  # fmt: skip
        age = woman.age_years if age is None else age
        variant = f"{choices.lesion} {choices.side} {choices.density} {choices.spacing_mm:g} mm"
        examination = examination_of(
            choices.seed, index, occasion, age, variant=variant, patient_name=choices.patient_name
        )
        identifier = examination.patient_id
        rows += write_examination(
            woman, examination, out, images=f"{identifier}/{occasion}", masks=f"{TRUTH}/{identifier}",
            compression=choices.compress,
        )  # fmt: skip
    files = [name for row in rows for name in (row.file, row.mask) if name]
    record = {
        "index": index,
        "rows": [asdict(row) for row in rows],
        "bytes": {name: (out / name).stat().st_size for name in files},
    }
    write_text(out / TRUTH / identifier / _WOMAN, json.dumps(record, indent=1) + "\n")
    return index


def _claim_for(choices: Choices, out: Path) -> None:
    """Note in a new folder how its women are made. Raises UsageError where it holds something made otherwise."""
    path = out / TRUTH / _SET
    told = {"software": SOFTWARE, **asdict(choices)}
    if not path.exists():
        if any((out / name).exists() for name in (TRUTH, *MANIFESTS)):
            raise UsageError(f"{out}: holds images that were made otherwise", "give another --out")
        write_text(path, json.dumps(told, indent=1) + "\n")
        return
    found = _read(path)
    if not found:
        raise UsageError(f"{path}: is broken", "delete the folder of the set, or give another --out")
    other = [
        f"{_option(name)} {found.get(name)}, not {value}" for name, value in told.items() if found.get(name) != value
    ]
    if other:
        raise UsageError(f"{out}: its women were made with {', '.join(other)}", "give another --out")


def _option(name: str) -> str:
    return "the generator" if name == "software" else "--" + name.replace("_", "-")


def _kept(out: Path) -> dict[int, dict[str, Any]]:
    """The records of the women who are there, by their numbers; one that cannot be read counts as none."""
    records = [_read(path) for path in (out / TRUTH).glob(f"*/{_WOMAN}")]
    return {record["index"]: record for record in records if record}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_whole(record: Mapping[str, Any], out: Path) -> bool:
    """Whether all her files are there, as long as they were written."""
    try:
        return all((out / name).stat().st_size == size for name, size in record["bytes"].items())
    except OSError:
        return False


def _refuse_fewer(kept: set[int], first: int, women: int, out: Path) -> None:
    """Raise UsageError where the set has the women from `first` on, and more of them than are asked for."""
    if first in kept and first - 1 not in kept and first + women in kept:
        last = next(index for index in range(first, max(kept) + 1) if index + 1 not in kept)
        raise UsageError(
            f"{out}: holds women {first} to {last}, more than --women {women}",
            f"give --women {last + 1 - first} or more, or another --out",
        )


def _parameters(choices: Choices, indices: list[int]) -> dict[str, object]:
    """What reproduces the set, for its manifest; the women's numbers are listed where some between are missing."""
    told = asdict(choices)
    del told["patient_name"]
    seed = told.pop("seed")
    parameters = {"seed": seed, "women": len(indices), "first": indices[0], **told}
    if indices[-1] - indices[0] >= len(indices):
        parameters["indices"] = indices
    return parameters
