"""The processes of a command: every task is answered, one thread each, and no process outlives its use."""

import os
from collections.abc import Generator
from multiprocessing import active_children

import cv2
import pytest

from mammoview.core.errors import EngineError
from training.workers import answers, workers_here


def _facts(number: int) -> tuple[int, str, int, int]:
    return number, os.environ["OPENBLAS_NUM_THREADS"], cv2.getNumThreads(), os.getpid()


def _fail(number: int) -> int:
    if number == 1:
        raise OSError(28, "No space left on device")
    return number


def _end(number: int) -> int:
    os._exit(number)


def _stay(number: int) -> int:
    while number:
        pass
    return number


def test_every_task_is_answered_by_workers_of_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    told = list(answers(_facts, range(20), 2))
    assert sorted(number for number, *_ in told) == list(range(20))
    assert {(blas, threads) for _, blas, threads, _ in told} == {("1", 1)}
    assert os.getpid() not in {process for *_, process in told}
    assert "OPENBLAS_NUM_THREADS" not in os.environ
    assert not active_children()


def test_one_worker_is_this_process() -> None:
    assert list(answers(lambda number: (number, os.getpid()), range(2), 1)) == [(0, os.getpid()), (1, os.getpid())]


def test_what_a_task_raises_is_raised_here_and_all_end() -> None:
    with pytest.raises(OSError, match="No space left"):
        list(answers(_fail, range(20), 2))
    assert not active_children()


def test_tasks_under_way_are_not_waited_for() -> None:
    running: Generator[int, None, None] = answers(_stay, (0, 1, 2), 2)
    assert next(running) == 0
    running.close()
    assert not active_children()


def test_a_worker_that_ends_by_itself_is_one_line() -> None:
    with pytest.raises(EngineError, match="a worker process ended unexpectedly"):
        list(answers(_end, (3, 4), 2))
    assert not active_children()


def test_there_is_a_processor_here() -> None:
    assert 1 <= workers_here() <= (os.cpu_count() or 1)
