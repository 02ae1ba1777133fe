"""Owns the synthetic images that the tests share: mammograms, studies, pictures, and files broken on purpose.

A made breast is a bright half-ellipse at the chest-wall side in black air, with a gradient, grain as of tissue, noise
and a few bright specks; the same arguments always make the same pixels and the same UIDs.
"""

from __future__ import annotations

import gc
import io
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import config
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import UID, ExplicitVRLittleEndian

from tests.encoders import (  # noqa: F401  # the tests take them from here
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    HTJ2K_LOSSLESS,
    IMPLICIT,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LOSSLESS_SV1,
    JPEG_LS,
    JPEG_LS_NEAR,
    LOSSLESS_SYNTAXES,
    RLE,
    encode,
    set_pixels,
)

FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.2"
VIEW_CODES = {
    "CC": ("399162004", "SCT", "cranio-caudal"),
    "MLO": ("399368009", "SCT", "medio-lateral oblique"),
    "ML": ("399260004", "SCT", "medio-lateral"),
    "XCCL": ("399192008", "SCT", "cranio-caudal exaggerated laterally"),
}
FOUR_VIEWS = (("R", "CC"), ("R", "MLO"), ("L", "CC"), ("L", "MLO"))
_GRAIN_CELLS = 48
"""Along the longer side, so that a made breast of any size has the grain that the gate before the score looks for."""
_KEPT_PIXELS = 200_000
"""A made breast up to this size is kept, for whoever asks for it again."""

_UID_ROOT = "1.2.826.0.1.3680043.8.498"
_ORIENTATIONS = {
    ("R", "CC"): ["P", "L"],
    ("L", "CC"): ["A", "R"],
    ("R", "MLO"): ["P", "FL"],
    ("L", "MLO"): ["A", "FR"],
}


@dataclass(frozen=True)
class Woman:
    """A made patient."""

    name: str = "DEMO^ANNA"
    patient_id: str = "DEMO-0001"
    birth_date: str = "19600229"


ANNA = Woman()
BERTA = Woman("SAMPLE^BERTA", "DEMO-0002", "19551111")


def make_uid(*parts: object) -> str:
    """A valid UID, always the same for the same parts."""
    number = zlib.crc32(repr(parts).encode()) + (zlib.crc32(repr(parts[::-1]).encode()) << 32)
    return f"{_UID_ROOT}.{number}"


def make_breast(
    laterality: str,
    rows: int,
    columns: int,
    *,
    bits: int = 12,
    signed: bool = False,
    seed: int = 0,
    specks: int = 3,
    grain: float = 0.03,
) -> NDArray[Any]:
    """Stored values of a breast whose chest wall is at the right edge for "R" and at the left for "L".

    (rows, columns) of uint8 (bits <= 8), uint16 or int16; air is the lowest value, the breast 40..90 % of
    the range. `grain`: how much smooth noise is added, as a share of the range; without it the model may not judge it.
    """
    make = _kept_breast if rows * columns <= _KEPT_PIXELS else _breast
    return make(laterality, rows, columns, bits, signed, seed, specks, grain).copy()


def _breast(
    laterality: str, rows: int, columns: int, bits: int, signed: bool, seed: int, specks: int, grain: float
) -> NDArray[Any]:
    random = np.random.default_rng(seed)
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float64)
    from_wall = (columns - 1 - column) if laterality == "R" else column
    radius = (from_wall / (0.75 * columns)) ** 2 + ((row - (rows - 1) / 2) / (0.42 * rows)) ** 2
    inside = radius < 1
    tissue = 0.4 + 0.4 * np.sqrt(np.clip(1 - radius, 0, 1)) + random.normal(0, 0.01, (rows, columns))
    if grain:
        tissue += grain * _grain(np.random.default_rng((seed, 1)), rows, columns)
    for _ in range(specks):
        speck_row = int(random.integers(int(rows * 0.35), max(int(rows * 0.65), int(rows * 0.35) + 1)))
        away = int(random.integers(int(columns * 0.1), max(int(columns * 0.4), int(columns * 0.1) + 1)))
        speck_column = columns - 1 - away if laterality == "R" else away
        tissue[speck_row : speck_row + 2, speck_column : speck_column + 2] = 0.98
    top = 2**bits - 1
    values = np.where(inside, np.clip(tissue, 0.05, 1.0) * top, 0).round().astype(np.int64)
    if signed:
        return np.asarray(values - 2 ** (bits - 1), np.int16)
    return np.asarray(values, np.uint8 if bits <= 8 else np.uint16)


_kept_breast = lru_cache(maxsize=64)(_breast)


