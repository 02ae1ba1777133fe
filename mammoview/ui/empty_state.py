"""Owns what stands in the window while no study is open: how to open one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mammoview.ui.actions import action, tooltip


class EmptyState(QWidget):
    """`wanted(action id)` forwards the three ways to begin."""

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(1)
        for text, role in (
            ("No study is open", "title"),
            ("Drop files, folders, archives or a DICOMDIR here", "dim"),
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
            button = QPushButton(action(action_id).text)
            button.setToolTip(tooltip(action(action_id)))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, name=action_id: self.wanted.emit(name))
            self.buttons[action_id] = button
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(12)
        keys, library = action("keys").keys[0], action("library").keys[0]
        hint = QLabel(f"{keys}  shows all keys,  {library}  the studies of the library")
        hint.setProperty("role", "small")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(hint)
        column.addStretch(1)
