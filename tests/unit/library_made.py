"""Studies, files and clocks for the tests of the library, without any pixel."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mammoview.core.study import ImageHeader, ImageSource, Laterality, Patient, Study, View
from mammoview.core.window import Greyscale

ANNA = Patient("DEMO^ANNA", "1", "1960-02-29", "F")
BERTA = Patient("SAMPLE^BERTA", "2", "1955-11-11", "F")
FOUR_VIEWS = ("RCC", "RMLO", "LCC", "LMLO")
_NOBODY = 65534


def made_image(
    side_view: str, *, path: Path, study_uid: str | None, uid: str | None, patient: Patient = ANNA, **more: Any
) -> ImageHeader:
    """A header; `more` sets further fields."""
    return ImageHeader(
        ImageSource(path),
        4096,
        3328,
        Greyscale(16),
        laterality=Laterality(side_view[0]),
        view=View(side_view[1:]),
        patient=patient,
        study_instance_uid=study_uid,
        sop_instance_uid=uid,
        **{"modality": "MG", "study_date": "2024-05-06", "study_time": "08:15:00", **more},
    )


def made_study(
    uid: str,
    *,
    folder: Path = Path("/archive"),
    views: Sequence[str] = FOUR_VIEWS,
    patient: Patient = ANNA,
    **more: Any,
) -> Study:
    """A study whose images lie in `folder`/`uid` and are called after their views."""
    images = tuple(
        made_image(view, path=folder / uid / f"{view}.dcm", study_uid=uid, uid=f"{uid}.{view}", patient=patient, **more)
        for view in views
    )
    return Study(uid, images)


def written(study: Study, content: bytes = b"image") -> Study:
    """The study, after a file was written for each of its images."""
    for image in study.images:
        image.source.path.parent.mkdir(parents=True, exist_ok=True)
        image.source.path.write_bytes(content)
    return study


class Clock:
    """The time, a second later at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def asked(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What SQLite itself answers of a file that nobody else has open."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


@contextmanager
def rights_that_bind() -> Iterator[None]:
    """Within it the permissions of files bind, also where the tests are run by root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
