"""Owns the pictures of the worst errors: the input as the model sees it, with its heat map beside it, as data URIs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import GridTransform
from mammoview.core.heat import blend_heat, lay_heat_map
from mammoview.core.prediction import HeatMap
from mammoview.inference.gradcam import CellField
from training.cache import InputCache
from training.data.table import ImageRow
from training.evaluation.levels import Level
from training.predictions import image_key, key_depth

Pixels = NDArray[np.float32]
Explain = Callable[[Pixels], NDArray[np.float32]]
"""A model input, float32 (rows, columns, 1) in 0..1 -> heat-map cells, float32 (rows, columns) in 0..1."""


@dataclass(frozen=True, slots=True)
class Error:
    """One example that the model got wrong: the place in its level, and how sure the model was, 0..1."""

    place: int
    probability: float
    kind: str


def worst_errors(level: Level, threshold: float, *, most: int = 6) -> tuple[Error, ...]:
    """The negatives furthest above `threshold` and the positives furthest below it, at most `most` of each and one of a
    woman, the worst first."""
    labels, scores, women = level.labels(), level.probabilities, level.women()
    found = []
    for kind, label, order in (("false positive", 0, -scores), ("false negative", 1, scores)):
        wrong = (labels == label) & ((scores >= threshold) != (label == 1))
        told: set[str] = set()
        for place in np.argsort(order, kind="stable"):
            if len(told) < most and wrong[place] and women[place] not in told:
                told.add(str(women[place]))
                found.append(Error(int(place), float(scores[place]), kind))
    return tuple(found)


def inputs_of_cache(cache: InputCache) -> Callable[[ImageRow], Pixels | None]:
    """Model inputs by row, from a cache; None for rows that it does not hold."""
    depth = key_depth(cache.rows)
    places = {image_key(row, depth): index for index, row in enumerate(cache.rows)}

    def find(row: ImageRow) -> Pixels | None:
        index = places.get(image_key(row, depth))
        return None if index is None else cache.inputs[index][..., None].astype(np.float32) / 255

    return find


def inputs_of_files(record: Mapping[str, Any]) -> Callable[[ImageRow], Pixels | None]:
    """Model inputs by row, from the files and the preprocessing `record`; None for files that cannot be read."""
    from mammoview.dicom.reader import read_file
    from mammoview.inference.preprocess import preprocess
    from training.slices import application_params, is_slice, slice_input

    params = application_params(record)

    def find(row: ImageRow) -> Pixels | None:
        make = slice_input if is_slice(row, record) else preprocess
        try:
            return np.asarray(make(read_file(row.file), params).pixels, np.float32)
        except MammoviewError:
            return None

    return find


def pictures(
    row: ImageRow, find: Callable[[ImageRow], Pixels | None], explain: Explain | None, field: CellField | None
) -> tuple[str, ...]:
    """The input, and beside it the input under its heat map where a model explains itself, as JPEG data URIs; empty
    where the image is not to be had."""
    pixels = find(row)
    if pixels is None:
        return ()
    greys = np.round(np.clip(pixels[..., 0], 0, 1) * 255).astype(np.uint8)
    made = [_jpeg(greys)]
    if explain is not None and field is not None:
        heat = HeatMap(np.ascontiguousarray(explain(pixels)), field.cells_from_model())
        laid = lay_heat_map(heat, GridTransform(), *greys.shape)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
        breast = cv2.morphologyEx((greys > 0).astype(np.uint8), cv2.MORPH_CLOSE, disc) > 0
        made.append(_jpeg(blend_heat(greys, laid, opacity=0.45, threshold=0.15, color_map="inferno", inside=breast)))
    return tuple(made)


def _jpeg(picture: NDArray[np.uint8]) -> str:
    """A picture, grey or RGB, as a data URI."""
    ordered = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
    done, packed = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not done:
        raise MammoviewError("a picture of the report could not be packed")
    return "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode()


def told(row: ImageRow) -> str:
    """What an image is, by the set's own ids."""
    words: Sequence[str] = (row.patient_id, row.laterality, row.view, *(lesion.kind for lesion in row.lesions))
    return " ".join(dict.fromkeys(word for word in words if word))
