"""What every test shares: a display that needs no screen, fresh settings, and the real data."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

pytest_plugins = ["tests.bundles"]

if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if "PYTEST_XDIST_WORKER" in os.environ:  # two processes of many threads on two processors wait for each other
    for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(threads, "1")

_CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New folders, one after another: pytest's own way looks through all earlier ones for each."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def mammoview_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for settings, library and cache, as MAMMOVIEW_HOME names it."""
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("MAMMOVIEW_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application speaks English, with its plurals, as the real one does."""
    from mammoview.ui.translation import speak

    speak(qapp, "en")
    return qapp


@pytest.fixture(scope="session", autouse=True)
def nobody_waits_for_the_disk() -> Iterator[None]:
    """Files are not pressed through to the disk in this process: no test pulls the plug, and each would wait 20 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


_ALL_OF_IT_EVERY = 160
_tests_run = 0


@pytest.fixture(scope="session", autouse=True)
def garbage_is_collected_here() -> Iterator[None]:
    """Only the tests' own thread collects garbage: a worker that did would delete QObjects of tests before, with timers
    that run in this thread. What was read in to collect the tests, TensorFlow and Qt among it, is never looked through.
    """
    gc.disable()
    gc.collect()
    gc.freeze()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def garbage() -> Iterator[None]:
    """What a test leaves behind goes after it, of older things now and then."""
    global _tests_run
    yield
    _tests_run += 1
    gc.collect(1 if _tests_run % _ALL_OF_IT_EVERY else 2)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images: MAMMOVIEW_DATA, else `../shared/data`; skips where absent."""
    named = os.environ.get("MAMMOVIEW_DATA")
    folder = Path(named) if named else _CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real images at {folder}: set MAMMOVIEW_DATA to their folder")
    return folder
