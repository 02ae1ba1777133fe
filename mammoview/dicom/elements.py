"""Owns safe access to the elements of one dataset. Never interprets what they mean.

Real files hold values that break the standard. Every reader here answers with an empty value and a warning
instead of an exception, and no warning quotes a value, since values may identify a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataset import Dataset

_DATE = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2})?(\.\d*)?")
_NOT_NUMBERS = (ValueError, TypeError, OverflowError)


class Elements:
    """A dataset's elements by keyword; `warnings` collects what could not be used, each line once.

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

    def has(self, keyword: str) -> bool:
        return keyword in self.dataset

    def raw(self, keyword: str) -> Any:
        """The element's value as pydicom gives it; None where absent, empty or unreadable."""
        tag = tag_for_keyword(keyword)
        if tag is None or tag not in self.dataset:
            return None
        try:
            value = self.dataset[tag].value
        except Exception:  # pydicom converts here: a value may break any rule, and the rest of the file is still good
            self.warn(f"{label(keyword)} cannot be read")
            return None
        return None if value is None or (isinstance(value, (str, bytes)) and not value) else value

    def texts(self, keyword: str) -> tuple[str, ...]:
        """Every value as stripped text, empty ones kept."""
        value = self.raw(keyword)
        if value is None:
            return ()
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else [value]
        return tuple(_text(item) for item in values)

    def text(self, keyword: str) -> str:
        """The value as text; several are joined by a backslash as in the file."""
        return "\\".join(self.texts(keyword)).strip("\\")

    def code(self, keyword: str) -> str:
        """The first value as an upper-case code string."""
        values = self.texts(keyword)
        return values[0].upper() if values else ""

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Every value as a finite number; none of them where one is not."""
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

    def number(self, keyword: str) -> float | None:
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else None

    def integer(self, keyword: str) -> int | None:
        number = self.number(keyword)
        return None if number is None else int(number)

    def flag(self, keyword: str) -> bool:
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


def label(keyword: str) -> str:
    """An element's name in DICOM's words: "Window Width"."""
    tag = tag_for_keyword(keyword)
    return keyword if tag is None else dictionary_description(tag)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1").strip(" \0")
    return str(value).strip(" \0")
