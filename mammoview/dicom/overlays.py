"""Owns the overlays that a data set carries (60xx,eeee): bits -> `OverlayPlane`. Never draws them or decodes pixels.

PS3.3 C.9.2 (overlay plane), C.9.3 (multi-frame overlay), PS3.5 8.1.2 (packed bits, and the retired overlays in unused
bits of the pixel cells). The graphics may be text that names the patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammoview.core.image import OverlayPlane
from mammoview.dicom.elements import Elements
from mammoview.dicom.greyscale import stored_bits
from mammoview.dicom.quiet import caught_warnings

_MAX_PIXELS = 400_000_000
_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION = 0x0010, 0x0011, 0x0015, 0x0022
_TYPE, _ORIGIN, _FRAME_ORIGIN, _BIT_POSITION, _LABEL, _DATA = 0x0040, 0x0050, 0x0051, 0x0102, 0x1500, 0x3000


class _UnusableError(Exception):
    """Why an overlay is left out."""


def embedded_overlays(dataset: Dataset) -> bool:
    """Whether `overlays_of` needs the raw pixel cells: an overlay lies in their unused bits (retired in 2004)."""
    with caught_warnings():
        elements = Elements(dataset)
        return any(_bit_in_cells(elements, group) is not None for group in _groups(dataset))


def overlays_of(
    dataset: Dataset,
    rows: int,
    columns: int,
    frame: int = 1,
    embedded: NDArray[Any] | None = None,
    *,
    warnings: list[str] | None = None,
) -> tuple[OverlayPlane, ...]:
    """The overlays of one frame (counted from 1) of an image of `rows` x `columns`, in the order of their groups.

    `embedded`: the frame's cells as in the file, integers of 8 or 16 bits, (rows, columns), neither masked nor shifted;
    needed where `embedded_overlays` says so. What lies beyond the image is cut off; an overlay of which nothing is on
    within the image, or that belongs to other frames, is not among them; what cannot be read is left out with a line
    in `warnings`. Never raises.
    """
    lines: list[str] = [] if warnings is None else warnings
    planes: list[OverlayPlane] = []
    with caught_warnings():
        elements = Elements(dataset, lines)
        for group in _groups(dataset):
            try:
                plane = _plane(elements, group, (rows, columns), frame, embedded)
            except _UnusableError as error:
                elements.warn(f"overlay {group:04X} {error}: left out")
                continue
            if plane is not None:
                planes.append(plane)
    return tuple(planes)


def _groups(dataset: Dataset) -> Iterator[int]:
    """The groups 6000-601E that tell of an overlay."""
    for group in _GROUPS:
        if any((group << 16 | element) in dataset for element in (_ROWS, _COLUMNS, _BIT_POSITION, _DATA)):
            yield group


def _bit_in_cells(elements: Elements, group: int) -> int | None:
    """The bit of the pixel cells that holds the overlay; None where it has data of its own."""
    position = elements.integer(group << 16 | _BIT_POSITION)
    if (group << 16 | _DATA) in elements.dataset or position is None:
        return None
    bits = stored_bits(Elements(elements.dataset))
    high = elements.integer("HighBit")
    if high is None or not bits - 1 <= high < 16:
        high = bits - 1
    return position if 0 <= position < 16 and not high - bits < position <= high else None


def _plane(
    elements: Elements, group: int, shape: tuple[int, int], frame: int, embedded: NDArray[Any] | None
) -> OverlayPlane | None:
    own_rows, own_columns = (elements.integer(group << 16 | element) or 0 for element in (_ROWS, _COLUMNS))
    bit = _bit_in_cells(elements, group)
    if bit is not None:
        if embedded is None or embedded.shape != shape:
            raise _UnusableError("lies in pixel cells that were not kept")
        mask = ((embedded.astype(np.uint16, copy=False) >> np.uint16(bit)) & np.uint16(1)).astype(np.uint8)
        row0, column0 = 0, 0
    else:
        if own_rows < 1 or own_columns < 1:
            raise _UnusableError("gives no size")
        if own_rows * own_columns > _MAX_PIXELS:
            raise _UnusableError(f"is over the limit of {_MAX_PIXELS // 10**6} megapixels")
        number = _own_frame(elements, group, frame)
        if number is None:
            return None
        row0, column0 = _origin(elements, group, shape == (own_rows, own_columns))
        first_row, end_row = max(0, -row0), min(own_rows, shape[0] - row0)
        first_column, end_column = max(0, -column0), min(own_columns, shape[1] - column0)
        if first_row >= end_row or first_column >= end_column:
            return None
        start = (number * own_rows + first_row) * own_columns
        count = (end_row - first_row) * own_columns
        laid = _bits(elements, group, start, count).reshape(-1, own_columns)
        mask = np.ascontiguousarray(laid[:, first_column:end_column])
        row0, column0 = max(0, row0), max(0, column0)
    if not mask.any():
        return None
    label = elements.text(group << 16 | _LABEL) or elements.text(group << 16 | _DESCRIPTION)
    kind = "R" if elements.code(group << 16 | _TYPE) == "R" else "G"
    return OverlayPlane(mask, row0, column0, label, kind, group)


def _own_frame(elements: Elements, group: int, frame: int) -> int | None:
    """Which of the overlay's frames (counted from 0) belongs to the image's frame; None where none does.

    Without Number of Frames in Overlay (60xx,0015) it is one, and belongs to all.
    """
    if (group << 16 | _FRAMES) not in elements.dataset:
        return 0
    count = elements.integer(group << 16 | _FRAMES)
    if count is None or count < 1:
        raise _UnusableError("has no frames")
    first = elements.integer(group << 16 | _FRAME_ORIGIN)
    number = frame - (1 if first is None else first)
    return number if 0 <= number < count else None


def _origin(elements: Elements, group: int, same_size: bool) -> tuple[int, int]:
    """Where the overlay's first pixel lies, counted from 0; Overlay Origin (60xx,0050) counts from 1."""
    origin = elements.numbers(group << 16 | _ORIGIN)
    if len(origin) == 2:
        return int(origin[0]) - 1, int(origin[1]) - 1
    if not same_size:
        raise _UnusableError("does not say where it lies")
    elements.warn(f"overlay {group:04X} does not say where it lies: laid over the whole image, which it fits")
    return 0, 0


def _bits(elements: Elements, group: int, start: int, count: int) -> NDArray[np.uint8]:
    """Bits [start, start + count) of the overlay data as 0 and 1; the first is the lowest of the first byte or word."""
    tag = group << 16 | _DATA
    data = elements.raw(tag)
    if not isinstance(data, bytes):
        raise _UnusableError("has no data")
    if elements.dataset.original_encoding[1] is False and elements.dataset[tag].VR != "OB":
        words = np.frombuffer(data[: len(data) // 2 * 2], np.uint8).reshape(-1, 2)
        data = words[:, ::-1].tobytes()
    first, end = start // 8, (start + count + 7) // 8
    if len(data) < end:
        raise _UnusableError("has too few data")
    packed = np.frombuffer(data, np.uint8, end - first, first)
    return np.unpackbits(packed, bitorder="little")[start - 8 * first :][:count]
