"""The ladder: one split for all, crops apart from whole images, what could not be run, and no test woman read but by
asking."""

from __future__ import annotations

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
from training.ladder import climb
from training.ladder_child import ChildLostError
from training.ladder_rung import Source, fit_rung, step_costs
from training.ladder_spec import REFERENCE, LadderSpec, NotRun, Rung
from training.metrics import auroc
from training.report.ladder_page import ladder_lines, write_ladder
from training.scaling import scaled, shares
from training.split import LeakError, make_split
from training.systems import load_system

CHANGES = ("stopping.epochs=1", "run.batch=8", "run.limit=24", "model.units=4")
SYSTEMS = (REFERENCE, "cnn-64", "two-view-small", "efficientnetv2-b0-roi")
CROPPED = Rung(system=REFERENCE, name="dense-crops", changes=("input.crops=roi",))


def rungs(*systems: str) -> tuple[Rung, ...]:
    return tuple(Rung(system=system) for system in systems)


def climbing(cache: InputCache, spec: LadderSpec, out: Path) -> dict[str, Any]:
    """The ladder in this process."""
    return climb([Source(cache=cache)], spec, out)


@pytest.fixture(scope="module")
def cache() -> InputCache:
    """Inputs of 64 x 32."""
    made = make_lesion_cache(women=64)
    return replace(made, inputs=np.repeat(made.inputs, 2, axis=1), lesions=None)


