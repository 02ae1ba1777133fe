"""Owns the receiver: who may send objects here, and what becomes of each (PS3.4 Annex B, C-STORE SCP). No Qt.

It takes nothing from strangers and listens on this machine alone, unless it is told otherwise.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from pynetdicom import evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from mammoview.archive.pacs.connections import PDU_BYTES, BoundedSocket, Intake, Limits, Said, end, failure_words
from mammoview.archive.pacs.deliveries import Deliveries, Delivery
from mammoview.archive.pacs.errors import NOT_UNDERSTOOD, ObjectRefusedError, PacsError
from mammoview.archive.pacs.filing import Filed, Filing, Part
from mammoview.archive.pacs.nodes import OUR_AE_TITLE, Node, check_ae_title
from mammoview.archive.pacs.tls import TlsFiles, server_context
from mammoview.archive.pacs.transfers import received

LOOPBACK: Final = "127.0.0.1"

_PERMANENT, _SERVICE_USER = 1, 1  # PS3.8 Table 9-21
_NO_REASON, _CALLING_TITLE, _CALLED_TITLE = 1, 3, 7
_CONNECTIONS_PER_ASSOCIATION = 2
_POLL_S = 0.05
_PATIENCE_S = 1.0
_SUCCESS = 0x0000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who may call: an AE title, from the addresses of a host name or address."""

    ae_title: str
    host: str


def callers_of(nodes: Sequence[Node]) -> tuple[Caller, ...]:
    """Those of the known archives."""
    return tuple(Caller(node.ae_title, node.host) for node in nodes)


