"""Owns the last check of a bundle: its recorded images must still give its recorded answers. Never changes a
bundle.

The images go through the application's own preprocessing and engine, so that a difference between the code
that trained and the code that runs is a bundle that does not load, never a wrong score.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mammoview.core import breast, geometry, window
from mammoview.core.errors import BundleError
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.window import Greyscale
from mammoview.inference import bundle as bundle_module
from mammoview.inference import engine as engine_module
from mammoview.inference import gradcam, keras_engine, onnx_engine
from mammoview.inference import preprocess as preprocessing
from mammoview.inference.bundle import Bundle, cache_folder
from mammoview.inference.engine import KERAS, ONNX

INPUT_TOLERANCE = 1e-3
SCORE_TOLERANCE = {"float32": 1e-3, "mixed": 1e-2}

_HINT = "this version of mammoview or its libraries does not run the bundle as it was made; use one made for it"


_LIBRARIES = {KERAS: ("tensorflow", "keras"), ONNX: ("onnxruntime",)}


class Answer(Protocol):
    """What of an engine's answer is checked (see engine.EngineAnswer)."""

    @property
    def logit_difference(self) -> float: ...
    @property
    def cells(self) -> NDArray[np.float32]: ...


class Engine(Protocol):
    """What the check needs of an engine (see engine.Engine)."""

    device: str
    runtime: str

    def predict(self, pixels: NDArray[np.float32]) -> Answer: ...


@dataclass(frozen=True, slots=True, eq=False)
class GoldenCase:
    """One recorded image: `stored` uint8 or uint16 (rows, columns), `bits` of it used, `inverse` for
    MONOCHROME1."""

    stored: NDArray[Any]
    bits: int
    inverse: bool

    def image(self) -> MammoImage:
        rows, columns = self.stored.shape
        grey = Greyscale(bits_stored=self.bits, inverse=self.inverse)
        source = ImageSource(Path("golden"))
        photometric = "MONOCHROME1" if self.inverse else "MONOCHROME2"
        header = ImageHeader(source, rows, columns, grey, modality="MG", photometric=photometric)
        return MammoImage(header, self.stored)


def write_golden(path: Path, cases: Iterable[GoldenCase], bundle: Bundle, engine: Engine) -> None:
    """Record what this preprocessing and `engine` make of `cases`, as an .npz without pickles."""
    arrays: dict[str, NDArray[Any]] = {}
    inputs, scores, maps = [], [], []
    bits, inverse = [], []
    for index, case in enumerate(cases):
        arrays[f"stored_{index}"] = case.stored
        bits.append(case.bits)
        inverse.append(case.inverse)
        pixels = preprocessing.preprocess(case.image(), bundle.preprocess).pixels
        answer = engine.predict(pixels)
        inputs.append(pixels[..., 0])
        scores.append(bundle.calibration.probability(answer.logit_difference))
        maps.append(answer.cells)
    arrays["bits"] = np.array(bits, np.int64)
    arrays["inverse"] = np.array(inverse, np.bool_)
    arrays["inputs"] = np.stack(inputs).astype(np.float32)
    arrays["scores"] = np.array(scores, np.float64)
    arrays["maps"] = np.stack(maps).astype(np.float32)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def check_golden(bundle: Bundle, engine: Engine, *, remember: bool = True, mixed: bool = False) -> bool:
    """Run the recorded images; True if they were run, False if an earlier run with the same versions is
    remembered.

    `mixed`: the engine computes with mixed precision, so its answers may differ as those of a mixed bundle may.
    Raises BundleError (step golden) where an input, a score or a map is another than the recorded one.
    """
    memory = cache_folder() / "golden.json"
    key = _key(bundle, f"{engine.device} mixed" if mixed else engine.device, engine.runtime)
    if remember and key in _remembered(memory):
        return False
    limit = SCORE_TOLERANCE["mixed" if mixed else bundle.precision]
    try:
        with np.load(bundle.golden_file, allow_pickle=False) as archive:
            recorded = {name: archive[name] for name in archive.files}
        count = len(recorded["scores"])
        if count == 0:
            raise ValueError("no recorded image")
        for index in range(count):
            stored = recorded[f"stored_{index}"]
            case = GoldenCase(stored, int(recorded["bits"][index]), bool(recorded["inverse"][index]))
            pixels = preprocessing.preprocess(case.image(), bundle.preprocess).pixels
            _compare("input", index, pixels[..., 0], recorded["inputs"][index], INPUT_TOLERANCE)
            answer = engine.predict(pixels)
            score = np.float64(bundle.calibration.probability(answer.logit_difference))
            _compare("score", index, score, recorded["scores"][index], limit)
            _compare("heat map", index, answer.cells, recorded["maps"][index], limit)
    except (OSError, KeyError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError("golden", f"golden.npz cannot be read: {error}", _HINT) from error
    if remember:
        _remember(memory, key)
    return True


def _compare(what: str, index: int, got: Any, expected: Any, limit: float) -> None:
    if np.shape(got) != np.shape(expected):
        raise BundleError("golden", f"{what} {index + 1} has shape {np.shape(got)}, not {np.shape(expected)}", _HINT)
    worst = float(np.abs(np.asarray(got, np.float64) - np.asarray(expected, np.float64)).max())
    if not worst <= limit:
        raise BundleError("golden", f"{what} {index + 1} is off by {worst:.2g}, allowed is {limit:g}", _HINT)


def _key(bundle: Bundle, device: str, runtime: str) -> str:
    """Names all that an answer hangs on: the bundle, the device, our code and the libraries."""
    code = hashlib.sha256()
    for module in (
        window,
        geometry,
        breast,
        preprocessing,
        gradcam,
        engine_module,
        keras_engine,
        onnx_engine,
        bundle_module,
        sys.modules[__name__],
    ):
        code.update(Path(module.__file__ or "").read_bytes() if module.__file__ else b"")
    parts = [bundle.sha256, device, code.hexdigest()[:16]]
    for package in (*_LIBRARIES[runtime], "numpy", "opencv-python"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package} ?")
    return "; ".join(parts)


def _remembered(memory: Path) -> list[str]:
    try:
        keys = json.loads(memory.read_text(encoding="utf-8"))["passed"]
        return [str(key) for key in keys]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _remember(memory: Path, key: str) -> None:
    """Keep the last 32; where the folder cannot be written the check is simply paid again."""
    keys = [*(known for known in _remembered(memory) if known != key), key][-32:]
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=memory.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"passed": keys}, stream, indent=1)
        Path(name).replace(memory)
    except OSError:
        return
