"""Owns a score store's file in use: its connection, transactions, the lock that keeps others out. Knows no image."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import mammoview
from mammoview.archive.score_schema import APPLICATION_ID, TABLES, VERSION, ScoreStoreError, worded

_CACHE_KIB = 16_384


class ScoreFile:
    """The file in use, made where there is none. Every method raises ScoreStoreError where it cannot be used. Used by
    one thread; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._nested = False
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise ScoreStoreError(f"{path} cannot be made: {error.strerror}", "name another place") from error
        self._connection = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            with self._worded():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is kept within it, or, where anything is raised, nothing of it. One within another is part of it."""
        if self._nested:
            yield
            return
        with self._worded():
            self._connection.execute("BEGIN IMMEDIATE")
            self._nested = True
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._nested = False

    def _prepare(self) -> None:
        """Look whether the file may be used, and keep it from all others."""
        connection = self._connection
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        (identity,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if identity == APPLICATION_ID and version > VERSION:
            raise ScoreStoreError(f"{self.path} was written by a newer mammoview", "update it, or name another store")
        if (identity, version) != (APPLICATION_ID, VERSION) and (identity, version, tables) != (0, 0, 0):
            raise ScoreStoreError(f"{self.path} is no score store", "nothing was written to it: name another file")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # who is ended loses nothing; a power failure the last second
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        with self.transaction():
            if not version:
                for statement in TABLES:
                    connection.execute(statement)
                connection.execute("INSERT INTO about VALUES (0, ?)", (mammoview.__version__,))
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("UPDATE about SET run = run")  # takes the lock, which is kept from now on

    def _one(self, query: str, *values: Any) -> Any:
        return self._connection.execute(query, values).fetchone()[0]

    def _rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        with self._worded():
            yield from self._connection.execute(query, values)

    @contextlib.contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            words = worded(self.path, error)
            if words is None:
                raise
            raise words from error
