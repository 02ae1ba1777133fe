"""Owns the whole files that the fuzzer breaks: every transfer syntax and kind, made here or found. Breaks none."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests import encoders
from tests.factories import (
    dicom_bytes,
    make_breast,
    make_lut,
    make_mammogram_dataset,
    set_pixels,
    write_dicomdir,
    write_zip,
)

CHECKOUT = Path(__file__).resolve().parents[2]
_ROWS, _COLUMNS = 64, 48
_LARGE = 400_000


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole file: `name` is the name that it is written under, `beside` further files of its folder."""

    name: str
    data: bytes
    beside: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_dicom(self) -> bool:
        return self.name.endswith(".dcm")

    @property
    def is_large(self) -> bool:
        return len(self.data) > _LARGE


def seeds(*, found: bool = True) -> list[Seed]:
    """All seeds, in the same order each time; `found`: also the real files and pydicom's own test files."""
    made = [*_syntaxes(), *_greyscales(), *_frames(), *_colours(), *_pictures(), *_containers()]
    return [*made, *_real_files(), *pydicom_files()] if found else made


def pydicom_files() -> list[Seed]:
    """The test files in pydicom's own package; nothing is ever downloaded."""
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    whole = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix not in (".py", ".json", ".txt", ".md", ".dump") and not path.name.startswith(
            ("README", "IM0000")
        ):
            suffix = "" if path.suffix in (".dcm", ".zip", ".tif", ".png", ".jpg") else ".dcm"
            whole.append(Seed(f"pydicom-{path.stem}{path.suffix}{suffix}", path.read_bytes()))
    return whole


def _real_files() -> list[Seed]:
    named = os.environ.get("MAMMOVIEW_DATA")
    folder = (Path(named) if named else CHECKOUT.parent / "shared" / "data") / "dicom"
    return [Seed(f"real-{path.name}", path.read_bytes()) for path in sorted(folder.glob("*.dcm"))]


def _made(name: str, laterality: str = "R", view: str = "CC", **options: Any) -> Seed:
    options = {"rows": _ROWS, "columns": _COLUMNS, "study": name, **options}
    return Seed(f"{name}.dcm", dicom_bytes(make_mammogram_dataset(laterality, view, **options)))


def _syntaxes() -> Iterator[Seed]:
    names = {value: key.lower() for key, value in vars(encoders).items() if isinstance(value, str) and key.isupper()}
    eight_bit = {encoders.JPEG_BASELINE}
    lossy = (encoders.JPEG_BASELINE, encoders.JPEG_EXTENDED, encoders.JPEG_LS_NEAR, encoders.JPEG_2000)
    for syntax in (*encoders.LOSSLESS_SYNTAXES, *lossy):
        bits = 8 if syntax in eight_bit else 12
        yield _made(names[syntax], "L", "MLO", transfer_syntax=syntax, bits_stored=bits)
    yield _made("wider", rows=300, columns=240, transfer_syntax=encoders.JPEG_2000_LOSSLESS)
    whole = dicom_bytes(make_mammogram_dataset("R", "CC", _ROWS, _COLUMNS, transfer_syntax=encoders.IMPLICIT))
    yield Seed("without-preamble.dcm", whole[132:])


def _greyscales() -> Iterator[Seed]:
    ramp = np.linspace(0, 255, 4096).astype(np.uint16)
    yield _made("voi-lut", voi_luts=[make_lut(0, ramp, 8, "NORMAL"), make_lut(0, ramp[::-1].copy(), 8, "HARD")])
    lut = make_lut(0, np.arange(4096, dtype=np.uint16), 12)
    lut.ModalityLUTType = "US"
    yield _made("modality-lut", ModalityLUTSequence=Sequence([lut]), RescaleSlope=None, RescaleIntercept=None)
    yield _made("sigmoid", voi_windows=[(2000, 900), (1500, 2500)], voi_function="SIGMOID", voi_explanations=["A", "B"])
    yield _made("monochrome1", photometric="MONOCHROME1", padding=(0, 10))
    yield _made("signed", signed=True, padding=(-2048, None))
    yield _made("eight-bit", bits_stored=8)
    yield _made("sixteen-bit", bits_stored=16, voi_windows=())
    mask = np.zeros((_ROWS, _COLUMNS), np.uint8)
    mask[10:30, 5:25] = 1
    bits = np.packbits(mask, axis=None, bitorder="little").tobytes()
    ds = make_mammogram_dataset("R", "MLO", _ROWS, _COLUMNS, study="overlay")
    for group in (0x6000, 0x6002):
        ds.add_new((group, 0x0010), "US", _ROWS)
        ds.add_new((group, 0x0011), "US", _COLUMNS)
        ds.add_new((group, 0x0015), "IS", "1")
        ds.add_new((group, 0x0040), "CS", "G")
        ds.add_new((group, 0x0050), "SS", [1, -3])
        ds.add_new((group, 0x0100), "US", 1)
        ds.add_new((group, 0x0102), "US", 0)
        ds.add_new((group, 0x1500), "LO", "MARK")
        ds.add_new((group, 0x3000), "OW", bits)
    yield Seed("overlay.dcm", dicom_bytes(ds))


