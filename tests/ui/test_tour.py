"""The tour speaks of what is there, beside it, and goes on when it is done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.archive.library import FILE_NAME, Library
from mammoview.ui.tour import Tour, cards, words_with_keys
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

COUNT = len(cards())


@pytest.fixture
def touring(make_desk: MakeDesk) -> Desk:
    """The demonstration study with the first card."""
    made = make_desk()
    made.window.resize(1400, 900)
    made.window.actions_by_id["tour"].trigger()
    made.settle()
    return made


def tour_of(desk: Desk) -> Tour:
    assert desk.window.tour is not None
    return desk.window.tour


def place(desk: Desk, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(desk.window, QPoint(0, 0)), widget.size())


def at_card(desk: Desk, number: int) -> Tour:
    tour = tour_of(desk)
    while tour.number < number:
        tour.next_button.click()
    return tour


def test_it_opens_the_demonstration_study_and_is_remembered(touring: Desk) -> None:
    assert touring.window.demo
    assert touring.window.settings.value.toured
    assert tour_of(touring).card.isVisible()


def test_it_leaves_the_studies_that_are_open(desk: Desk) -> None:
    worklist, study = desk.session.worklist, desk.session.study
    desk.window.actions_by_id["tour"].trigger()
    assert tour_of(desk).card.isVisible()
    assert not desk.window.opening.active
    tour_of(desk).end()
    assert desk.session.worklist is worklist and desk.session.study is study


def test_a_window_does_not_begin_it_by_itself(desk: Desk) -> None:
    assert desk.window.tour is None
    assert not desk.window.settings.value.toured


_START = """
from mammoview import app
from mammoview.ui.main_window import MainWindow
tours = []
app.start_classifier_later = MainWindow.close
MainWindow.take_tour = lambda window: tours.append(window)
app.run([])
print(len(tours))
"""


@pytest.mark.parametrize(("read_before", "begun"), [(False, "1"), (True, "0")])
def test_the_program_begins_it_where_nothing_was_read_before(
    mammoview_home: Path, read_before: bool, begun: str
) -> None:
    if read_before:
        Library(mammoview_home / FILE_NAME).close()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(
        [sys.executable, "-c", _START], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert result.stdout.strip() == begun


@pytest.mark.parametrize("size", [(1100, 700), (1400, 900), (1024, 1280)])
def test_no_card_stands_on_the_images_or_on_what_it_speaks_of(touring: Desk, size: tuple[int, int]) -> None:
    touring.window.resize(*size)
    touring.drawn()
    for number in range(COUNT):
        tour = at_card(touring, number)
        tour._place()
        card = place(touring, tour.card)
        assert not card.intersects(tour.ring.geometry()), number
        assert not card.intersects(place(touring, touring.window.grid)), number
        assert touring.window.rect().contains(card), number
        assert tour.text.heightForWidth(tour.text.width()) <= tour.text.height(), number


@pytest.mark.parametrize(
    ("number", "key"), [(0, Qt.Key.Key_C), (2, Qt.Key.Key_N), (3, Qt.Key.Key_D), (4, Qt.Key.Key_H)]
)
def test_doing_what_a_card_speaks_of_shows_the_next(touring: Desk, number: int, key: Qt.Key) -> None:
    tour = at_card(touring, number)
    touring.key(key)
    assert tour.number == number + 1


def test_a_drag_in_an_image_shows_the_next_card(touring: Desk) -> None:
    tour = at_card(touring, 1)
    touring.drag(0, (60, 60), (90, 80))
    assert tour.number == 2


@pytest.mark.parametrize("width", [800, 1400])
def test_a_card_that_stands_is_not_placed_again_and_again(touring: Desk, width: int) -> None:
    touring.window.resize(width, 800)
    for number in range(COUNT):
        tour = at_card(touring, number)
        touring.settle()
        placed = QSignalSpy(tour.findChild(QTimer).timeout)
        for _ in range(20):
            QApplication.processEvents()
        assert placed.count() <= 2, number  # the last one may be under way


def test_doing_something_else_leaves_the_card(touring: Desk) -> None:
    touring.key(Qt.Key.Key_I)
    assert tour_of(touring).number == 0


def test_its_key_shows_the_next_card_and_the_last_one_ends_it(touring: Desk) -> None:
    tour = tour_of(touring)
    for _ in range(COUNT):
        assert tour.running
        touring.key(Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    assert not tour.running and tour.card.isHidden() and tour.ring.isHidden()


def test_escape_ends_it(touring: Desk) -> None:
    touring.key(Qt.Key.Key_Escape)
    assert not tour_of(touring).running


def test_the_mouse_goes_through_the_ring(touring: Desk) -> None:
    assert tour_of(touring).ring.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_full_screen_shows_the_images_alone(touring: Desk) -> None:
    touring.window.set_full_screen(True)
    touring.qtbot.waitUntil(tour_of(touring).card.isHidden, timeout=5_000)
    touring.window.set_full_screen(False)
    touring.qtbot.waitUntil(tour_of(touring).card.isVisible, timeout=5_000)


def test_words_name_the_keys_that_commands_have_now(desk: Desk) -> None:
    actions = desk.window.actions_by_id
    actions["ruler"].setShortcut(QKeySequence("Ctrl+Alt+U"))
    assert words_with_keys("{ruler} measures", actions) == "Ctrl+Alt+U measures"


def test_every_command_of_a_card_is_known(desk: Desk) -> None:
    for card in cards():
        assert "{" not in words_with_keys(card.text, desk.window.actions_by_id), card.title
        assert set(card.commands) <= desk.window.actions_by_id.keys(), card.title
