"""The score store: what is kept, what it is for, and who may use it."""

from __future__ import annotations

import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mammoview.archive.score_schema import IMAGE, ScoreStoreError
from mammoview.archive.score_store import ScoreStore
from mammoview.archive.score_units import ImageAnswer, StudyAnswer, Unit, UnitAnswer, unit_key
from mammoview.core.study import ImageHeader, ImageSource, Laterality, Patient, View
from mammoview.core.window import Greyscale


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ScoreStore]:
    with ScoreStore(tmp_path / "scores.sqlite") as opened:
        opened.begin_run()
        yield opened


@pytest.fixture
def setting(store: ScoreStore) -> int:
    return store.setting("0" * 64, "auto", "auto", flips=False)


def header(name: str, *, study: str | None = "1", patient: Patient | None = None, side: str = "R") -> ImageHeader:
    source = ImageSource(Path(f"/in/{name}.dcm"))
    return ImageHeader(
        source,
        8,
        8,
        Greyscale(12),
        laterality=Laterality(side),
        view=View.CC,
        patient=patient or Patient(),
        study_instance_uid=study,
        sop_instance_uid=f"9.{name}",
    )


def put(store: ScoreStore, told: ImageHeader, *, size: int = 100) -> None:
    store.put(str(told.source), told.source, (size, 1), named=False, state=IMAGE, told=told)


def answered(unit: Unit, score: float = 0.25, *, woman: str = "", date: str = "", **reason: str) -> UnitAnswer:
    images = tuple(
        image.known or ImageAnswer(image.source, "R", "CC", score=None if reason else score, **reason)  # type: ignore[arg-type]
        for image in unit.images
    )
    study = StudyAnswer(unit.key, unit.key, woman, date, "", images, {"R": score}, score)
    return UnitAnswer(unit.key, unit.state, (study,), unit.new, "cpu")


def test_a_study_that_is_answered_for_is_pending_no_more(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    put(store, header("2", side="L"))
    (unit,) = store.pending(setting)
    assert len(unit.images) == 2
    store.save(answered(unit), setting)
    assert list(store.pending(setting)) == []
    (study,) = store.studies(setting)
    assert [answer.score for _, _, answer in study.images] == [0.25, 0.25]
    assert (study.breasts, study.score) == ({"R": 0.25}, 0.25)


def test_another_model_is_another_question(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    for unit in store.pending(setting):
        store.save(answered(unit), setting)
    for other in (
        store.setting("1" * 64, "auto", "auto", flips=False),
        store.setting("0" * 64, "auto", "auto", flips=True),
    ):
        (unit,) = store.pending(other)
        assert unit.new == {unit.images[0].source}


def test_a_further_image_is_the_only_one_to_be_scored(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    for unit in store.pending(setting):
        store.save(answered(unit), setting)
    put(store, header("2", side="L"))
    (unit,) = store.pending(setting)
    assert [image.known is not None for image in unit.images] == [True, False]


def test_a_file_that_changed_is_to_be_scored_again(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    for unit in store.pending(setting):
        store.save(answered(unit), setting)
    put(store, header("1"), size=101)
    (unit,) = store.pending(setting)
    assert len(unit.new) == 1


def test_what_the_engine_failed_at_is_pending_for_the_next_run(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    (unit,) = store.pending(setting)
    store.save(answered(unit, not_run="out of memory"), setting)
    (again,) = store.pending(setting)
    assert len(again.new) == 1


def test_what_cannot_be_read_is_pending_only_when_it_is_asked_for(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    (unit,) = store.pending(setting)
    store.save(answered(unit, unreadable="damaged"), setting)
    assert list(store.pending(setting)) == []
    store.forget_unreadable(setting)
    assert len(list(store.pending(setting))) == 1


def test_files_of_earlier_runs_do_not_count(store: ScoreStore, setting: int) -> None:
    put(store, header("1"))
    for unit in store.pending(setting):
        store.save(answered(unit), setting)
    store.begin_run()
    assert store.counts(setting) == (0, 0)
    assert list(store.studies(setting)) == []


def test_studies_come_by_woman_and_the_newest_first(store: ScoreStore, setting: int) -> None:
    told = {"1": ("b", "20240101"), "2": ("a", "20230101"), "3": ("b", "20250101"), "4": ("\0x", "20200101")}
    for study in told:
        put(store, header(study, study=study))
    for unit in list(store.pending(setting)):
        woman, date = told[unit.key.removeprefix("uid ")]
        store.save(answered(unit, woman=woman, date=date), setting)
    assert [study.study_instance_uid for study in store.studies(setting)] == ["uid 4", "uid 2", "uid 3", "uid 1"]


def test_nothing_of_a_transaction_that_failed_is_kept(store: ScoreStore, setting: int) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():
        put(store, header("1"))
        raise KeyboardInterrupt
    assert store.counts(setting) == (0, 0)


def test_a_gpu_that_failed_is_remembered(store: ScoreStore, setting: int) -> None:
    store.note_device(setting, "gpu:H100", "")
    store.note_device(setting, "", "the GPU H100 failed; the CPU goes on")
    store.note_device(setting, "cpu", "")
    assert store.device(setting) == ("cpu", "the GPU H100 failed; the CPU goes on")


def test_a_store_has_one_user_at_a_time(store: ScoreStore) -> None:
    with pytest.raises(ScoreStoreError, match="used by another run"):
        ScoreStore(store.path)


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE precious (value)")
    text = tmp_path / "notes.txt"
    text.write_text("no database, but a text that is longer than the header of one" * 20)
    for path, words in ((other, "is no score store"), (text, "damaged or no score store")):
        before = path.read_bytes()
        with pytest.raises(ScoreStoreError, match=words):
            ScoreStore(path)
        assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights on Windows")
def test_only_its_owner_may_read_a_store(store: ScoreStore) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("names", "together"),
    [
        (("p1_R_CC", "p1_L_CC"), True),
        (("p1_R_CC", "p2_L_CC"), False),
        (("1_R_CC", "2_L_CC"), True),
        (("12_R_CC", "L_CC"), True),
        (("1_R_CC", "p2_L_CC"), False),
    ],
)
def test_pictures_without_uid_that_may_be_one_study_are_one_unit(names: tuple[str, str], together: bool) -> None:
    one, other = (unit_key(header(name, study=None)) for name in names)
    assert (one == other) is together
