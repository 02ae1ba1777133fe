"""Owns the files that hold hanging protocols: finding them, reading them, saying what is wrong with one. No Qt.

What they mean is `core.protocol`'s; the words that a site may write are those of `resources/hanging/README.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from mammoview.core.errors import InputRefusedError, MammoviewError
from mammoview.core.protocol import Conditions, HeatUse, Link, Place, Protocol, Scale, Step, StudyRole
from mammoview.core.study import Laterality, Study, View, ViewModifier
from mammoview.resources import resource

SCHEMA = 1
"""The version of the files that this module reads."""

EXTRA = "extra"
"""What a file writes as the view of a place for the images that no place names."""

_Made = TypeVar("_Made")

_LONGEST_FILE_BYTES = 1 << 20
_LONGEST_TEXT = 200
_MOST_ROWS, _MOST_COLUMNS, _MOST_ENTRIES = 4, 8, 100
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MODALITY = re.compile(r"[A-Z0-9]{2,16}")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]{1,40}")


@dataclass(frozen=True, slots=True)
class ProtocolFiles:
    """A site's protocols, then the bundled ones. `problems`: one line for each file that is left out."""

    protocols: tuple[Protocol, ...]
    problems: tuple[str, ...]


def choose(protocols: Sequence[Protocol], current: Study, priors: Sequence[Study]) -> Protocol | None:
    """The first protocol that is for this study with these priors; None where there is none."""
    return next((protocol for protocol in protocols if protocol.conditions.hold(current, priors)), None)


def bundled_folder() -> Path:
    """The folder of the protocols that come with the application; raises MammoviewError where it is missing."""
    return resource("hanging")


def read_protocols(bundled: Path, site: Path | None = None) -> ProtocolFiles:
    """The protocols of the folders `site` (which need not exist) and `bundled`, in the order of their files' names.

    A site's protocol takes the place of the bundled one of the same name; of two files with one name in a folder the
    first holds. Raises nothing: what is wrong with a file is one of the `problems`, and the others go on.
    """
    found: dict[str, Protocol] = {}
    problems: list[str] = []
    for folder in (bundled,) if site is None else (site, bundled):
        here: dict[str, tuple[Path, Protocol]] = {}
        for path in _files(folder, problems):
            try:
                protocol = read_protocol(path)
            except MammoviewError as error:
                problems.append(str(error))
                continue
            first, _ = here.setdefault(protocol.name.casefold(), (path, protocol))
            if first is not path:
                problems.append(f'{path}: the name "{protocol.name}" is taken by {first.name} (give it another name)')
        found = found | {name: protocol for name, (_, protocol) in here.items() if name not in found}
    return ProtocolFiles(tuple(found.values()), tuple(problems))


