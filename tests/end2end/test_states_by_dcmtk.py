"""What `mammoview render --overlays --as-state` draws of presentation states, against DCMTK's own renderer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileDataset

from mammoview.cli import main
from tests.factories import make_mammogram_dataset, save
from tests.overlaid_made import bitmap_shutter, displayed_area, lut_item, make_presentation, save_object

ROWS, COLUMNS = 96, 72

pytestmark = pytest.mark.skipif(shutil.which("dcmp2pgm") is None, reason="dcmp2pgm (Debian's dcmtk) is not here")


@pytest.fixture
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", ROWS, COLUMNS)


def by_dcmtk(folder: Path, image: Path, state: Path) -> NDArray[Any]:
    picture = folder / "dcmtk.pgm"
    command = ["dcmp2pgm", "--quiet", "--pstate", str(state), str(image), str(picture)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return np.asarray(Image.open(picture), np.int64)


def by_us(folder: Path, image: Path) -> NDArray[Any]:
    picture = folder / "ours.png"
    assert main(["render", str(image), "--out", str(picture), "--overlays", "--as-state", "--no-annotations"]) == 0
    return np.asarray(Image.open(picture).convert("L"), np.int64)


def both(folder: Path, image: FileDataset, state: Dataset) -> tuple[NDArray[Any], NDArray[Any]]:
    paths = save(image, folder / "image.dcm"), save_object(folder, state, "state.dcm")
    return by_us(folder, paths[0]), by_dcmtk(folder, *paths)


def a_voi_lut(image: FileDataset) -> Dataset:
    made = make_presentation([image])
    entries = (65535 * np.linspace(0, 1, 4096) ** 0.6).astype(np.uint16)
    item = Dataset()
    item.VOILUTSequence = [lut_item(entries)]
    made.SoftcopyVOILUTSequence = [item]
    return made


def a_presentation_lut(image: FileDataset, first: float = 0.0, last: float = 1.0) -> Dataset:
    made = make_presentation([image], window=(2600.0, 2200.0))
    del made.PresentationLUTShape
    made.PresentationLUTSequence = [lut_item((65535 * np.linspace(first, last, 1024) ** 2).astype(np.uint16))]
    return made


def a_modality_lut(image: FileDataset) -> Dataset:
    made = make_presentation([image], window=(40_000.0, 30_000.0))
    item = lut_item((65535 * np.linspace(0, 1, 4096) ** 0.5).astype(np.uint16))
    item.ModalityLUTType = "US"
    made.ModalityLUTSequence = [item]
    del made.RescaleSlope, made.RescaleIntercept, made.RescaleType
    return made


def plain(**attributes: object) -> Callable[[FileDataset], Dataset]:
    return lambda image: make_presentation([image], **attributes)  # type: ignore[arg-type]


GREYS: dict[str, Callable[[FileDataset], Dataset]] = {
    "window": plain(window=(1800.0, 1500.0)),
    "no window": plain(window=None),
    "rescaled": plain(window=(3000.0, 2000.0), RescaleSlope=2, RescaleIntercept=-500, RescaleType="US"),
    "falling": plain(window=(-1500.0, 2000.0), RescaleSlope=-1, RescaleIntercept=0, RescaleType="US"),
    "VOI LUT": a_voi_lut,
    "Presentation LUT": a_presentation_lut,
    "Modality LUT": a_modality_lut,
    **{
        f"turned {rotation}{flip}": plain(ImageRotation=rotation, ImageHorizontalFlip=flip)
        for rotation, flip in ((0, "Y"), (90, "N"), (180, "N"), (270, "Y"))
    },
}


@pytest.mark.parametrize("name", GREYS)
def test_greys_and_layout_are_those_of_dcmtk_within_one(tmp_path: Path, image: FileDataset, name: str) -> None:
    ours, theirs = both(tmp_path, image, GREYS[name](image))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1
    assert np.ptp(ours) > 100


def test_a_presentation_lut_that_falls_turns_the_tissue_and_leaves_the_air_black(
    tmp_path: Path, image: FileDataset
) -> None:
    ours, theirs = both(tmp_path, image, a_presentation_lut(image, 1.0, 0.0))
    breast = image.pixel_array > 0
    assert np.abs(ours - theirs)[breast].max() <= 1
    assert np.ptp(ours[breast]) > 100
    assert not ours[0].any()
    assert (theirs[0] == 255).all()


def test_an_inverse_state_is_that_of_dcmtk_but_for_air_which_stays_black(tmp_path: Path, image: FileDataset) -> None:
    made = make_presentation([image], window=(1800.0, 1500.0), PresentationLUTShape="INVERSE")
    ours, theirs = both(tmp_path, image, made)
    breast = image.pixel_array > 0
    assert np.abs(ours - theirs)[breast].max() <= 1
    assert not ours[0].any()
    assert (theirs[0] == 255).all()


def test_a_part_is_cut_from_what_dcmtk_turns_whole(tmp_path: Path, image: FileDataset) -> None:
    made = make_presentation([image], ImageRotation=90, ImageHorizontalFlip="N")
    made.DisplayedAreaSelectionSequence = displayed_area((11, 80), (60, 21))
    ours, theirs = both(tmp_path, image, made)
    cut = theirs[10:60, ROWS - 80 : ROWS - 20]
    assert ours.shape == cut.shape
    assert np.abs(ours - cut).max() <= 1


@pytest.mark.parametrize("name", ["circle", "bitmap"])
def test_within_a_shutter_the_picture_is_that_of_dcmtk_which_draws_none(
    tmp_path: Path, image: FileDataset, name: str
) -> None:
    state = make_presentation([image])
    if name == "bitmap":
        mask = np.zeros((ROWS, COLUMNS), np.uint8)
        mask[:20], mask[:, 60:] = 1, 1
        bitmap_shutter(state, mask)
    else:
        state.ShutterShape, state.CenterOfCircularShutter, state.RadiusOfCircularShutter = "CIRCULAR", [41, 31], 20
    state.ShutterPresentationValue = 0x6000
    ours, theirs = both(tmp_path, image, state)
    outside = ours == round(0x6000 / 257)
    assert np.abs(ours - theirs)[~outside].max() <= 1
    assert 0.2 < outside.mean() < 0.9
