"""The parts of a fit: batches, losses, learning rate, what is said on the way, TensorBoard's files, whose figures."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from training.config import ScheduleConfig
from training.fitting.batches import ExampleSource, ahead, drawn_views, groups_of, mask_known, stacked_views
from training.fitting.events import EventFile
from training.fitting.patches import LesionImages, PatchJudge, PatchSource, draw_patch
from training.fitting.prediction import validation_figure
from training.fitting.progress import Progress, duration
from training.fitting.records import table_hash
from training.fitting.schedule import learning_rate
from training.predictions import Example, Predictions

CACHE = make_lesion_cache()


def source_of(*changes: str, name: str = "small-resnet", unit: str = "image") -> ExampleSource:
    return ExampleSource(CACHE, groups_of(CACHE.rows, range(len(CACHE.rows)), unit), tiny(name, *changes))


@pytest.mark.parametrize("name", ["small-resnet", "cnn-64-three"])
def test_sampling_gives_every_batch_the_classes_evenly(name: str) -> None:
    source = source_of(name=name)
    classes = source.system.model.classes
    for epoch in (0, 1):
        for chosen in source.order(epoch):
            counts = np.bincount(source.classes[chosen], minlength=classes)
            assert counts.tolist() == [6 // classes] * classes


def test_without_sampling_each_example_comes_once_and_rare_classes_weigh_more() -> None:
    source = source_of("imbalance.kind=class-weights", "run.batch=8", name="efficientnetv2-b0-whole-three")
    order = np.concatenate(source.order(0))
    assert sorted(order) == list(range(48))
    weights = source.batch(order, 0, 0)["weights"]
    assert weights.mean() == pytest.approx(1, abs=1e-6)
    per_class = [weights[source.classes[order] == value].sum() for value in range(3)]
    assert per_class == pytest.approx([16, 16, 16], abs=1e-4)
    plain = source_of("imbalance.kind=none").batch(order, 0, 0)["weights"]
    assert set(plain) == {1.0}


def test_the_order_is_decided_by_seed_and_epoch() -> None:
    first, second = source_of(), source_of()
    np.testing.assert_array_equal(np.concatenate(first.order(3)), np.concatenate(second.order(3)))
    assert (np.concatenate(first.order(3)) != np.concatenate(first.order(4))).any()
    assert (np.concatenate(first.order(3)) != np.concatenate(source_of("run.seed=2").order(3))).any()


@pytest.mark.parametrize("kind", ["sampling", "class-weights"])
def test_neighbours_in_a_batch_are_no_neighbours_in_the_table(kind: str) -> None:
    """MixUp mixes each with the one before: in a table's order it would mix two views of one breast."""
    source = source_of(f"imbalance.kind={kind}", "run.batch=12")
    steps = [np.diff(chosen) for epoch in range(3) for chosen in source.order(epoch)]
    assert all((step < 0).any() for step in steps)


@pytest.mark.parametrize("kind", ["sampling", "none"])
def test_a_batch_is_never_larger_than_the_set(kind: str) -> None:
    (chosen,) = source_of(f"imbalance.kind={kind}", "run.batch=60000").order(0)
    assert chosen.size == len(CACHE.rows)


def test_a_batch_carries_masks_and_densities_where_they_are_told() -> None:
    source = source_of(name="multi-task")
    batch = source.batch(np.array([0, 2, 8]), 0, 0)
    assert batch["mask"].shape == batch["pixels"].shape == (3, 32, 32)
    assert batch["mask"][1].sum() > 20
    assert batch["mask"][0].sum() == 0
    assert batch["mask_known"].tolist() == [1, 1, 1]
    told = [CACHE.rows[index].density for index in (0, 2, 8)]
    assert [row.sum() for row in batch["density"]] == [float(bool(density)) for density in told]
    nothing = replace(CACHE, lesions=None)
    assert [bool(known) for known in mask_known(nothing)[:6]] == [True, True, False, False, False, False]


def test_missing_views_are_marked_and_hold_a_picture_all_the_same() -> None:
    pixels, present = stacked_views(CACHE, [(3,), (1, 2, 0)], 4)
    assert present.tolist() == [[1, 0, 0, 0], [1, 1, 1, 0]]
    for view in range(4):
        np.testing.assert_array_equal(pixels[0, view], CACHE.inputs[3])
    np.testing.assert_array_equal(pixels[1, 1], CACHE.inputs[2])


