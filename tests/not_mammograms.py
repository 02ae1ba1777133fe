"""Owns made pictures that are no mammograms to be judged, by kind and seed. Never asks the gate about them.

They imitate what reaches an archive by mistake: other radiographs, slices, photographs, phantoms, test images, and
breasts that cannot be judged. Nothing here is anatomy: geometry, texture and noise stand for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.image import MammoImage
from tests import not_mammogram_phantoms as phantoms
from tests.bundles import make_image
from tests.not_mammogram_canvas import Grey, Random, disc, ellipse, grid, mottle, noisy, polygon, size_of, stroke

Maker = Callable[[Random], Grey]


@dataclass(frozen=True)
class Case:
    """One made picture: what it shows, its number, and the image as a reader of files would give it.

    Even numbers claim to be mammograms (Modality MG), odd ones are plain pictures without a header; every second pair
    has 8 bits in place of 12, and every second four is MONOCHROME1 (never a plain picture's way of being stored).
    """

    kind: str
    number: int
    image: MammoImage


def case_of(kind: str, number: int, picture: Grey) -> Case:
    """`picture`: float (rows, columns) of 0..1, brighter = denser."""
    plain = number % 2 == 1
    bits = 8 if plain or number % 4 >= 2 else 12
    inverse = not plain and number % 8 >= 4
    values = np.round(np.clip(picture, 0, 1) * (2**bits - 1))
    if inverse:
        values = 2**bits - 1 - values
    stored: NDArray[Any] = values.astype(np.uint8 if bits == 8 else np.uint16)
    key = f"{kind} {number}"
    image = make_image(stored, key=key, bits=bits, inverse=inverse, modality="" if plain else "MG")
    return Case(kind, number, image)


def made_case(kind: str, number: int) -> Case:
    """Picture `number` of a kind of MAKERS: the same each time."""
    return case_of(kind, number, MAKERS[kind](np.random.default_rng((sorted(MAKERS).index(kind), number))))


def of_breast(kind: str, number: int, breast: Grey) -> Case:
    """Picture `number` of a kind of BREAST_MAKERS: `breast` (0..1, upright) as it must not be judged."""
    random = np.random.default_rng((1000 + sorted(BREAST_MAKERS).index(kind), number))
    return case_of(kind, number, BREAST_MAKERS[kind](breast, random))


def chest(random: Random) -> Grey:
    """A frontal chest radiograph: dark lungs in a bright body, ribs, spine, heart, diaphragm, clavicles."""
    rows, columns = size_of(random, 420, 560)
    down, across = grid(rows, columns)
    body = ellipse(down, across, (0.62, 0.5), (0.75, random.uniform(0.44, 0.6)), soft=0.03)
    picture = 0.05 + body * random.uniform(0.55, 0.7)
    middle, tall, wide = random.uniform(0.4, 0.46), random.uniform(0.28, 0.34), random.uniform(0.13, 0.17)
    apart = random.uniform(0.19, 0.22)
    for centre in (0.5 - apart, 0.5 + apart):
        picture -= 0.42 * ellipse(down, across, (middle, centre), (tall, wide), soft=0.05)
    picture += 0.25 * np.exp(-(((across - 0.5) / 0.05) ** 2)) * body
    picture += 0.35 * ellipse(down, across, (middle + 0.12, 0.56), (0.15, 0.13), soft=0.04)
    for rib in range(9):
        path = 0.14 + rib * 0.065 + 0.5 * (across - 0.5) ** 2 * (1 if rib % 2 else -1)
        picture += 0.09 * np.exp(-(((down - path) / 0.011) ** 2)) * body
    for sign in (-1, 1):
        path = 0.13 - 0.1 * np.abs(across - 0.5)
        picture += 0.15 * np.exp(-(((down - path) / 0.016) ** 2)) * (sign * (across - 0.5) > 0.03) * body
    picture += 0.4 * ellipse(down, across, (0.88, 0.3), (0.16, 0.24), soft=0.04)
    return noisy(picture + 0.04 * mottle(random, rows, columns, 6), random, 0.012)


def hand(random: Random) -> Grey:
    """A radiograph of a hand: five fingers with bones in soft tissue, fingertips at the top."""
    rows, columns = size_of(random, 420, 560)
    canvas = np.zeros((rows, columns), np.float32)
    bones = canvas.copy()
    palm = (0.66 * rows, random.uniform(0.46, 0.54) * columns)
    for turn, length in zip((-0.95, -0.38, -0.1, 0.16, 0.45), (0.34, 0.52, 0.58, 0.54, 0.42), strict=True):
        turn += random.normal(0, 0.03)
        tip = (palm[0] - np.cos(turn) * length * rows, palm[1] + np.sin(turn) * length * rows)
        stroke(canvas, palm, tip, 0.06 * columns, 0.3)
        for start, stop in ((0.3, 0.55), (0.58, 0.78), (0.81, 0.97)):
            ends = [tuple(palm[i] + share * (tip[i] - palm[i]) for i in (0, 1)) for share in (start, stop)]
            stroke(bones, ends[0], ends[1], 0.022 * columns, 0.55)
    disc(canvas, (palm[0] + 0.02 * rows, palm[1]), 0.17 * columns, 0.34)
    stroke(canvas, palm, (float(rows), palm[1]), 0.16 * columns, 0.32)
    for shift in (-0.04, 0.04):
        stroke(bones, (0.82 * rows, palm[1] + shift * columns), (float(rows), palm[1] + shift * columns), 12, 0.5)
    picture = cv2.GaussianBlur(np.maximum(canvas, bones), (0, 0), 2)
    return noisy(picture + 0.04, random, 0.01)


def ct_slice(random: Random) -> Grey:
    """An axial slice of a thorax: a bright ring of body, two lungs, spine, heart, in black air with a table."""
    rows = columns = int(random.integers(360, 540))
    down, across = grid(rows, columns)
    picture = 0.55 * ellipse(down, across, (0.5, 0.5), (random.uniform(0.28, 0.36), random.uniform(0.38, 0.46)))
    apart = random.uniform(0.18, 0.22)
    for centre in (0.5 - apart, 0.5 + apart):
        picture -= 0.5 * ellipse(down, across, (0.48, centre), (0.2, 0.13), soft=0.01)
    picture += 0.1 * ellipse(down, across, (0.45, 0.53), (0.1, 0.1)) * (picture > 0.3)
    picture = np.where(ellipse(down, across, (0.68, 0.5), (0.06, 0.05)) > 0.5, 0.95, picture)
    picture = np.where((np.abs(down - 0.9) < 0.008) & (np.abs(across - 0.5) < 0.35), 0.35, picture)
    return noisy(np.clip(picture, 0.02, 1), random, 0.02)


def head_slice(random: Random) -> Grey:
    """An axial MR slice of a head: a bright rim, grey brain with two dark ventricles."""
    rows, columns = size_of(random, 300, 480)
    down, across = grid(rows, columns)
    picture = 0.9 * ellipse(down, across, (0.5, 0.5), (0.44, random.uniform(0.33, 0.4)))
    picture -= 0.7 * ellipse(down, across, (0.5, 0.5), (0.41, 0.32))
    picture += 0.35 * ellipse(down, across, (0.5, 0.5), (0.39, 0.3))
    for centre in (0.45, 0.55):
        picture -= 0.35 * ellipse(down, across, (0.48, centre), (0.12, 0.03), soft=0.02)
    return noisy(np.clip(picture + 0.05 * mottle(random, rows, columns, 5) * (picture > 0.2), 0, 1), random, 0.015)


def ultrasound(random: Random) -> Grey:
    """An ultrasound sector: a fan of speckle that widens downwards, or a linear probe's rectangle."""
    rows, columns = size_of(random, 380, 520)
    down, across = grid(rows, columns)
    speckle = np.abs(random.normal(0, 1, (rows, columns))).astype(np.float32)
    speckle = cv2.GaussianBlur(speckle, (0, 0), 1.2) * (0.5 + mottle(random, rows, columns, 25) * 0.25)
    angle = np.arctan2(across - 0.5, down + 0.08)
    reach = np.hypot(across - 0.5, down + 0.08)
    inside = (np.abs(angle) < random.uniform(0.45, 0.75)) & (reach > 0.18) & (reach < 0.98)
    if random.random() < 0.3:
        inside = (np.abs(across - 0.5) < 0.36) & (down > 0.08) & (down < 0.9)
    return np.asarray(np.clip(np.where(inside, speckle * (1.1 - 0.6 * down), 0), 0, 1), np.float32)


def outdoors(random: Random) -> Grey:
    """A photograph of a view: a bright sky that falls off, hills, trees, a sun."""
    rows, columns = size_of(random, 360, 640)
    down, across = grid(rows, columns)
    picture = 0.95 - 0.4 * down
    for depth in range(4):
        ridge = 0.35 + 0.15 * depth + 0.06 * np.sin(across * random.uniform(4, 15) + random.uniform(0, 6))
        picture = np.where(down > ridge, 0.6 - 0.13 * depth + 0.08 * mottle(random, rows, columns, 3), picture)
    picture = np.asarray(picture, np.float32)
    disc(picture, (0.15 * rows, random.uniform(0.2, 0.8) * columns), 0.05 * rows, 1.0)
    for _ in range(int(random.integers(0, 6))):
        foot = (random.uniform(0.6, 0.95) * rows, random.uniform(0.05, 0.95) * columns)
        stroke(picture, foot, (foot[0] - 0.25 * rows, foot[1]), 6, 0.1)
        disc(picture, (foot[0] - 0.28 * rows, foot[1]), random.uniform(0.04, 0.09) * rows, 0.2)
    return noisy(picture, random, 0.01)


def face(random: Random) -> Grey:
    """A portrait: an oval face with eyes, mouth, hair and shoulders before a backdrop, dark or bright."""
    rows, columns = size_of(random, 420, 560)
    down, across = grid(rows, columns)
    picture = np.full((rows, columns), random.uniform(0.02, 0.9), np.float32)
    picture += 0.1 * (across - 0.5)
    picture = np.where(ellipse(down, across, (1.1, 0.5), (0.4, 0.42)) > 0.5, random.uniform(0.1, 0.6), picture)
    wide = random.uniform(0.18, 0.25)
    picture = np.where(ellipse(down, across, (0.38, 0.5), (0.3, wide + 0.05)) > 0.5, 0.12, picture)
    skin = ellipse(down, across, (0.43, 0.5), (0.28, wide)) > 0.5
    picture = np.where(skin, 0.75 - 0.3 * (across - 0.4), picture)
    for centre in (0.42, 0.58):
        picture = np.where(ellipse(down, across, (0.38, centre), (0.018, 0.035)) > 0.5, 0.1, picture)
    picture = np.where(ellipse(down, across, (0.58, 0.5), (0.015, 0.07)) > 0.5, 0.3, picture)
    blurred = np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.5), np.float32)
    return noisy(blurred, random, 0.012)


