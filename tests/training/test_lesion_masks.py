"""Lesions on the grid of the inputs, and inputs of crops: the same place and the same greys as in the whole image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.breast import find_breast
from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.dicom.reader import read_file
from mammoview.inference.preprocess import PreprocessParams, preprocess
from tests.factories import make_breast, write_mammogram
from tests.training.layouts import box_mask, write_film
from training.cache import InputCache, LesionMasks, prepare
from training.data.crops import lesion_rows, square
from training.data.notes import Notes
from training.data.table import ImageRow, Lesion
from training.lesion_crop import crop_input
from training.lesion_masks import lesion_mask
from training.pictures import read_picture

ROWS, COLUMNS = 240, 180
PARAMS = PreprocessParams(rows=96, columns=64)
SMOOTH = PreprocessParams(rows=64, columns=64)


def spotted(side: str, row: int, column: int, radius: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """A breast with a disc of highest density, and where it is."""
    pixels = make_breast(side, ROWS, COLUMNS, bits=8, specks=0)
    down, across = np.ogrid[:ROWS, :COLUMNS]
    inside = np.hypot(down - row, across - column) <= radius
    pixels[inside] = 255
    return pixels, inside


def overlap(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Intersection over union."""
    return float((one.astype(bool) & other.astype(bool)).sum() / (one.astype(bool) | other.astype(bool)).sum())


def whole_input(path: Path, params: PreprocessParams) -> tuple[NDArray[np.float32], Any]:
    made = preprocess(read_picture(path), params)
    return made.pixels[..., 0], made.crop


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize(("side", "column"), [("L", 50), ("R", 130)])
@pytest.mark.parametrize("told", ["mask", "box", "circle"])
def test_a_lesion_lies_where_the_input_shows_it(tmp_path: Path, side: str, column: int, told: str, fit: str) -> None:
    pixels, inside = spotted(side, 110, column, 20)
    if told == "box":
        inside = box_mask(ROWS, COLUMNS, (90, column - 20, 131, column + 21)) > 0
        pixels[inside] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray((inside * 76).astype(np.uint8)).save(tmp_path / "m.png")
    lesion = {
        "mask": Lesion(mask=tmp_path / "m.png"),
        "box": Lesion(box_px=(90, column - 20, 131, column + 21)),
        "circle": Lesion(circle_px=(110, column, 20)),
    }[told]
    shown, crop = whole_input(tmp_path / "a.png", PreprocessParams(rows=96, columns=64, fit=fit))
    found = lesion_mask([lesion], crop)
    assert overlap(found, shown > 0.99) > 0.85


def test_lesions_are_united(tmp_path: Path) -> None:
    _, crop = whole_input(write_film(tmp_path / "a.png", rows=ROWS, columns=COLUMNS), PARAMS)
    lesions = [Lesion(circle_px=(90, 40, 9)), Lesion(circle_px=(150, 60, 9))]
    each = [lesion_mask([lesion], crop) for lesion in lesions]
    np.testing.assert_array_equal(lesion_mask(lesions, crop), np.maximum(*each))


def test_a_lesion_smaller_than_an_input_pixel_stays(tmp_path: Path) -> None:
    _, crop = whole_input(write_film(tmp_path / "a.png", rows=ROWS, columns=COLUMNS), PreprocessParams(32, 32))
    assert lesion_mask([Lesion(box_px=(100, 40, 101, 41))], crop).sum() == 1
    assert lesion_mask([Lesion(box_px=(0, 179, 1, 180))], crop).sum() == 0  # beyond the crop


