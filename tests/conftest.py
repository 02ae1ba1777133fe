"""What every test shares: a display that needs no screen, fresh settings, and the real data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.bundles"]

if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def mammoview_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for settings, library and cache, as MAMMOVIEW_HOME names it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("MAMMOVIEW_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images: MAMMOVIEW_DATA, else `../shared/data`; skips where absent."""
    named = os.environ.get("MAMMOVIEW_DATA")
    folder = Path(named) if named else _CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real images at {folder}: set MAMMOVIEW_DATA to their folder")
    return folder
