"""Which frames are asked for, shown, and loaded ahead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mammoview.core.hanging import hang
from mammoview.core.image import FrameChoice, Projection
from mammoview.core.study import ImageHeader, Study
from mammoview.services.frames import FrameBook, middle_frame, settled
from mammoview.services.panes import Layout, panes_of
from mammoview.services.wishes import wishes_later, wishes_on_screen, wishes_soon
from mammoview.services.worklist import make_worklist
from tests.unit.made import breast_image


def header(side: str = "R", view: str = "CC", frames: int = 40, key: str = "") -> ImageHeader:
    made = breast_image(side, view, 60, 40).header
    return replace(made, frames=frames, sop_instance_uid=key or f"{side}{view}")


def numbers(choices: tuple[FrameChoice, ...]) -> list[int]:
    return [choice.frame for choice in choices]


def test_an_image_begins_at_its_middle() -> None:
    assert [middle_frame(header(frames=count)).frame for count in (1, 2, 3, 40)] == [1, 1, 2, 20]


def test_equal_pictures_have_equal_choices() -> None:
    assert settled(FrameChoice(50, 1, Projection.AVERAGE), 40) == FrameChoice(40)
    assert settled(FrameChoice(-3, 99), 40) == FrameChoice(1, 40)
    assert settled(FrameChoice(5, 3, Projection.AVERAGE), 40) == FrameChoice(5, 3, Projection.AVERAGE)


def test_the_picture_changes_when_the_frame_is_there() -> None:
    book, image = FrameBook(), header()
    assert not book.ask(image, FrameChoice(20))
    assert book.ask(image, FrameChoice(25))
    assert not book.arrived(image, lambda choice: False)
    assert book.shown(image) == FrameChoice(20)
    assert book.arrived(image, lambda choice: choice == FrameChoice(25))
    assert book.shown(image) == FrameChoice(25)
    book.forget()
    assert book.asked(image) == FrameChoice(20)


def test_frames_are_expected_around_the_first_and_then_in_the_direction_of_scrolling() -> None:
    book, image = FrameBook(), header()
    assert numbers(book.ahead(image)) == [21, 19, 22, 18, 23, 17]
    book.ask(image, FrameChoice(21))
    assert numbers(book.ahead(image)) == [*range(22, 34), 20, 19]
    book.ask(image, FrameChoice(18))
    assert numbers(book.ahead(image))[:3] == [17, 16, 15]
    book.ask(image, FrameChoice(18, 5))
    assert numbers(book.ahead(image))[:3] == [15, 14, 13]


def test_the_loop_goes_on_in_its_direction_over_the_seam() -> None:
    book, image = FrameBook(), header()
    book.ask(image, FrameChoice(39))
    book.ask(image, FrameChoice(40))
    assert numbers(book.ahead(image))[:3] == [1, 2, 3]
    book.ask(image, FrameChoice(1))
    assert numbers(book.ahead(image))[:3] == [2, 3, 4]


@pytest.mark.parametrize("count", [2, 3])
def test_a_short_stack_expects_each_other_frame_once(count: int) -> None:
    book, image = FrameBook(), header(frames=count)
    ahead = numbers(book.ahead(image))
    assert sorted([*ahead, middle_frame(image).frame]) == list(range(1, count + 1))


def test_the_frame_on_the_screen_stays_wanted_until_the_next_is_there() -> None:
    book, image = FrameBook(), header()
    hanging = hang([image])
    panes = panes_of(Layout.FOUR, hanging, {}, None)
    book.ask(image, FrameChoice(30))
    wishes = wishes_on_screen(panes, hanging, book, lambda key, choice: True)
    assert [wish.choice.frame for wish in wishes] == [30, 20]
    wishes = wishes_on_screen(panes, hanging, book, lambda key, choice: False)
    assert [wish.choice.frame for wish in wishes] == [30]


def test_frames_of_the_active_pane_come_before_the_tray_and_the_other_panes() -> None:
    images = [header("R"), header("L"), header("L", "ML", 1, "extra")]
    hanging = hang(images)
    panes = panes_of(Layout.FOUR, hanging, {}, None)
    keys = [wish.header.key for wish in wishes_soon(panes, 1, hanging, FrameBook())]
    assert keys == ["LCC"] * 6 + ["extra"] + ["RCC"] * 6


def test_the_next_case_comes_before_the_one_before_and_frames_are_the_middle_ones() -> None:
    studies = [Study(name, (header(key=name, frames=9),)) for name in ("a", "b", "c")]
    worklist = make_worklist(studies)
    wishes = wishes_later(worklist, studies[1])
    assert [(wish.header.key, wish.choice.frame) for wish in wishes] == [("c", 5), ("a", 5)]
    assert wishes_later(worklist, None) == ()
