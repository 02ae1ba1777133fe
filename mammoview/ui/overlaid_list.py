"""Owns the list of what objects of other makers lay over the study: each with its maker, date and label, and a tick to
show or hide it, by mouse or by keys. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from mammoview.core.study import ObjectHeader
from mammoview.services.overlaid import Listed, OverlaidBook
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.words import said, unshown_words
from mammoview.ui.keys_within import KeysWithin

_MOST_LETTERS = 40


class OverlaidList(QWidget):
    """Hidden where the study has no such object. While a tick has the keys, Up and Down go to the others, Space changes
    it, Escape gives the keys back to the images.
    """

    def __init__(self, book: OverlaidBook, room: ReadingRoom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book, self._room = book, room
        self.ticks: dict[str, QCheckBox] = {}
        self.notes: dict[str, QLabel] = {}
        back, on = partial(self._step, -1), partial(self._step, 1)
        self._own_keys: dict[Qt.Key, Callable[[], object]] = {Qt.Key.Key_Up: back, Qt.Key.Key_Down: on}
        self._own_keys |= {Qt.Key.Key_Backtab: back, Qt.Key.Key_Tab: on, Qt.Key.Key_Escape: self._leave}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 10, 0, 0)
        self._column.setSpacing(2)
        heading = QLabel(self.tr("Of other makers"))
        heading.setProperty("role", "heading")
        self._column.addWidget(heading)
        book.changed.connect(self.refresh)
        room.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show which objects there are, and which of them are seen."""
        listed, held = self._book.listed, self._held()
        self.setVisible(bool(listed))
        if [one.header.key for one in listed] != list(self.ticks):
            self._make_rows([one.header for one in listed])
        for one in listed:
            tick, note = self.ticks[one.header.key], self.notes[one.header.key]
            with QSignalBlocker(tick):
                tick.setChecked(one.wanted)
            tick.setEnabled(self._book.shown and one.found is not None)
            note.setText(self._note(one))
            note.setProperty("role", "failed" if one.problem else "small")
            tip = self._tip(one)
            tick.setToolTip(tip)
            note.setToolTip(tip)
        if held:
            self._keep_keys(held)

    # --- keys

    def take_keys(self) -> bool:
        """The first tick that can be changed has the keys from now on; False where there is none."""
        ticks = self._changeable()
        if ticks:
            self._reach(ticks[0])
        return bool(ticks)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._held():
            self._leave()

    def _changeable(self) -> list[QCheckBox]:
        return [tick for tick in self.ticks.values() if tick.isEnabled()]

    def _held(self) -> str:
        """The key of the object whose tick has the keys; empty where none has."""
        return next((key for key, tick in self.ticks.items() if tick.hasFocus()), "")

    def _keep_keys(self, key: str) -> None:
        """After a change the same tick has the keys, or the images where it cannot be changed any more."""
        tick = self.ticks.get(key)
        if tick is not None and tick.isEnabled() and self.isVisible():
            tick.setFocus()
        else:
            self._leave()

    def _step(self, by: int) -> None:
        ticks = self._changeable()
        here = next((number for number, tick in enumerate(ticks) if tick.hasFocus()), 0)
        if ticks:
            self._reach(ticks[(here + by) % len(ticks)])

    def _reach(self, tick: QCheckBox) -> None:
        tick.setFocus()
        above = self.parentWidget()
        while above is not None:
            if isinstance(above, QScrollArea):
                above.ensureWidgetVisible(tick)
            above = above.parentWidget()

    def _leave(self) -> None:
        self.window().setFocus()

    # --- rows

    def _make_rows(self, headers: list[ObjectHeader]) -> None:
        for widget in (*self.ticks.values(), *self.notes.values()):
            self._column.removeWidget(widget)
            widget.deleteLater()
        self.ticks, self.notes = {}, {}
        for header in headers:
            title = f"{said(header.kind)}  {header.maker}".strip()
            tick = QCheckBox(title if len(title) <= _MOST_LETTERS else f"{title[:_MOST_LETTERS]}…")
            tick.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            tick.toggled.connect(partial(self._book.want, header.key))
            KeysWithin(tick, self._own_keys)
            note = QLabel()
            note.setTextFormat(Qt.TextFormat.PlainText)
            note.setWordWrap(True)
            note.setContentsMargins(22, 0, 0, 4)
            self.ticks[header.key], self.notes[header.key] = tick, note
            self._column.addWidget(tick)
            self._column.addWidget(note)

    def _note(self, one: Listed) -> str:
        header = one.header
        lines = [", ".join(text for text in (header.date, header.label) if text)]
        if one.problem:
            lines.append(self.tr("cannot be read"))
        elif one.hidden:
            lines.append(self._room.silence)
        elif one.found is not None:
            lines += [*one.found.cautions, *map(unshown_words, one.found.not_understood[:1])]
            if one.would_lay:
                lines.append(self.tr("hung as all views are: tick it anew to see it as its maker laid it"))
        return "\n".join(line for line in lines if line)

    @staticmethod
    def _tip(one: Listed) -> str:
        """All that it says, and what of it is not shown."""
        if one.problem or one.found is None:
            return one.problem
        told = () if one.hidden else (*one.found.statements, *one.found.remarks, *one.found.cautions)
        return "\n".join((one.header.sop_class, *told, *map(unshown_words, one.found.not_understood)))
