"""Owns what an ablation table is to be, as values and as a TOML file: which levers, on which folds. Never fits."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError, UsageError
from training.config import System
from training.ladder_spec import Rung, changes_of

FLIPS = ("rows", "columns")
STARTS = ("trunk", "weights", "imagenet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One row of the table, of one of four kinds.

    Fitted: `rung` says the system and its own settings; `start`: a weights file, `{fold}` in its path stands for the
    number of the fold; `start_kind`: one of STARTS; `cache`: inputs of the same women other than the table's, as of
    another resolution or crop. Flipped: `flips_of`, a fitted row above it, whose networks also look at each input
    mirrored along the axes `flips` (some of FLIPS); the logits are averaged. Averaged: `average`, rows above it.
    Blended: `blend`, fitted rows above it that differ by their seed, whose weights are averaged (see `training.blend`).
    """

    name: str
    rung: Rung | None = None
    start: str = ""
    start_kind: str = "trunk"
    cache: Path | None = None
    flips_of: str = ""
    flips: tuple[str, ...] = ("rows",)
    average: tuple[str, ...] = ()
    blend: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.rung is not None) + bool(self.flips_of) + bool(self.average) + bool(self.blend) != 1:
            raise UsageError(
                f"row {self.name!r} must be fitted, flipped, averaged or blended",
                "give one of system, flips_of, average and blend",
            )
        if not self.flips or set(self.flips) - set(FLIPS):
            raise UsageError(f"flips = {list(self.flips)} is not known", f"choose of {', '.join(FLIPS)}")
        if self.start_kind not in STARTS:
            raise UsageError(f"start_kind = {self.start_kind!r} is not known", f"choose one of {', '.join(STARTS)}")
        if self.rung is None and (self.start or self.cache):
            raise UsageError(f"row {self.name!r} is not fitted: start and cache are not for it", "take them out")
        for key, rows in (("average", self.average), ("blend", self.blend)):
            if rows and len(set(rows)) < 2:
                raise UsageError(f"{key} = {list(rows)} is none", "name two rows or more")

    @property
    def kind(self) -> str:
        """ "fitted", "flipped", "averaged" or "blended"."""
        if self.rung is not None:
            return "fitted"
        return "flipped" if self.flips_of else "averaged" if self.average else "blended"

    @property
    def needs(self) -> tuple[str, ...]:
        """The rows of whose networks it is made."""
        return (self.flips_of,) if self.flips_of else self.average or self.blend

    def system(self, changes: Sequence[str], fold: int) -> System:
        """What is fitted on one fold, but for its split. Raises InputRefusedError, UsageError."""
        if self.rung is None:
            raise UsageError(f"row {self.name!r} is not fitted")
        found = self.rung.load(changes)
        if not self.start:
            return found
        place = self.start.replace("{fold}", str(fold))
        return replace(found, start=replace(found.start, kind=self.start_kind, file=place))


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationSpec:
    """`levers`: the rows, the first one is the base; `changes`: settings of all fitted rows, before their own; `folds`:
    how many; `without_test`: the women whom the standard split keeps for the test are in no fold; `samples`: bootstrap
    draws. `name` of the file, `remark` and `given` (those of `changes` that the file does not tell) are for the page.
    """

    levers: tuple[Lever, ...]
    changes: tuple[str, ...] = ()
    folds: int = 5
    without_test: bool = True
    samples: int = 2000
    name: str = ""
    remark: str = ""
    given: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.levers or self.levers[0].kind != "fitted":
            raise UsageError("the first row is the base, and must be fitted", 'begin with [[row]] and system = "…"')
        if self.folds < 2:
            raise UsageError(f"{self.folds} fold is none", "give --folds 5")
        if self.samples < 2:
            raise UsageError("an interval needs bootstrap draws", "give --samples 2000")
        above: dict[str, Lever] = {}
        for lever in self.levers:
            if lever.name in above:
                raise UsageError(f"two rows are called {lever.name!r}", "give one of them another name")
            for other in lever.needs:
                if other not in above:
                    raise UsageError(f"row {lever.name!r} needs {other!r}, which is no row above it", "move it down")
                wanted = {"flipped": ("fitted", "blended"), "blended": ("fitted",)}.get(lever.kind)
                if wanted and above[other].kind not in wanted:
                    raise UsageError(
                        f"row {lever.name!r} takes networks of {other!r}, which is {above[other].kind}",
                        f"name a row that is {' or '.join(wanted)}",
                    )
            above[lever.name] = lever

    @property
    def base(self) -> Lever:
        """The row that the others are compared with."""
        return self.levers[0]

    def lever(self, name: str) -> Lever:
        """A row by its name. Raises UsageError."""
        for lever in self.levers:
            if lever.name == name:
                return lever
        raise UsageError(f"no row is called {name!r}", f"choose of {', '.join(one.name for one in self.levers)}")

    def wanted(self, only: Sequence[str]) -> tuple[Lever, ...]:
        """The rows named in `only` (all where it is empty) with those that they are made of, in the table's order.
        Raises UsageError."""
        names: set[str] = set()
        left = [self.lever(name).name for name in only] or [lever.name for lever in self.levers]
        while left:
            names.add(left[0])
            left = [*left[1:], *(other for other in self.lever(left[0]).needs if other not in names)]
        return tuple(lever for lever in self.levers if lever.name in names)

    def changed(
        self,
        changes: Sequence[str],
        *,
        folds: int | None = None,
        samples: int | None = None,
        without_test: bool | None = None,
    ) -> AblationSpec:
        """With what a command line gives, which counts more than the file."""
        levers = tuple(
            lever if lever.rung is None
            else replace(lever, rung=replace(lever.rung, changes=(*lever.rung.changes, *changes)))
            for lever in self.levers
        )  # fmt: skip
        return replace(
            self,
            levers=levers,
            changes=(*self.changes, *changes),
            given=(*self.given, *changes),
            folds=self.folds if folds is None else folds,
            samples=self.samples if samples is None else samples,
            without_test=self.without_test if without_test is None else without_test,
        )


