"""Owns how the classifier's answers outlive the window: an engine that looks into the library before it asks another.

An answer holds for one image in one unchanged file, one model and one version of this program.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mammoview import __version__
from mammoview.archive import audit
from mammoview.archive.library import Library
from mammoview.archive.library_entries import source_identity
from mammoview.archive.library_results import StoredResult
from mammoview.archive.library_schema import LibraryError
from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import GridTransform
from mammoview.core.image import MammoImage
from mammoview.core.prediction import HeatMap, ImagePrediction
from mammoview.core.study import ImageHeader, Laterality
from mammoview.services.prediction import Engine, EngineFacts
from mammoview.services.stamps import Stamp

_CELLS = "<f4"


def answers_of(model_sha256: str) -> str:
    """What the library calls the answers of a model: those of another version of this program are not its own."""
    return f"{model_sha256} {__version__}"


class RememberingEngine:
    """`engine` with a memory. `library` gives it, None where there is none; `stamp` tells which file an image was when
    it was opened. Both are called from the classifier's thread."""

    def __init__(
        self, engine: Engine, library: Callable[[], Library | None], stamp: Callable[[ImageHeader], Stamp | None]
    ) -> None:
        self._engine, self._library, self._stamp = engine, library, stamp
        self._model = ""
        self._recorded: str | None = None

    def facts(self) -> EngineFacts:
        facts = self._engine.facts()
        self._model = answers_of(facts.model.sha256)
        return facts

    def predict(self, image: MammoImage) -> ImagePrediction:
        """The answer that is kept for this image, else the engine's, which is kept from now on. A library that fails
        is no reason to have no answer."""
        library, identity = self._library(), self._identity(image)
        if library is None or not identity:
            return self._engine.predict(image)
        with contextlib.suppress(LibraryError):
            stored = library.result(image.key, identity, self._model)
            kept = None if stored is None else prediction_of(image.key, stored)
            if kept is not None:
                return kept
        answer = self._engine.predict(image)
        if answer.not_run is None and self._identity(image) == identity and not library.problem:
            heat = answer.heat_map
            with contextlib.suppress(LibraryError):
                library.put_result(
                    image.key,
                    identity,
                    self._model,
                    record_of(answer),
                    None if heat is None else heat.cells.astype(_CELLS).tobytes(),
                )
                self._record(library, image.header.study_instance_uid)
        return answer

    def _record(self, library: Library, study_uid: str | None) -> None:
        """That a study was scored stands in the audit trail, once for all of its images."""
        if study_uid is not None and study_uid != self._recorded:
            audit.record(library, audit.AuditEvent.SCORED, [study_uid], model=self._model)
            self._recorded = study_uid

    def device_change(self) -> str:
        return self._engine.device_change()

    def close(self) -> None:
        self._engine.close()

    def _identity(self, image: MammoImage) -> str:
        """What tells the image's file; empty where it changed since it was opened, or where one frame of many is
        asked about."""
        stamp = self._stamp(image.header)
        if stamp is None or image.header.frames != 1:
            return ""
        now = _size_and_time(stamp.path)
        return source_identity(*now) if now == (stamp.size, stamp.written_ns) else ""


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


def record_of(answer: ImagePrediction) -> dict[str, Any]:
    """An answer as JSON: the heat map's shape and place with it, its cells apart."""
    record: dict[str, Any] = {
        "program": __version__,
        "laterality": str(answer.laterality),
        "score": answer.score,
        "refused": answer.refused,
        "seconds": answer.seconds,
    }
    if answer.heat_map is not None:
        grid = answer.heat_map.cells_from_stored
        record["heat"] = {
            "shape": list(answer.heat_map.cells.shape),
            "rows": [grid.row_scale, grid.row_offset],
            "columns": [grid.column_scale, grid.column_offset],
            "transpose": grid.transpose,
            "method": answer.heat_map.method,
        }
    return record


def prediction_of(key: str, stored: StoredResult) -> ImagePrediction | None:
    """The answer for the image `key` that was kept; None where another version of the program made it, or where it is
    none."""
    record = stored.result
    if record.get("program") != __version__:
        return None
    try:
        return ImagePrediction(
            key,
            Laterality(record["laterality"]),
            score=record["score"],
            refused=record["refused"],
            heat_map=_heat_of(record.get("heat"), stored.heat),
            seconds=float(record["seconds"]),
        )
    except (KeyError, TypeError, ValueError, MammoviewError):
        return None


def _heat_of(told: Mapping[str, Any] | None, cells: bytes | None) -> HeatMap | None:
    if told is None or cells is None:
        return None
    rows, columns = told["shape"]
    row_scale, row_offset = told["rows"]
    column_scale, column_offset = told["columns"]
    grid = GridTransform(row_scale, row_offset, column_scale, column_offset, told["transpose"])
    found = np.frombuffer(cells, _CELLS).astype(np.float32).reshape(rows, columns)
    return HeatMap(found, grid, str(told.get("method", "Grad-CAM")))
