"""Owns the list of what figures were made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

import mammoview


def versions() -> dict[str, str]:
    """Versions of Python, this program and the packages that the figures depend on."""
    found = {"python": platform.python_version(), "mammoview": mammoview.__version__}
    for name in ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "opencv-python"):
        try:
            found[name] = installed(name)
        except PackageNotFoundError:
            continue
    return found
