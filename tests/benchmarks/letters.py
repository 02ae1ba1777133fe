"""Owns `python -m tests.benchmarks letters`: how much of what is written in pixels a de-identification finds, and what
it blanks or refuses though nothing is written there.

Texts are planted into made mammograms (the demonstration study, 2294 x 1914): in air, across the breast's border, over
tissue; of 1 to 12 letters, 8 to 40 px high, in the program's own font and in OpenCV's, across and upwards. Real
mammograms are looked at as they are.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mammoview.core.breast import find_breast
from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Box
from mammoview.core.image import MammoImage
from mammoview.dicom.deidentify.marks import Marks, find_marks
from mammoview.dicom.reader import read_file
from mammoview.resources import resource
from tests.benchmarks.gate import REAL

TEXTS = ("K", "7M", "ANN", "DOE7", "MUELLER8", "SMITH1958031")
HEIGHTS = (8, 12, 16, 24, 32, 40)
PLACES = ("air", "border", "tissue")
FONTS = ("outline", "strokes")
INKS = {"air": ("white", "label"), "border": ("white", "label"), "tissue": ("white", "black", "label")}
"""White letters, black ones, and black ones on a white label."""

_FILES = frozenset({".png", ".jpg", ".dcm"})
_FAR_PX, _APART_PX, _TRIES = 60, 40, 4000
_FOUND = 0.99

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Way:
    """How the texts of one picture are written."""

    place: str
    ink: str
    font: str
    height: int
    upwards: bool


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A text that stands in a picture: its letters, where it is."""

    letters: int
    ink: Mask
    box: Box


def ways(heights: Sequence[int] = HEIGHTS, places: Sequence[str] = PLACES) -> Iterator[Way]:
    """All ways in which texts are written."""
    for place in places:
        for ink in INKS[place]:
            for font in FONTS:
                for height in heights:
                    for upwards in (False, True):
                        yield Way(place, ink, font, height, upwards)


def planted(image: MammoImage, way: Way, random: np.random.Generator) -> tuple[MammoImage, list[Planted]]:
    """A copy of `image` with as many of `TEXTS` as have room, each written once."""
    breast = _breast_of(image)
    outside = cv2.distanceTransform((~breast).astype(np.uint8), cv2.DIST_L2, 3).astype(np.float32)
    stored, taken, found = image.stored.copy(), np.zeros(breast.shape, np.bool_), list[Planted]()
    top = int(stored.max())
    for text in reversed(TEXTS):
        letters = _drawn(text, way)
        at = _room(letters.shape, way.place, breast, outside, taken, random)
        if at is None:
            continue
        row, column = at
        box = np.s_[row : row + letters.shape[0], column : column + letters.shape[1]]
        high, low = (0, top) if way.ink == "label" else (top if way.ink == "white" else 0, None)
        ground = stored[box].astype(np.float64) if low is None else np.full(letters.shape, float(low))
        stored[box] = np.round(ground + (high - ground) * letters).astype(stored.dtype)
        ink = np.zeros(breast.shape, np.bool_)
        ink[box] = letters > 0.5
        taken[max(0, row - _APART_PX) : row + letters.shape[0] + _APART_PX, max(0, column - _APART_PX) :][
            :, : letters.shape[1] + 2 * _APART_PX
        ] = True
        found.append(Planted(len(text), ink, Box(row, column, row + letters.shape[0], column + letters.shape[1])))
    return replace(image, stored=stored), found


def is_found(text: Planted, before: MammoImage, written: MammoImage, marks: Marks) -> bool:
    """Whether nothing of it is seen any more in the blanked picture, or the row that is seen is told of."""
    box = np.s_[text.box.row0 : text.box.row1, text.box.column0 : text.box.column1]
    cleaned = np.where(marks.beside[box], marks.air, written.stored[box])
    left = int(np.count_nonzero((cleaned != before.stored[box]) & ~(marks.beside[box] & (cleaned == marks.air))))
    return bool(left <= (1 - _FOUND) * text.ink.sum()) or any(_meet(text.box, row) for row in marks.rows)


def false_rows(texts: Sequence[Planted], marks: Marks) -> int:
    """How many rows of letters are told of where none is."""
    return sum(not any(_meet(text.box, row) for text in texts) for row in marks.rows)


def _meet(one: Box, other: Box) -> bool:
    return (
        one.row0 < other.row1 and other.row0 < one.row1 and one.column0 < other.column1 and other.column0 < one.column1
    )


def _breast_of(image: MammoImage) -> Mask:
    size = (image.columns, image.rows)
    mask = find_breast(image).mask.astype(np.uint8)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.bool_)


def _room(
    shape: tuple[int, ...],
    place: str,
    breast: Mask,
    outside: NDArray[np.float32],
    taken: Mask,
    random: np.random.Generator,
) -> tuple[int, int] | None:
    """Where a text of this shape stands as `place` wants it, away from the others."""
    for _ in range(_TRIES):
        row, column = (int(random.integers(0, side - own)) for side, own in zip(breast.shape, shape, strict=True))
        box = np.s_[row : row + shape[0], column : column + shape[1]]
        share = float(breast[box].mean())
        fits = {
            "air": share == 0 and float(outside[box].min()) > _FAR_PX,
            "border": 0.3 < share < 0.7,
            "tissue": share == 1,
        }
        if fits[place] and not taken[box].any():
            return row, column
    return None


