"""Owns the making of a cache: images are decoded and preprocessed by several processes, in any order, to the same
bytes.

Never decides what an input is: that is `mammoview.inference.preprocess` for whole images, `training.lesion_crop` for
crops, `training.slices` for slices of MRI. Pictures of the cache that is there already are kept where they serve.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, MammoviewError, UsageError
from mammoview.core.geometry import Crop
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.inference.preprocess import PREPROCESS_ID, ModelInput, PreprocessParams, preprocess
from training.cache import (
    CACHE_FILES,
    InputCache,
    LesionMasks,
    are_slices,
    note_tables,
    read,
    read_about,
    staleness,
    tidy,
    write_folder,
    write_packed,
)
from training.data.table import ImageRow, row_record
from training.duplicates import alike, repeated
from training.fitting.lock import claimed
from training.half_made import Done, HalfMade, beside, forget
from training.headers import OwnWords, contradictions, one_patient_as_several, own_words
from training.kept_pictures import AllKept, KeptPictures, as_the_file_says, source_files
from training.lesion_crop import crop_input, record_hash
from training.lesion_masks import lesion_mask
from training.pictures import read_picture
from training.progress import Progress
from training.slices import SLICE, inputs_record, slice_input
from training.sources import Fingerprint, Tables, code_hash, fingerprint, slices_hash
from training.workers import answers

_PACKAGES = ("mammoview", "numpy", "opencv-python", "pillow", "pydicom", "imagecodecs")
_MOST_PAIRS = 50
"""Pairs that are named."""

_SMALL, _MOST_SMALL = "pixels, smaller than the input", 3
"""What is said of such an image, and how many are named: in some sets all are."""

_WAITING = re.compile(r"(\.[0-9a-f]{16})?\.part$")
"""What stands behind the name of a cache's file that is not in its place."""

_LEAST_PX = 16
"""A picture with fewer rows or columns shows no breast; it is a slip, as an icon or a line."""

Task = tuple[int, ImageRow, PreprocessParams]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One row's answer: `pixels` uint8 (rows, columns) or None where it was left out, `why` then says so; `packed` its
    lesions as packed bits; `said` what else was noticed; `words` what the file says of itself.
    """

    number: int
    pixels: NDArray[np.uint8] | None
    packed: NDArray[np.uint8] | None
    why: str
    said: tuple[str, ...]
    sources: dict[str, Fingerprint]
    words: OwnWords = field(default_factory=OwnWords)


def prepare_inputs(
    rows: Sequence[ImageRow],
    out: Path,
    *,
    params_json: dict[str, Any] | None = None,
    workers: int = 1,
    tables: Tables | None = None,
) -> None:
    """Write the cache `out` of `rows`, as `training.cache.prepare` says; what is there and fits is left as it is, and
    of a cache that does not fit the pictures that serve are kept.
    """
    params = PreprocessParams.from_json(params_json) if params_json else PreprocessParams()
    crops = {row.crop_px is not None for row in rows}
    if len(crops) > 1:
        raise UsageError("whole images and crops are mixed", "make a cache of each")
    if workers < 1:
        raise UsageError("at least one worker is needed", "leave --workers out")
    rows = [_absolute(row) for row in rows]
    key = _key(rows, inputs_record(rows, params))
    about = read_about(out)
    seen = {name: list(told) for name, told in (tables or {}).items()}
    if about.get("key") == key and not staleness({**about, "tables": {}})[0] and _is_whole(out):
        with suppress(OSError, UsageError), _alone(out):  # in a place that is read-only, or where another makes it
            forget(out, key)
            tidy(out)
        if tables is not None and about.get("tables", {}) != seen:
            with _written(out) if staleness(about)[0] else suppress(OSError):  # what is read-only, and fits, is left
                note_tables(out, seen)
        return
    if not rows:
        raise InputRefusedError("no image to prepare", "'data' says what was understood of the data set")
    _refuse_other_things(out)
    with _written(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            _make(rows, out, params, workers, {"key": key, "tables": seen})


def _is_whole(out: Path) -> bool:
    try:
        read(out)
    except InputRefusedError:
        return False
    return True


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the place beside `out` where it is made. Raises UsageError where another process does: the two would give
    the masks of one to the rows of the other.
    """
    with claimed(beside(out)):
        try:
            yield
        finally:
            with suppress(OSError):
                beside(out).rmdir()  # where nothing waits in it to go on with


