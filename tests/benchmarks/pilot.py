"""Owns the driving of the real window without a test runner: waits on events, knows when a pane has been painted.

A pane counts as painted when the event loop turns after its widget's paint event into the backing store.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.services.prediction import Phase
from mammoview.ui.main_window import MainWindow

TIMEOUT_S = 300.0
PREVIEW, FULL = "preview", "full"
_NOTHING = ("", "")


class Pilot(QObject):
    """A watched window. Times are those of time.monotonic()."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.window, self.session = window, window.session
        self.grid = window.grid
        self._drawn: dict[int, tuple[str, str]] = {}
        self._painted: dict[int, tuple[str, str]] = {}
        self._left: object = None
        self._unpainted: set[int] = set()
        self.paints = 0
        self._dirty = False
        self._condition: Callable[[], bool] | None = None
        self._loop: QEventLoop | None = None
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._too_late)
        self._widgets: dict[QObject, int] = {}
        self.first_paint: float | None = None
        window.installEventFilter(self)
        self._watch_new()
        self.session.panes_changed.connect(self._watch_new)
        self.session.redraw.connect(self._redraw)
        self.grid.drawn.connect(self._all_drawn)
        for signal in (
            self.session.store.ready,
            self.session.store.failed,
            self.session.scores_changed,
            self.session.predictions.state_changed,
            window.opening.ended,
        ):
            signal.connect(self._later)

    def _watch_new(self) -> None:
        for number, viewport in enumerate(self.grid.viewports):
            if self.target(number) not in self._widgets:
                self._watch(number, viewport)

    def _watch(self, number: int, viewport: Any) -> None:
        widget = self.target(number)
        self._widgets[widget] = number
        widget.installEventFilter(self)
        draw = viewport.draw

        def watched(drawing: Any) -> None:
            draw(drawing)
            self._drawn[number] = _NOTHING if drawing is None else self._kind(drawing)
            if drawing is None:  # a pane that is hidden, of which no paint event comes
                self._unpainted.discard(number)
            else:
                self._unpainted.add(number)

        viewport.draw = watched

    @staticmethod
    def _kind(drawing: Any) -> tuple[str, str]:
        """What is drawn, and the key of its image."""
        return PREVIEW if drawing.prepared.image.preview else FULL, drawing.prepared.header.key

    def target(self, number: int) -> QWidget:
        """The widget of a pane that takes the mouse."""
        viewport: Any = self.grid.viewports[number]
        return viewport.viewport() if hasattr(viewport, "viewport") else viewport  # type: ignore[no-any-return]

    # --- what happens

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        if event.type() == QEvent.Type.Paint:
            number = self._widgets.get(watched)
            if number is not None:
                self._unpainted.discard(number)
                self.paints += 1
                self._painted[number] = self._drawn.get(number, _NOTHING)
                self._later()
            elif watched is self.window and self.first_paint is None:
                self.first_paint = -1.0
                QTimer.singleShot(0, self._first_painted)
        return False

    def _first_painted(self) -> None:
        self.first_paint = time.monotonic()
        self._evaluate()

    def _redraw(self, number: int) -> None:
        self._dirty = True

    def _all_drawn(self) -> None:
        self._dirty = False
        self._later()

    def _later(self, *_: object) -> None:
        if self._condition is not None:
            QTimer.singleShot(0, self._evaluate)

    def _evaluate(self) -> None:
        if self._condition is not None and self._condition():
            self._condition = None
            assert self._loop is not None
            self._loop.quit()

    def _too_late(self) -> None:
        if self._loop is not None:
            self._loop.quit()

    # --- what may be waited for

    def wait(self, condition: Callable[[], bool], what: str = "") -> float:
        """Turn the event loop until the condition holds; when it did."""
        if not condition():
            self._loop, self._condition = QEventLoop(), condition
            self._late.start(round(1000 * TIMEOUT_S))
            self._loop.exec()
            self._late.stop()
            if self._condition is not None:
                raise TimeoutError(f"waited {TIMEOUT_S:.0f} s for {what}")
        return time.monotonic()

    def idle(self, milliseconds: int) -> None:
        """Turn the event loop for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def is_settled(self) -> bool:
        """Nothing is to be drawn or painted."""
        return not self._dirty and not self._unpainted

    def shows(self, *kinds: str) -> bool:
        """Whether every pane has been painted with its image, of one of the kinds; not of the study that was left."""
        panes = self.session.panes
        if not panes or self.session.study is self._left:
            return False
        painted = [self._painted.get(number, _NOTHING) for number in range(len(panes))]
        keys = [pane.header.key if pane.header is not None else "" for pane in panes]
        return all(kind in kinds and key == of_pane for (kind, key), of_pane in zip(painted, keys, strict=True))

    def is_complete(self) -> bool:
        """Every pane shows its image itself, and nothing is to be drawn any more."""
        return self.shows(FULL) and self.is_settled()

    def is_scored(self) -> bool:
        if self.session.predictions.state.phase in (Phase.FAILED, Phase.OFF):
            return True
        study = self.session.study
        return study is not None and all(
            self.session.predictions.prediction(header.key) is not None
            or "not run:" in self.session.predictions.why_not_run(header.key)
            for header in study.images
        )

    def is_quiet(self) -> bool:
        """Loaded, scored, prefetched and drawn."""
        return self.is_complete() and self.is_scored() and not self.session.store.loading

    def engine_decided(self) -> bool:
        return self.session.predictions.state.phase not in (Phase.OFF, Phase.STARTING)

    # --- what a reader does

    def forget(self) -> None:
        """Another study will be shown: what is painted until then does not count."""
        self._left = self.session.study
        self._painted.clear()

    def _act(self, act: Callable[[], object]) -> float:
        """Do something in a turn of the event loop, as a reader does; when it began.

        Done outside of a turn, what it marks for deletion would stay until the whole script ends.
        """
        loop, began = QEventLoop(), [0.0]

        def turn() -> None:
            began[0] = time.monotonic()
            act()
            loop.quit()

        QTimer.singleShot(0, turn)
        loop.exec()
        return began[0]

    def open(self, folder: Path) -> tuple[float, float]:
        """Open a folder; ms to a picture in every pane, be it a preview, and to the images themselves."""
        self.forget()
        started = self._act(lambda: self.window.commands.open_paths([folder]))
        any_kind = self.wait(lambda: self.shows(PREVIEW, FULL), "previews")
        complete = self.wait(self.is_complete, "images")
        return 1000 * (any_kind - started), 1000 * (complete - started)

    def choose(self, action_id: str) -> float:
        """Choose a command, as its key or menu does; when it began."""
        return self._act(self.window.actions_by_id[action_id].trigger)

    def mouse(
        self,
        kind: QEvent.Type,
        number: int,
        at: tuple[float, float],
        button: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """A mouse event (x, y in the pane) as the platform would deliver it to the pane's widget."""
        target = self.target(number)
        where = QPointF(*at)
        there = QPointF(target.mapToGlobal(QPoint(round(at[0]), round(at[1]))))
        own = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        QApplication.sendEvent(target, QMouseEvent(kind, where, there, own, held, modifiers))

    def wheel(self, number: int, at: tuple[float, float], notches: int) -> None:
        target = self.target(number)
        there = QPointF(target.mapToGlobal(QPoint(round(at[0]), round(at[1]))))
        event = QWheelEvent(
            QPointF(*at),
            there,
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)

    def timed(self, act: Callable[[], None]) -> float:
        """ms from before `act` until all that it made stale has been drawn and painted."""
        application = QApplication.instance()
        assert application is not None
        painted, started = self.paints, time.perf_counter()
        act()
        while not self.is_settled() or self.paints == painted:
            application.processEvents()
            if time.perf_counter() - started > TIMEOUT_S / 10:
                raise TimeoutError("nothing was painted after an event: it changed nothing")
        return 1000 * (time.perf_counter() - started)
