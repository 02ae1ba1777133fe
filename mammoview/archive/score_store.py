"""Owns a score store: one SQLite file with the files of an archive and what the classifier answered for them. Reads no
image.

One process writes to it at a time, and nobody else may open it meanwhile; whatever was committed survives the end of
that process at any moment. Everything is asked for in parts, so that memory does not grow with the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mammoview
from mammoview.archive.library_schema import exact, from_exact, plain
from mammoview.archive.score_sources import OF_RUN, Sources
from mammoview.archive.score_units import ImageAnswer, StudyAnswer, Unit, UnitAnswer, UnitImage, state_of
from mammoview.core.study import ImageSource

_UNITS_AT_ONCE = 100

_ANSWER = "r.laterality, r.view, r.frame, r.score, r.refused, r.not_run, r.unreadable, r.hint, r.seconds"
_IS_CURRENT = (
    "r.size = s.size AND r.mtime_ns = s.mtime_ns AND r.sop_instance_uid IS s.sop_instance_uid AND r.not_run IS NULL"
)


@dataclass(frozen=True, slots=True)
class KeptStudy:
    """A study as it is answered for: its images with the sources as the user named them, then the exam's scores."""

    study_instance_uid: str | None
    images: tuple[tuple[ImageSource, str | None, ImageAnswer], ...]
    breasts: dict[str, float]
    score: float | None


