"""What was opened never stands in for another file that carries its key or took its place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.window import VoiWindow
from tests.factories import (
    ANNA,
    BERTA,
    Woman,
    make_breast,
    make_picture,
    make_uid,
    write_mammogram,
    write_study,
    write_zip,
)
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import FakeEngine

UID = make_uid("used twice")


def one_view(folder: Path, woman: Woman, seed: int) -> Path:
    """A file of one view, for every woman with the same SOP Instance UID."""
    return write_mammogram(folder / "RCC.dcm", woman=woman, seed=seed, SOPInstanceUID=UID, **SIZE)


def test_another_womans_file_with_the_same_uid_shows_her_own_pixels(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(one_view(tmp_path / "a", ANNA, 1))
    desk.open(one_view(tmp_path / "b", BERTA, 2))
    drawing = desk.session.drawing(0)
    assert np.array_equal(drawing.prepared.image.stored, make_breast("R", **SIZE, seed=2))
    assert "BERTA" in drawing.texts.top[0]


def test_another_womans_file_with_the_same_uid_is_scored_anew(make_desk: MakeDesk, tmp_path: Path) -> None:
    engine = FakeEngine({"RCC": 0.1})
    desk = make_desk(engine)
    desk.start_classifier()
    desk.open(one_view(tmp_path / "a", ANNA, 1))
    desk.scored()
    engine.scores["RCC"] = 0.9
    desk.open(one_view(tmp_path / "b", BERTA, 2))
    desk.scored()
    assert desk.session.drawing(0).prediction.score == 0.9


def test_another_womans_file_with_the_same_uid_has_its_own_window(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(one_view(tmp_path / "a", ANNA, 1))
    desk.session.look.set_window(UID, VoiWindow(100, 50))
    desk.open(one_view(tmp_path / "b", BERTA, 2))
    assert desk.session.presentation(0).window is None


def test_a_load_under_way_does_not_arrive_as_another_womans_image(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.read_gate = threading.Event()
    for woman, seed in ((ANNA, 1), (BERTA, 2)):
        path = one_view(tmp_path / woman.patient_id, woman, seed)
        with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
            desk.window.commands.open_paths([path])
    desk.read_gate.set()
    desk.settle()
    assert np.array_equal(desk.session.image(0).image.stored, make_breast("R", **SIZE, seed=2))


def picture(folder: Path, seed: int) -> Path:
    make_picture(folder / "R_CC.png", "R", **SIZE, seed=seed)
    return folder / "R_CC.png"


def packed(folder: Path, seed: int) -> Path:
    return write_zip(folder / "pictures.zip", {"R_CC.png": picture(folder / str(seed), seed).read_bytes()})


@pytest.mark.parametrize("write", [picture, packed])
def test_a_file_that_was_written_over_shows_its_new_pixels(
    make_desk: MakeDesk, tmp_path: Path, write: Callable[[Path, int], Path]
) -> None:
    desk = make_desk()
    for seed in (1, 2):
        desk.open(write(tmp_path, seed))
        assert np.array_equal(desk.session.image(0).image.stored, make_breast("R", **SIZE, bits=8, seed=seed))


def test_an_unchanged_folder_that_is_opened_again_is_not_read_again(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.open(study)
    reads = len(desk.reads)
    desk.open(study)
    assert len(desk.reads) == reads == 4


def test_a_folder_opened_again_after_another_one_is_not_read_again(
    make_desk: MakeDesk, study: Path, tmp_path: Path
) -> None:
    desk = make_desk()
    write_study(tmp_path / "other", woman=BERTA, study="other", **SIZE)
    for folder in (study, tmp_path / "other", study):
        desk.open(folder)
    assert len(desk.reads) == 8


def test_answers_of_studies_that_are_closed_are_given_up(make_desk: MakeDesk, study: Path, tmp_path: Path) -> None:
    desk = make_desk()
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    key = desk.session.study.images[0].key
    write_study(tmp_path / "other", woman=BERTA, study="other", **SIZE)
    desk.open(tmp_path / "other")
    assert desk.session.predictions.prediction(key) is None
