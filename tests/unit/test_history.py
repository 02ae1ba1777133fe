"""What was done to marks can be taken back and done again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.history import MAX_OPERATIONS, Edit, History, Operation, apply, delete, put
from mammoview.core.marks import Mark, MarkKind


def nipple(row: float = 0.0) -> Mark:
    return Mark(MarkKind.NIPPLE, "1.2.3", 1, ((row, 0.0),))


def history() -> History:
    return History("study")


def test_a_new_mark_is_taken_back_by_deleting_it() -> None:
    mark = nipple()
    past = history()
    past.do(put(mark))
    assert past.undo() == delete(mark)


def test_a_change_is_taken_back_to_the_version_before() -> None:
    before = nipple()
    after = before.moved(5, 0)
    past = history()
    past.do(put(after, before))
    assert past.undo() == put(before, after)


def test_what_was_taken_back_can_be_done_again() -> None:
    mark = nipple()
    past = history()
    past.do(put(mark))
    past.undo()
    assert past.redo() == put(mark)


def test_with_nothing_done_there_is_nothing_to_take_back() -> None:
    assert history().undo() is None


def test_with_nothing_taken_back_there_is_nothing_to_redo() -> None:
    past = history()
    past.do(put(nipple()))
    assert past.redo() is None


def test_a_new_operation_ends_what_could_be_redone() -> None:
    past = history()
    past.do(put(nipple()))
    past.undo()
    past.do(put(nipple()))
    assert not past.can_redo


def test_it_tells_what_can_be_done() -> None:
    past = history()
    past.do(put(nipple()))
    past.undo()
    assert (past.can_undo, past.can_redo) == (False, True)


def test_the_steps_of_a_drag_are_one_operation() -> None:
    start = nipple()
    past = history()
    past.do(put(start))
    for row in range(5):
        past.do(put(start.moved(row + 1, 0), start.moved(row, 0)), drag="pull")
    assert past.undo() == put(start, start.moved(5, 0))


def test_a_mark_drawn_by_a_drag_is_one_operation() -> None:
    start = nipple()
    past = history()
    past.do(put(start), drag="draw")
    past.do(put(start.moved(3, 0), start), drag="draw")
    assert past.undo() == delete(start.moved(3, 0))


def test_two_drags_are_two_operations() -> None:
    start = nipple()
    past = history()
    past.do(put(start.moved(1, 0), start), drag="first")
    past.do(put(start.moved(2, 0), start.moved(1, 0)), drag="second")
    assert past.undo() == put(start.moved(1, 0), start.moved(2, 0))


def test_a_drag_that_was_ended_is_not_gone_on_with() -> None:
    start = nipple()
    past = history()
    past.do(put(start.moved(1, 0), start), drag="pull")
    past.end_drag()
    past.do(put(start.moved(2, 0), start.moved(1, 0)), drag="pull")
    assert past.undo() == put(start.moved(1, 0), start.moved(2, 0))


def test_a_drag_after_an_undo_starts_anew() -> None:
    start = nipple()
    past = history()
    past.do(put(start))
    past.do(put(start.moved(1, 0), start), drag="pull")
    past.undo()
    past.do(put(start.moved(2, 0), start), drag="pull")
    past.undo()
    assert past.undo() == delete(start)


def test_a_drag_that_ends_where_it_began_leaves_nothing() -> None:
    start = nipple()
    past = history()
    past.do(put(start.moved(1, 0), start), drag="pull")
    past.do(put(start, start.moved(1, 0)), drag="pull")
    assert not past.can_undo


def test_an_operation_that_changes_nothing_leaves_what_can_be_redone() -> None:
    mark = nipple()
    past = history()
    past.do(put(mark))
    past.undo()
    past.do(put(mark, mark))
    assert past.can_redo


def test_a_drag_with_a_gap_in_it_is_a_bug() -> None:
    start = nipple()
    past = history()
    past.do(put(start.moved(1, 0), start), drag="pull")
    with pytest.raises(ValueError, match="does not start"):
        past.do(put(start.moved(9, 0), start.moved(8, 0)), drag="pull")


def test_a_thousand_operations_are_remembered() -> None:
    past = history()
    for _ in range(MAX_OPERATIONS + 5):
        past.do(put(nipple()))
    count = 0
    while past.undo() is not None:
        count += 1
    assert count == 1000


def test_marks_deleted_together_come_back_together() -> None:
    marks = {mark.id: mark for mark in (nipple(), nipple(1))}
    gone = delete(*marks.values())
    assert apply(apply(marks, gone), gone.inverse()) == marks


def test_an_operation_on_another_version_is_a_bug() -> None:
    mark = nipple()
    with pytest.raises(ValueError, match="version"):
        apply({mark.id: mark}, delete(mark.moved(1, 0)))


def test_applying_leaves_the_marks_that_were_given() -> None:
    marks: dict[str, Mark] = {}
    apply(marks, put(nipple()))
    assert marks == {}


def test_an_edit_of_two_marks_is_a_bug() -> None:
    with pytest.raises(ValueError, match="one mark"):
        Edit(nipple(), nipple())


def test_an_operation_that_edits_a_mark_twice_is_a_bug() -> None:
    mark = nipple()
    with pytest.raises(ValueError, match="twice"):
        Operation((Edit(None, mark), Edit(mark, None)))


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["new", "move", "delete"]), st.booleans()), max_size=30))
def test_taking_everything_back_and_doing_it_again_ends_at_the_same_marks(
    steps: list[tuple[int, str, bool]],
) -> None:
    past = history()
    marks: dict[str, Mark] = {}
    for index, what, dragged in steps:
        if what == "new" or not marks:
            operation = put(nipple())
        else:
            mark = list(marks.values())[index % len(marks)]
            operation = delete(mark) if what == "delete" else put(mark.moved(1, 0), mark)
        marks = apply(marks, operation)
        past.do(operation, drag="drag" if dragged else "")
    final = marks
    while (operation_back := past.undo()) is not None:
        marks = apply(marks, operation_back)
    assert marks == {}
    while (operation_again := past.redo()) is not None:
        marks = apply(marks, operation_again)
    assert marks == final
