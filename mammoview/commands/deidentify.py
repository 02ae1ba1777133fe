"""`mammoview deidentify`: DICOM files that name nobody, in header and pixels, and a report of what was done to them."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import InputRefusedError

if TYPE_CHECKING:
    from mammoview.dicom.deidentify.export import Export


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
    parser.add_argument("--library", type=Path, metavar="FILE", help="the study library that records it")
    parser.add_argument("--json", action="store_true")


def run(args: Namespace) -> int:
    """De-identify everything under `args.paths` into `args.out`; returns the exit status."""
    from mammoview.archive import audit
    from mammoview.archive.atomic import write_text
    from mammoview.commands.report import Report
    from mammoview.dicom.decode_pool import DecodePool
    from mammoview.dicom.deidentify.export import export
    from mammoview.dicom.deidentify.report import REPORT_NAME, cautions_of, describe
    from mammoview.dicom.deidentify.secret import secret_for

    report = Report()
    secret = secret_for(args.salt, args.out)
    copied: Counter[str] = Counter()

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
            copied=lambda study_uid: copied.update((study_uid,)),
        )
    report.finish()
    for written in made.written:
        for caution, number in cautions_of(written):
            report.say(f"{args.out / written.name}: {caution.format(number)}")
    for study_uid, files in sorted(copied.items()):
        audit.record(args.library, audit.AuditEvent.DEIDENTIFIED, [study_uid], files=files, ages_kept=args.keep_ages)
    record = describe(made, keep_ages=args.keep_ages)
    text = json.dumps(record, indent=1) + "\n"
    if made.written:
        write_text(args.out / REPORT_NAME, text)
    if args.json:
        print(text, end="")
    else:
        _print(made)
    return report.status(len(made.written))


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
