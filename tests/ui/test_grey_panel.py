"""The grey-level panel says what is in force in the active view, and its region is the reader's window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from mammoview.core.breast import find_breast
from mammoview.core.histogram import breast_histogram, voi_curve, window_between, window_ends
from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.window import Greyscale, Voi, VoiFunction, VoiLut, VoiWindow, grey_table
from mammoview.dicom.reader import read_file
from mammoview.ui.grey_panel import GreyPanel
from tests.factories import make_mammogram_dataset, save
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk

WINDOWS = [(2000.0, 1000.0), (2400.0, 600.0)]
TABLE = VoiLut(100, np.array([0, 10, 200, 255], np.uint16), 8)


def panel_of(desk: Desk) -> GreyPanel:
    """The panel, opened by its key."""
    desk.key(Qt.Key.Key_G)
    desk.qtbot.waitUntil(lambda: desk.window.grey_panel is not None, timeout=20_000)
    panel = desk.window.grey_panel
    assert isinstance(panel, GreyPanel)
    assert panel.isVisible()
    return panel


@pytest.fixture
def panel(make_desk: MakeDesk, tmp_path: Path) -> tuple[Desk, GreyPanel]:
    """A window on two views with two windows each, the panel open."""
    for side in ("R", "L"):
        made = make_mammogram_dataset(side, "CC", **SIZE, voi_windows=WINDOWS, voi_explanations=["NORMAL", "HARDER"])
        save(made, tmp_path / "study" / f"{side}CC.dcm")
    desk = make_desk()
    desk.open(tmp_path / "study")
    return desk, panel_of(desk)


def shown_window(desk: Desk) -> VoiWindow:
    voi = desk.window.navigator.current_voi()
    assert isinstance(voi, VoiWindow)
    return voi


@pytest.mark.parametrize(
    "voi",
    [
        VoiWindow(600, 400),
        VoiWindow(600, 400, VoiFunction.LINEAR_EXACT),
        VoiWindow(600, 400, VoiFunction.SIGMOID),
        TABLE,
    ],
    ids=lambda voi: voi.label(),
)
@pytest.mark.parametrize("inverse", [False, True])
def test_the_curve_is_the_grey_table(voi: Voi, inverse: bool) -> None:
    grey = Greyscale(12, slope=2.0, intercept=-50.0, inverse=inverse)
    stored = np.arange(4096)
    curve = voi_curve(grey, voi, grey.modality(stored))
    assert np.array_equal(np.floor(curve + 0.5).astype(np.uint8), grey_table(grey, voi)[:4096])


@pytest.mark.parametrize("function", list(VoiFunction))
def test_a_window_between_the_ends_of_a_window_is_that_window(function: VoiFunction) -> None:
    window = VoiWindow(1234.5, 321.0, function)
    again = window_between(*window_ends(window), window)
    assert (again.center, again.width) == pytest.approx((window.center, window.width))


def test_a_linear_window_is_black_up_to_its_lower_and_white_from_its_upper_end() -> None:
    window = VoiWindow(2048, 1000)
    low, high = window_ends(window)
    assert window.apply(np.array([low, low + 1, high - 1, high])) == pytest.approx([0, 1 / 999, 998 / 999, 1])


def test_the_histogram_leaves_out_padding_and_air(tmp_path: Path) -> None:
    pixels = np.full((400, 300), 7, np.uint16)
    pixels[100:300, :150] = 900
    pixels[:, 290:] = 0
    made = make_mammogram_dataset("L", "CC", 400, 300, pixels=pixels, padding=(0, None))
    save(made, tmp_path / "LCC.dcm")
    image = read_file(tmp_path / "LCC.dcm")
    assert find_breast(image).found
    histogram = breast_histogram(prepare(image))
    assert histogram.counts[-1] > 0.9 * histogram.counts.sum()
    assert histogram.low >= 7


def test_the_histogram_of_an_image_without_breast_counts_every_pixel() -> None:
    header = read_header_of_nothing()
    histogram = breast_histogram(prepare(MammoImage(header, np.full((64, 48), 5, np.uint16))))
    assert histogram.counts.sum() == 64 * 48


def read_header_of_nothing():  # type: ignore[no-untyped-def]
    from mammoview.core.study import ImageHeader, ImageSource

    return ImageHeader(ImageSource(Path("flat")), 64, 48, Greyscale(12))


def test_the_region_stands_on_the_ends_of_the_window_in_force(panel: tuple[Desk, GreyPanel]) -> None:
    _, shown = panel
    assert shown.region.getRegion() == pytest.approx(window_ends(VoiWindow(*WINDOWS[0])))


def test_dragging_the_region_sets_the_readers_window_of_the_active_view_alone(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    shown.region.setRegion((1000.0, 1999.0))
    assert (shown_window(desk).center, shown_window(desk).width) == (1500.0, 1000.0)
    other = desk.session.presentation(1 - desk.session.active)
    assert other.window is None


def test_a_drag_on_the_image_moves_the_region(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    desk.drag(desk.session.active, (100, 100), (160, 120))
    assert shown_window(desk).width > WINDOWS[0][1]
    assert shown.region.getRegion() == pytest.approx(window_ends(shown_window(desk)))


def test_the_panel_follows_the_active_view(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    first = desk.session.active
    shown.region.setRegion((1000.0, 1999.0))
    desk.session.activate(next(n for n, pane in enumerate(desk.session.panes) if n != first and pane.header))
    assert shown.region.getRegion() == pytest.approx(window_ends(VoiWindow(*WINDOWS[0])))


def test_a_click_on_a_choice_sets_it(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    assert [shown.choices.item(row).text() for row in range(shown.choices.count())] == ["NORMAL", "HARDER"]
    place = shown.choices.visualItemRect(shown.choices.item(1)).center()
    desk.qtbot.mouseClick(shown.choices.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert (shown_window(desk).center, shown_window(desk).width) == WINDOWS[1]
    assert shown.choices.currentRow() == 1


def test_reset_goes_back_to_the_files_window(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    shown.region.setRegion((1000.0, 1999.0))
    desk.qtbot.mouseClick(shown.reset, Qt.MouseButton.LeftButton)
    assert (shown_window(desk).center, shown_window(desk).width) == WINDOWS[0]


def test_the_key_closes_the_panel_again(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    desk.key(Qt.Key.Key_G)
    assert not shown.isVisible()
    assert not desk.window.actions_by_id["grey-panel"].isChecked()


def test_the_panel_survives_the_closing_of_all_studies(panel: tuple[Desk, GreyPanel]) -> None:
    desk, shown = panel
    desk.do("close-studies")
    shown.refresh()
    assert not shown.isVisible()
