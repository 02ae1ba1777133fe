"""Owns the dialog of the folders that the library holds studies of: which of them are watched. Reads none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.archive.library_index import Folder
from mammoview.services.indexing import Indexing

_PATH = Qt.ItemDataRole.UserRole


class FoldersDialog(QDialog):
    """Every change holds at once. A folder with a tick is watched. `confirm` is asked before one leaves the list."""

    def __init__(self, parent: QWidget, indexing: Indexing, confirm: Callable[[str], bool] | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Folders of the library"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._indexing, self._is_done, self._confirm = indexing, False, confirm or self._ask
        self.list = QListWidget()
        self.list.setSpacing(3)
        self.list.setAccessibleName(self.tr("Folders of the library"))
        self.add = self._button(self.tr("&Watch a folder…"))
        self.look = self._button(self.tr("&Look again"))
        self.remove = self._button(self.tr("&Remove from the list…"))
        self.remove.setToolTip(self.tr("Take the folder and its studies out of the list; no file is touched (Delete)"))
        watched = self.tr("A folder with a tick is watched: what comes into it is in the list by itself.")
        stays = self.tr("Space sets the tick. Studies stay in the list without it.")
        note = QLabel(f"{watched} {stays}")
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(note)
        column.addWidget(self.list, 1)
        below = QHBoxLayout()
        for button in (self.add, self.look):
            below.addWidget(button)
        below.addStretch(1)
        below.addWidget(self.remove)
        close = self._button(self.tr("Close"))
        below.addWidget(close)
        column.addLayout(below)
        self.add.clicked.connect(self._choose)
        self.look.clicked.connect(indexing.look_again)
        self.remove.clicked.connect(self.remove_chosen)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list, self.remove_chosen)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        close.clicked.connect(self.accept)
        self.list.itemChanged.connect(self._ticked)
        self.list.currentRowChanged.connect(lambda row: self.remove.setEnabled(row >= 0))
        self.remove.setEnabled(False)
        self.resize(620, 360)
        self.refresh()
        self.list.setFocus()

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        return button

    def refresh(self) -> None:
        """Show what the library holds now."""
        self._indexing.folders(self._show)

    def done(self, result: int) -> None:
        """Closed: an answer that is on its way finds no list any more."""
        self._is_done = True
        super().done(result)

    def _show(self, folders: Sequence[Folder]) -> None:
        if self._is_done:
            return
        self.list.blockSignals(True)
        self.list.clear()
        for folder in folders:
            item = QListWidgetItem(str(folder.path))
            item.setData(_PATH, str(folder.path))
            item.setCheckState(Qt.CheckState.Checked if folder.watched else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        if folders:
            self.list.setCurrentRow(0)

    def _ticked(self, item: QListWidgetItem) -> None:
        path = Path(item.data(_PATH))
        if item.checkState() is Qt.CheckState.Checked:
            self._indexing.watch(path)
        else:
            self._indexing.leave(path)

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Watch a folder"))
        if name:
            self.take(Path(name))

    def take(self, folder: Path) -> None:
        """Watch a folder from now on, and show it in the list at once."""
        self._indexing.watch(folder)
        shown = [self.list.item(row).data(_PATH) for row in range(self.list.count())]
        self.list.blockSignals(True)
        if str(folder) not in shown:
            item = QListWidgetItem(str(folder))
            item.setData(_PATH, str(folder))
            self.list.addItem(item)
            shown.append(str(folder))
        self.list.item(shown.index(str(folder))).setCheckState(Qt.CheckState.Checked)
        self.list.blockSignals(False)

    def remove_chosen(self) -> None:
        """Take the chosen folder and its studies out of the list, once that is confirmed."""
        item = self.list.currentItem()
        if item is not None and self._confirm(item.data(_PATH)):
            self.list.takeItem(self.list.row(item))
            self._indexing.remove(Path(item.data(_PATH)))

    def _ask(self, name: str) -> bool:
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Remove from the list"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("{} and its studies leave the list. No file is touched.").format(name))
        kept = self.tr("What readers made of them is kept: assessments, marks and who read what when.")
        back = self.tr("Open the folder again, and they are listed with all of it.")
        others = self.tr(
            "Studies that also lie in another folder of the library stay; what is on the screen stays open."
        )
        box.setInformativeText(" ".join((kept, back, others)))
        go_on = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is go_on
