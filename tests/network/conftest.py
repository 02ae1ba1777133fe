"""A receiver with its folder, and peers that are there from the start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.pacs.errors import ObjectRefusedError
from mammoview.archive.pacs.filing import Filed, Filing
from mammoview.archive.pacs.receiver import Caller, Receiver
from tests.network.peers import SENDER


class Reception:
    """A receiver that listens, and what it said."""

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        self.folder = folder
        self.filed: list[Filed] = []
        self.refused: list[ObjectRefusedError] = []
        self.lines: list[str] = []
        self._ended, self._said = threading.Semaphore(0), threading.Semaphore(0)
        filing = options.pop("filing", None) or Filing(folder)
        callers = options.pop("callers", [Caller(SENDER, "127.0.0.1")])
        arrived = options.pop("arrived", self.filed.append)
        self.receiver = Receiver(
            filing,
            callers,
            arrived=arrived,
            ended=self._ended.release,
            refused=self.refused.append,
            said=self._say,
            **options,
        )

    def wait_for_end(self) -> None:
        """Until one more association has ended."""
        assert self._ended.acquire(timeout=20)

    def wait_for_line(self) -> str:
        """The next line that was said."""
        assert self._said.acquire(timeout=20)
        return self.lines[-1]

    def _say(self, line: str) -> None:
        self.lines.append(line)
        self._said.release()

    def all_files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Callable[..., Reception]]:
    """Makes receptions that listen until the test ends; options as of `Receiver`, and `filing`."""
    with ExitStack() as stack:

        def make(**options: Any) -> Reception:
            made = Reception(tmp_path / "received", options)
            stack.enter_context(made.receiver)
            return made

        yield make
