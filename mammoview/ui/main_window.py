"""Owns the window: puts the parts together, turns rows of `actions` into menus and keys, remembers its geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QMoveEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from mammoview.archive.recent import RecentPlaces
from mammoview.core.errors import MammoviewError, UsageError
from mammoview.resources import resource
from mammoview.services.ahead import Ahead
from mammoview.services.archives import Archives
from mammoview.services.finishing import Finishing
from mammoview.services.indexing import Indexing
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.navigator import Navigator
from mammoview.services.opening import OpeningService
from mammoview.services.overlaid import OverlaidBook
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.score_guide import ScoreGuide
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.steps import Steps
from mammoview.services.tomosynthesis import Tomosynthesis
from mammoview.services.words import counted
from mammoview.services.worklist import Worklist
from mammoview.ui import dialogs, window_memory
from mammoview.ui.action import Action
from mammoview.ui.actions import ACTIONS, action
from mammoview.ui.bug_report import BugReporter
from mammoview.ui.commands import Commands
from mammoview.ui.empty_state import EmptyState
from mammoview.ui.icons import IconSet
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.library_panel import LibraryPanel
from mammoview.ui.menus import LAYOUT_ACTIONS, Menus, acts_on_images
from mammoview.ui.overlaid_list import OverlaidList
from mammoview.ui.second_window import Monitors
from mammoview.ui.side_panel import SidePanel
from mammoview.ui.status_line import ProgressLine, StatusLine
from mammoview.ui.step_keys import StepKeys
from mammoview.ui.study_panel import StudyPanel
from mammoview.ui.tool_commands import ToolBench
from mammoview.ui.top_bar import TopBar
from mammoview.ui.unkept import ClosingQuestion, UnkeptButton
from mammoview.ui.view_grid import ViewGrid

_SAID_STATES = frozenset({"overlays", "overlaid", "air-black", "heat-below", "marks", "link"})
"""Commands that are on or off, which the images need not show."""

_ICONS_AFTER_MS = 60
"""The window and the first reading come before its icons."""

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult
    from mammoview.ui.grey_panel import GreyPanel
    from mammoview.ui.tour import Tour


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
    ahead: Ahead
    archives: Archives


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
        self.reading, self.indexing, self.ahead = services.reading, services.indexing, services.ahead
        self.archives = services.archives
        self.navigator = Navigator(self.session)
        self.steps = Steps(self.session)
        self.finishing = Finishing(self.reading, self)
        self.tomosynthesis = Tomosynthesis(self.session, self)
        self.commands = Commands(self)
        self.on_close: Callable[[], None] = lambda: None
        self.reporter = BugReporter(services.settings.folder, self.say_bug, self._say)
        self.bindings = KeyBindings(self.settings, self)
        self.reading.key_of = self.bindings.first
        self.step_keys = StepKeys(self.session, self.bindings)
        self.score_guide = ScoreGuide(self.session, self)
        self.menus = Menus(self, self.bindings)
        self.actions_by_id = self.menus.actions_by_id
        self.demo = False
        self.tour: Tour | None = None
        self.icons = IconSet(self.actions_by_id, self)
        self.top_bar = TopBar(self.menus.bar, self.actions_by_id, self.session)
        self.icons.want("menu", self.top_bar.show_menu_icon)
        self.progress = ProgressLine()
        self.study_panel = StudyPanel(self.session, self.reading)
        self.side_panel = SidePanel(self.session, self.navigator, self.reading, self.bindings, self.score_guide)
        self.grey_panel: GreyPanel | None = None
        self.grey_panel_wanted = False
        self.grid = ViewGrid(self.session, self.navigator, self.tomosynthesis)
        self.bench = ToolBench(self)
        self.overlaid = OverlaidBook(self.session, self.runner, self)
        self.overlaid_list = OverlaidList(self.overlaid, self.reading)
        self.side_panel.add(self.overlaid_list)
        self.overlaid.changed.connect(lambda: self._states.start())
        self.monitors = Monitors(self)
        self.empty = EmptyState(self.bindings)
        self.library = LibraryPanel(self.session, self.reading, self.indexing, self.settings, self.bindings)
        self.stack = QStackedWidget()
        for page in (self.empty, self.grid, self.library):
            self.stack.addWidget(page)
        self.status = StatusLine(self.session, self.ahead)
        UnkeptButton(self.reading).stand_in(self.status)
        self.closing_question = ClosingQuestion(self.reading, self)
        self._lay_out()
        self._connect()
        window_memory.restore(self)
        self._refresh()
        if self.bindings.problem:
            self.status.show_refused_at_start((self.bindings.problem,))

    # --- building

    def _lay_out(self) -> None:
        self._middle = middle = QHBoxLayout()
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
        self._states = QTimer(self)
        self._states.setSingleShot(True)
        self._states.timeout.connect(self._refresh_actions)
        session.panes_changed.connect(self._states.start)
        session.step_changed.connect(self._states.start)
        session.look.changed.connect(self._look_changed)
        self.tomosynthesis.changed.connect(self._states.start)
        self.bench.changed.connect(self._states.start)
        self.monitors.changed.connect(self._states.start)
        self.monitors.changed.connect(self._make_room_at_bezel)
        self.side_panel.retry.connect(self.commands.retry)
        self.side_panel.assessment.finish.clicked.connect(lambda: self.run(action("finish")))
        self.empty.wanted.connect(lambda action_id: self.run(action(action_id)))
        self.status.details_wanted.connect(self.commands.show_refused)
        self.grid.menu_wanted.connect(self.menus.show_place_menu)
        opening.started.connect(lambda: self.status.keep(self.tr("reading")))
        opening.started.connect(lambda: self.progress.show_progress(0, 0))
        opening.progressed.connect(self.progress.show_progress)
        opening.ended.connect(self.progress.clear)
        opening.opened.connect(self._opened)
        opening.failed.connect(self.status.keep)
        self.library.moved.connect(self._refresh)
        self.library.folders.clicked.connect(lambda: self.run(action("folders")))
        self.ahead.advanced.connect(self.library.model.renew)

    # --- commands

    def run(self, row: Action, *_: object) -> None:
        """Run a command; an expected failure is said in the status line."""
        try:
            if self.library.stands_over_images and acts_on_images(row):
                key = self.bindings.first("library")
                hint = self.tr("{} shows them").format(key) if key else ""
                raise UsageError(self.tr("the images are behind the list"), hint)
            getattr(self.commands, row.call)()
            if row.id in _SAID_STATES:
                on, off = self.tr("{}: on"), self.tr("{}: off")
                self.status.say((on if getattr(self.commands, row.state) else off).format(row.name))
        except UsageError as error:
            self.status.say(str(error))
        except MammoviewError as error:
            self.status.keep(str(error))
        self._refresh_actions()

    def call_of_key(self, stroke: str) -> Callable[[], object] | None:
        """What a key does that no command has: it shows the step to which the hanging protocol has given it."""
        step = self.step_keys.step(stroke)
        return None if step is None or self.library.stands else partial(self.session.show_step, step)

    def open_demo(self) -> None:
        """Open the demonstration study; its heat maps are shown also below the operating point."""
        self.opening.open(self._demo_paths())

    def take_tour(self) -> None:
        """Begin the tour, or go on in it."""
        from mammoview.ui.tour import Tour  # not at the start

        if self.tour is None:
            self.tour = Tour(self)
        if self.tour.running:
            self.tour.go_on()
        else:
            self.tour.begin()

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
        self.status.keep(self.tr("a fault in mammoview: {}").format(place))
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
            images = sum(not image.refused for study in result.studies for image in study.images)
            studies = counted("%n studies", len(result.studies))
            self.status.say(", ".join((studies, counted("%n images", images))))
        elif not result.refused:
            self.status.say(self.tr("there is no image in what was opened (name a folder that holds mammograms)"))
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
        self.side_panel.setVisible(settings.side_panel and shown and not (images_only or self.library.stands))
        if self.grey_panel is not None:
            self.grey_panel.setVisible(self.grey_panel_wanted and not self.side_panel.isHidden())
        self.show_state()
        self._refresh_actions()

    def show_state(self) -> None:
        """Say which study this is and how far it is read."""
        self.top_bar.show_state(self.reading.words)

    def _make_room_at_bezel(self) -> None:
        """The images stand between the panels; beside a second monitor no panel stands between the breasts."""
        at = {None: 1, True: 2, False: 0}[self.monitors.right]
        self._middle.removeWidget(self.stack)
        self._middle.insertWidget(at, self.stack, 1)

    def _look_changed(self, key: str) -> None:
        if not key:  # the window of one image is the state of no command
            self._states.start()

    def _refresh_actions(self) -> None:
        for row in ACTIONS:
            if row.state:
                apart = row.id in LAYOUT_ACTIONS and self.session.stands_apart
                self.actions_by_id[row.id].setChecked(bool(getattr(self.commands, row.state)) and not apart)

    # --- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._space(event, pressed=True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._space(event, pressed=False)

    def _space(self, event: QKeyEvent, *, pressed: bool) -> None:
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self.grid.set_panning(pressed)
        else:
            event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            self._refresh()
            self.monitors.follow_full_screen()
        elif event.type() == QEvent.Type.DevicePixelRatioChange:
            self.icons.draw_for(self.devicePixelRatioF())
        elif event.type() == QEvent.Type.ActivationChange:
            self.let_go_unless_active()
        super().changeEvent(event)

    def let_go_unless_active(self) -> None:
        """Where neither window is active any more, no key is held."""
        second = self.monitors.second
        if not self.isActiveWindow() and (second is None or not second.isActiveWindow()):
            self.session.look.hold_heat(False)
            self.grid.set_panning(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.commands.open_paths(paths)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.monitors.follow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()
        self.monitors.restore()
        QTimer.singleShot(_ICONS_AFTER_MS, self, lambda: self.icons.draw_for(self.devicePixelRatioF()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing_question.allows_closing():
            event.ignore()
            return
        self.commands.stop_dicom()
        self.monitors.end()
        window_memory.remember(self)
        self.on_close()
        super().closeEvent(event)


def _import_grey_panel(ticket: Ticket) -> type[GreyPanel]:
    from mammoview.ui.grey_panel import GreyPanel

    return GreyPanel
