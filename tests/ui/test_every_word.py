"""Every word of the window goes through its translation: it is found in brackets where all that is translated is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractListModel, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mammoview.core.findings import FindingKind
from mammoview.core.heat import COLOR_MAPS
from mammoview.resources import resource
from mammoview.services.tools import Tool, how_to
from mammoview.ui import dialogs
from mammoview.ui.about import installed_parts
from mammoview.ui.actions import ACTIONS
from mammoview.ui.finding_dialog import FindingDialog
from mammoview.ui.translation import FOLDER
from tests.ui.conftest import MakeDesk
from tests.ui.desk import LABEL, Desk, FakeEngine
from tests.ui.stepping import write_pair

_HORIZONTAL, _TOOL_TIP = Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
_SAID = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[^\W\d_]*[a-zà-ÿ][^\W\d_]*")
_PATH = re.compile(r"\S*/\S*")
_DATA = frozenset(
    {
        *("mammoview", "px", "mm", "MiB", "BI", "RADS", LABEL.name, *LABEL.operating_points, *COLOR_MAPS),
        *("Python", "Qt", "English", "Deutsch", "Español", "ANNA", "Num", "json"),
    }
)


class _Brackets(QTranslator):
    """Says every text in brackets."""

    def translate(self, context: str, source: str, comment: str | None = None, number: int = -1) -> str:
        return f"⟦{source}⟧"


@pytest.fixture
def bracketed(qapp: QApplication) -> Iterator[None]:
    """All that is translated from now on stands in brackets."""
    brackets = _Brackets()
    assert brackets.load("mammoview_de", str(resource(FOLDER)))  # Qt takes no empty one
    qapp.installTranslator(brackets)
    yield
    qapp.removeTranslator(brackets)


def _unsaid(text: str, data: frozenset[str]) -> list[str]:
    """The words of a text that are not in brackets, without those that are data."""
    while text != (shorter := _SAID.sub(" ", text)):
        text = shorter
    words = _WORD.findall(_PATH.sub(" ", text))
    return [word for word in words if len(word) > 1 and word not in data]


def _texts(widget: QWidget) -> Iterator[str]:
    """What a reader can read of one widget, without what he typed."""
    yield from (widget.windowTitle() if widget.isWindow() else "", widget.toolTip(), widget.accessibleName())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    if isinstance(widget, QAbstractSpinBox):
        yield widget.text()
    if isinstance(widget, QMessageBox):
        yield from (widget.text(), widget.informativeText())
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(number) for number in range(widget.count()))
    if isinstance(widget, QMenu):
        yield widget.title()
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _cells(widget)


def _cells(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for column in range(columns):
        yield str(model.headerData(column, _HORIZONTAL) or "")
    parents = [view.rootIndex()]
    while parents:
        parent = parents.pop()
        for row in range(model.rowCount(parent)):
            parents.append(model.index(row, 0, parent))
            for column in range(columns):
                index = model.index(row, column, parent)
                yield from (str(index.data() or ""), str(index.data(_TOOL_TIP) or ""))


def unsaid(root: QWidget, data: frozenset[str] = frozenset()) -> set[str]:
    """The words within a window that no language has, each with the text that it stands in."""
    found = set()
    for widget in (root, *root.findChildren(QWidget)):
        texts = list(_texts(widget))
        actions = [*widget.actions(), *root.findChildren(QAction)] if widget is root else widget.actions()
        texts += [text for action in actions for text in (action.text(), action.toolTip(), action.iconText())]
        found |= {text for text in texts if _unsaid(text, data | _DATA)}
    return found


def test_a_word_that_is_not_translated_is_found(qtbot: QtBot, bracketed: None) -> None:
    label = QLabel("⟦said⟧ plainly ⟦in ⟦both⟧ ways⟧ RCC 12")
    qtbot.addWidget(label)
    assert unsaid(label) == {label.text()}
    label.setText("⟦said⟧ RCC 12")
    assert unsaid(label) == set()


@pytest.fixture
def foreign(bracketed: None, make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window that speaks in brackets, on a woman with a prior, scored, with the list of studies."""
    engine = FakeEngine(refused={"LCC": "⟦spot view⟧"})
    desk = make_desk(engine, library=tmp_path / "library.sqlite")
    desk.start_classifier()
    desk.open(write_pair(tmp_path / "pair", rows=480, columns=360))
    desk.scored()
    return desk


def opened_by(desk: Desk, action_id: str) -> QDialog:
    """The dialog that a command opens."""
    desk.window.actions_by_id[action_id].trigger()
    return _opened(desk)


