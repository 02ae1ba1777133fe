"""A place is taken up as far as it can be: damaged records and those of an older version stop nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mammoview.core.image import MammoImage
from mammoview.core.render import current_voi
from mammoview.core.study import Study
from mammoview.core.window import Greyscale, VoiFunction, VoiLut, VoiWindow
from mammoview.services.image_store import ImageStore
from mammoview.services.jobs import JobRunner
from mammoview.services.look import Look, OwnGreys, StateLook
from mammoview.services.places import go_to, place_in
from mammoview.services.prediction import PredictionService
from mammoview.services.session import Session
from mammoview.services.worklist import make_worklist
from tests.ui.desk import FakeEngine
from tests.unit.made import breast_image

GREY = Greyscale(12, vois=(VoiWindow(2000.0, 1000.0), VoiWindow(1500.0, 3000.0)))
OWN = VoiWindow(1234.5, 678.25, VoiFunction.SIGMOID, falls=True)


def image(side: str, view: str) -> MammoImage:
    return breast_image(side, view, 60, 40, sop_instance_uid=f"{side}{view}", grey=GREY)


IMAGES = {f"{side}{view}": image(side, view) for side in "RL" for view in ("CC", "MLO")}
DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]

NO_WINDOWS = (
    [1000.0, 0.0, "LINEAR", False],
    [1000.0, -5, "LINEAR_EXACT", False],
    [1000.0, 0.5, "LINEAR", False],
    [1000.0, 1e-300, "SIGMOID", False],
    [float("nan"), 100.0, "LINEAR", False],
    [1000.0, float("inf"), "LINEAR", False],
    [10**400, 100.0, "LINEAR", False],
    [1000.0, 10**400, "LINEAR", False],
    [True, 100.0, "LINEAR", False],
    ["1000", 100.0, "LINEAR", False],
    [1000.0, 100.0, "CUBIC", False],
    [1000.0, 100.0, ["LINEAR"], False],
    [1000.0, 100.0, "LINEAR", 0],
    [1000.0, 100.0],
    {"center": 1000.0},
    "narrow",
    7,
    DEEP,
)


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """Four views on the screen, without a window."""
    runner, predictions = JobRunner(1), PredictionService(FakeEngine)
    made = Session(ImageStore(runner, lambda header, frame: IMAGES[header.key]), predictions, Look())
    made.show_worklist(make_worklist([Study("study", tuple(one.header for one in IMAGES.values()))]))
    yield made
    predictions.close()
    runner.close()


def gone_to(session: Session, **changes: object) -> dict[str, Any]:
    """The place after one was taken up that tells these things otherwise."""
    go_to(session, place_in(session) | changes)
    return place_in(session)


def test_greys_go_through_json_unchanged(session: Session) -> None:
    look = session.look
    look.set_window("RCC", OWN)
    look.set_voi("LCC", 1)
    look.set_invert(True)
    place = json.loads(json.dumps(place_in(session)))
    for key in IMAGES:
        look.set_voi(key, 0)
    look.set_invert(False)
    go_to(session, place)
    assert place_in(session) == place
    assert (look.own_greys("RCC"), look.own_greys("LCC")) == (OwnGreys(0, OWN), OwnGreys(1))
    assert look.invert


@pytest.mark.parametrize("window", NO_WINDOWS, ids=range(len(NO_WINDOWS)))
def test_a_window_that_is_none_is_passed_over(session: Session, window: object) -> None:
    greys = {"RCC": {"voi": 1, "window": window}, "LCC": {"voi": 1, "window": None}}
    gone_to(session, greys=greys)
    assert session.look.own_greys("RCC") == OwnGreys()
    assert session.look.own_greys("LCC") == OwnGreys(1)


@pytest.mark.parametrize("voi", [2, 10**400, -1, True, 1.0, "1", None, [1]], ids=str)
def test_a_choice_that_the_file_does_not_have_is_passed_over(session: Session, voi: object) -> None:
    gone_to(session, greys={"RCC": {"voi": voi, "window": None}})
    assert session.look.own_greys("RCC") == OwnGreys()


@pytest.mark.parametrize(
    "changes",
    [
        {"greys": 7},
        {"greys": ["RCC"]},
        {"greys": {"RCC": 7, "gone": {"voi": 1}}},
        {"greys": {"RCC": DEEP}},
        {"invert": 1},
        {"invert": None},
        {"linked": [True], "heat": ["yes", 1]},
        {"linked": "no", "heat": {}},
        {"frames": {"RCC": [3, 3, "maximum"], "gone": [1, 1, "maximum"]}},
        {"frames": [3]},
        {"stand_ins": {"0": "gone", "99": "LCC", "9" * 5000: "LCC", "-1": "LCC", "x": 3}},
        {"stand_ins": 3},
        {"looks": {"RCC": [float("nan"), 0, 0], "gone": [1, 0, 0]}},
        {"below": ["four"], "layout": 3, "view": {}},
    ],
    ids=str,
)
def test_what_is_told_wrongly_changes_nothing(session: Session, changes: dict[str, object]) -> None:
    before = place_in(session)
    assert gone_to(session, **changes) == before


def test_views_are_linked_as_the_reader_wants_where_the_step_that_parted_them_is_gone(session: Session) -> None:
    gone_to(session, step="gone", linked=[True, False])
    assert session.links == (True, True)


def test_a_place_without_greys_leaves_those_of_the_screen(session: Session) -> None:
    session.look.set_window("RCC", OWN)
    session.look.set_invert(True)
    go_to(session, {"step": "", "layout": "mlo", "view": "LMLO", "part": 0, "prior": False, "looks": {}})
    assert str(session.layout) == "mlo"
    assert session.look.own_greys("RCC") == OwnGreys(0, OWN)
    assert session.look.invert


def lut(*entries: int) -> VoiLut:
    return VoiLut(0, np.array(entries, np.uint16), 12)


def test_a_presentation_state_that_was_put_by_stays_so_when_it_is_read_later(session: Session) -> None:
    session.look.set_states({"RCC": StateLook(lut(0, 2000, 4095))})
    session.look.set_voi("RCC", 1)
    place = json.loads(json.dumps(place_in(session)))
    again = Session(session.store, session.predictions, Look())
    again.show_worklist(session.worklist)
    go_to(again, place)
    assert place_in(again) == place
    again.look.set_states({})
    again.look.set_states({"RCC": StateLook(lut(0, 2000, 4095))})
    shown = again.look.presentation("RCC")
    assert (shown.voi, shown.state_voi) == (1, None)


def test_another_presentation_state_than_the_one_that_was_put_by_is_seen(session: Session) -> None:
    session.look.resume("RCC", OwnGreys(1, None, lut(0, 2000, 4095).fingerprint()))
    other = lut(0, 1000, 4095)
    session.look.set_states({"RCC": StateLook(other)})
    assert session.look.presentation("RCC").state_voi is other


def test_a_presentation_state_that_was_put_by_after_going_on_is_seen_when_it_comes_anew(session: Session) -> None:
    session.look.resume("RCC", OwnGreys(1, None, lut(0, 2000, 4095).fingerprint()))
    other = lut(0, 1000, 4095)
    session.look.set_states({"RCC": StateLook(other)})
    session.look.set_voi("RCC", 0)
    assert session.look.presentation("RCC").state_voi is None
    session.look.set_states({})
    session.look.set_states({"RCC": StateLook(other)})
    assert session.look.presentation("RCC").state_voi is other


def test_a_window_of_the_readers_goes_before_a_state_that_comes_later(session: Session) -> None:
    gone_to(session, greys={"RCC": {"voi": 0, "window": [1234.5, 678.25, "SIGMOID", True], "put_by": ""}})
    session.look.set_states({"RCC": StateLook(lut(0, 2000, 4095))})
    assert current_voi(IMAGES["RCC"], session.look.presentation("RCC")) == OWN
