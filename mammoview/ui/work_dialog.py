"""Owns what the dialogs have in common whose work goes on in the background: questions, progress, what came of it.

It stands until the work has ended; cancelling stops the work first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import UsageError
from mammoview.services.dicom_export import DicomExport
from mammoview.services.dicom_work import Ended, Phase
from mammoview.services.words import said, translate
from mammoview.ui.status_line import ProgressLine

_WIDTH = 560
_REPORT_LINES = 12
_TAKES_THE_ROOM = 100


class WorkDialog(QDialog):
    """`questions` is the part that is asked before; a sub-class fills it and names the button `go`, starts the work in
    `begin`, which may raise UsageError, and says in `report` what came of it. `begun`: the work has; `said(line)`: all
    that came of it, where one line tells it and the dialog is closed."""

    begun = Signal()
    said = Signal(str)

    def __init__(self, parent: QWidget, exporter: DicomExport) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.exporter = exporter
        self.questions = QWidget()
        self.problem = note()
        self.problem.setMinimumHeight(2 * self.problem.fontMetrics().lineSpacing())  # the dialog does not jump
        self.doing = QLabel()
        self.bar = ProgressLine()
        self.told = QPlainTextEdit()
        self.told.setReadOnly(True)
        self.told.setMinimumHeight(_REPORT_LINES * self.told.fontMetrics().lineSpacing())
        self.buttons = QDialogButtonBox()
        self.go = self.buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setDefault(True)
        self.no = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        for widget in (self.questions, self.doing, self.bar, self.told, self.problem):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)
        column.setStretchFactor(self.told, _TAKES_THE_ROOM)
        self.setMinimumWidth(_WIDTH)
        self._show(self.questions)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        exporter.progressed.connect(self._progressed)
        exporter.ended.connect(self._ended)
        exporter.failed.connect(self._failed)

    def begin(self) -> None:
        """Start the work that was asked for; raises UsageError where that cannot be."""
        raise NotImplementedError

    def report(self, ended: Ended) -> Sequence[str]:
        """The lines on what came of it."""
        raise NotImplementedError

    def accept(self) -> None:
        """Begins the work; the dialog stays."""
        if self.exporter.busy or self.questions.isHidden():
            return
        try:
            self.begin()
        except UsageError as error:
            self.say(str(error))
            return
        self.say("")
        self.doing.setText("")
        self.bar.show_progress(0, 0)
        self.go.setEnabled(False)
        self._show(self.doing, self.bar)
        self.begun.emit()

    def reject(self) -> None:
        """Stops the work, and closes where none is under way."""
        if self.exporter.busy:
            self.no.setEnabled(False)
            self.exporter.cancel()
        else:
            super().reject()

    def say(self, text: str) -> None:
        """What is wrong with what was asked for."""
        self.problem.setText(text[:1].upper() + text[1:])

    def _show(self, *shown: QWidget) -> None:
        for widget in (self.questions, self.doing, self.bar, self.told):
            widget.setVisible(widget in shown)

    def _progressed(self, phase: str, done: int, total: int) -> None:
        self.bar.show_progress(done, total)
        self.doing.setText(
            self.tr("{phase} {done} of {total}").format(phase=said(Phase(phase)), done=done, total=total)
        )

    def _ended(self, ended: Ended) -> None:
        lines = self.report(ended)
        if len(lines) == 1:
            self.said.emit(lines[0])
            super().accept()
            return
        self.go.hide()
        self.no.setText(self.tr("Close"))
        self.no.setEnabled(True)
        self.no.setDefault(True)
        self.no.setFocus()
        self.told.setPlainText("\n".join(lines))
        self._show(self.told)
        self.problem.hide()

    def _failed(self, words: str) -> None:
        self.go.setEnabled(True)
        self.no.setEnabled(True)
        self._show(self.questions)
        self.say(words or self.tr("cancelled"))


class PlaceLine(QHBoxLayout):
    """A line for a folder or, with `saves`, a file, with a button that lets it be chosen."""

    def __init__(self, text: str, title: str, *, saves: bool = False) -> None:
        super().__init__()
        self._title, self._saves = title, saves
        self.line = QLineEdit(text)
        self.line.setAccessibleName(title)
        self.button = QPushButton(translate("PlaceLine", "Choose"))
        self.button.setAutoDefault(False)
        self.setSpacing(8)
        self.addWidget(self.line, 1)
        self.addWidget(self.button)
        self.button.clicked.connect(self._choose)

    def folder(self) -> Path:
        """The folder, which exists or can be made beside others. Raises UsageError."""
        path = self.path()
        if path is None:
            raise UsageError(translate("PlaceLine", "this names no folder"), translate("PlaceLine", "choose one"))
        try:
            if path.is_dir() or (not path.exists() and path.parent.is_dir()):
                return path
        except (OSError, ValueError) as error:
            raise UsageError(translate("PlaceLine", "this names no folder")) from error
        raise UsageError(
            translate("PlaceLine", "there is no folder {}").format(path.parent if not path.exists() else path),
            translate("PlaceLine", "name a folder that exists"),
        )

    def path(self) -> Path | None:
        """What stands there, None where nothing does. Raises UsageError."""
        text = self.line.text().strip()
        try:
            return Path(text).expanduser() if text else None
        except RuntimeError as error:
            raise UsageError(translate("PlaceLine", "there is no such home folder")) from error

    def set_enabled(self, enabled: bool) -> None:
        self.line.setEnabled(enabled)
        self.button.setEnabled(enabled)

    def _choose(self) -> None:
        if self._saves:
            option = QFileDialog.Option.DontConfirmOverwrite  # what is there is read, not replaced
            name, _ = QFileDialog.getSaveFileName(self.parentWidget(), self._title, self.line.text(), options=option)
        else:
            name = QFileDialog.getExistingDirectory(self.parentWidget(), self._title, self.line.text())
        if name:
            self.line.setText(name)


def note(text: str = "", role: str = "caution") -> QLabel:
    """A line that wraps."""
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def refused_lines(ended: Ended) -> list[str]:
    """What was refused, and why, under its heading."""
    lines = [f"  {what}: {why}" for what, why in ended.refused]
    return ["", translate("WorkDialog", "Refused:"), *lines] if lines else []
