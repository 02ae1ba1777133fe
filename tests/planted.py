"""Owns identities planted where they could come through a de-identification, and the search for them in what came out.

What is planted differs from place to place in form, not in the word: `WORD` in any case and coding is a leak.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import config
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from tests.factories import Woman, dicom_bytes, make_breast, make_mammogram_dataset

WORD = "Xanthippe"
UMLAUT = "Müßgänger"
NUMBER = "8675309-42"
BIRTH = "19411207"
WOMAN = Woman(f"{UMLAUT}^{WORD}", NUMBER, BIRTH)
_TEXTS = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC", "AE", "UR"})
_BYTES = frozenset({"OB", "OW", "UN", "OD", "OF", "OL", "OV"})
_GROUPS_LEFT_ALONE = (0x0000, 0x0002, 0x0004, 0x7FE0, 0xFFFC, 0xFFFE)


def tags_of(vrs: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Every standard attribute of the data dictionary with one of these value representations, as (tag, VR)."""
    for tag, (vr, *_) in DicomDictionary.items():
        if vr in vrs and tag >> 16 not in _GROUPS_LEFT_ALONE and tag & 0xFFFF:
            yield tag, vr


def put(dataset: Dataset, tag: int, vr: str, value: Any) -> None:
    """Set an element, valid or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        dataset.add(DataElement(tag, vr, value, validation_mode=config.IGNORE))


def plant_in_every_attribute(dataset: Dataset, word: str = WORD) -> int:
    """`word` in each attribute of text or bytes that the dictionary knows and `dataset` lacks; how many it is."""
    count = 0
    for tag, vr in tags_of(_TEXTS | _BYTES):
        if Tag(tag) not in dataset:
            put(dataset, tag, vr, word.encode() + b"\0" * (8 - len(word) % 8) if vr in _BYTES else word)
            count += 1
    return count


def nested(depth: int, word: str = WORD) -> Dataset:
    """An item that holds names, private attributes and a further item, `depth` levels down."""
    item = Dataset()
    item.PatientName, item.PatientID, item.TextValue = f"{word}^X", NUMBER, f"seen {word}"
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "399162004", "SCT", f"of {word}"
    item.ReferencedSOPInstanceUID = "1.2.3.4.5"
    put(item, 0x00290010, "LO", f"{word} CREATOR")
    put(item, 0x00291001, "UN", word.encode())
    if depth:
        item.ViewCodeSequence = [nested(depth - 1, word)]
        item.ContentSequence = [nested(0, word)] if depth == 1 else []
        put(item, 0x00291002, "SQ", Sequence([nested(0, word)]))
    return item


def planted_mammogram(
    laterality: str = "R", view: str = "CC", *, transfer_syntax: str = "1.2.840.10008.1.2.1", **options: Any
) -> FileDataset:
    """A mammogram with the woman's identity in its header, at every depth, in overlays and in private attributes."""
    ds = make_mammogram_dataset(
        laterality,
        view,
        320,
        256,
        woman=WOMAN,
        transfer_syntax=transfer_syntax,
        OtherPatientIDs=NUMBER,
        ImageComments=f"call {WORD}",
        WindowCenterWidthExplanation=f"for {WORD}",
        SoftwareVersions=f"v1_{WORD.upper()}",
        PatientAge="093Y",
        **options,
    )
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = [nested(5)]
    put(ds, 0x00090010, "LO", f"{WORD} VENDOR")
    put(ds, 0x00091001, "PN", f"{WORD}^Y")
    put(ds, 0x60000010, "US", 8)
    put(ds, 0x60000011, "US", 8)
    put(ds, 0x60000022, "LO", WORD)
    put(ds, 0x60003000, "OW", WORD.encode() + b"\0")
    put(ds, 0x50003000, "OW", WORD.encode() + b"\0")
    put(ds, 0xFFFCFFFC, "OB", WORD.encode() + b"\0")
    icon = Dataset()
    icon.Rows, icon.Columns, icon.PixelData = 4, 4, WORD.encode() + b"\0" * 7
    icon["PixelData"].VR = "OB"
    ds.IconImageSequence = [icon]
    ds.file_meta.SourceApplicationEntityTitle = WORD.upper()
    ds.file_meta.ImplementationVersionName = WORD.upper()
    put(ds.file_meta, 0x00020100, "UI", "1.2.3.4")
    put(ds.file_meta, 0x00020102, "OB", WORD.encode() + b"\0")
    ds.preamble = WORD.encode().ljust(128, b"\0")
    return ds


def as_unknown(data: bytes, tag: int, vr: str) -> bytes:
    """The bytes of an Explicit VR Little Endian file in which the element `tag` of a short `vr` is written as UN."""
    mark = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    at = data.index(mark)
    (length,) = struct.unpack("<H", data[at + 6 : at + 8])
    return data[: at + 4] + b"UN\0\0" + struct.pack("<I", length) + data[at + 8 :]


def with_comment(data: bytes, word: str = WORD) -> bytes:
    """A file with one JPEG fragment that carries `word` in a comment segment (ISO 10918-1 B.2.4.5); lengths fit."""
    start = data.index(b"\xff\xd8\xff")
    (length,) = struct.unpack("<I", data[start - 4 : start])
    comment = b"\xff\xfe" + struct.pack(">H", len(word) + 3) + word.encode() + b"\0"
    return (
        data[: start - 4]
        + struct.pack("<I", length + len(comment))
        + data[start : start + 2]
        + comment
        + data[start + 2 :]
    )


def lettered(laterality: str, *, over: bool = False, signed: bool = False, inverted: bool = False) -> NDArray[Any]:
    """Stored values of a breast of 600 x 480 with a name written in the corner beside it, or `over` it."""
    pixels = make_breast(laterality, 600, 480, signed=signed, seed=3)
    column = 30 if (laterality == "R") != over else 300
    row = 300 if over else 40
    high = 2047 if signed else 4095
    letters = np.zeros(pixels.shape, np.uint8)
    cv2.putText(letters, "X NAME 42", (column, row), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    pixels[letters > 0] = high
    return (4095 - pixels).astype(pixels.dtype) if inverted else pixels


def leaks(folder: Path, *words: str) -> list[str]:
    """Where any of the words stands in the names or the bytes below `folder`, in any case, as 8-bit text or UTF-16."""
    found = []
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        told = str(path.relative_to(folder)).encode().lower() + data.lower()
        for word in words:
            for one in {word, word.upper(), word.lower()}:
                codings = (
                    one.encode(),
                    one.encode("latin-1", "ignore"),
                    one.encode("utf-16-le"),
                    one.encode("utf-16-be"),
                )
                if any(code.lower() in told for code in codings):
                    found.append(f"{word} in {path.relative_to(folder)}")
    return sorted(set(found))


def dicom_file(ds: FileDataset, path: Path) -> Path:
    """Write a planted data set, invalid values and all; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dicom_bytes(ds))
    return path
