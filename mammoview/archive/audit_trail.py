"""Owns the audit trail in the library: a chain of records to which anyone may add, and which shows when it was changed.

Each record holds the hash of the one before. Triggers refuse every change; who goes around them leaves a chain that
does not close. How many records there were last is kept in a second file too (`audit_head`).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mammoview.archive.audit_head import Head, read_head, write_head
from mammoview.archive.audit_records import START, AuditRecord, Entry, Mention, first_facts, hash_of
from mammoview.archive.library_schema import AUDIT_GUARDS, GoneError, plain, study_id
from mammoview.archive.library_store import Store
from mammoview.core.errors import MammoviewError
from mammoview.core.study import Patient

_AT_ONCE = 500

_MISSING, _DISAGREES = "missing", "disagrees"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What looking at all records found. `head`: the chain's own; `findings`: what is wrong, in words, in the order of
    the chain; empty where the trail is whole as far as that can be told."""

    head: Head
    findings: tuple[str, ...]


class AuditTrail:
    """The part of the library that holds who did what. Every method raises LibraryError where the file cannot be used.

    Any number of threads and programs may add records at the same time: one chain comes of it.
    """

    _store: Store

    def log_events(self, entries: Iterable[Entry]) -> Head:
        """Record all of `entries`, or none where that fails; the head after them. Raises UsageError for what cannot be
        kept."""
        with self._store.write() as connection:
            head, facts = _head_of(connection), first_facts()
            kept = self._kept_head(connection, head)
            for entry in entries:
                record = AuditRecord(
                    number=head.count + 1,
                    before=head.hash,
                    time=self._store.now(),
                    event=str(entry.event),
                    outcome=str(entry.outcome),
                    user=plain(entry.user),
                    study=_mention(connection, entry),
                    details={
                        plain(name): plain(told) if isinstance(told, str) else told
                        for name, told in entry.details.items()
                    },
                    head=kept,
                    **facts,
                )
                text = record.text()
                head, kept = Head(record.number, hash_of(text)), "" if kept == _MISSING else kept
                connection.execute("INSERT INTO audit VALUES (?, ?, ?)", (head.count, text, head.hash))
        if kept != _DISAGREES:  # one that disagrees is evidence, and stays
            self._keep_head()
        return head

    def audit_records(self, since: str = "", until: str = "") -> Iterator[AuditRecord]:
        """The records in their order, read piece by piece; `since` and `until`: ISO dates or times, both ends belong to
        it, empty for no end. Those that are no records are left out: `verify_audit` tells them."""
        last = 0
        while True:
            with self._store.read() as connection:
                rows = connection.execute(
                    "SELECT number, record FROM audit WHERE number > ? ORDER BY number LIMIT ?", (last, _AT_ONCE)
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            for _, text in rows:
                with contextlib.suppress(ValueError):
                    record = AuditRecord.of(text)
                    if since <= record.time and (not until or record.time[: len(until)] <= until):
                        yield record

    def audit_head(self) -> Head:
        """How many records there are, and the last one's hash."""
        with self._store.read() as connection:
            return _head_of(connection)

    def verify_audit(self, against: Head | None = None) -> Verdict:
        """Look whether any record was changed, removed, inserted or moved, and whether the end is where it was.

        `against`: a head that was written down elsewhere. Finds a cut end by the head beside the library; a chain that
        was made anew as a whole, with that head, only by `against`.
        """
        findings: list[str] = []
        hashes: dict[int, str] = {}
        kept, words = self._read_head()
        wished = {head.count for head in (kept, against) if head is not None}
        with self._store.read() as connection:
            findings += _lost_guards(connection)
            head = Head(0, START)
            rows = connection.execute("SELECT number, record, hash FROM audit ORDER BY number")
            for number, text, digits in rows:
                findings += _faults(head, number, text, digits)
                head = Head(number, str(digits))
                if number in wished:
                    hashes[number] = str(digits)
        if words or (kept is None and head.count):
            findings.append(words or "the head beside the library is missing: an end that was cut off cannot be found")
        for name, known in (("kept beside the library", kept), ("given", against)):
            if known is not None:
                findings += _beyond(name, known, head, hashes)
        return Verdict(head, tuple(findings))

    def patients_of(self, mentions: Iterable[Mention]) -> dict[Mention, Patient]:
        """Who the studies of records are of, as far as the library still holds them."""
        found: dict[Mention, Patient] = {}
        with self._store.read() as connection:
            for mention in mentions:
                told = connection.execute(
                    "SELECT patient_name, patient_id, birth_date, sex FROM studies WHERE id = ? AND added = ?",
                    (mention.row, mention.added),
                ).fetchone()
                if told is not None:
                    found[mention] = Patient(*told)
        return found

    def _kept_head(self, connection: sqlite3.Connection, head: Head) -> str:
        """What is wrong with the head beside the library, empty where it is one of this chain."""
        kept, words = self._read_head()
        if kept is None and not words:
            if head.count:
                return _MISSING
            with contextlib.suppress(MammoviewError):
                write_head(self._store.path, head)  # from now on, a library without one is missing it
            return ""
        if kept is None:
            return _DISAGREES
        if kept.count == 0:
            return ""
        row = connection.execute("SELECT hash FROM audit WHERE number = ?", (kept.count,)).fetchone()
        return "" if row == (kept.hash,) else _DISAGREES

    def _keep_head(self) -> None:
        """Keep the newest head beside the library, under the lock that records are added under: it never goes back.
        Where that fails the chain stands all the same, and the next record makes up for it."""
        with contextlib.suppress(MammoviewError), self._store.write() as connection:
            write_head(self._store.path, _head_of(connection))

    def _read_head(self) -> tuple[Head | None, str]:
        """The head beside the library, and why it cannot be read."""
        try:
            return read_head(self._store.path), ""
        except MammoviewError as error:
            return None, str(error)


def _head_of(connection: sqlite3.Connection) -> Head:
    row = connection.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return Head(0, START) if row is None else Head(*row)


def _mention(connection: sqlite3.Connection, entry: Entry) -> Mention | None:
    """The study of an entry by the library's own numbers, where it holds it."""
    if entry.study is None and not entry.study_uid:
        return None
    try:
        number = study_id(connection, entry.study or entry.study_uid)
    except GoneError:
        return Mention(plain(entry.study_uid))
    uid, added, patient = connection.execute(
        "SELECT uid, added, patient_key FROM studies WHERE id = ?", (number,)
    ).fetchone()
    return Mention(uid or plain(entry.study_uid), number, added, patient)


def _lost_guards(connection: sqlite3.Connection) -> list[str]:
    """Which triggers that refuse changes are not there, or not as they were made."""
    there = dict(
        connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
    )
    return [
        f"the trigger {name}, which refuses changes, is gone or another"
        for name, sql in AUDIT_GUARDS.items()
        if there.get(name) != sql
    ]


def _faults(before: Head, number: int, text: object, digits: object) -> list[str]:
    """What is wrong with one record that stands behind `before`."""
    if not isinstance(text, str):
        return [f"record {number} is no audit record"]
    found = []
    if number != before.count + 1:
        found.append(f"{_records(before.count + 1, number - 1)} missing")
    if hash_of(text) != digits:
        found.append(f"record {number} was changed")
    try:
        record = AuditRecord.of(text)
    except ValueError:
        return [*found, f"record {number} is no audit record"]
    if record.number != number:
        found.append(f"record {number} was record {record.number} when it was made")
    if record.before != before.hash:
        found.append(
            f"record {number} does not follow the one before it: there something was changed, removed or put in"
        )
    if record.head:
        found.append(f"when record {number} was made, the head beside the library was wrong: {record.head}")
    return found


def _records(first: int, last: int) -> str:
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def _beyond(name: str, known: Head, head: Head, hashes: dict[int, str]) -> list[str]:
    """What a head that is known from elsewhere says of the chain."""
    if known.count > head.count:
        return [f"{_records(head.count + 1, known.count)} missing at the end: the head {name} knows {known.count}"]
    if known.count and hashes.get(known.count) != known.hash:
        return [f"record {known.count} is not the one that the head {name} knows: the trail was made anew"]
    return []
