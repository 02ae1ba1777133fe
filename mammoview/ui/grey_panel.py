"""Owns the grey-level panel: the active view's histogram, the VOI curve in force, a window to drag, the VOI choices.

The only place that uses pyqtgraph; imported when the panel is opened for the first time.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QToolButton, QVBoxLayout, QWidget

from mammoview.core.histogram import Histogram, breast_histogram, voi_curve, window_between, window_ends
from mammoview.core.prepared import PreparedImage
from mammoview.core.window import Voi, VoiWindow
from mammoview.services.navigation import window_like
from mammoview.services.navigator import Navigator
from mammoview.services.session import Session
from mammoview.services.words import counted
from mammoview.ui import theme
from mammoview.ui.top_bar import ElidedLabel

_PLOT_PX, _ROW_PX, _MOST_ROWS = 112, 20, 3
_POINTS = 256
_TOP = 255.0
_STYLE = f"""
QWidget#greyPanel {{ background: {theme.PANEL}; border-left: 1px solid {theme.LINE}; }}
QListWidget {{ background: transparent; border: none; }}
QListWidget::item {{ padding: 0 6px; height: {_ROW_PX}px; border-radius: 2px; }}
QListWidget::item:hover {{ background: {theme.RAISED}; }}
QListWidget::item:selected {{ background: #2a3239; color: {theme.ACCENT}; }}
"""


class GreyPanel(QWidget):
    """Follows the active view; does nothing while it is hidden."""

    def __init__(self, session: Session, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("greyPanel")
        self.setStyleSheet(_STYLE)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(theme.SIDE_WIDTH)
        self._session, self._navigator = session, navigator
        self._known: tuple[PreparedImage, Histogram] | None = None
        self._dragging = False
        self._words, self._about = ElidedLabel(), QLabel()
        self._about.setProperty("role", "dim")
        self.reset = QToolButton()
        self.reset.setText(self.tr("Reset"))
        self.reset.setToolTip(self.tr("The file's own window for this view"))
        self.reset.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reset.clicked.connect(self._reset)
        self.choices = QListWidget()
        self.choices.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.choices.setFrameShape(QFrame.Shape.NoFrame)
        self.choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.choices.itemClicked.connect(lambda item: navigator.choose_voi(self.choices.row(item)))
        self._build_plot()
        self._lay_out()
        session.panes_changed.connect(self.refresh)
        session.study_changed.connect(self.refresh)
        session.store.ready.connect(self.refresh)
        session.look.changed.connect(self.refresh)

    # --- building

    def _build_plot(self) -> None:
        self.plot = pg.PlotWidget(background=theme.PANEL)
        self.plot.setFixedHeight(_PLOT_PX)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMenuEnabled(False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.hideAxis("left")
        self.plot.setYRange(0, _TOP, padding=0.04)
        axis = self.plot.getAxis("bottom")
        axis.setPen(theme.LINE)
        axis.setTextPen(theme.DIM)
        axis.setStyle(tickLength=-3, tickFont=self.font(), maxTickLevel=0)
        fill = QColor(theme.FAINT)
        self._bars = pg.PlotCurveItem([0, 1], [0], stepMode="center", fillLevel=0, brush=fill, pen=None)
        self.curve = pg.PlotCurveItem(pen=pg.mkPen(theme.TEXT, width=1.5), antialias=True)
        shade, bright = QColor(theme.ACCENT), QColor(theme.ACCENT)
        shade.setAlpha(36)
        bright.setAlpha(60)
        self.region = pg.LinearRegionItem(
            brush=shade, hoverBrush=bright, pen=pg.mkPen(theme.ACCENT), hoverPen=pg.mkPen(theme.ACCENT, width=3)
        )
        for part in (self._bars, self.region, self.curve):
            self.plot.addItem(part)
        self.curve.setZValue(20)
        self.region.sigRegionChanged.connect(self._dragged)
        self.region.sigRegionChangeFinished.connect(self.refresh)

    def _lay_out(self) -> None:
        rule = QFrame()
        rule.setProperty("role", "rule")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 10, 0)
        row.addWidget(self._words, 1)
        row.addWidget(self.reset)
        self._about.setContentsMargins(16, 0, 16, 0)
        inside = QVBoxLayout()
        inside.setContentsMargins(10, 0, 10, 10)
        inside.setSpacing(6)
        inside.addWidget(self.plot)
        inside.addWidget(self.choices)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(rule)
        column.addSpacing(4)
        column.addLayout(row)
        column.addWidget(self._about)
        column.addLayout(inside)

    # --- what the session says

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the active view's grey levels; nothing while there is no picture."""
        if not self.isVisible():
            return
        prepared, voi = self._session.image(self._session.active), self._navigator.current_voi()
        there = prepared is not None and voi is not None
        for part in (self._bars, self.region, self.curve):
            part.setVisible(there)
        self.reset.setEnabled(there)
        if prepared is None or voi is None:
            self._known = None
            self._words.setText(self.tr("no picture"))
            self._about.clear()
            self.choices.clear()
            return
        if self._known is None or self._known[0] is not prepared:
            self._known = (prepared, breast_histogram(prepared))
            self._show_histogram(self._known[1])
        self._show_voi(prepared, voi, self._known[1])
        self._show_choices()

    def _show_histogram(self, histogram: Histogram) -> None:
        """Drawn by the square root, so that the thin parts of the breast are seen beside the dense ones."""
        heights = np.sqrt(histogram.counts.astype(np.float64))
        self._bars.setData(histogram.edges, heights * (0.92 * _TOP / max(float(heights.max()), 1.0)))

    def _show_voi(self, prepared: PreparedImage, voi: Voi, histogram: Histogram) -> None:
        header = prepared.header
        ends = window_ends(window_like(voi))
        low, high = min(histogram.low, ends[0]), max(histogram.high, ends[1])
        if not self._dragging:
            margin = 0.04 * (high - low)
            self.plot.setXRange(low - margin, high + margin, padding=0)
            with QSignalBlocker(self.region):
                self.region.setRegion(ends)
        invert = self._session.presentation(self._session.active).invert != prepared.turned_over
        left, right = self.plot.viewRange()[0]
        values = np.linspace(float(left), float(right), _POINTS)
        self.curve.setData(values, voi_curve(prepared.image.grey, voi, values, invert=invert))
        if isinstance(voi, VoiWindow):
            self._words.setText(f"C {voi.center:.6g}  W {voi.width:.6g}  {voi.function}")
        else:
            self._words.setText(counted("table of %n values", voi.entries.size))
        plain = prepared.image.grey.modality_lut is None and (header.grey.slope, header.grey.intercept) == (1.0, 0.0)
        stored = self.tr("{view}, stored values in the breast")
        words = stored if plain else self.tr("{view}, modality values in the breast")
        self._about.setText(words.format(view=header.side_view))

    def _show_choices(self) -> None:
        vois, chosen = self._navigator.vois()
        names = [voi.explanation or voi.label() for voi in vois]
        if [self.choices.item(row).text() for row in range(self.choices.count())] != names:
            self.choices.clear()
            self.choices.addItems(names)
            self.choices.setFixedHeight(_ROW_PX * min(len(names), _MOST_ROWS) + 2)
            for row in range(len(names)):
                self.choices.item(row).setToolTip(f"{names[row]}: {vois[row].label()}")
        self.choices.setCurrentRow(-1 if chosen is None else chosen)

    # --- what the reader does

    def _dragged(self) -> None:
        prepared, voi = self._session.image(self._session.active), self._navigator.current_voi()
        if prepared is None or voi is None:
            return
        low, high = self.region.getRegion()
        self._dragging = True
        try:
            self._session.look.set_window(prepared.header.key, window_between(low, high, window_like(voi)))
        finally:
            self._dragging = False

    def _reset(self) -> None:
        prepared = self._session.image(self._session.active)
        if prepared is not None:
            self._session.look.set_window(prepared.header.key, None)
