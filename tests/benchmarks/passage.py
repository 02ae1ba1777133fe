"""Owns the way that a file takes when it is opened, with everything noted that must not happen on it. Times nothing."""

from __future__ import annotations

import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mammoview.core.errors import InputRefusedError, MammoviewError
from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.view_state import Presentation
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.reader import read_image, read_preview
from mammoview.dicom.scan import scan
from mammoview.reading.pictures import Reading, hang_picture

_LONGEST = 300
_ROWS, _COLUMNS = 240, 200
_MOST_IMAGES, _MOST_VOIS = 4, 3
_NOT_FOR_READERS = (
    "Traceback",
    "NoneType",
    "object has no attribute",
    " object at 0x",
    "not supported between",
    "unpack requires",
    "invalid literal",
    "index out of range",
    "must be str",
    "bytes-like",
    "codec can't decode",
    "positional argument",
    "Error:",
    "Exception",
    "_decode",
    ".py",
)


@dataclass
class Passage:
    """What became of one file. `opened` counts images drawn; `faults` is what must not happen, empty if all is well."""

    opened: int = 0
    passed_over: int = 0
    refusals: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    place: str = ""


def open_file(path: Path, decoder: Decoder | None = None) -> Passage:
    """Scan, read, prepare and draw what is at `path`; never raises an Exception. `decoder` as of `read_image`."""
    passage = Passage()
    with warnings.catch_warnings(record=True) as records:
        warnings.simplefilter("always")
        try:
            _open(path, decoder, passage)
        except Exception as error:
            _fault(passage, error)
    passage.faults += [f"warning: {record.category.__name__}: {record.message}" for record in records]
    return passage


def _open(path: Path, decoder: Decoder | None, passage: Passage) -> None:
    result = scan([path])
    passage.passed_over = result.ignored
    for refusal in result.refused:
        _refused(passage, InputRefusedError(refusal.cause, refusal.hint))
    headers = [header for study in result.studies for header in study.images]
    if not headers and not result.refused and not result.ignored:
        passage.faults.append("lost: neither opened nor refused")
    for header in headers[:_MOST_IMAGES]:
        for line in header.warnings:
            _line(passage, line)
        for frame in sorted({1, header.frames}):
            try:
                preview = read_preview(header, frame, decoder=decoder)
                if preview is not None:
                    _draw(preview)
                _draw(read_image(header, frame, decoder=decoder))
            except InputRefusedError as error:
                _refused(passage, error)
            else:
                passage.opened += 1


def _draw(image: MammoImage) -> None:
    """As the window hangs it: with every text, each of the first windows, inverted too."""
    prepared = prepare(image)
    reading = Reading(identified=True)
    for number in range(min(len(image.vois()), _MOST_VOIS)):
        presentation = Presentation(voi=number, invert=number == 0)
        picture = hang_picture(prepared, presentation, reading, rows_px=_ROWS, columns_px=_COLUMNS)
        if picture.shape != (_ROWS, _COLUMNS, 3) or picture.dtype != np.uint8:
            raise ValueError(f"a picture of {picture.shape}, {picture.dtype}")


def _refused(passage: Passage, error: MammoviewError) -> None:
    passage.refusals.append(error.cause)
    _line(passage, str(error))


def _line(passage: Passage, line: str) -> None:
    """One clear line: nothing that breaks a terminal's line, of a length that is read, in a reader's words."""
    if len(line) >= _LONGEST or not line.isprintable() or line != line.strip() or not line:
        passage.faults.append(f"no plain line: {line[:400]!r}")
    if any(word in line for word in _NOT_FOR_READERS):
        passage.unclear.append(line)


def _fault(passage: Passage, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/mammoview/" in frame.filename] or frames
    passage.place = f"{Path(own[-1].filename).name}:{own[-1].lineno} {own[-1].name}"
    passage.faults.append(f"{type(error).__name__}: {error} @ {passage.place}"[:600])
