"""Owns what `mammoview pacs` does: works with archives and says what came of it. Names nobody unless asked to."""

from __future__ import annotations

import json
import signal
import threading
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from mammoview.archive.home import home_folder
from mammoview.archive.known import KnownArchives
from mammoview.archive.library import FILE_NAME, Library
from mammoview.archive.pacs.arrivals import Arrivals, index_rest
from mammoview.archive.pacs.asking import Match, Query, Worklist
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import echo, find
from mammoview.archive.pacs.connections import Limits
from mammoview.archive.pacs.filing import Filed, Filing
from mammoview.archive.pacs.nodes import OUR_AE_TITLE, RECEIVER_PORT, Node, Nodes, check_port, node_record
from mammoview.archive.pacs.receiver import Receiver, callers_of
from mammoview.archive.pacs.retrieving import Progress, Reception, Retrieval
from mammoview.archive.pacs.sending import Outgoing, outgoing, send
from mammoview.archive.pacs.tls import TlsFiles
from mammoview.archive.pacs.uids import checked_uid, study_folder
from mammoview.commands.pacs_audit import Trail
from mammoview.commands.report import Report
from mammoview.core.errors import CancelledError, InputRefusedError, MammoviewError, UsageError
from mammoview.dicom.sources import walk_folder

_MIB = 1024**2


def run_part(args: Namespace) -> int:
    """One of the sub-commands; the exit status."""
    return _PARTS[args.part](args, Report())


def _nodes(args: Namespace, report: Report) -> int:
    nodes = Nodes(home_folder()).all()
    if args.json:
        _print_json("nodes", nodes=[node_record(node) for node in nodes])
    for node in () if args.json else nodes:
        safe = ", TLS" if node.tls else ""
        print(f"{node.name:16s} {node.ae_title} at {node.host}:{node.port}, C-{node.retrieve.upper()}{safe}")
    return 0


def _add(args: Namespace, report: Report) -> int:
    tls = _tls_files(args, args.tls_name)
    ours, port = args.our_ae or OUR_AE_TITLE, args.move_port if args.move_port is not None else RECEIVER_PORT
    node = Node(args.name, args.ae, args.host, args.port, ours, args.retrieve, port, tls)
    KnownArchives(home_folder()).keep(node)
    return 0


def _remove(args: Namespace, report: Report) -> int:
    Nodes(home_folder()).remove(args.name)
    return 0


def _echo(args: Namespace, report: Report) -> int:
    records: list[dict[str, Any]] = []
    with _interruptible() as cancellation:
        for name in args.names:
            record: dict[str, Any] = {"name": name, "seconds": None, "error": None}
            try:
                record["seconds"] = round(echo(_node(name), cancellation), 3)
            except CancelledError:
                raise
            except MammoviewError as error:
                record["error"] = str(error)
                report.refuse_error(name, error)
            records.append(record)
            if not args.json and record["error"] is None:
                print(f"{name}: answers in {record['seconds']:.3f} s")
    if args.json:
        _print_json("echo", nodes=records)
    return report.status(sum(record["error"] is None for record in records))


def _find(args: Namespace, report: Report) -> int:
    if args.limit < 1:
        raise UsageError("--limit is 1 or more")
    keys = _keys(args)
    keys |= {"SeriesInstanceUID": args.series} if args.series else {}
    if args.modality:
        keys["ModalitiesInStudy" if args.level in ("patient", "study") else "Modality"] = args.modality
    keys |= {"StudyDate": args.date} if args.date else {}
    query = Query(args.level, keys, args.root)
    node = _node(args.name)
    with _interruptible() as cancellation:
        matches = list(find(node, query, cancellation, most=args.limit))
    Trail(None, report).queried(node, args.level)
    _print_matches("find", matches, args)
    if len(matches) == args.limit:
        report.say(f"{args.limit} answers were taken, there may be more: ask more closely, or raise --limit")
    return report.status(1)


def _worklist(args: Namespace, report: Report) -> int:
    query = Worklist(args.modality, args.station, args.date or "", _keys(args))
    node = _node(args.name)
    with _interruptible() as cancellation:
        matches = list(find(node, query, cancellation))
    Trail(None, report).queried(node, "worklist")
    _print_matches("worklist", matches, args)
    return report.status(1)


