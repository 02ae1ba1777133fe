"""A network that was fitted on everyone: its figures, calibration and thresholds come from folds of the same recipe."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import load_bundle
from tests.training.runs import make_cache, without_graphs
from training.ablation import ablate
from training.ablation_spec import AblationSpec, Lever
from training.blend import blend
from training.cache import InputCache
from training.calibration import calibrate
from training.config import System
from training.evaluation.out_of_folds import judge_out_of_folds
from training.evaluation.runs import read_evaluation, read_run
from training.evaluation.saved import load_predictions
from training.evaluation.views import JOINED, view_lines
from training.export import export
from training.fit import fit, read_split
from training.fitting.prediction import load_network
from training.ladder_spec import Rung
from training.metrics import auroc
from training.models.network import build_network
from training.systems import load_system

FOLDS = 3
COMMON = ("input.rows=0", "input.columns=0", "stopping.epochs=1", "run.batch=8", "run.limit=16", "model.filters=[8]")
WHOLE, EVERYONE = "split.validation=0", "split.test=0"


@pytest.fixture(scope="module")
def cache() -> InputCache:
    return make_cache(women=60)


def everyone(first: Path, *changes: str) -> System:
    """The system of the rows without validation women, on everyone."""
    system = load_system("cnn-64", (*COMMON, WHOLE, EVERYONE, *changes))
    return replace(system, start=replace(system.start, kind="weights", file=str(first)))


@pytest.fixture(scope="module")
def made(cache: InputCache, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the table "table" of the rows "kept" (validation women), "whole", "other" (seed) and "blended"
    (both), and the runs "everyone", "everyone-2" (seed) and "blended" (both)."""
    folder = tmp_path_factory.mktemp("everyone")
    first = folder / "first.weights.h5"
    settings = {"kept": (), "whole": (WHOLE,), "other": (WHOLE, "run.seed=2")}
    levers = [
        Lever(name=name, rung=Rung(system="cnn-64", name=name, changes=own), start=str(first), start_kind="weights")
        for name, own in settings.items()
    ]
    table = AblationSpec(
        levers=(*levers, Lever(name="blended", blend=("whole", "other"))),
        changes=COMMON,
        folds=FOLDS,
        samples=20,
        without_test=False,
    )
    with without_graphs():
        build_network(load_system("cnn-64", COMMON), *cache.inputs.shape[1:]).save_weights(first)
        ablate(cache, table, folder / "table", here=True)
        for name, seed in (("everyone", 1), ("everyone-2", 2)):
            fit(cache, everyone(first, f"run.seed={seed}"), folder / name)
        blend([folder / "everyone", folder / "everyone-2"], folder / "blended")
        judge_out_of_folds(read_run(folder / "everyone"), cache, folder / "table", "whole", samples=50)
    return folder


@pytest.fixture
def record(made: Path) -> Any:
    return json.loads((made / "everyone" / "evaluation.json").read_text(encoding="utf-8"))


def test_everyone_is_trained_on(made: Path) -> None:
    assert set(read_split(made / "everyone" / "split.json").part_of.values()) == {"train"}


def test_the_last_epoch_is_kept_where_nobody_chooses(made: Path, cache: InputCache, tmp_path: Path) -> None:
    with without_graphs():
        fit(cache, everyone(made / "first.weights.h5", "stopping.epochs=2"), tmp_path / "run")
    history = json.loads((tmp_path / "run" / "history.json").read_text(encoding="utf-8"))
    assert [one["best"] for one in history] == [True, True]
    assert [one["validation_auroc"] for one in history] == [None, None]


def test_a_row_without_validation_trains_on_those_women(made: Path) -> None:
    for fold in range(FOLDS):
        kept, whole = (read_split(made / "table" / row / f"fold-{fold}" / "split.json") for row in ("kept", "whole"))
        assert whole.hashes()["test"] == kept.hashes()["test"]
        validation = {woman for woman, part in kept.part_of.items() if part == "validation"}
        assert validation
        assert {whole.part_of[woman] for woman in validation} == {"train"}


def _said(made: Path) -> tuple[Any, Any, Any]:
    """(labels, logits, fold) of all images out of folds."""
    found = [load_predictions(made / "table" / "whole" / f"fold-{fold}" / "held-out") for fold in range(FOLDS)]
    place = np.repeat(np.arange(FOLDS), [len(one.examples) for one in found])
    return (
        np.concatenate([one.labels() for one in found]),
        np.concatenate([one.differences() for one in found]),
        place,
    )


def test_every_image_is_judged_once_by_a_network_that_has_not_seen_her(made: Path, record: Any) -> None:
    labels, _, _ = _said(made)
    assert record["test"]["image"]["examples"] == labels.size == record["counts"]["train"]["images"]
    assert record["counts"]["validation"]["images"] == 0


def test_the_calibration_that_ships_is_of_all_women_out_of_folds(made: Path, record: Any) -> None:
    labels, logits, _ = _said(made)
    found = calibrate(labels, logits)
    assert record["calibration"]["slope"] == pytest.approx(found.slope)
    assert record["calibration"]["intercept"] == pytest.approx(found.intercept)
    assert record["calibration"]["fitted_on"] == "out-of-folds"


def test_each_fold_is_judged_by_the_calibration_of_the_others(made: Path, record: Any) -> None:
    labels, logits, place = _said(made)
    crossed = np.empty_like(logits)
    for fold in range(FOLDS):
        others = place != fold
        crossed[~others] = calibrate(labels[others], logits[others]).logits(logits[~others])
    assert record["test"]["image"]["auroc"]["value"] == pytest.approx(auroc(labels, crossed))
    kept = load_predictions(made / "everyone").differences()
    np.testing.assert_allclose(kept, crossed, atol=1e-9)


