"""Owns what a DICOM data set tells of its image: the `ImageHeader`. Never reads pixels or files."""

from __future__ import annotations

import re
from dataclasses import replace

from pydicom.uid import UID

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageHeader, ImageSource, Laterality, Patient, View, ViewModifier
from mammoview.dicom.codecs import LOSSY_SYNTAXES
from mammoview.dicom.dataset import ParsedFile
from mammoview.dicom.elements import Elements
from mammoview.dicom.greyscale import functional_groups, greyscale_of, group_item, presentation_intent
from mammoview.dicom.identity import provenance_of
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.spacing import pixel_aspect_of, spacing_of
from mammoview.dicom.technique import lossy_ratio, partial_view_codes, technique_of
from mammoview.dicom.views import (
    SideView,
    laterality_of,
    modifier_of_code,
    side_view_of_text,
    view_of_code,
    view_of_position,
)

_DESCRIPTIONS = (
    "SeriesDescription",
    "AcquisitionDeviceProcessingDescription",
    "ProtocolName",
    "StudyDescription",
)
_ORIENTATION = re.compile(r"[APLRHF]{1,3}")


def header_of(source: ImageSource, parsed: ParsedFile, frame: int = 1) -> ImageHeader:
    """The header of a parsed image file, as it is for one frame; raises InputRefusedError where it has no
    usable size.

    Of an enhanced object greyscale, spacing, side and view are the frame's own, where it tells them.
    """
    with caught_warnings() as lines:
        elements = Elements(parsed.dataset, list(parsed.warnings), frame=frame)
        header = _header(source, elements, parsed.transfer_syntax)
    for line in lines:
        elements.warn(line)
    return replace(header, warnings=tuple(elements.warnings))


def _header(source: ImageSource, elements: Elements, syntax: UID | None) -> ImageHeader:
    rows, columns = elements.integer("Rows"), elements.integer("Columns")
    if not rows or not columns or rows < 0 or columns < 0:
        raise InputRefusedError("gives no size: Rows or Columns are missing or 0")
    side, view, modifiers = side_and_view(elements)
    if syntax is None:
        elements.warn("the file declares no transfer syntax: guessed")
    spacing = spacing_of(elements)
    burned_in = elements.flag("BurnedInAnnotation")
    if burned_in:
        elements.warn("burned-in annotation: the picture may name the patient")
    return ImageHeader(
        source=source,
        rows=rows,
        columns=columns,
        grey=greyscale_of(elements),
        frames=max(elements.integer("NumberOfFrames") or 1, 1),
        frames_per_second=_frames_per_second(elements),
        laterality=side,
        view=view,
        view_modifiers=modifiers,
        patient=Patient(
            name=elements.text("PatientName"),
            patient_id=elements.text("PatientID"),
            birth_date=elements.date("PatientBirthDate"),
            sex=elements.code("PatientSex"),
        ),
        provenance=provenance_of(elements),
        study_instance_uid=elements.uid("StudyInstanceUID"),
        series_instance_uid=elements.uid("SeriesInstanceUID"),
        sop_instance_uid=elements.uid("SOPInstanceUID"),
        sop_class_uid=elements.uid("SOPClassUID"),
        modality=elements.code("Modality"),
        study_date=elements.date("StudyDate") or elements.date("AcquisitionDate") or elements.date("ContentDate"),
        study_time=elements.time("StudyTime"),
        study_description=elements.text("StudyDescription"),
        accession_number=elements.text("AccessionNumber"),
        series_number=elements.text("SeriesNumber"),
        instance_number=elements.text("InstanceNumber"),
        presentation_intent=presentation_intent(elements),
        patient_orientation=_patient_orientation(elements),
        spacing=spacing,
        pixel_aspect=1.0 if spacing is not None else pixel_aspect_of(elements),
        transfer_syntax_uid=None if syntax is None else str(syntax),
        transfer_syntax="" if syntax is None else syntax.name,
        lossy=elements.code("LossyImageCompression") == "01" or str(syntax) in LOSSY_SYNTAXES,
        lossy_ratio=lossy_ratio(elements),
        photometric=elements.code("PhotometricInterpretation") or "MONOCHROME2",
        implant=elements.flag("BreastImplantPresent"),
        partial_view=elements.flag("PartialView"),
        partial_view_codes=partial_view_codes(elements),
        quality_control=elements.flag("QualityControlImage"),
        burned_in_annotation=burned_in,
        manufacturer=elements.text("Manufacturer"),
        model_name=elements.text("ManufacturerModelName"),
        institution=elements.text("InstitutionName"),
        technique=technique_of(elements),
        source_images=_source_images(elements),
    )


