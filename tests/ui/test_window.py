"""Opening, refusing, cancelling, exporting, remembering, closing."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QMessageBox, QScrollArea, QWidget

from mammoview.core.errors import MammoviewError
from mammoview.reading.pictures import Reading, native_view
from mammoview.services.export import Part, free_path, make_picture
from mammoview.ui import dialogs, window_memory
from mammoview.ui.actions import ACTIONS, GESTURES, Action, check_unique, key_table_markdown
from mammoview.ui.bug_report import describe
from mammoview.ui.commands import Commands
from mammoview.ui.export_dialog import ExportDialog
from mammoview.ui.top_bar import ElidedLabel, study_words
from tests.factories import BERTA, write_broken, write_mammogram, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine

COMBO_FRAME_PX = 2 + 2 * 8 + 18
"""Border, padding and arrow, as the style sheet has them."""


def test_the_empty_window_says_how_to_begin(make_desk: MakeDesk) -> None:
    desk = make_desk()
    assert desk.window.empty.isVisible()
    texts = {label.text() for label in desk.window.empty.findChildren(QLabel)}
    assert any("Drop files" in text for text in texts)
    assert "open-demo" in desk.window.empty.buttons


def test_drag_and_drop_opens(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(study))])
    where, buttons, keys = QPointF(300, 300), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    try:
        enter = QDragEnterEvent(where, Qt.DropAction.CopyAction, data, buttons, keys)
    except TypeError:  # before Qt 6.12 the position is in whole pixels
        enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(desk.window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(where, Qt.DropAction.CopyAction, data, buttons, keys)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        QApplication.sendEvent(desk.window, drop)
    desk.settle()
    assert len(desk.session.panes) == 4


def test_refused_files_are_named_and_the_rest_opens(make_desk: MakeDesk, study: Path) -> None:
    write_broken(study)
    desk = make_desk()
    desk.open(study)
    status = desk.window.status
    refused = status.refused_lines
    assert status.refused.isVisible()
    assert status.refused.text() == f"{len(refused)} files refused"
    assert status.message.text() == refused[0]
    desk.do("refused")
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    dialog.close()
    assert len(desk.session.panes) == 4


def test_a_failing_pixel_read_is_said_in_its_pane(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.read_gate = threading.Event()
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([study])
    (study / "RCC.dcm").unlink()
    desk.read_gate.set()
    desk.settle()
    assert desk.session.drawing(0) is None
    assert desk.shown[0]._message.startswith("RCC: ")
    assert desk.session.drawing(1) is not None


def test_escape_cancels_the_opening_of_pixels(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.read_gate = threading.Event()
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([study])
    assert desk.session.store.loading
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_Escape)
    assert not desk.session.store.loading
    assert desk.window.status.message.text() == "cancelled"
    desk.read_gate.set()
    desk.settle()
    assert "cancelled" in desk.shown[0]._message


def test_escape_cancels_the_reading_of_headers(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.window.commands.open_paths([study])
    assert desk.window.opening.active
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_Escape)
    assert not desk.window.opening.active
    desk.qtbot.waitUntil(lambda: not desk.window.runner.busy, timeout=10_000)
    assert desk.session.study is None


def test_studies_follow_each_other_and_priors_belong_to_their_woman(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "all" / "a", study_date="20260105", **SIZE)
    write_study(tmp_path / "all" / "b", study="prior", study_date="20240105", **SIZE)
    write_study(tmp_path / "all" / "c", woman=BERTA, study="berta", study_date="20251231", **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "all")
    assert len(desk.session.worklist.cases) == 2
    assert desk.window.study_panel.studies.count() == 3
    women = {desk.session.study.patient.patient_id}
    desk.do("next-study")
    desk.settle()
    women.add(desk.session.study.patient.patient_id)
    assert len(women) == 2
    desk.do("next-study")
    assert desk.window.status.message.text() == "this is the last study"
    while not desk.session.worklist.cases[desk.session.worklist.case_of(desk.session.study.key)].priors:
        desk.do("previous-study")
    desk.wheel(0, 50, 50)
    state = desk.session.state(0)
    desk.do("prior")
    desk.settle()
    assert desk.session.study.study_date == "2024-01-05"
    assert desk.session.state(0) == state
    assert "prior" in study_words(desk.session)


def test_the_next_study_is_in_memory_before_it_is_asked_for(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "all")
    desk.qtbot.waitUntil(lambda: desk.session.store.prefetched() == 4, timeout=10_000)
    reads = len(desk.reads)
    desk.do("next-study")
    assert desk.session.drawing(0) is not None
    assert len(desk.reads) == reads


def test_the_export_as_seen_is_the_screen_without_identity(desk: Desk) -> None:
    desk.session.look.set_annotations(False)
    desk.drawn()
    picture = make_picture(desk.session, Part.HANG, native=False, identified=False).draw()
    shown = [viewport.picture for viewport in desk.shown]
    whole = np.vstack([np.hstack(shown[:2]), np.hstack(shown[2:])])
    assert np.array_equal(picture, whole)
    desk.session.look.set_annotations(True)
    desk.drawn()
    made = make_picture(desk.session, Part.VIEW, native=False, identified=False)
    assert made.drawings[0].texts.top == ()
    assert "DEMO" in desk.session.drawing(0).texts.top[0]
    named = make_picture(desk.session, Part.VIEW, native=False, identified=True)
    assert np.array_equal(named.draw(), desk.shown[0].picture)


def test_the_native_export_is_written_in_the_background(desk: Desk, tmp_path: Path) -> None:
    replaced: list[Path] = []
    dialog = ExportDialog(
        desk.window,
        "Export",
        tmp_path / "out.png",
        confirm_identity=lambda: False,
        confirm_replace=lambda path: replaced.append(path) or False,
    )
    desk.qtbot.addWidget(dialog)
    (tmp_path / "old.png").touch()
    dialog.path.setText(str(tmp_path / "old"))
    dialog.accept()
    assert replaced == [tmp_path / "old.png"] and dialog.result() == 0
    assert free_path(tmp_path / "old.png") == tmp_path / "old-2.png"
    dialog.path.setText(str(tmp_path / "out.png"))
    dialog.format.setCurrentIndex(2)
    assert dialog.choice().path == tmp_path / "out.tif"
    dialog.format.setCurrentIndex(0)
    dialog.identified.setChecked(True)
    assert not dialog.choice().identified
    desk.window.commands.export_to(Part.VIEW, dialog)
    path = tmp_path / "out.png"
    desk.qtbot.waitUntil(lambda: desk.window.status.message.text() == f"written to {path}", timeout=20_000)
    written = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    prepared = desk.session.image(0)
    assert np.array_equal(written, native_view(prepared, desk.session.presentation(0), Reading()))


def test_copying_puts_the_picture_on_the_clipboard(desk: Desk) -> None:
    desk.do("copy-hang")
    desk.qtbot.waitUntil(lambda: desk.window.status.message.text().startswith("copied"), timeout=10_000)
    image = QGuiApplication.clipboard().image()
    assert isinstance(image, QImage)
    width = sum(viewport.picture.shape[1] for viewport in desk.shown[:2])
    assert image.width() == width


def test_exporting_nothing_is_refused_in_words(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.do("export-view")
    assert "no image to export" in desk.window.status.message.text()


def test_identity_is_confirmed_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(dialogs, "confirm_identity", lambda parent: asked.append(1) or True)
    assert desk.window.commands._confirm_identity()
    assert desk.window.commands._confirm_identity()
    assert asked == [1]


def test_the_look_is_kept_also_where_the_window_does_not_come_to_its_end(
    make_desk: MakeDesk, mammoview_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_memory, "_LOOK_KEPT_AFTER_MS", 0)
    desk = make_desk()
    desk.session.look.set_heat(opacity=0.9, threshold=0.1, color_map="cividis")
    desk.qtbot.waitUntil(lambda: desk.window.settings.value.opacity == 0.9, timeout=20_000)
    kept = json.loads((mammoview_home / "settings.json").read_text(encoding="utf-8"))
    assert (kept["opacity"], kept["threshold"], kept["color_map"]) == (0.9, 0.1, "cividis")


def test_settings_and_recent_studies_are_remembered(make_desk: MakeDesk, study: Path, mammoview_home: Path) -> None:
    first = make_desk()
    first.open(study)
    first.session.look.set_heat(opacity=0.9, threshold=0.1, color_map="cividis")
    first.do("side-panel")
    first.window.close()
    second = make_desk()
    assert second.session.look.heat.opacity == 0.9
    assert second.session.look.heat.color_map == "cividis"
    assert not second.window.settings.value.side_panel
    assert second.window.recent.places == ((study,),)
    assert (mammoview_home / "recent.json").stat().st_mode & 0o777 == 0o600


def test_unreadable_settings_start_with_the_defaults_and_say_so(make_desk: MakeDesk, mammoview_home: Path) -> None:
    (mammoview_home / "recent.json").write_text("{", encoding="utf-8")
    desk = make_desk()
    assert "cannot be read" in desk.window.status.message.text()
    assert desk.window.recent.places == ()


def test_every_command_exists_and_no_key_is_used_twice() -> None:
    for row in ACTIONS:
        assert callable(getattr(Commands, row.call)), row.id
        assert not row.state or isinstance(getattr(Commands, row.state), property), row.id
    check_unique(ACTIONS)
    again = Action("new", "New", "File", (ACTIONS[0].keys[0],), "quit")
    with pytest.raises(ValueError, match="belongs to both"):
        check_unique((*ACTIONS, again))


def test_the_key_table_names_every_command() -> None:
    table = key_table_markdown()
    assert all(row.text in table for row in ACTIONS)
    assert all(text in table for _, text in GESTURES)


def test_a_bug_is_recorded_without_values_and_the_window_goes_on(desk: Desk, mammoview_home: Path) -> None:
    reporter = desk.window.reporter
    try:
        raise KeyError("DEMO^ANNA")
    except KeyError as error:
        assert "ANNA" not in describe(error)
        reporter.handle(type(error), error, error.__traceback__)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    box.close()
    assert "ANNA" not in (mammoview_home / "faults.log").read_text(encoding="utf-8")
    reporter.handle(MammoviewError, MammoviewError("cause", "cure"), None)
    assert desk.window.status.message.text() == "cause (cure)"
    assert desk.window.isVisible()


def test_closing_leaves_nothing_running(make_desk: MakeDesk, study: Path) -> None:
    gate = threading.Event()
    desk = make_desk()
    desk.engine.gate = gate
    desk.start_classifier()
    desk.open(study)
    desk.qtbot.waitUntil(desk.engine.entered.is_set, timeout=10_000)
    desk.window.close()
    assert desk.engine.closed
    assert not desk.window.runner.busy
    assert desk.window.runner._pool.activeThreadCount() == 0
    assert desk.session.predictions.runner._pool.activeThreadCount() == 0


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_no_text_of_the_chrome_is_cut_off(desk: Desk, scale: float) -> None:
    desk.window.resize(round(1920 / scale), round(1080 / scale))
    for part in (desk.window.side_panel, desk.window.status, desk.window.top_bar):
        wait_for_whole_texts(desk, part)


def test_no_text_of_the_grey_panel_is_cut_off(desk: Desk) -> None:
    desk.do("grey-panel")
    desk.qtbot.waitUntil(lambda: desk.window.grey_panel is not None, timeout=20_000)
    wait_for_whole_texts(desk, desk.window.grey_panel)


@pytest.mark.parametrize("reason", ["spot view", "an image of several frames is not judged"])
def test_no_text_of_the_scores_is_cut_off(make_desk: MakeDesk, study: Path, reason: str) -> None:
    write_mammogram(study / "other.dcm", "L", "ML", seed=9, **SIZE)
    desk = make_desk(FakeEngine(refused={"RMLO": reason, "LML": reason}))
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    wait_for_whole_texts(desk, desk.window.side_panel)


def wait_for_whole_texts(desk: Desk, part: QWidget) -> None:
    """Wait until a part of the window is laid out so that no text is cut off."""

    def whole() -> None:
        assert cut_off(part) == []

    desk.qtbot.waitUntil(whole, timeout=5_000)


def cut_off(part: QWidget) -> list[str]:
    """The texts of visible labels, check boxes, buttons and choices of a part of the window that are not seen whole.

    What a scroll area hides below is reached by scrolling; what it hides at the side is not.
    """
    area = part.viewport() if isinstance(part, QScrollArea) else part
    cut = []
    for widget in part.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, ElidedLabel):
            continue
        needed = widget.sizeHint()
        if isinstance(widget, QLabel) and widget.wordWrap():
            words = widget.text().split()
            needed.setWidth(max((widget.fontMetrics().horizontalAdvance(word) for word in words), default=0))
            needed.setHeight(widget.heightForWidth(widget.width()))
        elif isinstance(widget, QComboBox):
            needed.setWidth(widget.fontMetrics().horizontalAdvance(widget.currentText()) + COMBO_FRAME_PX)
        elif not isinstance(widget, QLabel | QAbstractButton):
            continue
        left = widget.mapTo(area, QPoint(0, 0)).x()
        beside = left < 0 or left + needed.width() > area.width() + 1
        if beside or needed.width() > widget.width() + 1 or needed.height() > widget.height() + 1:
            cut.append(widget.currentText() if isinstance(widget, QComboBox) else widget.text())
    return cut
