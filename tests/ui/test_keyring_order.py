"""Changes of archives reach the keyring one after the other, however long it waits for its owner."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mammoview.archive.dicomweb_nodes import DicomwebNode, DicomwebNodes
from tests.ui.archive_rig import WAIT_MS
from tests.ui.conftest import MakeDesk
from tests.unit.test_dicomweb_nodes import HeldKeyring, held

__all__ = ["held"]

URL = "https://far.example/x"


def test_changes_that_follow_each_other_reach_the_keyring_in_their_order(
    make_desk: MakeDesk, tmp_path: Path, mammoview_home: Path, held: HeldKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    far, near, last = (DicomwebNode(name, URL, "bearer") for name in ("far", "near", "last"))
    DicomwebNodes(mammoview_home).add(far)
    held.set_password("mammoview", "far", "hush-hush")
    gate, begun, get = threading.Event(), threading.Event(), held.get_password

    def asks_its_owner(service: str, username: str) -> str | None:
        if username == "far":
            begun.set()
            gate.wait(20)
        return get(service, username)

    monkeypatch.setattr(held, "get_password", asks_its_owner)
    desk = make_desk(library=tmp_path / "library.sqlite")
    archives = desk.window.archives
    archives.keep(near, before=far)
    assert begun.wait(20)
    archives.keep(last, before=near)
    desk.qtbot.waitUntil(lambda: not archives.runner.busy, timeout=WAIT_MS)
    gate.set()
    desk.qtbot.waitUntil(lambda: not archives.keyring.busy, timeout=WAIT_MS)
    assert held.held == {("mammoview", "last"): "hush-hush"}
