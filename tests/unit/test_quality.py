"""The gate: what the model may not judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from mammoview.core.breast import find_breast
from mammoview.core.geometry import Spacing
from mammoview.core.study import Laterality, View, ViewModifier
from mammoview.inference.quality import refusal
from tests.bundles import breast_pixels, make_breast, make_image


def _refusal(pixels: Any, **header: Any) -> str | None:
    image = make_image(pixels, **header)
    return refusal(image, find_breast(image))


def _read(path: Path, turns: int = 0) -> Any:
    with Image.open(path) as picture:
        return np.rot90(np.asarray(picture.convert("L")), turns)


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("bits", [8, 12, 14])
def test_a_mammogram_passes(bits: int, right: bool, inverse: bool) -> None:
    assert _refusal(breast_pixels(bits=bits, right=right, inverse=inverse), bits=bits, inverse=inverse) is None


@pytest.mark.parametrize("modality", ["", "MG", "RG", "OT", "SC"])
def test_films_and_plain_pictures_are_judged_by_their_pixels(modality: str) -> None:
    assert _refusal(breast_pixels(), modality=modality) is None


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"modality": "CT"}, "not a mammogram"),
        ({"modality": "MR"}, "not a mammogram"),
        ({"modality": "CR"}, "not a mammogram"),
        ({"presentation_intent": "FOR PROCESSING"}, "For Processing"),
        ({"view_modifiers": (ViewModifier.SPOT,)}, "spot"),
        ({"view_modifiers": (ViewModifier.ROLLED_LATERAL, ViewModifier.MAGNIFICATION)}, "magnification"),
        ({"view_modifiers": (ViewModifier.IMPLANT_DISPLACED,)}, "implant"),
        ({"spacing": Spacing(0.05, 0.05, "imager", 1.8)}, "magnification"),
        ({"view_modifiers": (ViewModifier.AXILLARY_TISSUE,)}, "axillary"),
        ({"view": View.CV}, "cleavage"),
        ({"view": View.AT}, "axillary"),
        ({"view": View.TAN}, "tangential"),
        ({"view": View.SPECIMEN}, "specimen"),
        ({"implant": True}, "implant"),
        ({"partial_view": True}, "partial"),
        ({"quality_control": True}, "quality-control"),
        ({"study_description": "Weekly ACR phantom"}, "quality-control"),
        (
            {
                "sop_class_uid": "1.2.840.10008.5.1.4.1.1.7",
                "laterality": Laterality.UNKNOWN,
                "modality": "OT",
            },
            "secondary capture",
        ),
        ({"frames": 40}, "frames"),
        ({"sop_class_uid": "1.2.840.10008.5.1.4.1.1.13.1.3"}, "tomosynthesis"),
    ],
)
def test_headers_that_say_no(header: dict[str, Any], words: str) -> None:
    reason = _refusal(breast_pixels(), **header)
    assert reason is not None
    assert words in reason


def test_contact_views_with_a_small_magnification_factor_pass() -> None:
    assert _refusal(breast_pixels(), spacing=Spacing(0.09, 0.09, "imager", 1.07)) is None


def test_a_secondary_capture_that_names_its_side_is_judged_by_its_pixels() -> None:
    assert _refusal(breast_pixels(), sop_class_uid="1.2.840.10008.5.1.4.1.1.7", modality="OT") is None


def _disc() -> Any:
    down, across = np.mgrid[-200:200, -150:150]
    return np.where(np.hypot(down, across) < 100, 2000 + 5 * down, 50).astype(np.uint16)


_NOISE = np.random.default_rng(0).integers(0, 4096, (400, 300)).astype(np.uint16)
_PLATE = np.pad(_NOISE[:200, :150] // 4 + 2000, ((100, 100), (0, 150)))


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((400, 300), np.uint16), "blank"),
        (np.full((400, 300), 4095, np.uint16), "blank"),
        (_NOISE, "fills the whole image"),
        (breast_pixels()[:40, :40].copy(), "too small"),
        (_disc(), "no chest wall"),
        (_PLATE, "rectangle"),
        (np.rot90(breast_pixels()).copy(), "turned"),
        (np.rot90(breast_pixels(), 3).copy(), "turned"),
        (np.pad(breast_pixels(), ((0, 2400), (0, 1900))), "too little"),
        (breast_pixels(240, 480), "turned"),  # reaches farther from the wall than it is long
    ],
)
def test_pixels_that_say_no(pixels: Any, words: str) -> None:
    reason = _refusal(pixels)
    assert reason is not None
    assert words in reason


def test_a_saturated_breast_is_refused() -> None:
    pixels = np.where(breast_pixels() > 600, 4095, 40).astype(np.uint16)
    assert _refusal(pixels) == "most of the breast is saturated"


@pytest.mark.parametrize(("air", "words"), [(0.0, None), (0.05, "not even")])
def test_what_is_as_rough_as_no_film_must_lie_in_even_air(air: float, words: str | None) -> None:
    mottle = np.asarray(cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, (384, 300)), (0, 0), 3), np.float64)
    mottle /= mottle.std()
    inside = breast_pixels(384, 300) > 200
    pixels = np.where(inside, 0.5 + 0.14 * mottle, 0.06 + air * 0.3 * mottle)
    reason = _refusal(np.asarray(np.clip(pixels, 0, 1) * 4095, np.uint16))
    assert reason is None if words is None else reason is not None and words in reason


def test_a_breast_turned_upside_down_still_passes() -> None:
    assert _refusal(np.rot90(breast_pixels(), 2).copy()) is None


def test_real_mammograms_pass(shared_data: Path) -> None:
    files = sorted((shared_data / "rsna-subset" / "images").glob("*.jpg"))[::50]
    refused = [path.name for path in files if _refusal(_read(path), bits=8)]
    assert len(refused) <= 0.02 * len(files), refused
    four = sorted((shared_data / "four-view-8bit").glob("*.png"))
    assert [path.name for path in four if _refusal(_read(path), bits=8, modality="")] == []


def test_real_mammograms_turned_by_90_degrees_are_refused(shared_data: Path) -> None:
    files = sorted((shared_data / "rsna-subset" / "images").glob("*.jpg"))[::100]
    passed = [path.name for path in files if _refusal(_read(path, 1), bits=8) is None]
    assert len(passed) <= 0.1 * len(files), passed


def test_mri_slices_are_refused_by_their_pixels(shared_data: Path) -> None:
    files = sorted((shared_data / "mri-sample" / "images").glob("*.png"))
    passed = [path.name for path in files if _refusal(_read(path), bits=8, modality="OT") is None]
    assert len(passed) <= 0.05 * len(files), passed


def test_make_breast_is_a_mammogram() -> None:
    image = make_breast(seed=3)
    assert refusal(image, find_breast(image)) is None
