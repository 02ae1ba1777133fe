"""Owns the objects of other makers that tests lay over made mammograms: made by highdicom, as others make them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ContainerContentItem,
    ContentSequence,
    ImageContentItem,
    NumContentItem,
    RelationshipTypeValues,
    ScoordContentItem,
    TextContentItem,
    UIDRefContentItem,
)
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID

from mammoview.core.overlaid import Overlaid
from mammoview.core.study import ImageSource
from mammoview.dicom.objects.read_objects import read_object_header, read_overlaid
from mammoview.dicom.reader import read_header
from tests.factories import make_uid, save

CAD_CLASS = "1.2.840.10008.5.1.4.1.1.88.50"
REQUIRED, OPTIONAL, NOT = "111150", "111151", "111152"
_CONTAINS = RelationshipTypeValues.CONTAINS
_FROM = RelationshipTypeValues.INFERRED_FROM
_SELECTED = RelationshipTypeValues.SELECTED_FROM
_MODIFIES = RelationshipTypeValues.HAS_CONCEPT_MOD
_PROPERTY = RelationshipTypeValues.HAS_PROPERTIES
_ACQUIRED = RelationshipTypeValues.HAS_ACQ_CONTEXT


def dcm(value: str, meaning: str) -> CodedConcept:
    return CodedConcept(value, "DCM", meaning)


def _maker(number: int, *what: object) -> dict[str, Any]:
    return {
        "series_instance_uid": make_uid("overlaid series", *what),
        "series_number": number,
        "sop_instance_uid": make_uid("overlaid", *what),
        "instance_number": 1,
        "manufacturer": "Other Maker",
        "manufacturer_model_name": "Finder 3",
        "software_versions": "3.1",
        "device_serial_number": "7",
    }


def save_object(folder: Path, dataset: Dataset, name: str) -> Path:
    """The object as a file of this name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, of values that are odd on purpose
        dataset.save_as(path, enforce_file_format=True)
    return path


def read(folder: Path, made: Dataset, *images: FileDataset) -> Overlaid:
    """What the program reads of an object, laid over these images."""
    header = read_object_header(ImageSource(save_object(folder, made, "object.dcm")))
    assert header is not None
    paths = [save(one, folder / f"image{number}.dcm") for number, one in enumerate(images)]
    return read_overlaid(header, [read_header(ImageSource(path)) for path in paths])


# --- presentation states


def graphic(kind: str, points: Sequence[tuple[float, float]], *, units: str = "PIXEL", filled: bool = False) -> Any:
    """(column, row) pairs."""
    return hd.pr.GraphicObject(kind, np.array(points, np.float64), units, is_filled=filled)


def text(words: str, *, anchor: tuple[float, float] | None = None, box: Any = None, units: str = "PIXEL") -> Any:
    return hd.pr.TextObject(words, units, bounding_box=box, anchor_point=anchor)


def compound(kind: str, points: Sequence[tuple[float, float]], number: int = 1, **attributes: object) -> Dataset:
    """A compound graphic of (column, row) pairs."""
    item = Dataset()
    item.CompoundGraphicInstanceID, item.CompoundGraphicType, item.CompoundGraphicUnits = number, kind, "PIXEL"
    item.GraphicDimensions, item.NumberOfGraphicPoints = 2, len(points)
    item.GraphicData = [float(place) for point in points for place in point]
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def make_presentation(
    images: Sequence[Dataset],
    *,
    graphics: Sequence[Any] = (),
    texts: Sequence[Any] = (),
    annotated: Sequence[Dataset] | None = None,
    window: tuple[float, float] | None = (2000.0, 1000.0),
    label: str = "MARKED",
    **attributes: object,
) -> Dataset:
    """A presentation state of `images`; its annotations are on those `annotated` (all where None)."""
    layer = hd.pr.GraphicLayer("MARKS", order=1)
    annotations = []
    if graphics or texts:
        on = list(images if annotated is None else annotated)
        annotations = [hd.pr.GraphicAnnotation(on, layer, graphic_objects=graphics or None, text_objects=texts or None)]
    voi = None
    if window is not None:
        voi = [hd.pr.SoftcopyVOILUTTransformation(window_center=window[0], window_width=window[1])]
    state = hd.pr.GrayscaleSoftcopyPresentationState(
        list(images),
        **_maker(90, "state", label, images[0].SOPInstanceUID),
        content_label=label,
        graphic_annotations=annotations or None,
        graphic_layers=[layer] if annotations else None,
        voi_lut_transformations=voi,
    )
    for keyword, value in attributes.items():
        setattr(state, keyword, value)
    return state


