"""Owns the wiring of the window: the only place that knows all of its parts. Starts it, and ends everything with it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from mammoview.archive.recent import RecentPlaces
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.dicom.reader import read_image
from mammoview.services.image_store import ImageStore
from mammoview.services.jobs import JobRunner
from mammoview.services.lasting import keep_singletons
from mammoview.services.look import Look
from mammoview.services.opening import OpeningService
from mammoview.services.prediction import Engine, PredictionService, PredictorEngine
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore, home_folder
from mammoview.ui.main_window import MainWindow, Services
from mammoview.ui.theme import apply_theme

keep_singletons()
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)  # `import cv2` points it at Qt plugins of its own


def build_window(
    make_engine: Callable[[], Engine],
    *,
    folder: Path | None = None,
    read: Callable[[ImageHeader], MammoImage] = read_image,
    limit_bytes: int | None = None,
) -> MainWindow:
    """The window with all that it stands on; closing it ends threads and processes. Needs a QApplication.

    `folder` holds settings and recent studies, `read` reads one image.
    """
    place = folder or home_folder()
    settings, recent = SettingsStore(place), RecentPlaces(place)
    value = settings.value
    runner = JobRunner(2)
    store = ImageStore(runner, read, limit_bytes=limit_bytes)
    predictions = PredictionService(make_engine)
    look = Look(value.heat(), annotations=value.annotations, heat_below=value.heat_below)
    session = Session(store, predictions, look)
    opening = OpeningService(runner)
    window = MainWindow(Services(runner, session, opening, settings, recent))
    for part in (runner, store, predictions, look, session, opening):
        part.setParent(window)
    runner.bug.connect(window.reporter.report)
    predictions.runner.bug.connect(window.reporter.report)

    def end() -> None:
        predictions.close()
        runner.close()

    window.on_close = end
    problem = settings.problem or recent.problem
    if problem:
        window.status.say(problem)
    return window


def run(paths: Sequence[Path], *, demo: bool = False, bundle: Path | None = None, device: str = "auto") -> int:
    """Open the window on `paths`, or on the demonstration study; returns the exit status when it is closed.

    `bundle`: the model to use, None for the one that ships; `device`: "auto", "cpu" or "gpu".
    """
    QCoreApplication.setApplicationName("mammoview")
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    apply_theme(application)
    window = build_window(lambda: PredictorEngine(bundle, device))
    window.reporter.install()
    window.show()
    gc.freeze()  # what the imports made stays; a full collection would look through all of it and stall the window
    if demo:
        window.open_demo()
    elif paths:
        window.commands.open_paths(list(paths))
    QTimer.singleShot(0, window.session.predictions.start)
    try:
        return int(application.exec())
    finally:
        window.reporter.remove()
