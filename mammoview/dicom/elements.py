"""Owns safe access to the elements of one dataset. Never interprets what they mean.

Real files hold values that break the standard. Every reader here answers with an empty value and a warning
instead of an exception, and no warning quotes a value, since values may identify a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataset import Dataset

from mammoview.dicom import plain

_DATE = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2})?(\.\d*)?")
_PAST_INTEGERS = 2**32  # PS3.5 6.2: no VR of whole numbers that is read here reaches it
_NOT_NUMBERS = (ValueError, TypeError, OverflowError)

Key = str | int
"""An element's keyword, or its tag where the keyword stands for several groups (60xx,eeee)."""


class Elements:
    """A dataset's elements by keyword (or tag); `warnings` collects what could not be used, each line once.

    `frame` (counted from 1) is the one whose functional groups count, where the data set has several.
    """

    def __init__(self, dataset: Dataset, warnings: list[str] | None = None, *, frame: int = 1) -> None:
        self.dataset = dataset
        self.frame = frame
        self.warnings: list[str] = [] if warnings is None else warnings

    def warn(self, line: str) -> None:
        """Note that something was odd."""
        if line not in self.warnings:
            self.warnings.append(line)

    @cached_property
    def _values(self) -> plain.Values:
        return plain.Values(self.dataset)

    def has(self, keyword: Key) -> bool:
        return _tag(keyword) in self._values

    def raw(self, keyword: Key) -> Any:
        """The element's value as pydicom gives it; None where absent, empty or unreadable."""
        tag = _tag(keyword)
        if tag not in self._values:
            return None
        try:
            value = self.dataset[tag].value
        except Exception:  # pydicom converts here: a value may break any rule, and the rest of the file is still good
            self.warn(f"{label(keyword)} cannot be read")
            return None
        return None if value is None or (isinstance(value, (str, bytes)) and not value) else value

    def texts(self, keyword: Key) -> tuple[str, ...]:
        """Every value as stripped text, empty ones kept."""
        texts = self._values.texts(_tag(keyword))
        if texts is not None:
            return texts
        value = self.raw(keyword)
        if value is None:
            return ()
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else [value]
        return tuple(_text(item) for item in values)

    def text(self, keyword: Key) -> str:
        """The value as text; several are joined by a backslash as in the file."""
        return "\\".join(self.texts(keyword)).strip("\\")

    def code(self, keyword: Key) -> str:
        """The first value as an upper-case code string."""
        values = self.texts(keyword)
        return values[0].upper() if values else ""

    def numbers(self, keyword: Key) -> tuple[float, ...]:
        """Every value as a finite number; none of them where one is not."""
        plain_numbers = self._values.numbers(_tag(keyword))
        if plain_numbers is not None:
            return plain_numbers
        value = self.raw(keyword)
        if value is None:
            return ()
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else [value]
        try:
            numbers = tuple(float(item) for item in values if item is not None and item != "")
        except _NOT_NUMBERS:
            numbers = (math.nan,)
        if not all(math.isfinite(number) for number in numbers):
            self.warn(f"{label(keyword)} is not a number")
            return ()
        return numbers

    def places(self, keyword: Key) -> tuple[float | None, ...]:
        """As `numbers`, an empty value kept in its place as None."""
        there = [bool(text) for text in self.texts(keyword)]
        found = iter(self.numbers(keyword))
        return tuple(next(found, None) if one else None for one in there)

    def number(self, keyword: Key) -> float | None:
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else None

    def integer(self, keyword: Key) -> int | None:
        number = self.number(keyword)
        if number is not None and abs(number) >= _PAST_INTEGERS:
            self.warn(f"{label(keyword)} is out of range")
            return None
        return None if number is None else int(number)

    def flag(self, keyword: Key) -> bool:
        """Whether a code string is YES."""
        return self.code(keyword) == "YES"

    def uid(self, keyword: str) -> str | None:
        return self.text(keyword).strip("\0 ") or None

    def date(self, keyword: str) -> str:
        """DA (PS3.5 6.2) as ISO YYYY-MM-DD; empty where absent or, with a warning, where invalid."""
        text = self.text(keyword)
        if not text:
            return ""
        found = _DATE.fullmatch(text)
        try:
            if found is None:
                raise ValueError
            return date(*(int(part) for part in found.groups())).isoformat()
        except ValueError:
            self.warn(f"{label(keyword)} is not a valid date")
            return ""

    def time(self, keyword: str) -> str:
        """TM (PS3.5 6.2) as HH:MM:SS; empty where absent or, with a warning, where invalid."""
        text = self.text(keyword)
        if not text:
            return ""
        found = _TIME.fullmatch(text)
        hour, minute, second = (int(part or 0) for part in found.groups()[:3]) if found else (99, 0, 0)
        if hour > 23 or minute > 59 or second > 60:
            self.warn(f"{label(keyword)} is not a valid time")
            return ""
        return f"{hour:02d}:{minute:02d}:{second:02d}"

    def items(self, keyword: str) -> tuple[Elements, ...]:
        """The items of a sequence; their warnings join these."""
        value = self.raw(keyword)
        if value is None:
            return ()
        try:
            return tuple(Elements(item, self.warnings) for item in value if isinstance(item, Dataset))
        except TypeError:
            self.warn(f"{label(keyword)} is not a sequence")
            return ()

    def first_item(self, keyword: str) -> Elements | None:
        items = self.items(keyword)
        return items[0] if items else None


def _tag(keyword: Key) -> int:
    """The element's tag; -1 for a keyword that DICOM does not know."""
    tag = keyword if isinstance(keyword, int) else tag_for_keyword(keyword)
    return -1 if tag is None else tag


def label(keyword: Key) -> str:
    """An element's name in DICOM's words: "Window Width"."""
    tag = keyword if isinstance(keyword, int) else tag_for_keyword(keyword)
    return str(keyword) if tag is None else dictionary_description(tag)


def _text(value: object) -> str:
    if value is None:
        return ""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    if not text.isprintable():  # line ends, control and bidirectional characters: nothing that a label may hold
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()
