"""Owns the images that are only ever trained on, beside a system's own examples: which they are, and what is told of
them. Never splits: `training.split` gives their women a part of their own.

They come from sets with drawn lesions, teach where lesions are, and nothing of the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mammoview.core.errors import UsageError
from training.cache import InputCache
from training.config import System
from training.data.table import ImageRow, women_hash
from training.fitting.batches import mask_known
from training.split import Split, is_of, make_split


def own_rows(rows: Iterable[ImageRow], sources: Sequence[str]) -> tuple[ImageRow, ...]:
    """The rows that are in a split: all but those of `sources`."""
    return tuple(row for row in rows if not is_of(row, sources))


def split_of_system(rows: Sequence[ImageRow], system: System) -> Split:
    """The split that `system` makes of `rows`, its auxiliary sets in no part. Raises what `make_split` raises."""
    return make_split(rows, system.split, system.auxiliary.sources)


def beside_of(cache: InputCache, sources: Sequence[str]) -> tuple[int, ...]:
    """The positions of the images of `sources` whose lesions, or that there are none, are told. () without sources.

    Raises UsageError where there are sources, but none of their images is in the cache, or none with a drawn lesion.
    """
    if not sources:
        return ()
    held = [index for index, row in enumerate(cache.rows) if is_of(row, sources)]
    if not held:
        raise UsageError(
            f"the cache holds no image of {', '.join(sources)}, which auxiliary.sources names",
            "prepare one cache of all sets, or --set auxiliary.sources=[]",
        )
    if not cache.has_mask()[held].any():
        raise UsageError(
            f"no image of {', '.join(sources)} has a lesion mask, so that they teach nothing",
            "prepare sets with drawn lesions, or --set auxiliary.sources=[]",
        )
    known = mask_known(cache)
    return tuple(index for index in held if known[index])


def auxiliary_record(cache: InputCache, sources: Sequence[str]) -> dict[str, Any]:
    """What the record of a run tells of its images of `sources`: how many, `with_lesions` of them, of how many women
    and which sets; `unused`: images whose lesions are not told, which are set aside. Raises UsageError."""
    chosen = beside_of(cache, sources)
    held = [row for row in cache.rows if is_of(row, sources)]
    women = {row.patient_id for row in held}
    return {
        "images": len(chosen),
        "with_lesions": int(np.count_nonzero(cache.has_mask()[list(chosen)])),
        "unused": len(held) - len(chosen),
        "women": len({row.patient_id for row in held if row.woman_known}),
        "women_hash": women_hash(women),
        **seen_sets(held),
    }


def seen_sets(rows: Sequence[ImageRow]) -> dict[str, list[str]]:
    """The sets and modalities of rows, and the sets of which some images do not say whom they show."""
    return {
        "sources": sorted({row.source for row in rows}),
        "modalities": sorted({row.modality for row in rows}),
        "sources_of_unknown_women": sorted({row.source for row in rows if not row.woman_known}),
    }


def auxiliary_line(record: Mapping[str, Any] | None) -> str:
    """One sentence on the images of `auxiliary_record`; empty where there are none."""
    if not record:
        return ""
    return (
        f"Beside them, {record['images']} images ({record['with_lesions']} with a drawn lesion) of {record['women']} "
        f"women of {', '.join(record['sources'])} were in every batch, for the lesion map alone: none of these women "
        "chose, calibrated or judged anything."
    )
