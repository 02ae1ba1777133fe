"""Owns how bytes come in from the network: how many, how fast and where they go. Knows no service.

pynetdicom reads what a peer announces, as long as that may be, and keeps an object in memory until it is whole. Here a
PDU has a limit and a time to arrive, and an object goes to a part file as it comes.
"""

from __future__ import annotations

import logging
import math
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from pydicom.uid import UID
from pynetdicom import _config
from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ, DIMSEMessage
from pynetdicom.dsutils import create_file_meta, encode_file_meta
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.transport import T_CONNECT, AddressInformation, AssociationSocket

from mammoview.archive.pacs.filing import DEFAULT_OBJECT_BYTES, Filing, Part
from mammoview.archive.pacs.uids import checked_uid
from mammoview.dicom.quiet import caught_warnings

PDU_BYTES: Final = 256 * 1024
"""The longest PDU that is asked for (PS3.8 D.1)."""

_MOST_PDU_BYTES = 2 * 1024**2  # an association request of 128 contexts, or a peer that does not keep to PDU_BYTES
_PIECE_BYTES = 256 * 1024
_MOST_LOOSE_BYTES = 16 * 1024**2  # of one command, or of one answer to a query
_MOST_WAITING = 2
_LOOK_S = 0.05
_COMMAND, _COMMAND_OR_LAST = 0b01, 0b11  # PS3.8 E.2
_INVALID_PDU = "Evt19"  # PS3.8 Table 9-10: unrecognized or invalid PDU received

_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
_config.STORE_SEND_CHUNKED_DATASET = True
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)  # it quotes what it receives


@dataclass(frozen=True, slots=True)
class Limits:
    """What is let in: `associations` at a time, `object_bytes` of each object, `idle_s` seconds for the next message,
    or for the rest of one that has begun, `connect_s` seconds until a connection stands, `grace_s` seconds for the
    answer to a C-CANCEL.
    """

    associations: int = 10
    object_bytes: int = DEFAULT_OBJECT_BYTES
    idle_s: float = 60.0
    connect_s: float = 15.0
    grace_s: float = 2.0