_KEYS: dict[str, type] = {
    "folds": int,
    "samples": int,
    "without_test": bool,
    "remark": str,
    "settings": dict,
    "row": list,
}
_ROW_KEYS: dict[str, type] = {
    "name": str,
    "system": str,
    "settings": dict,
    "start": str,
    "start_kind": str,
    "cache": str,
    "flips_of": str,
    "flips": list,
    "average": list,
    "blend": list,
}
_WORDS = {int: "a whole number", bool: "true or false", str: "a text", list: "a list", dict: "a section of its own"}


def read_ablation(path: Path) -> AblationSpec:
    """The table that a TOML file tells.

    Its keys: `folds`, `samples`, `without_test`, `remark`; [settings] sections of a system, for all; [[row]] `name`,
    `system` with [row.settings], `start`, `start_kind`, `cache`; or `flips_of`, `flips`; or `average`; or `blend`.
    Paths count from the file's own folder. Raises InputRefusedError where it cannot be read, UsageError with the key's
    name where it cannot be meant.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read as TOML: {error}"
        raise InputRefusedError(f"{path}: {why}", "give a TOML file with [[row]] sections") from error
    try:
        _check(told, _KEYS, "")
        return AblationSpec(
            levers=tuple(_lever(row, path, place) for place, row in enumerate(told.get("row", ()), 1)),
            changes=changes_of(told.get("settings", {}), "settings."),
            folds=told.get("folds", 5),
            without_test=told.get("without_test", True),
            samples=told.get("samples", 2000),
            name=path.name,
            remark=told.get("remark", ""),
        )
    except UsageError as error:
        raise UsageError(f"{path.name}: {error.cause}", error.hint) from error


def _lever(told: Any, path: Path, place: int) -> Lever:
    where = f"row number {place}: "
    if not isinstance(told, dict):
        raise UsageError(f"{where}{told!r} is no section", 'write [[row]] and system = "…" under it')
    _check(told, _ROW_KEYS, where)
    for key in ("flips", "average", "blend"):
        if not all(isinstance(part, str) for part in told.get(key, ())):
            raise UsageError(f"{where}{key} = {told[key]!r} is no list of texts")
    system = told.get("system", "")
    if not system and "settings" in told:
        raise UsageError(f"{where}settings are of a system", "name it, or take them out")
    if not system and not told.get("name"):
        raise UsageError(f"{where}key 'name' is missing", "name the row")
    rung = Rung(
        system=str(path.parent / system) if system.endswith(".toml") else system or "none",
        name=told.get("name", ""),
        changes=changes_of(told.get("settings", {}), f"{where}settings."),
    )  # also checks that the name is that of a folder
    return Lever(
        name=rung.name,
        rung=rung if system else None,
        start=str(path.parent / told["start"]) if told.get("start") else "",
        start_kind=told.get("start_kind", "trunk"),
        cache=path.parent / told["cache"] if told.get("cache") else None,
        flips_of=told.get("flips_of", ""),
        flips=tuple(told.get("flips", ("rows",))),
        average=tuple(told.get("average", ())),
        blend=tuple(told.get("blend", ())),
    )


def _check(told: Mapping[str, Any], keys: Mapping[str, type], where: str) -> None:
    """Raise UsageError, with the key's name, where a key is not known or has a value of another kind."""
    for key, value in told.items():
        if key not in keys:
            raise UsageError(f"{where}unknown key {key!r}", f"known are {', '.join(keys)}")
        if type(value) is not keys[key]:
            raise UsageError(f"{where}{key} = {value!r} is not {_WORDS[keys[key]]}")
