"""Owns the tool in the reader's hand: turns presses and drags on a pane into marks, and finds, moves and selects those
that are there. Keeps no marks: finished edits go to the `MarkBook`. No widgets.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import UsageError
from mammoview.core.hanging import stored_at
from mammoview.core.history import Edit, Operation, delete, put
from mammoview.core.mark_drawing import Hit, hit
from mammoview.core.marks import Mark, MarkKind, Point, visible
from mammoview.core.prepared import PreparedImage
from mammoview.core.study import ImageHeader
from mammoview.core.view_state import Placement
from mammoview.services.gestures import Gesture, has_extent
from mammoview.services.marks import LEADING, MarkBook, MarkSight, frames_shown
from mammoview.services.session import Session
from mammoview.services.words import said, translate

_REACH = 7.0
"""In logical pixels: how near the pointer must be to a mark."""


class Tool(StrEnum):
    """What the left button does. POINTER and MAGNIFIER draw nothing."""

    POINTER = "pointer"
    RULER = "ruler"
    ANGLE = "angle"
    ELLIPSE = "ellipse"
    FREEHAND = "freehand region"
    ARROW = "arrow"
    TEXT = "text"
    FINDING = "finding"
    NIPPLE = "nipple"
    MAGNIFIER = "magnifier"


_MAKES = {
    Tool.RULER: (MarkKind.RULER, 2),
    Tool.ANGLE: (MarkKind.ANGLE, 3),
    Tool.ELLIPSE: (MarkKind.ELLIPSE, 2),
    Tool.FREEHAND: (MarkKind.FREEHAND, 0),
    Tool.ARROW: (MarkKind.ARROW, 2),
    Tool.TEXT: (MarkKind.TEXT, 1),
    Tool.FINDING: (MarkKind.FINDING, 0),
    Tool.NIPPLE: (MarkKind.NIPPLE, 1),
}
"""What a tool makes, and of how many points; 0: of a point or the outline that is drawn."""


def how_to(tool: Tool) -> str:
    """How a mark is made with a tool; empty for one that makes none."""
    words = {
        Tool.RULER: translate("Tools", "ruler: from end to end"),
        Tool.ANGLE: translate("Tools", "angle: an end, the vertex, the other end"),
        Tool.ELLIPSE: translate("Tools", "ellipse: from corner to corner of its box"),
        Tool.FREEHAND: translate("Tools", "region: draw around it"),
        Tool.ARROW: translate("Tools", "arrow: from its tail to what it points at"),
        Tool.TEXT: translate("Tools", "text: click where it is to stand"),
        Tool.FINDING: translate("Tools", "finding: click on it, or draw around it"),
        Tool.NIPPLE: translate("Tools", "nipple: click on it"),
    }
    return words.get(tool, "")


class Tools(QObject):
    """Positions are device pixels of a pane, (row, column), at pixel centres; marks are in stored pixels.

    `changed`: another tool or selection, marks shown or hidden; `said`: words for the status line; `text_wanted`: a
    text to be written, `describe_wanted`: a finding to be described (both a `Mark`).
    """

    changed = Signal()
    said = Signal(str)
    text_wanted = Signal(object)
    describe_wanted = Signal(object)

    def __init__(self, session: Session, book: MarkBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self.book = session, book
        self.tool = Tool.POINTER
        self._work: Gesture | None = None
        self.sight = MarkSight(book, session.find, lambda: self._work.mark if self._work is not None else None)
        session.study_changed.connect(self._follow)
        session.panes_changed.connect(self._follow)
        book.changed.connect(self._book_changed)
        book.failed.connect(self.said)
        self._follow()

    # --- what is chosen

    @property
    def selected(self) -> Mark | None:
        """The mark that keys act on: the selected one, as long as it is on the screen."""
        mark, scene = self.sight.selected, self._session.scene
        images = scene.images.values() if scene is not None and self.sight.shown else ()
        there = mark is not None and any(visible([mark], one.header.key, frames_shown(one.image)) for one in images)
        return mark if there else None

    @property
    def busy(self) -> bool:
        """Whether there is anything that `escape` would end."""
        return self._work is not None or self.tool is not Tool.POINTER or self.selected is not None

    @property
    def making(self) -> bool:
        """Whether a mark is in the making, or is moved."""
        return self._work is not None

    def take(self, tool: Tool) -> None:
        """Take a tool; a mark in the making is given up, and marks that were hidden are shown where one is made."""
        self._drop_work()
        self.tool = tool
        if tool in _MAKES:
            self.sight.shown = True
            self._select("")
            self.said.emit(self.tr("{}; Shift keeps the tool, Esc gives it up").format(how_to(tool)))
        self._session.redraw.emit(-1)
        self.changed.emit()

    def show(self, shown: bool) -> None:
        """Show or hide all marks."""
        self._drop_work()
        self.sight.shown = shown
        self._session.redraw.emit(-1)
        self.changed.emit()

    def escape(self) -> bool:
        """Give up the mark in the making, else the tool, else the selection; False where there is none of them."""
        if self._work is None and self.tool is Tool.POINTER:
            had = self.selected is not None
            self._select("")
            return had
        self.take(Tool.POINTER)
        return True

    def delete_selected(self) -> None:
        """Take the selected mark away; UsageError where none is."""
        mark = self.selected
        if mark is None:
            raise UsageError(self.tr("no mark is selected"), self.tr("click on one"))
        self._drop_work()
        self.book.do(mark.image_key, delete(mark))
        self._select("")

    def undo(self) -> None:
        """Take back the last edit of the active study; UsageError where there is none."""
        self._drop_work()
        if not self.book.undo(self._active_key()):
            raise UsageError(self.tr("there is nothing to take back"))

    def redo(self) -> None:
        """Do again what was taken back; UsageError where there is nothing."""
        self._drop_work()
        if not self.book.redo(self._active_key()):
            raise UsageError(self.tr("there is nothing to do again"))

    def set_mark(self, mark: Mark) -> None:
        """Put a mark that was written or described, new or in a new version, and select it."""
        self.book.do(mark.image_key, put(mark, self.book.get(mark.id)))
        self._select(mark.id)

    # --- the mouse

    def press(self, number: int, row_px: float, column_px: float) -> bool:
        """The left button goes down; False where that is none of the tools' business."""
        prepared = self._image(number)
        if prepared is None or not self.book.knows(prepared.header.key):
            return False
        stored = self._stored(number, row_px, column_px)
        if self.tool not in _MAKES:
            return self._grab(number, row_px, column_px, stored)
        work = self._work
        if work is None or work.number != number:
            kind, count = _MAKES[self.tool]
            work = self._work = Gesture.begun(number, kind, count, prepared.image, stored)
        else:
            work.begins = False
            work.float_to(stored)
        work.pressed = work.last = (row_px, column_px)
        self._redraw(work.mark.image_key)
        return True

    def move(self, number: int, row_px: float, column_px: float) -> bool:
        """The pointer moves, with the button down or not; True where a mark follows it or lies under it."""
        work = self._work
        if work is None:
            return self.tool not in _MAKES and self._hit(number, row_px, column_px) is not None
        if work.number != number:
            return True
        work.follow(self._stored(number, row_px, column_px), (row_px, column_px), self._session.device_ratio)
        self._redraw(work.mark.image_key)
        return True

    def release(self, number: int, row_px: float, column_px: float, *, locked: bool = False) -> None:
        """The left button goes up. `locked`: the tool stays in the hand for the next mark."""
        work = self._work
        if work is None or work.pressed is None or work.number != number:
            return
        self.move(number, row_px, column_px)
        dragged = work.let_go()
        if work.before is not None:
            self._work = None
            if dragged:
                self.book.do(work.mark.image_key, put(work.mark, work.before))
            self._redraw(work.mark.image_key)
        elif work.complete(dragged=dragged):
            self._finish(work, outlined=dragged, locked=locked)

    def double_click(self, number: int, row_px: float, column_px: float) -> bool:
        """Another press for a tool that draws; else the mark under it is written or described. False without both."""
        if self.tool in _MAKES:
            return self.press(number, row_px, column_px)
        found = self.select_at(number, row_px, column_px)
        if found is not None:
            self.edit(found)
        return found is not None

    def select_at(self, number: int, row_px: float, column_px: float) -> Mark | None:
        """Select the mark at a position, if there is one."""
        found = self._hit(number, row_px, column_px)
        if found is None:
            return None
        self._select(found.mark_id)
        return self.selected

    def edit(self, mark: Mark) -> bool:
        """Ask for a text's words or a finding's description; False for marks that have neither."""
        if mark.kind is MarkKind.TEXT:
            self.text_wanted.emit(mark)
        elif mark.kind is MarkKind.FINDING:
            self.describe_wanted.emit(mark)
        return mark.kind in (MarkKind.TEXT, MarkKind.FINDING)

    def _grab(self, number: int, row_px: float, column_px: float, stored: Point) -> bool:
        found = self._hit(number, row_px, column_px)
        mark = self.book.get(found.mark_id) if found is not None else None
        self._select(mark.id if mark is not None else "")
        if found is None or mark is None:
            return False
        self._work = Gesture(
            number, mark, before=mark, handle=found.handle, pressed=(row_px, column_px), grabbed=stored
        )
        return True

    def _finish(self, work: Gesture, *, outlined: bool, locked: bool) -> None:
        """Keep the mark that was made, unless it has no extent."""
        self._work = None
        mark = work.made(outlined=outlined)
        if not locked:
            self.tool = Tool.POINTER
            self.said.emit("")
        if not has_extent(mark):
            self.said.emit(self.tr("the {kind} has no extent and was not kept").format(kind=said(mark.kind)))
        elif mark.kind is MarkKind.TEXT:
            self.text_wanted.emit(mark)
        elif mark.kind is MarkKind.NIPPLE:
            self._set_nipple(mark)
        else:
            self.set_mark(mark)
        self._redraw(mark.image_key)
        self.changed.emit()

    def _set_nipple(self, mark: Mark) -> None:
        """An image has one nipple: a new mark takes the place of those before."""
        old = [other for other in self.book.of_image(mark.image_key) if other.kind is MarkKind.NIPPLE]
        edits = (*(Edit(other, None) for other in old), Edit(None, mark))
        self.book.do(mark.image_key, Operation(edits))
        self._session.redraw.emit(-1)

    def _hit(self, number: int, row_px: float, column_px: float) -> Hit | None:
        prepared = self._image(number)
        if prepared is None or not self.sight.shown:
            return None
        there = visible(self.book.of_image(prepared.header.key), prepared.header.key, frames_shown(prepared.image))
        ratio = self._session.device_ratio
        return (
            hit(there, self._placement(number), row_px, column_px, _REACH * ratio, size_px=self._session.letter_px)
            if there
            else None
        )

    # --- where things are

    def _image(self, number: int) -> PreparedImage | None:
        scene = self._session.scene
        return None if scene is None else scene.images.get(number)

    def _placement(self, number: int) -> Placement:
        scene = self._session.scene
        assert scene is not None
        return scene.place(number, self._session.state(number))

    def _stored(self, number: int, row_px: float, column_px: float) -> Point:
        """The stored position under the pointer, the nearest one within the image."""
        placement = self._placement(number)
        row, column = stored_at(placement, row_px, column_px)
        return min(max(row, -0.5), placement.rows - 0.5), min(max(column, -0.5), placement.columns - 0.5)

    def _active_key(self) -> str:
        panes = self._session.panes
        header = panes[self._session.active].header if panes else None
        return header.key if header is not None else ""

    # --- what changes

    def _select(self, mark_id: str) -> None:
        if mark_id == self.sight.selected_id:
            return
        before, self.sight.selected_id = self.sight.selected, mark_id
        for mark in (before, self.sight.selected):
            if mark is not None and mark.kind in LEADING:
                self._session.redraw.emit(-1)
            elif mark is not None:
                self._redraw(mark.image_key)
        self.changed.emit()

    def _drop_work(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            self._redraw(work.mark.image_key)

    def _follow(self) -> None:
        """Take up the studies of all panes; a mark in the making ends with the picture that it is on."""
        panes, work = self._session.panes, self._work
        if work is not None:
            header = panes[work.number].header if work.number < len(panes) else None
            if header is None or header.key != work.mark.image_key:
                self._drop_work()
        for pane in panes:
            if pane.header is not None and not self.book.knows(pane.header.key):
                self._take_up(pane.header)

    def _take_up(self, header: ImageHeader) -> None:
        studies = (study for case in self._session.worklist.cases for study in case.studies)
        for study in studies:
            keys = [image.key for image in study.images]
            if header.key in keys:
                self.book.open(study.key, keys)
                return

    def _book_changed(self, image_key: str) -> None:
        leading = any(mark.kind in (*LEADING, MarkKind.NIPPLE) for mark in self.book.of_image(image_key))
        if not image_key or leading:
            self._session.redraw.emit(-1)
        else:
            self._redraw(image_key)
        self.changed.emit()

    def _redraw(self, image_key: str) -> None:
        for number, pane in enumerate(self._session.panes):
            if pane.header is not None and pane.header.key == image_key:
                self._session.redraw.emit(number)
