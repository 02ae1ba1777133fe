"""Turns of work on folders: one after the other, but none behind a folder that does not answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mammoview.core.errors import MammoviewError
from mammoview.services import jobs, turns
from mammoview.services.jobs import JobRunner
from mammoview.services.turns import Asked, Turns

DEAD, LIVING, DEEP = Path("/dead"), Path("/living"), Path("/dead/deep")


class Rig:
    """Turns, a gate for work that waits, and what came of all work in its order."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.turns = Turns()
        self.gate = threading.Event()
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.silent: list[Path] = []
        self.turns.silent.connect(self.silent.append)

    def waits(self, name: str) -> Callable[[Asked], str]:
        def work(asked: Asked) -> str:
            self.begun.append(name)
            self.gate.wait(20)
            asked.go_on()
            return name

        return work

    def answers(self, name: str) -> Callable[[Asked], str]:
        def work(asked: Asked) -> str:
            self.begun.append(name)
            return name

        return work

    def take(self, folder: Path, name: str, work: Callable[[Asked], str], **how: bool) -> None:
        self.turns.take(folder, name, work, done=self.ended.append, failed=self.failed, **how)

    def failed(self, error: MammoviewError) -> None:
        self.ended.append(str(error))

    def until(self, met: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(met, timeout=20_000)


@pytest.fixture
def rig(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(turns, "_LOOKS_EVERY_MS", 10)
    made = Rig(qtbot)
    yield made
    made.gate.set()
    made.turns.close()


def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SILENT_S", 0.05)


def test_work_on_several_folders_is_done_one_after_the_other(rig: Rig) -> None:
    rig.take(DEAD, "look", rig.waits("first"))
    rig.take(LIVING, "look", rig.answers("second"))
    rig.until(lambda: rig.begun == ["first"])
    assert rig.turns.runner.busy and not rig.turns.idle
    rig.gate.set()
    rig.until(lambda: rig.ended == ["first", "second"])
    assert rig.turns.idle and not rig.turns.runner.busy


def test_nobody_waits_for_a_folder_that_does_not_answer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    short_patience(monkeypatch)
    rig.take(DEAD, "look", rig.waits("dead"))
    rig.take(LIVING, "look", rig.answers("living"))
    rig.until(lambda: rig.ended == ["living"])
    assert rig.silent[0] == DEAD and rig.turns.away == {DEAD}


def test_nothing_further_is_asked_of_it_nor_of_what_lies_in_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    short_patience(monkeypatch)
    rig.take(DEAD, "look", rig.waits("dead"))
    rig.until(lambda: rig.begun == ["dead"] and rig.turns.away == {DEAD})
    for folder in (DEAD, DEEP):
        rig.take(folder, "list", rig.answers("too early"), at_once=True, beside=True)
    rig.take(LIVING, "look", rig.answers("living"))
    rig.until(lambda: rig.ended == ["living"])
    assert rig.begun == ["dead", "living"]
    rig.gate.set()
    rig.until(lambda: sorted(rig.ended) == ["dead", "living", "too early", "too early"])


def test_what_asks_nothing_of_it_is_done_all_the_same(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    short_patience(monkeypatch)
    rig.take(DEAD, "look", rig.waits("dead"))
    rig.take(DEAD, "remove", rig.answers("removed"), at_once=True, asks=False)
    rig.until(lambda: rig.ended == ["removed"])


def test_what_cannot_wait_is_done_beside_the_work_on_its_folder(rig: Rig) -> None:
    rig.take(DEAD, "look", rig.waits("look"))
    rig.take(DEAD, "list", rig.answers("list"), at_once=True, beside=True)
    rig.until(lambda: rig.ended == ["list"])


def test_the_same_is_not_begun_twice(rig: Rig) -> None:
    for name in ("first", "second", "third"):
        rig.take(DEAD, "list", rig.waits(name), at_once=True, beside=True)
    rig.until(lambda: rig.begun == ["first"])
    rig.gate.set()
    rig.until(lambda: rig.ended == ["first", "third"])


def test_what_was_dropped_tells_nobody(rig: Rig) -> None:
    rig.take(DEAD, "look", rig.waits("dropped"))
    rig.take(DEAD, "eye", rig.answers("never begun"))
    rig.until(lambda: rig.begun == ["dropped"])
    rig.turns.drop(DEAD)
    rig.take(DEAD, "look", rig.answers("after"))
    rig.gate.set()
    rig.until(lambda: rig.ended == ["after"])
    assert rig.begun == ["dropped", "after"]


def test_a_folder_that_keeps_answering_is_not_away(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    asked = Asked()
    now[0] = turns.SILENT_S
    assert not asked.silent
    asked.answered()
    now[0] = 2 * turns.SILENT_S
    assert not asked.silent
    asked.answered(100)
    now[0] += 100 + turns.SILENT_S
    assert not asked.silent
    now[0] += 1
    assert asked.silent


def test_the_end_does_not_wait_for_a_thread_that_never_ends(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CLOSE_WAIT_MS", 50)
    gate, begun, ended = threading.Event(), threading.Event(), threading.Event()
    runner = JobRunner(None)

    def never(_: object) -> None:
        begun.set()
        gate.wait(20)
        ended.set()

    told: list[object] = []
    runner.submit(never, done=told.append)
    assert begun.wait(20)
    runner.close()
    assert not ended.is_set() and not runner.busy
    gate.set()
    assert ended.wait(20) and told == []


def test_work_that_asks_nothing_of_a_folder_may_take_long(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    short_patience(monkeypatch)
    rig.take(LIVING, "remove", rig.waits("remove"), at_once=True, asks=False)
    rig.take(DEAD, "look", rig.waits("look"), at_once=True)
    rig.until(lambda: rig.silent == [DEAD])
    assert rig.turns.away == {DEAD}