def _grain(random: np.random.Generator, rows: int, columns: int) -> NDArray[np.float64]:
    """Smooth noise of deviation 1, (rows, columns)."""
    cell_px = max(rows, columns) / _GRAIN_CELLS
    cells = random.normal(0, 1, (max(1, round(rows / cell_px)), max(1, round(columns / cell_px))))
    return np.asarray(cv2.resize(cells, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float64)


def make_mammogram_dataset(
    laterality: str = "R",
    view: str = "CC",
    rows: int = 96,
    columns: int = 72,
    *,
    spacing_mm: float | None = 0.1,
    photometric: str = "MONOCHROME2",
    bits_stored: int = 12,
    signed: bool = False,
    voi_windows: Sequence[tuple[float, float]] | None = None,
    voi_function: str | None = None,
    voi_explanations: Sequence[str] = (),
    voi_luts: Sequence[Dataset] = (),
    padding: tuple[int, int | None] | None = None,
    transfer_syntax: str = ExplicitVRLittleEndian,
    frames: int = 1,
    woman: Woman = ANNA,
    study: object = "first",
    study_date: str = "20240131",
    pixels: NDArray[Any] | None = None,
    seed: int = 0,
    **attributes: object,
) -> FileDataset:
    """A For Presentation mammogram, ready for `save`; `attributes` are DICOM keywords set last (None
    deletes).

    `pixels`: stored values instead of a made breast, (rows, columns) or (frames, rows, columns).
    `voi_windows` are (center, width); by default one over the upper part of the range. `study` names the
    study: equal names, equal UIDs.
    """
    if pixels is None:
        made = [
            make_breast(laterality, rows, columns, bits=bits_stored, signed=signed, seed=seed + frame)
            for frame in range(frames)
        ]
        pixels = made[0] if frames == 1 else np.stack(made)
    if photometric == "MONOCHROME1" and pixels.ndim == 2 and not signed:
        pixels = (2**bits_stored - 1 - pixels.astype(np.int64)).astype(pixels.dtype)
    rows, columns = pixels.shape[-2:]
    study_uid = make_uid("study", woman.patient_id, study)
    sop_uid = make_uid("image", study_uid, laterality, view, seed)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(FOR_PRESENTATION)
    meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax)
    ds = FileDataset("made", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = FOR_PRESENTATION, sop_uid
    ds.StudyInstanceUID = study_uid
    ds.SeriesInstanceUID = make_uid("series", study_uid)
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = woman.name, woman.patient_id, woman.birth_date
    ds.PatientSex = "F"
    ds.StudyDate, ds.StudyTime, ds.StudyID = study_date, "101500", "1"
    ds.AccessionNumber, ds.SeriesNumber, ds.InstanceNumber = "ACC-0001", 1, 1
    ds.Modality, ds.PresentationIntentType = "MG", "FOR PRESENTATION"
    ds.Manufacturer, ds.ManufacturerModelName = "Made", "Factory 1"
    ds.InstitutionName, ds.StationName, ds.OperatorsName = "Demo Hospital", "ROOM1", "OPERATOR^OLGA"
    ds.KVP, ds.Exposure, ds.ExposureTime = "29", 80, 900
    ds.AnodeTargetMaterial, ds.FilterMaterial = "RHODIUM", "SILVER"
    ds.CompressionForce, ds.BodyPartThickness, ds.OrganDose = "90", "55", "0.0142"
    ds.PositionerPrimaryAngle = "0" if view == "CC" else "45"
    ds.ImageLaterality, ds.ViewPosition = laterality, view
    if view in VIEW_CODES:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = VIEW_CODES[view]
        item.ViewModifierCodeSequence = []
        ds.ViewCodeSequence = [item]
    ds.PatientOrientation = _ORIENTATIONS.get((laterality, view), ["P" if laterality == "R" else "A", "F"])
    if spacing_mm is not None:
        ds.ImagerPixelSpacing = [spacing_mm, spacing_mm]
        ds.EstimatedRadiographicMagnificationFactor = "1"
    ds.BurnedInAnnotation, ds.LossyImageCompression, ds.BreastImplantPresent = "NO", "00", "NO"
    _set_greyscale(ds, bits_stored, signed, photometric, voi_windows, voi_function, voi_explanations, voi_luts)
    if padding is not None:
        _set_padding(ds, padding, signed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pydicom's, about values that are invalid on purpose
        for keyword, value in attributes.items():
            if value is not None:
                setattr(ds, keyword, value)
            elif keyword in ds:
                delattr(ds, keyword)
    set_pixels(ds, pixels, transfer_syntax)
    return ds


def _set_greyscale(
    ds: Dataset,
    bits: int,
    signed: bool,
    photometric: str,
    windows: Sequence[tuple[float, float]] | None,
    function: str | None,
    explanations: Sequence[str],
    luts: Sequence[Dataset],
) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, photometric
    ds.BitsAllocated = 8 if bits <= 8 and not signed else 16
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, int(signed)
    ds.PresentationLUTShape = "INVERSE" if photometric == "MONOCHROME1" else "IDENTITY"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    if windows is None:
        middle = 0.0 if signed else 2.0 ** (bits - 1)
        windows = () if luts else ((middle, 2.0**bits),)
    if windows:
        ds.WindowCenter = [f"{center:g}" for center, _ in windows]
        ds.WindowWidth = [f"{width:g}" for _, width in windows]
        if explanations:
            ds.WindowCenterWidthExplanation = list(explanations)
        if function is not None:
            ds.VOILUTFunction = function
    if luts:
        ds.VOILUTSequence = list(luts)


def _set_padding(ds: Dataset, padding: tuple[int, int | None], signed: bool) -> None:
    vr = "SS" if signed else "US"
    ds.add_new(0x00280120, vr, padding[0])
    if padding[1] is not None:
        ds.add_new(0x00280121, vr, padding[1])


def make_lut(
    first_mapped: int,
    entries: Sequence[int] | NDArray[Any],
    bits: int,
    explanation: str = "",
    *,
    signed: bool = False,
) -> Dataset:
    """An item of a VOI or modality LUT sequence with US (or, `signed`, SS) descriptor; US data, OW where long."""
    item = Dataset()
    count = len(entries) & 0xFFFF
    first = first_mapped if signed else first_mapped & 0xFFFF
    if signed:
        count = count - 0x10000 if count >= 0x8000 else count
    item.add_new(0x00283002, "SS" if signed else "US", [count, first, bits])
    if explanation:
        item.LUTExplanation = explanation
    if 2 * len(entries) < 0xFFFF:
        item.add_new(0x00283006, "US", [int(entry) for entry in entries])
    else:  # too long for the 16-bit length of US in an explicit syntax
        item.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return item


def save(ds: FileDataset, path: Path) -> Path:
    """Writes the data set as a DICOM file, invalid values and all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dicom_bytes(ds))
    return path


def dicom_bytes(ds: FileDataset) -> bytes:
    """The data set as the bytes of a DICOM file, invalid values and all."""
    stream = io.BytesIO()
    syntax = ds.file_meta.TransferSyntaxUID
    implicit, little = syntax == IMPLICIT, syntax != BIG_ENDIAN
    mode = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.IGNORE
    try:
        known = not syntax.is_private and syntax.name != str(syntax)
        ds.set_original_encoding(implicit, little)
        if known:
            ds.save_as(stream, enforce_file_format=True)
        else:
            ds.save_as(stream, enforce_file_format=True, implicit_vr=implicit, little_endian=little)
    finally:
        config.settings.writing_validation_mode = mode
    return stream.getvalue()


def write_mammogram(path: Path, laterality: str = "R", view: str = "CC", **options: Any) -> Path:
    """Makes a mammogram (options as of `make_mammogram_dataset`) and writes it."""
    return save(make_mammogram_dataset(laterality, view, **options), path)


def write_study(
    folder: Path,
    *,
    woman: Woman = ANNA,
    views: Sequence[tuple[str, str]] = FOUR_VIEWS,
    study: object = "first",
    names: Sequence[str] | None = None,
    **options: Any,
) -> list[Path]:
    """Writes the views of one woman's study into `folder`, as `RCC.dcm` ... or by `names`; the paths."""
    file_names = names or [f"{laterality}{view}.dcm" for laterality, view in views]
    return [
        write_mammogram(folder / name, laterality, view, woman=woman, study=study, seed=index, **options)
        for index, (name, (laterality, view)) in enumerate(zip(file_names, views, strict=True))
    ]


def make_picture(
    path: Path,
    laterality: str = "R",
    rows: int = 96,
    columns: int = 72,
    *,
    bits: int = 8,
    seed: int = 0,
    **save_options: Any,
) -> NDArray[Any]:
    """Writes a plain picture (PNG, JPEG, TIFF by the suffix) of a made breast; its pixels."""
    pixels = make_breast(laterality, rows, columns, bits=bits, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **save_options)
    return pixels


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """A zip archive of the members, by their names; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def write_dicomdir(folder: Path, datasets: Sequence[FileDataset]) -> Path:
    """A medium with a DICOMDIR that refers to the data sets; the DICOMDIR's path."""
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pydicom leaves its temporary folder to the collector
        file_set = FileSet()
        for ds in datasets:
            file_set.add(ds)
        file_set.write(folder)
        del file_set
        gc.collect()
    return folder / "DICOMDIR"


def write_broken(folder: Path) -> dict[str, Path]:
    """Files that cannot be used, each in its way: what is wrong -> path."""
    whole = dicom_bytes(make_mammogram_dataset("L", "CC", study="broken"))
    packed = dicom_bytes(make_mammogram_dataset("L", "MLO", study="broken", transfer_syntax=JPEG_LOSSLESS_SV1))
    no_pixels = make_mammogram_dataset("R", "CC", study="broken", seed=7)
    del no_pixels.PixelData
    unknown = make_mammogram_dataset("R", "MLO", study="broken", seed=8)
    unknown.file_meta.TransferSyntaxUID = UID("1.2.3.4.5.6")
    made = {
        "truncated": whole[: len(whole) - 2000],
        "truncated compressed": packed[: len(packed) - 1000],
        "truncated header": whole[:700],
        "no pixel data": dicom_bytes(no_pixels),
        "unknown transfer syntax": dicom_bytes(unknown),
        "empty": b"",
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for fault, data in made.items():
        paths[fault] = folder / f"{fault.replace(' ', '_')}.dcm"
        paths[fault].write_bytes(data)
    return paths
