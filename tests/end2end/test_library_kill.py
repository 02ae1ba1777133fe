"""Nothing finished is ever lost: processes that are killed while they write, and processes that write at once."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mammoview.archive.library import Library, Query
from mammoview.archive.library_reading import ReadingState
from mammoview.core.study import ImageHeader, ImageSource, Study
from mammoview.core.window import Greyscale

KILLS = int(os.environ.get("MAMMOVIEW_KILLS", "12"))
"""How many processes are killed; MAMMOVIEW_KILLS=100 makes it a proof of about a minute."""

_LONGEST_S = 0.2
_MARKS = 200

_ANNOTATES_FOR_EVER = """
import itertools, sys
from pathlib import Path
from mammoview.archive.library import Library
library = Library(Path(sys.argv[1]))
for number in itertools.count():
    name = f"{sys.argv[2]}-{number}"
    library.put_mark("1", "image", name, {"text": name * 50}, "reader")
    print("mark", name, flush=True)
    library.put_mark("1", "image", "moved", {"text": name}, "reader")
    print("moved", name, flush=True)
    library.assess("1", laterality="R", birads=str(number % 7), text=name, reader="reader")
    print("assessed", name, flush=True)
    library.finish_reading("2", name)
    print("read", name, flush=True)
"""

_MARKS_AND_ENDS = """
import sys
from pathlib import Path
from mammoview.archive.library import Library
sys.stdin.readline()
with Library(Path(sys.argv[1])) as library:
    for number in range(int(sys.argv[3])):
        library.put_mark("1", "image", f"{sys.argv[2]}-{number}", {"number": number}, sys.argv[2])
"""

_ADDS_AND_ENDS = """
import sys
from pathlib import Path
from mammoview.archive.library import Library
from mammoview.core.study import ImageHeader, ImageSource, Study
from mammoview.core.window import Greyscale
sys.stdin.readline()
with Library(Path(sys.argv[1])) as library:
    for number in range(int(sys.argv[3])):
        uid = f"{sys.argv[2]}.{number}"
        source = ImageSource(Path(f"/in/{uid}.dcm"))
        header = ImageHeader(source, 8, 8, Greyscale(16), study_instance_uid=uid, sop_instance_uid=f"{uid}.1")
        library.add([Study(uid, (header,))], Path("/in"))
"""


def started(script: str, path: Path, name: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A fresh interpreter that runs `script`; unbuffered, so that nothing that it reported stays in a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path), name, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def end_of(process: subprocess.Popen[bytes]) -> str:
    """Wait for its end; what it said of failures."""
    return process.communicate(timeout=120)[1].decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library with the studies "1" and "2"."""
    path = tmp_path / "library.sqlite"
    with Library(path) as library:
        for uid in ("1", "2"):
            header = ImageHeader(ImageSource(Path(f"/in/{uid}.dcm")), 8, 8, Greyscale(16), study_instance_uid=uid)
            library.add([Study(uid, (header,))], Path("/in"))
    return path


def reports_until_killed(path: Path, name: str, seconds: float) -> list[tuple[str, str]]:
    """What a process reported as finished, which is killed `seconds` after its first report."""
    process = started(_ANNOTATES_FOR_EVER, path, name)
    assert process.stdout is not None
    first = process.stdout.readline()
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    others, faults = process.communicate()
    assert first and process.returncode < 0, faults.decode()
    finished = (first + others).decode().splitlines(keepends=True)
    # the last line may be half a line, which reports nothing
    return [(what, of) for what, of in (line.split() for line in finished if line.endswith("\n"))]


def test_all_that_a_killed_process_reported_is_in_the_library(path: Path) -> None:
    chance = random.Random(20260131)
    reported: set[str] = set()
    for kill in range(KILLS):
        reports = reports_until_killed(path, f"kill{kill}", chance.uniform(0, _LONGEST_S))
        newest = dict(reports)
        reported |= {of for what, of in reports if what == "mark"}
        with Library(path) as library:
            kept = {mark.mark_id: mark for mark in library.marks("1")}
            assert reported <= set(kept)
            moves = [version.body["text"] for version in library.mark_history("moved") if version.body]
            texts = [one.text for one in library.assessment_history("1")]
            readers = [event["reader"] for event in library.export_reading("2")["events"]]
        for what, history in (("moved", moves), ("assessed", texts), ("read", readers)):
            assert {of for kind, of in reports if kind == what} <= set(history)
            # what was under way at the end may be there too, but nothing beyond it
            assert newest.get(what) is None or newest[what] in history[-2:]
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(reported) >= KILLS


def test_a_process_that_is_killed_leaves_the_next_one_no_lock(path: Path) -> None:
    reports_until_killed(path, "kill", 0.01)
    with Library(path, timeout_s=0.5) as library:
        assert library.finish_reading("1", "reader") is ReadingState.READ


def run_at_once(*processes: subprocess.Popen[bytes]) -> None:
    """Let processes that wait begin together; all end without a fault."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
    assert [(end_of(process), process.returncode) for process in processes] == [("", 0)] * len(processes)


def test_two_processes_that_annotate_at_once_lose_nothing(path: Path) -> None:
    run_at_once(*(started(_MARKS_AND_ENDS, path, name, _MARKS) for name in ("a", "b")))
    with Library(path) as library:
        marks = {mark.mark_id: mark for mark in library.marks("1")}
        assert set(marks) == {f"{name}-{number}" for name in ("a", "b") for number in range(_MARKS)}
        assert all(mark.body == {"number": int(name.partition("-")[2])} for name, mark in marks.items())
        assert library.check() == ""


def test_a_scan_and_a_reader_in_two_processes_lose_nothing(path: Path) -> None:
    run_at_once(started(_ADDS_AND_ENDS, path, "9", 100), started(_MARKS_AND_ENDS, path, "a", 100))
    with Library(path) as library:
        assert library.count(Query()) == 102
        assert len(library.marks("1")) == 100


def test_processes_that_make_one_library_at_once_make_one(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    run_at_once(*(started(_ADDS_AND_ENDS, path, f"{number}", 5) for number in range(4)))
    with Library(path) as library:
        assert {row.study_key for row in library.list(Query())} == {f"{a}.{b}" for a in range(4) for b in range(5)}
