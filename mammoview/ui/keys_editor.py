"""Owns the dialog in which keys are changed: every command by menu, its keys, a search by word or by key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.ui import theme
from mammoview.ui.action import in_window
from mammoview.ui.actions import ACTIONS, MENUS, action
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.key_catcher import KeyCatcher
from mammoview.ui.key_file import read_keys, write_keys
from mammoview.ui.keystrokes import shown

_ID = Qt.ItemDataRole.UserRole
_FILE_NAME = "mammoview-keys.json"
_COMMAND_PX = 380


class KeysEditor(QDialog):
    """Every change holds and is kept at once. Files are read and written in the background."""

    def __init__(self, parent: QWidget, bindings: KeyBindings, runner: JobRunner) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Change keys"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bindings, self._runner = bindings, runner
        self._open = True
        self._use: Callable[[str], None] = self.find_key
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search: a word, or a key by its name"))
        self.search.setClearButtonEnabled(True)
        self.tree = _tree((self.tr("Command"), self.tr("Keys")))
        self.items: dict[str, QTreeWidgetItem] = {}
        self._heads: dict[str, QTreeWidgetItem] = {}
        self.catcher = KeyCatcher()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.by_key = self._button(self.tr("Find by key"), self.ask_to_find)
        self.replace = self._button(self.tr("New key"), partial(self.ask_for_key, add=False))
        self.add = self._button(self.tr("Further key"), partial(self.ask_for_key, add=True))
        self.default = self._button(self.tr("Default"), self.reset)
        self._chosen_name = QLabel()
        self._chosen_name.setProperty("role", "title")
        self._chips = QHBoxLayout()
        self.chips: list[QPushButton] = []
        self._fill()
        self._lay_out()
        self.search.textChanged.connect(lambda _: self._show_found())
        self.search.returnPressed.connect(self.tree.setFocus)
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.tree.itemActivated.connect(lambda *_: self.ask_for_key(add=False))
        self.catcher.caught.connect(lambda key: self._use(key))
        self.catcher.left.connect(self.tree.setFocus)
        bindings.changed.connect(self._show_keys)
        self.finished.connect(self._close)
        self._show_keys()
        self.choose(ACTIONS[0].id)
        self.search.setFocus()

    # --- building

    def _button(self, text: str, call: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: call())
        return button

    def _fill(self) -> None:
        for menu in MENUS:
            head = self._heads[menu] = QTreeWidgetItem(self.tree, [in_window(menu)])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setForeground(0, QColor(theme.DIM))
            for row in (row for row in ACTIONS if row.menu == menu):
                item = QTreeWidgetItem(head, [row.name])
                item.setData(0, _ID, row.id)
                self.items[row.id] = item
        self.tree.expandAll()

    def _lay_out(self) -> None:
        top, chosen, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.by_key)
        chosen.addWidget(self._chosen_name)
        chosen.addStretch(1)
        chosen.addLayout(self._chips)
        for button in (self.replace, self.add, self.default):
            chosen.addWidget(button)
        for text, call in (
            (self.tr("Import…"), self._ask_import),
            (self.tr("Export…"), self._ask_export),
            (self.tr("All to default"), self._bindings.reset_all),
        ):
            below.addWidget(self._button(text, call))
        below.addStretch(1)
        below.addWidget(self._button(self.tr("Close"), self.accept))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.tree, 1)
        column.addLayout(chosen)
        column.addWidget(self.catcher)
        column.addWidget(self.message)
        column.addLayout(below)
        room = self.screen().availableGeometry()
        self.resize(min(820, room.width() - 40), min(720, room.height() - 60))

    # --- what is shown

    def choose(self, action_id: str) -> None:
        """Choose a command."""
        self.tree.setCurrentItem(self.items[action_id])

    @property
    def chosen(self) -> str:
        """The id of the chosen command; empty where none is."""
        item = self.tree.currentItem()
        return str(item.data(0, _ID) or "") if item is not None else ""

    def _show_keys(self) -> None:
        for action_id, item in self.items.items():
            item.setText(1, self._bindings.all_shown(action_id))
            changed = self._bindings.is_changed(action_id)
            item.setForeground(1, QColor(theme.ACCENT if changed else theme.TEXT))
            item.setToolTip(1, self.tr("changed") if changed else "")
        self._show_found()
        self._show_chosen()

    def _show_found(self) -> None:
        words = self.search.text().casefold().split()
        for menu, head in self._heads.items():
            items = [self.items[row.id] for row in ACTIONS if row.menu == menu]
            for item in items:
                searched = f"{item.text(0)}\n{item.text(1)}\n{head.text(0)}".casefold()
                item.setHidden(not all(word in searched for word in words))
            head.setHidden(all(item.isHidden() for item in items))
        found = [action_id for action_id, item in self.items.items() if not item.isHidden()]
        if found and self.chosen not in found:
            self.choose(found[0])

    def _show_chosen(self) -> None:
        action_id = self.chosen
        keys = self._bindings.keys(action_id) if action_id else ()
        for chip in self.chips:
            self._chips.removeWidget(chip)
            chip.deleteLater()
        self.chips = [self._button(f"{shown(key)}   ×", partial(self.remove, key)) for key in keys]
        for chip in self.chips:
            chip.setToolTip(self.tr("Take this key away"))
            self._chips.addWidget(chip)
        self._chosen_name.setText(action(action_id).name if action_id else "")
        for button in (self.replace, self.add):
            button.setEnabled(bool(action_id))
        self.default.setEnabled(bool(action_id) and self._bindings.is_changed(action_id))

    def _say(self, text: str, role: str = "caution") -> None:
        if self._open:
            self.message.setProperty("role", role)
            self.message.style().polish(self.message)
            self.message.setText(text)

    # --- changing

    def ask_for_key(self, *, add: bool) -> None:
        """Take the next key for the chosen command, beside its keys or in their place."""
        action_id = self.chosen
        if not action_id:
            return
        self._say("")
        self._use = partial(self._give, action_id, add)
        self.catcher.ask(self.tr("Press the key for “{}”; Esc leaves it as it is").format(action(action_id).name))

    def ask_to_find(self) -> None:
        """Take the next key and choose the command that has it."""
        self._say("")
        self._use = self.find_key
        self.catcher.ask(self.tr("Press a key to see what it does; Esc gives up"))

    def find_key(self, key: str) -> None:
        """Choose the command that has a key."""
        self.search.clear()
        row = self._bindings.owner(key)
        if row is None:
            self._say(self.tr("{} is free").format(shown(key)), "dim")
        else:
            self.choose(row.id)
            self.tree.scrollToItem(self.items[row.id])

    def _give(self, action_id: str, add: bool, key: str) -> None:
        if add:
            self._try(partial(self._bindings.add, action_id, key))
        else:
            self._try(partial(self._bindings.change, action_id, (key,)))

    def remove(self, key: str) -> None:
        """Take a key from the chosen command."""
        left = tuple(one for one in self._bindings.keys(self.chosen) if one != key)
        self._try(partial(self._bindings.change, self.chosen, left))

    def reset(self) -> None:
        """The chosen command has the keys that it came with."""
        self._try(partial(self._bindings.reset, self.chosen))

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except UsageError as error:
            self._say(str(error))
        else:
            self._say("")

    # --- files

    def _ask_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Export keys"), str(Path.home() / _FILE_NAME), "*.json")
        if name:
            self.export_to(Path(name))

    def _ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Import keys"), str(Path.home()), "*.json")
        if name:
            self.import_from(Path(name))

    def export_to(self, path: Path) -> None:
        """Write the changed keys to a file."""
        record = self._bindings.record

        def work(ticket: Ticket) -> None:
            write_keys(path, record)

        said = self.tr("written to {}").format(path)
        self._runner.submit(work, done=lambda _: self._say(said, "dim"), failed=self._failed)

    def import_from(self, path: Path) -> None:
        """Use the keys of a file in place of all changed ones."""

        def work(ticket: Ticket) -> dict[str, Any]:
            return read_keys(path)

        self._runner.submit(work, done=self._imported, failed=self._failed)

    def _imported(self, record: dict[str, Any]) -> None:
        dropped = self._bindings.take(record)
        if dropped:
            self._say(self.tr("not used: {}").format("; ".join(dropped)))
        else:
            self._say(self.tr("the keys of the file are in use"), "dim")

    def _failed(self, error: MammoviewError) -> None:
        self._say(str(error))

    def _close(self) -> None:
        self._open = False


def _tree(titles: tuple[str, str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(list(titles))
    tree.setRootIsDecorated(False)
    tree.setIndentation(14)
    tree.setItemsExpandable(False)
    tree.setUniformRowHeights(True)
    tree.setStyleSheet("QTreeView::item { padding: 3px 0; }")
    tree.header().setStretchLastSection(True)
    tree.header().resizeSection(0, _COMMAND_PX)
    return tree
