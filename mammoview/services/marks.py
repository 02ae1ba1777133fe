"""Owns the marks of the studies that were opened: which there are, what can be taken back, that each finished edit is
stored at once, and what of them a picture shows. Knows how a mark leads to the other view of its breast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError
from mammoview.core.history import History, Operation, apply
from mammoview.core.image import FrameChoice, MammoImage
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Mark, MarkKind, Point, visible
from mammoview.core.measure import area, lines
from mammoview.core.nipple import band, estimate_nipple, nipple_distance_mm
from mammoview.core.prepared import PreparedImage
from mammoview.core.render import Drawing
from mammoview.core.study import Laterality, View

LEADING = frozenset({MarkKind.FINDING, MarkKind.ARROW})
"""The kinds that point at something which the other view of the breast may show too."""

_LIVE_PX = 300_000
"""A region in a box of more stored pixels is measured when it is let go, not while it is drawn."""

_OTHER_VIEW = {View.CC: View.MLO, View.MLO: View.CC}

Arcs = tuple[NDArray[np.float64], ...]
"""Stored positions as of `core.nipple.arc`: the near, middle and far line of a band."""


class MarkStore(Protocol):
    """Where marks stay when the window is closed. Each method may raise MammoviewError; what one was given when it
    returns is the store's to keep.
    """

    def load(self, study_key: str) -> Sequence[Mark]:
        """The marks of a study; none for a study that was never marked."""

    def put(self, study_key: str, mark: Mark) -> None:
        """Keep a mark, new or in a new version, also where one of this id was deleted before."""

    def delete(self, study_key: str, mark_id: str) -> None:
        """Take away a mark that was put or loaded."""


class MemoryMarks:
    """Keeps marks as long as the window is open."""

    def __init__(self) -> None:
        self._marks: dict[str, dict[str, Mark]] = {}

    def load(self, study_key: str) -> Sequence[Mark]:
        return tuple(self._marks.get(study_key, {}).values())

    def put(self, study_key: str, mark: Mark) -> None:
        self._marks.setdefault(study_key, {})[mark.id] = mark

    def delete(self, study_key: str, mark_id: str) -> None:
        self._marks[study_key].pop(mark_id)


@dataclass(slots=True)
class _Sheet:
    """One study: its marks by id, the order in which they were first seen, what the store has and what it lacks."""

    history: History
    marks: dict[str, Mark] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    stored: dict[str, Mark] = field(default_factory=dict)
    unsaved: dict[str, None] = field(default_factory=dict)

    def ordered(self) -> tuple[Mark, ...]:
        return tuple(sorted(self.marks.values(), key=lambda mark: self.seen[mark.id]))


class MarkBook(QObject):
    """The marks by study and by image. `changed(image key)` follows each change, empty for all; `failed(words)` where
    the store cannot keep an edit: the mark stays on the screen, and the next edit of the study tries again.
    """

    changed = Signal(str)
    failed = Signal(str)

    def __init__(self, store: MarkStore | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store: MarkStore = store or MemoryMarks()
        self._sheets: dict[str, _Sheet] = {}
        self._study_of: dict[str, str] = {}

    def use_store(self, store: MarkStore) -> None:
        """Keep marks in another store from now on: what it has of the studies that are open comes to the marks on the
        screen, and what it lacks of these is stored there.
        """
        self._store = store
        for study_key, sheet in self._sheets.items():
            self._join(study_key, sheet)
        self.changed.emit("")

    def read_again(self, study_key: str) -> None:
        """Take over what the store has of a study by now, where others may have changed it; an edit made here that it
        does not have yet stays in force."""
        sheet = self._sheets.get(study_key)
        if sheet is not None:
            self._join(study_key, sheet, again=True)
            self.changed.emit("")

    def open(self, study_key: str, image_keys: Iterable[str]) -> None:
        """Take up a study with its images; its marks are loaded the first time."""
        self._study_of.update(dict.fromkeys(image_keys, study_key))
        if study_key not in self._sheets:
            self._sheets[study_key] = _Sheet(History(study_key))
            self._join(study_key, self._sheets[study_key])
            self.changed.emit("")

    def knows(self, image_key: str) -> bool:
        """Whether the study of an image was opened."""
        return image_key in self._study_of

    def of_image(self, image_key: str) -> tuple[Mark, ...]:
        """The marks on an image, in the order in which they came."""
        return tuple(mark for mark in self.of_study(image_key) if mark.image_key == image_key)

    def of_study(self, image_key: str) -> tuple[Mark, ...]:
        """The marks of the study that an image belongs to, in the order in which they came."""
        return self._sheets[self._study_of[image_key]].ordered() if self.knows(image_key) else ()

    def get(self, mark_id: str) -> Mark | None:
        """A mark as it is now."""
        return next((sheet.marks[mark_id] for sheet in self._sheets.values() if mark_id in sheet.marks), None)

    def do(self, image_key: str, operation: Operation) -> None:
        """Apply and store a finished edit of the marks of an image's study; ValueError as of `history.apply`."""
        if operation.changes:
            study_key = self._study_of[image_key]
            self._apply(study_key, operation)
            self._sheets[study_key].history.do(operation)

    def undo(self, image_key: str) -> bool:
        """Take back the last edit of an image's study; False where there is none."""
        return self._step(image_key, back=True)

    def redo(self, image_key: str) -> bool:
        """Do again what was taken back last; False where there is nothing."""
        return self._step(image_key, back=False)

    def _step(self, image_key: str, *, back: bool) -> bool:
        if not self.knows(image_key):
            return False
        study_key = self._study_of[image_key]
        history = self._sheets[study_key].history
        operation = history.undo() if back else history.redo()
        if operation is None:
            return False
        self._apply(study_key, operation)
        return True

    def _join(self, study_key: str, sheet: _Sheet, *, again: bool = False) -> None:
        """Add what the store has to a sheet; of a mark that both have, or had, the sheet's version is in force, but
        where the store is read `again` only that of a mark which was edited since."""
        try:
            found = {mark.id: mark for mark in self._store.load(study_key)}
        except MammoviewError as error:
            self.failed.emit(self.tr("the marks of this study cannot be read: {error}").format(error=error))
            return
        before = dict(sheet.marks)
        for mark_id in (*found, *(known for known in sheet.seen if known not in found)):
            own, other = sheet.marks.get(mark_id), found.get(mark_id)
            if mark_id in sheet.seen and not (again and own == sheet.stored.get(mark_id)):
                if own != other:
                    sheet.unsaved[mark_id] = None
            elif other is not None:
                sheet.seen.setdefault(mark_id, len(sheet.seen))
                sheet.marks[mark_id] = other
            else:
                sheet.marks.pop(mark_id, None)
        if any(sheet.marks.get(mark_id) != mark for mark_id, mark in before.items()):
            sheet.history = History(study_key)  # what was changed elsewhere cannot be taken back here
        sheet.stored = found
        self._save(study_key, sheet)

    def _apply(self, study_key: str, operation: Operation) -> None:
        sheet = self._sheets[study_key]
        before, sheet.marks = sheet.marks, apply(sheet.marks, operation)
        images = dict[str, None]()
        for edit in operation.edits:
            sheet.seen.setdefault(edit.mark_id, len(sheet.seen))
            sheet.unsaved[edit.mark_id] = None
            versions = (before.get(edit.mark_id), sheet.marks.get(edit.mark_id))
            images.update({mark.image_key: None for mark in versions if mark is not None})
        for image_key in images:
            self.changed.emit(image_key)
        self._save(study_key, sheet)

    def _save(self, study_key: str, sheet: _Sheet) -> None:
        """Hand what the store lacks to it; what it refuses stays to be tried again."""
        for mark_id in tuple(sheet.unsaved):
            mark = sheet.marks.get(mark_id)
            try:
                if mark is not None:
                    self._store.put(study_key, mark)
                    sheet.stored[mark_id] = mark
                elif mark_id in sheet.stored:
                    self._store.delete(study_key, mark_id)
                    del sheet.stored[mark_id]
            except MammoviewError as error:
                self.failed.emit(self.tr("the mark is on the screen but not stored: {error}").format(error=error))
                return
            del sheet.unsaved[mark_id]


