"""Owns the question whether a window can be shown here. Never imports Qt."""

from __future__ import annotations

import os
import sys

_HEADLESS_PLATFORMS = {"offscreen", "minimal", "minimalegl", "vnc"}


def display_reason() -> str | None:
    """None where a window can be shown, else why not."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in _HEADLESS_PLATFORMS:
        return f"none: QT_QPA_PLATFORM is {platform}"
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "none: neither DISPLAY nor WAYLAND_DISPLAY is set"
    return None
