"""Where a reader is in a hanging protocol, and what that asks for: without a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.hanging import Frame, hang
from mammoview.core.image import FrameChoice
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.protocol import HeatUse, Link, Place, Protocol, Scale, Step, StudyRole
from mammoview.core.study import ImageHeader, ImageSource, Laterality, Study, View
from mammoview.core.view_state import ViewState
from mammoview.core.window import Greyscale
from mammoview.services.frames import FrameBook
from mammoview.services.panes import Layout, layout_of, panes_of, panes_of_step
from mammoview.services.scene import make_scene
from mammoview.services.walk import Walk, shows_studies
from mammoview.services.wishes import wishes_on_screen, wishes_soon
from tests.unit.made import breast_image

VIEWS = ("RCC", "LCC", "RMLO", "LMLO")
FRAME = Frame(500, 400)


def header(name: str, study: str = "now", key: str = "") -> ImageHeader:
    return ImageHeader(
        ImageSource(Path(f"{study}-{key or name}.dcm")),
        2000,
        1500,
        Greyscale(12),
        laterality=Laterality(name[0]),
        view=View(name[1:]),
        sop_instance_uid=f"{study}-{key or name}",
        modality="MG",
    )


def study(name: str, views: Sequence[str] = VIEWS) -> Study:
    return Study(name, tuple(header(view, name) for view in views))


def places(*names: str, role: StudyRole = StudyRole.CURRENT) -> tuple[Place, ...]:
    return tuple(Place(role, Laterality(name[0]), (View(name[1:]),)) for name in names)


FOUR = Step("four", "Four views", 2, 2, places(*VIEWS), heat=HeatUse.HIDDEN)
CC = Step("cc", "CC pair", 1, 2, places("RCC", "LCC"), heat=HeatUse.HIDDEN)
PARTS = Step("parts", "Parts", 1, 2, places("RCC", "LCC"), scale=Scale.NATIVE, quadrants=True)
BOTH = Step("both", "Both", 1, 2, (*places("RCC", role=StudyRole.PRIOR), *places("RCC")), link=Link.NONE)
TURNS = Step("turns", "In turn", 1, 2, places("RCC", "LCC"), alternate=True)
REVIEW = replace(FOUR, id="review", heat=HeatUse.AS_SET)
PROTOCOL = Protocol("made", (FOUR, CC, PARTS, BOTH, TURNS, REVIEW))
NOW, BEFORE = study("now"), study("before")
HANGING = hang(NOW.images)


@pytest.fixture
def walk() -> Walk:
    """At the first step of a study with a prior."""
    made = Walk((PROTOCOL,))
    made.hang(NOW, (BEFORE,))
    made.start(None, Layout.FOUR, HANGING)
    return made


def go(walk: Walk, step_id: str) -> Layout | None:
    assert walk.hung is not None
    found = walk.hung.find(step_id)
    assert found is not None
    return walk.enter(found, HANGING)


def keys(walk: Walk) -> list[str]:
    return [pane.header.key if pane.header else "" for pane in walk.panes()]


def test_a_step_that_a_layout_shows_is_that_layout(walk: Walk) -> None:
    assert go(walk, "cc") is Layout.CC
    assert walk.apart is None
    assert go(walk, "parts") is None
    assert walk.apart is walk.step


def test_a_pair_without_its_left_view_is_no_layout() -> None:
    walk = Walk((PROTOCOL,))
    one = study("now", ("RCC", "RMLO", "LMLO"))
    walk.hang(one, ())
    assert walk.hung is not None
    found = walk.hung.find("cc")
    assert found is not None
    assert layout_of(found, hang(one.images)) is None


def test_panes_of_a_layout_know_where_its_pairs_meet() -> None:
    panes = panes_of(Layout.FOUR, HANGING, {}, None)
    assert [pane.middle_right for pane in panes] == [True, False, True, False]


def test_without_a_protocol_the_layout_stays() -> None:
    walk = Walk()
    walk.hang(NOW, (BEFORE,))
    assert walk.start(None, Layout.FOUR, HANGING) is Layout.FOUR
    assert walk.step is None and walk.words() == "" and walk.following == ()


def test_a_study_of_which_nothing_hangs_begins_before_its_first_step() -> None:
    extras = Step("extras", "Others", 1, 2, (Place(side=Laterality.RIGHT), Place(side=Laterality.LEFT)))
    walk = Walk((Protocol("made", (extras,)),))
    others = study("now", ("RML", "LML"))
    walk.hang(others, ())
    walk.start(None, Layout.FOUR, hang(others.images))
    assert walk.step is None
    assert [one.key for one in walk.following][:2] == ["now-RML", "now-LML"]


def test_another_study_of_the_woman_is_shown_at_the_same_step(walk: Walk) -> None:
    go(walk, "parts")
    before = walk.place
    walk.hang(BEFORE, (), keep=True)
    walk.start(before, Layout.FOUR, hang(BEFORE.images))
    assert walk.step is not None and walk.step.id == "parts"
    assert keys(walk) == ["before-RCC", "before-LCC"]


def test_a_step_that_the_womans_other_study_lacks_is_its_first_one(walk: Walk) -> None:
    go(walk, "both")
    before = walk.place
    walk.hang(BEFORE, (), keep=True)
    assert walk.start(before, Layout.FOUR, hang(BEFORE.images)) is Layout.FOUR
    assert walk.step is not None and walk.step.id == "four"


def test_a_chosen_layout_keeps_the_step_that_shows_it(walk: Walk) -> None:
    go(walk, "review")
    walk.choose_layout(Layout.FOUR, HANGING)
    assert walk.step is not None and walk.step.id == "review"
    walk.choose_layout(Layout.CC, HANGING)
    assert walk.step.id == "cc"


def test_images_of_two_studies_stand_beside_each_other(walk: Walk) -> None:
    go(walk, "both")
    assert keys(walk) == ["before-RCC", "now-RCC"]
    assert walk.apart is not None and shows_studies(walk.apart)
    assert walk.links is False


def test_images_in_turn_begin_with_the_current_one_and_alternate(walk: Walk) -> None:
    go(walk, "turns")
    seen = [keys(walk)[0]]
    for _ in range(2):
        step = walk.in_turn(walk.panes())
        assert step is not None
        walk.take_turn(step)
        seen.append(keys(walk)[0])
    assert seen == ["now-RCC", "before-RCC", "now-RCC"]


def test_any_layout_is_shown_with_the_prior_in_turn(walk: Walk) -> None:
    step = walk.in_turn(panes_of(Layout.MLO, HANGING, {}, None))
    assert step is not None
    walk.take_turn(step)
    assert keys(walk) == ["before-RMLO", "before-LMLO"]


def test_a_view_without_one_in_the_prior_stays_while_the_others_alternate() -> None:
    walk = Walk((PROTOCOL,))
    walk.hang(NOW, (study("before", ("RCC",)),))
    step = walk.in_turn(panes_of(Layout.CC, HANGING, {}, None))
    assert step is not None
    walk.take_turn(step)
    assert keys(walk) == ["before-RCC", "now-LCC"]


def test_an_image_that_is_not_the_best_of_its_view_does_not_alternate() -> None:
    """The prior's would stand for another image than the one on the screen."""
    second = header("RCC", key="second")
    one = Study("now", (*NOW.images, second))
    walk = Walk((Protocol("made", (FOUR,)),))
    walk.hang(one, (BEFORE,))
    alone = next(image for image in one.images if image not in hang(one.images).shown)
    assert walk.in_turn(panes_of(Layout.SINGLE, hang(one.images), {}, alone)) is None


