"""Owns the answer to "which way up?": how a stored image must be laid so that all women look alike. Reads no pixels.

Hung: a right breast has its chest wall to the right, a left one to the left; the head (MLO, ML, LM) or the lateral side
(CC) is up (IHE Mammography Image profile; Patient Orientation (0020,0020), PS3.3 C.7.6.1.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from mammoview.core.breast import BreastRegion, Side
from mammoview.core.geometry import Orientation
from mammoview.core.study import ImageHeader, Laterality, View

_CRANIAL_VIEWS = {View.CC, View.XCC, View.XCCL, View.XCCM, View.FB, View.CV, View.AT}
_LETTERS = set("APLRHF")


@dataclass(frozen=True, slots=True)
class Laying:
    """`orientation` to lay the stored image by, and `note`: what to tell the reader about it (mostly nothing)."""

    orientation: Orientation
    note: str = ""


def _valid(code: str) -> bool:
    return 0 < len(code) <= 3 and set(code) <= _LETTERS


def _along(header: ImageHeader) -> tuple[str, str] | None:
    """(row direction, column direction) of the stored image, or None where they do not make sense."""
    codes = header.patient_orientation
    if codes is None or not all(_valid(code) for code in codes):
        return None
    leads = (codes[0][0] in "AP", codes[1][0] in "AP")
    return codes if leads in ((True, False), (False, True)) else None


def _points_to(code: str, letters: str) -> bool | None:
    """True if `code` points towards letters[0], False if towards letters[1], None if along neither."""
    for letter in code:
        if letter == letters[0]:
            return True
        if letter == letters[1]:
            return False
    return None


def lay(header: ImageHeader, region: BreastRegion | None) -> Laying:
    """How to lay an image: by Patient Orientation, else by where the chest wall is in the pixels (`region`)."""
    directions = _along(header)
    if directions is not None:
        return _by_codes(header, directions, region)
    wall = None if region is None else region.chest_wall
    if wall is None:
        return Laying(Orientation(), "orientation unknown")
    upright = {
        Side.TOP: Orientation(transpose=True),
        Side.BOTTOM: Orientation(transpose=True, flip_columns=True),
        Side.RIGHT: Orientation(flip_columns=True),
    }.get(wall, Orientation())
    if header.laterality is Laterality.RIGHT or (header.laterality is Laterality.UNKNOWN and wall is Side.RIGHT):
        upright = upright.then(Orientation(flip_columns=True))
    return Laying(upright, "orientation estimated")


def _by_codes(header: ImageHeader, directions: tuple[str, str], region: BreastRegion | None) -> Laying:
    transpose = directions[0][0] not in "AP" and directions[1][0] in "AP"
    row_code, column_code = (directions[1], directions[0]) if transpose else directions
    to_posterior = _points_to(row_code, "PA")
    flip_columns = False
    if header.laterality is Laterality.RIGHT:
        flip_columns = to_posterior is False
    elif header.laterality is Laterality.LEFT:
        flip_columns = to_posterior is True
    cranial = header.view in _CRANIAL_VIEWS
    if cranial and header.laterality is not Laterality.UNKNOWN:
        medial = "LR" if header.laterality is Laterality.RIGHT else "RL"
        down = _points_to(column_code, medial)
    else:
        down = _points_to(column_code, "FH")
    orientation = Orientation(transpose, down is False, flip_columns)
    return Laying(orientation, _contradiction(header, orientation, region))


def _contradiction(header: ImageHeader, orientation: Orientation, region: BreastRegion | None) -> str:
    """A note where the pixels clearly show the chest wall on the other side than the codes say."""
    wall = None if region is None else region.chest_wall
    if wall is None or header.laterality is Laterality.UNKNOWN:
        return ""
    expected = Side.RIGHT if header.laterality is Laterality.RIGHT else Side.LEFT
    return "" if laid_side(wall, orientation) is expected else "orientation code and image disagree"


_TRANSPOSED = {Side.LEFT: Side.TOP, Side.TOP: Side.LEFT, Side.RIGHT: Side.BOTTOM, Side.BOTTOM: Side.RIGHT}
_UPSIDE_DOWN = {Side.TOP: Side.BOTTOM, Side.BOTTOM: Side.TOP}
_MIRRORED = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}


def laid_side(side: Side, orientation: Orientation) -> Side:
    """Where a side of the stored image is after laying."""
    if orientation.transpose:
        side = _TRANSPOSED[side]
    if orientation.flip_rows:
        side = _UPSIDE_DOWN.get(side, side)
    return _MIRRORED.get(side, side) if orientation.flip_columns else side
