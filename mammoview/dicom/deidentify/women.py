"""Owns which patient IDs are one woman's: those that a list joins, and those that headers do (Other Patient IDs
Sequence (0010,1002), and Other Patient IDs (0010,1000), which is retired). Never tells an ID.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.core.study import ImageSource
from mammoview.dicom.dataset import parse_source
from mammoview.dicom.deidentify.values import texts_of
from mammoview.dicom.elements import Elements
from mammoview.dicom.quiet import caught_warnings


class Women:
    """Which IDs belong together. A woman goes by the first of hers in the order of their letters, so that she has one
    pseudonym wherever the same IDs are joined.
    """

    def __init__(self, same: Iterable[Sequence[str]] = ()) -> None:
        """`same`: IDs that a user says are of one woman, as of `same_in`."""
        self._first: dict[str, str] = {}
        self._births: dict[str, set[str]] = {}
        for ids in same:
            for other in ids[1:]:
                self._join(self.of(ids[0]), self.of(other))

    def of(self, patient_id: str) -> str:
        """The ID by which she goes."""
        while (first := self._first.get(patient_id, patient_id)) != patient_id:
            patient_id = first
        return patient_id

    def look(self, sources: Iterable[ImageSource]) -> None:
        """Join what the headers of `sources` join, unless birth dates tell two women apart; what cannot be read joins
        nothing."""
        links: list[tuple[str, str]] = []
        for source in sources:
            try:
                dataset = parse_source(source).dataset
            except InputRefusedError:
                continue
            with caught_warnings():
                elements = Elements(dataset)
                patient_id, birth = elements.text("PatientID"), elements.date("PatientBirthDate")
                others = list(_others(dataset)) if patient_id else []
            if birth and patient_id:
                self._births.setdefault(self.of(patient_id), set()).add(birth)
            links += [(patient_id, other) for other in others]
        for one, other in dict.fromkeys(links):
            first, second = self.of(one), self.of(other)
            if len(self._births.get(first, set()) | self._births.get(second, set())) <= 1:
                self._join(first, second)

    def _join(self, one: str, other: str) -> None:
        first, second = sorted((one, other))
        if first != second:
            self._first[second] = first
            self._births[first] = self._births.get(first, set()) | self._births.pop(second, set())


def same_in(path: Path) -> list[tuple[str, ...]]:
    """The IDs of each line of a CSV file, two or more of one woman; lines without any are passed over.

    Raises UsageError where the file cannot be read, or a line holds one ID alone.
    """
    found = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.reader(stream), start=1):
                ids = tuple(text.strip() for text in row if text.strip())
                if len(ids) == 1:
                    raise UsageError(f"{path}: line {number} holds one patient ID alone", "write two, with a comma")
                if ids:
                    found.append(ids)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", "name a CSV file of patient IDs") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV file in UTF-8", "name a CSV file of patient IDs") from error
    return found


def _others(dataset: Dataset) -> Iterator[str]:
    """What else a header calls her by."""
    elements = Elements(dataset)
    for item in elements.items("OtherPatientIDsSequence"):
        if other := item.text("PatientID"):
            yield other
    if "OtherPatientIDs" in dataset:
        try:
            yield from filter(None, texts_of(dataset["OtherPatientIDs"].value))
        except Exception:  # pydicom converts here: what breaks every rule names nobody
            return
