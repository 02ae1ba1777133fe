"""Owns the reading of Grayscale Softcopy Presentation States (PS3.3 A.33.1): data set -> `Overlaid`. Never draws them
or reads pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Orientation
from mammoview.core.marks import MAX_POSITION_PX, Point
from mammoview.core.overlaid import MAX_GRAPHICS, Graphic, GraphicForm, Overlaid, PresentationState
from mammoview.core.study import ImageHeader, ObjectHeader
from mammoview.core.window import Voi
from mammoview.dicom.elements import Elements
from mammoview.dicom.greyscale import greyscale_of
from mammoview.dicom.objects.read_places import Places, circle, ellipse, frames_of, points_of
from mammoview.dicom.objects.read_tree import short

_TURNS = {
    0: Orientation(),
    90: Orientation(transpose=True, flip_columns=True),
    180: Orientation(flip_rows=True, flip_columns=True),
    270: Orientation(transpose=True, flip_rows=True),
}
"""Image Rotation (0070,0042), clockwise, as this program lays an image."""

_WHITE = 0xFFFF
_MOST_LINES = 40


@dataclass(slots=True, eq=False)
class _Reader:
    """One presentation state and the images that it is about, each with the frames of it; none named = all."""

    elements: Elements
    places: Places
    targets: dict[str, tuple[ImageHeader, frozenset[int]]]
    left_out: Counter[str] = field(default_factory=Counter)

    def meant(self, item: Elements) -> Iterator[tuple[ImageHeader, frozenset[int]]]:
        """The images (and frames) that an item is about: those that it names, else all of the state's."""
        references = item.items("ReferencedImageSequence")
        if not references:
            yield from self.targets.values()
        for reference in references:
            known = self.targets.get(reference.uid("ReferencedSOPInstanceUID") or "")
            if known is not None:
                yield known[0], frames_of(reference) or known[1]


def read_presentation(header: ObjectHeader, elements: Elements, images: Sequence[ImageHeader]) -> Overlaid:
    """What a presentation state lays over those of `images` that it names; what is not understood is said."""
    places = Places(images)
    targets: dict[str, tuple[ImageHeader, frozenset[int]]] = {}
    for series in elements.items("ReferencedSeriesSequence"):
        for reference in series.items("ReferencedImageSequence"):
            uid = reference.uid("ReferencedSOPInstanceUID") or ""
            image = next((image for image in images if image.sop_instance_uid == uid), None)
            if image is not None:
                targets[uid] = (image, frames_of(reference))
    reader = _Reader(elements, places, targets)
    states = {image.key: _state(reader, image) for image, _ in targets.values()}
    graphics = _graphics(reader, states)
    for tag, name in ((0x00286100, "a mask subtraction"), (0x60000010, "an overlay plane")):
        if elements.has(tag):
            places.say(f"{name} is not shown")
    for name, count in reader.left_out.items():
        places.say(f"{count} {name}: not shown")
    return Overlaid(
        header,
        graphics,
        states=states,
        statements=tuple(_statements(elements, targets, states)),
        not_understood=tuple(places.lines),
    )


def _statements(
    elements: Elements,
    targets: Mapping[str, tuple[ImageHeader, frozenset[int]]],
    states: Mapping[str, PresentationState],
) -> Iterator[str]:
    """How the state wants the images to lie; a mammogram hangs as mammograms do all the same."""
    rotation = int(elements.number("ImageRotation") or 0) % 360
    turned = [f"turned by {rotation}°"] if rotation in _TURNS and rotation else []
    mirrored = ["mirrored"] if elements.code("ImageHorizontalFlip") == "Y" else []
    if turned or mirrored:
        yield f"{' and '.join([*turned, *mirrored])} by its maker; hung as all views are"
    for image, _ in targets.values():
        state = states[image.key]
        if state.area is not None and set(state.area) != set(_whole(image, state.orientation)):
            yield f"shows a part of {image.side_view}"


def _state(reader: _Reader, image: ImageHeader) -> PresentationState:
    elements = reader.elements
    rotation = int(elements.number("ImageRotation") or 0) % 360
    if rotation not in _TURNS:
        reader.places.say("Image Rotation is no quarter turn: left out")
    orientation = _TURNS.get(rotation, Orientation())
    if elements.code("ImageHorizontalFlip") == "Y":
        orientation = orientation.then(Orientation(flip_columns=True))
    inverse = {"IDENTITY": False, "INVERSE": True}.get(elements.code("PresentationLUTShape"))
    if elements.has("PresentationLUTSequence"):
        reader.places.say("a presentation LUT is not applied")
    area = next(_areas(reader, image), None)
    grey = elements.number("ShutterPresentationValue") or 0
    return PresentationState(
        voi=_voi(reader, image),
        inverse=inverse,
        orientation=orientation,
        area=area,
        shutters=tuple(_shutters(reader)),
        shutter_grey=round(255 * min(max(grey, 0), _WHITE) / _WHITE),
    )


