"""Owns the sheet of all keys: every command by menu with the keys in force, what the mouse does, a line to search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mammoview.services.words import translate
from mammoview.ui.action import in_window
from mammoview.ui.actions import ACTIONS, GESTURES, MENUS
from mammoview.ui.key_bindings import KeyBindings

_COLUMN_PX, _KEYS_PX = 400, 124
_WRAPS_AFTER = 34
"""Letters of a command that fit into one line of a column."""

_MOST_COLUMNS = 4
_HEAD_ROWS = 2


@dataclass(frozen=True, slots=True)
class _Group:
    """A menu with (keys, command) of each row."""

    title: str
    rows: tuple[tuple[str, str], ...]

    @property
    def lines(self) -> int:
        """About how long it is."""
        return _HEAD_ROWS + sum(1 + len(text) // _WRAPS_AFTER for _, text in self.rows)


def keys_sheet(
    parent: QWidget, bindings: KeyBindings, change: Callable[[], None], steps: Sequence[tuple[str, str]] = ()
) -> QDialog:
    """The sheet; it scrolls where the screen is small. `change` opens the place where keys are changed; `steps` are the
    keys that the hanging protocol has given its steps."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(translate("KeysSheet", "Keys"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    room = parent.screen().availableGeometry()
    sheet = _Sheet(bindings, steps, max(1, min(_MOST_COLUMNS, (room.width() - 100) // _COLUMN_PX)))
    search = QLineEdit()
    search.setPlaceholderText(translate("KeysSheet", "Search: a word, or a key by its name"))
    search.setClearButtonEnabled(True)
    search.textChanged.connect(sheet.show_found)
    scroll = QScrollArea()
    scroll.setWidget(sheet)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setStyleSheet("QScrollArea, QWidget#keysSheet { background: transparent; }")
    buttons = QDialogButtonBox()
    changing = buttons.addButton(translate("KeysSheet", "Change keys…"), QDialogButtonBox.ButtonRole.ActionRole)
    closing = buttons.addButton(QDialogButtonBox.StandardButton.Close)
    changing.clicked.connect(dialog.reject)
    changing.clicked.connect(change)
    for button in (changing, closing):
        button.setAutoDefault(False)  # Return in the search line opens nothing
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 18, 22, 16)
    column.setSpacing(12)
    for widget in (search, scroll, buttons):
        column.addWidget(widget)
    width = min(sheet.columns * _COLUMN_PX + 60, room.width() - 40)
    dialog.resize(width, min(sheet.heightForWidth(width - 60) + 150, room.height() - 60))
    search.setFocus()
    return dialog


class _Sheet(QWidget):
    """The groups in columns of about the same length."""

    def __init__(self, bindings: KeyBindings, steps: Sequence[tuple[str, str]], columns: int) -> None:
        super().__init__()
        self.setObjectName("keysSheet")
        self._found: list[tuple[str, QWidget, QWidget]] = []
        self._titles: list[tuple[QLabel, range]] = []
        groups = [
            _Group(
                in_window(menu), tuple((bindings.all_shown(row.id), row.name) for row in ACTIONS if row.menu == menu)
            )
            for menu in MENUS
        ]
        if steps:
            groups.append(_Group(self.tr("Steps of the hanging protocol"), tuple(steps)))
        groups.append(_Group(self.tr("Mouse"), tuple((in_window(how), in_window(what)) for how, what in GESTURES)))
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 8, 0)
        across.setSpacing(32)
        self.columns = columns
        for column in balanced(groups, columns):
            across.addLayout(self._column(column), 1)

    def _column(self, groups: list[_Group]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnMinimumWidth(0, _KEYS_PX)
        grid.setColumnStretch(1, 1)
        for group in groups:
            title = _label(group.title, "title")
            if grid.count():
                title.setContentsMargins(0, 12, 0, 0)
            grid.addWidget(title, grid.rowCount(), 0, 1, 2)
            first = len(self._found)
            for keys, text in group.rows:
                at = grid.rowCount()
                key_label, text_label = _label(keys, "dim"), _label(text)
                grid.addWidget(key_label, at, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(text_label, at, 1, Qt.AlignmentFlag.AlignTop)
                self._found.append((f"{keys}\n{text}\n{group.title}".casefold(), key_label, text_label))
            self._titles.append((title, range(first, len(self._found))))
        grid.setRowStretch(grid.rowCount(), 1)
        return grid

    def show_found(self, text: str) -> None:
        """Show the rows in whose keys, words or menu each word of `text` is found."""
        words = text.casefold().split()
        for searched, *labels in self._found:
            for label in labels:
                label.setVisible(all(word in searched for word in words))
        for title, numbers in self._titles:
            title.setVisible(any(not self._found[number][1].isHidden() for number in numbers))


def balanced(groups: list[_Group], columns: int) -> list[list[_Group]]:
    """The groups in so many columns, none much longer than the others; within a column in the order of the menus."""
    stacks: list[list[_Group]] = [[] for _ in range(columns)]
    lengths = [0] * columns
    for group in sorted(groups, key=lambda group: -group.lines):
        shortest = lengths.index(min(lengths))
        stacks[shortest].append(group)
        lengths[shortest] += group.lines
    ordered = [sorted(stack, key=groups.index) for stack in stacks if stack]
    return sorted(ordered, key=lambda stack: groups.index(stack[0]))


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
