"""Owns the small dialogs: refused files, a question, a bug. Each shows text and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mammoview.services.image_cache import MIB, SMALLEST_LIMIT_MIB, default_limit_bytes, largest_limit_mib
from mammoview.services.words import translate


def _dialog(parent: QWidget, title: str) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 18, 22, 16)
    column.setSpacing(8)
    return dialog, column


def _close_button(dialog: QDialog, column: QVBoxLayout) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    box.rejected.connect(dialog.reject)
    column.addWidget(box)


def _label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    return label


def refused_dialog(parent: QWidget, lines: Sequence[str]) -> QDialog:
    """Every refused file with cause and cure."""
    dialog, column = _dialog(parent, translate("Dialogs", "Files that were refused"))
    none, rest = translate("Dialogs", "Nothing was refused."), translate("Dialogs", "The rest was opened.")
    column.addWidget(_label(rest if lines else none, "dim"))
    text = QPlainTextEdit("\n\n".join(lines))
    text.setObjectName("refusedLines")
    text.setReadOnly(True)
    column.addWidget(text, 1)
    _close_button(dialog, column)
    dialog.resize(640, 320)
    return dialog


def memory_dialog(parent: QWidget, limit_mib: int, held_bytes: int, accept: Callable[[int], None]) -> QDialog:
    """How much memory the images may take; `accept` gets MiB, 0 for the default. Typed values snap into the range."""
    dialog, column = _dialog(parent, translate("Dialogs", "Memory limit"))
    column.addWidget(_label(translate("Dialogs", "Images, previews and frames together may take"), wrap=True))
    box = QSpinBox()
    box.setObjectName("memoryLimit")
    box.setRange(SMALLEST_LIMIT_MIB - 1, largest_limit_mib())
    box.setSpecialValueText(translate("Dialogs", "default, {} MiB").format(default_limit_bytes() // MIB))
    box.setSuffix(" MiB")
    box.setSingleStep(256)
    box.setValue(limit_mib or box.minimum())
    column.addWidget(box)
    text = translate("Dialogs", "{} MiB are in use. What is on the screen stays in memory in any case.")
    column.addWidget(_label(text.format(round(held_bytes / MIB)), "dim", wrap=True))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.accepted.connect(lambda: accept(0 if box.value() == box.minimum() else box.value()))
    return dialog


def confirm_identity(parent: QWidget) -> bool:
    """Ask once whether a picture may name the patient."""
    box = QMessageBox(parent)
    box.setWindowTitle(translate("Dialogs", "With patient identity"))
    box.setText(translate("Dialogs", "The picture will show the patient's name, number and date."))
    box.setInformativeText(translate("Dialogs", "Whoever gets the picture can tell who she is."))
    go_on = box.addButton(translate("Dialogs", "Export with identity"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go_on


def confirm_replace(parent: QWidget, path: Path) -> bool:
    """Ask whether an older file may be replaced."""
    box = QMessageBox(parent)
    box.setWindowTitle(translate("Dialogs", "Replace the file"))
    box.setText(translate("Dialogs", "{} exists already.").format(path.name))
    go_on = box.addButton(translate("Dialogs", "Replace"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go_on


def bug_dialog(parent: QWidget | None, place: str, log: str) -> QDialog:
    """An unexpected failure: where it happened, and that the images are still open."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(translate("Dialogs", "A fault in mammoview"))
    box.setText(translate("Dialogs", "mammoview failed at something and goes on."))
    record = translate("Dialogs", "A record without patient identity is in")
    box.setInformativeText(f"{place}\n\n{record}\n{log}")
    box.addButton(QMessageBox.StandardButton.Close)
    return box