def displayed_area(first: tuple[int, int], last: tuple[int, int]) -> list[Dataset]:
    """One displayed area for all images, from (column, row) to (column, row), counted from 1."""
    item = Dataset()
    item.DisplayedAreaTopLeftHandCorner, item.DisplayedAreaBottomRightHandCorner = list(first), list(last)
    item.PresentationSizeMode, item.PresentationPixelAspectRatio = "SCALE TO FIT", [1, 1]
    return [item]


def lut_item(entries: NDArray[np.uint16], first: int = 0) -> Dataset:
    """An item of a LUT sequence of 16 bits."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [entries.size % 65536, first, 16])
    item.add_new("LUTData", "OW", entries.tobytes())
    return item


def overlay_plane(state: Dataset, mask: NDArray[np.uint8], *, group: int = 0x6000, layer: str = "") -> Dataset:
    """The state with an overlay plane of its own, at the image's first pixel; activated where a layer is named."""
    tag = group << 16
    state.add_new(tag | 0x0010, "US", mask.shape[0])
    state.add_new(tag | 0x0011, "US", mask.shape[1])
    state.add_new(tag | 0x0040, "CS", "G")
    state.add_new(tag | 0x0050, "SS", [1, 1])
    state.add_new(tag | 0x0100, "US", 1)
    state.add_new(tag | 0x0102, "US", 0)
    if layer:
        state.add_new(tag | 0x1001, "CS", layer)
    bits = np.packbits(mask.ravel(), bitorder="little").tobytes()
    state.add_new(tag | 0x3000, "OW", bits + b"\0" * (len(bits) % 2))
    return state


def bitmap_shutter(state: Dataset, mask: NDArray[np.uint8], *, grey: int = 0) -> Dataset:
    """The state with a bitmap shutter where `mask` is 1."""
    overlay_plane(state, mask, group=0x6002)
    state.ShutterShape, state.ShutterOverlayGroup, state.ShutterPresentationValue = "BITMAP", 0x6002, grey
    return state


# --- reports


def region(
    kind: str, points: Sequence[tuple[float, float]], image: Dataset, *, code: str, frame: int | None = None
) -> Any:
    """A place on an image, (column, row) pairs."""
    names = {"111010": "Center", "111041": "Outline", "111030": "Image Region"}
    item = ScoordContentItem(dcm(code, names[code]), kind, np.array(points, np.float64), relationship_type=_PROPERTY)
    item.ContentSequence = ContentSequence([_image(image, frame)])
    return item


def _image(image: Dataset, frame: int | None = None) -> Any:
    return ImageContentItem(
        dcm("121112", "Source of Measurement"),
        image.SOPClassUID,
        image.SOPInstanceUID,
        referenced_frame_numbers=frame,
        relationship_type=_SELECTED,
    )


