"""Owns how an image was taken: the technique, as (label, value) pairs. Never tells what may identify somebody: that is
`mammoview.dicom.identity`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the labels are read where pydicom is not wanted yet
    from mammoview.dicom.elements import Elements

TECHNIQUE_LABELS = (
    "Tube voltage",
    "Exposure",
    "Exposure time",
    "Anode / filter",
    "Focal spot",
    "Grid",
    "Compression force",
    "Breast thickness",
    "Positioner angle",
    "Magnification",
    "Organ dose",
    "Entrance dose",
    "Relative exposure",
    "Implant",
    "Partial view",
    "Software",
    "Processing",
)
"""All that a technique may tell (PS3.3 C.8.11.5, C.8.11.6, C.8.7.9; IHE Mammography Image), in display order."""

_DECIGRAY_TO_MILLIGRAY = 100.0


def technique_of(elements: Elements) -> tuple[tuple[str, str], ...]:
    """What the file tells of the technique, of `TECHNIQUE_LABELS` in their order; what it does not tell is not in it.

    A quantity that is 0 or less is not told. Tomosynthesis objects keep theirs in X-Ray 3D Acquisition Sequence.
    """
    sources = (elements, *elements.items("XRay3DAcquisitionSequence")[:1])
    values = (
        _quantity(_number(sources, "KVP"), "kV"),
        _exposure(sources),
        _exposure_time(sources),
        _anode_filter(sources),
        _focal_spot(sources),
        " ".join(text for text in _holder(sources, "Grid").texts("Grid") if text).lower(),
        _quantity(_number(sources, "CompressionForce"), "N"),
        _quantity(_number(sources, "BodyPartThickness"), "mm"),
        _angle(_number(sources, "PositionerPrimaryAngle")),
        _magnification(_number(sources, "EstimatedRadiographicMagnificationFactor")),
        _dose(_number(sources, "OrganDose"), _DECIGRAY_TO_MILLIGRAY),
        _entrance_dose(sources),
        _quantity(_number(sources, "RelativeXRayExposure"), ""),
        elements.code("BreastImplantPresent").lower(),
        _partial_view(elements),
        elements.text("SoftwareVersions"),
        elements.text("AcquisitionDeviceProcessingDescription"),
    )
    return tuple((name, value) for name, value in zip(TECHNIQUE_LABELS, values, strict=True) if value)


def lossy_ratio(elements: Elements) -> str:
    """Lossy Image Compression Ratio (0028,2112) as "12:1"; of one compression after another "12:1, 3:1"."""
    return ", ".join(f"{ratio:.3g}:1" for ratio in elements.numbers("LossyImageCompressionRatio") if ratio > 1)


def partial_view_codes(elements: Elements) -> tuple[str, ...]:
    """What Partial View Code Sequence (0028,1352) says is shown, by the codes' meanings: "anterior"."""
    items = elements.items("PartialViewCodeSequence")
    return tuple(text for text in (item.text("CodeMeaning").lower() for item in items) if text)


def _holder(sources: tuple[Elements, ...], keyword: str) -> Elements:
    """The first of the sources that tells the attribute, else the first."""
    return next((source for source in sources if any(source.texts(keyword))), sources[0])


def _number(sources: tuple[Elements, ...], keyword: str) -> float | None:
    return _holder(sources, keyword).number(keyword)


def _quantity(value: float | None, unit: str) -> str:
    return "" if value is None or value <= 0 else f"{value:.6g} {unit}".strip()


def _angle(value: float | None) -> str:
    return "" if value is None else f"{value + 0.0:g}°"  # minus nothing is nothing


def _magnification(value: float | None) -> str:
    return "" if value is None or value <= 0 else f"×{value:.4g}"


def _dose(value: float | None, to_milligray: float) -> str:
    return "" if value is None or value <= 0 else f"{value * to_milligray:.3g} mGy"


def _entrance_dose(sources: tuple[Elements, ...]) -> str:
    """Entrance Dose in mGy (0040,8302), else Entrance Dose (0040,0302), which is in dGy."""
    return _dose(_number(sources, "EntranceDoseInmGy"), 1.0) or _dose(
        _number(sources, "EntranceDose"), _DECIGRAY_TO_MILLIGRAY
    )


def _exposure(sources: tuple[Elements, ...]) -> str:
    """Exposure in µAs (0018,1153) or in mAs (0018,9332) is more exact; Exposure (0018,1152) is in whole mAs."""
    micro = _number(sources, "ExposureInuAs")
    exact = micro / 1000 if micro else _number(sources, "ExposureInmAs")
    return _quantity(exact, "mAs") or _quantity(_number(sources, "Exposure"), "mAs")


def _exposure_time(sources: tuple[Elements, ...]) -> str:
    """Exposure Time (0018,1150) in ms, else in ms (0018,9328) or µs (0018,8150) as decimals."""
    micro = _number(sources, "ExposureTimeInuS")
    exact = _number(sources, "ExposureTimeInms") or (micro / 1000 if micro else None)
    return _quantity(_number(sources, "ExposureTime"), "ms") or _quantity(exact, "ms")


def _focal_spot(sources: tuple[Elements, ...]) -> str:
    """Focal Spot(s) (0018,1190): the one that was used; of several that are listed, all."""
    sizes = [size for size in _holder(sources, "FocalSpots").numbers("FocalSpots") if size > 0]
    return f"{' / '.join(f'{size:g}' for size in sizes)} mm" if sizes else ""


def _anode_filter(sources: tuple[Elements, ...]) -> str:
    anode = _holder(sources, "AnodeTargetMaterial").text("AnodeTargetMaterial").lower()
    material = _holder(sources, "FilterMaterial").text("FilterMaterial").replace("\\", "+").lower()
    return f"{anode or '—'} / {material or '—'}" if anode or material else ""


def _partial_view(elements: Elements) -> str:
    return ", ".join((elements.code("PartialView").lower(), *partial_view_codes(elements))).strip(", ")