def _get(args: Namespace, report: Report) -> int:
    uids = [_uid(text) for text in args.studies]
    series, images = ([_uid(text) for text in texts] for texts in (args.series, args.images))
    if (series or images) and len(uids) > 1:
        raise UsageError("series and images are named of one study", "name one study")
    node, filing = _node(args.name), Filing(args.folder)
    trail, new = Trail(args.library, report), Counter(dict.fromkeys(uids, 0))

    def told(progress: Progress) -> None:
        report.progress("images", progress.done + progress.failed, sum(asdict(progress).values()))

    with ExitStack() as stack:
        cancellation = stack.enter_context(_interruptible())
        index = stack.enter_context(_library(args, filing, report))
        reception = Reception(args.listen, node.tls)

        def came(filed: Filed) -> None:
            new[filed.study_instance_uid] += filed.new
            index.arrived(filed)

        retrieval = Retrieval(
            node, filing, cancellation, progress=told, arrived=came, said=report.say, reception=reception
        )
        trail.begun(node, uids)
        result = retrieval.run(uids, series=series, images=images)
    trail.received(f"{node.host}:{node.port}", new, failed=bool(result.trouble or result.missing))
    if result.trouble is not None:
        report.refuse_error(f"{len(result.missing)} images", result.trouble)
    for uid in () if result.trouble is not None else result.missing:
        report.refuse_error(uid, InputRefusedError("did not come", "ask again, or look at the archive's log"))
    report.finish()
    folders = {uid: str(filing.folder / study_folder(uid)) for uid in uids}
    if args.json:
        _print_json(
            "get", **asdict(result), studies=[{"study_instance_uid": u, "folder": f} for u, f in folders.items()]
        )
    else:
        print(f"{result.came} came, {result.there} were there, {len(result.missing)} did not come")
        print("\n".join(folder for folder in folders.values() if Path(folder).is_dir()))
    return report.status(result.came + result.there)


def _send(args: Namespace, report: Report) -> int:
    node, files = _node(args.name), list(_outgoing(args.paths, report))
    if not files:
        raise UsageError("there is nothing to send", "name DICOM files or folders of them")

    def told(progress: Progress) -> None:
        report.progress("files", progress.done + progress.failed, sum(asdict(progress).values()))

    with _interruptible() as cancellation:
        result = send(node, files, cancellation, progress=told, said=report.say)
    Trail(None, report).sent(node, len(result.taken), failed=not result.taken)
    for path, error in result.refused:
        report.refuse_error(path, error)
    report.finish()
    if args.json:
        errors = [{"file": one.source, "cause": one.cause, "hint": one.hint} for one in report.refusals]
        _print_json("send", sent=[str(path) for path in result.taken], errors=errors)
    else:
        print(f"{len(result.taken)} sent, {len(report.refusals)} refused")
    return report.status(len(result.taken))


def _outgoing(paths: list[Path], report: Report) -> Iterator[Outgoing]:
    """The DICOM files that were named or lie in named folders; in a folder, others are passed over."""
    for path in paths:
        try:
            found = list(walk_folder(path, report.refuse_error)) if path.is_dir() else [path]
        except InputRefusedError as error:
            report.refuse_error(path, error)
            continue
        for file in found:
            try:
                yield outgoing(file)
            except InputRefusedError as error:
                if file is path or file.suffix.lower() == ".dcm":
                    report.refuse_error(file, error)


