"""The heads of one number: the age in standard deviations and whether a woman was recalled, each where it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from training.config import AugmentationConfig, HeadsConfig
from training.data.manifest import COLUMNS, read_common, write_manifest
from training.data.table import ImageRow, row_of, row_record
from training.data.words import birads_of
from training.fitting.batches import ExampleSource, groups_of, recalls
from training.fitting.records import table_hash
from training.fitting.trainee import Trainee
from training.models.network import build_network, classifier_of, output_names

LESIONS = make_lesion_cache(women=8)
AGES = (40.0, 60.0, None, 80.0)
CACHE = replace(
    LESIONS,
    rows=tuple(replace(row, age=AGES[place % 4], birads=str(place % 3)) for place, row in enumerate(LESIONS.rows)),
)


def row_with(label: int, birads: str) -> ImageRow:
    return replace(CACHE.rows[0], label=label, birads=birads)


def test_a_recall_is_told_by_suspicion_and_by_birads_0_1_and_2_alone() -> None:
    told = [(1, ""), (1, "2"), (0, "0"), (0, "1"), (0, "2"), (0, "3"), (0, "")]
    truth, known = recalls([row_with(*one) for one in told])
    assert known.tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert truth.tolist() == [1, 1, 1, 0, 0, 0, 0]


def test_ages_are_in_standard_deviations_of_the_training_images() -> None:
    system = tiny("multi-task", "heads.age=0.5", "heads.recall=0.5", "imbalance.kind=none")
    source = ExampleSource(CACHE, groups_of(CACHE.rows, range(16), "image"), system)
    batch = source.batch(np.arange(4), 0, 0)
    spread = np.std([40, 60, 80])
    np.testing.assert_allclose(batch["age"][[0, 1, 3]], (np.array([40, 60, 80]) - 60) / spread, rtol=1e-5)
    assert batch["age_known"].tolist() == [1, 1, 0, 1]
    assert batch["recall_known"].shape == (4,)


def test_their_losses_are_the_formulas_over_what_is_known() -> None:
    system = replace(tiny("small-resnet"), heads=HeadsConfig(age=0.5, recall=2.0), augmentation=AugmentationConfig())
    ages, recall = np.array([[1.0], [0.5], [9.0]], np.float32), np.array([[2.0], [-1.0], [9.0]], np.float32)

    def network(pixels: Any, training: bool) -> list[Any]:
        return [None, ages, recall, np.zeros((3, 2), np.float32)]

    parts = {
        "pixels": np.zeros((3, 8, 8, 1), np.float32),
        "targets": np.eye(2, dtype=np.float32)[[0, 1, 1]],
        "weights": np.ones(3, np.float32),
        "age": np.array([0.0, 2.5, 0.0], np.float32),
        "age_known": np.array([1, 1, 0], np.float32),
        "recall": np.array([1.0, 0.0, 1.0], np.float32),
        "recall_known": np.array([1, 1, 0], np.float32),
    }
    _, losses = Trainee(network, system, 1).judged(parts, training=False)
    assert float(np.asarray(losses[1])) == pytest.approx(0.5 * (1 + 4) / 2, rel=1e-5)
    wanted = 2 * (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2
    assert float(np.asarray(losses[2])) == pytest.approx(wanted, rel=1e-5)


def test_their_outputs_stand_before_the_logits_and_not_in_the_classifier() -> None:
    system = tiny("multi-task", "heads.age=0.5", "heads.recall=0.5")
    assert output_names(system.heads) == ("features", "mask", "density", "age", "recall", "logits")
    network = build_network(system, 32, 32)
    assert [tuple(output.shape[1:]) for output in network.outputs[3:]] == [(1,), (1,), (2,)]
    names = {layer.name for layer in classifier_of(network).layers}
    assert "logits" in names
    assert not names & {"age", "recall", "density"}


def test_several_views_have_no_such_heads() -> None:
    with pytest.raises(UsageError, match=r"heads\.recall = 1.0 does not suit several views"):
        tiny("two-view-small", "heads.recall=1.0", trunk=False)


@pytest.mark.parametrize(("text", "found"), [("0.0", "0"), ("2", "2"), (" 1.0 ", "1"), ("", ""), ("7", ""), ("4A", "")])
def test_birads_is_a_number_from_0_to_6(text: str, found: str) -> None:
    assert birads_of(text) == found


def test_tables_of_before_birads_was_read_are_read_and_named_as_ever(tmp_path: Path) -> None:
    record = row_record(LESIONS.rows[0])
    del record["birads"]
    assert row_of(record) == LESIONS.rows[0]
    assert table_hash(CACHE) != table_hash(LESIONS)
    write_manifest([replace(CACHE.rows[1], file=tmp_path / "a.png", lesions=())], tmp_path / "set.csv")
    (read,) = read_common(tmp_path / "set.csv")
    assert read.birads == CACHE.rows[1].birads == "1"
    assert COLUMNS[-1] == "birads"
    lines = [line.rpartition(",")[0] for line in (tmp_path / "set.csv").read_text().splitlines()]
    (tmp_path / "old.csv").write_text("\n".join(lines) + "\n")
    (old,) = read_common(tmp_path / "old.csv")
    assert old == replace(read, birads="")
