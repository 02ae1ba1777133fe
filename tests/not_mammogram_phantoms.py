"""Owns made pictures of phantoms and of quality control, by seed. Never asks the gate about them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tests.not_mammogram_canvas import Grey, Random, disc, ellipse, grid, mottle, noisy, size_of, stroke


def _plate(random: Random, level: float) -> tuple[Grey, tuple[int, int, int, int]]:
    """A picture with an even plate that stands at the left or right edge or in the middle, and the plate's bounds."""
    rows, columns = size_of(random, 420, 600)
    picture = np.full((rows, columns), random.uniform(0, 0.06), np.float32)
    tall, wide = int(random.uniform(0.5, 0.95) * rows), int(random.uniform(0.4, 0.85) * columns)
    top = (rows - tall) // 2
    left = int(random.choice([0, columns - wide, (columns - wide) // 2]))
    picture[top : top + tall, left : left + wide] = level
    return picture, (top, left, tall, wide)


def accreditation(random: Random) -> Grey:
    """As the ACR phantom: an acrylic block with a square wax insert that holds fibres, specks and masses."""
    picture, (top, left, tall, wide) = _plate(random, random.uniform(0.4, 0.6))
    side = int(0.7 * min(tall, wide))
    row0, column0 = top + (tall - side) // 2, left + (wide - side) // 2
    picture[row0 : row0 + side, column0 : column0 + side] += 0.12
    cell = side / 4
    for number in range(16):
        at = (row0 + (number // 4 + 0.5) * cell, column0 + (number % 4 + 0.5) * cell)
        faint = 0.2 * (1 - number % 6 / 7)
        level = float(picture[int(at[0]), int(at[1])]) + faint
        if number < 6:
            away, turn = cell * 0.35, np.pi / 4 * (1 if number % 2 else -1)
            shift = (away * np.sin(turn), away * np.cos(turn))
            stroke(picture, (at[0] - shift[0], at[1] - shift[1]), (at[0] + shift[0], at[1] + shift[1]), 2, level)
        elif number < 11:
            for turn in np.arange(0, 2 * np.pi, 2 * np.pi / 5):
                disc(picture, (at[0] + 0.2 * cell * np.sin(turn), at[1] + 0.2 * cell * np.cos(turn)), 1, level)
        else:
            disc(picture, at, cell * 0.2, level)
    return noisy(cv2.GaussianBlur(picture, (0, 0), 0.8), random, 0.008)


def contrast_detail(random: Random) -> Grey:
    """A plate with a lattice of cells, a disc in the middle and one in a corner of each, fainter and smaller by row."""
    picture, (top, left, tall, wide) = _plate(random, random.uniform(0.4, 0.6))
    count = int(random.integers(8, 17))
    down, across = tall / count, wide / count
    for row in range(count):
        for column in range(count):
            at = (top + (row + 0.5) * down, left + (column + 0.5) * across)
            level = float(picture[int(at[0]), int(at[1])]) + 0.3 * (1 - row / count)
            radius = max(1.0, 0.25 * min(down, across) * (1 - column / count))
            disc(picture, at, radius, level)
            disc(picture, (at[0] + 0.25 * down, at[1] + 0.25 * across), radius, level)
    for line in range(count + 1):
        stroke(picture, (top + line * down, left), (top + line * down, left + wide), 1, 0.9)
        stroke(picture, (top, left + line * across), (top + tall, left + line * across), 1, 0.9)
    return noisy(picture, random, 0.01)


def step_wedge(random: Random) -> Grey:
    """A wedge of even steps, each brighter than the one before, along either way of the picture."""
    picture, (top, left, tall, wide) = _plate(random, 0.0)
    count = int(random.integers(6, 16))
    upright = random.random() < 0.5
    for step in range(count):
        level = 0.12 + 0.85 * step / (count - 1)
        if upright:
            picture[top + step * tall // count : top + (step + 1) * tall // count, left : left + wide] = level
        else:
            picture[top : top + tall, left + step * wide // count : left + (step + 1) * wide // count] = level
    return noisy(picture, random, 0.008)


def round_phantom(random: Random) -> Grey:
    """As the TOR phantoms: a half-moon or round plate with rings of discs, line pairs and a row of steps."""
    rows, columns = size_of(random, 420, 560)
    down, across = grid(rows, columns)
    half = random.random() < 0.5
    centre = (0.5, 0.0 if half else 0.5)
    radii = (0.42, 0.75 if half else 0.42)
    picture = 0.03 + random.uniform(0.4, 0.55) * ellipse(down, across, centre, radii)
    for turn in np.arange(-1.2, 1.3, 0.3):
        at = (rows * (0.5 + 0.32 * np.sin(turn)), columns * (centre[1] + radii[1] * 0.76 * np.cos(turn)))
        disc(picture, at, 0.022 * rows, float(picture[int(at[0]), int(at[1])]) + 0.1)
    for line in range(10):
        column = (centre[1] + 0.1 + 0.012 * line) * columns
        stroke(picture, (0.45 * rows, column), (0.55 * rows, column), 2, 0.9)
    for step in range(8):
        top, left = int(0.62 * rows), int((centre[1] + 0.02 + 0.04 * step) * columns)
        picture[top : top + int(0.06 * rows), left : left + int(0.04 * columns)] = 0.2 + 0.09 * step
    if half and random.random() < 0.5:
        picture = picture[:, ::-1]
    return noisy(np.ascontiguousarray(picture), random, 0.008)


def flat_field(random: Random) -> Grey:
    """A detector's even field: falls off to the edges (heel effect), with dark borders and perhaps dead columns."""
    rows, columns = size_of(random, 400, 600)
    down, across = grid(rows, columns)
    picture = random.uniform(0.4, 0.8) - random.uniform(0, 0.2) * across - 0.1 * (down - 0.5) ** 2
    border = int(random.integers(0, 30))
    if border:
        picture[:border] = picture[-border:] = 0.02
        sides = int(random.integers(3))
        if sides != 1:
            picture[:, :border] = 0.02
        if sides != 0:
            picture[:, -border:] = 0.02
    for column in random.integers(0, columns, int(random.integers(0, 6))):
        picture[:, column] = random.choice([0.0, 1.0])
    return noisy(picture + 0.005 * mottle(random, rows, columns, 20), random, 0.01)


def line_pairs(random: Random) -> Grey:
    """Bar patterns of growing fineness, upright and across, on an even ground."""
    rows, columns = size_of(random, 400, 560)
    ground, bars = random.choice([[0.03, 0.9], [0.5, 0.95], [0.9, 0.1]])
    picture = np.full((rows, columns), ground, np.float32)
    left, width = 30, 14.0
    while left + width < columns - 20 and width > 1:
        for _ in range(4):
            picture[rows // 6 : rows // 2 - 20, left : left + round(width)] = bars
            picture[rows // 2 + 20 : rows - rows // 6, left : left + round(width)] = bars
            left += round(2 * width)
        left += 14
        width *= 0.75
    return noisy(picture, random, 0.01)


def monitor_pattern(random: Random) -> Grey:
    """A display test pattern: a grid, patches of grey, and black and white corners."""
    rows, columns = size_of(random, 400, 600)
    picture = np.full((rows, columns), random.choice([0.0, 0.5]), np.float32)
    for line in range(0, max(rows, columns), int(random.integers(30, 70))):
        stroke(picture, (line, 0), (line, columns), 1, 0.9)
        stroke(picture, (0, line), (rows, line), 1, 0.9)
    side = min(rows, columns) // 6
    for patch in range(16):
        top, left = rows // 2 - 2 * side + patch // 4 * side, columns // 2 - 2 * side + patch % 4 * side
        picture[top : top + side, left : left + side] = patch / 15
    disc(picture, (rows / 10, columns / 10), side / 3, 1.0)
    return noisy(picture, random, 0.004)


MAKERS: dict[str, Callable[[Random], Grey]] = {
    "accreditation phantom": accreditation,
    "contrast-detail phantom": contrast_detail,
    "step wedge": step_wedge,
    "round phantom": round_phantom,
    "flat field": flat_field,
    "line pairs": line_pairs,
    "display test pattern": monitor_pattern,
}
