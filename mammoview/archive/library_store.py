"""Owns the library's file in use: connections that any thread may borrow, transactions, copies. Knows no study."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from mammoview.archive.library_schema import (
    VERSION,
    LibraryError,
    migrate,
    primary_code,
    read_only,
    version_of,
    worded,
)
from mammoview.core.errors import UsageError

_CACHE_KIB = 16_384
_JOURNAL_LIMIT_BYTES = 64 * 1024**2
_WAIT_AT_ONCE_MS = 50


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The file in use: connections that any thread may borrow, and transactions.

    What is committed survives the end of the process at any moment, and of the machine. `problem` says why nothing can
    be kept, empty where it can.
    """

    def __init__(self, path: Path, timeout_s: float, clock: Callable[[], datetime]) -> None:
        """Open the file, make it where there is none, bring it to this version. Raises LibraryError."""
        self.path = path.absolute()
        self.problem = ""
        self._timeout_s = timeout_s
        self._clock = clock
        self._until = math.inf
        self._made = threading.local()
        self._flags = "mode=rw"
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._waiting = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False
        _make(self.path)
        try:
            self._prepare()
        except LibraryError as error:
            if not _needs_a_journal(error.__cause__) or not self._lies_still():
                raise
            self._flags = "mode=ro&immutable=1"
            self.problem = str(read_only(self.path))
            self._prepare()

    def now(self) -> str:
        """The time in UTC as "2026-01-31T08:15:30.123Z"; within `as_of` the time that was named."""
        made: datetime = getattr(self._made, "time", None) or self._clock()
        return made.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @contextlib.contextmanager
    def as_of(self, made: datetime) -> Iterator[None]:
        """What this thread keeps within it was made then."""
        self._made.time = made
        try:
            yield
        finally:
            self._made.time = None

    def hurry(self, patience_s: float) -> None:
        """Wait for other programs at most so long from now on, in any thread."""
        self._until = time.monotonic() + patience_s

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file throughout. Raises LibraryError."""
        with self._borrowed() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all or, where anything is raised, nothing of it is kept. Raises LibraryError."""
        with self._turn(), self._borrowed() as connection:
            self._begin(connection)
            if connection.execute("PRAGMA user_version").fetchone() != (VERSION,):
                raise LibraryError(f"{self.path} was changed by a newer mammoview", "start mammoview again")
            yield connection
            connection.execute("COMMIT")

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Begin to write; the wait for another program is cut into short ones, so that `hurry` can end it."""
        until, whole = time.monotonic() + self._timeout_s, round(self._timeout_s * 1000)
        connection.execute(f"PRAGMA busy_timeout = {min(_WAIT_AT_ONCE_MS, whole)}")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= min(until, self._until):
                        raise
                else:
                    return
        finally:
            connection.execute(f"PRAGMA busy_timeout = {whole}")

    def close(self) -> None:
        """Let the file go; a connection that is still lent goes when it comes back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def check(self) -> str:
        """What is wrong with the file in words, empty where it is sound. Reads all of it."""
        try:
            with self.read() as connection:
                found = [str(row[0]) for row in connection.execute("PRAGMA quick_check")]
        except LibraryError as error:
            return str(error)
        if found == ["ok"]:
            return ""
        return f"{self.path} is damaged: {found[0]} (put a backup in its place)"

    def copy_to(self, target: Path) -> None:
        """Write all that is committed to the new file `target`, which no one else may read; as a whole or not at all.

        Raises UsageError where there is such a file, LibraryError where it cannot be written.
        """
        target = target.absolute()
        if target.exists() or _journal_of(target).exists():
            raise UsageError(f"{target} is there already", "name another file")
        part = target.with_name(f".{target.name}.part")
        _make(part)
        try:
            with self._borrowed() as connection:
                _copy(connection, part)
            part.replace(target)
        except OSError as error:
            raise _not_made(target, error) from error
        finally:
            part.unlink(missing_ok=True)

    def _prepare(self) -> None:
        """Look whether the file may be used, bring it to this version, see whether it can be written to."""
        with self._borrowed() as connection:
            version = version_of(connection, self.path)
            if not self.problem:
                _try(connection, "PRAGMA journal_mode = WAL")
            if version < VERSION:
                migrate(connection)
            if not self.problem:
                connection.execute("PRAGMA busy_timeout = 0")
                if _try(connection, "DELETE FROM place WHERE 0") == sqlite3.SQLITE_READONLY:
                    self.problem = str(read_only(self.path))
                connection.execute(f"PRAGMA busy_timeout = {round(self._timeout_s * 1000)}")

    def _lies_still(self) -> bool:
        """Whether all that was committed stands in the file itself, so that it can be read without its journal."""
        journal = _journal_of(self.path)
        return not journal.exists() or journal.stat().st_size == 0

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One thread writes at a time. Who waits stands at the head of the queue: a scan, which writes again and again,
        lets a reader's mark through. Raises LibraryError where the wait is too long.
        """
        late = LibraryError(f"{self.path} is being written to: this was not kept", "do it again in a moment")
        if not self._waiting.acquire(timeout=self._patience_s()):
            raise late
        try:
            if not self._writing.acquire(timeout=self._patience_s()):
                raise late
        finally:
            self._waiting.release()
        try:
            yield
        finally:
            self._writing.release()

    def _patience_s(self) -> float:
        return max(0.0, min(self._timeout_s, self._until - time.monotonic()))

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            if self._closed:
                raise LibraryError(f"{self.path} is closed")
            connection = self._idle.pop() if self._idle else None
        try:
            connection = connection or self._connected()
            yield connection
        except BaseException as error:
            if connection is not None:
                connection.close()  # rolls back what was begun
            words = worded(self.path, error) if isinstance(error, sqlite3.Error) else None
            if words is not None:
                raise words from error
            raise
        self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?{self._flags}",
            timeout=self._timeout_s,
            isolation_level=None,
            check_same_thread=False,
            uri=True,
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT_BYTES}")
        except BaseException:
            connection.close()
            raise
        return connection


def _make(path: Path) -> None:
    """An empty file that no one else may read, where there is none. Raises LibraryError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        if isinstance(error, FileExistsError) and path.is_file():
            return
        raise _not_made(path, error) from error


def _not_made(path: Path, error: OSError) -> LibraryError:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return read_only(path)
    return LibraryError(f"{path} cannot be made: {error.strerror}", "name another place")


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
        try:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise worded(target, error) or error from error


def _journal_of(path: Path) -> Path:
    """SQLite's write-ahead log of a file."""
    return path.with_name(f"{path.name}-wal")


def _needs_a_journal(error: BaseException | None) -> bool:
    """Whether SQLite could not make the files that it wants beside a library, as in a read-only folder."""
    return isinstance(error, sqlite3.Error) and primary_code(error) in (
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    )


def _try(connection: sqlite3.Connection, statement: str) -> int:
    """Execute what a read-only file or another writer may forbid: 0, SQLITE_READONLY or SQLITE_BUSY."""
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as error:
        code = primary_code(error)
        if code not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY):
            raise
        return code
    return 0
