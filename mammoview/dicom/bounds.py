"""Owns how much one header may make its reader build: a small file can hold millions of elements. Never interprets one.

pydicom asks its stream where it stands once or twice for each element and three to five times for each item, before it
makes an object of it. Counting that bounds time and memory, whatever lengths the elements declare.
"""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_sequence
from pydicom.uid import MediaStorageDirectoryStorage

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.elements import label
from mammoview.dicom.sources import SUSPICIOUS_BYTES, SUSPICIOUS_RATIO

SHORT_BYTES = 1 << 16
"""A sequence, or a whole header, that is no longer cannot hold too much."""

_MOST, _MOST_IN_DIRECTORY = 300_000, 1_500_000
"""Steps that are counted: 100,000 elements and items of an image, 30,000 records of a DICOMDIR."""

_LONGEST = {
    **dict.fromkeys(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "PN", "SH", "TM", "UC", "UI"), SHORT_BYTES),
    **dict.fromkeys(("AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "US or SS", "US or OW"), 4 * SHORT_BYTES),
}
"""Bytes of a value that pydicom makes an object of each part of; a LUT of 65,536 entries (PS3.3 C.11.1) has 131,072."""

_DEEPEST = 6
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_HEADS = (1 << 20, 1 << 24, 1 << 40)
_PIECE_BYTES = 1 << 20


class Bounded:
    """A file's stream as pydicom reads it, which refuses where a header has too many elements.

    What was deflated behind the meta information (PS3.5 A.5) is refused also where it is as large as an archive's
    member may not be. `start` are the file's first bytes.
    """

    def __init__(self, stream: BinaryIO, start: bytes = b"", steps: Iterator[int] | None = None) -> None:
        most = _MOST_IN_DIRECTORY if MediaStorageDirectoryStorage.encode() in start else _MOST
        self._steps = iter(range(most)) if steps is None else steps
        self._read, self._tell, self.seek = stream.read, stream.tell, stream.seek

    @property
    def file(self) -> BinaryIO:
        """This stream by the type that pydicom asks for; it uses no more of it than is here."""
        return cast(BinaryIO, self)

    def tell(self) -> int:
        if next(self._steps, None) is None:
            raise InputRefusedError("has a header of more elements than an image can need", "copy it again")
        return self._tell()

    def read(self, size: int = -1) -> bytes:
        return self._read(size) if size >= 0 else self._deflated()

    def settle(self, dataset: Dataset, depth: int = 1) -> list[str]:
        """Make items of those long sequences of `dataset` that pydicom leaves until they are asked for, count them, and
        leave out other values that it would make many objects of; none is asked for deeper than `_DEEPEST`. What was
        left out is answered as lines. Raises InputRefusedError.
        """
        lines: list[str] = []
        for element in list(dataset.values()):
            made: DataElement | None = None
            if not isinstance(element, RawDataElement):
                made = element
            elif element.value is not None and len(element.value) > SHORT_BYTES and _is_known(element.tag):
                vr = dictionary_VR(element.tag) if element.VR in (None, "UN") else str(element.VR)  # PS3.5 6.2.2
                if vr == "SQ":
                    made = self._made(element, element.value, dataset)
                elif len(element.value) > _LONGEST.get(vr, len(element.value)):
                    del dataset[element.tag]
                    lines.append(f"{label(element.tag)} is longer than any such value: left out")
            if made is not None and made.VR == "SQ" and depth < _DEEPEST:
                for item in made.value:
                    lines += self.settle(item, depth + 1)
        return lines

    def _made(self, element: RawDataElement, value: bytes, dataset: Dataset) -> DataElement | None:
        """A sequence with its items, which `dataset` holds from now on; None where it is damaged."""
        inner = Bounded(io.BytesIO(value), steps=self._steps)
        letters = dataset.original_character_set
        try:
            items = read_sequence(
                inner.file, element.is_implicit_VR, element.is_little_endian, len(value), letters, element.value_tell
            )
        except InputRefusedError:
            raise
        except Exception:  # it is damaged, which matters only where it is asked for
            return None
        dataset[element.tag] = made = DataElement(element.tag, "SQ", items, element.value_tell, already_converted=True)
        return made

    def _deflated(self) -> bytes:
        """The rest of the file, as pydicom takes it to inflate it."""
        data = self._read()
        most = max(SUSPICIOUS_BYTES, SUSPICIOUS_RATIO * len(data))
        with contextlib.suppress(zlib.error):  # pydicom says it of a damaged one
            if _inflates_beyond(data, most):
                cause = f"would inflate to more than {most // 1024**2} MB"
                raise InputRefusedError(cause, "send it again uncompressed")
            for length in _HEADS:
                head = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, length)
                if self._counted(head) or len(head) < length:
                    break
        return data

    def _counted(self, head: bytes) -> bool:
        """Whether the pixel data begin within `head`, the first bytes of a data set; all before them is counted."""
        found: list[int] = []

        def is_pixel_data(tag: int, vr: str | None, length: int) -> bool:
            found.extend({int(tag)} & _PIXELS)
            return bool(found)

        try:
            inner = Bounded(io.BytesIO(head), steps=self._steps)
            self.settle(read_dataset(inner.file, False, True, stop_when=is_pixel_data))
        except InputRefusedError:
            raise
        except Exception:  # it was cut off, or pydicom meets it again in the whole
            return False
        return bool(found)


def _is_known(tag: int) -> bool:
    """Whether the data dictionary (PS3.6) has an attribute; no other is asked for."""
    try:
        return bool(dictionary_VR(tag))
    except KeyError:
        return False


def _inflates_beyond(data: bytes, most: int) -> bool:
    """Whether more than `most` bytes come of deflated data; it is inflated piece by piece and nothing is kept."""
    inflater, there = zlib.decompressobj(-zlib.MAX_WBITS), 0
    for start in range(0, len(data), _PIECE_BYTES):
        piece = inflater.decompress(data[start : start + _PIECE_BYTES], _PIECE_BYTES)
        while piece:
            there += len(piece)
            if there > most:
                return True
            piece = inflater.decompress(inflater.unconsumed_tail, _PIECE_BYTES)
    return False