@pytest.fixture(scope="module")
def crops() -> InputCache:
    """Crops of those women who have a lesion."""
    made = make_lesion_cache(women=64, crops=True)
    chosen = [place for place, row in enumerate(made.rows) if row.lesions]
    return replace(made, inputs=made.inputs[chosen], rows=tuple(made.rows[place] for place in chosen), lesions=None)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A system whose inputs are smaller than the cache's."""
    path = tmp_path_factory.mktemp("systems") / "small.toml"
    path.write_text('base = "cnn-64"\n[input]\nrows = 32\ncolumns = 32\n[model]\nfilters = [4]\n', encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def climbed(
    cache: InputCache, crops: InputCache, small: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    """The folder and the record of a ladder on validation women, of whole images and of crops."""
    out = tmp_path_factory.mktemp("ladder")
    dear = Rung(system="two-view-small", name="dear", changes=("input.rows=32", "input.columns=32"))
    spec = LadderSpec(
        rungs=(*rungs(*SYSTEMS, small), CROPPED),
        not_run=(NotRun(rung=dear, why="too dear", measured=True), NotRun(rung=Rung(system="four-view"), why="void")),
        changes=CHANGES,
        samples=50,
    )
    with without_graphs():
        return out, climb([Source(cache=crops), Source(cache=cache)], spec, out)


def _rungs(record: Any, unit: str, crops: str = "whole") -> dict[str, Any]:
    section = next(section for section in record["sections"] if section["crops"] == crops)
    return {rung["name"].partition(" (")[0]: rung for rung in section["units"][unit]["rungs"]}


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
    whole = record["sections"][0]
    assert whole["counts"]["validation"]["images"] == len(held) == whole["units"]["image"]["examples"]
    said = predict_run(out / REFERENCE, cache, held)
    found = _rungs(record, "image")
    assert found[REFERENCE]["auroc"]["value"] == pytest.approx(auroc(said.labels(), said.differences()))
    other = predict_run(out / "small", scaled(cache, 32, 32), held)
    less = auroc(other.labels(), other.differences()) - auroc(said.labels(), said.differences())
    assert found["small"]["less_reference"]["value"] == pytest.approx(less)
    assert found["small"]["above_reference"] is (found["small"]["auroc"]["value"] > found[REFERENCE]["auroc"]["high"])
    assert found[REFERENCE]["less_reference"] is None


def test_crops_have_a_section_and_a_reference_of_their_own(climbed: tuple[Path, Any]) -> None:
    _, record = climbed
    assert [(section["crops"], section["reference"]) for section in record["sections"]] == [
        ("whole", REFERENCE),
        ("roi", "dense-crops"),
    ]
    assert "dense-crops" not in _rungs(record, "image")
    assert [name for name, rung in _rungs(record, "image", "roi").items() if rung["system"]] == ["dense-crops"]


def test_women_of_crops_are_in_the_parts_of_their_whole_images(climbed: tuple[Path, Any], crops: InputCache) -> None:
    out, record = climbed
    whole = read_split(out / REFERENCE / "split.json").part_of
    cropped = read_split(out / "dense-crops" / "split.json").part_of
    assert set(cropped) == {row.patient_id for row in crops.rows}
    assert cropped == {woman: whole[woman] for woman in cropped}
    assert set(cropped.values()) == {"train", "validation", "test"}
    assert record["sections"][1]["counts"]["validation"]["women"] == list(cropped.values()).count("validation")


def test_crops_of_women_without_a_whole_image_are_refused(cache: InputCache, crops: InputCache, tmp_path: Path) -> None:
    stranger = replace(crops, rows=(replace(crops.rows[0], patient_id="drawn/stranger"), *crops.rows[1:]))
    with pytest.raises(UsageError, match="1 women have no line, as drawn/stranger"):
        climb([Source(cache=cache), Source(cache=stranger)], LadderSpec(changes=CHANGES), tmp_path)


def test_every_system_has_the_split_of_the_reference(climbed: tuple[Path, Any]) -> None:
    out, record = climbed
    for name in (REFERENCE, "two-view-small", "small"):
        assert read_split(out / name / "split.json").hashes() == record["sections"][0]["split"]["hashes"]


def test_what_was_not_run_says_why(climbed: tuple[Path, Any]) -> None:
    missing = {name: told["why"] for name, told in climbed[1]["not_run"].items()}
    assert missing["cnn-64"] == "inputs of 64 x 64 cannot be made of 64 x 32 (prepare with --rows 64 --columns 64)"
    assert missing["efficientnetv2-b0-roi"].startswith("inputs of 224 x 224 cannot be made of 32 x 32")
    assert missing["small-resnet"] == "not asked for"
    assert missing["four-view"] == "void"
    assert set(missing).isdisjoint(climbed[1]["systems"])


def test_one_step_is_measured_of_what_is_too_dear(climbed: tuple[Path, Any]) -> None:
    out, record = climbed
    told = record["not_run"]["dear"]
    assert (told["why"], told["step"]["batch"], told["step"]["rows"], told["step"]["columns"]) == (
        "too dear",
        8,
        32,
        32,
    )
    assert told["step"]["parameters"] == record["systems"]["two-view-small"]["parameters"]
    assert told["step"]["seconds_a_step"] > 0
    assert json.loads((out / "dear" / "step.json").read_text())["costs"] == told["step"]
    assert record["not_run"]["four-view"]["step"] is None
    assert not (out / "four-view").exists()


def test_a_step_is_measured_again_where_the_settings_are_others(tmp_path: Path) -> None:
    small = ["model.filters=[4]", "input.rows=32", "input.columns=32", "run.batch=2"]
    with without_graphs():
        first = step_costs(load_system("small-resnet", small), tmp_path, here=True)
        assert step_costs(load_system("small-resnet", small), tmp_path, here=True) == first
        wider = step_costs(load_system("small-resnet", [*small, "model.filters=[8]"]), tmp_path, here=True)
    assert wider["parameters"] > first["parameters"]
    with pytest.raises(UsageError, match="takes inputs of any size"):
        step_costs(load_system("small-resnet"), tmp_path, here=True)


def test_crops_need_a_cache_of_crops(cache: InputCache, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"takes roi inputs .*--roi"):
        climbing(cache, LadderSpec(rungs=(CROPPED,), changes=CHANGES), tmp_path)


def test_what_is_fitted_in_this_process_has_no_memory_of_its_own(climbed: tuple[Path, Any]) -> None:
    _, record = climbed
    assert {told["costs"] for told in record["systems"].values()} == {None}
    assert "not measured" in "\n".join(ladder_lines(record))


def test_validation_reads_no_test_woman(climbed: tuple[Path, Any]) -> None:
    out, record = climbed
    assert not list(out.glob("*/evaluation.json"))
    assert record["test_reads"] == {}


def test_what_is_complete_is_not_fitted_again(climbed: tuple[Path, Any], cache: InputCache) -> None:
    out, record = climbed
    before = (out / REFERENCE / "history.json").stat().st_mtime_ns
    again = climbing(cache, LadderSpec(rungs=rungs(REFERENCE), changes=CHANGES, samples=50), out)
    assert (out / REFERENCE / "history.json").stat().st_mtime_ns == before
    assert _rungs(again, "image")[REFERENCE]["auroc"] == _rungs(record, "image")[REFERENCE]["auroc"]


def test_a_rung_whose_process_dies_does_not_end_the_ladder(
    climbed: tuple[Path, Any], cache: InputCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(source: Source, system: Any, out: Path) -> None:
        if system.name == "cnn-64":
            raise ChildLostError("its process was ended by signal 9")
        fit_rung(source, system, out)

    monkeypatch.setattr(ladder_module, "fit_rung", dying)
    record = climbing(cache, LadderSpec(rungs=rungs("cnn-64", REFERENCE), changes=CHANGES, samples=20), climbed[0])
    assert "signal 9" in record["not_run"]["cnn-64"]["why"]
    assert list(record["systems"]) == [REFERENCE]


def test_test_women_are_read_once_and_that_is_counted(
    climbed: tuple[Path, Any], cache: InputCache, tmp_path: Path
) -> None:
    spec = LadderSpec(rungs=rungs(REFERENCE), changes=CHANGES, samples=20, test=True)
    first = climbing(cache, spec, tmp_path)
    kept = (tmp_path / REFERENCE / "evaluation.json").read_bytes()
    assert climbing(cache, spec, tmp_path)["test_reads"] == first["test_reads"] == {REFERENCE: 1}
    assert (tmp_path / REFERENCE / "evaluation.json").read_bytes() == kept
    told = json.loads(kept)
    assert first["sections"][0]["counts"]["test"]["images"] == told["counts"]["test"]["images"]
    value = _rungs(first, "image")[REFERENCE]["auroc"]["value"]
    assert value == pytest.approx(told["test"]["image"]["auroc"]["value"])
    assert "were read once by" in "\n".join(write_ladder(first, tmp_path))


def test_a_leak_ends_the_ladder(cache: InputCache, tmp_path: Path) -> None:
    """One picture under the names of all women."""
    same = replace(cache, inputs=np.repeat(cache.inputs[:1], len(cache.inputs), axis=0))
    rows = tuple(replace(row, label=int(row.label)) for row in cache.rows)
    pictures = np.stack([cache.inputs[row.label] for row in rows])
    with pytest.raises(LeakError, match="picture"):
        climbing(replace(same, inputs=pictures, rows=rows), LadderSpec(rungs=rungs(REFERENCE)), tmp_path)


def test_a_ladder_none_of_whose_systems_fits_is_refused(cache: InputCache, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none of the systems"):
        climbing(cache, LadderSpec(rungs=rungs("efficientnetv2-b0-roi")), tmp_path)
    with pytest.raises(UsageError, match="2 caches of whole inputs"):
        climb([Source(cache=cache), Source(cache=cache)], LadderSpec(), tmp_path)


def test_the_command_takes_a_carried_cache(
    cache: InputCache, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of other code is refused, and with --carried taken and that is said."""
    write_packed(cache, {"code": "of before"}, tmp_path / "cache.npz")
    given: list[tuple[Path | None, bool, LadderSpec]] = []

    def climb_nothing(sources: list[Source], spec: LadderSpec, out: Path, **options: Any) -> Any:
        given.append((sources[0].path, sources[0].carried, spec))
        raise UsageError("enough")

    monkeypatch.setattr(ladder_module, "climb", climb_nothing)
    common = ["ladder", str(tmp_path / "cache.npz"), "--out", str(tmp_path / "out"), "--epochs", "3", "--limit", "5"]
    assert main(common) == 2
    assert "stale" in capsys.readouterr().err
    assert main([*common, "--carried", "--systems", "cnn-64, small-resnet", "--set", "run.batch=4"]) == 2
    assert "used as it is" in capsys.readouterr().err
    ((path, carried, spec),) = given
    assert (path, carried) == (tmp_path / "cache.npz", True)
    assert [rung.name for rung in spec.rungs] == ["cnn-64", "small-resnet"]
    assert spec.changes == ("stopping.epochs=3", "run.limit=5", "run.batch=4")


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


def test_a_system_with_auxiliary_sets_is_told_to_be_none_for_a_ladder(cache: InputCache, tmp_path: Path) -> None:
    beside = Rung(system="lesion-pyramid", name="beside")
    spec = LadderSpec(rungs=(*rungs(REFERENCE), beside), changes=CHANGES, samples=20)
    with without_graphs():
        record = climbing(cache, spec, tmp_path)
    assert "auxiliary sets" in record["not_run"]["beside"]["why"]
