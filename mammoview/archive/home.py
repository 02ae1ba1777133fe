"""Owns where settings lie, for what runs without Qt. Never makes a folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home_folder() -> Path:
    """The folder of settings, library and known archives: MAMMOVIEW_HOME, else the platform's place for settings, which
    is also the one that Qt names (`QStandardPaths.GenericConfigLocation`)."""
    named = os.environ.get("MAMMOVIEW_HOME")
    return Path(named) if named else _settings_place() / "mammoview"


def _settings_place() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences"
    named = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(named) if named.startswith("/") else Path.home() / ".config"
