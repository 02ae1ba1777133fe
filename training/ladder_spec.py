"""Owns what a ladder is to be, as values and as a TOML file: which systems, with what settings, on which caches. Never
fits."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError, UsageError
from training.config import System
from training.systems import load_system

REFERENCE = "dense-baseline"
"""The system that each other one must beat."""

LADDER = (
    REFERENCE,
    "cnn-64",
    "small-resnet",
    "efficientnetv2-b0-roi",
    "efficientnetv2-b0",
    "multi-task",
    "patch-to-whole",
    "two-view-small",
    "two-view",
)
"""The rungs, from the bottom up; the last one asks for the most."""

FOLDER = Path(__file__).parent / "ladders"
CROPS = ("whole", "roi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """`system`: its name, or a TOML file; `name`: of the rung and of its folder (default the system's); `changes`: its
    own settings, as "section.key=value"."""

    system: str
    name: str = ""
    changes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", Path(self.system).name.removesuffix(".toml"))
        if Path(self.name).name != self.name or self.name in (".", ".."):
            raise UsageError(f"name = {self.name!r} is no name of a folder", "give letters, digits and dashes")

    def load(self, changes: Sequence[str]) -> System:
        """The system with `changes` and then its own, under the rung's name. Raises InputRefusedError, UsageError."""
        return replace(load_system(self.system, (*changes, *self.changes)), name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A rung that is listed only: `why`; `measured`: one training step is measured, with the rung's own settings."""

    rung: Rung
    why: str
    measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSpec:
    """`rungs`: which to fit, in their order; `not_run`: which to list only; `changes`: settings of all of them, before
    their own; `test`: judge test women, and not validation women; `samples`: bootstrap draws; `caches`: where the whole
    images and the crops lie; `name` of the file, `remark`, `before` (commands that made the caches) and `given` (those
    of `changes` that the file does not tell) are for the page alone."""

    rungs: tuple[Rung, ...] = tuple(Rung(system=name) for name in LADDER)
    not_run: tuple[NotRun, ...] = ()
    changes: tuple[str, ...] = ()
    test: bool = False
    samples: int = 2000
    caches: Mapping[str, Path] | None = None
    name: str = ""
    remark: str = ""
    before: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [rung.name for rung in (*self.rungs, *(one.rung for one in self.not_run))]
        if not self.rungs or len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise UsageError(
                f"a ladder needs systems, each once{': ' + ', '.join(twice) if twice else ''}",
                f"give one of them another name, or choose of {', '.join(LADDER)}",
            )
        if self.samples < 2:
            raise UsageError("an interval needs bootstrap draws", "give --samples 2000")

    def changed(self, changes: Sequence[str], *, test: bool = False, samples: int | None = None) -> LadderSpec:
        """With settings that count more than all others, as a command line gives them."""
        rungs = tuple(replace(rung, changes=(*rung.changes, *changes)) for rung in self.rungs)
        return replace(
            self,
            rungs=rungs,
            changes=(*self.changes, *changes),
            given=(*self.given, *changes),
            test=self.test or test,
            samples=self.samples if samples is None else samples,
        )


def bundled_ladders() -> tuple[str, ...]:
    """The names of the bundled ladders."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_ladder(name: str) -> LadderSpec:
    """A bundled ladder by its name, or one from a TOML file by its path.

    Its keys: `samples`, `test`, `remark`, `before` (texts); [caches] `whole` and `roi`, from the file's own folder;
    [settings] sections of a system, for all; [[rung]] `system`, `name`, [rung.settings]; [[not_run]] `system`, `name`,
    `why`, `measured`, [not_run.settings]. Raises InputRefusedError where it cannot be read, UsageError with the key's
    name where it cannot be meant.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file():
        if not name.endswith(".toml"):
            told = ", ".join(bundled_ladders())
            raise UsageError(f"--config {name}: no such ladder{_near(name, bundled_ladders())}", f"choose {told}")
        raise InputRefusedError(f"{name}: no such file", f"bundled ladders are {', '.join(bundled_ladders())}")
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefusedError(f"{name}: cannot be read as TOML: {error}") from error
    try:
        return _ladder(record, path)
    except UsageError as error:
        raise UsageError(f"{path.name}: {error.cause}", error.hint) from error


_KEYS: dict[str, type] = {
    "samples": int,
    "test": bool,
    "remark": str,
    "before": list,
    "caches": dict,
    "settings": dict,
    "rung": list,
    "not_run": list,
}
_RUNG_KEYS: dict[str, type] = {"system": str, "name": str, "settings": dict}
_NOT_RUN_KEYS: dict[str, type] = {**_RUNG_KEYS, "why": str, "measured": bool}
_WORDS = {
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    list: "a list",
    dict: "a section of its own",
}


def _ladder(told: Mapping[str, Any], path: Path) -> LadderSpec:
    _check(told, _KEYS, "")
    caches = told.get("caches", {})
    _check(caches, dict.fromkeys(CROPS, str), "caches: ")
    before = told.get("before", [])
    _check(dict(enumerate(before, start=1)), dict.fromkeys(range(1, 1 + len(before)), str), "before number ")
    rungs = [_rung(record, path, f"rung number {place}: ") for place, record in enumerate(told.get("rung", ()), 1)]
    listed = []
    for place, record in enumerate(told.get("not_run", ()), 1):
        where = f"not_run number {place}: "
        rung = _rung(record, path, where, _NOT_RUN_KEYS)
        if not record.get("why"):
            raise UsageError(f"{where}key 'why' is missing", "say why it is not run")
        listed.append(NotRun(rung=rung, why=record["why"], measured=record.get("measured", False)))
    if not rungs:
        raise UsageError("key 'rung' is missing: a ladder needs systems", 'write [[rung]] and system = "…" under it')
    return LadderSpec(
        rungs=tuple(rungs),
        not_run=tuple(listed),
        changes=changes_of(told.get("settings", {}), "settings."),
        test=told.get("test", False),
        samples=told.get("samples", 2000),
        caches={crops: path.parent / place for crops, place in caches.items()},
        name=path.name if path.parent != FOLDER else path.stem,
        remark=told.get("remark", ""),
        before=tuple(before),
    )


def _rung(told: Any, path: Path, where: str, keys: Mapping[str, type] = _RUNG_KEYS) -> Rung:
    if not isinstance(told, dict):
        raise UsageError(f"{where}{told!r} is no section", 'write [[rung]] and system = "…" under it')
    _check(told, keys, where)
    if "system" not in told:
        raise UsageError(f"{where}key 'system' is missing", "name a system or a TOML file")
    system = str(path.parent / told["system"]) if told["system"].endswith(".toml") else told["system"]
    return Rung(
        system=system, name=told.get("name", ""), changes=changes_of(told.get("settings", {}), f"{where}settings.")
    )


def _check(told: Mapping[Any, Any], keys: Mapping[Any, type], where: str) -> None:
    """Raise UsageError, with the key's name, where a key is not known or has a value of another kind."""
    for key, value in told.items():
        if key not in keys:
            known = list(map(str, keys))
            raise UsageError(f"{where}unknown key {key!r}{_near(str(key), known)}", f"known are {', '.join(known)}")
        if type(value) is not keys[key]:
            raise UsageError(f"{where}{key} = {value!r} is not {_WORDS[keys[key]]}")


def changes_of(sections: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Sections of a system as "section.key=value". Raises UsageError with the key's name where they are none."""
    found = []
    for section, values in sections.items():
        if not isinstance(values, dict):
            raise UsageError(f"{where}{section} = {values!r} is no section", "write section.key = value")
        found += [f"{section}.{key}={json.dumps(value)}" for key, value in values.items()]
    return tuple(found)


def _near(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
