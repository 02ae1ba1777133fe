"""Owns the classifier's process: loads a bundle, checks it, answers inputs on a pipe. Never imports Qt.

Frames on the pipes are messages of `mammoview.child` whose bytes are the raw float32 of an array; its shape is in the
header. The process ends when its standard input does, which is when its parent ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mammoview.child import read_message, serve, write_message
from mammoview.core.errors import BundleError, MammoviewError

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
    "fresh" runs the recorded images although an earlier run is remembered, "background" yields the processor.

    The first frame names the device, before anything runs there, so that the parent knows where a process failed that
    can tell no more; the second says that the engine is ready.
    """
    bundle_path, device = Path(arguments[0]), arguments[1]
    inbox, answers = serve()
    _be_a_good_child(device, background="background" in arguments[2:])
    try:
        engine, ready = _load(
            bundle_path,
            device,
            fresh="fresh" in arguments[2:],
            tell_device=lambda label: write_frame(answers, {"device": label}),
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
            answer = engine.predict(pixels)
            reply = {"id": header["id"], "difference": answer.logit_difference, "seconds": answer.seconds}
            cells = answer.cells
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
    bundle_path: Path, device: str, *, fresh: bool, tell_device: Callable[[str], None]
) -> tuple[Any, dict[str, Any]]:
    start = time.perf_counter()
    from mammoview.inference.bundle import load_bundle
    from mammoview.inference.golden import check_golden
    from mammoview.inference.keras_engine import KerasEngine

    bundle = load_bundle(bundle_path)
    make = partial(
        KerasEngine, bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device=device
    )
    engine = make(precision="mixed", tell_device=tell_device)
    params = bundle.preprocess
    if engine.input_shape != (params.rows, params.columns, 1):
        raise BundleError("load", f"the network takes {engine.input_shape}, bundle.json says otherwise")
    try:
        checked = check_golden(bundle, engine, remember=not fresh, mixed=engine.precision == "mixed")
    except BundleError:
        if engine.precision == "float32":
            raise
        engine = make(precision="float32")  # this network does not bear half precision
        checked = check_golden(bundle, engine, remember=not fresh)
    return engine, {
        "ready": True,
        "device": engine.device,
        "precision": engine.precision,
        "seconds": time.perf_counter() - start,
        "checked": checked,
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
