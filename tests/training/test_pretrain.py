"""Pre-training: patches lie where they should, weights fit the whole-image network, the story is told."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError, UsageError
from tests.factories import make_breast
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import make_cache, without_graphs
from training.__main__ import main
from training.data.ddsm import read_ddsm
from training.fit import fit, start_record
from training.fitting.patches import cut_patch, draw_patch
from training.model import build_classifier
from training.pretrain import PretrainConfig, lesions_of, load_lesion_images, pretrain
from training.split import LeakError

COLUMNS = [
    "file",
    "patient_id",
    "laterality",
    "view",
    "cancer",
    "lesion_x0_px",
    "lesion_y0_px",
    "lesion_x1_px",
    "lesion_y1_px",
]
CONFIG = PretrainConfig(rows=128, columns=96, patch=32, epochs=1, batch=8)


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Ten films of ten women, mirrored in turn, each with one bright lesion in its box; one without a box."""
    rows = []
    for woman in range(10):
        side = "RL"[woman % 2]
        pixels = (make_breast(side, 320, 240, bits=8, seed=woman) * 0.7).astype(np.uint8)
        column = 150 if side == "R" else 60
        pixels[150:170, column : column + 24] = 255
        Image.fromarray(pixels).save(tmp_path / f"{woman}.png")
        rows.append([f"{woman}.png", f"w{woman}", side, "CC", 1, column, 150, column + 24, 170])
    rows.append(["0.png", "w0", "R", "CC", 0, "", "", "", ""])
    with (tmp_path / "manifest.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([COLUMNS, *rows])
    return tmp_path


def test_only_films_with_a_box_are_read(films: Path) -> None:
    rows = read_ddsm(films)
    assert len(rows) == 10
    assert rows[1].box_px == (150, 60, 170, 84)
    assert rows[1].row.patient_id == "ddsm/w1"


def test_a_table_without_boxes_is_refused_by_its_missing_columns(films: Path) -> None:
    (films / "manifest.csv").write_text("file,patient_id\n")
    with pytest.raises(InputRefusedError, match="lesion_x0_px"):
        read_ddsm(films)


def test_boxes_follow_the_crop_and_the_mirroring(films: Path) -> None:
    images = load_lesion_images(read_ddsm(films), CONFIG)
    for pixels, mask in zip(images.inputs, images.masks, strict=True):
        assert np.mean(pixels[mask == 1] == 255) > 0.75
        assert (pixels == 255).sum() <= 1.6 * mask.sum()


def test_positive_patches_hold_the_lesion_and_negative_ones_do_not(films: Path) -> None:
    images = load_lesion_images(read_ddsm(films), CONFIG)
    rng = np.random.default_rng(0)
    for index in range(10):
        positive = draw_patch(images, index, True, 32, rng)
        negative = draw_patch(images, index, False, 32, rng)
        assert (positive == 255).sum() > 30
        assert (negative == 255).sum() < 30


def test_a_patch_beyond_the_image_is_black_there() -> None:
    patch = cut_patch(np.full((50, 40), 9, np.uint8), 0, 0, 20)
    assert (patch[10:, 10:] == 9).all()
    assert not patch[:10].any()
    assert not patch[:, :10].any()


def test_its_weights_start_a_whole_image_network_and_tell_where_they_come_from(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with without_graphs():
        weights = pretrain(load_lesion_images(read_ddsm(films), CONFIG), CONFIG, out)
        model = build_classifier(rows=96, columns=64, weights=weights)
    assert weights.name == "patch.weights.h5"
    assert model.output_shape[1] == (None, 2)
    record = start_record(weights)
    assert record["pretraining"] == json.loads((out / "pretrain.json").read_text())
    assert [stage["patch"] for stage in record["pretraining"]["stages"]] == [32]
    assert record["pretraining"]["women"] == {"train": 8, "validation": 2}
    assert record["pretraining"]["source"] == "ddsm"
    assert record["earlier_epochs"] == 0


SMALL = PretrainConfig(patch=32, epochs=1, batch=8, base="small-resnet")


def test_any_cache_with_lesion_masks_can_be_trained_on_and_its_trunk_starts_a_fit(tmp_path: Path) -> None:
    cache = make_lesion_cache()
    mri = replace(cache, rows=tuple(replace(row, patient_id=f"mri/{row.patient_id}") for row in cache.rows))
    with without_graphs():
        weights = pretrain(lesions_of(mri), SMALL, tmp_path / "mri")
        told = ["start.kind=trunk", f"start.file='{weights}'", "model.filters=[16, 32, 64]", "stopping.epochs=1"]
        fit(cache, tiny("small-resnet", *told), tmp_path / "run")
    start = json.loads((tmp_path / "run" / "start.json").read_text())
    assert start["kind"] == "trunk"
    assert start["pretraining"]["source"] == "drawn"


def test_weights_that_saw_the_test_women_as_patches_are_refused(tmp_path: Path) -> None:
    cache = make_lesion_cache()
    with without_graphs():
        weights = pretrain(lesions_of(cache), SMALL, tmp_path / "patches")
    told = ["start.kind=trunk", f"start.file='{weights}'", "model.filters=[16, 32, 64]"]
    with pytest.raises(LeakError, match="the weights saw her"):
        fit(cache, tiny("small-resnet", *told), tmp_path / "run")


def test_images_of_unknown_women_are_trained_on_and_choose_nothing(tmp_path: Path) -> None:
    cache = make_lesion_cache()
    unknown = replace(cache, rows=tuple(replace(row, woman_known=False) for row in cache.rows))
    with without_graphs():
        weights = pretrain(lesions_of(unknown), replace(SMALL, epochs=2), tmp_path / "run")
    assert weights.is_file()
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [record["validation_auroc"] for record in history] == [None, None]
    told = json.loads((tmp_path / "run" / "pretrain.json").read_text())
    assert told["women"]["validation"] == 0


def test_a_cache_without_lesions_is_refused() -> None:
    with pytest.raises(UsageError, match="no lesion masks"):
        lesions_of(make_cache(women=4))


def test_a_cache_or_films_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrain", "--out", str(tmp_path)]) == 2
    assert "give either a cache or --ddsm FOLDER" in capsys.readouterr().err