def _voi(reader: _Reader, image: ImageHeader) -> Voi | None:
    """The first VOI that is for the image; none where the state has a modality stage unlike the image's own."""
    elements = reader.elements
    slope, intercept = elements.number("RescaleSlope"), elements.number("RescaleIntercept")
    own = image.grey
    unlike = slope is not None and (slope, intercept or 0.0) != (own.slope, own.intercept)
    for item in elements.items("SoftcopyVOILUTSequence"):
        if not any(one is image for one, _ in reader.meant(item)):
            continue
        if elements.has("ModalityLUTSequence") or unlike or own.modality_lut is not None:
            reader.places.say("its modality LUT is not applied, so neither is its window")
            return None
        vois = greyscale_of(Elements(item.dataset, [])).vois
        if vois:
            return vois[0]
        reader.places.say("its window cannot be read")
    return None


def _areas(reader: _Reader, image: ImageHeader) -> Iterator[tuple[Point, Point]]:
    """Displayed areas (0070,005A) for an image, as stored positions of the pixels in their first and last corner."""
    for item in reader.elements.items("DisplayedAreaSelectionSequence"):
        if not any(one is image for one, _ in reader.meant(item)):
            continue
        first = item.numbers("DisplayedAreaTopLeftHandCorner")
        last = item.numbers("DisplayedAreaBottomRightHandCorner")
        if len(first) == len(last) == 2 and max(map(abs, (*first, *last))) <= MAX_POSITION_PX:
            yield (first[1] - 1, first[0] - 1), (last[1] - 1, last[0] - 1)
        else:
            reader.places.say("a displayed area cannot be read: the whole image is meant")


def _shutters(reader: _Reader) -> Iterator[tuple[Point, ...]]:
    """PS3.3 C.7.6.11: rows and columns of shutters count from 1."""
    elements = reader.elements
    for shape in (text.upper() for text in elements.texts("ShutterShape")):
        outline: tuple[Point, ...] = ()
        if shape == "RECTANGULAR":
            edges = [
                elements.number(f"Shutter{edge}Edge")
                for edge in ("UpperHorizontal", "LeftVertical", "LowerHorizontal", "RightVertical")
            ]
            if None not in edges:
                top, left, foot, right = (float(edge or 0) - 1 for edge in edges)
                outline = ((top, left), (top, right), (foot, right), (foot, left))
        elif shape == "CIRCULAR":
            centre, radius = elements.numbers("CenterOfCircularShutter"), elements.number("RadiusOfCircularShutter")
            if len(centre) == 2 and radius:
                outline = circle((centre[0] - 1, centre[1] - 1), (centre[0] - 1, centre[1] - 1 + radius))
        elif shape == "POLYGONAL":
            numbers = elements.numbers("VerticesOfThePolygonalShutter")
            if len(numbers) >= 6 and len(numbers) % 2 == 0:
                outline = tuple((row - 1, column - 1) for row, column in zip(numbers[::2], numbers[1::2], strict=True))
        elif not shape:
            continue
        if len(outline) < 3 or max(abs(place) for point in outline for place in point) > MAX_POSITION_PX:
            reader.places.say("a shutter cannot be read: left out")
        else:
            yield outline


# --- graphics and texts


def _graphics(reader: _Reader, states: dict[str, PresentationState]) -> tuple[Graphic, ...]:
    found: list[Graphic] = []
    for annotation in _in_order(reader.elements):
        compounds = len(annotation.items("CompoundGraphicSequence"))
        if compounds:
            reader.left_out["compound graphics"] += compounds
        for image, frames in reader.meant(annotation):
            for make, keyword in ((_graphic, "GraphicObjectSequence"), (_text, "TextObjectSequence")):
                for item in annotation.items(keyword):
                    if len(found) >= MAX_GRAPHICS:
                        reader.places.say(f"more than {MAX_GRAPHICS} graphics: the rest is left out")
                        return tuple(found)
                    made = make(reader, item, image, frames, states[image.key])
                    found.extend(made)
    return tuple(found)


def _in_order(elements: Elements) -> list[Elements]:
    """The annotations by Graphic Layer Order (0070,0062), the lowest first: a later one lies over it."""
    layers = elements.items("GraphicLayerSequence")
    orders = {layer.code("GraphicLayer"): layer.number("GraphicLayerOrder") or 0 for layer in layers}
    annotations = elements.items("GraphicAnnotationSequence")
    return sorted(annotations, key=lambda item: orders.get(item.code("GraphicLayer"), 0))


def _graphic(
    reader: _Reader, item: Elements, image: ImageHeader, frames: frozenset[int], state: PresentationState
) -> list[Graphic]:
    """PS3.3 C.10.5.1.2; more than one for a multitude of points."""
    points = _stored(item, "GraphicAnnotationUnits", "GraphicData", image, state)
    kind, filled = item.code("GraphicType"), item.code("GraphicFilled") == "Y"
    try:
        return list(graphics_of(kind, points, image.key, frames, filled=filled))
    except MammoviewError:
        reader.left_out[f"graphics of kind {kind or 'unknown'}"[:60]] += 1
        return []


