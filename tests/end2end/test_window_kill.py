"""Nothing finished is ever lost: the window is killed while cases are read in it, at any moment, and started again."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.library import FILE_NAME, Library, Query
from mammoview.archive.library_reading import ReadingState
from tests.factories import Woman, write_study

KILLS = int(os.environ.get("MAMMOVIEW_KILLS", "5"))
"""How often the window is killed; MAMMOVIEW_KILLS=100 makes it a proof of some minutes, with fifty cases."""

CASES = 50 if KILLS > 20 else 10
_LATEST_START_S = 2.5
_LATEST_WORK_S = 0.5
_CHILD = "tests.end2end.reading_script"


@dataclass
class Told:
    """What the windows told as done, over all their lives: each version of each mark, each judgement, what was read."""

    marks: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    judged: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    things: int = 0
    killed: int = 0
    resumed: int = 0

    def take(self, line: dict[str, Any]) -> None:
        study = line.get("study", "")
        if line["what"] == "mark":
            self.marks.setdefault((study, line["id"]), []).append(line["record"])
        elif line["what"] == "assessed":
            words = {name: line[name] for name in ("birads", "density", "text")}
            self.judged.setdefault((study, line["side"]), []).append(words)
        elif line["what"] == "read":
            self.read.add(study)
        self.things += line["what"] in ("mark", "assessed", "read", "place")


def write_cases(folder: Path, number: int) -> None:
    for case in range(number):
        write_study(
            folder / f"case{case:03}",
            woman=Woman(f"CASE^{case:03}", f"DEMO-{case:04}"),
            study=f"case{case}",
            study_date=f"2026{1 + case // 28:02}{1 + case % 28:02}",
            rows=240,
            columns=180,
        )


def started(folder: Path, home: Path, cases: int, *how: str) -> subprocess.Popen[bytes]:
    """The window with a reader in it."""
    return subprocess.Popen(
        [sys.executable, "-m", _CHILD, str(folder), str(cases), str(home / FILE_NAME), *how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "MAMMOVIEW_HOME": str(home)},
    )


def lines_of(process: subprocess.Popen[bytes], first: bytes, seconds: float | None) -> list[dict[str, Any]]:
    """What a window told until it ended, killed after so many seconds."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    others, faults = process.communicate()
    told = [json.loads(line) for line in (first + others).decode().splitlines(keepends=True) if line.endswith("\n")]
    assert process.returncode in (0, -9), (process.returncode, told[-1:], faults.decode()[-2000:])
    return told


def check(path: Path, told: Told) -> None:
    """All that was told is in the library, which is sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with Library(path) as library:
        for (study, mark_id), versions in told.marks.items():
            history = [version.body for version in library.mark_history(mark_id)]
            assert [version for version in versions if version not in history] == []
            assert mark_id in {mark.mark_id for mark in library.marks(study)}
        for (study, side), judgements in told.judged.items():
            history = [
                {"birads": one.birads, "density": one.density, "text": one.text}
                for one in library.assessment_history(study)
                if one.laterality == side
            ]
            assert [one for one in judgements if one not in history] == []
            # what was under way at the end may be there too, but nothing beyond it
            assert judgements[-1] in history[-2:]
        assert {study for study in told.read if library.study(study).state is not ReadingState.READ} == set()


def left_at(path: Path) -> dict[str, Any] | None:
    """What a window that goes on has to show: the study of the last place, as it was looked at there (step, view, zoom,
    windows, inversion), with all that the library holds of it."""
    if not path.exists() or not path.stat().st_size:
        return None
    with Library(path) as library:
        place = library.place()
        if place is None:
            return None
        return {
            "study": place.study_key,
            "place": dict(place.details),
            "state": _begun(library.study(place.study_key).state),
            "marks": {mark.mark_id: mark.body for mark in library.marks(place.study_key)},
            "judgements": {
                one.laterality: {"birads": one.birads, "density": one.density, "text": one.text, "reader": one.reader}
                for one in library.assessments(place.study_key)
            },
        }


def _begun(state: ReadingState) -> str:
    """The state of a study when it is opened again."""
    return str(ReadingState.IN_PROGRESS if state is ReadingState.NEW else state)


def test_work_done_before_the_study_is_indexed_is_kept(tmp_path: Path) -> None:
    write_cases(tmp_path / "cases", 1)
    told = Told()
    process = started(tmp_path / "cases", tmp_path / "home", 1, "before the index")
    for line in lines_of(process, b"", None):
        told.take(line)
    assert process.returncode == -signal.SIGKILL
    assert (len(told.marks), len(told.judged)) == (1, 1)
    check(tmp_path / "home" / FILE_NAME, told)


def test_a_killed_window_goes_on_with_the_same_window_inversion_and_zoom(tmp_path: Path) -> None:
    folder, home = tmp_path / "cases", tmp_path / "home"
    write_cases(folder, 1)
    lines_of(started(folder, home, 1, "look"), b"", None)
    left = left_at(home / FILE_NAME)
    assert left is not None
    place = left["place"]
    assert place["invert"] and len(place["greys"]) == 1 and len(place["looks"]) == 4
    lines = lines_of(started(folder, home, 1, "go on"), b"", None)
    assert lines[0] == {"what": "shown"} | left


@pytest.mark.timeout(60 + 20 * KILLS)
def test_what_the_reader_did_outlives_every_kill(tmp_path: Path) -> None:
    chance = random.Random(20260131)
    folder, home = tmp_path / "cases", tmp_path / "home"
    path = home / FILE_NAME
    write_cases(folder, CASES)
    told = Told()
    for kill in range(KILLS + 1):
        before = left_at(path)
        process = started(folder, home, CASES)
        assert process.stdout is not None
        last = kill == KILLS
        first = b""
        if kill % 3 and not last:  # at work; else during the start and the indexing
            first = process.stdout.readline()
        limit = chance.uniform(0, _LATEST_WORK_S if first else _LATEST_START_S)
        lines = lines_of(process, first, None if last else limit)
        if before is not None and lines:
            assert lines[0] == {"what": "shown"} | before
            told.resumed += 1
        told.killed += process.returncode != 0
        for line in lines:
            told.take(line)
        if path.exists() and path.stat().st_size:
            check(path, told)
    with Library(path) as library:
        assert library.count(Query(states=frozenset({ReadingState.READ}))) == CASES
        assert library.check() == ""
    print(f"{told.killed} kills, {told.things} things told, {told.resumed} times gone on where it was")
    assert lines[-1]["what"] == "end"
