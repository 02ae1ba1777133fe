"""Settings, recent places, worklist, panes, look, navigation: values without a window."""

from __future__ import annotations

import itertools
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import mammoview.app  # noqa: F401  (the guard of the singletons is part of starting)
from mammoview.archive.recent import RecentPlaces
from mammoview.core.hanging import hang
from mammoview.core.study import ImageHeader, ImageSource, Patient, Study
from mammoview.core.window import VoiFunction, VoiLut, VoiWindow
from mammoview.services.look import Look
from mammoview.services.navigation import window_like
from mammoview.services.panes import Layout, panes_of
from mammoview.services.settings import Settings, SettingsStore
from mammoview.services.stamps import stamps_of
from mammoview.services.worklist import make_worklist
from tests.unit.made import breast_image


def header(side: str, view: str, key: str = "") -> ImageHeader:
    return replace(breast_image(side, view, 60, 40).header, sop_instance_uid=key or f"{side}{view}")


def study(uid: str, date: str, patient: Patient) -> Study:
    return Study(uid, (replace(header("R", "CC", uid), study_date=date, patient=patient),))


def test_settings_survive_and_bad_fields_do_not(tmp_path: Path) -> None:
    SettingsStore(tmp_path).change(opacity=0.8, side_panel=False)
    path = tmp_path / "settings.json"
    assert path.stat().st_mode & 0o777 == 0o600
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {"threshold": 7, "color_map": "rainbow", "linked": "yes"}), encoding="utf-8")
    assert SettingsStore(tmp_path).value == Settings(opacity=0.8, side_panel=False)
    path.write_text("{", encoding="utf-8")
    store = SettingsStore(tmp_path)
    assert store.value == Settings() and "cannot be read" in store.problem
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"opacity": 1' + "0" * 400 + "}",
        '{"geometry": "\\ud800"}',
        '{"reader": "\\udfff"}',
        '{"keys": {"zoom-in": ' + "[" * 490 + "]" * 490 + "}}",
    ],
    ids=["deep", "large", "geometry", "reader", "keys"],
)
def test_settings_that_were_edited_by_hand_stop_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    store = SettingsStore(tmp_path)
    assert replace(store.value, keys={}) == Settings()
    store.change(linked=False)
    assert store.value.geometry.encode() == b""
    assert not SettingsStore(tmp_path).value.linked


@pytest.mark.parametrize("text", ["[" * 100_000, '{"places": [["\\u0000"]]}', '{"places": [["\\ud800"]]}'])
def test_recent_places_that_were_edited_by_hand_stop_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "recent.json").write_text(text, encoding="utf-8")
    recent = RecentPlaces(tmp_path)
    assert recent.places == ()
    assert "cannot be read" in recent.problem


def test_recent_places_are_few_unique_and_the_newest_first(tmp_path: Path) -> None:
    recent = RecentPlaces(tmp_path)
    for number in [*range(30), 12]:
        recent.add([tmp_path / f"{number}"])
    assert len(recent.places) == 20
    assert recent.places[0] == (tmp_path / "12",)
    assert RecentPlaces(tmp_path).places == recent.places
    recent.clear()
    assert RecentPlaces(tmp_path).places == ()


def test_priors_stand_under_their_woman_and_nameless_studies_alone() -> None:
    anna, nobody = Patient("DEMO^ANNA", "1"), Patient()
    worklist = make_worklist(
        [
            study("old", "2020-01-01", anna),
            study("x", "", nobody),
            study("new", "2024-01-01", anna),
            study("y", "", nobody),
        ]
    )
    assert [case.current.key for case in worklist.cases] == ["new", "x", "y"]
    assert [prior.key for prior in worklist.cases[0].priors] == ["old"]
    assert worklist.other("new").key == "old" and worklist.other("old").key == "new"
    assert worklist.step("old", 1).key == "x" and worklist.step("y", 1) is None


def test_two_women_with_one_number_are_two_cases() -> None:
    worklist = make_worklist([study("a", "", Patient("A", "1")), study("b", "", Patient("B", "1"))])
    assert len(worklist.cases) == 2


WOMEN = {
    "other birth dates": (("1950-01-01", "F"), ("1980-05-05", "F"), 2),
    "other sexes": (("1950-01-01", "F"), ("1950-01-01", "M"), 2),
    "one birth date unknown": (("1950-01-01", "F"), ("", "F"), 1),
    "one tells nothing": (("1950-01-01", "F"), ("", ""), 1),
    "one birth date, one sex": (("1950-01-01", ""), ("", "F"), 1),
}


