"""Owns the image library of a CAD report: which images were looked at, and how each lies (PS3.16 TID 4020)."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset

from mammoview.dicom.elements import Elements
from mammoview.dicom.objects import codes
from mammoview.dicom.objects import write_tree as tree
from mammoview.dicom.objects.write_source import Source
from mammoview.dicom.objects.write_tree import ACQUISITION, CONTAINS, MODIFIER
from mammoview.dicom.quiet import caught_warnings

_UM_PER_MM = 1000.0


def image_library(sources: Sequence[Source]) -> Dataset:
    """The container with one entry for each image, in their order."""
    return tree.container(CONTAINS, codes.IMAGE_LIBRARY, *(_entry(source) for source in sources))


def _entry(source: Source) -> Dataset:
    """An image with what it takes to know whether marks fit on another rendition of it (PS3.17 E.5): side, view,
    orientation, times and pixel spacing, as the file tells them."""
    header, children = source.header, []
    if header.laterality in codes.SIDES:
        children.append(tree.code(ACQUISITION, codes.IMAGE_LATERALITY, codes.SIDES[header.laterality]))
    if header.view in codes.VIEWS:
        modifiers = (
            tree.code(MODIFIER, codes.IMAGE_VIEW_MODIFIER, codes.VIEW_MODIFIERS[modifier])
            for modifier in header.view_modifiers
        )
        children.append(tree.code(ACQUISITION, codes.IMAGE_VIEW, codes.VIEWS[header.view], *modifiers))
    if header.patient_orientation is not None:
        row, column = header.patient_orientation
        children.append(tree.text(ACQUISITION, codes.ORIENTATION_ROW, row))
        children.append(tree.text(ACQUISITION, codes.ORIENTATION_COLUMN, column))
    with caught_warnings():
        elements = Elements(source.dataset)
        for name, keyword in ((codes.STUDY_DATE, "StudyDate"), (codes.CONTENT_DATE, "ContentDate")):
            day, clock = elements.date(keyword), elements.time(keyword.replace("Date", "Time"))
            if day:
                children.append(tree.date(ACQUISITION, name, day))
            if clock:
                of_clock = codes.STUDY_TIME if name is codes.STUDY_DATE else codes.CONTENT_TIME
                children.append(tree.time(ACQUISITION, of_clock, clock))
        spacing = elements.numbers("ImagerPixelSpacing") or elements.numbers("PixelSpacing")
    if len(spacing) == 2 and min(spacing) > 0:
        row_mm, column_mm = spacing
        children.append(tree.number(ACQUISITION, codes.HORIZONTAL_SPACING, column_mm * _UM_PER_MM, codes.MICROMETER))
        children.append(tree.number(ACQUISITION, codes.VERTICAL_SPACING, row_mm * _UM_PER_MM, codes.MICROMETER))
    return tree.image(CONTAINS, source, *children)
