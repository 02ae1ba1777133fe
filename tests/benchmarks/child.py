"""Owns one measurement in a fresh process: `python -m tests.benchmarks.child NAME JSON`. Prints one line of JSON.

The window is the application's own: `mammoview.cli.main` is called, and `mammoview.app.build_window` is wrapped so that
what it returns is watched. Nothing else of the application is replaced but, where said, the classifier.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.pilot import Pilot

MARK = "RESULT "
NO_MODEL = ["--model", os.devnull]


class FakeEngine:
    """A classifier that answers at once with a map of 13 x 8 cells."""

    def facts(self) -> Any:
        from mammoview.core.prediction import ModelLabel
        from mammoview.services.prediction import EngineFacts

        label = ModelLabel("fake", "1.0", "0" * 64, ("benign", "cancer"), "cancer", {"balanced": 0.5}, "tests")
        return EngineFacts(label, "cpu", "")

    def predict(self, image: Any) -> Any:
        import numpy as np

        from mammoview.core.geometry import GridTransform
        from mammoview.core.prediction import HeatMap, ImagePrediction

        cells = np.random.default_rng(0).random((13, 8), dtype=np.float32)
        grid = GridTransform(13 / image.rows, 0.0, 8 / image.columns, 0.0)
        return ImagePrediction(image.key, image.header.laterality, score=0.9, heat_map=HeatMap(cells, grid))

    def device_change(self) -> str:
        return ""

    def close(self) -> None:
        """Nothing to end."""


def in_application(
    arguments: list[str], script: Callable[[Pilot], dict[str, Any]], *, fake: bool = False, limit: int | None = None
) -> dict[str, Any]:
    """Run `mammoview ARGUMENTS`; when its event loop turns, run the script on the window, then close it."""
    import mammoview.cli
    from mammoview import app
    from mammoview.commands import display

    result: dict[str, Any] = {}
    errors: list[BaseException] = []
    build: Callable[..., Any] = app.build_window

    def watched(make_engine: Callable[[], Any], **options: Any) -> Any:
        from PySide6.QtCore import QTimer

        from tests.benchmarks.pilot import Pilot

        if limit is not None:
            options["limit_bytes"] = limit
        window = build(FakeEngine if fake else make_engine, **options)
        pilot = Pilot(window)

        def go() -> None:
            try:
                result.update(script(pilot))
            except BaseException as error:
                errors.append(error)
            window.close()

        QTimer.singleShot(0, go)
        return window

    app.build_window = watched  # type: ignore[assignment]
    display.display_reason = lambda: None  # offscreen is as good as a display here
    mammoview.cli.main(arguments)
    if errors:
        raise errors[0]
    return result


def _size(pilot: Pilot, columns: int, rows: int) -> None:
    """Fold the panels; the panes fill `columns` x `rows` exactly."""
    from PySide6.QtCore import Qt

    window = pilot.window
    window.fold_study_panel(True)
    window.fold_side_panel(True)
    window.setWindowState(Qt.WindowState.WindowNoState)
    pilot.idle(100)
    for _ in range(4):
        place = window.stack
        window.resize(window.width() + columns - place.width(), window.height() + rows - place.height())
        pilot.idle(100)


def start(args: dict[str, Any]) -> dict[str, Any]:
    """Seconds from `args["since"]` (the parent's monotonic clock) to the window's first paint, and the demo's views."""

    def script(pilot: Pilot) -> dict[str, Any]:
        pilot.wait(lambda: (pilot.first_paint or -1.0) > 0, "the window")
        found = {"visible": (pilot.first_paint or 0.0) - args["since"]}
        if args["demo"]:
            found["painted"] = pilot.wait(pilot.is_complete, "the demonstration study") - args["since"]
        return found

    return in_application(["demo"] if args["demo"] else [], script)


def opening(args: dict[str, Any]) -> dict[str, Any]:
    """ms to open each of `args["folders"]` in turn, in a window that was up and idle, its classifier ready."""

    def script(pilot: Pilot) -> dict[str, Any]:
        _size(pilot, *args["size"])
        pilot.wait(pilot.engine_decided, "the classifier")
        pilot.idle(1500)
        times = []
        for folder in args["folders"]:
            times.append(pilot.open(Path(folder)))
            pilot.wait(pilot.is_quiet, "quiet")
            pilot.idle(1500)
        return {"any": [ms for ms, _ in times], "full": [ms for _, ms in times]}

    return in_application([] if args["model"] else NO_MODEL, script)


def stepping(args: dict[str, Any]) -> dict[str, Any]:
    """ms from the command "next study" to four painted views of a study that was prefetched."""

    def script(pilot: Pilot) -> dict[str, Any]:
        _size(pilot, *args["size"])
        pilot.wait(pilot.engine_decided, "the classifier")
        pilot.open(Path(args["folder"]))
        times = []
        for _ in range(args["steps"]):
            pilot.wait(pilot.is_quiet, "quiet")
            pilot.idle(300)
            pilot.wait(pilot.is_quiet, "quiet")
            pilot.forget()
            began = pilot.choose("next-study")
            times.append(1000 * (pilot.wait(pilot.is_complete, "the next study") - began))
        return {"ms": times}

    return in_application([] if args["model"] else NO_MODEL, script)


def redraw(args: dict[str, Any]) -> dict[str, Any]:
    from tests.benchmarks.redraw import gestures

    def script(pilot: Pilot) -> dict[str, Any]:
        _size(pilot, *args["size"])
        pilot.wait(pilot.engine_decided, "the classifier")
        pilot.open(Path(args["folder"]))
        pilot.wait(pilot.is_quiet, "quiet")
        grid = pilot.grid
        return {"panes": [grid.width(), grid.height()], "ms": gestures(pilot, args["times"])}

    return in_application([], script, fake=True)


def stall(args: dict[str, Any]) -> dict[str, Any]:
    from tests.benchmarks.stall import longest

    return in_application([], lambda pilot: longest(pilot, Path(args["folder"])))


def memory(args: dict[str, Any]) -> dict[str, Any]:
    from tests.benchmarks.memory import read_on

    return in_application(
        [],
        lambda pilot: read_on(pilot, Path(args["folder"]), args["studies"], args["marks"]),
        fake=True,
        limit=args["limit"],
    )


def decoding(args: dict[str, Any]) -> dict[str, Any]:
    from tests.benchmarks.reference import decode_alone

    return decode_alone([Path(path) for path in args["files"]], args["times"])


def scanning(args: dict[str, Any]) -> dict[str, Any]:
    """Seconds of wall clock and of processors to scan a folder, this process and its children."""
    from mammoview.dicom.scan import scan

    before, started = os.times(), time.perf_counter()
    result = scan([Path(args["folder"])])
    wall, after = time.perf_counter() - started, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    files = sum(len(study.images) for study in result.studies)
    return {"wall": wall, "cpu": cpu, "files": files, "refused": len(result.refused)}


def plain(args: dict[str, Any]) -> dict[str, Any]:
    from tests.benchmarks import reference

    what: Callable[[dict[str, Any]], dict[str, Any]] = getattr(reference, f"plain_{args['what']}")
    return what(args)


_NAMES = (start, opening, stepping, redraw, stall, memory, decoding, scanning, plain)


def main(arguments: list[str]) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    measure = {function.__name__: function for function in _NAMES}[arguments[0]]
    result = measure(json.loads(arguments[1]))
    answers.write(MARK + json.dumps(result) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