def test_a_mask_of_another_size_but_the_same_aspect_is_stretched(tmp_path: Path) -> None:
    _, crop = whole_input(write_film(tmp_path / "a.png", rows=ROWS, columns=COLUMNS), PARAMS)
    Image.fromarray(box_mask(ROWS // 2, COLUMNS // 2, (40, 10, 60, 30))).save(tmp_path / "half.png")
    found = lesion_mask([Lesion(mask=tmp_path / "half.png")], crop)
    np.testing.assert_array_equal(found, lesion_mask([Lesion(box_px=(80, 20, 120, 60))], crop))


@pytest.mark.parametrize(
    ("shape", "box", "why"), [((ROWS, 99), (1, 1, 9, 9), "another aspect"), ((ROWS, COLUMNS), (0, 0, 0, 0), "is empty")]
)
def test_an_image_whose_mask_cannot_be_used_stays_without_lesions_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shape: tuple[int, int], box: tuple[int, int, int, int], why: str
) -> None:
    Image.fromarray(box_mask(*shape, box)).save(tmp_path / "m.png")
    row = image_row(write_film(tmp_path / "a.png", rows=ROWS, columns=COLUMNS), Lesion(mask=tmp_path / "m.png"))
    cache = prepare([row], tmp_path / "out", params_json=PARAMS.to_json())
    assert not cache.has_mask()[0]
    assert why in capsys.readouterr().err


def image_row(file: Path, *lesions: Lesion, crop: tuple[float, float, float, float] | None = None) -> ImageRow:
    return ImageRow(
        file=file, patient_id="1", laterality="L", view="CC", label=0, source="", lesions=lesions, crop_px=crop
    )


def test_masks_are_given_by_index_in_any_order_and_0_where_none_is_told() -> None:
    truth = np.random.default_rng(0).integers(0, 2, (2, 5, 3), np.uint8)
    packed = np.stack([np.packbits(mask) for mask in truth])
    inputs = np.zeros((3, 5, 3), np.uint8)
    cache = InputCache(inputs, (), {}, "", LesionMasks(packed, np.array([1, -1, 0])))
    np.testing.assert_array_equal(cache.masks([2, 0, 1, 2]), [truth[0], truth[1], inputs[0], truth[0]])
    assert cache.has_mask().tolist() == [True, False, True]


def test_the_cache_keeps_masks_with_their_rows(tmp_path: Path) -> None:
    files = [write_film(tmp_path / f"{seed}.png", rows=ROWS, columns=COLUMNS, seed=seed) for seed in range(3)]
    lesions = [Lesion(circle_px=(90, 40, 9)), Lesion(box_px=(120, 30, 150, 60))]
    rows = [image_row(files[0], lesions[0]), image_row(files[1]), image_row(files[2], lesions[1])]
    cache = prepare(rows, tmp_path / "out", params_json=PARAMS.to_json())
    for index, lesion in ((2, lesions[1]), (0, lesions[0])):
        _, crop = whole_input(files[index], PARAMS)
        np.testing.assert_array_equal(cache.masks([index])[0], lesion_mask([lesion], crop))
    assert not cache.masks([1]).any()


def image_of(folder: Path, **options: Any) -> MammoImage:
    return read_file(write_mammogram(folder / "a.dcm", "R", rows=ROWS, columns=COLUMNS, **options))


def test_a_crop_has_the_greys_of_the_whole_breast(tmp_path: Path) -> None:
    image = image_of(tmp_path)
    region = find_breast(image)
    box = region.box
    made = crop_input(image, SMOOTH, (box.row0, box.column0, box.row1, box.column1))
    whole = preprocess(image, SMOOTH).pixels
    inside = (whole > 0.05) & (made.pixels > 0.05)
    assert np.abs(made.pixels - whole)[inside].mean() < 0.03
    part = crop_input(image, SMOOTH, (110, 130, 130, 150)).pixels
    assert part.std() < 0.1  # a small even part is not spread over all greys


def test_a_crop_of_a_monochrome1_twin_is_the_same(tmp_path: Path) -> None:
    crop = (100.0, 110.0, 140.0, 150.0)
    plain = crop_input(image_of(tmp_path), SMOOTH, crop).pixels
    twin = crop_input(image_of(tmp_path, photometric="MONOCHROME1"), SMOOTH, crop).pixels
    assert plain.max() > 0.3
    np.testing.assert_allclose(plain, twin, atol=1e-5)


def test_a_crop_is_0_beyond_the_image_and_laid_as_the_whole(tmp_path: Path) -> None:
    pixels = crop_input(image_of(tmp_path), SMOOTH, (80, COLUMNS - 40, 160, COLUMNS + 40)).pixels[..., 0]
    assert not pixels[:, :31].any()  # the chest wall of a right breast is laid to the left, and beyond it is nothing
    assert (pixels[:, 33:] > 0).all()


def test_a_lesion_lies_in_its_crop(tmp_path: Path) -> None:
    pixels, _ = spotted("R", 110, 130, 20)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    lesion = Lesion(circle_px=(110, 130, 20))
    row = lesion_rows([image_row(tmp_path / "a.png", lesion)], Notes())[0]
    cache = prepare([row], tmp_path / "out", params_json=SMOOTH.to_json())
    assert overlap(cache.masks([0])[0], cache.inputs[0] > 250) > 0.9


def test_a_picture_that_is_the_crop_is_not_turned(tmp_path: Path) -> None:
    image = read_picture(write_film(tmp_path / "a.png", "R", rows=ROWS, columns=COLUMNS))
    pixels = crop_input(image, SMOOTH, (0, 0, ROWS, COLUMNS)).pixels[..., 0]
    assert pixels[:, -8:].mean() > 0.3 > pixels[:, :8].mean()


def test_a_picture_that_is_the_crop_is_not_masked_and_has_its_own_greys(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(60, 120, 80).astype(np.uint8), (80, 1))
    Image.fromarray(ramp).save(tmp_path / "a.png")
    pixels = crop_input(read_picture(tmp_path / "a.png"), SMOOTH, (0, 0, 80, 80)).pixels[..., 0]
    assert (np.diff(pixels.mean(axis=0)) >= 0).all()
    assert (pixels[:, 0].max(), pixels[:, -1].min()) == (0, 1)


def test_the_square_around_a_lesion_is_one_and_a_half_times_its_longer_side() -> None:
    assert square((100, 100, 140, 120)) == (90, 80, 150, 140)
    assert square((100, 100, 102, 102)) == (85, 85, 117, 117)


def test_images_without_a_lesion_give_no_crop_and_are_named(tmp_path: Path) -> None:
    notes = Notes()
    Image.fromarray(box_mask(9, 9, (0, 0, 0, 0))).save(tmp_path / "m.png")
    rows = [image_row(tmp_path / "a.png"), image_row(tmp_path / "b.png", Lesion(mask=tmp_path / "m.png"))]
    assert lesion_rows(rows, notes) == ()
    assert [one.why for one in notes.left_out] == ["no lesion to crop", "a mask that cannot be read: an empty mask"]


def test_a_crop_takes_label_and_diagnosis_of_its_lesion_and_else_of_the_image() -> None:
    row = replace(image_row(Path("a")), label=1, diagnosis="malignant")
    lesions = (Lesion(pathology="benign", box_px=(1, 2, 3, 4)), Lesion(circle_px=(5, 5, 2)))
    found = lesion_rows([replace(row, lesions=lesions)], Notes())
    assert [(one.label, one.diagnosis) for one in found] == [(0, "benign"), (1, "malignant")]


def test_a_pgm_that_says_it_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5\n99999999 99999999\n255\nabc")
    with pytest.raises(InputRefusedError, match="is not a readable PGM picture: Image size"):
        read_picture(tmp_path / "a.pgm")


def test_a_pgm_is_read_as_the_same_picture_in_png(tmp_path: Path) -> None:
    pixels = make_breast("L", ROWS, COLUMNS, bits=8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels).save(tmp_path / "a.pgm", format="PPM")
    np.testing.assert_array_equal(
        preprocess(read_picture(tmp_path / "a.pgm"), PARAMS).pixels,
        preprocess(read_picture(tmp_path / "a.png"), PARAMS).pixels,
    )
