"""Owns when the studies of the library are scored before they are opened: one image at a time, whenever the reader, the
loading and the study on the screen need nothing. Never does the work itself; what is scored is the engine's to keep.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.archive.library import Library
from mammoview.core.errors import MammoviewError
from mammoview.core.hanging import Slot
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.services.ahead_work import (
    AheadImage,
    AheadStudy,
    Plan,
    ReadAhead,
    Tried,
    keep_thumbnail,
    plan,
    read_ahead,
)
from mammoview.services.image_store import Read
from mammoview.services.jobs import JobRunner
from mammoview.services.library_scores import answers_of
from mammoview.services.opening import OpeningService
from mammoview.services.prediction import Phase
from mammoview.services.reading_room import ReadingMode, ReadingRoom
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.stamps import Stamp

QUIET_MS = 1500
"""How long the reader must have touched nothing."""

_LOOK_AGAIN_MS = 400


class Waits(StrEnum):
    """What it waits for; empty while it works, or has nothing to do."""

    FOR_NOTHING = ""
    FOR_READER = "reader"
    FOR_PICTURES = "pictures"
    FOR_SCORES = "scores"


class Ahead(QObject):
    """`changed`: how far it is, or what it waits for; `advanced(key)`: a study of the library (its key there) has new
    scores or another small picture.

    Nothing happens before `start`. A study whose files are gone or cannot be read is tried once.
    """

    changed = Signal()
    advanced = Signal(str)

    def __init__(
        self,
        session: Session,
        room: ReadingRoom,
        opening: OpeningService,
        settings: SettingsStore,
        read: Read,
        *,
        quiet_ms: int = QUIET_MS,
        parent: QObject | None = None,
    ) -> None:
        """`read` reads an image's frame; it is called from a background thread."""
        super().__init__(parent)
        self._session, self._room, self._opening, self._settings = session, room, opening, settings
        self._predictions = session.predictions
        self._read = read
        self.runner = JobRunner(1, self)
        self.done, self.total = 0, 0
        self.waits = Waits.FOR_NOTHING
        self._started = self._at_work = False
        self._nothing_left = False
        self._model = ""
        self._study: AheadStudy | None = None
        self._left: list[AheadImage] = []
        self._asked: AheadImage | None = None
        self._image: MammoImage | None = None
        self._views: dict[Slot, MammoImage] = {}
        self._tried: set[Tried] = set()
        self._was_in_trouble = False
        self._told: tuple[object, ...] = ()
        self.quiet, self._again = QTimer(self), QTimer(self)
        for timer, interval_ms in ((self.quiet, quiet_ms), (self._again, _LOOK_AGAIN_MS)):
            timer.setSingleShot(True)
            timer.setInterval(interval_ms)
            timer.timeout.connect(self._go_on)
        for signal in (
            self._predictions.state_changed,
            self._predictions.answered,
            session.store.ready,
            session.store.failed,
            opening.ended,
            room.opened,
            room.changed,
        ):
            signal.connect(self._go_on)
        room.listed.connect(self._look_anew)
        room.all_kept.connect(self._note_trouble)
        room.unkept_changed.connect(self._note_trouble)

    # --- what others tell

    def start(self) -> None:
        """Begin, as soon as there is a library, a classifier and nothing else to do."""
        self._started = True
        self._go_on()

    @property
    def on(self) -> bool:
        """Whether the reader wants it."""
        return self._settings.value.score_ahead

    def set_on(self, on: bool) -> None:
        """Score ahead from now on, or no longer; what is under way ends."""
        self._settings.change(score_ahead=on)
        self._look_anew()

    def disturb(self) -> None:
        """The reader does something: nothing is begun before a while of quiet."""
        self.quiet.start()
        self._tell()

    def stamp(self, header: ImageHeader) -> Stamp | None:
        """Which file the image that is being scored ahead was when it was read; None for any other. Any thread."""
        asked = self._asked
        return asked.stamp if asked is not None and asked.header.source == header.source else None

    def close(self) -> None:
        """End what is under way; what was scored is kept."""
        self._started = False
        self.quiet.stop()
        self._again.stop()
        self._drop()
        self.runner.close()

    # --- what it says

    @property
    def runs(self) -> bool:
        """Whether it is at work, waits for its turn, or has done all there was."""
        state, library = self._predictions.state, self._room.library
        return (
            self._started
            and self.on
            and self._room.chosen_mode is not ReadingMode.OFF
            and library is not None
            and not library.problem
            and state.phase in (Phase.READY, Phase.SCORING)
            and state.model is not None
            and not self._predictions.spared
        )

    @property
    def words(self) -> str:
        """How far it is; empty where nothing is scored ahead, and where all is done."""
        if not self.runs or self.done >= self.total:
            return ""
        return self.tr("scored ahead {done} of {total}").format(done=self.done, total=self.total)

    @property
    def reason(self) -> str:
        """In words what it waits for, or what it does."""
        if self.waits is Waits.FOR_READER:
            return self.tr("Waits while you work")
        if self.waits is Waits.FOR_PICTURES:
            return self.tr("Waits for the pictures that are loading")
        if self.waits is Waits.FOR_SCORES:
            return self.tr("Waits for the scores of this study")
        if self._nothing_left:
            return self.tr("The other studies cannot be read or scored")
        return self.tr("Studies of the list are scored before they are opened")

    def _tell(self) -> None:
        self.waits = self._awaited() if self.runs and not self._nothing_left else Waits.FOR_NOTHING
        if self._at_work and self.waits is not Waits.FOR_READER:
            self.waits = Waits.FOR_NOTHING
        told = (self.words, self.reason)
        if told != self._told:
            self._told = told
            self.changed.emit()

    # --- what comes next

    def _look_anew(self) -> None:
        self._nothing_left = False
        self._go_on()

    def _note_trouble(self, *_: object) -> None:
        """What was scored while the library could keep nothing is scored once more when it can."""
        before, self._was_in_trouble = self._was_in_trouble, bool(self._room.trouble)
        if before and not self._was_in_trouble:
            self._tried.clear()
            self._look_anew()

    def _awaited(self) -> Waits:
        session = self._session
        if self.quiet.isActive():
            return Waits.FOR_READER
        if session.store.loading or self._opening.active:
            return Waits.FOR_PICTURES
        return Waits.FOR_SCORES if self._predictions.busy else Waits.FOR_NOTHING

    def _go_on(self, *_: object) -> None:
        """Begin the next piece of work, if this is the time for it."""
        if self._at_work:
            return
        library, model = self._room.library, self._predictions.state.model
        if not self.runs or library is None or model is None:
            self._drop()
        elif answers_of(model.sha256) != self._model:
            self._model = answers_of(model.sha256)
            self._drop()
            self._tried.clear()
            self._nothing_left = False
            self._again.start(0)
        elif not self._nothing_left:
            if self._awaited() is not Waits.FOR_NOTHING:
                if not self.quiet.isActive() and not self._again.isActive():
                    self._again.start(_LOOK_AGAIN_MS)
            else:
                self._begin(library)
        self._tell()

    def _begin(self, library: Library) -> None:
        self._at_work = True
        if self._image is not None:
            image, self._image = self._image, None
            self._predictions.score_ahead(image, lambda error: self._image_is_done())
        elif self._study is None:
            first = self._following()
            work = partial(plan, library, self._model, first, frozenset(self._tried))
            self.runner.submit(work, done=self._planned, failed=self._not_planned)
        elif self._left:
            self._asked = self._left[0]
            work_on = partial(read_ahead, self._read, self._asked)
            self.runner.submit(work_on, done=self._was_read, failed=lambda error: self._image_is_done())
        else:
            key = self._study.key
            self._tried.add((key, ""))
            views, self._views = self._views, {}
            keep = partial(keep_thumbnail, library, key, views) if views else _nothing
            self.runner.submit(keep, done=self._study_is_done, failed=self._study_is_done)

    def _following(self) -> tuple[str, ...]:
        """The library's keys of what the worklist holds from the study on the screen on."""
        session = self._session
        at = None if session.study is None else session.worklist.case_of(session.study.key)
        cases = () if at is None else session.worklist.cases[at:]
        keys = (self._room.library_key(case.current.key) for case in cases)
        return tuple(key for key in keys if key is not None)

    def _drop(self) -> None:
        """Give up the study under way; what is scored of it is kept."""
        self._study, self._image, self._asked = None, None, None
        self._left, self._views = [], {}

    # --- what comes back

    def _planned(self, found: Plan) -> None:
        self._at_work = False
        self.done, self.total = found.done, found.total
        self._tried |= found.useless
        self._study = found.study
        self._left = [] if found.study is None else list(found.study.images)
        self._nothing_left = found.study is None
        self._go_on()

    def _not_planned(self, error: MammoviewError) -> None:
        """The library cannot be asked now: it is asked again when it has changed."""
        self._at_work = False
        self._nothing_left = True
        self._go_on()

    def _was_read(self, found: ReadAhead) -> None:
        asked = self._asked
        if asked is not None and asked.slot is not None and found.small is not None:
            self._views[asked.slot] = found.small
        if asked is None or found.image is None:
            self._image_is_done()
            return
        self._at_work, self._image = False, found.image
        self._go_on()

    def _image_is_done(self) -> None:
        """The next one follows, whether this one could be read and scored or not: one that ended the classifier would
        end it again."""
        self._at_work = False
        if self._asked is not None:
            self._tried.add(self._asked.tried)
            self._asked = None
            self._left = self._left[1:]
        self._go_on()

    def _study_is_done(self, _: object) -> None:
        self._at_work = False
        key = "" if self._study is None else self._study.key
        self._drop()
        if key:
            self.advanced.emit(key)
        self._go_on()


def _nothing(ticket: object) -> None:
    """A study without a small picture to make."""
