"""The ablation table: one set of folds for all rows, women kept for the test in none of them, and a table that goes on
where it ended."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.runs import make_cache, without_graphs
from training import folds as folds_module
from training.__main__ import main
from training.ablation import ablate
from training.ablation_spec import AblationSpec, Lever
from training.cache import InputCache, load, write_packed
from training.config import System
from training.evaluation.saved import load_predictions
from training.fit import read_split
from training.fitting.prediction import predict_run
from training.fitting.records import cache_hash
from training.folds import FoldRun, inputs_of, make_folds, on_disk
from training.ladder_child import ChildLostError
from training.ladder_rung import Source, fit_rung
from training.ladder_spec import Rung
from training.split import LeakError, make_split
from training.systems import load_system

CHANGES = ("stopping.epochs=1", "run.batch=8", "run.limit=16", "model.units=4", "model.cells=[4,4]")
STANDARD = load_system("dense-baseline", CHANGES).split


def lever(name: str, *changes: str, **more: Any) -> Lever:
    return Lever(name=name, rung=Rung(system="dense-baseline", name=name, changes=changes), **more)


def table(*levers: Lever, **more: Any) -> AblationSpec:
    return AblationSpec(levers=levers, changes=CHANGES, **{"folds": 2, "samples": 20, **more})


def made(cache: InputCache, spec: AblationSpec, out: Path, **more: Any) -> dict[str, Any]:
    """The table, in this process."""
    with without_graphs():
        return ablate(cache, spec, out, here=True, **more)


BASE, SEED = lever("base"), lever("seed-2", "run.seed=2")
ALL = (BASE, SEED, Lever(name="flips", flips_of="base"), Lever(name="ensemble", average=("base", "seed-2")))


@pytest.fixture(scope="module")
def cache() -> InputCache:
    return make_cache(women=60)


@pytest.fixture(scope="module")
def whole(cache: InputCache, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder and the record of a table with a row of each kind."""
    out = tmp_path_factory.mktemp("table")
    return out, made(cache, table(*ALL), out)


