"""Memory lies ready for the next study once this one has been loaded, within the limit, and never before."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mammoview.core.buffers import SLAB_BYTES, Buffers
from mammoview.services.image_store import THREADS, ImageStore
from mammoview.services.jobs import JobRunner
from mammoview.services.reserve import MemoryReserve
from tests.unit.test_services_store import Files


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    made = JobRunner(THREADS)
    yield made
    made.close()


@pytest.mark.parametrize(("limit_slabs", "kept_slabs"), [(100, 5), (12, 3), (2, 0)])
def test_memory_lies_ready_when_the_images_are_loaded_but_never_more_than_a_quarter_of_the_limit(
    qtbot: QtBot, runner: JobRunner, limit_slabs: int, kept_slabs: int
) -> None:
    files, buffers = Files("A", "B"), Buffers()
    store = ImageStore(runner, files.read, limit_bytes=limit_slabs * SLAB_BYTES)
    reserve = MemoryReserve(store, runner, buffers, idle_ms=1)
    with qtbot.waitSignals([store.ready, store.ready]):
        store.want(files.wishes("AB"))
    qtbot.waitUntil(lambda: not reserve.waits and not runner.busy)
    assert buffers.free_bytes == kept_slabs * SLAB_BYTES


def test_what_lies_ready_is_a_part_of_what_images_may_take(qtbot: QtBot, runner: JobRunner) -> None:
    files, limit = Files(*"ABCDEFGH"), 3_000_000
    store = ImageStore(runner, files.read, limit_bytes=limit)
    MemoryReserve(store, runner, Buffers(), idle_ms=1)
    with qtbot.waitSignal(store.ready):
        store.want(files.wishes("A"), later=files.wishes("BCDEFGH"))
    qtbot.waitUntil(lambda: not store.loading)
    assert 0 < store.nbytes <= 0.75 * limit


def test_nothing_is_made_ready_while_an_image_is_loaded(qtbot: QtBot, runner: JobRunner) -> None:
    files, buffers, beat = Files("A", "B"), Buffers(), QTimer()
    files.gates["B"] = threading.Event()
    store = ImageStore(runner, files.read)
    reserve = MemoryReserve(store, runner, buffers, idle_ms=1)
    with qtbot.waitSignal(store.ready):
        store.want(files.wishes("AB"))
    with qtbot.waitSignals([beat.timeout] * 5):
        beat.start(5)
    assert reserve.waits
    assert buffers.free_bytes == 0
    with qtbot.waitSignal(store.ready):
        files.gates["B"].set()
    qtbot.waitUntil(lambda: not buffers.lacks)
