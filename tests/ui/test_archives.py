"""Archives in the window: which are known, what they have, what is retrieved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from pynetdicom.association import Association
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from mammoview.archive.pacs.nodes import Node, Nodes
from mammoview.archive.pacs.own_address import own_address
from mammoview.ui.archive_editor import ArchiveEditor
from mammoview.ui.archives_dialog import ArchivesDialog
from mammoview.ui.retrieve_dialog import RetrieveDialog
from tests.factories import ANNA
from tests.network.peers import Archive
from tests.network.test_calls import free_port
from tests.ui.archive_rig import WAIT_MS, LetKnow, letting_know, mammogram, two_studies, uid
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

Kind = TypeVar("Kind", bound=QDialog)
NOBODY = Node("nobody", "NOBODY", "127.0.0.1", 4)


@pytest.fixture
def archive() -> Archive:
    return two_studies()


@pytest.fixture
def known(mammoview_home: Path) -> Iterator[LetKnow]:
    with letting_know(mammoview_home) as let_know:
        yield let_know


@pytest.fixture
def empty(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window with a library and no study."""
    return make_desk(library=tmp_path / "library.sqlite")


def shown(desk: Desk, kind: type[Kind], action_id: str) -> Kind:
    desk.do(action_id)
    (dialog,) = [one for one in desk.window.findChildren(kind) if one.isVisible()]
    return dialog


def archives_dialog(desk: Desk) -> ArchivesDialog:
    return shown(desk, ArchivesDialog, "archives")


def retrieve_dialog(desk: Desk) -> RetrieveDialog:
    return shown(desk, RetrieveDialog, "retrieve")


def names(dialog: ArchivesDialog) -> list[str]:
    items = (dialog.tree.topLevelItem(number) for number in range(dialog.tree.topLevelItemCount()))
    return [item.text(0) for item in items if item is not None]


def editor_of(dialog: ArchivesDialog) -> ArchiveEditor:
    (editor,) = [one for one in dialog.findChildren(ArchiveEditor) if one.isVisible()]
    return editor


def described(editor: ArchiveEditor, name: str, ae_title: str = "ARCHIVE") -> None:
    editor.name.setText(name)
    editor.ae_title.setText(ae_title)
    editor.host.setText("127.0.0.1")
    editor.accept()


def transfers(desk: Desk) -> list[tuple[str, str, str]]:
    """What the audit trail holds of archives: event, study, outcome."""
    library = desk.window.reading.library
    assert library is not None
    found = (one for one in library.audit_records() if "address" in one.details)
    return [(one.event, one.study.uid if one.study else "", one.outcome) for one in found]


def rows(dialog: RetrieveDialog) -> list[list[str]]:
    items = (dialog.table.topLevelItem(number) for number in range(dialog.table.topLevelItemCount()))
    return [[item.text(column) for column in range(6)] for item in items if item is not None]


def find(desk: Desk, dialog: RetrieveDialog, **fields: str) -> None:
    """Ask with these fields filled in, and wait for the answer."""
    for name, text in fields.items():
        getattr(dialog, name).setText(text)
    dialog.ask()
    desk.qtbot.waitUntil(lambda: dialog._errand is None, timeout=WAIT_MS)


# --- which there are


def test_a_new_archive_is_listed_and_kept(empty: Desk, mammoview_home: Path) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog), "hospital")
    assert names(dialog) == ["hospital"]
    assert [node.name for node in Nodes(mammoview_home).all()] == ["hospital"]


def test_what_no_archive_can_be_is_said_and_the_form_stays(empty: Desk, mammoview_home: Path) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    editor = editor_of(dialog)
    described(editor, "hospital", "A TITLE THAT IS TOO LONG")
    assert editor.isVisible() and "AE title" in editor.message.text()
    assert Nodes(mammoview_home).all() == ()


def test_a_name_that_is_taken_is_said_and_both_archives_stay(empty: Desk, mammoview_home: Path) -> None:
    for name in ("one", "two"):
        Nodes(mammoview_home).add(Node(name, name.upper(), "127.0.0.1", 104))
    dialog = archives_dialog(empty)
    dialog.choose("two")
    dialog.change.click()
    described(editor_of(dialog), "one")
    assert "of this name" in editor_of(dialog).message.text()
    assert [node.ae_title for node in Nodes(mammoview_home).all()] == ["ONE", "TWO"]


def test_an_archive_keeps_what_was_not_changed_of_it(empty: Desk, mammoview_home: Path) -> None:
    before = Node("one", "ONE", "127.0.0.1", 4242, "OURS", "move", 11113)
    Nodes(mammoview_home).add(before)
    dialog = archives_dialog(empty)
    dialog.change.click()
    editor = editor_of(dialog)
    editor.port.setValue(4243)
    editor.accept()
    assert Nodes(mammoview_home).all() == (replace(before, port=4243),)


