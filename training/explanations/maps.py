"""Owns how features and gradients become a map, and the maps that need no network. Never runs a model.

Every map of cells is float32 (rows, columns): rectified, 0 = none, 1 = the strongest response, all 0 where nothing
responds or a value is not finite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import GridTransform
from mammoview.core.heat import lay_heat_map
from mammoview.core.prediction import HeatMap
from mammoview.inference.gradcam import CellField, grad_cam

Cells = NDArray[np.float32]
Breast = NDArray[np.bool_]

EDGE_PX = 3
"""Input pixels along the outline of the breast that the edge baseline leaves out: the outline is no finding."""

_DISC_PX = 15


def grad_cam_plus_plus(features: Cells, gradients: Cells) -> Cells:
    """Grad-CAM++ (Chattopadhay et al. 2018) of `features` and `gradients` (rows, columns, channels), with the score
    taken through the exponential function, as there."""
    values, slopes = np.asarray(features, np.float64), np.asarray(gradients, np.float64)
    below = 2 * slopes**2 + values.sum(axis=(0, 1)) * slopes**3
    share = np.divide(slopes**2, below, out=np.zeros_like(slopes), where=np.abs(below) > np.finfo(np.float32).tiny)
    weights = (share * np.maximum(slopes, 0)).sum(axis=(0, 1))
    return normalised(values @ weights)


def hires_cam(features: Cells, gradients: Cells) -> Cells:
    """HiResCAM (Draelos and Carin 2020): each cell by its own gradients, (rows, columns, channels) both."""
    return normalised((np.asarray(features, np.float64) * gradients).sum(axis=-1))


METHODS: Mapping[str, Callable[[Cells, Cells], Cells]] = {
    "Grad-CAM": grad_cam,
    "Grad-CAM++": grad_cam_plus_plus,
    "HiResCAM": hires_cam,
}
"""The maps of a network, by name, of its features and gradients."""


def normalised(response: NDArray[np.floating]) -> Cells:
    """Rectified and divided by its maximum."""
    response = np.maximum(np.asarray(response, np.float64), 0)
    strongest = float(response.max(initial=0.0))
    if not np.isfinite(strongest) or strongest <= np.finfo(np.float32).tiny:
        return np.zeros(response.shape, np.float32)
    return np.asarray(response / strongest, np.float32)


def laid(cells: Cells, field: CellField, breast: Breast) -> Cells:
    """Cells on the grid of the model input, as the application lays them, and 0 outside the breast: float32 (rows,
    columns)."""
    heat = HeatMap(np.array(cells, np.float32), field.cells_from_model())
    return np.where(breast, lay_heat_map(heat, GridTransform(), *breast.shape), np.float32(0))


def breast_of(pixels: Cells) -> Breast:
    """Where the breast is on a model input (rows, columns), which is 0 outside it; small dark holes are closed."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_DISC_PX, _DISC_PX))
    around = np.pad((pixels > 0).astype(np.uint8), _DISC_PX)  # else the corners at the edge of the input would close
    closed = cv2.morphologyEx(around, cv2.MORPH_CLOSE, disc)[_DISC_PX:-_DISC_PX, _DISC_PX:-_DISC_PX]
    return np.asarray(closed > 0)


def random_map(cells: tuple[int, int], field: CellField, breast: Breast, rng: np.random.Generator) -> Cells:
    """Chance: even noise on the cells of the network's own maps, laid like them."""
    return laid(rng.random(cells, np.float32), field, breast)


def centre_map(breast: Breast) -> Cells:
    """The middle of the breast: 1 at its centroid, falling evenly to 0 at its farthest point."""
    rows, columns = np.nonzero(breast)
    found = np.zeros(breast.shape, np.float32)
    if rows.size:
        far = np.hypot(rows - rows.mean(), columns - columns.mean())
        found[rows, columns] = 1 - far / max(float(far.max()), 1.0)
    return found


def edge_map(pixels: Cells, breast: Breast) -> Cells:
    """The strongest edges: the magnitude of the Sobel gradient of the input, smoothed by two pixels; the outline of the
    breast is left out."""
    down, across = (cv2.Sobel(pixels, cv2.CV_32F, order, 1 - order) for order in (0, 1))
    kernel = np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8)
    inner = cv2.erode(breast.astype(np.uint8), kernel, borderValue=1) > 0
    steep = np.where(inner, np.hypot(down, across), np.float32(0)).astype(np.float32)
    return normalised(np.where(breast, cv2.GaussianBlur(steep, (0, 0), 2), 0))


MASK = "mask head"
"""The name of the map that a network with a mask head draws itself."""

BASELINES = ("random", "centre of the breast", "edges")
"""The names of the maps that need no network."""
