"""The audit trail by syslog: what a repository on loopback gets, and what it gets the next time."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.etree import ElementTree

import pytest

from mammoview.archive import audit
from mammoview.archive.audit import AuditEvent, Outcome
from mammoview.archive.audit_syslog import read_sent, sent_path, syslog_message
from mammoview.archive.library import Library
from mammoview.archive.pacs.tls import TlsFiles, server_context
from mammoview.cli import main
from tests.network.certificates import Authority
from tests.unit.library_made import asked, made_study, written

_MESSAGE = re.compile(
    rb"<(\d+)>1 (\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z) (\S+) mammoview (\d+) DICOM\+RFC3881 - \xef\xbb\xbf(<\?xml.*)\Z",
    re.DOTALL,
)
_WITHIN_S = 20


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with one study that was opened, and whose sending failed."""
    path = tmp_path / "library.sqlite"
    study = written(made_study("1.2.840.7", folder=tmp_path))
    with Library(path) as made:
        made.add([study], tmp_path)
        audit.record(made, AuditEvent.OPENED, [study], reader="EVA")
        audit.record(made, AuditEvent.SENT, [study], outcome=Outcome.FAILED, node="pacs")
    return path


def send(library: Path, port: int, *options: object) -> int:
    return main(["audit", "--library", str(library), "--send", f"127.0.0.1:{port}", *map(str, options)])


def event_of(message: bytes) -> str:
    """The Event ID of a message, which must be one."""
    found = _MESSAGE.match(message)
    assert found is not None, message[:80]
    event = ElementTree.fromstring(found.group(5)).find("EventIdentification/EventID")
    assert event is not None
    return event.attrib["originalText"]


class Repository:
    """Takes connections by TLS, one after the other, until it is closed. `streams` are the bytes of each that ended as
    it should; `cut`: it breaks off after so many bytes."""

    def __init__(self, files: TlsFiles, *, asks: bool = True, cut: int | None = None) -> None:
        self._context = server_context(files)
        self._context.verify_mode = ssl.CERT_REQUIRED if asks else ssl.CERT_NONE
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.cut, self.streams = int(self._socket.getsockname()[1]), cut, list[bytes]()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.create_connection(("127.0.0.1", self.port)):
            self._socket.close()
        self._thread.join(_WITHIN_S)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            plain.settimeout(_WITHIN_S)
            try:
                with self._context.wrap_socket(plain, server_side=True) as connection:
                    self._take(connection)
            except OSError:
                if self._socket.fileno() < 0:
                    return

    def _take(self, connection: ssl.SSLSocket) -> None:
        stream = b""
        while self.cut is None or len(stream) < self.cut:
            piece = connection.recv(65_536)
            if not piece:
                connection.unwrap()
                self.streams.append(stream)
                return
            stream += piece
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with a reset

    def messages(self) -> list[bytes]:
        """What came, by the octet counts of RFC 5425."""
        found = []
        for stream in self.streams:
            rest = stream
            while rest:
                count, _, rest = rest.partition(b" ")
                found.append(rest[: int(count)])
                rest = rest[int(count) :]
        return found