@pytest.fixture
def copied(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """The folder of that table, to be changed."""
    return Path(shutil.copytree(whole[0], tmp_path / "copied"))


def _rows(record: dict[str, Any], unit: str = "image") -> dict[str, Any]:
    return {line["name"]: line for line in record["units"][unit]["rows"]}


def noted(monkeypatch: pytest.MonkeyPatch) -> dict[str, System]:
    """What is to be fitted from now on, by its folder; each such process dies."""
    asked: dict[str, System] = {}

    def dying(source: Source, system: System, out: Path) -> None:
        asked[f"{out.parent.name}/{out.name}"] = system
        raise ChildLostError("its process was ended by signal 9")

    monkeypatch.setattr(folds_module, "fit_rung", dying)
    return asked


def test_every_row_stands_beside_age_and_metadata(whole: tuple[Path, dict[str, Any]]) -> None:
    record = whole[1]
    assert list(_rows(record)) == ["age alone", "metadata", "base", "seed-2", "flips", "ensemble"]
    assert list(_rows(record, "breast")) == list(_rows(record))
    assert record["not_run"] == {}


def test_women_kept_for_the_test_are_in_no_fold(whole: tuple[Path, dict[str, Any]], cache: InputCache) -> None:
    out, record = whole
    standard = make_split(cache.rows, STANDARD)
    kept = {woman for woman, part in standard.part_of.items() if part == "test"}
    assert record["kept_for_the_test"] == len(kept) > 0
    for fold in range(2):
        assert kept.isdisjoint(read_split(out / "base" / f"fold-{fold}" / "split.json").part_of)
    assert record["units"]["image"]["women"] == 60 - len(kept)


def test_women_kept_for_the_test_are_not_among_the_inputs(cache: InputCache, tmp_path: Path) -> None:
    folds = make_folds(cache.rows, STANDARD, tmp_path, folds=3, without_test=True)
    own = inputs_of(cache, folds)
    assert len(own.inputs) == len(own.rows) < len(cache.rows)
    assert folds.kept_out.isdisjoint(row.patient_id for row in own.rows)
    places = [index for index, row in enumerate(cache.rows) if row.patient_id not in folds.kept_out]
    np.testing.assert_array_equal(own.inputs, cache.inputs[places])


def test_all_women_are_in_the_folds_where_that_is_asked_for(cache: InputCache, tmp_path: Path) -> None:
    folds = make_folds(cache.rows, STANDARD, tmp_path, folds=3, without_test=False)
    assert inputs_of(cache, folds) is cache
    assert sorted(folds.fold_of()) == sorted({row.patient_id for row in cache.rows})


def test_all_rows_have_the_same_folds(whole: tuple[Path, dict[str, Any]]) -> None:
    out, record = whole
    for fold in range(2):
        hashes = [read_split(out / name / f"fold-{fold}" / "split.json").hashes() for name in ("base", "seed-2")]
        assert hashes[0] == hashes[1]
        assert hashes[0]["test"] == record["split"]["hashes"][f"fold {fold}"]


def test_folds_do_not_follow_the_settings_of_a_row(
    copied: Path, cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = noted(monkeypatch)
    made(cache, table(BASE, lever("other", "split.seed=9", "split.validation=0.3")), copied)
    folds = make_folds(cache.rows, STANDARD, copied, folds=2, without_test=True)
    assert asked["other/fold-0"].split == folds.spec_of(0)


def test_a_fold_is_judged_on_its_own_women_alone(whole: tuple[Path, dict[str, Any]], cache: InputCache) -> None:
    out, _ = whole
    run = out / "base" / "fold-0"
    split = read_split(run / "split.json")
    said = load_predictions(run / "held-out")
    assert {one.patient_id for one in said.examples} == {w for w, part in split.part_of.items() if part == "test"}
    own = [index for index, row in enumerate(cache.rows) if split.part_of.get(row.patient_id) == "test"]
    with without_graphs():
        np.testing.assert_allclose(predict_run(run, cache, own).logits, said.logits, atol=1e-5)


def test_flips_average_the_logits_of_mirrored_inputs(whole: tuple[Path, dict[str, Any]], cache: InputCache) -> None:
    out, _ = whole
    run = out / "base" / "fold-0"
    split = read_split(run / "split.json")
    own = [index for index, row in enumerate(cache.rows) if split.part_of.get(row.patient_id) == "test"]
    with without_graphs():
        seen = [
            predict_run(run, replace(cache, inputs=inputs), own).logits
            for inputs in (cache.inputs, cache.inputs[:, ::-1])
        ]
    np.testing.assert_allclose(
        load_predictions(out / "flips" / "fold-0" / "held-out").logits, np.mean(seen, axis=0), atol=1e-5
    )
    assert not (out / "flips" / "fold-0" / "best.weights.h5").exists()


def test_what_is_complete_is_neither_fitted_nor_asked_again(
    copied: Path, whole: tuple[Path, dict[str, Any]], cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: Any, **more: Any) -> None:
        raise AssertionError("fitted or asked again")

    monkeypatch.setattr(folds_module, "fit_rung", never)
    monkeypatch.setattr(folds_module, "predict_run", never)
    assert made(cache, table(*ALL), copied)["units"] == whole[1]["units"]


def test_a_row_that_is_added_is_fitted_alone(copied: Path, cache: InputCache, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = noted(monkeypatch)
    record = made(cache, table(*ALL, lever("ema", "optimiser.ema=0.5")), copied)
    assert list(asked) == ["ema/fold-0"]
    assert "signal 9" in record["not_run"]["ema"]
    assert "ensemble" in _rows(record)


def test_a_table_that_was_ended_goes_on_at_its_fold(
    cache: InputCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ending(source: Source, system: Any, out: Path) -> None:
        asked.append(out.name)
        if asked == ["fold-0", "fold-1"]:
            raise KeyboardInterrupt
        fit_rung(source, system, out)

    monkeypatch.setattr(folds_module, "fit_rung", ending)
    with pytest.raises(KeyboardInterrupt):
        made(cache, table(BASE), tmp_path)
    assert "base" in _rows(made(cache, table(BASE), tmp_path))
    assert asked == ["fold-0", "fold-1", "fold-1"]


def test_folds_fitted_elsewhere_are_copied_in(
    whole: tuple[Path, dict[str, Any]], cache: InputCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folders of two folds, one after the other."""
    asked = noted(monkeypatch)
    here, there = tmp_path / "here", whole[0]
    shutil.copytree(there / "base" / "fold-0", here / "base" / "fold-0")
    first = made(cache, table(BASE, SEED), here, only=["base"], fold=0)
    assert first["not_run"]["base"].startswith("fold 1 of 2 not fitted yet")
    assert first["units"] == {}
    shutil.copytree(there / "base" / "fold-1", here / "base" / "fold-1")
    record = made(cache, table(BASE, SEED), here, only=["base"])
    assert _rows(record)["base"]["auroc"] == _rows(whole[1])["base"]["auroc"]
    assert record["not_run"]["seed-2"].startswith("folds 0, 1 of 2 not fitted yet")
    assert not asked


def test_one_fold_of_one_row_is_fitted_where_that_is_asked_for(
    cache: InputCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = noted(monkeypatch)
    made(cache, table(*ALL), tmp_path, only=["seed-2"], fold=1)
    assert list(asked) == ["seed-2/fold-1"]


def test_other_settings_under_a_rows_name_are_not_taken_for_it(copied: Path, cache: InputCache) -> None:
    changed = made(cache, table(lever("base", "run.seed=5"), SEED), copied)
    assert "holds another run" in changed["not_run"]["base"]
    assert "base" not in _rows(changed)


def test_a_row_whose_process_dies_leaves_the_others(
    copied: Path, cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(monkeypatch)
    extra = (lever("large", "model.units=8"), Lever(name="more", average=("base", "large")))
    record = made(cache, table(*ALL, *extra), copied)
    assert "signal 9" in record["not_run"]["large"]
    assert "is made of large" in record["not_run"]["more"]
    assert "ensemble" in _rows(record)


def test_a_start_that_saw_held_out_women_is_no_row(copied: Path, cache: InputCache, tmp_path: Path) -> None:
    """Weights of fold 0 have seen the women of fold 1."""
    weights = copied / "base" / "fold-0" / "best.weights.h5"
    told = made(cache, table(BASE, lever("again", start=str(weights), start_kind="weights")), copied)
    assert "is kept for the test but the weights saw her" in told["not_run"]["again"]
    assert "{fold}" in told["not_run"]["again"]
    each = str(weights).replace("fold-0", "fold-{fold}")
    told = made(cache, table(BASE, lever("of each", start=each, start_kind="weights")), copied)
    assert told["not_run"] == {}
    assert told["systems"]["of each"]["warnings"] == []


def test_a_start_that_does_not_tell_its_women_is_warned_of(copied: Path, cache: InputCache, tmp_path: Path) -> None:
    weights = tmp_path / "found.weights.h5"
    shutil.copy(copied / "base" / "fold-0" / "best.weights.h5", weights)
    spec = table(BASE, lever("found", start=str(weights), start_kind="weights"))
    warned = made(cache, spec, copied)["systems"]["found"]["warnings"]
    assert [line.partition(":")[0] for line in warned] == ["fold 0", "fold 1"]
    assert all("cannot be ruled out" in line for line in warned)
    weights.write_bytes((copied / "base" / "fold-1" / "best.weights.h5").read_bytes())
    assert "was started from another found.weights.h5" in made(cache, spec, copied)["not_run"]["found"]


def test_a_row_may_have_inputs_of_its_own(copied: Path, cache: InputCache, tmp_path: Path) -> None:
    half = replace(cache, inputs=np.ascontiguousarray(cache.inputs[:, ::2]), preprocess_hash="half")
    write_packed(half, {}, tmp_path / "half.npz")
    write_packed(replace(half, rows=half.rows[:80], inputs=half.inputs[:80]), {}, tmp_path / "few.npz")
    levers = (BASE, lever("half", cache=tmp_path / "half.npz"), lever("few", cache=tmp_path / "few.npz"))
    record = made(cache, table(*levers), copied)
    assert record["systems"]["half"]["rows"] == 32
    assert "lacks" in record["not_run"]["few"]
    assert _rows(record)["half"]["less_base"] is not None


def test_a_leak_in_the_data_ends_the_table(cache: InputCache, tmp_path: Path) -> None:
    pictures = np.stack([cache.inputs[row.label] for row in cache.rows])
    with pytest.raises(LeakError):
        made(replace(cache, inputs=pictures), table(BASE), tmp_path)


def test_inputs_are_written_once_and_are_those_of_the_folds(cache: InputCache, tmp_path: Path) -> None:
    source = on_disk(cache, tmp_path)
    assert source.path is not None
    before = (source.path / "inputs.npy").stat().st_ino
    assert on_disk(cache, tmp_path).path == source.path
    assert (source.path / "inputs.npy").stat().st_ino == before
    np.testing.assert_array_equal(load(source.path).inputs, cache.inputs)


def test_what_a_fold_tells_of_itself_holds_no_path(whole: tuple[Path, dict[str, Any]]) -> None:
    out, _ = whole
    assert str(out) not in (out / "base" / "fold-0" / "fold.json").read_text(encoding="utf-8")


def test_a_fold_that_is_not_there_is_refused(cache: InputCache, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folds count from 0"):
        made(cache, table(BASE), tmp_path, fold=2)


def test_a_fold_is_done_only_with_both_judgements(copied: Path, cache: InputCache) -> None:
    folds = make_folds(cache.rows, STANDARD, copied, folds=2, without_test=True)
    own = inputs_of(cache, folds)
    system = replace(BASE.system(CHANGES, 0), split=folds.spec_of(0))
    place = copied / "base" / "fold-0"
    run = FoldRun(source=Source(cache=own), inputs=cache_hash(own), system=system, run=place, out=place)
    assert run.is_done()
    assert not replace(run, inputs="others").is_done()
    (place / "held-out" / "predictions.npz").unlink()
    assert not run.is_done()


def test_the_command_writes_the_table(copied: Path, cache: InputCache, tmp_path: Path, capsys: Any) -> None:
    """All folds are there, so that nothing is fitted; the cache is one of other code."""
    write_packed(cache, {"code": "of before"}, tmp_path / "cache.npz")
    text = "[settings]\nstopping.epochs = 1\nrun.batch = 8\nrun.limit = 16\nmodel.units = 4\nmodel.cells = [4, 4]\n"
    text += "[[row]]\nname = 'base'\nsystem = 'dense-baseline'\n"
    (tmp_path / "levers.toml").write_text(text, encoding="utf-8")
    common = ["ablate", str(tmp_path / "cache.npz"), "--config", str(tmp_path / "levers.toml"), "--out", str(copied)]
    assert main(common) == 2
    assert "stale" in capsys.readouterr().err
    assert main([*common, "--carried", "--folds", "2", "--samples", "20"]) == 0
    printed = capsys.readouterr()
    assert "used as it is" in printed.err
    assert printed.out.splitlines()[-1] == str(copied / "ablation.html")
    assert {path.suffix for path in copied.glob("ablation.*")} == {".json", ".csv", ".txt", ".html"}
