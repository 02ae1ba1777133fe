"""The machines of one run: they meet, and each notices that another is gone, or that it has only finished."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import Empty, Queue
from typing import Any

import pytest

from mammoview.core.errors import UsageError
from training import meeting
from training.commands.console import quiet
from training.meeting import Company, WorkerLostError, addresses_of, meet

LONG = 120.0
"""Seconds after which a test has failed; nothing takes a hundredth of it."""


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Queue[int]:
    """With what status a company would have ended this process; all is quicker."""
    found: Queue[int] = Queue()
    monkeypatch.setattr(os, "_exit", found.put)
    monkeypatch.setattr(meeting, "_BEAT", 0.01)
    monkeypatch.setattr(meeting, "_PAUSE", 0.01)
    return found


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _addresses(count: int) -> list[str]:
    with ExitStack() as opened:
        servers = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]


Pair = tuple[Company, socket.socket, "Queue[WorkerLostError]"]


@pytest.fixture
def company(opened: ExitStack) -> Callable[..., Pair]:
    """Makes a chief connected with number 1, the other end of the connection, and what it says when
    it is left alone."""

    def make(**options: Any) -> Pair:
        own, other = socket.socketpair()
        said: Queue[WorkerLostError] = Queue()
        found = Company(["one:1", "two:1"], 0, {1: own}, leave=said.put, **{"grace": 0.0, **options})
        opened.callback(other.close)
        opened.callback(found.part, well=False)
        return found, other, said

    return make


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("one", "is no address"),
        ("one:1,two:x", "'two:x' is no address"),
        ("one:1,two:70000", "'two:70000' is no address"),
        ("one:1,:2", "':2' is no address"),
        ("one:1", "no two machines"),
        ("one:1,one:1", "no two machines"),
    ],
)
def test_workers_that_cannot_be_meant_are_refused(told: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        addresses_of(told)


def test_addresses_may_be_told_with_spaces() -> None:
    assert addresses_of("one:1, two:2") == ("one:1", "two:2")
    with pytest.raises(UsageError, match="there are 2 workers"):
        meet(["one:1", "two:1"], 2)


def test_three_meet_whoever_comes_first(ended: Queue[int]) -> None:
    """They part well, each when it likes, and nobody is lost."""
    addresses = _addresses(3)
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(meet, addresses, index, wait_seconds=LONG) for index in (2, 1, 0)]
        met = [call.result(LONG) for call in calls]
        assert [company.index for company in met] == [2, 1, 0]
        for call in [pool.submit(company.part, well=True) for company in met]:
            call.result(LONG)
    assert ended.empty()


def test_a_worker_that_was_started_again_before_all_were_there_is_heard() -> None:
    addresses = _addresses(3)
    with ThreadPoolExecutor(3) as pool:
        chief = pool.submit(meet, addresses, 0, wait_seconds=LONG)
        host, _, port = addresses[0].rpartition(":")
        while True:
            try:
                gone = socket.create_connection((host, int(port)))
                break
            except ConnectionRefusedError:
                assert not chief.done()
        gone.sendall(b"1\n")
        gone.close()
        others = [pool.submit(meet, addresses, index, wait_seconds=LONG) for index in (1, 2)]
        met = [call.result(LONG) for call in (chief, *others)]
        for call in [pool.submit(company.part, well=True) for company in met]:
            call.result(LONG)


def test_one_that_ended_is_not_counted_though_the_others_came_before_it_was_started_again(opened: ExitStack) -> None:
    server = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
    calls = []
    for number in (1, 2, 1):
        calls.append(opened.enter_context(socket.create_connection(server.getsockname())))
        calls[-1].sendall(f"{number}\n".encode())
        if len(calls) == 1:
            calls[0].close()
    found = meeting._gather(server, 3, meeting.time.monotonic() + LONG)
    for connection in found.values():
        opened.callback(connection.close)
    assert {number: one.getpeername() for number, one in found.items()} == {
        1: calls[2].getsockname(),
        2: calls[1].getsockname(),
    }


def test_a_worker_that_does_not_come_is_named() -> None:
    addresses = _addresses(2)
    with pytest.raises(WorkerLostError, match="not there in time: worker 1"):
        meet(addresses, 0, wait_seconds=0.0)
    with pytest.raises(WorkerLostError, match=f"the chief, {addresses[0]}"):
        meet(addresses, 1, wait_seconds=0.0)


@pytest.mark.parametrize("index", [0, 1])
def test_a_port_that_is_taken_is_refused_before_anybody_waits(index: int) -> None:
    addresses = _addresses(2)
    port = int(addresses[index].rpartition(":")[2])
    with socket.create_server(("", port)), pytest.raises(UsageError, match=f"port {port} cannot be used"):
        meet(addresses, index, wait_seconds=LONG)


def test_one_that_ends_is_lost(company: Callable[..., Pair]) -> None:
    _, other, said = company()
    other.close()
    error = said.get(timeout=LONG)
    assert "first noticed at number 1" in str(error)
    assert "the run goes on from its last state" in error.hint


class _Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    found = _Clock()
    monkeypatch.setattr(meeting, "time", found)
    return found


def _speak(other: socket.socket) -> None:
    """Say that one is here, and wait until it was heard: what comes third was said after that."""
    other.sendall(b".")
    for _ in range(3):
        assert set(other.recv(1024)) == set(b".")


def test_one_that_is_silent_is_lost(company: Callable[..., Pair], clock: _Clock) -> None:
    _, other, said = company(silence=60.0)
    _speak(other)
    clock.now = 61.0
    assert "number 1" in str(said.get(timeout=LONG))


def test_one_that_speaks_is_not_lost_and_one_that_says_farewell_is_free_to_go(
    company: Callable[..., Pair], clock: _Clock
) -> None:
    found, other, said = company(silence=60.0)
    for second in (40.0, 80.0, 120.0):
        _speak(other)
        clock.now = second
    other.sendall(b".!")  # two words at once
    while other.recv(1024):
        pass  # until the chief has closed, too
    found._thread.join(LONG)
    with pytest.raises(Empty):
        said.get_nowait()


def test_the_process_ends_with_one_line_even_while_standard_error_is_silent(
    ended: Queue[int], capfd: pytest.CaptureFixture[str]
) -> None:
    own, other = socket.socketpair()
    found = Company(["one:1", "two:1"], 0, {1: own}, grace=0.0)
    with quiet():
        other.close()
        assert ended.get(timeout=LONG) == 2
    found.part(well=False)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("training: a worker ended or cannot be reached (first noticed at number 1)")


def test_an_error_of_tensorflow_comes_first_where_it_comes_in_time(company: Callable[..., Pair]) -> None:
    noticed = threading.Event()

    class Over(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if timeout == LONG:
                noticed.set()
            return super().wait(timeout)

    found, other, said = company(grace=LONG)
    found._over = Over()
    other.close()
    assert noticed.wait(LONG)
    found.part(well=False)  # as the run does when the error was raised
    assert not found._thread.is_alive()
    assert said.empty()
    found.part(well=True)  # a second call does nothing


def test_a_farewell_waits_for_the_other_one_to_close(company: Callable[..., Pair]) -> None:
    found, other, _ = company()
    other.settimeout(LONG)
    parting = threading.Thread(target=found.part, kwargs={"well": True})
    parting.start()
    heard = b""
    while part := other.recv(1024):
        heard += part
    assert heard.endswith(b"!")
    other.close()
    parting.join(LONG)
    assert not parting.is_alive()
