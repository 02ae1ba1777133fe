"""No word that a reader sees goes past the translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.translations.words import ROOT

_FILES = sorted(
    path
    for part in ("ui", "services")
    for path in (ROOT / "mammoview" / part).glob("*.py")
    if path.name != "__init__.py"
)
_SHOWN_BY = frozenset(
    {
        *(
            "setText",
            "setToolTip",
            "setWindowTitle",
            "setPlaceholderText",
            "setAccessibleName",
            "setTitle",
            "setSuffix",
        ),
        *("setInformativeText", "setLabelText", "setSpecialValueText", "setHeaderLabels", "setStatusTip", "addRow"),
        *("addAction", "addMenu", "addItem", "addItems", "addButton", "say"),
        *("QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QMenu"),
        *("UsageError", "MammoviewError", "LibraryError", "InputRefusedError", "CancelledError"),
    }
)
_EMITTED_BY = frozenset({"said", "failed"})
_TRANSLATED_BY = frozenset({"tr", "translate", "counted"})
_WORD = re.compile(r"[a-z]{2,}")
_NO_WORDS = frozenset({"mammoview", " px", " mm", " MiB"})
"""The program's name and units."""


def _name(call: ast.Call) -> str:
    called = call.func
    if isinstance(called, ast.Attribute) and called.attr == "emit" and isinstance(called.value, ast.Attribute):
        return "emit" if called.value.attr in _EMITTED_BY else ""
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _spoken(node: ast.AST) -> Iterator[ast.Constant]:
    """The texts of an expression that stand in it as they are: not in a translation, nor where only asked for."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value not in _NO_WORDS and _WORD.search(node.value):
            yield node
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant):
                yield from _spoken(part)
    elif isinstance(node, ast.IfExp):
        yield from _spoken(node.body)
        yield from _spoken(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from _spoken(node.left)
        yield from _spoken(node.right)
    elif isinstance(node, ast.BoolOp | ast.List | ast.Tuple):
        for part in node.values if isinstance(node, ast.BoolOp) else node.elts:
            yield from _spoken(part)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join"):
        yield from _spoken(node.func.value)


def forgotten(code: str) -> list[tuple[int, str]]:
    """(line, text) of each literal that is shown as it stands."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and _name(node) in _SHOWN_BY | {"emit"}:
            found += [(one.lineno, str(one.value)) for given in node.args for one in _spoken(given)]
    return found


def _in_strings(code: str) -> Iterator[int]:
    """Lines with a translation inside an f-string, where Qt's tools do not look."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            for part in ast.walk(node):
                if isinstance(part, ast.Call) and _name(part) in _TRANSLATED_BY:
                    yield part.lineno


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_word_is_shown_as_it_stands_in_the_code(path: Path) -> None:
    assert forgotten(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_translation_hides_in_a_formatted_string(path: Path) -> None:
    assert list(_in_strings(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        'label.setText("no picture")',
        'label.setText(f"{number} images")',
        'QLabel("none" if nothing else words)',
        'raise UsageError(self.tr("known"), "open one first")',
        'self.said.emit("read; " + more)',
        'box.addItems(["All", word])',
        'status.say("writing {}".format(path))',
    ],
)
def test_a_word_that_was_forgotten_is_found(code: str) -> None:
    assert forgotten(code)


@pytest.mark.parametrize(
    "code",
    ['label.setText(self.tr("no picture"))', 'label.setText(f"{number} %")', 'QLabel("_")', 'box.setSuffix(" px")'],
)
def test_what_is_translated_or_has_no_words_is_not(code: str) -> None:
    assert forgotten(code) == []