@pytest.mark.parametrize(("one", "other", "cases"), WOMEN.values(), ids=WOMEN.keys())
def test_contradicting_birth_dates_or_sexes_are_two_women(
    one: tuple[str, str], other: tuple[str, str], cases: int
) -> None:
    patients = [Patient("ANONYMOUS", "ANON", birth, sex) for birth, sex in (one, other)]
    worklist = make_worklist([study("a", "2024-01-01", patients[0]), study("b", "2020-01-01", patients[1])])
    assert [len(case.studies) for case in worklist.cases] == [2 // cases] * cases


def test_a_study_that_may_be_of_either_of_two_women_is_a_case_of_its_own() -> None:
    told = (("a", "1950-01-01"), ("b", ""), ("c", "1980-05-05"), ("d", "1950-01-01"), ("e", ""))
    for order in itertools.permutations(told):
        worklist = make_worklist([study(key, "", Patient("ANONYMOUS", "ANON", birth)) for key, birth in order])
        cases = {frozenset(one.key for one in case.studies) for case in worklist.cases}
        assert cases == {frozenset("ad"), frozenset("b"), frozenset("c"), frozenset("e")}


def test_a_birth_date_is_looked_for_in_all_images_of_a_study() -> None:
    silent, telling = Patient("ANONYMOUS", "ANON"), Patient("ANONYMOUS", "ANON", "1950-01-01")
    first = study("a", "", silent)
    both = Study("a", (*first.images, replace(first.images[0], sop_instance_uid="a2", patient=telling)))
    worklist = make_worklist([both, study("b", "", Patient("ANONYMOUS", "ANON", "1980-05-05"))])
    assert len(worklist.cases) == 2


def test_a_file_keeps_its_stamp_until_it_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    image = replace(header("R", "CC", "a"), source=ImageSource(path))
    gone = replace(header("R", "MLO", "b"), source=ImageSource(tmp_path / "absent"))
    path.write_bytes(b"first")
    opened = [Study("s", (image, gone))]
    before = stamps_of(opened)
    assert stamps_of(opened) == before and set(before) == {"a"}
    told = path.stat()
    path.write_bytes(b"later")
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert stamps_of(opened)["a"] != before["a"]


def test_panes_of_each_layout() -> None:
    hanging = hang([header(side, view) for side in "RL" for view in ("CC", "MLO")])
    four = panes_of(Layout.FOUR, hanging, {}, None)
    assert [(pane.row, pane.column) for pane in four] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [pane.slot for pane in panes_of(Layout.MLO, hanging, {}, None)] == ["RMLO", "LMLO"]
    alone = panes_of(Layout.SINGLE, hanging, {}, hanging.shown[2])
    assert alone[0].header is hanging.shown[2] and not alone[0].paired
    right_only = panes_of(Layout.FOUR, hang([header("R", "CC"), header("R", "MLO")]), {}, None)
    assert [(pane.rows, pane.columns) for pane in right_only] == [(2, 1), (2, 1)]


def test_look_tells_of_changes_only(qtbot: QtBot) -> None:
    look = Look()
    told: list[str] = []
    look.changed.connect(told.append)
    look.set_invert(False)
    look.set_heat(opacity=0.5)
    look.set_window("a", None)
    assert told == []
    look.set_window("a", VoiWindow(10, 20))
    look.set_heat(opacity=3.0)
    assert told == ["a", ""]
    assert look.heat.opacity == 1.0
    assert look.presentation("b").window is None


def test_a_lut_is_dragged_from_the_window_that_it_resembles() -> None:
    window = VoiWindow(2000, 1000, VoiFunction.LINEAR)
    inputs = np.arange(4096, dtype=np.float64)
    lut = VoiLut(0, np.round(window.apply(inputs) * 65535).astype(np.uint16), 16)
    like = window_like(lut)
    assert like.center == pytest.approx(2000, abs=5)
    assert like.width == pytest.approx(960, abs=5)
    assert window_like(window) is window


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="singletons are immortal from Python 3.12 on")
def test_singletons_cannot_be_used_up() -> None:
    assert all(sys.getrefcount(one) > 1 << 40 for one in (None, True, False))
