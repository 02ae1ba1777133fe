"""A protocol's steps take a study's images: every image in its place or in the tray, none lost, none twice."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError
from mammoview.core.protocol import HeatUse, HungProtocol, HungStep, Place, Protocol, Scale, Step, StudyRole, match
from mammoview.core.study import ImageHeader, ImageSource, Laterality, Study, View, ViewModifier
from mammoview.core.window import Greyscale
from mammoview.reading.protocols import bundled_folder, read_protocol

SCREENING = read_protocol(bundled_folder() / "screening.json")
WITH_PRIORS = read_protocol(bundled_folder() / "screening-with-priors.json")
GREY = Greyscale(12)
FOUR = ("RCC", "LCC", "RMLO", "LMLO")
CURRENT, PRIOR, PRIOR_2 = StudyRole
RIGHT, LEFT = Laterality.RIGHT, Laterality.LEFT


def image(side_view: str, *modifiers: str, uid: str = "", study: str = "now", **header: object) -> ImageHeader:
    """An image by its label, as "RCC" or "?" for one that tells neither side nor view."""
    side, view = ("", "") if side_view == "?" else (side_view[0], side_view[1:])
    name = f"{study}.{side_view}{''.join(modifiers)}{uid}"
    bare = ImageHeader(
        ImageSource(Path(f"{name}.dcm")),
        rows=3000,
        columns=2400,
        grey=GREY,
        laterality=Laterality(side),
        view=View(view),
        view_modifiers=tuple(ViewModifier(modifier) for modifier in modifiers),
        sop_instance_uid=name,
        modality="MG",
    )
    return replace(bare, **header)


def study_of(*images: ImageHeader | str, name: str = "now") -> Study:
    headers = [image(one, study=name) if isinstance(one, str) else one for one in images]
    return Study(name, tuple(headers))


def shown(step: HungStep | None) -> list[list[str]]:
    """The labels of a step's places, row by row; "-" where a place is empty, "a+b" where images are shown in turn."""
    assert step is not None
    grid = [["" for _ in range(step.columns)] for _ in range(step.rows)]
    for place in step.places:
        grid[place.row][place.column] = "+".join(name_of(header) for header in place.images) or "-"
    return grid


def name_of(header: ImageHeader) -> str:
    """As "RCC"; of the older study "old.RCC"."""
    return header.key.removeprefix("now.")


def ids(hung: HungProtocol) -> list[str]:
    return [step.id for step in hung.steps]


def tray(hung: HungProtocol, role: StudyRole = CURRENT) -> list[str]:
    return [name_of(header) for header in hung.tray[role]]


def walk(hung: HungProtocol, *, back: bool = False) -> list[str]:
    """The ids that a reader sees who goes on to the end, or back to the beginning."""
    go = hung.previous if back else hung.next
    step, seen = go(), []
    while step is not None:
        seen.append(step.id)
        step = go(step.id)
    return seen


def extras(hung: HungProtocol) -> list[list[list[str]]]:
    """What the steps for additional views show."""
    return [shown(step) for step in hung.steps if step.step.id == "extras"]


