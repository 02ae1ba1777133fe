"""Owns the dialog in which a reader measures a line on the screen, so that true size can be shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import MammoviewError
from mammoview.ui import theme

_SHORTEST, _LONGEST, _PART = 200, 1200, 0.6
_CARD_MM = 85.6
"""The long side of a bank card, ISO/IEC 7810 ID-1."""


class _Line(QWidget):
    """A line between two ticks. `length_px`: device pixels from the middle of one tick to that of the other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.set_width(width)

    def set_width(self, width: int) -> None:
        """In logical pixels, both ticks included."""
        self.setFixedSize(width, 34)

    @property
    def length_px(self) -> int:
        return round((self.width() - 1) * self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, right = QPainter(self), self.width() - 1
        color = QColor(theme.TEXT)
        painter.fillRect(QRectF(0, 16, right + 1, 1), color)
        painter.fillRect(QRectF(0, 4, 1, 25), color)
        painter.fillRect(QRectF(right, 4, 1, 25), color)
        painter.end()


class CalibrationDialog(QDialog):
    """`calibrate(device pixels, millimetres)` gets what was measured and may raise MammoviewError. `px_per_mm` is what
    is known of the screen, in device pixels; None for nothing.
    """

    def __init__(self, parent: QWidget, px_per_mm: float | None, calibrate: Callable[[float, float], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Calibrate the screen"))
        self._calibrate = calibrate
        screen = parent.screen()
        longest = min(_LONGEST, round(_PART * screen.availableGeometry().width()))
        self.line = _Line(longest)
        self.pixels = QSpinBox()
        self.pixels.setRange(_SHORTEST, longest)
        self.pixels.setValue(longest)
        self.pixels.setSuffix(" px")
        self.pixels.valueChanged.connect(self.line.set_width)
        guess = px_per_mm or screen.physicalDotsPerInch() * screen.devicePixelRatio() / 25.4
        self.length = QDoubleSpinBox()
        self.length.setObjectName("lineLength")
        self.length.setRange(10, 2000)
        self.length.setDecimals(1)
        self.length.setSingleStep(0.5)
        self.length.setSuffix(" mm")
        for box in (self.pixels, self.length):
            box.setFixedSize(120, 26)
        self.length.setValue(self.line.length_px / guess if guess > 0 else 200)
        self.problem = QLabel()
        self.problem.setProperty("role", "failed")
        self.problem.setVisible(False)
        words = QLabel(
            self.tr(
                "Lay a ruler on the line and enter its length between the two ticks, to half a millimetre. Without a "
                "ruler enter {length} mm, and make the line as long as a bank card."
            ).format(length=_CARD_MM)
        )
        words.setWordWrap(True)
        before, never = self.tr("This screen was calibrated before."), self.tr("This screen is not calibrated yet.")
        known = QLabel(before if px_per_mm else never)
        known.setProperty("role", "dim")
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(self.tr("&Length of the line"), self.length)
        form.addRow(self.tr("&Pixels of the line"), self.pixels)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(words)
        column.addWidget(known)
        column.addSpacing(8)
        column.addWidget(self.line, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(8)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addWidget(buttons)
        self.setMinimumWidth(longest + 44)
        self.length.setFocus()
        self.length.selectAll()

    def accept(self) -> None:
        """Hand over what was measured; what cannot be true is said and asked for again."""
        try:
            self._calibrate(self.line.length_px, self.length.value())
        except MammoviewError as error:
            self.problem.setText(str(error))
            self.problem.setVisible(True)
            return
        super().accept()
