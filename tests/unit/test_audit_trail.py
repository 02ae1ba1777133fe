"""The audit trail of a library: one chain, whoever writes to it, and whatever was done to it is found."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mammoview.archive import audit
from mammoview.archive.audit import AuditEvent
from mammoview.archive.audit_head import Head, head_path, read_head, write_head
from mammoview.archive.audit_records import START, AuditRecord, Entry, hash_of
from mammoview.archive.library import Library
from mammoview.archive.library_schema import AUDIT_GUARDS
from mammoview.core.errors import UsageError
from tests.unit.library_made import Clock, asked, made_study, written
from tests.unit.test_library_versions import made_by_version


def five(path: Path) -> Path:
    """A library with five records."""
    with Library(path, clock=Clock()) as library:
        audit.record(library, AuditEvent.OPENED, [f"1.2.{number}" for number in range(1, 6)], reader="ANNA")
    return path


def tampered(path: Path, *statements: str) -> Path:
    """What someone does to the file who knows SQLite: the guards are taken away, and put back afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for guard in AUDIT_GUARDS:
            connection.execute(f"DROP TRIGGER {guard}")
        for statement in statements:
            connection.execute(statement)
        for sql in AUDIT_GUARDS.values():
            connection.execute(sql)
    return path


def findings(path: Path, against: Head | None = None) -> tuple[str, ...]:
    with Library(path) as library:
        return library.verify_audit(against).findings


def forged(path: Path, change: Callable[[str], str], *, length: int = 5) -> Path:
    """The chain made anew as a whole, every hash right."""
    texts = [row[0] for row in asked(path, "SELECT record FROM audit ORDER BY number")][:length]
    before, rows = START, []
    for number, text in enumerate(texts, 1):
        old = AuditRecord.of(change(text))
        new = AuditRecord(**{**{name: getattr(old, name) for name in old.__slots__}, "before": before}).text()
        before = hash_of(new)
        rows.append(f"INSERT INTO audit VALUES ({number}, '{new}', '{before}')")
    return tampered(path, "DELETE FROM audit", *rows)


def test_a_trail_that_nobody_touched_is_whole(tmp_path: Path) -> None:
    path = five(tmp_path / "library.sqlite")
    with Library(path) as library:
        verdict = library.verify_audit()
        assert verdict.findings == ()
        assert verdict.head == library.audit_head() == read_head(path)
        assert verdict.head.count == 5


def test_each_record_holds_the_hash_of_the_one_before(tmp_path: Path) -> None:
    rows = asked(five(tmp_path / "library.sqlite"), "SELECT record, hash FROM audit ORDER BY number")
    befores = [AuditRecord.of(text).before for text, _ in rows]
    assert befores == [START, *(digits for _, digits in rows[:-1])]
    assert [hash_of(text) for text, _ in rows] == [digits for _, digits in rows]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET record = 'x' WHERE number = 2",
        "DELETE FROM audit WHERE number = 5",
        "INSERT OR REPLACE INTO audit VALUES (5, 'x', 'y')",
        "INSERT INTO audit VALUES (9, 'x', 'y')",
    ],
)
def test_the_file_refuses_to_change_what_was_recorded(tmp_path: Path, statement: str) -> None:
    path = five(tmp_path / "library.sqlite")
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit SET record = replace(record, 'opened', 'scored') WHERE number = 3"], "record 3 was changed"),
        (
            [
                "UPDATE audit SET record = replace(record, '\"ANNA\"', '\"EVA\"') WHERE number = 3",
                "UPDATE audit SET hash = 'x' WHERE number = 3",
            ],
            "record 4 does not follow",
        ),
        (["DELETE FROM audit WHERE number = 3"], "record 3 is missing"),
        (
            ["DELETE FROM audit WHERE number = 3", "UPDATE audit SET number = number - 1 WHERE number > 3"],
            "record 3 was record 4",
        ),
        (
            [
                "UPDATE audit SET number = 9 WHERE number = 2",
                "UPDATE audit SET number = 2 WHERE number = 3",
                "UPDATE audit SET number = 3 WHERE number = 9",
            ],
            "record 2 was record 3",
        ),
        (["INSERT INTO audit SELECT 6, record, hash FROM audit WHERE number = 2"], "record 6 was record 2"),
        (["UPDATE audit SET record = x'00' WHERE number = 1"], "record 1 is no audit record"),
        (["UPDATE audit SET record = record || ' ' WHERE number = 1"], "record 1 is no audit record"),
        (["DELETE FROM audit WHERE number > 3"], "records 4 to 5 are missing at the end"),
        (["DELETE FROM audit"], "records 1 to 5 are missing at the end"),
    ],
)
def test_whatever_was_done_is_found(tmp_path: Path, statements: list[str], found: str) -> None:
    told = findings(tampered(five(tmp_path / "library.sqlite"), *statements))
    assert any(words.startswith(found) for words in told), told


def test_a_guard_that_was_taken_away_is_found(tmp_path: Path) -> None:
    path = five(tmp_path / "library.sqlite")
    asked(path, "DROP TRIGGER audit_delete")
    assert findings(path) == ("the trigger audit_delete, which refuses changes, is gone or another",)


def test_a_chain_made_anew_is_found_by_the_head_beside_it(tmp_path: Path) -> None:
    path = forged(five(tmp_path / "library.sqlite"), lambda text: text.replace('"ANNA"', '"EVA"'))
    assert findings(path) == (
        "record 5 is not the one that the head kept beside the library knows: the trail was made anew",
    )


