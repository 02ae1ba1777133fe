"""Owns the greyscale display maths of DICOM: stored value -> P-value. Never touches files, Qt or spatial matters.

The stages (PS3.3 C.11.1 modality LUT, C.11.2 VOI LUT, C.7.6.3.1.2 photometric interpretation, C.11.6 presentation
LUT shape, C.7.5.1.1.2 pixel padding) are folded into ONE table of 8-bit greys, indexed by the raw bits of the stored
value, so that changing the window costs one table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError

FloatArray = NDArray[np.float64]
GreyTable = NDArray[np.uint8]


FULL_RANGE = "full range"
"""The explanation of the window that is made where a file has none."""

DEFAULT_LOG, DEFAULT_LINEAR = "default curve, logarithmic", "default curve, linear"
"""The explanations of what is made for a For Processing image without VOI (`core.default_curve`)."""

_OWN_LABELS = frozenset({FULL_RANGE, DEFAULT_LOG, DEFAULT_LINEAR})


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056), PS3.3 C.11.2.1.3."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class VoiWindow:
    """A window (0028,1050)/(0028,1051) in modality units. `width` > 0; LINEAR needs `width` >= 1.

    `falls`: its output is turned round, high values are dark. No file says so: it is the window in place of a VOI LUT
    that falls.
    """

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR
    explanation: str = ""
    falls: bool = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.center) and np.isfinite(self.width)):
            raise MammoviewError("window center and width must be finite numbers")
        if self.width <= 0 or (self.function is VoiFunction.LINEAR and self.width < 1):
            raise MammoviewError(f"window width {self.width:g} is not positive", "give a width of at least 1")

    def dragged(self, dx_px: float, dy_px: float, *, gain: float, inverted: bool = False) -> VoiWindow:
        """The window after a drag: right widens, down darkens the picture as seen, which is `inverted` where what the
        window makes bright is shown dark. `gain` is units per pixel.
        """
        least = 1.0 if self.function is VoiFunction.LINEAR else min(1e-3, gain)
        width = max(least, self.width + dx_px * gain)
        raised = -dy_px * gain if inverted != self.falls else dy_px * gain
        return replace(self, width=width, center=self.center + raised, explanation="")

    def apply(self, values: FloatArray) -> FloatArray:
        """Modality values -> 0..1, PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT), C.11.2.1.3.1 (SIGMOID)."""
        shown = self._rising(values)
        return 1.0 - shown if self.falls else shown

    def _rising(self, values: FloatArray) -> FloatArray:
        if self.function is VoiFunction.SIGMOID:
            exponent = np.clip(-4.0 * (values - self.center) / self.width, -700.0, 700.0)
            return np.asarray(1.0 / (1.0 + np.exp(exponent)), dtype=np.float64)
        if self.function is VoiFunction.LINEAR_EXACT:
            fraction = (values - self.center) / self.width + 0.5
            return np.clip(fraction, 0.0, 1.0)
        low = self.center - 0.5 - (self.width - 1) / 2
        if self.width <= 1:
            return np.where(values > low, 1.0, 0.0)
        fraction = (values - (self.center - 0.5)) / (self.width - 1) + 0.5
        return np.clip(fraction, 0.0, 1.0)

    def fingerprint(self) -> str:
        """Equal for what gives equal greys, also in another run of the program."""
        return f"{self.center!r} {self.width!r} {self.function}{' falls' if self.falls else ''}"

    def label(self) -> str:
        if self.explanation in _OWN_LABELS:
            return self.explanation
        text = f"C {_short(self.center)} W {_short(self.width)}"
        if self.function is not VoiFunction.LINEAR:
            text += f" {self.function}"
        return text


def _short(number: float) -> str:
    """A number as a reader wants it: whole where it is large, four digits where it is small."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.4g}"


@dataclass(frozen=True, slots=True, eq=False)
class VoiLut:
    """One item of a VOI LUT Sequence (0028,3010) or of a Modality LUT Sequence (0028,3000), PS3.3 C.11.2.1.1.

    `entries`: uint16 of shape (n,); the first is for the input `first_mapped`; `bits` of an entry's full range.
    """

    first_mapped: int
    entries: NDArray[np.uint16]
    bits: int
    explanation: str = ""

    def __post_init__(self) -> None:
        if self.entries.ndim != 1 or self.entries.size == 0:
            raise MammoviewError("a LUT has no entries")
        self.entries.flags.writeable = False

    @property
    def falls(self) -> bool:
        """Whether its output falls where the input rises, by its ends."""
        return bool(self.entries[0] > self.entries[-1])

    def lookup(self, values: FloatArray) -> FloatArray:
        """LUT output in its own units; inputs outside the table take its first or last entry."""
        index = np.clip(np.floor(values).astype(np.int64) - self.first_mapped, 0, self.entries.size - 1)
        return self.entries[index].astype(np.float64)

    def apply(self, values: FloatArray) -> FloatArray:
        """Modality values -> 0..1."""
        return self.lookup(values) / float(2**self.bits - 1)

    def fingerprint(self) -> str:
        """As of `VoiWindow`."""
        entries = hashlib.sha256(self.entries.astype("<u2").tobytes()).hexdigest()
        return f"{self.first_mapped} {self.bits} {entries}"

    def label(self) -> str:
        return self.explanation if self.explanation in _OWN_LABELS else f"LUT {self.explanation}".strip()


Voi = VoiWindow | VoiLut


