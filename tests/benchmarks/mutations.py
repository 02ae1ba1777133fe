"""Owns the ways to break a file: bits, runs, spans, lengths, elements. The same seed breaks it the same way."""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable

from pydicom import config, dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from tests.benchmarks.corpus import Seed
from tests.encoders import LOSSLESS_SYNTAXES
from tests.factories import dicom_bytes

_VRS = b"AE|AS|AT|CS|DA|DS|DT|FD|FL|IS|LO|LT|OB|OD|OF|OL|OW|PN|SH|SL|SQ|SS|ST|TM|UC|UI|UL|UN|UR|US|UT|UV|SV|OV"
_ELEMENT = re.compile(rb"[\x02-\x70\xe0]\x00[\x00-\xff][\x00-\xff](" + _VRS + rb")", re.DOTALL)
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"UV", b"SV", b"OV"))
_ODD_NUMBERS = (0, 1, 2, 3, 7, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
_ODD_LENGTHS = (*_ODD_NUMBERS, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_SYNTAXES = (*LOSSLESS_SYNTAXES, *(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 81, 91, 92, 100, 102, 110, 112, 203)))
_INTEGERS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "SamplesPerPixel",
    "PixelRepresentation",
    "PlanarConfiguration",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "SmallestImagePixelValue",
)
_TEXTS = (
    "NumberOfFrames",
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
    "ImagerPixelSpacing",
    "PixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "StudyDate",
    "StudyTime",
    "PatientAge",
    "ImageLaterality",
    "ViewPosition",
    "PatientOrientation",
    "PhotometricInterpretation",
    "PresentationLUTShape",
    "VOILUTFunction",
    "Modality",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SpecificCharacterSet",
    "InstanceNumber",
    "KVP",
    "Exposure",
    "CompressionForce",
    "BodyPartThickness",
    "PositionerPrimaryAngle",
    "WindowCenterWidthExplanation",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "BurnedInAnnotation",
    "PixelAspectRatio",
    "ImageType",
    "AcquisitionDate",
    "AcquisitionTime",
    "Manufacturer",
    "SeriesDescription",
)
_ODD_TEXTS = (
    "",
    "0",
    "-1",
    "1",
    "0.0",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "1e-320",
    "1e400",
    "99999999999999999999",
    "2147483648",
    "60000",
    "1e9",
    "-0.1\\0.1",
    "0\\0",
    "1e-30\\1e30",
    "\\",
    "\\\\\\\\",
    "A\\B",
    "R",
    "L",
    "B",
    "MLO",
    "FHP\\RLA",
    "A\\R",
    "MONOCHROME1",
    "RGB",
    "YBR_FULL_422",
    "PALETTE COLOR",
    "SIGMOID",
    "LINEAR_EXACT",
    "INVERSE",
    "ISO 2022 IR 87",
    "\\ISO 2022 IR 149",
    "1.2.840.10008.5.1.4.1.1.88.50",
    "1.2.3",
    "not a number",
    "line\nbreak",
    "tab\tand\x07bell",
    "ÄÖÜ \u202egnp",
    "\U0001f9a0",
    "x" * 5000,
    "20240230",
    "999999",
    "=\\^^^^",
)

Change = Callable[[random.Random, bytes], bytes]


def broken(seed: Seed, chance: random.Random) -> tuple[bytes, str]:
    """The seed's bytes broken in one to three ways, and the names of the ways."""
    if seed.name.endswith(".zip") and chance.random() < 0.5:
        return _member_broken(seed.data, chance)
    data, names = seed.data, []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        ways = _WAYS if seed.is_dicom or seed.name == "DICOMDIR" else _BYTE_WAYS
        way = chance.choice(ways)
        names.append(way.__name__.strip("_"))
        data = way(chance, data)
    return data, "+".join(names)


def _member_broken(archive: bytes, chance: random.Random) -> tuple[bytes, str]:
    stream = io.BytesIO()
    names = ""
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data, names = broken(Seed("member.dcm", old.read(name)), chance)
            new.writestr(name, data)
    return stream.getvalue(), f"member:{names}"


def _place(chance: random.Random, data: bytes) -> int:
    """A position, more often in the first two kilobytes, where the header lies."""
    end = min(len(data), 2048) if chance.random() < 0.35 else len(data)
    return chance.randrange(max(end, 1))


