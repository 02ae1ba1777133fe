"""Images in memory: pinned, prefetched, limited, refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.services.image_store import ImageStore
from mammoview.services.jobs import JobRunner
from tests.unit.made import breast_image


class Files:
    """Made images by key; counts what is read and may wait at a gate."""

    def __init__(self, *keys: str) -> None:
        self.images: dict[str, MammoImage] = {}
        for key in keys:
            image = breast_image(rows=200, columns=150)
            self.images[key] = MammoImage(replace(image.header, sop_instance_uid=key), image.stored)
        self.read_keys: list[str] = []
        self.gate: threading.Event | None = None

    def header(self, key: str) -> ImageHeader:
        return self.images[key].header

    def read(self, header: ImageHeader) -> MammoImage:
        if self.gate is not None:
            self.gate.wait(20)
        self.read_keys.append(header.key)
        if header.key == "broken":
            raise InputRefusedError("is cut short", "copy it again")
        return self.images[header.key]


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    made = JobRunner(2)
    yield made
    made.close()


def idle(qtbot: QtBot, store: ImageStore) -> None:
    qtbot.waitUntil(lambda: not store.loading)


def test_what_is_wanted_now_comes_first_then_what_may_follow(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c")
    store = ImageStore(runner, files.read)
    store.want([files.header("a"), files.header("b")], [files.header("c")])
    idle(qtbot, store)
    assert set(files.read_keys[:2]) == {"a", "b"}
    assert store.prefetched() == 1


def test_the_least_recently_used_is_given_up_but_never_what_is_pinned(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c")
    store = ImageStore(runner, files.read)
    store.want([files.header("a")])
    idle(qtbot, store)
    store.limit_bytes = store.nbytes
    store.want([files.header("b")])
    idle(qtbot, store)
    assert store.get("a") is None
    store.want([files.header("b"), files.header("c")])
    idle(qtbot, store)
    assert store.get("b") is not None and store.get("c") is not None
    assert store.nbytes > store.limit_bytes


def test_nothing_is_prefetched_over_the_limit(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b")
    store = ImageStore(runner, files.read, limit_bytes=1)
    store.want([files.header("a")], [files.header("b")])
    idle(qtbot, store)
    assert "b" not in files.read_keys


def test_a_refused_image_is_told_and_tried_again_when_wanted_anew(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("broken")
    store = ImageStore(runner, files.read)
    with qtbot.waitSignal(store.failed):
        store.want([files.header("broken")])
    assert str(store.error("broken")) == "is cut short (copy it again)"
    with qtbot.waitSignal(store.failed):
        store.want([files.header("broken")])
    assert files.read_keys == ["broken", "broken"]


def test_what_is_no_longer_wanted_does_not_arrive(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read)
    arrived: list[str] = []
    store.ready.connect(arrived.append)
    store.want([files.header("a")])
    store.want([files.header("b")])
    files.gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert arrived == ["b"]


def test_cancelled_images_say_so(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read)
    store.want([files.header("a")])
    assert store.cancel()
    files.gate.set()
    assert "cancelled" in str(store.error("a"))