class BoundedSocket(AssociationSocket):
    """A connection that takes no PDU that is too long or comes too slowly. `failure`: what the network last said."""

    def __init__(
        self,
        assoc: Association,
        limits: Limits,
        *,
        client_socket: socket.socket | None = None,
        address: AddressInformation | None = None,
    ) -> None:
        super().__init__(assoc, client_socket=client_socket, address=address)
        self._limits = limits
        self.failure: OSError | None = None
        if client_socket is not None:
            _prepared(client_socket, limits)

    def connect(self, primitive: T_CONNECT) -> None:
        """As in the base class, which keeps to itself why it failed."""
        made = cast(socket.socket, self.socket)
        try:
            made.settimeout(self._limits.connect_s)
            made.connect(primitive.address_info.as_tuple)
            if self.tls_args:
                context, name = self.tls_args
                made = self.socket = context.wrap_socket(made, server_hostname=name)
            _prepared(made, self._limits)
        except OSError as error:
            self.failure = error
            self._shutdown_socket()
            self.socket = None
            primitive.result = "Evt17"
        else:
            self._is_connected = True
            primitive.result = "Evt2"
        self.provider_queue.put(primitive)
        self._ready.set()

    def recv(self, nr_bytes: int) -> bytearray:
        """So many bytes, fewer where the connection ended. Raises OSError where they are too many or too slow."""
        if nr_bytes > _MOST_PDU_BYTES:
            raise OSError("a PDU is longer than is taken")
        connection = cast(socket.socket, self.socket)
        received = bytearray()
        until = time.monotonic() + self._limits.idle_s
        while len(received) < nr_bytes:
            if time.monotonic() > until:
                raise TimeoutError("a PDU takes too long")
            try:
                piece = connection.recv(min(_PIECE_BYTES, nr_bytes - len(received)))
            except OSError as error:
                self.failure = error
                raise
            if not piece:
                break
            received += piece
        return received

    def _shutdown_socket(self) -> None:
        """Close the connection, also one that the peer has ended, which the base class leaves open."""
        connection = self.socket
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _prepared(connection: socket.socket, limits: Limits) -> None:
    connection.settimeout(limits.idle_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Intake(DIMSEServiceProvider):
    """Takes the messages of one association; an object that is stored goes to a part file of `filing` while it comes.

    Without `filing`, stored objects are not expected.
    """

    def __init__(self, assoc: Association, filing: Filing | None) -> None:
        super().__init__(assoc)
        self._filing = filing
        self._guard = threading.Lock()
        self._parts: set[Part] = set()
        self._closed = False
        self._loose = 0

    def get_msg(self, block: bool = False) -> tuple[int, Any] | tuple[None, None]:
        """As in the base class; a wait also ends soon after the connection has. Who does not wait gets no answer to a
        request of ours: pynetdicom's own thread looks, and would now and then take it from who waits for it."""
        if not block:
            return super().get_msg() if self.assoc.is_acceptor else (None, None)
        until = math.inf if self.dimse_timeout is None else time.monotonic() + self.dimse_timeout
        while time.monotonic() < until:
            with suppress(queue.Empty):
                return self.msg_queue.get(timeout=_LOOK_S)
            if self._closed or not self.dul.is_alive():
                break
        return None, None

    def receive_primitive(self, primitive: P_DATA) -> None:
        """As in the base class, one fragment at a time (PS3.8 E.2). What cannot be a message ends the association."""
        for context_id, data in primitive.presentation_data_value_list:
            if not self._may_come(data) or not self._taken(context_id, data):
                self.dul.event_queue.put(_INVALID_PDU)
                return

    def _taken(self, context_id: int, data: bytes) -> bool:
        """Whether a fragment was understood."""
        single = P_DATA()
        single.presentation_data_value_list.append((context_id, data))
        with caught_warnings() if data[0] & _COMMAND_OR_LAST else nullcontext():  # of a command's values
            try:
                super().receive_primitive(single)
            except Exception:  # whatever pydicom meets in bytes that are no command: it has many exceptions
                return False
            return self._begun()

    def _may_come(self, data: bytes) -> bool:
        """Whether a fragment may come now; a command first, and neither without end."""
        if not data:
            return False
        message = self.message
        is_command = bool(data[0] & _COMMAND)
        if message is None:
            self._loose = 0
        elif message._data_set_file is not None:
            return not is_command
        self._loose += len(data)
        return (is_command or type(message) not in (type(None), DIMSEMessage)) and self._loose <= _MOST_LOOSE_BYTES

    def _begun(self) -> bool:
        """Open a part file where an object was announced; False where that cannot be."""
        message = self.message
        if not isinstance(message, C_STORE_RQ) or message._data_set_file is not None or self._filing is None:
            return True
        header = self._header(message)
        if header is None:
            return False
        part = self._filing.part()
        message._data_set_file = cast(Any, part)
        message._data_set_path = part.path
        with self._guard:
            self._parts.add(part)
            too_many = self._closed or len(self._parts) > _MOST_WAITING
        part.write(header)
        if too_many:
            self.discard()
        return not too_many

    def _header(self, message: DIMSEMessage) -> bytes | None:
        """Preamble and file meta information (PS3.10 7.1), from the command and its presentation context; None where
        these are none."""
        command = message.command_set
        uids = (command.get("AffectedSOPClassUID"), command.get("AffectedSOPInstanceUID"))
        sop_class, sop_instance = (checked_uid(str(uid or "")) for uid in uids)
        context = self.assoc._accepted_cx.get(message.context_id or 0)
        if sop_class is None or sop_instance is None or context is None:
            return None
        meta = create_file_meta(
            sop_class_uid=UID(sop_class),
            sop_instance_uid=UID(sop_instance),
            transfer_syntax=context.transfer_syntax[0],
        )
        return b"\0" * 128 + b"DICM" + encode_file_meta(meta)

    def claim(self, part: Part) -> bool:
        """Whether a part file is still there; it is the caller's from now on."""
        with self._guard:
            there = part in self._parts
            self._parts.discard(part)
            return there

    def discard(self) -> None:
        """The connection has ended: delete the part files of objects that will not become whole, wait for no answer."""
        with self._guard:
            self._closed = True
            left, self._parts = self._parts, set()
        for part in left:
            part.close()


def end(association: Association) -> None:
    """Abort an association from any thread, and wake who waits for its answers."""
    association.abort(block=False)
    cast(Intake, association.dimse).discard()


def failure_words(error: OSError | None) -> str:
    """What the network said, without what a peer may have put into it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or 'unknown').replace('_', ' ').lower()}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror or "the connection failed") if error is not None else "the connection ended"


Said = Callable[[str], None]
"""Takes one line for the user."""
