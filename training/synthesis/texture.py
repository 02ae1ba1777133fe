"""Owns random fields: smooth, 1/f^beta and clustered lumpy. Never knows what a breast is."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from training.synthesis.arrays import FloatArray

#: Power-law exponents of mammographic backgrounds (Burgess and Judy, 2003): the mean and the range.
BETA_MEAN = 2.8
BETA_RANGE = (1.5, 3.5)

# Clustered lumpy background (Bochud, Abbey and Eckstein, 1999), given for 128 x 128 pixels of 0.3 mm.
_LUMPY_SPACING_MM = 0.3
_LUMPY_AREA_MM2 = (128 * _LUMPY_SPACING_MM) ** 2
_LUMPY_CLUSTERS = 150.0
_LUMPY_BLOBS = 20.0
_LUMPY_LENGTH_PX = (5.0, 2.0)
_LUMPY_ALPHA = 2.1
_LUMPY_EXPONENT = 0.5
_LUMPY_SPREAD_PX = 12.0
_LUMPY_ANGLES = 16


def _standardised(field: FloatArray) -> FloatArray:
    mean, deviation = cv2.meanStdDev(field.reshape(-1, field.shape[-1]))
    scale = np.float32(1.0 / max(float(deviation[0, 0]), 1e-12))
    return np.asarray((field - np.float32(mean[0, 0])) * scale, dtype=np.float32)


def _blurred(field: FloatArray, axis: int, sigma: float) -> FloatArray:
    """`field` (any number of axes) blurred along one axis with a Gaussian of `sigma` cells."""
    radius = max(int(np.ceil(3.0 * sigma)), 1)
    kernel = cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F)
    one = np.ones((1, 1), np.float32)
    length, after = field.shape[axis], int(np.prod(field.shape[axis + 1 :]))
    border = cv2.BORDER_REFLECT_101
    if after == 1:
        lines = field.reshape(-1, length)
        flat = np.asarray(cv2.sepFilter2D(lines, cv2.CV_32F, kernel, one, borderType=border), dtype=np.float32)
        return flat.reshape(field.shape)
    planes = field.reshape(-1, length, after)
    done = np.empty_like(planes)
    for plane, target in zip(planes, done, strict=True):
        target[...] = cv2.sepFilter2D(plane, cv2.CV_32F, one, kernel, borderType=border)
    return done.reshape(field.shape)


def smooth_field(shape: tuple[int, ...], sigma: tuple[float, ...], rng: np.random.Generator) -> FloatArray:
    """Gaussian random field, float32, mean 0 and deviation 1, smoothed by `sigma` cells along each axis."""
    field: FloatArray = rng.standard_normal(shape, dtype=np.float32)
    for axis, width in enumerate(sigma):
        field = _blurred(field, axis, width)
    return _standardised(field)


def power_law_field(
    shape: tuple[int, int], beta: float, rng: np.random.Generator, *, longest_px: float | None = None
) -> FloatArray:
    """Isotropic noise with a power spectrum K / f^beta, float32, mean 0, deviation 1.

    Structures longer than `longest_px` are kept at that frequency's power, so that the field stays bounded.
    The field is cut from a larger one: its edges do not wrap around.
    """
    rows = cv2.getOptimalDFTSize(shape[0] + shape[0] // 4 + 8)
    cols = cv2.getOptimalDFTSize(shape[1] + shape[1] // 4 + 8)
    white = rng.standard_normal((rows, cols), dtype=np.float32)
    row_f = np.fft.fftfreq(rows)[:, None]
    col_f = np.fft.rfftfreq(cols)[None, :]
    frequency = np.hypot(row_f, col_f)
    floor = 1.0 / (longest_px if longest_px is not None else float(max(shape)))
    amplitude = np.maximum(frequency, floor) ** (-beta / 2.0)
    amplitude[0, 0] = 0.0
    field = np.fft.irfft2(np.fft.rfft2(white) * amplitude.astype(np.float32), s=(rows, cols))
    return _standardised(np.asarray(field[: shape[0], : shape[1]], dtype=np.float32))


@lru_cache(maxsize=2)
def _lumpy_spectra(shape: tuple[int, int], pixel: float) -> tuple[npt.NDArray[np.complex64], ...]:
    """Spectra of the blob exp(-alpha r^beta / L(angle)) at each angle; `pixel` is the pixel in units of 0.3 mm."""
    rows = np.fft.fftfreq(shape[0])[:, None] * shape[0] * pixel
    columns = np.fft.fftfreq(shape[1])[None, :] * shape[1] * pixel
    distance = np.hypot(rows, columns)
    fade = np.clip((64.0 - distance) / 32.0, 0.0, 1.0)  # a blob ends at 19 mm
    long, short = _LUMPY_LENGTH_PX
    spectra = []
    for index in range(_LUMPY_ANGLES):
        theta = np.arctan2(rows, columns) - index * np.pi / _LUMPY_ANGLES
        length = long * short / np.hypot(short * np.cos(theta), long * np.sin(theta))
        blob = np.exp(-_LUMPY_ALPHA * distance**_LUMPY_EXPONENT / length) * fade
        spectra.append(np.asarray(np.fft.rfft2(blob.astype(np.float32)), dtype=np.complex64))
    return tuple(spectra)


def clustered_lumpy_field(shape: tuple[int, int], spacing_mm: float, rng: np.random.Generator) -> FloatArray:
    """Clustered lumpy background, float32, mean 0, deviation 1; its lengths are those of 0.3 mm pixels.

    It is made on a grid of 0.3 mm or coarser, around which it wraps; the rim that wraps is cut away.
    """
    pixel = max(spacing_mm, _LUMPY_SPACING_MM) / _LUMPY_SPACING_MM
    scale = spacing_mm / (pixel * _LUMPY_SPACING_MM)
    pad = int(np.ceil(2.0 * _LUMPY_SPREAD_PX / pixel))
    size = [int(np.ceil(length * scale)) for length in shape]
    rows, columns = (cv2.getOptimalDFTSize(length + 2 * pad) for length in size)
    area_mm2 = rows * columns * (pixel * _LUMPY_SPACING_MM) ** 2
    clusters = int(rng.poisson(_LUMPY_CLUSTERS * area_mm2 / _LUMPY_AREA_MM2))
    blobs = rng.poisson(_LUMPY_BLOBS, clusters)
    bins = np.repeat(rng.integers(0, _LUMPY_ANGLES, clusters), blobs)
    centre = np.repeat(rng.uniform(0.0, 1.0, (clusters, 2)) * (rows, columns), blobs, axis=0)
    place = np.rint(centre + rng.normal(0.0, _LUMPY_SPREAD_PX / pixel, centre.shape)).astype(np.int64)
    place %= (rows, columns)
    total = np.zeros((rows, columns // 2 + 1), np.complex64)
    for index, spectrum in enumerate(_lumpy_spectra((rows, columns), pixel)):
        impulses = np.zeros((rows, columns), np.float32)
        chosen = place[bins == index]
        np.add.at(impulses, (chosen[:, 0], chosen[:, 1]), np.float32(1.0))
        total += spectrum * np.asarray(np.fft.rfft2(impulses), dtype=np.complex64)
    field = np.fft.irfft2(total, s=(rows, columns))[pad : pad + size[0], pad : pad + size[1]]
    cut = np.ascontiguousarray(field, dtype=np.float32)
    if cut.shape != shape:
        cut = np.asarray(cv2.resize(cut, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)
    return _standardised(cut)


def power_law_slope(patch: FloatArray, *, low: float = 0.03, high: float = 0.3) -> float:
    """The exponent beta that the radially averaged periodogram of a patch shows, cycles per pixel `low` to `high`."""
    rows, cols = patch.shape
    window = np.hanning(rows)[:, None] * np.hanning(cols)[None, :]
    values = (patch - patch.mean(dtype=np.float64)) * window
    power = np.abs(np.fft.rfft2(values)) ** 2
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols)[None, :])
    edges = np.geomspace(low, high, 13)
    bins = np.digitize(frequency.ravel(), edges)
    points = [
        (np.log(frequency.ravel()[bins == i].mean()), np.log(power.ravel()[bins == i].mean()))
        for i in range(1, len(edges))
        if np.any(bins == i)
    ]
    xs, ys = np.asarray(points).T
    return float(-np.polyfit(xs, ys, 1)[0])
