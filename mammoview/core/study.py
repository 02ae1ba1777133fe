"""Owns what is known of a study before any pixel is read. Frozen values; never touches files or pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mammoview.core.geometry import Spacing
from mammoview.core.window import Greyscale


class Laterality(StrEnum):
    """Image Laterality (0020,0062)."""

    RIGHT = "R"
    LEFT = "L"
    UNKNOWN = ""


class View(StrEnum):
    """Mammographic view, by the short names of DICOM PS3.16 CID 4014.

    XCC is exaggerated to a side that is not told. CV, AT and TAN are modifiers of CID 4015 that make a craniocaudal or
    oblique projection a view of its own. Only CC and MLO are screening views.
    """

    CC = "CC"
    MLO = "MLO"
    ML = "ML"
    LM = "LM"
    LMO = "LMO"
    XCC = "XCC"
    XCCL = "XCCL"
    XCCM = "XCCM"
    FB = "FB"
    SIO = "SIO"
    ISO = "ISO"
    CV = "CV"
    AT = "AT"
    TAN = "TAN"
    SPECIMEN = "SPECIMEN"
    UNKNOWN = ""


class ViewModifier(StrEnum):
    """View modifiers, PS3.16 CID 4015, by their short names."""

    SPOT = "S"
    MAGNIFICATION = "M"
    IMPLANT_DISPLACED = "ID"
    ROLLED_LATERAL = "RL"
    ROLLED_MEDIAL = "RM"
    ROLLED_INFERIOR = "RI"
    ROLLED_SUPERIOR = "RS"
    CLEAVAGE = "CV"
    AXILLARY_TAIL = "AT"
    AXILLARY_TISSUE = "AX"
    TANGENTIAL = "TAN"
    NIPPLE_IN_PROFILE = "NP"
    ANTERIOR_COMPRESSION = "AC"
    INFRAMAMMARY_FOLD = "IMF"


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where an image lies: a file, or `member` of the zip archive `path`."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @property
    def stem(self) -> str:
        """The file's name without its folder and its last extension."""
        return Path(self.member or self.path).stem


@dataclass(frozen=True, slots=True)
class Patient:
    """Identity. Only `mammoview.dicom.identity` decides where these may be shown."""

    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """When, where, by whom and with which device. As `Patient`, it may identify, and is shown only where that may be.

    `acquired` is "YYYY-MM-DD HH:MM:SS", `detector_calibrated` an ISO date; all are empty where the file tells nothing.
    """

    age: str = ""
    acquired: str = ""
    operator: str = ""
    institution_address: str = ""
    station: str = ""
    serial_number: str = ""
    detector_id: str = ""
    detector_calibrated: str = ""
    gantry_id: str = ""


class ObjectKind(StrEnum):
    """What an object of a study is that is no image, but tells of images or is laid over them."""

    PRESENTATION = "presentation state"
    CAD = "CAD report"
    MEASUREMENTS = "measurements"
    REPORT = "report"
    SEGMENTATION = "segmentation"
    MAP = "parametric map"


@dataclass(frozen=True, slots=True)
class ObjectHeader:
    """One object of a study that is no image, as its header tells it.

    `maker` is Manufacturer and model, `label` the content label or title. `referenced` are SOP Instance UIDs.
    `automatic`: what it says comes from a program, as far as it tells. `patient` as of `ImageHeader`.
    """

    source: ImageSource
    kind: ObjectKind
    sop_class: str = ""
    sop_instance_uid: str | None = None
    study_instance_uid: str | None = None
    patient: Patient = field(default_factory=Patient)
    maker: str = ""
    label: str = ""
    date: str = ""
    time: str = ""
    referenced: tuple[str, ...] = ()
    automatic: bool = False

    @property
    def key(self) -> str:
        """What names this object among all that are open: its SOP Instance UID, else its source."""
        return self.sop_instance_uid or str(self.source)


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """One image of a study, as its header tells it; nothing here needs pixels.

    Dates are ISO (YYYY-MM-DD) or empty where absent or invalid; UIDs are None for plain pictures. `technique` holds
    (label, value with unit) pairs in display order that identify nobody; an absent value is simply not in it.
    `pixel_aspect` is the height of a pixel over its width where that is all that is known of its size, else 1.
    `lossy_ratio` is as "12:1" where the file gives it, `partial_view_codes` say which part. `warnings` are what was
    odd. `refused` is why the file's pixels cannot be used, and `cure` what to do; both are empty where they can.
    `source_images` are the images that this one was made from, by SOP Instance UID, and whether their places are kept
    in it (Spatial Locations Preserved); None where the file does not tell.
    """

    source: ImageSource
    rows: int
    columns: int
    grey: Greyscale
    frames: int = 1
    frames_per_second: float | None = None
    laterality: Laterality = Laterality.UNKNOWN
    view: View = View.UNKNOWN
    view_modifiers: tuple[ViewModifier, ...] = ()
    patient: Patient = field(default_factory=Patient)
    provenance: Provenance = field(default_factory=Provenance)
    study_instance_uid: str | None = None
    series_instance_uid: str | None = None
    sop_instance_uid: str | None = None
    sop_class_uid: str | None = None
    modality: str = ""
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    accession_number: str = ""
    series_number: str = ""
    instance_number: str = ""
    presentation_intent: str = ""
    patient_orientation: tuple[str, str] | None = None
    spacing: Spacing | None = None
    pixel_aspect: float = 1.0
    transfer_syntax_uid: str | None = None
    transfer_syntax: str = ""
    lossy: bool = False
    lossy_ratio: str = ""
    photometric: str = "MONOCHROME2"
    implant: bool = False
    partial_view: bool = False
    partial_view_codes: tuple[str, ...] = ()
    quality_control: bool = False
    burned_in_annotation: bool = False
    manufacturer: str = ""
    model_name: str = ""
    institution: str = ""
    technique: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    refused: str = ""
    cure: str = ""
    source_images: tuple[tuple[str, bool | None], ...] = ()

    @property
    def side_view(self) -> str:
        """The label that hangs near the axilla, as "RCC", "LMLOID" or "side and view unknown"."""
        text = f"{self.laterality}{self.view}{''.join(self.view_modifiers)}"
        return text or "side and view unknown"

    @property
    def key(self) -> str:
        """What names this image among all that are open: its SOP Instance UID, else its source."""
        return self.sop_instance_uid or str(self.source)


@dataclass(frozen=True, slots=True)
class Study:
    """One woman's examination: images in a stable order (by side, view, then UID), and the objects that are about
    them, by date and time.
    """

    study_instance_uid: str | None
    images: tuple[ImageHeader, ...]
    objects: tuple[ObjectHeader, ...] = ()

    @property
    def patient(self) -> Patient:
        """Who it is, by the first image that says so."""
        named = (image.patient for image in self.images if image.patient.patient_id or image.patient.name)
        return next(named, self.images[0].patient)

    @property
    def study_date(self) -> str:
        return self.images[0].study_date

    @property
    def key(self) -> str:
        """What names this study among all that are open."""
        return self.study_instance_uid or self.images[0].key
