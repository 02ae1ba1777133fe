"""Every icon is one of the family, and commands wear theirs when the window stands."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage

from mammoview.resources import resource
from mammoview.ui import theme
from mammoview.ui.actions import ACTIONS
from mammoview.ui.icons import ICONS, SIZE_PX, application_icon, draw_icon
from mammoview.ui.top_bar import TOOLS
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

FILES = sorted(path for path in resource("icons").glob("*.svg") if path.stem != "mammoview")


def dressed(desk: Desk) -> Desk:
    desk.qtbot.waitUntil(lambda: desk.window.icons.complete, timeout=10_000)
    return desk


def inked(image: QImage) -> list[QColor]:
    places = [(x, y) for x in range(image.width()) for y in range(image.height())]
    return [color for x, y in places if (color := image.pixelColor(x, y)).alpha() > 150]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_icon_has_the_grid_the_stroke_and_the_colour_of_the_family(path) -> None:  # type: ignore[no-untyped-def]
    source = path.read_text(encoding="utf-8")
    assert 'viewBox="0 0 16 16"' in source
    assert re.findall(r'stroke-width="([^"]+)"', source) == ["1.5"]
    assert set(re.findall(r'(?:stroke|fill)="([^"]+)"', source)) <= {"currentColor", "none"}


def test_every_icon_belongs_to_a_command() -> None:
    assert {path.stem for path in FILES} == {*ICONS.values(), "menu"}
    assert ICONS.keys() <= {row.id for row in ACTIONS}


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0, 2.5])
def test_an_icon_has_the_pixels_of_the_screen(ratio: float) -> None:
    picture = draw_icon("ruler", ratio).pixmap(QSize(SIZE_PX, SIZE_PX), ratio)
    assert picture.size() == QSize(round(SIZE_PX * ratio), round(SIZE_PX * ratio))


def test_an_icon_is_drawn_in_the_colours_of_the_theme() -> None:
    icon = draw_icon("single", 4.0)
    for state, color in ((QIcon.State.Off, theme.DIM), (QIcon.State.On, theme.ACCENT)):
        ink = inked(icon.pixmap(QSize(SIZE_PX, SIZE_PX), 4.0, QIcon.Mode.Normal, state).toImage())
        middle = sorted(color.rgb() for color in ink)[len(ink) // 2]
        assert abs(QColor(middle).green() - QColor(color).green()) < 8


def test_the_commands_wear_their_icons(desk: Desk) -> None:
    dressed(desk)
    for action_id in ICONS:
        picture = desk.window.actions_by_id[action_id].icon().pixmap(SIZE_PX, SIZE_PX).toImage()
        assert inked(picture), action_id


def test_the_program_has_an_icon_in_all_sizes() -> None:
    assert {size.width() for size in application_icon().availableSizes()} >= {16, 32, 48, 256}


def test_the_tool_button_wears_the_tool_in_the_hand(desk: Desk) -> None:
    button = dressed(desk).window.top_bar.tool_button
    before = button.icon().pixmap(SIZE_PX, SIZE_PX).toImage()
    desk.do("ruler")
    assert button.icon().pixmap(SIZE_PX, SIZE_PX).toImage() != before
    assert "Ruler" in button.toolTip()
    assert [action.text() for action in button.menu().actions()] == [
        desk.window.actions_by_id[name].text() for name in TOOLS
    ]


@pytest.mark.parametrize("width", [760, 1000, 1280, 1366, 1400, 1920])
def test_the_study_has_its_room_in_the_bar_at_any_width(make_desk: MakeDesk, width: int) -> None:
    bar = make_desk().window.top_bar
    bar.study.setText("2 of 12    DEMO, ANNA  DEMO-0001  1961    2026-01-14    in progress by reader")
    bar.window().resize(width, 700)
    bar.resize(width, bar.height())
    bar.layout().activate()
    assert bar.study.width() >= min(bar.fontMetrics().horizontalAdvance(bar.study.text()), 430)
    assert not bar.menu_button.isHidden() or not bar.window().menus.bar.isHidden()


def test_a_narrow_bar_folds_the_menus_into_one(desk: Desk) -> None:
    bar, menus = desk.window.top_bar, desk.window.menus.bar
    desk.window.resize(900, 700)
    assert menus.isHidden() and not bar.menu_button.isHidden()
    bar.menu_button.menu().aboutToShow.emit()
    assert bar.menu_button.menu().actions() == menus.actions()
    desk.window.resize(2000, 900)
    assert not menus.isHidden() and bar.menu_button.isHidden()
