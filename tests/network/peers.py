"""Made peers: an archive that answers from memory and can be made to fail, and a sender that may lie."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pynetdicom import evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)
from pynetdicom.transport import ThreadedAssociationServer

from mammoview.archive.pacs.connections import Intake
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.receiver import Receiver
from mammoview.archive.pacs.transfers import COMPRESSED, STORAGE, UNCOMPRESSED
from tests.factories import FOR_PRESENTATION, dicom_bytes
from tests.network.objects import data_set_bytes

SENDER = "SENDER"
_POLL_S = 0.02
_LEVEL_KEYS = {
    "PATIENT": ("PatientID",),
    "STUDY": ("StudyInstanceUID",),
    "SERIES": ("SeriesInstanceUID",),
    "IMAGE": ("SOPInstanceUID",),
}


class Archive:
    """Holds objects, answers C-ECHO, C-FIND, C-GET, C-MOVE and worklist queries, takes C-STORE.

    `asked` collects the identifiers of retrievals, `queries` those of queries. `before_each` is called before each
    object of a retrieval and each answer of a query, and may do anything; `status` is answered to a query at once where
    it is set. `move_to`: port of the receiver that a C-MOVE goes to.
    """

    def __init__(self, *objects: FileDataset, worklist: Sequence[Dataset] = ()) -> None:
        self.objects = list(objects)
        self.worklist = list(worklist)
        self.asked: list[Dataset] = []
        self.queries: list[Dataset] = []
        self.taken: list[str] = []
        self.before_each: Callable[[Association, int], None] = lambda association, number: None
        self.status: int | None = None
        self.store_status: Callable[[], int] = lambda: 0
        self.move_to = 0
        self.cancelled = threading.Event()
        self.syntaxes: Sequence[str] = (*UNCOMPRESSED, *COMPRESSED)
        self.most_associations = 10
        self.calling: list[str] = []
        self.called = "ARCHIVE"
        self.tls: Any = None
        self.stores = True

    @contextmanager
    def running(self, **node: Any) -> Iterator[Node]:
        """The archive as a node, on a free port of this machine."""
        entity = ApplicationEntity(self.called)
        entity.require_called_aet = True
        entity.require_calling_aet = self.calling
        entity.maximum_associations = self.most_associations
        for uid in STORAGE if self.stores else ():
            entity.add_supported_context(uid, [*self.syntaxes], scu_role=True, scp_role=True)
        for uid in (
            Verification,
            StudyRootQueryRetrieveInformationModelFind,
            PatientRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelGet,
            StudyRootQueryRetrieveInformationModelMove,
            ModalityWorklistInformationFind,
        ):
            entity.add_supported_context(uid)
        connections: list[socket.socket] = []
        handlers: list[Any] = [
            (evt.EVT_CONN_OPEN, lambda event: connections.append(cast(Any, event.assoc.dul.socket).socket)),
            (evt.EVT_C_FIND, self._find),
            (evt.EVT_C_GET, self._get),
            (evt.EVT_C_MOVE, self._move),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_C_ECHO, lambda event: 0),
        ]
        server = ThreadedAssociationServer(
            entity, ("127.0.0.1", 0), self.called, entity.supported_contexts, self.tls, evt_handlers=handlers
        )
        entity._servers.append(server)
        thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
        thread.start()
        try:
            yield Node(**{"name": "made", "ae_title": "ARCHIVE", "host": "127.0.0.1", **node, "port": port_of(server)})
        finally:
            for association in server.active_associations:
                association.abort(block=False)
            server.shutdown()
            thread.join()
            for connection in connections:  # pynetdicom leaves some open
                connection.close()

    def _find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        identifier = event.identifier
        self.queries.append(identifier)
        if self.status is not None:
            yield self.status, None
            return
        answers = self.worklist if "ScheduledProcedureStepSequence" in identifier else self._matching(identifier)
        for number, answer in enumerate(answers):
            self.before_each(event.assoc, number)
            if event.is_cancelled:
                self.cancelled.set()
                yield 0xFE00, None
                return
            yield 0xFF00, answer

    def _matching(self, identifier: Dataset) -> list[Dataset]:
        (key,) = _LEVEL_KEYS[identifier.QueryRetrieveLevel]
        answers: dict[str, Dataset] = {}
        for dataset in _chosen(self.objects, identifier):
            answer = Dataset()
            answer.SpecificCharacterSet = "ISO_IR 192"
            for element in identifier:
                setattr(answer, element.keyword, dataset.get(element.keyword, ""))
            answer.QueryRetrieveLevel = identifier.QueryRetrieveLevel
            answers.setdefault(str(dataset.get(key)), answer)
        return list(answers.values())

    def _get(self, event: evt.Event) -> Iterator[Any]:
        self.asked.append(event.identifier)
        chosen = _chosen(self.objects, event.identifier)
        yield len(chosen)
        yield from self._each(event, chosen)

    def _move(self, event: evt.Event) -> Iterator[Any]:
        self.asked.append(event.identifier)
        if not self.move_to:
            yield None, None
            return
        yield "127.0.0.1", self.move_to, {"contexts": [build_context(FOR_PRESENTATION)]}
        chosen = _chosen(self.objects, event.identifier)
        yield len(chosen)
        yield from self._each(event, chosen)

    def _each(self, event: evt.Event, chosen: Sequence[Dataset]) -> Iterator[Any]:
        for number, dataset in enumerate(chosen):
            self.before_each(event.assoc, number)
            if event.is_cancelled:
                self.cancelled.set()
                yield 0xFE00, None
                return
            yield 0xFF00, dataset

    def _store(self, event: evt.Event) -> int:
        status = self.store_status()
        if status == 0:
            self.taken.append(str(cast(C_STORE, event.request).AffectedSOPInstanceUID))
        return status


def _chosen(objects: Sequence[Any], identifier: Dataset) -> list[Any]:
    """The objects that every UID and ID in an identifier names."""
    found = []
    for dataset in objects:
        named = [
            str(dataset.get(name)) in _values(identifier, name)
            for name in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
            if _values(identifier, name)
        ]
        if all(named):
            found.append(dataset)
    return found


def _values(identifier: Dataset, name: str) -> list[str]:
    value = identifier.get(name)
    if not value:
        return []
    return [str(one) for one in value] if isinstance(value, (list, tuple)) or hasattr(value, "append") else [str(value)]


def port_of(server: ThreadedAssociationServer) -> int:
    return int(server.server_address[1])


class Sender:
    """A C-STORE SCU that may lie. A context manager."""

    def __init__(self, receiver: Receiver, *, calling: str = SENDER, called: str = "MAMMOVIEW") -> None:
        entity = ApplicationEntity(calling)
        entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = 20.0
        contexts = [build_context(FOR_PRESENTATION, [syntax]) for syntax in (*UNCOMPRESSED, *COMPRESSED)]
        contexts.append(build_context(Verification))
        self.association = entity.associate("127.0.0.1", receiver.port, contexts=contexts, ae_title=called, max_pdu=0)

        self.association.dimse = Intake(self.association, None)
        self._connection = cast("socket.socket | None", cast(Any, self.association.dul.socket).socket)

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        if self.association.is_established:
            self.association.release()
        if self._connection is not None:
            self._connection.close()

    def rejection(self) -> tuple[int, int, int]:
        """(result, source, reason) of PS3.8 Table 9-21."""
        answer = cast(Any, self.association.acceptor.primitive)
        return answer.result, answer.result_source, answer.diagnostic

    def store(self, dataset: FileDataset) -> int:
        """Send an object as it is encoded; the status, -1 where there was no answer."""
        return self.store_bytes(
            data_set_bytes(dicom_bytes(dataset)), str(dataset.SOPInstanceUID), str(dataset.file_meta.TransferSyntaxUID)
        )

    def store_bytes(self, data: bytes, sop_uid: str, syntax: str, sop_class: str = FOR_PRESENTATION) -> int:
        """Announce an object and send these bytes for it."""
        with suppress(OSError):  # the receiver need not hear it all
            for pdu in self.pdus(data, sop_uid, syntax, sop_class):
                self.raw(pdu)
        _, answer = self.association.dimse.get_msg(block=True)
        return -1 if answer is None else int(cast(C_STORE, answer).Status or 0)

    def pdus(self, data: bytes, sop_uid: str, syntax: str, sop_class: str = FOR_PRESENTATION) -> list[bytes]:
        """The encoded PDUs of a C-STORE request, each of at most 16 KiB."""
        from io import BytesIO

        request = C_STORE()
        request.MessageID, request.Priority = 1, 2
        message = C_STORE_RQ()
        request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = sop_class, "1.2.3"
        request.DataSet = BytesIO(data)
        message.primitive_to_message(request)
        message.command_set.add(
            DataElement(0x00001000, "UI", sop_uid, validation_mode=config.IGNORE, already_converted=True)
        )
        (context,) = (
            context.context_id
            for context in self.association.accepted_contexts
            if context.transfer_syntax == [syntax] and context.abstract_syntax == FOR_PRESENTATION
        )
        encoded = []
        for primitive in message.encode_msg(cast(int, context), 16384):
            pdu = P_DATA_TF()
            pdu.from_primitive(primitive)
            encoded.append(pdu.encode())
        return encoded

    def raw(self, data: bytes) -> None:
        """Bytes onto the connection."""
        assert self._connection is not None
        self._connection.sendall(data)

    def cut(self) -> None:
        """End the connection without a word."""
        assert self._connection is not None
        self._connection.shutdown(socket.SHUT_RDWR)

    def ended(self) -> bool:
        """Wait until the receiver has ended the association."""
        self.association.dul.join(20)
        return not self.association.dul.is_alive()
