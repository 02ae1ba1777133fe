"""Owns how a view is looked at as Grayscale Softcopy Presentation State (PS3.3 A.33.1): window, polarity, way up,
displayed area, marks and corner texts. Never draws.

All grey stages are written, also those that are as in the image, so that the picture does not depend on what a viewer
takes from there (PS3.4 N.2.1): modality, VOI, polarity. A presentation state cannot tell padding; it is the image's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from highdicom import (
    VOILUT,
    ModalityLUT,
    ModalityLUTTransformation,
    PresentationLUT,
    PresentationLUTTransformation,
)
from highdicom.color import CIELabColor
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
)
from pydicom.dataset import Dataset

from mammoview.core.annotate import AMBER, TEXT, CornerTexts
from mammoview.core.geometry import Box, Orientation, Spacing
from mammoview.core.hanging import Frame, stored_at
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import visible
from mammoview.core.prepared import PreparedImage
from mammoview.core.render import current_voi
from mammoview.core.view_state import Placement, Presentation
from mammoview.core.window import Greyscale, Voi, VoiLut, VoiWindow
from mammoview.dicom.objects.uids import Series
from mammoview.dicom.objects.write_graphics import Grid, corner_objects, mark_graphics
from mammoview.dicom.objects.write_source import Source, arguments, finish

_TRANSFORMATIONS = {
    (False, False, False): (0, "N"),
    (False, False, True): (0, "Y"),
    (True, False, True): (90, "N"),
    (True, False, False): (90, "Y"),
    (False, True, True): (180, "N"),
    (False, True, False): (180, "Y"),
    (True, True, False): (270, "N"),
    (True, True, True): (270, "Y"),
}
"""(transpose, flip rows, flip columns) -> Image Rotation (0070,0042) clockwise in degrees and, after it, Image
Horizontal Flip (0070,0041), PS3.3 C.10.6."""

_MOST_DIGITS = 10
_PLAIN, _NO_TEXTS = Presentation(), CornerTexts()

Table = TypeVar("Table", bound=Dataset)


@dataclass(frozen=True, slots=True)
class Look:
    """How one view is looked at.

    `shown`: the part that is in sight, in stored pixels, None for all of it (`displayed_box`). `texts`: what stands in
    the corners, `scored`: whether the classifier's scores are among it. `reader`: who looks, empty where nobody is
    named.
    """

    presentation: Presentation = _PLAIN
    shown: Box | None = None
    marks: tuple[Drawable, ...] = ()
    texts: CornerTexts = _NO_TEXTS
    scored: bool = False
    reader: str = ""


def presentation_state(source: Source, prepared: PreparedImage, look: Look, series: Series, number: int) -> Dataset:
    """The look as an object that refers to the image: instance `number` (from 1) of the series.

    Marks of other images are passed over; of a multi-frame image each mark belongs to its frame, and all else to every
    frame. One that tells scores says CAD in its Content Description (0070,0081): who reads before looking at CAD knows
    by that to keep it for later.
    """
    image, orientation = prepared.image, prepared.laying.orientation
    blank, voi = source.blank(), current_voi(image, look.presentation)
    inverted = prepared.shown_inverted(look.presentation.invert) != (isinstance(voi, VoiWindow) and voi.falls)
    annotations, layers = _annotations(blank, prepared, look)
    told = "window, zoom, marks and CAD scores" if look.scored else "window, zoom and marks"
    made: Dataset = GrayscaleSoftcopyPresentationState(
        [blank],
        content_label="MAMMOVIEW",
        content_description=f"{image.header.side_view}: {told}"[:64],
        graphic_annotations=annotations or None,
        graphic_layers=layers or None,
        modality_lut_transformation=_modality(image.grey),
        voi_lut_transformations=[_voi(voi)],
        presentation_lut_transformation=_presentation_lut(look.presentation.p_values, inverted=inverted),
        **arguments(series, number),
    )
    made.ContentCreatorName = look.reader
    made.Laterality = ""  # of a series that holds both sides
    rotation, flip = _TRANSFORMATIONS[orientation.transpose, orientation.flip_rows, orientation.flip_columns]
    made.ImageRotation, made.ImageHorizontalFlip = rotation, flip
    shown = look.shown or Box(0, 0, image.rows, image.columns)
    made.DisplayedAreaSelectionSequence = [
        _displayed_area(shown, orientation, image.spacing, image.header.pixel_aspect)
    ]
    return finish(made, source, series)


def displayed_box(placement: Placement, frame: Frame) -> Box:
    """The part of an image that is in sight in a viewport, in whole stored pixels; all of it where none is."""
    corners = [
        stored_at(placement, row, column)
        for row in (-0.5, frame.rows_px - 0.5)
        for column in (-0.5, frame.columns_px - 0.5)
    ]
    rows, columns = [row for row, _ in corners], [column for _, column in corners]
    row0, row1 = max(0, math.floor(min(rows) + 0.5)), min(placement.rows, math.ceil(max(rows) + 0.5))
    column0, column1 = max(0, math.floor(min(columns) + 0.5)), min(placement.columns, math.ceil(max(columns) + 0.5))
    if row0 >= row1 or column0 >= column1:
        return Box(0, 0, placement.rows, placement.columns)
    return Box(row0, column0, row1, column1)


def _annotations(
    blank: Dataset, prepared: PreparedImage, look: Look
) -> tuple[list[GraphicAnnotation], list[GraphicLayer]]:
    image = prepared.image
    grid = Grid(image.rows, image.columns, prepared.laying.orientation)
    header = image.header
    every = range(1, header.frames + 1)
    there = {mark.id for mark in visible((item.mark for item in look.marks), header.key, every)}
    annotations: list[GraphicAnnotation] = []
    layers: list[GraphicLayer] = []
    drawn = [(item.mark.frame, *mark_graphics(item, grid)) for item in look.marks if item.mark.id in there]
    if drawn:
        layers.append(GraphicLayer("MARKS", 1, "marks of the reader", CIELabColor.from_rgb(*AMBER)))
        for frame, graphics, words in drawn:
            annotations.append(
                GraphicAnnotation([blank], layers[-1], graphic_objects=graphics or None, text_objects=words or None)
            )
            if header.frames > 1:
                annotations[-1].ReferencedImageSequence[0].ReferencedFrameNumber = frame
    corners = corner_objects(look.texts, outer_left=prepared.chest_wall_right)
    if corners:
        layers.append(GraphicLayer("TEXTS", 2, "side, view and notes", CIELabColor.from_rgb(*TEXT)))
        annotations.append(GraphicAnnotation([blank], layers[-1], text_objects=corners))
    return annotations, layers


def _modality(grey: Greyscale) -> ModalityLUTTransformation | None:
    """PS3.3 C.11.1; None where the stored values are not changed."""
    if grey.modality_lut is not None:
        table = grey.modality_lut
        made = _described(ModalityLUT("US", 0, table.entries), table.first_mapped, table.bits)
        return ModalityLUTTransformation(modality_lut=made)
    if (grey.slope, grey.intercept) == (1.0, 0.0):
        return None
    return ModalityLUTTransformation(rescale_intercept=grey.intercept, rescale_slope=grey.slope, rescale_type="US")


def _voi(voi: Voi) -> SoftcopyVOILUTTransformation:
    """PS3.3 C.11.8."""
    if isinstance(voi, VoiWindow):
        return SoftcopyVOILUTTransformation(
            window_center=_short(voi.center),
            window_width=_short(voi.width),
            window_explanation=voi.explanation[:64] or None,
            voi_lut_function=str(voi.function),
        )
    whole = np.round(voi.entries * (65535.0 / (2**voi.bits - 1))).astype(np.uint16)
    made = _described(VOILUT(0, whole, voi.explanation[:64] or None), voi.first_mapped, 16)
    return SoftcopyVOILUTTransformation(voi_luts=[made])


def _presentation_lut(p_values: VoiLut | None, *, inverted: bool) -> PresentationLUTTransformation:
    """PS3.3 C.11.6: a shape, or the table of a presentation state that the view has, turned round where it is."""
    if p_values is None:
        return PresentationLUTTransformation("INVERSE" if inverted else "IDENTITY")
    entries = p_values.entries
    if inverted:
        entries = (2**p_values.bits - 1 - entries.astype(np.int32)).astype(np.uint16)
    made = PresentationLUT(0, entries)
    made.add_new("LUTDescriptor", "US", [entries.size % 65536, 0, p_values.bits])
    return PresentationLUTTransformation(presentation_lut=made)


def _described(made: Table, first_mapped: int, bits: int) -> Table:
    """With the LUT Descriptor (0028,3002) by the file's own first value, which may be negative."""
    entries = int(made.LUTDescriptor[0])
    made.add_new("LUTDescriptor", "SS" if first_mapped < 0 else "US", [entries, first_mapped, bits])
    return made


