"""Owns the reading of segmentations (PS3.3 A.51) and parametric maps (A.75) of other makers: pixels -> `Overlaid`.
Never draws them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array

from mammoview.core.errors import InputRefusedError
from mammoview.core.marks import MAX_POINTS
from mammoview.core.overlaid import MAX_GRAPHICS, Graphic, GraphicForm, Overlaid, ValueMap
from mammoview.core.study import ImageHeader, ObjectHeader, ObjectKind
from mammoview.dicom.elements import Elements
from mammoview.dicom.greyscale import group_item
from mammoview.dicom.objects.read_places import Places, frames_of
from mammoview.dicom.objects.read_tree import code_of, short
from mammoview.dicom.quiet import caught_warnings

_MOST_PIXELS = 100_000_000
_MOST_FRAMES = 500
_MOST_OUTLINES, _MOST_SEGMENTS = 2_000, 256
_SMALLEST_PX = 2
_ASPECT_WITHIN = 0.02
_NOT_KEPT = frozenset({"NO", "REORIENTED_ONLY"})


@dataclass(frozen=True, slots=True)
class _Plane:
    """One frame of the object: its number from 0, its segment, and what it was made from."""

    number: int
    segment: int
    sources: tuple[Elements, ...]


def read_raster(header: ObjectHeader, dataset: Dataset, images: Sequence[ImageHeader]) -> Overlaid:
    """What a segmentation or a parametric map with its pixel data lays over `images`: outlines of segments, or maps.

    Raises InputRefusedError where its size is impossible or its pixels cannot be decoded.
    """
    elements = Elements(dataset)
    rows, columns = elements.integer("Rows") or 0, elements.integer("Columns") or 0
    count = max(1, elements.integer("NumberOfFrames") or 1)
    if rows < 1 or columns < 1 or rows * columns > _MOST_PIXELS:
        raise InputRefusedError("gives no usable size")
    places = Places(images)
    if count > _MOST_FRAMES:
        places.say(f"more than {_MOST_FRAMES} frames: the rest is left out")
    graphics: list[Graphic] = []
    maps: list[ValueMap] = []
    for plane in _planes(elements, min(count, _MOST_FRAMES)):
        targets = [(image, frames) for image, frames in _targets(plane, places) if _fits(image, rows, columns, places)]
        if not targets:
            continue
        values = _pixels(dataset, plane.number)
        for image, frames in targets:
            if header.kind is ObjectKind.SEGMENTATION:
                for label, mask in _segments(elements, plane, values):
                    graphics += _outlines(image, frames, mask, label, places)
            else:
                maps += _maps(elements, plane, image, frames, values)
    if len(graphics) > MAX_GRAPHICS:
        places.say(f"more than {MAX_GRAPHICS} outlines: the rest is left out")
    return Overlaid(header, tuple(graphics[:MAX_GRAPHICS]), tuple(maps), not_understood=tuple(places.lines))


def _planes(elements: Elements, count: int) -> Iterator[_Plane]:
    groups = elements.items("PerFrameFunctionalGroupsSequence")
    shared = elements.first_item("SharedFunctionalGroupsSequence")
    series = elements.items("ReferencedSeriesSequence")
    all_referenced = tuple(item for one in series for item in one.items("ReferencedInstanceSequence"))
    for number in range(count):
        own = [group for group in (groups[number] if number < len(groups) else None, shared) if group is not None]
        derived = [item for group in own for item in group.items("DerivationImageSequence")]
        sources = tuple(source for item in derived for source in item.items("SourceImageSequence"))
        identified = [item for group in own for item in group.items("SegmentIdentificationSequence")]
        segment = next((item.integer("ReferencedSegmentNumber") or 0 for item in identified), 0)
        yield _Plane(number, segment, sources or all_referenced)


def _targets(plane: _Plane, places: Places) -> Iterator[tuple[ImageHeader, frozenset[int]]]:
    """The images that a plane lies on; a source whose places it does not keep (0028,135A) is none."""
    for source in plane.sources:
        if source.code("SpatialLocationsPreserved") in _NOT_KEPT:
            places.say("it does not keep the places of its source image: not shown")
            continue
        for image in places.on(source.uid("ReferencedSOPInstanceUID")):
            yield image, frames_of(source)


def _fits(image: ImageHeader, rows: int, columns: int, places: Places) -> bool:
    """Whether a plane may be laid over the whole of an image: it has its size, or its shape at another size."""
    if (rows, columns) == (image.rows, image.columns):
        return True
    along, across = image.rows / rows, image.columns / columns
    if abs(along - across) <= _ASPECT_WITHIN * max(along, across) + 1 / min(rows, columns) * max(along, across):
        places.say("it is of another size than the image: laid over the whole of it")
        return True
    places.say("it has another shape than the image: not shown")
    return False


def _pixels(dataset: Dataset, number: int) -> NDArray[Any]:
    """One frame (from 0), (rows, columns)."""
    try:
        with caught_warnings():
            frame = np.asarray(pixel_array(dataset, index=number))
    except Exception as error:  # a decoder meets whatever a damaged file holds
        raise InputRefusedError("has pixels that cannot be decoded", "ask its maker for it uncompressed") from error
    if frame.ndim != 2:
        raise InputRefusedError("has pixels of more than one sample")
    return frame


# --- segmentations


def _segments(elements: Elements, plane: _Plane, values: NDArray[Any]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """(label, mask of 0 and 1) of each segment in a frame, by the segmentation's type (0062,0001)."""
    kind = elements.code("SegmentationType")
    if kind == "LABELMAP":
        for segment in np.unique(values)[:_MOST_SEGMENTS].tolist():
            if segment:
                yield _label(elements, segment), np.asarray(values == segment, np.uint8)
        return
    least = 1.0
    if kind == "FRACTIONAL":
        least = max(1.0, (elements.integer("MaximumFractionalValue") or 255) / 2)
    yield _label(elements, plane.segment), np.asarray(values >= least, np.uint8)


