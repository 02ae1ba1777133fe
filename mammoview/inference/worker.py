"""Owns the classifier's process: loads a bundle, checks it, answers inputs on a pipe. Never imports Qt.

Frames on the pipes are messages of `mammoview.child` whose bytes are the raw float32 of an array; its shape is in the
header. The process ends when its standard input does, which is when its parent ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mammoview.child import read_message, serve, write_message
from mammoview.core.errors import BundleError, MammoviewError

if TYPE_CHECKING:
    from mammoview.inference.engine import EngineAnswer

Predict = Callable[[NDArray[np.float32]], "list[EngineAnswer]"]
"""Model inputs that are scored together, float32 (n, rows, columns, 1), to their answers."""

Frame = tuple[dict[str, Any], NDArray[np.float32] | None]


def write_frame(stream: BinaryIO, header: dict[str, Any], array: NDArray[np.float32] | None = None) -> None:
    """Send one frame; raises OSError where the other side is gone."""
    if array is None:
        write_message(stream, header)
    else:
        write_message(stream, {**header, "shape": list(array.shape)}, np.ascontiguousarray(array, "<f4").tobytes())


def read_frame(stream: BinaryIO) -> Frame:
    """Receive one frame; raises EOFError where the other side is gone."""
    return _frame_of(*read_message(stream))


def _frame_of(header: dict[str, Any], payload: bytes) -> Frame:
    if "shape" not in header:
        return header, None
    return header, np.frombuffer(payload, "<f4").reshape(header["shape"]).astype(np.float32)


def main(arguments: list[str]) -> int:
    """Serve the bundle `arguments[0]` on the device `arguments[1]` until standard input ends; further arguments:
    "fresh" runs the recorded images although an earlier run is remembered, "background" yields the processor, "flips"
    takes the mean with the upside-down image, "engine=NAME" asks for a runtime.

    The first frame names device and runtime, before anything runs there, so that the parent knows where a process
    failed that can tell no more; a further one does where another takes over; the last says that the engine is ready.
    """
    bundle_path, device, manners = Path(arguments[0]), arguments[1], arguments[2:]
    inbox, answers = serve()
    _be_a_good_child(device, background="background" in manners)
    try:
        predict, ready = _load(
            bundle_path,
            device,
            manners,
            tell=lambda label, runtime: write_frame(answers, {"device": label, "engine": runtime}),
        )
        write_frame(answers, ready)
    except MammoviewError as error:
        with contextlib.suppress(OSError):
            write_frame(answers, error_record(error))
        return 1
    while True:
        header, pixels = _frame_of(*inbox.get())
        try:
            if pixels is None:
                raise MammoviewError("a request without pixels")
            found = predict(pixels)
            told = {"differences": [one.logit_difference for one in found], "seconds": [one.seconds for one in found]}
            reply, cells = {"id": header["id"], **told}, np.stack([one.cells for one in found])
        except MammoviewError as error:
            reply, cells = {"id": header["id"], **error_record(error)}, None
        try:
            write_frame(answers, reply, cells)
        except OSError:
            return 0


def error_record(error: MammoviewError) -> dict[str, Any]:
    """An expected error as a frame's header."""
    step = error.step if isinstance(error, BundleError) else None
    cause = error.cause.removeprefix(f"model bundle: {step}: ") if step else error.cause
    return {"error": cause, "hint": error.hint, "step": step}


def _load(
    bundle_path: Path, device: str, manners: Sequence[str], *, tell: Callable[[str, str], None]
) -> tuple[Predict, dict[str, Any]]:
    start = time.perf_counter()
    from mammoview.inference.bundle import load_bundle
    from mammoview.inference.choice import ready_engine
    from mammoview.inference.engine import with_flips

    bundle = load_bundle(bundle_path)
    wanted = next((word.partition("=")[2] for word in manners if word.startswith("engine=")), "auto")
    ready = ready_engine(
        bundle, wanted, device, fresh="fresh" in manners, spinning="background" not in manners, tell=tell
    )
    engine = ready.engine

    def flipping(pixels: NDArray[np.float32]) -> list[EngineAnswer]:
        return with_flips(engine, pixels, bundle.field)

    return flipping if "flips" in manners else engine.predict_many, {
        "ready": True,
        "device": engine.device,
        "precision": engine.precision,
        "engine": engine.runtime,
        "why_not": ready.why_not,
        "seconds": time.perf_counter() - start,
        "checked": ready.checked,
        "sha256": bundle.sha256,
    }


def _be_a_good_child(device: str, *, background: bool) -> None:
    """Keep TensorFlow quiet; in the `background` yield the processor, as to a window."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if background and sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.nice(15)
