"""Owns how values that are English in data, settings and library are said in the language of the window."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from mammoview.archive.library_reading import ReadingState
from mammoview.core.overlaid import Unshown
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS

translate = QCoreApplication.translate
"""Qt's own: context, text, comment, number. By this name its tools find texts outside of QObjects."""

PROTOCOL, NOTE, COUNTED = "Protocol", "Note", "Counted"
"""The contexts in which the translation finds labels of hanging protocols, the note by every score, what is counted."""


def said(term: StrEnum) -> str:
    """A term of the program's own lists, such as a reading state or a shape."""
    return translate(type(term).__name__, term.value)


def unshown_words(line: str) -> str:
    """Why something of an object of another maker is not shown; what names numbers or views stays as it is."""
    return said(Unshown(line)) if line in _UNSHOWN else line


_UNSHOWN = frozenset(Unshown)


def counted(text: str, number: int) -> str:
    """So many of something, in the right one of the language's forms; `text` is a literal with %n."""
    return translate(COUNTED, text, "", number)


def state_words(state: ReadingState, reader: str) -> str:
    """How far a study is read, and by whom: "new", "in progress by ANNA", "read by ANNA"."""
    if not reader or state is ReadingState.NEW:
        return said(state)
    begun = translate("ReadingState", "in progress by {}")
    return (begun if state is ReadingState.IN_PROGRESS else translate("ReadingState", "read by {}")).format(reader)


def assessment_words(kept: str) -> str:
    """What a row of the library holds of an assessment: "R 4, L 1, density C"."""
    categories, word, densities = kept.partition("density ")
    return categories + translate("Assessment", "density {}").format(densities) if word else kept


def step_label(label: str) -> str:
    """The label of a step: in the window's language where a bundled protocol has it, else as the site wrote it."""
    return translate(PROTOCOL, label)


def not_for_diagnosis() -> str:
    """What stands wherever a score does."""
    return translate(NOTE, NOT_FOR_DIAGNOSIS)
