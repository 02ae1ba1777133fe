"""Owns the pictures of a gallery: the input with its lesion's outline, beside it the maps under the same outline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.heat import blend_heat
from training.explanations.judge import Measured, Sight
from training.explanations.maps import MASK, METHODS
from training.explanations.subjects import NOT_TOLD

_HEIGHT = 420
_OUTLINE, _PEAK, _GAP = (80, 220, 255), (255, 255, 255), 6
_RGB = NDArray[np.uint8]


def write_gallery(found: Measured, sight: Sight, folder: Path) -> list[dict[str, Any]]:
    """Write `folder`/gallery-N.jpg, one strip for each shown image, and return what each is: file, panels, and who."""
    told = []
    for number, (place, maps) in enumerate(found.shown.items(), start=1):
        subject = found.subjects[place]
        panels = [name for name in (*METHODS, MASK) if name in maps]
        grey = np.round(sight.pixels((subject.index,))[0] * 255).astype(np.uint8)
        pictures = [_framed(grey, subject.lesion)]
        pictures += [_framed(grey, subject.lesion, maps[name], subject.breast) for name in panels]
        name = f"gallery-{number}.jpg"
        _write(_joined(pictures), folder / name)
        row = subject.row
        words = (row.patient_id, row.laterality, row.view, "" if subject.kind == NOT_TOLD else subject.kind)
        told.append(
            {
                "file": name,
                "panels": ["input", *panels],
                "image": " ".join(dict.fromkeys(word for word in words if word)),
                "pointing": {name: float(found.values[name]["pointing"][place]) for name in panels},
            }
        )
    return told


def _framed(
    grey: _RGB,
    lesion: NDArray[np.uint8],
    response: NDArray[np.float32] | None = None,
    breast: NDArray[np.bool_] | None = None,
) -> _RGB:
    """One panel, RGB: greys, over them the map where there is one, scaled to its strongest place, which has a cross;
    the lesion's outline."""
    scale = max(1, round(_HEIGHT / grey.shape[0]))
    size = (grey.shape[1] * scale, grey.shape[0] * scale)
    if response is None:
        picture = np.repeat(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)[..., None], 3, axis=2)
    else:
        whole = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)
        strongest = max(float(response.max()), float(np.finfo(np.float32).tiny))
        heat = np.asarray(cv2.resize(response / strongest, size, interpolation=cv2.INTER_LINEAR), np.float32)
        inside = None if breast is None else cv2.resize(breast.astype(np.uint8), size) > 0
        picture = blend_heat(
            np.asarray(whole, np.uint8), heat, opacity=0.45, threshold=0.15, color_map="inferno", inside=inside
        )
    picture = np.ascontiguousarray(picture, np.uint8)
    large = cv2.resize(lesion, size, interpolation=cv2.INTER_NEAREST)
    outlines, _ = cv2.findContours(np.asarray(large, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, _OUTLINE, 1 if scale == 1 else 2)
    if response is not None and response.any():
        row, column = np.unravel_index(int(np.argmax(response)), response.shape)
        cv2.drawMarker(
            picture, (int(column) * scale + scale // 2, int(row) * scale + scale // 2), _PEAK, cv2.MARKER_CROSS, 15, 2
        )
    return np.asarray(picture, np.uint8)


def _joined(pictures: Sequence[_RGB]) -> _RGB:
    gap = np.full((pictures[0].shape[0], _GAP, 3), 128, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def _write(picture: _RGB, path: Path) -> None:
    done, packed = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise MammoviewError("a picture of the gallery could not be packed")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed.tobytes())
