"""Owns an image that is ready to be shown: pixels, reductions, breast region, way up. Made off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mammoview.core.air import AirEstimate, estimate_air
from mammoview.core.breast import WORK_SIDE_PX, BreastRegion, Side, find_breast
from mammoview.core.geometry import Box, GridTransform, Orientation
from mammoview.core.image import MammoImage, StoredPixels
from mammoview.core.orientation import Laying, laid_side, lay
from mammoview.core.pyramid import Pyramid, build_pyramid
from mammoview.core.study import ImageHeader, Laterality


@dataclass(frozen=True, slots=True, eq=False)
class PreparedImage:
    """All that drawing needs. `laid_box`: the breast's extent in laid (turned upright) stored pixels. `air`: which
    pixels are air, where the file does not say so by its padding value. `hung`: the image as it hangs, where this one
    is laid otherwise (`laid_by`).
    """

    image: MammoImage
    pyramid: Pyramid
    region: BreastRegion
    laying: Laying
    laid_box: Box
    air: AirEstimate | None = None
    hung: PreparedImage | None = None

    @property
    def header(self) -> ImageHeader:
        return self.image.header

    @property
    def turned_over(self) -> bool:
        """True where the air is bright in a plain picture, as its maker forgot to invert it, or in an image For
        Processing that does not tell which way it is bright: it is shown inverted.
        """
        signal = self.image.grey.signal
        in_doubt = signal is not None and signal.rises is None
        return self.region.inverted and (not self.header.modality or in_doubt)

    @property
    def chest_wall_right(self) -> bool:
        """True where the laid image has its chest wall to the right."""
        if self.hung is not None:
            hung_side = Side.RIGHT if self.hung.chest_wall_right else Side.LEFT
            return laid_side(hung_side, _between(self.hung, self.laying.orientation)) is Side.RIGHT
        if self.header.laterality is not Laterality.UNKNOWN:
            return self.header.laterality is Laterality.RIGHT
        wall = self.region.chest_wall
        return wall is not None and laid_side(wall, self.laying.orientation) is Side.RIGHT

    def shown_inverted(self, invert: bool) -> bool:
        """Whether what the VOI makes bright is shown dark, where the reader has asked for inversion or not."""
        return self.image.grey.inverse != (invert != self.turned_over)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        held = self.image.stored.nbytes + self.pyramid.nbytes + sum(plane.mask.nbytes for plane in self.image.overlays)
        held += self.region.values.nbytes + self.region.mask.nbytes
        return int(held + (0 if self.air is None else self.air.outside.nbytes))


def prepare(image: MammoImage, like: PreparedImage | None = None) -> PreparedImage:
    """Find the breast, the way up and build the pyramid: tens of milliseconds, so never on the GUI thread.

    `like`: another frame of the same image; breast and way up are taken from it, so that nothing moves between frames.
    """
    if like is not None and like.image.stored.shape == image.stored.shape:
        image.share_vois(like.image)
        return replace(like, image=image, pyramid=build_pyramid(image, like.laying.orientation))
    image.vois()  # those made from the pixels are made here
    region = find_breast(image)
    laying = lay(image.header, region)
    to_laid = laying.orientation.transform(image.rows, image.columns)
    box = region.box
    first, last = to_laid(box.row0, box.column0), to_laid(box.row1 - 1, box.column1 - 1)
    rows = sorted((round(first[0]), round(last[0])))
    columns = sorted((round(first[1]), round(last[1])))
    laid_box = Box(rows[0], columns[0], rows[1] + 1, columns[1] + 1)
    prepared = PreparedImage(
        image, build_pyramid(image, laying.orientation), region, laying, laid_box, estimate_air(image, region)
    )
    return replace(prepared, laid_box=_at_the_wall(prepared))


def laid_by(prepared: PreparedImage, orientation: Orientation) -> PreparedImage:
    """A hung image laid otherwise, as a presentation state wants it, which is said on the picture: tens of
    milliseconds.
    """
    if orientation == prepared.laying.orientation:
        return prepared
    image, box, before = prepared.image, prepared.laid_box, prepared.laying.orientation
    to_laid: GridTransform = _between(prepared, orientation).transform(*before.shape(image.rows, image.columns))
    ends = to_laid(box.row0, box.column0), to_laid(box.row1 - 1, box.column1 - 1)
    rows, columns = (sorted(map(round, along)) for along in zip(*ends, strict=True))
    note = "; ".join(text for text in (prepared.laying.note, "laid as its presentation state wants") if text)
    return replace(
        prepared,
        laying=Laying(orientation, note),
        pyramid=_turned_pyramid(image, orientation),
        laid_box=Box(rows[0], columns[0], rows[1] + 1, columns[1] + 1),
        hung=prepared,
    )


def _turned_pyramid(image: MammoImage, orientation: Orientation) -> Pyramid:
    """As `build_pyramid`, in less time for a quarter turn: the halved levels are turned, not the whole image."""
    if not orientation.transpose:
        return build_pyramid(image, orientation)
    made = build_pyramid(image, Orientation(False, orientation.flip_columns, orientation.flip_rows))
    levels = [np.asarray(cv2.transpose(level)) for level in made.levels[1:]]
    valid = tuple(np.asarray(cv2.transpose(share), np.uint8) for share in made.valid)
    return replace(made, levels=(np.asarray(orientation.apply(image.stored)), *levels), valid=valid)


def _between(prepared: PreparedImage, orientation: Orientation) -> Orientation:
    """What turns an image from how it is laid to `orientation`."""
    return prepared.laying.orientation.inverse().then(orientation)


def _at_the_wall(prepared: PreparedImage) -> Box:
    """The laid box with its chest-wall edge moved to where the brightness rises half way, to the stored pixel.

    The mask comes from a smoothed, reduced image and reaches a few pixels too far; an edge on the image's border stays.
    """
    image, box = prepared.image, prepared.laid_box
    laid: StoredPixels = prepared.laying.orientation.apply(image.stored)
    reach = max(4, round(8 * max(image.rows, image.columns) / WORK_SIDE_PX))
    right = prepared.chest_wall_right
    edge = box.column1 if right else box.column0
    if not prepared.region.found or edge in (0, laid.shape[1]) or box.columns < 4 * reach:
        return box
    middle = slice(box.row0 + box.rows // 4, box.row1 - box.rows // 4)
    first, last = max(0, edge - reach), min(laid.shape[1], edge + reach)
    strip = laid[middle, first:last]
    padding = image.grey.is_padding(strip)
    values = np.where(padding, np.nan, strip.astype(np.float64))
    if image.grey.low_is_bright != prepared.region.inverted:
        values = -values
    lowest = np.nanmin(values) if not padding.all() else 0.0
    profile = np.where(padding, lowest, values).mean(axis=0)
    if right:
        profile = profile[::-1]
    if profile[-1] <= profile[0]:
        return box
    rise = int((profile >= (profile[0] + profile[-1]) / 2).argmax())
    return replace(box, column1=last - rise) if right else replace(box, column0=first + rise)
