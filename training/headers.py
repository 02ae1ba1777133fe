"""Owns what files say of themselves against what the table of a data set says of them. Never reads files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from mammoview.core.study import ImageHeader, View
from training.data.table import ImageRow

_EXAMPLES = 3


def contradictions(row: ImageRow, header: ImageHeader) -> tuple[str, ...]:
    """Where the file says another side or view than the table; what one of them leaves open contradicts nothing."""
    pairs = [("side", row.laterality, str(header.laterality))]
    if row.view in tuple(View):
        pairs.append(("view", row.view, str(header.view)))
    return tuple(
        f"the table says {name} {listed}, the file itself {own}: see which is right"
        for name, listed, own in pairs
        if listed and own and listed != own
    )


def shown_by(header: ImageHeader) -> str:
    """Whom the file says it shows, as a hash of its Patient ID; empty where it does not say."""
    name = header.patient.patient_id.strip()
    return hashlib.sha256(name.encode()).hexdigest()[:16] if name else ""


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