def test_a_chain_and_a_head_made_anew_are_found_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    path = five(tmp_path / "library.sqlite")
    with Library(path) as library:
        written_down = Head.of(str(library.audit_head()))
    forged(path, lambda text: text.replace('"ANNA"', '"EVA"'))
    with Library(path) as library:
        write_head(path, library.audit_head())
    assert findings(path) == ()
    assert findings(path, written_down) == (
        "record 5 is not the one that the head given knows: the trail was made anew",
    )


def test_an_older_head_kept_elsewhere_still_holds(tmp_path: Path) -> None:
    path = five(tmp_path / "library.sqlite")
    with Library(path) as library:
        before = library.audit_head()
        audit.record(library, AuditEvent.SCORED)
    assert findings(path, before) == ()


def test_a_head_that_was_deleted_is_found_now_and_for_ever(tmp_path: Path) -> None:
    path = five(tmp_path / "library.sqlite")
    head_path(path).unlink()
    assert findings(path) == ("the head beside the library is missing: an end that was cut off cannot be found",)
    with Library(path) as library:
        audit.record(library, AuditEvent.OPENED)
        audit.record(library, AuditEvent.OPENED)
    assert findings(path) == ("when record 6 was made, the head beside the library was wrong: missing",)


def test_records_after_a_cut_do_not_hide_it(tmp_path: Path) -> None:
    path = five(tmp_path / "library.sqlite")
    kept = read_head(path)
    tampered(path, "DELETE FROM audit WHERE number > 3")
    with Library(path) as library:
        for _ in range(4):
            audit.record(library, AuditEvent.OPENED)
    assert read_head(path) == kept
    told = findings(path)
    assert "when record 4 was made, the head beside the library was wrong: disagrees" in told
    assert "record 5 is not the one that the head kept beside the library knows: the trail was made anew" in told


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema":"mammoview.audit_head/1","count":5,"hash":"ff"}'])
def test_a_head_that_is_none_is_found(tmp_path: Path, text: str) -> None:
    path = five(tmp_path / "library.sqlite")
    head_path(path).write_text(text)
    assert len(findings(path)) == 1


def test_writers_at_the_same_time_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with Library(path) as one, Library(path) as other:
        start = threading.Barrier(4)

        def write(library: Library) -> None:
            start.wait()
            for _ in range(5):
                audit.record(library, AuditEvent.OPENED, ["1.2.3"])

        threads = [threading.Thread(target=write, args=(library,)) for library in (one, one, other, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        verdict = one.verify_audit()
    assert (verdict.head.count, verdict.findings) == (20, ())
    assert read_head(path) == verdict.head


def test_a_record_names_the_librarys_row_and_nothing_of_the_patient(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    study = written(made_study("1.2.840.7", folder=tmp_path))
    with Library(path) as library:
        library.add([study], tmp_path)
        audit.record(library, AuditEvent.SCORED, [study], images=4)
        (record,) = library.audit_records()
        assert record.study is not None
        assert (record.study.uid, record.study.row) == ("1.2.840.7", 1)
        assert library.patients_of([record.study])[record.study].name == "DEMO^ANNA"
    assert "DEMO" not in record.text() and str(tmp_path) not in record.text()


def test_a_study_without_uid_is_not_recorded_by_the_name_of_its_file(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite") as library:
        audit.record(library, AuditEvent.OPENED, ["/archive/MEIER ANNA.png"])
        (record,) = library.audit_records()
    assert "MEIER" not in record.text()


def test_a_record_is_of_the_time_at_which_it_was_asked_for(tmp_path: Path) -> None:
    made = Clock()()
    with Library(tmp_path / "library.sqlite") as library:
        with library.as_of(made):
            audit.record(library, AuditEvent.OPENED)
        assert [record.time for record in library.audit_records()] == ["2026-01-31T08:00:01.000Z"]


def test_all_of_several_entries_are_recorded_or_none(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite") as library:
        with pytest.raises(UsageError):
            library.log_events([Entry(AuditEvent.OPENED), Entry(AuditEvent.OPENED, details={"share": float("nan")})])
        assert library.audit_head() == Head(0, START)


def test_records_are_chosen_by_their_time(tmp_path: Path) -> None:
    with Library(five(tmp_path / "library.sqlite")) as library:
        chosen = library.audit_records("2026-01-31T08:00:02", "2026-01-31T08:00:03")
        assert [record.number for record in chosen] == [2, 3]
        assert len(list(library.audit_records("2026-01-31", "2026-01-31"))) == 5


def test_without_a_library_nothing_is_recorded(tmp_path: Path) -> None:
    audit.record(None, AuditEvent.OPENED, ["1.2.3"])
    assert list(tmp_path.iterdir()) == []


def test_a_library_of_the_second_version_gets_a_trail(tmp_path: Path) -> None:
    path = made_by_version(tmp_path / "old.sqlite", 2)
    audit.record(path, AuditEvent.OPENED, ["1.2"])
    with Library(path) as library:
        (record,) = library.audit_records()
        assert record.study is not None and record.study.row == 7
        assert [mark.mark_id for mark in library.marks("1.2")] == ["m"]


@pytest.mark.parametrize("text", ["", "5", "5:xyz", "-1:" + "0" * 64, "5:" + "A" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no head"):
        Head.of(text)
