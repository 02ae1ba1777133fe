"""Owns what the record is compared with: the decoder alone, and pydicom with pyqtgraph used plainly."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any


def _codestream(path: Path) -> bytes:
    import pydicom
    from pydicom.encaps import get_frame

    return get_frame(pydicom.dcmread(path).PixelData, 0, number_of_frames=1)


def decode_alone(files: list[Path], times: int) -> dict[str, Any]:
    """ms that imagecodecs needs for the JPEG 2000 codestreams in memory, by two ways of using two cores."""
    import imagecodecs

    streams = [_codestream(path) for path in files]
    found: dict[str, list[float]] = {"two threads": [], "one after the other": []}
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(partial(imagecodecs.jpeg2k_decode, numthreads=1), streams))
        for _ in range(times):
            started = time.perf_counter()
            list(threads.map(partial(imagecodecs.jpeg2k_decode, numthreads=1), streams))
            found["two threads"].append(1000 * (time.perf_counter() - started))
            started = time.perf_counter()
            for stream in streams:
                imagecodecs.jpeg2k_decode(stream, numthreads=2)
            found["one after the other"].append(1000 * (time.perf_counter() - started))
    return found


class _Views:
    """Four pyqtgraph image items beside each other, `size` device pixels together."""

    def __init__(self, size: tuple[int, int]) -> None:
        import pyqtgraph as pg
        from PySide6.QtCore import QEvent, QObject
        from PySide6.QtWidgets import QApplication

        self.application = QApplication.instance() or QApplication([])
        pg.setConfigOptions(imageAxisOrder="row-major")
        self.widget = pg.GraphicsLayoutWidget()
        self.items = []
        for number in range(4):
            box = self.widget.addViewBox(row=number // 2, col=number % 2, lockAspect=True, invertY=True)
            item = pg.ImageItem()
            box.addItem(item)
            self.items.append(item)
        self.widget.resize(*size)
        self.widget.show()
        self.painted = False
        views = self

        class Watch(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
                if event.type() == QEvent.Type.Paint:
                    views.painted = True
                return False

        self._watch = Watch()
        self.widget.viewport().installEventFilter(self._watch)
        self.settle()

    def settle(self) -> None:
        until = time.perf_counter() + 0.5
        while time.perf_counter() < until:
            self.application.processEvents()
            time.sleep(0.001)

    def until_painted(self) -> None:
        while not self.painted:
            self.application.processEvents()

    def show(self, files: list[Path]) -> None:
        import pydicom

        for item, path in zip(self.items, files, strict=True):
            dataset = pydicom.dcmread(path)
            low = float(dataset.WindowCenter) - float(dataset.WindowWidth) / 2
            item.setImage(dataset.pixel_array, autoLevels=False, levels=(low, low + float(dataset.WindowWidth)))
            item.getViewBox().autoRange(padding=0)


def plain_opening(args: dict[str, Any]) -> dict[str, Any]:
    """ms from reading four files with pydicom to four painted image items, in a widget that was up and idle."""
    views = _Views(tuple(args["size"]))
    found = []
    for folder in args["folders"]:
        views.settle()
        views.painted, started = False, time.perf_counter()
        views.show(sorted(Path(folder).glob("*.dcm")))
        views.until_painted()
        found.append(1000 * (time.perf_counter() - started))
    return {"full": found}


def plain_redraw(args: dict[str, Any]) -> dict[str, Any]:
    """ms from `setLevels` on four image items to their paint."""
    views = _Views(tuple(args["size"]))
    views.show(sorted(Path(args["folder"]).glob("*.dcm")))
    views.settle()
    found = []
    for turn in range(args["times"] + 5):
        views.painted, started = False, time.perf_counter()
        for item in views.items:
            item.setLevels((100 + 10 * (turn % 7), 3000 + 20 * (turn % 5)))
        views.until_painted()
        found.append(1000 * (time.perf_counter() - started))
    return {"ms": found[5:]}


def plain_scanning(args: dict[str, Any]) -> dict[str, Any]:
    """Seconds that pydicom needs for the headers of all files of a folder."""
    import pydicom

    started = time.perf_counter()
    files = 0
    for path in sorted(Path(args["folder"]).rglob("*.dcm")):
        pydicom.dcmread(path, stop_before_pixels=True).get("SOPInstanceUID")
        files += 1
    return {"wall": time.perf_counter() - started, "files": files}
