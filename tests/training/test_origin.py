"""Where first weights come from: the card says what really was done, and women who were seen then are not judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.data.table import ImageRow
from training.evaluation.runs import Run
from training.fitting.records import assert_unseen, start_record, write_json
from training.leaks import overlap_with_bundle, overlap_with_run, woman_digest
from training.origin import origin, overlap_line
from training.split import LeakError, Split, SplitSpec, split_record


def _story(**changes: Any) -> dict[str, Any]:
    return {
        "source": "synthetic",
        "sources": ["synthetic"],
        "modalities": ["mammogram"],
        "sources_of_unknown_women": [],
        "images": {"train": 80, "validation": 20},
        "women": {"train": 40, "validation": 10},
        "women_hashes": {"train": "aaaa", "validation": "bbbb", "test": "cccc"},
        "stages": [{"epochs": 12, "patch": 64, "validation_patch_auroc": 0.8149}],
        **changes,
    }


def _start(**changes: Any) -> dict[str, Any]:
    return {"kind": "trunk", "sha256": "0123456789abcdef" * 4, "pretraining": None, "earlier_epochs": 0, **changes}


SYNTHETIC = (
    "weights trained here to tell lesion patches from the rest of the same breast on 80 mammograms of 40 women "
    "(synthetic women, no real ones), train women's hash aaaa, validation women's hash bbbb: 12 epochs on patches of "
    "64 pixels (patch AUROC 0.81 on the women by whom the epoch was chosen)"
)
MRI = _story(
    source="mri/A and mri/B",
    sources=["mri/A", "mri/B"],
    modalities=["mri"],
    sources_of_unknown_women=["mri/B"],
    stages=[{"epochs": 5, "patch": 48, "validation_patch_auroc": None}],
)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (None, "random weights (nothing was downloaded)"),
        (_start(pretraining=_story()), SYNTHETIC),
        (
            _start(pretraining=MRI),
            "weights trained here to tell lesion patches from the rest of the same breast on 80 breast MRI slices of "
            "40 women (mri/A; mri/B; not all images of mri/B say whom they show), train women's hash aaaa, validation "
            "women's hash bbbb: 5 epochs on patches of 48 pixels (the last epoch: no woman was held back)",
        ),
        (
            _start(kind="imagenet"),
            "Keras' ImageNet weights of this network in a local file (sha256 0123456789abcdef), its first convolution "
            "summed over the three channels: photographs, no mammograms",
        ),
        (_start(kind="weights"), "a local weights file (sha256 0123456789abcdef)"),
        (
            _start(kind="weights", earlier_epochs=3, women_seen=["x"]),
            "the weights of an earlier run (sha256 0123456789abcdef); fitted on the training women for 3 epochs "
            "already",
        ),
        (
            _start(patches=7),
            "random weights (nothing was downloaded); then for 7 epochs on lesion patches of the training women of "
            "this very run",
        ),
        (
            _start(pretraining=_story(), patches=7, before=_start(pretraining=_story())),
            f"{SYNTHETIC}; then for 7 epochs on lesion patches of the training women of this very run",
        ),
    ],
)
def test_the_card_says_what_the_weights_were(start: dict[str, Any] | None, sentence: str) -> None:
    assert origin(start) == sentence


def test_a_record_of_before_there_were_modalities_is_of_films() -> None:
    old = {key: value for key, value in _story(source="ddsm").items() if key not in ("sources", "modalities")}
    old.pop("sources_of_unknown_women")
    assert "on 80 digitised films of 40 women (DDSM with lesion boxes, CC BY 4.0)" in origin(_start(pretraining=old))


def _rows(source: str, *women: int) -> list[ImageRow]:
    return [
        ImageRow(file=Path("x"), patient_id=f"{source}/{n}", laterality="L", view="CC", label=n % 2, source=source)
        for n in women
    ]


def _run(folder: Path, part_of: dict[str, str], *, start: dict[str, Any] | None = None, pretrain: Any = None) -> Path:
    """The weights of a run, with what lies beside them."""
    folder.mkdir()
    (folder / "best.weights.h5").write_bytes(b"weights")
    write_json(folder / "split.json", split_record(Split(part_of, 1, SplitSpec())))
    if start is not None:
        write_json(folder / "start.json", start)
    if pretrain is not None:
        write_json(folder / "pretrain.json", pretrain)
    return folder / "best.weights.h5"


PARTS = {"synthetic/0": "train", "synthetic/1": "validation", "synthetic/2": "test"}


@pytest.fixture
def start(tmp_path: Path) -> dict[str, Any]:
    """What a run starts from that goes on from a run that started from a pre-training."""
    first = _run(tmp_path / "first", PARTS, pretrain=_story())
    second = _run(tmp_path / "second", {"rsna/5": "train", "rsna/6": "test"}, start=start_record(first, "trunk"))
    return start_record(second)


def test_all_women_on_the_way_are_told_by_their_digests(start: dict[str, Any]) -> None:
    expected = sorted(woman_digest(woman) for woman in ("synthetic/0", "synthetic/1", "rsna/5"))
    assert (start["women_seen"], start["women_told"]) == (expected, True)
    assert start["pretraining"]["source"] == "synthetic"


def test_other_women_of_the_same_set_may_be_judged(start: dict[str, Any]) -> None:
    """By run and by bundle; without digests the whole set counts as seen."""
    rows = [*_rows("synthetic", 0, 1, 2, 3), *_rows("rsna", 5, 6)]
    seen = {"synthetic/0", "synthetic/1", "rsna/5"}
    assert overlap_with_run(rows, Split({}, 0), start).women == seen
    bundle = {"women": {"train": [woman_digest("rsna/6")]}, "start": start}
    found = overlap_with_bundle(rows, bundle, {})
    assert found.women == {*seen, "rsna/6"}
    assert "3 women were seen, or may have been, when its first weights were made" in found.text
    for source, count in (("synthetic", 4), ("synthetic and rsna", 6)):
        old = {"pretraining": {"source": source}}
        assert len(overlap_with_run(rows, Split({}, 0), old).women) == count


@pytest.mark.parametrize(
    ("story", "source", "seen"),
    [
        (_story(source="ddsm", sources=["ddsm"]), "cbis", 2),  # the same women under other numbers
        (_story(source="ddsm", sources=["ddsm"]), "ddsm", 0),
        (MRI, "mri/B", 2),  # some of whose images do not say whom they show
        (MRI, "mri/A", 0),
        (MRI, "mri/C", 0),
    ],
)
def test_a_set_counts_as_seen_where_digests_cannot_tell(story: dict[str, Any], source: str, seen: int) -> None:
    told = {"pretraining": story, "women_seen": [], "women_told": True}
    assert len(overlap_with_run(_rows(source, 0, 1), Split({}, 0), told).women) == seen


def test_a_file_that_tells_nothing_leaves_an_overlap_open_but_imagenet_does_not(tmp_path: Path) -> None:
    (tmp_path / "file.weights.h5").write_bytes(b"weights")
    for kind, state in (("weights", "not known"), ("imagenet", "none")):
        told = start_record(tmp_path / "file.weights.h5", kind)
        found = overlap_with_run(_rows("rsna", 0, 1), Split({}, 0), told)
        assert found.record(allowed=False)["state"] == state


def test_a_woman_whom_earlier_weights_saw_is_not_kept_for_the_test(tmp_path: Path, start: dict[str, Any]) -> None:
    weights = _run(tmp_path / "third", {"rsna/7": "train"}, start=start)
    assert_unseen(weights, Split({"synthetic/2": "test", "synthetic/0": "train"}, 0))
    with pytest.raises(LeakError, match="synthetic/1 is kept for the test but earlier weights saw her"):
        assert_unseen(weights, Split({"synthetic/1": "test"}, 0))


def test_evaluate_takes_the_start_that_the_run_wrote(tmp_path: Path, start: dict[str, Any]) -> None:
    folder = _run(tmp_path / "run", {"rsna/7": "train"}, start=start).parent
    assert Run(folder, {"weights": "another.h5"}, Split({}, 0)).start() == start


@pytest.mark.parametrize(
    ("leak", "told"),
    [
        (None, ""),
        ({"state": "none", "text": "none of the 9 women was seen by the model"}, ""),
        (
            {"state": "overlap", "text": "3 of 9 women were seen"},
            "**The figures are too good: 3 of 9 women were seen.**",
        ),
        (
            {"state": "not known", "text": "x"},
            "Whether the test women were seen when the first weights were made cannot be told: these came from a file "
            "that does not say whom it was made on.",
        ),
    ],
)
def test_the_card_names_judged_women_who_were_seen_before(leak: dict[str, Any] | None, told: str) -> None:
    assert overlap_line(leak) == told
