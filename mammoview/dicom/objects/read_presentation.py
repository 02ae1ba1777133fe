"""Owns the reading of Grayscale Softcopy Presentation States (PS3.3 A.33.1): data set -> `Overlaid`. Never draws them
or reads pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mammoview.core.geometry import Orientation
from mammoview.core.marks import MAX_POSITION_PX, Point
from mammoview.core.overlaid import Overlaid, PresentationState, Unshown
from mammoview.core.study import ImageHeader, ObjectHeader
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_graphics import GraphicReader, Target
from mammoview.dicom.objects.read_layers import PlaneReader, layers_of
from mammoview.dicom.objects.read_places import Places, frames_of
from mammoview.dicom.objects.read_shutters import ShutterReader
from mammoview.dicom.objects.read_state_greys import greys_of

_TURNS = {
    0: Orientation(),
    90: Orientation(transpose=True, flip_columns=True),
    180: Orientation(flip_rows=True, flip_columns=True),
    270: Orientation(transpose=True, flip_rows=True),
}
"""Image Rotation (0070,0042), clockwise, as this program lays an image."""

_LARGEST_MAGNIFICATION = 64.0


@dataclass(slots=True, eq=False)
class _Reader:
    """One presentation state and the images that it is about, each with the frames of it; none named = all."""

    elements: Elements
    places: Places
    targets: dict[str, tuple[ImageHeader, frozenset[int]]]

    def meant(self, item: Elements) -> Iterator[tuple[ImageHeader, frozenset[int]]]:
        """The images (and frames) that an item is about: those that it names, else all of the state's."""
        references = item.items("ReferencedImageSequence")
        if not references:
            yield from self.targets.values()
        for reference in references:
            known = self.targets.get(reference.uid("ReferencedSOPInstanceUID") or "")
            if known is not None:
                yield known[0], frames_of(reference) or known[1]

    def about(self, keyword: str, image: ImageHeader) -> Iterator[Elements]:
        """The items of a sequence that are about an image."""
        for item in self.elements.items(keyword):
            if any(one is image for one, _ in self.meant(item)):
                yield item


def read_presentation(header: ObjectHeader, elements: Elements, images: Sequence[ImageHeader]) -> Overlaid:
    """What a presentation state lays over those of `images` that it names; what is not understood is said."""
    places = Places(images)
    targets: dict[str, tuple[ImageHeader, frozenset[int]]] = {}
    for series in elements.items("ReferencedSeriesSequence"):
        for reference in series.items("ReferencedImageSequence"):
            uid = reference.uid("ReferencedSOPInstanceUID") or ""
            image = next((image for image in images if image.sop_instance_uid == uid), None)
            if image is not None:
                frames = frames_of(reference)
                if uid in targets:
                    before = targets[uid][1]
                    frames = before | frames if before and frames else frozenset()
                targets[uid] = (image, frames)
    reader = _Reader(elements, places, targets)
    layers = layers_of(elements)
    planes, shutters = PlaneReader(elements, layers, places), ShutterReader(elements, places)
    states = {
        image.key: replace(_state(reader, image, planes, shutters), frames=frames) for image, frames in targets.values()
    }
    graphics = GraphicReader(layers, places)
    for annotation in graphics.in_order(elements.items("GraphicAnnotationSequence")):
        for image, frames in reader.meant(annotation):
            if not graphics.full:
                graphics.read(annotation, Target(image, frames, states[image.key]))
    if elements.has(0x00286100):
        places.say(Unshown.MASK)
    for name, count in graphics.left_out.items():
        places.say(f"{count} {name}: not shown")
    return Overlaid(
        header,
        tuple(graphics.found),
        states=states,
        statements=tuple(_statements(elements, targets, states)),
        not_understood=tuple(places.lines),
    )


def _statements(
    elements: Elements,
    targets: Mapping[str, tuple[ImageHeader, frozenset[int]]],
    states: Mapping[str, PresentationState],
) -> Iterator[str]:
    """How the state wants the images to lie; a mammogram hangs as mammograms do until the reader chooses the state."""
    rotation = int(elements.number("ImageRotation") or 0) % 360
    turned = [f"turned by {rotation}°"] if rotation in _TURNS and rotation else []
    mirrored = ["mirrored"] if elements.code("ImageHorizontalFlip") == "Y" else []
    if turned or mirrored:
        yield f"{' and '.join([*turned, *mirrored])} by its maker; hung as all views are until it is chosen"
    for image, _ in targets.values():
        if states[image.key].area is not None:
            yield f"shows a part of {image.side_view}"


def _state(reader: _Reader, image: ImageHeader, planes: PlaneReader, shutters: ShutterReader) -> PresentationState:
    elements = reader.elements
    rotation = int(elements.number("ImageRotation") or 0) % 360
    if rotation not in _TURNS:
        reader.places.say(Unshown.ROTATION)
    orientation = _TURNS.get(rotation, Orientation())
    if elements.code("ImageHorizontalFlip") == "Y":
        orientation = orientation.then(Orientation(flip_columns=True))
    greys = greys_of(elements, reader.about("SoftcopyVOILUTSequence", image), image, reader.places)
    area, magnification = _area(reader, image)
    laid = planes.on(image)
    outlines, plane = shutters.on(image, laid.shutter)
    return PresentationState(
        voi=greys.voi,
        inverse=greys.inverse,
        orientation=orientation,
        area=area,
        shutters=outlines,
        shutter_grey=shutters.grey(),
        unwindowed=greys.unwindowed,
        p_values=greys.p_values,
        lays=elements.has("ImageRotation") or elements.has("ImageHorizontalFlip"),
        magnification=magnification,
        shutter_plane=plane,
        planes=laid.laid,
        active=laid.active,
    )


def _area(reader: _Reader, image: ImageHeader) -> tuple[tuple[Point, Point] | None, float | None]:
    """The displayed area (0070,005A) of an image, as stored positions of the pixels in its first and last corner, and
    its Presentation Pixel Magnification Ratio (0070,0103) where it is magnified (PS3.3 C.10.4); none where that is the
    whole image.
    """
    for item in reader.about("DisplayedAreaSelectionSequence", image):
        first = item.numbers("DisplayedAreaTopLeftHandCorner")
        last = item.numbers("DisplayedAreaBottomRightHandCorner")
        if len(first) != 2 or len(last) != 2 or not _within(image, first, last):
            reader.places.say(Unshown.AREA)
            return None, None
        area = (first[1] - 1, first[0] - 1), (last[1] - 1, last[0] - 1)
        mode, ratio = item.code("PresentationSizeMode"), item.number("PresentationPixelMagnificationRatio")
        if mode == "TRUE SIZE":
            reader.places.say(Unshown.TRUE_SIZE)
        magnified = mode == "MAGNIFY" and ratio is not None and 0 < ratio <= _LARGEST_MAGNIFICATION
        sides = zip(first, last, (image.columns, image.rows), strict=True)
        whole = all(min(one, other) <= 1 and max(one, other) >= size for one, other, size in sides)
        return (None, None) if whole and not magnified else (area, ratio if magnified else None)
    return None, None


def _within(image: ImageHeader, first: Sequence[float], last: Sequence[float]) -> bool:
    """Whether any of the image lies between two corners (column and row, from 1)."""
    if max(map(abs, (*first, *last))) > MAX_POSITION_PX:
        return False
    sides = zip(first, last, (image.columns, image.rows), strict=True)
    return all(min(one, other) <= size and max(one, other) >= 1 for one, other, size in sides)
