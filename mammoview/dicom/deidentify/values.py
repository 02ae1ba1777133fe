"""Owns the new value of one element: capped ages, dummies, what may be kept. Knows nothing of data sets.

PS3.5 6.2 (value representations), PS3.15 E.3.5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_AGE = re.compile(r"(\d{3})([DWMY])")
_CODE = re.compile(r"[A-Z0-9_ ]{0,16}")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,12}")
_MOST_DECIMAL = 16
_MOST_AGE = 89
DUMMY_TEXT = "REMOVED"
_DUMMIES: dict[str, Any] = {"DS": "0", "IS": "0", "AS": "", "UR": "http://removed.invalid", "UI": None}
_NUMBERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"})


def texts_of(value: object) -> list[str]:
    """The values of an element as text, without what pads them."""
    if value is None:
        return []
    if isinstance(value, bytes):
        return [value.decode("latin-1").strip("\0 ")]
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [str(one).strip("\0 ") for one in values]


def capped_age(text: str) -> str:
    """An AS; "090Y" for all who are over 89; empty where it is not valid."""
    found = _AGE.fullmatch(text)
    if found is None:
        return ""
    return "090Y" if found.group(2) == "Y" and int(found.group(1)) > _MOST_AGE else text


def dummy(vr: str) -> Any:
    """A value that tells nothing and is valid for the value representation."""
    if vr in _NUMBERS:
        return 0
    if vr.startswith("O") or vr == "UN":
        return b"\0" * 8
    return _DUMMIES.get(vr, DUMMY_TEXT)


def is_sound(vr: str, text: str) -> bool:
    """Whether a kept value is what its representation says: a code or a number, or text in printable ASCII."""
    if vr == "CS":
        return _CODE.fullmatch(text) is not None
    if vr == "DS":
        return len(text) <= _MOST_DECIMAL and (not text or _DECIMAL.fullmatch(text) is not None)
    if vr == "IS":
        return not text or _INTEGER.fullmatch(text) is not None
    return text.isascii() and text.isprintable() and len(text) <= 64
