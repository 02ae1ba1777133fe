"""Owns which UIDs of the network are taken, and the names of files that are made of them. Never makes a UID."""

from __future__ import annotations

import hashlib
import re

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_LONGEST = 64
_STUDY_DIGITS, _OBJECT_DIGITS = 24, 40


def checked_uid(text: str) -> str | None:
    """`text` without padding where it is a UID (PS3.5 9.1): at most 64 digits and dots; None for anything else.

    Leading zeros of a component, which the standard forbids and some devices write, are let through.
    """
    uid = text.rstrip("\0 ")
    return uid if len(uid) <= _LONGEST and _UID.fullmatch(uid) else None


def study_folder(study_uid: str) -> str:
    """The name of a study's folder: hexadecimal digits of the SHA-256 of its checked UID."""
    return hashlib.sha256(study_uid.encode("ascii")).hexdigest()[:_STUDY_DIGITS]


def object_file(sop_uid: str) -> str:
    """The name of an object's file, as `study_folder`."""
    return f"{hashlib.sha256(sop_uid.encode('ascii')).hexdigest()[:_OBJECT_DIGITS]}.dcm"