def _frames() -> Iterator[Seed]:
    for name, syntax in (
        ("frames", encoders.EXPLICIT),
        ("frames-rle", encoders.RLE),
        ("frames-j2k", encoders.JPEG_2000_LOSSLESS),
        ("frames-deflated", encoders.DEFLATED),
        ("frames-ls", encoders.JPEG_LS),
    ):
        yield _made(name, frames=4, transfer_syntax=syntax)
    ds = make_mammogram_dataset("L", "CC", _ROWS, _COLUMNS, frames=3, study="tomosynthesis", ViewCodeSequence=None)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.13.1.3"
    shared, measures, anatomy = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = ["0.1", "0.1"], "1"
    anatomy.FrameLaterality = "L"
    shared.PixelMeasuresSequence, shared.FrameAnatomySequence = Sequence([measures]), Sequence([anatomy])
    frames = []
    for number in range(3):
        frame, voi, content = Dataset(), Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = str(1500 + 100 * number), "2000"
        content.StackID, content.InStackPositionNumber = "1", number + 1
        frame.FrameVOILUTSequence, frame.FrameContentSequence = Sequence([voi]), Sequence([content])
        frames.append(frame)
    ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = Sequence([shared]), Sequence(frames)
    yield Seed("tomosynthesis.dcm", dicom_bytes(ds))


def _colours() -> Iterator[Seed]:
    grey = make_breast("R", _ROWS, _COLUMNS, bits=8)
    rgb = np.repeat(grey[:, :, None], 3, axis=2)
    for name, photometric, planar in (("rgb", "RGB", 0), ("ybr", "YBR_FULL", 1)):
        ds = make_mammogram_dataset("R", "CC", _ROWS, _COLUMNS, bits_stored=8, study=name)
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, photometric, planar
        ds.PixelData = (rgb if planar == 0 else np.moveaxis(rgb, 2, 0)).tobytes()
        yield Seed(f"{name}.dcm", dicom_bytes(ds))
    ds = make_mammogram_dataset("R", "CC", _ROWS, _COLUMNS, bits_stored=8, study="palette")
    ds.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(ds, f"{colour}PaletteColorLookupTableData", (np.arange(256, dtype="<u2") * 257).tobytes())
    yield Seed("palette.dcm", dicom_bytes(ds))


def _encoded(pixels: NDArray[Any], kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def _pictures() -> Iterator[Seed]:
    grey, deep = make_breast("L", _ROWS, _COLUMNS, bits=8), make_breast("L", _ROWS, _COLUMNS, bits=16)
    yield Seed("L_CC.png", _encoded(grey, "PNG"))
    yield Seed("L_MLO.png", _encoded(deep, "PNG"))
    yield Seed("R_CC.jpg", _encoded(grey, "JPEG", quality=90))
    exif = Image.Exif()
    exif[0x0112] = 6
    yield Seed("R_MLO.jpeg", _encoded(np.repeat(grey[:, :, None], 3, axis=2), "JPEG", exif=exif))
    yield Seed("R_ML.tif", _encoded(grey, "TIFF"))
    yield Seed("L_ML.tiff", _encoded(deep, "TIFF", compression="tiff_lzw"))
    pages = [Image.fromarray(grey), Image.fromarray(grey[::-1].copy())]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate")
    yield Seed("R_XCCL.tif", stream.getvalue())


def _containers() -> Iterator[Seed]:
    views = [
        make_mammogram_dataset(side, view, 40, 32, study="medium", seed=number)
        for number, (side, view) in enumerate((("R", "CC"), ("L", "CC")))
    ]
    set_pixels(views[1], make_breast("L", 40, 32), encoders.RLE)
    with tempfile.TemporaryDirectory() as folder:
        members = {f"{number}/IMAGE{number}.dcm": dicom_bytes(view) for number, view in enumerate(views)}
        archive = write_zip(Path(folder) / "study.zip", members)
        yield Seed("study.zip", archive.read_bytes())
        medium = Path(folder) / "medium"
        directory = write_dicomdir(medium, views)
        beside = tuple(
            (str(path.relative_to(medium)), path.read_bytes())
            for path in sorted(medium.rglob("*"))
            if path.is_file() and path != directory
        )
        yield Seed("DICOMDIR", directory.read_bytes(), beside)
