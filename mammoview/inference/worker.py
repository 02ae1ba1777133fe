"""Owns the classifier's process: loads a bundle, checks it, answers inputs on a pipe. Never imports Qt.

Frames on the pipes: two big-endian lengths (4 and 8 bytes), a JSON header, then the raw float32 of an array
whose shape is in the header. No pickles. The process ends when its standard input does, which is when its
parent ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import BundleError, MammoviewError

_LENGTHS = struct.Struct(">IQ")
_LIMIT_BYTES = 1 << 30

Frame = tuple[dict[str, Any], NDArray[np.float32] | None]


def write_frame(stream: BinaryIO, header: dict[str, Any], array: NDArray[np.float32] | None = None) -> None:
    """Send one frame; raises OSError where the other side is gone."""
    payload = b""
    if array is not None:
        header = {**header, "shape": list(array.shape)}
        payload = np.ascontiguousarray(array, "<f4").tobytes()
    text = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(text), len(payload)) + text + payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> Frame:
    """Receive one frame; raises EOFError where the other side is gone."""
    text_bytes, payload_bytes = _LENGTHS.unpack(_read_exactly(stream, _LENGTHS.size))
    if max(text_bytes, payload_bytes) > _LIMIT_BYTES:
        raise EOFError("not a frame")
    header = json.loads(_read_exactly(stream, text_bytes))
    payload = _read_exactly(stream, payload_bytes)
    if "shape" not in header:
        return header, None
    return header, np.frombuffer(payload, "<f4").reshape(header["shape"]).astype(np.float32)


def _read_exactly(stream: BinaryIO, count: int) -> bytes:
    parts = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def main(arguments: list[str]) -> int:
    """Serve the bundle `arguments[0]` on the device `arguments[1]` until standard input ends; a third argument
    "fresh" runs the recorded images although an earlier run is remembered."""
    bundle_path, device = Path(arguments[0]), arguments[1]
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log, not into a frame
    _be_a_good_child(device)
    inbox: queue.Queue[Frame] = queue.Queue()
    threading.Thread(target=_receive, args=(requests, inbox), daemon=True).start()
    try:
        engine, ready = _load(bundle_path, device, fresh="fresh" in arguments[2:])
        write_frame(answers, ready)
    except MammoviewError as error:
        with contextlib.suppress(OSError):
            write_frame(answers, error_record(error))
        return 1
    while True:
        header, pixels = inbox.get()
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


def _load(bundle_path: Path, device: str, *, fresh: bool) -> tuple[Any, dict[str, Any]]:
    start = time.perf_counter()
    from mammoview.inference.bundle import load_bundle
    from mammoview.inference.golden import check_golden
    from mammoview.inference.keras_engine import KerasEngine

    bundle = load_bundle(bundle_path)
    engine = KerasEngine(bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device=device)
    params = bundle.preprocess
    if engine.input_shape != (params.rows, params.columns, 1):
        raise BundleError("load", f"the network takes {engine.input_shape}, bundle.json says otherwise")
    checked = check_golden(bundle, engine, remember=not fresh)
    return engine, {
        "ready": True,
        "device": engine.device,
        "seconds": time.perf_counter() - start,
        "checked": checked,
        "sha256": bundle.sha256,
    }


def _be_a_good_child(device: str) -> None:
    """Leave Ctrl-C to the parent, yield the processor to the window, keep TensorFlow quiet, end with the
    parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.nice(5)
        threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()


def _receive(requests: BinaryIO, inbox: queue.Queue[Frame]) -> None:
    """Take requests in at once, so that the end of the parent is seen also during a load or a long
    prediction."""
    try:
        while True:
            inbox.put(read_frame(requests))
    except (EOFError, OSError, ValueError):
        os._exit(0)


def _watch_parent(parent: int) -> None:
    """A pipe that some other child of the parent has inherited stays open; the parent's id tells the
    truth."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)