def _receive(args: Namespace, report: Report) -> int:
    if args.port:
        check_port(args.port)
    if args.associations < 1 or args.object_limit < 1 or args.idle <= 0:
        raise UsageError("limits are more than nothing")
    limits = Limits(args.associations, args.object_limit * _MIB, args.idle)
    filing = Filing(args.folder, most_bytes=limits.object_bytes)
    nodes = Nodes(home_folder()).all()
    if not nodes and not args.anyone:
        raise UsageError("no archive is known that could send", "mammoview pacs add, or receive --anyone")
    counts: dict[bool, int] = {True: 0, False: 0}
    trail = Trail(args.library, report)
    with ExitStack() as stack:
        cancellation = stack.enter_context(_interruptible())
        index = stack.enter_context(_library(args, filing, report))

        def came(filed: Filed) -> None:
            counts[filed.new] += 1
            index.arrived(filed)

        receiver = stack.enter_context(
            Receiver(
                filing,
                None if args.anyone else callers_of(nodes),
                ae_title=args.ae,
                host=args.listen,
                port=args.port,
                tls=_tls_files(args),
                limits=limits,
                arrived=came,
                ended=index.ended,
                delivered=trail.delivered,
                said=report.say,
            )
        )
        where = f"{args.listen}:{receiver.port}"
        trail.listening(args.ae, where)
        report.say(f"{args.ae} listens at {args.listen}:{receiver.port}; Ctrl-C ends it")
        while not cancellation.wait(3600):
            pass
    trail.listened(args.ae, where, counts[True])
    if args.json:
        _print_json("receive", received=counts[True], again=counts[False], waiting=index.waiting)
    else:
        print(f"{counts[True]} received, {counts[False]} were there")
    return report.status(1)


_PARTS: dict[str, Callable[[Namespace, Report], int]] = {
    "nodes": _nodes,
    "add": _add,
    "remove": _remove,
    "echo": _echo,
    "find": _find,
    "get": _get,
    "send": _send,
    "receive": _receive,
    "worklist": _worklist,
}


# --- what several of them need


@contextmanager
def _interruptible() -> Iterator[Cancellation]:
    """Within it Ctrl-C, and the system's wish to end, cancel in place of stopping anywhere."""
    cancellation = Cancellation()
    if threading.current_thread() is not threading.main_thread():
        yield cancellation
        return

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=cancellation.cancel, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancellation
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class _Index:
    """What to call for each object that arrived and after each association, so that the study library knows. In the end
    `waiting` says how many objects about images lie there whose study it does not have; None without a library."""

    arrived: Callable[[Filed], None] = lambda filed: None
    ended: Callable[[], None] = lambda: None
    waiting: int | None = None


@contextmanager
def _library(args: Namespace, filing: Filing, report: Report) -> Iterator[_Index]:
    if args.no_library:
        yield _Index()
        return
    with Library(args.library or home_folder() / FILE_NAME) as library:
        if library.problem:
            report.say(library.problem)
            yield _Index()
            return
        index_rest(library, filing)
        arrivals = Arrivals(library, filing, report.say)
        index = _Index(arrivals.arrived, arrivals.ended)
        try:
            yield index
        finally:
            arrivals.close()
            index.waiting = library.waiting_objects(filing.folder)
            if index.waiting:
                report.say(f"{index.waiting} objects that are no images are in the index, and wait for their images")


def _node(name: str) -> Node:
    return Nodes(home_folder()).get(name)


def _uid(text: str) -> str:
    uid = checked_uid(text)
    if uid is None:
        raise UsageError(f"{text[:80]!r} is no UID", "UIDs are digits and dots, at most 64")
    return uid


def _tls_files(args: Namespace, name: str = "") -> TlsFiles | None:
    files = (args.tls_certificate, args.tls_key, args.tls_authority)
    if not any(files):
        return None
    if not all(files):
        raise UsageError("TLS needs three files", "--tls-certificate, --tls-key and --tls-authority")
    certificate, key, authority = (path.absolute() for path in files)
    return TlsFiles(certificate, key, authority, name)


def _keys(args: Namespace) -> dict[str, str]:
    named = {
        "PatientID": args.patient_id,
        "PatientName": args.patient_name,
        "PatientBirthDate": args.birth_date,
        "AccessionNumber": args.accession,
        "StudyInstanceUID": args.study,
    }
    return {keyword: value for keyword, value in named.items() if value}


def _print_matches(part: str, matches: list[Match], args: Namespace) -> None:
    records = [dict(match.values) if args.identified else match.open_values() for match in matches]
    if args.json:
        _print_json(part, matches=records)
        return
    for record in records:
        print("  ".join(f"{name}={_printable(value)}" for name, value in record.items()) or "—")


def _printable(text: str) -> str:
    """Without letters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _print_json(part: str, **values: Any) -> None:
    print(json.dumps({"schema": f"mammoview.pacs.{part}/1", **values}, indent=1))
