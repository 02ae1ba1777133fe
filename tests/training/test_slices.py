"""Slices of MRI in a cache are whole, neither cut nor mirrored; mammograms beside them as the application has them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import BundleError, InputRefusedError
from mammoview.dicom.reader import read_file
from mammoview.inference.preprocess import PreprocessParams, preprocess
from tests.factories import write_mammogram
from tests.training.layouts import write_csv, write_film
from training.__main__ import main
from training.cache import CROP_ID, WHOLE_ID, InputCache, load, prepare
from training.data.table import ImageRow, Lesion
from training.explanations.subjects import mm_of_input
from training.report.gallery import inputs_of_files
from training.slices import application_params

PARAMS = PreprocessParams(rows=64, columns=48)
SIZE = 120
LESION = (80, 90)
"""Where the lesion of a slice lies, in its right breast; the left one is the larger body."""


def write_slice(path: Path, *, seed: int = 0) -> Path:
    """Two breasts in air, the smaller one with a bright lesion, 8 bits."""
    down, across = np.ogrid[:SIZE, :SIZE]
    pixels = np.random.default_rng(seed).integers(0, 4, (SIZE, SIZE)).astype(np.uint8)
    pixels[np.hypot(down - 60, across - 30) < 26] = 90 + seed
    pixels[np.hypot(down - LESION[0], across - LESION[1]) < 14] = 60
    pixels[np.hypot(down - LESION[0], across - LESION[1]) < 6] = 250
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def slice_row(folder: Path, seed: int = 0, **changes: Any) -> ImageRow:
    row = ImageRow(
        file=write_slice(folder / f"slice{seed}.png", seed=seed),
        patient_id=f"s{seed}",
        laterality="R",
        view="",
        label=seed % 2,
        source="mri",
        modality="mri",
        lesions=(Lesion(circle_px=(*LESION, 6)),),
    )
    return replace(row, **changes)


def film_row(folder: Path, seed: int = 0) -> ImageRow:
    file = write_film(folder / f"film{seed}.png", "LR"[seed % 2], seed=seed)
    return ImageRow(
        file=file, patient_id=f"f{seed}", laterality="LR"[seed % 2], view="CC", label=seed % 2, source="films"
    )


def made(rows: list[ImageRow], out: Path, params: PreprocessParams = PARAMS) -> InputCache:
    return prepare(rows, out, params_json=params.to_json())


def places(shown: NDArray[Any]) -> tuple[float, float, int, int]:
    """The middle of what is shown, and how many rows and columns it takes."""
    rows, columns = np.nonzero(shown)
    return float(rows.mean()), float(columns.mean()), np.ptp(rows) + 1, np.ptp(columns) + 1


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
def test_a_slice_is_shown_whole_upright_and_in_its_aspect(tmp_path: Path, fit: str) -> None:
    cache = made([slice_row(tmp_path)], tmp_path / "out", replace(PARAMS, fit=fit))
    scale = 48 / SIZE
    row, column, high, wide = places(cache.inputs[0] > 240)
    assert (row, column) == pytest.approx((LESION[0] * scale + 8, LESION[1] * scale), abs=1)  # padded above and below
    assert abs(high - wide) <= 1
    assert places(cache.inputs[0] > 60)[1] < 24  # the larger breast stays at the left: nothing is mirrored
    assert not cache.inputs[0, :8].any() and not cache.inputs[0, 56:].any()


def test_the_lesion_of_a_slice_lies_where_its_input_shows_it(tmp_path: Path) -> None:
    cache = made([slice_row(tmp_path)], tmp_path / "out")
    shown, told = cache.inputs[0] > 240, cache.masks([0])[0] > 0
    assert (shown & told).sum() / (shown | told).sum() > 0.7


def test_a_mammogram_is_what_the_application_makes_of_it_also_beside_slices(tmp_path: Path) -> None:
    films = [film_row(tmp_path, seed) for seed in range(3)]
    alone, mixed = made(films, tmp_path / "alone"), made([*films, slice_row(tmp_path)], tmp_path / "mixed")
    np.testing.assert_array_equal(mixed.inputs[:3], alone.inputs)
    for row, pixels in zip(films, alone.inputs, strict=True):
        own = preprocess(read_file(row.file), PARAMS).pixels[..., 0]
        np.testing.assert_array_equal(pixels, np.round(own * 255).astype(np.uint8))
    assert alone.preprocess == PARAMS.to_json()
    assert mixed.preprocess == {**PARAMS.to_json(), "slices": WHOLE_ID}
    assert mixed.preprocess_hash == alone.preprocess_hash == PARAMS.hash
    assert "code_of_slices" not in (tmp_path / "alone" / "cache.json").read_text()


def test_a_cache_of_slices_says_how_they_were_made(tmp_path: Path) -> None:
    cache = made([slice_row(tmp_path)], tmp_path / "out")
    assert cache.preprocess["id"] == WHOLE_ID
    assert cache.preprocess["params"]["fit"] == "letterbox"
    assert cache.preprocess_hash != PARAMS.hash
    assert application_params(cache.preprocess) == replace(PARAMS, fit="letterbox")
    with pytest.raises(BundleError, match="whole-picture"):
        PreprocessParams.from_json(cache.preprocess)


def test_a_file_that_says_mr_itself_is_taken_whole_whatever_the_table_says(tmp_path: Path) -> None:
    row = film_row(tmp_path)
    file = write_mammogram(tmp_path / "a.dcm", "R", Modality="MR")
    cache = made([replace(row, file=file)], tmp_path / "out")
    assert (cache.rows[0].modality, cache.preprocess["id"]) == ("mri", WHOLE_ID)
    before = (tmp_path / "out" / "cache.json").read_bytes()
    made([replace(row, file=file)], tmp_path / "out")
    assert (tmp_path / "out" / "cache.json").read_bytes() == before


def test_slices_that_were_cut_as_mammograms_are_stale(tmp_path: Path) -> None:
    made([film_row(tmp_path)], tmp_path / "out")
    table = tmp_path / "out" / "rows.json"
    table.write_text(table.read_text().replace('"modality": "mammogram"', '"modality": "mri"'))
    with pytest.raises(InputRefusedError, match="stale: its slices of MRI were cut as mammograms are"):
        load(tmp_path / "out")


def test_other_code_for_slices_makes_caches_of_slices_stale_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made([film_row(tmp_path)], tmp_path / "films")
    made([slice_row(tmp_path)], tmp_path / "slices")
    monkeypatch.setattr("training.cache.slices_hash", lambda: "0123456789abcdef")
    assert len(load(tmp_path / "films").rows) == 1
    with pytest.raises(InputRefusedError, match="stale: the code"):
        load(tmp_path / "slices")


def test_a_crop_of_a_slice_shows_all_of_it_in_the_greys_of_the_slice(tmp_path: Path) -> None:
    box = (LESION[0] - 12.0, LESION[1] - 12.0, LESION[0] + 12.0, LESION[1] + 12.0)
    params = PreprocessParams(rows=48, columns=48)
    cache = made([slice_row(tmp_path, crop_px=box)], tmp_path / "out", params)
    assert (cache.preprocess["id"], cache.preprocess["slices"]) == (CROP_ID, WHOLE_ID)
    assert places(cache.inputs[0] > 240)[:2] == pytest.approx((24, 24), abs=1)
    assert cache.inputs[0, 24, 4] == pytest.approx(60 / 250 * 255, abs=12)


def test_the_command_says_that_slices_were_taken_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, name in enumerate(("benign/P1_1", "malignant/P2_1")):
        write_slice(tmp_path / "MRI" / f"{name}.png", seed=seed)
    assert main(["prepare", str(tmp_path / "MRI"), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert "2 of them are slices of MRI: taken whole and padded to the aspect, no breast was looked for" in said


def test_the_modality_of_a_table_is_gone_by(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_slice(tmp_path / "a.png")
    record = {"file": "a.png", "patient_id": "1", "label": "1", "modality": "MRI"}
    path = write_csv(tmp_path / "own.csv", ("file", "patient_id", "label", "modality"), [record])
    assert main(["prepare", str(path), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0
    assert "1 of them are slices of MRI" in capsys.readouterr().out


def test_a_report_without_the_cache_makes_the_same_inputs_of_slices(tmp_path: Path) -> None:
    row = slice_row(tmp_path)
    cache = made([row], tmp_path / "out")
    found = inputs_of_files(json.loads(json.dumps(cache.preprocess)))(row)
    assert found is not None
    np.testing.assert_array_equal(np.round(found[..., 0] * 255).astype(np.uint8), cache.inputs[0])


def test_millimetres_of_an_input_pixel_are_those_of_the_whole_slice(tmp_path: Path) -> None:
    file = write_mammogram(
        tmp_path / "a.dcm", rows=128, columns=96, Modality="MR", spacing_mm=None, PixelSpacing=[0.5, 0.5]
    )
    cache = made([replace(film_row(tmp_path), file=file)], tmp_path / "out")
    assert mm_of_input(cache.rows[0], cache.preprocess) == pytest.approx((1.0, 1.0))
