"""Owns the reading of studies: who reads, how far each study is read, what the reader makes of it, when the classifier
may speak. No widgets; whatever touches the library's file does so in one background thread.

Without a library everything holds on the screen, for as long as the window is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.archive.audit import AuditEvent
from mammoview.archive.library import Library
from mammoview.archive.library_reading import Place, ReadingState
from mammoview.archive.library_schema import plain, same_row
from mammoview.core.errors import UsageError
from mammoview.core.study import Study
from mammoview.resources import resource
from mammoview.services.assessment import Judgement as Judgement
from mammoview.services.assessment import (
    KeptReading,
    first_unread,
    keep_judgement,
    kept_reading,
    words_of_stood,
)
from mammoview.services.auditing import note
from mammoview.services.binding import identity_of
from mammoview.services.places import go_to, place_in
from mammoview.services.reading_records import ReadingRecords
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.visits import Visits
from mammoview.services.words import said

_NOTED_AFTER_MS = 1
"""Not 0: a timer of no time waits until nothing else is to be done, which while one drags may be long."""


class ReadingMode(StrEnum):
    """When the classifier's answers may be seen."""

    AFTER = "after my first look"
    CONCURRENT = "concurrent"
    OFF = "off"


class ReadingRoom(ReadingRecords):
    """`changed`: the study on the screen, its reading or the mode; `closing`: what was not handed over yet must be now;
    `adopted`: the library holds further studies of the worklist.
    """

    changed = Signal()
    closing = Signal()
    adopted = Signal()

    def __init__(
        self, session: Session, settings: SettingsStore, path: Path | None, parent: QObject | None = None
    ) -> None:
        """`path`: the library's file, made where there is none; None for a window that remembers nothing of what is
        read, and hides nothing either."""
        super().__init__(session, settings, path, parent)
        self._is_ahead = False
        self.key_of: Callable[[str], str] = lambda command: ""  # the key that the window has for a command, to be said
        self._visits = Visits(session, self)
        self._visits.stood.connect(self._note_visits)
        self._noting = QTimer(self)  # once for all that one event changes, and of nothing half done
        self._noting.setSingleShot(True)
        self._noting.setInterval(_NOTED_AFTER_MS)
        self._noting.timeout.connect(self._note_place)
        session.panes_changed.connect(self._looked)
        session.redraw.connect(self._note_visits)
        session.redraw.connect(self._note_soon)
        session.look.changed.connect(self._note_soon)
        session.scores_changed.connect(self._note_visits)
        session.study_changed.connect(self._shown)
        self.all_kept.connect(self._catch_up)

    def expect(self, studies: Iterable[Study], roots: tuple[Path, ...], *, further: bool = False) -> int:
        """As of `LibraryLink`; what is being typed is handed over first, to the study that it was typed for."""
        self.closing.emit()
        return super().expect(studies, roots, further=further)

    def adopt(self, keys: Mapping[str, str], opening: int | None = None) -> None:
        """As of `LibraryLink`."""
        if opening not in (None, self._bindings.opening):
            return
        shown = self._session.study
        for study_key, key in keys.items():
            if same_row(self.library_key(study_key), key):
                continue
            super().adopt({study_key: key})
            if shown is not None and shown.key == study_key and self._bindings.key_of(shown) is not None:
                self._load()
                self._note_soon()
        self.adopted.emit()
        self.listed.emit()

    def settle(self) -> bool:
        """As of `LibraryLink`; what is being typed is handed over first."""
        self.closing.emit()
        return super().settle()

    def close(self) -> None:
        """Hand over what waits, then let the library go."""
        self.closing.emit()
        if self._noting.isActive():
            self._noting.stop()
            self._note_place()
        super().close()

    # --- the study on the screen

    def set_reader(self, name: str) -> None:
        """Read under another name; empty for that of the account. What the reader before has seen, this one has not."""
        before = self.reader
        self._settings.change(reader=plain(name.strip()))
        if self.reader != before:
            for record in self._records.values():
                record.forget_seen()
            self._shown()

    def assess(self, sides: Iterable[str], *, birads: str = "", density: str = "") -> None:
        """Give breasts a BI-RADS category or a density; what they all have already is taken back. Raises UsageError
        where no study is open, or one that is only looked back at."""
        self.closing.emit()
        study = self._read_now()
        for side, one in self.current.given(sides, birads=birads, density=density).items():
            self._judge(study, side, one)

    def set_text(self, study: Study, text: str) -> None:
        """The reader's words on the case."""
        one = self._record(study).judgements.get("", Judgement())
        if one.text != plain(text):
            self._judge(study, "", replace(one, text=plain(text)))

    def _judge(self, study: Study, side: str, one: Judgement) -> None:
        record = self._record(study)
        before, now = record.judgements.get(side, Judgement()), replace(one, reader=self.reader)
        record.judgements[side] = now
        record.changes += 1
        self.of_study(study, partial(self._keep_judgement, side, before, now))
        if study is self._session.study:
            self._ask_anew(study)
        self.changed.emit()

    def _keep_judgement(self, side: str, before: Judgement, now: Judgement, library: Library, key: str) -> None:
        """In the writing thread."""
        stood = keep_judgement(side, before, now, library, key)
        if stood is not None:
            self._after.append(lambda: self.said.emit(words_of_stood(side, now, stood)))

    def _ask_anew(self, study: Study) -> None:
        """Another window may have judged the study meanwhile: what the library holds now is shown."""
        key = self._bindings.key_of(study)
        if key is not None:
            self._ask(study, key, begun=False)

    def _ask(self, study: Study, key: str, *, begun: bool) -> None:
        reader = self.reader

        def work(library: Library) -> tuple[bool, KeptReading | None]:
            is_ahead = self.pending() > 0  # asked before the library: a change that is kept between the two is read
            return is_ahead, kept_reading(key, reader, library)

        loaded = partial(self._loaded, study, self.current.changes, begun, reader)
        self.read(work, loaded, otherwise=(True, None), channel="study")

    def _catch_up(self) -> None:
        """All is kept: what the screen did not take from the library while it was ahead is asked for again."""
        if self._is_ahead and self._session.study is not None:
            self._is_ahead = False
            self._ask_anew(self._session.study)

    def finish(self) -> None:
        """The study is read; the next one of the worklist that is not follows, after the last from the first on."""
        self.closing.emit()
        study, reader = self._read_now(), self.reader
        record = self.current
        record.state, record.reader = ReadingState.READ, reader
        record.changes += 1
        self.of_study(study, lambda library, key: library.finish_reading(key, reader))
        self.changed.emit()
        cases = self._session.worklist.cases
        at = self._session.worklist.case_of(study.key) or 0
        following = [case.current.key for case in (*cases[at + 1 :], *cases[:at])]
        unread = [(key, self.library_key(key)) for key in following if self._state(key) is not ReadingState.READ]
        self.read(
            partial(first_unread, unread),
            partial(self._go_on, study),
            otherwise=unread[0][0] if unread else None,
            channel="next",
        )

    def reopen(self) -> None:
        """The study on the screen is not read yet after all. Raises UsageError where it is not read."""
        study, reader, record = self._needed(), self.reader, self.current
        if record.state is not ReadingState.READ:
            raise UsageError(self.tr("this study is not read yet"))
        record.state, record.reader = ReadingState.IN_PROGRESS, reader
        record.changes += 1
        self.of_study(study, lambda library, key: library.reopen(key, reader))
        self.changed.emit()
        self.said.emit(self.tr("not read: this study is in progress again"))

    def _state(self, study_key: str) -> ReadingState | None:
        study = self.study(study_key)
        record = None if study is None else self._records.get(identity_of(study))
        return None if record is None else record.state

    def _go_on(self, finished: Study, study_key: str | None) -> None:
        if self._session.study is not finished:
            return
        if study_key is None:
            self.said.emit(self.tr("read; no study of the list is left to read"))
        else:
            self._session.show_study(study_key)
            self.said.emit(self.tr("read; this is the next study"))

    def _shown(self) -> None:
        """Another study is on the screen, or another reader before it."""
        self._visits.begin()
        self._load()
        if self._session.study is not None:
            note(self, AuditEvent.OPENED, self._session.study, reader=self.reader)
        self._looked()
        resuming, study = self._resuming, self._session.study
        if resuming is not None and study is not None and self._bindings.key_of(study) == resuming.study_key:
            try:
                with self._visits.opening():
                    go_to(self._session, resuming.details)
            finally:
                self._resuming = None

    def _load(self) -> None:
        """Ask what the library holds of the study on the screen; a study that is opened to be read is begun."""
        study = self._session.study
        if study is None:
            return
        key, reader = self._bindings.key_of(study), self.reader
        if key is None:
            self.of_study(study, _is_there, noted=True)
            return
        begun = self._is_read(study)
        if begun:
            self.of_study(study, lambda library, row: library.begin_reading(row, reader), noted=True)
        self._ask(study, key, begun=begun)

    def _loaded(
        self, study: Study, changes: int, begun: bool, reader: str, answer: tuple[bool, KeptReading | None]
    ) -> None:
        is_ahead, kept = answer
        if kept is None or study is not self._session.study or reader != self.reader:
            return
        record = self.current
        if record.changes != changes:  # the reader was quicker: what was done here is in the library by now
            self._load()
            return
        if is_ahead and changes:  # the screen is ahead of the library
            self._is_ahead = True
            record.look_back(kept)
        elif record.take(kept):
            self.said.emit(self.tr("the assessment was changed in another window: what it says now is shown"))
        if begun and record.state is ReadingState.NEW:  # where the library cannot be written to
            record.state, record.reader = ReadingState.IN_PROGRESS, self.reader
        self._let_speak()
        self.changed.emit()

    # --- the classifier

    @property
    def chosen_mode(self) -> ReadingMode:
        """The mode in the settings; where nothing is kept, concurrent in place of hiding."""
        chosen = ReadingMode(self._settings.value.reading_mode)
        return ReadingMode.CONCURRENT if chosen is ReadingMode.AFTER and not self.keeps else chosen

    @property
    def mode(self) -> ReadingMode:
        """The mode for the study on the screen: the chosen one, but nothing of the demonstration study is hidden."""
        study, chosen = self._session.study, self.chosen_mode
        hides = chosen is ReadingMode.AFTER
        return ReadingMode.CONCURRENT if hides and study is not None and _is_demo(study) else chosen

    @property
    def silence(self) -> str:
        """Why the classifier says nothing of the study on the screen; empty where it may."""
        if self.mode is ReadingMode.OFF:
            return self._with_key(self.tr("the classifier is off"), "reading-mode")
        hidden = self.tr("hidden until all views were visited")
        return "" if self._session.look.answers_shown else self._with_key(hidden, "reveal")

    def _with_key(self, text: str, command: str) -> str:
        key = self.key_of(command)
        return f"{text} ({key})" if key else text

    def next_mode(self) -> None:
        """After my first look, concurrent, off, and again."""
        modes = tuple(ReadingMode)
        following = modes[(modes.index(ReadingMode(self._settings.value.reading_mode)) + 1) % len(modes)]
        self._settings.change(reading_mode=str(following))
        self._looked()
        self._session.ask_settled()
        self.said.emit(self.tr("classifier: {}").format(said(following)))

    def reveal(self) -> None:
        """Show the classifier's answer now; that is noted."""
        self.closing.emit()
        self._needed()
        if self.mode is ReadingMode.OFF:
            raise UsageError(self.silence)
        if not self.current.revealed:
            self._reveal("asked for")
        self._let_speak()
        self.changed.emit()

    def _reveal(self, how: str) -> None:
        study, reader, record = self._session.study, self.reader, self.current
        if study is not None:
            record.revealed = True
            record.changes += 1
            self.of_study(study, lambda library, key: library.log_reveal(key, reader, how), noted=_is_demo(study))
            note(self, AuditEvent.REVEALED, study, how=how, reader=reader)

    def _let_speak(self) -> None:
        study, record, mode = self._session.study, self.current, self.mode
        if study is not None and not record.revealed:
            shown = self._session.hanging.shown or study.images
            hung = {header.key for header in shown if not header.refused}
            if mode is ReadingMode.CONCURRENT:
                self._reveal("concurrent")
            elif mode is ReadingMode.AFTER and hung <= record.visited:
                self._reveal("all views visited")
        on = mode is not ReadingMode.OFF
        self._session.look.set_classifier(on=on, shown=on and (study is None or record.revealed))

    # --- what was looked at

    def _looked(self) -> None:
        self._note_visits()
        self._let_speak()
        self._note_soon()
        self.changed.emit()

    def _note_visits(self, _number: int = -1) -> None:
        study = self._session.study
        if study is None:
            return
        record = self.current
        new = self._visits.new(record.visited)
        reader = self.reader if new else ""
        for key in new:
            record.visited.add(key)
            record.changes += 1
            self.of_study(study, partial(_visit, key, reader), noted=True)
        if new:
            self._let_speak()
            self.changed.emit()

    def _note_soon(self, _what: object = None) -> None:
        if not self._noting.isActive():
            self._noting.start()

    def _note_place(self) -> None:
        """Note where the reader is, but not before he stands again where he goes on."""
        study, resuming = self._session.study, self._resuming
        key = None if study is None else self._bindings.key_of(study)
        if key is not None and (resuming is None or resuming.study_key != key):
            self.keep_place(Place(key, place_in(self._session), self.reader))


def _is_there(library: Library, key: str) -> None:
    """Nothing but the study's row is wanted."""


def _visit(view_key: str, reader: str, library: Library, key: str) -> None:
    library.visit(key, view_key, reader)


def _is_demo(study: Study) -> bool:
    """Whether this is the study that ships with the program."""
    return resource("demo") in study.images[0].source.path.parents
