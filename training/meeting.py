"""Owns how the machines of one fit meet before it, and how each notices that another is gone. Never fits; needs no
library. Every wait here has an end, which TensorFlow's own have not: it waits an hour for a machine that ended between
two of its steps, deaf to Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from mammoview.core.errors import MammoviewError, UsageError

_PATIENCE, _PAUSE, _BEAT = 5.0, 0.2, 1.0
_GO, _HERE, _FAREWELL = b"go", b".", b"!"
_START = "start the same command on each, with its --index"
_AGAIN = "give all workers their commands again: the run goes on from its last state"


class WorkerLostError(MammoviewError):
    """Another machine of the run ended or cannot be reached."""


def lost(number: int | None = None) -> WorkerLostError:
    """The error about a machine that is gone; `number`: which one it is, where that is known."""
    told = "" if number is None else f" (first noticed at number {number})"
    return WorkerLostError(f"a worker ended or cannot be reached{told}", _AGAIN)


def addresses_of(text: str) -> tuple[str, ...]:
    """The addresses of a list like "one:4000,two:4000". Raises UsageError where they are not two or more, each once."""
    told = tuple(address.strip() for address in text.split(","))
    for address in told:
        host, colon, port = address.rpartition(":")
        if not host or not colon or not port.isdigit() or not 0 < int(port) < 65536:
            raise UsageError(f"--workers: {address!r} is no address", "give HOST:PORT,HOST:PORT,…")
    if len(told) < 2 or len(set(told)) < len(told):
        raise UsageError("--workers names no two machines", "give HOST:PORT,HOST:PORT,…, each once")
    return told


class Company:
    """The machines of one run, connected with each other: the chief with all, the others with the chief.

    A machine that goes without a farewell, or is silent for `silence` seconds, is lost. TensorFlow mostly notices it,
    too, and raises; where it has not after `grace` seconds, `leave` is told the error and ends this process.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        index: int,
        connections: Mapping[int, socket.socket],
        *,
        silence: float = 60.0,
        grace: float = 20.0,
        leave: Callable[[WorkerLostError], None] | None = None,
    ) -> None:
        self.addresses, self.index = tuple(addresses), index
        self._connections = dict(connections)
        self._silence, self._grace = silence, grace
        self._leave = leave or self._end
        self._voice = os.dup(2)  # standard error as it is now: it is silent while TensorFlow starts
        self._over = threading.Event()
        for connection in self._connections.values():
            connection.setblocking(False)
        self._thread = threading.Thread(target=self._watch, name="company", daemon=True)
        self._thread.start()

    def part(self, *, well: bool) -> None:
        """Leave the company; `well`: this machine has done its part, so that the others need not think it lost. A
        second call does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        for connection in self._connections.values():
            with contextlib.suppress(OSError):  # the other one may be gone already
                if well:
                    _say_farewell(connection)
            connection.close()
        os.close(self._voice)

    def _watch(self) -> None:
        heard = dict.fromkeys(self._connections, time.monotonic())
        while heard and not self._over.wait(_BEAT):
            for number in list(heard):
                told = _hear(self._connections[number])
                if told == _FAREWELL:
                    del heard[number]
                    self._connections.pop(number).close()
                elif told == _HERE:
                    heard[number] = time.monotonic()
                elif told is None or time.monotonic() - heard[number] > self._silence:
                    if not self._over.wait(self._grace):
                        self._leave(lost(number))
                    return

    def _end(self, error: WorkerLostError) -> None:
        os.write(self._voice, f"training: {error}\n".encode())
        os._exit(2)  # the main thread hangs in TensorFlow


def _hear(connection: socket.socket) -> bytes | None:
    """What the other machine has said since, `_FAREWELL`, `_HERE` or nothing; None where it is gone. It is told that
    this one is here."""
    try:
        told = connection.recv(1024)
    except BlockingIOError:
        told = b" "
    except OSError:
        return None
    if not told:
        return None
    if _FAREWELL in told:
        return _FAREWELL
    with contextlib.suppress(OSError):  # the next call sees that it is gone, unless it has said farewell by then
        connection.send(_HERE)
    return told.strip()[:1]


def _say_farewell(connection: socket.socket) -> None:
    """Farewell, and wait for the other one to close: it might not hear what stands before a connection that breaks."""
    connection.settimeout(_PATIENCE)
    connection.sendall(_FAREWELL)
    connection.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + _PATIENCE
    while connection.recv(1024) and time.monotonic() < deadline:
        pass


def meet(addresses: Sequence[str], index: int, *, wait_seconds: float = 600) -> Company:
    """Wait until the workers of all `addresses` (HOST:PORT, the same list on each) have called this, of which this is
    number `index`; 0 is the chief. Each sends its number to the chief's address, which answers when all are there.

    Raises UsageError where `index` is none of theirs or the own port is taken, WorkerLostError where they are not all
    there within `wait_seconds`.
    """
    if not 0 <= index < len(addresses):
        raise UsageError(f"--index {index}: there are {len(addresses)} workers", f"give 0 to {len(addresses) - 1}")
    deadline = time.monotonic() + wait_seconds
    own = int(addresses[index].rpartition(":")[2])
    try:
        server = socket.create_server(("", own))
    except OSError as error:
        raise UsageError(f"port {own} cannot be used: {error.strerror}", "give another one in --workers") from error
    with server:
        if index == 0:
            return Company(addresses, index, _gather(server, len(addresses), deadline))
    # the others opened theirs only to see whether TensorFlow may have it
    return Company(addresses, index, {0: _call(addresses[0], index, deadline, wait_seconds)})


def _call(chief: str, index: int, deadline: float, wait_seconds: float) -> socket.socket:
    """A worker's part: the connection to the chief, who has said that all are there."""
    host, _, port = chief.rpartition(":")
    while True:
        try:
            connection = socket.create_connection((host, int(port)), timeout=_PATIENCE)
        except OSError:  # the chief is not there yet
            connection = None
        if connection is not None:
            try:
                connection.sendall(f"{index}\n".encode())
                connection.settimeout(max(_PAUSE, deadline - time.monotonic()))
                if connection.recv(len(_GO)) == _GO:
                    return connection
            except OSError:  # the chief has ended, and may be started again
                pass
            connection.close()
        if time.monotonic() > deadline:
            raise WorkerLostError(f"the chief, {chief}, was not there after {wait_seconds:g} s", _START)
        time.sleep(_PAUSE)


