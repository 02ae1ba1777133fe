"""Owns the small dialogs: keys, about, refused files, a question, a bug. Each shows text and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from mammoview import __version__
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS
from mammoview.services.image_cache import MIB, SMALLEST_LIMIT_MIB, default_limit_bytes, largest_limit_mib
from mammoview.services.prediction import EngineState
from mammoview.ui.actions import ACTIONS, GESTURES, MENUS

_COLUMNS, _WIDE_PX = 3, 1100


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


def keys_dialog(parent: QWidget) -> QDialog:
    """Every command with its keys, by menu, in columns; scrolls where the screen is small."""
    dialog, column = _dialog(parent, "Keys")
    inner = QWidget()
    inner.setObjectName("keysSheet")
    columns = QHBoxLayout(inner)
    columns.setContentsMargins(0, 0, 0, 0)
    columns.setSpacing(36)
    groups = [(menu, [(_keys(row.keys), row.text) for row in ACTIONS if row.menu == menu]) for menu in MENUS]
    groups.append(("Mouse", [(gesture, text) for gesture, text in GESTURES]))
    room = parent.screen().availableGeometry()
    count = _COLUMNS if room.width() >= _WIDE_PX else _COLUMNS - 1
    stacks: list[list[tuple[str, list[tuple[str, str]]]]] = [[] for _ in range(count)]
    lengths = [0] * count
    for group in sorted(groups, key=lambda group: -len(group[1])):
        shortest = lengths.index(min(lengths))
        stacks[shortest].append(group)
        lengths[shortest] += len(group[1]) + 2
    for stack in stacks:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        for menu, rows in stack:
            grid.addWidget(_label(menu, "heading"), grid.rowCount(), 0, 1, 2)
            for keys, text in rows:
                at = grid.rowCount()
                grid.addWidget(_label(keys, "dim"), at, 0)
                grid.addWidget(_label(text), at, 1)
            grid.setRowMinimumHeight(grid.rowCount(), 10)
        grid.setRowStretch(grid.rowCount(), 1)
        columns.addLayout(grid)
    scroll = QScrollArea()
    scroll.setWidget(inner)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setStyleSheet("QScrollArea, QWidget#keysSheet { background: transparent; }")
    column.addWidget(scroll)
    _close_button(dialog, column)
    wanted = inner.sizeHint()
    dialog.resize(min(wanted.width() + 80, room.width() - 40), min(wanted.height() + 90, room.height() - 60))
    return dialog


def _keys(keys: Sequence[str]) -> str:
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) or key for key in keys)


def about_dialog(parent: QWidget, state: EngineState) -> QDialog:
    """Version, intended use, licence, and the model's card."""
    dialog, column = _dialog(parent, "About mammoview")
    column.addWidget(_label(f"mammoview {__version__}", "title"))
    column.addWidget(_label(f"A mammography workstation for research and teaching, {NOT_FOR_DIAGNOSIS}.", wrap=True))
    column.addWidget(
        _label("MIT licence. The Inter typeface is under the SIL Open Font License 1.1.", "dim", wrap=True)
    )
    column.addSpacing(6)
    model = state.model
    column.addWidget(_label(f"Model {model.title}" if model else "No model is loaded", "title"))
    if model is not None and model.intended_use:
        column.addWidget(_label(f"Intended use: {model.intended_use}", wrap=True))
    if state.error:
        column.addWidget(_label(state.error, "failed", wrap=True))
    if state.facts is not None and state.facts.card:
        card = QTextBrowser()
        card.setMarkdown(state.facts.card)
        card.setMinimumHeight(220)
        column.addWidget(card, 1)
    _close_button(dialog, column)
    dialog.resize(620, 560 if state.facts is not None and state.facts.card else 240)
    return dialog


def refused_dialog(parent: QWidget, lines: Sequence[str]) -> QDialog:
    """Every refused file with cause and cure."""
    dialog, column = _dialog(parent, "Files that were refused")
    column.addWidget(_label("Nothing was refused." if not lines else "The rest was opened.", "dim"))
    text = QPlainTextEdit("\n\n".join(lines))
    text.setReadOnly(True)
    column.addWidget(text, 1)
    _close_button(dialog, column)
    dialog.resize(640, 320)
    return dialog


def memory_dialog(parent: QWidget, limit_mib: int, held_bytes: int, accept: Callable[[int], None]) -> QDialog:
    """How much memory the images may take; `accept` gets MiB, 0 for the default. Typed values snap into the range."""
    dialog, column = _dialog(parent, "Memory limit")
    column.addWidget(_label("Images, previews and frames together may take", wrap=True))
    box = QSpinBox()
    box.setObjectName("memoryLimit")
    box.setRange(SMALLEST_LIMIT_MIB - 1, largest_limit_mib())
    box.setSpecialValueText(f"default, {default_limit_bytes() // MIB} MiB")
    box.setSuffix(" MiB")
    box.setSingleStep(256)
    box.setValue(limit_mib or box.minimum())
    column.addWidget(box)
    text = f"{held_bytes / MIB:.0f} MiB are in use. What is on the screen stays in memory in any case."
    column.addWidget(_label(text, "dim", wrap=True))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.accepted.connect(lambda: accept(0 if box.value() == box.minimum() else box.value()))
    return dialog


def confirm_identity(parent: QWidget) -> bool:
    """Ask once whether a picture may name the patient."""
    box = QMessageBox(parent)
    box.setWindowTitle("With patient identity")
    box.setText("The picture will show the patient's name, number and date.")
    box.setInformativeText("Whoever gets the picture can tell who she is.")
    go_on = box.addButton("Export with identity", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go_on


def confirm_replace(parent: QWidget, path: Path) -> bool:
    """Ask whether an older file may be replaced."""
    box = QMessageBox(parent)
    box.setWindowTitle("Replace the file")
    box.setText(f"{path.name} exists already.")
    go_on = box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go_on


def bug_dialog(parent: QWidget | None, place: str, log: str) -> QDialog:
    """An unexpected failure: where it happened, and that the images are still open."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("A fault in mammoview")
    box.setText("mammoview failed at something and goes on.")
    box.setInformativeText(f"{place}\n\nA record without patient identity is in\n{log}")
    box.addButton(QMessageBox.StandardButton.Close)
    return box
