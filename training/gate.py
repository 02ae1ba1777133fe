"""Owns the count of what the application's quality gate refuses of a set, and why. Never scores an image."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import find_breast
from mammoview.core.errors import MammoviewError
from mammoview.dicom.reader import read_file
from mammoview.inference.quality import refusal
from training.bootstrap import by_woman
from training.data.table import ImageRow
from training.weighted import Labels, Scores


def measure_gate(rows: Sequence[ImageRow], *, samples: int = 2000) -> dict[str, Any]:
    """How many images of `rows` the gate refuses, by reason, and the share of all with its 95 % interval by bootstrap
    over women (exact where none or all are refused). Images whose files are not here, and crops, are counted apart; a
    file that cannot be read is refused.
    """
    crops = [row for row in rows if row.crop_px is not None]
    here = [row for row in rows if row.crop_px is None and row.file.is_file()]
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="gate") as pool:
        reasons = list(pool.map(_reason, here))
    refused = np.array([reason is not None for reason in reasons], np.int64)
    women = np.array([row.patient_id for row in here])
    share = by_woman(_share, refused, np.zeros(len(here)), women, samples=samples).record()
    if share is not None and share["low"] == share["high"]:  # none or all: every draw is the same
        reach = 0.025 ** (1 / len(set(women.tolist())))  # Clopper and Pearson 1934, a woman counting once
        share["low"], share["high"] = (0.0, 1 - reach) if share["value"] == 0 else (reach, 1.0)
    return {
        "images": len(here),
        "women": len(set(women.tolist())),
        "refused": int(refused.sum()),
        "refused_positives": sum(row.label for row, reason in zip(here, reasons, strict=True) if reason is not None),
        "share": share,
        "reasons": dict(Counter(reason for reason in reasons if reason is not None).most_common()),
        "files_not_here": len(rows) - len(here) - len(crops),
        "crops": len(crops),
        "of": "training and validation women",
    }


def _reason(row: ImageRow) -> str | None:
    try:
        image = read_file(row.file)
        return refusal(image, find_breast(image))
    except MammoviewError as error:
        return f"cannot be read: {error.cause.removeprefix(f'{row.file}: ')}"


def _share(labels: Labels, scores: Scores, weights: NDArray[np.float64]) -> Scores:
    """The share of ones among `labels` under weights (draws, n): (draws,)."""
    return np.asarray((weights * labels).sum(axis=1) / weights.sum(axis=1), np.float64)
