"""Owns what the commands share: silence of native code, and a quiet start of Keras' backend."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mammoview.core.errors import UsageError


def application_backend() -> None:
    """Let Keras work with TensorFlow whatever KERAS_BACKEND says: for commands that run a network as the application
    will. To be called before anything imports Keras. Raises UsageError where TensorFlow is not installed.
    """
    if importlib.util.find_spec("tensorflow") is None:
        raise UsageError(
            "the application runs its networks with TensorFlow, which is not installed here",
            "carry the folder of the run, with its cache, to where mammoview is installed",
        )
    os.environ["KERAS_BACKEND"] = "tensorflow"


def quiet_backend() -> None:
    """Start Keras' backend without the lines that its native code writes past Python to standard error."""
    with quiet():
        import keras

        keras.ops.zeros(1)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what native code writes past Python to standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