def test_views_are_left_out_by_chance_but_never_all() -> None:
    rng = np.random.default_rng(0)
    drawn = [drawn_views((4, 5, 6), 2, 0.5, rng) for _ in range(300)]
    assert {len(chosen) for chosen in drawn} == {1, 2}
    assert {index for chosen in drawn for index in chosen} == {4, 5, 6}
    assert {len(drawn_views((4, 5, 6), 3, 0.0, rng)) for _ in range(20)} == {3}


def test_batches_are_made_ahead_in_their_order() -> None:
    assert [batch["step"].item() for batch in ahead(lambda step: {"step": np.array(step)}, 2, 6)] == [2, 3, 4, 5]
    assert list(ahead(lambda step: {}, 3, 3)) == []

    def broken(step: int) -> Any:
        raise UsageError("no such batch")

    with pytest.raises(UsageError, match="no such batch"):
        next(ahead(broken, 0, 2))


def test_patches_come_in_pairs_and_are_judged_on_other_images() -> None:
    images = LesionImages(CACHE.inputs[2:4], CACHE.masks([2, 3]), CACHE.rows[2:4])
    source = PatchSource(images, [0, 1], tiny("small-resnet", "run.batch=4"), 12)
    batch = source.batch(source.order(0)[0], 0, 0)
    assert batch["targets"].sum(axis=0).tolist() == [2, 2]
    brightest = batch["pixels"].max(axis=(1, 2))
    assert brightest[batch["targets"][:, 1] == 1].min() > brightest[batch["targets"][:, 1] == 0].max()
    assert np.isnan(PatchJudge(None, images, [], source.system, 12)())


def test_the_rate_warms_up_and_falls() -> None:
    cosine = ScheduleConfig(kind="cosine", warm_up=0.1)
    rates = [learning_rate(cosine, 1.0, update, 100, 0) for update in range(100)]
    assert rates[0] == pytest.approx(0.05)
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.5)
    assert rates[99] < 0.001
    assert np.argmax(rates) == 10
    plateau = ScheduleConfig(kind="plateau", warm_up=0.0, factor=0.3)
    assert [learning_rate(plateau, 1.0, 50, 100, falls) for falls in (0, 1, 2)] == pytest.approx([1, 0.3, 0.09])
    assert learning_rate(ScheduleConfig(kind="constant", warm_up=0.0), 2.0, 0, 100, 0) == 2.0


def test_the_focal_loss_looks_at_what_is_hard_and_smoothing_forbids_certainty() -> None:
    from training.fitting.trainee import class_loss, mask_loss, mean_of_known

    logits, targets = np.array([[0.0, 4.0], [4.0, 0.0]], np.float32), np.eye(2, dtype=np.float32)[[1, 1]]
    plain = np.asarray(class_loss(logits, targets, smoothing=0.0, gamma=0.0))
    np.testing.assert_allclose(plain, [np.log1p(np.exp(-4)), 4 + np.log1p(np.exp(-4))], rtol=1e-5)
    focal = np.asarray(class_loss(logits, targets, smoothing=0.0, gamma=2.0))
    share = 1 / (1 + np.exp(-4))
    np.testing.assert_allclose(focal, plain * [(1 - share) ** 2, share**2], rtol=1e-3)
    smooth = np.asarray(class_loss(logits, targets, smoothing=0.2, gamma=0.0))
    assert smooth[0] == pytest.approx(0.9 * plain[0] + 0.1 * plain[1], rel=1e-4)
    mask = np.zeros((2, 8, 8, 1), np.float32)
    mask[:, 2:5, 2:5] = 1
    right, wrong = (np.asarray(mask_loss(20 * sign * (2 * mask - 1), mask)) for sign in (1, -1))
    assert right.max() < 0.01
    assert wrong.min() > 10
    assert float(np.asarray(mean_of_known(plain, np.array([1, 0], np.float32)))) == pytest.approx(plain[0], rel=1e-5)
    assert float(np.asarray(mean_of_known(plain, np.zeros(2, np.float32)))) == 0


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


RECORD = {"epoch": 1, "loss": 0.5, "figure": "AUROC per breast", "validation_auroc": 0.75, "best": True, "seconds": 3.0}


