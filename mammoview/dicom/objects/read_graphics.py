"""Owns the graphics and texts of presentation states and reports (PS3.3 C.10.5, C.18.6): items -> `Graphic`. Never
draws them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Orientation
from mammoview.core.lettering import Color
from mammoview.core.marks import MAX_POSITION_PX, Point
from mammoview.core.overlaid import (
    MAX_GRAPHICS,
    Align,
    Graphic,
    GraphicForm,
    PresentationState,
    TextBox,
    Unshown,
)
from mammoview.core.study import ImageHeader
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_compound import keeps_its_simple_form, parts_of
from mammoview.dicom.objects.read_layers import Layer, color_of_lab
from mammoview.dicom.objects.read_places import Places, circle, ellipse, points_of
from mammoview.dicom.objects.read_tree import short

_MOST_LINES = 40
_ALIGNS = {"CENTER": Align.CENTER, "RIGHT": Align.RIGHT}


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """An image (and frames of it, none = all) that annotations lie on, as the state wants it to look."""

    image: ImageHeader
    frames: frozenset[int]
    state: PresentationState

    def stored(self, units: str, numbers: Sequence[float]) -> tuple[Point, ...]:
        """Places of an annotation as stored positions: PIXEL (and MATRIX) units are (column, row) of the image;
        DISPLAY units are parts of the displayed area as it is turned, PS3.3 C.10.5.1.
        """
        if units != "DISPLAY":
            return points_of(numbers)
        if len(numbers) < 2 or len(numbers) % 2 or max(map(abs, numbers)) > MAX_POSITION_PX:
            return ()
        rows, columns = self._area()
        across, down = numbers[::2], numbers[1::2]
        if self.state.orientation.transpose:
            across, down = down, across
        return tuple((_between(rows, part), _between(columns, other)) for part, other in zip(down, across, strict=True))

    def display_px(self) -> tuple[float, float]:
        """Stored pixels along the width and the height of the displayed area as it is turned."""
        (row0, row1), (column0, column1) = self._area()
        down, across = abs(row1 - row0), abs(column1 - column0)
        return (down, across) if self.state.orientation.transpose else (across, down)

    def _area(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The outer edges of the displayed area, first to last, by rows and by columns."""
        state = self.state
        (row0, column0), (row1, column1) = state.area or whole_area(self.image, state.orientation)
        return _edges(row0, row1), _edges(column0, column1)


def whole_area(image: ImageHeader, orientation: Orientation) -> tuple[Point, Point]:
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


@dataclass(slots=True, eq=False)
class GraphicReader:
    """Reads annotations, at most `MAX_GRAPHICS` graphics; `left_out` counts what is not understood."""

    layers: Mapping[str, Layer]
    places: Places
    found: list[Graphic] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def in_order(self, annotations: Iterable[Elements]) -> list[Elements]:
        """The annotations by Graphic Layer Order (0070,0062), the lowest first: a later one lies over it."""
        return sorted(annotations, key=lambda item: self._layer(item).order)

    def _layer(self, annotation: Elements) -> Layer:
        return self.layers.get(annotation.code("GraphicLayer"), Layer())

    def read(self, annotation: Elements, target: Target) -> None:
        """All graphics of an annotation on one image."""
        layer = self._layer(annotation)
        compounds = {
            item.integer("CompoundGraphicInstanceID"): item for item in annotation.items("CompoundGraphicSequence")
        }
        simple = [
            (_graphic if keyword == "GraphicObjectSequence" else _text, item)
            for keyword in ("GraphicObjectSequence", "TextObjectSequence")
            for item in annotation.items(keyword)
        ]
        stood_for = {item.integer("CompoundGraphicInstanceID") for _, item in simple} - {None}
        drawn: dict[int | None, list[Graphic]] = {}
        for number, item in compounds.items():
            if number in stood_for and keeps_its_simple_form(item.code("CompoundGraphicType")):
                continue
            made = _compound(item, target)
            if made:
                drawn[number] = _styled(made, item, layer.color)
            elif number not in stood_for:
                self.places.say(Unshown.COMPOUND)
        for make, item in simple:
            number = item.integer("CompoundGraphicInstanceID")
            if number is None or number not in drawn:
                self._add(_styled(make(self, item, target), item, layer.color))
        for made in drawn.values():
            self._add(made)

    @property
    def full(self) -> bool:
        return len(self.found) >= MAX_GRAPHICS

    def _add(self, made: Sequence[Graphic]) -> None:
        room = MAX_GRAPHICS - len(self.found)
        self.found.extend(made[:room])
        if len(made) > room:
            self.places.say(f"more than {MAX_GRAPHICS} graphics: the rest is left out")


