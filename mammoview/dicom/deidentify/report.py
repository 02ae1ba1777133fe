"""Owns what is told of a de-identification: its record, and what somebody should look at. Never quotes a value of a
file, or the name of one that was read.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from mammoview.dicom.deidentify.export import Export, Wishes, Written
from mammoview.dicom.deidentify.profile import EDITION

SCHEMA = "mammoview.deidentification/1"
REPORT_NAME = "deidentification.json"
"""What the record is called beside the files."""


class Caution(StrEnum):
    """What somebody should look at before a file is given away; {} stands for how many rows of letters."""

    NO_BREAST = "no breast with air beside it was found: look whether anything is written in it"
    LETTERS = "{} row(s) of letters stand over the breast and were left: look whom they name"
    NOT_FOUND = "the file said that an annotation is burned in, and none was found: look for it"


def cautions_of(written: Written) -> tuple[tuple[Caution, int], ...]:
    """What to look at in one file, each with the number that it tells."""
    pixels = written.pixels
    if pixels is None:
        return ()
    unfound = pixels.declared == "YES" and not pixels.blanked and not pixels.over
    found = ((not pixels.breast, Caution.NO_BREAST), (pixels.over > 0, Caution.LETTERS), (unfound, Caution.NOT_FOUND))
    return tuple((caution, pixels.over) for there, caution in found if there)


def describe(made: Export, wishes: Wishes) -> dict[str, Any]:
    """All that is told of an export, in plain JSON values.

    `refused`: the number of the input in the order of their names; 0 for what was no file. `whole`: false where it was
    ended before its time, and files beyond those told of were not looked at.
    """
    return {
        "schema": SCHEMA,
        "profile": f"PS3.15 {EDITION} Annex E, Basic Application Confidentiality Profile",
        "ages_kept": wishes.keep_ages,
        "times": str(wishes.times),
        "whole": made.whole,
        "inputs": made.inputs,
        "patients": made.patients,
        "studies": made.studies,
        "files": [_file_record(written) for written in made.written],
        "actions": [
            {"tag": tag, "keyword": keyword, "action": action, "count": count}
            for tag, keyword, action, count in made.actions()
        ],
        "refused": [{"number": number, "cause": cause} for number, cause in made.refused],
    }


def _file_record(written: Written) -> dict[str, Any]:
    pixels = written.pixels
    record: dict[str, Any] = {"file": written.name}
    if pixels is not None:
        record |= {
            "pixels_blanked": pixels.blanked,
            "frames_blanked": pixels.frames,
            "rows_of_letters_over_breast": pixels.over,
            "breast_found": pixels.breast,
            "burned_in_annotation": pixels.declared or None,
        }
    return record
