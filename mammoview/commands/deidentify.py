"""`mammoview deidentify`: DICOM files that name nobody, in header and pixels, and a report of what was done to them."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import InputRefusedError

if TYPE_CHECKING:
    from mammoview.commands.report import Report
    from mammoview.dicom.deidentify.export import Export, Wishes


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
    parser.add_argument(
        "--times",
        choices=("shift", "zero"),
        default="shift",
        help="times of day move with the dates, for each woman alike (default), or become midnight",
    )
    parser.add_argument(
        "--same",
        type=Path,
        metavar="FILE",
        help="CSV: patient IDs of one woman in each line, beside those that headers join (Other Patient IDs)",
    )
    parser.add_argument("--library", type=Path, metavar="FILE", help="the study library that records it")
    parser.add_argument("--json", action="store_true")


def run(args: Namespace) -> int:
    """De-identify everything under `args.paths` into `args.out`; returns the exit status."""
    from mammoview.archive import audit
    from mammoview.commands.report import Report
    from mammoview.dicom.decode_pool import DecodePool
    from mammoview.dicom.deidentify.export import Export, Wishes, export
    from mammoview.dicom.deidentify.moments import Times
    from mammoview.dicom.deidentify.secret import secret_for
    from mammoview.dicom.deidentify.women import same_in

    report, made = Report(), Export()
    library = audit.existing(args.library)
    same = () if args.same is None else tuple(same_in(args.same))
    wishes = Wishes(args.keep_ages, args.accept, Times(args.times), same)
    secret = secret_for(args.salt, args.out)
    copied: Counter[str] = Counter()

    def refuse(source: object, error: InputRefusedError) -> None:
        report.refuse_error(source, error)

    try:
        with DecodePool() as decoder:
            export(
                args.paths,
                args.out,
                secret,
                wishes,
                decoder=decoder,
                refuse=refuse,
                progress=lambda done, total: report.progress("files", done, total),
                copied=lambda study_uid: copied.update((study_uid,)),
                result=made,
            )
    finally:  # also of what was ended with Ctrl-C
        report.finish()
        if made.written or made.whole:
            _tell(made, wishes, args, report)
        outcome = audit.Outcome.DONE if made.whole else audit.Outcome.FAILED
        for uid, files in sorted(copied.items()):
            ages = args.keep_ages
            audit.record(library, audit.AuditEvent.DEIDENTIFIED, [uid], outcome=outcome, files=files, ages_kept=ages)
    return report.status(len(made.written))


def _tell(made: Export, wishes: Wishes, args: Namespace, report: Report) -> None:
    """Write the record beside the files, and say it."""
    from mammoview.archive.atomic import write_text
    from mammoview.dicom.deidentify.report import REPORT_NAME, cautions_of, describe

    for written in made.written:
        for caution, number in cautions_of(written):
            report.say(f"{args.out / written.name}: {caution.format(number)}")
    text = json.dumps(describe(made, wishes), indent=1) + "\n"
    if made.written:
        write_text(args.out / REPORT_NAME, text)
    if args.json:
        print(text, end="")
    else:
        _print(made)


def _print(made: Export) -> None:
    ended = "" if made.whole else ", ended before its time"
    print(f"{len(made.written)} of {made.inputs} files, {made.patients} patients, {made.studies} studies{ended}")
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
