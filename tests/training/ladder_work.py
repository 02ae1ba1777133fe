"""What the tests have a rung's process do, in a module that imports little: every process reads it anew."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from mammoview.core.errors import UsageError
from training.ladder_child import Meter
from training.split import LeakError


def answer(told: dict[str, Any]) -> dict[str, Any]:
    return {"given": told["given"], "process": os.getpid()}


def refuse(told: dict[str, Any]) -> dict[str, Any]:
    raise {"leak": LeakError, "usage": UsageError}[told["kind"]]("a cause", "a hint")


def die(told: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def hold(told: dict[str, Any]) -> dict[str, Any]:
    """Hold so many bytes, and say what was seen."""
    meter = Meter()
    held = bytearray(told["bytes"])
    held[::1024] = b"x" * len(held[::1024])
    return meter.read()


def interrupted(told: dict[str, Any]) -> dict[str, Any]:
    """Say on standard output that work began, work until somebody ends this, and say that, too."""
    try:
        os.write(1, b"began\n")  # whoever has read it may end this at once
        while True:
            time.sleep(0.05)  # a signal just before a wait without end would not wake it
    except KeyboardInterrupt:
        os.write(1, b"kept\n")
        raise
