"""Owns how a synthetic view becomes a DICOM file: Digital Mammography X-Ray Image Storage - For Presentation.

The attributes are those of PS3.3 A.27 (Digital Mammography X-Ray Image IOD). Never makes pixels.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
)

from training.synthesis.examination import Examination
from training.synthesis.files import replacing
from training.synthesis.woman import SyntheticView

Compression = Literal["jpeg2000", "none"]
COMPRESSIONS: tuple[Compression, ...] = ("jpeg2000", "none")
SOFTWARE = "mammoview synthesis 1"

# IHE Mammography Image profile: chest wall of a right breast at the right, of a left one at the left.
_ORIENTATION = {
    ("R", "CC"): ["P", "L"], ("L", "CC"): ["A", "R"], ("R", "MLO"): ["P", "FL"], ("L", "MLO"): ["A", "FR"],
}  # fmt: skip
_VIEW_CODES = {"CC": ("399162004", "cranio-caudal"), "MLO": ("399368009", "medio-lateral oblique")}
_WINDOWS = ((1900, 1500, "NORMAL"), (1950, 1050, "HARDER"))
_INSTANCE = {("R", "CC"): 1, ("L", "CC"): 2, ("R", "MLO"): 3, ("L", "MLO"): 4}


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _put_identity(dataset: Dataset, examination: Examination, view: SyntheticView) -> None:
    number = _INSTANCE[view.side, view.view]
    day = examination.study_date.strftime("%Y%m%d")
    dataset.PatientName = examination.patient_name
    dataset.PatientID = examination.patient_id
    dataset.PatientBirthDate = examination.birth_date.strftime("%Y%m%d")
    dataset.PatientSex = "F"
    dataset.PatientAge = f"{examination.age_years:03d}Y"
    dataset.PatientComments = "Synthetic: computed, not a person"
    dataset.StudyInstanceUID = examination.uid("study")
    dataset.SeriesInstanceUID = examination.uid("series")
    dataset.SOPInstanceUID = examination.uid("image", view.side, view.view)
    dataset.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.SeriesTime = "091500"
    dataset.AcquisitionTime = dataset.ContentTime = f"09{15 + number:02d}30"
    dataset.AccessionNumber = examination.accession_number
    dataset.StudyID = examination.accession_number
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Synthetic mammography, four views"
    dataset.SeriesDescription = "Synthetic mammography"
    dataset.SeriesNumber, dataset.InstanceNumber = 1, number
    dataset.Modality = "MG"
    dataset.Manufacturer = "mammoview"
    dataset.ManufacturerModelName = "synthesis"
    dataset.DeviceSerialNumber = "0001"
    dataset.SoftwareVersions = SOFTWARE
    dataset.StationName = "SYNTHESIS"
    dataset.InstitutionName = "mammoview synthetic screening"


def _put_technique(dataset: Dataset, view: SyntheticView) -> None:
    thickness = view.thickness_mm
    kvp = 26 + int(thickness >= 40) + int(thickness >= 50) + int(thickness >= 60)
    mas = round(28.0 * float(np.exp(0.026 * thickness)))
    entrance_mgy = 0.055 * mas
    organ_mgy = entrance_mgy * 0.36 * float(np.exp(-0.006 * (thickness - 50.0)))
    dataset.KVP = kvp
    dataset.Exposure = mas
    dataset.ExposureInuAs = mas * 1000
    dataset.XRayTubeCurrent = 100
    dataset.ExposureTime = mas * 10
    dataset.AnodeTargetMaterial = "TUNGSTEN"
    dataset.FilterMaterial = "RHODIUM"
    dataset.FocalSpots = "0.3"
    dataset.Grid = ["RECIPROCATING", "FOCUSED"]
    dataset.DistanceSourceToDetector = 660
    dataset.DistanceSourceToPatient = 660
    dataset.EstimatedRadiographicMagnificationFactor = "1.0"
    dataset.BodyPartThickness = f"{thickness:.0f}"
    dataset.CompressionForce = f"{60.0 + 0.8 * thickness:.0f}"
    dataset.RelativeXRayExposure = round(10.0 * mas)
    dataset.ExposureControlMode = "AUTOMATIC"
    dataset.ExposureStatus = "NORMAL"
    dataset.OrganExposed = "BREAST"
    dataset.OrganDose = f"{organ_mgy / 100.0:.5f}"  # in dGy
    dataset.EntranceDoseInmGy = f"{entrance_mgy:.3f}"
    dataset.PositionerType = "MAMMOGRAPHIC"
    angle = 0.0 if view.view == "CC" else 45.0
    dataset.PositionerPrimaryAngle = f"{angle if view.side == 'R' else -angle:.0f}"
    dataset.DetectorType = "DIRECT"
    dataset.DetectorConfiguration = "AREA"
    dataset.DetectorID = "SYNTHETIC-1"
    dataset.DateOfLastDetectorCalibration = dataset.StudyDate
    dataset.ImagerPixelSpacing = [f"{view.spacing_mm:g}"] * 2
    rows, columns = view.stored.shape
    dataset.FieldOfViewShape = "RECTANGLE"
    dataset.FieldOfViewDimensions = [
        round(rows * view.spacing_mm),
        round(columns * view.spacing_mm),
    ]


def _put_view(dataset: Dataset, view: SyntheticView) -> None:
    value, meaning = _VIEW_CODES[view.view]
    code = _code(value, "SCT", meaning)
    code.ViewModifierCodeSequence = Sequence()
    dataset.ViewCodeSequence = Sequence([code])
    dataset.ViewPosition = view.view
    dataset.ImageLaterality = view.side
    dataset.PatientOrientation = _ORIENTATION[view.side, view.view]
    dataset.BodyPartExamined = "BREAST"
    dataset.AnatomicRegionSequence = Sequence([_code("76752008", "SCT", "Breast")])
    dataset.AcquisitionContextSequence = Sequence()
    dataset.BreastImplantPresent = "NO"
    dataset.PartialView = "NO"


def _put_pixels(dataset: Dataset, view: SyntheticView) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", ""]
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = view.stored.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelPaddingValue = 0
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.WindowCenter = [str(window[0]) for window in _WINDOWS]
    dataset.WindowWidth = [str(window[1]) for window in _WINDOWS]
    dataset.WindowCenterWidthExplanation = [window[2] for window in _WINDOWS]
    dataset.VOILUTFunction = "SIGMOID"
    dataset.LossyImageCompression = "00"
    dataset.BurnedInAnnotation = "NO"
    dataset.QualityControlImage = "NO"


def view_dataset(view: SyntheticView, examination: Examination, *, compression: Compression = "jpeg2000") -> Dataset:
    """The complete data set of one view, pixels and file meta information included."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    _put_identity(dataset, examination, view)
    _put_view(dataset, view)
    _put_technique(dataset, view)
    _put_pixels(dataset, view)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    stored = np.ascontiguousarray(view.stored)
    if compression == "jpeg2000":
        frame = imagecodecs.jpeg2k_encode(
            stored, level=0, codecformat="j2k", reversible=True, bitspersample=12, mct=False, numthreads=1
        )
        dataset.PixelData = encapsulate([bytes(frame)])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        meta.TransferSyntaxUID = JPEG2000Lossless
        return dataset
    dataset.PixelData = stored.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def write_dataset(dataset: Dataset, path: Path) -> None:
    """Write the file, whole or not at all. Raises OSError where it cannot be written."""
    written = io.BytesIO()  # an error of the disk would be many lines of pydicom
    dataset.save_as(written, enforce_file_format=True)
    with replacing(path) as part:
        part.write_bytes(written.getbuffer())