def _files(folder: Path, problems: list[str]) -> list[Path]:
    """The protocol files of a folder, by name; what a file manager has hidden and JSON schemas are none."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == ".json" and not path.name.startswith(".") and ".schema." not in path.name
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(f"{folder}: hanging protocols cannot be looked for here ({error.strerror})")
        return []


def read_protocol(path: Path) -> Protocol:
    """The protocol in a JSON file. Raises InputRefusedError that names the file and the place in it."""
    try:
        data = path.read_bytes() if path.stat().st_size <= _LONGEST_FILE_BYTES else None
    except OSError as error:
        raise InputRefusedError(f"{path}: cannot be read", error.strerror or "") from error
    if data is None:
        raise InputRefusedError(f"{path}: is no hanging protocol", f"one takes {_LONGEST_FILE_BYTES} bytes at most")
    try:
        record = json.loads(data.decode("utf-8-sig"), object_pairs_hook=partial(_object, path))
    except UnicodeDecodeError as error:
        raise InputRefusedError(f"{path}: is not text in UTF-8", "save it with that encoding") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputRefusedError(f"{path}: {where}: is not JSON: {error.msg}", "mend it in a text editor") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise InputRefusedError(f"{path}: is no hanging protocol", "a number or a nesting is too long") from error
    return protocol_of(record, str(path))


def _object(path: Path, pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for number, key in enumerate(keys) if key in keys[:number])
        raise InputRefusedError(f"{path}: the key {_shown(twice)} stands twice in one object", "remove one of the two")
    return record


def protocol_of(record: object, file: str) -> Protocol:
    """The protocol that a JSON document describes; `file` is named in errors.

    Raises InputRefusedError with the file, the JSON path (as steps[2].places[1].view), what is wrong and what is
    allowed. A key that is not known is such an error.
    """
    node = _Node(file, "", record)
    if isinstance(record, dict) and "schema" in record:
        _schema(node.at("schema", record["schema"]))  # first of all: another version has other keys
    return node.made(Protocol, _PROTOCOL)


def _shown(value: object) -> str:
    """A JSON value for an error, on one line."""
    text = json.dumps(value, ensure_ascii=False)
    text = text if text.isprintable() else json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of an object: the field that it sets ("" for none), how its value is read, whether it must be there."""

    field: str
    read: Callable[[_Node], object]
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Node:
    """A value within a JSON document, with its path."""

    file: str
    path: str
    value: object

    def refused(self, cause: str, hint: str) -> InputRefusedError:
        where = f"{self.file}: {self.path}: " if self.path else f"{self.file}: "
        return InputRefusedError(where + cause, hint)

    def wrong(self, allowed: str) -> InputRefusedError:
        return self.refused(f"{_shown(self.value)} cannot be used", f"allowed: {allowed}")

    def at(self, key: str, value: object) -> _Node:
        name = key if _PLAIN_KEY.fullmatch(key) else _shown(key)
        return replace(self, path=f"{self.path}.{name}" if self.path else name, value=value)

    def entries(self) -> list[_Node]:
        """The entries of a list that is not empty."""
        if not isinstance(self.value, list) or not 0 < len(self.value) <= _MOST_ENTRIES:
            raise self.wrong(f"a list of 1 to {_MOST_ENTRIES} entries")
        return [replace(self, path=f"{self.path}[{number}]", value=entry) for number, entry in enumerate(self.value)]

    def made(self, kind: Callable[..., _Made], keys: Mapping[str, _Key]) -> _Made:
        """The value that an object with these keys describes."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"an object with {', '.join(keys)}")
        for key, value in self.value.items():
            if key not in keys:
                nearest = get_close_matches(key, keys, 1, 0.0)[0]
                hint = f'did you mean "{nearest}"? allowed: {", ".join(keys)}'
                raise self.at(key, value).refused("is not a known key", hint)
        missing = next((key for key, about in keys.items() if about.required and key not in self.value), None)
        if missing is not None:
            needed = ", ".join(key for key, about in keys.items() if about.required)
            raise self.at(missing, None).refused("is missing", f"needed: {needed}")
        read = {keys[key].field: keys[key].read(self.at(key, value)) for key, value in self.value.items()}
        try:
            return kind(**{field: value for field, value in read.items() if field})
        except MammoviewError as error:
            raise self.refused(error.cause, error.hint) from error


def _text(node: _Node) -> str:
    text = node.value
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text.strip()) <= _LONGEST_TEXT:
        raise node.wrong(f"a text of 1 to {_LONGEST_TEXT} characters on one line")
    return text.strip()


def _like(pattern: re.Pattern[str], words: str) -> Callable[[_Node], str]:
    def read(node: _Node) -> str:
        if not isinstance(node.value, str) or not pattern.fullmatch(node.value):
            raise node.wrong(words)
        return node.value

    return read


def _flag(node: _Node) -> bool:
    if not isinstance(node.value, bool):
        raise node.wrong("true, false")
    return node.value


def _whole(most: int) -> Callable[[_Node], int]:
    def read(node: _Node) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int) or not 1 <= node.value <= most:
            raise node.wrong(f"a whole number from 1 to {most}")
        return node.value

    return read


def _word(*allowed: StrEnum) -> Callable[[_Node], StrEnum]:
    def read(node: _Node) -> StrEnum:
        chosen = next((word for word in allowed if word == node.value), None)
        if chosen is None:
            raise node.wrong(", ".join(allowed))
        return chosen

    return read


def _schema(node: _Node) -> int:
    if isinstance(node.value, bool) or node.value != SCHEMA:
        raise node.refused(f"{_shown(node.value)} is not the version that is read here", f"allowed: {SCHEMA}")
    return SCHEMA


_VIEWS = tuple(view for view in View if view is not View.UNKNOWN)


def _views(node: _Node) -> tuple[StrEnum, ...]:
    """A view, a list of views, or none for an extra place."""
    if node.value == EXTRA:
        return ()
    if isinstance(node.value, list):
        return tuple(_word(*_VIEWS)(entry) for entry in node.entries())
    view = next((view for view in _VIEWS if view == node.value), None)
    if view is None:
        raise node.wrong(f"{EXTRA}, {', '.join(_VIEWS)}, or a list of these views")
    return (view,)


_PLACE = {
    "study": _Key("study", _word(*StudyRole)),
    "side": _Key("side", _word(Laterality.RIGHT, Laterality.LEFT)),
    "view": _Key("views", _views, required=True),
    "modifier": _Key("modifier", _word(*ViewModifier)),
    "tomosynthesis": _Key("tomosynthesis", _flag),
}


def _places(node: _Node) -> tuple[Place, ...]:
    return tuple(entry.made(Place, _PLACE) for entry in node.entries())


_STEP = {
    "id": _Key("id", _like(_ID, "1 to 40 of a to z, 0 to 9 and -"), required=True),
    "label": _Key("label", _text, required=True),
    "key": _Key("key", _text),
    "rows": _Key("rows", _whole(_MOST_ROWS), required=True),
    "columns": _Key("columns", _whole(_MOST_COLUMNS), required=True),
    "scale": _Key("scale", _word(*Scale)),
    "quadrants": _Key("quadrants", _flag),
    "alternate": _Key("alternate", _flag),
    "link": _Key("link", _word(*Link)),
    "heat": _Key("heat", _word(*HeatUse)),
    "places": _Key("places", _places, required=True),
}


def _steps(node: _Node) -> tuple[Step, ...]:
    return tuple(entry.made(Step, _STEP) for entry in node.entries())


_CONDITIONS = {
    "modality": _Key("modality", _like(_MODALITY, 'a modality as DICOM writes it, as "MG"')),
    "prior": _Key("prior", _flag),
    "tomosynthesis": _Key("tomosynthesis", _flag),
}


def _conditions(node: _Node) -> Conditions:
    return node.made(Conditions, _CONDITIONS)


_PROTOCOL = {
    "$schema": _Key("", _text),
    "schema": _Key("", _schema, required=True),
    "name": _Key("name", _text, required=True),
    "description": _Key("description", _text),
    "for": _Key("conditions", _conditions),
    "steps": _Key("steps", _steps, required=True),
}
