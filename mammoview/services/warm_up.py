"""Owns what the first study would otherwise wait for: imports and first calls, made in the background. No answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mammoview.core.buffers import BUFFERS
from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.window import Greyscale
from mammoview.reading.pictures import lettering
from mammoview.services.jobs import Ticket

_SIDE_PX = 512


def warm_up(ticket: Ticket) -> None:
    """A job: import what reads files, find a breast, reduce an image and set a letter once."""
    from mammoview.dicom.scan import scan  # pydicom: the window does not wait for it

    scan(())
    while BUFFERS.lacks and not ticket.cancelled():
        BUFFERS.add()
    if ticket.cancelled():
        return
    row = np.arange(_SIDE_PX, dtype=np.uint16)
    header = ImageHeader(ImageSource(Path()), _SIDE_PX, _SIDE_PX, Greyscale(16))
    prepare(MammoImage(header, np.add.outer(row, row)))
    lettering().inks("0", 12, (255, 255, 255))