@pytest.fixture
def datagrams() -> Iterator[tuple[int, Callable[[], list[bytes]]]]:
    """A port for datagrams, and what came there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)

        def came() -> list[bytes]:
            found = []
            while True:
                try:
                    found.append(listener.recv(65_536))
                except BlockingIOError:
                    return found

        yield int(listener.getsockname()[1]), came


def test_a_message_says_when_where_and_how_grave(library: Path) -> None:
    with Library(library) as opened:
        done, failed = opened.audit_records()
    heads = [_MESSAGE.match(syslog_message(record)) for record in (done, failed)]
    assert [found.group(1) for found in heads if found] == [b"85", b"84"]
    assert heads[0] is not None
    assert heads[0].group(2).decode() == done.time
    assert (heads[0].group(3).decode(), int(heads[0].group(4))) == (done.host, done.process)


def test_a_host_name_that_syslog_cannot_say_is_left_out(library: Path) -> None:
    from dataclasses import replace

    with Library(library) as opened:
        record = next(opened.audit_records())
    told = [_MESSAGE.match(syslog_message(replace(record, host=host))) for host in ("", "Röntgen 3")]
    assert [found.group(3) for found in told if found] == [b"-", b"Rntgen3"]


def test_datagrams_carry_one_message_each_and_each_is_sent_once(
    library: Path, datagrams: tuple[int, Callable[[], list[bytes]]], capsys: pytest.CaptureFixture[str]
) -> None:
    port, came = datagrams
    assert send(library, port, "--udp") == 0
    assert capsys.readouterr().out == "2 messages sent\n"
    assert [event_of(message) for message in came()] == ["DICOM Instances Accessed", "DICOM Instances Transferred"]
    assert send(library, port, "--udp") == 0
    assert came() == []
    with Library(library) as opened:
        audit.record(opened, AuditEvent.STARTED)
    assert send(library, port, "--udp", "--json") == 0
    assert [event_of(message) for message in came()] == ["Application Activity"]
    assert sent_path(library).stat().st_mode & 0o077 == 0


def test_nobody_is_named_unless_that_is_asked_for(
    library: Path, datagrams: tuple[int, Callable[[], list[bytes]]]
) -> None:
    port, came = datagrams
    send(library, port, "--udp")
    assert b"DEMO" not in b"".join(came())
    sent_path(library).unlink()
    send(library, port, "--udp", "--identified")
    assert b"DEMO^ANNA" in b"".join(came())


def test_a_trail_that_was_made_anew_is_sent_as_a_whole(
    library: Path, datagrams: tuple[int, Callable[[], list[bytes]]]
) -> None:
    port, came = datagrams
    send(library, port, "--udp")
    came()
    asked(library, "DROP TRIGGER audit_delete")
    asked(library, "DELETE FROM audit")
    with Library(library) as opened:
        for _ in range(3):
            audit.record(opened, AuditEvent.STARTED)
    send(library, port, "--udp")
    assert len(came()) == 3


def test_by_tls_messages_are_counted_and_both_sides_known(tmp_path: Path, library: Path) -> None:
    authority = Authority(tmp_path, "hospital")
    ours = authority.files("us")
    with Repository(authority.files("repository")) as repository:
        tls = ("--tls", authority.file, ours.certificate, ours.key)
        assert send(library, repository.port, *tls) == 0
        assert send(library, repository.port, *tls) == 0
    messages = repository.messages()
    assert [event_of(message) for message in messages] == ["DICOM Instances Accessed", "DICOM Instances Transferred"]


def test_what_a_repository_broke_off_is_sent_again(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path, "hospital")
    with Repository(authority.files("repository"), asks=False, cut=1000) as repository:
        assert send(library, repository.port, "--tls", authority.file) == 2
        assert "cannot be used" in capsys.readouterr().err
        assert read_sent(library) == {}
        repository.cut = None
        assert send(library, repository.port, "--tls", authority.file) == 0
    assert len(repository.messages()) == 2


def test_a_repository_of_another_authority_gets_nothing(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, other = Authority(tmp_path / "a", "hospital"), Authority(tmp_path / "b", "stranger")
    with Repository(other.files("repository"), asks=False) as repository:
        assert send(library, repository.port, "--tls", authority.file) == 2
        assert send(library, repository.port) == 2
    assert repository.streams == []
    assert capsys.readouterr().err.count("cannot be used") == 2
    assert not sent_path(library).exists()


def test_a_repository_that_is_not_there_is_one_line(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    assert send(library, port) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--send", "host"],
        ["--send", "host:0"],
        ["--send", "host:6514", "--tls", "a", "b"],
        ["--send", "host:6514", "--tls", "absent.pem"],
        ["--send", "host:6514", "--since", "2026-01-01"],
        ["--udp"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line(library: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--library", str(library), *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{}", '{"schema": "mammoview.audit_sent/1", "sent": {"a:1 (UDP)": "2:zz"}}'])
def test_a_damaged_note_of_what_was_sent_stops_it(
    library: Path, text: str, datagrams: tuple[int, Callable[[], list[bytes]]], capsys: pytest.CaptureFixture[str]
) -> None:
    sent_path(library).write_text(text, encoding="utf-8")
    port, came = datagrams
    assert send(library, port, "--udp") == 2
    assert "library.sqlite.audit-sent beside the library cannot be read" in capsys.readouterr().err
    assert came() == []
