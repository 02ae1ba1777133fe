"""Owns a reader made of code: reads case after case in the real window, and tells each thing that is done.

Run as a program with the folder of studies, the number of cases and the library's file; MAMMOVIEW_HOME names the folder
of settings. Each line on standard output is one JSON object, written when the window counts the thing as kept.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QInputDialog, QWidget

from mammoview import app
from mammoview.archive.library import Query
from mammoview.archive.library_reading import ReadingState
from mammoview.core.study import Study
from mammoview.services import indexing
from mammoview.services.assessment import Judgement
from mammoview.services.places import place_in
from mammoview.ui.finding_dialog import FindingDialog
from mammoview.ui.main_window import MainWindow
from tests.ui.desk import FakeEngine, seconds_apart

Key = Qt.Key
ALT, CONTROL, NONE = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT = Qt.MouseButton.LeftButton
_LONGEST_S = 30
_TOOLS = (Key.Key_D, Key.Key_E, Key.Key_6, Key.Key_9, Key.Key_7)
_MARGINS = ("circumscribed", "obscured", "spiculated")


def tell(what: str, **facts: Any) -> None:
    print(json.dumps({"what": what} | facts), flush=True)


def until(true: Callable[[], Any], what: str = "") -> None:
    """Let the window work until something holds; ends the program where it never does."""
    ends = time.monotonic() + _LONGEST_S
    while not true():
        QTest.qWait(1)  # leaves the processor to the window's other threads and processes
        if time.monotonic() > ends:
            tell("stuck", at=what)
            os._exit(3)


class Reader:
    """Hands and eyes before one window."""

    def __init__(self, window: MainWindow, folder: Path, cases: int) -> None:
        self.window, self.folder, self.cases = window, folder, cases
        self.session, self.room = window.session, window.reading
        window.finishing.clock = seconds_apart()
        self.words: list[str] = []
        """All that the room said, as one word on the status line soon takes another one's place."""
        self.room.said.connect(self.words.append)
        self.room.said.connect(lambda words: "library" in words and tell("said", words=words))

    @property
    def study(self) -> Study:
        assert self.session.study is not None
        return self.session.study

    # --- what is seen

    def seen(self) -> None:
        """Wait until every picture of the study is on the screen."""
        until(lambda: self.session.panes, "panes")
        until(lambda: not any(self.session.waits(number) for number in range(len(self.session.panes))), "pictures")

    def judgements(self) -> dict[str, dict[str, str]]:
        told = self.room.current.judgements.items()
        return {side: asdict(one) for side, one in told if one.birads or one.density or one.text}

    def marks(self) -> dict[str, Any]:
        marks = self.window.bench.marks.of_study(self.study.images[0].key)
        return {mark.id: mark.to_record() for mark in marks}

    def unread(self) -> int:
        library = self.room.library
        return self.cases - (library.count(Query(states=frozenset({ReadingState.READ}))) if library else 0)

    # --- what is done

    def ready(self) -> None:
        """Wait until the window takes keys. What was seen before may by then be otherwise."""
        until(lambda: QApplication.activeModalWidget() is None, "the dialog")
        self.window.activateWindow()
        until(self.window.isActiveWindow, "the window")

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE, target: QWidget | None = None) -> None:
        self.ready()
        QTest.keyClick(target or self.window, key, modifier)

    def kept(self, what: str, began: float, **facts: Any) -> None:
        """Tell what was done as soon as the window holds nothing back. What the screen showed when it was done is told;
        another window may by then have added to it."""
        in_hand = time.perf_counter()
        at_once = not self.room.pending()
        until(lambda: not self.room.pending(), "keeping")
        late_ms = 0.0 if at_once else (time.perf_counter() - in_hand) * 1000
        tell(what, study=self.study.key, took_ms=(in_hand - began) * 1000, late_ms=late_ms, **facts)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        pane = self.window.grid.viewports[self.session.active]
        QTest.mousePress(pane, LEFT, NONE, QPoint(*start))
        QTest.mouseMove(pane, QPoint(*end))
        QTest.mouseRelease(pane, LEFT, NONE, QPoint(*end))

    def draw(self, tool: Qt.Key, number: int) -> None:
        """Make one mark, of words where the tool asks for them."""
        before = self.marks()
        self.key(tool)
        began = time.perf_counter()
        far = (150 + number % 40, 120 + number % 25)
        self.drag((60, 60), far if tool not in (Key.Key_9, Key.Key_7) else (60, 60))
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QInputDialog):
            dialog.setTextValue(f"note {number}")
            began = time.perf_counter()
            dialog.accept()
        self._tell_marks(before, began)

    def find(self, number: int) -> None:
        """Make a finding and describe it."""
        before = self.marks()
        self.key(Key.Key_5)
        began = time.perf_counter()
        self.drag((100, 130), (100, 130))
        self._tell_marks(before, began)
        before = self.marks()
        self.key(Key.Key_Return)
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, FindingDialog):
            dialog.kind.setCurrentText("mass")
            dialog.margin.setCurrentText(_MARGINS[number % len(_MARGINS)])
            dialog.note.setText(f"seen in case {number}")
            began = time.perf_counter()
            dialog.accept()
            self._tell_marks(before, began)
        elif isinstance(dialog, QDialog):
            dialog.reject()

    def _tell_marks(self, before: dict[str, Any], began: float) -> None:
        for mark_id, record in self.marks().items():
            if before.get(mark_id) != record:
                self.kept("mark", began, id=mark_id, record=record)

    def judge(self, letter: Qt.Key, value: str) -> None:
        """A category or a density of the breast on the active pane, unless it has it already."""
        header = self.session.panes[self.session.active].header
        assert header is not None
        side = str(header.laterality)
        self.ready()
        one = self.room.current.judgements.get(side, Judgement())
        if value not in (one.birads, one.density):
            began = time.perf_counter()
            self.key(letter, ALT)
            given = {"birads" if letter >= Key.Key_0 and letter <= Key.Key_9 else "density": value}
            self.kept("assessed", began, side=side, given=given, **self.judgements()[side])

    def write(self, words: str) -> None:
        self.key(Key.Key_F4)
        field = self.window.side_panel.assessment.text
        field.selectAll()
        QTest.keyClicks(field, words)
        self.ready()
        has = self.room.current.judgements.get("", Judgement()).text
        began = time.perf_counter()
        self.key(Key.Key_Escape, target=field)
        if has != words:
            self.kept("assessed", began, side="", given={"text": words}, **self.judgements()[""])

    def note_place(self) -> None:
        """Tell where the reader is, once that is kept."""
        until(lambda: not self.room.busy and self.room.library_key(self.study.key), "place")
        place = self.room.library.place() if self.room.library else None
        if place is not None and place.study_key == self.study.key:
            tell("place", study=place.study_key, details=place.details)

    def read_case(self, number: int) -> None:
        """One case: steps, windows, inversion, marks, both breasts, words, the end."""
        self.seen()
        self.drag((200, 200), (230, 215))
        self.draw(_TOOLS[number % len(_TOOLS)], number)
        self.find(number)
        category, density = number % 6, number % 4
        self.judge(Key(Key.Key_0 + category), str(category))
        self.judge(Key(Key.Key_A + density), "ABCD"[density])
        for _ in range(2):
            self.key(Key.Key_N)
            self.seen()
        self.look_closely()
        self.note_place()
        self.key(Key.Key_4)
        self.seen()
        side = self.study.images[0].laterality
        for at, pane in enumerate(self.session.panes):
            if pane.header is not None and pane.header.laterality is not side:
                self.session.activate(at)
        self.draw(Key.Key_E, number + 1)
        self.judge(Key(Key.Key_0 + (number + 1) % 6), str((number + 1) % 6))
        self.write(f"case {number}: calm")
        self.finish()

    def look_closely(self) -> None:
        """Another window for the active view, the other polarity, nearer."""
        self.drag((180, 180), (200, 230))
        self.key(Key.Key_I)
        self.key(Key.Key_Plus)

    def finish(self) -> None:
        finished = self.study
        began = time.perf_counter()
        asked = True
        while asked:  # again where another window took a category back
            self.words.clear()
            self.key(Key.Key_Return, CONTROL)
            asked = any("press again" in words for words in self.words)
        until(lambda: self.study is not finished or self.room.current.state is ReadingState.READ, "finishing")
        self.kept("read", began)
        until(
            lambda: self.study is not finished or any("no study of the list" in words for words in self.words),
            "the next study",
        )

    # --- the day

    def begin(self) -> None:
        """Go on where the reader was; at the first time open the folder."""
        until(lambda: not self.room.busy, "library")
        place = self.room.place
        if place is None:
            self.open_folder()
            return
        if not self.window.library.isVisible():
            self.key(Key.Key_F2)
        until(lambda: self.window.library.chosen is not None, "the list")
        self.key(Key.Key_Return, target=self.window.library.table)
        until(lambda: self.session.study is not None, "the study")
        until(lambda: not self.room.busy and not self.window.indexing.runner.busy, "what is known")
        self.seen()
        until(lambda: not self.room.busy, "what is known")
        shown = {"marks": self.marks(), "judgements": self.judgements(), "state": str(self.room.current.state)}
        tell("shown", study=self.study.key, place=place_in(self.session), **shown)

    def open_folder(self) -> None:
        before = self.session.worklist
        self.window.commands.open_paths([self.folder])
        until(lambda: self.session.worklist is not before and self.session.study is not None, "the folder")

    def read_all(self) -> None:
        self.begin()
        number = 0
        while self.unread() > 0:
            if self.room.current.state is ReadingState.READ:
                self.go_to_unread()
            self.read_case(number)
            number += 1
        tell("end")
        self.window.close()

    def read_before_the_index(self) -> None:
        """Work in a study before the index holds it, and vanish."""
        never = threading.Event()
        indexing._added = lambda *_: never.wait()
        self.open_folder()
        self.seen()
        self.draw(Key.Key_D, 1)
        self.judge(Key.Key_4, "4")
        os.kill(os.getpid(), signal.SIGKILL)

    def look_once(self) -> None:
        """Look at the first case closely, and vanish once the library knows where."""
        self.begin()
        self.seen()
        self.look_closely()
        until(lambda: self.kept_place() == place_in(self.session), "place")
        os.kill(os.getpid(), signal.SIGKILL)

    def kept_place(self) -> Mapping[str, Any] | None:
        place = self.room.library.place() if self.room.library else None
        return None if place is None else place.details

    def look_again(self) -> None:
        """Go on where the reader was, and vanish."""
        self.begin()
        os.kill(os.getpid(), signal.SIGKILL)

    def go_to_unread(self) -> None:
        """The next study that nobody has read; where the list has none the folder has."""
        until(lambda: not self.room.busy and not self.window.indexing.runner.busy, "the index")
        for case in self.session.worklist.cases:
            self.session.show_study(case.current.key)
            until(lambda: not self.room.busy and self.room.library_key(self.study.key), "what is known")
            if self.room.current.state is not ReadingState.READ:
                return
        self.open_folder()


def main() -> int:
    """Read all cases in the window that `mammoview.app.run` makes, with a classifier that answers at once."""
    folder, cases = Path(sys.argv[1]), int(sys.argv[2])
    app.PredictorEngine = lambda *told, **options: FakeEngine()  # type: ignore[assignment,misc]
    application = QApplication([])

    def go() -> None:
        window = next(widget for widget in application.topLevelWidgets() if isinstance(widget, MainWindow))
        try:
            reader = Reader(window, folder, cases)
            how = {
                "before the index": reader.read_before_the_index,
                "look": reader.look_once,
                "go on": reader.look_again,
            }
            how.get(" ".join(sys.argv[4:]), reader.read_all)()
        except BaseException:  # the window would go on without its reader
            with suppress(OSError):  # nobody may be listening any more
                traceback.print_exc()
            os._exit(4)

    QTimer.singleShot(0, go)
    return app.run([], library=Path(sys.argv[3]))


if __name__ == "__main__":
    sys.exit(main())
