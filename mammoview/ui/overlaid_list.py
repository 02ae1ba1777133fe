"""Owns the list of what objects of other makers lay over the study: each with its maker, date and label, and a tick to
show or hide it. Decides nothing.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from mammoview.core.study import ObjectHeader
from mammoview.services.overlaid import Listed, OverlaidBook
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.words import said, unshown_words

_MOST_LETTERS = 40


class OverlaidList(QWidget):
    """Hidden where the study has no such object."""

    def __init__(self, book: OverlaidBook, room: ReadingRoom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book, self._room = book, room
        self.ticks: dict[str, QCheckBox] = {}
        self.notes: dict[str, QLabel] = {}
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
        listed = self._book.listed
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
