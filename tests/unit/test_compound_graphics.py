"""Compound graphics of presentation states (PS3.3 C.10.5.1.3) as what is drawn of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.overlaid import GraphicForm, Overlaid, Unshown
from tests.factories import make_mammogram_dataset
from tests.overlaid_made import compound, graphic, make_presentation, read

LINE, OUTLINE, ARROW = GraphicForm.LINE, GraphicForm.OUTLINE, GraphicForm.ARROW
Pairs = Sequence[tuple[float, float]]


@pytest.fixture(scope="module")
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", 96, 72)


def drawn(folder: Path, image: FileDataset, *compounds: Dataset, simple: Sequence[Any] = ()) -> Overlaid:
    made = make_presentation([image], graphics=[*simple, graphic("POINT", [(1.5, 1.5)])])
    made.GraphicAnnotationSequence[0].CompoundGraphicSequence = list(compounds)
    return read(folder, made, image)


def shapes(found: Overlaid) -> list[tuple[GraphicForm, Any]]:
    """(form, (column, row) pairs in image units) of all but the point."""
    return [
        (one.form, np.array(one.points)[:, ::-1] + 0.5) for one in found.graphics if one.form is not GraphicForm.POINT
    ]


@pytest.mark.parametrize(
    ("kind", "points", "expected"),
    [
        ("MULTILINE", [(1, 2), (3, 4), (5, 6), (7, 8)], [(LINE, [(1, 2), (3, 4)]), (LINE, [(5, 6), (7, 8)])]),
        ("RECTANGLE", [(10, 20), (30, 60)], [(OUTLINE, [(10, 20), (30, 20), (30, 60), (10, 60)])]),
        ("ARROW", [(10, 20), (30, 60)], [(ARROW, [(10, 20), (30, 60)])]),
        (
            "RULER",
            [(10, 20), (50, 20)],
            [(LINE, [(10, 20), (50, 20)]), (LINE, [(10, 19.5), (10, 20.5)]), (LINE, [(50, 19.5), (50, 20.5)])],
        ),
    ],
)
def test_simple_kinds_are_their_points(
    tmp_path: Path, image: FileDataset, kind: str, points: Pairs, expected: list[tuple[GraphicForm, Pairs]]
) -> None:
    found = shapes(drawn(tmp_path, image, compound(kind, points)))
    assert [form for form, _ in found] == [form for form, _ in expected]
    for (_, ours), (_, wanted) in zip(found, expected, strict=True):
        assert np.abs(ours - np.array(wanted)).max() < 1e-4


def test_an_ellipse_fills_its_rectangle(tmp_path: Path, image: FileDataset) -> None:
    ((form, points),) = shapes(drawn(tmp_path, image, compound("ELLIPSE", [(10, 20), (30, 60)])))
    assert form is OUTLINE
    assert np.concatenate([points.min(axis=0), points.max(axis=0)]) == pytest.approx([10, 20, 30, 60], abs=0.05)


def test_a_turn_is_counterclockwise_about_its_point(tmp_path: Path, image: FileDataset) -> None:
    item = compound("ARROW", [(20, 40), (30, 40)], RotationAngle=90.0, RotationPoint=[20.0, 40.0])
    ((_, points),) = shapes(drawn(tmp_path, image, item))
    assert np.abs(points - [(20, 40), (20, 30)]).max() < 1e-4


@pytest.mark.parametrize("kind", ["INFINITELINE", "CUTLINE"])
def test_an_endless_line_leaves_its_gap_in_parts_of_the_display(tmp_path: Path, image: FileDataset, kind: str) -> None:
    item = compound(kind, [(20, 40), (40, 40)], GapLength=0.5, RotationPoint=[30.0, 40.0], RotationAngle=0.0)
    found = shapes(drawn(tmp_path, image, item))
    (left, right) = [points for form, points in found if form is LINE]
    assert (left[1], right[0]) == (pytest.approx((30 - 18, 40)), pytest.approx((30 + 18, 40)))  # a quarter of 72
    assert left[0, 0] < -10_000
    assert right[1, 0] > 10_000
    tips = [tuple(points[1]) for form, points in found if form is ARROW]
    assert tips == ([(25, 40), (35, 40)] if kind == "CUTLINE" else [])
    assert all(points[0, 1] > 40 for form, points in found if form is ARROW)


def test_a_crosshair_is_seen_between_its_gap_and_its_diameter(tmp_path: Path, image: FileDataset) -> None:
    item = compound("CROSSHAIR", [(36, 48)], GapLength=0.25, DiameterOfVisibility=0.5)
    found = shapes(drawn(tmp_path, image, item))
    assert [np.hypot(*(points - (36, 48)).T).tolist() for _, points in found] == [pytest.approx([9, 18])] * 4


def test_an_axis_has_its_ticks_with_their_labels(tmp_path: Path, image: FileDataset) -> None:
    ticks = []
    for position, label in ((0.0, "20"), (0.5, "30"), (7.0, "no")):
        ticks.append(Dataset())
        ticks[-1].TickPosition, ticks[-1].TickLabel = position, label
    axis = compound("AXIS", [(10, 40), (50, 40)], TickAlignment="TOP", ShowTickLabel="Y", MajorTicksSequence=ticks)
    found = drawn(tmp_path, image, axis)
    assert [one.lines for one in found.graphics if one.lines] == [("20",), ("30",)]
    assert all(one.free_text for one in found.graphics if one.lines)
    second = shapes(found)[2][1]
    assert np.abs(second - [(30, 39), (30, 40)]).max() < 1e-4


def test_display_units_are_parts_of_the_displayed_area(tmp_path: Path, image: FileDataset) -> None:
    item = compound("ARROW", [(0.5, 0.5), (0.75, 0.5)], CompoundGraphicUnits="DISPLAY", RotationAngle=90.0)
    ((_, points),) = shapes(drawn(tmp_path, image, item))
    middle = np.array([0.625 * 72, 48])  # turned as seen, where a part of the height is longer than one of the width
    assert np.abs(points - middle - [(0, 9), (0, -9)]).max() < 1e-4


def stands_for(number: int) -> Any:
    made = graphic("POLYLINE", [(2.5, 3.5), (4.5, 5.5)])
    made.CompoundGraphicInstanceID = number
    return made


def test_what_stands_for_a_compound_graphic_is_left_out_where_that_is_drawn(tmp_path: Path, image: FileDataset) -> None:
    found = drawn(tmp_path, image, compound("RECTANGLE", [(10, 20), (30, 60)]), simple=[stands_for(1)])
    assert [form for form, _ in shapes(found)] == [OUTLINE]


@pytest.mark.parametrize("kind", ["RANGELINE", "ARROW", "99MADE SPIRAL"])
def test_what_stands_for_it_is_drawn_where_that_says_more(tmp_path: Path, image: FileDataset, kind: str) -> None:
    found = drawn(tmp_path, image, compound(kind, [(10, 20), (30, 60)]), simple=[stands_for(1)])
    assert [points.tolist() for _, points in shapes(found)] == [[[2.5, 3.5], [4.5, 5.5]]]
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("SPIRAL", [(1, 2)]),
        ("RECTANGLE", [(1, 2)]),
        ("INFINITELINE", [(5, 5), (5, 5)]),
        ("CROSSHAIR", [(1, 2), (3, 4)]),
        ("MULTILINE", [(1, 2), (3, 4), (5, 6)]),
        ("ARROW", [(1e8, 2), (3, 4)]),
    ],
)
def test_what_is_not_understood_is_told(tmp_path: Path, image: FileDataset, kind: str, points: Pairs) -> None:
    found = drawn(tmp_path, image, compound(kind, points))
    assert len(found.graphics) == 1
    assert found.not_understood == (Unshown.COMPOUND,)
