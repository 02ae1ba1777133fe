"""Owns the batches of a run: which examples, in which order, as which arrays. Plain NumPy; never runs a network.

Everything is decided by (seed, epoch, step) alone, so that a run that goes on gets the batches that it would have got.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.cache import InputCache
from training.config import System
from training.data.table import DIAGNOSES, ImageRow
from training.predictions import Example, examples_of

Batch = dict[str, NDArray[Any]]
Groups = tuple[tuple[int, ...], ...]
_DENSITIES = "ABCD"


class Source(Protocol):
    """Where the batches of a run come from."""

    def order(self, epoch: int) -> list[NDArray[np.int64]]:
        """Which examples make up each step of an epoch."""

    def batch(self, chosen: NDArray[np.int64], epoch: int, step: int) -> Batch:
        """The arrays of a step, as `fitting.trainee.Trainee` takes them."""


class ExampleSource:
    """Batches of the examples `groups` (positions in the cache's rows), with the classes of `system`. All batches have
    one size, of all examples at most; what is left over at the end of an epoch comes in another.

    `beside`: positions of images whose lesions are told and nothing else is taken; so many of them, drawn anew for each
    step, stand behind the examples of a batch that they are the share of it that `system.auxiliary` says. Raises
    UsageError where a class is absent, a diagnosis is not told, no lesion is drawn for a system that draws, or the
    system names auxiliary sets and `beside` is empty.
    """

    def __init__(self, cache: InputCache, groups: Groups, system: System, beside: Sequence[int] = ()) -> None:
        if system.auxiliary.sources and not beside:
            raise UsageError("auxiliary.sources is not for this kind of fitting", "--set auxiliary.sources=[]")
        self.cache, self.groups, self.system = cache, groups, system
        self.beside = np.array(beside, np.int64)
        self.classes = classes_of([Example(tuple(cache.rows[index] for index in group)) for group in groups], system)
        counts = np.bincount(self.classes, minlength=system.model.classes)
        if counts.min() == 0:
            absent = [name for name, count in zip(system.classes, counts, strict=True) if count == 0]
            raise UsageError(
                f"the training part holds one class only or lacks one: no {', '.join(absent)}", "give more images"
            )
        balanced = system.imbalance.kind == "class-weights"
        self.mask_known = mask_known(cache)
        own = [index for group in groups for index in group]
        if system.heads.mask and not cache.has_mask()[[*own, *beside]].any():
            raise UsageError("no training image has a lesion mask", "set heads.mask = 0, or prepare a set with lesions")
        self.class_weights = len(groups) / (len(counts) * counts) if balanced else np.ones(len(counts))
        ages = [age for age in (cache.rows[index].age for index in own) if age is not None]
        self.age_mean, self.age_sd = (float(np.mean(ages)), float(np.std(ages)) or 1.0) if ages else (0.0, 1.0)

    def order(self, epoch: int) -> list[NDArray[np.int64]]:
        rng = np.random.default_rng((self.system.run.seed, epoch))
        size = min(self.system.run.batch, len(self.groups))
        count = len(self.groups) // size
        if self.system.imbalance.kind != "sampling":  # not in the table's order: MixUp mixes neighbours
            return np.split(rng.permutation(len(self.groups))[: count * size], count)
        pools = [np.flatnonzero(self.classes == value) for value in range(self.system.model.classes)]
        share = max(1, size // len(pools))
        need = count * share
        drawn = [
            np.concatenate([rng.permutation(pool) for _ in range(need // pool.size + 1)])[:need].reshape(count, share)
            for pool in pools
        ]
        return [rng.permutation(np.concatenate([pool[step] for pool in drawn])) for step in range(count)]

    def batch(self, chosen: NDArray[np.int64], epoch: int, step: int) -> Batch:
        rng = np.random.default_rng((self.system.run.seed, epoch, step, 1))
        groups = [self.groups[index] for index in chosen]
        classes = self.classes[chosen]
        found: Batch = {
            "targets": np.eye(self.system.model.classes, dtype=np.float32)[classes],
            "weights": self.class_weights[classes].astype(np.float32),
        }
        if self.system.model.unit == "image":
            own = [group[0] for group in groups]
            rows = [*own, *self._drawn_beside(len(own), epoch, step)]
            found["pixels"] = np.asarray(self.cache.inputs[rows])
            if self.system.heads.mask:
                found["mask"] = self.cache.masks(rows)
                found["mask_known"] = self.mask_known[rows]
            found |= self._told([self.cache.rows[index] for index in own])
            return behind(found, len(rows) - len(own))
        model, chance = self.system.model, self.system.augmentation.drop_views
        shown = [drawn_views(group, model.views, chance, rng) for group in groups]
        found["pixels"], found["present"] = stacked_views(self.cache, shown, model.views)
        return found

    def _drawn_beside(self, size: int, epoch: int, step: int) -> list[int]:
        if not self.beside.size:
            return []
        share = self.system.auxiliary.share
        count = max(1, round(size * share / (1 - share)))
        rng = np.random.default_rng((self.system.run.seed, epoch, step, 2))
        return [int(index) for index in rng.choice(self.beside, count, replace=count > self.beside.size)]

    def _told(self, rows: Sequence[ImageRow]) -> Batch:
        """What the heads learn that look at one vector of an image."""
        heads = self.system.heads
        found: Batch = {}
        if heads.density:
            found["density"] = densities(rows)
        if heads.age:
            found["age"], found["age_known"] = standard_ages(rows, self.age_mean, self.age_sd)
        if heads.recall:
            found["recall"], found["recall_known"] = recalls(rows)
        return found


def classes_of(examples: Sequence[Example], system: System) -> NDArray[np.int64]:
    """The class of each example: its label, or its diagnosis where the system has three. Raises UsageError."""
    if system.model.classes == 2:
        return np.array([example.label for example in examples], np.int64)
    silent = sum(example.diagnosis == "" for example in examples)
    if silent:
        raise UsageError(
            f"{silent} of {len(examples)} examples do not tell normal, benign or malignant",
            "take a system with two classes, or a data set that tells the diagnosis",
        )
    return np.array([DIAGNOSES.index(example.diagnosis) for example in examples], np.int64)


def groups_of(rows: Sequence[ImageRow], chosen: Sequence[int], unit: str) -> Groups:
    """The examples of `unit` among the rows at `chosen`, as positions in `rows`."""
    found = examples_of([rows[index] for index in chosen], unit)
    return tuple(tuple(chosen[place] for place in group) for group in found)


def mask_known(cache: InputCache) -> NDArray[np.float32]:
    """1 where an input's lesion mask, also an empty one, tells the truth, else 0: (n,)."""
    clean = [not row.lesions and row.label == 0 and row.diagnosis in ("", "normal") for row in cache.rows]
    return np.asarray(cache.has_mask() | np.array(clean, np.bool_), np.float32)


def densities(rows: Sequence[ImageRow]) -> NDArray[np.float32]:
    """(n, 4): 1 at the BI-RADS density, all 0 where it is not told."""
    found = np.zeros((len(rows), len(_DENSITIES)), np.float32)
    for place, row in enumerate(rows):
        if row.density and row.density in _DENSITIES:
            found[place, _DENSITIES.index(row.density)] = 1
    return found


def standard_ages(rows: Sequence[ImageRow], mean: float, sd: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(ages less `mean` in units of `sd`, 1 where one is told, else 0): both (n,)."""
    known = np.array([row.age is not None for row in rows], np.float32)
    ages = np.array([mean if row.age is None else row.age for row in rows], np.float32)
    return np.asarray((ages - mean) / sd, np.float32), known


def recalls(rows: Sequence[ImageRow]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(1 where an image is suspicious or of BI-RADS 0, else 0; 1 where that is told, else 0): both (n,). Not suspicious
    images are told of BI-RADS 0, 1 and 2 alone."""
    positive = np.array([row.label == 1 or row.birads == "0" for row in rows], np.float32)
    negative = np.array([row.label == 0 and row.birads in ("1", "2") for row in rows], np.float32)
    return positive, np.maximum(positive, negative)


def behind(batch: Batch, count: int) -> Batch:
    """`batch` whose `count` last pictures are of nothing but lesions: all else that is told is filled up with zeros,
    and the weights of the others are such that the mean over all is the mean over them."""
    if not count:
        return batch
    size = len(batch["weights"])
    found = dict(batch)
    for name, value in batch.items():
        if len(value) == size:
            found[name] = np.concatenate([value, np.zeros((count, *value.shape[1:]), value.dtype)])
    found["weights"] *= np.float32((size + count) / size)
    return found


def drawn_views(group: tuple[int, ...], views: int, chance: float, rng: np.random.Generator) -> tuple[int, ...]:
    """At most `views` images of an example, each left out by `chance`, one at least, in any order."""
    order = rng.permutation(len(group))[:views]
    kept = [int(place) for place in order if rng.random() >= chance]
    return tuple(group[place] for place in (kept or [int(order[0])]))


def stacked_views(
    cache: InputCache, shown: Sequence[tuple[int, ...]], views: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(pixels uint8 (n, views, rows, columns), present float32 (n, views)).

    A place without a view holds the example's first view again, so that batch norm sees breasts and no black pictures;
    `present` is 0 there, and the network does not look at it.
    """
    places = [[*group, *[group[0]] * (views - len(group))] for group in shown]
    flat = np.asarray(cache.inputs[[index for place in places for index in place]])
    present = np.array([[float(view < len(group)) for view in range(views)] for group in shown], np.float32)
    return flat.reshape(len(shown), views, *flat.shape[1:]), present


def ahead(make: Callable[[int], Batch], start: int, stop: int) -> Iterator[Batch]:
    """`make(start)` to `make(stop - 1)`; the next one is made on a thread while the caller works."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        coming = pool.submit(make, start) if start < stop else None
        for index in range(start, stop):
            assert coming is not None
            batch = coming.result()
            coming = pool.submit(make, index + 1) if index + 1 < stop else None
            yield batch
