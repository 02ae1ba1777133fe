"""Owns the rows and methods of marks, measurements and looking closer, and the bench on which their parts stand."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QInputDialog, QMenu

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.core.hanging import millimetres_per_px
from mammoview.core.marks import MAX_TEXT, Mark, MarkKind
from mammoview.core.measure import known
from mammoview.services.calibration import Calibrations
from mammoview.services.marks import MarkBook
from mammoview.services.tools import Tool, Tools
from mammoview.services.words import translate
from mammoview.ui.action import Action
from mammoview.ui.keystrokes import same_key, stroke_of
from mammoview.ui.magnifier import Magnifier
from mammoview.ui.screens import screen_key

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

TOOL_ACTIONS: tuple[Action, ...] = (
    Action("pointer", "Pointer", "Tools", ("0",), "use_pointer", "is_pointer"),
    Action("ruler", "Ruler", "Tools", ("D",), "use_ruler", "is_ruler", separate=True),
    Action("angle", "Angle", "Tools", ("Shift+D",), "use_angle", "is_angle"),
    Action("ellipse", "Ellipse: mean, SD, area", "Tools", ("E",), "use_ellipse", "is_ellipse"),
    Action("freehand", "Freehand region: mean, SD, area", "Tools", ("Shift+E",), "use_freehand", "is_freehand"),
    Action("finding", "Finding", "Tools", ("5",), "use_finding", "is_finding", separate=True),
    Action("arrow", "Arrow", "Tools", ("6",), "use_arrow", "is_arrow"),
    Action("text", "Text", "Tools", ("7",), "use_text", "is_text"),
    Action("nipple", "Nipple", "Tools", ("9",), "use_nipple", "is_nipple"),
    Action("delete-mark", "Delete the selected mark", "Tools", ("Del",), "delete_mark", separate=True),
    Action("undo", "Take back", "Tools", ("Ctrl+Z",), "undo"),
    Action("redo", "Do again", "Tools", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Action("marks", "Marks", "Tools", ("Shift+T",), "toggle_marks", "has_marks"),
    Action("magnifier", "Magnifier", "Tools", ("Z",), "toggle_magnifier", "is_magnifier", separate=True),
    Action("true-size", "True size", "Tools", ("Ctrl+1",), "true_size"),
    Action("calibrate", "Calibrate the screen…", "Tools", ("Ctrl+K",), "calibrate"),
)

_HELD_S = 0.35
"""A magnifier whose key was down for longer goes when the key goes up."""

_TRUE_WITHIN = 0.01


class ToolBench(QObject):
    """Marks, tools, magnifier and calibrations of one window, and the keys that mean something else while a mark is
    made or selected. `changed`: another tool, selection or visibility.
    """

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.marks = MarkBook(parent=self)
        self.tools = Tools(window.session, self.marks, self)
        self.magnifier = Magnifier(window.session, window.grid)
        self.calibrations = Calibrations(window.settings)
        window.grid.px_per_mm = self.calibrations.px_per_mm
        self._hovered: tuple[int, float, float] | None = None
        self._tool_before = Tool.POINTER
        self._lens_key_since: float | None = None
        window.session.dress = self.tools.sight.dress
        window.session.panes_changed.connect(self._equip)
        self._equip()
        window.grid.drawn.connect(self.magnifier.refresh)
        window.actions_by_id["magnifier"].setAutoRepeat(False)
        window.installEventFilter(self)
        self.tools.changed.connect(self.changed)
        self.tools.said.connect(lambda text: window.status.say(text))
        self.tools.text_wanted.connect(self._ask_text)
        self.tools.describe_wanted.connect(self.describe)

    def _equip(self) -> None:
        """Put the tools at hand in every viewport that there is by now."""
        for viewport in self._window.grid.viewports:
            if viewport.tools is None:
                viewport.tools = self.tools
                viewport.hovered.connect(self._hover)
                viewport.left.connect(self._leave)

    @property
    def is_magnifying(self) -> bool:
        return self.tools.tool is Tool.MAGNIFIER

    def toggle_magnifier(self) -> None:
        """Take the magnifier, or the tool that was in the hand before."""
        if self.is_magnifying:
            self.tools.take(self._tool_before)
            self.magnifier.put_away()
            self._lens_key_since = None
        else:
            self._tool_before, self._lens_key_since = self.tools.tool, time.monotonic()
            self.tools.take(Tool.MAGNIFIER)
            self._show_lens()

    def describe(self, mark: Mark) -> None:
        """Ask for the description of a finding."""
        from mammoview.ui.finding_dialog import FindingDialog  # not at the start of the window

        dialog = FindingDialog(self._window, mark.finding, mark.text)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._keep(mark, finding=dialog.finding(), text=" ".join(dialog.note.text().split()))
        )
        dialog.open()

    def add_to_menu(self, menu: QMenu, number: int, row_px: float, column_px: float) -> None:
        """What can be done with the mark at a place of a pane, at the head of its menu; nothing where there is none."""
        mark = self.tools.select_at(number, row_px, column_px)
        if mark is None:
            return
        if mark.kind in (MarkKind.FINDING, MarkKind.TEXT):
            finding, text = self.tr("Describe the finding…"), self.tr("Change the text…")
            words = finding if mark.kind is MarkKind.FINDING else text
            menu.addAction(words).triggered.connect(lambda: self.tools.edit(mark))
        menu.addAction(self._window.actions_by_id["delete-mark"])
        menu.addSeparator()

    def _ask_text(self, mark: Mark) -> None:
        old = self.marks.get(mark.id)
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Text"))
        dialog.setLabelText(self.tr("One line, at most {} letters").format(MAX_TEXT))
        dialog.resize(420, dialog.sizeHint().height())
        dialog.setTextValue(old.text if old is not None else "")
        dialog.textValueSelected.connect(lambda words: self._keep(mark, text=" ".join(words.split())))
        dialog.open()

    def _keep(self, mark: Mark, **changes: Any) -> None:
        """Keep a mark with other words, unless they are the same; what cannot be kept is said."""
        try:
            changed = replace(mark, **changes)
            if changed != mark or self.marks.get(mark.id) is None:
                self.tools.set_mark(changed)
        except MammoviewError as error:
            self._window.status.say(str(error))

    # --- lens and keys

    def _hover(self, number: int, row_px: float, column_px: float) -> None:
        self._hovered = (number, row_px, column_px)
        self._show_lens()

    def _leave(self) -> None:
        self._hovered = None
        self.magnifier.put_away()

    def _show_lens(self) -> None:
        if self.is_magnifying and self._hovered is not None:
            self.magnifier.look_at(*self._hovered, self._window.grid.viewports[self._hovered[0]])
        else:
            self.magnifier.put_away()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc and Return, not the keypad's Enter, are the tools' while there is something to give up or to describe."""
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.KeyRelease:
            self._lens_key_up(event)
        elif event.modifiers() or not self._means(event.key()):
            return False
        elif event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        elif event.type() == QEvent.Type.KeyPress:
            self._press(event.key())
            return True
        return False

    def _means(self, key: int) -> bool:
        if key == Qt.Key.Key_Escape:
            return self.tools.busy
        mark = self.tools.selected
        return key == Qt.Key.Key_Return and mark is not None and mark.kind in (MarkKind.FINDING, MarkKind.TEXT)

    def _press(self, key: int) -> None:
        mark = self.tools.selected
        if key == Qt.Key.Key_Escape:
            self.tools.escape()
            self._show_lens()
        elif mark is not None:
            self.tools.edit(mark)

    def _lens_key_up(self, event: QKeyEvent) -> None:
        since = self._lens_key_since
        if event.isAutoRepeat() or since is None or not self._is_lens_key(stroke_of(event)):
            return
        self._lens_key_since = None
        if self.is_magnifying and time.monotonic() - since > _HELD_S:
            self.toggle_magnifier()

    def _is_lens_key(self, stroke: str) -> bool:
        return any(same_key(stroke, key) for key in self._window.bindings.keys("magnifier"))


