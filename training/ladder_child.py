"""Owns work in a process of its own, whose peak memory is its own: a rung of the ladder, or one training step of it.

Question and answer are JSON. A child that dies takes nothing with it, and one whose parent has gone ends as by Ctrl-C.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from mammoview.core.errors import MammoviewError, UsageError
from training.split import LeakError

_STATUS = Path("/proc/self/status")

Work = Callable[[dict[str, Any]], dict[str, Any]]

_RAISED: dict[str, type[MammoviewError]] = {"LeakError": LeakError}
"""What a child's error is in the parent, by its name; any other is a UsageError."""


class ChildLostError(MammoviewError):
    """The process of a rung ended without an answer."""


def in_child(work: Work, told: dict[str, Any]) -> dict[str, Any]:
    """`work(told)`, done by a fresh Python process; `work` is a function of a module, and both sides are JSON.

    Ctrl-C asks the child to end once, waits until it has kept its state, and goes on as KeyboardInterrupt. Raises
    LeakError and UsageError as the child raised them, ChildLostError where it ended without an answer.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_serve, args=(work, json.dumps(told), theirs))
    child.start()
    theirs.close()
    try:
        with contextlib.suppress(EOFError):
            answer: dict[str, Any] = json.loads(ours.recv_bytes())
            if "error" in answer:
                raise _RAISED.get(answer["error"], UsageError)(answer["cause"], answer["hint"])
            return answer
        child.join()
        raise ChildLostError(f"its process {_end(child.exitcode or 0)}", "the same command tries it again")
    except KeyboardInterrupt:
        if sys.platform != "win32":  # there the console has told the child, and this would end it at once
            child.terminate()
        raise
    finally:
        child.join()
        ours.close()


def _end(code: int) -> str:
    if code >= 0:
        return f"ended with status {code}"
    return f"was ended by signal {-code}" + (", as when memory is short" if code == -9 else "")


def _serve(work: Work, text: str, answers: Connection) -> None:
    """In the child."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # heard also where the parent's shell had it ignored
    if sys.platform != "win32":
        os.setpgrp()  # Ctrl-C goes to the parent alone, which asks once
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = work(json.loads(text))
    except MammoviewError as error:
        answer = {"error": type(error).__name__, "cause": error.cause, "hint": error.hint}
    except KeyboardInterrupt:
        sys.exit(130)
    answers.send_bytes(json.dumps(answer).encode())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        if sys.platform == "win32":
            _thread.interrupt_main()
        else:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # wakes it where it waits, too


class Meter:
    """What this process has cost since the meter was made."""

    def __init__(self) -> None:
        self._before, self._began, self._cpu = peak_bytes(), time.monotonic(), time.process_time()

    def read(self) -> dict[str, Any]:
        """`peak_bytes`: the most memory that the process ever held, with Python, Keras and mapped inputs, and
        `before_bytes`: of it before the work began (bytes, None where the system does not tell); `cpu_seconds` of all
        threads and `wall_seconds`."""
        return {
            "peak_bytes": peak_bytes(),
            "before_bytes": self._before,
            "cpu_seconds": time.process_time() - self._cpu,
            "wall_seconds": time.monotonic() - self._began,
        }


def peak_bytes() -> int | None:
    """The most memory that this process ever held; None on Windows, which does not tell it so.

    Linux: VmHWM, as getrusage's ru_maxrss begins there with what the parent held. Elsewhere: ru_maxrss.
    """
    if sys.platform == "win32":
        return None
    if _STATUS.is_file():
        told = dict(line.split(":", 1) for line in _STATUS.read_text(encoding="utf-8").splitlines() if ":" in line)
        if "VmHWM" in told:
            return int(told["VmHWM"].split()[0]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024  # macOS tells bytes, others KiB