def test_both_views_of_a_breast_are_held_against_one_alone(made: Path, record: Any) -> None:
    found = record["views"]["units"]["breast"]
    assert found["auroc"][JOINED]["value"] == pytest.approx(record["test"]["breast"]["auroc"]["value"])
    assert view_lines(record["views"])


def test_the_bundle_says_how_it_was_judged(made: Path, cache: InputCache, tmp_path: Path) -> None:
    place = export(made / "everyone", cache, name="all", version="1.0", out=tmp_path, gate=False)
    bundle = load_bundle(place)
    card = (place / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "could be judged on none of them" in card
    assert "validation women" not in card
    assert view_lines(read_evaluation(made / "everyone")["views"])[0] in card
    assert bundle.calibration.slope == pytest.approx(
        json.loads((made / "everyone" / "evaluation.json").read_text(encoding="utf-8"))["calibration"]["slope"]
    )


@pytest.mark.parametrize(
    ("system", "row", "why"),
    [
        ((), "kept", "validation women"),
        ((), "blended", "other settings"),
        (("model.dropout=0.1",), "whole", "other settings"),
        (("split.validation=0.3", "split.test=0.3"), "whole", "women back"),
        ((), "absent", "no folds"),
    ],
)
def test_folds_of_another_recipe_are_refused(
    made: Path, cache: InputCache, tmp_path: Path, system: tuple[str, ...], row: str, why: str
) -> None:
    with without_graphs():
        fit(cache, everyone(made / "first.weights.h5", *system), tmp_path / "run")
        with pytest.raises(UsageError, match=why):
            judge_out_of_folds(read_run(tmp_path / "run"), cache, made / "table", row, samples=20)


def test_folds_of_other_inputs_are_refused(made: Path, cache: InputCache, tmp_path: Path) -> None:
    run = Path(shutil.copytree(made / "everyone", tmp_path / "run"))
    darker = replace(cache, inputs=cache.inputs // 2)
    with pytest.raises(UsageError, match="other inputs"):
        judge_out_of_folds(read_run(run), darker, made / "table", "whole", samples=20)


def test_folds_of_other_first_weights_are_refused(made: Path, cache: InputCache, tmp_path: Path) -> None:
    run = Path(shutil.copytree(made / "everyone", tmp_path / "run"))
    start = json.loads((run / "start.json").read_text(encoding="utf-8"))
    (run / "start.json").write_text(json.dumps({**start, "sha256": "0" * 64}), encoding="utf-8")
    with pytest.raises(UsageError, match="other weights"):
        judge_out_of_folds(read_run(run), cache, made / "table", "whole", samples=20)


# --- weights of several seeds in one network


def _weights(run: Path) -> list[Any]:
    return list(load_network(run, 64, 64).get_weights())


def test_a_blend_has_the_mean_of_the_weights(made: Path) -> None:
    parts = [_weights(made / name) for name in ("everyone", "everyone-2")]
    for found, one, other in zip(_weights(made / "blended"), *parts, strict=True):
        np.testing.assert_allclose(found, (one + other) / 2, atol=1e-6)


def test_the_folds_of_a_blended_row_are_blends_of_their_own_fold(made: Path) -> None:
    table = made / "table"
    for fold in range(FOLDS):
        parts = [_weights(table / row / f"fold-{fold}") for row in ("whole", "other")]
        found = _weights(table / "blended" / f"fold-{fold}")
        np.testing.assert_allclose(found[0], (parts[0][0] + parts[1][0]) / 2, atol=1e-6)


def test_a_blend_is_judged_by_blended_folds(made: Path, cache: InputCache, tmp_path: Path) -> None:
    run = Path(shutil.copytree(made / "blended", tmp_path / "run"))
    record = judge_out_of_folds(read_run(run), cache, made / "table", "blended", samples=20)
    assert record["folds"] == {"count": FOLDS, "row": "blended"}
    with pytest.raises(UsageError, match="other settings"):
        judge_out_of_folds(read_run(run), cache, made / "table", "whole", samples=20)


def test_a_finished_blend_is_left(made: Path) -> None:
    before = (made / "blended" / "best.weights.h5").stat().st_mtime_ns
    blend([made / "everyone", made / "everyone-2"], made / "blended")
    assert (made / "blended" / "best.weights.h5").stat().st_mtime_ns == before
    with pytest.raises(UsageError, match="holds another run"):
        blend([made / "everyone-2", made / "everyone"], made / "blended")


def test_runs_on_other_women_are_not_blended(made: Path, tmp_path: Path) -> None:
    members = [made / "table" / "whole" / f"fold-{fold}" for fold in range(2)]
    with pytest.raises(UsageError, match="other women in its parts"):
        blend(members, tmp_path / "run")


def test_runs_without_common_first_weights_are_not_blended(made: Path, tmp_path: Path) -> None:
    runs = [Path(shutil.copytree(made / name, tmp_path / name)) for name in ("everyone", "everyone-2")]
    for run in runs:
        (run / "start.json").unlink()
        told = json.loads((run / "config.json").read_text(encoding="utf-8"))
        (run / "config.json").write_text(json.dumps({**told, "weights": ""}), encoding="utf-8")
    with pytest.raises(UsageError, match="random weights"):
        blend(runs, tmp_path / "run")
