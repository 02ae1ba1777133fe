"""Connections by TLS: both sides show a certificate, and neither takes one of a stranger's."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import echo
from mammoview.archive.pacs.connections import Limits
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.receiver import Caller
from mammoview.archive.pacs.retrieving import Retrieval
from mammoview.archive.pacs.sending import outgoing, send
from mammoview.archive.pacs.tls import TlsFiles, client_context, server_context
from tests.network.certificates import Authority
from tests.network.conftest import Reception
from tests.network.objects import held, made_object, written
from tests.network.peers import Archive

Made = Callable[..., Reception]
CALLERS = [Caller("SENDER", "127.0.0.1")]


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates", "hospital")


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates", "stranger")


def to_receiver(made: Reception, tls: TlsFiles | None) -> Node:
    return Node("made", "MAMMOVIEW", "127.0.0.1", made.receiver.port, our_ae_title="SENDER", tls=tls)


def test_objects_are_sent_where_both_know_each_other(reception: Made, ours: Authority, tmp_path: Path) -> None:
    made = reception(tls=ours.files("receiver"), callers=CALLERS)
    (path,) = written(tmp_path / "out", made_object())
    result = send(to_receiver(made, ours.files("sender")), [outgoing(path)], Cancellation())
    assert result.taken == (path,) and len(held(made.folder)) == 1


def test_images_are_retrieved(ours: Authority, tmp_path: Path) -> None:
    archive, one = Archive(made_object()), made_object()
    archive.tls = server_context(ours.files("archive"))
    with archive.running(tls=ours.files("caller")) as node:
        result = Retrieval(node, Filing(tmp_path / "received"), Cancellation()).run([str(one.StudyInstanceUID)])
    assert result.came == 1


def test_a_caller_with_a_strangers_certificate_is_refused(reception: Made, ours: Authority, theirs: Authority) -> None:
    made = reception(tls=ours.files("receiver"), callers=CALLERS)
    with pytest.raises(PacsError):
        echo(to_receiver(made, replace(theirs.files("sender"), authority=ours.file)))
    assert "was refused" in made.wait_for_line()


def test_a_caller_without_a_certificate_is_refused(reception: Made, ours: Authority) -> None:
    made = reception(tls=ours.files("receiver"), callers=CALLERS)
    context = ssl.create_default_context(cafile=str(ours.file))
    with (
        socket.create_connection(("127.0.0.1", made.receiver.port), timeout=20) as plain,
        pytest.raises(OSError),
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(b"x")
        secure.recv(1)
        raise OSError("the connection ended")
    assert "was refused" in made.wait_for_line()


def test_a_caller_without_tls_is_let_go(reception: Made, ours: Authority) -> None:
    made = reception(tls=ours.files("receiver"), callers=CALLERS)
    with pytest.raises(PacsError):
        echo(to_receiver(made, None))
    assert "was refused" in made.wait_for_line()


def test_who_does_not_begin_tls_keeps_no_other_waiting(reception: Made, ours: Authority) -> None:
    made = reception(tls=ours.files("receiver"), callers=CALLERS, limits=Limits(connect_s=20))
    with socket.create_connection(("127.0.0.1", made.receiver.port), timeout=20):
        assert echo(to_receiver(made, ours.files("sender"))) >= 0


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_server_that_is_not_who_was_called_is_not_spoken_to(
    reception: Made, ours: Authority, theirs: Authority, wrong: str
) -> None:
    made = reception(tls=ours.files("receiver"), callers=CALLERS)
    files = ours.files("sender")
    files = (
        replace(files, authority=theirs.file) if wrong == "authority" else replace(files, server_name="pacs.example")
    )
    with pytest.raises(PacsError, match="its certificate is not accepted") as told:
        echo(to_receiver(made, files))
    assert not told.value.passing


def test_files_that_do_not_fit_are_told(ours: Authority, tmp_path: Path) -> None:
    good, other = ours.files("one"), ours.files("two")
    with pytest.raises(PacsError, match="private key"):
        client_context(replace(good, key=other.key))
    with pytest.raises(PacsError, match="cannot be read"):
        client_context(replace(good, certificate=tmp_path / "none.pem"))
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    with pytest.raises(PacsError, match="no certificate of an authority"):
        server_context(replace(good, authority=empty))
