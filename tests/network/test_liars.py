"""A sender that lies leaves nothing behind, and the next one is served."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mammoview.archive.pacs.connections import Limits
from tests.encoders import EXPLICIT
from tests.factories import dicom_bytes
from tests.network.conftest import Reception
from tests.network.objects import compressed_object, data_set_bytes, held, made_object, uid_of
from tests.network.peers import Sender

Made = Callable[..., Reception]


def is_served(made: Reception) -> bool:
    """Whether an honest sender still can."""
    honest = made_object(99)
    with Sender(made.receiver) as sender:
        return sender.store(honest) == 0 and list(held(made.folder)) == [honest.SOPInstanceUID]


def test_a_connection_that_is_cut_leaves_nothing(reception: Made) -> None:
    made, sent = reception(), made_object(TextValue="x" * 40_000)
    with Sender(made.receiver) as sender:
        for pdu in sender.pdus(data_set_bytes(dicom_bytes(sent)), sent.SOPInstanceUID, EXPLICIT)[:-1]:
            sender.raw(pdu)
        sender.cut()
    made.wait_for_end()
    assert made.all_files() == []
    assert is_served(made)


def test_pixels_that_are_shorter_than_they_say_are_refused(reception: Made) -> None:
    made, sent = reception(), made_object()
    with Sender(made.receiver) as sender:
        data = data_set_bytes(dicom_bytes(sent))
        assert sender.store_bytes(data[:-100], sent.SOPInstanceUID, EXPLICIT) == 0xC000
    assert made.all_files() == []
    assert "cut off" in str(made.refused[0])


def test_compressed_pixels_without_their_end_are_refused(reception: Made) -> None:
    made, sent = reception(), compressed_object("1.2.840.10008.1.2.4.70")
    with Sender(made.receiver) as sender:
        data = data_set_bytes(dicom_bytes(sent))
        assert sender.store_bytes(data[:-60], sent.SOPInstanceUID, "1.2.840.10008.1.2.4.70") == 0xC000
    assert made.all_files() == []


def test_a_header_that_ends_early_is_refused(reception: Made) -> None:
    made, sent = reception(), made_object()
    with Sender(made.receiver) as sender:
        assert sender.store_bytes(data_set_bytes(dicom_bytes(sent))[:333], sent.SOPInstanceUID, EXPLICIT) == 0xC000
    assert made.all_files() == []


@pytest.mark.parametrize("data", [b"", b"\0" * 5000, bytes(range(256)) * 50, b"DICM" * 100])
def test_garbage_in_place_of_an_object_is_refused(reception: Made, data: bytes) -> None:
    made = reception()
    with Sender(made.receiver) as sender:
        assert sender.store_bytes(data or b"\0\0", uid_of("garbage"), EXPLICIT) == 0xC000
    assert made.all_files() == []


@pytest.mark.parametrize("uid", ["../../evil", "1.2.3/4", "", "1." * 40 + "1", "DOE^JOHN", "1..2", ".1"])
def test_what_is_no_uid_is_refused_and_becomes_no_path(reception: Made, tmp_path: Path, uid: str) -> None:
    made = reception()
    with Sender(made.receiver) as sender:
        status = sender.store_bytes(data_set_bytes(dicom_bytes(made_object())), uid, EXPLICIT)
    assert status == -1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not any(uid and uid in str(error) for error in made.refused)


def test_a_study_uid_that_is_none_becomes_no_path(reception: Made, tmp_path: Path) -> None:
    made = reception()
    sent = made_object()
    data = data_set_bytes(dicom_bytes(sent))
    uid = sent.StudyInstanceUID.encode()
    with Sender(made.receiver) as sender:
        evil = data.replace(uid, b"../../x".ljust(len(uid), b"."))
        assert sender.store_bytes(evil, sent.SOPInstanceUID, EXPLICIT) == 0xC000
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_object_that_is_announced_and_never_comes_is_refused(reception: Made) -> None:
    made, sent = reception(), made_object()
    with Sender(made.receiver) as sender:
        (command, *_) = sender.pdus(data_set_bytes(dicom_bytes(sent)), sent.SOPInstanceUID, EXPLICIT)
        sender.raw(command.replace(b"\0\0\0\x08\x02\0\0\0\x01\0", b"\0\0\0\x08\x02\0\0\0\x01\x01"))
        _, answer = sender.association.dimse.get_msg(block=True)
    assert getattr(answer, "Status", None) == 0xC000
    assert made.all_files() == []


def test_an_object_that_is_another_than_announced_is_refused(reception: Made) -> None:
    made = reception()
    with Sender(made.receiver) as sender:
        data = data_set_bytes(dicom_bytes(made_object()))
        assert sender.store_bytes(data, uid_of("another"), EXPLICIT) == 0xA900
    assert made.all_files() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\x04\x00\xff\xff\xff\xff" + b"\0" * 64,
        b"\x09\x00\x00\x00\x00\x04abcd",
        b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x04\x01\x03ab",
        b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x04\x01\x00ab",
        b"\x04\x00\x00\x00\x00\x05\x00\x00\x00\x01\x01",
    ],
    ids=["a PDU of 4 GiB", "no such PDU", "a command that is none", "an object that nobody announced", "nothing"],
)
def test_what_is_no_message_ends_the_association(reception: Made, raw: bytes) -> None:
    made = reception()
    with Sender(made.receiver) as sender:
        sender.raw(raw)
        assert sender.ended()
    made.wait_for_end()
    assert made.all_files() == []
    assert is_served(made)


def test_an_object_within_an_object_ends_the_association(reception: Made) -> None:
    made, sent = reception(), made_object(TextValue="x" * 40_000)
    with Sender(made.receiver) as sender:
        pdus = sender.pdus(data_set_bytes(dicom_bytes(sent)), sent.SOPInstanceUID, EXPLICIT)
        for pdu in (*pdus[:-1], pdus[0]):
            sender.raw(pdu)
        assert sender.ended()
    made.wait_for_end()
    assert made.all_files() == []


@pytest.mark.parametrize("raw", [b"GET / HTTP/1.1\r\n\r\n", b"\x01\x00\x7f\xff\xff\xff", b"\x01\x00\x00\x00\x00\x02ab"])
def test_who_speaks_something_else_is_let_go(reception: Made, raw: bytes) -> None:
    made = reception()
    with socket.create_connection(("127.0.0.1", made.receiver.port), timeout=20) as caller:
        caller.sendall(raw)
        while caller.recv(4096):
            pass
    assert is_served(made)


def test_who_speaks_something_else_takes_nobodys_place(reception: Made) -> None:
    made = reception(limits=Limits(associations=1))
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", made.receiver.port), timeout=20) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while caller.recv(4096):
                pass
        made.wait_for_end()
    made.receiver.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("AcceptorThread")]
