"""Owns calls: an association with an archive from its request to its end, and in words why there is none (PS3.8 7.1).

Every call may be stopped from another thread, and waits no longer than it was told to.
"""

from __future__ import annotations

import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from pydicom.dataset import Dataset
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.presentation import PresentationContext
from pynetdicom.transport import AddressInformation, AssociationSocket

from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.connections import PDU_BYTES, BoundedSocket, Intake, Limits, Said, end, failure_words
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.tls import client_context
from mammoview.core.errors import CancelledError

_TRANSIENT = 2  # PS3.8 Table 9-21: rejected-transient
_REJECTIONS = {
    (1, 2): ("it does not know this application context", ""),
    (1, 3): ("it does not know our AE title {ours}", "have {ours} with this machine's address added there"),
    (1, 7): ("its AE title is not {theirs}", "ask its administrator for the AE title"),
    (2, 2): ("it does not speak this version of the protocol", ""),
    (3, 1): ("it is busy", "try again in a moment"),
    (3, 2): ("it has as many associations as it takes", "try again in a moment"),
}
"""By source and reason, PS3.8 Table 9-21."""


class _Entity(ApplicationEntity):
    """Makes bounded connections, and keeps the association that it makes, so that it can be ended before it stands."""

    def __init__(self, title: str, limits: Limits, filing: Filing | None) -> None:
        super().__init__(title)
        self.limits, self.filing = limits, filing
        self.association: Association | None = None
        self.connection_timeout = limits.connect_s
        self.acse_timeout = self.dimse_timeout = self.network_timeout = limits.idle_s

    def _create_socket(
        self, assoc: Association, address: AddressInformation, tls_args: tuple[ssl.SSLContext, str] | None
    ) -> AssociationSocket:
        assoc.dimse = Intake(assoc, self.filing)
        made = BoundedSocket(assoc, self.limits, address=address)
        made.tls_args = tls_args
        self.association = assoc
        return made


@contextmanager
def associated(
    node: Node,
    contexts: Sequence[PresentationContext],
    cancellation: Cancellation,
    *,
    limits: Limits | None = None,
    roles: Sequence[Any] = (),
    handlers: Sequence[tuple[Any, Callable[..., Any]]] = (),
    filing: Filing | None = None,
) -> Iterator[Association]:
    """An association with an archive, released at the end, aborted where anything is raised. What is done with it is to
    stop by itself where it is cancelled (`operation`, `stopping`).

    `roles`: negotiation items; `filing`: where objects go that come over it. Raises PacsError, CancelledError.
    """
    limits = limits or Limits()
    cancellation.stop_if()
    entity = _Entity(node.our_ae_title, limits, filing)
    tls = None if node.tls is None else (client_context(node.tls), node.tls.server_name or node.host)

    def call() -> None:
        _look_up(node)
        entity.associate(
            node.host,
            node.port,
            contexts=list(contexts),
            ae_title=node.ae_title,
            max_pdu=PDU_BYTES,
            ext_neg=list(roles),
            tls_args=tls,
            evt_handlers=list(handlers),
        )

    trouble = _in_thread(call, cancellation)
    association = entity.association
    if association is None:
        cancellation.stop_if()
        raise trouble or PacsError(f"{node.name}: no connection could be made")
    try:
        cancellation.stop_if()
        if trouble is not None:
            raise trouble
        if not association.is_established:
            raise _not_established(node, association)
        yield association
        cancellation.stop_if()
        if association.is_established:
            with stopping(association, cancellation):
                association.release()
    except RuntimeError as error:  # pynetdicom's, of an association that has ended before something was asked
        if association.is_established:
            raise
        raise lost(node, association, cancellation) from error
    finally:
        end(association)


@contextmanager
def operation(
    association: Association, model: str, message_id: int, cancellation: Cancellation, limits: Limits | None
) -> Iterator[None]:
    """Within it a C-FIND, C-GET or C-MOVE runs: where it is cancelled the archive is told so (C-CANCEL), and only where
    it does not end soon the association is aborted.
    """
    grace = _Grace(association, (limits or Limits()).grace_s)

    def stop() -> None:
        with suppress(RuntimeError, ValueError):  # the association has ended meanwhile
            association.send_c_cancel(message_id, query_model=model)
        grace.begin()

    try:
        with cancellation.calling(stop):
            yield
    finally:
        grace.end()


class _Grace:
    """The time that an archive has after a C-CANCEL; the association is aborted when it is over. It may begin in
    another thread while what was cancelled ends."""

    def __init__(self, association: Association, seconds: float) -> None:
        self._timer = threading.Timer(seconds, end, [association])
        self._timer.daemon = True
        self._guard = threading.Lock()
        self._over = False

    def begin(self) -> None:
        with self._guard:
            if not self._over:
                self._timer.start()

    def end(self) -> None:
        """No thread of it is left."""
        with self._guard:
            self._over = True
        self._timer.cancel()
        if self._timer.ident is not None:
            self._timer.join()


@contextmanager
def stopping(association: Association, cancellation: Cancellation) -> Iterator[None]:
    """Within it something runs that has no C-CANCEL: the association is aborted where it is cancelled."""
    with cancellation.calling(partial(end, association)):
        yield


