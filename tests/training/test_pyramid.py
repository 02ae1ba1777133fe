"""The feature pyramid: what it sees of contrast, where its map lies, and what it pools by that map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import receptive_field
from training.explanations.gradients import Explainer
from training.models.network import build_network, output_names
from training.models.pyramid import STRIDE, lesion_map, local_contrast, pooled_places
from training.models.trunks import FEATURES_LAYER
from training.systems import load_system

SMALL = ("model.filters=[16,16,16,32]", "model.pyramid=16", "model.contrast=[4]", "input.rows=0", "input.columns=0")


def _small(changes: Sequence[str] = ()) -> Any:
    return load_system("lesion-pyramid", [*SMALL, *changes])


def _picture(rows: int = 64, columns: int = 48) -> Any:
    """A breast on the left half with fine structure, air on the right: float32 (1, rows, columns, 1)."""
    found = np.zeros((1, rows, columns, 1), np.float32)
    inside = np.random.default_rng(1).uniform(0.3, 0.6, (rows, columns // 2))
    found[0, :, : columns // 2, 0] = inside
    return found


def _contrast(pixels: Any, scales: tuple[int, ...] = (4, 16)) -> Any:
    given = keras.Input(pixels.shape[1:])
    return np.asarray(keras.Model(given, local_contrast(given, scales))(pixels))


def test_a_breast_without_structure_has_no_contrast_and_the_air_none() -> None:
    pixels = np.zeros((1, 64, 48, 1), np.float32)
    pixels[:, :, :24] = 0.5
    found = _contrast(pixels)
    assert found.shape == (1, 64, 48, 3)
    assert np.abs(found[..., 1:]).max() < 0.05
    assert not found[:, :, 24:, 1:].any()


def test_a_bright_place_stands_out_of_its_surroundings() -> None:
    pixels = _picture()
    pixels[0, 30:33, 10:13] = 0.95
    found = _contrast(pixels)
    assert found[0, 31, 11, 1] > 1.5
    assert found[0, 31, 11, 2] > 1.5


def test_another_window_hardly_changes_the_contrast() -> None:
    pixels = _picture()
    other = np.where(pixels > 0, 0.6 * pixels + 0.25, 0).astype(np.float32)
    ours, theirs = _contrast(pixels)[0, :, :24, 1:], _contrast(other)[0, :, :24, 1:]
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(("rows", "columns"), [(64, 48), (72, 40), (100, 52)])
def test_the_map_has_a_cell_for_each_eight_pixels(rows: int, columns: int) -> None:
    network = build_network(_small(), rows, columns)
    drawn = network.outputs[output_names(_small().heads).index("mask")]
    assert tuple(drawn.shape[1:]) == (-(-rows // STRIDE), -(-columns // STRIDE), 1)


def test_a_fresh_map_calls_lesions_rare() -> None:
    given = keras.Input((8, 6, 8))
    drawn = np.asarray(keras.Model(given, lesion_map(given))(np.zeros((1, 8, 6, 8), np.float32)))
    assert np.allclose(drawn, -4.0)


def _pooled(pixels: Any, fine: Any, drawn: Any) -> tuple[Any, Any]:
    coarse = np.zeros((1, 2, 2, 4), np.float32)
    inputs = [keras.Input(part.shape[1:]) for part in (pixels, coarse, fine, drawn)]
    found = keras.Model(inputs, list(pooled_places(*inputs)))([pixels, coarse, fine, drawn])
    return np.asarray(found[0]), np.asarray(found[1])


def test_what_the_map_says_of_the_air_counts_nothing() -> None:
    pixels, fine = _picture(), np.zeros((1, 8, 6, 4), np.float32)
    drawn = np.full((1, 8, 6, 1), -3.0, np.float32)
    loud = drawn.copy()
    loud[:, :, 3:] = 9.0
    assert np.allclose(_pooled(pixels, fine, drawn)[1], _pooled(pixels, fine, loud)[1], atol=1e-3)


def test_one_strong_cell_in_the_breast_makes_the_map_strong() -> None:
    pixels, fine = _picture(), np.zeros((1, 8, 6, 4), np.float32)
    drawn = np.full((1, 8, 6, 1), -3.0, np.float32)
    marked = drawn.copy()
    marked[0, 4, 1] = 5.0
    assert (_pooled(pixels, fine, marked)[1] > _pooled(pixels, fine, drawn)[1] + 3).all()


def test_features_are_pooled_where_the_map_points() -> None:
    pixels, rng = _picture(), np.random.default_rng(2)
    fine = rng.normal(size=(1, 8, 6, 4)).astype(np.float32)
    drawn = np.full((1, 8, 6, 1), -6.0, np.float32)
    drawn[0, 4, 1] = 12.0
    vector = _pooled(pixels, fine, drawn)[0][0, :4]
    assert np.corrcoef(vector, fine[0, 4, 1])[0, 1] > 0.999


def test_the_network_is_saved_whole_and_its_places_are_known(tmp_path: Path) -> None:
    network = build_network(_small(), 64, 48)
    network.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    pixels = _picture()
    assert np.array_equal(np.asarray(network(pixels)[-1]), np.asarray(again(pixels)[-1]))
    field = receptive_field(network.get_config(), FEATURES_LAYER, 64, 48)
    assert (field.rows, field.columns, field.row_stride_px) == (4, 3, 16.0)


def test_gradients_are_had_though_the_score_hangs_on_more_than_the_features() -> None:
    network = build_network(_small(), 64, 48)
    mask = network.outputs[output_names(_small().heads).index("mask")]
    explainer = Explainer(network, layer=FEATURES_LAYER, suspicious=1, mask=mask)
    answer = explainer.answer(_picture()[..., 0])
    assert answer.difference == pytest.approx(
        float(np.diff(np.asarray(network(_picture())[-1])[0])[0]), abs=1e-4
    )  # fmt: skip
    assert np.abs(answer.gradients).max() > 0
    assert answer.outline is not None
    assert answer.outline.shape == (1, 8, 6)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (["heads.mask=0", "auxiliary.sources=[]"], "looks where its lesion map points"),
        (["model.filters=[16,16]"], "a stem and two stages"),
        (["model.contrast=[1]"], "contrast"),
        (["model.pyramid=4"], "pyramid"),
    ],
)
def test_what_cannot_be_a_pyramid_is_refused(changes: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        _small(changes)
