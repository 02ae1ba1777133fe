"""Owns the precision that networks are built in. Keras 3 only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Build and fit under Keras' dtype policy `policy` ("float32", "mixed_bfloat16"); the former one comes back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
