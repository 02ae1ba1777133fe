"""Owns the reading of studies: who reads, how far each study is read, what the reader makes of it, when the classifier
may speak. No widgets; whatever touches the library's file does so in one background thread.

A view counts as visited when its picture was shown in a layout of at most two panes, or at one to one, or in the active
pane. Without a library everything holds on the screen, for as long as the window is open.
"""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Assessment, Place, ReadingState
from mammoview.core.errors import UsageError
from mammoview.core.study import Study
from mammoview.resources import resource
from mammoview.services.library_link import LibraryLink
from mammoview.services.places import go_to, place_in
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore

HIDDEN = "hidden until all views were visited (F3)"
SWITCHED_OFF = "the classifier is off (Ctrl+H)"
_FEW_PANES = 2
_AT_ONE_TO_ONE = 0.999


class ReadingMode(StrEnum):
    """When the classifier's answers may be seen."""

    AFTER = "after my first look"
    CONCURRENT = "concurrent"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader says of one breast, or of the case; each part empty where nothing was said."""

    birads: str = ""
    density: str = ""
    text: str = ""
    reader: str = ""


@dataclass(slots=True)
class StudyReading:
    """What is known of one study's reading. `judgements` by "R", "L" and "" (the case); `visited` holds image keys;
    `revealed`: this reader has seen the classifier's answer. `changes` counts what was done here."""

    state: ReadingState = ReadingState.NEW
    reader: str = ""
    judgements: dict[str, Judgement] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)
    revealed: bool = False
    changes: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the library holds of a study."""

    state: ReadingState
    reader: str
    assessments: tuple[Assessment, ...]
    visited: frozenset[str]
    revealed: bool


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
            if study_key in self._keys:
                self._records.pop(study_key, None)
            self._know(study_key, key)
            if self._session.study is not None and self._session.study.key == study_key:
                self._load()
                self._note_place()
        self.adopted.emit()
        self.listed.emit()

    def choose(self, study_key: str, place: Place | None) -> None:
        """The reader asked for this study of the worklist, a prior too, and to go on at `place`."""
        self._chosen, self._resuming = study_key, place

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
        study, record = self._needed(), self.current
        field_name, value = ("birads", birads) if birads else ("density", density)
        wanted = tuple(sides)
        before = [record.judgements.get(side, Judgement()) for side in wanted]
        given = "" if all(getattr(one, field_name) == value for one in before) else value
        for side, one in zip(wanted, before, strict=True):
            self._judge(study, side, replace(one, **{field_name: given}))

    def set_text(self, study: Study, text: str) -> None:
        """The reader's words on the case."""
        one = self._records.setdefault(study.key, StudyReading()).judgements.get("", Judgement())
        if one.text != text:
            self._judge(study, "", replace(one, text=text))

    def _judge(self, study: Study, side: str, one: Judgement) -> None:
        reader, record = self.reader, self._records.setdefault(study.key, StudyReading())
        record.judgements[side] = replace(one, reader=reader)
        record.changes += 1
        self.of_study(
            study,
            lambda library, key: library.assess(
                key, laterality=side, birads=one.birads, density=one.density, text=one.text, reader=reader
            ),
        )
        self.changed.emit()

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
            partial(_first_unread, unread),
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
        if study is None or key is None:
            return
        at = self._session.worklist.case_of(study.key)
        case = None if at is None else self._session.worklist.cases[at]
        begun = study.key == self._chosen or (case is not None and case.current is study)
        if begun:
            reader = self.reader
            self.write(lambda library: library.begin_reading(key, reader), quiet=True)
        self.read(
            partial(_kept, key, self.reader), partial(self._loaded, study, self.current.changes, begun), channel="study"
        )

    def _loaded(self, study: Study, changes: int, begun: bool, kept: _Kept | None) -> None:
        if kept is None or study is not self._session.study:
            return
        record = self.current
        if record.changes != changes:  # the reader was quicker: what was done here is in the library by now
            self._load()
            return
        unkept_begin = begun and kept.state is ReadingState.NEW  # where the library is read-only
        record.state = ReadingState.IN_PROGRESS if unkept_begin else kept.state
        record.reader = self.reader if unkept_begin else kept.reader
        for one in kept.assessments:
            record.judgements[one.laterality] = Judgement(one.birads, one.density, one.text, one.reader)
        record.visited |= kept.visited
        record.revealed = record.revealed or kept.revealed
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
            return SWITCHED_OFF
        return "" if self._session.look.answers_shown else HIDDEN

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
            raise UsageError(SWITCHED_OFF)
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
        new = self._newly_seen(record.visited)
        reader = self.reader if new else ""
        for key in new:
            record.visited.add(key)
            record.changes += 1
            self.of_study(study, partial(_visit, key, reader), quiet=True)
        if new:
            self._let_speak()
            self.changed.emit()

    def _newly_seen(self, visited: Collection[str]) -> list[str]:
        """The keys of the images that count as visited by what is on the screen now, and were not `visited` before."""
        session, seen = self._session, []
        mine = {header.key for header in session.study.images} if session.study else set()
        for number, pane in enumerate(session.panes):
            key = pane.header.key if pane.header is not None else ""
            if key not in mine or key in visited or session.image(number) is None or session.waits(number):
                continue
            if len(session.panes) <= _FEW_PANES or number == session.active or self._at_one_to_one(number):
                seen.append(key)
        return seen

    def _at_one_to_one(self, number: int) -> bool:
        scene = self._session.scene
        if scene is None or number not in scene.images:
            return False
        return self._session.state(number).zoom >= _AT_ONE_TO_ONE * scene.native_zoom(number)

    def _note_place(self) -> None:
        study = self._session.study
        key = None if study is None else self.library_key(study.key)
        if key is not None:
            self.keep_place(Place(key, place_in(self._session), self.reader))


def _visit(view_key: str, reader: str, library: Library, key: str) -> None:
    library.visit(key, view_key, reader)


def _kept(key: str, reader: str, library: Library) -> _Kept | None:
    row = library.study(key)
    if row is None:
        return None
    revealed = any(reveal.reader == reader for reveal in library.reveals(key))
    return _Kept(row.state, row.reader, library.assessments(key), library.visited(key, reader), revealed)


def _first_unread(studies: list[tuple[str, str | None]], library: Library) -> str | None:
    """The first of (key in the worklist, key in the library) that no one has read."""
    for study_key, key in studies:
        row = None if key is None else library.study(key)
        if row is None or row.state is not ReadingState.READ:
            return study_key
    return None


def _is_demo(study: Study) -> bool:
    """Whether this is the study that ships with the program."""
    return resource("demo") in study.images[0].source.path.parents
