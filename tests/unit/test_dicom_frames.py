"""Images of several frames: each is read with its own values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.core.window import VoiWindow
from mammoview.dicom.reader import read_file, read_header, read_image
from tests.factories import make_breast, write_mammogram


def group(**sequences: dict[str, object]) -> Dataset:
    """A functional group: each sequence with one item of these attributes."""
    made = Dataset()
    for keyword, attributes in sequences.items():
        item = Dataset()
        for name, value in attributes.items():
            setattr(item, name, value)
        setattr(made, keyword, [item])
    return made


def voi(center: int) -> dict[str, object]:
    return {"WindowCenter": str(center), "WindowWidth": "300"}


@pytest.fixture
def enhanced(tmp_path: Path) -> Path:
    """Three frames: the first two with values of their own, the third with the shared ones."""
    frames = [
        group(
            FrameVOILUTSequence=voi(100 * number),
            PixelValueTransformationSequence={"RescaleSlope": str(number), "RescaleIntercept": str(-number)},
            PixelMeasuresSequence={"PixelSpacing": [number / 10, number / 10]},
            FrameAnatomySequence={"FrameLaterality": "L" if number == 1 else "R"},
        )
        for number in (1, 2)
    ]
    shared = group(
        FrameVOILUTSequence=voi(900),
        PixelMeasuresSequence={"PixelSpacing": [0.9, 0.9]},
        FrameAnatomySequence={"FrameLaterality": "L"},
    )
    return write_mammogram(
        tmp_path / "image.dcm",
        frames=3,
        rows=20,
        columns=16,
        spacing_mm=None,
        voi_windows=(),
        ImageLaterality=None,
        RescaleSlope=None,
        RescaleIntercept=None,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[*frames, Dataset()],
    )


@pytest.mark.parametrize(
    ("frame", "center", "rescale", "spacing_mm", "side"),
    [(1, 100, (1, -1), 0.1, "L"), (2, 200, (2, -2), 0.2, "R"), (3, 900, (1, 0), 0.9, "L")],
)
def test_a_frame_has_its_own_groups_and_else_the_shared_ones(
    enhanced: Path, frame: int, center: int, rescale: tuple[int, int], spacing_mm: float, side: str
) -> None:
    image = read_file(enhanced, frame)
    assert image.grey.vois == (VoiWindow(center, 300),)
    assert (image.grey.slope, image.grey.intercept) == rescale
    assert image.spacing is not None
    assert image.spacing.row_mm == spacing_mm
    assert image.header.side_view == f"{side}CC"


def test_a_frame_keeps_what_was_noted_of_its_image(enhanced: Path) -> None:
    header = replace(read_header(ImageSource(enhanced)), warnings=("the same image lies also elsewhere",))
    image = read_image(header, 2)
    assert image.header.warnings == header.warnings
    assert (image.header.frames, image.header.key) == (3, header.key)


def pages(path: Path, *made: np.ndarray[Any, Any]) -> Path:
    first, *rest = (Image.fromarray(page) for page in made)
    first.save(path, save_all=True, append_images=rest)
    return path


def test_a_page_of_another_size_and_depth_is_read_as_it_is(tmp_path: Path) -> None:
    small, large = make_breast("R", 20, 16, bits=8), make_breast("R", 30, 24, bits=16)
    path = pages(tmp_path / "RCC.tif", small, large)
    image = read_file(path, 2)
    np.testing.assert_array_equal(image.stored, large)
    assert (image.header.rows, image.header.columns, image.grey.bits_stored) == (30, 24, 16)
    assert (image.header.side_view, image.header.frames) == ("RCC", 2)
    assert (read_file(path).header.rows, read_file(path).grey.bits_stored) == (20, 8)


@pytest.mark.parametrize("frame", [1, 2])
def test_a_file_that_was_exchanged_is_refused(tmp_path: Path, frame: int) -> None:
    page = make_breast("R", 20, 16, bits=8)
    path = pages(tmp_path / "RCC.tif", page, page)
    header = read_header(ImageSource(path))
    pages(path, *[make_breast("R", 30, 24, bits=8)] * 3)
    with pytest.raises(InputRefusedError, match="has changed since it was listed"):
        read_image(header, frame)


@pytest.mark.parametrize("frame", [0, 3])
def test_a_frame_that_is_not_there_is_refused(tmp_path: Path, frame: int) -> None:
    page = make_breast("R", 20, 16, bits=8)
    with pytest.raises(InputRefusedError, match=f"there is no frame {frame}"):
        read_file(pages(tmp_path / "RCC.tif", page, page), frame)
