"""Owns the names and numbers by which one data set tells who she is, where it was and by whom. Never tells them.

What the profile keeps is searched for them: a machine's explanation of a window may still hold a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataset import Dataset

from mammoview.dicom.deidentify.values import texts_of

_NUMBERS = frozenset(
    {
        0x00080050,  # Accession Number
        0x00080080,  # Institution Name
        0x00080081,  # Institution Address
        0x00081010,  # Station Name
        0x00081040,  # Institutional Department Name
        0x00100020,  # Patient ID
        0x00100021,  # Issuer of Patient ID
        0x00100030,  # Birth date
        0x00101000,  # Other Patient IDs
        0x00101040,  # Address
        0x00102154,  # Telephone
        0x00181000,  # Device Serial Number
        0x00380010,  # Admission ID
    }
)
_PARTS = re.compile(r"[\^=,\s\\]+")
_NOBODY = frozenset({"none", "unknown", "anonymous"})
_LEAST_NAME, _LEAST_NUMBER, _WITHIN_WORDS = 3, 4, 6
_DEEPEST = 32


class Identifiers:
    """The identifiers of `dataset`, of all its depth; `found_in` answers for a text."""

    def __init__(self, dataset: Dataset) -> None:
        self._words = frozenset(_words(dataset, 0))
        self._within = tuple(word for word in self._words if len(word) >= _WITHIN_WORDS)

    def found_in(self, text: str) -> bool:
        """Whether `text` holds one: a short one as a word of its own, a longer one anywhere."""
        folded = text.casefold()
        if any(word in folded for word in self._within):
            return True
        return folded in self._words or any(part in self._words for part in re.split(r"[^\w]+|_", folded))


def _words(dataset: Dataset, depth: int) -> Iterator[str]:
    for tag in list(dataset.keys()):
        if tag.is_private:
            continue
        try:
            element = dataset[tag]
        except Exception:  # pydicom converts here: what cannot be read cannot be kept either
            continue
        if element.VR == "SQ" and depth < _DEEPEST:
            for item in element.value or ():
                yield from _words(item, depth + 1)
        elif element.VR == "PN":
            for text in texts_of(element.value):
                yield from _telling(_PARTS.split(text.casefold()), _LEAST_NAME)
        elif int(tag) in _NUMBERS:
            yield from _telling([text.casefold() for text in texts_of(element.value)], _LEAST_NUMBER)


def _telling(words: list[str], least: int) -> Iterator[str]:
    """Those that are long enough to tell somebody, and do."""
    return (word for word in words if len(word) >= least and word not in _NOBODY)
