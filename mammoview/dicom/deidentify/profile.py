"""Owns what PS3.15 Table E.1-1 says of each attribute, and what happens to those that it does not name. Changes
nothing itself.

The table is that of the package dicom-anonymizer, edition 2026c. Only the table: its functions leave nested data sets
as they are and give UIDs that no key makes again.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from pydicom.datadict import dictionary_has_tag

EDITION = "2026c"


class Action(StrEnum):
    """What happens to an attribute (PS3.15 Table E.1-1a, and Annex E.3.6 for dates)."""

    REMOVE = "removed"
    EMPTY = "emptied"
    DUMMY = "replaced by a dummy"
    PSEUDONYM = "replaced by a pseudonym"
    UID = "UIDs replaced"
    SHIFT = "date or time moved"
    CAP = "age kept, over 89 as 90"
    CLEAN = "cleaned within"
    KEEP = "kept"


_TABLES = {
    "X_TAGS": Action.REMOVE,
    "Z_TAGS": Action.EMPTY,
    "X_Z_TAGS": Action.EMPTY,
    "D_TAGS": Action.DUMMY,
    "Z_D_TAGS": Action.DUMMY,
    "X_D_TAGS": Action.DUMMY,
    "X_Z_D_TAGS": Action.DUMMY,
    "U_TAGS": Action.UID,
    "X_Z_U_STAR_TAGS": Action.CLEAN,
}
"""Where the table leaves a choice that depends on the type of the attribute, the one that keeps every object valid."""

_PSEUDONYMS = frozenset({0x00100010, 0x00100020})
_AGE = 0x00101010
_CHARACTERISTICS = frozenset({0x00100040, 0x00101020, 0x00101030, 0x001021A0, 0x001021C0})
"""Sex, size, weight, smoking and pregnancy: kept with the age (option 113108, Retain Patient Characteristics)."""

_DATES = frozenset({"DA", "DT", "TM"})
_FREE = frozenset({"PN", "AE", "LT", "ST", "UT", "UC", "UR", "UN", "OB", "OW", "OD", "OF", "OL", "OV"})
_SHORT_TEXTS = frozenset({"LO", "SH", "CS"})
_NEEDED = frozenset(
    {
        0x0040A160,  # Text Value
        0x00700080,  # Content Label
        0x00620005,  # Segment Label
        0x00409210,  # LUT Label
        0x00209056,  # Stack ID
    }
)
"""Texts without which an object is not valid, and which may be anything: a dummy takes their place."""

_WRITTEN_BY_US = frozenset({0x00120062, 0x00120063, 0x00120064, 0x00280303})
_GRAPHICS = frozenset({0x00700001, 0x00700060})
"""Graphic annotations and their layers: what is drawn may be writing."""

_WHO = frozenset({0x00401101, 0x00080082})
"""Sequences of codes that stand for a person or a place: the code itself is the identity."""

_ENCRYPTED = 0x04000500
_LUT_DATA = 0x00283006
_TEXTS = frozenset(
    {
        0x00080070,  # Manufacturer
        0x00081090,  # Manufacturer's Model Name
        0x00181020,  # Software Versions
        0x00181160,  # Filter Type
        0x00281054,  # Rescale Type
        0x00281055,  # Window Center & Width Explanation
        0x00283003,  # LUT Explanation
        0x00283004,  # Modality LUT Type
        0x00080100,  # Code Value
        0x00080102,  # Coding Scheme Designator
        0x00080103,  # Coding Scheme Version
        0x00080104,  # Code Meaning
        0x00660036,  # Algorithm Name
        0x00660031,  # Algorithm Version
        0x00620009,  # Segment Algorithm Name
    }
)
"""The short texts that the table leaves and an image is understood by; others are emptied."""


@cache
def _table() -> dict[int, Action]:
    from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector

    found = dicom_anonymization_database_selector(f"dicomfields_{EDITION}")
    return {tag[0] << 16 | tag[1]: action for name, action in _TABLES.items() for tag in found[name] if len(tag) == 2}


def action_of(tag: int, vr: str, *, keep_ages: bool = False) -> Action:
    """What happens to the attribute `tag` of the value representation `vr`.

    The table first, with the options Retain Longitudinal Temporal Information Modified Dates and, with `keep_ages`,
    Retain Patient Characteristics. Beyond the table all goes that is private, unknown, an overlay, a curve or free
    text, of the short texts those that no image needs.
    """
    group = tag >> 16
    if group % 2 or group < 0x0008 or group in (0x7FE0, 0xFFFC) or group & 0xFF00 in (0x5000, 0x6000):
        return Action.REMOVE
    if tag in _WRITTEN_BY_US or tag in _GRAPHICS or tag == _ENCRYPTED:
        return Action.REMOVE
    if tag in _PSEUDONYMS:
        return Action.PSEUDONYM
    if keep_ages and (tag == _AGE or tag in _CHARACTERISTICS):
        return Action.CAP if tag == _AGE else Action.KEEP
    named = _table().get(tag)
    if vr in _DATES and group != 0x0010 and dictionary_has_tag(tag):
        return Action.SHIFT
    if named is not None:
        return Action.CLEAN if vr == "SQ" and named is Action.DUMMY and tag not in _WHO else named
    if not dictionary_has_tag(tag):
        return Action.REMOVE
    return _beyond_table(tag, vr)


def _beyond_table(tag: int, vr: str) -> Action:
    if tag in _NEEDED:
        return Action.DUMMY
    if vr == "SQ":
        return Action.CLEAN
    if vr == "UI":
        return Action.UID
    if tag == _LUT_DATA:
        return Action.KEEP
    if vr in _FREE or vr == "AS":
        return Action.REMOVE
    if vr in _SHORT_TEXTS:
        return Action.KEEP if tag in _TEXTS or vr == "CS" else Action.EMPTY
    return Action.SHIFT if vr in _DATES else Action.KEEP
