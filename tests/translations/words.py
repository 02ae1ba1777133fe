"""Reads and writes the translation files with Qt's own tools."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from mammoview.ui.translation import FOLDER, LANGUAGES
from tests.translations.tables import as_code

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("mammoview/app.py", "mammoview/services", "mammoview/ui")
PLURALS_ONLY = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """A text of the program and what it is in another language; more than one form where it counts something."""

    context: str
    source: str
    comment: str
    forms: tuple[str, ...]
    counts: bool
    finished: bool


def ts_file(language: str) -> Path:
    """The translation that people edit."""
    return ROOT / "resources" / FOLDER / f"mammoview_{language}.ts"


def messages(path: Path) -> Iterator[Message]:
    """All messages of a .ts file, without those that the program no longer says."""
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            kind = translation.get("type", "")
            if kind in ("obsolete", "vanished"):
                continue
            counts = message.get("numerus") == "yes"
            forms = (
                [form.text or "" for form in translation.iter("numerusform")] if counts else [translation.text or ""]
            )
            yield Message(
                context.findtext("name", ""),
                message.findtext("source", ""),
                message.findtext("comment", ""),
                tuple(forms),
                counts,
                kind != "unfinished" and all(forms),
            )


def update(language: str, path: Path) -> None:
    """Bring a .ts file up to date with the program's texts; what was translated stays."""
    folders = [ROOT / source for source in SOURCES]
    sources = sorted(file for place in folders for file in ([place] if place.is_file() else place.glob("*.py")))
    plural = ("-pluralonly",) if language == PLURALS_ONLY else ()
    options = ("-silent", "-no-obsolete", "-locations", "none", "-source-language", "en", "-target-language", language)
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder) / "tables.py"
        tables.write_text(as_code(sources), encoding="utf-8")
        _run("pyside6-lupdate", *map(str, (*sources, tables)), *options, *plural, "-ts", str(path))


def release(language: str) -> None:
    """Make the file that the window loads."""
    _run("pyside6-lrelease", "-silent", str(ts_file(language)), "-qm", str(ts_file(language).with_suffix(".qm")))


def all_languages() -> Sequence[str]:
    """Every language that has a file."""
    return tuple(LANGUAGES)


def _run(tool: str, *arguments: str) -> None:
    program = Path(sys.executable).with_name(tool)
    subprocess.run([str(program), *arguments], check=True, cwd=ROOT, timeout=120)
