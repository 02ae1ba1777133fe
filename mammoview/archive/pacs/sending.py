"""Owns the sending of files to an archive (PS3.4 Annex B, C-STORE SCU), unchanged. Never alters a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.uid import UID
from pynetdicom.association import Association

from mammoview.archive.pacs.calling import Retries, associated, lost, status_error, stopping
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.connections import Limits, Said
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.retrieving import Progress
from mammoview.archive.pacs.transfers import sent
from mammoview.archive.pacs.uids import checked_uid
from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.dataset import has_prefix, parse_source
from mammoview.dicom.elements import Elements
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import first_bytes

_WARNINGS = (0xB000, 0xB006, 0xB007)
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file that can be sent."""

    path: Path
    sop_class_uid: str
    sop_uid: str
    syntax_uid: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What an archive took, and why not the others, by file."""

    taken: tuple[Path, ...]
    refused: tuple[tuple[Path, PacsError], ...]


def outgoing(path: Path) -> Outgoing:
    """What a file is. Raises InputRefusedError where it is no DICOM file (PS3.10) that can be sent."""
    source = ImageSource(path)
    if not has_prefix(first_bytes(source, 132)):
        raise InputRefusedError("is no DICOM file with a header of its own", "name DICOM files")
    parsed = parse_source(source)
    elements = Elements(parsed.dataset)
    sop_class, sop_uid = (checked_uid(elements.text(name)) for name in ("SOPClassUID", "SOPInstanceUID"))
    if sop_class is None or sop_uid is None or parsed.transfer_syntax is None:
        raise InputRefusedError("does not say which object it is", "only whole DICOM objects can be sent")
    return Outgoing(path, sop_class, sop_uid, str(parsed.transfer_syntax))


def send(
    node: Node,
    files: Sequence[Outgoing],
    cancellation: Cancellation,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
    said: Said = lambda line: None,
    retries: Retries | None = None,
    limits: Limits | None = None,
) -> Sent:
    """Send files, each until it is taken or refused; a broken connection is made again, and an archive that is full for
    the moment is asked again. What is left after all retries counts as refused. Raises CancelledError.
    """
    retries, failures = retries or Retries(), 0
    left = {one.path: one for one in files}
    taken: list[Path] = []
    refused: list[tuple[Path, PacsError]] = []

    def settled(one: Outgoing, error: PacsError | None) -> None:
        del left[one.path]
        if error is None:
            taken.append(one.path)
        else:
            refused.append((one.path, error))
        progress(Progress(len(taken), len(refused), len(left)))

    while left:
        before = len(left)
        try:
            contexts = sent((one.sop_class_uid, one.syntax_uid) for one in left.values())[0]
            with associated(node, contexts, cancellation, limits=limits) as association:
                offered = {str(context.abstract_syntax) for context in contexts}
                for one in [one for one in left.values() if one.sop_class_uid in offered]:
                    cancellation.stop_if()
                    refusal = _refusal(node, association, one, cancellation)
                    if refusal is not None and refusal.passing:
                        raise refusal
                    settled(one, refusal)
            failures = 0
        except PacsError as error:
            failures = 1 if len(left) < before else failures + 1
            try:
                retries.after(failures, error, cancellation, said)
            except PacsError as last:
                for one in list(left.values()):
                    settled(one, last)
    return Sent(tuple(taken), tuple(refused))


def _refusal(node: Node, association: Association, one: Outgoing, cancellation: Cancellation) -> PacsError | None:
    """Send one file; why it was refused. Raises PacsError where the connection is gone."""
    offered = {
        str(context.transfer_syntax[0])
        for context in association.accepted_contexts
        if context.abstract_syntax == one.sop_class_uid
    }
    try:
        with stopping(association, cancellation):
            status = association.send_c_store(_as_taken(one, offered, node))
    except PacsError as error:
        return error
    except (OSError, ValueError, AttributeError, RuntimeError) as error:
        if not association.is_established:
            raise lost(node, association, cancellation) from error
        return PacsError(f"{node.name}: the file cannot be sent as it is", "mammoview info shows what is wrong with it")
    if "Status" not in status:
        raise lost(node, association, cancellation)
    return None if status.Status == 0 or status.Status in _WARNINGS else status_error(node, "storing", status)


def _as_taken(one: Outgoing, offered: set[str], node: Node) -> Any:
    """The file itself where its transfer syntax is taken, its data set where it can be written in one that is."""
    if one.syntax_uid in offered:
        return one.path
    name = UID(one.syntax_uid).name
    if not offered:
        cause = f"{node.name}: takes no {UID(one.sop_class_uid).name}"
        raise PacsError(f"{cause} in {name}", "another archive or another form of the file may do")
    if one.syntax_uid not in (_IMPLICIT, _EXPLICIT):
        raise PacsError(f"{node.name}: has no presentation context for {name}", "send it uncompressed")
    with caught_warnings():
        return dcmread(one.path)