def _short(number: float) -> float:
    """As many digits as a decimal string holds."""
    return float(f"{number:.{_MOST_DIGITS}g}")


def _displayed_area(shown: Box, orientation: Orientation, spacing: Spacing | None, aspect: float) -> Dataset:
    """PS3.3 C.10.4: the corners are named by the stored pixels (from 1, column first) that are at the top left and the
    bottom right as shown."""
    area = Dataset()
    first, last = (shown.row0 + 1, shown.column0 + 1), (shown.row1, shown.column1)
    flip_rows, flip_columns = orientation.flip_rows, orientation.flip_columns
    if orientation.transpose:
        flip_rows, flip_columns = flip_columns, flip_rows
    rows = (last[0], first[0]) if flip_rows else (first[0], last[0])
    columns = (last[1], first[1]) if flip_columns else (first[1], last[1])
    area.DisplayedAreaTopLeftHandCorner = [columns[0], rows[0]]
    area.DisplayedAreaBottomRightHandCorner = [columns[1], rows[1]]
    area.PresentationSizeMode = "SCALE TO FIT"
    if spacing is not None and spacing.kind != "assumed":
        area.PresentationPixelSpacing = [f"{step:.{_MOST_DIGITS}g}" for step in (spacing.row_mm, spacing.column_mm)]
    else:
        area.PresentationPixelAspectRatio = [round(1000 * aspect), 1000] if aspect != 1 else [1, 1]
    return area