class ToolCommands:
    """What `TOOL_ACTIONS` call; a part of `Commands`."""

    _window: MainWindow

    def use_pointer(self) -> None:
        self._take(Tool.POINTER)

    def use_ruler(self) -> None:
        self._take(Tool.RULER)

    def use_angle(self) -> None:
        self._take(Tool.ANGLE)

    def use_ellipse(self) -> None:
        self._take(Tool.ELLIPSE)

    def use_freehand(self) -> None:
        self._take(Tool.FREEHAND)

    def use_finding(self) -> None:
        self._take(Tool.FINDING)

    def use_arrow(self) -> None:
        self._take(Tool.ARROW)

    def use_text(self) -> None:
        self._take(Tool.TEXT)

    def use_nipple(self) -> None:
        self._take(Tool.NIPPLE)

    def _take(self, tool: Tool) -> None:
        self._window.bench.tools.take(tool)
        self._window.bench.magnifier.put_away()

    is_pointer = property(lambda self: self._tool is Tool.POINTER)
    is_ruler = property(lambda self: self._tool is Tool.RULER)
    is_angle = property(lambda self: self._tool is Tool.ANGLE)
    is_ellipse = property(lambda self: self._tool is Tool.ELLIPSE)
    is_freehand = property(lambda self: self._tool is Tool.FREEHAND)
    is_finding = property(lambda self: self._tool is Tool.FINDING)
    is_arrow = property(lambda self: self._tool is Tool.ARROW)
    is_text = property(lambda self: self._tool is Tool.TEXT)
    is_nipple = property(lambda self: self._tool is Tool.NIPPLE)
    is_magnifier = property(lambda self: self._tool is Tool.MAGNIFIER)
    has_marks = property(lambda self: self._window.bench.tools.sight.shown)

    @property
    def _tool(self) -> Tool:
        return self._window.bench.tools.tool

    def delete_mark(self) -> None:
        self._window.bench.tools.delete_selected()

    def undo(self) -> None:
        self._window.bench.tools.undo()

    def redo(self) -> None:
        self._window.bench.tools.redo()

    def toggle_marks(self) -> None:
        tools = self._window.bench.tools
        tools.show(not tools.sight.shown)

    def toggle_magnifier(self) -> None:
        self._window.bench.toggle_magnifier()

    def calibrate(self) -> None:
        """Measure the screen that the active view is on."""
        from mammoview.ui.calibration_dialog import CalibrationDialog  # not at the start of the window

        window = self._window.grid.window_of(self._window.session.active)
        key, calibrations = screen_key(window.screen()), self._window.bench.calibrations
        dialog = CalibrationDialog(
            window,
            calibrations.px_per_mm(key),
            lambda length_px, length_mm: calibrations.calibrate(key, length_px, length_mm),
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._window.grid.lay)
        dialog.accepted.connect(self._say_calibrated)
        dialog.open()

    def _say_calibrated(self) -> None:
        said, key = translate("ToolCommands", "the screen is calibrated"), self._key("true-size")
        shows = translate("ToolCommands", "the screen is calibrated; {} shows true size")
        self._window.status.say(shows.format(key) if key else said)

    def _how_to_calibrate(self) -> str:
        words, key = translate("ToolCommands", "calibrate the screen"), self._key("calibrate")
        return f"{words}, {key}" if key else words

    def _key(self, action_id: str) -> str:
        return self._window.bindings.first(action_id)

    def true_size(self) -> None:
        """A millimetre of the breast on a millimetre of the screen, in the active view."""
        session, number = self._window.session, self._window.session.active
        px_per_mm = self._window.bench.calibrations.px_per_mm(screen_key(self._window.grid.window_of(number).screen()))
        if px_per_mm is None:
            raise UsageError(
                translate("ToolCommands", "the size of this screen's pixels is not known"), self._how_to_calibrate()
            )
        drawing = session.drawing(number) if session.panes else None
        if drawing is None:
            raise UsageError(translate("ToolCommands", "there is no image to show in true size"))
        spacing = known(drawing.prepared.image.spacing)
        if spacing is None:
            raise UsageError(translate("ToolCommands", "this view has no pixel spacing, so its true size is not known"))
        self._window.navigator.zoom(px_per_mm * millimetres_per_px(drawing.placement, spacing)[0])
        reached = session.drawing(number)
        assert reached is not None
        error = abs(px_per_mm * millimetres_per_px(reached.placement, spacing)[0] - 1)
        if error > _TRUE_WITHIN:
            raise UsageError(translate("ToolCommands", "true size is beyond the range of the zoom"))
        self._window.status.say(translate("ToolCommands", "true size, {}").format(spacing.label()))
