"""DICOMweb services in the window: which are known, what they have, what is retrieved, as of any other archive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mammoview.archive.dicomweb import Dicomweb
from mammoview.archive.dicomweb_nodes import DicomwebNode, DicomwebNodes
from mammoview.archive.pacs.nodes import Node, Nodes
from mammoview.archive.secrets import secret_of, variable_of
from mammoview.ui.archive_editor import ArchiveEditor
from mammoview.ui.archives_dialog import ArchivesDialog
from tests.dicomweb_rig import PASSWORD, USER, Answer, Holding, Service, failing, orthanc, serving
from tests.factories import ANNA, save, write_study
from tests.ui.archive_rig import WAIT_MS, mammogram, uid
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_archives import archives_dialog, editor_of, find, names, retrieve_dialog, rows, transfers
from tests.ui.test_every_word import bracketed, unsaid
from tests.ui.test_prior_fetching import fetching, nothing_asked, read
from tests.unit.test_dicomweb_nodes import HeldKeyring, held, no_keyring

__all__ = ["bracketed", "held", "no_keyring"]

URL = "https://far.example:8443/dicom-web"
FAR = DicomwebNode("far", URL, "bearer")
Serve = Callable[[Callable[[str, str], Answer]], Service]


@pytest.fixture
def empty(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window with a library and no study."""
    return make_desk(library=tmp_path / "library.sqlite")


@pytest.fixture
def holding() -> Holding:
    """Two studies of one woman."""
    return Holding(
        *(mammogram(number) for number in range(2)),
        *(mammogram(number, study="before", date="20240131") for number in range(2)),
    )


@pytest.fixture
def known(mammoview_home: Path) -> Iterator[Serve]:
    """Lets the window know a service called "web", which runs until the end."""
    with ExitStack() as stack:

        def serve(answers: Callable[[str, str], Answer]) -> Service:
            service = stack.enter_context(serving(answers))
            DicomwebNodes(mammoview_home).add(DicomwebNode("web", service.url))
            return service

        yield serve


def described(editor: ArchiveEditor, name: str = "far", *, auth: str = "bearer", secret: str = "hush-hush") -> None:
    """Fill the form in, and accept it."""
    editor.kind.setCurrentIndex(editor.kind.findData("dicomweb"))
    editor.name.setText(name)
    editor.url.setText(f"{URL}/")
    editor.auth.setCurrentIndex(editor.auth.findData(auth))
    editor.user.setText("reader")
    editor.secret.setText(secret)
    editor.accept()


def settled(desk: Desk) -> None:
    """The keyring is up to date."""
    desk.qtbot.waitUntil(lambda: not desk.window.archives.keyring.busy, timeout=WAIT_MS)


# --- which there are


def test_a_new_service_is_kept_and_its_secret_is_in_the_keyring_alone(
    empty: Desk, mammoview_home: Path, held: HeldKeyring
) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog))
    settled(empty)
    assert names(dialog) == ["far"]
    assert DicomwebNodes(mammoview_home).all() == (FAR,)
    assert secret_of("far") == "hush-hush"
    assert not any(b"hush" in path.read_bytes() for path in mammoview_home.rglob("*") if path.is_file())


def test_a_user_is_kept_with_a_password_alone(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    dialog = archives_dialog(empty)
    for name, auth in (("one", "basic"), ("two", "bearer")):
        dialog.add.click()
        described(editor_of(dialog), name, auth=auth)
        settled(empty)
    assert [(node.auth, node.user) for node in DicomwebNodes(mammoview_home).all()] == [
        ("basic", "reader"),
        ("bearer", ""),
    ]


def test_without_a_keyring_it_is_said_where_the_secret_may_stand(empty: Desk, no_keyring: None) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog))
    empty.qtbot.waitUntil(lambda: "MAMMOVIEW_TOKEN_FAR" in dialog.message.text(), timeout=WAIT_MS)
    assert names(dialog) == ["far"] and dialog.message.property("role") == "failed"
    assert "hush" not in dialog.message.text() + empty.window.status.message.text()


def test_a_service_without_its_secret_is_not_kept(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog), secret="")
    editor = editor_of(dialog)
    assert "no password or token is given" in editor.message.text().lower()
    assert DicomwebNodes(mammoview_home).all() == ()


def test_a_password_needs_a_user(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    editor = editor_of(dialog)
    described(editor, secret="")
    editor.auth.setCurrentIndex(1)
    editor.user.setText("")
    editor.accept()
    assert "no user is named" in editor.message.text()
    assert DicomwebNodes(mammoview_home).all() == ()


def test_a_secret_in_the_environment_is_enough(
    empty: Desk, mammoview_home: Path, held: HeldKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of("far"), "named")
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog), secret="")
    settled(empty)
    assert DicomwebNodes(mammoview_home).all() == (FAR,) and held.held == {}


def test_a_file_of_authorities_that_is_not_there_is_said(empty: Desk, mammoview_home: Path) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    editor_of(dialog).ca_file.setText("/none.pem")
    described(editor_of(dialog))
    assert "there is no file /none.pem" in editor_of(dialog).message.text().lower()
    assert DicomwebNodes(mammoview_home).all() == ()


