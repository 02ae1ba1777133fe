"""Owns the bundled systems and the reading of TOML into a `System`: each mistake is one line with its key."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from mammoview.core.errors import InputRefusedError, UsageError
from training.config import System

FOLDER = Path(__file__).parent


def bundled() -> tuple[str, ...]:
    """The names of the bundled systems."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_system(name: str, changes: Sequence[str] = ()) -> System:
    """A bundled system by its name, or one from a TOML file by its path, with `changes` as "section.key=value".

    A file may name another as its `base` and then tells only what differs. Raises InputRefusedError and UsageError.
    """
    table = _table(name, ())
    for change in changes:
        _change(table, change)
    return system_of(table, name)


def _table(name: str, seen: tuple[str, ...]) -> dict[str, Any]:
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if name in seen:
        raise UsageError(f"{name}: is its own base", "take 'base' out of one of the files")
    if not path.is_file():
        if name.endswith(".toml"):
            raise InputRefusedError(f"{name}: no such file", "'python -m training systems' lists the bundled systems")
        raise UsageError(f"the system {name!r} is not known{_near(name, bundled())}", f"choose {', '.join(bundled())}")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefusedError(f"{name}: cannot be read as TOML: {error}") from error
    base = told.pop("base", None)
    if base is not None and not isinstance(base, str):
        raise UsageError(f"{name}: base = {base!r} is no text", "name a system or a TOML file")
    if base is not None and base.endswith(".toml"):
        base = str(path.parent / base)
    table = _table(base, (*seen, name)) if base is not None else {}
    table.pop("description", None)
    table["name"] = path.stem
    for key, value in told.items():
        known = table.get(key)
        table[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return table


def _change(table: dict[str, Any], change: str) -> None:
    """Carry out one "section.key=value"; the value is TOML, and text needs no quotes."""
    key, equals, text = change.partition("=")
    section, dot, name = key.strip().partition(".")
    if not equals or not dot or not name:
        raise UsageError(f"--set {change}: is not understood", "give section.key=value, as optimiser.rate=1e-4")
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    part = table.setdefault(section, {})
    if not isinstance(part, dict):
        raise UsageError(f"--set {change}: {section!r} is no section")
    part[name] = value


def system_of(table: Mapping[str, Any], origin: str) -> System:
    """The system that a table of sections tells. Raises UsageError, naming `origin` and the key."""
    try:
        found: System = _section(System, table, "")
    except UsageError as error:
        raise UsageError(f"{origin}: {error.cause}", error.hint) from error
    return found


def _section(cls: type[Any], table: Mapping[str, Any], where: str) -> Any:
    types = get_type_hints(cls)
    values = {}
    for key, value in table.items():
        place = f"{where}{key}"
        if key not in types:
            raise UsageError(f"unknown key {place!r}{_near(key, types)}", f"known are {', '.join(types)}")
        values[key] = _value(types[key], value, place)
    return cls(**values)


def _value(wanted: Any, value: Any, place: str) -> Any:
    if is_dataclass(wanted):
        if not isinstance(value, Mapping):
            raise UsageError(f"{place} = {value!r} is no section", f"write [{place}] and its keys under it")
        return _section(wanted, value, f"{place}.")  # type: ignore[arg-type]
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    item = get_args(wanted)[0] if get_origin(wanted) is tuple else None
    if item is not None and isinstance(value, list | tuple) and all(type(part) is item for part in value):
        return tuple(value)
    if type(value) is wanted:
        return value
    names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
    told = f"a list, each {names[item]}" if item is not None else names[wanted]
    raise UsageError(f"{place} = {value!r} is not {told}")


def _near(word: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def as_record(system: System) -> dict[str, Any]:
    """The system as JSON, complete; `system_of` reads it."""
    return {key: _listed(value) for key, value in asdict(system).items()}


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items()}
    return list(value) if isinstance(value, tuple) else value


def to_toml(system: System) -> str:
    """The system as TOML with every key told, to begin a file of one's own with."""
    record = as_record(system)
    lines = [f"description = {_toml(record['description'])}"]
    for section in fields(System):
        if isinstance(record[section.name], dict):
            lines += ["", f"[{section.name}]"]
            lines += [f"{key} = {_toml(value)}" for key, value in record[section.name].items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else repr(value)
