"""The look at an archive and the run over its units: what `scan` finds, nothing read or scored twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from mammoview.archive.score_store import ScoreStore
from mammoview.archive.score_units import Unit, UnitAnswer
from mammoview.core.errors import BundleError, EngineError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from mammoview.dicom import scan as scans
from mammoview.dicom.scan import scan
from mammoview.reading import archive_run_index
from mammoview.reading.archive_run import Run
from mammoview.reading.archive_run_cluster import Cluster, Engine, score_on_worker
from mammoview.reading.archive_run_index import index
from mammoview.reading.archive_run_unit import score_unit
from tests.factories import (
    BERTA,
    dicom_bytes,
    make_mammogram_dataset,
    make_picture,
    write_broken,
    write_mammogram,
    write_study,
    write_zip,
)


class Scores:
    """Scores everything alike, and remembers what."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fails = False

    def predict(self, image: MammoImage) -> ImagePrediction:
        self.seen.append(image.header.source.stem)
        if self.fails:
            raise EngineError("out of memory", "close other programs")
        return ImagePrediction(image.key, image.header.laterality, score=0.25)

    def predict_many(self, images: Sequence[MammoImage]) -> list[ImagePrediction | EngineError]:
        answers: list[ImagePrediction | EngineError] = []
        for image in images:
            try:
                answers.append(self.predict(image))
            except EngineError as error:
                answers.append(error)
        return answers


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ScoreStore]:
    with ScoreStore(tmp_path / "scores.sqlite") as opened:
        yield opened


@pytest.fixture
def scores() -> Scores:
    return Scores()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files of which the header is read by the look, as they are."""
    names: list[str] = []
    real = scans.read_candidate

    def noted(candidate: scans.Candidate, gathered: scans.Gathered) -> bool:
        names.append(candidate.source.stem)
        return real(candidate, gathered)

    monkeypatch.setattr(archive_run_index, "read_candidate", noted)
    return names


def scored(store: ScoreStore, scores: Scores, *paths: Path, retry: bool = False) -> int:
    """One run over `paths`; the number of its setting."""
    index(store, paths, retry=retry)
    setting = store.setting("0" * 64, "auto", "auto", flips=False)
    if retry:
        store.forget_unreadable(setting)
    for unit in store.pending(setting):
        store.save(score_unit(unit, scores), setting)
    return setting


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Studies, pictures, an archive, copies, and much that cannot be used."""
    folder = tmp_path / "archive"
    write_study(folder / "anna", rows=16, columns=12)
    write_study(folder / "anna-later", rows=16, columns=12, study="later", study_date="20250101")
    write_study(folder / "berta", rows=16, columns=12, woman=BERTA)
    shutil.copy(folder / "anna" / "RCC.dcm", folder / "anna" / "zcopy.dcm")
    other = make_mammogram_dataset(
        "R", "CC", 20, 12, study="first", SOPInstanceUID=uid_of(folder / "anna" / "RMLO.dcm")
    )
    (folder / "anna" / "zother.dcm").write_bytes(dicom_bytes(other))
    stolen = make_mammogram_dataset("R", "CC", 16, 12, study="x", SOPInstanceUID=uid_of(folder / "anna" / "LCC.dcm"))
    (folder / "stolen.dcm").write_bytes(dicom_bytes(stolen))
    write_broken(folder / "broken")
    for name in ("p1_R_CC", "p1_L_CC", "p2_L_MLO", "odd"):
        make_picture(folder / "pictures" / f"{name}.png", rows=16, columns=12)
    for name in ("1_R_CC", "2_L_CC"):
        make_picture(folder / "counted" / f"{name}.png", rows=16, columns=12)
    (folder / "notes.txt").write_text("no image")
    members = {f"s/{side}CC.dcm": dicom_bytes(make_mammogram_dataset(side, "CC", 16, 12, study="zip")) for side in "RL"}
    write_zip(folder / "held.zip", members | {"s/notes.txt": b"no image"})
    (folder / "empty").mkdir()
    return folder


def uid_of(path: Path) -> str:
    (study,) = scan([path]).studies
    return str(study.images[0].sop_instance_uid)


