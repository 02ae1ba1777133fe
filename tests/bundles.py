"""A tiny model bundle and synthetic mammograms for any test. No training, no network, no real image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, ImageSource, Laterality
from mammoview.core.window import Greyscale
from mammoview.inference.preprocess import PreprocessParams

ROWS = COLUMNS = 64


def breast_pixels(
    rows: int = 320,
    columns: int = 256,
    *,
    bits: int = 12,
    seed: int = 0,
    right: bool = False,
    inverse: bool = False,
) -> NDArray[Any]:
    """A half-ellipse breast with texture on dark air, stored as uint8 or uint16 with `bits` used."""
    from training.export import golden_breast

    return golden_breast(rows, columns, bits=bits, seed=seed, mirrored=right, inverse=inverse)


def make_image(pixels: NDArray[Any], *, key: str = "image", bits: int = 12, **header: Any) -> MammoImage:
    """A MammoImage around stored pixels; `header` overrides fields of its ImageHeader. `inverse` is for
    MONOCHROME1."""
    inverse = bool(header.pop("inverse", False))
    header.setdefault("modality", "MG")
    header.setdefault("laterality", Laterality.LEFT)
    grey = header.pop("grey", None) or Greyscale(bits_stored=bits, inverse=inverse)
    rows, columns = pixels.shape
    source = ImageSource(Path(f"{key}.dcm"))
    return MammoImage(ImageHeader(source, rows, columns, grey, **header), np.ascontiguousarray(pixels))


def make_breast(*, seed: int = 0, key: str = "image", bits: int = 12, **header: Any) -> MammoImage:
    """A synthetic mammogram that passes the gate."""
    inverse = bool(header.get("inverse", False))
    return make_image(breast_pixels(bits=bits, seed=seed, inverse=inverse), key=f"{key}", bits=bits, **header)


def make_tiny_bundle(folder: Path, *, version: str = "0.1", onnx: bool = False) -> Path:
    """Write the bundle "tiny-<version>" under `folder` and return its path: a small network with fixed random
    weights, `onnx`: with model.onnx too.

    Takes about a second besides the import of TensorFlow. Images from `make_breast` pass its gate and get a
    score and a heat map.
    """
    from training.export import BundleFacts, write_bundle

    return write_bundle(
        _tiny_network(),
        folder,
        BundleFacts(
            name="tiny",
            version=version,
            intended_use="tests only",
            layer="features",
            preprocess=PreprocessParams(rows=ROWS, columns=COLUMNS),
            operating_points={"balanced": {"threshold": 0.5}},
            card="# tiny\n\nRandom weights, for tests only.\n",
        ),
        onnx=np.random.default_rng(5).integers(0, 256, (5, ROWS, COLUMNS)).astype(np.uint8) if onnx else None,
    )


def _tiny_network() -> Any:
    import keras

    keras.utils.set_random_seed(7)
    pixels = keras.Input((ROWS, COLUMNS, 1), name="pixels")
    x = keras.layers.Rescaling(4.0, offset=-2.0)(pixels)
    for index, filters in enumerate((8, 16)):
        x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu", name=f"conv{index}")(x)
    x = keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="features")(x)
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    logits = keras.layers.Dense(2, name="logits")(pooled)
    return keras.Model(pixels, [x, logits], name="tiny")


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of one tiny bundle for the whole session. Read it; change a copy."""
    return make_tiny_bundle(tmp_path_factory.mktemp("models"))
