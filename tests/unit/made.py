"""Small images for the tests of the core, without any file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import Orientation, Spacing
from mammoview.core.image import MammoImage
from mammoview.core.orientation import Laying
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.pyramid import build_pyramid
from mammoview.core.study import ImageHeader, ImageSource, Laterality, View
from mammoview.core.window import Greyscale
from tests.factories import make_breast


def image_of(
    stored: NDArray[Any], *, laterality: str = "R", view: str = "CC", grey: Greyscale | None = None, **header: Any
) -> MammoImage:
    """An image of the given stored pixels; `header` sets further header fields."""
    header.setdefault("spacing", Spacing(0.1, 0.1, "imager"))
    return MammoImage(
        ImageHeader(
            ImageSource(Path(f"{laterality}{view}.dcm")),
            stored.shape[0],
            stored.shape[1],
            grey or Greyscale(16 if stored.dtype.itemsize == 2 else 8, signed=stored.dtype == np.int16),
            laterality=Laterality(laterality),
            view=View(view),
            **header,
        ),
        stored,
    )


def breast_image(
    laterality: str = "R", view: str = "CC", rows: int = 600, columns: int = 450, **header: Any
) -> MammoImage:
    """A made breast, 12 bit, chest wall right for "R" and left for "L"."""
    header.setdefault("grey", Greyscale(12))
    return image_of(make_breast(laterality, rows, columns, grain=0.0), laterality=laterality, view=view, **header)


def prepared_as(image: MammoImage, orientation: Orientation) -> PreparedImage:
    """The prepared image, laid by `orientation` whatever its codes and pixels say."""
    return replace(prepare(image), laying=Laying(orientation), pyramid=build_pyramid(image, orientation))
