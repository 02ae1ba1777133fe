"""A password that the keyring had not taken when the window was closed: the next window says so."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from pytestqt.qtbot import QtBot

from mammoview.archive.dicomweb_nodes import DicomwebNode, DicomwebNodes
from mammoview.archive.secrets import WaitingSecrets, variable_of
from mammoview.cli import main
from mammoview.services import jobs
from tests.ui.archive_rig import WAIT_MS
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_archives import archives_dialog
from tests.unit.test_dicomweb_nodes import HeldKeyring

FAR = DicomwebNode("far", "https://far.example/x", "bearer")
SECRET = "hush-hush"
GIVE_AGAIN = "far: the password or token is not kept: the keyring had not taken it when the window was closed"


class Locked(HeldKeyring):
    """A keyring that waits for its owner."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.unlocked = threading.Event(), threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked.set()
        self.unlocked.wait(20)
        super().set_password(service, username, password)


@pytest.fixture
def locked() -> Iterator[Locked]:
    before, made = keyring.get_keyring(), Locked()
    keyring.set_keyring(made)
    yield made
    made.unlocked.set()
    keyring.set_keyring(before)


@pytest.fixture
def closed(
    make_desk: MakeDesk, locked: Locked, mammoview_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Desk]]:
    """Closes a window in which "far" was given its secret before the keyring took it; makes the next one."""
    monkeypatch.setattr(jobs, "_CLOSE_WAIT_MS", 50)
    desk = make_desk()
    desk.window.archives.keep(FAR, secret=SECRET)
    assert locked.asked.wait(20)
    desk.window.close()
    monkeypatch.undo()
    monkeypatch.setenv("MAMMOVIEW_HOME", str(mammoview_home))
    yield make_desk
    locked.unlocked.set()


def settled(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: not desk.window.archives.keyring.busy, timeout=WAIT_MS)


def test_the_next_window_says_whose_password_must_be_given_again(closed: Callable[..., Desk]) -> None:
    desk = closed()
    assert desk.window.status.message.text() == f"{GIVE_AGAIN} (give it again)"
    dialog = archives_dialog(desk)
    assert dialog.message.text() == f"{GIVE_AGAIN} (give it again)"
    assert dialog.message.property("role") == "failed"


def test_no_file_holds_the_secret(closed: Callable[..., Desk], mammoview_home: Path) -> None:
    kept = [path.read_bytes() for path in mammoview_home.rglob("*") if path.is_file()]
    assert any(b"far" in content for content in kept)
    assert not any(SECRET.encode() in content for content in kept)


def test_it_is_said_until_the_password_is_given_again(closed: Callable[..., Desk], locked: Locked) -> None:
    desk = closed()
    desk.window.archives.keep(FAR, before=FAR)
    assert desk.window.archives.lost
    desk.window.archives.keep(FAR, before=FAR, secret=SECRET)
    assert not desk.window.archives.lost
    locked.unlocked.set()
    settled(desk)
    desk.window.close()
    assert not closed().window.archives.lost


def test_what_the_keyring_took_after_all_is_not_said(
    closed: Callable[..., Desk], locked: Locked, mammoview_home: Path, qtbot: QtBot
) -> None:
    locked.unlocked.set()
    qtbot.waitUntil(lambda: not WaitingSecrets(mammoview_home).names(), timeout=WAIT_MS)
    assert list(locked.held.values()) == [SECRET]
    assert not closed().window.archives.lost


def test_on_the_command_line_it_is_given_again_too(
    mammoview_home: Path, locked: Locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked.unlocked.set()
    DicomwebNodes(mammoview_home).add(FAR)
    WaitingSecrets(mammoview_home).add("far")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    assert main(["dicomweb", "secret", "far"]) == 0
    assert WaitingSecrets(mammoview_home).names() == frozenset()


def test_under_another_name_it_is_missing_too(closed: Callable[..., Desk], locked: Locked) -> None:
    desk = closed()
    desk.window.archives.keep(DicomwebNode("near", FAR.url, FAR.auth), before=FAR)
    assert desk.window.archives.lost.startswith("near: ")


def test_an_archive_that_is_forgotten_needs_none(closed: Callable[..., Desk]) -> None:
    desk = closed()
    desk.window.archives.remove(FAR)
    assert not desk.window.archives.lost


def test_one_whose_secret_the_environment_gives_needs_none(
    closed: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of("far"), SECRET)
    assert not closed().window.archives.lost


def test_what_the_keyring_took_is_not_said(make_desk: MakeDesk, locked: Locked, mammoview_home: Path) -> None:
    locked.unlocked.set()
    desk = make_desk()
    desk.window.archives.keep(FAR, secret=SECRET)
    settled(desk)
    desk.window.close()
    assert WaitingSecrets(mammoview_home).names() == frozenset()
    assert not make_desk().window.archives.lost
    assert DicomwebNodes(mammoview_home).all() == (FAR,)


def test_an_earlier_secret_that_was_taken_does_not_hide_that_a_later_one_waits(tmp_path: Path) -> None:
    waiting = WaitingSecrets(tmp_path)
    first, second = waiting.add("far"), waiting.add("far")
    waiting.taken("far", first)
    assert WaitingSecrets(tmp_path).names() == {"far"}
    waiting.taken("far", second)
    assert WaitingSecrets(tmp_path).names() == frozenset()


def test_a_note_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    WaitingSecrets(tmp_path).add("far")
    (note,) = tmp_path.iterdir()
    for damaged in ("{", '{"far": 1}', "[1]"):
        note.write_text(damaged, encoding="utf-8")
        assert WaitingSecrets(tmp_path).names() == frozenset()
