"""Owns which runtime scores with a bundle, and why not the other. Runs in the classifier's process alone.

TensorFlow takes seconds to import, only to say that it sees no GPU. So the driver is asked first: without an NVIDIA
driver that has a device TensorFlow finds none (other GPUs it does not use), and then ONNX Runtime is at work before
TensorFlow would be imported. Where there is such a device, TensorFlow decides.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference.bundle import Bundle
from mammoview.inference.engine import ENGINES, KERAS, ONNX, Engine
from mammoview.inference.golden import check_golden
from mammoview.inference.keras_engine import KerasEngine, sees_gpu
from mammoview.inference.onnx_engine import OnnxEngine, is_installed

Tell = Callable[[str, str], None]
"""Hears the device and the runtime before anything runs there."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """An engine whose answers were checked: `checked` now, or by an earlier run; `why_not` says why the other runtime
    does not score, empty where the reader has chosen."""

    engine: Engine
    checked: bool
    why_not: str = ""


def ready_engine(
    bundle: Bundle, wanted: str, device: str, *, fresh: bool = False, spinning: bool = True, tell: Tell
) -> Ready:
    """The engine `wanted` (one of ENGINES) on `device` ("auto", "cpu", "gpu"), after the check of the bundle's recorded
    images. With "auto" an ONNX engine that fails is left for Keras.

    Raises BundleError and EngineError.
    """
    if wanted not in ENGINES:
        raise EngineError(f"engine {wanted!r} is not known", f"choose one of {', '.join(ENGINES)}")
    why_not = _why_not_onnx(bundle, device, asked=wanted == ONNX)
    if wanted == ONNX and why_not:
        raise EngineError(f"ONNX Runtime cannot run: {why_not}", "choose --engine keras")
    if wanted == KERAS:
        return _with_keras(bundle, device, fresh, tell, "")
    if not why_not:
        try:
            return _with_onnx(bundle, fresh, spinning, tell, "" if wanted == ONNX else "on the CPU it takes longer")
        except (BundleError, EngineError) as error:
            if wanted == ONNX:
                raise
            why_not = error.cause
    return _with_keras(bundle, device, fresh, tell, why_not)


def _why_not_onnx(bundle: Bundle, device: str, *, asked: bool) -> str:
    """Why ONNX Runtime does not score with this bundle; empty where it does."""
    if bundle.onnx_file is None:
        return "the bundle holds no model.onnx"
    if not is_installed():
        return "it is not installed (pip install 'mammoview[onnx]')"
    if device == "gpu":
        return "it runs on the CPU alone"
    if not asked and device == "auto" and driver_has_device() and sees_gpu():
        return "there is a GPU, which it does not use"
    return ""


def _with_onnx(bundle: Bundle, fresh: bool, spinning: bool, tell: Tell, why_not: str) -> Ready:
    assert bundle.onnx_file is not None
    engine = OnnxEngine(
        bundle.onnx_file,
        suspicious=bundle.suspicious_index,
        explanation=bundle.explanation,
        spinning=spinning,
        tell_device=lambda label: tell(label, ONNX),
    )
    _assert_shape(engine, bundle)
    return Ready(engine, check_golden(bundle, engine, remember=not fresh), why_not)


def _with_keras(bundle: Bundle, device: str, fresh: bool, tell: Tell, why_not: str) -> Ready:
    make = partial(
        KerasEngine,
        bundle.model_file,
        layer=bundle.layer,
        suspicious=bundle.suspicious_index,
        explanation=bundle.explanation,
        device=device,
    )
    engine = make(precision="mixed", tell_device=lambda label: tell(label, KERAS))
    _assert_shape(engine, bundle)
    try:
        checked = check_golden(bundle, engine, remember=not fresh, mixed=engine.precision == "mixed")
    except BundleError:
        if engine.precision == "float32":
            raise
        engine = make(precision="float32")  # this network does not bear half precision
        checked = check_golden(bundle, engine, remember=not fresh)
    return Ready(engine, checked, why_not)


def _assert_shape(engine: Engine, bundle: Bundle) -> None:
    params = bundle.preprocess
    if engine.input_shape != (params.rows, params.columns, 1):
        raise BundleError("load", f"the network takes {engine.input_shape}, bundle.json says otherwise")


def driver_has_device() -> bool:
    """Whether an NVIDIA driver is there and has a device that this process may use (CUDA driver API, cuInit and
    cuDeviceGetCount); within milliseconds where there is none."""
    name = {"win32": "nvcuda.dll", "darwin": ""}.get(sys.platform, "libcuda.so.1")
    if not name:
        return False
    try:
        driver = ctypes.CDLL(name)
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False
