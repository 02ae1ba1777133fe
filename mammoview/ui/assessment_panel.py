"""Owns the part of the side panel in which a study is assessed: both breasts, the case's text, how far it is read."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from mammoview.archive.library_schema import plain
from mammoview.core.study import Study
from mammoview.services.reading_room import Judgement, ReadingRoom
from mammoview.services.session import Session
from mammoview.ui.action import Action
from mammoview.ui.keys_within import KeysWithin

SIDES = ("R", "L")
_TEXT_KEPT_AFTER_MS = 300
_TEXT_LINES = 3


class AssessmentPanel(QWidget):
    """Shows what the reading room holds and hands over what is typed: a pause in typing after, on leaving the field,
    and before anything closes."""

    def __init__(self, room: ReadingRoom, session: Session, finish: Action, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room, self._session = room, session
        self._study: Study | None = None
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.values = {(side, what): QLabel() for side in SIDES for what in ("birads", "density")}
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Free text of the case"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_TEXT_LINES * self.text.fontMetrics().lineSpacing() + 14)
        self.reader = QLineEdit()
        self.reader.setAccessibleName(self.tr("Reader"))
        for field in (self.text, self.reader):
            field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.finish = QPushButton(finish.name)
        self.finish.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TEXT_KEPT_AFTER_MS)
        self._lay_out()
        leave = {Qt.Key.Key_Escape: self._leave}
        for field, other in ((self.text, self.reader), (self.reader, self.text)):
            turn = dict.fromkeys(
                (Qt.Key.Key_Tab, Qt.Key.Key_Backtab), partial(other.setFocus, Qt.FocusReason.TabFocusReason)
            )
            ends = (Qt.Key.Key_Return, Qt.Key.Key_Enter) if field is self.reader else ()
            KeysWithin(field, {**leave, **turn, **dict.fromkeys(ends, self._leave)})
        self.text.textChanged.connect(self._typing.start)
        self._typing.timeout.connect(self.commit)
        self.reader.editingFinished.connect(self._take_reader)
        room.closing.connect(self.commit)
        room.changed.connect(self.refresh)
        session.study_changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for column, name in enumerate((self.tr("right"), self.tr("left")), start=1):
            grid.addWidget(_dim(name), 0, column)
        for row, (what, name) in enumerate((("birads", "BI-RADS"), ("density", self.tr("Density"))), start=1):
            grid.addWidget(_dim(name), row, 0)
            for column, side in enumerate(SIDES, start=1):
                value = self.values[side, what]
                value.setProperty("role", "title")
                grid.addWidget(value, row, column)
        grid.addWidget(_dim(self.tr("Reader")), 3, 0)
        grid.addWidget(self.reader, 3, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        column_box = QVBoxLayout(self)
        column_box.setContentsMargins(0, 0, 0, 0)
        column_box.setSpacing(8)
        column_box.addWidget(self.state)
        column_box.addLayout(grid)
        column_box.addWidget(self.text)
        column_box.addWidget(self.finish)

    def show_keys(self, placeholder: str, finish: str) -> None:
        """What stands in the empty text and in the tooltip of the button, with the keys in force."""
        self.text.setPlaceholderText(placeholder)
        self.finish.setToolTip(finish)

    def focus_text(self) -> None:
        self.text.setFocus()

    def commit(self) -> None:
        """Hand over the text as it stands, by whom it was typed, then the name of who goes on."""
        self._typing.stop()
        if self._study is not None:
            self._room.set_text(self._study, self.text.toPlainText())
        self._take_reader()

    def _take_reader(self) -> None:
        if self.reader.isModified():
            self.reader.setModified(False)
            self._room.set_reader(self.reader.text())

    def refresh(self) -> None:
        """Show the study on the screen."""
        if self._study is not self._session.study:
            if self._typing.isActive():
                self.commit()
            self._study = self._session.study
        judgements = self._room.current.judgements
        looks_back = self._room.only_looks_back
        words = self._room.words or self.tr("not kept: there is no library")
        self.state.setText(self.tr("{}: older study, not assessed here").format(words) if looks_back else words)
        self.text.setReadOnly(looks_back)
        self.finish.setEnabled(not looks_back)
        for (side, what), label in self.values.items():
            label.setText(str(getattr(judgements.get(side, Judgement()), what)) or "_")
        said = judgements.get("", Judgement()).text
        if not self._typing.isActive() and plain(self.text.toPlainText()) != said:
            with QSignalBlocker(self.text):
                self.text.setPlainText(said)
        if not self.reader.hasFocus():
            self.reader.setText(self._room.reader)

    def _leave(self) -> None:
        self.commit()
        self.window().setFocus()


def _dim(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    return label
