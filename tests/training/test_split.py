"""The split by woman."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.table import ImageRow, women_hash
from training.split import PARTS, LeakError, assert_disjoint, split_by_woman


def _row(woman: int, label: int, side: str = "L") -> ImageRow:
    return ImageRow(
        file=Path("x.png"), patient_id=f"set/{woman}", laterality=side, view="CC", label=label, source="set"
    )


_TABLES = st.lists(st.builds(_row, st.integers(0, 60), st.integers(0, 1), st.sampled_from("LR")), max_size=200)


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
