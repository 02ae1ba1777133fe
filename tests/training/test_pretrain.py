"""Pre-training: patches lie where they should, weights fit the whole-image network, the story is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError
from tests.factories import make_breast
from tests.training.runs import without_graphs
from training.data.ddsm import read_ddsm
from training.fit import start_record
from training.model import build_classifier
from training.pretrain import PretrainConfig, cut_patch, draw_patch, load_lesion_images, pretrain

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
CONFIG = PretrainConfig(rows=128, columns=96, patch=32, epochs=1, batch=4)


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
    for pixels, (row0, column0, row1, column1) in zip(images.inputs, images.boxes, strict=True):
        inside = pixels[round(row0) + 1 : round(row1) - 1, round(column0) + 1 : round(column1) - 1]
        assert np.median(inside) == 255
        assert (pixels == 255).sum() <= 1.6 * (row1 - row0) * (column1 - column0)


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
        weights = pretrain(read_ddsm(films), CONFIG, out)
        model = build_classifier(rows=96, columns=64, weights=weights)
    assert model.output_shape[1] == (None, 2)
    story = start_record(weights)["pretraining"]
    assert story == json.loads((out / "pretrain.json").read_text())
    assert [stage["patch"] for stage in story["stages"]] == [32]
    assert story["women"] == {"train": 8, "validation": 2}
