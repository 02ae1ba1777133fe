"""A reader at the real window: what is pressed, clicked and seen, and a picture of every step.

Pictures go to the folder that MAMMOVIEW_PICTURES names, else to one that the test names. MAMMOVIEW_STEPS names a folder
that gets a picture of the window after everything that is pressed, written, clicked or dragged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QKeySequence, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mammoview.app import build_window
from mammoview.archive.library import FILE_NAME
from mammoview.services.prediction import Engine, Phase, PredictorEngine
from mammoview.ui.main_window import MainWindow
from tests.ui.desk import seconds_apart

_PATIENCE_MS = 120_000
_QUALITY = 88


class Reader:
    """The window with its library, and the hands before it. Keys are in Qt's portable notation: "2", "Alt+4"."""

    def __init__(
        self,
        qtbot: QtBot,
        home: Path,
        pictures: Path,
        *,
        size: tuple[int, int] = (1600, 1000),
        make_engine: Callable[[], Engine] | None = None,
    ) -> None:
        named = os.environ.get("MAMMOVIEW_PICTURES")
        self.pictures = Path(named) if named else pictures
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._steps = os.environ.get("MAMMOVIEW_STEPS")
        self._test = pictures.parent.name
        self._qtbot = qtbot
        engine = make_engine or (lambda: PredictorEngine(None, "cpu"))
        self.window: MainWindow = build_window(engine, folder=home, library=home / FILE_NAME)
        self.window.finishing.clock = seconds_apart()
        self.window.setWindowState(Qt.WindowState.WindowNoState)
        self.window.resize(*size)
        self.window.reading.set_reader("WEBER")
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()

    # --- hands

    def opens(self, *paths: Path) -> None:
        """Open files or folders, and wait until the first study stands and is in the library."""
        with self._qtbot.waitSignal(self.window.opening.opened, timeout=_PATIENCE_MS):
            self.window.commands.open_paths(list(paths))
        self.waits_for(lambda: self._is_known())
        self.settles()

    def presses(self, *keys: str) -> None:
        """Press keys, one after the other, where the focus is."""
        for key in keys:
            combination = QKeySequence(key)[0]
            QTest.keyClick(self._listener(), combination.key(), combination.keyboardModifiers())
            QApplication.processEvents()
            self._done(f"press {key}")

    def types(self, words: str) -> None:
        """Write words where the focus is."""
        QTest.keyClicks(self._listener(), words)
        self._done("write")

    def clicks(self, view: str, down: float, right: float, *, twice: bool = False) -> None:
        """Click at a part (0..1) of the pane that shows a view, as "RCC"."""
        pane = self._pane(view)
        place = QPoint(round(right * pane.width()), round(down * pane.height()))
        press = self._qtbot.mouseDClick if twice else self._qtbot.mouseClick
        press(pane, Qt.MouseButton.LeftButton, pos=place)
        self._done(f"click {view}")

    def drags(self, view: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button between parts (down, right) of the pane that shows a view."""
        pane = self._pane(view)
        first, last = (QPoint(round(x * pane.width()), round(y * pane.height())) for y, x in (start, end))
        self._qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=first)
        self._qtbot.mouseMove(pane, (first + last) / 2)
        self._qtbot.mouseMove(pane, last)
        self._qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=last)
        self._done(f"drag {view}")

    def starts_the_classifier(self) -> None:
        """Have it ready, and the list scored ahead, as it is shortly after the start."""
        self.window.session.predictions.start()
        self.window.ahead.start()
        self.waits_for(lambda: self.window.session.predictions.state.phase is Phase.READY)

    # --- eyes

    @property
    def shown(self) -> list[str]:
        """The views in the panes, in the order of the grid; "" where there is none."""
        return [pane.header.side_view if pane.header else "" for pane in self.window.session.panes]

    @property
    def said(self) -> str:
        """What the status line says."""
        return self.window.status.message.text()

    @property
    def patient(self) -> str:
        """Whose study is on the screen, as DICOM writes her name."""
        study = self.window.session.study
        return study.patient.name if study is not None else ""

    def waits_for(self, true: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(true, timeout=_PATIENCE_MS)

    def waits_for_scores(self) -> None:
        """Wait until the classifier has answered for every image of the study."""
        session = self.window.session
        assert session.study is not None
        images = session.study.images
        self.waits_for(lambda: all(session.predictions.prediction(header.key) is not None for header in images))
        self.settles()

    def settles(self) -> None:
        """Wait until the panes show their pictures and nothing waits to be kept."""
        session, reading = self.window.session, self.window.reading

        def quiet() -> bool:
            return not any(session.waits(number) for number in range(len(session.panes))) and not reading.runner.busy

        self.waits_for(quiet)
        if session.panes and self.window.grid.isVisible():
            with self._qtbot.waitSignal(self.window.grid.drawn, timeout=_PATIENCE_MS):
                session.redraw.emit(-1)
        QApplication.processEvents()

    def picture(self, name: str) -> Path:
        """A picture of the window with what stands over it, as NAME.webp."""
        self.settles()
        path = self.pictures / f"{name}.webp"
        photographed(self.window).save(path, quality=_QUALITY, method=6)
        return path

    def leaves(self) -> None:
        """Close the window."""
        for widget in QApplication.topLevelWidgets():
            if widget is not self.window and widget.isVisible():
                widget.close()
        self.window.close()

    def _done(self, step: str) -> None:
        """A step of the session: wait for what it shows, and keep a picture of it where they are wanted."""
        self.settles()
        if self._steps:
            folder = Path(self._steps) / self._test
            folder.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^A-Za-z0-9+-]", "_", step)
            photographed(self.window).save(folder / f"{len(list(folder.iterdir())):03d} {name}.webp", quality=_QUALITY)

    def _pane(self, view: str) -> QWidget:
        return self.window.grid.viewports[self.shown.index(view)]

    def _listener(self) -> QWidget:
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        if QApplication.activeWindow() is None:
            top.activateWindow()  # as a window manager does when a dialog is gone
            QApplication.processEvents()
        focused = QApplication.focusWidget()
        return focused if focused is not None and focused.window() is top.window() else top

    def _is_known(self) -> bool:
        study = self.window.session.study
        return study is not None and self.window.reading.library_key(study.key) is not None


def photographed(window: QWidget) -> Image.Image:
    """The window and every dialog or menu over it, as a picture."""
    canvas = QPixmap(window.grab())
    painter = QPainter(canvas)
    whole = QRect(QPoint(0, 0), window.size())
    for widget in QApplication.topLevelWidgets():
        if widget is not window and widget.isVisible() and widget.windowType() != Qt.WindowType.Desktop:
            place = QRect(window.mapFromGlobal(widget.mapToGlobal(QPoint(0, 0))), widget.size())
            if not whole.contains(place):
                place.moveCenter(whole.center())
            painter.drawPixmap(place.topLeft(), widget.grab())
            painter.setPen("#4a535c")
            painter.drawRect(place)
    painter.end()
    image = canvas.toImage().convertToFormat(QImage.Format.Format_RGB888)
    stride = image.bytesPerLine()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), stride)
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    return Image.fromarray(pixels.copy())