def lost(node: Node, association: Association, cancellation: Cancellation) -> PacsError | CancelledError:
    """Why an answer did not come: it was cancelled, or the connection ended."""
    if cancellation.cancelled():
        return CancelledError()
    failure = cast(BoundedSocket, association.dul.socket).failure if association.dul.socket is not None else None
    words = failure_words(failure) if failure is not None else "it ended the association or did not answer in time"
    return PacsError(f"{node.name}: {words}", "try again", passing=True)


def status_error(node: Node, what: str, status: Dataset) -> PacsError:
    """A status that is no success (PS3.7 Annex C); its comment, which may name somebody, is left out."""
    code = int(status.Status)
    passing = code in _PASSING
    words = _STATUS_WORDS.get(code, _STATUS_WORDS.get(code & 0xF000, "failure"))
    return PacsError(f"{node.name}: {what} failed with status 0x{code:04X}: {words}", _hint(code), passing=passing)


_PASSING = (0xA700, 0xA701)
_STATUS_WORDS = {
    0x0106: "invalid attribute value",
    0x0110: "processing failure",
    0x0111: "another object of this UID is there",
    0x0117: "invalid object instance",
    0x0122: "SOP class not supported",
    0x0124: "not authorized",
    0xA700: "out of resources",
    0xA701: "out of resources: the number of matches cannot be told",
    0xA702: "out of resources: the images cannot be sent",
    0xA801: "it does not know the AE title that the images are to go to",
    0xA900: "the request does not fit the SOP class",
    0xC000: "it cannot process this",
    0xFE00: "cancelled there",
}


def _hint(code: int) -> str:
    return "have our AE title with this machine's address and port added there, or use C-GET" if code == 0xA801 else ""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often to try again what may pass: `most` times in a row without progress, after `first_s` seconds, twice as
    long each time up to `longest_s`, and somewhat less by chance, so that many do not call at once.

    `pause` waits so many seconds and says whether the wait was cut short; None for the clock's time.
    """

    most: int = 5
    first_s: float = 1.0
    longest_s: float = 60.0
    pause: Callable[[float], bool] | None = None
    chance: Callable[[], float] = random.random

    def after(self, failures: int, error: PacsError, cancellation: Cancellation, said: Said) -> None:
        """Wait after so many failures in a row, 1 or more. Raises the error where it does not pass or too often came,
        CancelledError."""
        if not error.passing or failures > self.most:
            raise error
        seconds = min(self.longest_s, self.first_s * 2 ** (failures - 1)) * (1 - self.chance() / 4)
        said(f"{error.cause}; trying again in {seconds:.0f} s")
        (self.pause or cancellation.wait)(seconds)
        cancellation.stop_if()


def _in_thread(call: Callable[[], None], cancellation: Cancellation) -> BaseException | None:
    """Run what cannot be stopped in a thread of its own and leave it there where it is cancelled; what it raised."""
    done = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except Exception as error:  # handed to the caller's thread
            raised.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="association", daemon=True).start()
    with cancellation.calling(done.set):
        done.wait()
    return raised[0] if raised else None


def _look_up(node: Node) -> None:
    """Raises PacsError where nobody knows the host."""
    try:
        socket.getaddrinfo(node.host, node.port, type=socket.SOCK_STREAM)
    except OSError as error:
        cause = f"{node.name}: the host {node.host} is not known"
        raise PacsError(cause, "check its name and this machine's network", passing=True) from error


def _not_established(node: Node, association: Association) -> PacsError:
    where = f"{node.host}:{node.port}"
    answer = association.acceptor.primitive or _unread_answer(association)
    if isinstance(answer, A_ASSOCIATE) and answer.result:
        words, hint = _REJECTIONS.get((answer.result_source or 0, answer.diagnostic or 0), ("it gives no reason", ""))
        ours, theirs = node.our_ae_title, node.ae_title
        cause = f"{node.name}: the association was rejected: {words.format(ours=ours, theirs=theirs)}"
        return PacsError(cause, hint.format(ours=ours), passing=answer.result == _TRANSIENT)
    if isinstance(answer, A_ASSOCIATE):
        return PacsError(f"{node.name}: offers none of the services asked for", "ask its administrator for them")
    socket_used = cast("BoundedSocket | None", association.dul.socket)
    failure = None if socket_used is None else socket_used.failure
    hint = "check host, port and network" if node.tls is None else "check host, port, network and certificates"
    if isinstance(failure, ssl.SSLError):
        return PacsError(f"{node.name}: {failure_words(failure)} at {where}", "check the certificates")
    words = failure_words(failure).lower()
    return PacsError(f"{node.name}: cannot be reached at {where}: {words}", hint, passing=True)


def _unread_answer(association: Association) -> A_ASSOCIATE | None:
    """The answer of an archive that has closed the connection before pynetdicom looked, which then does not."""
    unread: Iterator[object] = iter(association.dul.receive_pdu, None)
    return next((primitive for primitive in unread if isinstance(primitive, A_ASSOCIATE)), None)