def pointed_at(mark: Mark) -> Point:
    """The stored position that a mark is about: the head of an arrow, else the middle of its points' box."""
    if mark.kind is MarkKind.ARROW:
        return mark.points[1]
    row0, column0, row1, column1 = mark.bounds()
    return (row0 + row1) / 2, (column0 + column1) / 2


def nipple_of(prepared: PreparedImage, marks: Iterable[Mark]) -> tuple[Point, bool] | None:
    """The nipple of an image and whether it is only estimated: the one marked among `marks`, else by the outline."""
    key = prepared.header.key
    marked = next((mark for mark in marks if mark.kind is MarkKind.NIPPLE and mark.image_key == key), None)
    if marked is not None:
        return marked.points[0], False
    estimate = estimate_nipple(prepared)
    return None if estimate is None else (estimate, True)


def are_two_views(one: PreparedImage, other: PreparedImage) -> bool:
    """Whether two images are the CC and the MLO view of one breast."""
    first, second = one.header, other.header
    same_side = first.laterality is second.laterality is not Laterality.UNKNOWN
    return same_side and _OTHER_VIEW.get(first.view) is second.view


def distance_words(mark: Mark, prepared: PreparedImage, marks: Sequence[Mark]) -> str:
    """How far what a mark points at is from the nipple of its image; empty where that cannot be told."""
    nipple = nipple_of(prepared, marks)
    distance = nipple and nipple_distance_mm(pointed_at(mark), nipple[0], prepared.image.spacing)
    if not nipple or distance is None:
        return ""
    return f"{distance:.0f} mm from the nipple{', estimated' if nipple[1] else ''}"


