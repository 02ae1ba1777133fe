"""Across modalities: fitted on MRI slices, judged on mammograms; what was seen and what cannot be known is said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mammoview.core.errors import UsageError
from mammoview.inference.preprocess import PreprocessParams
from tests.training.lesion_runs import tiny
from tests.training.runs import without_graphs
from tests.training.test_pretrain import SMALL, lesion_cache, renamed
from tests.training.test_slices import film_row, slice_row
from training.cache import WHOLE_ID, prepare
from training.commands.evaluate import summary
from training.data.table import Lesion
from training.fit import fit
from training.patches import assert_strangers, line, unknown_line, whole_lines
from training.pretrain import judge, lesions_of, pretrain, read_record
from training.split import LeakError, Split

SPOT = Lesion(box_px=(70, 20, 90, 40))


def start(source: str, *, unknown: Sequence[str] = ()) -> dict[str, Any]:
    """What a run keeps that began with the weights of a pre-training on `source`."""
    told = {"sources": [source], "sources_of_unknown_women": list(unknown)}
    return {"pretraining": told, "women_seen": [], "women_told": True}


def test_a_trunk_of_mri_slices_is_judged_on_the_lesions_of_mammograms(tmp_path: Path) -> None:
    cache = lesion_cache()
    with without_graphs():
        pretrain(lesions_of(renamed(cache, "mri", modality="mri")), SMALL, tmp_path / "run")
        found = judge(tmp_path / "run", "films", renamed(cache, "films", modality="film"))
    assert found["trained_on"] == {"sources": ["mri"], "modalities": ["mri"]}
    assert (found["modalities"], found["unit"], found["women"]) == (["film"], "patch", 18)
    assert json.loads((tmp_path / "run" / "judged.json").read_text()) == {"films": found}
    told = line(found, "films")
    assert told.startswith("films (film): AUROC per patch ")
    assert " to " in told and "mean grey alone" in told


def test_slices_as_prepared_are_judged_on_films_as_prepared(tmp_path: Path) -> None:
    """Lesions that lie outside of what the breast finder would keep are among those learnt from."""
    slices = [slice_row(tmp_path / "mri", seed) for seed in range(16)]
    films = [replace(film_row(tmp_path / "films", seed), lesions=(SPOT,)) for seed in range(16)]
    size = PreprocessParams(rows=96, columns=96).to_json()
    mri, film = (prepare(rows, tmp_path / name, params_json=size) for name, rows in (("m", slices), ("f", films)))
    assert mri.has_mask().all() and mri.preprocess["id"] == WHOLE_ID
    with without_graphs():
        pretrain(lesions_of(mri), SMALL, tmp_path / "run")
        found = judge(tmp_path / "run", "films", film)
    assert found["trained_on"] == {"sources": ["mri"], "modalities": ["mri"]}
    assert (found["women"], found["modalities"]) == (16, ["mammogram"])


def test_whole_images_are_judged_where_no_lesion_is_drawn(tmp_path: Path) -> None:
    cache = lesion_cache(women=16)
    config = replace(SMALL, base="small-resnet")
    with without_graphs():
        pretrain(lesions_of(renamed(cache, "mri", modality="mri")), config, tmp_path / "run")
        found = judge(tmp_path / "run", "films", replace(renamed(cache, "films", modality="film"), lesions=None))
    assert "patches" not in found
    assert [(unit, told["examples"]) for unit, told in found["whole_images"].items()] == [
        ("image", 32), ("breast", 16), ("woman", 16),
    ]  # fmt: skip
    assert "films (film), whole images, per breast: AUROC " in whole_lines(found, "films")[1]
    assert whole_lines(found, "films")[1].endswith(" on 16, 8 of them positive, of 16 women")
    positives = renamed(replace(cache, inputs=cache.inputs[2:4], rows=cache.rows[2:4], lesions=None), "films")
    with pytest.raises(UsageError, match="tells no lesions, and whole images cannot be judged"):
        judge(tmp_path / "run", "films", positives)


def test_a_woman_whom_it_has_seen_is_refused() -> None:
    images = lesions_of(lesion_cache(women=8))
    split = Split({images.rows[0].patient_id: "validation"}, 1)
    with pytest.raises(LeakError, match="1 of 6 women were in the model's training or validation part"):
        assert_strangers(images.rows, split, start("mri"))
    assert_strangers(images.rows, Split({}, 1), start("mri"))


def test_a_set_some_of_whose_images_do_not_say_whom_they_show_is_refused() -> None:
    images = lesions_of(renamed(lesion_cache(women=8), "mri"))
    with pytest.raises(LeakError, match="6 women were seen, or may have been"):
        assert_strangers(images.rows, Split({}, 1), start("mri", unknown=["mri"]))
    assert_strangers(images.rows, Split({}, 1), start("mri"))


def test_a_set_of_the_same_women_under_other_numbers_is_refused() -> None:
    images = lesions_of(renamed(lesion_cache(women=8), "cbis"))
    with pytest.raises(LeakError, match="6 women were seen, or may have been"):
        assert_strangers(images.rows, Split({}, 1), start("ddsm"))


def test_the_women_of_the_first_of_two_stages_are_not_forgotten(tmp_path: Path) -> None:
    caches = [renamed(lesion_cache(women=8), name) for name in ("first", "second")]
    first, second = (lesions_of(cache) for cache in caches)
    with without_graphs():
        weights = pretrain(first, SMALL, tmp_path / "first")
        pretrain(second, replace(SMALL, weights=str(weights)), tmp_path / "second")
        with pytest.raises(LeakError, match="seen"):
            judge(tmp_path / "second", "again", caches[0])
    assert read_record(tmp_path / "second")["sources"] == ["first", "second"]


def test_nothing_is_judged_by_images_of_nobody(tmp_path: Path) -> None:
    with without_graphs():
        pretrain(lesions_of(lesion_cache(women=8)), SMALL, tmp_path / "run")
    with pytest.raises(UsageError, match="no image says whom it shows"):
        judge(tmp_path / "run", "mri", renamed(lesion_cache(women=8), "mri", woman_known=False))
    assert read_record(tmp_path / "run")["sources"] == ["drawn"]


def test_a_fit_on_a_set_whose_women_are_not_known_says_why_nothing_can_be_chosen(tmp_path: Path) -> None:
    cache = lesion_cache(women=8)
    rows = tuple(replace(row, woman_known=row.label == 1) for row in cache.rows)
    with pytest.raises(UsageError, match="one class only: 8 of 16 images do not say whom they show"):
        fit(replace(cache, rows=rows), tiny("small-resnet"), tmp_path / "run")


def test_one_set_with_known_and_unknown_women_is_warned_of() -> None:
    images = lesions_of(lesion_cache(women=8))
    assert unknown_line(images) == ""
    some = replace(images, rows=(replace(images.rows[0], woman_known=False), *images.rows[1:]))
    assert "the figures may be too good" in unknown_line(some)
    other = replace(images, rows=(replace(images.rows[0], woman_known=False, source="mri"), *images.rows[1:]))
    assert unknown_line(other) == "1 of 12 images do not say whom they show: they are trained on, and choose nothing"


def test_the_headline_says_what_must_be_beaten_and_where_nothing_was_learnt() -> None:
    same, other = ({"value": 0.5, "low": low, "high": 0.5} for low in (0.5, 0.4))
    metadata = {"metadata": {"features": "age and side", "auroc": {"value": 0.7, "low": 0.6, "high": 0.8}}}
    test = {"image": {"auroc": same}, "breast": {"auroc": other}, "baselines": {"breast": metadata}}
    record = {"test": test, "leak": {"state": "none"}}
    assert summary(record) == [
        "AUROC per image: 0.500 (0.500 to 0.500)",
        "  it says the same of all: this model has learnt nothing; fit it with another seed or rate",
        "AUROC per breast: 0.500 (0.400 to 0.500)",
        "without a picture, from age and side, per breast: 0.700 (0.600 to 0.800)",
    ]
