"""Owns a bundle's network in other formats, ONNX and LiteRT, and the proof that they say the same. Never trains.

A file takes "pixels", float32 (1 or more, rows, columns, 1) in 0..1 as the bundle's preprocessing makes them, and gives
"logits" (n, classes) and "probability" (n,), the calibrated one of the suspicious class. LiteRT takes one at a time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import Bundle
from training.fitting.records import write_json

SCHEMA = "mammoview.formats/1"
Pixels = NDArray[np.float32]
Runner = Callable[[Pixels], NDArray[np.float64]]
_ROUNDS = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: `suffix` of its file, `precision` of its weights, `tolerance` on a probability, and the `packages`
    that write and run it, as they are imported and as they are installed."""

    suffix: str
    precision: str
    tolerance: float
    packages: tuple[tuple[str, str], ...]


FORMATS = {
    "onnx": Format(
        suffix=".onnx",
        precision="float32",
        tolerance=1e-4,
        packages=(("tf2onnx", "tf2onnx"), ("onnx", "onnx"), ("onnxruntime", "onnxruntime")),
    ),
    "litert": Format(
        suffix=".tflite",
        precision="float32",
        tolerance=1e-4,
        packages=(("ai_edge_litert", "ai-edge-litert"),),
    ),
    "litert-float16": Format(
        suffix=".float16.tflite",
        precision="float16",
        tolerance=1e-2,
        packages=(("ai_edge_litert", "ai-edge-litert"),),
    ),
}


def chosen_formats(text: str) -> tuple[str, ...]:
    """The formats of a list like "onnx,litert"; raises UsageError where one is not known or its packages are absent."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = next((name for name in names if name not in FORMATS), None)
    if unknown is not None:
        raise UsageError(f"format {unknown!r} is not known", f"choose of {', '.join(FORMATS)}")
    for name in names:
        absent = [package for module, package in FORMATS[name].packages if importlib.util.find_spec(module) is None]
        if absent:
            raise UsageError(f"{name} needs {', '.join(absent)}", "pip install 'mammoview[export]'")
    if not names:
        raise UsageError("no format is named", f"choose of {', '.join(FORMATS)}")
    return names


def write_formats(bundle: Bundle, formats: Sequence[str], inputs: NDArray[np.uint8]) -> Path:
    """Write `bundle` in each of `formats` (see `chosen_formats`) beside its folder, and NAME-VERSION.formats.json with
    what was found; the path of the latter.

    `inputs`: uint8 (n, rows, columns), 255 = 1.0, on which the files must say what Keras says, as they must on the
    bundle's golden inputs. A format that does not is not written: UsageError, and those before it stay, as do those of
    earlier calls. Files of these names are replaced.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UsageError(f"Keras runs on {keras.backend.backend()}", "other formats are written on TensorFlow")
    model = _with_probability(keras.saving.load_model(bundle.model_file, compile=False, safe_mode=True), bundle)
    with np.load(bundle.golden_file, allow_pickle=False) as archive:
        golden, scores = archive["inputs"][..., None].astype(np.float32), archive["scores"].astype(np.float64)
    cached = np.asarray(inputs[..., None] / np.float32(255), np.float32)
    expected = _said_by_keras(model, cached)
    name = f"{bundle.name}-{bundle.version}"
    out = bundle.folder.resolve().parent
    target = out / f"{name}.formats.json"
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "bundle": {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256},
        "intended_use": bundle.intended_use,
        "input": {"name": "pixels", "shape": [None, *golden.shape[1:]], "dtype": "float32", "range": [0.0, 1.0]},
        "preprocess": bundle.preprocess.to_json(),
        "outputs": {"logits": list(bundle.classes), "probability": f"calibrated, of {bundle.suspicious}"},
        "formats": _formats_before(target, bundle),
    }
    for kind in formats:
        told = FORMATS[kind]
        with tempfile.TemporaryDirectory(dir=out, prefix=".part-") as scratch:
            path = Path(scratch) / f"{name}{told.suffix}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # tf2onnx asks for names that NumPy is about to take
                _WRITERS[kind](model, path, golden.shape[1:])
            run = _RUNNERS[kind](path)
            parity = {
                "golden_inputs": len(golden),
                "golden": _worst(run, golden, scores),
                "cached_inputs": len(cached),
                "cached": _worst(run, cached, expected),
                "largest_allowed": told.tolerance,
            }
            worst = max(parity["golden"], parity["cached"])
            if not worst <= told.tolerance:
                raise UsageError(
                    f"{kind}: a probability is off by {worst:.2g}, allowed is {told.tolerance:g}; it is not written",
                    "leave this format out",
                )
            record["formats"][kind] = {
                "file": path.name,
                "bytes": path.stat().st_size,
                "sha256": sha256(path.read_bytes()).hexdigest(),
                "precision": told.precision,
                "parity_of_probability": parity,
                "time": _times(model, run, golden[:1]),
                "versions": {package: installed(package) for _, package in told.packages},
            }
            path.replace(out / path.name)
            write_json(target, record)
    return target


