"""Owns the rows of the record: which process measures what, how often, and the target. Measures nothing itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import encoders
from tests.benchmarks import data
from tests.benchmarks.child import MARK
from tests.benchmarks.table import Row, percentile

CHECKOUT = Path(__file__).resolve().parents[2]
SCREENS = {"1920 x 1080": (1920, 1080), "2048 x 2560": (2048, 2560)}
_REDRAW_TARGET_MS = {"1920 x 1080": 8.0, "2048 x 2560": 20.0}
_OTHERS = {
    "HTJ2K lossless": encoders.HTJ2K_LOSSLESS,
    "JPEG Lossless SV1": encoders.JPEG_LOSSLESS_SV1,
    "JPEG-LS": encoders.JPEG_LS,
    "RLE": encoders.RLE,
}
_MEMORY_LIMIT = 512 << 20
_MEMORY_ALLOWANCE = 256 << 20

OPENED = (
    "From the command that opens a folder of four files to the event-loop turn after all four panes' paint events: "
    "scan, read, decode, prepare, draw, paint into the backing store. A fresh process each time, window up and idle, "
    "classifier ready (its scoring runs beside), files in the page cache. 'Later studies': in the same window."
)
REDRAWN = (
    "From before the event (a QMouseEvent or QWheelEvent sent to the pane's widget; for invert its action, for opacity "
    "the slider's call) to the end of the turn in which the last of the four panes was painted: event handling, state, "
    "drawing of all four pictures with texts, QWidget paint into the backing store. Not the copy to a screen. The "
    "panes fill the size named. Zoom is what is seen while the wheel turns."
)
STALLED = (
    "The longest gap between two beats of a 1 ms QTimer on the GUI thread, one value for each run, with the real "
    "bundled model; 'own' in the JSON is the GUI thread's processor time within that gap: what is not own is waiting "
    "for the interpreter's lock or for a processor."
)
STARTED = (
    "From just before the process is created (the parent's monotonic clock, which is the system's) to the event-loop "
    "turn after the window's first paint, or until all four panes of the demonstration study are painted. "
    "mammoview.cli.main runs as the installed command runs it; build_window is wrapped to watch what it returns."
)
COMPARED = (
    "The same files read with pydicom.dcmread().pixel_array and shown in four pyqtgraph ImageItems in a "
    "GraphicsLayoutWidget of the same size, fresh process, widget up and idle; no orientation, hanging or texts."
)


@dataclass
class Runs:
    """How much is measured. `quick`: a few small things, to see that the harness works."""

    runs: int = 5
    compare: bool = False
    quick: bool = False
    say: Callable[[str], None] = lambda text: None
    size: tuple[int, int] = data.FULL

    def child(self, name: str, **args: Any) -> dict[str, Any]:
        """One measurement in a fresh process with fresh settings."""
        self.say(f"{name} {json.dumps(args)[:150]}")
        with tempfile.TemporaryDirectory(prefix="mammoview-bench-") as home:
            # else scores and maps stay hidden until all views were looked at
            (Path(home) / "settings.json").write_text('{"reading_mode": "concurrent"}', encoding="utf-8")
            environment = {**os.environ, "MAMMOVIEW_HOME": home}
            environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
            command = [sys.executable, "-m", "tests.benchmarks.child", name]
            if name == "start":
                args["since"] = time.monotonic()
            done = subprocess.run(
                [*command, json.dumps(args)],
                cwd=CHECKOUT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=1800,
            )
        for line in done.stdout.splitlines():
            if line.startswith(MARK):
                found: dict[str, Any] = json.loads(line[len(MARK) :])
                return found
        raise RuntimeError(f"{name}: status {done.returncode}: {done.stderr[-2000:]}")

    @property
    def screen(self) -> tuple[int, int]:
        return (800, 600) if self.quick else SCREENS["1920 x 1080"]

    def studies(self, syntax: str, count: int = 3) -> list[str]:
        folders = data.studies(syntax, self.size, count)
        for folder in folders:
            data.warm(folder)
        return [str(folder) for folder in folders]


Measure = Callable[[Runs], Iterator[Row]]


def opening(runs: Runs) -> Iterator[Row]:
    folders = runs.studies(encoders.EXPLICIT)
    yield from _opened(runs, folders, "uncompressed", 200.0)


def opening_j2k(runs: Runs) -> Iterator[Row]:
    folders = runs.studies(encoders.JPEG_2000_LOSSLESS)
    files = [str(path) for path in sorted(Path(folders[0]).glob("*.dcm"))]
    found, alone = [], []
    for _ in range(runs.runs):
        decoded = runs.child("decoding", files=files, times=3)
        alone.append(min(percentile(values, 0.5) for values in decoded.values()))
        found.append(runs.child("opening", folders=folders, size=runs.screen, model=True))
    name = "open JPEG 2000 lossless"
    for part, pick in (("first study", slice(0, 1)), ("later studies", slice(1, None))):
        previews = tuple(value for one in found for value in one["any"][pick])
        full = tuple(value for one in found for value in one["full"][pick])
        ratios = tuple(v / least for one, least in zip(found, alone, strict=True) for v in one["full"][pick])
        yield Row(f"{name}, preview of all four, {part}", "ms", previews, 400.0, note=OPENED)
        yield Row(f"{name}, full, {part}", "ms", full, note=OPENED)
        note = "Full pictures over the faster of: 2 threads of 1, or 1 after the other with 2 threads, of the same run."
        yield Row(f"{name}, full / imagecodecs alone, {part}", "x", ratios, 1.15, note=note)
    yield Row("imagecodecs alone, the four codestreams", "ms", tuple(alone), note="jpeg2k_decode from memory.")
    if runs.compare:
        values = tuple(
            value
            for _ in range(runs.runs)
            for value in runs.child("plain", what="opening", folders=folders, size=runs.screen)["full"]
        )
        yield Row("pydicom + pyqtgraph, open JPEG 2000 lossless", "ms", values, note=COMPARED)


def opening_others(runs: Runs) -> Iterator[Row]:
    for name, syntax in _OTHERS.items():
        yield from _opened(runs, runs.studies(syntax, 2), name, None)


def _opened(runs: Runs, folders: list[str], name: str, target: float | None) -> Iterator[Row]:
    found, plain, still = [], [], []
    for _ in range(runs.runs):
        found.append(runs.child("opening", folders=folders, size=runs.screen, model=True))
        if target is not None:
            still.append(runs.child("opening", folders=folders, size=runs.screen, model=False))
        if runs.compare and target is not None:
            plain.append(runs.child("plain", what="opening", folders=folders, size=runs.screen))
    for part, pick in (("first study", slice(0, 1)), ("later studies", slice(1, None))):
        values = tuple(value for one in found for value in one["full"][pick])
        yield Row(f"open {name}, {part}", "ms", values, target, note=OPENED)
        values = tuple(value for one in still for value in one["full"][pick])
        if values:
            yield Row(f"open {name}, {part}, without a classifier", "ms", values, note=OPENED)
        values = tuple(value for one in plain for value in one["full"][pick])
        if values:
            yield Row(f"pydicom + pyqtgraph, open {name}, {part}", "ms", values, note=COMPARED)


def stepping(runs: Runs) -> Iterator[Row]:
    folder = str(Path(runs.studies(encoders.EXPLICIT)[0]).parent)
    values = tuple(
        value
        for _ in range(runs.runs)
        for value in runs.child("stepping", folder=folder, steps=2, size=runs.screen, model=True)["ms"]
    )
    note = "From the command of PgDown to four painted panes; the study was prefetched, the classifier at rest."
    yield Row("next study, prefetched", "ms", values, 100.0, note=note)


def redraw(runs: Runs) -> Iterator[Row]:
    folder = runs.studies(encoders.EXPLICIT, 1)[0]
    times = 10 if runs.quick else 60
    for screen, size in SCREENS.items():
        ours: dict[str, list[float]] = {}
        plain: list[float] = []
        for _ in range(max(1, (runs.runs + 1) // 2)):
            found = runs.child("redraw", folder=folder, size=size, times=times)
            if found["panes"] != list(size):
                raise RuntimeError(f"the panes fill {found['panes']}, not {size}")
            for gesture, values in found["ms"].items():
                ours.setdefault(gesture, []).extend(values)
            if runs.compare:
                plain += runs.child("plain", what="redraw", folder=folder, size=size, times=min(times, 20))["ms"]
        for gesture, values in ours.items():
            target = _REDRAW_TARGET_MS[screen]
            yield Row(f"redraw {screen}: {gesture}", "ms", tuple(values), target, judged="p95", note=REDRAWN)
        if plain:
            yield Row(f"pyqtgraph ImageItems {screen}: setLevels", "ms", tuple(plain), note=COMPARED)
            mine = sorted(ours["window/level, no heat map"])
            ratio = percentile(plain, 0.5) / percentile(mine, 0.5)
            note = "Median of setLevels on four ImageItems over the median of window/level without heat map."
            yield Row(f"times faster than pyqtgraph, {screen}", "x", (ratio,), 5.0, least=True, note=note)


def stall(runs: Runs) -> Iterator[Row]:
    for name, syntax in (("uncompressed", encoders.EXPLICIT), ("JPEG 2000", encoders.JPEG_2000_LOSSLESS)):
        folder = str(Path(runs.studies(syntax)[0]).parent)
        found = [runs.child("stall", folder=folder) for _ in range(runs.runs)]
        for phase in found[0]:
            values = tuple(one[phase]["gap"] for one in found)
            own = {"own": [one[phase]["own"] for one in found]}
            yield Row(f"stall, {name}: {phase}", "ms", values, 50.0, judged="max", note=STALLED, extra=own)


def memory(runs: Runs) -> Iterator[Row]:
    studies = 12 if runs.quick else 200
    marks = [4, 8, 12] if runs.quick else [20, 100, 200]
    size = (512, 416) if runs.quick else data.SMALL
    limit = (8 << 20) if runs.quick else _MEMORY_LIMIT
    folders = data.studies(encoders.JPEG_2000_LOSSLESS, size, studies)
    found = runs.child("memory", folder=str(folders[0].parent), studies=studies, marks=marks, limit=limit)
    note = (
        f"{studies} studies of 4 x {size[0]} x {size[1]}, JPEG 2000, one after the other, each scored (fake engine) "
        f"and painted; limit {limit >> 20} MiB. Allowance: what the idle window held ({found['idle'] >> 20} MiB) and "
        f"{_MEMORY_ALLOWANCE >> 20} MiB for what is being decoded and drawn. Decoder processes at the end: "
        f"{found['children'][str(marks[-1])] >> 20} MiB."
    )
    rss = {mark: found["rss"][str(mark)] / 2**20 for mark in marks}
    for mark in marks:
        most = (limit + found["idle"] + _MEMORY_ALLOWANCE) / 2**20
        yield Row(f"memory after {mark} studies", "MiB", (rss[mark],), most, judged="max", note=note, extra=found)
    growth = 100 * (rss[marks[-1]] / rss[marks[0]] - 1)
    yield Row(f"memory, growth from {marks[0]} to {marks[-1]} studies", "%", (growth,), 5.0, judged="max", note=note)


def start(runs: Runs) -> Iterator[Row]:
    runs.child("start", demo=True)
    empty, demo = [], []
    for _ in range(runs.runs):
        empty.append(runs.child("start", demo=False)["visible"])
        demo.append(runs.child("start", demo=True))
    yield Row("start to window visible", "s", tuple(empty), 1.0, note=STARTED)
    yield Row(
        "start with the demonstration study to window visible", "s", tuple(o["visible"] for o in demo), note=STARTED
    )
    yield Row("start to the demonstration study painted", "s", tuple(o["painted"] for o in demo), 1.5, note=STARTED)


def scanning(runs: Runs) -> Iterator[Row]:
    folder = data.headers(400 if runs.quick else 10_000)
    data.warm(folder)
    found, plain = [], []
    for _ in range(runs.runs):
        found.append(runs.child("scanning", folder=str(folder)))
        if runs.compare:
            plain.append(runs.child("plain", what="scanning", folder=str(folder)))
    busy = tuple(one["cpu"] / one["wall"] for one in found)
    bound = "the processor" if percentile(busy, 0.5) > 0.9 else "the disk"
    note = f"{found[0]['files']} files of 64 x 48 pixels with the full header, page cache; bound by {bound}."
    yield Row("scan of a folder", "files/s", tuple(one["files"] / one["wall"] for one in found), note=note)
    yield Row("scan, processor seconds / wall seconds", "", busy, note=note)
    if plain:
        rate = tuple(one["files"] / one["wall"] for one in plain)
        yield Row("pydicom alone, headers of the same files", "files/s", rate, note="dcmread(stop_before_pixels=True).")


MEASURES: dict[str, Measure] = {
    "start": start,
    "open": opening,
    "j2k": opening_j2k,
    "others": opening_others,
    "next": stepping,
    "redraw": redraw,
    "stall": stall,
    "memory": memory,
    "scan": scanning,
}
