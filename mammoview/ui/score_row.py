"""Owns how a score looks: name, number, bar against the operating point, word. Never a colour alone, never a guess.

Says that it was clicked, where there is a place to go to.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from mammoview.core.prediction import decimals
from mammoview.ui import theme


class ScoreBar(QWidget):
    """A thin bar from 0 to 1 with a mark at the operating point; empty where there is no score."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._score: float | None = None
        self._point: float | None = None

    def show_score(self, score: float | None, point: float | None) -> None:
        if (score, point) != (self._score, self._point):
            self._score, self._point = score, point
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        width, middle = self.width(), self.height() / 2
        painter.fillRect(QRectF(0, middle - 1, width, 2), QColor(theme.LINE))
        if self._score is not None:
            above = self._point is not None and self._score >= self._point
            painter.fillRect(
                QRectF(0, middle - 1.5, width * self._score, 3), QColor(theme.AMBER if above else theme.DIM)
            )
        if self._point is not None:
            painter.fillRect(QRectF(round((width - 1) * self._point), 0, 1, self.height()), QColor(theme.TEXT))


def score_number(score: float, point: float | None) -> str:
    """With as many decimals as tell the score from the operating point and from 0."""
    return f"{score:.{decimals(score, point)}f}"


def point_number(point: float, scores: Iterable[float]) -> str:
    """The operating point with as many decimals as the scores beside it have."""
    return f"{point:.{max((decimals(score, point) for score in scores), default=decimals(point))}f}"


class ScoreRow(QWidget):
    """One line: what was scored, the number, the word, and the bar under them. A long reason wraps under the name.

    `clicked`: the reader wants to see what the score is about.
    """

    clicked = Signal()

    def __init__(self, *, large: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._number, self._word = QLabel(), QLabel(), QLabel()
        self._number.setProperty("role", "large" if large else "title")
        self._word.setProperty("role", "dim")
        self._word.setWordWrap(True)
        self._word.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = ScoreBar()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 1, 0, 5)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(1)
        grid.addWidget(self._name, 0, 0)
        grid.addWidget(self._number, 0, 1)
        grid.addWidget(self._word, 0, 2)
        grid.addWidget(self._bar, 1, 0, 1, 3)
        grid.setColumnMinimumWidth(0, 52)
        grid.setColumnStretch(2, 1)
        self._leads = False

    def lead(self, tip: str) -> None:
        """Can be clicked from now on, which `tip` describes; empty: leads nowhere."""
        self._leads = bool(tip)
        self.setToolTip(tip)
        self.setCursor(Qt.CursorShape.PointingHandCursor if tip else Qt.CursorShape.ArrowCursor)
        self._mark(self.underMouse())

    def _mark(self, hovered: bool) -> None:
        self._name.setStyleSheet(f"color: {theme.ACCENT}; text-decoration: underline;" * (hovered and self._leads))

    def enterEvent(self, event: QEnterEvent) -> None:
        self._mark(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._mark(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._leads or event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self._leads and inside and event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def show_score(self, name: str, score: float | None, point: float | None, reason: str) -> None:
        """`reason` says why there is no score: "not run", "refused: spot view"; empty where the name says it."""
        self._name.setText(name)
        self._bar.setVisible(score is not None)
        self._number.setVisible(score is not None)
        self._bar.show_score(score, point)
        if score is None:
            self._word.setText(reason)
            return
        self._number.setText(score_number(score, point))
        above, below = self.tr("above"), self.tr("below")
        self._word.setText("" if point is None else above if score >= point else below)

    def words(self) -> str:
        """All that can be read on it."""
        shown = (self._name.text(), "" if self._number.isHidden() else self._number.text(), self._word.text())
        return " ".join(text for text in shown if text)
