"""Owns the reading of many studies one after the other, and the memory that the processes hold meanwhile."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from tests.benchmarks.pilot import Pilot

_TOPPED_UP_MS = 1500
"""Until what lies ready for the next study lies there, at each mark alike."""


def rss_bytes(process: int) -> int:
    """The resident set of a process; 0 where it has ended."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def children(process: int) -> list[int]:
    """The processes that a process has started, theirs too."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            own = [int(number) for number in task.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for number in own:
            found += [number, *children(number)]
    return found


def read_on(pilot: Pilot, folder: Path, studies: int, marks: list[int]) -> dict[str, Any]:
    """RSS in bytes after each number of studies in `marks`, of the window's process and of those it started."""
    pilot.idle(500)
    own = os.getpid()
    found: dict[str, Any] = {
        "idle": rss_bytes(own),
        "limit": pilot.session.store.limit_bytes,
        "rss": {},
        "children": {},
    }
    pilot.open(folder)
    for number in range(1, studies + 1):
        pilot.wait(lambda: pilot.is_complete() and pilot.is_scored(), f"study {number}")
        if number in marks:
            pilot.wait(pilot.is_quiet, "quiet")
            pilot.idle(_TOPPED_UP_MS)
            gc.collect()
            found["rss"][str(number)] = rss_bytes(own)
            found["children"][str(number)] = sum(map(rss_bytes, children(own)))
            found["images"] = pilot.session.store.nbytes
        if number < studies:
            pilot.forget()
            pilot.choose("next-study")
    return found
