"""Owns the line of a dialog that says what came of the last thing done in it. Decides nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


class MessageLine(QLabel):
    """Room for two lines from the start, so that the dialog does not jump."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 2)

    def say(self, text: str, *, failed: bool = False) -> None:
        """Show a line, in the colour of failures where it is one."""
        self.setProperty("role", "failed" if failed else "dim")
        self.style().unpolish(self)
        self.style().polish(self)
        self.setText(text)