def graphics_of(
    kind: str, points: Sequence[Point], image_key: str, frames: frozenset[int], *, filled: bool = False
) -> Iterator[Graphic]:
    """Graphic types of PS3.3 C.10.5.1.2 and C.18.6.1.2 as graphics. Raises MammoviewError for any other, or where the
    number of points is wrong.
    """
    form = GraphicForm.LINE
    if kind in ("POINT", "MULTIPOINT"):
        if not points or (kind == "POINT" and len(points) != 1):
            raise MammoviewError("a point of another number of places")
        yield from (Graphic(image_key, GraphicForm.POINT, (point,), frames=frames) for point in points)
        return
    if kind == "CIRCLE" and len(points) == 2:
        form, points = GraphicForm.OUTLINE, circle(points[0], points[1])
    elif kind == "ELLIPSE" and len(points) == 4:
        form, points = GraphicForm.OUTLINE, ellipse(points)
    elif kind not in ("POLYLINE", "INTERPOLATED"):
        raise MammoviewError(f"a graphic of kind {kind}")
    elif len(points) >= 4 and points[0] == points[-1]:
        form, points = GraphicForm.OUTLINE, points[:-1]
    if kind == "INTERPOLATED":
        points = _smooth(points, closed=form is GraphicForm.OUTLINE)
    yield Graphic(image_key, form, tuple(points), frames=frames, filled=filled and form is GraphicForm.OUTLINE)


def _smooth(points: Sequence[Point], *, closed: bool) -> tuple[Point, ...]:
    """A curve through points (Catmull-Rom); PS3.3 leaves open which one is meant."""
    places = np.array(points, np.float64)
    if len(places) < 3 or len(places) > 500:
        return tuple(points)
    ends = (places[-1:], places[:2]) if closed else (places[:1], places[-1:])
    around = np.concatenate([ends[0], places, ends[1]])
    share = (np.arange(8) / 8)[:, None]
    pieces = []
    for one, two, three, four in zip(around, around[1:], around[2:], around[3:], strict=False):
        bend = 2 * one - 5 * two + 4 * three - four, -one + 3 * two - 3 * three + four
        pieces.append(0.5 * (2 * two + (three - one) * share + bend[0] * share**2 + bend[1] * share**3))
    curve = np.concatenate(pieces if closed else [*pieces, places[-1:]])
    return tuple((float(row), float(column)) for row, column in curve)


def _text(
    reader: _Reader, item: Elements, image: ImageHeader, frames: frozenset[int], state: PresentationState
) -> list[Graphic]:
    """A text at its anchor, else in the middle of its box (PS3.3 C.10.5.1.1)."""
    value = item.raw("UnformattedTextValue")
    words = str(value).splitlines() if isinstance(value, str) else []
    lines = tuple(short(_printable(line)) for line in words[:_MOST_LINES] if line.strip())
    anchor = _stored(item, "AnchorPointAnnotationUnits", "AnchorPoint", image, state)
    first, last = (
        _stored(item, "BoundingBoxAnnotationUnits", f"BoundingBox{corner}HandCorner", image, state)
        for corner in ("TopLeft", "BottomRight")
    )
    place: Point | None = anchor[0] if anchor else None
    if place is None and first and last:
        place = ((first[0][0] + last[0][0]) / 2, (first[0][1] + last[0][1]) / 2)
    if not lines or place is None:
        reader.left_out["texts without words or place"] += 1
        return []
    seen = bool(anchor) and item.code("AnchorPointVisibility") == "Y"
    form = GraphicForm.POINT if seen else GraphicForm.TEXT
    return [Graphic(image.key, form, (place,), lines, frames, free_text=True)]


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()


def _stored(
    item: Elements, units: str, keyword: str, image: ImageHeader, state: PresentationState
) -> tuple[Point, ...]:
    """Places of an annotation as stored positions: PIXEL (and MATRIX) units are (column, row) of the image; DISPLAY
    units are parts of the displayed area as it is turned, PS3.3 C.10.5.1.
    """
    numbers = item.numbers(keyword)
    if item.code(units) != "DISPLAY":
        return points_of(numbers)
    if len(numbers) < 2 or len(numbers) % 2 or max(map(abs, numbers)) > MAX_POSITION_PX:
        return ()
    (row0, column0), (row1, column1) = state.area or _whole(image, state.orientation)
    rows, columns = _edges(row0, row1), _edges(column0, column1)
    across, down = numbers[::2], numbers[1::2]
    if state.orientation.transpose:
        across, down = down, across
    return tuple((_between(rows, part), _between(columns, other)) for part, other in zip(down, across, strict=True))


def _whole(image: ImageHeader, orientation: Orientation) -> tuple[Point, Point]:
    """The stored pixels that lie at the top left and the bottom right when the whole image is turned."""
    rows, columns = orientation.shape(image.rows, image.columns)
    back = orientation.transform(image.rows, image.columns).inverse()
    return back(0.0, 0.0), back(rows - 1.0, columns - 1.0)


def _edges(first: float, last: float) -> tuple[float, float]:
    """The outer edges of a run of pixels, in its direction."""
    out = 0.5 if last >= first else -0.5
    return first - out, last + out


def _between(ends: tuple[float, float], part: float) -> float:
    return ends[0] + part * (ends[1] - ends[0])