def _gather(server: socket.socket, count: int, deadline: float) -> dict[int, socket.socket]:
    """The chief's part: hear all of the others, then let them go; the connections to them."""
    server.settimeout(_PAUSE)
    found: dict[int, socket.socket] = {}
    try:
        while missing := set(range(1, count)) - _present(found):
            if time.monotonic() > deadline:
                told = ", ".join(map(str, sorted(missing)))
                raise WorkerLostError(f"not there in time: worker {told}", _START)
            with contextlib.suppress(TimeoutError, ConnectionError):
                connection = server.accept()[0]
                number = _number(connection)
                if 0 < number < count:
                    if number in found:
                        found[number].close()  # it was started again
                    found[number] = connection
                else:
                    connection.close()
        for number, connection in found.items():
            try:
                connection.sendall(_GO)
            except OSError as error:
                raise lost(number) from error
    except BaseException:
        for connection in found.values():
            connection.close()
        raise
    return found


def _present(found: dict[int, socket.socket]) -> set[int]:
    """Who still waits; those that ended meanwhile are taken out, so that they may be started again."""
    for number, connection in list(found.items()):
        connection.setblocking(False)
        try:
            ended = connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            ended = False
        except OSError:
            ended = True
        connection.settimeout(_PATIENCE)
        if ended:
            found.pop(number).close()
    return set(found)


def _number(connection: socket.socket) -> int:
    """Which worker it is that calls; -1 for something else."""
    connection.settimeout(_PATIENCE)
    try:
        return int(connection.recv(16))
    except (OSError, ValueError):
        return -1
