"""Pre-training: patches lie where they should, weights fit the whole-image network, the story is told."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError, UsageError
from tests.factories import make_breast
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import make_cache, without_graphs
from training.__main__ import main
from training.cache import InputCache, LesionMasks
from training.data.ddsm import read_ddsm
from training.fit import fit, start_record
from training.fitting.patches import cut_patch, draw_patch
from training.models.network import build_network
from training.models.weights import load_weights
from training.patches import PAIRS, with_room
from training.pretrain import PretrainConfig, lesions_of, load_lesion_images, pretrain
from training.split import LeakError
from training.systems import load_system

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
    assert rows[1].box_px == (150.0, 60.0, 170.0, 84.0)
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
    config = replace(CONFIG, base="small-resnet")
    with without_graphs():
        weights = pretrain(load_lesion_images(read_ddsm(films), config), config, out)
    network = build_network(load_system("small-resnet"), 96, 64)
    before = network.get_layer("stem_conv").get_weights()[0]
    load_weights(network, weights)
    assert weights.name == "patch.weights.h5"
    assert not np.array_equal(network.get_layer("stem_conv").get_weights()[0], before)
    record = start_record(weights)
    assert record["pretraining"] == json.loads((out / "pretrain.json").read_text())
    assert [stage["patch"] for stage in record["pretraining"]["stages"]] == [32]
    assert record["pretraining"]["women"] == {"train": 8, "validation": 2}
    assert record["pretraining"]["source"] == "ddsm"
    assert record["earlier_epochs"] == 0


SMALL = PretrainConfig(patch=32, epochs=1, batch=16, base="cnn-64")


def lesion_cache(*, women: int = 24) -> InputCache:
    """The drawn cache, three times as large: its lesions leave room for a patch beside them."""
    cache = make_lesion_cache(women=women)
    every = range(len(cache.rows))
    inputs, masks = (array.repeat(3, axis=1).repeat(3, axis=2) for array in (cache.inputs, cache.masks(every)))
    packed = np.packbits(masks.reshape(len(masks), -1), axis=1)
    return replace(cache, inputs=inputs, lesions=LesionMasks(packed, np.arange(len(masks))))


def renamed(cache: InputCache, source: str, **changes: Any) -> InputCache:
    """The same pictures of other women, of another set."""
    return replace(
        cache,
        rows=tuple(
            replace(row, patient_id=f"{source}/{row.patient_id}", source=source, **changes) for row in cache.rows
        ),
    )


def test_any_cache_with_lesion_masks_can_be_trained_on_and_its_trunk_starts_a_fit(tmp_path: Path) -> None:
    cache = lesion_cache()
    mri = renamed(cache, "mri", modality="mri")
    with without_graphs():
        weights = pretrain(lesions_of(mri), SMALL, tmp_path / "mri")
        told = ["start.kind=trunk", f"start.file='{weights}'", "stopping.epochs=1"]
        fit(cache, tiny("cnn-64", *told, trunk=False), tmp_path / "run")
    start = json.loads((tmp_path / "run" / "start.json").read_text())
    assert start["kind"] == "trunk"
    assert start["pretraining"]["source"] == "mri"
    assert start["pretraining"]["modalities"] == ["mri"]


def test_weights_that_saw_the_test_women_as_patches_are_refused(tmp_path: Path) -> None:
    cache = lesion_cache()
    with without_graphs():
        weights = pretrain(lesions_of(cache), SMALL, tmp_path / "patches")
    told = ["start.kind=trunk", f"start.file='{weights}'"]
    with pytest.raises(LeakError, match="the weights saw her"):
        fit(cache, tiny("cnn-64", *told, trunk=False), tmp_path / "run")


def test_images_of_unknown_women_are_trained_on_and_choose_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = lesion_cache()
    unknown = renamed(cache, "mri", woman_known=False)
    with without_graphs():
        weights = pretrain(lesions_of(unknown), replace(SMALL, epochs=2), tmp_path / "run")
    assert "36 of 36 images do not say whom they show" in capsys.readouterr().err
    assert weights.is_file()
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [record["validation_patch_auroc"] for record in history] == [None, None]
    told = json.loads((tmp_path / "run" / "pretrain.json").read_text())
    assert told["women"] == {"train": 0, "validation": 0}
    assert told["images_of_unknown_women"] == 36
    assert "validation" not in told


def test_a_cache_without_lesions_is_refused() -> None:
    with pytest.raises(UsageError, match="no lesion masks"):
        lesions_of(make_cache(women=4))


def test_a_cache_or_films_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrain", "--out", str(tmp_path)]) == 2
    assert "give either a cache or --ddsm FOLDER" in capsys.readouterr().err


def test_what_is_held_back_is_told_with_its_interval_its_unit_and_what_it_must_beat(tmp_path: Path) -> None:
    with without_graphs():
        pretrain(lesions_of(lesion_cache()), SMALL, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "pretrain.json").read_text())
    held = told["validation"]
    assert (held["unit"], held["women"], held["images"]) == ("patch", told["women"]["validation"], 6)
    assert held["patches"] == 2 * PAIRS * 6
    assert held["auroc"]["low"] <= held["auroc"]["value"] <= held["auroc"]["high"]
    assert held["mean_grey_auroc"]["value"] > 0.9


def test_the_size_of_the_inputs_is_the_cache_s_and_the_network_the_system_s(tmp_path: Path) -> None:
    with without_graphs():
        pretrain(lesions_of(lesion_cache(women=8)), SMALL, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "pretrain.json").read_text())["config"]
    assert (told["rows"], told["columns"], told["dropout"]) == (96, 96, 0.3)
    assert PretrainConfig(base="efficientnetv2-b1-roi").system().model.family == "B1"
    assert PretrainConfig(base="small-resnet").system().model.dropout == 0.2
    assert PretrainConfig(base="small-resnet", family="B2", dropout=0.1).system().model.dropout == 0.1


def test_patches_larger_than_the_inputs_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="patches of 97 pixels do not fit into inputs of 96 x 96"):
        pretrain(lesions_of(lesion_cache(women=4)), replace(SMALL, patch=97), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_image_without_room_beside_its_lesion_is_left_out(tmp_path: Path) -> None:
    cache = lesion_cache(women=8)
    images = lesions_of(cache)
    images.masks[0, ::8, ::8] = 1
    assert len(with_room(images, 32, seed=1).rows) == len(images.rows) - 1
    images.masks[:, ::8, ::8] = 1
    with pytest.raises(UsageError, match="no image has room"):
        with_room(images, 32, seed=1)


def test_a_lesion_outside_of_its_input_is_not_drawn() -> None:
    cache = lesion_cache(women=8)
    assert cache.lesions is not None
    cache.lesions.packed[2] = 0
    assert len(lesions_of(cache).rows) == sum(bool(row.lesions) for row in cache.rows) - 1


def test_the_women_of_a_run_stay_as_they_were_when_another_is_refused(tmp_path: Path) -> None:
    cache = lesion_cache(women=8)
    with without_graphs():
        pretrain(lesions_of(cache), SMALL, tmp_path / "run")
    before = (tmp_path / "run" / "split.json").read_bytes()
    with pytest.raises(UsageError, match="holds another run"):
        pretrain(lesions_of(renamed(cache, "other")), SMALL, tmp_path / "run")
    assert (tmp_path / "run" / "split.json").read_bytes() == before


def test_a_second_stage_may_not_hold_back_women_whom_the_first_was_fitted_on(tmp_path: Path) -> None:
    images = lesions_of(lesion_cache(women=16))
    with without_graphs():
        weights = pretrain(images, SMALL, tmp_path / "first")
    second = replace(SMALL, weights=str(weights), batch=8)
    with pytest.raises(LeakError, match="were trained on by the weights"):
        pretrain(images, replace(second, seed=2), tmp_path / "second")
    with without_graphs():
        pretrain(images, second, tmp_path / "second")
    told = json.loads((tmp_path / "second" / "pretrain.json").read_text())
    assert [stage["patch"] for stage in told["stages"]] == [32, 32]


def test_a_cache_has_its_own_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrain", str(tmp_path), "--rows", "416", "--out", str(tmp_path / "run")]) == 2
    assert "--rows and --columns go with --ddsm" in capsys.readouterr().err
