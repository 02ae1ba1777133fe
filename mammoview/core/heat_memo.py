"""Owns a viewport's laid heat map between redraws. Never blends it.

When the picture is only moved, the map is laid anew no more than where a margin around what was in sight is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.cut import Area, area_from_stored, nearest, on_screen
from mammoview.core.geometry import GridTransform
from mammoview.core.heat import heat_index, lay_heat_map
from mammoview.core.prediction import HeatMap
from mammoview.core.prepared import PreparedImage
from mammoview.core.view_state import Placement

_MARGIN_PX = 64


@dataclass(slots=True)
class HeatMemo:
    """The last laid map of one viewport, in pixels of the laid image that lies at (0, 0)."""

    _of: tuple[PreparedImage, HeatMap, Placement] | None = None
    _part: Area = field(default_factory=lambda: Area(0, 0, 0, 0))
    _index: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    _draft: bool = False

    def index(
        self, prepared: PreparedImage, heat: HeatMap, placement: Placement, area: Area, *, draft: bool = False
    ) -> tuple[Area, NDArray[np.uint8]]:
        """The part of `area` (screen pixels, within the laid image) on which the breast may lie, and the map on it as
        of `heat_index`, 0 beside the breast. `draft`: laid with every other pixel, where it has to be laid anew.
        """
        at_zero = placement.moved_to(0, 0)
        seen = area.moved(-placement.row0_px, -placement.column0_px)
        breast = on_screen(prepared.region.mask, at_zero)
        wanted = seen.common(breast)
        if wanted.empty:
            return wanted, self._index[:0, :0]
        of = (prepared, heat, at_zero)
        same = self._of is not None and all(a is b or a == b for a, b in zip(self._of, of, strict=True))
        if not same or self._part.common(wanted) != wanted or (self._draft and not draft):
            rows, columns = placement.size_px
            wider = seen.widened(_MARGIN_PX if same else 0).common(breast)
            self._part = wider.common(Area(0, 0, rows, columns))
            self._index, self._of = _laid_on(prepared, heat, at_zero, self._part, step=2 if draft else 1), of
            self._draft = draft
        at = wanted.moved(-self._part.row0, -self._part.column0).slices
        return wanted.moved(placement.row0_px, placement.column0_px), self._index[at]


def _laid_on(prepared: PreparedImage, heat: HeatMap, placement: Placement, part: Area, step: int) -> NDArray[np.uint8]:
    """The map on `part` of the screen as 0..255, 0 beside the breast, from every `step`th pixel."""
    rows, columns = part.row1 - part.row0, part.column1 - part.column0
    middle = (step - 1) / 2
    stepped = GridTransform(1 / step, -middle / step, 1 / step, -middle / step)
    from_stored = area_from_stored(placement, part).then(stepped)
    size = -(-rows // step), -(-columns // step)
    laid = lay_heat_map(heat, from_stored, *size)
    mask = prepared.region.mask
    index = heat_index(laid, nearest(mask, placement.rows, placement.columns, from_stored, *size))
    if step == 1:
        return index
    whole = cv2.resize(index, (size[1] * step, size[0] * step), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.uint8)[:rows, :columns]
