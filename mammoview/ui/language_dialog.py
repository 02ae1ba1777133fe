"""Owns the dialog in which the language of the window is chosen. Speaks none itself."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QDialogButtonBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from mammoview.ui.translation import LANGUAGES, language_of


class LanguageDialog(QDialog):
    """`chosen` is a code of LANGUAGES; any other text stands for the language of the system."""

    def __init__(self, parent: QWidget, chosen: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Language"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        own = LANGUAGES[language_of("", QLocale.system().uiLanguages())]
        names = {"": self.tr("As the system: {}").format(own), **LANGUAGES}
        group = QButtonGroup(self)
        self.choices: dict[str, QRadioButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(8)
        for code, name in names.items():
            choice = self.choices[code] = QRadioButton(name)
            group.addButton(choice)
            column.addWidget(choice)
        now = self.choices[chosen if chosen in LANGUAGES else ""]
        now.setChecked(True)
        note = QLabel(self.tr("The window speaks it from its next start on. Pictures and files stay English."))
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        note.setMinimumWidth(300)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addSpacing(6)
        column.addWidget(note)
        column.addSpacing(6)
        column.addWidget(buttons)
        now.setFocus()

    @property
    def chosen(self) -> str:
        """The code of the chosen language; empty for that of the system."""
        return next(code for code, choice in self.choices.items() if choice.isChecked())
