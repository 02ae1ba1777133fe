"""Background work: outcomes on the main thread, stale ones dropped, nothing swallowed."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from mammoview.core.errors import MammoviewError
from mammoview.services.jobs import JobRunner, Ticket


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    made = JobRunner(2)
    yield made
    made.close()
    assert made._pool.activeThreadCount() == 0


def test_the_outcome_arrives_on_the_main_thread(qtbot: QtBot, runner: JobRunner) -> None:
    where: list[threading.Thread] = []
    ran: list[threading.Thread] = []
    runner.submit(
        lambda ticket: ran.append(threading.current_thread()),
        done=lambda _: where.append(threading.current_thread()),
    )
    qtbot.waitUntil(lambda: bool(where))
    assert where == [threading.main_thread()]
    assert ran != where


def test_the_newest_request_owns_its_channel(qtbot: QtBot, runner: JobRunner) -> None:
    gate, entered = threading.Event(), threading.Event()
    arrived: list[str] = []

    def slow(ticket: Ticket) -> str:
        entered.set()
        gate.wait(20)
        return "old"

    runner.submit(slow, done=arrived.append, channel="one")
    qtbot.waitUntil(entered.is_set)
    runner.submit(lambda ticket: "new", done=arrived.append, channel="one")
    qtbot.waitUntil(lambda: arrived == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert arrived == ["new"]
    assert runner.dropped == 1


def test_an_expected_error_goes_to_failed(qtbot: QtBot, runner: JobRunner) -> None:
    def refuse(ticket: Ticket) -> None:
        raise MammoviewError("cause", "cure")

    errors: list[MammoviewError] = []
    runner.submit(refuse, done=lambda _: None, failed=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert str(errors[0]) == "cause (cure)"


def test_a_bug_is_told_and_the_job_fails(qtbot: QtBot, runner: JobRunner) -> None:
    errors: list[MammoviewError] = []
    with qtbot.waitSignal(runner.bug) as bug:
        runner.submit(lambda ticket: {}["missing"], done=lambda _: None, failed=errors.append)
    assert isinstance(bug.args[0], KeyError)
    assert "failed here" in str(errors[0])


def test_progress_is_passed_on_until_the_ticket_is_cancelled(qtbot: QtBot, runner: JobRunner) -> None:
    gate = threading.Event()
    steps: list[tuple[int, int]] = []

    def work(ticket: Ticket) -> None:
        ticket.progress(1, 3)
        gate.wait(20)
        ticket.progress(2, 3)

    runner.submit(work, done=lambda _: None, progress=lambda done, total: steps.append((done, total)), channel="c")
    qtbot.waitUntil(lambda: steps == [(1, 3)])
    assert runner.cancel("c")
    gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert steps == [(1, 3)]


def test_after_closing_nothing_runs(qtbot: QtBot) -> None:
    runner = JobRunner(1)
    runner.close()
    ran: list[int] = []
    ticket = runner.submit(lambda ticket: ran.append(1), done=lambda _: None)
    assert ticket.cancelled()
    assert not runner.busy and ran == []


def test_a_job_that_is_done_holds_nothing(qtbot: QtBot, runner: JobRunner) -> None:
    class Thing:
        pass

    def done(_: object) -> None:
        pass

    alive = []
    for _ in range(5):
        taken, made = Thing(), Thing()
        alive += [weakref.ref(taken), weakref.ref(made)]
        runner.submit(partial(lambda taken, made, ticket: made, taken, made), done=done)
        del taken, made
    qtbot.waitUntil(lambda: not runner.busy)
    assert runner._pool.waitForDone(5000)
    gc.collect()
    assert [one for one in alive if one() is not None] == []
