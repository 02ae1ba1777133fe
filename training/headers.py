"""Owns what files say of themselves against what the table of a data set says of them. Never reads files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mammoview.core.study import ImageHeader, View
from training.data.nobody import is_placeholder
from training.data.table import ImageRow

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """What a file says of itself, as its DICOM header has it: whom it shows (`shown_by`), Modality, side and view."""

    shows: str = ""
    modality: str = ""
    laterality: str = ""
    view: str = ""


def own_words(header: ImageHeader) -> OwnWords:
    """What a file's header says."""
    return OwnWords(
        shows=shown_by(header),
        modality=header.modality,
        laterality=str(header.laterality),
        view=str(header.view),
    )


def contradictions(row: ImageRow, words: OwnWords) -> tuple[str, ...]:
    """Where the file says another side or view than the table; what one of them leaves open contradicts nothing."""
    pairs = [("side", row.laterality, words.laterality)]
    if row.view in tuple(View):
        pairs.append(("view", row.view, words.view))
    return tuple(
        f"the table says {name} {listed}, the file itself {own}: see which is right"
        for name, listed, own in pairs
        if listed and own and listed != own
    )


def shown_by(header: ImageHeader) -> str:
    """Whom the file says it shows, as a hash of its Patient ID; empty where it does not say, or says nobody."""
    name = header.patient.patient_id.strip()
    return "" if is_placeholder(name) else hashlib.sha256(name.encode()).hexdigest()[:16]


def one_patient_as_several(rows: Sequence[ImageRow], shown: Iterable[tuple[int, str]]) -> Iterator[str]:
    """A line for each Patient ID whose images the table gives to several women: a split would part them. `shown`: the
    number of a row, and what `shown_by` says of its file.
    """
    files: dict[str, dict[str, ImageRow]] = {}
    for number, patient in shown:
        if patient:
            files.setdefault(patient, {}).setdefault(rows[number].patient_id, rows[number])
    for women in files.values():
        if len(women) > 1:
            named = ", ".join(str(row.file) for row in list(women.values())[:_EXAMPLES])
            more = ", ..." if len(women) > _EXAMPLES else ""
            yield (
                f"one Patient ID stands in the files of {len(women)} women of the table ({named}{more}): give her one "
                "name, unless the ID is of nobody"
            )
