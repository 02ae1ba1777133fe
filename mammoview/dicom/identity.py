"""Owns who may be named where, and which of a file's attributes may name somebody. The one module that decides it; it
never writes, shows or logs anything itself.

The reader's own screen may name the patient. File names, logs, standard output and exported pictures may
not, unless the user asked for identified output.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mammoview.core.study import ImageHeader, Patient, Provenance, Study

if TYPE_CHECKING:  # identity is asked where pydicom is not wanted yet
    from mammoview.dicom.elements import Elements

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
)
_MAX_NAME = 80
NOBODY = "no name"


def display_name(name: str) -> str:
    """A Person Name (PS3.5 6.2.1.1) as "FAMILY, GIVEN MIDDLE": the alphabetic group, else the first."""
    group = next((group for group in name.split("=") if group.strip("^ ")), "")
    family, *given = (part.strip() for part in group.split("^")[:3])
    return ", ".join(part for part in (family, " ".join(part for part in given if part)) if part)


def screen_label(patient: Patient) -> str:
    """For the reader's own screen only: "DEMO, ANNA  DEMO-0001"; "no name" where the file tells nothing."""
    parts = (display_name(patient.name), patient.patient_id)
    return "  ".join(part for part in parts if part) or NOBODY


def provenance_of(elements: Elements) -> Provenance:
    """When, where, by whom and with which device the image was taken: all that may tell the woman, the staff, the
    place, the time or the single device, beside the patient herself, and that no technique may hold.
    """
    age = elements.text("PatientAge")
    return Provenance(
        age=age.lstrip("0") if age.strip("0") not in ("", "Y", "M", "W", "D") else "",
        acquired=f"{elements.date('AcquisitionDate')} {elements.time('AcquisitionTime')}".strip(),
        operator=elements.text("OperatorsName"),
        institution_address=" ".join(elements.text("InstitutionAddress").split()),
        station=elements.text("StationName"),
        serial_number=elements.text("DeviceSerialNumber"),
        detector_id=elements.text("DetectorID"),
        detector_calibrated=elements.date("DateOfLastDetectorCalibration"),
        gantry_id=elements.text("GantryID"),
    )


def identity_block(header: ImageHeader) -> tuple[tuple[str, str], ...]:
    """What may identify the woman, the staff, the place, the time or the single device, as (label, value) in display
    order; values are empty where the file tells nothing.
    """
    patient, provenance = header.patient, header.provenance
    return (
        ("Patient", display_name(patient.name)),
        ("Patient ID", patient.patient_id),
        ("Birth date", patient.birth_date),
        ("Age", provenance.age),
        ("Sex", patient.sex),
        ("Acquired", provenance.acquired or header.study_date),
        ("Accession number", header.accession_number),
        ("Operator", ", ".join(name for name in map(display_name, provenance.operator.split("\\")) if name)),
        ("Institution", header.institution),
        ("Address", provenance.institution_address),
        ("Station", provenance.station),
        ("Serial number", provenance.serial_number),
        ("Detector", provenance.detector_id),
        ("Detector calibrated", provenance.detector_calibrated),
        ("Gantry", provenance.gantry_id),
    )


def safe_file_name(text: str) -> str:
    """A file name that every system takes: letters, digits, dot, dash and underscore; never empty."""
    name = _UNSAFE.sub("-", text).strip("-._")[:_MAX_NAME].rstrip("-._")
    return f"{name or 'unnamed'}-" if name.split(".")[0].upper() in _RESERVED else name or "unnamed"


def export_name(image: ImageHeader, index: int = 1) -> str:
    """A file stem that tells side and view and nothing of the woman: "RCC", "LMLO-2".

    `index` counts from 1 among the images with the same side and view; the first goes without a number. An
    image of unknown side and view is "image-1".
    """
    label = f"{image.laterality}{image.view}{''.join(image.view_modifiers)}"
    if not label:
        return f"image-{index}"
    return label if index == 1 else f"{label}-{index}"


def export_names(study: Study) -> tuple[str, ...]:
    """`export_name` for each image of a study, in its order, each once."""
    used: dict[str, int] = {}
    names: list[str] = []
    for image in study.images:
        index = used[image.side_view] = used.get(image.side_view, 0) + 1
        names.append(export_name(image, index))
    return tuple(names)


def study_folder_name(study: Study, index: int) -> str:
    """The folder of a study's results, which tells nothing of `study`: "study-1"; `index` counts from 1."""
    return f"study-{index}"