def _source_images(elements: Elements) -> tuple[tuple[str, bool | None], ...]:
    """Source Image Sequence (0008,2112) with Spatial Locations Preserved (0028,135A), PS3.3 C.7.6.1.1.4."""
    found: dict[str, bool | None] = {}
    for item in elements.items("SourceImageSequence"):
        uid = item.uid("ReferencedSOPInstanceUID")
        if uid is not None:
            found[uid] = {"YES": True, "NO": False}.get(item.code("SpatialLocationsPreserved"))
    return tuple(found.items())


def _frames_per_second(elements: Elements) -> float | None:
    """How fast to play a multi-frame image: Recommended Display Frame Rate (0008,2144), Cine Rate (0018,0040) or Frame
    Time (0018,1063) in ms, PS3.3 C.7.6.5; within 1..60.
    """
    time_ms = elements.number("FrameTime")
    rates = (
        elements.number("RecommendedDisplayFrameRate"),
        elements.number("CineRate"),
        1000 / time_ms if time_ms else None,
    )
    return next((rate for rate in rates if rate is not None and 1 <= rate <= 60), None)


def side_and_view(elements: Elements) -> tuple[Laterality, View, tuple[ViewModifier, ...]]:
    """Side, view and modifiers: coded ahead of View Position ahead of description text."""
    position_text = elements.text("ViewPosition")
    described = _described(elements)
    coded_view, modifiers = _coded_view(elements)
    position_view, position_modifiers = view_of_position(position_text)
    view = coded_view or position_view or described.view
    if not modifiers:
        modifiers = position_modifiers if position_view or not described.view else described.modifiers
    side = _coded_side(elements) or side_view_of_text(position_text).laterality or described.laterality
    if side and described.laterality and described.view and side is not described.laterality:
        elements.warn(f"the description names the other side than the coded {side}")
    if coded_view and position_view and coded_view is not position_view:
        elements.warn(f"View Position {position_view} contradicts the view code {coded_view}")
    return side, view, modifiers


def _coded_side(elements: Elements) -> Laterality:
    frame_anatomy = group_item(elements, "FrameAnatomySequence")
    return (
        laterality_of(elements.code("ImageLaterality"))
        or (laterality_of(frame_anatomy.code("FrameLaterality")) if frame_anatomy else Laterality.UNKNOWN)
        or laterality_of(elements.code("Laterality"))
    )


def _coded_view(elements: Elements) -> tuple[View, tuple[ViewModifier, ...]]:
    for holder in (elements, *functional_groups(elements)):
        item = holder.first_item("ViewCodeSequence")
        if item is None:
            continue
        view = view_of_code(item.text("CodeValue"), item.text("CodeMeaning"))
        if not view and item.text("CodeValue"):
            elements.warn("the view code is not one of CID 4014")
        # PS3.3 C.8.11.7 nests the modifiers in the view's item; some devices write them beside it
        items = item.items("ViewModifierCodeSequence") or holder.items("ViewModifierCodeSequence")
        found = [modifier_of_code(modifier.text("CodeValue"), modifier.text("CodeMeaning")) for modifier in items]
        if any(one is None and modifier.text("CodeValue") for one, modifier in zip(found, items, strict=True)):
            elements.warn("a view modifier code is not one of CID 4015")
        return view, tuple(dict.fromkeys(modifier for modifier in found if modifier is not None))
    return View.UNKNOWN, ()


def _described(elements: Elements) -> SideView:
    """The first description that names a view, else the first that names a side."""
    found = [side_view_of_text(elements.text(keyword)) for keyword in _DESCRIPTIONS]
    with_view = (one for one in found if one.view)
    with_side = (one for one in found if one.laterality)
    return next(with_view, None) or next(with_side, None) or found[0]


def _patient_orientation(elements: Elements) -> tuple[str, str] | None:
    """Patient Orientation (0020,0020), PS3.3 C.7.6.1.1.1, as (direction of the rows, of the columns)."""
    texts = tuple(text.upper() for text in elements.texts("PatientOrientation"))
    if not any(texts):
        return None
    if len(texts) != 2 or not all(_ORIENTATION.fullmatch(text) for text in texts):
        elements.warn("Patient Orientation is invalid: left out")
        return None
    return texts[0], texts[1]
