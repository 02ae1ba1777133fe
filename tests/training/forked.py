"""Processes that begin with TensorFlow read in: one process reads it, which takes seconds, the others are its forks."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "linux":
    _CONTEXT = multiprocessing.get_context("forkserver")
else:
    _CONTEXT = multiprocessing.get_context("spawn")
_READ_IN = ("keras", "tensorflow", "training.commands.fit", "training.fit", "tests.training.lesion_runs")


def _work(function: Callable[..., int | None], arguments: tuple[Any, ...], said: Path, around: dict[str, str]) -> None:
    """In the process: what goes to standard error goes to the file `said`, also that of TensorFlow's own threads."""
    os.environ.update(around)
    with said.open("w") as stream:
        os.dup2(stream.fileno(), 2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    sys.exit(function(*arguments))


@contextmanager
def process_of(function: Callable[..., int | None], *arguments: Any, said: Path) -> Iterator[BaseProcess]:
    """A process that calls `function` of a module and ends with the status that it returns; it does not outlive this.
    `said` gets its standard error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        patch.setenv("OMP_NUM_THREADS", "1")
        _CONTEXT.set_forkserver_preload(list(_READ_IN))
        child = _CONTEXT.Process(target=_work, args=(function, arguments, said, dict(os.environ)))
        child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()
        child.close()
