"""What is sent to the receiver is filed once and as a whole, and only from those who may send."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from mammoview.archive.library import Library, Query
from mammoview.archive.pacs.arrivals import Arrivals, index_rest
from mammoview.archive.pacs.connections import Limits
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.receiver import Caller, Receiver
from mammoview.archive.pacs.transfers import COMPRESSED
from tests.encoders import EXPLICIT
from tests.factories import BERTA, FOR_PRESENTATION, dicom_bytes
from tests.network.conftest import Reception
from tests.network.objects import compressed_object, data_set_bytes, held, made_object
from tests.network.peers import Sender

Made = Callable[..., Reception]


def test_an_object_is_filed_as_it_was_sent(reception: Made) -> None:
    made, sent = reception(), made_object()
    with Sender(made.receiver) as sender:
        assert sender.store(sent) == 0x0000
    assert held(made.folder) == {sent.SOPInstanceUID: data_set_bytes(dicom_bytes(sent))}
    assert [filed.new for filed in made.filed] == [True]


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda syntax: str(syntax.name)[:40])
def test_compressed_pixels_are_kept_compressed(reception: Made, syntax: str) -> None:
    made, sent = reception(), compressed_object(syntax)
    with Sender(made.receiver) as sender:
        assert sender.store(sent) == 0x0000
    (path,) = made.all_files()
    assert data_set_bytes(path.read_bytes()) == data_set_bytes(dicom_bytes(sent))
    assert str(syntax).encode() in path.read_bytes()[:400]


def test_an_object_that_comes_twice_is_there_once(reception: Made) -> None:
    made, sent = reception(), made_object()
    for _ in range(2):
        with Sender(made.receiver) as sender:
            assert sender.store(sent) == 0x0000
    assert len(made.all_files()) == 1
    assert [filed.new for filed in made.filed] == [True, False]


def test_another_womans_object_of_the_same_uid_takes_no_objects_place(reception: Made) -> None:
    made, first = reception(), made_object()
    other = made_object(woman=BERTA, SOPInstanceUID=first.SOPInstanceUID)
    with Sender(made.receiver) as sender:
        assert [sender.store(first), sender.store(other)] == [0x0000, 0x0111]
    assert held(made.folder) == {first.SOPInstanceUID: data_set_bytes(dicom_bytes(first))}
    assert "another object" in str(made.refused[0])


def test_a_full_disk_is_told_to_the_sender_and_leaves_nothing(reception: Made, tmp_path: Path) -> None:
    room = {"bytes": 900}
    filing = Filing(tmp_path / "received", opened=lambda path: cast(BinaryIO, SmallDisk(path, room)))
    made, sent = reception(filing=filing), made_object()
    with Sender(made.receiver) as sender:
        assert sender.store(sent) == 0xA700
        assert made.all_files() == []
        room["bytes"] = 1_000_000
        assert sender.store(sent) == 0x0000
    assert list(held(made.folder)) == [sent.SOPInstanceUID]
    assert "No space left" in str(made.refused[0])


class SmallDisk:
    """A file on a disk with so much room."""

    def __init__(self, path: Path, room: dict[str, int]) -> None:
        self._stream, self._room = path.open("xb"), room

    def write(self, data: bytes) -> int:
        self._room["bytes"] -= len(data)
        if self._room["bytes"] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._stream.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def test_an_object_over_the_limit_is_refused_and_the_next_is_taken(reception: Made, tmp_path: Path) -> None:
    made = reception(filing=Filing(tmp_path / "received", most_bytes=4000))
    with Sender(made.receiver) as sender:
        large = made_object(1, TextValue="x" * 5000)
        assert [sender.store(large), sender.store(made_object(2))] == [0xA700, 0x0000]
    assert len(made.all_files()) == 1


@pytest.mark.parametrize(
    ("callers", "calling", "called", "rejection"),
    [
        ([Caller("SENDER", "127.0.0.1")], "STRANGER", "MAMMOVIEW", (1, 1, 3)),
        ([Caller("SENDER", "127.0.0.1")], "SENDER", "OTHER", (1, 1, 7)),
        ([Caller("SENDER", "192.0.2.1")], "SENDER", "MAMMOVIEW", (1, 1, 1)),
        ([], "SENDER", "MAMMOVIEW", (1, 1, 3)),
    ],
    ids=["unknown title", "not for us", "known title, other address", "nobody is known"],
)
def test_who_is_not_known_is_rejected(
    reception: Made, callers: list[Caller], calling: str, called: str, rejection: tuple[int, int, int]
) -> None:
    made = reception(callers=callers)
    with Sender(made.receiver, calling=calling, called=called) as sender:
        assert not sender.association.is_established
        assert sender.rejection() == rejection
    assert "was rejected" in made.wait_for_line()


def test_anyone_may_send_where_that_is_asked_for(reception: Made) -> None:
    made = reception(callers=None)
    with Sender(made.receiver, calling="STRANGER") as sender:
        assert sender.store(made_object()) == 0x0000


def test_only_so_many_associations_at_a_time(reception: Made) -> None:
    made = reception(limits=Limits(associations=1))
    with Sender(made.receiver), Sender(made.receiver) as second:
        assert second.rejection() == (2, 3, 2)


def test_it_listens_on_this_machine_alone(reception: Made) -> None:
    assert reception().receiver.address == "127.0.0.1"


def test_a_port_that_is_taken_is_told(reception: Made, tmp_path: Path) -> None:
    taken = reception().receiver.port
    with pytest.raises(PacsError, match=f"cannot listen at 127.0.0.1:{taken}"):
        Receiver(Filing(tmp_path / "other"), None, port=taken).start()


def test_who_says_nothing_is_let_go(reception: Made) -> None:
    made = reception(limits=Limits(idle_s=0.2))
    with socket.create_connection(("127.0.0.1", made.receiver.port), timeout=20) as silent:
        assert silent.recv(1) == b""


def test_who_falls_silent_within_an_object_is_let_go(reception: Made) -> None:
    made, sent = reception(limits=Limits(idle_s=0.3)), made_object()
    with Sender(made.receiver) as sender:
        pdus = sender.pdus(data_set_bytes(dicom_bytes(sent)), sent.SOPInstanceUID, EXPLICIT)
        for pdu in pdus[:-1]:
            sender.raw(pdu)
        sender.raw(pdus[-1][:100])
        assert sender.ended()
    made.wait_for_end()
    assert made.all_files() == []


def test_what_arrives_is_in_the_library(reception: Made, tmp_path: Path) -> None:
    filing = Filing(tmp_path / "received")
    with Library(tmp_path / "library.sqlite") as library:
        arrivals = Arrivals(library, filing, pytest.fail)
        made = reception(filing=filing, arrived=arrivals.arrived)
        with Sender(made.receiver) as sender:
            for number in range(3):
                sender.store(made_object(number))
            sender.store(made_object(7, study="second", woman=BERTA))
        arrivals.close()
        assert sorted(row.image_count for row in library.list(Query())) == [1, 3]


def test_what_arrived_before_a_sudden_end_comes_into_the_library_later(reception: Made, tmp_path: Path) -> None:
    made = reception()
    with Sender(made.receiver) as sender:
        sender.store(made_object())
    with Library(tmp_path / "library.sqlite") as library:
        assert index_rest(library, Filing(made.folder)) == 1
        assert index_rest(library, Filing(made.folder)) == 0
        assert [(folder.path, folder.watched) for folder in library.folders()] == [(made.folder, True)]


def test_stopping_ends_an_association_and_leaves_no_part(reception: Made) -> None:
    made, sent = reception(), made_object()
    with Sender(made.receiver) as sender:
        pdus = sender.pdus(data_set_bytes(dicom_bytes(sent)), sent.SOPInstanceUID, EXPLICIT, FOR_PRESENTATION)
        for pdu in pdus[:-1]:
            sender.raw(pdu)
        made.receiver.stop()
        assert sender.ended()
    assert made.all_files() == []
