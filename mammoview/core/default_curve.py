"""Owns the curve that a For Processing image without VOI is shown by. Never decides which way such an image is bright.

PS3.3 leaves the display of For Processing images open. Here: exposure is taken to its logarithm (LIN; LOG and DISP are
so already), and stretched between robust quantiles of the pixels that are neither padding, nor unexposed, nor air.
Tissue is then bright, and air black, where `Greyscale.inverse` says rightly which way tissue is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.window import (
    DEFAULT_LINEAR,
    DEFAULT_LOG,
    DetectorSignal,
    FloatArray,
    Greyscale,
    Intensity,
    Voi,
    VoiFunction,
    VoiLut,
    VoiWindow,
)

_SAMPLE_PX = 65_536
_RANGE = 1000.0
_QUANTILES = (0.005, 0.995)
_BINS = 128
_SATURATED, _AIR_MASS, _MOST_ABOVE_AIR = 0.005, 0.05, 0.6
_FEWEST_ENTRIES, _MOST_ENTRIES = 64, 65_536


def default_curve(grey: Greyscale, stored: NDArray[Any]) -> Voi:
    """The curve for stored values (rows, columns), of which about 65,000 evenly spread ones are looked at: a
    `VoiLut` over modality values, 16 bit, rising; or a linear window where no logarithm is to be taken.
    """
    signal = grey.signal or DetectorSignal()
    step = max(1, int(np.sqrt(stored.size / _SAMPLE_PX)))
    sample = np.ascontiguousarray(stored[::step, ::step])
    values, valid = grey.modality(sample), ~grey.is_padding(sample)
    if not valid.any():
        return VoiWindow(0.5, 1.0, VoiFunction.LINEAR_EXACT, DEFAULT_LINEAR)
    rises = _exposure_rises(grey, signal, values, valid)
    ends = _storable_ends(grey)
    # exposure, 1 at the least: the modality values themselves, or counted down from their highest
    offset = 1.0 - min(ends) if rises else 1.0 + max(ends)
    sign = 1.0 if rises else -1.0
    exposure = offset + sign * values[valid]
    if rises and signal.relationship is Intensity.LIN and min(ends) >= 0:
        offset, exposure = 0.0, np.maximum(values[valid], 1.0)  # proportional to exposure as it is
    logarithmic = signal.relationship is Intensity.LIN
    low, high = _tissue_ends(np.log(exposure) if logarithmic else exposure, logarithmic)
    if logarithmic:
        curve = _logarithm(low, high, offset, sign)
        if curve is not None:
            return curve
        low, high = float(np.exp(low)), float(np.exp(high))
    edges = sorted(((low - offset) * sign, (high - offset) * sign))
    return VoiWindow(
        (edges[0] + edges[1]) / 2, max(edges[1] - edges[0], 1e-3), VoiFunction.LINEAR_EXACT, DEFAULT_LINEAR
    )


def _storable_ends(grey: Greyscale) -> tuple[float, float]:
    """The modality values of the lowest and the highest value that can be stored."""
    half = 2 ** (grey.bits_stored - 1)
    stored = np.array([-half, half - 1] if grey.signed else [0, 2 * half - 1], np.int64)
    if grey.modality_lut is not None:
        return float(grey.modality_lut.entries.min()), float(grey.modality_lut.entries.max())
    first, last = (float(end) for end in grey.modality(stored))
    return first, last


def _exposure_rises(grey: Greyscale, signal: DetectorSignal, values: FloatArray, valid: NDArray[np.bool_]) -> bool:
    """Whether higher modality values are more exposure: as told, else where the air lies, else by `inverse`.

    The air runs along most of the picture's edge, and is where most X-rays arrive.
    """
    if signal.rises is not None:
        return signal.rises != grey.falls
    low, high = (float(end) for end in np.quantile(values[valid], (0.02, 0.98)))
    rim = np.ones(values.shape, np.bool_)
    rim[2:-2, 2:-2] = False
    rim &= valid
    if high > low and rim.any():
        level = (float(np.median(values[rim])) - low) / (high - low)
        if abs(level - 0.5) > 0.15:
            return level > 0.5
    return grey.inverse


def _tissue_ends(signal: FloatArray, logarithmic: bool) -> tuple[float, float]:
    """Where tissue begins and ends in values that rise with exposure, without what is unexposed, saturated or air."""
    top = float(signal.max())
    if logarithmic:
        signal = signal[signal > max(top - np.log(_RANGE), 0.0)] if top > 0 else signal
    unsaturated = signal[signal < top]
    if 0 < unsaturated.size < (1 - _SATURATED) * signal.size:
        signal, top = unsaturated, float(unsaturated.max())
    bottom = float(np.quantile(signal, _QUANTILES[0])) if signal.size else top
    if top > bottom:
        signal = signal[signal < _air_begins(signal, bottom, top)]
    low, high = (float(end) for end in np.quantile(signal, _QUANTILES)) if signal.size else (top, top)
    return low, max(high, low + 1e-6)


def _air_begins(signal: FloatArray, bottom: float, top: float) -> float:
    """The least value of the air: a narrow peak in the upper half with hardly anything above it; infinite where there
    is none, as where the breast fills the picture.
    """
    mass, edges = np.histogram(signal, _BINS, (bottom, top))
    upper = mass.copy()
    upper[: _BINS // 2] = 0
    peak = int(np.argmax(np.convolve(upper, np.ones(3), mode="same")))
    inside, above = mass[peak - 1 : peak + 2].sum(), mass[peak + 2 :].sum()
    is_air = inside > _AIR_MASS * signal.size and above < _MOST_ABOVE_AIR * inside
    return float(edges[peak - 2]) if is_air else np.inf


def _logarithm(low: float, high: float, offset: float, sign: float) -> VoiLut | None:
    """log(offset + sign * value) from `low` to `high` on 16 bits, rising with the value; None where the modality values
    are too coarse or too many for a table.
    """
    edges = sorted(((float(np.exp(low)) - offset) * sign, (float(np.exp(high)) - offset) * sign))
    first, last = int(np.floor(edges[0])), int(np.ceil(edges[1]))
    if not _FEWEST_ENTRIES <= last - first + 1 <= _MOST_ENTRIES:
        return None
    exposure = np.maximum(offset + sign * np.arange(first, last + 1, dtype=np.float64), 1e-6)
    fraction = np.clip((np.log(exposure) - low) / (high - low), 0.0, 1.0)
    fraction = fraction if sign > 0 else 1.0 - fraction
    return VoiLut(first, np.round(fraction * 65535).astype(np.uint16), 16, DEFAULT_LOG)
