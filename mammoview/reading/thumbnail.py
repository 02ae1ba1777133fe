"""Owns a study's small picture: its hung views side by side, without a letter. Never writes files.

Views are reduced one by one, so that no more than one large image need be in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import Spacing
from mammoview.core.hanging import Frame, Slot, fit_scale, hang_spacing, place
from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.render import Drawing, draw_view
from mammoview.core.view_state import Presentation, ViewState
from mammoview.reading.pictures import lettering

ROWS_PX = 64
VIEW_COLUMNS_PX = 48
GAP_PX = 8
COLUMNS_PX = 4 * VIEW_COLUMNS_PX + GAP_PX

_REDUCED_SIDE_PX = 384
_PAIRS = ((Slot.RCC, Slot.LCC), (Slot.RMLO, Slot.LMLO))


def reduced(image: MammoImage) -> MammoImage:
    """The image with at most 384 pixels along the longer side, each the mean of those it stands for."""
    step = max(image.rows, image.columns) / _REDUCED_SIDE_PX
    if step <= 1:
        return image
    rows, columns = max(1, round(image.rows / step)), max(1, round(image.columns / step))
    stored = cv2.resize(image.stored, (columns, rows), interpolation=cv2.INTER_AREA)
    spacing = image.spacing
    if spacing is not None:
        spacing = Spacing(
            spacing.row_mm * image.rows / rows,
            spacing.column_mm * image.columns / columns,
            spacing.kind,
            spacing.magnification,
        )
    header = replace(image.header, rows=rows, columns=columns, spacing=spacing)
    return MammoImage(header, np.ascontiguousarray(stored, image.stored.dtype), image.frame)


def thumbnail(views: Mapping[Slot, MammoImage]) -> NDArray[np.uint8]:
    """RCC | LCC, then RMLO | LMLO, all at one scale and upright: grey, ROWS_PX x COLUMNS_PX; black where there is no
    view. `views` as of `reduced`; not empty."""
    hung = {slot: prepare(image) for slot, image in views.items()}
    frame = Frame(ROWS_PX, VIEW_COLUMNS_PX)
    images = list(hung.values())
    scale, spacings = fit_scale(images, [frame] * len(images)), hang_spacing(images)
    canvas = np.zeros((ROWS_PX, COLUMNS_PX), np.uint8)
    look = Presentation(annotations=False, overlays=False)
    for number, slot in enumerate(slot for pair in _PAIRS for slot in pair):
        if slot not in hung:
            continue
        prepared = hung[slot]
        spacing = spacings[prepared.image.key]
        placement = place(prepared, frame, px_per_mm=scale, spacing=spacing, state=ViewState())
        column = number * VIEW_COLUMNS_PX + GAP_PX * (number // 2)
        picture = draw_view(Drawing(prepared, placement, frame, look), lettering())
        canvas[:, column : column + VIEW_COLUMNS_PX] = picture[:, :, 0]
    return canvas


def thumbnail_png(views: Mapping[Slot, MammoImage]) -> bytes:
    """`thumbnail` as PNG."""
    packed: NDArray[np.uint8] = cv2.imencode(".png", thumbnail(views))[1]
    return packed.tobytes()
