"""What a reader does in the window stands in the library's audit trail."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.archive.audit_records import AuditRecord
from mammoview.archive.library import Library
from mammoview.core.errors import MammoviewError
from mammoview.services.export import Part
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.test_export import dialog_of


@pytest.fixture
def kept(make_desk: MakeDesk, study: Path, tmp_path: Path) -> Desk:
    """A window with a library that shows the four views."""
    made = make_desk(FakeEngine(), library=tmp_path / "library.sqlite")
    made.open(study)
    return made


def recorded(desk: Desk, path: Path) -> list[AuditRecord]:
    """The trail after the window was closed."""
    desk.window.close()
    with Library(path) as library:
        verdict = library.verify_audit()
        assert verdict.findings == ()
        return list(library.audit_records())


def test_opening_and_closing_a_study_and_the_window_are_recorded(kept: Desk, tmp_path: Path) -> None:
    uid = kept.session.study.study_instance_uid
    records = recorded(kept, tmp_path / "library.sqlite")
    assert [record.event for record in records] == ["started", "opened", "stopped"]
    assert records[1].study is not None
    assert (records[1].study.uid, records[1].study.row) == (uid, 1)
    assert all("DEMO" not in record.text() for record in records)


def test_a_reveal_is_recorded_with_its_reason(kept: Desk, tmp_path: Path) -> None:
    kept.do("reveal")
    (record,) = (one for one in recorded(kept, tmp_path / "library.sqlite") if one.event == "revealed")
    assert record.details["how"] == "asked for"


def test_a_study_is_recorded_once_as_scored(kept: Desk, tmp_path: Path) -> None:
    uid = kept.session.study.study_instance_uid
    kept.start_classifier()
    kept.scored()
    scored = [one for one in recorded(kept, tmp_path / "library.sqlite") if one.event == "scored"]
    assert [one.study.uid for one in scored if one.study is not None] == [uid]


def test_what_leaves_the_window_is_recorded_when_it_left(kept: Desk, tmp_path: Path) -> None:
    kept.window.commands.export_to(Part.HANG, dialog_of(kept, tmp_path / "MEIER.png"))
    kept.qtbot.waitUntil(lambda: kept.window.status.message.text().startswith("written"), timeout=20_000)
    (record,) = (one for one in recorded(kept, tmp_path / "library.sqlite") if one.event == "exported")
    assert dict(record.details) == {"form": "picture", "identified": False}


def test_an_export_that_failed_is_not_recorded_as_one(
    kept: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        raise MammoviewError("the disk is full")

    monkeypatch.setattr("mammoview.services.export.write_picture", full)
    kept.window.commands.export_to(Part.HANG, dialog_of(kept, tmp_path / "out.png"))
    kept.qtbot.waitUntil(lambda: kept.window.status.message.text() == "the disk is full", timeout=20_000)
    assert not [one for one in recorded(kept, tmp_path / "library.sqlite") if one.event == "exported"]
