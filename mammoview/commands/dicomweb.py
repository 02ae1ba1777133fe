"""`mammoview dicomweb`: services that are known, what they hold, images from them and to them (PS3.18)."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import MammoviewError, UsageError

if TYPE_CHECKING:
    from mammoview.archive.dicomweb import Dicomweb, Match, Stored, Target
    from mammoview.archive.dicomweb_nodes import DicomwebNode, DicomwebNodes
    from mammoview.commands.report import Report

_SCHEMA = "mammoview.dicomweb/1"
_LEVELS = {"study": "studies", "series": "series", "instance": "instances"}
_MIB = 1024**2


def add_parser(commands: Any) -> None:
    """Add the sub-command with its own."""
    parser = commands.add_parser("dicomweb", help="search, fetch from and send to DICOMweb services")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=type(parser))

    add = actions.add_parser("add", help="keep a service; its secret goes into the system's keyring")
    add.add_argument("node", metavar="NAME")
    add.add_argument("url", metavar="URL", help="https://HOST[:PORT]/PATH")
    add.add_argument("--auth", choices=("none", "basic", "bearer"), default="none", help="how it is told who asks")
    add.add_argument("--user", default="", help="for --auth basic")
    add.add_argument("--ca-file", type=Path, metavar="FILE", help="PEM file of the authorities to trust")
    secret = actions.add_parser(
        "secret", help="change a service's password or token; asked for, or from standard input"
    )
    secret.add_argument("node", metavar="NAME")
    remove = actions.add_parser("remove", help="forget a service and its secret")
    remove.add_argument("node", metavar="NAME")
    actions.add_parser("nodes", help="the services that are known")

    search = actions.add_parser("search", help="what a service holds (QIDO-RS)")
    search.add_argument("node", metavar="NAME")
    search.add_argument("--level", choices=tuple(_LEVELS), default="study")
    _uids(search, needed=False)
    search.add_argument("--patient-id", metavar="ID")
    search.add_argument("--patient-name", metavar="NAME", help="* and ? stand for any letters, any letter")
    search.add_argument("--accession", metavar="NUMBER")
    search.add_argument("--date", metavar="YYYYMMDD[-YYYYMMDD]", help="of the study")
    search.add_argument("--modality", metavar="MG")
    search.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (default 100)")
    search.add_argument("--identified", action="store_true", help="say names, IDs and dates too")

    get = actions.add_parser("get", help="bring a study, a series or an instance (WADO-RS); what is there stays")
    get.add_argument("node", metavar="NAME")
    _uids(get, needed=True)
    get.add_argument("--out", type=Path, required=True, metavar="DIR")
    get.add_argument(
        "--metadata", action="store_true", help="only metadata.json: all attributes, which name the patient"
    )
    get.add_argument("--max-mib", type=int, default=4096, metavar="MIB", help="what one image may hold (default 4096)")

    send = actions.add_parser("send", help="send DICOM files (STOW-RS)")
    send.add_argument("node", metavar="NAME")
    send.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    for action in (add, secret, remove, search, get, send, actions.choices["nodes"]):
        action.add_argument("--json", action="store_true")
    for action in (search, get, send):
        action.add_argument(
            "--library", type=Path, metavar="FILE", help="record it in this study library's audit trail"
        )


def _uids(parser: Any, *, needed: bool) -> None:
    parser.add_argument("--study", required=needed, default="", metavar="UID")
    parser.add_argument("--series", default="", metavar="UID")
    if needed:
        parser.add_argument("--instance", default="", metavar="UID")


def run(args: Namespace) -> int:
    """Do one action; returns the exit status."""
    from mammoview.archive.dicomweb_nodes import DicomwebNodes
    from mammoview.archive.home import home_folder

    nodes = DicomwebNodes(home_folder())
    if args.action == "add":
        return _add(nodes, args)
    if args.action == "nodes":
        return _nodes(nodes, args)
    node = nodes.get(args.node)
    if args.action == "remove":
        return _remove(nodes, node, args)
    if args.action == "secret":
        if node.auth == "none":
            raise UsageError(f"{node.name} asks for no secret", "add it with --auth basic or --auth bearer")
        return _keep_secret(node, _asked_secret(node.name), args)
    return {"search": _search, "get": _get, "send": _send}[args.action](node, args)


# --- services


def _add(nodes: DicomwebNodes, args: Namespace) -> int:
    from mammoview.archive.dicomweb_nodes import DicomwebNode
    from mammoview.archive.home import home_folder
    from mammoview.archive.known import KnownArchives

    authorities = "" if args.ca_file is None else str(args.ca_file.absolute())
    if authorities and not args.ca_file.is_file():
        raise UsageError(f"{args.ca_file}: there is no such file", "name a PEM file of authorities")
    node = DicomwebNode(args.node, args.url.rstrip("/"), args.auth, args.user, authorities)
    nodes.check_free(node.name)
    KnownArchives(home_folder()).check_free(node.name)
    if not node.is_private:
        print(f"mammoview: {node.name}: images will go over http, where anyone can read them", file=sys.stderr)
    secret = "" if node.auth == "none" else _asked_secret(node.name)
    nodes.add(node)
    if node.auth != "none":
        return _keep_secret(node, secret, args)
    _say(args, {"node": node.name}, f"{node.name} is kept")
    return 0


def _keep_secret(node: DicomwebNode, secret: str, args: Namespace) -> int:
    """Put the secret into the keyring; 1 where there is none, which is told with what to do. Empty: the environment
    has it."""
    from mammoview.archive.home import home_folder
    from mammoview.archive.secrets import SecretError, WaitingSecrets, keep_secret, variable_of

    if not secret:
        _say(args, {"node": node.name}, f"{node.name}: the secret is that of {variable_of(node.name)}")
        return 0
    try:
        keep_secret(node.name, secret)
        WaitingSecrets(home_folder()).remove(node.name)
    except SecretError as error:
        print(f"mammoview: {node.name} is kept, its secret is not: {error}", file=sys.stderr)
        return 1
    _say(args, {"node": node.name}, f"{node.name} is kept, its secret is in the keyring")
    return 0


def _asked_secret(name: str) -> str:
    """A line that is not shown, or the first of standard input; empty where the environment has the secret. Raises
    UsageError for what is none."""
    import os
    from getpass import getpass

    from mammoview.archive.secrets import checked_secret, variable_of

    if os.environ.get(variable_of(name)):
        return ""
    asked = getpass(f"password or token for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    return checked_secret(asked)


def _nodes(nodes: DicomwebNodes, args: Namespace) -> int:
    from dataclasses import asdict

    known = nodes.all()
    if args.json:
        print(json.dumps({"schema": _SCHEMA, "nodes": [asdict(node) for node in known]}, indent=1))
    else:
        for node in known:
            told = (node.name, node.url, node.auth, node.user, node.ca_file)
            print("  ".join(filter(None, told)))
    return 0


def _remove(nodes: DicomwebNodes, node: DicomwebNode, args: Namespace) -> int:
    from mammoview.archive.secrets import forget_secret

    nodes.remove(node.name)
    if node.auth != "none":
        forget_secret(node.name)
    _say(args, {"node": node.name}, f"{node.name} is forgotten")
    return 0


# --- search


def _search(node: DicomwebNode, args: Namespace) -> int:
    from mammoview.archive import audit
    from mammoview.archive.dicomweb import Target

    wished = {
        "PatientID": args.patient_id,
        "PatientName": args.patient_name,
        "AccessionNumber": args.accession,
        "StudyDate": args.date,
        "ModalitiesInStudy" if args.level == "study" else "Modality": args.modality,
    }
    keys = {keyword: told for keyword, told in wished.items() if told}
    if args.series and not args.study:
        raise UsageError("a series is asked for by its study too", "give --study UID")
    if args.limit < 1:
        raise UsageError(f"--limit {args.limit} is nothing", "say 1 or more")
    if args.study:
        Target(args.study, args.series)
    if args.study and args.level == "study":
        keys["StudyInstanceUID"] = args.study
    within = {} if args.level == "study" else {"study": args.study, "series": args.series}
    asked = {"address": node.url, "level": args.level} | ({"keys": ", ".join(sorted(keys))} if keys else {})
    audit.record(args.library, audit.AuditEvent.QUERIED, **asked)
    with _service(node) as service:
        found = service.search(_LEVELS[args.level], keys, limit=args.limit, **within)
    if args.json:
        matches = [_match_record(match, identified=args.identified) for match in found]
        print(json.dumps({"schema": _SCHEMA, "matches": matches}, indent=1))
    else:
        for match in found:
            names = [told for _, told in match.names] if args.identified else []
            counts = f"{match.instance_count} images" if match.instance_count else ""
            line = (match.study, match.series, match.instance, "/".join(match.modalities), counts, *names)
            print("  ".join(filter(None, line)))
    return 0


def _match_record(match: Match, *, identified: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "study_instance_uid": match.study,
        "series_instance_uid": match.series or None,
        "sop_instance_uid": match.instance or None,
        "modalities": list(match.modalities),
        "sop_class_uid": match.sop_class or None,
        "series": match.series_count or None,
        "instances": match.instance_count or None,
    }
    return record | ({"names": dict(match.names)} if identified else {})


# --- to and fro


def _get(node: DicomwebNode, args: Namespace) -> int:
    from mammoview.archive import audit
    from mammoview.archive.dicomweb import Target
    from mammoview.archive.dicomweb_retrieve import Progress, retrieve
    from mammoview.commands.report import Report

    target, report = Target(args.study, args.series, args.instance), Report()
    if args.max_mib < 1:
        raise UsageError(f"--max-mib {args.max_mib} is nothing", "say 1 or more")
    audit.record(args.library, audit.AuditEvent.TRANSFER_BEGUN, [target.study], address=node.url)
    if args.metadata:
        with _service(node) as service:
            return _metadata(service, target, args)

    def tell(progress: Progress) -> None:
        if progress.remaining is not None:
            report.progress("images", progress.done, progress.done + progress.failed + progress.remaining)

    with _service(node) as service:
        result = retrieve(service, target, args.out, limit_bytes=args.max_mib * _MIB, progress=tell)
    outcome = audit.Outcome.FAILED if result.failed else audit.Outcome.DONE
    audit.record(
        args.library,
        audit.AuditEvent.RECEIVED,
        [target.study],
        outcome=outcome,
        address=node.url,
        images=len(result.received),
    )
    for uid, cause in result.failed.items():
        report.refuse_error(uid, MammoviewError(cause))
    for cause in () if result.failed else result.refused:
        report.refuse_error(node.name, MammoviewError(cause))
    report.finish()
    record = {"received": result.received, "already": result.already, "failed": result.failed}
    _say(args, record, f"{len(result.received)} received, {len(result.already)} already there")
    return report.status(len(result.received) + len(result.already))


def _metadata(service: Dicomweb, target: Target, args: Namespace) -> int:
    from mammoview.archive.atomic import write_text
    from mammoview.archive.dicomweb_files import Incoming

    found = service.metadata(target)
    Incoming(args.out, 0)
    write_text(args.out / "metadata.json", json.dumps(found, indent=1) + "\n", private=True)
    _say(args, {"instances": len(found)}, f"metadata of {len(found)} images")
    return 0 if found else 2


def _send(node: DicomwebNode, args: Namespace) -> int:
    from mammoview.archive import audit
    from mammoview.commands.report import Report
    from mammoview.core.errors import InputRefusedError

    report = Report()
    files = _files(args.paths, report)
    audit.record(args.library, audit.AuditEvent.TRANSFER_BEGUN, address=node.url, files=len(files))
    stored: list[Stored] = []
    with _service(node) as service:
        for number, path in enumerate(files, 1):
            try:
                stored.append(service.store(path))
            except InputRefusedError as error:
                report.refuse_error(path, MammoviewError(error.cause.removeprefix(f"{path}: "), error.hint))
                continue
            if stored[-1].failure:
                report.refuse_error(path, MammoviewError(stored[-1].failure, f"ask who keeps {node.name}"))
            elif stored[-1].warning:
                report.say(f"{path}: {stored[-1].warning}")
            report.progress("images", number, len(files))
    kept = [one for one in stored if not one.failure]
    for study in sorted({one.study_instance_uid for one in stored}):
        images = sum(one.study_instance_uid == study for one in kept)
        outcome = audit.Outcome.DONE if images else audit.Outcome.FAILED
        audit.record(args.library, audit.AuditEvent.SENT, [study], outcome=outcome, address=node.url, images=images)
    report.finish()
    instances = [
        {"sop_instance_uid": one.sop_instance_uid, "failure": one.failure or None, "warning": one.warning or None}
        for one in stored
    ]
    errors = [{"file": refusal.source, "cause": refusal.cause} for refusal in report.refusals]
    _say(args, {"instances": instances, "errors": errors}, f"{len(kept)} sent")
    return report.status(len(kept))


def _files(paths: list[Path], report: Report) -> list[Path]:
    """The files under `paths`, in their order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
        elif path.is_file():
            found.append(path)
        else:
            report.refuse_error(path, MammoviewError("there is no such file", "look at its name"))
    return found


@contextmanager
def _service(node: DicomwebNode) -> Iterator[Dicomweb]:
    from mammoview.archive.dicomweb import Dicomweb
    from mammoview.archive.secrets import secret_of

    service = Dicomweb(node, "" if node.auth == "none" else secret_of(node.name))
    try:
        yield service
    finally:
        service.close()


def _say(args: Namespace, record: dict[str, Any], words: str) -> None:
    print(json.dumps({"schema": _SCHEMA} | record, indent=1) if args.json else words)
