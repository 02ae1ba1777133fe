"""Owns what a run was computed on, by name."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """The machine at hand: `processor`, `cores`, `system`, and `accelerators`, the GPUs that Keras' backend sees."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "accelerators": _accelerators(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    """The processor's name as the system tells it."""
    told = Path("/proc/cpuinfo")
    if told.is_file():
        for line in told.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _accelerators() -> list[str]:
    """The maker's name of each, where the backend knows it, else Keras' name, as "gpu:0"."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        return [str(device.device_kind) for device in import_module("jax").devices() if device.platform != "cpu"]
    if backend == "tensorflow":
        import tensorflow as tf

        details = tf.config.experimental.get_device_details
        return [str(details(one).get("device_name", "a GPU")) for one in tf.config.list_physical_devices("GPU")]
    return [name for one in keras.distribution.list_devices() if not (name := str(one)).startswith("cpu")]
