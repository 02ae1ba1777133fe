"""Owns which images explanations are judged on: those whose suspicious lesions are drawn, and how far 15 mm are there.

Never runs a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import find_breast
from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Crop
from mammoview.inference.preprocess import PreprocessParams, make_crop
from training.cache import CROP_ID, InputCache
from training.data.table import ImageRow
from training.explanations.agreement import Tolerance
from training.explanations.maps import breast_of
from training.fitting.batches import Groups
from training.lesion_crop import crop_input
from training.pictures import read_picture
from training.slices import is_slice, slice_crop

TOLERANCE_MM = 15.0
TOLERANCE_PART = 0.08
"""Of the breast's height on the input, where no spacing is known: 15 mm of a breast of 188 mm."""

NOT_TOLD = "not told"

_PLAIN = frozenset({".jpg", ".jpeg", ".png", ".pgm", ".tif", ".tiff", ".bmp"})
_DOCUMENTED_MM = {"mias": (0.2, 0.2)}
"""Millimetres of a stored pixel, down and across, of sets whose plain pictures do not tell them."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One image with a drawn suspicious lesion: `group`, the cache's rows of its example; `view`, its place among them;
    `lesion` uint8 and `breast` bool on the grid of the input; `tolerance` in input pixels, `in_mm` whether by a
    spacing; `kind` of its lesions, "several" where they differ."""

    index: int
    group: tuple[int, ...]
    view: int
    row: ImageRow
    lesion: NDArray[np.uint8]
    breast: NDArray[np.bool_]
    tolerance: Tolerance
    in_mm: bool
    kind: str


@dataclass(slots=True)
class Chosen:
    """The images that are judged, those without any lesion (for false positives), and why others were left out."""

    subjects: list[Subject] = field(default_factory=list)
    clean: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def choose(cache: InputCache, groups: Groups, *, most: int = 0, seed: int = 0) -> Chosen:
    """The images of `groups` whose lesions are drawn and all suspicious, at most `most` of them (0: all), drawn evenly.

    An image with a lesion that is told to be benign is left out, as its outlines are kept as one.
    """
    found = Chosen()
    told = cache.has_mask()
    candidates = []
    for group in groups:
        for view, index in enumerate(group):
            row = cache.rows[index]
            reason = _reason(row, bool(told[index]))
            if reason == "" and not cache.masks([index]).any():
                reason = "the lesion lies outside the input"
            if reason == "":
                candidates.append((index, group, view))
            elif reason == _CLEAN:
                found.clean.append((index, group))
            else:
                found.left_out[reason] = found.left_out.get(reason, 0) + 1
    if most and len(candidates) > most:
        kept = np.sort(np.random.default_rng(seed).permutation(len(candidates))[:most])
        found.left_out["more than were asked for"] = len(candidates) - most
        candidates = [candidates[place] for place in kept]
    found.subjects = [_subject(cache, *candidate) for candidate in candidates]
    return found


_CLEAN = "no lesion"


def _reason(row: ImageRow, told: bool) -> str:
    if row.label == 0:
        benign = bool(row.lesions) or row.diagnosis == "benign"
        return "a lesion that is not suspicious" if benign else _CLEAN
    if not told or not row.lesions:
        return "suspicious, but no lesion is drawn"
    if any(lesion.pathology == "benign" for lesion in row.lesions):
        return "benign and suspicious lesions in one image"
    return ""


def _subject(cache: InputCache, index: int, group: tuple[int, ...], view: int) -> Subject:
    row, breast = cache.rows[index], breast_of(np.asarray(cache.inputs[index], np.float32))
    scale = mm_of_input(row, cache.preprocess)
    kinds = sorted({lesion.kind or NOT_TOLD for lesion in row.lesions})
    return Subject(
        index,
        group,
        view,
        row,
        cache.masks([index])[0],
        breast,
        tolerance_of(breast, scale),
        scale is not None,
        kinds[0] if len(kinds) == 1 else "several",
    )


def tolerance_of(breast: NDArray[np.bool_], scale: tuple[float, float] | None) -> Tolerance:
    """15 mm in input pixels, down and across, by `scale` (mm of an input pixel); without one TOLERANCE_PART of the
    breast's height, both ways."""
    if scale is not None:
        return TOLERANCE_MM / scale[0], TOLERANCE_MM / scale[1]
    reach = TOLERANCE_PART * int(breast.any(axis=1).sum())
    return reach, reach


def mm_of_input(row: ImageRow, preprocess: Mapping[str, Any]) -> tuple[float, float] | None:
    """Millimetres of an input pixel, down and across, from the file's spacing and the crop that the input is made by;
    None where the file is not there or nobody tells its spacing."""
    documented = _DOCUMENTED_MM.get(row.source)
    if documented is None and row.file.suffix.lower() in _PLAIN:
        return None
    try:
        image = read_picture(row.file)
        params = PreprocessParams(**preprocess.get("params", {}))
        if is_slice(row, preprocess):
            crop = slice_crop(image, params, row.crop_px)
        elif preprocess.get("id") == CROP_ID and row.crop_px is not None:
            crop = crop_input(image, params, row.crop_px).crop
        else:
            crop = make_crop(find_breast(image), image.rows, image.columns, params)
    except (MammoviewError, OSError):
        return None
    spacing = image.spacing
    if documented is None and (spacing is None or spacing.kind == "assumed"):
        return None
    down, across = documented or ((spacing.row_mm, spacing.column_mm) if spacing else (0.0, 0.0))
    return _on_input(crop, down, across)


def _on_input(crop: Crop, down: float, across: float) -> tuple[float, float]:
    if crop.orientation.transpose:
        down, across = across, down
    return down * crop.box.rows / crop.inner.rows, across * crop.box.columns / crop.inner.columns


def spread(subjects: Sequence[Subject], most: int, seed: int) -> list[int]:
    """Places of at most `most` subjects, of as many women as there are, in an order that is drawn once."""
    order = np.random.default_rng(seed).permutation(len(subjects))
    seen: dict[str, int] = {}
    turn: list[tuple[int, int, int]] = []
    for place in order:
        woman = subjects[place].row.patient_id
        turn.append((seen.get(woman, 0), len(turn), int(place)))
        seen[woman] = seen.get(woman, 0) + 1
    return [place for _, _, place in sorted(turn)[:most]]