def _bits(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        if changed:
            changed[_place(chance, data)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _run(chance: random.Random, data: bytes) -> bytes:
    at, count = _place(chance, data), chance.choice((1, 2, 4, 8, 64, 500))
    fill = chance.choice((b"\0", b"\xff", b"A", b"\\", None))
    run = chance.randbytes(count) if fill is None else fill * count
    return data[:at] + run + data[at + count :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _removed(chance: random.Random, data: bytes) -> bytes:
    at = _place(chance, data)
    return data[:at] + data[at + chance.choice((1, 2, 3, 8, 40, 1000)) :]


def _doubled(chance: random.Random, data: bytes) -> bytes:
    at, count = _place(chance, data), chance.choice((1, 2, 8, 100, 3000))
    return data[:at] + data[at : at + count] * chance.choice((2, 3, 10)) + data[at + count :]


def _swapped(chance: random.Random, data: bytes) -> bytes:
    one, other = sorted((_place(chance, data), _place(chance, data)))
    count = min(chance.choice((4, 16, 200)), max(other - one, 0))
    return (
        data[:one]
        + data[other : other + count]
        + data[one + count : other]
        + data[one : one + count]
        + data[other + count :]
    )


def _element_at(chance: random.Random, data: bytes) -> re.Match[bytes] | None:
    places = list(_ELEMENT.finditer(data[:20_000]))
    return chance.choice(places) if places else None


def _length(chance: random.Random, data: bytes) -> bytes:
    """Another length in an element's header."""
    place = _element_at(chance, data)
    if place is None:
        return _run(chance, data)
    length = chance.choice(_ODD_LENGTHS)
    at = place.end()
    if place[1] in _LONG:
        return data[: at + 2] + struct.pack("<I", length) + data[at + 6 :]
    return data[:at] + struct.pack("<H", length & 0xFFFF) + data[at + 2 :]


def _vr(chance: random.Random, data: bytes) -> bytes:
    """Another VR in an element's header."""
    place = _element_at(chance, data)
    if place is None:
        return _bits(chance, data)
    return data[: place.start(1)] + chance.choice(_VRS.split(b"|")) + data[place.end(1) :]


def _words(chance: random.Random, data: bytes) -> bytes:
    """An odd 16- or 32-bit number somewhere, in either byte order."""
    at = _place(chance, data)
    pattern = chance.choice(("<H", ">H", "<I", ">I"))
    number = struct.pack(pattern, chance.choice(_ODD_LENGTHS) & (0xFFFF if pattern[1] == "H" else 0xFFFFFFFF))
    return data[:at] + number + data[at + len(number) :]


def _fragment(chance: random.Random, data: bytes) -> bytes:
    """Another length of an item, or an item that is not there."""
    places = [found.start() for found in re.finditer(rb"\xfe\xff[\x00\x0d\xdd]\xe0", data)]
    if not places:
        return _length(chance, data)
    at = chance.choice(places)
    if chance.random() < 0.3:
        return data[:at] + data[at + 8 :]
    return data[: at + 4] + struct.pack("<I", chance.choice(_ODD_LENGTHS)) + data[at + 8 :]


def _syntax(chance: random.Random, data: bytes) -> bytes:
    """The pixels as they are, under another transfer syntax's name of the same length or another."""
    place = re.search(rb"\x02\x00\x10\x00UI(..)(1\.2\.840\.10008\.1\.2[0-9.]*\x00?)", data, re.DOTALL)
    if place is None:
        return _bits(chance, data)
    uid = chance.choice(_SYNTAXES).encode()
    uid += b"\0" * (len(uid) % 2)
    return data[: place.start(1)] + struct.pack("<H", len(uid)) + uid + data[place.end() :]


def _elements(chance: random.Random, data: bytes) -> bytes:
    """One to four elements with values that no standard allows, or without them; else a run of bytes."""
    mode = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = dcmread(io.BytesIO(data), force=True)
            for _ in range(chance.randint(1, 4)):
                _change_element(chance, ds)
            return dicom_bytes(ds)
    except Exception:  # what is broken already cannot always be written again
        return _run(chance, data)
    finally:
        config.settings.reading_validation_mode = mode


def _change_element(chance: random.Random, ds: FileDataset) -> None:
    kind = chance.random()
    if kind < 0.4:
        ds.add_new(chance.choice(_INTEGERS), "US", chance.choice((*_ODD_NUMBERS, 60000, 20000, 9, 12, 16, 32)))
    elif kind < 0.8:
        keyword = chance.choice(_TEXTS)
        text = chance.choice(_ODD_TEXTS)
        if chance.random() < 0.5:
            text += "\\" + chance.choice(_ODD_TEXTS)
        ds.add_new(keyword, chance.choice(("LO", "UN", "CS", "ST")), text.encode()[:200].decode("utf-8", "ignore"))
    elif kind < 0.85 and "TransferSyntaxUID" in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = UID(chance.choice(_SYNTAXES))
    elif len(ds) > 1:
        del ds[chance.choice(list(ds.keys()))]


_BYTE_WAYS: tuple[Change, ...] = (_bits, _bits, _run, _cut, _removed, _doubled, _swapped, _words)
_WAYS: tuple[Change, ...] = (*_BYTE_WAYS, _length, _length, _vr, _fragment, _syntax, *(_elements,) * 5)
