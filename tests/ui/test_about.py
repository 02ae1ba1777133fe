"""What the program says of itself is right, and nothing of it names a patient."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel

from mammoview import __version__
from mammoview.ui.about import AboutDialog, Places, installed_parts, report
from tests.ui.desk import LABEL, Desk


def shown(desk: Desk) -> AboutDialog:
    desk.window.actions_by_id["about"].trigger()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, AboutDialog)
    return dialog


def words(dialog: AboutDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_versions_and_licences_are_those_of_the_installed_packages() -> None:
    parts = {part.name: part for part in installed_parts()}
    assert parts["TensorFlow"].version == metadata.version("tensorflow")
    assert "Apache" in parts["TensorFlow"].licence
    assert "LGPL" in parts["Qt for Python (PySide6)"].licence
    assert "MIT" in parts["pydicom"].licence
    assert all(part.licence for part in parts.values())


def test_it_tells_version_model_use_licences_and_places(desk: Desk, mammoview_home: Path) -> None:
    desk.start_classifier()
    desk.scored()
    dialog = shown(desk)
    desk.qtbot.waitUntil(lambda: "TensorFlow" in words(dialog), timeout=10_000)
    told = words(dialog)
    for text in (__version__, LABEL.title, LABEL.sha256, "not for diagnosis", "SIL Open Font", str(mammoview_home)):
        assert text in told
    dialog.close()


def test_without_a_model_its_lines_stand_together(desk: Desk) -> None:
    dialog = shown(desk)
    dialog.resize(dialog.width(), 740)
    QApplication.processEvents()
    title = next(label for label in dialog.findChildren(QLabel) if label.text() == f"mammoview {__version__}")
    assert title.height() <= 2 * title.fontMetrics().height()
    dialog.close()


def test_it_is_copied_as_text_without_the_patient(desk: Desk) -> None:
    dialog = shown(desk)
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert f"mammoview {__version__}" in copied
    patient = desk.session.study.patient
    assert patient.name and patient.name.split("^")[0] not in copied and patient.patient_id not in copied
    dialog.close()


def test_home_folders_which_name_people_are_not_in_the_report(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/anna.demo"))
    places = Places(Path("/home/anna.demo/.config/mammoview"), Path("/home/anna.demo/library.sqlite"))
    text = report(desk.session.predictions.state, (), places)
    assert "anna" not in text and "~/.config/mammoview" in text


def test_the_record_of_faults_lies_where_it_says(desk: Desk) -> None:
    assert Places(desk.window.settings.folder, None).log == desk.window.reporter._log
