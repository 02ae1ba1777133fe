"""Presentation states of other makers on the command line: `render --overlays --as-state` and `info`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from mammoview.cli import main
from mammoview.core.overlaid import Unshown
from tests.factories import make_mammogram_dataset, save
from tests.overlaid_made import compound, displayed_area, graphic, make_presentation, overlay_plane, save_object

ROWS, COLUMNS = 480, 360


def with_state(folder: Path, **attributes: object) -> Path:
    """An image with a state beside it, which has a plane of its own and a graphic that nobody knows."""
    image = make_mammogram_dataset("R", "MLO", ROWS, COLUMNS)
    state = make_presentation([image], graphics=[graphic("POINT", [(100.5, 100.5)])], **attributes)  # type: ignore[arg-type]
    state.GraphicAnnotationSequence[0].CompoundGraphicSequence = [compound("SPIRAL", [(1, 2)])]
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    mask[200:220] = 1
    overlay_plane(state, mask, layer="MARKS")
    save_object(folder, state, "state.dcm")
    return save(image, folder / "image.dcm")


def rendered(image: Path, *options: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    out = image.parent / "picture.png"
    assert main(["render", str(image), "--out", str(out), *options]) == 0
    return np.asarray(Image.open(out).convert("RGB"), np.uint8)


@pytest.fixture
def part() -> list[Dataset]:
    return displayed_area((201, 300), (100, 101))


def test_a_turned_part_is_as_large_as_its_pixels_or_as_fits_the_size(tmp_path: Path, part: list[Dataset]) -> None:
    image = with_state(tmp_path, ImageRotation=90, ImageHorizontalFlip="N", DisplayedAreaSelectionSequence=part)
    native = rendered(image, "--overlays", "--as-state", "--no-annotations")
    assert native.shape == (102, 200, 3)
    filled = rendered(image, "--overlays", "--as-state", "--size", "600x600", "--no-annotations")
    assert filled.shape == (600, 600, 3)
    middle = filled[147:453][1::3, 1::3]
    assert np.abs(middle.astype(int) - native).mean() < 2


def test_without_the_option_the_view_hangs(tmp_path: Path, part: list[Dataset]) -> None:
    image = with_state(tmp_path, ImageRotation=90, ImageHorizontalFlip="N", DisplayedAreaSelectionSequence=part)
    assert rendered(image, "--overlays").shape == (ROWS, COLUMNS, 3)


def test_the_option_needs_overlays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = with_state(tmp_path)
    assert main(["render", str(image), "--out", str(tmp_path / "picture.png"), "--as-state"]) == 2
    assert "--as-state is for presentation states" in capsys.readouterr().err


def test_what_is_not_drawn_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = with_state(tmp_path)
    bare = rendered(image, "--overlays")
    told = capsys.readouterr().err
    assert str(Unshown.COMPOUND) in told
    assert "overlay planes of others may name the patient" in told
    named = rendered(image, "--overlays", "--identified")
    assert (named[205:215, 100] != bare[205:215, 100]).any()


def test_a_state_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = save(make_mammogram_dataset("R", "MLO"), tmp_path / "image.dcm")
    rendered(image, "--overlays", "--as-state")
    assert "no presentation state is about this image: hung as all views are" in capsys.readouterr().err


def test_info_tells_what_a_state_wants(tmp_path: Path, part: list[Dataset], capsys: pytest.CaptureFixture[str]) -> None:
    with_state(tmp_path, ImageRotation=0, ImageHorizontalFlip="Y", DisplayedAreaSelectionSequence=part)
    assert main(["info", str(tmp_path), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["objects"]
    (state,) = told["states"]
    assert state["window"] == "C 2000 W 1000"
    assert state["laid"] == {"transposed": False, "rows_flipped": False, "columns_flipped": True}
    assert state["area"] == [300, 201, 101, 100]
    assert (state["inverse"], state["presentation_lut"], state["shutters"], state["overlay_planes"]) == (
        False,
        False,
        0,
        1,
    )
    assert told["not_understood"] == [str(Unshown.COMPOUND)]
    assert main(["info", str(tmp_path)]) == 0
    assert "looks      C 2000 W 1000, 1 overlay planes" in capsys.readouterr().out