def one_step(*places: Place, rows: int = 1) -> Protocol:
    return Protocol("made", (Step("only", "Only", rows, len(places) // rows, places),))


BOTH = match(WITH_PRIORS, study_of(*FOUR), [study_of(*FOUR, name="old")])
"""A study of four views with a prior of four."""

# --- the screening sequence


def test_four_views_are_read_whole_then_by_pairs_then_part_by_part() -> None:
    hung = match(SCREENING, study_of(*FOUR))
    assert walk(hung) == ["four-up", "cc", "mlo", "cc-quadrants", "mlo-quadrants", "review"]


def test_with_a_prior_both_studies_follow_beside_each_other_and_in_turn() -> None:
    assert walk(BOTH)[5:] == ["compare", "cc-alternate", "mlo-alternate", "review"]


@pytest.mark.parametrize("order", list(itertools.permutations(FOUR)))
def test_every_order_of_the_files_gives_the_same_steps(order: Sequence[str]) -> None:
    assert match(WITH_PRIORS, study_of(*order), [study_of(*order, name="old")]).steps == BOTH.steps


def test_right_hangs_left_and_cc_above_mlo() -> None:
    assert shown(match(SCREENING, study_of(*FOUR)).find("four-up")) == [["RCC", "LCC"], ["RMLO", "LMLO"]]


def test_the_prior_hangs_above_the_current_study() -> None:
    row = ["RMLO", "LMLO", "RCC", "LCC"]
    assert shown(BOTH.find("compare")) == [[f"old.{view}" for view in row], row]


def test_current_and_prior_stand_in_one_place_in_turn() -> None:
    assert shown(BOTH.find("cc-alternate")) == [["RCC+old.RCC", "LCC+old.LCC"]]


def test_the_heat_map_is_kept_off_until_every_view_was_looked_at() -> None:
    hung = match(WITH_PRIORS, study_of(*FOUR, "RML"), [study_of(*FOUR, name="old")])
    assert [step.step.heat for step in hung.steps] == [HeatUse.HIDDEN] * (len(hung.steps) - 1) + [HeatUse.AS_SET]


def test_chest_walls_meet_between_the_right_and_the_left_of_a_pair() -> None:
    compare = next(step for step in BOTH.steps if step.id == "compare")
    assert [place.middle_right for place in compare.places] == [True, False] * 4


# --- forwards and back


def test_back_goes_the_same_way_as_forwards() -> None:
    assert walk(BOTH, back=True) == walk(BOTH)[::-1]


def test_after_the_last_step_the_sequence_is_done() -> None:
    assert match(SCREENING, study_of(*FOUR)).next("review") is None


def test_before_the_first_step_there_is_none() -> None:
    assert match(SCREENING, study_of(*FOUR)).previous("four-up") is None


def test_from_a_step_that_this_study_lacks_one_goes_on_from_where_it_would_stand() -> None:
    hung = match(WITH_PRIORS, study_of(*FOUR))
    after, before = hung.next("cc-id"), hung.previous("extras#3")
    assert after is not None and after.id == "mlo"
    assert before is not None and before.id == "mlo-quadrants"


def test_a_step_that_no_protocol_knows_is_refused() -> None:
    with pytest.raises(MammoviewError, match='no step "five-up"'):
        match(SCREENING, study_of(*FOUR)).next("five-up")


# --- studies that lack views


def test_one_breast_hangs_without_empty_places() -> None:
    hung = match(SCREENING, study_of("LCC", "LMLO"))
    assert ids(hung) == ["four-up", "cc", "mlo", "cc-quadrants", "mlo-quadrants", "review"]
    assert shown(hung.find("four-up")) == [["LCC"], ["LMLO"]]
    assert shown(hung.find("cc")) == [["LCC"]]


def test_a_single_image_is_no_half_of_a_pair() -> None:
    step = match(SCREENING, study_of("LCC")).steps[0]
    assert [place.middle_right for place in step.places] == [None]


def test_a_study_of_mlo_alone_has_no_step_for_cc() -> None:
    hung = match(SCREENING, study_of("RMLO", "LMLO"))
    assert ids(hung) == ["four-up", "mlo-quadrants", "review"]
    assert shown(hung.find("four-up")) == [["RMLO", "LMLO"]]


def test_a_step_that_shows_the_same_as_the_one_before_is_found_there() -> None:
    hung = match(SCREENING, study_of("RMLO", "LMLO"))
    assert hung.find("mlo") is hung.find("four-up")
    after = hung.next("mlo")
    assert after is not None and after.id == "mlo-quadrants"


def test_the_same_images_at_another_scale_are_another_step() -> None:
    places = (Place(side=RIGHT, views=(View.CC,)),)
    steps = (Step("fit", "Fit", 1, 1, places), Step("native", "1:1", 1, 1, places, scale=Scale.NATIVE))
    assert ids(match(Protocol("made", steps), study_of("RCC"))) == ["fit", "native"]


def test_an_empty_place_beside_a_filled_one_stays_in_a_grid_that_needs_it() -> None:
    assert shown(match(SCREENING, study_of("RCC", "RMLO", "LMLO")).find("four-up")) == [["RCC", "-"], ["RMLO", "LMLO"]]


def test_without_a_prior_there_is_nothing_to_compare() -> None:
    hung = match(WITH_PRIORS, study_of(*FOUR))
    assert not {"compare", "cc-alternate", "mlo-alternate"} & set(ids(hung))


def test_a_prior_with_other_views_leaves_no_view_to_alternate_and_is_not_lost() -> None:
    hung = match(WITH_PRIORS, study_of("RCC", "LCC"), [study_of("RML", "LML", name="old")])
    assert not {"compare", "cc-alternate", "mlo-alternate"} & set(ids(hung))
    assert shown(hung.find("prior-extras")) == [["old.RML", "old.LML"]]


def test_a_prior_of_half_the_views_is_compared_as_far_as_it_goes() -> None:
    hung = match(WITH_PRIORS, study_of(*FOUR), [study_of("RMLO", "LMLO", name="old")])
    assert shown(hung.find("compare")) == [["old.RMLO", "old.LMLO", "-", "-"], ["RMLO", "LMLO", "RCC", "LCC"]]
    assert hung.find("cc-alternate") is None
    assert shown(hung.find("mlo-alternate")) == [["RMLO+old.RMLO", "LMLO+old.LMLO"]]


def test_a_prior_never_stands_alone_where_the_current_image_is_expected() -> None:
    hung = match(WITH_PRIORS, study_of("RCC"), [study_of("RCC", "LCC", name="old")])
    assert shown(hung.find("cc-alternate")) == [["RCC+old.RCC"]]


def test_a_place_may_name_the_study_before_the_prior() -> None:
    place = Place(study=PRIOR_2, side=RIGHT, views=(View.CC,))
    older = [study_of("RCC", name=name) for name in ("old", "older")]
    assert shown(match(one_step(place), study_of("RCC"), older).find("only")) == [["older.RCC"]]


# --- images beside the four


@pytest.mark.parametrize(
    "additional",
    [
        image("RXCCL"),
        image("LML"),
        image("RCC", "S"),
        image("LMLO", "M"),
        image("RCC", uid=".partial", partial_view=True),
        image("RMLO", uid=".raw", presentation_intent="FOR PROCESSING"),
        image("LCC", uid=".second"),
        image("RCC", uid=".tomo", frames=60),
        image("?", uid="unknown"),
    ],
    ids=lambda header: name_of(header),
)
def test_an_additional_view_is_counted_in_the_tray_and_has_a_step(additional: ImageHeader) -> None:
    hung = match(SCREENING, study_of(*FOUR, additional))
    assert tray(hung) == [name_of(additional)]
    assert shown(hung.find("extras")) == [[name_of(additional)]]


def test_additional_views_of_one_kind_are_a_pair() -> None:
    hung = match(SCREENING, study_of(*FOUR, "LXCCL", "RXCCL", "RML", "LLM"))
    assert extras(hung) == [[["RML"]], [["LLM"]], [["RXCCL", "LXCCL"]]]


@pytest.mark.parametrize("other", [image("LCC", "M"), image("LCC", "S", frames=60), image("LXCCL", "S")])
def test_additional_views_of_two_kinds_are_no_pair(other: ImageHeader) -> None:
    assert len(extras(match(SCREENING, study_of(*FOUR, image("RCC", "S"), other)))) == 2


def test_second_images_of_a_view_follow_the_first_ones() -> None:
    seconds = [image("RCC", uid=f".{number}") for number in (2, 3)]
    hung = match(SCREENING, study_of(image("RCC", rows=4000), *seconds))
    assert extras(hung) == [[["RCC.2"]], [["RCC.3"]]]
    assert walk(hung)[-3:] == ["extras", "extras#2", "review"]


def test_implant_displaced_views_have_steps_of_their_own() -> None:
    displaced = [image(side_view, "ID") for side_view in FOUR]
    hung = match(SCREENING, study_of(*FOUR, *displaced))
    assert shown(hung.find("cc")) == [["RCC", "LCC"]]
    assert shown(hung.find("cc-id")) == [["RCCID", "LCCID"]]
    assert shown(hung.find("mlo-id-quadrants")) == [["RMLOID", "LMLOID"]]
    assert tray(hung) == []


def test_a_study_of_implant_displaced_views_alone_is_read_once() -> None:
    hung = match(SCREENING, study_of(*(image(side_view, "ID") for side_view in FOUR)))
    assert ids(hung) == ["four-up", "cc", "mlo", "cc-quadrants", "mlo-quadrants", "review"]


def test_tomosynthesis_and_its_2d_image_of_the_same_views_are_both_reached() -> None:
    stacks = [image(side_view, uid=".tomo", frames=60) for side_view in FOUR]
    hung = match(SCREENING, study_of(*stacks, *FOUR))
    assert shown(hung.find("cc")) == [["RCC", "LCC"]]
    assert extras(hung) == [[["RCC.tomo", "LCC.tomo"]], [["RMLO.tomo", "LMLO.tomo"]]]


def test_tomosynthesis_alone_takes_the_places() -> None:
    hung = match(SCREENING, study_of(*(image(side_view, uid=".tomo", frames=60) for side_view in FOUR)))
    assert shown(hung.find("cc")) == [["RCC.tomo", "LCC.tomo"]]
    assert tray(hung) == []


def test_a_place_may_ask_for_tomosynthesis() -> None:
    places = [Place(side=RIGHT, views=(View.CC,), tomosynthesis=stack) for stack in (True, False)]
    hung = match(one_step(*places), study_of("RCC", image("RCC", uid=".tomo", frames=60)))
    assert shown(hung.find("only")) == [["RCC.tomo", "RCC"]]


def test_an_image_of_unknown_side_and_view_takes_a_free_place() -> None:
    hung = match(SCREENING, study_of("LCC", "RMLO", "LMLO", image("?", uid="vague")))
    assert shown(hung.find("cc")) == [["?vague", "LCC"]]


def test_a_list_of_views_takes_the_first_that_the_study_has() -> None:
    place = Place(side=RIGHT, views=(View.XCCL, View.ML))
    assert shown(match(one_step(place), study_of("RML", "RXCCL")).find("only")) == [["RXCCL"]]
    assert shown(match(one_step(place), study_of("RML")).find("only")) == [["RML"]]


def test_a_second_place_for_a_view_takes_the_next_best_image() -> None:
    place = Place(side=RIGHT, views=(View.CC,))
    hung = match(one_step(place, place), study_of(image("RCC", "S"), "RCC"))
    assert shown(hung.find("only")) == [["RCC", "RCCS"]]


def test_extra_places_without_a_side_fill_up_in_the_order_of_the_tray() -> None:
    protocol = one_step(Place(), Place(), Place(), Place(), rows=2)
    hung = match(protocol, study_of("LML", "RML", "RXCCL", "LCC", "RMLO"))
    assert shown(hung.find("only")) == [["LCC", "RMLO"], ["RML", "LML"]]
    assert shown(hung.find("only#2")) == [["RXCCL"]]


def test_a_right_and_a_left_image_in_extra_places_without_a_side_are_a_pair() -> None:
    step = match(one_step(Place(), Place()), study_of("RML", "LML")).steps[0]
    assert [place.middle_right for place in step.places] == [True, False]


def test_rows_of_extra_pairs_hold_a_kind_each() -> None:
    pair = (Place(side=RIGHT), Place(side=LEFT))
    hung = match(one_step(*pair, *pair, rows=2), study_of("LML", "RXCCL", "LXCCL"))
    assert shown(hung.find("only")) == [["-", "LML"], ["RXCCL", "LXCCL"]]


def test_a_standard_view_stays_beside_each_extra_image() -> None:
    hung = match(one_step(Place(side=RIGHT, views=(View.CC,)), Place()), study_of("RCC", "RML", "RXCCL"))
    assert [shown(step) for step in hung.steps] == [[["RCC", "RML"]], [["RCC", "RXCCL"]]]


@pytest.mark.parametrize("only", ["RCC", "RML"])
def test_a_standard_view_and_an_extra_image_are_shown_also_without_each_other(only: str) -> None:
    hung = match(one_step(Place(side=RIGHT, views=(View.CC,)), Place()), study_of(only))
    assert [shown(step) for step in hung.steps] == [[[only]]]


def test_a_protocol_without_extra_places_keeps_what_it_does_not_name_in_the_tray() -> None:
    hung = match(one_step(Place(side=RIGHT, views=(View.CC,))), study_of("LML", "RCC", "RML"))
    assert tray(hung) == ["RML", "LML"]


# --- nothing is lost, nothing is twice

views = st.sampled_from([*FOUR, *FOUR, "RML", "LML", "RXCCL", "LLM", "?", "L", "R"])
modifiers = st.sampled_from([(), (), (), ("S",), ("M",), ("ID",), ("S", "M"), ("RL",)])
kinds = st.sampled_from(
    [{}, {}, {"partial_view": True}, {"frames": 50}, {"presentation_intent": "FOR PROCESSING"}, {"rows": 4000}]
)


@st.composite
def studies(draw: st.DrawFn, name: str) -> Study:
    drawn = draw(st.lists(st.tuples(views, modifiers, kinds), min_size=1, max_size=14))
    return study_of(
        *(image(view, *names, uid=f".{number}", study=name, **kind) for number, (view, names, kind) in enumerate(drawn))
    )


@settings(max_examples=150, deadline=None)
@given(studies("now"), st.lists(studies("old"), max_size=1), st.sampled_from([SCREENING, WITH_PRIORS]))
def test_no_image_is_lost_or_in_two_places_at_once(current: Study, priors: list[Study], protocol: Protocol) -> None:
    hung = match(protocol, current, priors)
    in_places: set[str] = set()
    in_extras: list[str] = []
    for step in hung.steps:
        keys = [header.key for header in step.images]
        assert keys
        assert len(keys) == len(set(keys))
        filled = [place for place in step.places if place.images]
        assert {place.row for place in filled} == set(range(step.rows))
        assert {place.column for place in filled} == set(range(step.columns))
        if step.step.id.endswith("extras"):
            in_extras += keys
        else:
            in_places |= set(keys)
    in_tray = [header.key for headers in hung.tray.values() for header in headers]
    assert len(in_tray) == len(set(in_tray))
    assert not in_places & set(in_tray)
    assert in_places | set(in_tray) == {header.key for study in (current, *priors) for header in study.images}
    wanted = in_tray if protocol is WITH_PRIORS else [header.key for header in hung.tray[CURRENT]]
    assert sorted(in_extras) == sorted(wanted)


@settings(max_examples=50, deadline=None)
@given(studies("now").flatmap(lambda study: st.tuples(st.just(study), st.permutations(study.images))))
def test_the_order_of_any_images_does_not_matter(drawn: tuple[Study, list[ImageHeader]]) -> None:
    study, images = drawn
    assert match(SCREENING, Study("now", tuple(images))) == match(SCREENING, study)
