"""Owns a bundle's model.onnx: how it is made of the Keras network, and the proof that it says and shows the same.

The network gives the heat map's response itself (see `engine.EngineAnswer`). For Grad-CAM that takes a gradient, which
has a closed form where pooling and one dense layer alone stand on the features: class activation maps (Zhou et al.
2016), of which Grad-CAM is the generalisation. Other heads are refused.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import ONNX_MODEL, Bundle, field_record, load_bundle, write_record
from mammoview.inference.engine import Engine
from mammoview.inference.gradcam import LESION_MAP
from mammoview.inference.keras_engine import KerasEngine
from mammoview.inference.onnx_engine import LOGITS, RESPONSE, OnnxEngine
from training.formats import chosen_formats, write_onnx
from training.onnx_lines import lay_in_lines

PROBABILITY_TOLERANCE, CELL_TOLERANCE = 1e-4, 1e-3
"""By how much a probability and a cell of the heat map may differ from Keras'."""

MOST_INPUTS = 300


def add_onnx(folder: Path, inputs: NDArray[np.uint8]) -> dict[str, Any]:
    """Add model.onnx to the bundle in `folder`, in its place; its bundle.json is written anew as schema 2, with what
    was found under "onnx", which is returned.

    `inputs`: uint8 (n, rows, columns), 255 = 1.0, of which at most MOST_INPUTS are compared, besides the bundle's
    golden inputs. Raises UsageError, and changes nothing, where packages are absent, the head has no closed form, or
    ONNX Runtime says or shows something else than Keras.
    """
    import keras

    chosen_formats("onnx")
    if keras.backend.backend() != "tensorflow":
        raise UsageError(f"Keras runs on {keras.backend.backend()}", "model.onnx is written on TensorFlow")
    bundle = load_bundle(folder)
    model = keras.saving.load_model(bundle.model_file, compile=False, safe_mode=True)
    with np.load(bundle.golden_file, allow_pickle=False) as archive:
        golden = archive["inputs"][..., None].astype(np.float32)
    cached = np.asarray(inputs[:MOST_INPUTS, ..., None] / np.float32(255), np.float32)
    explained = _explained(model, bundle)
    explained(golden[:1])  # Keras exports what it has called
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as scratch:
        path = Path(scratch) / ONNX_MODEL
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tf2onnx asks for names that NumPy is about to take
            write_onnx(explained, path)
        lay_in_lines(path)
        found = {
            "bytes": path.stat().st_size,
            "golden_inputs": len(golden),
            "cached_inputs": len(cached),
            **assert_alike(keras_engine(bundle), onnx_engine(bundle, path), np.concatenate([golden, cached]), bundle),
            "largest_allowed": {"probability": PROBABILITY_TOLERANCE, "cell": CELL_TOLERANCE},
            "versions": {name: installed(name) for name in ("tf2onnx", "onnx", "onnxruntime")},
        }
        path.replace(folder / ONNX_MODEL)
    record = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in record.items() if key not in ("schema", "sha256", "gradcam")}
    write_record(folder, {**kept, "explanation": explanation_record(bundle), "onnx": found})
    return found


def explanation_record(bundle: Bundle) -> dict[str, Any]:
    """How a bundle's heat map is made, as bundle.json of schema 2 states it."""
    return {"method": bundle.explanation, "layer": bundle.layer, "field": field_record(bundle.field)}


def keras_engine(bundle: Bundle) -> KerasEngine:
    """The engine that a bundle's records are made with: Keras on the CPU."""
    return KerasEngine(
        bundle.model_file,
        layer=bundle.layer,
        suspicious=bundle.suspicious_index,
        explanation=bundle.explanation,
        device="cpu",
    )


def onnx_engine(bundle: Bundle, file: Path | None = None) -> OnnxEngine:
    """The bundle's network in ONNX Runtime, from `file` or its own model.onnx."""
    return OnnxEngine(
        file or bundle.folder / ONNX_MODEL, suspicious=bundle.suspicious_index, explanation=bundle.explanation
    )


def assert_alike(ours: Engine, theirs: Engine, inputs: NDArray[np.float32], bundle: Bundle) -> dict[str, float]:
    """The largest differences of a calibrated probability and of a cell between two engines on `inputs`, float32 (n,
    rows, columns, 1). Raises UsageError where one is over its tolerance or no number."""
    moved = {"probability": 0.0, "cell": 0.0}
    for pixels in inputs:
        one, other = ours.predict(pixels), theirs.predict(pixels)
        if one.cells.shape != other.cells.shape:
            raise UsageError(
                f"model.onnx draws a map of {other.cells.shape}, not {one.cells.shape}", "leave out --onnx"
            )
        first, second = (bundle.calibration.probability(answer.logit_difference) for answer in (one, other))
        moved["probability"] = max(moved["probability"], abs(first - second))
        moved["cell"] = max(moved["cell"], float(np.abs(one.cells - other.cells).max()))
    for name, allowed in (("probability", PROBABILITY_TOLERANCE), ("cell", CELL_TOLERANCE)):
        if not moved[name] <= allowed:
            raise UsageError(
                f"model.onnx: a {name} is off by {moved[name]:.2g}, allowed is {allowed:g}", "leave out --onnx"
            )
    return {f"largest_change_of_a_{name}": value for name, value in moved.items()}


def _explained(model: Any, bundle: Bundle) -> Any:
    """The network with its logits and the response of its heat map, (batch, rows, columns), as outputs."""
    import keras

    explained, logits = model.get_layer(bundle.layer).output, model.outputs[-1]
    if bundle.explanation == LESION_MAP:
        response = explained[..., 0]
    else:
        response = _weighted(explained, logits, keras.Model(explained, logits), bundle.suspicious_index)
    return keras.Model(model.inputs[0], {LOGITS: logits, RESPONSE: response})


def _weighted(features: Any, logits: Any, head: Any, suspicious: int) -> Any:
    """The features weighted by the gradients of the logit difference, in closed form: the maps of the classes, that of
    the suspicious one less those of the others by their shares."""
    from keras import layers, ops

    kinds = [type(layer) for layer in head.layers if not isinstance(layer, (layers.InputLayer, layers.Dropout))]
    dense = head.layers[-1]
    if kinds != [layers.GlobalAveragePooling2D, layers.Dense] or dense.activation.__name__ != "linear":
        names = ", ".join(kind.__name__ for kind in kinds)
        raise UsageError(
            f"the head ({names}) has no closed form of Grad-CAM; only average pooling and one dense layer have",
            "leave out --onnx",
        )
    cells = int(features.shape[1]) * int(features.shape[2])
    by_class = layers.Dense(int(logits.shape[-1]), use_bias=False, name="maps_of_classes")
    maps = by_class(features)
    by_class.set_weights([np.asarray(dense.kernel, np.float32) / cells])
    rest = [index for index in range(int(logits.shape[-1])) if index != suspicious]
    if len(rest) == 1:
        return maps[..., suspicious] - maps[..., rest[0]]
    shares = ops.softmax(ops.take(logits, rest, axis=1), axis=1)
    others = ops.sum(ops.take(maps, rest, axis=3) * ops.expand_dims(ops.expand_dims(shares, 1), 1), axis=3)
    return maps[..., suspicious] - others
