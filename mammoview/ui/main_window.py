"""Owns the window: puts the parts together, turns rows of `actions` into menus and keys, remembers its geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from mammoview.archive.recent import RecentPlaces
from mammoview.core.errors import MammoviewError
from mammoview.resources import resource
from mammoview.services.indexing import Indexing
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.navigator import Navigator
from mammoview.services.opening import OpeningService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.steps import Steps
from mammoview.services.tomosynthesis import Tomosynthesis
from mammoview.services.worklist import Worklist
from mammoview.ui import dialogs, window_memory
from mammoview.ui.action import Action
from mammoview.ui.actions import ACTIONS, action
from mammoview.ui.bug_report import BugReporter
from mammoview.ui.commands import Commands
from mammoview.ui.empty_state import EmptyState
from mammoview.ui.library_panel import LibraryPanel
from mammoview.ui.menus import LAYOUT_ACTIONS, Menus
from mammoview.ui.side_panel import SidePanel
from mammoview.ui.status_line import ProgressLine, StatusLine
from mammoview.ui.study_panel import StudyPanel
from mammoview.ui.tool_commands import ToolBench
from mammoview.ui.top_bar import TopBar, study_words
from mammoview.ui.view_grid import ViewGrid

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult
    from mammoview.ui.grey_panel import GreyPanel


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """What the window stands on; made and ended by `app`."""

    runner: JobRunner
    session: Session
    opening: OpeningService
    settings: SettingsStore
    recent: RecentPlaces
    reading: ReadingRoom
    indexing: Indexing


class MainWindow(QWidget):
    """Top bar, study panel, viewports, side panel, status line."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("mammoview")
        self.setAcceptDrops(True)
        self.runner, self.session, self.opening = services.runner, services.session, services.opening
        self.settings, self.recent = services.settings, services.recent
        self.reading, self.indexing = services.reading, services.indexing
        self.navigator = Navigator(self.session)
        self.steps = Steps(self.session)
        self.tomosynthesis = Tomosynthesis(self.session, self)
        self.commands = Commands(self)
        self.on_close: Callable[[], None] = lambda: None
        self.reporter = BugReporter(services.settings.folder, self.say_bug, self._say)
        self.menus = Menus(self)
        self.actions_by_id = self.menus.actions_by_id
        self.demo = False
        self.top_bar = TopBar(self.menus.bar, self.actions_by_id, self.session)
        self.progress = ProgressLine()
        self.study_panel = StudyPanel(self.session)
        self.side_panel = SidePanel(self.session, self.navigator, self.reading)
        self.grey_panel: GreyPanel | None = None
        self.grey_panel_wanted = False
        self.grid = ViewGrid(self.session, self.navigator, self.tomosynthesis)
        self.bench = ToolBench(self)
        self.empty = EmptyState()
        self.library = LibraryPanel(self.session, self.reading, self.indexing, self.settings)
        self.stack = QStackedWidget()
        for page in (self.empty, self.grid, self.library):
            self.stack.addWidget(page)
        self.status = StatusLine(self.session)
        self._lay_out()
        self._connect()
        window_memory.restore(self)
        self._refresh()

    # --- building

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.study_panel)
        middle.addWidget(self.stack, 1)
        self._right = QVBoxLayout()
        self._right.addWidget(self.side_panel, 1)
        middle.addLayout(self._right)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.top_bar, self.progress):
            column.addWidget(widget)
        column.addLayout(middle, 1)
        column.addWidget(self.status)

    def _connect(self) -> None:
        session, opening = self.session, self.opening
        session.study_changed.connect(self._refresh)
        session.panes_changed.connect(self._refresh_actions)
        session.step_changed.connect(self._refresh_actions)
        session.look.changed.connect(self._refresh_actions)
        self.tomosynthesis.changed.connect(self._refresh_actions)
        self.bench.changed.connect(self._refresh_actions)
        self.side_panel.retry.connect(self.commands.retry)
        self.empty.wanted.connect(lambda action_id: self.run(action(action_id)))
        self.status.details_wanted.connect(self.commands.show_refused)
        self.grid.menu_wanted.connect(self.menus.show_place_menu)
        opening.started.connect(lambda: self.status.say("reading"))
        opening.started.connect(lambda: self.progress.show_progress(0, 0))
        opening.progressed.connect(self.progress.show_progress)
        opening.ended.connect(self.progress.clear)
        opening.opened.connect(self._opened)
        opening.failed.connect(self.status.say)
        self.library.moved.connect(self._refresh)

    # --- commands

    def run(self, row: Action, *_: object) -> None:
        """Run a command; an expected failure is said in the status line."""
        try:
            getattr(self.commands, row.call)()
        except MammoviewError as error:
            self.status.say(str(error))
        self._refresh_actions()

    def open_demo(self) -> None:
        """Open the demonstration study; its heat maps are shown also below the operating point."""
        self.opening.open(self._demo_paths())

    @staticmethod
    def _demo_paths() -> list[Path]:
        return [resource("demo", "current"), resource("demo", "prior")]

    def fold_study_panel(self, folded: bool) -> None:
        self.settings.change(study_panel=not folded)
        self._refresh()

    def fold_side_panel(self, folded: bool) -> None:
        self.settings.change(side_panel=not folded)
        self._refresh()

    def show_grey_panel(self, shown: bool) -> None:
        """The grey-level panel under the side panel, which it unfolds; it follows when pyqtgraph is imported."""
        self.grey_panel_wanted = shown
        if shown and self.grey_panel is None:
            self.runner.submit(_import_grey_panel, done=self._add_grey_panel, channel="grey-panel")
        self.fold_side_panel(not (shown or self.settings.value.side_panel))

    def _add_grey_panel(self, make: type[GreyPanel]) -> None:
        self.grey_panel = make(self.session, self.navigator)
        self._right.addWidget(self.grey_panel)
        self._refresh()

    def set_full_screen(self, full: bool) -> None:
        """Full screen shows nothing but the images."""
        if full != self.isFullScreen():
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _say(self, text: str) -> None:
        self.status.say(text)

    def say_bug(self, place: str, log: str) -> None:
        """Show an unexpected failure and go on."""
        self.status.say(f"a fault in mammoview: {place}")
        dialogs.bug_dialog(self, place, log).open()

    # --- what the services say

    def _opened(self, result: ScanResult, worklist: Worklist, paths: tuple[Path, ...]) -> None:
        if result.studies:
            demo = list(paths) == self._demo_paths()
            if demo or self.demo:
                self.session.look.set_heat_below(demo or self.settings.value.heat_below)
            self.demo = demo
            worklist, chosen = self.indexing.take(result, worklist, paths)
            if not demo and not chosen:
                self.recent.add(paths)
            self.session.show_worklist(worklist, chosen)
            images = sum(len(study.images) for study in result.studies)
            self.status.say(f"{_count(len(result.studies), 'study', 'studies')}, {_count(images, 'image', 'images')}")
        elif not result.refused:
            self.status.say("there is no image in what was opened (name a folder that holds mammograms)")
        self.status.show_refused(tuple(str(refusal) for refusal in result.refused))

    def _refresh(self) -> None:
        shown = self.session.study is not None
        images_only = self.isFullScreen()
        settings = self.settings.value
        several = sum(len(case.studies) for case in self.session.worklist.cases) > 1
        useful = several or bool(self.session.others)
        self.stack.setCurrentWidget(self.library if self.library.stands else self.grid if shown else self.empty)
        for widget in (self.top_bar, self.progress, self.status):
            widget.setVisible(not images_only)
        self.study_panel.setVisible(settings.study_panel and useful and shown and not images_only)
        self.side_panel.setVisible(settings.side_panel and shown and not images_only)
        if self.grey_panel is not None:
            self.grey_panel.setVisible(self.grey_panel_wanted and not self.side_panel.isHidden())
        self.show_state()
        self._refresh_actions()

    def show_state(self) -> None:
        """Say which study this is and how far it is read."""
        self.top_bar.study.setText("    ".join(filter(None, (study_words(self.session), self.reading.words))))

    def _refresh_actions(self) -> None:
        for row in ACTIONS:
            if row.state:
                apart = row.id in LAYOUT_ACTIONS and self.session.stands_apart
                self.actions_by_id[row.id].setChecked(bool(getattr(self.commands, row.state)) and not apart)

    # --- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._held_key(event, pressed=True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._held_key(event, pressed=False)

    def _held_key(self, event: QKeyEvent, *, pressed: bool) -> None:
        if event.isAutoRepeat():
            return
        for row in (row for row in ACTIONS if row.held):
            if QKeySequence(event.key()) in [QKeySequence(key) for key in row.keys]:
                getattr(self.commands, row.call)(pressed)
                return
        if event.key() == Qt.Key.Key_Space:
            self.grid.set_panning(pressed)
        else:
            event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            self._refresh()
        elif event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.session.look.hold_heat(False)
            self.grid.set_panning(False)
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.commands.open_paths(paths)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        window_memory.remember(self)
        self.on_close()
        super().closeEvent(event)


def _import_grey_panel(ticket: Ticket) -> type[GreyPanel]:
    from mammoview.ui.grey_panel import GreyPanel

    return GreyPanel


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
