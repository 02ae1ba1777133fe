"""Owns how large the pixels of each screen are, as the reader has measured them. Never asks the screen itself: what
screens tell of their size is often wrong.
"""

from __future__ import annotations

import json
import math

from mammoview.core.errors import UsageError
from mammoview.services.settings import SettingsStore
from mammoview.services.words import translate

FINEST_PX_PER_MM, COARSEST_PX_PER_MM = 40.0, 0.5
"""Device pixels per millimetre between which a screen is believed to be."""


class Calibrations:
    """Device pixels per millimetre, by a screen's name and size; kept in the settings."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings

    def px_per_mm(self, screen: str) -> float | None:
        """Of a screen; None where it was not calibrated."""
        return self._all().get(screen)

    def calibrate(self, screen: str, length_px: float, length_mm: float) -> float:
        """Note that a line of device pixels is so long on a screen; the pixels per millimetre. Raises UsageError where
        no screen is like that.
        """
        scale = length_px / length_mm if length_mm > 0 else math.inf
        if not COARSEST_PX_PER_MM <= scale <= FINEST_PX_PER_MM:
            cause = translate("Calibrations", "no screen shows {pixels} pixels on {length} mm")
            told = cause.format(pixels=round(length_px), length=f"{length_mm:g}")
            raise UsageError(told, translate("Calibrations", "measure the line again"))
        self._settings.change(screens=json.dumps({**self._all(), screen: scale}))
        return scale

    def _all(self) -> dict[str, float]:
        """What the settings hold, as far as it can be true."""
        try:
            record = json.loads(self._settings.value.screens or "{}")
        except ValueError:
            return {}
        numbers = record.items() if isinstance(record, dict) else ()
        return {
            name: float(scale)
            for name, scale in numbers
            if isinstance(scale, int | float) and COARSEST_PX_PER_MM <= scale <= FINEST_PX_PER_MM
        }