def _label(elements: Elements, number: int) -> str:
    for item in elements.items("SegmentSequence"):
        if item.integer("SegmentNumber") == number:
            return short(item.text("SegmentLabel")) or f"segment {number}"
    return f"segment {number}"


def _outlines(
    image: ImageHeader, frames: frozenset[int], mask: NDArray[np.uint8], label: str, places: Places
) -> list[Graphic]:
    """Closed outlines of a mask on the stored pixels of an image, the longest first; the first carries the label."""
    found = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
    lines = [line.reshape(-1, 2) for line in found if len(line) > _SMALLEST_PX]
    large = sorted(lines, key=cv2.contourArea, reverse=True)
    if len(large) > _MOST_OUTLINES:
        places.say(f"more than {_MOST_OUTLINES} outlines of a segment: the smallest are left out")
    scales = np.array([image.rows / mask.shape[0], image.columns / mask.shape[1]])
    graphics = []
    for number, line in enumerate(large[:_MOST_OUTLINES]):
        step = 1 + len(line) // MAX_POINTS
        corners = (line[::step, ::-1] + 0.5) * scales - 0.5
        points = tuple((float(row), float(column)) for row, column in corners)
        if len(points) >= 3:
            words = (label,) if number == 0 else ()
            graphics.append(Graphic(image.key, GraphicForm.OUTLINE, points, words, frames, free_text=True))
    return graphics


# --- parametric maps


def _maps(
    elements: Elements, plane: _Plane, image: ImageHeader, frames: frozenset[int], values: NDArray[Any]
) -> list[ValueMap]:
    """A frame as a map: the real world values, PS3.3 C.7.6.16.2.11, where a line tells them."""
    real = values.astype(np.float64)
    own = Elements(elements.dataset, [], frame=plane.number + 1)
    mapping = group_item(own, "RealWorldValueMappingSequence")
    unit = label = ""
    if mapping is not None:
        slope, intercept = mapping.number("RealWorldValueSlope"), mapping.number("RealWorldValueIntercept")
        real = real * (1.0 if slope is None else slope) + (intercept or 0.0)
        unit = code_of(mapping.first_item("MeasurementUnitsCodeSequence")).value
        label = short(mapping.text("LUTLabel") or mapping.text("LUTExplanation"))
    real = np.where(np.isfinite(real), real, 0.0)
    lowest, highest = min(0.0, float(real.min())), float(real.max())
    span = highest - lowest
    if not 0 < span < np.inf:
        scaled = np.zeros(real.shape, np.uint8)
    else:
        scaled = np.round((real - lowest) * (255 / span)).astype(np.uint8)
    plain = "" if unit == "1" or unit.startswith("{") else unit[:16]
    return [ValueMap(image.key, scaled, lowest, highest, plain, label, frames)]
