"""The greyscale stages of presentation states of other makers, and what of them would hide an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.overlaid import PresentationState, Unshown
from mammoview.core.window import Greyscale, Voi, VoiFunction, VoiLut, VoiWindow, grey_table
from mammoview.dicom.objects.read_state_greys import in_units_of
from tests.factories import make_mammogram_dataset
from tests.overlaid_made import lut_item, make_presentation, read

STORED = np.arange(4096)


@pytest.fixture(scope="module")
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", 96, 72)


def state_of(folder: Path, made: Dataset, image: FileDataset) -> tuple[PresentationState, tuple[str, ...]]:
    found = read(folder, made, image)
    (state,) = found.states.values()
    return state, found.not_understood


STAGES = [Greyscale(12, slope=2.0, intercept=-500.0), Greyscale(12, slope=-1.5, intercept=10.0), Greyscale(12)]
VOIS: list[Voi] = [
    VoiWindow(900.0, 1300.0),
    VoiWindow(900.0, 1300.0, VoiFunction.LINEAR_EXACT),
    VoiWindow(900.0, 1300.0, VoiFunction.SIGMOID),
    VoiWindow(900.0, 1.0),
]


@pytest.mark.parametrize("own", STAGES)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("voi", VOIS)
def test_a_window_behind_another_rescaling_gives_the_same_greys(own: Greyscale, stage: Greyscale, voi: Voi) -> None:
    ours = in_units_of(own, stage, voi)
    assert ours is not None
    assert np.abs(ours.apply(own.modality(STORED)) - voi.apply(stage.modality(STORED))).max() < 1e-6


def modality_lut() -> VoiLut:
    return VoiLut(0, (65535 * np.linspace(0, 1, 4096) ** 0.5).astype(np.uint16), 16)


@pytest.mark.parametrize("voi", [VoiWindow(30_000.0, 20_000.0), VoiLut(0, np.arange(65535, dtype=np.uint16), 16)])
def test_a_modality_lut_and_what_is_behind_it_become_one_table(voi: Voi) -> None:
    own, stage = Greyscale(12, intercept=-100.0), Greyscale(12, modality_lut=modality_lut())
    ours = in_units_of(own, stage, voi)
    assert ours is not None
    assert np.abs(ours.apply(own.modality(STORED)) - voi.apply(stage.modality(STORED))).max() < 1e-4


def test_behind_the_same_modality_lut_a_window_stays_itself() -> None:
    window = VoiWindow(30_000.0, 20_000.0)
    stages = [Greyscale(12, modality_lut=modality_lut()) for _ in range(2)]
    assert in_units_of(stages[0], stages[1], window) is window


@pytest.mark.parametrize("own", [Greyscale(12, modality_lut=modality_lut()), Greyscale(12, slope=0.5)])
def test_what_the_units_of_an_image_cannot_say_is_none(own: Greyscale) -> None:
    assert in_units_of(own, Greyscale(12), VoiLut(0, np.arange(4096, dtype=np.uint16), 12)) is None


def test_that_is_told_and_the_image_keeps_its_own_window(tmp_path: Path) -> None:
    rescaled = make_mammogram_dataset("R", "MLO", 96, 72)
    rescaled.RescaleSlope, rescaled.RescaleIntercept, rescaled.RescaleType = 0.5, 0, "US"
    made = make_presentation([rescaled])
    item = Dataset()
    item.VOILUTSequence = [lut_item(np.arange(4096, dtype=np.uint16))]
    made.SoftcopyVOILUTSequence = [item]
    made.RescaleSlope = 1
    state, lines = state_of(tmp_path, made, rescaled)
    assert (state.voi, lines) == (None, (Unshown.MODALITY,))


def test_a_state_without_window_says_so(tmp_path: Path, image: FileDataset) -> None:
    made = make_presentation([image])
    del made.SoftcopyVOILUTSequence
    state, lines = state_of(tmp_path, made, image)
    assert (state.voi, state.unwindowed, lines) == (None, True, ())
    assert not state_of(tmp_path, make_presentation([image]), image)[0].unwindowed


def with_lut(image: FileDataset, item: Dataset) -> Dataset:
    made = make_presentation([image])
    del made.PresentationLUTShape
    made.PresentationLUTSequence = [item]
    return made


def test_a_presentation_lut_goes_from_all_that_the_window_gives_to_p_values(tmp_path: Path, image: FileDataset) -> None:
    entries = (65535 * np.linspace(1, 0, 256) ** 2).astype(np.uint16)
    state, _ = state_of(tmp_path, with_lut(image, lut_item(entries, first=7)), image)
    assert state.p_values is not None
    assert (state.inverse, state.p_values.first_mapped) == (False, 0)
    window = VoiWindow(1000.0, 500.0)
    greys = grey_table(Greyscale(12), window, p_values=state.p_values)
    reached = np.floor(255 * window.apply(STORED.astype(float)) + 1e-9).astype(int)  # as DCMTK does
    expected = np.rint(entries[reached] / 257)
    assert np.abs(greys[:4096] - expected).max() <= 1
    turned = grey_table(Greyscale(12), window, invert=True, p_values=state.p_values)
    assert np.abs(turned[:4096].astype(int) + greys[:4096] - 255).max() <= 1


def short_lut() -> Dataset:
    item = lut_item(np.arange(16, dtype=np.uint16))
    item.LUTDescriptor = [4096, 0, 16]
    return item


HIDING: list[tuple[dict[str, Any], Unshown]] = [
    ({"window": (-1e6, 10.0)}, Unshown.FLAT),
    ({"window": (1e6, 10.0)}, Unshown.FLAT),
    ({"PresentationLUTShape": "LIN OD"}, Unshown.SHAPE),
]


@pytest.mark.parametrize(("attributes", "line"), HIDING)
def test_what_would_show_nothing_is_left_out_with_a_line(
    tmp_path: Path, image: FileDataset, attributes: dict[str, Any], line: Unshown
) -> None:
    state, lines = state_of(tmp_path, make_presentation([image], **attributes), image)
    assert lines == (line,)
    assert state.inverse is None or line is Unshown.FLAT
    if line is Unshown.FLAT:
        assert state.voi is None


@pytest.mark.parametrize(
    ("item", "line"), [(short_lut(), Unshown.LUT), (lut_item(np.full(256, 9, np.uint16)), Unshown.FLAT)]
)
def test_a_presentation_lut_that_is_short_or_flat_is_left_out(
    tmp_path: Path, image: FileDataset, item: Dataset, line: Unshown
) -> None:
    state, lines = state_of(tmp_path, with_lut(image, item), image)
    assert (state.p_values, lines) == (None, (line,))
