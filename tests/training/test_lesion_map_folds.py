"""Lesion maps judged out of folds: who is in which fold, what is pooled, and that nothing is fitted twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache
from tests.training.runs import without_graphs
from training.__main__ import main
from training.cache import InputCache, write_packed
from training.lesion_map_folds import MAP, MIDDLE, WAYS, Pointed, deal, middles, pooled, told_lines

CACHE = make_lesion_cache(women=20)
LESIONS = {row.patient_id for row in CACHE.rows if row.lesions}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small system with a mask head."""
    path = tmp_path_factory.mktemp("system") / "drawer.toml"
    path.write_text(
        'base = "multi-task"\n[input]\nrows = 0\ncolumns = 0\n[model]\nkind = "small-resnet"\nfilters = [8]\n'
        "[optimiser]\nmixed_precision = false\n"
    )
    return path


def command(base: Path, cache: Path, out: Path, *more: str) -> list[str]:
    words = ["--task", "lesion-map", "--system", str(base), "--epochs", "1", "--batch", "8", "--folds", "2"]
    return ["pretrain", str(cache), *words, "--out", str(out), *more]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cache") / "set.npz"
    write_packed(CACHE, {}, path)
    return path


@pytest.fixture(scope="module")
def run(base: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("folds") / "run"
    with without_graphs():
        assert main(command(base, cache, out)) == 0
    return out


def held(cache: InputCache, folds: int) -> list[set[str]]:
    return [{woman for woman, part in split.part_of.items() if part == "test"} for split in deal(cache, 1, folds)]


def test_each_woman_is_held_back_once_and_those_with_a_lesion_evenly() -> None:
    parts = held(CACHE, 5)
    assert sorted(woman for part in parts for woman in part) == sorted({row.patient_id for row in CACHE.rows})
    assert [len(part & LESIONS) for part in parts] == [3] * 5
    assert all(set(split.part_of.values()) == {"train", "test"} for split in deal(CACHE, 1, 5))


def test_sets_are_dealt_out_evenly() -> None:
    rows = tuple(replace(row, source="one" if place < 20 else "other") for place, row in enumerate(CACHE.rows))
    one = {row.patient_id for row in rows[:20]}
    assert {len(part & one) for part in held(replace(CACHE, rows=rows), 5)} == {2}


def test_an_image_that_does_not_say_whom_it_shows_is_never_held_back() -> None:
    rows = tuple(replace(row, woman_known=place > 7) for place, row in enumerate(CACHE.rows))
    unknown = {row.patient_id for row in rows[:8]}
    assert not unknown & set().union(*held(replace(CACHE, rows=rows), 3))


@pytest.mark.parametrize("folds", [1, 16])
def test_folds_that_cannot_be_made_are_refused(folds: int) -> None:
    with pytest.raises(UsageError, match=f"{folds} folds of 15 women"):
        deal(CACHE, 1, folds)


def test_the_middle_is_the_centroid_of_the_breast() -> None:
    inputs = np.zeros((2, 20, 10), np.uint8)
    inputs[0, 4:9, 2:5] = 7
    np.testing.assert_allclose(middles(inputs), [[6.0, 3.0], [9.5, 4.5]])


def test_every_image_with_a_lesion_is_judged_by_the_network_that_did_not_see_her(run: Path) -> None:
    judged = [json.loads((run / f"fold-{number}" / "pointing.json").read_text()) for number in (1, 2)]
    women = [{one["woman"] for one in part} for part in judged]
    assert women[0] | women[1] == LESIONS
    assert sum(len(part) for part in judged) == 30
    for number, part in enumerate(women, start=1):
        seen = json.loads((run / f"fold-{number}" / "split.json").read_text())["part_of"]
        assert {seen[woman] for woman in part} == {"test"}


def test_the_last_epoch_is_kept(run: Path) -> None:
    history = json.loads((run / "fold-1" / "history.json").read_text())
    assert [one["validation_pointing_hit"] for one in history] == [None]


def test_folds_that_are_done_are_not_fitted_again(
    run: Path, base: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*.weights.h5")}
    told = json.loads((run / "folds.json").read_text())
    (run / "folds.json").unlink()
    (run / "fold-2" / "pointing.json").unlink()
    assert main(command(base, cache, run)) == 0
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*.weights.h5")}
    assert json.loads((run / "folds.json").read_text()) == told
    assert "all: 30 images with a lesion of 15 women: lesion map 0." in capsys.readouterr().out


def test_another_number_of_folds_is_refused(
    run: Path, base: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command(base, cache, run)[:-3], "3", "--out", str(run)]) != 0
    assert "holds another run" in capsys.readouterr().err


def test_figures_are_pooled_by_set_and_told_beside_the_middle() -> None:
    found = [
        Pointed(
            f"w{woman}", "one" if woman < 30 else "other", "mass", dict.fromkeys(WAYS, False) | {MAP: woman % 3 > 0}
        )
        for woman in range(40)
    ]
    record = pooled(found, samples=50)
    assert record["all"]["pointing"][MAP]["value"] == pytest.approx(26 / 40)
    assert record["source"]["one"]["ahead"]["value"] == pytest.approx(20 / 30)
    assert record["source"]["one"]["pointing"][MIDDLE]["value"] == 0
    assert record["source"]["other"]["pointing"] == "too few"
    lines = told_lines({**record, "folds": 5, "near_px": 8.0, "rows": 208, "columns": 128})
    assert lines[-1].endswith("other: 10 images with a lesion of 10 women: too few for a figure")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--women-of", "two-view"], "--women-of holds back one part"),
        (["--validation", "0"], "--validation holds back one part"),
        (["--task", "masked"], "--folds goes with"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_line(
    words: list[str], why: str, base: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(base, cache, tmp_path / "run", *words)) != 0
    assert why in capsys.readouterr().err.strip().splitlines()[-1]
