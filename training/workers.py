"""Owns the processes in which a command does many like tasks at once. Never knows what a task is."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import active_children, get_context, parent_process
from queue import SimpleQueue
from typing import TypeVar

from mammoview.core.errors import EngineError

Task = TypeVar("Task")
Answer = TypeVar("Answer")

_QUEUED = 4
"""Tasks that are handed out for each worker."""

_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}
"""For the workers, where the user set nothing else: one thread of BLAS each; glibc keeps the memory of one task for the
next.
"""


def workers_here() -> int:
    """How many processes this one may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def answers(call: Callable[[Task], Answer], tasks: Iterable[Task], workers: int) -> Generator[Answer, None, None]:
    """`call` of each task, in the order in which they are ready; with one worker in this process, in their order.

    `call` and the tasks are pickled. What a task raises is raised here. The workers end when the iterator is closed, at
    once where tasks are under way, and when this process is gone, however it ended. Raises EngineError where a worker
    ended by itself.
    """
    if workers == 1:
        yield from map(call, tasks)
        return
    tasks = iter(tasks)
    waiting: set[Future[Answer]] = set()
    ready: SimpleQueue[Future[Answer]] = SimpleQueue()  # `concurrent.futures.wait` keeps locks where Ctrl-C ends it
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start)
    try:
        while True:
            with _as_workers_begin():
                for task in islice(tasks, _QUEUED * workers - len(waiting)):
                    future = pool.submit(call, task)
                    waiting.add(future)
                    future.add_done_callback(ready.put)
            if not waiting:
                break
            future = ready.get()
            waiting.remove(future)
            yield future.result()
    except BrokenProcessPool as error:
        raise EngineError(
            "a worker process ended unexpectedly", "the same command goes on; fewer --workers take less memory"
        ) from error
    finally:
        if waiting:
            for child in set(active_children()) - others:
                child.terminate()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _as_workers_begin() -> Iterator[None]:
    """The environment of the workers, and no Ctrl-C: one that is given now is heard by this process afterwards, and
    never by a worker that is still importing.
    """
    told = {name: value for name, value in _ENVIRONMENT.items() if name not in os.environ}
    os.environ.update(told)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start() -> None:
    """In a worker: Ctrl-C is the parent's; OpenCV leaves the other processors to the other workers; an orphan ends."""
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