def _drawn(text: str, way: Way) -> NDArray[np.float64]:
    """Coverage 0..1 of the letters, with a rim of a third of their height."""
    if way.font == "outline":
        font = ImageFont.truetype(str(resource("fonts", "Inter-Regular.otf")), round(way.height / 0.73))
        canvas = Image.new("L", (round(font.getlength(text)) + way.height, 2 * way.height), 0)
        ImageDraw.Draw(canvas).text((way.height // 2, 1.5 * way.height), text, fill=255, font=font, anchor="ls")
        drawn = np.asarray(canvas, np.float64) / 255
    else:
        scale, stroke = way.height / 21, max(1, way.height // 12)
        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
        grey = np.zeros((2 * way.height, width + way.height), np.uint8)
        at = (way.height // 2, 3 * way.height // 2)
        cv2.putText(grey, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, stroke, cv2.LINE_8)
        drawn = grey.astype(np.float64) / 255
    return np.rot90(drawn) if way.upwards else drawn


@dataclass(slots=True)
class Measured:
    """`found` and `all` by (place, ink, letters, height), over fonts and directions; what was found for nothing."""

    found: Counter[tuple[str, str, int, int]]
    all: Counter[tuple[str, str, int, int]]
    false_rows: int = 0
    tissue_blanked: int = 0
    pictures: int = 0


def measure(
    images: Sequence[MammoImage], heights: Sequence[int], *, places: Sequence[str] = PLACES, seed: int = 1
) -> Measured:
    """All ways of writing, over `images` in turn."""
    random = np.random.default_rng(seed)
    measured = Measured(Counter(), Counter())
    for number, way in enumerate(ways(heights, places)):
        image = images[number % len(images)]
        written, texts = planted(image, way, random)
        marks = find_marks(written)
        measured.pictures += 1
        measured.false_rows += false_rows(texts, marks)
        near = np.zeros(marks.beside.shape, np.bool_)
        for text in texts:
            key = (way.place, way.ink, text.letters, way.height)
            measured.all[key] += 1
            measured.found[key] += is_found(text, image, written, marks)
            near[
                max(0, text.box.row0 - 20) : text.box.row1 + 20, max(0, text.box.column0 - 20) : text.box.column1 + 20
            ] = True
        measured.tissue_blanked += int(np.count_nonzero(marks.beside & _breast_of(image) & ~near))
    return measured


def table(measured: Measured) -> str:
    """Found of all by place and ink: one line for each number of letters, one column for each height."""
    heights = sorted({key[3] for key in measured.all})
    lines = []
    for place, ink in sorted({key[:2] for key in measured.all}):
        lines.append(f"\n{place}, {ink}\n| letters | " + " | ".join(f"{height} px" for height in heights) + " |")
        lines.append("|---" * (len(heights) + 1) + "|")
        for letters in sorted({key[2] for key in measured.all}):
            keys = [(place, ink, letters, height) for height in heights]
            cells = [f"{measured.found[key]}/{measured.all[key]}" if measured.all[key] else "-" for key in keys]
            lines.append(f"| {letters} | " + " | ".join(cells) + " |")
    lines.append(
        f"\n{measured.pictures} pictures: {measured.false_rows} rows told of where none is, "
        f"{measured.tissue_blanked} pixels of tissue blanked"
    )
    return "\n".join(lines)


def look(paths: Sequence[Path]) -> dict[str, int]:
    """What is found in real images as they are: how many have rows of letters, how many rows, in how many something
    is blanked, in how many no breast is found."""
    counts: dict[str, int] = defaultdict(int)
    for path in paths:
        try:
            marks = find_marks(read_file(path))
        except MammoviewError:
            counts["unreadable"] += 1
            continue
        counts["images"] += 1
        counts["with rows"] += bool(marks.rows)
        counts["rows"] += marks.over
        counts["blanked beside"] += marks.count > 0
        counts["no breast"] += not marks.breast
    return dict(counts)


def run(arguments: Sequence[str]) -> int:
    """Print the tables; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks letters", description=__doc__)
    parser.add_argument("--heights", type=int, nargs="+", default=list(HEIGHTS), metavar="PX")
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES), metavar="PLACE")
    parser.add_argument("--real", type=Path, metavar="DIR", help="the folder of the real sets")
    parser.add_argument("--sets", nargs="+", default=list(REAL), choices=list(REAL), metavar="NAME")
    parser.add_argument("--most", type=int, default=200, metavar="N", help="of each real set (default 200)")
    parser.add_argument("--no-planted", action="store_true", help="real images alone")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args(arguments)
    record: dict[str, object] = {}
    if not args.no_planted:
        images = [read_file(path) for path in sorted(resource("demo", "current").glob("*.dcm"))]
        measured = measure(images, args.heights, places=args.places)
        print(table(measured), flush=True)
        record["planted"] = [[*key, measured.found[key], count] for key, count in measured.all.items()]
        record |= {"false_rows": measured.false_rows, "tissue_blanked": measured.tissue_blanked}
    for name in args.sets if args.real is not None else ():
        paths = sorted(path for path in (args.real / REAL[name]).rglob("*") if path.suffix in _FILES)
        step = max(1, len(paths) // args.most)
        record[name] = told = look(paths[::step][: args.most])
        print(f"{name}: {told}", flush=True)
    if args.json:
        args.json.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return 0
