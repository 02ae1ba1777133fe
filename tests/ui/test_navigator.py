"""The reader's gestures on grey levels: brighter is brighter as seen, a choice is that of the images that have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.window import VoiFunction, VoiWindow
from mammoview.services.navigator import Navigator
from tests.factories import make_breast, make_lut, write_mammogram
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk

BREAST = make_breast("R", SIZE["rows"], SIZE["columns"])
TURNED = (4095 - BREAST).astype(np.uint16)
FALLING = make_lut(0, np.arange(4095, -1, -1), 12)
KINDS = {
    "MONOCHROME2": {"pixels": BREAST},
    "MONOCHROME1": {"pixels": BREAST, "photometric": "MONOCHROME1"},
    "a falling slope": {"pixels": TURNED, "RescaleSlope": "-1", "RescaleIntercept": "4095"},
    "a falling modality LUT": {
        "pixels": TURNED,
        "RescaleSlope": None,
        "RescaleIntercept": None,
        "ModalityLUTSequence": [FALLING],
    },
    "a falling VOI LUT": {"pixels": TURNED, "voi_luts": [FALLING]},
    "a falling VOI LUT of MONOCHROME1": {"pixels": TURNED, "photometric": "MONOCHROME1", "voi_luts": [FALLING]},
}


def brightness(desk: Desk) -> float:
    """The mean of the first view's picture, texts switched off."""
    return float(desk.shown[0].picture.mean())


def opened(make_desk: MakeDesk, folder: Path, kind: str) -> Desk:
    if kind == "a plain picture with bright air":
        folder.mkdir()
        Image.fromarray((TURNED >> 4).astype(np.uint8)).save(folder / "R_CC.png")
    else:
        write_mammogram(folder / "RCC.dcm", **KINDS[kind])
    desk = make_desk()
    desk.session.look.set_annotations(False)
    desk.open(folder)
    return desk


@pytest.mark.parametrize("inverted", [False, True], ids=["upright", "inverted"])
@pytest.mark.parametrize("kind", [*KINDS, "a plain picture with bright air"])
def test_brighter_and_darker_are_so_as_seen(make_desk: MakeDesk, tmp_path: Path, kind: str, inverted: bool) -> None:
    desk = opened(make_desk, tmp_path / "study", kind)
    if inverted:
        desk.do("invert")
        desk.session.look.set_air_black(False)
        desk.drawn()
    desk.do("narrower")  # from a window of the reader's own, so that a change is one of the level alone
    before = brightness(desk)
    desk.do("brighter")
    assert brightness(desk) > before + 1
    desk.do("darker")
    desk.do("darker")
    assert brightness(desk) < before - 1


@pytest.mark.parametrize("kind", ["MONOCHROME2", "MONOCHROME1"])
def test_a_drag_down_darkens_the_picture_as_seen(make_desk: MakeDesk, tmp_path: Path, kind: str) -> None:
    desk = opened(make_desk, tmp_path / "study", kind)
    before = brightness(desk)
    desk.drag(0, (100, 100), (100, 160))
    assert brightness(desk) < before - 1


def test_the_first_drag_on_a_falling_table_keeps_the_picture(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path / "study", "a falling VOI LUT")
    before = desk.shown[0].picture.astype(int)
    desk.drag(0, (100, 100), (101, 100))
    assert isinstance(desk.window.navigator.current_voi(), VoiWindow)
    assert np.abs(desk.shown[0].picture.astype(int) - before).max() < 16


def test_a_choice_leaves_images_that_do_not_have_it(make_desk: MakeDesk, tmp_path: Path) -> None:
    three, two = [(2000, 1000), (2000, 2000), (2000, 3000)], [(1000, 1000), (1000, 2000)]
    write_mammogram(tmp_path / "study" / "RCC.dcm", "R", "CC", **SIZE, voi_windows=three)
    write_mammogram(tmp_path / "study" / "LCC.dcm", "L", "CC", **SIZE, voi_windows=two)
    desk = make_desk()
    desk.open(tmp_path / "study")
    navigator: Navigator = desk.window.navigator
    navigator.choose_voi(1)
    navigator.choose_voi(2)
    chosen = [desk.session.presentation(desk.number_of(view)).voi for view in ("RCC", "LCC")]
    assert chosen == [2, 1]


def test_a_window_is_dragged_in_steps_of_the_images_own_range(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_mammogram(
        tmp_path / "RCC.dcm",
        **SIZE,
        voi_windows=[(0.00005, 0.0001)],
        voi_function="LINEAR_EXACT",
        RescaleSlope="2.44e-8",
    )
    desk = make_desk()
    desk.open(tmp_path)
    desk.drag(0, (100, 100), (103, 100))
    window = desk.window.navigator.current_voi()
    assert isinstance(window, VoiWindow)
    assert window.function is VoiFunction.LINEAR_EXACT
    assert window.width == pytest.approx(0.0001 * (1 + 3 / 600))


def test_a_window_that_was_made_as_narrow_as_can_be_is_left_by_one_drag(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_mammogram(tmp_path / "RCC.dcm", **SIZE, voi_windows=[(2000, 3000)])
    desk = make_desk()
    desk.open(tmp_path)
    navigator: Navigator = desk.window.navigator
    for right in (-5000, 300):
        navigator.begin_window(0)
        navigator.drag_window(0, right, 0)
    window = navigator.current_voi()
    assert isinstance(window, VoiWindow)
    assert window.width > 50