def test_it_finds_what_a_scan_finds_in_the_same_order(store: ScoreStore, archive: Path, scores: Scores) -> None:
    paths = [archive, archive / "notes.txt", archive / "absent.dcm", archive / "empty", archive / "anna"]
    found = scan(paths)
    setting = scored(store, scores, *paths)
    assert [
        (study.study_instance_uid, [str(source) for source, _, _ in study.images]) for study in store.studies(setting)
    ] == [(study.study_instance_uid, [str(image.source) for image in study.images]) for study in found.studies]
    assert list(store.refusals()) == [(one.source, one.cause, one.hint) for one in found.refused]
    assert len(found.refused) > 8


def test_a_file_that_has_not_changed_is_not_read_again(
    store: ScoreStore, archive: Path, scores: Scores, reads: list[str]
) -> None:
    setting = scored(store, scores, archive)
    told, studies, count = list(store.refusals()), list(store.studies(setting)), len(scores.seen)
    reads.clear()
    heard: list[object] = []
    assert index(store, [archive], tell=heard.append) > 0
    assert reads == []
    assert list(store.pending(setting)) == []
    assert (list(store.refusals()), list(store.studies(setting)), len(scores.seen)) == (told, studies, count)
    assert all("SOP Instance UID" in str(refusal) for refusal in heard)


def test_what_is_new_changed_or_gone_is_noticed(
    store: ScoreStore, tmp_path: Path, scores: Scores, reads: list[str]
) -> None:
    folder = tmp_path / "study"
    paths = write_study(folder, rows=16, columns=12, views=[("R", "CC"), ("L", "CC"), ("R", "MLO")])
    scored(store, scores, folder)
    reads.clear()
    scores.seen.clear()
    write_mammogram(folder / "LMLO.dcm", "L", "MLO", rows=16, columns=12, seed=3)
    told = paths[0].stat()
    os.utime(paths[0], ns=(told.st_atime_ns, told.st_mtime_ns + 1))
    paths[1].unlink()
    setting = scored(store, scores, folder)
    assert sorted(reads) == ["LMLO", "RCC"]
    assert sorted(scores.seen) == ["LMLO", "RCC"]
    (study,) = store.studies(setting)
    assert [source.stem for source, _, _ in study.images] == ["RCC", "RMLO", "LMLO"]
    assert study.breasts == {"R": 0.25, "L": 0.25}


def test_a_refused_file_is_tried_again_only_when_it_is_asked_for(
    store: ScoreStore, tmp_path: Path, scores: Scores, reads: list[str]
) -> None:
    write_broken(tmp_path / "broken")
    scored(store, scores, tmp_path / "broken")
    told = list(store.refusals())
    reads.clear()
    scored(store, scores, tmp_path / "broken")
    assert (reads, list(store.refusals())) == ([], told)
    scored(store, scores, tmp_path / "broken", retry=True)
    assert len(reads) == len(told)


def test_what_was_passed_over_in_a_folder_is_refused_when_it_is_named(
    store: ScoreStore, tmp_path: Path, scores: Scores
) -> None:
    folder = tmp_path / "study"
    write_study(folder, rows=16, columns=12)
    (folder / "table.png").write_text("no picture")
    (folder / "odd").write_bytes(b"\0" * 128 + b"DICM")
    for paths in ([folder], [folder, folder / "odd"], [folder / "odd", folder]):
        scored(store, scores, *paths)
        assert list(store.refusals()) == [(one.source, one.cause, one.hint) for one in scan(paths).refused]


