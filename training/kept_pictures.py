"""Owns which pictures of the cache that is at a place serve for the one that is asked for there: those whose files and
preparation did not change, whatever a table says of them now. Never reads or makes pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError
from mammoview.inference.preprocess import PreprocessParams
from training.cache import InputCache, read
from training.data.table import ImageRow
from training.half_made import Done, HalfMade
from training.headers import OwnWords
from training.slices import SLICE, is_slice, params_of_slices
from training.sources import Fingerprint, code_hash, is_unchanged, slices_hash

Identity = tuple[object, ...]


class KeptPictures:
    """The pictures of a cache that was made by the present code."""

    def __init__(self, cache: InputCache, about: dict[str, Any], made_ns: int) -> None:
        self._cache, self._about, self._made_ns = cache, about, made_ns
        self.inputs, self.lesions = cache.inputs, cache.lesions
        self._params = PreprocessParams(**cache.preprocess["params"])
        self._words = [OwnWords(**told["words"]) for told in about["pictures"]]
        self._places = {_identity(row): index for index, row in enumerate(cache.rows)}

    @classmethod
    def at(cls, place: Path) -> Self | None:
        """Those of the cache at `place`; None where there is none, or one that serves for nothing: broken, of other
        code, or of a version that did not keep what files say of themselves.
        """
        try:
            cache, about = read(place)
        except InputRefusedError:
            return None
        same = about.get("code") == code_hash() and about.get("code_of_slices", slices_hash()) == slices_hash()
        try:
            return cls(cache, about, _made_ns(place)) if same and len(about["pictures"]) == len(cache.rows) else None
        except (KeyError, TypeError):
            return None

    def unnamed(self, rows: Sequence[ImageRow]) -> int:
        """How many pictures are of no file of `rows`."""
        named = {row.file for row in rows}
        return sum(row.file not in named for row in self._cache.rows)

    def serving(self, rows: Sequence[ImageRow], params: PreprocessParams) -> dict[int, int]:
        """The numbers of the rows for which a picture is here, each with its index."""
        if self.inputs.shape[1:] != (params.rows, params.columns):
            return {}
        found = {}
        for number, row in enumerate(rows):
            index = self._places.get(_identity(row))
            if index is not None and self._serves(index, row, params) and self._unchanged(row):
                found[number] = index
        return found

    def are_all(self, serving: Mapping[int, int], count: int) -> bool:
        """Whether the pictures here, all of them and in their order, are those of `count` rows."""
        return len(self._cache.rows) == count == len(serving) and all(number == at for number, at in serving.items())

    def told(self, number: int, index: int, row: ImageRow) -> Done:
        """The picture at `index` as row `number`; its slot is that of its mask here."""
        return Done(
            number=number,
            slot=-1 if self.lesions is None else int(self.lesions.of_row[index]),
            why="",
            said=tuple(self._about["pictures"][index]["said"]),
            sources={str(file): self._fingerprint(file) for file in source_files(row)},
            words=self._words[index],
        )

    def hand_over(self, half: HalfMade, serving: Mapping[int, int], rows: Sequence[ImageRow]) -> None:
        """Put the pictures that serve among those that are ready."""
        for number, index in serving.items():
            if number in half.done:
                continue
            told = self.told(number, index, rows[number])
            packed = self.lesions.packed[told.slot] if self.lesions is not None and told.slot >= 0 else None
            half.add(number, self.inputs[index], packed, why="", said=told.said, sources=told.sources, words=told.words)

    def _serves(self, index: int, row: ImageRow, params: PreprocessParams) -> bool:
        """Whether the picture was made as that of `row` would be."""
        sliced = SLICE in (row.modality, _own_modality(self._words[index]))
        if sliced != is_slice(self._cache.rows[index], self._cache.preprocess):
            return False
        if sliced and row.crop_px is None:
            return params_of_slices(params) == params_of_slices(self._params)
        return params == self._params

    def _unchanged(self, row: ImageRow) -> bool:
        return all(is_unchanged(file, self._fingerprint(file), made_ns=self._made_ns) for file in source_files(row))

    def _fingerprint(self, file: Path) -> Fingerprint:
        """A file's as it was when it was read."""
        size, time_ns, content = self._about["sources"][str(file)]
        return size, time_ns, content


class AllKept:
    """What is ready where all pictures of a cache serve, in their order: only what is told of them is another. In the
    place of a `HalfMade`, it moves nothing.
    """

    def __init__(self, pictures: KeptPictures, rows: Sequence[ImageRow]) -> None:
        self.inputs = pictures.inputs
        self.done = {number: pictures.told(number, number, row) for number, row in enumerate(rows)}
        self._lesions = pictures.lesions

    def masks(self, slots: list[int]) -> NDArray[np.uint8]:
        """The packed masks of some slots: uint8 (m, bytes)."""
        return np.zeros((0, 0), np.uint8) if self._lesions is None else np.asarray(self._lesions.packed[slots])

    def remove(self) -> None:
        """Nothing was made beside the cache."""


def source_files(row: ImageRow) -> list[Path]:
    """The files that a row's input and lesions are made of."""
    return [row.file, *(lesion.mask for lesion in row.lesions if lesion.mask)]


def as_the_file_says(row: ImageRow, words: OwnWords) -> ImageRow:
    """The row, as one of a slice of MRI where the file says so itself."""
    return replace(row, modality=_own_modality(words) or row.modality)


def _made_ns(place: Path) -> int:
    """When the pictures of the cache at `place` were written; 0 where that cannot be told."""
    try:
        return (place if place.is_file() else place / "inputs.npy").stat().st_mtime_ns
    except OSError:
        return 0


def _own_modality(words: OwnWords) -> str:
    return SLICE if words.modality == "MR" else ""


def _identity(row: ImageRow) -> Identity:
    """What a picture is of, whatever is known of it."""
    lesions = tuple((lesion.mask, lesion.box_px, lesion.circle_px) for lesion in row.lesions)
    return row.file, row.crop_px, lesions