def _formats_before(target: Path, bundle: Bundle) -> dict[str, Any]:
    """What an earlier call wrote of this very bundle."""
    if not target.is_file():
        return {}
    record = json.loads(target.read_text(encoding="utf-8"))
    found: dict[str, Any] = record["formats"] if record["bundle"]["sha256"] == bundle.sha256 else {}
    return found


def lines(record: dict[str, Any]) -> list[str]:
    """What was written, one line for each file."""
    found = []
    for kind, told in record["formats"].items():
        parity, took = told["parity_of_probability"], told["time"]
        found.append(
            f"{told['file']}: {kind}, {told['precision']}, {told['bytes'] / 1e6:.1f} MB, largest change of a "
            f"probability {parity['golden']:.1g} on {parity['golden_inputs']} golden and {parity['cached']:.1g} on "
            f"{parity['cached_inputs']} cached inputs, one forward takes {took['ratio']:.2f} times Keras' "
            f"({took['low']:.2f} to {took['high']:.2f})"
        )
    return found


def _with_probability(model: Any, bundle: Bundle) -> Any:
    """The network with the logits and the calibrated probability as its outputs."""
    import keras
    from keras import ops

    logits = model.outputs[-1]
    place, fit = bundle.suspicious_index, bundle.calibration
    others = ops.concatenate([logits[:, :place], logits[:, place + 1 :]], axis=1)
    difference = logits[:, place] - ops.logsumexp(others, axis=1)
    probability = ops.sigmoid(fit.slope * difference + fit.intercept)
    return keras.Model(model.inputs[0], {"logits": logits, "probability": probability})


def _said_by_keras(model: Any, inputs: Pixels) -> NDArray[np.float64]:
    parts = [
        np.asarray(model.predict_on_batch(inputs[start : start + 16])["probability"], np.float64)
        for start in range(0, len(inputs), 16)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _worst(run: Runner, inputs: Pixels, expected: NDArray[np.float64]) -> float:
    """The largest difference of a probability; infinite where one is no number."""
    said = np.concatenate([run(inputs[index : index + 1]) for index in range(len(inputs))] or [np.zeros(0)])
    return float(np.nan_to_num(np.abs(said - expected), nan=np.inf).max(initial=0.0))


def _times(model: Any, run: Runner, one: Pixels) -> dict[str, Any]:
    """One forward of one input against Keras' on this machine, in turn; the median ratio and its 95 % interval by
    bootstrap over the rounds."""
    ratios, keras_seconds, seconds = [], [], []
    for number in range(_ROUNDS + 2):
        began = time.perf_counter()
        model.predict_on_batch(one)
        between = time.perf_counter()
        run(one)
        ended = time.perf_counter()
        if number >= 2:  # the first ones build graphs
            keras_seconds.append(between - began)
            seconds.append(ended - between)
            ratios.append(seconds[-1] / keras_seconds[-1])
    drawn = np.median(np.random.default_rng(0).choice(ratios, (2000, len(ratios))), axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return {
        "rounds": _ROUNDS,
        "keras_seconds_median": float(np.median(keras_seconds)),
        "seconds_median": float(np.median(seconds)),
        "ratio": float(np.median(ratios)),
        "low": float(low),
        "high": float(high),
        "processors": os.cpu_count(),
    }


def write_onnx(model: Any, path: Path) -> None:
    """Write a Keras model of one input as ONNX, checked, for batches of any size."""
    import onnx

    model.export(path, format="onnx", verbose=False)
    graph = onnx.load(path)
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def _write_onnx(model: Any, path: Path, shape: tuple[int, ...]) -> None:
    write_onnx(model, path)


def _write_litert(model: Any, path: Path, shape: tuple[int, ...], **options: Any) -> None:
    import keras
    import tensorflow as tf

    types = {"supported_types": [tf.float16]} if options else {}
    model.export(
        path,
        format="litert",
        verbose=False,
        input_signature=[keras.InputSpec(shape=(1, *shape), dtype="float32", name="pixels")],
        target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS], **types},  # runs without TensorFlow's kernels
        **options,
    )


def _write_litert_float16(model: Any, path: Path, shape: tuple[int, ...]) -> None:
    import tensorflow as tf

    _write_litert(model, path, shape, optimizations=[tf.lite.Optimize.DEFAULT])


def _run_onnx(path: Path) -> Runner:
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return lambda pixels: np.asarray(session.run(["probability"], {"pixels": pixels})[0], np.float64)


def _run_litert(path: Path) -> Runner:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=path.read_bytes(), num_threads=os.cpu_count()).get_signature_runner()
    return lambda pixels: np.asarray(runner(pixels=pixels)["probability"], np.float64)


_WRITERS: dict[str, Callable[[Any, Path, tuple[int, ...]], None]] = {
    "onnx": _write_onnx,
    "litert": _write_litert,
    "litert-float16": _write_litert_float16,
}
_RUNNERS: dict[str, Callable[[Path], Runner]] = {
    "onnx": _run_onnx,
    "litert": _run_litert,
    "litert-float16": _run_litert,
}
