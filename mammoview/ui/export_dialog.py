"""Owns the questions before an export: resolution, format, identity, place. Writes nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

FORMATS = (("PNG", ".png"), ("JPEG", ".jpg"), ("TIFF", ".tif"))


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What was chosen."""

    native: bool
    identified: bool
    path: Path


class ExportDialog(QDialog):
    """`confirm_identity` is asked when identity is switched on, `confirm_replace` before a file is written over."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        suggested: Path,
        *,
        confirm_identity: Callable[[], bool],
        confirm_replace: Callable[[Path], bool],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._confirm, self._confirm_replace = confirm_identity, confirm_replace
        self._agreed: Path | None = None
        self.native = QRadioButton("Native resolution, no pixel shrunk")
        self.seen = QRadioButton("As seen on the screen")
        self.native.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self.native)
        group.addButton(self.seen)
        self.format = QComboBox()
        for text, suffix in FORMATS:
            self.format.addItem(text, suffix)
        self.identified = QCheckBox("With patient identity")
        self.path = QLineEdit(str(suggested))
        self.path.setMinimumWidth(340)
        browse = QPushButton("Choose")
        browse.setAutoDefault(False)
        buttons = QDialogButtonBox()
        save = buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        save.setDefault(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        place = QHBoxLayout()
        place.addWidget(self.path, 1)
        place.addWidget(browse)
        for row, (text, item) in enumerate(
            (("Resolution", self.native), ("", self.seen), ("Format", self.format), ("", self.identified))
        ):
            grid.addWidget(_dim(text), row, 0)
            grid.addWidget(item, row, 1)
        grid.addWidget(_dim("File"), 4, 0)
        grid.addLayout(place, 4, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(16)
        column.addLayout(grid)
        column.addWidget(buttons)
        self.format.currentIndexChanged.connect(self._change_suffix)
        self.identified.toggled.connect(self._ask)
        browse.clicked.connect(self._browse)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)

    def choice(self) -> ExportChoice:
        """What is chosen now; a name without suffix gets that of the format."""
        path = Path(self.path.text()).expanduser()
        if not path.suffix:
            path = path.with_name(f"{path.name}{self.format.currentData()}")
        return ExportChoice(self.native.isChecked(), self.identified.isChecked(), path)

    def accept(self) -> None:
        """Closes the dialog, unless the reader does not want an older file replaced."""
        path = self.choice().path
        if path == self._agreed or not path.exists() or self._confirm_replace(path):
            super().accept()

    def _change_suffix(self) -> None:
        path = Path(self.path.text())
        self.path.setText(str(path.with_suffix(self.format.currentData())))

    def _ask(self, wanted: bool) -> None:
        if wanted and not self._confirm():
            self.identified.setChecked(False)

    def _browse(self) -> None:
        kinds = ";;".join(f"{text} (*{suffix})" for text, suffix in FORMATS)
        path, _ = QFileDialog.getSaveFileName(self, "Export to", self.path.text(), kinds)
        if path:
            self._agreed = Path(path)  # the file dialog has asked already
            self.path.setText(path)


def _dim(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    return label