def make_finding(
    regions: Sequence[Any],
    *,
    intent: str = REQUIRED,
    point: int | None = None,
    certainty: float | None = 87.0,
    what: tuple[str, str, str] = ("4147007", "SCT", "Mass"),
) -> Any:
    """A single image finding of TID 4006."""
    item = CodeContentItem(dcm("111059", "Single Image Finding"), CodedConcept(*what), relationship_type=_FROM)
    words = {REQUIRED: "Presentation Required", OPTIONAL: "Presentation Optional", NOT: "Not for Presentation"}
    below: list[Any] = [
        CodeContentItem(dcm("111056", "Rendering Intent"), dcm(intent, words[intent]), relationship_type=_MODIFIES)
    ]
    if point is not None:
        number = NumContentItem(dcm("111071", "CAD Operating Point"), point, codes.UCUM.NoUnits, None, _PROPERTY)
        below.append(number)
    if certainty is not None:
        percent = codes.UCUM.Percent
        below.append(NumContentItem(dcm("111012", "Certainty of Finding"), certainty, percent, None, _PROPERTY))
    item.ContentSequence = ContentSequence([*below, *regions])
    return item


def make_cad(
    images: Sequence[Dataset],
    findings: Sequence[Any],
    *,
    summary: tuple[str, str] = ("111242", "All algorithms succeeded; with findings"),
    detections: tuple[str, str] = ("111222", "Succeeded"),
    failed: str = "",
    geometry: bool = False,
    label: str = "cad",
) -> Dataset:
    """A Mammography CAD report (TID 4000) of `images`."""
    root = ContainerContentItem(dcm("111036", "Mammography CAD Report"), template_id="4000")
    library = ContainerContentItem(dcm("111028", "Image Library"), relationship_type=_CONTAINS)
    library.ContentSequence = ContentSequence([_library_entry(image, geometry=geometry) for image in images])
    found = CodeContentItem(dcm("111017", "CAD Processing and Findings Summary"), dcm(*summary), _CONTAINS)
    impression = ContainerContentItem(dcm("111034", "Individual Impression/Recommendation"), relationship_type=_FROM)
    intent = CodeContentItem(
        dcm("111056", "Rendering Intent"), dcm(REQUIRED, "Presentation Required"), relationship_type=_MODIFIES
    )
    impression.ContentSequence = ContentSequence([intent, *findings])
    found.ContentSequence = ContentSequence([impression])
    done = CodeContentItem(dcm("111064", "Summary of Detections"), dcm(*detections), _CONTAINS)
    if failed:
        part = CodeContentItem(
            dcm("111022", "Detection Performed"), CodedConcept("129748", "99MADE", failed), _CONTAINS
        )
        parts = ContainerContentItem(dcm("111025", "Failed Detections"), relationship_type=_FROM)
        parts.ContentSequence = ContentSequence([part])
        done.ContentSequence = ContentSequence([parts])
    root.ContentSequence = ContentSequence([library, found, done])
    report = hd.sr.ComprehensiveSR(list(images), root, **_report(91, "cad", label, images[0].SOPInstanceUID))
    report.SOPClassUID = CAD_CLASS
    report.file_meta.MediaStorageSOPClassUID = UID(CAD_CLASS)
    return report


def _report(number: int, *what: object) -> dict[str, Any]:
    made = _maker(number, *what)
    del made["device_serial_number"], made["software_versions"], made["manufacturer_model_name"]
    return {**made, "is_complete": True, "is_verified": False}


def _library_entry(image: Dataset, *, geometry: bool) -> Any:
    entry = ImageContentItem(
        dcm("111032", "Image"), image.SOPClassUID, image.SOPInstanceUID, relationship_type=_CONTAINS
    )
    if geometry:
        row, column = image.PatientOrientation
        down, across = image.ImagerPixelSpacing
        mm = codes.UCUM.Millimeter
        entry.ContentSequence = ContentSequence(
            [
                TextContentItem(dcm("111044", "Patient Orientation Row"), row, _ACQUIRED),
                TextContentItem(dcm("111043", "Patient Orientation Column"), column, _ACQUIRED),
                NumContentItem(dcm("111026", "Horizontal Pixel Spacing"), float(across), mm, None, _ACQUIRED),
                NumContentItem(dcm("111066", "Vertical Pixel Spacing"), float(down), mm, None, _ACQUIRED),
            ]
        )
    return entry


