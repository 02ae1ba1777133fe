"""A real window on made studies, with a classifier that waits at a gate. Nothing here sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mammoview.app import build_window
from mammoview.core.errors import EngineError
from mammoview.core.geometry import GridTransform
from mammoview.core.image import MammoImage
from mammoview.core.prediction import HeatMap, ImagePrediction, ModelLabel
from mammoview.core.study import ImageHeader
from mammoview.dicom.reader import read_image
from mammoview.services.prediction import EngineFacts
from mammoview.ui.main_window import MainWindow
from mammoview.ui.viewport import Viewport

POINT = 0.5
LABEL = ModelLabel("fake", "1.0", "0" * 64, ("benign", "cancer"), "cancer", {"balanced": POINT}, "tests")


@dataclass
class FakeEngine:
    """Scores by side and view; waits at `gate` if there is one. `entered` is set when a prediction has begun."""

    scores: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    gate: threading.Event | None = None
    broken: bool = False
    change: str = ""
    calls: list[str] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def facts(self) -> EngineFacts:
        if self.broken:
            raise EngineError("the engine does not start", "look at it")
        return EngineFacts(LABEL, "cpu", "# The card")

    def predict(self, image: MammoImage) -> ImagePrediction:
        self.calls.append(image.key)
        self.entered.set()
        if self.gate is not None:
            self.gate.wait(20)
        header = image.header
        if header.side_view in self.refused:
            return ImagePrediction(image.key, header.laterality, refused=self.refused[header.side_view])
        cells = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
        grid = GridTransform(4 / image.rows, 0.0, 4 / image.columns, 0.0)
        score = self.scores.get(header.side_view, 0.7)
        return ImagePrediction(image.key, header.laterality, score=score, heat_map=HeatMap(cells, grid))

    def device_change(self) -> str:
        return self.change

    def close(self) -> None:
        self.closed = True
        if self.gate is not None:
            self.gate.set()


def seconds_apart() -> Callable[[], float]:
    """A clock by which a second passes between two looks at it."""
    ticks = count()
    return lambda: float(next(ticks))


class Desk:
    """The window and what a reader does with it, by whose clock no two presses of "finish" are close together."""

    def __init__(self, qtbot: QtBot, folder: Path, engine: FakeEngine | None = None, **options: object) -> None:
        self.qtbot = qtbot
        self.engine = engine or FakeEngine()
        self.reads: list[str] = []
        self.read_gate: threading.Event | None = None
        self.window: MainWindow = build_window(
            lambda: self.engine,
            folder=folder,
            read=self._read,
            **options,  # type: ignore[arg-type]
        )
        self.window.finishing.clock = seconds_apart()
        self.window.setWindowState(Qt.WindowState.WindowNoState)
        self.window.resize(1100, 760)
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()

    def _read(self, header: ImageHeader, frame: int) -> MammoImage:
        if self.read_gate is not None:
            self.read_gate.wait(20)
        self.reads.append(header.key if header.frames == 1 else f"{header.key}#{frame}")
        return read_image(header, frame)

    @property
    def session(self):  # type: ignore[no-untyped-def]
        return self.window.session

    @property
    def shown(self) -> tuple[Viewport, ...]:
        return self.window.grid.viewports[: len(self.session.panes)]

    def start_classifier(self) -> None:
        self.session.predictions.start()

    def open(self, *paths: Path) -> None:
        """Open and wait until every pane shows its picture."""
        with self.qtbot.waitSignal(self.window.opening.opened, timeout=20_000):
            self.window.commands.open_paths(list(paths))
        self.settle()

    def settle(self) -> None:
        """Wait until the images of the study on the screen are loaded and drawn."""

        def loaded() -> bool:
            panes = self.session.panes
            return bool(panes) and not any(self.session.waits(number) for number in range(len(panes)))

        self.qtbot.waitUntil(loaded, timeout=20_000)
        self.drawn()

    def drawn(self) -> None:
        """Wait for the next redraw."""
        with self.qtbot.waitSignal(self.window.grid.drawn, timeout=20_000):
            self.session.redraw.emit(-1)

    def scored(self) -> None:
        """Wait until every image of the study has an answer, and the redraw after it."""
        study = self.session.study
        self.qtbot.waitUntil(
            lambda: all(self.session.predictions.prediction(header.key) is not None for header in study.images),
            timeout=20_000,
        )
        self.drawn()

    def do(self, action_id: str) -> None:
        """Choose a command, as a menu does."""
        self.window.actions_by_id[action_id].trigger()
        if self.session.panes:
            self.drawn()

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.window, key, modifier)
        if self.session.panes:
            self.drawn()

    def finish(self) -> None:
        """Finish the case on the screen, also where a breast has no category."""
        said: list[str] = []  # not what the lower edge shows: the next line may be there before one looks
        self.window.reading.said.connect(said.append)
        self.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.window.reading.said.disconnect(said.append)
        if any("press again" in words for words in said):
            self.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def wheel(
        self,
        number: int,
        x: int,
        y: int,
        notches: float = 1,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        target = self.shown[number]
        position = QPointF(x, y)
        event = QWheelEvent(
            position,
            QPointF(target.mapToGlobal(QPoint(x, y))),
            QPoint(),
            QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)
        self.drawn()

    def drag(
        self,
        number: int,
        start: tuple[int, int],
        end: tuple[int, int],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        target = self.shown[number]
        self.qtbot.mousePress(target, button, pos=QPoint(*start))
        self.qtbot.mouseMove(target, QPoint(*end))
        self.qtbot.mouseRelease(target, button, pos=QPoint(*end))
        self.drawn()

    def number_of(self, side_view: str) -> int:
        return next(n for n, pane in enumerate(self.session.panes) if pane.header.side_view == side_view)
