"""The ladder: one split for all, what could not be run, no test woman read but by asking, and averages of pixels."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache
from tests.training.runs import without_graphs
from training import ladder as ladder_module
from training.__main__ import main
from training.cache import InputCache, write_packed
from training.fit import predict_run, read_split
from training.ladder import REFERENCE, LadderSpec, climb
from training.metrics import auroc
from training.report.ladder_page import write_ladder
from training.scaling import scaled, shares
from training.split import LeakError, make_split
from training.systems import load_system

CHANGES = ("stopping.epochs=1", "run.batch=8", "run.limit=24", "model.units=4")
SYSTEMS = (REFERENCE, "cnn-64", "two-view-small", "efficientnetv2-b0-roi")


@pytest.fixture(scope="module")
def cache() -> InputCache:
    """Inputs of 64 x 32."""
    made = make_lesion_cache(women=64)
    return replace(made, inputs=np.repeat(made.inputs, 2, axis=1), lesions=None)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A system whose inputs are smaller than the cache's."""
    path = tmp_path_factory.mktemp("systems") / "small.toml"
    path.write_text('base = "cnn-64"\n[input]\nrows = 32\ncolumns = 32\n[model]\nfilters = [4]\n', encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def climbed(cache: InputCache, small: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder and the record of a ladder on validation women."""
    out = tmp_path_factory.mktemp("ladder")
    spec = LadderSpec(systems=(*SYSTEMS, small), changes=CHANGES, samples=50)
    with without_graphs():
        return out, climb(cache, spec, out)


def _rungs(record: Any, unit: str) -> dict[str, Any]:
    return {rung["name"].partition(" (")[0]: rung for rung in record["units"][unit]["rungs"]}


def test_all_rungs_stand_beside_what_needs_no_picture(climbed: tuple[Path, Any]) -> None:
    _, record = climbed
    assert list(_rungs(record, "image")) == [
        "majority",
        "leak meter",
        "metadata",
        "metadata with counts",
        REFERENCE,
        "small",
    ]
    assert list(_rungs(record, "breast"))[-3:] == [REFERENCE, "two-view-small", "small"]
    assert "leak meter" not in _rungs(record, "breast")
    assert _rungs(record, "image")["leak meter"]["auroc"] == {"value": 0.5}


def test_figures_are_those_of_the_validation_women(climbed: tuple[Path, Any], cache: InputCache) -> None:
    out, record = climbed
    split = make_split(cache.rows, load_system(REFERENCE).split)
    held = split.indices(cache.rows, "validation")
    assert record["counts"]["validation"]["images"] == len(held) == record["units"]["image"]["examples"]
    said = predict_run(out / REFERENCE, cache, held)
    rungs = _rungs(record, "image")
    assert rungs[REFERENCE]["auroc"]["value"] == pytest.approx(auroc(said.labels(), said.differences()))
    other = predict_run(out / "small", scaled(cache, 32, 32), held)
    less = auroc(other.labels(), other.differences()) - auroc(said.labels(), said.differences())
    assert rungs["small"]["less_reference"]["value"] == pytest.approx(less)
    assert rungs["small"]["above_reference"] is (rungs["small"]["auroc"]["value"] > rungs[REFERENCE]["auroc"]["high"])
    assert rungs[REFERENCE]["less_reference"] is None


def test_every_system_has_the_split_of_the_reference(climbed: tuple[Path, Any]) -> None:
    out, record = climbed
    for name in (REFERENCE, "two-view-small", "small"):
        assert read_split(out / name / "split.json").hashes() == record["split"]["hashes"]


def test_what_was_not_run_says_why(climbed: tuple[Path, Any]) -> None:
    missing = climbed[1]["not_run"]
    assert missing["cnn-64"] == "inputs of 64 x 64 cannot be made of 64 x 32 (prepare with --rows 64 --columns 64)"
    assert missing["efficientnetv2-b0-roi"] == "takes roi inputs (prepare a cache with --crops roi)"
    assert missing["small-resnet"] == "not asked for"
    assert set(missing).isdisjoint(climbed[1]["systems"])


def test_validation_reads_no_test_woman(climbed: tuple[Path, Any]) -> None:
    out, record = climbed
    assert not list(out.glob("*/evaluation.json"))
    assert record["test_reads"] == {}


def test_what_is_complete_is_not_fitted_again(
    climbed: tuple[Path, Any], cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, record = climbed
    before = (out / REFERENCE / "history.json").stat().st_mtime_ns
    again = climb(cache, LadderSpec(systems=(REFERENCE,), changes=CHANGES, samples=50), out)
    assert (out / REFERENCE / "history.json").stat().st_mtime_ns == before
    assert _rungs(again, "image")[REFERENCE]["auroc"] == _rungs(record, "image")[REFERENCE]["auroc"]


def test_test_women_are_read_once_and_that_is_counted(
    climbed: tuple[Path, Any], cache: InputCache, tmp_path: Path
) -> None:
    spec = LadderSpec(systems=(REFERENCE,), changes=CHANGES, samples=20, test=True)
    first = climb(cache, spec, tmp_path)
    kept = (tmp_path / REFERENCE / "evaluation.json").read_bytes()
    assert climb(cache, spec, tmp_path)["test_reads"] == first["test_reads"] == {REFERENCE: 1}
    assert (tmp_path / REFERENCE / "evaluation.json").read_bytes() == kept
    told = json.loads(kept)
    assert first["counts"]["test"]["images"] == told["counts"]["test"]["images"]
    value = _rungs(first, "image")[REFERENCE]["auroc"]["value"]
    assert value == pytest.approx(told["test"]["image"]["auroc"]["value"])
    assert "were read 1 time(s)" in "\n".join(write_ladder(first, tmp_path))


def test_the_table_is_written_as_text_csv_and_page(climbed: tuple[Path, Any], tmp_path: Path) -> None:
    out, record = climbed
    lines = write_ladder(record, tmp_path)
    assert (tmp_path / "ladder.txt").read_text().splitlines() == lines
    assert json.loads((tmp_path / "ladder.json").read_text())["units"].keys() == record["units"].keys()
    page = (tmp_path / "ladder.html").read_text()
    figure = _rungs(record, "image")["small"]["auroc"]
    span = f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
    for text in (page, "\n".join(lines)):
        assert span in text
        assert "not asked for" in text
        assert "chosen on these very women" in text
    assert str(out) not in page
    with (tmp_path / "ladder.csv").open() as stream:
        found = list(csv.DictReader(stream))
    own = next(row for row in found if (row["unit"], row["rung"]) == ("image", "small"))
    assert float(own["auroc"]) == figure["value"]
    assert int(own["parameters"]) == record["systems"]["small"]["parameters"]
    assert (own["rows"], own["columns"]) == ("32", "32")
    assert [row["why_not_run"] for row in found if row["rung"] == "small-resnet"] == ["not asked for"]


def test_a_leak_ends_the_ladder(cache: InputCache, tmp_path: Path) -> None:
    """One picture under the names of all women."""
    same = replace(cache, inputs=np.repeat(cache.inputs[:1], len(cache.inputs), axis=0))
    rows = tuple(replace(row, label=int(row.label)) for row in cache.rows)
    pictures = np.stack([cache.inputs[row.label] for row in rows])
    with pytest.raises(LeakError, match="picture"):
        climb(replace(same, inputs=pictures, rows=rows), LadderSpec(systems=(REFERENCE,)), tmp_path)


def test_a_ladder_none_of_whose_systems_fits_is_refused(cache: InputCache, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none of the systems"):
        climb(cache, LadderSpec(systems=("efficientnetv2-b0-roi",)), tmp_path)
    with pytest.raises(UsageError, match="each once"):
        LadderSpec(systems=("cnn-64", "cnn-64"))


def test_the_command_takes_a_carried_cache(
    cache: InputCache, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of other code is refused, and with --carried taken and that is said."""
    write_packed(cache, {"code": "of before"}, tmp_path / "cache.npz")
    given: list[LadderSpec] = []

    def climb_nothing(cache: Any, spec: LadderSpec, out: Path, **options: Any) -> Any:
        given.append(spec)
        raise UsageError("enough")

    monkeypatch.setattr(ladder_module, "climb", climb_nothing)
    common = ["ladder", str(tmp_path / "cache.npz"), "--out", str(tmp_path / "out"), "--epochs", "3", "--limit", "5"]
    assert main(common) == 2
    assert "stale" in capsys.readouterr().err
    assert main([*common, "--carried", "--systems", "cnn-64, small-resnet", "--set", "run.batch=4"]) == 2
    assert "used as it is" in capsys.readouterr().err
    assert given == [
        LadderSpec(systems=("cnn-64", "small-resnet"), changes=("stopping.epochs=3", "run.limit=5", "run.batch=4"))
    ]


def test_smaller_inputs_are_averages_of_what_they_cover() -> None:
    whole = make_lesion_cache(women=4)
    small = scaled(whole, 16, 8)
    expected = whole.inputs.reshape(-1, 16, 2, 8, 4).mean(axis=(2, 4))
    assert np.abs(small.inputs - expected).max() <= 0.5
    touched = whole.masks(range(8)).reshape(-1, 16, 2, 8, 4).max(axis=(2, 4))
    np.testing.assert_array_equal(small.masks(range(8)), touched)
    assert small.preprocess_hash != whole.preprocess_hash
    np.testing.assert_allclose(shares(7, 3).sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(shares(7, 3).sum(axis=0), 3 / 7, atol=1e-6)
    with pytest.raises(UsageError, match="cannot be made"):
        scaled(whole, 33, 32)