def page(random: Random) -> Grey:
    """A page of text, dark on bright or bright on dark, with lines of unequal length and perhaps a box."""
    rows, columns = size_of(random, 420, 600)
    dark = random.random() < 0.5
    picture = np.full((rows, columns), 8 if dark else 247, np.uint8)
    ink = 230 if dark else 20
    letters = "abcdefghijklmnopqrstuvwxyz     ABCDEFGH0123456789"
    for line in range(30, rows - 20, int(random.integers(14, 30))):
        text = "".join(random.choice(list(letters), int(random.integers(5, 60))))
        size = random.uniform(0.35, 0.6)
        cv2.putText(picture, text, (25, line), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)
    if random.random() < 0.3:
        cv2.rectangle(picture, (columns // 3, rows // 3), (columns // 2, rows // 2), ink, -1)
    return np.asarray(picture / np.float32(255), np.float32)


def shapes(random: Random) -> Grey:
    """A drawing of discs, boxes and triangles of many greys on an even ground."""
    rows, columns = size_of(random, 360, 560)
    picture = np.full((rows, columns), random.choice([0.02, 0.5, 0.95]), np.float32)
    for _ in range(int(random.integers(3, 14))):
        at = random.uniform(0.1, 0.9, 2) * (rows, columns)
        reach, value = random.uniform(0.04, 0.22) * rows, random.uniform(0.1, 1)
        form = int(random.integers(3))
        if form == 0:
            disc(picture, (at[0], at[1]), reach, value)
        else:
            turns = np.linspace(0, 2 * np.pi, 4 if form == 1 else 3, endpoint=False) + random.uniform(0, 6)
            polygon(picture, [(at[0] + reach * np.cos(turn), at[1] + reach * np.sin(turn)) for turn in turns], value)
    return noisy(picture, random, 0.006)


def texture(random: Random) -> Grey:
    """A surface that fills the picture: weave, stripes, cells or cloud."""
    rows, columns = size_of(random, 360, 560)
    down, across = grid(rows, columns)
    form, pitch = int(random.integers(4)), random.uniform(20, 90)
    if form == 0:
        picture = 0.5 + 0.25 * np.sin(down * pitch) + 0.2 * np.sin(across * pitch * 1.1)
    elif form == 1:
        turn = random.uniform(0, np.pi)
        picture = 0.5 + 0.4 * np.sign(np.sin((down * np.cos(turn) + across * np.sin(turn)) * pitch))
    elif form == 2:
        picture = 0.5 + 0.5 * np.sign(mottle(random, rows, columns, random.uniform(4, 14)))
    else:
        picture = 0.5 + 0.2 * mottle(random, rows, columns, random.uniform(15, 70))
    return noisy(picture, random, 0.02)


def even(random: Random) -> Grey:
    """Nothing: one grey, noise about one grey, or noise over all greys."""
    rows, columns = size_of(random, 300, 560)
    picture = np.full((rows, columns), random.uniform(0, 1), np.float32)
    form = int(random.integers(3))
    return picture if form == 0 else noisy(picture, random, 0.03 if form == 1 else 0.5)


MAKERS: dict[str, Maker] = {
    "chest radiograph": chest,
    "hand radiograph": hand,
    "CT slice": ct_slice,
    "MR slice of a head": head_slice,
    "ultrasound": ultrasound,
    "photograph: a view": outdoors,
    "photograph: a face": face,
    "text page": page,
    "drawing": shapes,
    "texture": texture,
    "blank, flat, noise": even,
    **phantoms.MAKERS,
}


def _cut_off(breast: Grey, random: Random) -> Grey:
    """A part of the breast alone: no air on any side."""
    rows, columns = np.nonzero(cv2.erode((breast > 0.15).astype(np.uint8), np.ones((5, 5))))
    down, across = float(np.median(rows)), float(np.median(columns))
    tall, wide = 0.22 * np.ptp(rows) * random.uniform(0.8, 1.2), 0.25 * np.ptp(columns) * random.uniform(0.8, 1.2)
    top, left = max(0, int(down - tall)), max(0, int(across - wide))
    part = breast[top : int(down + tall), left : int(across + wide)]
    return np.asarray(cv2.resize(part, (360, 440), interpolation=cv2.INTER_LINEAR), np.float32)


def _turned(breast: Grey, random: Random) -> Grey:
    return np.ascontiguousarray(np.rot90(breast, 1 if random.random() < 0.5 else 3))


def _two(breast: Grey, random: Random) -> Grey:
    """Both breasts in one picture: back to back as they hang, or with the nipples towards each other."""
    walls = (float((breast[:, :8] > 0.15).mean()), float((breast[:, -8:] > 0.15).mean()))
    wall_left = breast if walls[0] > walls[1] else breast[:, ::-1]
    pair = (wall_left[:, ::-1], wall_left) if random.random() < 0.7 else (wall_left, wall_left[:, ::-1])
    return np.ascontiguousarray(np.concatenate(pair, axis=1))


def _too_little(breast: Grey, random: Random) -> Grey:
    """A breast that takes a fiftieth of the picture, at its edge."""
    rows, columns = breast.shape
    small = cv2.resize(breast, (max(12, columns // 6), max(12, rows // 6)), interpolation=cv2.INTER_AREA)
    picture = np.zeros((rows, columns), np.float32)
    top = int(random.integers(0, rows - small.shape[0]))
    wall_left = float(breast[:, :8].mean()) > float(breast[:, -8:].mean())
    left = 0 if wall_left else columns - small.shape[1]
    picture[top : top + small.shape[0], left : left + small.shape[1]] = small
    return picture


def _spot(breast: Grey, random: Random) -> Grey:
    """A spot view: a collimated field, square or round, of breast tissue, with black about it."""
    part = _cut_off(breast, random)
    rows, columns = part.shape
    down, across = grid(rows, columns)
    if random.random() < 0.5:
        inside = ellipse(down, across, (0.5, 0.5), (0.34, 0.41)) > 0.5
    else:
        inside = (np.abs(down - 0.5) < 0.34) & (np.abs(across - 0.5) < 0.36)
    return np.asarray(np.where(inside, part, 0.02), np.float32)


BREAST_MAKERS: dict[str, Callable[[Grey, Random], Grey]] = {
    "breast cut off on every side": _cut_off,
    "breast turned by 90 degrees": _turned,
    "two breasts in one picture": _two,
    "too little breast": _too_little,
    "collimated spot view": _spot,
}
