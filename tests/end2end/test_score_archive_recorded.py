"""A run over an archive stands in the audit trail study by study, whatever ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.archive.audit_records import AuditRecord, Entry
from mammoview.archive.library import Library
from mammoview.archive.library_schema import LibraryError
from mammoview.cli import main
from mammoview.commands import score_archive, score_audit
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from tests.benchmarks.archive_stub import LOG, StubPredictor
from tests.factories import BERTA, write_mammogram, write_study


@pytest.fixture(autouse=True)
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A classifier that answers at once."""
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    monkeypatch.setattr(score_archive, "Predictor", StubPredictor)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    Library(tmp_path / "library.sqlite").close()
    return tmp_path / "library.sqlite"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two studies of four and of two views."""
    write_study(tmp_path / "archive" / "anna", rows=16, columns=12)
    views = (("R", "CC"), ("L", "CC"))
    write_study(tmp_path / "archive" / "berta", views=views, rows=16, columns=12, woman=BERTA)
    return tmp_path / "archive"


def score(archive: Path, library: Path) -> int:
    return main(["score", str(archive), "--store", str(archive.parent / "s.sqlite"), "--library", str(library)])


def records(library: Path) -> list[AuditRecord]:
    with Library(library) as opened:
        assert opened.verify_audit().findings == ()
        return list(opened.audit_records())


def test_each_study_is_recorded_when_it_is_scored_and_not_again(archive: Path, library: Path) -> None:
    assert score(archive, library) == 0
    told = records(library)
    assert [(one.event, one.outcome) for one in told] == [("scored", "done")] * 2
    assert len({one.study.uid for one in told if one.study is not None}) == 2
    assert {one.details["form"] for one in told} == {"archive"} and len({one.details["model"] for one in told}) == 1
    assert "DEMO" not in "".join(one.text() for one in told)
    assert score(archive, library) == 0
    assert len(records(library)) == 2
    write_mammogram(archive / "berta" / "RMLO.dcm", "R", "MLO", woman=BERTA, rows=16, columns=12, seed=7)
    assert score(archive, library) == 0
    assert [one.study for one in records(library)][2:] != []
    assert len(records(library)) == 3


def test_many_studies_are_one_transaction(archive: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    log_events = Library.log_events

    def counted(self: Library, entries: list[Entry]) -> object:
        kept.append(len(entries))
        return log_events(self, entries)

    monkeypatch.setattr(Library, "log_events", counted)
    monkeypatch.setattr(score_audit, "_EVERY_S", 1e9)
    assert score(archive, library) == 0
    assert kept == [2]


def test_what_was_scored_before_it_was_ended_is_recorded(
    archive: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(trail: score_audit.ScoredTrail, answer: object) -> None:
        scored(trail, answer)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    scored = score_audit.ScoredTrail.scored
    monkeypatch.setattr(score_audit.ScoredTrail, "scored", interrupted)
    assert score(archive, library) == 130
    assert len(records(library)) >= 1


def test_images_that_fail_are_no_scored_study(archive: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_run(self: StubPredictor, image: MammoImage) -> ImagePrediction:
        return ImagePrediction(image.key, image.header.laterality, not_run="the engine ended")

    monkeypatch.setattr(StubPredictor, "predict", not_run)
    score(archive, library)
    assert records(library) == []


def test_a_library_that_takes_nothing_is_told_and_the_scores_are_kept(
    archive: Path, library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Library, entries: object) -> None:
        raise LibraryError("the disk is full")

    monkeypatch.setattr(Library, "log_events", full)
    assert score(archive, library) == 0
    told = capsys.readouterr()
    assert "2 studies were scored and not recorded: the disk is full" in told.err
    assert "study 2" in told.out
