"""Owns what stands in a score store's file, and what may go wrong with it in words. Never opens the file.

Besides scores it holds the patient IDs and names by which images are made studies and studies are sorted: it is to be
kept as the images are.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from mammoview.archive.library_schema import primary_code
from mammoview.core.errors import MammoviewError

APPLICATION_ID: Final = 0x6D6D7363
"""PRAGMA application_id of every score store: "mmsc"."""

VERSION: Final = 1

IMAGE, REFUSED, PASSED_OVER, ABOUT_IMAGES = range(4)
"""What a file is: an image, one that is refused with a reason, one that is no image and was met in a folder, and an
object about images that was named itself."""

TABLES: Final = (
    "CREATE TABLE about (run INTEGER NOT NULL, version TEXT NOT NULL)",
    """CREATE TABLE sources (
        id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE,
        place BLOB NOT NULL, path BLOB NOT NULL, member BLOB, shown BLOB NOT NULL, named INTEGER NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, run INTEGER NOT NULL,
        state INTEGER NOT NULL, cause TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT '',
        unit BLOB, sop_instance_uid TEXT, study_instance_uid TEXT, patient_id TEXT, patient_name TEXT,
        looks TEXT, referenced TEXT NOT NULL DEFAULT '[]', twin INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX sources_by_unit ON sources (unit)",
    "CREATE INDEX sources_by_image ON sources (sop_instance_uid, shown)",
    "CREATE TABLE refusals (text BLOB PRIMARY KEY, source BLOB NOT NULL, cause TEXT NOT NULL, hint TEXT NOT NULL)",
    """CREATE TABLE settings (
        id INTEGER PRIMARY KEY, model_sha256 TEXT NOT NULL, engine TEXT NOT NULL, device_asked TEXT NOT NULL,
        flips INTEGER NOT NULL, version TEXT NOT NULL, device TEXT NOT NULL DEFAULT '',
        device_change TEXT NOT NULL DEFAULT '', UNIQUE (model_sha256, engine, device_asked, flips, version))""",
    """CREATE TABLE results (
        source INTEGER NOT NULL REFERENCES sources, setting INTEGER NOT NULL REFERENCES settings,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sop_instance_uid TEXT,
        laterality TEXT NOT NULL, view TEXT NOT NULL, frame INTEGER NOT NULL,
        score REAL, refused TEXT, not_run TEXT, unreadable TEXT, hint TEXT NOT NULL, seconds REAL NOT NULL,
        PRIMARY KEY (source, setting)) WITHOUT ROWID""",
    """CREATE TABLE units (
        unit BLOB NOT NULL, setting INTEGER NOT NULL REFERENCES settings, state TEXT NOT NULL,
        PRIMARY KEY (unit, setting)) WITHOUT ROWID""",
    """CREATE TABLE studies (
        id INTEGER PRIMARY KEY, unit BLOB NOT NULL, setting INTEGER NOT NULL REFERENCES settings,
        study_instance_uid TEXT, study_key BLOB NOT NULL, woman BLOB NOT NULL, date TEXT NOT NULL, time TEXT NOT NULL,
        breast_r REAL, breast_l REAL, score REAL)""",
    "CREATE INDEX studies_by_unit ON studies (unit, setting)",
    "CREATE INDEX studies_in_order ON studies (setting, woman, date DESC, time DESC, study_key, id)",
    """CREATE TABLE study_images (
        study INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE, place INTEGER NOT NULL,
        source INTEGER NOT NULL REFERENCES sources, PRIMARY KEY (study, place)) WITHOUT ROWID""",
    """CREATE VIEW scores AS SELECT
        CAST(s.shown AS TEXT) AS file, r.sop_instance_uid, studies.study_instance_uid, r.laterality, r.view, r.frame,
        r.score, coalesce(r.refused, r.not_run, r.unreadable) AS reason, r.seconds,
        CASE r.laterality WHEN 'R' THEN studies.breast_r WHEN 'L' THEN studies.breast_l END AS breast_score,
        studies.score AS study_score, settings.model_sha256, settings.engine, settings.flips, settings.device
        FROM results r JOIN sources s ON s.id = r.source JOIN settings ON settings.id = r.setting
        JOIN study_images i ON i.source = r.source JOIN studies ON studies.id = i.study
        WHERE studies.setting = r.setting""",
)
"""`scores` is for whoever asks the store with SQL: one row for each image, as the model gives it."""


class ScoreStoreError(MammoviewError):
    """The score store cannot be used, or what was to be kept in it was not kept."""


def worded(path: Path, error: sqlite3.Error) -> ScoreStoreError | None:
    """What went wrong and what to do, where a user can do something about it; None for a fault of the program."""
    code = primary_code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        return ScoreStoreError(f"{path} is used by another run", "wait for it, or name another store")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return ScoreStoreError(f"{path} is read-only", "ask for the right to write there, or name another store")
    if code == sqlite3.SQLITE_FULL:
        return ScoreStoreError(f"the disk of {path} is full", "make room; the same command goes on")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ScoreStoreError(f"{path} is damaged or no score store", "nothing was written to it: name another store")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return ScoreStoreError(f"{path} cannot be read or written: {error}", "look whether its disk is there and sound")
    return None
