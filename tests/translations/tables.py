"""The texts that the program keeps in tables as English, with the context in which the window looks for their words."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from mammoview.archive.library_reading import ReadingState
from mammoview.core.findings import (
    Associated,
    AsymmetryKind,
    Distribution,
    FindingKind,
    MassDensity,
    MassMargin,
    MassShape,
    Morphology,
)
from mammoview.core.marks import MarkKind
from mammoview.core.overlaid import Unshown
from mammoview.core.study import ObjectKind
from mammoview.dicom.deidentify.report import Caution
from mammoview.reading.protocols import bundled_folder
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS
from mammoview.services.dicom_work import Phase
from mammoview.services.reading_room import ReadingMode
from mammoview.services.words import COUNTED, NOTE, PROTOCOL
from mammoview.ui.action import CONTEXT
from mammoview.ui.actions import ACTIONS, GESTURES, MENUS

TERMS: tuple[type[StrEnum], ...] = (
    *(FindingKind, MassShape, MassMargin, MassDensity, Morphology, Distribution, AsymmetryKind, Associated),
    *(MarkKind, ReadingMode, ReadingState, ObjectKind, Phase, Caution, Unshown),
)


def texts() -> Iterator[tuple[str, str]]:
    """(context, text) of each, some of them more than once."""
    for text in (*MENUS, *(row.text for row in ACTIONS), *(text for pair in GESTURES for text in pair)):
        yield CONTEXT, text
    for terms in TERMS:
        for term in terms:
            yield terms.__name__, term.value
    for path in sorted(bundled_folder().glob("*.json")):
        for step in json.loads(path.read_text(encoding="utf-8")).get("steps", ()):
            yield PROTOCOL, step["label"]
    yield PROTOCOL, "Current and prior in turn"
    yield NOTE, NOT_FOR_DIAGNOSIS


def counted_texts(sources: Iterable[Path]) -> Iterator[str]:
    """The texts that are handed to `counted` in the code, which Qt's tools do not see."""
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "counted":
                text = node.args[0]
                assert isinstance(text, ast.Constant) and isinstance(text.value, str), f"{source.name}:{node.lineno}"
                yield text.value


def as_code(sources: Iterable[Path]) -> str:
    """All of them as Qt's tools find texts in Python; `sources` are the files of the program."""
    lines = [f"QT_TRANSLATE_NOOP({context!r}, {text!r})" for context, text in dict.fromkeys(texts())]
    lines += [f'translate({COUNTED!r}, {text!r}, "", 2)' for text in dict.fromkeys(counted_texts(sources))]
    return "\n".join(lines) + "\n"
