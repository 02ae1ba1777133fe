"""Owns what classifiers said of images, so that a score survives a restart. Never runs one, never reads what a result
says but for its score.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mammoview.archive.library_schema import exact, json_text
from mammoview.archive.library_store import Store
from mammoview.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A classifier's answer for one image as it was put: `result` is JSON that the caller owns, `heat` its heat map in
    the caller's own encoding, None where there is none. `time`: ISO 8601 UTC."""

    result: Mapping[str, Any]
    heat: bytes | None
    time: str


class Results:
    """The part of the library that the classifier fills. Raises LibraryError where the file cannot be used.

    A result belongs to an image (`image_key`) as it lay in one file (`source_identity`, as `ImageRow.identity` tells
    it) and to one `model`: whatever the caller names it by, such as its checksum and the program's version.
    """

    _store: Store

    def put_result(
        self,
        image_key: str,
        source_identity: str,
        model: str,
        result: Mapping[str, Any],
        heat: bytes | None,
    ) -> None:
        """Keep a result in place of an older one of the same image, file and model.

        `result["score"]`, where it is there and not None, is a probability 0..1; without one it is the reason why there
        is none that is kept. Raises UsageError where it is neither, or `result` is no JSON.
        """
        score = result.get("score")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1):
            raise UsageError(f"a score is a probability from 0 to 1, not {score!r}")
        kept = (exact(image_key), source_identity, model, score, json_text(result), heat)
        with self._store.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", (*kept, self._store.now())
            )
            studies = connection.execute("SELECT study FROM images WHERE image_key = ?", (kept[0],)).fetchall()
            for (study,) in studies:
                rescore(connection, study)

    def result(self, image_key: str, source_identity: str, model: str) -> StoredResult | None:
        """What was put last for this image, file and model; None where nothing was."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT body, heat, time FROM results WHERE image_key = ? AND identity = ? AND model = ?",
                (exact(image_key), source_identity, model),
            ).fetchone()
        return None if row is None else StoredResult(json.loads(row[0]), row[1], row[2])

    def has_result(self, image_key: str, source_identity: str, model: str) -> bool:
        """Whether `result` has an answer, without reading it."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT 1 FROM results WHERE image_key = ? AND identity = ? AND model = ?",
                (exact(image_key), source_identity, model),
            ).fetchone()
        return row is not None


def rescore(connection: sqlite3.Connection, study: int) -> None:
    """Derive the score of a study's row, as `inference.exam.aggregate` does: of each breast the mean of its views, of
    the breasts the highest; by the model that answered last, for the files as they are now. None while an image of one
    frame has no answer of that model: half an answer could be taken for a negative one.
    """
    last = connection.execute(
        "SELECT r.model FROM images i JOIN results r ON r.image_key = i.image_key AND r.identity = i.identity"
        " WHERE i.study = ? AND NOT i.missing ORDER BY r.rowid DESC LIMIT 1",
        (study,),
    ).fetchone()
    model, score = "", None
    if last is not None:
        model = last[0]
        answers = connection.execute(
            "SELECT i.laterality, i.frames, r.model, r.score FROM images i LEFT JOIN results r"
            " ON r.image_key = i.image_key AND r.identity = i.identity AND r.model = ?"
            " WHERE i.study = ? AND NOT i.missing",
            (model, study),
        ).fetchall()
        if all(answered is not None or frames > 1 for _, frames, answered, _ in answers):
            score = _highest_mean((side, value) for side, _, _, value in answers if value is not None)
    connection.execute("UPDATE studies SET score = ?, score_model = ? WHERE id = ?", (score, model, study))


def _highest_mean(scores: Iterable[tuple[str, float]]) -> float | None:
    """The highest of the breasts' means, from (laterality, score) of views; one whose side is unknown stands alone."""
    breasts: dict[str, list[float]] = {}
    for number, (side, score) in enumerate(scores):
        breasts.setdefault(side or f"view {number}", []).append(score)
    return max((math.fsum(views) / len(views) for views in breasts.values()), default=None)
