"""The scenes of the golden images: tiny synthetic inputs through the renderer of screen and export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import GridTransform, Orientation
from mammoview.core.hanging import Slot
from mammoview.core.prediction import HeatMap, ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.view_state import HeatPresentation, Presentation
from mammoview.core.window import Greyscale, PixelPadding, VoiFunction, VoiWindow
from mammoview.reading.pictures import Reading, hang_picture, native_view, view_at_size
from tests.unit.made import breast_image

MODEL = ModelLabel("golden", "1.0", "0" * 64, ("other", "cancer"), "cancer", {"balanced": 0.5})
HEATED = Presentation(heat=HeatPresentation(visible=True, opacity=0.6, threshold=0.2))


def _prepared(side: str, view: str = "CC", *, inverse: bool = False) -> PreparedImage:
    window = VoiWindow(2200, 3000, VoiFunction.SIGMOID, "NORMAL")
    grey = Greyscale(12, inverse=inverse, vois=(window,), padding=PixelPadding.of(4095 if inverse else 0))
    image = breast_image(side, view, 300, 220, grey=grey, sop_instance_uid=f"{side}{view}")
    if inverse:
        image = replace(image, stored=np.uint16(4095) - image.stored)
    return prepare(image)


def _reading(prepared: PreparedImage, score: float) -> Reading:
    cells = np.zeros((6, 4), np.float32)
    cells[2, 1], cells[3, 2] = 1.0, 0.6
    heat = HeatMap(cells, GridTransform(6 / 300, -0.4, 4 / 220, -0.4))
    prediction = ImagePrediction(prepared.image.key, prepared.header.laterality, score, None, heat)
    return Reading({prepared.image.key: prediction}, MODEL, 0.5, heat_below=False)


def _native() -> NDArray[np.uint8]:
    prepared = _prepared("R")
    return native_view(prepared, HEATED, _reading(prepared, 0.8))


def _below() -> NDArray[np.uint8]:
    prepared = _prepared("L", "MLO")
    return native_view(prepared, HEATED, _reading(prepared, 0.2))


def _turned_monochrome1() -> NDArray[np.uint8]:
    prepared = _prepared("L", inverse=True)
    stored = np.ascontiguousarray(Orientation(transpose=True, flip_columns=True).apply(prepared.image.stored))
    header = replace(prepared.header, rows=220, columns=300, patient_orientation=("L", "A"))
    return view_at_size(prepare(replace(prepared.image, header=header, stored=stored)), Presentation(), Reading(),
                        rows_px=240, columns_px=200)  # fmt: skip


def _hang() -> NDArray[np.uint8]:
    hung = {
        Slot.RCC: _prepared("R"),
        Slot.LCC: _prepared("L"),
        Slot.RMLO: _prepared("R", "MLO"),
        Slot.LMLO: _prepared("L", "MLO"),
    }
    return hang_picture(hung, HEATED, _reading(hung[Slot.LMLO], 0.9), rows_px=480, columns_px=560)


def _stored_grid() -> NDArray[np.uint8]:
    prepared = _prepared("R")
    return native_view(prepared, Presentation(annotations=False, invert=True), Reading())


SCENES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "native-heat": _native,
    "below-operating-point": _below,
    "turned-monochrome1": _turned_monochrome1,
    "four-views": _hang,
    "stored-grid-inverted": _stored_grid,
}
