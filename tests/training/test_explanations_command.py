"""From a run to measured explanations: the command, its tables, the section of the report, the card, counted reads."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import load_bundle
from mammoview.inference.gradcam import CellField
from tests.training.lesion_runs import SIZE, make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training import cache as caches
from training.__main__ import main
from training.cache import InputCache
from training.card import model_card
from training.data.table import ImageRow, Lesion
from training.evaluation.runs import read_run
from training.explanations.gradients import Answer, Explainer
from training.explanations.judge import Sight, measure
from training.explanations.maps import hires_cam, laid
from training.explanations.opening import inputs_of, open_bundle, open_run, open_run_on_data
from training.explanations.record import figures
from training.explanations.subjects import choose
from training.explanations.summary import note
from training.fit import fit
from training.report.explanations import verdict
from training.split import LeakError

PREPROCESS = {"id": "breast-crop/1", "params": {"rows": SIZE, "columns": SIZE}}


def _cache() -> InputCache:
    return replace(make_lesion_cache(women=100), preprocess=PREPROCESS)


def _options(folder: Path) -> list[str]:
    return [str(folder / "run"), "--cache", str(folder / "cache.npz"), "--samples", "30", "--road", "3"]


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cache.npz and "run", a network with a mask head, evaluated and explained on both parts."""
    folder = tmp_path_factory.mktemp("explained")
    cache = _cache()
    caches.write_packed(cache, {}, folder / "cache.npz")
    system = tiny("multi-task", "split.validation=0.3", "split.test=0.3", "stopping.epochs=1")
    with without_graphs():
        fit(cache, system, folder / "run")
        assert main(["evaluate", str(folder / "run"), "--cache", str(folder / "cache.npz"), "--samples", "30"]) == 0
    assert main(["explain", *_options(folder), "--gallery", "2"]) == 0
    assert main(["explain", *_options(folder), "--gallery", "2", "--part", "test"]) == 0
    return folder


def _record(explained: Path, part: str = "validation") -> Any:
    return json.loads((explained / "run" / f"explanations-{part}" / "explanations.json").read_text())


def test_every_map_and_the_mask_head_are_measured_with_intervals_and_units(explained: Path) -> None:
    record = _record(explained)
    assert sorted(record["methods"]) == sorted(
        ["Grad-CAM", "Grad-CAM++", "HiResCAM", "mask head", "random", "centre of the breast", "edges"]
    )
    assert record["unit"] == "image with a suspicious lesion"
    assert record["counts"]["images"] >= 20
    for told in record["methods"].values():
        for figure in ("pointing", "energy", "iou"):
            assert 0 <= told[figure]["low"] <= told[figure]["value"] <= told[figure]["high"] <= 1
        assert told["road"] == "too few"
        assert (
            told["groups"]["view"]["CC"]["images"] + told["groups"]["view"]["MLO"]["images"]
            == (record["counts"]["images"])
        )
    assert set(record["froc"]["sensitivity"]) == {"0.25", "0.5", "1", "2"}
    assert record["froc"]["images"] == record["counts"]["images"] + record["counts"]["images_without_lesion"]
    assert set(record["sanity"]["methods"]) == {"Grad-CAM", "Grad-CAM++", "HiResCAM", "mask head"}
    assert all(told["repeat_identical"] for told in record["sanity"]["methods"].values())


def test_only_women_of_the_part_are_looked_at(explained: Path) -> None:
    split = read_run(explained / "run").split
    for part in ("validation", "test"):
        with (explained / "run" / f"explanations-{part}" / "images.csv").open() as stream:
            women = {record["patient_id"] for record in csv.DictReader(stream)}
        assert {split.part_of[woman] for woman in women} == {part}


def test_a_look_at_test_women_is_counted_and_one_at_validation_women_is_not(explained: Path) -> None:
    evaluation = json.loads((explained / "run" / "evaluation.json").read_text())
    assert evaluation["test_reads"] == evaluation["test_reads_with_neighbours"] == 2
    assert len(evaluation["test_read_times"]) == 2
    assert _record(explained, "test")["test_reads"] == 2
    assert _record(explained)["test_reads"] is None


def test_test_women_of_a_run_that_was_not_evaluated_are_not_read(explained: Path, tmp_path: Path) -> None:
    shutil.copytree(explained / "run", tmp_path / "run")
    (tmp_path / "run" / "evaluation.json").unlink()
    with pytest.raises(UsageError, match="was not evaluated"):
        open_run(read_run(tmp_path / "run"), _cache(), part="test")


