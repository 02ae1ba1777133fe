"""Images in memory: pinned, prefetched, previewed, limited, refused; frames and slabs of them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.core.image import FrameChoice, MammoImage, Projection
from mammoview.core.study import ImageHeader
from mammoview.services import image_cache
from mammoview.services.image_cache import MIB, Wish, allowed_bytes, checked_limit, default_limit_bytes
from mammoview.services.image_store import THREADS, ImageStore
from mammoview.services.jobs import JobRunner
from mammoview.services.stamps import Stamp
from tests.unit.made import breast_image


class Files:
    """Made images by key; counts what is read and may wait at gates (of all, or by key)."""

    def __init__(self, *keys: str, frames: int = 1) -> None:
        self.images: dict[str, MammoImage] = {}
        for key in keys:
            image = breast_image(rows=200, columns=150)
            self.images[key] = MammoImage(replace(image.header, sop_instance_uid=key, frames=frames), image.stored)
        self.read_keys: list[str] = []
        self.previewed: list[str] = []
        self.gate: threading.Event | None = None
        self.gates: dict[str, threading.Event] = {}
        self.entered: dict[str, threading.Event] = {}

    def header(self, key: str) -> ImageHeader:
        return self.images[key].header

    def wish(self, key: str, choice: FrameChoice | None = None) -> Wish:
        return Wish(self.header(key), choice or FrameChoice())

    def wishes(self, keys: str) -> list[Wish]:
        return [self.wish(key) for key in keys]

    def read(self, header: ImageHeader, frame: int) -> MammoImage:
        name = header.key if header.frames == 1 else f"{header.key}#{frame}"
        self.entered.setdefault(name, threading.Event()).set()
        for gate in (self.gate, self.gates.get(name)):
            if gate is not None:
                gate.wait(20)
        self.read_keys.append(name)
        if header.key == "broken":
            raise InputRefusedError("is cut short", "copy it again")
        image = self.images[header.key]
        return MammoImage(image.header, self.stored(header.key, frame), frame) if header.frames > 1 else image

    def stored(self, key: str, frame: int) -> np.ndarray:
        return np.asarray(np.roll(self.images[key].stored, 3 * frame, axis=0) // 2 + frame, np.uint16)

    def preview(self, header: ImageHeader, frame: int) -> MammoImage | None:
        self.previewed.append(header.key)
        if header.key == "plain":
            return None
        if header.key == "odd":
            raise InputRefusedError("has no reduced image")
        return replace(self.read_quietly(header, frame), preview=True)

    def read_quietly(self, header: ImageHeader, frame: int) -> MammoImage:
        return MammoImage(header, self.stored(header.key, 0), frame)


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    made = JobRunner(THREADS)
    yield made
    made.close()


def idle(qtbot: QtBot, store: ImageStore) -> None:
    qtbot.waitUntil(lambda: not store.loading)


def test_what_is_wanted_now_comes_first_then_what_may_follow(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c", "d")
    store = ImageStore(runner, files.read)
    store.want(files.wishes("ab"), files.wishes("d"), files.wishes("c"))
    idle(qtbot, store)
    assert set(files.read_keys[:2]) == {"a", "b"}
    assert files.read_keys[2:] == ["d", "c"]
    assert store.prefetched() == 1


def test_what_is_shown_starts_although_a_prefetch_is_under_way(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "p", "b", "c")
    files.gates["p"] = threading.Event()
    store = ImageStore(runner, files.read)
    store.want(files.wishes("a"), (), files.wishes("p"))
    qtbot.waitUntil(lambda: "p" in files.entered)
    store.want(files.wishes("bc"), (), files.wishes("p"))
    qtbot.waitUntil(lambda: store.holds("b") and store.holds("c"))
    assert "p" not in files.read_keys
    files.gates["p"].set()
    idle(qtbot, store)
    assert store.holds("p")


def test_never_more_than_two_are_loaded_at_once_for_the_screen(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c", "d", "e")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read)
    store.want(files.wishes("abcd"), files.wishes("e"))
    qtbot.waitUntil(lambda: {"a", "b"} <= set(files.entered))
    assert len(store._loading) == 2
    files.gate.set()
    idle(qtbot, store)
    assert "e" not in files.read_keys[:3]  # what may follow waits until at most one of the screen is under way


def test_previews_of_all_come_before_the_images_and_go_when_these_are_there(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read, preview=files.preview)
    arrived: list[tuple[str, bool]] = []
    store.ready.connect(lambda key: arrived.append((key, store.get(key).image.preview)))
    store.want(files.wishes("abc"), (), ())
    qtbot.waitUntil(lambda: len(arrived) == 3)
    assert {key for key, preview in arrived if preview} == {"a", "b", "c"}
    assert not store.holds("a")
    files.gate.set()
    idle(qtbot, store)
    assert all(store.holds(key) and not store.get(key).image.preview for key in "abc")
    assert sorted(files.previewed) == ["a", "b", "c"]
    assert store.nbytes == sum(store.get(key).nbytes for key in "abc")


def test_a_prefetched_image_needs_no_preview(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b")
    store = ImageStore(runner, files.read, preview=files.preview)
    store.want(files.wishes("a"), (), files.wishes("b"))
    idle(qtbot, store)
    store.want(files.wishes("b"))
    idle(qtbot, store)
    assert files.previewed == ["a"]


@pytest.mark.parametrize("key", ["plain", "odd"])
def test_an_image_without_a_preview_is_just_loaded(qtbot: QtBot, runner: JobRunner, key: str) -> None:
    files = Files(key)
    store = ImageStore(runner, files.read, preview=files.preview)
    failed: list[str] = []
    store.failed.connect(failed.append)
    store.want([files.wish(key)])
    idle(qtbot, store)
    assert store.holds(key) and failed == []


def test_an_image_that_fails_after_its_preview_shows_its_error(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("broken")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read, preview=files.preview)
    store.want([files.wish("broken")])
    qtbot.waitUntil(lambda: store.get("broken") is not None)
    files.gate.set()
    with qtbot.waitSignal(store.failed):
        pass
    assert store.get("broken") is None
    assert "cut short" in str(store.error("broken"))


def test_the_least_recently_used_is_given_up_but_never_what_is_pinned(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c")
    store = ImageStore(runner, files.read)
    store.want(files.wishes("a"))
    idle(qtbot, store)
    store.limit_bytes = store.nbytes
    store.want(files.wishes("b"))
    idle(qtbot, store)
    assert store.get("a") is None
    store.want(files.wishes("bc"))
    idle(qtbot, store)
    assert store.get("b") is not None and store.get("c") is not None
    assert store.nbytes > store.limit_bytes


def test_a_lower_limit_gives_up_images_at_once(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c")
    store = ImageStore(runner, files.read)
    store.want(files.wishes("a"), (), files.wishes("bc"))
    idle(qtbot, store)
    store.limit_bytes = store.nbytes - 1
    assert store.nbytes <= store.limit_bytes
    assert store.holds("a") and store.prefetched() == 1
    assert not store.loading


def test_prefetching_stops_at_the_limit_and_loads_nothing_twice(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b", "c", "d")
    one = files.wish("a").nbytes
    store = ImageStore(runner, files.read, limit_bytes=round(2.5 * one))
    store.want(files.wishes("a"), files.wishes("b"), files.wishes("cd"))
    idle(qtbot, store)
    assert sorted(files.read_keys) == ["a", "b"]
    assert store.nbytes <= store.limit_bytes


def test_a_refused_image_is_told_and_tried_again_when_that_is_asked_for(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("broken")
    store = ImageStore(runner, files.read)
    with qtbot.waitSignal(store.failed):
        store.want(files_of(files))
    assert str(store.error("broken")) == "is cut short (copy it again)"
    store.want(files_of(files))
    assert not store.loading
    store.retry()
    with qtbot.waitSignal(store.failed):
        store.want(files_of(files))
    assert files.read_keys == ["broken", "broken"]


def files_of(files: Files) -> list[Wish]:
    return [files.wish(key) for key in files.images]


def test_what_is_no_longer_wanted_does_not_arrive(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read)
    arrived: list[str] = []
    store.ready.connect(arrived.append)
    store.want(files.wishes("a"))
    store.want(files.wishes("b"))
    files.gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert arrived == ["b"]


def stamp(size: int) -> Stamp:
    return Stamp(Path("file.dcm"), None, 1, size, 2, 3)


def test_what_came_from_another_file_with_the_same_key_is_given_up(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b")
    store = ImageStore(runner, files.read)
    assert store.recognise({"a": stamp(1), "b": stamp(2)}) == frozenset()
    store.want(files.wishes("ab"))
    idle(qtbot, store)
    assert store.recognise({"a": stamp(3), "b": stamp(2)}) == {"b"}
    assert not store.holds("a") and store.holds("b")


def test_a_file_of_which_nothing_can_be_told_is_never_taken_for_the_same(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a")
    store = ImageStore(runner, files.read)
    for _ in range(2):
        assert store.recognise({"a": None}) == frozenset()
        assert not store.holds("a")
        store.want(files.wishes("a"))
        idle(qtbot, store)


def test_what_is_in_memory_is_known_again_after_other_files_were_opened(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a", "b")
    store = ImageStore(runner, files.read)
    for key, known in (("a", set()), ("b", set()), ("a", {"a"})):
        assert store.recognise({key: stamp(ord(key))}) == known
        store.want(files.wishes(key))
        idle(qtbot, store)
    assert files.read_keys == ["a", "b"]


TraceFunction = Callable[[FrameType, str, object], Any]


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python were run by `work` in this thread."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_a_slab_of_millions_of_frames_is_asked_for_in_few_steps(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("t", frames=3_000_000)
    files.gate = threading.Event()
    store = ImageStore(runner, files.read)
    wishes = [files.wish("t", FrameChoice(1, 3_000_000))]
    assert 0 < lines_run(lambda: store.want(wishes)) < 10_000
    store.cancel()
    files.gate.set()


def test_cancelled_images_say_so(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("a")
    files.gate = threading.Event()
    store = ImageStore(runner, files.read)
    store.want(files.wishes("a"))
    assert store.cancel()
    files.gate.set()
    assert "cancelled" in str(store.error("a"))


def test_the_newest_frame_wins_and_those_between_are_skipped(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("t", frames=40)
    store = ImageStore(runner, files.read)
    store.want([files.wish("t", FrameChoice(20))])
    idle(qtbot, store)
    files.gate = threading.Event()
    for frame in range(21, 31):
        store.want([files.wish("t", FrameChoice(frame))])
    qtbot.waitUntil(lambda: {"t#21", "t#22"} <= set(files.entered))
    files.gate.set()
    idle(qtbot, store)
    assert sorted(files.read_keys) == ["t#20", "t#21", "t#22", "t#30"]
    assert store.holds("t", FrameChoice(30))


def test_frames_take_the_breast_and_the_way_up_from_the_first_one(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("t", frames=9)
    store = ImageStore(runner, files.read)
    store.want([files.wish("t", FrameChoice(5))], [files.wish("t", FrameChoice(9))])
    idle(qtbot, store)
    first, other = store.get("t", FrameChoice(5)), store.get("t", FrameChoice(9))
    assert other.laid_box == first.laid_box and other.region is first.region
    assert not np.array_equal(other.image.stored, first.image.stored)


@pytest.mark.parametrize(("projection", "fold"), [(Projection.MAXIMUM, np.max), (Projection.AVERAGE, np.mean)])
def test_a_slab_is_made_of_its_frames(qtbot: QtBot, runner: JobRunner, projection: Projection, fold: object) -> None:
    files = Files("t", frames=9)
    store = ImageStore(runner, files.read)
    store.want([files.wish("t", FrameChoice(5))])
    idle(qtbot, store)
    choice = FrameChoice(5, 3, projection)
    store.want([files.wish("t", choice)])
    idle(qtbot, store)
    expected = fold([files.stored("t", frame) for frame in (4, 5, 6)], axis=0)
    slab = store.get("t", choice)
    assert np.array_equal(slab.image.stored, np.floor(expected + 0.5).astype(np.uint16))
    assert (slab.image.frame, slab.image.slab) == (5, 3)
    assert sorted(files.read_keys) == ["t#4", "t#5", "t#6"]
    store.want([files.wish("t", FrameChoice(6, 3, projection))])
    idle(qtbot, store)
    assert files.read_keys.count("t#6") == 1


def test_many_frames_stay_within_the_limit(qtbot: QtBot, runner: JobRunner) -> None:
    files = Files("t", frames=30)
    store = ImageStore(runner, files.read, limit_bytes=5 * files.wish("t").nbytes)
    for frame in range(1, 31):
        ahead = [files.wish("t", FrameChoice(number)) for number in range(frame + 1, min(31, frame + 9))]
        store.want([files.wish("t", FrameChoice(frame))], ahead)
        idle(qtbot, store)
        assert store.nbytes <= store.limit_bytes
        assert store.holds("t", FrameChoice(frame))
    assert len(files.read_keys) == 30


def test_the_limit_has_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_cache, "memory_bytes", lambda: 8 << 30)
    assert default_limit_bytes() == checked_limit(0) == 2 << 30
    assert checked_limit(4096) == 4 << 30
    for wrong in (1, 4097, -5):
        with pytest.raises(UsageError, match="no memory limit"):
            checked_limit(wrong)
    assert allowed_bytes(100_000) == 4 << 30
    assert allowed_bytes(1) == 256 * MIB
    monkeypatch.setattr(image_cache, "memory_bytes", lambda: 600 * MIB)
    assert default_limit_bytes() == 300 * MIB