def test_a_secret_stays_under_the_new_name_of_its_service(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    DicomwebNodes(mammoview_home).add(FAR)
    held.set_password("mammoview", "far", "hush-hush")
    empty.window.settings.change(priors_from="far")
    dialog = archives_dialog(empty)
    dialog.change.click()
    described(editor_of(dialog), "near", secret="")
    settled(empty)
    assert held.held == {("mammoview", "near"): "hush-hush"}
    assert dialog.priors.currentText() == "near"


def test_a_secret_is_not_carried_to_another_host(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    DicomwebNodes(mammoview_home).add(FAR)
    held.set_password("mammoview", "far", "hush-hush")
    dialog = archives_dialog(empty)
    dialog.change.click()
    editor = editor_of(dialog)
    editor.url.setText("https://other.example/dicom-web")
    editor.accept()
    assert "no password or token is given" in editor.message.text().lower()
    assert DicomwebNodes(mammoview_home).all() == (FAR,)
    editor.reject()


def test_a_secret_goes_with_its_service(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    DicomwebNodes(mammoview_home).add(FAR)
    held.set_password("mammoview", "far", "hush-hush")
    dialog = ArchivesDialog(empty.window, empty.window.archives, lambda name: True)
    empty.qtbot.addWidget(dialog)
    dialog.remove.click()
    settled(empty)
    assert names(dialog) == [] and held.held == {}
    dialog.reject()


def test_a_service_is_not_called_like_another_archive(empty: Desk, mammoview_home: Path, held: HeldKeyring) -> None:
    Nodes(mammoview_home).add(Node("far", "FAR", "127.0.0.1", 104))
    dialog = archives_dialog(empty)
    dialog.add.click()
    described(editor_of(dialog))
    assert "of this name" in editor_of(dialog).message.text()
    assert DicomwebNodes(mammoview_home).all() == () and held.held == {}


def test_a_service_without_tls_is_kept_and_it_is_said_what_that_means(empty: Desk) -> None:
    dialog = archives_dialog(empty)
    dialog.add.click()
    editor = editor_of(dialog)
    editor.kind.setCurrentIndex(1)
    editor.name.setText("far")
    editor.url.setText("http://far.example/x")
    editor.accept()
    assert names(dialog) == ["far"] and "anyone can read" in dialog.message.text()


def test_the_form_shows_what_is_known_of_a_service_but_not_its_secret(
    empty: Desk, mammoview_home: Path, held: HeldKeyring
) -> None:
    node = DicomwebNode("far", URL, "basic", "reader")
    DicomwebNodes(mammoview_home).add(node)
    held.set_password("mammoview", "far", "hush-hush")
    dialog = archives_dialog(empty)
    dialog.change.click()
    editor = editor_of(dialog)
    assert editor.node() == node
    assert (editor.secret.text(), editor.secret.echoMode()) == ("", editor.secret.EchoMode.Password)
    assert editor.url.isVisible() and not editor.ae_title.isVisible() and not editor.kind.isEnabled()
    editor.reject()


@pytest.mark.parametrize("kind", ["pacs", "dicomweb"])
def test_every_word_of_the_form_is_translated(bracketed: None, empty: Desk, kind: str) -> None:
    editor = ArchiveEditor(empty.window, None, lambda node, secret: None)
    empty.qtbot.addWidget(editor)
    editor.kind.setCurrentIndex(editor.kind.findData(kind))
    assert unsaid(editor) == set()


def test_the_test_asks_for_one_study(empty: Desk, holding: Holding, known: Serve) -> None:
    service = known(holding)
    dialog = archives_dialog(empty)
    dialog.test.click()
    empty.qtbot.waitUntil(lambda: "web answers in" in dialog.message.text().lower(), timeout=WAIT_MS)
    (path,) = service.paths
    assert path.startswith("/studies?limit=1&")


def test_the_test_says_in_one_line_why_there_is_no_answer(empty: Desk, known: Serve) -> None:
    service = known(lambda method, path: failing("503 no"))
    dialog = archives_dialog(empty)
    dialog.test.click()
    empty.qtbot.waitUntil(lambda: "HTTP 503" in dialog.message.text(), timeout=WAIT_MS)
    assert dialog.message.property("role") == "failed" and len(service.asked) == 1


# --- what they have


def test_studies_are_listed_the_newest_first(empty: Desk, holding: Holding, known: Serve) -> None:
    service = known(holding)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id, name="DEMO")
    told = ["DEMO, ANNA", "DEMO-0001"]
    assert rows(dialog) == [
        [*told, "2026-01-31", "study now", "ACC-0001", "2"],
        [*told, "2024-01-31", "study before", "ACC-0001", "2"],
    ]
    assert "PatientName=DEMO*&PatientID=DEMO-0001&ModalitiesInStudy=MG&" in service.paths[0]


# --- retrieving


def test_a_retrieved_study_is_opened_indexed_and_recorded(empty: Desk, holding: Holding, known: Serve) -> None:
    service = known(holding)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    with empty.qtbot.waitSignal(empty.window.opening.opened, timeout=WAIT_MS):
        dialog.bring()
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
    (received,) = (one for one in library.audit_records() if one.event == "received")
    assert (received.details["address"], received.details["images"]) == (service.url, 2)
    empty.settle()


def test_a_cancelled_retrieval_keeps_what_came_and_goes_on_there(empty: Desk, holding: Holding, known: Serve) -> None:
    gate = threading.Event()
    holding.within_each = lambda number: number == 1 and gate.wait(20)
    service = known(holding)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    dialog.bring()
    empty.qtbot.waitUntil(lambda: dialog.bar.value() == 1, timeout=WAIT_MS)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)  # while nothing comes
    empty.qtbot.waitUntil(lambda: "1 of 2 images are here" in dialog.message.text(), timeout=WAIT_MS)
    assert dialog.isVisible() and dialog.message.text().startswith("cancelled")
    empty.qtbot.waitUntil(lambda: ("received", uid("now"), "failed") in transfers(empty), timeout=WAIT_MS)
    gate.set()
    holding.within_each = lambda number: None
    before = len(service.asked)
    with empty.qtbot.waitSignal(empty.window.opening.opened, timeout=WAIT_MS):
        dialog.bring()
    brought = [path for path in service.paths[before:] if "limit=" not in path]
    assert len(brought) == 1 and "/instances/" in brought[0]
    assert len(empty.session.study.images) == 2
    empty.settle()


def test_what_does_not_come_is_said(empty: Desk, holding: Holding, known: Serve) -> None:
    lost = str(holding.objects[1].SOPInstanceUID)

    def answer(method: str, path: str) -> Answer:
        if path.endswith(uid("now")) or path.endswith(lost):
            return failing("404 gone")
        return holding(method, path)

    known(answer)
    dialog = retrieve_dialog(empty)
    find(empty, dialog, patient_id=ANNA.patient_id)
    dialog.bring()
    empty.qtbot.waitUntil(lambda: "1 of 2 images are here" in dialog.message.text(), timeout=WAIT_MS)
    assert "HTTP 404" in dialog.message.text() and dialog.message.property("role") == "failed"


def test_the_window_closes_while_a_service_is_silent(empty: Desk, holding: Holding, known: Serve) -> None:
    gate, begun = threading.Event(), threading.Event()

    def answer(method: str, path: str) -> Answer:
        begun.set()
        gate.wait(20)
        return holding(method, path)

    known(answer)
    dialog = retrieve_dialog(empty)
    dialog.patient_id.setText(ANNA.patient_id)
    dialog.ask()
    empty.qtbot.waitUntil(begun.is_set, timeout=WAIT_MS)
    empty.window.close()
    assert not empty.window.archives.runner.busy
    gate.set()


# --- priors


def test_a_prior_comes_from_a_service(empty: Desk, holding: Holding, known: Serve, tmp_path: Path) -> None:
    known(holding)
    empty.window.settings.change(priors_from="web")
    with empty.qtbot.waitSignal(fetching(empty).said, timeout=WAIT_MS) as told:
        read(empty, tmp_path)
    assert told.args == ["a prior of this case came from web"]
    empty.do("prior")
    assert empty.session.study.key == uid("before")
    empty.settle()


def test_a_prior_that_is_here_is_not_retrieved(empty: Desk, holding: Holding, known: Serve, tmp_path: Path) -> None:
    service = known(holding)
    size: dict[str, Any] = SIZE
    empty.open(*write_study(tmp_path / "before", study="before", study_date="20240131", **size))
    empty.qtbot.waitUntil(lambda: not empty.window.indexing.runner.busy, timeout=WAIT_MS)
    empty.window.settings.change(priors_from="web")
    fetching(empty)
    read(empty, tmp_path)
    empty.qtbot.waitUntil(lambda: bool(service.asked), timeout=WAIT_MS)
    assert nothing_asked(empty) and all("limit=" in path for path in service.paths)


# --- a real service


def test_a_study_comes_from_orthanc(
    empty: Desk, mammoview_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of("web"), PASSWORD)
    with orthanc(tmp_path) as url:
        node = DicomwebNode("web", url, "basic", USER)
        DicomwebNodes(mammoview_home).add(node)
        service = Dicomweb(node, PASSWORD)
        for number, one in enumerate((mammogram(0), mammogram(1), mammogram(0, study="before", date="20240131"))):
            assert service.store(save(one, tmp_path / "sent" / f"{number}.dcm")).failure == ""
        service.close()
        dialog = retrieve_dialog(empty)
        find(empty, dialog, patient_id=ANNA.patient_id)
        assert [(row[2], row[5]) for row in rows(dialog)] == [("2026-01-31", "2"), ("2024-01-31", "1")]
        with empty.qtbot.waitSignal(empty.window.opening.opened, timeout=20_000):
            dialog.bring()
        assert len(empty.session.study.images) == 2
        empty.settle()