class ScoreStore(Sources):
    """The whole store. Every method raises ScoreStoreError where the file cannot be used. Used by one thread; a context
    manager."""

    def setting(self, model_sha256: str, engine: str, device: str, *, flips: bool) -> int:
        """The number of what decides a score besides the image: the model, and what was asked of the engine. The
        version of this program is part of it."""
        told = (model_sha256, engine, device, flips, mammoview.__version__)
        names = "model_sha256, engine, device_asked, flips, version"
        with self.transaction():
            self._connection.execute(f"INSERT OR IGNORE INTO settings ({names}) VALUES (?, ?, ?, ?, ?)", told)
        return int(self._one(f"SELECT id FROM settings WHERE ({names}) = (?, ?, ?, ?, ?)", *told))

    def device(self, setting: int) -> tuple[str, str]:
        """What the answers were given on, as of `EngineInfo`, and a change of it, as of `Predictor`."""
        row = self._connection.execute("SELECT device, device_change FROM settings WHERE id = ?", (setting,)).fetchone()
        return str(row[0]), str(row[1])

    def note_device(self, setting: int, device: str, change: str) -> None:
        """Keep what an answer was given on; where a GPU failed and the CPU went on, that stays; of several, all."""
        before, changed = self.device(setting)
        if change:
            before, changed = "cpu", change
        elif device and not changed and device not in before.split(" and "):
            before = " and ".join(sorted({device, *before.split(" and ")} - {""}))
        with self.transaction():
            self._connection.execute(
                "UPDATE settings SET device = ?, device_change = ? WHERE id = ?", (before, changed, setting)
            )

    def forget_unreadable(self, setting: int) -> None:
        """Images whose pixels could not be had are tried again."""
        unread = "SELECT source FROM results WHERE setting = :setting AND unreadable NOT NULL"
        with self.transaction():
            self._connection.execute(
                "DELETE FROM units WHERE setting = :setting AND unit IN"
                f" (SELECT unit FROM sources WHERE id IN ({unread}))",
                {"setting": setting},
            )
            self._connection.execute("DELETE FROM results WHERE setting = ? AND unreadable NOT NULL", (setting,))

    def counts(self, setting: int) -> tuple[int, int]:
        """How many images this run has, and how many of them are answered for (also with a refusal)."""
        total = self._one(f"SELECT count(*) FROM sources s WHERE {OF_RUN}")
        answered = self._one(
            "SELECT count(*) FROM sources s JOIN results r ON r.source = s.id AND r.setting = ?"
            f" WHERE {OF_RUN} AND {_IS_CURRENT}",
            setting,
        )
        return int(total), int(answered)

    def scored(self, setting: int) -> int:
        """How many images of this run have the classifier's or the gate's answer."""
        return int(
            self._one(
                "SELECT count(*) FROM sources s JOIN results r ON r.source = s.id AND r.setting = ?"
                f" WHERE {OF_RUN} AND {_IS_CURRENT} AND r.unreadable IS NULL",
                setting,
            )
        )

    def failures(self, setting: int) -> int:
        """How many images of this run could not be read, or be run by the engine."""
        return int(
            self._one(
                "SELECT count(*) FROM sources s JOIN results r ON r.source = s.id AND r.setting = ?"
                f" WHERE {OF_RUN} AND coalesce(r.unreadable, r.not_run) NOT NULL",
                setting,
            )
        )

    def shown(self, source: int) -> str:
        """How the user named a file."""
        return from_exact(self._one("SELECT shown FROM sources WHERE id = ?", source))

    def pending(self, setting: int) -> Iterator[Unit]:
        """The units of this run that are not answered for as they are now. What is kept meanwhile is taken note of."""
        last = b""
        while True:
            keys = self._connection.execute(
                f"SELECT DISTINCT s.unit FROM sources s WHERE {OF_RUN} AND s.unit > ? ORDER BY s.unit LIMIT ?",
                (last, _UNITS_AT_ONCE),
            ).fetchall()
            if not keys:
                return
            for (key,) in keys:
                unit = self._unit(key, setting)
                done = self._one("SELECT max(state) FROM units WHERE unit = ? AND setting = ?", key, setting)
                if unit.images and done != unit.state:
                    yield unit
            last = keys[-1][0]

    def save(self, answer: UnitAnswer, setting: int) -> None:
        """Keep what was answered for a unit, in place of what was answered before; all of it or nothing."""
        unit = exact(answer.unit)
        finished = True
        with self.transaction():
            self._connection.execute("DELETE FROM studies WHERE unit = ? AND setting = ?", (unit, setting))
            for study in answer.studies:
                self._save_study(unit, setting, study)
                finished &= all(image.not_run is None for image in study.images)
            self._connection.execute(
                "INSERT OR REPLACE INTO units VALUES (?, ?, ?)", (unit, setting, answer.state if finished else "")
            )
            self.note_device(setting, answer.device, answer.device_change)

    # --- what was answered

    def studies(self, setting: int) -> Iterator[KeptStudy]:
        """The studies of this run, by woman, the newest first, as `dicom.studies.group_studies` orders them."""
        for number, uid, right, left, score in self._rows(
            "SELECT id, study_instance_uid, breast_r, breast_l, score FROM studies WHERE setting = ? AND EXISTS"
            f" (SELECT 1 FROM sources s WHERE s.unit = studies.unit AND {OF_RUN})"
            " ORDER BY woman, date DESC, time DESC, study_key, id",
            setting,
        ):
            images = tuple(
                (_source(path, member), sop, ImageAnswer(source, *answer))
                for path, member, sop, source, *answer in self._connection.execute(
                    f"SELECT s.path, s.member, r.sop_instance_uid, r.source, {_ANSWER} FROM study_images i"
                    " JOIN sources s ON s.id = i.source JOIN results r ON r.source = s.id AND r.setting = ?"
                    " WHERE i.study = ? ORDER BY i.place",
                    (setting, number),
                )
            )
            breasts = {side: value for side, value in (("R", right), ("L", left)) if value is not None}
            yield KeptStudy(uid, images, breasts, score)

    def _save_study(self, unit: bytes, setting: int, study: StudyAnswer) -> None:
        made = self._connection.execute(
            "INSERT INTO studies (unit, setting, study_instance_uid, study_key, woman, date, time, breast_r, breast_l,"
            " score) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                unit,
                setting,
                study.study_instance_uid,
                exact(study.key),
                exact(study.woman),
                plain(study.date),
                plain(study.time),
                study.breasts.get("R"),
                study.breasts.get("L"),
                study.score,
            ),
        )
        for place, image in enumerate(study.images):
            self._connection.execute("INSERT INTO study_images VALUES (?, ?, ?)", (made.lastrowid, place, image.source))
            reasons = (_plain_or_none(text) for text in (image.refused, image.not_run, image.unreadable))
            self._connection.execute(
                "INSERT OR REPLACE INTO results SELECT id, ?, size, mtime_ns, sop_instance_uid,"
                " ?, ?, ?, ?, ?, ?, ?, ?, ? FROM sources WHERE id = ?",
                (
                    setting,
                    image.laterality,
                    image.view,
                    image.frame,
                    image.score,
                    *reasons,
                    plain(image.hint),
                    image.seconds,
                    image.source,
                ),
            )

    def _unit(self, key: bytes, setting: int) -> Unit:
        images: list[UnitImage] = []
        stamps: list[tuple[int, int, int, str | None]] = []
        for number, path, member, size, mtime_ns, sop, known, *answer in self._connection.execute(
            f"SELECT s.id, s.path, s.member, s.size, s.mtime_ns, s.sop_instance_uid, r.source, {_ANSWER} FROM sources s"
            f" LEFT JOIN results r ON r.source = s.id AND r.setting = ? AND {_IS_CURRENT}"
            f" WHERE s.unit = ? AND {OF_RUN} ORDER BY s.shown",
            (setting, key),
        ):
            shown = _source(path, member)
            place = ImageSource(shown.path.absolute(), shown.member)
            before = None if known is None else ImageAnswer(number, *answer)
            images.append(UnitImage(number, shown, place, sop, before))
            stamps.append((number, size, mtime_ns, sop))
        return Unit(from_exact(key), state_of(stamps), tuple(images))


def _source(path: bytes, member: bytes | None) -> ImageSource:
    return ImageSource(Path(from_exact(path)), None if member is None else from_exact(member))


def _plain_or_none(text: str | None) -> str | None:
    return None if text is None else plain(text)