def test_a_folder_that_is_named_otherwise_is_the_same_archive(
    store: ScoreStore, archive: Path, scores: Scores, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(store, scores, archive)
    scores.seen.clear()
    monkeypatch.chdir(archive.parent)
    setting = scored(store, scores, Path("archive"))
    assert scores.seen == []
    assert {str(source.path.parts[0]) for study in store.studies(setting) for source, _, _ in study.images} == {
        "archive"
    }


def test_an_image_at_which_the_engine_failed_leaves_its_study_without_a_score_until_the_next_run(
    store: ScoreStore, tmp_path: Path, scores: Scores
) -> None:
    write_study(tmp_path / "study", rows=16, columns=12)
    scores.fails = True
    setting = scored(store, scores, tmp_path / "study")
    (study,) = store.studies(setting)
    assert study.score is None
    assert study.images[0][2].error == ("out of memory", "close other programs")
    scores.fails = False
    scored(store, scores, tmp_path / "study")
    (study,) = store.studies(setting)
    assert study.score == 0.25


def test_an_image_that_vanished_is_told_and_the_rest_is_scored(
    store: ScoreStore, tmp_path: Path, scores: Scores
) -> None:
    paths = write_study(tmp_path / "study", rows=16, columns=12)
    index(store, [tmp_path / "study"])
    setting = store.setting("0" * 64, "auto", "auto", flips=False)
    paths[0].unlink()
    for unit in store.pending(setting):
        store.save(score_unit(unit, scores), setting)
    assert sorted(scores.seen) == ["LCC", "LMLO", "RMLO"]
    errors = [(source.stem, answer.error) for study in store.studies(setting) for source, _, answer in study.images]
    assert [(name, error) for name, error in errors if error] == [("RCC", ("does not exist", ""))]


class ByHand:
    """Workers that finish the units with the numbers `at_once` as they get them, others when the test says so."""

    def __init__(self, at_once: range) -> None:
        self._at_once = at_once
        self.handed: list[tuple[Unit, Future[UnitAnswer]]] = []

    def room(self) -> int:
        return 3

    def hand_out(self, unit: Unit) -> Future[UnitAnswer]:
        self.handed.append((unit, Future()))
        if len(self.handed) - 1 in self._at_once:
            self.finish(len(self.handed) - 1)
        return self.handed[-1][1]

    def answer(self, unit: Unit, handed: Future[UnitAnswer]) -> UnitAnswer:
        return handed.result()

    def finish(self, number: int) -> None:
        unit, future = self.handed[number]
        future.set_result(UnitAnswer(unit.key, unit.state, (), unit.new))


def units() -> Iterator[Unit]:
    return (Unit(str(number), "", ()) for number in range(10))


def test_no_more_units_are_taken_than_there_is_room_for() -> None:
    workers = ByHand(range(10))
    for given, answer in enumerate(Run(workers).answers(units())):
        assert answer.unit == str(given)
        assert len(workers.handed) <= given + 3
    assert len(workers.handed) == 10


def test_what_is_ready_when_a_run_is_stopped_is_given_and_the_rest_let_go() -> None:
    workers = ByHand(range(1))
    run = Run(workers)
    assert next(run.answers(units())).unit == "0"
    workers.finish(2)
    assert [answer.unit for answer in run.finished()] == ["2"]
    assert workers.handed[1][1].cancelled()


class KilledWorkers:
    """What a scheduler says of a unit that ended every worker that had it."""

    def result(self) -> UnitAnswer:
        from distributed import KilledWorker

        raise KilledWorker("unit", None, 3)  # type: ignore[arg-type]

    def release(self) -> None:
        pass


def test_a_unit_that_ends_its_workers_is_tried_again_by_the_next_run(
    store: ScoreStore, tmp_path: Path, scores: Scores
) -> None:
    pytest.importorskip("distributed")
    write_study(tmp_path / "study", rows=16, columns=12)
    index(store, [tmp_path / "study"])
    setting = store.setting("0" * 64, "auto", "auto", flips=False)
    cluster = Cluster.__new__(Cluster)  # one without a scheduler
    (unit,) = store.pending(setting)
    store.save(cluster.answer(unit, KilledWorkers()), setting)
    told = [answer.not_run for study in store.studies(setting) for _, _, answer in study.images]
    assert told == ["every worker process that had it ended"] * 4
    (again,) = store.pending(setting)
    assert len(again.new) == 4


def test_a_worker_with_another_model_does_not_score() -> None:
    engine = Engine(None, "0" * 64, "cpu", "auto", flips=False)
    with pytest.raises(BundleError, match="another model"):
        score_on_worker(Unit("uid 1", "", ()), engine)
