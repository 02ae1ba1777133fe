"""Owns the reading of an image of a data set: what the application reads, and PGM, in which mini-MIAS comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.window import Greyscale
from mammoview.dicom.reader import read_file


def read_picture(path: Path) -> MammoImage:
    """The image of a file; a PGM of 8 bits as any other grey picture. Raises InputRefusedError."""
    if path.suffix.lower() != ".pgm":
        return read_file(path)
    try:
        with Image.open(path, formats=("PPM",)) as picture:
            if picture.mode != "L":
                raise InputRefusedError("is no PGM of 8 bits", "save it as PNG")
            pixels = np.array(picture, np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputRefusedError(f"is not a readable PGM picture: {error}", "copy it again") from error
    header = ImageHeader(
        source=ImageSource(path),
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        grey=Greyscale(8),
        transfer_syntax="PGM",
    )
    return MammoImage(header, pixels)