def arcs_in(other: PreparedImage, mark: Mark, prepared: PreparedImage, marks: Sequence[Mark]) -> Arcs:
    """Where the distance from the nipple of what a mark on `prepared` points at leads in the other view of the breast.

    `marks` are those of the study. Nothing where a nipple or a spacing is not known.
    """
    own, others = nipple_of(prepared, marks), nipple_of(other, marks)
    if own is None or others is None:
        return ()
    distance = nipple_distance_mm(pointed_at(mark), own[0], prepared.image.spacing)
    try:
        found = None if distance is None else band(other, others[0], distance)
    except MammoviewError:
        return ()
    return () if found is None else (found.inner, found.middle, found.outer)


def frames_shown(image: MammoImage) -> range:
    """The frames (from 1) of its file that an image shows."""
    return FrameChoice(image.frame, image.slab).frames(image.header.frames)


class MarkSight:
    """Which marks are seen, and what stands beside them. `find`: the image with a key, as far as it is loaded;
    `in_hand`: the mark that is being made or moved.
    """

    def __init__(
        self, book: MarkBook, find: Callable[[str], PreparedImage | None], in_hand: Callable[[], Mark | None]
    ) -> None:
        self._book, self._find, self._in_hand = book, find, in_hand
        self.shown = True
        self.selected_id = ""
        self._said: dict[str, tuple[tuple[object, ...], tuple[str, ...]]] = {}
        self._led: dict[str, tuple[tuple[object, ...], Arcs]] = {}

    @property
    def selected(self) -> Mark | None:
        """The mark that is selected, as it was last kept."""
        return self._book.get(self.selected_id) if self.selected_id else None

    def dress(self, drawing: Drawing) -> Drawing:
        """The drawing with the marks of its image, and the arc where the selected one leads from the other view."""
        if not self.shown:
            return drawing
        prepared = drawing.prepared
        key, in_hand = prepared.header.key, self._in_hand()
        marks = self._book.of_study(key)
        numbers = {mark.id: at + 1 for at, mark in enumerate(m for m in marks if m.kind is MarkKind.FINDING)}
        own = {mark.id: mark for mark in marks if mark.image_key == key}
        if in_hand is not None and in_hand.image_key == key:
            own[in_hand.id] = in_hand
        items = tuple(
            Drawable(mark, self._lines(mark, prepared, marks), numbers.get(mark.id), mark.id == self.selected_id)
            for mark in visible(own.values(), key, frames_shown(prepared.image))
        )
        arcs = self._arcs(prepared, marks)
        return replace(drawing, marks=items, arcs=arcs) if items or arcs else drawing

    def _lines(self, mark: Mark, prepared: PreparedImage, marks: tuple[Mark, ...]) -> tuple[str, ...]:
        """What stands beside a mark, measured once for each version of it and each picture."""
        image = prepared.image
        row0, column0, row1, column1 = mark.bounds()
        measured = mark.kind in (MarkKind.ELLIPSE, MarkKind.FREEHAND)
        if measured and mark is self._in_hand() and (row1 - row0) * (column1 - column0) > _LIVE_PX:
            return (f"area {area(mark, image.spacing).text()}",)
        leads = mark.kind in LEADING and mark.id == self.selected_id
        nipples = tuple(other for other in marks if other.kind is MarkKind.NIPPLE) if leads else ()
        key = (mark, image.frame, image.slab, image.projection, image.preview, leads, nipples)
        known = self._said.get(mark.id)
        if known is None or known[0] != key:
            distance = distance_words(mark, prepared, marks) if leads else ""
            known = self._said[mark.id] = (key, (*lines(mark, image), *((distance,) if distance else ())))
        return known[1]

    def _arcs(self, other: PreparedImage, marks: tuple[Mark, ...]) -> Arcs:
        mark = self.selected
        if mark is None or mark.kind not in LEADING or mark not in marks or mark.image_key == other.header.key:
            return ()
        prepared = self._find(mark.image_key)
        if prepared is None or not are_two_views(prepared, other):
            return ()
        nipples = tuple(one for one in marks if one.kind is MarkKind.NIPPLE)
        key = (mark, nipples, prepared.image.preview, other.image.preview)
        known = self._led.get(other.header.key)
        if known is None or known[0] != key:
            known = self._led[other.header.key] = (key, arcs_in(other, mark, prepared, marks))
        return known[1]
