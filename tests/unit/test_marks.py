"""Marks are valid or refused in words, and their records give them back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError
from mammoview.core.findings import (
    Associated,
    AsymmetryKind,
    Distribution,
    Finding,
    FindingKind,
    MassDensity,
    MassMargin,
    MassShape,
    Morphology,
)
from mammoview.core.geometry import GridTransform
from mammoview.core.marks import MAX_POINTS, SCHEMA, Mark, MarkKind, positions, visible

MASS = Finding(FindingKind.MASS, MassShape.IRREGULAR, MassMargin.SPICULATED, MassDensity.HIGH)

_feature_sets = st.frozensets(st.sampled_from([Associated.SKIN_RETRACTION, Associated.AXILLARY_ADENOPATHY]))
findings = st.one_of(
    st.builds(
        Finding,
        st.just(FindingKind.MASS),
        shape=st.none() | st.sampled_from(MassShape),
        margin=st.none() | st.sampled_from(MassMargin),
        density=st.none() | st.sampled_from(MassDensity),
        associated=_feature_sets,
    ),
    st.builds(
        Finding,
        st.just(FindingKind.CALCIFICATIONS),
        morphology=st.none() | st.sampled_from(Morphology),
        distribution=st.none() | st.sampled_from(Distribution),
        associated=_feature_sets,
    ),
    st.builds(Finding, st.just(FindingKind.ASYMMETRY), asymmetry=st.none() | st.sampled_from(AsymmetryKind)),
    st.sampled_from([Finding(FindingKind.LYMPH_NODE), Finding(FindingKind.SKIN_LESION)]),
)
places = st.floats(-100_000, 100_000)
points = st.tuples(places, places)
texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)
keys = st.text(min_size=1, max_size=30)
frames = st.integers(1, 500)


def of_kind(kind: MarkKind, least: int, most: int, **more: Any) -> st.SearchStrategy[Mark]:
    corners = st.lists(points, min_size=least, max_size=most).map(tuple)
    return st.builds(Mark, st.just(kind), keys, frames, corners, **{"text": texts, **more})


marks = st.one_of(
    of_kind(MarkKind.RULER, 2, 2),
    of_kind(MarkKind.ANGLE, 3, 3),
    of_kind(MarkKind.ELLIPSE, 2, 2),
    of_kind(MarkKind.FREEHAND, 3, 12),
    of_kind(MarkKind.ARROW, 2, 2),
    of_kind(MarkKind.TEXT, 1, 1, text=texts.filter(lambda text: bool(text.strip()))),
    of_kind(MarkKind.FINDING, 1, 1, finding=st.none() | findings),
    of_kind(MarkKind.FINDING, 3, 12, finding=st.none() | findings),
    of_kind(MarkKind.NIPPLE, 1, 1),
)


def ruler(**changes: Any) -> Mark:
    return replace(Mark(MarkKind.RULER, "1.2.3", 1, ((1.0, 2.0), (3.5, -4.0))), **changes)


@given(marks)
def test_a_mark_comes_back_from_json(mark: Mark) -> None:
    assert Mark.from_record(json.loads(json.dumps(mark.to_record()))) == mark


@given(findings)
def test_a_finding_comes_back_from_json(finding: Finding) -> None:
    assert Finding.from_record(json.loads(json.dumps(finding.to_record()))) == finding


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (MarkKind.RULER, 1),
        (MarkKind.RULER, 3),
        (MarkKind.ANGLE, 2),
        (MarkKind.ELLIPSE, 3),
        (MarkKind.FREEHAND, 2),
        (MarkKind.ARROW, 1),
        (MarkKind.TEXT, 2),
        (MarkKind.FINDING, 2),
        (MarkKind.FINDING, 0),
        (MarkKind.NIPPLE, 0),
    ],
)
def test_a_wrong_count_of_points_is_refused(kind: MarkKind, count: int) -> None:
    with pytest.raises(MammoviewError, match=f"{kind} has {count} points"):
        Mark(kind, "1.2.3", 1, ((0.0, 0.0),) * count, text="words")


def test_more_than_ten_thousand_points_are_refused() -> None:
    with pytest.raises(MammoviewError, match="10001 points"):
        Mark(MarkKind.FREEHAND, "1.2.3", 1, ((0.0, 0.0),) * (MAX_POINTS + 1))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1e9])
def test_a_point_that_is_nowhere_is_refused(bad: float) -> None:
    with pytest.raises(MammoviewError, match="point"):
        ruler(points=((0.0, 0.0), (bad, 0.0)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "../../etc"}, "no id"),
        ({"image_key": ""}, "which image"),
        ({"frame": 0}, "count from 1"),
        ({"text": "two\nlines"}, "one line"),
        ({"text": "a" * 1001}, "1001 letters"),
        ({"finding": MASS}, "cannot describe a finding"),
        ({"kind": MarkKind.TEXT, "points": ((0.0, 0.0),), "text": " "}, "no text"),
    ],
)
def test_what_is_no_mark_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MammoviewError, match=words):
        ruler(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": SCHEMA + 1}, "schema 2, this version reads up to 1"),
        ({"schema": True}, "schema"),
        ({"opacity": 0.5}, "unknown fields: opacity"),
        ({"kind": ["ruler"]}, "no kind of mark"),
        ({"frame": 1.5}, "frame"),
        ({"image": None}, "image"),
        ({"points": [[0, 0], ["1", 0]]}, "row and a column"),
        ({"points": [[0, 0], [10**400, 0]]}, "row and a column"),
        ({"points": [[0, 0], [True, 0]]}, "row and a column"),
        ({"points": "all"}, "not a list"),
        ({"finding": "mass"}, "not a table"),
    ],
)
def test_a_record_that_is_not_understood_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MammoviewError, match=words):
        Mark.from_record({**ruler().to_record(), **changes})


def test_a_record_that_is_no_table_is_refused() -> None:
    with pytest.raises(MammoviewError, match="not a table"):
        Mark.from_record([1, 2])


def test_moving_keeps_the_id_and_moves_every_point() -> None:
    mark = ruler()
    moved = mark.moved(10, -0.5)
    assert (moved.id, moved.points) == (mark.id, ((11.0, 1.5), (13.5, -4.5)))


def test_one_point_is_set_alone() -> None:
    assert ruler().with_point(1, 7.0, 8.0).points == ((1.0, 2.0), (7.0, 8.0))


@pytest.mark.parametrize("index", [-1, 2])
def test_a_point_that_is_not_there_cannot_be_set(index: int) -> None:
    with pytest.raises(MammoviewError, match="no point"):
        ruler().with_point(index, 0, 0)


def test_bounds_are_the_lowest_and_the_highest_positions() -> None:
    assert ruler().bounds() == (1.0, -4.0, 3.5, 2.0)


def test_two_marks_have_two_ids() -> None:
    assert Mark(MarkKind.NIPPLE, "1", 1, ((0.0, 0.0),)).id != Mark(MarkKind.NIPPLE, "1", 1, ((0.0, 0.0),)).id


def test_visible_are_those_of_the_image_and_its_frames_in_their_order() -> None:
    here, later, elsewhere, hidden = (
        ruler(),
        ruler(frame=3),
        ruler(image_key="4.5.6"),
        ruler(frame=2),
    )
    assert visible([later, elsewhere, here, hidden], "1.2.3", (1, 3)) == (later, here)


@given(st.builds(GridTransform, st.floats(0.1, 9), places, st.floats(-9, -0.1), places, st.booleans()), points)
def test_positions_are_where_the_transform_puts_each(transform: GridTransform, point: tuple[float, float]) -> None:
    found = positions(np.array([point, (0.0, 0.0)]), transform)
    np.testing.assert_allclose(found, [transform(*point), transform(0, 0)], rtol=1e-12, atol=1e-6)


def test_a_mass_is_told_in_the_order_of_its_descriptors() -> None:
    assert MASS.words() == "mass, irregular, spiculated, high density"


def test_associated_features_follow_the_finding() -> None:
    finding = Finding(
        FindingKind.CALCIFICATIONS,
        morphology=Morphology.FINE_PLEOMORPHIC,
        distribution=Distribution.SEGMENTAL,
        associated=frozenset({Associated.SKIN_THICKENING, Associated.NIPPLE_RETRACTION}),
    )
    words = "calcifications, fine pleomorphic, segmental; with nipple retraction, skin thickening"
    assert finding.words() == words


def test_an_asymmetry_is_called_by_its_kind() -> None:
    assert Finding(FindingKind.ASYMMETRY, asymmetry=AsymmetryKind.FOCAL).words() == "focal asymmetry"


def test_a_feature_alone_is_called_by_its_name() -> None:
    feature = frozenset({Associated.SKIN_THICKENING})
    assert Finding(FindingKind.ASSOCIATED, associated=feature).words() == "skin thickening"


def test_beside_a_mark_stand_two_descriptors() -> None:
    assert MASS.short() == "mass, irregular, spiculated"


@pytest.mark.parametrize(
    ("kind", "descriptors", "words"),
    [
        (FindingKind.ASYMMETRY, {"shape": MassShape.OVAL}, '"oval" describes mass, not asymmetry'),
        (FindingKind.MASS, {"morphology": Morphology.RIM}, "describes calcifications"),
        (FindingKind.MASS, {"asymmetry": AsymmetryKind.GLOBAL}, "describes asymmetry"),
        (FindingKind.DISTORTION, {"associated": frozenset({Associated.DISTORTION})}, "with itself"),
        (FindingKind.ASSOCIATED, {}, "must be named"),
    ],
)
def test_descriptors_of_another_kind_are_refused(kind: FindingKind, descriptors: dict[str, Any], words: str) -> None:
    with pytest.raises(MammoviewError, match=words):
        Finding(kind, **descriptors)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"kind": "tumour"}, "no term"),
        ({"kind": "mass", "margin": ["spiculated"]}, "no term"),
        ({"kind": "mass", "category": 5}, "unknown fields: category"),
        ({"kind": "mass", "associated": "skin retraction"}, "not a list"),
        (None, "not a table"),
    ],
)
def test_a_finding_that_is_not_understood_is_refused(record: object, words: str) -> None:
    with pytest.raises(MammoviewError, match=words):
        Finding.from_record(record)


def test_four_morphologies_are_suspicious_and_nine_typically_benign() -> None:
    assert [morphology.suspicious for morphology in Morphology] == [False] * 9 + [True] * 4
