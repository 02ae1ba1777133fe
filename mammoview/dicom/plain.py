"""Owns the short way to values that keep the standard to the letter. What is in any way odd goes through pydicom.

pydicom converts, checks and warns for each element, which is most of the time that a header takes. A value that its VR
(PS3.5 6.2) allows in the plainest form means the same without all that; for every other this module has no answer, and
the caller asks pydicom.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

_CHARACTER_SET = 0x00080005
_ASCII_BELOW = frozenset(  # Specific Character Sets (PS3.3 C.12.1.1.2) whose single bytes below 128 are ASCII
    {"", *(f"ISO_IR {number}" for number in (6, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 192))}
)
_MANY = {
    "CS": rb"[A-Z0-9 _]{0,16}",
    "UI": rb"(?:0|[1-9][0-9]{0,20})(?:\.(?:0|[1-9][0-9]{0,40})){1,12}",
    "DA": rb"[0-9]{8}",
    "TM": rb"(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9](?:\.[0-9]{1,6})?)?)?",
    "AS": rb"[0-9]{3}[DWMY]",
    "DS": rb"(?=[^\\]{1,16}(?:\\|$))[+-]?[0-9]{1,9}(?:\.[0-9]{0,9})?",
    "IS": rb"[+-]?[0-9]{1,9}",
    "SH": rb"[ -\[\]-~]{0,16}",
    "LO": rb"[ -\[\]-~]{0,64}",
}
_TEXTS = {vr: re.compile(rb"(?:%s)(?:\\(?:%s))*" % (one, one)) for vr, one in _MANY.items()}
_TEXTS |= {vr: re.compile(rb"[ -\[\]-~]*") for vr in ("ST", "LT")}
_TEXTS |= {"PN": re.compile(rb"[ -<>-\[\]-~]{0,64}")}
_OF_CHARACTER_SET = frozenset({"SH", "LO", "ST", "LT", "PN"})
_LONGEST = {"SH": 16, "LO": 64, "ST": 1024, "LT": 10240, "UI": 64, "PN": 64}
_BINARY = {"US": ("H", 2), "SS": ("h", 2), "UL": ("I", 4), "SL": ("i", 4)}


class Values:
    """The elements of a data set as they were read. Each reader answers None where pydicom is to be asked."""

    def __init__(self, dataset: Dataset) -> None:
        self._elements: dict[int, DataElement | RawDataElement] = {int(tag): found for tag, found in dataset.items()}
        character_set = self._elements.get(_CHARACTER_SET)  # pydicom has converted it in reading
        self._is_ascii = character_set is None or str(character_set.value or "") in _ASCII_BELOW

    def __contains__(self, tag: int) -> bool:
        return tag in self._elements

    def texts(self, tag: int) -> tuple[str, ...] | None:
        """Every value as stripped text, empty ones kept; () where the element is absent or empty."""
        element = self._elements.get(tag)
        if element is None:
            return ()
        if not isinstance(element, RawDataElement) or element.value is None:
            return None
        vr = element.VR or _vr_of(tag)
        pattern, value = _TEXTS.get(vr), element.value
        if pattern is None or (vr in _OF_CHARACTER_SET and not self._is_ascii) or len(value) > _LONGEST.get(vr, 1024):
            return None
        value = value.rstrip(b"\0 ")
        if not value:
            return None if vr == "PN" else ()
        if pattern.fullmatch(value) is None:
            return None
        return tuple(part.strip(" ") for part in value.decode("ascii").split("\\"))

    def numbers(self, tag: int) -> tuple[float, ...] | None:
        """Every value as a number; () where the element is absent or empty."""
        element = self._elements.get(tag)
        if element is None:
            return ()
        if not isinstance(element, RawDataElement) or not element.value:
            return None
        vr, value = element.VR or _vr_of(tag), element.value
        if vr in _BINARY:
            code, size = _BINARY[vr]
            if len(value) % size:
                return None
            order = "<" if element.is_little_endian else ">"
            return tuple(map(float, struct.unpack(f"{order}{len(value) // size}{code}", value)))
        texts = self.texts(tag) if vr in ("DS", "IS") else None
        return None if texts is None else tuple(map(float, texts))


@lru_cache(maxsize=4096)
def _vr_of(tag: int) -> str:
    """The dictionary's VR, for files that do not write it; empty where there is none."""
    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""
