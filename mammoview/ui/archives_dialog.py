"""Owns the dialog of the known archives: which there are, whether they answer, where priors come from. Asks them only
through `services.archives`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import MammoviewError
from mammoview.services.archives import Archives, Errand
from mammoview.ui.message_line import MessageLine

if TYPE_CHECKING:
    from mammoview.archive.known import AnyNode

_NAME = Qt.ItemDataRole.UserRole
_WIDTHS_PX = (150, 130, 230)


class ArchivesDialog(QDialog):
    """Every change holds and is kept at once. `confirm` is asked before an archive is forgotten."""

    def __init__(self, parent: QWidget, archives: Archives, confirm: Callable[[str], bool] | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Archives"))
        self._archives, self._confirm = archives, confirm or self._ask
        self._nodes: dict[str, AnyNode] = {}
        self._errand: Errand | None = None
        self._problem = ""
        self.tree = _tree((self.tr("Name"), self.tr("AE title"), self.tr("Address"), self.tr("Images come by")))
        self.tree.setAccessibleName(self.tr("Archives"))
        self.message = MessageLine()
        self.add = self._button(self.tr("Add…"), lambda: self.edit(None))
        self.change = self._button(self.tr("Change…"), lambda: self.edit(self.chosen))
        self.test = self._button(self.tr("Test"), self.test_chosen)
        self.test.setToolTip(self.tr("Ask whether it is there (C-ECHO, or a search for one study)"))
        self.remove = self._button(self.tr("Remove"), self.remove_chosen)
        self.priors = QComboBox()
        self.priors.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.folder = QLineEdit(archives.settings.value.received_folder)
        self.folder.setPlaceholderText(str(archives.folder))
        self._lay_out()
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.tree.itemActivated.connect(lambda *_: self.edit(self.chosen))
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.tree, self.remove_chosen)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.priors.activated.connect(lambda _: self._fetch_from())
        self.folder.editingFinished.connect(self._file_into)
        archives.changed.connect(self.refresh)
        archives.unkept.connect(self._say_unkept)
        self.finished.connect(self._leave)
        self.refresh()
        (self.tree if self._nodes else self.add).setFocus()

    # --- building

    def _button(self, text: str, call: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: call())
        return button

    def _lay_out(self) -> None:
        buttons, place, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (buttons, place):
            row.setSpacing(8)
        for button in (self.add, self.change, self.test):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.remove)
        rule = QFrame()
        rule.setProperty("role", "rule")
        place.addWidget(self.folder, 1)
        choose = self._button(self.tr("Choose"), self._choose_folder)
        place.addWidget(choose)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Fetch priors of the open case from"), self.priors)
        where = QLabel(self.tr("&Retrieved studies go to"))
        where.setBuddy(self.folder)
        form.addRow(where, place)
        self.folder.setAccessibleName(self.tr("Retrieved studies go to"))
        below.addStretch(1)
        below.addWidget(self._button(self.tr("Close"), self.accept))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(self.tree, 1)
        column.addLayout(buttons)
        column.addWidget(self.message)
        column.addWidget(rule)
        column.addLayout(form)
        column.addLayout(below)
        self.resize(720, 460)

    # --- what there is

    @property
    def chosen(self) -> AnyNode | None:
        item = self.tree.currentItem()
        return None if item is None else self._nodes.get(item.data(0, _NAME))

    def refresh(self) -> None:
        """List anew; the chosen archive stays chosen."""
        before, known = self.chosen, self._archives.known()
        self._problem = known.problem or self._archives.lost
        if self._problem:
            self.message.say(self._problem, failed=True)
        self._nodes = {node.name: node for node in known.nodes}
        self.tree.clear()
        for node in known.nodes:
            texts = [node.name, node.title, node.address, ", ".join(node.ways)]
            item = QTreeWidgetItem(self.tree, texts)
            item.setData(0, _NAME, node.name)
            for column, text in enumerate(texts):
                item.setToolTip(column, text)  # a column may be too narrow for it
        stays = before is not None and before.name in self._nodes
        self.choose(before.name if before is not None and stays else next(iter(self._nodes), ""))
        self._list_priors()
        self._show_chosen()

    def _list_priors(self) -> None:
        name = self._archives.settings.value.priors_from
        self.priors.clear()
        self.priors.addItem(self.tr("none"), "")
        for node in self._nodes:
            self.priors.addItem(node, node)
        self.priors.setCurrentIndex(max(0, self.priors.findData(name)))

    def _show_chosen(self) -> None:
        for button in (self.change, self.test, self.remove):
            button.setEnabled(self.chosen is not None)

    # --- commands

    def edit(self, node: AnyNode | None) -> None:
        """Describe an archive anew, or a new one."""
        from mammoview.archive.dicomweb_nodes import DicomwebNode
        from mammoview.ui.archive_editor import ArchiveEditor

        def keep(described: AnyNode, secret: str) -> None:
            self._archives.keep(described, before=node, secret=secret)
            self.choose(described.name)
            open_to_all = isinstance(described, DicomwebNode) and not described.is_private
            public = self.tr("{}: images go over http, where anyone can read them")
            words = public.format(described.name) if open_to_all else self._problem
            self.message.say(words, failed=bool(words))

        editor = ArchiveEditor(self, node, keep)
        editor.finished.connect(editor.deleteLater)
        editor.open()

    def choose(self, name: str) -> None:
        """Choose an archive by its name."""
        for number in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(number)
            if item is not None and item.data(0, _NAME) == name:
                self.tree.setCurrentItem(item)

    def remove_chosen(self) -> None:
        """Forget the chosen archive; what was retrieved from it stays."""
        node = self.chosen
        if node is None or not self._confirm(node.name):
            return
        try:
            self._archives.remove(node)
        except MammoviewError as error:
            self.message.say(str(error), failed=True)

    def test_chosen(self) -> None:
        """Ask the chosen archive whether it is there; the newest question counts."""
        node = self.chosen
        if node is None:
            return
        self._drop()
        answers = self.tr("{} answers in {} ms")
        self.message.say(self.tr("asking {}").format(node.name))
        self._errand = self._archives.test(
            node,
            lambda seconds: self._tested(answers.format(node.name, max(1, round(1000 * seconds)))),
            lambda error: self._tested(str(error), failed=True),
        )

    def _say_unkept(self, words: str) -> None:
        self.message.say(words, failed=True)

    def _tested(self, words: str, *, failed: bool = False) -> None:
        self._errand = None
        self.message.say(words, failed=failed)

    def _fetch_from(self) -> None:
        self._archives.fetch_priors_from(self.priors.currentData())

    def _file_into(self) -> None:
        text = self.folder.text().strip()
        self._archives.settings.change(received_folder=str(Path(text).expanduser().absolute()) if text else "")

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Retrieved studies go to"), str(self._archives.folder))
        if name:
            self.folder.setText(name)
            self._file_into()

    def _ask(self, name: str) -> bool:
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Remove the archive"))
        box.setText(self.tr("{} will no longer be known. What was retrieved from it stays.").format(name))
        go_on = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is go_on

    def _drop(self) -> None:
        if self._errand is not None:
            self._errand.drop()
            self._errand = None

    def _leave(self) -> None:
        self._drop()
        self._archives.changed.disconnect(self.refresh)
        self._archives.unkept.disconnect(self._say_unkept)


def _tree(heads: tuple[str, ...]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(list(heads))
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setStyleSheet("QTreeView::item { padding: 3px 0; }")
    header = tree.header()
    header.setStretchLastSection(True)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    for column, width in enumerate(_WIDTHS_PX):
        header.resizeSection(column, width)
    return tree
