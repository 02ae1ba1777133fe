"""A presentation state that the reader chooses turns, mirrors and zooms its view; without a choice nothing turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.core.view_state import ViewState
from mammoview.core.window import VoiWindow
from mammoview.dicom.reader import read_image
from mammoview.services.export import Part, make_picture
from mammoview.services.overlaid import OverlaidBook
from mammoview.ui.overlaid_list import OverlaidList
from tests.factories import FOUR_VIEWS, make_mammogram_dataset, save
from tests.overlaid_made import displayed_area, graphic, lut_item, make_presentation, save_object
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

ROWS, COLUMNS = 480, 360
Make = Callable[[list[FileDataset]], Dataset]


def written(folder: Path, *make: Make) -> None:
    """A study of four views, and objects that are about it."""
    images = [make_mammogram_dataset(side, view, ROWS, COLUMNS) for side, view in FOUR_VIEWS]
    for image in images:
        save(image, folder / f"{image.ImageLaterality}{image.ViewPosition}.dcm")
    for number, one in enumerate(make):
        save_object(folder, one(images), f"object{number}.dcm")


def all_read(desk: Desk) -> bool:
    listed = desk.window.overlaid.listed
    return bool(listed) and all(one.found or one.problem for one in listed)


def opened(make_desk: MakeDesk, folder: Path, *make: Make) -> Desk:
    """A study with these objects is on the screen, and all of them are read."""
    written(folder, *make)
    desk = make_desk()
    desk.open(folder)
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    return desk


def turned(images: list[FileDataset], **attributes: object) -> Dataset:
    """Of the first image, upside down, with a mark on its tissue."""
    shapes = [graphic("POINT", [(200.5, 150.5)])]
    look = {"ImageRotation": 180, "ImageHorizontalFlip": "N", **attributes}
    return make_presentation(images[:1], graphics=shapes, window=None, **look)  # type: ignore[arg-type]


def book_of(desk: Desk) -> OverlaidBook:
    return desk.window.overlaid


def listing(desk: Desk) -> OverlaidList:
    found = desk.window.side_panel.findChild(OverlaidList)
    assert found is not None
    return found


def choose(desk: Desk, number: int = 0, *, twice: bool = True) -> None:
    """Click the tick of an object; twice for one that is ticked from the start."""
    tick = list(listing(desk).ticks.values())[number]
    for _ in range(2 if twice else 1):
        tick.click()


def test_without_a_choice_the_view_hangs_and_the_list_says_so(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, turned)
    assert desk.session.scene.images[0].hung is None
    (note,) = listing(desk).notes.values()
    assert "tick it anew" in note.text()


@pytest.fixture
def first_image_late(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The image that the states are about is read only after this is set: the objects are there before it."""
    gate = threading.Event()

    def read_late(header: ImageHeader, frame: int) -> MammoImage:
        if header.side_view == "RCC":
            gate.wait(20)
        return read_image(header, frame)

    monkeypatch.setattr("tests.ui.desk.read_image", read_late)
    yield gate
    gate.set()


def opened_early(make_desk: MakeDesk, folder: Path, *make: Make) -> Desk:
    """As `opened`, but images may still be waited for."""
    written(folder, *make)
    desk = make_desk()
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([folder])
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    return desk


def test_the_list_says_so_also_of_an_image_that_comes_after_its_state(
    make_desk: MakeDesk, tmp_path: Path, first_image_late: threading.Event
) -> None:
    desk = opened_early(make_desk, tmp_path, turned)
    (note,) = listing(desk).notes.values()
    assert "tick it anew" not in note.text()
    first_image_late.set()
    desk.settle()
    assert "tick it anew" in note.text()


def test_a_state_that_is_chosen_before_its_image_is_there_shows_its_part(
    make_desk: MakeDesk, tmp_path: Path, first_image_late: threading.Event
) -> None:
    area = displayed_area((61, 81), (300, 400))
    area[0].PresentationSizeMode, area[0].PresentationPixelMagnificationRatio = "MAGNIFY", 3.0
    desk = opened_early(
        make_desk, tmp_path, lambda images: turned(images, ImageRotation=0, DisplayedAreaSelectionSequence=area)
    )
    choose(desk)
    first_image_late.set()
    desk.settle()
    assert desk.session.drawing(0).placement.row_step.scale == pytest.approx(3)


def test_a_chosen_state_turns_its_view_alone_and_marks_stay_on_the_tissue(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, turned)
    (before, other), scale = [desk.session.drawing(number) for number in (0, 1)], desk.session.scene.px_per_mm
    choose(desk)
    drawing = desk.session.drawing(0)
    found = book_of(desk).listed[0].found
    assert found is not None
    assert drawing.placement.orientation == found.states[drawing.prepared.header.key].orientation
    assert drawing.placement.orientation != before.placement.orientation
    assert desk.session.drawing(1).placement == other.placement
    assert desk.session.scene.px_per_mm == scale
    (mark,) = drawing.laid.graphics
    assert mark.points == ((150, 200),)
    assert any("presentation state wants" in line for line in drawing.texts.cautions)
    (note,) = listing(desk).notes.values()
    assert "tick it anew" not in note.text()


def test_the_turned_picture_is_the_stored_one_turned(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, turned)
    choose(desk)
    image = desk.session.scene.images[0]
    whole = np.asarray(image.pyramid.levels[0])
    assert np.array_equal(whole, image.image.stored[::-1, ::-1])
    laid, stored = image.laid_box, image.region.box
    assert (laid.rows, laid.columns) == pytest.approx((stored.rows, stored.columns), abs=12)


