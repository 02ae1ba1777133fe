"""Owns which codes of a code sequence (PS3.3 Section 8) are the world's and which a hospital's own. Changes no item.

A code that pydicom's dictionaries know gets the meaning that they give it: what a file wrote there may be anything.
"""

from __future__ import annotations

import re
from functools import cache

_SNOMED_RT, _SNOMED_CT = "SRT", "SCT"
_OLD_SNOMED = frozenset({"SRT", "SNM3", "99SDM"})
_WELL_FORMED = {
    "SCT": re.compile(r"\d{6,16}"),
    "SRT": re.compile(r"[A-Z]\d?-[0-9A-F]{4,6}"),
    "SNM3": re.compile(r"[A-Z]\d?-[0-9A-F]{4,6}"),
    "99SDM": re.compile(r"[A-Z]\d?-[0-9A-F]{4,6}"),
    "DCM": re.compile(r"\d{6}"),
    "LN": re.compile(r"\d{1,7}-\d"),
}


@cache
def _meanings() -> dict[tuple[str, str], str]:
    from pydicom.sr._concepts_dict import concepts

    schemes: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = concepts  # type: ignore[assignment]
    return {
        (scheme, code): meaning[:64]
        for scheme, keywords in schemes.items()
        for codes in keywords.values()
        for code, (meaning, _) in codes.items()
    }


def meaning_of(scheme: str, code: str) -> str | None:
    """The Code Meaning of a known code; None where it is not known."""
    if scheme in _OLD_SNOMED:
        from pydicom.sr._snomed_dict import mapping

        scheme, code = _SNOMED_CT, mapping[_SNOMED_RT].get(code, "")
    return _meanings().get((scheme, code))


def is_public(scheme: str, code: str) -> bool:
    """Whether a code belongs to a scheme that all share, and looks as that scheme's codes do."""
    if meaning_of(scheme, code) is not None:
        return True
    form = _WELL_FORMED.get(scheme)
    return form is not None and form.fullmatch(code) is not None
