"""Owns the names of the array types that the synthesis passes around. Never makes one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]
StoredArray = npt.NDArray[np.uint16]