def _styled(made: Sequence[Graphic], item: Elements, layer_color: Color | None) -> list[Graphic]:
    """In the colour and the dashes of their line style (0070,0232) or text style (0070,0231), else of their layer."""
    line, text = item.first_item("LineStyleSequence"), item.first_item("TextStyleSequence")
    own = color_of_lab(line.numbers("PatternOnColorCIELabValue")) if line is not None else None
    words = color_of_lab(text.numbers("TextColorCIELabValue")) if text is not None else None
    dashed = line is not None and line.code("LineDashingStyle") == "DASHED"
    return [
        replace(one, color=(words if one.form is GraphicForm.TEXT else own) or layer_color, dashed=dashed)
        for one in made
    ]


def _graphic(reader: GraphicReader, item: Elements, target: Target) -> list[Graphic]:
    """PS3.3 C.10.5.1.2; more than one for a multitude of points."""
    points = target.stored(item.code("GraphicAnnotationUnits"), item.numbers("GraphicData"))
    kind, filled = item.code("GraphicType"), item.code("GraphicFilled") == "Y"
    try:
        return list(graphics_of(kind, points, target.image.key, target.frames, filled=filled))
    except MammoviewError:
        reader.left_out[f"graphics of kind {kind or 'unknown'}"[:60]] += 1
        return []


def _compound(item: Elements, target: Target) -> list[Graphic]:
    """C.10.5.1.3, in the units of Compound Graphic Units (0070,0282); a Gap Length is in those of the display."""
    numbers, units = item.numbers("GraphicData"), item.code("CompoundGraphicUnits")
    across, down = target.display_px()
    scale = np.array([across, down]) if units == "DISPLAY" else np.ones(2)
    if not numbers or len(numbers) % 2 or max(map(abs, numbers)) > MAX_POSITION_PX:
        return []
    filled = item.code("GraphicFilled") == "Y"
    graphics = []
    for part in parts_of(item, np.array(numbers).reshape(-1, 2) * scale, pixels_per_display=across):
        places = target.stored(units, (part.points / scale).ravel().tolist())
        if not places:
            return []
        lines = tuple(filter(None, [short(_printable(part.label))]))
        fill = filled and part.form is GraphicForm.OUTLINE
        graphics.append(Graphic(target.image.key, part.form, places, lines, target.frames, fill, free_text=True))
    return graphics


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


def _text(reader: GraphicReader, item: Elements, target: Target) -> list[Graphic]:
    """A text in its box, with an arrow to its anchor where this is to be seen; else at its anchor (C.10.5.1.1)."""
    value = item.raw("UnformattedTextValue")
    words = str(value).splitlines() if isinstance(value, str) else []
    lines = tuple(short(_printable(line)) for line in words[:_MOST_LINES] if line.strip())
    anchor = target.stored(item.code("AnchorPointAnnotationUnits"), item.numbers("AnchorPoint"))[:1]
    units = item.code("BoundingBoxAnnotationUnits")
    corners = [
        target.stored(units, item.numbers(f"BoundingBox{corner}HandCorner")) for corner in ("TopLeft", "BottomRight")
    ]
    boxed = len(corners[0]) == len(corners[1]) == 1
    if not lines or not (anchor or boxed):
        reader.left_out["texts without words or place"] += 1
        return []
    key, frames = target.image.key, target.frames
    seen = bool(anchor) and item.code("AnchorPointVisibility") == "Y"
    if not boxed:
        form = GraphicForm.POINT if seen else GraphicForm.TEXT
        return [Graphic(key, form, anchor, lines, frames, free_text=True)]
    (first,), (last,) = corners
    align = _ALIGNS.get(item.code("BoundingBoxTextHorizontalJustification"), Align.LEFT)
    middle = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
    box = TextBox((first, last), align)
    made = [Graphic(key, GraphicForm.TEXT, (middle,), lines, frames, free_text=True, box=box)]
    if seen:
        (tip,) = anchor
        near = (_within(tip[0], first[0], last[0]), _within(tip[1], first[1], last[1]))
        made.append(Graphic(key, GraphicForm.ARROW, (near, tip), (), frames))
    return made


def _within(value: float, one: float, other: float) -> float:
    return min(max(value, min(one, other)), max(one, other))


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()
