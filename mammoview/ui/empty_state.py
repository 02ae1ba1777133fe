"""Owns what stands in the window while no study is open: how to open one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mammoview.ui.actions import action
from mammoview.ui.key_bindings import KeyBindings


class EmptyState(QWidget):
    """`wanted(action id)` forwards the three ways to begin."""

    wanted = Signal(str)

    def __init__(self, bindings: KeyBindings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = bindings
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(1)
        for text, role in (
            (self.tr("No study is open"), "title"),
            (self.tr("Drop files, folders, archives or a DICOMDIR here"), "dim"),
        ):
            label = QLabel(text)
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        for action_id in ("open-folder", "open-files", "open-demo"):
            button = QPushButton(action(action_id).name)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, name=action_id: self.wanted.emit(name))
            self.buttons[action_id] = button
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(12)
        self._hint = QLabel()
        self._hint.setProperty("role", "small")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._hint)
        column.addStretch(1)
        bindings.changed.connect(self._show_keys)
        self._show_keys()

    def _show_keys(self) -> None:
        for action_id, button in self.buttons.items():
            button.setToolTip(self._bindings.tip(action_id))
        words = self.tr("{keys}  shows all keys,  {library}  the studies of the library")
        self._hint.setText(words.format(keys=self._bindings.first("keys"), library=self._bindings.first("library")))
