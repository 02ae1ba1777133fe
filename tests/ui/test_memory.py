"""Previews while images load, what is ready before it is asked for, and what memory is given back."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QSpinBox

from mammoview.cli import main
from mammoview.commands import display
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.dicom.reader import read_image
from mammoview.services.image_cache import MIB, default_limit_bytes
from tests.factories import Woman, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk


def coarse(header: ImageHeader, frame: int) -> MammoImage:
    """A preview: each value stands for 8 x 8 pixels."""
    image = read_image(header, frame)
    small = image.stored[::8, ::8]
    full = np.ascontiguousarray(np.kron(small, np.ones((8, 8), small.dtype))[: image.rows, : image.columns])
    return replace(image, stored=full, preview=True)


def opened_with_previews(make_desk: MakeDesk, study: Path) -> Desk:
    """A window whose four views are there as previews, and whose images wait at the gate."""
    desk = make_desk(preview=coarse)
    desk.start_classifier()
    desk.read_gate = threading.Event()
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([study])
    desk.qtbot.waitUntil(lambda: all(desk.session.image(number) for number in range(4)), timeout=20_000)
    desk.drawn()
    return desk


def test_previews_are_shown_until_the_images_are_there(make_desk: MakeDesk, study: Path) -> None:
    desk = opened_with_previews(make_desk, study)
    assert all(desk.session.image(number).image.preview for number in range(4))
    assert all(viewport._loading and viewport._message == "" for viewport in desk.shown)
    assert "preview, loading" in desk.session.drawing(0).texts.cautions
    before = [viewport.picture for viewport in desk.shown]
    desk.read_gate.set()
    desk.settle()
    assert not any(desk.session.image(number).image.preview for number in range(4))
    assert not any(viewport._loading for viewport in desk.shown)
    assert all(not np.array_equal(one, viewport.picture) for one, viewport in zip(before, desk.shown, strict=True))


def test_a_preview_is_neither_scored_nor_exported(make_desk: MakeDesk, study: Path) -> None:
    desk = opened_with_previews(make_desk, study)
    for action_id in ("export-view", "export-hang", "copy-view", "copy-hang"):
        desk.do(action_id)
        assert "the image is still loading" in desk.window.status.message.text()
        assert QApplication.activeModalWidget() is None
    assert desk.engine.calls == []
    desk.read_gate.set()
    desk.scored()
    assert len(desk.engine.calls) == 4


def test_an_image_that_cannot_be_read_replaces_its_preview_by_its_error(make_desk: MakeDesk, study: Path) -> None:
    desk = opened_with_previews(make_desk, study)
    (study / "RCC.dcm").unlink()
    desk.read_gate.set()
    desk.settle()
    assert desk.session.drawing(0) is None
    assert desk.shown[0]._message.startswith("RCC: ")


def test_the_next_and_the_previous_case_are_ready_before_they_are_asked_for(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    for number in range(3):
        woman = Woman(f"DEMO^{number}", f"DEMO-{number}")
        write_study(tmp_path / "all" / f"{number}", woman=woman, study=number, **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "all")
    desk.do("next-study")
    desk.settle()
    desk.qtbot.waitUntil(lambda: desk.session.store.prefetched() == 8, timeout=20_000)
    reads = len(desk.reads)
    for action_id in ("previous-study", "next-study", "next-study"):
        desk.do(action_id)
        assert all(desk.session.drawing(number) is not None for number in range(4))
    assert len(desk.reads) == reads


def test_studies_one_after_the_other_leave_no_images_behind(make_desk: MakeDesk, tmp_path: Path) -> None:
    """Of all images that were ever read only those live that the store counts, and it stays within its limit."""
    for number in range(12):
        woman = Woman(f"DEMO^{number}", f"DEMO-{number}")
        write_study(tmp_path / "all" / f"{number}", woman=woman, study=number, **SIZE)
    alive: list[weakref.ref[np.ndarray]] = []

    def preview(header: ImageHeader, frame: int) -> MammoImage:
        image = coarse(header, frame)
        alive.append(weakref.ref(image.stored))
        return image

    limit = 10 * MIB
    desk = make_desk(preview=preview, limit_bytes=limit)
    read = desk._read
    store = desk.session.store

    def counted(header: ImageHeader, frame: int) -> MammoImage:
        image = read(header, frame)
        alive.append(weakref.ref(image.stored))
        return image

    store._read = counted
    desk.start_classifier()
    desk.open(tmp_path / "all")
    for _ in range(11):
        desk.do("heat")
        desk.scored()
        desk.do("next-study")
        desk.settle()
        assert store.nbytes <= limit
    desk.qtbot.waitUntil(lambda: not desk.window.runner.busy, timeout=20_000)
    desk.scored()
    gc.collect()
    assert len(alive) >= 48
    assert sum(one() is not None for one in alive) == len(store._cache._entries)
    desk.window.commands.close_studies()
    store.limit_bytes = 0
    gc.collect()
    QApplication.processEvents()
    assert sum(one() is not None for one in alive) == 0


def test_the_memory_limit_is_set_remembered_and_kept(make_desk: MakeDesk, study: Path, mammoview_home: Path) -> None:
    desk = make_desk()
    desk.open(study)
    assert desk.session.store.limit_bytes == default_limit_bytes()
    desk.do("memory")
    dialog = QApplication.activeModalWidget()
    box = dialog.findChild(QSpinBox, "memoryLimit")
    assert box.value() == box.minimum()
    box.setValue(300)
    dialog.accept()
    assert desk.session.store.limit_bytes == 300 * MIB
    assert json.loads((mammoview_home / "settings.json").read_text(encoding="utf-8"))["memory_limit_mib"] == 300
    desk.window.close()
    again = make_desk()
    assert again.session.store.limit_bytes == 300 * MIB
    again.window.commands.limit_memory(0)
    assert again.session.store.limit_bytes == default_limit_bytes()


def test_all_texts_overlays_and_black_air_are_switched_and_remembered(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.open(study)
    assert desk.session.drawing(0).texts.block == ()
    for action_id in ("all-texts", "overlays", "air-black"):
        desk.do(action_id)
    drawing = desk.session.drawing(0)
    block = dict(drawing.texts.block)
    assert block["Patient ID"] == "DEMO-0001" and block["Tube voltage"].startswith("29")
    assert "Patient ID" not in dict(desk.session.drawing(0, identified=False).texts.block)
    assert drawing.presentation.all_texts
    assert desk.window.status.message.text() == "Air black when inverted: off"
    assert not drawing.presentation.overlays and not drawing.presentation.air_black
    for action_id in ("texts", "all-texts"):
        desk.do(action_id)
    assert dict(desk.session.drawing(0).texts.block) == block
    desk.window.close()
    again = make_desk()
    look = again.session.look
    assert (look.all_texts, look.overlays, look.air_black) == (True, False, False)


def test_an_unreadable_limit_falls_back_to_the_default(make_desk: MakeDesk, mammoview_home: Path) -> None:
    (mammoview_home / "settings.json").write_text('{"memory_limit_mib": -4}', encoding="utf-8")
    assert make_desk().session.store.limit_bytes == default_limit_bytes()


def test_the_command_line_gives_a_memory_limit_that_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "display_reason", lambda: None)
    assert main(["--memory-limit=1"]) == 2
    assert main(["demo", "--memory-limit", "999999999"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("MiB is no memory limit (256 to" in line for line in lines)
