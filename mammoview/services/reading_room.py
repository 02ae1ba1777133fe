"""Owns the reading of studies: who reads, how far each study is read, what the reader makes of it, when the classifier
may speak. No widgets; whatever touches the library's file does so in one background thread.

Without a library everything holds on the screen, for as long as the window is open.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Place, ReadingState
from mammoview.core.errors import UsageError
from mammoview.core.study import Study
from mammoview.resources import resource
from mammoview.services.assessment import Judgement as Judgement
from mammoview.services.assessment import KeptReading, StudyReading, first_unread, keep_judgement, kept_reading
from mammoview.services.library_link import LibraryLink
from mammoview.services.places import go_to, place_in
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.visits import newly_seen

HIDDEN = "hidden until all views were visited"
SWITCHED_OFF = "the classifier is off"


class ReadingMode(StrEnum):
    """When the classifier's answers may be seen."""

    AFTER = "after my first look"
    CONCURRENT = "concurrent"
    OFF = "off"


class ReadingRoom(LibraryLink):
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
        super().__init__(path, parent)
        self._session, self._settings = session, settings
        self._records: dict[str, StudyReading] = {}
        self.key_of: Callable[[str], str] = lambda command: ""  # the key that the window has for a command, to be said
        self._chosen = ""
        self._resuming: Place | None = None
        session.panes_changed.connect(self._looked)
        session.redraw.connect(self._note_visits)
        session.scores_changed.connect(self._note_visits)
        session.study_changed.connect(self._shown)

    def adopt(self, keys: Mapping[str, str]) -> None:
        """The library holds studies of the worklist now: its key by theirs."""
        for study_key, key in keys.items():
            if self._keys.get(study_key) == key:
                continue
            if self._former.pop(study_key, key) != key:
                self._records.pop(study_key, None)  # another woman's study had this key of the worklist
            super().adopt({study_key: key})
            if self._session.study is not None and self._session.study.key == study_key:
                self._load()
                self._note_place()
        self.adopted.emit()
        self.listed.emit()

    @property
    def session(self) -> Session:
        """What is read."""
        return self._session

    def study(self, study_key: str) -> Study | None:
        """A study of the worklist."""
        return self._session.worklist.study(study_key)

    def choose(self, study_key: str, place: Place | None) -> None:
        """The reader asked for this study of the worklist, a prior too, and to go on at `place`."""
        self._chosen, self._resuming = study_key, place

    def settle(self) -> bool:
        """As of `LibraryLink`; what is being typed is handed over first."""
        self.closing.emit()
        return super().settle()

    def close(self) -> None:
        """Hand over what waits, then let the library go."""
        self.closing.emit()
        super().close()

    # --- the study on the screen

    @property
    def reader(self) -> str:
        """Who reads: the name in the settings, else that of the account."""
        if self._settings.value.reader:
            return self._settings.value.reader
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return "reader"

    def set_reader(self, name: str) -> None:
        """Read under another name; empty for that of the account."""
        if name.strip() != self._settings.value.reader:
            self._settings.change(reader=name.strip())
            self._shown()

    @property
    def current(self) -> StudyReading:
        """The reading of the study on the screen; an empty one where there is none."""
        study = self._session.study
        return StudyReading() if study is None else self._records.setdefault(study.key, StudyReading())

    @property
    def words(self) -> str:
        """How far the study on the screen is read: "in progress", "read by ANNA"; empty where nothing is kept."""
        record = self.current
        if not self.keeps or self._session.study is None:
            return ""
        by = f" by {record.reader}" if record.reader and record.state is not ReadingState.NEW else ""
        return f"{record.state}{by}"

    def assess(self, sides: Iterable[str], *, birads: str = "", density: str = "") -> None:
        """Give breasts a BI-RADS category or a density; what they all have already is taken back."""
        study = self._needed()
        for side, one in self.current.given(sides, birads=birads, density=density).items():
            self._judge(study, side, one)

    def set_text(self, study: Study, text: str) -> None:
        """The reader's words on the case."""
        one = self._records.setdefault(study.key, StudyReading()).judgements.get("", Judgement())
        if one.text != text:
            self._judge(study, "", replace(one, text=text))

    def _judge(self, study: Study, side: str, one: Judgement) -> None:
        record = self._records.setdefault(study.key, StudyReading())
        before, now = record.judgements.get(side, Judgement()), replace(one, reader=self.reader)
        record.judgements[side] = now
        record.changes += 1
        self.of_study(study, partial(keep_judgement, side, before, now))
        if study is self._session.study:
            self._ask_anew(study)
        self.changed.emit()

    def _ask_anew(self, study: Study) -> None:
        """Another window may have judged the study meanwhile: what the library holds now is shown."""
        key = self._keys.get(study.key)
        if key is not None:
            loaded = partial(self._loaded, study, self.current.changes, False)
            self.read(partial(kept_reading, key, self.reader), loaded, channel="study")

    def finish(self) -> None:
        """The study is read; the next one of the worklist that is not follows, after the last from the first on."""
        study, reader = self._needed(), self.reader
        self.closing.emit()
        record = self.current
        record.state, record.reader = ReadingState.READ, reader
        record.changes += 1
        self.of_study(study, lambda library, key: library.finish_reading(key, reader))
        self.changed.emit()
        cases = self._session.worklist.cases
        at = self._session.worklist.case_of(study.key) or 0
        following = [case.current.key for case in (*cases[at + 1 :], *cases[:at])]
        unread = [(key, self._keys.get(key)) for key in following if self._state(key) is not ReadingState.READ]
        self.read(
            partial(first_unread, unread),
            partial(self._go_on, study),
            otherwise=unread[0][0] if unread else None,
            channel="next",
        )

    def _state(self, study_key: str) -> ReadingState | None:
        record = self._records.get(study_key)
        return None if record is None else record.state

    def _go_on(self, finished: Study, study_key: str | None) -> None:
        if self._session.study is not finished:
            return
        if study_key is None:
            self.said.emit("read; no study of the list is left to read")
        else:
            self._session.show_study(study_key)
            self.said.emit("read; this is the next study")

    def _needed(self) -> Study:
        if self._session.study is None:
            raise UsageError("no study is open", "open one first")
        return self._session.study

    def _shown(self) -> None:
        """Another study is on the screen, or another reader before it."""
        self._load()
        self._looked()
        resuming, study = self._resuming, self._session.study
        if resuming is not None and study is not None and self._keys.get(study.key) == resuming.study_key:
            self._resuming = None
            go_to(self._session, resuming.details)

    def _load(self) -> None:
        """Ask what the library holds of the study on the screen; a study that is opened to be read is begun."""
        study = self._session.study
        key = self._keys.get(study.key) if study is not None else None
        if study is None:
            return
        if key is None:
            self.of_study(study, _is_there, quiet=True)
            return
        at = self._session.worklist.case_of(study.key)
        case = None if at is None else self._session.worklist.cases[at]
        begun = study.key == self._chosen or (case is not None and case.current is study)
        if begun:
            reader = self.reader
            self.write(lambda library: library.begin_reading(key, reader), quiet=True)
        asked = partial(kept_reading, key, self.reader)
        self.read(asked, partial(self._loaded, study, self.current.changes, begun), channel="study")

    def _loaded(self, study: Study, changes: int, begun: bool, kept: KeptReading | None) -> None:
        if kept is None or study is not self._session.study:
            return
        record = self.current
        if record.changes != changes:  # the reader was quicker: what was done here is in the library by now
            self._load()
            return
        if self.unkept and changes:  # the screen is ahead of the library
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
            return self._with_key(SWITCHED_OFF, "reading-mode")
        return "" if self._session.look.answers_shown else self._with_key(HIDDEN, "reveal")

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
        self.said.emit(f"classifier: {following}")

    def reveal(self) -> None:
        """Show the classifier's answer now; that is noted."""
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
            self.of_study(study, lambda library, key: library.log_reveal(key, reader, how), quiet=True)

    def _let_speak(self) -> None:
        study, record, mode = self._session.study, self.current, self.mode
        if study is not None and not record.revealed:
            hung = {header.key for header in self._session.hanging.shown or study.images}
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
        self._note_place()
        self.changed.emit()

    def _note_visits(self, _number: int = -1) -> None:
        study = self._session.study
        if study is None:
            return
        record = self.current
        new = newly_seen(self._session, record.visited)
        reader = self.reader if new else ""
        for key in new:
            record.visited.add(key)
            record.changes += 1
            self.of_study(study, partial(_visit, key, reader), quiet=True)
        if new:
            self._let_speak()
            self.changed.emit()

    def _note_place(self) -> None:
        study = self._session.study
        key = None if study is None else self.library_key(study.key)
        if key is not None:
            self.keep_place(Place(key, place_in(self._session), self.reader))


def _is_there(library: Library, key: str) -> None:
    """Nothing but the study's row is wanted."""


def _visit(view_key: str, reader: str, library: Library, key: str) -> None:
    library.visit(key, view_key, reader)


def _is_demo(study: Study) -> bool:
    """Whether this is the study that ships with the program."""
    return resource("demo") in study.images[0].source.path.parents