@dataclass(frozen=True, slots=True)
class PixelPadding:
    """Pixel Padding Value (0028,0120) to Range Limit (0028,0121), inclusive, in stored values; PS3.3 C.7.5.1.1.2."""

    low: int
    high: int

    @classmethod
    def of(cls, value: int, range_limit: int | None = None) -> PixelPadding:
        limit = value if range_limit is None else range_limit
        return cls(min(value, limit), max(value, limit))

    def nearest_valid(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """The nearest values that are not padding to stored values that are; same shape."""
        whole = values.astype(np.int32)
        return np.where(whole - self.low <= self.high - whole, np.int32(self.low - 1), np.int32(self.high + 1))


def storable(bits: int, *, signed: bool) -> tuple[int, int]:
    """The lowest and the highest value that so many stored bits can hold, PS3.5 8.1.1."""
    half = 1 << (bits - 1)
    return (-half, half - 1) if signed else (0, 2 * half - 1)


class Intensity(StrEnum):
    """Pixel Intensity Relationship (0028,1040), PS3.3 C.8.11.3.1.2 and C.8.7.1.1.2: of values to X-ray intensity."""

    LIN = "LIN"
    LOG = "LOG"
    DISP = "DISP"


@dataclass(frozen=True, slots=True)
class DetectorSignal:
    """What the values of a For Processing image without VOI stand for; PS3.3 leaves open how such images are shown.

    `rises`: whether higher stored values are more X-rays, so less tissue (Pixel Intensity Relationship Sign
    (0028,1041) = 1); None where the file does not tell.
    """

    relationship: Intensity = Intensity.LIN
    rises: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Greyscale:
    """All that turns one image's stored values into greys.

    `bits_stored` 1..16 and `signed` describe the stored values; `inverse` is True where low values are bright
    (MONOCHROME1 or presentation LUT shape INVERSE). `vois` are the file's choices: LUT items first, then windows.
    `signal` is told of For Processing images without VOI alone; where it says which way tissue is, so does `inverse`.
    """

    bits_stored: int
    signed: bool = False
    inverse: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    modality_lut: VoiLut | None = None
    vois: tuple[Voi, ...] = ()
    padding: PixelPadding | None = None
    signal: DetectorSignal | None = None

    def modality(self, stored: NDArray[np.generic]) -> FloatArray:
        """Stored values -> modality values, float64 of the same shape."""
        values = stored.astype(np.float64)
        if self.modality_lut is not None:
            return self.modality_lut.lookup(values)
        return values * self.slope + self.intercept

    @property
    def falls(self) -> bool:
        """Whether the modality values fall where the stored values rise."""
        return self.slope < 0 if self.modality_lut is None else self.modality_lut.falls

    @property
    def low_is_bright(self) -> bool:
        """Whether low stored values are bright, before any VOI: by `inverse` and by a modality stage that `falls`."""
        return self.inverse != self.falls

    def is_padding(self, stored: NDArray[np.integer]) -> NDArray[np.bool_]:
        """True where a stored value is padding; same shape."""
        if self.padding is None:
            return np.zeros(stored.shape, dtype=np.bool_)
        return np.asarray((stored >= self.padding.low) & (stored <= self.padding.high), dtype=np.bool_)

    def whole_range(self) -> VoiWindow:
        """The window of all values that can be stored: what no VOI stage means."""
        return self.full_range_window(*storable(self.bits_stored, signed=self.signed))

    def full_range_window(self, stored_low: int, stored_high: int) -> VoiWindow:
        """The window from `stored_low` to `stored_high` (stored values without padding), both fully used."""
        ends = self.modality(np.array([stored_low, stored_high], dtype=np.float64))
        low, high = float(ends.min()), float(ends.max())
        if high == low:  # a constant image is black
            return VoiWindow(low + 0.5, 1.0, VoiFunction.LINEAR_EXACT, FULL_RANGE)
        return VoiWindow((low + high) / 2, high - low, VoiFunction.LINEAR_EXACT, FULL_RANGE)


def grey_table(
    grey: Greyscale, voi: Voi, *, invert: bool = False, itemsize: int = 2, p_values: VoiLut | None = None
) -> GreyTable:
    """The one table: raw bits of a stored value -> 8-bit grey (P-value scaled to 0..255).

    Shape (65536,) for 16-bit containers (`itemsize` 2), (256,) for 8-bit ones; a signed value is looked up by its
    two's complement bits; what `bits_stored` bits cannot hold is as the highest value. Padding is 0 (black) under every
    window and inversion. `p_values`: a Presentation LUT (PS3.3 C.11.6), from the whole range of what `voi` gives.
    """
    count = 256**itemsize
    storable = min(count, 2**grey.bits_stored)
    stored = np.arange(-storable // 2, storable // 2) if grey.signed else np.arange(storable)
    p_value = voi.apply(grey.modality(stored))
    if p_values is not None:
        p_value = p_values.apply(p_value * (p_values.entries.size - 1) + 1e-9)
    if grey.inverse != invert:
        p_value = 1.0 - p_value
    greys = np.floor(p_value * 255.0 + 0.5).astype(np.uint8)
    table = np.empty(count, np.uint8)
    if grey.signed:  # raw bits count the values from 0 up first, then those from the lowest up
        half = storable // 2
        table[:half], table[count - half :] = greys[half:], greys[:half]
        table[half : count - half] = greys[-1]
    else:
        table[:storable], table[storable:] = greys, greys[-1]
    if grey.padding is not None:
        raw = np.arange(count, dtype=f"u{itemsize}")
        table[grey.is_padding(raw.view(f"i{itemsize}") if grey.signed else raw)] = 0
    table.flags.writeable = False
    return table