@contextmanager
def _written(out: Path) -> Iterator[None]:
    """Raises UsageError where `out` cannot be written."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be written: {error.strerror or error}",
            "make room or choose another place; the same command goes on",
        ) from error


def _refuse_other_things(out: Path) -> None:
    """Raise UsageError where something else than a cache, whole or begun, would be written over or into."""
    if out.is_file() and out.suffix != ".npz":
        raise UsageError(f"{out}: is a file and no cache", "name a new folder, or a file that ends in .npz")
    if out.is_dir() and {_WAITING.sub("", path.name) for path in out.iterdir()} - set(CACHE_FILES):
        raise UsageError(f"{out}: is a folder with other things in it", "name a new folder for the cache")


def _make(rows: Sequence[ImageRow], out: Path, params: PreprocessParams, workers: int, told: dict[str, Any]) -> None:
    """Make what is not ready yet, then the cache. Raises OSError where it cannot be written."""
    pictures = KeptPictures.at(out)
    serving = pictures.serving(rows, params) if pictures is not None else {}
    with ExitStack() as stack:
        ready: HalfMade | AllKept
        if pictures is not None and pictures.are_all(serving, len(rows)):
            forget(out)
            ready = AllKept(pictures, rows)
        else:
            ready = stack.enter_context(HalfMade(out, told["key"], (len(rows), params.rows, params.columns)))
            if pictures is not None:
                pictures.hand_over(ready, serving, rows)
        bar = stack.enter_context(Progress("prepare", "images"))
        bar.tell(len(ready.done), len(rows))
        notes = _Notes(rows, bar)
        for number in sorted(ready.done):
            notes.say(ready.done[number])
        if isinstance(ready, HalfMade):
            _complete(ready, rows, params, workers, notes, bar)
        _finish(ready, rows, params, told, out)
    if pictures is not None:
        made = sum(not one.why for one in ready.done.values()) - len(serving)
        unnamed = pictures.unnamed(rows)
        gone = f", {unnamed} dropped that are no longer named" if unnamed else ""
        print(f"training: {len(serving)} pictures kept as they were, {made} made{gone}", file=sys.stderr)


def _complete(
    half: HalfMade, rows: Sequence[ImageRow], params: PreprocessParams, workers: int, notes: _Notes, bar: Progress
) -> None:
    """Make what is not ready."""
    todo = [(number, row, params) for number, row in enumerate(rows) if number not in half.done]
    for made in answers(prepare_row, todo, workers):
        half.add(
            made.number,
            made.pixels,
            made.packed,
            why=made.why,
            said=made.said,
            sources=made.sources,
            words=made.words,
        )
        notes.say(half.done[made.number])
        bar.tell(len(half.done), len(rows))


class _Notes:
    """Says what was noticed of each row, above the bar."""

    def __init__(self, rows: Sequence[ImageRow], bar: Progress) -> None:
        self._rows, self._bar = rows, bar
        self._small = 0

    def say(self, done: Done) -> None:
        row = self._rows[done.number]
        for text in (done.why, *_said(row, done)):
            self._small += text.endswith(_SMALL)
            if text and (self._small <= _MOST_SMALL or not text.endswith(_SMALL)):
                self._bar.say(f"training: {row.file}: {text}")


def _said(row: ImageRow, done: Done) -> tuple[str, ...]:
    """What is to be said of a row that was not left out: what the table now says, against the file, comes first."""
    return () if done.why else (*contradictions(row, done.words), *done.said)


def _finish(
    half: HalfMade | AllKept, rows: Sequence[ImageRow], params: PreprocessParams, told: dict[str, Any], out: Path
) -> None:
    """Put what is ready together in the order of the rows, and take the folder of the half-made cache away."""
    done = _without_repeated(rows, half)
    kept = [one for one in done if not one.why]
    _say_counts(rows, done)
    if not kept:
        half.remove()
        raise InputRefusedError(f"none of the {len(rows)} images can be used", "the lines before say why")
    slots = [one.slot for one in kept if one.slot >= 0]
    of_row = np.full(len(kept), -1, np.int64)
    of_row[[index for index, one in enumerate(kept) if one.slot >= 0]] = np.arange(len(slots))
    chosen = [one.number for one in kept]
    own = tuple(as_the_file_says(rows[one.number], one.words) for one in kept)
    record = inputs_record(own, params)
    mixed = record["id"] == PREPROCESS_ID  # the mammograms in it are as the application makes them
    cache = InputCache(
        half.inputs,
        own,
        record,
        params.hash if mixed else record_hash(record),
        LesionMasks(half.masks(slots), of_row) if slots else None,
    )
    about = {
        **told,
        "code": code_hash(),
        **({"code_of_slices": slices_hash()} if are_slices(record) else {}),
        "versions": {**{name: _version(name) for name in _PACKAGES}, "python": platform.python_version()},
        "left_out": {str(rows[one.number].file): one.why for one in done if one.why},
        "sources": {name: list(seen) for one in done for name, seen in one.sources.items()},
        "pictures": [{"said": list(one.said), "words": asdict(one.words)} for one in kept],
    }
    if out.suffix == ".npz":
        write_packed(replace(cache, inputs=half.inputs[chosen]), about, out)
    else:
        stay = isinstance(half, AllKept) and len(chosen) == len(rows)
        write_folder(cache, chosen, about, out, inputs_stay=stay)
    del cache  # it holds the half-made inputs open
    half.remove()


def _without_repeated(rows: Sequence[ImageRow], half: HalfMade | AllKept) -> list[Done]:
    """What is ready in the order of the rows; pictures that are there again are left out, and those that look so are
    named, but where nobody is judged by either. Crops of one image may look alike: they are not compared.
    """
    done = [half.done[number] for number in range(len(rows))]
    numbers = [one.number for one in done if not one.why and rows[one.number].crop_px is None]
    again = repeated(rows, half.inputs, numbers)
    for number, why in again.items():
        print(f"training: {rows[number].file}: {why}", file=sys.stderr)
    pairs = alike(rows, half.inputs, [number for number in numbers if number not in again])
    judged = (pair for pair in pairs if rows[pair[0]].woman_known or rows[pair[1]].woman_known)
    for count, (first, second, near) in enumerate(judged):
        if count == _MOST_PAIRS:
            print("training: … and more such pairs", file=sys.stderr)
            break
        print(
            f"training: {rows[first].file} and {rows[second].file}, of different women, look like one picture "
            f"(correlation {near:.3f}): leave one out if they are",
            file=sys.stderr,
        )
    return [replace(one, why=again.get(one.number, one.why)) for one in done]


def _say_counts(rows: Sequence[ImageRow], done: Sequence[Done]) -> None:
    """How many images were left out or noted, after each was named, and whom the files say to be one woman."""
    shown = ((one.number, one.words.shows) for one in done)
    for text in islice(one_patient_as_several(rows, shown), _MOST_PAIRS):
        print(f"training: {text}", file=sys.stderr)
    said = [[text.endswith(_SMALL) for text in _said(rows[one.number], one)] for one in done if not one.why]
    for number, what in (
        (sum(map(any, said)), "images are smaller than the input: they were enlarged"),
        (sum(not all(kinds) for kinds in said), "images have a note above"),
    ):
        if number:
            print(f"training: {number} of {len(done)} {what}", file=sys.stderr)
    left = sum(bool(one.why) for one in done)
    if left:
        print(f"training: {left} of {len(done)} images were left out", file=sys.stderr)


def prepare_row(task: Task) -> Prepared:
    """Read one image and its lesions, and make the input of it."""
    number, row, params = task
    sources = {str(file): fingerprint(file) for file in source_files(row)}
    try:
        image = read_picture(row.file)
    except (MammoviewError, OSError, MemoryError) as error:
        return Prepared(number, None, None, str(error) or "does not fit into memory", (), sources)
    if image.header.frames > 1:
        return Prepared(number, None, None, f"holds {image.header.frames} frames: no single image", (), sources)
    if min(image.header.rows, image.header.columns) < _LEAST_PX:
        return Prepared(number, None, None, f"is {_size(image.header)} pixels: no mammogram", (), sources)
    words = own_words(image.header)
    made = _input(image, as_the_file_says(row, words), params)
    packed, said = _lesions(row, made.crop)
    pixels = np.round(made.pixels[..., 0] * 255).astype(np.uint8)
    if not pixels.any():
        return Prepared(number, None, None, "nothing of a breast is seen in it", (), sources)
    if row.crop_px is None and image.header.rows < params.rows and image.header.columns < params.columns:
        said = (f"is {_size(image.header)} {_SMALL}", *said)
    return Prepared(number, pixels, packed, "", said, sources, words)


def _input(image: MammoImage, row: ImageRow, params: PreprocessParams) -> ModelInput:
    if row.modality == SLICE:
        return slice_input(image, params, row.crop_px)
    return preprocess(image, params) if row.crop_px is None else crop_input(image, params, row.crop_px)


def _size(header: ImageHeader) -> str:
    return f"{header.rows} x {header.columns}"


def _lesions(row: ImageRow, crop: Crop) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    """The packed mask of a row; where a lesion of it cannot be used none is told, and why."""
    if not row.lesions:
        return None, ()
    try:
        mask = lesion_mask(row.lesions, crop)
        if not mask.any():
            raise InputRefusedError("none lies in what is seen of the breast")
        return np.packbits(mask), ()
    except InputRefusedError as error:
        return None, (f"its lesions are not told: {error}",)


def _absolute(row: ImageRow) -> ImageRow:
    lesions = tuple(replace(one, mask=one.mask.absolute()) if one.mask else one for one in row.lesions)
    return replace(row, file=row.file.absolute(), lesions=lesions)


def _key(rows: Sequence[ImageRow], record: dict[str, Any]) -> str:
    """What names the cache of these rows, made by the present code."""
    told = [record, code_hash(), [row_record(row) for row in rows]]
    told += [slices_hash()] if are_slices(record) else []
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