@pytest.mark.parametrize("by", ["tick", "key"])
def test_to_hide_it_gives_the_hang_back_as_it_was(make_desk: MakeDesk, tmp_path: Path, by: str) -> None:
    desk = opened(
        make_desk,
        tmp_path,
        lambda images: turned(images, DisplayedAreaSelectionSequence=displayed_area((300, 400), (61, 81))),
    )
    before = desk.session.drawing(0).placement
    choose(desk)
    assert desk.session.drawing(0).placement != before
    if by == "tick":
        choose(desk, twice=False)
    else:
        desk.window.actions_by_id["overlaid"].trigger()
    assert desk.session.drawing(0).placement == before
    assert desk.session.scene.images[0].hung is None


def test_a_chosen_state_shows_its_part_in_its_view_alone(make_desk: MakeDesk, tmp_path: Path) -> None:
    area = displayed_area((300, 400), (61, 81))
    desk = opened(make_desk, tmp_path, lambda images: turned(images, DisplayedAreaSelectionSequence=area))
    other = desk.session.drawing(1).placement
    choose(desk)
    drawing = desk.session.drawing(0)
    place, frame = drawing.placement.screen_from_stored(), drawing.frame
    first, last = np.array(place(399.5, 299.5)), np.array(place(79.5, 59.5))
    assert (first < last).all()
    assert (first + last) / 2 == pytest.approx(((frame.rows_px - 1) / 2, (frame.columns_px - 1) / 2), abs=1.5)
    assert (np.array([frame.rows_px, frame.columns_px]) / (last - first)).min() == pytest.approx(1, rel=0.02)
    assert desk.session.drawing(1).placement == other


def test_a_magnified_part_has_as_many_pixels_for_each_stored_one(make_desk: MakeDesk, tmp_path: Path) -> None:
    area = displayed_area((61, 81), (300, 400))
    area[0].PresentationSizeMode, area[0].PresentationPixelMagnificationRatio = "MAGNIFY", 3.0
    desk = opened(
        make_desk, tmp_path, lambda images: turned(images, ImageRotation=0, DisplayedAreaSelectionSequence=area)
    )
    choose(desk)
    assert desk.session.drawing(0).placement.row_step.scale == pytest.approx(3)


def test_after_another_layout_the_hang_comes_back_and_no_earlier_zoom(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, turned)
    desk.window.actions_by_id["zoom-in"].trigger()
    choose(desk)
    desk.window.actions_by_id["cc"].trigger()
    choose(desk, twice=False)
    assert desk.session.state(0) == ViewState()


def test_a_new_case_hangs_again(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path / "one", turned)
    choose(desk)
    opened_again = tmp_path / "two"
    save(make_mammogram_dataset("L", "MLO", ROWS, COLUMNS, study="other"), opened_again / "L.dcm")
    desk.open(opened_again)
    desk.open(tmp_path / "one")
    desk.qtbot.waitUntil(lambda: any(one.found is not None for one in book_of(desk).listed), timeout=20_000)
    assert desk.session.scene.images[0].hung is None


def test_an_export_of_a_turned_view_is_turned(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, turned)
    choose(desk)
    wanted = desk.session.drawing(0).placement.orientation
    for part in Part:
        for native in (True, False):
            picture = make_picture(desk.session, part, native=native, identified=True)
            assert picture.drawings[0].placement.orientation == wanted


def voi_label(desk: Desk) -> str:
    voi = desk.window.navigator.current_voi()
    assert voi is not None
    return voi.label()


def test_only_a_chosen_state_without_window_means_the_whole_range(make_desk: MakeDesk, tmp_path: Path) -> None:
    def bare(images: list[FileDataset]) -> Dataset:
        made = turned(images)
        del made.SoftcopyVOILUTSequence
        return made

    desk = opened(make_desk, tmp_path, bare)
    assert voi_label(desk) == "C 2048 W 4096"
    choose(desk)
    assert voi_label(desk) == "full range"


def test_a_presentation_lut_holds_under_the_readers_own_window(make_desk: MakeDesk, tmp_path: Path) -> None:
    def with_lut(images: list[FileDataset]) -> Dataset:
        made = turned(images)
        del made.PresentationLUTShape
        made.PresentationLUTSequence = [lut_item(np.linspace(0, 30_000, 256).astype(np.uint16))]
        return made

    desk = opened(make_desk, tmp_path, with_lut)
    key = desk.session.panes[0].header.key
    assert desk.session.presentation(0).p_values is not None
    desk.window.actions_by_id["reset"].trigger()
    assert desk.session.presentation(0).p_values is not None
    assert desk.session.presentation(1).p_values is None
    assert desk.session.look.presentation(key).state_voi is None


def test_down_darkens_the_picture_as_seen_also_where_the_presentation_lut_falls(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    def with_lut(images: list[FileDataset]) -> Dataset:
        made = turned(images)
        del made.PresentationLUTShape
        made.PresentationLUTSequence = [lut_item(np.linspace(65_535, 0, 256).astype(np.uint16))]
        return made

    desk = opened(make_desk, tmp_path, with_lut)
    navigator = desk.window.navigator
    seen = []
    for number in (0, 1):  # the state is of the first image
        desk.session.activate(number)
        before = navigator.current_voi()
        navigator.begin_window(number)
        navigator.drag_window(number, 0, 40)
        after = navigator.current_voi()
        assert isinstance(before, VoiWindow)
        assert isinstance(after, VoiWindow)
        seen.append(after.center < before.center)
    assert seen == [True, False]


def test_an_image_that_is_not_on_the_screen_is_laid_when_it_comes(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, turned)
    desk.window.actions_by_id["mlo"].trigger()
    choose(desk)
    desk.window.actions_by_id["four"].trigger()
    desk.qtbot.waitUntil(lambda: desk.session.scene is not None and 0 in desk.session.scene.images, timeout=20_000)
    assert desk.session.scene.images[0].hung is not None
    assert desk.session.state(0) == ViewState()