def test_priors_come_from_an_archive_under_its_new_name(empty: Desk, mammoview_home: Path) -> None:
    Nodes(mammoview_home).add(NOBODY)
    empty.window.settings.change(priors_from="nobody")
    dialog = archives_dialog(empty)
    dialog.change.click()
    described(editor_of(dialog), "somebody")
    assert empty.window.settings.value.priors_from == "somebody"
    assert dialog.priors.currentText() == "somebody"


def test_an_archive_is_forgotten_only_where_the_reader_confirms(empty: Desk, mammoview_home: Path) -> None:
    Nodes(mammoview_home).add(NOBODY)
    empty.window.settings.change(priors_from="nobody")
    answers = [False, True]
    dialog = ArchivesDialog(empty.window, empty.window.archives, lambda name: answers.pop(0))
    empty.qtbot.addWidget(dialog)
    dialog.remove.click()
    assert names(dialog) == ["nobody"]
    dialog.remove.click()
    assert names(dialog) == [] and Nodes(mammoview_home).all() == ()
    assert empty.window.settings.value.priors_from == ""
    dialog.reject()


def test_the_test_says_that_an_archive_answers(empty: Desk, archive: Archive, known: LetKnow) -> None:
    known(archive)
    dialog = archives_dialog(empty)
    dialog.test.click()
    empty.qtbot.waitUntil(lambda: "made answers in" in dialog.message.text().lower(), timeout=WAIT_MS)
    assert dialog.message.property("role") == "dim"


def test_the_test_says_in_one_line_why_there_is_no_answer(empty: Desk, mammoview_home: Path) -> None:
    Nodes(mammoview_home).add(Node("nobody", "NOBODY", "127.0.0.1", free_port()))
    dialog = archives_dialog(empty)
    dialog.test.click()
    empty.qtbot.waitUntil(lambda: "cannot be reached" in dialog.message.text(), timeout=WAIT_MS)
    assert dialog.message.property("role") == "failed" and "\n" not in dialog.message.text()


def test_a_list_that_cannot_be_read_is_said(empty: Desk, mammoview_home: Path) -> None:
    (mammoview_home / "pacs.json").write_text("{", encoding="utf-8")
    assert "is no JSON" in archives_dialog(empty).message.text()
    assert "is no JSON" in retrieve_dialog(empty).message.text()


def test_that_a_list_is_damaged_is_said_also_after_an_archive_was_added(empty: Desk, mammoview_home: Path) -> None:
    (mammoview_home / "dicomweb.json").write_text("{", encoding="utf-8")
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog), "new")
    assert names(dialog) == ["new"]
    assert "dicomweb.json: cannot be read" in dialog.message.text()
    assert dialog.message.property("role") == "failed"


# --- what they have


def test_studies_are_listed_the_newest_first(empty: Desk, archive: Archive, known: LetKnow) -> None:
    for one in archive.objects:
        one.NumberOfStudyRelatedInstances = 2
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    told = ["DEMO, ANNA", "DEMO-0001"]
    assert rows(dialog) == [
        [*told, "2026-01-31", "study now", "ACC-0001", "2"],
        [*told, "2024-01-31", "study before", "ACC-0001", "2"],
    ]


def test_all_that_was_filled_in_is_asked_for(empty: Desk, archive: Archive, known: LetKnow) -> None:
    known(archive)
    dialog = retrieve_dialog(empty)
    days = {"date_from": "2024-01-01", "date_to": "20261231"}
    find(empty, dialog, name="DEMO", patient_id="DEMO-0001", accession="ACC-0001", **days)
    (query,) = archive.queries
    assert (query.PatientName, query.PatientID, query.AccessionNumber) == ("DEMO*", "DEMO-0001", "ACC-0001")
    assert (query.StudyDate, query.ModalitiesInStudy) == ("20240101-20261231", "MG")


@pytest.mark.parametrize(
    ("first", "last", "asked"), [("20240131", "20240131", "20240131"), ("", "20240131", "-20240131")]
)
def test_one_day_and_an_open_span_are_asked_for_as_such(
    empty: Desk, archive: Archive, known: LetKnow, first: str, last: str, asked: str
) -> None:
    known(archive)
    find(empty, retrieve_dialog(empty), date_from=first, date_to=last)
    assert archive.queries[0].StudyDate == asked


def test_studies_that_are_told_to_hold_no_mammogram_are_left_out(empty: Desk, known: LetKnow) -> None:
    known(Archive(mammogram(), mammogram(study="ultrasound", ModalitiesInStudy="US")))
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    assert [row[3] for row in rows(dialog)] == ["study now"]


