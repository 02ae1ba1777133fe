"""Owns the random streams: one independent generator for each named purpose. Never draws anything itself.

A stream depends on its names only, so that adding a purpose never changes the pictures of another one.
"""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The generator (PCG64) that belongs to `seed` (not negative) and to this path of names."""
    if seed < 0:
        raise ValueError(f"a seed is not negative: {seed}")
    digest = hashlib.sha256("/".join(str(name) for name in names).encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def uid(seed: int, *names: str | int) -> str:
    """A DICOM UID under 2.25 (PS3.5 B.2) from a hash of the seed and the names: the same for the same names."""
    digest = bytearray(hashlib.sha256("/".join(str(name) for name in (seed, *names)).encode()).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x80  # UUID version 8: a name-based value of one's own making
    digest[8] = (digest[8] & 0x3F) | 0x80
    return f"2.25.{int.from_bytes(digest, 'big')}"