def _opened(desk: Desk) -> QDialog:
    def there() -> list[QDialog]:
        found = QApplication.topLevelWidgets()
        return [one for one in found if isinstance(one, QDialog) and one.isVisible()]

    desk.qtbot.waitUntil(lambda: len(there()) == 1, timeout=20_000)
    return there()[0]


def test_every_word_of_the_window_is_translated(foreign: Desk) -> None:
    assert unsaid(foreign.window) == set()


def test_every_word_is_translated_while_nothing_is_open(bracketed: None, make_desk: MakeDesk) -> None:
    assert unsaid(make_desk().window) == set()


def test_every_word_of_the_list_of_studies_is_translated(foreign: Desk) -> None:
    window = foreign.window
    window.actions_by_id["density-a"].trigger()
    window.actions_by_id["library"].trigger()
    foreign.qtbot.waitUntil(lambda: window.library.model.rowCount() == 2, timeout=20_000)
    foreign.qtbot.waitUntil(lambda: "A" in str(window.library.model.index(0, 7).data()), timeout=20_000)
    assert unsaid(window.library) == set()


def test_every_word_of_the_grey_panel_is_translated(foreign: Desk) -> None:
    window = foreign.window
    window.actions_by_id["grey-panel"].trigger()
    foreign.qtbot.waitUntil(lambda: window.grey_panel is not None and window.grey_panel.isVisible(), timeout=20_000)
    assert window.grey_panel is not None
    assert unsaid(window.grey_panel) == set()


@pytest.mark.parametrize(
    "action_id",
    [
        *("keys", "change-keys", "language", "about", "export-view", "memory", "refused", "calibrate"),
        *("export-assessment", "write-dicom", "deidentify", "archives", "retrieve"),
    ],
)
def test_every_word_of_a_dialog_is_translated(foreign: Desk, action_id: str) -> None:
    dialog = opened_by(foreign, action_id)
    parts = " ".join(f"{part.name} {part.version} {part.licence}" for part in installed_parts())
    keys = " ".join(key for row in ACTIONS for key in row.keys)
    data = (
        frozenset(_WORD.findall(f"{parts} {keys} {LABEL.intended_use}"))
        if action_id in ("about", "keys")
        else frozenset()
    )
    try:
        assert unsaid(dialog, data) == set()
    finally:
        dialog.reject()


def test_every_word_of_a_question_is_translated(foreign: Desk) -> None:
    window = foreign.window
    dialogs.bug_dialog(window, "/", "/").open()
    box = _opened(foreign)
    try:
        assert unsaid(box) == set()
    finally:
        box.reject()


@pytest.mark.parametrize("kind", FindingKind)
def test_every_term_of_a_finding_is_translated(foreign: Desk, kind: FindingKind) -> None:
    dialog = FindingDialog(foreign.window, None, "")
    foreign.qtbot.addWidget(dialog)
    dialog.kind.setCurrentIndex(list(FindingKind).index(kind))
    assert unsaid(dialog) == set()


def test_every_card_of_the_tour_is_translated(foreign: Desk) -> None:
    window = foreign.window
    window.take_tour()
    foreign.qtbot.waitUntil(lambda: window.tour is not None and window.tour.running, timeout=20_000)
    assert window.tour is not None
    unsaid_cards: set[str] = set()
    while window.tour.running:
        unsaid_cards |= unsaid(window.tour.card)
        window.tour.go_on()
    assert unsaid_cards == set()


_ASKS = frozenset({"open-files", "open-folder", "open-demo", "quit", "tour", "close-studies"})


def test_what_commands_say_is_translated(foreign: Desk) -> None:
    window = foreign.window
    found: dict[str, str] = {}
    for row in ACTIONS:
        if row.id in _ASKS or row.held or "…" in row.text or row.menu == "Help" or "xport" in row.text:
            continue
        window.status.say("")
        window.actions_by_id[row.id].trigger()
        for text in (window.status.message.text(), window.status.step.text(), window.top_bar.study.text()):
            if _unsaid(text, _DATA):
                found[row.id] = text
    assert found == {}


def test_how_a_mark_is_made_is_said_for_every_tool_that_makes_one(bracketed: None) -> None:
    silent = {tool for tool in Tool if not how_to(tool)}
    assert silent == {Tool.POINTER, Tool.MAGNIFIER}
    assert not any(_unsaid(how_to(tool), frozenset()) for tool in Tool)
