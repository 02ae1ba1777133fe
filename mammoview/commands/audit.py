"""`mammoview audit`: the audit trail of a study library: said, verified, written as CSV or as DICOM audit
messages, sent to an audit record repository."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import MammoviewError, UsageError

if TYPE_CHECKING:
    from mammoview.archive.audit_records import AuditRecord, Mention
    from mammoview.archive.library import Library
    from mammoview.core.study import Patient

_SCHEMA = "mammoview.audit/1"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{3}Z?)?)?)?")


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    parser = commands.add_parser("audit", help="who did what with which studies, and whether that was changed")
    parser.add_argument(
        "--library", type=Path, metavar="FILE", help="the study library (default: library.sqlite beside the settings)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help="look whether any record was changed, removed or put in")
    what.add_argument("--head", action="store_true", help="COUNT:HASH of the last record, to be kept elsewhere")
    what.add_argument("--csv", metavar="FILE", help="write the records as CSV, to standard output with -")
    what.add_argument("--atna", type=Path, metavar="DIR", help="write each record as a DICOM audit message (XML)")
    what.add_argument(
        "--send",
        metavar="HOST:PORT",
        help="send what was not sent yet to this audit record repository: syslog by TLS, with the system's authorities",
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--tls",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="with --send: the authority that is believed, and our certificate and its key (PEM)",
    )
    way.add_argument("--udp", action="store_true", help="with --send: by datagrams, in the open")
    parser.add_argument("--against", metavar="COUNT:HASH", help="with --verify: a head that was kept elsewhere")
    parser.add_argument(
        "--since", default="", metavar="DATE", help="from this date or time on, UTC: 2026-01-31[T08:15]"
    )
    parser.add_argument("--until", default="", metavar="DATE", help="up to and with this date or time, UTC")
    parser.add_argument("--identified", action="store_true", help="name the patients")
    parser.add_argument("--json", action="store_true")


def run(args: Namespace) -> int:
    """Say, verify or write the audit trail; returns the exit status."""
    from mammoview.archive.home import home_folder
    from mammoview.archive.library import FILE_NAME, Library

    path = args.library or home_folder() / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{path}: there is no study library", "name it with --library FILE")
    if args.against is not None and not args.verify:
        raise UsageError("--against is for --verify")
    if args.send is None and (args.udp or args.tls):
        raise UsageError("--udp and --tls are for --send")
    if args.send is not None and (args.since or args.until):
        raise UsageError("--send goes on where it ended: it takes no dates")
    for text in filter(None, (args.since, args.until)):
        if not _TIME.fullmatch(text):
            raise UsageError(f"{text!r} is no date", "give it as YYYY-MM-DD or YYYY-MM-DDTHH:MM")
    with Library(path) as library:
        if args.verify:
            return _verify(library, args)
        if args.head:
            print(library.audit_head())
            return 0
        if args.csv is not None:
            return _csv(library, args)
        if args.atna is not None:
            return _messages(library, args)
        if args.send is not None:
            return _send(library, args)
        return _list(library, args)


def _verify(library: Library, args: Namespace) -> int:
    """0 where the trail is whole, 1 where anything was found."""
    from mammoview.archive.audit_head import Head

    verdict = library.verify_audit(None if args.against is None else Head.of(args.against))
    if args.json:
        told = {"schema": _SCHEMA, "count": verdict.head.count, "hash": verdict.head.hash}
        print(json.dumps(told | {"whole": not verdict.findings, "findings": verdict.findings}, indent=1))
    else:
        for finding in verdict.findings:
            print(f"mammoview: audit trail: {finding}", file=sys.stderr)
        state = f"{len(verdict.findings)} found wrong" if verdict.findings else "whole"
        print(f"{verdict.head.count} records, {state}; head {verdict.head}")
    return 1 if verdict.findings else 0


def _list(library: Library, args: Namespace) -> int:
    from dataclasses import asdict

    patients = _patients(library, args)
    if args.json:
        records = [asdict(record) | _named(record, patients) for record in _chosen(library, args)]
        print(json.dumps({"schema": _SCHEMA, "records": records}, indent=1))
    else:
        for record in _chosen(library, args):
            print(_line(record, _named(record, patients)))
    return 0


def _line(record: AuditRecord, named: dict[str, str]) -> str:
    """One record for people: when, who, what, which study, and what else is known."""
    study = "" if record.study is None else record.study.uid or f"study {record.study.row}"
    details = ", ".join(f"{name} {told}" for name, told in record.details.items())
    failed = "failed" if record.outcome != "done" else ""
    told = (record.time, record.user, record.event, failed, study, *named.values(), details)
    return "  ".join(filter(None, told))


def _csv(library: Library, args: Namespace) -> int:
    from mammoview.archive.audit_csv import write_csv

    _note_reading(library, args, "CSV")
    if args.csv == "-":
        write_csv(sys.stdout, _chosen(library, args), _patients(library, args))
        return 0
    place = Path(args.csv)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise MammoviewError(f"{place}: cannot be made: {error.strerror}", "name another file") from error
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        count = write_csv(stream, _chosen(library, args), _patients(library, args))
    print(f"{count} records")
    return 0


def _messages(library: Library, args: Namespace) -> int:
    from mammoview.archive.atomic import write_text
    from mammoview.archive.audit_messages import audit_message

    _note_reading(library, args, "DICOM audit messages")
    try:
        args.atna.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MammoviewError(f"{args.atna}: cannot be made: {error.strerror}", "name another folder") from error
    patients = _patients(library, args)
    count = 0
    for record in _chosen(library, args):
        patient = None if patients is None or record.study is None else patients.get(record.study)
        write_text(args.atna / f"audit-{record.number:08d}.xml", audit_message(record, patient), private=True)
        count += 1
    print(f"{count} messages")
    return 0


def _send(library: Library, args: Namespace) -> int:
    """That the trail went to its repository is no record of its own: each sending would leave one more to send."""
    from mammoview.archive.audit_syslog import Repository, send_unsent

    repository = Repository.of(args.send, udp=args.udp, tls=tuple(args.tls))
    patients = _patients(library, args)

    def patient_of(record: AuditRecord) -> Patient | None:
        return None if patients is None or record.study is None else patients.get(record.study)

    count = send_unsent(library.audit_records, library.path, repository, patient_of)
    print(json.dumps({"schema": _SCHEMA, "sent": count}, indent=1) if args.json else f"{count} messages sent")
    return 0


def _note_reading(library: Library, args: Namespace, form: str) -> None:
    """That the trail was handed out stands in it too (PS3.15 A.5.3.2), where it can be written to."""
    from mammoview.archive import audit

    if not library.problem:
        audit.record(library, audit.AuditEvent.AUDIT_READ, form=form, identified=bool(args.identified))


def _chosen(library: Library, args: Namespace) -> Iterator[AuditRecord]:
    return library.audit_records(args.since, args.until)


def _patients(library: Library, args: Namespace) -> dict[Mention, Patient] | None:
    """Who the studies of the chosen records are of; None where nobody is to be named."""
    if not args.identified:
        return None
    return library.patients_of({record.study for record in _chosen(library, args) if record.study is not None})


def _named(record: AuditRecord, patients: dict[Mention, Patient] | None) -> dict[str, str]:
    if patients is None or record.study is None or record.study not in patients:
        return {}
    patient = patients[record.study]
    return {"patient_name": patient.name, "patient_id": patient.patient_id}
