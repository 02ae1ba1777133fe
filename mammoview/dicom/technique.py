"""Owns the technique block: how an image was taken, as (label, value) pairs. Never names the operator."""

from __future__ import annotations

from mammoview.dicom.elements import Elements

_DECIGRAY_TO_MILLIGRAY = 100.0


def technique_of(elements: Elements) -> tuple[tuple[str, str], ...]:
    """What the file tells of the technique, in display order; what it does not tell is not in it."""
    acquired = f"{elements.date('AcquisitionDate')} {elements.time('AcquisitionTime')}".strip()
    pairs = (
        ("Tube voltage", _quantity(elements.number("KVP"), "kV")),
        ("Exposure", _exposure(elements)),
        ("Exposure time", _quantity(elements.number("ExposureTime"), "ms")),
        ("Anode / filter", _anode_filter(elements)),
        ("Focal spot", _quantity(elements.number("FocalSpots"), "mm")),
        ("Grid", " ".join(text for text in elements.texts("Grid") if text).lower()),
        ("Compression force", _quantity(elements.number("CompressionForce"), "N")),
        ("Breast thickness", _quantity(elements.number("BodyPartThickness"), "mm")),
        ("Positioner angle", _angle(elements.number("PositionerPrimaryAngle"))),
        ("Organ dose", _dose(elements.number("OrganDose"), _DECIGRAY_TO_MILLIGRAY)),
        ("Entrance dose", _entrance_dose(elements)),
        ("Relative exposure", _quantity(elements.number("RelativeXRayExposure"), "")),
        ("Acquired", acquired),
        (
            "Patient's age",
            elements.text("PatientAge").lstrip("0") if elements.text("PatientAge") != "000Y" else "",
        ),
        ("Station", elements.text("StationName")),
        ("Serial number", elements.text("DeviceSerialNumber")),
        ("Detector", elements.text("DetectorID")),
        ("Detector calibrated", elements.date("DateOfLastDetectorCalibration")),
        ("Software", elements.text("SoftwareVersions")),
        ("Processing", elements.text("AcquisitionDeviceProcessingDescription")),
    )
    return tuple((name, value) for name, value in pairs if value)


def _quantity(value: float | None, unit: str) -> str:
    return "" if value is None or value <= 0 else f"{value:.6g} {unit}".strip()


def _angle(value: float | None) -> str:
    return "" if value is None else f"{value:g}°"


def _dose(value: float | None, to_milligray: float) -> str:
    return "" if value is None or value <= 0 else f"{value * to_milligray:.3g} mGy"


def _entrance_dose(elements: Elements) -> str:
    """Entrance Dose in mGy (0040,8302), else Entrance Dose (0040,0302), which is in dGy."""
    return _dose(elements.number("EntranceDoseInmGy"), 1.0) or _dose(
        elements.number("EntranceDose"), _DECIGRAY_TO_MILLIGRAY
    )


def _exposure(elements: Elements) -> str:
    """Exposure in µAs (0018,1153) is the more exact one; Exposure (0018,1152) is in whole mAs."""
    micro = elements.number("ExposureInuAs")
    return _quantity(micro / 1000 if micro else elements.number("Exposure"), "mAs")


def _anode_filter(elements: Elements) -> str:
    parts = (elements.text("AnodeTargetMaterial"), elements.text("FilterMaterial").replace("\\", "+"))
    return " / ".join(part.lower() for part in parts if part)