def make_measurements(images: Sequence[Dataset], groups: Sequence[tuple[Any, str, float, str]]) -> Dataset:
    """A measurement report (TID 1500); each group is (region, finding, value in mm, tracking label)."""
    root = ContainerContentItem(dcm("126000", "Imaging Measurement Report"), template_id="1500")
    holder = ContainerContentItem(dcm("126010", "Imaging Measurements"), relationship_type=_CONTAINS)
    made = []
    for place, finding, value, label in groups:
        group = ContainerContentItem(dcm("125007", "Measurement Group"), relationship_type=_CONTAINS)
        place.RelationshipType = "CONTAINS"
        length = CodedConcept("410668003", "SCT", "Length")
        group.ContentSequence = ContentSequence(
            [
                TextContentItem(dcm("112039", "Tracking Identifier"), label, RelationshipTypeValues.HAS_OBS_CONTEXT),
                UIDRefContentItem(
                    dcm("112040", "Tracking Unique Identifier"), make_uid(label), RelationshipTypeValues.HAS_OBS_CONTEXT
                ),
                CodeContentItem(dcm("121071", "Finding"), CodedConcept("4147007", "SCT", finding), _CONTAINS),
                NumContentItem(length, value, codes.UCUM.Millimeter, None, _CONTAINS),
                place,
            ]
        )
        made.append(group)
    holder.ContentSequence = ContentSequence(made)
    root.ContentSequence = ContentSequence([holder])
    return hd.sr.ComprehensiveSR(list(images), root, **_report(92, "measured", images[0].SOPInstanceUID))


# --- rasters


def make_segmentation(
    image: FileDataset, mask: NDArray[Any], *, label: str = "mass", automatic: bool = True, fractional: bool = False
) -> Dataset:
    """A segmentation with one segment, `mask` (rows, columns) of the image's size."""
    algorithm = hd.AlgorithmIdentificationSequence("finder", dcm("123110", "Artificial Intelligence"), "3.1")
    kind = hd.seg.SegmentAlgorithmTypeValues
    segment = hd.seg.SegmentDescription(
        1,
        label,
        CodedConcept("49755003", "SCT", "Morphologically abnormal structure"),
        CodedConcept("4147007", "SCT", "Mass"),
        kind.AUTOMATIC if automatic else kind.MANUAL,
        algorithm if automatic else None,
    )
    values = mask.astype(np.float32) if fractional else mask.astype(np.uint8)
    return hd.seg.Segmentation(
        [image],
        values,
        "FRACTIONAL" if fractional else "BINARY",
        [segment],
        **_maker(93, "segments", label, image.SOPInstanceUID),
    )


def make_map(image: FileDataset, values: NDArray[np.float32]) -> Dataset:
    """A parametric map of the image's size, or smaller; highdicom needs a frame of reference, which only a copy has."""
    copy = Dataset()
    copy.update(image)
    copy.file_meta = image.file_meta
    copy.FrameOfReferenceUID, copy.PositionReferenceIndicator = make_uid("frame", image.SOPInstanceUID), ""
    copy.PixelSpacing, copy.SliceThickness = [0.1, 0.1], 1.0
    copy.ImagePositionPatient, copy.ImageOrientationPatient = [0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    mapping = hd.pm.RealWorldValueMapping(
        lut_label="suspicion",
        lut_explanation="suspicion",
        unit=codes.UCUM.NoUnits,
        value_range=(0.0, 1.0),
        slope=1.0,
        intercept=0.0,
    )
    measures = hd.PixelMeasuresSequence([0.1, 0.1], 1.0)
    return hd.pm.ParametricMap(
        [copy],
        values,
        **_maker(94, "map", image.SOPInstanceUID),
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[mapping],
        voi_lut_transformations=[hd.VOILUTTransformation(window_center=0.5, window_width=1.0)],
        pixel_measures=measures,
        plane_orientation=hd.PlaneOrientationSequence("PATIENT", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        plane_positions=[hd.PlanePositionSequence("PATIENT", [0.0, 0.0, 0.0])],
    )