def test_without_a_prior_nothing_alternates() -> None:
    walk = Walk((PROTOCOL,))
    walk.hang(NOW, ())
    assert walk.in_turn(panes_of(Layout.FOUR, HANGING, {}, None)) is None


def test_the_heat_map_is_hidden_until_it_is_asked_for_in_this_study(walk: Walk) -> None:
    assert walk.hides_heat
    walk.heat_asked = True
    assert not walk.hides_heat
    walk.hang(BEFORE, (), keep=True)
    walk.start(None, Layout.FOUR, hang(BEFORE.images))
    assert not walk.hides_heat
    walk.hang(NOW, (BEFORE,))
    walk.start(None, Layout.FOUR, HANGING)
    assert walk.hides_heat


def test_the_review_hides_nothing(walk: Walk) -> None:
    go(walk, "review")
    assert not walk.hides_heat


def test_a_swapped_image_leaves_with_the_step(walk: Walk) -> None:
    go(walk, "both")
    other = NOW.images[2]
    walk.swap(walk.panes()[0], other)
    assert walk.panes()[0].header is other
    walk.swap(walk.panes()[0], other)
    assert keys(walk)[0] == "before-RCC"
    walk.swap(walk.panes()[0], other)
    go(walk, "both")
    assert keys(walk)[0] == "before-RCC"


def test_the_next_step_and_the_tray_are_what_follows() -> None:
    one = Study("now", (*NOW.images, header("LML")))
    walk = Walk((PROTOCOL,))
    walk.hang(one, (BEFORE,))
    walk.start(None, Layout.FOUR, hang(one.images))
    go(walk, "parts")
    assert [image.key for image in walk.following][:3] == ["before-RCC", "now-RCC", "now-LML"]


