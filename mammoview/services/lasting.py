"""Owns a guard for Python 3.11: wheels of Qt for Python that were built for immortal singletons must not use them up.

PySide6 6.12.0 gives back `None`, `True` and `False` without taking a reference, which Python 3.12 and newer allow (PEP
683). On 3.11 every such call takes one away, and some minutes of use end the process ("deallocating None").
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 60


def keep_singletons() -> None:
    """Give the singletons more references than can be used up; does nothing where they are immortal anyway."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_ssize_t) < 8:
        return
    for singleton in (None, True, False, NotImplemented):
        count = ctypes.c_ssize_t.from_address(id(singleton))
        if count.value < _PLENTY // 2:
            count.value = _PLENTY
