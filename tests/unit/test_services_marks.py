"""The marks of a study: kept at once, taken back, and led to the other view of the breast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.core.history import delete, put
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.study import Laterality, View
from mammoview.services.marks import MarkBook, MemoryMarks, arcs_in, are_two_views, distance_words, nipple_of
from tests.unit.made import breast_image

RULER = Mark(MarkKind.RULER, "image", 1, ((1.0, 2.0), (3.0, 4.0)))
FINDING = Mark(MarkKind.FINDING, "image", 1, ((60.0, 50.0),))


class Full(MemoryMarks):
    """A store that refuses while it is full."""

    full = True

    def put(self, study_key: str, mark: Mark) -> None:
        if self.full:
            raise MammoviewError("the disk is full")
        super().put(study_key, mark)


class Unreadable(MemoryMarks):
    def load(self, study_key: str) -> Sequence[Mark]:
        raise MammoviewError("the library is gone")


def book_of(store: MemoryMarks) -> MarkBook:
    book = MarkBook(store)
    book.open("study", ["image", "other image"])
    return book


def view_of(view: View, spacing_mm: float | None = 0.5) -> PreparedImage:
    spacing = None if spacing_mm is None else Spacing(spacing_mm, spacing_mm, "imager")
    image = breast_image(rows=200, columns=150)
    header = replace(image.header, view=view, laterality=Laterality.LEFT, spacing=spacing, sop_instance_uid=str(view))
    return prepare(replace(image, header=header))


def test_a_finished_edit_is_stored_at_once() -> None:
    store = MemoryMarks()
    book_of(store).do("image", put(RULER))
    assert store.load("study") == (RULER,)


def test_a_deleted_mark_leaves_the_store() -> None:
    store = MemoryMarks()
    book = book_of(store)
    book.do("image", put(RULER))
    book.do("image", delete(RULER))
    assert store.load("study") == ()


def test_marks_are_there_again_when_the_study_is_opened_again() -> None:
    store = MemoryMarks()
    book_of(store).do("image", put(RULER))
    assert book_of(store).of_image("image") == (RULER,)


def test_what_the_store_refuses_stays_on_the_screen_and_is_said(qtbot: QtBot) -> None:
    book = book_of(Full())
    with qtbot.waitSignal(book.failed) as said:
        book.do("image", put(RULER))
    assert "the disk is full" in said.args[0]
    assert book.of_image("image") == (RULER,)


def test_what_the_store_refused_is_stored_with_the_next_edit() -> None:
    store = Full()
    book = book_of(store)
    book.do("image", put(RULER))
    store.full = False
    book.do("image", put(FINDING))
    assert set(store.load("study")) == {RULER, FINDING}


def test_a_mark_that_was_never_stored_is_not_deleted_from_the_store() -> None:
    store = Full()
    book = book_of(store)
    book.do("image", put(RULER))
    book.do("image", delete(RULER))
    assert book.of_image("image") == ()


def test_marks_that_cannot_be_read_are_said(qtbot: QtBot) -> None:
    book = MarkBook(Unreadable())
    with qtbot.waitSignal(book.failed) as said:
        book.open("study", ["image"])
    assert "the library is gone" in said.args[0]


def test_an_edit_is_taken_back_and_done_again() -> None:
    store = MemoryMarks()
    book = book_of(store)
    book.do("image", put(RULER))
    assert book.undo("other image")
    assert store.load("study") == ()
    assert book.redo("image")
    assert store.load("study") == (RULER,)


def test_there_is_nothing_to_take_back_in_a_study_without_edits() -> None:
    book = book_of(MemoryMarks())
    assert not book.undo("image")
    assert not book.redo("image")
    assert not book.undo("an image of no study")


def test_each_study_has_a_history_of_its_own() -> None:
    book = book_of(MemoryMarks())
    book.open("prior", ["older image"])
    book.do("image", put(RULER))
    assert not book.undo("older image")
    assert book.of_image("image") == (RULER,)


def test_a_mark_that_comes_back_keeps_its_place() -> None:
    book = book_of(MemoryMarks())
    for mark in (FINDING, RULER):
        book.do("image", put(mark))
    book.do("image", delete(FINDING))
    book.undo("image")
    assert book.of_image("image") == (FINDING, RULER)


def test_another_store_brings_its_marks(qtbot: QtBot) -> None:
    store = MemoryMarks()
    store.put("study", RULER)
    book = book_of(MemoryMarks())
    with qtbot.waitSignal(book.changed):
        book.use_store(store)
    assert book.of_image("image") == (RULER,)


def test_another_store_gets_the_marks_on_the_screen() -> None:
    store, book = MemoryMarks(), book_of(MemoryMarks())
    book.do("image", put(RULER))
    book.use_store(store)
    assert store.load("study") == (RULER,)
    assert book.undo("image")


def test_a_mark_deleted_while_the_store_was_away_does_not_come_back() -> None:
    store = MemoryMarks()
    store.put("study", RULER)
    book = book_of(store)
    book.use_store(MemoryMarks())
    book.do("image", delete(RULER))
    book.use_store(store)
    assert book.of_image("image") == ()
    assert store.load("study") == ()


def test_cc_and_mlo_of_one_side_are_two_views() -> None:
    assert are_two_views(view_of(View.CC), view_of(View.MLO))
    assert not are_two_views(view_of(View.CC), view_of(View.CC))


def test_a_marked_nipple_is_taken_before_the_estimate() -> None:
    prepared = view_of(View.CC)
    nipple = Mark(MarkKind.NIPPLE, prepared.header.key, 1, ((90.0, 70.0),))
    assert nipple_of(prepared, [nipple]) == ((90.0, 70.0), False)
    estimate = nipple_of(prepared, [])
    assert estimate is not None and estimate[1]


def test_the_distance_from_a_marked_nipple_is_said_in_millimetres() -> None:
    prepared = view_of(View.CC)
    key = prepared.header.key
    nipple = Mark(MarkKind.NIPPLE, key, 1, ((90.0, 70.0),))
    arrow = Mark(MarkKind.ARROW, key, 1, ((10.0, 10.0), (90.0, 30.0)))
    assert distance_words(arrow, prepared, [nipple]) == "20 mm from the nipple"


def test_the_arc_in_the_other_view_is_as_far_from_its_nipple() -> None:
    one, other = view_of(View.CC), view_of(View.MLO)
    nipples = [Mark(MarkKind.NIPPLE, view.header.key, 1, ((100.0, 80.0),)) for view in (one, other)]
    finding = Mark(MarkKind.FINDING, one.header.key, 1, ((100.0, 40.0),))
    inner, middle, outer = arcs_in(other, finding, one, nipples)
    for arc, far_mm in ((inner, 10.0), (middle, 20.0), (outer, 30.0)):
        away = np.hypot(*(arc[~np.isnan(arc[:, 0])] - (100.0, 80.0)).T) * 0.5
        np.testing.assert_allclose(away, far_mm, atol=0.01)


@pytest.mark.parametrize("unknown", ["own", "other"])
def test_without_spacing_there_is_no_arc(unknown: str) -> None:
    one = view_of(View.CC, None if unknown == "own" else 0.5)
    other = view_of(View.MLO, None if unknown == "other" else 0.5)
    finding = Mark(MarkKind.FINDING, one.header.key, 1, ((100.0, 40.0),))
    assert arcs_in(other, finding, one, []) == ()
