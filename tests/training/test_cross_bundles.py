"""A bundle of three classes that was fitted on MRI slices: all that says something of it says that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import load_bundle
from mammoview.inference.preprocess import PreprocessParams
from tests.training.lesion_runs import tiny
from tests.training.runs import without_graphs
from tests.training.test_pretrain import lesion_cache, renamed
from tests.training.test_slices import film_row
from training.__main__ import main
from training.across import across_line, slices_lines, task_of
from training.cache import CROP_ID, InputCache
from training.data.table import Lesion
from training.evaluate import evaluate, read_run
from training.evaluation.bundles import judge_bundle
from training.explanations.opening import open_run_on_data
from training.export import export
from training.fit import fit
from training.lesion_crop import record_hash
from training.slices import inputs_record

PARAMS = PreprocessParams(rows=96, columns=96, fit="letterbox")


def _cache(source: str, modality: str) -> InputCache:
    cache = renamed(lesion_cache(women=48), source, modality=modality)
    record = inputs_record(cache.rows, PARAMS)
    return replace(cache, preprocess=record, preprocess_hash=record_hash(record))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the run "run" of three classes on MRI slices, evaluated, and the bundle "slices-1.0"."""
    folder = tmp_path_factory.mktemp("slices")
    cache = _cache("mri", "mri")
    system = tiny("cnn-64-three", "model.filters=[8]", "run.limit=48", "split.validation=0.3")
    with without_graphs():
        fit(cache, system, folder / "run")
        evaluate(read_run(folder / "run"), cache, samples=50)
    export(folder / "run", cache, name="slices", version="1.0", out=folder, gate=False)
    return folder


@pytest.fixture(scope="module")
def on_films(made: Path) -> Any:
    """evaluation.json of the bundle on films of other women."""
    with without_graphs():
        judge_bundle(load_bundle(made / "slices-1.0"), _cache("films", "film"), made / "films", samples=50)
    return json.loads((made / "films" / "evaluation.json").read_text())


def test_the_application_takes_the_last_of_three_classes_for_the_suspicious_one(made: Path) -> None:
    bundle = load_bundle(made / "slices-1.0")
    assert bundle.classes == ("normal", "benign", "malignant")
    assert bundle.suspicious == "malignant"
    assert bundle.task == task_of(bundle.classes) == "malignant against normal and benign together, per image"


def test_the_card_tells_three_classes_and_the_modality(made: Path) -> None:
    card = (made / "slices-1.0" / "MODEL_CARD.md").read_text()
    assert "The images are breast MRI slices. **Nothing here was measured on mammograms.**" in card
    assert "the lesion in this image is malignant, against benign and normal together" in card
    assert "Grad-CAM of logit(malignant) - log(exp logit(normal) + exp logit(benign))" in card
    matrix = json.loads((made / "run" / "evaluation.json").read_text())["three_classes"]["confusion"]
    for name, line in zip(("normal", "benign", "malignant"), matrix["rows_truth_columns_said"], strict=True):
        assert f"| {name} | {line[0]} | {line[1]} | {line[2]} |" in card
    assert "logit(cancer)" not in card


def test_the_application_gives_a_network_of_whole_slices_the_breast_alone_and_the_card_says_so(made: Path) -> None:
    assert read_run(made / "run").config_record["preprocess"] == _cache("mri", "mri").preprocess_hash != PARAMS.hash
    assert load_bundle(made / "slices-1.0").preprocess == PARAMS
    card = (made / "slices-1.0" / "MODEL_CARD.md").read_text()
    assert "It was fitted and judged on whole slices, padded to their aspect." in " ".join(card.split())


def test_the_card_of_a_network_of_mammograms_and_slices_says_that_these_were_whole() -> None:
    record = inputs_record((*_cache("mri", "mri").rows, *_cache("films", "film").rows), PARAMS)
    assert [line.partition(",")[0] for line in slices_lines(record)] == [
        "The slices of MRI among its images were whole"
    ]
    assert slices_lines(PARAMS.to_json()) == []


def test_a_bundle_is_not_judged_on_inputs_that_the_application_does_not_make(made: Path) -> None:
    with pytest.raises(UsageError, match="made by another preprocessing than the bundle's"), without_graphs():
        judge_bundle(load_bundle(made / "slices-1.0"), _cache("other", "mri"), made / "judged", samples=50)


def test_a_run_of_slices_is_explained_on_images_as_the_application_reads_them(made: Path, tmp_path: Path) -> None:
    rows = [replace(film_row(tmp_path, seed), lesions=(Lesion(box_px=(70, 20, 90, 40)),)) for seed in (1, 2)]
    with without_graphs():
        opened = open_run_on_data(read_run(made / "run"), [replace(row, label=1) for row in rows])
    assert len(opened.chosen.subjects) == 2
    assert opened.facts["preprocess"] == PARAMS.to_json()


def test_slices_that_lie_whole_among_mammograms_are_not_judged(made: Path) -> None:
    films, slices = _cache("films", "film"), _cache("other", "mri").rows[:8]
    rows = (*slices, *films.rows[8:])
    mixed = replace(films, rows=rows, preprocess=inputs_record(rows, PARAMS))
    assert mixed.preprocess_hash == PARAMS.hash
    with without_graphs():
        judged = judge_bundle(load_bundle(made / "slices-1.0"), mixed, made / "mixed", samples=50)
    assert judged["modalities"] == ["film"]
    assert judged["refused"]["reasons"] == {"a slice of MRI taken whole, which the application does not do": 8}


def test_figures_on_films_say_that_the_model_is_of_mri_slices(on_films: Any) -> None:
    assert on_films["trained_on"]["modalities"] == ["mri"]
    assert on_films["trained_on"]["sources"] == ["mri"]
    assert on_films["modalities"] == ["film"]
    assert across_line(on_films).startswith("fitted on breast MRI slices, judged on digitised films")
    assert set(on_films["test"]["image"]["auroc"]) == {"value", "low", "high"}


def test_the_page_says_so_too(made: Path, on_films: Any) -> None:
    assert main(["report", str(made / "films"), "--out", str(made / "page"), "--no-pictures"]) == 0
    assert "Fitted on breast MRI slices, judged on digitised films" in (made / "page" / "report.html").read_text()


def test_a_bundles_figures_tell_what_views_give_together_and_how_reliable_they_are(made: Path, on_films: Any) -> None:
    assert on_films["views"]["units"]["breast"]["examples"] == on_films["test"]["breast"]["examples"]
    assert on_films["reliability"]["part"] == "judged"
    assert sum(one["count"] for one in on_films["reliability"]["after"]) == on_films["test"]["image"]["examples"]
    assert main(["report", str(made / "films"), "--out", str(made / "both"), "--no-pictures"]) == 0
    page = (made / "both" / "report.html").read_text()
    assert "<h2>Views together</h2>" in page
    assert "<h2>Reliability</h2>" in page


def test_one_modality_needs_no_line() -> None:
    told = {"modalities": ["film"], "trained_on": {"modalities": ["film", "mri"]}}
    assert across_line(told) == ""
    assert across_line({"modalities": ["film"], "trained_on": {}}) == ""


def test_a_model_of_crops_is_not_exported(made: Path) -> None:
    crops = replace(_cache("mri", "mri"), preprocess={**PARAMS.to_json(), "id": CROP_ID})
    with pytest.raises(UsageError, match="judges crops around lesions"):
        export(made / "run", crops, name="crops", version="1.0", out=made)
