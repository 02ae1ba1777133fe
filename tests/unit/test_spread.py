"""Which panes stand on which of two monitors, and at what scale where their pixels differ."""

from __future__ import annotations

import pytest

from mammoview.core.geometry import Orientation
from mammoview.core.hanging import Frame
from mammoview.core.window import VoiWindow
from mammoview.services.look import Look
from mammoview.services.panes import Display, Pane, spread
from mammoview.services.scene import make_scene
from tests.unit.made import breast_image, prepared_as


def row_of(columns: int, *, pairs: tuple[int, ...] = ()) -> tuple[Pane, ...]:
    """Panes beside each other; `pairs` are the columns at which a pair begins."""
    walls = dict.fromkeys(pairs, True) | {column + 1: False for column in pairs}
    return tuple(Pane(0, column, 1, columns, None, None, walls.get(column)) for column in range(columns))


@pytest.mark.parametrize(
    ("panes", "right"),
    [
        (row_of(2, pairs=(0,)), [False, True]),
        (row_of(4, pairs=(0, 2)), [False, False, True, True]),
        (row_of(3), [False, False, True]),
        (row_of(3, pairs=(0,)), [False, False, True]),
        (row_of(3, pairs=(1,)), [False, True, True]),
    ],
    ids=["pair", "two pairs", "three", "pair and one", "one and pair"],
)
def test_the_left_half_of_the_columns_stands_left(panes: tuple[Pane, ...], right: list[bool]) -> None:
    spots = spread(panes, alone_right=True)
    assert [spot.right for spot in spots] == right
    for side in (False, True):
        mine = [spot for spot in spots if spot.right is side]
        assert [spot.column for spot in mine] == list(range(len(mine)))
        assert {spot.columns for spot in mine} == {len(mine)}


@pytest.mark.parametrize("alone_right", [False, True])
def test_a_single_column_stands_on_one_monitor(alone_right: bool) -> None:
    panes = tuple(Pane(row, 0, 2, 1, None, None) for row in range(2))
    assert [(spot.right, spot.row) for spot in spread(panes, alone_right=alone_right)] == [
        (alone_right, 0),
        (alone_right, 1),
    ]


@pytest.mark.parametrize(
    ("displays", "ratio"),
    [
        ((Display(1.0, 4.0), Display(1.0, 8.0)), 2.0),
        ((Display(1.0, 4.0), Display(2.0, None)), 1.0),
        ((Display(1.0), Display(2.0)), 1.0),
    ],
    ids=["both calibrated", "one calibrated", "none calibrated"],
)
def test_a_millimetre_is_as_long_on_both_where_both_are_calibrated(displays: tuple[Display, ...], ratio: float) -> None:
    prepared = prepared_as(breast_image(), Orientation())
    panes = tuple(Pane(0, column, 1, 2, None, prepared.header) for column in range(2))
    scene = make_scene(panes, (Frame(700, 500), Frame(700, 500)), lambda key: prepared, displays=displays)
    assert scene.scale(1) / scene.scale(0) == pytest.approx(ratio)
    fits = make_scene(panes[:1], (Frame(700, 500),), lambda key: prepared)
    assert max(scene.scale(0), scene.scale(1)) <= fits.px_per_mm + 1e-9


def test_the_windows_of_images_that_are_gone_are_forgotten() -> None:
    look = Look()
    look.set_window("stays", VoiWindow(10, 20))
    look.set_window("goes", VoiWindow(10, 20))
    look.keep({"stays"})
    assert look.presentation("stays").window == VoiWindow(10, 20)
    assert look.presentation("goes").window is None
