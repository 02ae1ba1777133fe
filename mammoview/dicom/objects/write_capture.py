"""Owns a drawn picture as Secondary Capture Image Storage (PS3.3 A.8). Never draws: it is handed the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import Orientation
from mammoview.core.image import MammoImage
from mammoview.dicom.objects.uids import MANUFACTURER, Series, version
from mammoview.dicom.objects.write_source import (
    Source,
    arguments,
    describe_anatomy,
    finish,
    laid_codes,
    tell_compression,
)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """RGB pixels of one view, uint8 (rows, columns, 3), one for each stored pixel, laid by `orientation`.

    `identified`: its letters name the woman. `described` says in one line what it is.
    """

    pixels: NDArray[np.uint8]
    orientation: Orientation
    described: str
    identified: bool = False


def secondary_capture(source: Source, image: MammoImage, picture: Picture, series: Series, number: int) -> Dataset:
    """The picture as an object: instance `number` (from 1) of the series.

    The grid is the image's own, so that its spacing in the plane of the breast is told, with how it was calibrated
    (PS3.3 10.7). Explicit little endian, not compressed: what every viewer and archive takes. Raises InputRefusedError
    for pixels of another kind or size.
    """
    rows, columns = picture.orientation.shape(image.rows, image.columns)
    if picture.pixels.dtype != np.uint8 or picture.pixels.shape != (rows, columns, 3):
        raise InputRefusedError(f"a picture of shape {picture.pixels.shape} is not that of an image of {rows} rows")
    made: Dataset = SCImage.from_ref_dataset(
        source.blank(),
        picture.pixels,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **arguments(series, number),
    )
    header = image.header
    made.PatientOrientation = list(laid_codes(header, picture.orientation) or ()) or None
    made.ConversionType = "WSD"
    made.SecondaryCaptureDeviceManufacturer = MANUFACTURER
    made.SecondaryCaptureDeviceManufacturerModelName = MANUFACTURER
    made.SecondaryCaptureDeviceSoftwareVersions = version()
    made.SeriesDescription, made.ImageComments = series.description, picture.described
    made.DerivationDescription = f"{header.side_view}: {picture.described}"
    made.SourceImageSequence = [source.reference(image.frame)]
    same = picture.orientation == Orientation()
    made.SourceImageSequence[0].SpatialLocationsPreserved = "YES" if same else "REORIENTED_ONLY"
    made.BurnedInAnnotation = "YES" if picture.identified or header.burned_in_annotation else "NO"
    made.RecognizableVisualFeatures = "NO"
    made.BodyPartExamined = "BREAST"
    describe_anatomy(made, header.laterality, keyword="ImageLaterality")
    tell_compression(made, source)
    _tell_spacing(made, image, picture.orientation)
    return finish(made, source, series)


def _tell_spacing(made: Dataset, image: MammoImage, orientation: Orientation) -> None:
    spacing = image.spacing
    if spacing is None or spacing.kind == "assumed":
        return
    pair = (spacing.row_mm, spacing.column_mm)
    made.PixelSpacing = [f"{step:.10g}" for step in (pair[::-1] if orientation.transpose else pair)]
    made.PixelSpacingCalibrationType = "FIDUCIAL" if spacing.kind == "fiducial" else "GEOMETRY"
    made.PixelSpacingCalibrationDescription = spacing.label()
