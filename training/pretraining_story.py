"""Owns what a pre-training tells of the women and images that it saw (pretrain.json), and of the run before it. Never
fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.cache import InputCache
from training.fitting.patches import LesionImages
from training.fitting.records import read_split, start_record
from training.leaks import women_digests
from training.patches import told_of
from training.split import LeakError, Split


def earlier(weights: str, split: Split) -> dict[str, Any]:
    """The pretrain.json of the run whose `weights` this one starts from, empty where there is none. Raises LeakError
    where that run was fitted on women whom `split` holds back or leaves out."""
    if not weights:
        return {}
    path = Path(weights)
    found = start_record(path)["pretraining"] or {}
    if (path.parent / "split.json").is_file():
        seen = read_split(path.parent / "split.json").part_of
        kept = sorted(woman for woman, part in split.part_of.items() if part != "train" and seen.get(woman) == "train")
        if kept:
            raise LeakError(
                f"{len(kept)} women who are held back were trained on by the weights (as {kept[0]})",
                "give the --seed, the set and the --women-of that made the weights",
            )
    return dict(found)


def story(
    cache: InputCache,
    split: Split,
    parts: Mapping[str, Sequence[int]],
    before: Mapping[str, Any],
    *,
    task: str,
    config: Mapping[str, Any],
) -> dict[str, Any]:
    """What pretrain.json tells before any epoch: the `task` and its `config`, the images and women of `parts`, the sets
    and stages of the run `before` with its own."""
    nothing = cache.inputs[:0]
    rows = {part: tuple(cache.rows[index] for index in chosen) for part, chosen in parts.items()}
    told = told_of(LesionImages(nothing, nothing, rows["train"] + rows["validation"]))
    for key in ("sources", "modalities", "sources_of_unknown_women"):
        told[key] = sorted({*told[key], *before.get(key, ())})
    return {
        "task": task,
        "source": " and ".join(told["sources"]),
        **told,
        "config": dict(config),
        "images": {part: len(chosen) for part, chosen in parts.items()},
        "women": {part: len({row.patient_id for row in chosen if row.woman_known}) for part, chosen in rows.items()},
        "women_hashes": split.hashes(),
        "women_digests": women_digests(split),
        "stages": [*before.get("stages", ())],
    }
