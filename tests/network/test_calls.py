"""What is asked of an archive: what it answers, why it does not in one line, and that it can be stopped."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom.association import Association

from mammoview.archive.pacs.asking import OPEN_ATTRIBUTES, Query, Worklist
from mammoview.archive.pacs.calling import Retries
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import echo, find
from mammoview.archive.pacs.connections import BoundedSocket, Limits
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.sending import Sent, outgoing, send
from mammoview.archive.pacs.transfers import UNCOMPRESSED
from mammoview.core.errors import CancelledError, UsageError
from tests.encoders import IMPLICIT
from tests.factories import ANNA, BERTA
from tests.network.objects import compressed_object, made_object, written
from tests.network.peers import Archive


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def no_pause(waited: list[float]) -> Retries:
    """Three retries that note how long they would have waited."""

    def pause(seconds: float) -> bool:
        waited.append(seconds)
        return False

    return Retries(most=3, first_s=1.0, longest_s=3.0, pause=pause, chance=lambda: 0.0)


# --- is it there


def test_an_archive_that_is_there_answers() -> None:
    with Archive().running() as node:
        assert echo(node) >= 0


def test_an_archive_that_is_not_there_is_told_in_one_line() -> None:
    node = Node("made", "ARCHIVE", "127.0.0.1", free_port())
    with pytest.raises(
        PacsError, match=r"^made: cannot be reached at 127.0.0.1:\d+: connection refused \(check"
    ) as told:
        echo(node)
    assert told.value.passing


def test_a_host_that_nobody_knows_is_told() -> None:
    with pytest.raises(PacsError, match=r"made: the host nowhere\.invalid is not known"):
        echo(Node("made", "ARCHIVE", "nowhere.invalid", 104))


@pytest.mark.parametrize(
    ("setting", "value", "words", "passing"),
    [
        ("calling", ["OTHER"], "it does not know our AE title MAMMOVIEW", False),
        ("called", "OTHER", "its AE title is not ARCHIVE", False),
    ],
)
def test_a_rejection_tells_its_reason(setting: str, value: object, words: str, passing: bool) -> None:
    archive = Archive()
    setattr(archive, setting, value)
    with archive.running() as node, pytest.raises(PacsError, match=words) as told:
        echo(node)
    assert told.value.passing is passing


def test_a_rejection_is_told_also_where_the_connection_is_gone_before_anyone_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = BoundedSocket.__init__

    def late(self: BoundedSocket, association: Association, *arguments: Any, **named: Any) -> None:
        made(self, association, *arguments, **named)
        self._ready = SeenLate(association)

    monkeypatch.setattr(BoundedSocket, "__init__", late)
    archive = Archive()
    archive.called = "OTHER"
    with archive.running() as node, pytest.raises(PacsError, match="its AE title is not ARCHIVE"):
        echo(node)


class SeenLate(threading.Event):
    """That a connection stands, which its association hears of after the connection has ended."""

    def __init__(self, association: Association) -> None:
        super().__init__()
        self._association = association

    def wait(self, timeout: float | None = None) -> bool:
        there = super().wait(timeout)
        self._association.dul.join(20)
        return there


def test_an_archive_that_is_full_may_be_asked_again() -> None:
    archive = Archive(made_object())
    archive.most_associations = 1
    with archive.running() as node:
        answers = find(node, Query())
        next(answers)
        with pytest.raises(PacsError, match="as many associations as it takes") as told:
            echo(node)
        list(answers)
    assert told.value.passing


def test_what_is_no_archive_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        node = Node("made", "ARCHIVE", "127.0.0.1", int(server.getsockname()[1]))
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        with pytest.raises(PacsError, match="made: cannot be reached"):
            echo(node, limits=Limits(idle_s=5, connect_s=5))


def test_waiting_for_a_connection_can_be_stopped_from_another_thread() -> None:
    cancellation = Cancellation()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10)
                cancellation.cancel()
                connection.recv(1 << 20)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(CancelledError):
            echo(Node("made", "ARCHIVE", "127.0.0.1", int(server.getsockname()[1])), cancellation)
        thread.join(20)


# --- what has it


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[Archive, Node]]:
    """Two women's studies of three and one images."""
    archive = Archive(*(made_object(number) for number in range(3)), made_object(9, study="second", woman=BERTA))
    with archive.running() as node:
        yield archive, node