def test_an_archive_is_not_asked_for_everything(empty: Desk, archive: Archive, known: LetKnow) -> None:
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog)
    assert "nothing says what to look for" in dialog.message.text().lower()
    assert archive.queries == []


def test_a_date_that_is_none_is_said(empty: Desk, archive: Archive, known: LetKnow) -> None:
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, date_from="31.1.2024")
    assert "31.1.2024 is no date" in dialog.message.text()
    assert archive.queries == []


def test_a_query_that_fails_is_said(empty: Desk, archive: Archive, known: LetKnow) -> None:
    archive.status = 0xC000
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    assert "cannot process this" in dialog.message.text()
    assert dialog.search.isEnabled()


# --- retrieving


def test_a_retrieved_study_is_opened_and_in_the_library(empty: Desk, archive: Archive, known: LetKnow) -> None:
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    with empty.qtbot.waitSignal(empty.window.opening.opened, timeout=WAIT_MS):
        dialog.bring()
    assert empty.window.findChildren(RetrieveDialog) == []
    assert empty.session.study.key == uid("now")
    library = empty.window.reading.library
    assert library is not None and library.study(uid("now")).image_count == 2  # type: ignore[union-attr]
    assert library.study(uid("before")) is None
    empty.qtbot.waitUntil(lambda: len(transfers(empty)) == 3, timeout=WAIT_MS)
    assert transfers(empty) == [
        ("queried", "", "done"),
        ("transfer begun", uid("now"), "done"),
        ("received", uid("now"), "done"),
    ]
    empty.settle()


def test_an_archive_that_calls_back_brings_a_study_too(empty: Desk, archive: Archive, mammoview_home: Path) -> None:
    archive.move_to = free_port()
    with archive.running(retrieve="move", move_port=archive.move_to) as node:
        Nodes(mammoview_home).add(node)
        dialog = retrieve_dialog(empty)
        find(empty, dialog, patient_id=ANNA.patient_id)
        with empty.qtbot.waitSignal(empty.window.opening.opened, timeout=WAIT_MS):
            dialog.bring()
    assert empty.session.study.key == uid("now")
    empty.settle()


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "127.0.0.1")])
def test_the_receiver_listens_where_the_archive_sees_this_machine(host: str, address: str) -> None:
    assert own_address(Node("one", "ONE", host, 104)) == address


def test_what_came_before_a_retrieval_was_cancelled_stays(empty: Desk, archive: Archive, known: LetKnow) -> None:
    gate, calls = threading.Event(), list[Association]()

    def wait(association: Association, number: int) -> None:
        if number == 1 and archive.asked:
            calls.append(association)
            gate.wait(20)

    archive.before_each = wait
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    dialog.bring()
    empty.qtbot.waitUntil(lambda: dialog.bar.value() == 1, timeout=WAIT_MS)
    empty.qtbot.waitUntil(lambda: bool(calls), timeout=WAIT_MS)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    empty.qtbot.waitUntil(lambda: bool(calls[0].dimse.cancel_req), timeout=WAIT_MS)  # the C-CANCEL is there
    gate.set()
    empty.qtbot.waitUntil(lambda: "1 of 2 images are here" in dialog.message.text(), timeout=WAIT_MS)
    assert dialog.isVisible() and empty.session.study is None
    assert dialog.message.text().startswith("cancelled")
    assert len(list(empty.window.archives.folder.rglob("*.dcm"))) == 1
    library = empty.window.reading.library
    assert library is not None and library.study(uid("now")).image_count == 1  # type: ignore[union-attr]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_study_of_which_images_are_missing_is_not_opened_by_itself(
    empty: Desk, archive: Archive, known: LetKnow
) -> None:
    lost, each = archive.objects[1], archive._each
    archive._each = lambda event, chosen: each(event, [one for one in chosen if one is not lost])  # type: ignore[method-assign]
    known(archive)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    dialog.bring()
    empty.qtbot.waitUntil(lambda: "1 of 2 images are here" in dialog.message.text(), timeout=WAIT_MS)
    assert dialog.isVisible() and empty.session.study is None


def test_the_window_closes_while_an_archive_is_silent(empty: Desk, archive: Archive, known: LetKnow) -> None:
    gate, begun = threading.Event(), threading.Event()

    def wait(_: object, number: int) -> None:
        begun.set()
        gate.wait(20)

    archive.before_each = wait
    known(archive)
    dialog = retrieve_dialog(empty)
    dialog.patient_id.setText(ANNA.patient_id)
    dialog.ask()
    empty.qtbot.waitUntil(begun.is_set, timeout=WAIT_MS)
    empty.window.close()
    gate.set()
    assert not empty.window.archives.runner.busy
