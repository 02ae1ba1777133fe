"""Owns one made exposure in the many ways in which a mammogram comes: bit depths, photometric interpretations, windows,
modality stages, orientations, containers, and what lies beside the breast.

All are made of the same float exposure, so that a classifier has to say the same of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.encoders import JPEG_2000_LOSSLESS, JPEG_EXTENDED, JPEG_LOSSLESS_SV1, RLE
from tests.factories import make_lut, make_mammogram_dataset, save

Exposure = NDArray[np.float64]


def made_exposure(rows: int = 640, columns: int = 480, *, seed: int = 11) -> Exposure:
    """A left breast on dark air, float64 (rows, columns) in 0..1: tissue with a power spectrum of 1/f^3 (Burgess 1999),
    a thinner rim at the skin, one dense lesion. Far from both ends of the range, so that no bit depth clips it.
    """
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float64)
    radius = np.hypot((down - rows * 0.5) / (rows * 0.42), across / (columns * 0.7))
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None])
    frequency[0, 0] = np.inf
    noise = rng.standard_normal((rows, columns // 2 + 1)) + 1j * rng.standard_normal((rows, columns // 2 + 1))
    tissue = np.fft.irfft2(noise * frequency**-1.5, (rows, columns))
    tissue = 0.5 + 0.1 * tissue / tissue.std()
    lesion = np.hypot(down - rows * 0.42, across - columns * 0.3) / (rows * 0.03)
    tissue += 0.2 * np.exp(-0.5 * lesion**2)
    rim = np.clip((1 - radius) / 0.2, 0, 1) ** 0.5
    inside = 0.1 + 0.8 * rim * np.clip(tissue, 0.1, 1.0)
    air = 0.02 + 0.001 * rng.standard_normal((rows, columns))
    return np.clip(np.where(radius < 1, inside, air), 0.0, 1.0)


def stored(exposure: Exposure, bits: int) -> NDArray[Any]:
    """The exposure as stored values of so many bits: uint8 or uint16."""
    return np.asarray(np.round(exposure * (2**bits - 1)), np.uint8 if bits <= 8 else np.uint16)


def with_marker(exposure: Exposure) -> Exposure:
    """A bright side marker in the air beside the breast."""
    rows, columns = exposure.shape
    marked = exposure.copy()
    marked[rows // 20 : rows // 9, columns - columns // 6 : columns - columns // 20] = 1.0
    return marked


def with_text(exposure: Exposure) -> Exposure:
    """Burned-in letters above and under the breast."""
    rows, columns = exposure.shape
    letters = np.zeros(exposure.shape, np.uint8)
    for at, word in ((rows // 18, "L MLO 28 kV"), (rows - rows // 40, "SAMPLE 1960")):
        place, size = (int(columns * 0.4), at), rows / 900
        cv2.putText(letters, word, place, cv2.FONT_HERSHEY_SIMPLEX, size, 255, max(1, rows // 320), cv2.LINE_AA)
    return np.maximum(exposure, letters / 255)


def with_frame(exposure: Exposure) -> Exposure:
    """A bright line around the picture, one pixel from its edge, as scanners and screen shots leave it; open at the
    chest wall, which a line would cut from the edge of the picture."""
    rows, columns = exposure.shape
    line = max(2, rows // 200)
    framed = exposure.copy()
    framed[1 : 1 + line], framed[-1 - line : -1] = 1.0, 1.0
    framed[:, columns - 1 - line : columns - 1] = 1.0
    return framed


BESIDE: dict[str, Callable[[Exposure], Exposure]] = {
    "marker": with_marker,
    "text": with_text,
    "frame": with_frame,
}
"""What is not the breast, by name: each changes pixels beside it alone."""


def write_exact(folder: Path, exposure: Exposure) -> dict[str, Path]:
    """DICOM files that hold the same 12-bit exposure without loss, written under `folder`: name -> path. "plain" is the
    one that the others are compared with."""
    twelve = stored(exposure, 12)
    steps = np.arange(4096)
    bent = make_lut(0, np.round(4095 * (steps / 4095) ** 2.2).astype(int), 12, "BENT")
    kinds: dict[str, dict[str, Any]] = {
        "plain": {},
        "MONOCHROME1": {"photometric": "MONOCHROME1"},
        "narrow window": {"voi_windows": ((1200.0, 300.0),)},
        "three windows": {
            "voi_windows": ((2048.0, 4096.0), (1000.0, 500.0), (3000.0, 90.0)),
            "voi_explanations": ("NORMAL", "HARDER", "SOFTER"),
        },
        "LINEAR_EXACT": {"voi_windows": ((1500.0, 1000.0),), "voi_function": "LINEAR_EXACT"},
        "SIGMOID": {"voi_windows": ((1800.0, 700.0),), "voi_function": "SIGMOID"},
        "VOI LUT": {"voi_luts": (bent,)},
        "MONOCHROME1, SIGMOID": {
            "photometric": "MONOCHROME1",
            "voi_windows": ((1800.0, 700.0),),
            "voi_function": "SIGMOID",
        },
        "rescale": {"RescaleSlope": "2.5", "RescaleIntercept": "-1000", "voi_windows": ((4000.0, 9000.0),)},
        "falling rescale": {
            "pixels": 4095 - twelve,
            "RescaleSlope": "-1",
            "RescaleIntercept": "4095",
        },
        "modality LUT": {
            "ModalityLUTSequence": [make_lut(0, steps * 16, 16)],
            "RescaleSlope": None,
            "RescaleIntercept": None,
            "RescaleType": None,
        },
        "signed": {"pixels": twelve.astype(np.int16) - 2048, "signed": True},
        "RLE": {"transfer_syntax": RLE},
        "JPEG Lossless": {"transfer_syntax": JPEG_LOSSLESS_SV1},
        "JPEG 2000 Lossless": {"transfer_syntax": JPEG_2000_LOSSLESS},
    }
    for options in kinds.values():
        options.setdefault("pixels", twelve)
    return _written(folder, "L", kinds)


def write_mirrored(folder: Path, exposure: Exposure) -> dict[str, Path]:
    """The exposure as a right breast, mirrored left-right, plain and as MONOCHROME1."""
    twelve = np.ascontiguousarray(stored(exposure, 12)[:, ::-1])
    kinds: dict[str, dict[str, Any]] = {
        "mirrored": {"pixels": twelve},
        "mirrored, MONOCHROME1": {"pixels": twelve, "photometric": "MONOCHROME1"},
    }
    return _written(folder, "R", kinds)


def write_depths(folder: Path, exposure: Exposure, depths: tuple[int, ...] = (14, 16)) -> dict[str, Path]:
    """The exposure with other numbers of bits, each as MONOCHROME2 and as MONOCHROME1."""
    kinds: dict[str, dict[str, Any]] = {}
    for bits in depths:
        for photometric in ("MONOCHROME2", "MONOCHROME1"):
            made = {"pixels": stored(exposure, bits), "bits_stored": bits, "photometric": photometric}
            kinds[f"{bits} bit, {photometric}"] = made
    return _written(folder, "L", kinds)


def write_beside(folder: Path, exposure: Exposure) -> dict[str, Path]:
    """The exposure with each of BESIDE in the air."""
    return _written(folder, "L", {name: {"pixels": stored(put(exposure), 12)} for name, put in BESIDE.items()})


def write_pictures(folder: Path, exposure: Exposure) -> dict[str, Path]:
    """The exposure as plain pictures of 8 bits without loss, and as JPEG of quality 95 and 85; as DICOM of 8 bits and
    as lossy JPEG of 12 bits."""
    folder.mkdir(parents=True, exist_ok=True)
    eight = Image.fromarray(stored(exposure, 8))
    paths = {}
    plain: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("8-bit PNG", ".png", {}),
        ("8-bit TIFF", ".tif", {}),
        ("JPEG, quality 95", ".jpg", {"quality": 95}),
        ("JPEG, quality 85", ".jpg", {"quality": 85}),
    )
    for name, suffix, options in plain:
        paths[name] = folder / f"L_CC_{name.replace(' ', '-').replace(',', '')}{suffix}"
        eight.save(paths[name], **options)
    dicom: dict[str, dict[str, Any]] = {
        "8-bit DICOM": {"pixels": stored(exposure, 8), "bits_stored": 8},
        "12-bit JPEG Extended": {"pixels": stored(exposure, 12), "transfer_syntax": JPEG_EXTENDED},
    }
    return {**paths, **_written(folder, "L", dicom)}


def _written(folder: Path, side: str, kinds: dict[str, dict[str, Any]]) -> dict[str, Path]:
    """Each kind as a study of its own, so that no answer hangs on another's."""
    return {
        name: save(
            make_mammogram_dataset(side, "CC", study=f"{folder.parent.name}, {folder.name}, {name}", **options),
            folder / f"{name.replace(' ', '-').replace(',', '')}.dcm",
        )
        for name, options in kinds.items()
    }
