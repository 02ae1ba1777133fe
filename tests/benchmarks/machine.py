"""Owns what the figures were measured on: names the machine and the versions. Measures nothing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def describe() -> dict[str, str]:
    """Processor, cores, memory, versions, platform plugin and the load average at this moment."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    names = {"Qt": "PySide6", "OpenCV": "opencv-python", "imagecodecs": "imagecodecs", "NumPy": "numpy"}
    versions = {name: importlib.metadata.version(package) for name, package in names.items()}
    return {
        "CPU": _cpu_model(),
        "cores": str(cores),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **versions,
        "Qt platform": os.environ.get("QT_QPA_PLATFORM", "of the display"),
        "load average at start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
