"""Owns letters as pixels: text -> coverage masks, one font for screen and export. Never decides what is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
"""Red, green, blue; 0..255."""

_RIM_DARK, _HALO_DARK = 0.9, 0.78
"""What part of the ground goes at the letters' edge, and around it."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """A font (the bytes of an OpenType file) from which masks are drawn and remembered."""

    font_file: bytes = field(repr=False)

    def width_px(self, text: str, size_px: int) -> int:
        return _width(self.font_file, text, size_px)

    def masks(self, text: str, size_px: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(letters, letters with a rim of one stroke) as coverage 0..1, both (rows, columns), 1.4 `size_px` high."""
        return _masks(self.font_file, text, size_px)

    def inks(self, text: str, size_px: int, color: Color) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(what the letters of this colour add, what share of the ground is kept: 255 = all), uint8, both (rows,
        columns, 4) in the order of a canvas: blue, green, red and a byte without meaning. On all sides `halo_px` larger
        than the masks.

        Close to the letters the ground is darkened so far that their contrast is at least 4.5 : 1 on any grey; from
        there it comes back softly.
        """
        return _inks(self.font_file, text, size_px, color)

    @staticmethod
    def halo_px(size_px: int) -> int:
        """How far the halo of letters reaches beyond their masks."""
        return 4 * _rim_px(size_px)


def _rim_px(size_px: int) -> int:
    return max(1, round(size_px / 11))


@lru_cache(maxsize=64)
def _font(font_file: bytes, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font_file), size_px)


@lru_cache(maxsize=4096)
def _width(font_file: bytes, text: str, size_px: int) -> int:
    return int(np.ceil(_font(font_file, size_px).getlength(text)))


@lru_cache(maxsize=128)
def _masks(font_file: bytes, text: str, size_px: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    font = _font(font_file, size_px)
    rim = _rim_px(size_px)
    size = (int(np.ceil(font.getlength(text))) + 2 * rim, round(size_px * 1.4))
    masks = []
    for stroke in (0, rim):
        canvas = Image.new("L", size, 0)
        ImageDraw.Draw(canvas).text((rim, size_px * 1.05), text, fill=255, font=font, anchor="ls", stroke_width=stroke)
        mask = np.asarray(canvas, np.float32) / np.float32(255)
        mask.flags.writeable = False
        masks.append(mask)
    return masks[0], masks[1]


@lru_cache(maxsize=384)
def _inks(font_file: bytes, text: str, size_px: int, color: Color) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    letters, rim = (np.pad(mask, Lettering.halo_px(size_px)) for mask in _masks(font_file, text, size_px))
    reach = _rim_px(size_px)
    wide = cv2.dilate(rim, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4 * reach + 1, 4 * reach + 1)))
    soft = cv2.GaussianBlur(wide, (0, 0), 1.1 * reach)
    dark = np.maximum(rim * np.float32(_RIM_DARK), soft * np.float32(_HALO_DARK))
    keep = np.round(255 * (1 - dark) * (1 - letters)).astype(np.uint8)
    ink = np.round(letters[..., None] * np.array([*color[::-1], 0], np.float32)).astype(np.uint8)
    return ink, np.ascontiguousarray(np.broadcast_to(keep[..., None], ink.shape))
