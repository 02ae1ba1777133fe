"""Owns how wide the columns of the list of studies are: as they are meant where there is room, else the least needed
give way first. Knows no studies.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView

_WIDTHS = (92, 210, 120, 220, 150, 90, 56, 200, 166)
"""Date, name, number, description, state, score, priors, assessment, picture."""

_LEAST = {3: 80, 2: 70, 7: 90, 1: 110, 4: 110}
"""How narrow columns may get, those first that give way first."""

_HIDDEN = (3, 2, 8)
"""What is left out where that is not enough, the first first."""


def widths_in(room: int) -> tuple[int, ...]:
    """The widths of all columns in `room` pixels, 0 for one that is left out."""
    widths = list(_WIDTHS)
    for column in _HIDDEN:
        if sum(widths) - sum(widths[one] - _LEAST[one] for one in _LEAST if widths[one]) <= room:
            break
        widths[column] = 0
    for column, least in _LEAST.items():
        if widths[column]:
            widths[column] = max(least, widths[column] - max(0, sum(widths) - room))
    return tuple(widths)


class FittingColumns(QObject):
    """Lays the columns of `table` out anew whenever it has another width."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        self._lay_out()
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent) and event.size().width() != event.oldSize().width():
            self._lay_out()
        return False

    def _lay_out(self) -> None:
        for column, width in enumerate(widths_in(self._table.viewport().width())):
            self._table.setColumnHidden(column, not width)
            if width:
                self._table.setColumnWidth(column, width)
