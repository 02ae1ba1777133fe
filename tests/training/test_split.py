"""The split by woman."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.core.errors import InputRefusedError, UsageError
from training.data.cbis_tables import read_descriptions
from training.data.table import ImageRow, women_hash
from training.split import (
    PARTS,
    LeakError,
    Split,
    SplitSpec,
    assert_disjoint,
    make_split,
    shared_women,
    split_by_woman,
    split_of,
    split_record,
)


def _row(woman: int, label: int, side: str = "L", part: str = "", density: str = "", source: str = "set") -> ImageRow:
    return ImageRow(
        file=Path("x.png"),
        patient_id=f"{source}/{woman}",
        laterality=side,
        view="CC",
        label=label,
        source=source,
        part=part,
        density=density,
    )


_TABLES = st.lists(st.builds(_row, st.integers(0, 60), st.integers(0, 1), st.sampled_from("LR")), max_size=200)
_MIXED = st.lists(
    st.builds(
        _row,
        st.integers(0, 60),
        st.integers(0, 1),
        st.sampled_from("LR"),
        st.sampled_from(["", "train", "test"]),
        st.sampled_from(["", "A", "B", "C", "D"]),
        st.sampled_from(["set", "cbis"]),
    ),
    max_size=150,
)
_SPECS = st.builds(
    SplitSpec,
    kind=st.sampled_from(["auto", "by-woman", "k-fold", "official-clean"]),
    seed=st.integers(0, 99),
    validation=st.floats(0.05, 0.4),
    test=st.floats(0.05, 0.5),
    fold=st.integers(0, 4),
    stratify=st.sampled_from([("label",), ("label", "density"), ("label", "source", "density")]),
)


@settings(max_examples=1000, deadline=None)
@given(rows=_TABLES, seed=st.integers(0, 99))
def test_no_woman_is_ever_in_two_parts(rows: list[ImageRow], seed: int) -> None:
    split = split_by_woman(rows, seed=seed)
    parts = {part: [rows[index] for index in split.indices(rows, part)] for part in PARTS}
    assert_disjoint(parts)
    assert sum(len(chosen) for chosen in parts.values()) == len(rows)
    women = [{row.patient_id for row in chosen} for chosen in parts.values()]
    assert sum(map(len, women)) == len({row.patient_id for row in rows})


@settings(max_examples=50, deadline=None)
@given(rows=_TABLES, seed=st.integers(0, 99), shuffle=st.randoms())
def test_the_order_of_the_table_changes_nothing(rows: list[ImageRow], seed: int, shuffle: object) -> None:
    other = list(rows)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    first, second = split_by_woman(rows, seed=seed), split_by_woman(other, seed=seed)
    assert first.part_of == second.part_of
    assert first.hashes() == second.hashes()


def test_positives_are_spread_as_asked() -> None:
    rows = [_row(woman, int(woman < 100)) for woman in range(400)]
    split = split_by_woman(rows, seed=3)
    positive = Counter(split.part_of[row.patient_id] for row in rows if row.label)
    assert positive == {"test": 25, "validation": 15, "train": 60}


def test_a_woman_is_positive_if_any_image_of_hers_is() -> None:
    rows = [_row(woman, int(side == "R"), side) for woman in range(40) for side in "LR"]
    split = split_by_woman(rows, seed=0)
    assert Counter(split.part_of.values()) == {"test": 10, "validation": 6, "train": 24}


def test_a_leak_is_named() -> None:
    with pytest.raises(LeakError, match="set/7 is in train and in test"):
        assert_disjoint({"train": [_row(7, 0)], "test": [_row(7, 1)]})


def test_another_seed_is_another_split() -> None:
    rows = [_row(woman, woman % 2) for woman in range(100)]
    assert split_by_woman(rows, seed=1).hashes() != split_by_woman(rows, seed=2).hashes()
    assert women_hash(["b", "a", "a"]) == women_hash(["a", "b"])


@settings(max_examples=1000, deadline=None)
@given(rows=_MIXED, spec=_SPECS, shuffle=st.randoms())
def test_no_kind_of_split_has_a_woman_in_two_parts(rows: list[ImageRow], spec: SplitSpec, shuffle: Any) -> None:
    if not any(row.part == "test" for row in rows):
        rows.append(_row(61, 1, part="test", source="cbis"))
    split = make_split(rows, spec)
    parts = {part: [rows[index] for index in split.indices(rows, part)] for part in PARTS}
    assert_disjoint(parts)
    assert set(split.part_of) == {row.patient_id for row in rows}
    left_out = len(rows) - sum(len(chosen) for chosen in parts.values())
    trained = sum(split.part_of[row.patient_id] == "test" and row.part == "train" for row in rows)
    assert left_out == (trained if split.spec is not None and split.spec.kind == "official-clean" else 0)
    shuffle.shuffle(rows)
    assert make_split(rows, spec).part_of == split.part_of
    assert split_of(json.loads(json.dumps(split_record(split)))) == split


def test_strata_are_spread_evenly() -> None:
    """Each density of each source gives its share to each part, to one woman."""
    rows = [
        _row(woman, int(woman % 5 == 0), density="ABCD"[woman % 4], source=("set", "cbis")[woman % 3 == 0])
        for woman in range(600)
    ]
    split = make_split(rows, SplitSpec(kind="by-woman", seed=4))
    assert Counter(split.part_of.values()) == {"test": 150, "validation": 90, "train": 360}
    for source in ("set", "cbis"):
        for density in "ABCD":
            for label in (0, 1):
                women = [r for r in rows if (r.source, r.density, r.label) == (source, density, label)]
                tested = sum(split.part_of[row.patient_id] == "test" for row in women)
                assert abs(tested - 0.25 * len(women)) < 1.01


def test_stratified_by_label_alone_it_is_the_plain_split() -> None:
    rows = [_row(woman, woman % 2) for woman in range(60)]
    found = make_split(rows, SplitSpec(kind="by-woman", seed=3, stratify=("label",)))
    assert found.part_of == split_by_woman(rows, seed=3).part_of


def test_each_woman_is_tested_in_one_fold() -> None:
    rows = [_row(woman, int(woman < 33)) for woman in range(103)]
    splits = [make_split(rows, SplitSpec(kind="k-fold", folds=5, fold=fold)) for fold in range(5)]
    tested = Counter(w for split in splits for w, part in split.part_of.items() if part == "test")
    assert set(tested.values()) == {1}
    assert len(tested) == 103
    for split in splits:
        positive = sum(split.part_of[row.patient_id] == "test" for row in rows if row.label)
        assert positive in (6, 7)
        assert set(split.part_of.values()) == set(PARTS)


def _official_rows() -> list[ImageRow]:
    """Women 0 to 19 in training, 20 to 29 in test, 18 and 19 in both."""
    rows = [_row(woman, woman % 2, part="train", source="cbis") for woman in range(20)]
    return rows + [_row(woman, woman % 2, part="test", source="cbis") for woman in range(18, 30)]


def test_official_parts_that_share_women_are_refused_by_their_number() -> None:
    rows = _official_rows()
    assert shared_women(rows) == ("cbis/18", "cbis/19")
    with pytest.raises(LeakError, match=r"2 women are in both .*: cbis/18, cbis/19 \(choose 'official-clean'"):
        make_split(rows, SplitSpec(kind="official"))


def test_official_clean_takes_shared_women_out_of_training_and_leaves_the_test_part_whole() -> None:
    rows = _official_rows()
    split = make_split(rows, SplitSpec())
    assert split.spec is not None
    assert split.spec.kind == "official-clean"
    assert split.indices(rows, "test") == list(range(20, 32))
    assert sorted(split.indices(rows, "train") + split.indices(rows, "validation")) == list(range(18))
    assert "2 women are in both official parts; their 2 training images were taken out" in split.notes


@pytest.mark.parametrize("fraction", [-0.1, 0.9, float("nan")])
def test_fractions_that_are_none_or_leave_nobody_to_train_on_are_refused(fraction: float) -> None:
    with pytest.raises(UsageError, match="0 or more and together under 1"):
        SplitSpec(validation=fraction)


@pytest.mark.parametrize("stratify", [("label",), ("label", "source", "density")])
def test_without_validation_and_test_everyone_is_trained_on(stratify: tuple[str, ...]) -> None:
    rows = [row for row in _official_rows() if row.patient_id not in ("cbis/18", "cbis/19")]
    split = make_split(rows, SplitSpec(kind="by-woman", validation=0, test=0, stratify=stratify))
    assert split.part_of == {row.patient_id: "train" for row in rows}


def test_official_parts_without_shared_women_are_taken_as_they_are() -> None:
    rows = [row for row in _official_rows() if row.patient_id not in ("cbis/18", "cbis/19")]
    split = make_split(rows, SplitSpec(kind="official"))
    assert {woman for woman, part in split.part_of.items() if part == "test"} == {f"cbis/{n}" for n in range(20, 30)}


def test_the_official_parts_of_cbis_share_31_women(shared_data: Path) -> None:
    lesions = read_descriptions(shared_data / "cbis-ddsm")
    films = {lesion.film: lesion for lesion in lesions}
    rows = [
        ImageRow(
            file=Path(f"{'_'.join(film)}.png"),
            patient_id=f"cbis/{lesion.patient}",
            laterality=lesion.laterality,
            view=lesion.view,
            label=int(lesion.pathology == "malignant"),
            source="cbis",
            part=lesion.part,
        )
        for film, lesion in films.items()
    ]
    assert len(shared_women(rows)) == 31
    with pytest.raises(LeakError, match="31 women"):
        make_split(rows, SplitSpec(kind="official"))
    split = make_split(rows, SplitSpec())
    parts = {part: [rows[index] for index in split.indices(rows, part)] for part in PARTS}
    assert_disjoint(parts)
    assert len(parts["test"]) == sum(row.part == "test" for row in rows)
    for kind in ("mass", "calcification"):
        of_kind = [row for row, lesion in zip(rows, films.values(), strict=True) if _table(lesion.roi_key) == kind]
        assert shared_women(of_kind) == ()


def _table(roi_key: str) -> str:
    return "calcification" if roi_key.startswith("Calc") else "mass"


def test_a_file_decides(tmp_path: Path) -> None:
    rows = [_row(woman, woman % 2) for woman in range(4)]
    table = tmp_path / "parts.csv"
    table.write_text("patient_id,part\nset/0,train\n1,validation\nset/2,test\n3,test\n")
    split = make_split(rows, SplitSpec(kind="file", file=str(table)))
    assert split.part_of == {"set/0": "train", "set/1": "validation", "set/2": "test", "set/3": "test"}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("patient_id,part\nset/0,train\n", UsageError, "3 women have no line, as set/1"),
        ("patient_id,part\nset/0,train\nset/0,test\n", LeakError, "set/0 is in train and in test"),
        ("patient_id,part\nset/0,train\n0,test\n1,test\n2,test\n3,test\n", LeakError, "set/0 is in train and in test"),
        ("patient_id,part\nset/0,holdout\n", InputRefusedError, "line 2"),
        ("woman,part\nset/0,train\n", InputRefusedError, "lacks the columns patient_id"),
        (None, InputRefusedError, "no table that can be read"),
    ],
)
def test_a_file_that_does_not_decide_is_refused(
    tmp_path: Path, text: str | None, error: type[Exception], words: str
) -> None:
    table = tmp_path / "parts.csv"
    if text is not None:
        table.write_text(text)
    with pytest.raises(error, match=words):
        make_split([_row(woman, woman % 2) for woman in range(4)], SplitSpec(kind="file", file=str(table)))


def test_an_image_of_nobody_known_is_trained_on() -> None:
    rows = [replace(_row(woman, woman % 2), woman_known=woman >= 40) for woman in range(80)]
    split = make_split(rows, SplitSpec(kind="by-woman"))
    assert {split.part_of[row.patient_id] for row in rows if not row.woman_known} == {"train"}
    assert Counter(split.part_of[row.patient_id] for row in rows if row.woman_known)["test"] == 10
    assert "40 images do not say whom they show" in split.notes[-1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "by-image"},
        {"validation": 0.5, "test": 0.5},
        {"kind": "k-fold", "fold": 5},
        {"stratify": ("density",)},
        {"stratify": ("label", "colour")},
        {"kind": "file"},
        {"file": "parts.csv"},
    ],
)
def test_a_split_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        SplitSpec(**wrong)


def test_a_split_of_before_there_were_specs_is_read() -> None:
    assert split_of({"seed": 2, "part_of": {"a": "test"}}) == Split({"a": "test"}, 2)


def test_sets_of_the_same_women_under_other_numbers_cannot_be_split(tmp_path: Path) -> None:
    rows = [
        ImageRow(file=Path("a.png"), patient_id=f"{source}/{n}", laterality="L", view="CC", label=n % 2, source=source)
        for source in ("ddsm", "cbis")
        for n in range(20)
    ]
    with pytest.raises(LeakError, match="cbis and ddsm hold the same women"):
        make_split(rows, SplitSpec())
    told = tmp_path / "split.csv"
    lines = [f"{row.patient_id};{PARTS[int(row.patient_id[5:]) // 2 % 3]}" for row in rows]
    told.write_text("\n".join(["patient_id;part", *lines]))
    assert set(make_split(rows, SplitSpec(kind="file", file=str(told))).part_of.values()) == set(PARTS)
