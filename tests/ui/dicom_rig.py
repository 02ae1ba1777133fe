"""Owns what the tests of DICOM that leaves the window share: its dialogs, what was written, what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import FileDataset
from PySide6.QtWidgets import QApplication

from mammoview.archive.audit_records import AuditRecord
from mammoview.archive.library import Library
from mammoview.services.dicom_work import Part, Phase
from mammoview.ui.dicom_export_dialog import DicomExportDialog
from mammoview.ui.work_dialog import WorkDialog
from tests.ui.desk import Desk

PAIR = (("R", "CC"), ("L", "CC"))


def opened(desk: Desk, action_id: str) -> WorkDialog:
    desk.do(action_id)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, WorkDialog)
    return dialog


def writing(desk: Desk, folder: Path, *parts: Part) -> DicomExportDialog:
    """The dialog with these parts chosen, all that there are where none is named."""
    dialog = opened(desk, "write-dicom")
    assert isinstance(dialog, DicomExportDialog)
    for part, box in dialog.boxes.items():
        box.setChecked(box.isEnabled() and (not parts or part in parts))
    dialog.place.line.setText(str(folder))
    return dialog


def done(desk: Desk, dialog: WorkDialog) -> str:
    """What is said when the work has ended well."""
    words: list[str] = []
    dialog.said.connect(words.append)
    with desk.qtbot.waitSignal(dialog.exporter.ended, timeout=20_000):
        dialog.go.click()
    if not words:
        words.append(dialog.told.toPlainText())
        dialog.no.click()
    assert QApplication.activeModalWidget() is None
    return words[0]


def written(desk: Desk, folder: Path, *parts: Part) -> dict[str, FileDataset]:
    """The objects that were written, by the names of their files."""
    folder.mkdir(exist_ok=True)
    assert str(folder / "study-1") in done(desk, writing(desk, folder, *parts))
    return {path.name: dcmread(path) for path in (folder / "study-1").iterdir()}


def trail(desk: Desk, folder: Path, event: str) -> list[AuditRecord]:
    """The records of one event, after the window was closed."""
    desk.window.close()
    with Library(folder / "library.sqlite") as library:
        return [record for record in library.audit_records() if record.event == event]


def at(dialog: WorkDialog, phase: Phase, act: Callable[[], None]) -> None:
    """Do something once, when a phase begins."""

    def heard(told: str, done: int, total: int) -> None:
        if told == phase:
            dialog.exporter.progressed.disconnect(heard)
            act()

    dialog.exporter.progressed.connect(heard)
