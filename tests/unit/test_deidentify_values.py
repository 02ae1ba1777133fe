"""New values of single elements, and the secret that makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.errors import UsageError
from mammoview.dicom.deidentify.codes import is_public, meaning_of
from mammoview.dicom.deidentify.moments import Move, Times, time_beside
from mammoview.dicom.deidentify.profile import Action, action_of
from mammoview.dicom.deidentify.secret import Secret, new_secret, secret_in
from mammoview.dicom.deidentify.values import capped_age, is_sound

MEANING = "Cranio-caudal projection (qualifier value)"
SECRET = Secret(b"0123456789abcdef")
MOVE = Move(days=1, seconds=3601)


def moved(move: Move, vr: str, text: str) -> str:
    return {"DA": move.date, "TM": move.time, "DT": move.date_time}[vr](text)


@pytest.mark.parametrize(
    ("vr", "old", "new"),
    [
        ("DA", "20240301", "20240229"),
        ("DA", "2024.03.01", "20240229"),
        ("DA", "00000000", ""),
        ("DA", "00010101", ""),
        ("DA", "20240230", ""),
        ("DA", "DOE JANE", ""),
        ("DT", "20240301101500.25+0100", "20240229091459.25"),
        ("DT", "20240301010000", "20240228235959"),
        ("DT", "202403011015", "202402290914"),
        ("DT", "20240301", "20240229"),
        ("DT", "20240301DOE", ""),
        ("DT", "2024030177", ""),
        ("DT", "2024", ""),
        ("TM", "101500.123", "091459.123"),
        ("TM", "10:15:00", "091459"),
        ("TM", "1015", "0914"),
        ("TM", "10", "08"),
        ("TM", "000000", "225959"),
        ("TM", "235960", "225958"),
        ("TM", "241500", ""),
        ("TM", "DOE", ""),
    ],
)
def test_dates_and_times_move_and_what_is_none_goes(vr: str, old: str, new: str) -> None:
    assert moved(MOVE, vr, old) == new


@pytest.mark.parametrize(("time", "day"), [("100000", "20240229"), ("0030", "20240228"), ("", "20240229")])
def test_a_date_goes_over_midnight_with_the_time_beside_it(time: str, day: str) -> None:
    assert MOVE.date("20240301", time) == day


@pytest.mark.parametrize(
    ("vr", "old", "new"),
    [
        ("DA", "20240301", "20240229"),
        ("TM", "101500.123", "000000"),
        ("TM", "DOE", ""),
        ("DT", "20240301101500.25", "20240229000000"),
        ("DT", "20240301", "20240229"),
    ],
)
def test_times_become_midnight_and_dates_do_not_feel_them(vr: str, old: str, new: str) -> None:
    move = Move(1, 3601, Times.ZERO)
    assert moved(move, vr, old) == new
    assert move.date("20240301", "0030") == "20240229"


@pytest.mark.parametrize(
    ("date", "time"),
    [
        (0x00080020, 0x00080030),  # Study Date and Time
        (0x0018700C, 0x0018700E),  # Date and Time of Last Detector Calibration
        (0x0040A121, 0x0040A122),  # Date and Time of a content item
        (0x00404050, None),
        (0x00100010, None),
    ],
)
def test_which_time_stands_beside_a_date(date: int, time: int | None) -> None:
    assert time_beside(date) == time


@pytest.mark.parametrize(
    ("old", "new"), [("089Y", "089Y"), ("090Y", "090Y"), ("104Y", "090Y"), ("999M", "999M"), ("DOE", ""), ("93", "")]
)
def test_ages_over_89_are_90(old: str, new: str) -> None:
    assert capped_age(old) == new


@pytest.mark.parametrize(
    ("vr", "text", "sound"),
    [
        ("CS", "FOR PRESENTATION", True),
        ("CS", "Doe", False),
        ("DS", "-1.5e-3", True),
        ("DS", "1,5", False),
        ("DS", "0.12345678901234567", False),
        ("IS", "12", True),
        ("IS", "DOE", False),
        ("LO", "NORMAL", True),
        ("LO", "MÜLLER", False),
        ("LO", "two\nlines", False),
    ],
)
def test_kept_values_are_what_their_representation_says(vr: str, text: str, sound: bool) -> None:
    assert is_sound(vr, text) is sound


def test_uids_are_hashed_with_the_salt_and_the_standards_stay() -> None:
    assert SECRET.uid("1.2.840.10008.5.1.4.1.1.1.2") == "1.2.840.10008.5.1.4.1.1.1.2"
    made = SECRET.uid("1.2.840.10008.999.1")
    assert made.startswith("2.25.") and len(made) <= 64
    assert made == SECRET.uid("1.2.840.10008.999.1") != Secret(b"another 16 bytes").uid("1.2.840.10008.999.1")


def test_pseudonyms_differ_by_kind_and_value_and_hide_the_salt() -> None:
    made = {SECRET.pseudonym(kind, old) for kind in ("patient", "study") for old in ("A", "B")}
    assert len({name[1:] for name in made}) == 4
    assert all(len(name) == 13 and name.isalnum() for name in made)
    assert "0123" not in repr(SECRET)


def test_days_lie_between_a_month_and_ten_years() -> None:
    days = {SECRET.days(str(number)) for number in range(200)}
    assert min(days) >= 30 and max(days) <= 3650 and len(days) > 150


def test_seconds_lie_between_a_minute_and_five_hours() -> None:
    seconds = {SECRET.seconds(str(number)) for number in range(200)}
    assert min(seconds) >= 60 and max(seconds) <= 18_000 and len(seconds) > 150


def test_a_salt_is_made_once_and_a_short_one_refused(tmp_path: Path) -> None:
    first = secret_in(tmp_path / "salt")
    assert secret_in(tmp_path / "salt") == first != new_secret()
    (tmp_path / "short").write_text("secret")
    with pytest.raises(UsageError, match="16 bytes"):
        secret_in(tmp_path / "short")
    with pytest.raises(UsageError, match="cannot be read or written"):
        secret_in(tmp_path / "absent" / "salt")


@pytest.mark.parametrize(
    ("tag", "vr", "action"),
    [  # as Table E.1-1 of PS3.15 says, with Modified Dates
        (0x00100010, "PN", Action.PSEUDONYM),
        (0x00100030, "DA", Action.EMPTY),
        (0x00100032, "TM", Action.REMOVE),
        (0x00080020, "DA", Action.SHIFT),
        (0x00080050, "SH", Action.EMPTY),
        (0x00080080, "LO", Action.DUMMY),
        (0x00081030, "LO", Action.REMOVE),
        (0x0020000D, "UI", Action.UID),
        (0x00082112, "SQ", Action.CLEAN),
        (0x0040A730, "SQ", Action.CLEAN),
        (0x00401101, "SQ", Action.DUMMY),
        (0x00400555, "SQ", Action.EMPTY),
        (0x00880200, "SQ", Action.REMOVE),
        (0x00101010, "AS", Action.REMOVE),
        (0x60023000, "OW", Action.REMOVE),
        (0x50000010, "US", Action.REMOVE),
        (0x00280120, "US", Action.KEEP),
        (0x00281050, "DS", Action.KEEP),
        (0x00280030, "DS", Action.KEEP),
        (0x00291010, "LO", Action.REMOVE),
        (0x00080008, "CS", Action.KEEP),
        (0x0010BEEF, "US", Action.REMOVE),
    ],
)
def test_the_profile(tag: int, vr: str, action: Action) -> None:
    assert action_of(tag, vr) is action


def test_characteristics_are_kept_on_demand() -> None:
    kept = {tag: action_of(tag, vr, keep_ages=True) for tag, vr in ((0x00101010, "AS"), (0x00100040, "CS"))}
    assert kept == {0x00101010: Action.CAP, 0x00100040: Action.KEEP}
    assert action_of(0x00100030, "DA", keep_ages=True) is Action.EMPTY


def test_codes_of_the_world_are_told_from_a_hospitals_own() -> None:
    assert meaning_of("SCT", "399162004") == MEANING
    assert meaning_of("SRT", "R-10242") == MEANING
    assert is_public("SRT", "R-FFFFF") and not is_public("SRT", "DOE")
    assert not is_public("99HOSPITAL", "399162004")
