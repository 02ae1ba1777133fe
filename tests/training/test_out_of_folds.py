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
from training.cache import InputCache
from training.calibration import calibrate
from training.evaluation.out_of_folds import judge_out_of_folds
from training.evaluation.runs import read_run
from training.evaluation.saved import load_predictions
from training.export import export
from training.fit import fit, read_split
from training.ladder_spec import Rung
from training.metrics import auroc
from training.systems import load_system

FOLDS = 3
COMMON = ("input.rows=0", "input.columns=0", "stopping.epochs=1", "run.batch=8", "run.limit=16", "model.filters=[8]")
WHOLE, EVERYONE = "split.validation=0", "split.test=0"


@pytest.fixture(scope="module")
def cache() -> InputCache:
    return make_cache(women=60)


@pytest.fixture(scope="module")
def made(cache: InputCache, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the table "table" of the rows "kept" (validation women) and "whole", and the run "everyone"."""
    folder = tmp_path_factory.mktemp("everyone")
    levers = [
        Lever(name=name, rung=Rung(system="cnn-64", name=name, changes=changes))
        for name, changes in (("kept", ()), ("whole", (WHOLE,)))
    ]
    table = AblationSpec(levers=tuple(levers), changes=COMMON, folds=FOLDS, samples=20, without_test=False)
    with without_graphs():
        ablate(cache, table, folder / "table", here=True)
        fit(cache, load_system("cnn-64", (*COMMON, WHOLE, EVERYONE)), folder / "everyone")
        judge_out_of_folds(read_run(folder / "everyone"), cache, folder / "table", "whole", samples=50)
    return folder


@pytest.fixture
def record(made: Path) -> Any:
    return json.loads((made / "everyone" / "evaluation.json").read_text(encoding="utf-8"))


def test_everyone_is_trained_on(made: Path) -> None:
    assert set(read_split(made / "everyone" / "split.json").part_of.values()) == {"train"}


def test_the_last_epoch_is_kept_where_nobody_chooses(cache: InputCache, tmp_path: Path) -> None:
    with without_graphs():
        fit(cache, load_system("cnn-64", (*COMMON, WHOLE, EVERYONE, "stopping.epochs=2")), tmp_path / "run")
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


def test_the_bundle_says_how_it_was_judged(made: Path, cache: InputCache, tmp_path: Path) -> None:
    place = export(made / "everyone", cache, name="all", version="1.0", out=tmp_path, gate=False)
    bundle = load_bundle(place)
    card = (place / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "could be judged on none of them" in card
    assert "validation women" not in card
    assert bundle.calibration.slope == pytest.approx(
        json.loads((made / "everyone" / "evaluation.json").read_text(encoding="utf-8"))["calibration"]["slope"]
    )


@pytest.mark.parametrize(
    ("system", "row", "why"),
    [
        ((*COMMON, WHOLE, EVERYONE), "kept", "validation women"),
        ((*COMMON, WHOLE, EVERYONE, "model.dropout=0.1"), "whole", "other settings"),
        ((*COMMON, "split.validation=0.3", "split.test=0.3"), "whole", "women back"),
        ((*COMMON, WHOLE, EVERYONE), "absent", "no folds"),
    ],
)
def test_folds_of_another_recipe_are_refused(
    made: Path, cache: InputCache, tmp_path: Path, system: tuple[str, ...], row: str, why: str
) -> None:
    with without_graphs():
        fit(cache, load_system("cnn-64", system), tmp_path / "run")
        with pytest.raises(UsageError, match=why):
            judge_out_of_folds(read_run(tmp_path / "run"), cache, made / "table", row, samples=20)


def test_folds_of_other_inputs_are_refused(made: Path, cache: InputCache, tmp_path: Path) -> None:
    run = Path(shutil.copytree(made / "everyone", tmp_path / "run"))
    darker = replace(cache, inputs=cache.inputs // 2)
    with pytest.raises(UsageError, match="other inputs"):
        judge_out_of_folds(read_run(run), darker, made / "table", "whole", samples=20)