def test_studies_are_found_by_the_patient(filled: tuple[Archive, Node]) -> None:
    (match,) = find(filled[1], Query("study", {"PatientID": BERTA.patient_id}))
    assert match.uid("StudyInstanceUID") == made_object(9, study="second", woman=BERTA).StudyInstanceUID
    assert match.values["PatientName"] == BERTA.name


@pytest.mark.parametrize(("level", "count"), [("study", 1), ("series", 1), ("image", 3)])
@pytest.mark.parametrize("root", ["study", "patient"])
def test_every_level_is_asked_for(filled: tuple[Archive, Node], level: str, count: int, root: str) -> None:
    one = made_object()
    keys = {
        "StudyInstanceUID": one.StudyInstanceUID,
        "SeriesInstanceUID": one.SeriesInstanceUID,
        "PatientID": "DEMO-0001",
    }
    assert len(list(find(filled[1], Query(level, keys, root)))) == count
    assert filled[0].queries[-1].QueryRetrieveLevel == level.upper()


def test_patients_are_found_by_the_patient_root(filled: tuple[Archive, Node]) -> None:
    found = {match.values["PatientID"] for match in find(filled[1], Query("patient", root="patient"))}
    assert found == {ANNA.patient_id, BERTA.patient_id}


@pytest.mark.parametrize(
    ("level", "keys", "root"),
    [("patient", {}, "study"), ("series", {}, "study"), ("image", {"StudyInstanceUID": "1.2"}, "study"),
     ("study", {}, "patient"), ("studies", {}, "study")],
)  # fmt: skip
def test_a_query_that_no_archive_can_answer_is_refused(level: str, keys: dict[str, str], root: str) -> None:
    with pytest.raises(UsageError):
        Query(level, keys, root)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="'Nonsense' cannot be asked for"):
        Query("study", {"Nonsense": "1"}).identifier()


def test_a_name_with_letters_of_any_language_is_sent_as_such(filled: tuple[Archive, Node]) -> None:
    list(find(filled[1], Query("study", {"PatientName": "GRÜN*"})))
    assert str(filled[0].queries[-1].PatientName) == "GRÜN*"


def test_no_more_answers_are_taken_than_asked_for(filled: tuple[Archive, Node]) -> None:
    assert len(list(find(filled[1], Query(), most=1))) == 1


def test_a_status_that_is_no_success_is_told() -> None:
    archive = Archive(made_object())
    archive.status = 0xA700
    with (
        archive.running() as node,
        pytest.raises(PacsError, match="the query failed with status 0xA700: out of") as told,
    ):
        list(find(node, Query()))
    assert told.value.passing


def test_an_archive_without_the_service_is_told() -> None:
    with Archive().running() as node, pytest.raises(PacsError, match="offers none of the services asked for"):
        list(find(node, _Unheard()))


class _Unheard(Query):
    @property
    def model(self) -> str:
        return "1.2.840.10008.5.1.4.1.2.3.1"


def test_a_query_can_be_stopped_from_another_thread() -> None:
    archive, cancellation = Archive(*(made_object(number, study=str(number)) for number in range(3))), Cancellation()
    reached, go_on = threading.Event(), threading.Event()

    def gate(association: Association, number: int) -> None:
        if number == 1:
            reached.set()
            go_on.wait(20)

    archive.before_each = gate
    with archive.running() as node:

        def stop() -> None:
            reached.wait(20)
            cancellation.cancel()

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(CancelledError):
            list(find(node, Query(), cancellation, limits=Limits(grace_s=0.1)))
        go_on.set()
        thread.join(20)


def test_a_connection_that_breaks_within_answers_is_told() -> None:
    archive = Archive(made_object(1, study="a"), made_object(2, study="b"))
    archive.before_each = lambda association, number: association.abort() if number else None
    with archive.running() as node, pytest.raises(PacsError, match="ended the association") as told:
        list(find(node, Query()))
    assert told.value.passing