def test_a_terminal_sees_a_bar_with_the_time_left_and_the_figure_by_its_name() -> None:
    stream = _Terminal()
    progress = Progress(2, 4, stream)
    for step in (1, 2, 3, 4):
        progress.step(0, step, 0.5)
    progress.epoch(RECORD)
    said = stream.getvalue()
    assert "\repoch 1/2 [####################] step 4/4 loss 0.5000, 0:00 left" in said
    assert "epoch 1/2: loss 0.5000, AUROC per breast 0.750 *, 3.0 s" in said
    assert said.endswith("\n")


def test_a_bar_that_was_broken_off_is_ended_and_a_figure_that_is_unknown_is_said() -> None:
    stream = _Terminal()
    with pytest.raises(KeyboardInterrupt), Progress(2, 4, stream) as progress:
        progress.step(0, 1, 0.5)
        raise KeyboardInterrupt
    assert stream.getvalue().endswith("left   \n")
    stream = _Terminal()
    with Progress(2, 4, stream) as progress:
        progress.step(0, 1, 0.5)
        progress.epoch({**RECORD, "validation_auroc": None})
    assert "AUROC per breast unknown *" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_a_file_gets_one_line_of_json_for_each_epoch_alone() -> None:
    stream = io.StringIO()
    progress = Progress(2, 4, stream)
    progress.step(0, 1, 0.5)
    progress.epoch(RECORD)
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == RECORD


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "0:05"), (65.4, "1:05"), (3725, "1:02:05"), (float("nan"), "?"), (-1, "?")]
)
def test_durations_are_told_as_people_read_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    import tensorflow as tf

    events = EventFile(tmp_path / "events")
    events.scalars(1, {"loss": 0.75, "AUROC per image": 0.5})
    events.scalars(300, {"loss": 0.25})
    (file,) = (tmp_path / "events").iterdir()
    assert "tfevents" in file.name
    found = [tf.compat.v1.Event.FromString(bytes(record.numpy())) for record in tf.data.TFRecordDataset(str(file))]
    assert found[0].file_version == "brain.Event:2"
    told = [(event.step, {value.tag: value.simple_value for value in event.summary.value}) for event in found[1:]]
    assert told == [(1, {"loss": 0.75, "AUROC per image": 0.5}), (300, {"loss": 0.25})]
    assert all(event.wall_time > 1.6e9 for event in found)


def test_the_figure_is_that_of_the_unit_it_names() -> None:
    """Two women; image by image the order is wrong for one, breast by breast it is right."""
    rows = [CACHE.rows[index] for index in (0, 1, 2, 3)]
    assert [row.label for row in rows] == [0, 0, 1, 1]
    scores = np.array([0.5, -3.0, 0.0, 2.0])
    logits = np.stack([np.zeros(4), scores], axis=1)
    found = Predictions("image", tuple(Example((row,)) for row in rows), logits, ("non-cancer", "cancer"), 1)
    assert validation_figure(found, "auroc-image") == 0.75
    assert validation_figure(found, "auroc-breast") == 1.0
    assert validation_figure(found, "auroc-woman") == 1.0


def test_the_table_is_named_by_what_it_tells_and_not_by_where_it_lies() -> None:
    moved = replace(CACHE, rows=tuple(replace(row, file=Path("/elsewhere") / row.file) for row in CACHE.rows))
    assert table_hash(moved) == table_hash(CACHE)
    other = replace(
        CACHE, rows=(replace(CACHE.rows[0], density="A" if CACHE.rows[0].density != "A" else "B"), *CACHE.rows[1:])
    )
    assert table_hash(other) != table_hash(CACHE)


def test_a_patch_has_its_own_lesion_near_the_middle_where_there_are_several() -> None:
    mask = np.zeros((1, 100, 100), np.uint8)
    mask[0, 20:26, 20:26] = 1
    mask[0, 70:76, 70:76] = 1
    images = LesionImages(mask * 200, mask, CACHE.rows[:1])
    rng = np.random.default_rng(0)
    for _ in range(20):
        patch = draw_patch(images, 0, True, 30, rng)
        assert (patch == 200).sum() == 36
    assert {tuple(np.argwhere(draw_patch(images, 0, True, 30, rng))[0]) for _ in range(5)} != {(12, 12)}
