"""Owns a classifier that answers at once, in place of the engine: what is left is the run over the archive itself.

`python -m tests.benchmarks.archive_stub LOG score ...` is `mammoview score ...` with it; `dask worker --preload
tests.benchmarks.archive_stub` are workers with it, which take LOG from MAMMOVIEW_STUB_LOG. LOG gets one line for each
image that is scored, its SOP Instance UID, at once.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Sequence

from mammoview.commands import score_archive
from mammoview.core.errors import EngineError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from mammoview.inference.predictor import EngineInfo, Predictor
from mammoview.reading import archive_run_cluster

LOG = "MAMMOVIEW_STUB_LOG"


class StubPredictor(Predictor):
    """Scores by the name of the image."""

    def start(self) -> None:
        pass

    def info(self) -> EngineInfo:
        return EngineInfo("cpu", 0.0, True)

    def predict(self, image: MammoImage) -> ImagePrediction:
        log = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(log, f"{image.header.sop_instance_uid}\n".encode())
        finally:
            os.close(log)
        score = (zlib.crc32(image.key.encode()) % 10_000 + 1) / 10_002
        return ImagePrediction(image.key, image.header.laterality, score=score)

    def predict_many(self, images: Sequence[MammoImage]) -> list[ImagePrediction | EngineError]:
        return [self.predict(image) for image in images]


def put_in_place() -> None:
    """From now on commands and workers of this process score with it."""
    score_archive.Predictor = StubPredictor  # type: ignore[attr-defined]
    archive_run_cluster.Predictor = StubPredictor  # type: ignore[attr-defined]


def dask_setup(worker: object) -> None:
    """What Dask calls in a worker that was given this module."""
    put_in_place()


if __name__ == "__main__":
    from mammoview.cli import main

    os.environ[LOG] = sys.argv[1]
    put_in_place()
    sys.exit(main(sys.argv[2:]))
