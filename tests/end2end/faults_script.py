"""Owns a window in which things go wrong with the patient's name in hand: in a slot, while Qt calls, in background
work, in a thread, in a finaliser, and while an image is read.

Run as a program with the folder of a study, the study library's file, and the words that each fault holds;
MAMMOVIEW_HOME names the folder of settings. Prints how many faults the window met, and how many it should have.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from mammoview import app
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.dicom import reader
from tests.ui.desk import FakeEngine

_LONGEST_S = 60.0


class Unfinished:
    """Goes with an exception."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __del__(self) -> None:
        raise LookupError(self._words)


def main(folder: Path, library: Path, words: str) -> int:
    build, read = app.build_window, reader.read_image
    windows: list[Any] = []

    def fails(*_: object) -> None:
        patient = words  # what a frame's variables hold
        raise ValueError(f"no such patient: {patient}")

    unsized = type("Unsized", (QWidget,), {"resizeEvent": fails})  # called by Qt

    def read_image(header: ImageHeader, *arguments: Any, **options: Any) -> MammoImage:
        if header.side_view == "RMLO":
            fails()
        return read(header, *arguments, **options)

    def built(_: object, **options: Any) -> Any:
        windows.append(build(FakeEngine, **options))
        QTimer.singleShot(0, look)
        return windows[0]

    began = time.monotonic()
    steps: list[Callable[[Any], object]] = [
        lambda window: QTimer.singleShot(0, fails),
        lambda window: window.runner.submit(fails, done=fails),
        lambda window: window.archives.runner.submit(fails, done=fails),
        lambda window: threading.Thread(target=fails).start(),
        lambda window: Unfinished(words),
        lambda window: QTimer.singleShot(0, unsized(window).show),
    ]
    wanted = len(steps) + 1  # and the image that could not be read

    def look() -> None:
        window = windows[0]
        shown = window.session.study is not None
        if shown and steps:
            steps.pop(0)(window)
        settled = shown and not any(window.session.waits(number) for number in range(len(window.session.panes)))
        if (not steps and settled and window.reporter.count >= wanted) or time.monotonic() - began > _LONGEST_S:
            print(window.reporter.count, wanted, flush=True)
            for dialog in QApplication.topLevelWidgets():
                if isinstance(dialog, QDialog):
                    dialog.close()
            window.close()
        else:
            QTimer.singleShot(20, look)

    with patch.object(app, "build_window", built), patch.object(reader, "read_image", read_image):
        return app.run([folder], library=library)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
