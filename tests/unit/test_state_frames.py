"""Where a presentation state has no say: on other frames, over the reader's own choice, on air that is to be black."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from mammoview.core.hanging import Frame
from mammoview.core.overlaid import Overlaid
from mammoview.core.overlaid_drawing import laid_on
from mammoview.core.prepared import prepare
from mammoview.core.render import Drawing, native_greys
from mammoview.core.study import ImageSource
from mammoview.core.view_state import Presentation, native_placement
from mammoview.core.window import VoiLut, VoiWindow
from mammoview.dicom.reader import read_file, read_header
from mammoview.services.look import Look, StateLook
from tests.factories import make_mammogram_dataset, save
from tests.overlaid_made import make_presentation, read

SHUTTER: dict[str, Any] = {
    "ShutterShape": "RECTANGULAR",
    "ShutterUpperHorizontalEdge": 5,
    "ShutterLeftVerticalEdge": 5,
    "ShutterLowerHorizontalEdge": 60,
    "ShutterRightVerticalEdge": 60,
}


@pytest.fixture
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", 80, 64)


def about(folder: Path, image: FileDataset, *frames: list[int] | None) -> Overlaid:
    """A state with a shutter that names the image so often, each time with these frames of it."""
    made = make_presentation([image], **SHUTTER)
    named = made.ReferencedSeriesSequence[0].ReferencedImageSequence
    first = named[0]
    for number, one in enumerate(frames):
        reference = first if number == 0 else deepcopy(first)
        if number:
            named.append(reference)
        if one is not None:
            reference.ReferencedFrameNumber = one
        elif "ReferencedFrameNumber" in reference:
            del reference.ReferencedFrameNumber
    return read(folder, made, image)


@pytest.mark.parametrize(
    ("frames", "on"),
    [([[2]], {2}), ([[2], [3]], {2, 3}), ([None], {1, 2, 3}), ([None, [2]], {1, 2, 3}), ([[2], None], {1, 2, 3})],
)
def test_a_shutter_hides_nothing_of_frames_that_its_state_is_not_about(
    tmp_path: Path, image: FileDataset, frames: list[list[int] | None], on: set[int]
) -> None:
    found = about(tmp_path, image, *frames)
    header = read_header(ImageSource(tmp_path / "image0.dcm"))
    shut = {frame for frame in (1, 2, 3) if laid_on([found], header, range(frame, frame + 1)).shutters}
    assert shut == on


@pytest.mark.parametrize(("falls", "invert", "hidden"), [(True, False, True), (True, True, False), (False, True, True)])
def test_air_is_kept_black_where_a_presentation_lut_turns_the_greys_round(
    tmp_path: Path, image: FileDataset, falls: bool, invert: bool, hidden: bool
) -> None:
    prepared = prepare(read_file(save(image, tmp_path / "image.dcm")))
    assert prepared.air is not None
    entries = np.linspace(0, 65535, 4096).astype(np.uint16)
    lut = VoiLut(0, entries[::-1].copy() if falls else entries, 16)
    placement = native_placement(prepared.image.rows, prepared.image.columns, prepared.laying.orientation)
    look = Presentation(invert=invert, p_values=lut)
    assert Drawing(prepared, placement, Frame(80, 64), look).air_hidden is hidden
    greys = native_greys(prepared.image, invert=invert, p_values=lut)
    darkest = prepared.image.stored == prepared.image.stored.min()
    assert bool((greys[darkest] > 200).all()) is hidden


def test_the_readers_choice_of_a_window_outlasts_what_else_is_shown_or_hidden() -> None:
    look, mine, other = Look(), VoiWindow(2000, 900), VoiWindow(1000, 300)
    look.set_states({"a": StateLook(mine), "b": StateLook(mine)})
    look.set_voi("a", 1)
    assert look.presentation("a").state_voi is None and look.presentation("b").state_voi == mine
    look.set_states({"a": StateLook(mine), "b": StateLook(other)})  # another object was hidden
    assert (look.presentation("a").state_voi, look.presentation("a").voi) == (None, 1)


@pytest.mark.parametrize("between", [{}, {"a": StateLook(VoiWindow(1000, 300))}])
def test_a_state_that_is_shown_anew_has_its_window_again(between: dict[str, StateLook]) -> None:
    look, mine = Look(), VoiWindow(2000, 900)
    look.set_states({"a": StateLook(mine)})
    look.set_voi("a", 1)
    look.set_states(between)
    look.set_states({"a": StateLook(mine)})
    assert look.presentation("a").state_voi == mine
