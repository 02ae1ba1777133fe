"""Owns child processes that are spoken to over pipes, and memory shared with them. Never knows what they compute.

Messages: two big-endian lengths (4 and 8 bytes), a JSON header, then raw bytes. No pickles. A child's standard output
carries messages alone; what libraries print goes to its standard error, of which its parent keeps the last lines.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

_LENGTHS = struct.Struct(">IQ")
_LIMIT_BYTES = 4 << 30
_LOG_LINES = 200
_PIPE_BYTES = 1 << 20
_RUN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; sys.exit(main(sys.argv[2:]))"
)

Message = tuple[dict[str, Any], bytes]


def write_message(stream: BinaryIO, header: dict[str, Any], payload: bytes = b"") -> None:
    """Send one message; raises OSError where the other side is gone."""
    text = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(text), len(payload)) + text)
    stream.write(payload)
    stream.flush()


def read_message(stream: BinaryIO) -> Message:
    """Receive one message; raises EOFError where the other side is gone, ValueError where it speaks nonsense."""
    text_bytes, payload_bytes = _LENGTHS.unpack(_read_exactly(stream, _LENGTHS.size))
    if max(text_bytes, payload_bytes) > _LIMIT_BYTES:
        raise EOFError("not a message")
    header = json.loads(_read_exactly(stream, text_bytes))
    return header, _read_exactly(stream, payload_bytes)


def _read_exactly(stream: BinaryIO, count: int) -> bytes:
    parts = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def python_code(module: str) -> str:
    """What `python -c` runs for `module.main(arguments)`; its first argument is the parent's `sys.path` as JSON."""
    return _RUN.format(module=module)


def python_command(code: str) -> list[str]:
    """The command of a child that runs `code` with this interpreter, and finds the modules that the parent finds."""
    path = json.dumps([str(Path.cwd()) if entry == "" else entry for entry in sys.path])
    return [sys.executable, "-P", "-X", "faulthandler", "-c", code, path]


class ChildProcess:
    """One process with its pipes; its standard error is read by a thread and kept, a few lines of it.

    Raises OSError where it cannot be started. `environment` is added to the parent's.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if environment is None else {**os.environ, **environment},
            pass_fds=tuple(pass_fds),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.requests = cast(BinaryIO, self._process.stdin)
        self.answers = cast(BinaryIO, self._process.stdout)
        _widen(self.requests)
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._reader = threading.Thread(target=self._read_log, name=f"{name}-log", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def log_tail(self) -> str:
        return "\n".join(self._lines)

    def stop(self) -> None:
        """End the process and return at once; who waits for its answer gets EOFError."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def kill(self) -> None:
        """End the process and its thread; nothing of it is left."""
        self.stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        self._reader.join(timeout=5)
        for stream in (self.requests, self.answers):
            with contextlib.suppress(OSError, ValueError):
                stream.close()

    def obituary(self) -> str:
        """How the process ended, in one line: "was ended by signal 6: Fatal Python error: Aborted"."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        self._reader.join(timeout=2)
        status = self._process.returncode or 0
        fatal = [line.strip() for line in self._lines if line.startswith("Fatal Python error")]
        said = fatal if status < 0 else [line.strip() for line in self._lines if line.strip()]
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"{how}: {said[-1][:200]}" if said else how

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                self._lines.append(line.decode(errors="replace").rstrip())


def _widen(pipe: BinaryIO) -> None:
    """Let megabytes through with fewer turns, where the system can (Linux)."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


class SharedMemory:
    """Memory that a parent and one child see. It ends with both of them, however they end: it has no name in any
    folder (on POSIX an open file that the child inherits, on Windows a section of the paging file).
    """

    def __init__(self) -> None:
        self._capacity = 0
        self._map: mmap.mmap | None = None
        self._token = ""
        self._file = -1
        if sys.platform != "win32":
            self._file = _nameless_file()

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """The files that the child must inherit."""
        return () if self._file < 0 else (self._file,)

    def reserve(self, count: int) -> tuple[mmap.mmap, dict[str, Any]]:
        """At least `count` bytes, valid until the next call, and what `attach` in the child takes.

        Raises OSError where there is no room.
        """
        if self._map is None or self._capacity < count:
            self.release()
            if sys.platform == "win32":
                self._token = f"mammoview-{os.getpid()}-{os.urandom(16).hex()}"
                self._map = mmap.mmap(-1, count, tagname=self._token)
            else:
                os.ftruncate(self._file, count)
                self._map = mmap.mmap(self._file, count)
                self._token = str(self._file)
            self._capacity = count
        return self._map, {"token": self._token, "bytes": self._capacity}

    def release(self) -> None:
        """Give the memory back; arrays must not be seen through it any more."""
        if self._map is not None:
            self._map.close()
            self._map, self._capacity = None, 0
            if sys.platform != "win32":
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        self.release()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def attach(shared: dict[str, Any]) -> mmap.mmap:
    """In the child: the memory that the parent reserved."""
    if sys.platform == "win32":
        return mmap.mmap(-1, shared["bytes"], tagname=shared["token"])
    return mmap.mmap(int(shared["token"]), shared["bytes"])


def _nameless_file() -> int:
    memory_file = getattr(os, "memfd_create", None)  # Linux
    if memory_file is not None:
        return int(memory_file("mammoview"))
    import tempfile

    with tempfile.TemporaryFile() as file:  # mode 0600, and its name is gone when this returns
        return os.dup(file.fileno())


def serve() -> tuple[queue.Queue[Message], BinaryIO]:
    """In the child, once: the requests as they come in, and where the answers go. It leaves Ctrl-C to the parent and
    ends with it, also during a long computation that lets other threads run.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log, not into a message
    inbox: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_receive, args=(requests, inbox), daemon=True).start()
    if sys.platform != "win32":
        threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    return inbox, answers


def _receive(requests: BinaryIO, inbox: queue.Queue[Message]) -> None:
    try:
        while True:
            inbox.put(read_message(requests))
    except (EOFError, OSError, ValueError):
        os._exit(0)


def _watch_parent(parent: int) -> None:
    """A pipe that some other child of the parent has inherited stays open; the parent's id tells the truth."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)