class Receiver:
    """Files what is sent here until it is stopped. A context manager; `address` and `port` are where it
    listens, known once it was started.

    `arrived` is called for each object that was filed, also for one that was there already, and `ended` when an
    association has ended, `delivered` then with all that it brought; `refused` takes why an object was not kept, `said`
    one line for that (without `refused`) and for who was turned away. All are called in threads of the network, and
    should return soon.
    """

    def __init__(
        self,
        filing: Filing,
        callers: Sequence[Caller] | None,
        *,
        ae_title: str = OUR_AE_TITLE,
        host: str = LOOPBACK,
        port: int = 0,
        tls: TlsFiles | None = None,
        limits: Limits | None = None,
        arrived: Callable[[Filed], None] = lambda filed: None,
        ended: Callable[[], None] = lambda: None,
        delivered: Callable[[Delivery], None] = lambda delivery: None,
        refused: Callable[[ObjectRefusedError], None] | None = None,
        said: Said = lambda line: None,
    ) -> None:
        """`callers` None: anyone may send. `host`: where to listen; `port` 0 for a free one. Raises UsageError."""
        check_ae_title(ae_title)
        self.address, self.port = host, port
        self._filing, self._callers = filing, None if callers is None else tuple(callers)
        self._ae_title, self._host, self._tls = ae_title, host, tls
        self._limits = limits or Limits()
        self._arrived, self._ended, self._said = arrived, ended, said
        self._deliveries = Deliveries(delivered)
        self._refused = refused or (lambda error: said(str(error)))
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Receiver:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Raises PacsError where the port is taken or the certificates cannot be used."""
        context = None if self._tls is None else server_context(self._tls)
        entity = ApplicationEntity(self._ae_title)
        entity.maximum_associations = self._limits.associations
        entity.maximum_pdu_size = PDU_BYTES
        entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = self._limits.idle_s
        handlers: list[Any] = [
            (evt.EVT_REQUESTED, self._asked),
            (evt.EVT_C_STORE, self._stored),
            (evt.EVT_CONN_CLOSE, self._connection_ended),
        ]
        try:
            address = _addresses(self._host)[0]
            made = partial(_Server, tls=context, limits=self._limits, filing=self._filing, said=self._said)
            self._server = cast(
                _Server,
                entity.make_server(
                    (address, self.port), contexts=received(), evt_handlers=handlers, server_class=cast(Any, made)
                ),
            )
        except OSError as error:
            where = f"{self._host}:{self.port}"
            raise PacsError(f"cannot listen at {where}: {error.strerror}", "name another port or host") from error
        entity._servers.append(self._server)
        self.address, self.port = str(self._server.server_address[0]), int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Abort what is under way and let the port go; what was filed stays."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        under_way = server.active_associations
        for association in under_way:
            end(association)
        for association in under_way:
            association.join(_PATIENCE_S)
            cast(BoundedSocket, association.dul.socket)._shutdown_socket()
        if self._thread is not None:
            self._thread.join()
        self._deliveries.all_ended()

    # --- who may

    def _asked(self, event: evt.Event) -> None:
        """Reject an association that is not from a known caller, or not for us."""
        association = event.assoc
        request = cast(A_ASSOCIATE, association.requestor.primitive)
        if request.called_ae_title != self._ae_title:
            self._reject(association, _CALLED_TITLE, f"asked for another AE title than {self._ae_title}")
        elif self._callers is not None:
            hosts = [caller.host for caller in self._callers if caller.ae_title == request.calling_ae_title]
            if not hosts:
                self._reject(association, _CALLING_TITLE, "is no known AE title: mammoview pacs add")
            elif not any(_is_address_of(association.requestor.address, host) for host in hosts):
                self._reject(association, _NO_REASON, "has a known AE title, but another address than its archive")

    def _reject(self, association: Association, reason: int, words: str) -> None:
        self._said(f"a caller at {association.requestor.address} was rejected: it {words}")
        association.acse.send_reject(_PERMANENT, _SERVICE_USER, reason)
        association.kill()

    # --- what comes

    def _stored(self, event: evt.Event) -> int:
        def arrived(filed: Filed) -> None:
            self._deliveries.took(event.assoc, filed)
            self._arrived(filed)

        return stored(event, self._filing, arrived, self._refused)

    def _connection_ended(self, event: evt.Event) -> None:
        cast(Intake, event.assoc.dimse).discard()
        if event.assoc.requestor.primitive is None:  # its thread would wait for the request until its time is over
            event.assoc.dul.to_user_queue.put(cast(Any, None))
        self._deliveries.ended(event.assoc)
        self._ended()


def stored(
    event: evt.Event,
    filing: Filing,
    arrived: Callable[[Filed], None],
    refused: Callable[[ObjectRefusedError], None],
) -> int:
    """File the object of a C-STORE request; the status of the answer (PS3.4 Table B.2-1)."""
    request = cast(C_STORE, event.request)
    part = cast("Part | None", request._dataset_file)
    try:
        if part is None or not cast(Intake, event.assoc.dimse).claim(part):
            raise ObjectRefusedError(NOT_UNDERSTOOD, "an object was announced and did not come")
        uids = (str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID))
        filed = filing.take(part, *uids)
    except ObjectRefusedError as error:
        refused(error)
        return error.status
    arrived(filed)
    return _SUCCESS


class _Handler(RequestHandler):
    """Makes the association of a connection."""

    server: _Server

    def _create_association(self) -> Association:
        association = super()._create_association()
        association.dul.event_queue.get_nowait()  # that there is a connection; the other socket says it again
        association.dul.socket = BoundedSocket(association, self.server.limits, client_socket=self.request)
        association.dimse = Intake(association, self.server.filing)
        return association


class _Server(ThreadedAssociationServer):
    """Accepts connections, no more than there may be; TLS is agreed upon in the connection's own thread."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, *arguments: Any, tls: ssl.SSLContext | None, limits: Limits, filing: Filing, said: Said, **named: Any
    ) -> None:
        self.tls, self.limits, self.filing, self.said = tls, limits, filing, said
        self._shaking = threading.BoundedSemaphore(limits.associations * _CONNECTIONS_PER_ASSOCIATION)
        super().__init__(*arguments, **{**named, "request_handler": _Handler})

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether one more connection is let in."""
        most = self.limits.associations * _CONNECTIONS_PER_ASSOCIATION
        return len(self.active_associations) < most and self._shaking.acquire(blocking=False)

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            secure = self._secured(request, client_address)
        finally:
            self._shaking.release()
        if secure is not None:
            super().finish_request(secure, client_address)

    def _secured(self, request: Any, client_address: Any) -> Any:
        """The connection after TLS was agreed upon, None where it was not."""
        if self.tls is None:
            return request
        request.settimeout(self.limits.connect_s)
        try:
            return self.tls.wrap_socket(request, server_side=True)
        except OSError as error:
            self.said(f"a caller at {client_address[0]} was refused: {failure_words(error)}")
            request.close()
            return None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that cannot be served is closed."""


def _addresses(host: str) -> list[str]:
    """The IP addresses of a name. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _is_address_of(address: str, host: str) -> bool:
    try:
        return address in _addresses(host)
    except OSError:
        return False
