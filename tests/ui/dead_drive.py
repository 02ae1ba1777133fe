"""A folder on a drive that does not answer: whoever asks for anything below it waits at a gate."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class DeadDrive:
    """`askers`: the threads that asked for something in the folder since it died, those that wait still too."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.dead = False
        self.askers: list[threading.Thread] = []
        self._gate = threading.Event()
        for name in ("stat", "lstat", "scandir", "listdir", "open"):
            monkeypatch.setattr(os, name, self._waiting(getattr(os, name)))

    def die(self) -> None:
        self.dead = True

    def answer(self) -> None:
        """It is there again; what waited goes on."""
        self.dead = False
        self._gate.set()

    def _waiting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def waits(path: Any = ".", *arguments: Any, **more: Any) -> Any:
            if self.dead and isinstance(path, str | os.PathLike) and self._is_below(os.fspath(path)):
                self.askers.append(threading.current_thread())
                self._gate.wait(20)
            return call(path, *arguments, **more)

        return waits

    def _is_below(self, path: Any) -> bool:
        return isinstance(path, str) and (path == str(self.folder) or path.startswith(f"{self.folder}/"))
