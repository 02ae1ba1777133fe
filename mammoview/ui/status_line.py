"""Owns the line at the bottom: device, model, step of the reading, what just happened, what was refused, "not for
diagnosis"."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from mammoview.services.ahead import Ahead
from mammoview.services.session import Session
from mammoview.services.words import counted, not_for_diagnosis
from mammoview.ui import theme
from mammoview.ui.side_panel import engine_words
from mammoview.ui.top_bar import ElidedLabel

_FADES_MS = 6_000
"""How long a line stands that is no failure."""


class ProgressLine(QWidget):
    """Two pixels that say how far the opening is; nothing while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(2)
        self._part: float | None = None

    def show_progress(self, done: int, total: int) -> None:
        self._part = done / total if total else 0.02
        self.update()

    def clear(self) -> None:
        self._part = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.BACK))
        if self._part is not None:
            painter.fillRect(QRectF(0, 0, self.width() * self._part, 2), QColor(theme.ACCENT))


class StatusLine(QWidget):
    """`details_wanted` follows a click on what was refused."""

    details_wanted = Signal()

    def __init__(self, session: Session, ahead: Ahead, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.STATUS_HEIGHT)
        self._session, self._ahead = session, ahead
        self._told_change = ""
        self._refused: tuple[str, ...] = ()
        self._from_start: tuple[str, ...] = ()
        self._engine, self._loaded, self.step = QLabel(), QLabel(), QLabel()
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.timeout.connect(self._forget)
        self.ahead, self.message = ElidedLabel(), ElidedLabel()
        self.ahead.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.refused = QToolButton()
        self.refused.setProperty("role", "link")
        self.refused.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.refused.setCursor(Qt.CursorShape.PointingHandCursor)
        self.refused.clicked.connect(self.details_wanted)
        self.refused.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(18)
        row.addWidget(self._engine)
        row.addWidget(self._loaded)
        row.addWidget(self.ahead)
        row.addWidget(self.step)
        row.addWidget(self.message, 1)
        row.addWidget(self.refused)
        row.addWidget(QLabel(not_for_diagnosis()))
        session.predictions.state_changed.connect(self.refresh)
        session.store.ready.connect(self.refresh)
        session.study_changed.connect(self.refresh)
        session.study_changed.connect(self._leave_study)
        session.step_changed.connect(self._show_step)
        ahead.changed.connect(self._show_ahead)
        self._show_ahead()
        self.refresh()

    def say(self, text: str, *, lasting: bool = False) -> None:
        """Show a line until the next one or the next study, for six seconds at most; a `lasting` one, as of a failure,
        until the next one.
        """
        self.message.setText(text)
        if lasting:
            self._fading.stop()
        else:
            self._fading.start(_FADES_MS)

    def keep(self, text: str) -> None:
        """Show a line until the next one."""
        self.say(text, lasting=True)

    def _leave_study(self) -> None:
        """What was said before was about another study."""
        if self._fading.isActive():
            self._forget()

    def _forget(self) -> None:
        self._fading.stop()
        self.message.setText("")

    @property
    def refused_lines(self) -> tuple[str, ...]:
        """All that is refused now: of what was opened last, then of the window's own files."""
        return *self._refused, *self._from_start

    def show_refused(self, lines: tuple[str, ...]) -> None:
        """One refused file is named with its cure; of several the first, and how many there are."""
        self._refused = lines
        self._count_refused()
        if lines:
            self.keep(lines[0])

    def show_refused_at_start(self, lines: tuple[str, ...]) -> None:
        """What the window's own files held that cannot be used: counted with the rest for as long as it is open."""
        self._from_start += lines
        self._count_refused()
        if lines:
            self.keep(lines[0])

    def _count_refused(self) -> None:
        lines = self.refused_lines
        self.refused.setVisible(bool(lines))
        self.refused.setText(counted("%n files refused", len(lines)))
        self.refused.setToolTip(self.tr("Files that were refused, with cause and cure"))

    def _show_ahead(self) -> None:
        words = self._ahead.words
        self.ahead.setText(words)
        self.ahead.setToolTip(self._ahead.reason)
        self.ahead.setVisible(bool(words))

    def _show_step(self) -> None:
        self.step.setText(self._session.walk.words())

    def refresh(self) -> None:
        """Show device, model and what is in memory."""
        state = self._session.predictions.state
        named, unnamed = self.tr("model {title}: {state}"), self.tr("model: {state}")
        words = named.format(title=state.model.title, state="{state}") if state.model else unnamed
        self._engine.setText(words.format(state=engine_words(state)))
        if state.device_change != self._told_change:
            self._told_change = state.device_change
            self.keep(state.device_change)
        prefetched = self._session.store.prefetched()
        self._loaded.setText(self.tr("prefetched {}").format(prefetched) if prefetched else "")
        self._loaded.setVisible(bool(prefetched))
