"""Owns how the words of published tables are understood: side, view, density, diagnosis, numbers. Never reads files."""

from __future__ import annotations

import math
import re

_SIDES = {"l": "L", "left": "L", "r": "R", "right": "R", "": "", "u": ""}
_DENSITIES = {"1": "A", "2": "B", "3": "C", "4": "D", "a": "A", "b": "B", "c": "C", "d": "D"}
_CLASSES: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("normal", "healthy", "negative", "no finding", "n"), (0, "normal")),
    **dict.fromkeys(("benign", "benign without callback", "b"), (0, "benign")),
    **dict.fromkeys(("malignant", "malign", "cancer", "carcinoma", "m"), (1, "malignant")),
    **dict.fromkeys(("0", "0.0", "false", "no", "non cancer", "noncancer", "no cancer", "not cancer"), (0, "")),
    **dict.fromkeys(("1", "1.0", "true", "yes", "positive", "suspicious", "sick"), (1, "")),
}
ASSESSMENTS = ("0", "1", "2", "3", "4", "5", "6")
"""BI-RADS assessments (ACR BI-RADS Atlas, 5th edition); 0: needs more images, so recalled at screening."""

_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "train"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d{1,2}$")
_WHOLE_AS_FRACTION = re.compile(r"^(\d+)\.0+$")
_AGE = re.compile(r"^(\d{1,3})\s*(?:y|years?)$", re.IGNORECASE)
_OLDEST = 130
_NOT_TOLD = ("", "nan", "none", "n/a", "na", "null", "unknown", "?", "-")
_TRAILING_NUMBER = re.compile(r"^(?P<head>.*?)[\s_.-]*\(?\d+\)?$")


def side_of(text: str) -> str:
    """ "L", "R", or "" where none is told. Raises ValueError for other words."""
    try:
        return _SIDES[text.strip().lower()]
    except KeyError:
        raise ValueError(f"side {text!r} is neither left nor right") from None


def density_of(text: str) -> str:
    """BI-RADS A to D from letters or 1 to 4; "" for anything else."""
    return _DENSITIES.get(text.strip().lower().removesuffix(".0"), "")


def birads_of(text: str) -> str:
    """The BI-RADS assessment "0" to "6" from a number; "" for anything else."""
    found = text.strip().removesuffix(".0")
    return found if found in ASSESSMENTS else ""


def class_of(text: str) -> tuple[int, str] | None:
    """(label, diagnosis) of a word for a class; the diagnosis is "" where the word tells the label only. None for words
    that are not known.
    """
    return _CLASSES.get(re.sub(r"[\s_-]+", " ", text.strip().lower()))


def label_of(text: str) -> int:
    """1 or 0 from a cell that says yes or no ("1", "1.0", "True", ...). Raises ValueError for anything else."""
    found = class_of(text)
    if found is None:
        raise ValueError(f"{text!r} is neither 0 nor 1")
    return found[0]


def id_of(text: str) -> str:
    """A number of somebody or something as it was before a spreadsheet made "10006.0" of "10006"."""
    found = _WHOLE_AS_FRACTION.match(text.strip())
    return found[1] if found else text.strip()


def part_of(text: str) -> str:
    """ "train" or "test" as a set's own part; a validation part counts as "train", as splits make their own. "" for
    other words.
    """
    return _PARTS.get(text.strip().lower(), "")


def number_of(text: str) -> float | None:
    """The number, also with a decimal comma ("61,5"); None for an empty text or a word that says that none is told.
    Raises ValueError where it is none.
    """
    text = text.strip()
    if text.lower() in _NOT_TOLD:
        return None
    try:
        value = float(text.replace(",", ".") if _DECIMAL_COMMA.match(text) else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number")
    return value


def age_of(text: str) -> float | None:
    """An age in years: a number, or as DICOM writes it ("061Y"). Raises ValueError where nobody is of that age."""
    found = _AGE.match(text.strip())
    try:
        age = float(found[1]) if found else number_of(text)
    except ValueError:
        age = math.nan
    if age is not None and not 0 <= age <= _OLDEST:
        raise ValueError(f"age {text.strip()!r} is no age in years; leave it empty where it is not known")
    return age


def woman_in_name(stem: str) -> str:
    """Who a file's name says it shows: the name without its last number, if a digit is left in it, as "P12" in
    "P12_003" and "BreaDM-Be-1802" in "BreaDM-Be-1802 (4)"; else "": "slice_007" tells of nobody.
    """
    found = _TRAILING_NUMBER.match(stem)
    head = found["head"] if found else ""
    return head if any(character.isdigit() for character in head) else ""
