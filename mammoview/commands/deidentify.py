"""`mammoview deidentify`: DICOM files that name nobody, in header and pixels, and a report of what was done to them."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import InputRefusedError, UsageError

if TYPE_CHECKING:
    from mammoview.dicom.deidentify.export import Export, Written

_SCHEMA = "mammoview.deidentification/1"
_REPORT = "deidentification.json"


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    parser = commands.add_parser("deidentify", help="DICOM files that name nobody, in header and pixels")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--keep-ages", action="store_true", help="keep the age, over 89 as 90, with sex, size and weight"
    )
    parser.add_argument(
        "--salt",
        type=Path,
        metavar="FILE",
        help="the secret: the same one gives the same pseudonyms; made where absent (default: forgotten)",
    )
    parser.add_argument(
        "--accept", action="store_true", help="let images pass in which letters stand over the breast, or none is found"
    )
    parser.add_argument("--json", action="store_true")


def run(args: Namespace) -> int:
    """De-identify everything under `args.paths` into `args.out`; returns the exit status."""
    from mammoview.archive.atomic import write_text
    from mammoview.commands.report import Report
    from mammoview.dicom.decode_pool import DecodePool
    from mammoview.dicom.deidentify.export import export
    from mammoview.dicom.deidentify.secret import new_secret, secret_in

    report = Report()
    if args.salt is not None and args.out.resolve() in args.salt.resolve().parents:
        raise UsageError("the salt would lie in the export: whoever has both can try out names", "keep it elsewhere")
    secret = new_secret() if args.salt is None else secret_in(args.salt)

    def refuse(source: object, error: InputRefusedError) -> None:
        report.refuse_error(source, error)

    with DecodePool() as decoder:
        made = export(
            args.paths,
            args.out,
            secret,
            keep_ages=args.keep_ages,
            accept=args.accept,
            decoder=decoder,
            refuse=refuse,
            progress=lambda done, total: report.progress("files", done, total),
        )
    report.finish()
    for written in made.written:
        for line in _warnings(written):
            report.say(f"{args.out / written.name}: {line}")
    record = describe(made, keep_ages=args.keep_ages)
    text = json.dumps(record, indent=1) + "\n"
    if made.written:
        write_text(args.out / _REPORT, text)
    if args.json:
        print(text, end="")
    else:
        _print(made)
    return report.status(len(made.written))


def describe(made: Export, *, keep_ages: bool) -> dict[str, Any]:
    """All that is told of an export, in plain JSON values; never a value of a file, nor the name of one that was read.

    `refused`: the number of the input in the order of their names; 0 for what was no file.
    """
    from mammoview.dicom.deidentify.profile import EDITION

    return {
        "schema": _SCHEMA,
        "profile": f"PS3.15 {EDITION} Annex E, Basic Application Confidentiality Profile",
        "ages_kept": keep_ages,
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


def _warnings(written: Written) -> list[str]:
    """What somebody should look at before the file is given away."""
    pixels = written.pixels
    if pixels is None:
        return []
    lines = []
    if not pixels.breast:
        lines.append("no breast with air beside it was found: look whether anything is written in it")
    if pixels.over:
        lines.append(f"{pixels.over} row(s) of letters stand over the breast and were left: look whom they name")
    if pixels.declared == "YES" and not pixels.blanked and not pixels.over:
        lines.append("the file said that an annotation is burned in, and none was found: look for it")
    return lines


def _print(made: Export) -> None:
    print(f"{len(made.written)} of {made.inputs} files, {made.patients} patients, {made.studies} studies")
    images = [written.pixels for written in made.written if written.pixels is not None]
    blanked = [pixels for pixels in images if pixels.blanked]
    print(f"  pixels blanked beside the breast in {len(blanked)} of {len(images)} images")
    unsaid = sum(not pixels.declared for pixels in images)
    if unsaid:
        print(f"  {unsaid} images did not say whether an annotation is burned in")
    for (action, count), tags in _by_action(made):
        print(f"  {action}: {count} times, {tags} attributes")
    for tag, keyword, action, count in made.actions():
        print(f"    {tag} {keyword}: {action}, {count}")


def _by_action(made: Export) -> list[tuple[tuple[str, int], int]]:
    counts: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    for _, _, action, count in made.actions():
        counts[action] += count
        tags[action] += 1
    return [((action, counts[action]), tags[action]) for action in sorted(counts)]