def test_what_follows_is_wanted_ahead_and_what_is_in_turn_at_once(walk: Walk) -> None:
    go(walk, "turns")
    book = FrameBook()
    shown = wishes_on_screen(walk.panes(), HANGING, book, lambda key, choice: True)
    assert [wish.header.key for wish in shown][:4] == ["now-RCC", "now-LCC", "before-RCC", "before-LCC"]
    go(walk, "parts")
    soon = wishes_soon(walk.panes(), 0, HANGING, book, walk.following)
    assert (soon[0].header.key, soon[0].choice) == ("before-RCC", FrameChoice(1))


def test_older_studies_that_no_place_is_for_are_not_in_the_tray() -> None:
    oldest = study("oldest")
    walk = Walk((PROTOCOL,))
    walk.hang(NOW, (BEFORE, oldest))
    assert {image.key for image in walk.tray} == {"before-RMLO", "before-LMLO"}
    walk = Walk((Protocol("made", (FOUR,)),))
    walk.hang(NOW, (BEFORE, oldest))
    assert walk.tray == ()


def test_the_step_is_told_in_words(walk: Walk) -> None:
    go(walk, "turns")
    assert walk.words() == "5 of 6: In turn   current shown"


def test_what_stands_apart_is_named_in_place_of_the_step_before(walk: Walk) -> None:
    go(walk, "cc")
    panes = panes_of(Layout.CC, HANGING, {}, None)
    step = walk.in_turn(panes)
    assert step is not None
    walk.take_turn(step)
    assert walk.words() == "Current and prior in turn   prior shown"


# --- scenes


def prepared(side: str, study_name: str, rows: int) -> PreparedImage:
    return prepare(breast_image(side, rows=rows, columns=rows * 3 // 4, sop_instance_uid=f"{study_name}-{side}CC"))


def test_images_in_turn_share_the_scale_of_the_largest_of_them(walk: Walk) -> None:
    images = {
        image.image.key: image
        for image in (prepared(side, name, rows) for side in "RL" for name, rows in (("now", 500), ("before", 700)))
    }
    assert walk.hung is not None
    turns = walk.hung.find("turns")
    assert turns is not None
    current, prior = (
        make_scene(panes_of_step(turns, turn), (FRAME, FRAME), lambda key: images.get(key)) for turn in (0, 1)
    )
    assert current.px_per_mm == prior.px_per_mm
    alone = make_scene(panes_of_step(turns, 0), (FRAME, FRAME), lambda key: images.get(key) if "now" in key else None)
    assert alone.px_per_mm > current.px_per_mm


def test_parts_are_known_only_where_a_step_has_them(walk: Walk) -> None:
    images = {image.image.key: image for image in (prepared(side, "now", 900) for side in "RL")}
    go(walk, "parts")
    scene = make_scene(walk.panes(), (FRAME, FRAME), images.get)
    state = walk.find_parts(scene)
    assert state == walk.parts[0]
    assert state.zoom == pytest.approx(scene.native_zoom(0))
    go(walk, "both")
    assert walk.find_parts(scene) is None


def test_the_step_before_is_entered_at_its_last_part(walk: Walk) -> None:
    images = {image.image.key: image for image in (prepared(side, "now", 900) for side in "RL")}
    assert walk.hung is not None
    found = walk.hung.find("parts")
    assert found is not None
    walk.enter(found, HANGING, part=-1)
    state = walk.find_parts(make_scene(walk.panes(), (FRAME, FRAME), images.get))
    assert len(walk.parts) > 1 and state == walk.parts[-1]


def test_panes_too_small_for_parts_show_the_images_whole(walk: Walk) -> None:
    images = {image.image.key: image for image in (prepared(side, "now", 900) for side in "RL")}
    go(walk, "parts")
    tiny = Frame(8, 8)
    assert walk.find_parts(make_scene(walk.panes(), (tiny, tiny), images.get)) is None


def test_each_image_fits_its_place_at_a_scale_of_its_own(walk: Walk) -> None:
    images = {"now-RCC": prepared("R", "now", 900), "now-LCC": prepared("L", "now", 300)}
    panes = panes_of(Layout.CC, HANGING, {}, None)
    scene = make_scene(panes, (FRAME, FRAME), images.get, each_fits=True)
    heights = [scene.place(number, ViewState()).size_px[0] for number in (0, 1)]
    assert heights[0] == pytest.approx(heights[1], rel=0.05)