def test_a_worklist_tells_the_scheduled_steps() -> None:
    item, step = Dataset(), Dataset()
    item.PatientName, item.PatientID, item.StudyInstanceUID = "DEMO^ANNA", "DEMO-0001", "1.2.3"
    step.Modality, step.ScheduledStationAETitle, step.ScheduledProcedureStepStartDate = "MG", "ROOM1", "20260101"
    item.ScheduledProcedureStepSequence = [step]
    archive = Archive(worklist=[item])
    with archive.running() as node:
        (match,) = find(node, Worklist(station="ROOM1", date="20260101-20260131"))
    assert match.values["ScheduledProcedureStepStartDate"] == "20260101"
    assert match.values["PatientID"] == "DEMO-0001"
    (asked,) = archive.queries[0].ScheduledProcedureStepSequence
    assert (asked.Modality, asked.ScheduledStationAETitle) == ("MG", "ROOM1")
    assert asked.ScheduledProcedureStepStartDate == "20260101-20260131"


def test_what_may_be_printed_names_nobody(filled: tuple[Archive, Node]) -> None:
    match = next(iter(find(filled[1], Query("study", {"PatientID": ANNA.patient_id}))))
    told = " ".join(match.open_values().values())
    assert not any(name in told for name in (ANNA.patient_id, "DEMO", "20240131", "ACC-0001"))
    assert not any(name.endswith(("Date", "Time", "Name", "Description")) for name in OPEN_ATTRIBUTES)


def test_no_log_names_the_woman(filled: tuple[Archive, Node], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        list(find(filled[1], Query("study", {"PatientName": ANNA.name})))
    assert ANNA.name not in caplog.text and ANNA.patient_id not in caplog.text


# --- sending


def sent_to(archive: Archive, paths: list[Path], **options: object) -> Sent:
    with archive.running() as node:
        return send(node, [outgoing(path) for path in paths], Cancellation(), **options)  # type: ignore[arg-type]


def test_files_are_sent(tmp_path: Path) -> None:
    archive, objects = Archive(), [made_object(1), compressed_object("1.2.840.10008.1.2.4.70", 2)]
    result = sent_to(archive, written(tmp_path, *objects))
    assert (len(result.taken), result.refused) == (2, ())
    assert archive.taken == [str(one.SOPInstanceUID) for one in objects]


def test_a_file_is_sent_in_the_syntax_that_is_taken(tmp_path: Path) -> None:
    archive = Archive()
    archive.syntaxes = [IMPLICIT]
    assert len(sent_to(archive, written(tmp_path, made_object())).taken) == 1


def test_a_compressed_file_that_no_context_is_there_for_is_told(tmp_path: Path) -> None:
    archive = Archive()
    archive.syntaxes = UNCOMPRESSED
    paths = written(tmp_path, compressed_object("1.2.840.10008.1.2.4.90"), made_object(2))
    result = sent_to(archive, paths)
    assert result.taken == (paths[1],)
    assert "JPEG 2000" in str(result.refused[0][1]) and result.refused[0][0] == paths[0]


def test_what_an_archive_refuses_is_told_and_the_rest_is_sent(tmp_path: Path) -> None:
    archive = Archive()
    statuses = iter([0xC000, 0, 0])
    archive.store_status = lambda: next(statuses)
    paths = written(tmp_path, *(made_object(number) for number in range(3)))
    result = sent_to(archive, paths)
    assert result.taken == tuple(paths[1:])
    assert "0xC000" in str(result.refused[0][1])


def test_an_archive_that_is_full_is_asked_again_after_longer_and_longer_waits(tmp_path: Path) -> None:
    archive, waited = Archive(), list[float]()
    statuses = iter([0xA700, 0xA700, 0, 0])
    archive.store_status = lambda: next(statuses)
    result = sent_to(archive, written(tmp_path, made_object(1), made_object(2)), retries=no_pause(waited))
    assert len(result.taken) == 2
    assert waited == [1.0, 2.0]


def test_what_is_left_after_all_retries_is_refused(tmp_path: Path) -> None:
    waited: list[float] = []
    node = Node("made", "ARCHIVE", "127.0.0.1", free_port())
    files = [outgoing(path) for path in written(tmp_path, made_object(1), made_object(2))]
    result = send(node, files, Cancellation(), retries=no_pause(waited))
    assert (result.taken, len(result.refused)) == ((), 2)
    assert waited == [1.0, 2.0, 3.0]


def test_sending_can_be_stopped_while_it_waits_to_try_again(tmp_path: Path) -> None:
    cancellation = Cancellation()
    node = Node("made", "ARCHIVE", "127.0.0.1", free_port())
    files = [outgoing(path) for path in written(tmp_path, made_object())]
    with pytest.raises(CancelledError):
        send(node, files, cancellation, said=lambda line: cancellation.cancel())