def test_the_tables_hold_every_figure_and_every_image(explained: Path) -> None:
    folder = explained / "run" / "explanations-validation"
    record = _record(explained)
    with (folder / "explanations.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    told = {(line["method"], line["group"], line["figure"]): line for line in lines}
    own = told[("Grad-CAM", "all", "pointing")]
    assert float(own["value"]) == record["methods"]["Grad-CAM"]["pointing"]["value"]
    assert told[("mask head", "all", "sensitivity at 0.5 false positives an image")]["unit"] == "lesion"
    assert told[("HiResCAM", "all", "road")]["value"] == "too few"
    with (folder / "images.csv").open() as stream:
        images = list(csv.DictReader(stream))
    assert len(images) == record["counts"]["images"] * len(record["methods"])
    mean = np.mean([float(line["pointing"]) for line in images if line["method"] == "Grad-CAM"])
    assert mean == pytest.approx(record["methods"]["Grad-CAM"]["pointing"]["value"], abs=1e-5)


def test_the_report_shows_both_parts_with_their_pictures(explained: Path) -> None:
    assert main(["report", str(explained / "run"), "--no-pictures"]) == 0
    text = (explained / "run" / "report" / "report.html").read_text()
    assert "On validation women" in text
    assert "On test women" in text
    assert text.count("data:image/jpeg;base64,") == 4
    assert str(explained) not in text
    alone = (explained / "run" / "explanations-test" / "explanations.html").read_text()
    assert "<script" not in alone
    assert alone.count("data:image/jpeg;base64,") == 2


def test_the_gallery_draws_the_outline_of_the_lesion(explained: Path) -> None:
    folder = explained / "run" / "explanations-validation"
    strip = cv2.imread(str(folder / "gallery-1.jpg"))
    assert strip is not None
    panels = len(_record(explained)["gallery"][0]["panels"])
    assert panels == 5
    width = (strip.shape[1] - 6 * (panels - 1)) // panels
    first = strip[:, :width].astype(int)
    assert (first[..., 0] - first[..., 2] > 60).sum() > 50  # blue, where the input itself is grey


def test_the_card_tells_what_was_measured_and_on_whom(explained: Path) -> None:
    evaluation = json.loads((explained / "run" / "evaluation.json").read_text())
    assert evaluation["explanations"]["part"] == "test"
    grid = CellField(2, 2, 16.0, 7.5, 16.0, 7.5)
    text = model_card(evaluation, name="a", version="1", intended_use="x", grid=grid)
    assert evaluation["explanations"]["shown"] == "mask head"  # the map that a bundle of this run shows
    value = evaluation["explanations"]["pointing"]["mask head"]["value"]
    assert f"points at the lesion in {value:.3f}" in text
    assert "Its agreement with lesions" not in text
    silent = model_card({**evaluation, "explanations": None}, name="a", version="1", intended_use="x", grid=grid)
    assert "Its agreement with lesions was not measured" in silent


def test_an_evaluation_keeps_what_was_measured_of_the_same_weights_alone(explained: Path, tmp_path: Path) -> None:
    shutil.copytree(explained / "run", tmp_path / "run")
    options = ["evaluate", str(tmp_path / "run"), "--cache", str(explained / "cache.npz"), "--samples", "10"]
    path = tmp_path / "run" / "evaluation.json"
    with without_graphs():
        assert main(options) == 0
        assert json.loads(path.read_text())["explanations"]["part"] == "test"
        evaluation = json.loads(path.read_text())
        evaluation["explanations"]["weights_sha256"] = "of others"
        path.write_text(json.dumps(evaluation))
        assert main(options) == 0
    assert json.loads(path.read_text())["explanations"] is None


def test_figures_on_test_women_count_before_others_and_before_too_few(explained: Path, tmp_path: Path) -> None:
    validation, test = _record(explained), _record(explained, "test")
    few = {**test, "methods": {name: {**told, "pointing": "too few"} for name, told in test["methods"].items()}}
    (tmp_path / "evaluation.json").write_text("{}")
    kept = []
    newer = {**test, "sources": ["again"]}
    for record in (few, validation, few, test, newer, validation, {**validation, "weights_sha256": "new"}):
        note(tmp_path, record)
        told = json.loads((tmp_path / "evaluation.json").read_text())["explanations"]
        kept.append((told["part"], told["pointing"]["Grad-CAM"] == "too few", told["sources"], told["weights_sha256"]))
    weights = test["weights_sha256"]
    assert kept == [
        ("test", True, ["drawn"], weights),
        ("validation", False, ["drawn"], weights),
        ("validation", False, ["drawn"], weights),
        ("test", False, ["drawn"], weights),
        ("test", False, ["again"], weights),
        ("test", False, ["again"], weights),
        ("validation", False, ["drawn"], "new"),
    ]


def test_views_of_a_breast_are_explained_one_by_one(tmp_path: Path) -> None:
    cache = _cache()
    system = tiny("two-view-small", "model.filters=[8]", "split.validation=0.3", "stopping.epochs=1", trunk=False)
    with without_graphs():
        fit(cache, system, tmp_path / "run")
    opened = open_run(read_run(tmp_path / "run"), cache, part="validation", most=20)
    found = measure(opened.sight, opened.chosen, road=1, gallery=1)
    assert {len(subject.group) for subject in found.subjects} == {2}
    assert {subject.view for subject in found.subjects} == {0, 1}
    assert "mask head" not in found.values
    assert found.marks is None
    assert np.isfinite(found.values["Grad-CAM"]["road"]).sum() == 1
    second = next(subject for subject in found.subjects if subject.view == 1)
    answer = opened.sight.explainer.answer(opened.sight.pixels(second.group))
    drawn = hires_cam(answer.features[1], answer.gradients[1])
    expected = laid(drawn, opened.sight.grid, second.breast)
    np.testing.assert_array_equal(opened.sight.own_maps(second)["HiResCAM"], expected)
    same = opened.sight.variants(second, opened.sight.pixels((second.index,)))
    np.testing.assert_array_equal(same, opened.sight.explainer.probabilities(opened.sight.pixels(second.group)[None]))
    record = figures(found, opened.chosen, samples=10)
    assert record["froc"] is None
    assert record["counts"]["images"] == 20


class _Bright(Explainer):
    """Stands for a network whose features are the bright pixels themselves, in cells of four."""

    def __init__(self) -> None:
        self.cells = (SIZE // 4, SIZE // 4)

    def answer(self, pixels: NDArray[np.float32]) -> Answer:
        views = [cv2.resize(view, self.cells[::-1], interpolation=cv2.INTER_AREA) for view in pixels]
        features = np.maximum(np.stack(views)[..., None] - 0.5, 0).astype(np.float32)
        return Answer(0.0, features, np.ones_like(features), None)

    def probabilities(self, pixels: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(pixels.max(axis=(1, 2, 3)), np.float64)

    def weighted_layers(self) -> list[Any]:
        layer = layers.Dense(2)
        layer.build((None, 3))
        return [layer]


def test_maps_that_show_the_lesion_beat_the_baselines() -> None:
    cache = make_lesion_cache(women=40)
    chosen = choose(cache, tuple((index,) for index in range(len(cache.rows))))
    grid = CellField(SIZE // 4, SIZE // 4, 4.0, 1.5, 4.0, 1.5)
    sight = Sight(_Bright(), cache, grid, seed=0)
    found = measure(sight, chosen, road=0, gallery=0)
    record = {**figures(found, chosen, samples=50), "part": "data"}
    methods = record["methods"]
    assert methods["Grad-CAM"]["pointing"]["value"] == 1.0
    assert methods["Grad-CAM"]["energy"]["value"] > 3 * methods["random"]["energy"]["value"]
    assert methods["random"]["pointing"]["value"] < 0.4
    best = methods[record["best_baseline"]]["pointing"]["value"]
    assert best == max(methods[name]["pointing"]["value"] for name in ("random", "centre of the breast", "edges"))
    assert methods["Grad-CAM"]["ahead"]["value"] == pytest.approx(1 - best)
    assert not found.sanity["methods"]["Grad-CAM"]["passes"]  # these maps hang on no weight


@pytest.mark.parametrize(
    ("value", "ahead", "words"),
    [
        (0.9, (0.5, 0.4, 0.6), "points at lesions as asked for"),
        (0.7, (0.2, 0.1, 0.3), "more often than the best baseline (edges), but not as often"),
        (0.5, (0.1, -0.1, 0.3), "cannot be told from the best baseline (edges)"),
        (0.2, (-0.3, -0.4, -0.2), "LESS often than the best baseline (edges)"),
    ],
)
def test_the_verdict_says_what_the_pointing_game_means(value: float, ahead: tuple[float, ...], words: str) -> None:
    told = dict(zip(("value", "low", "high"), ahead, strict=True))
    own = {"pointing": {"value": value}, "ahead": {**told, "as_asked_for": value >= 0.8 and ahead[0] >= 0.3}}
    assert words in verdict({"methods": {"Grad-CAM": own}, "best_baseline": "edges"})
    few = {"pointing": "too few", "ahead": "too few"}
    assert "Too few" in verdict({"methods": {"Grad-CAM": few}, "best_baseline": "edges"})


def test_the_verdict_is_on_the_map_that_the_application_shows() -> None:
    span = {"value": 0.7, "low": 0.6, "high": 0.8}
    behind, ahead = (
        {"value": 0.2, "low": low, "high": high, "as_asked_for": False} for low, high in ((-0.3, -0.1), (0.1, 0.3))
    )
    methods = {"Grad-CAM": {"pointing": span, "ahead": behind}, "mask head": {"pointing": span, "ahead": ahead}}
    told = {"methods": methods, "best_baseline": "edges"}
    assert verdict(told).startswith("Grad-CAM points at lesions LESS often")
    assert verdict({**told, "shown": "mask head"}).startswith("The lesion map points at lesions more often")


def _drawn_files(folder: Path) -> list[ImageRow]:
    """Pictures of two women with a drawn cancer, and of a third whose file is gone."""
    from tests.bundles import breast_pixels

    rows = []
    for number in range(2):
        file = folder / f"{number}.png"
        cv2.imwrite(str(file), breast_pixels(640, 512, bits=8, seed=number))
        rows.append(
            ImageRow(
                file=file,
                patient_id=f"set/{number}",
                laterality="L",
                view="CC",
                label=1,
                source="set",
                lesions=(Lesion(kind="mass", pathology="malignant", circle_px=(320, 150, 40)),),
            )
        )
    return [*rows, replace(rows[0], file=folder / "gone.png", patient_id="set/2")]


def test_a_run_is_explained_on_women_of_another_set_and_the_card_says_so(explained: Path, tmp_path: Path) -> None:
    run = read_run(explained / "run")
    with without_graphs():
        opened = open_run_on_data(run, _drawn_files(tmp_path))
        found = measure(opened.sight, opened.chosen, road=0, gallery=0)
    record = {**figures(found, opened.chosen, samples=10), **opened.facts}
    assert {subject.row.patient_id for subject in found.subjects} == {"set/0", "set/1"}
    assert sum(opened.chosen.left_out.values()) == 1
    assert (record["part"], record["kind"], record["shown"]) == ("data", "run", "mask head")
    shutil.copy(explained / "run" / "evaluation.json", tmp_path / "evaluation.json")
    kept = json.loads((tmp_path / "evaluation.json").read_text())["explanations"]
    told = {**kept, "part": "data", "sources": ["set"]}
    card = model_card(
        {**json.loads((tmp_path / "evaluation.json").read_text()), "explanations": told},
        name="a",
        version="1",
        intended_use="x",
        grid=CellField(2, 2, 16.0, 7.5, 16.0, 7.5),
    )
    assert "women of set, of no part of the split, with a drawn suspicious lesion" in card


def test_women_of_the_run_itself_are_no_other_women(explained: Path, tmp_path: Path) -> None:
    run = read_run(explained / "run")
    seen = next(woman for woman, part in run.split.part_of.items() if part == "train")
    rows = [replace(row, patient_id=seen) if row.patient_id == "set/0" else row for row in _drawn_files(tmp_path)]
    with pytest.raises(LeakError, match="1 of 3 women"):
        open_run_on_data(run, rows)
    with without_graphs():
        opened = open_run_on_data(run, rows, unseen=True)
    assert {subject.row.patient_id for subject in opened.chosen.subjects} == {"set/1"}


def test_a_bundle_is_explained_on_files_that_its_gate_lets_pass(tiny_bundle: Path, tmp_path: Path) -> None:
    rows = _drawn_files(tmp_path)
    bundle = load_bundle(tiny_bundle)
    left_out: dict[str, int] = {}
    cache = inputs_of(rows, bundle.preprocess, left_out)
    assert len(cache.rows) == 2
    assert sum(left_out.values()) == 1
    with without_graphs():
        opened = open_bundle(bundle, rows)
        found = measure(opened.sight, opened.chosen, road=0, gallery=0)
    assert len(found.subjects) == 2
    assert 0 < found.subjects[0].lesion.mean() < 0.2
    assert figures(found, opened.chosen, samples=10)["methods"]["Grad-CAM"]["pointing"] == "too few"


def test_a_set_without_drawn_suspicious_lesions_is_one_clear_line(
    explained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = replace(_cache(), lesions=None)
    caches.write_packed(cache, {}, tmp_path / "cache.npz")
    with without_graphs():
        assert main(["explain", str(explained / "run"), "--cache", str(tmp_path / "cache.npz")]) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith("training: no image with a drawn suspicious lesion")
    assert "no lesion is drawn" in told
