"""Owns the cache of model inputs: made once, keyed by the preprocessing, read without OpenCV or pydicom.

A cache is a folder (inputs.npy and masks.npy, which are memory-mapped, rows.json, cache.json) or one packed .npz, to be
carried. cache.json says what it was made of and with: preprocessing, code, fingerprints of all source files, versions.

A folder is written over so that at each moment the cache of before or the new one is whole: the other files are written
beside those of before, under names that carry the "token" of the new cache.json; this is put in place, and then they.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError
from training.data.table import ImageRow, row_of, row_record
from training.half_made import reserved
from training.sources import Tables, changed, code_hash, slices_hash

SCHEMA = "mammoview.cache/1"
CROP_ID = "lesion-crop/1"
"""The preprocessing's name in a cache of crops."""

WHOLE_ID = "whole-picture/1"
"""The preprocessing's name in a cache of slices of MRI (`training.slices`)."""

SLICES = "slices"
"""What says, in the record of another preprocessing, by which one the slices among the images were made."""

CACHE_FILES = ("cache.json", "inputs.npy", "masks.npy", "rows.json")
"""The files of a folder, in the order in which they are put in place."""

_BLOCK = 256
_AGAIN = "make it again with 'prepare'"
_BROKEN = (OSError, EOFError, AttributeError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error)
"""What reading a file that is no cache, or a damaged one, ends with."""


@dataclass(frozen=True, slots=True, eq=False)
class LesionMasks:
    """Lesions on the grid of the inputs. `packed`: uint8 (m, bytes), the bits of one input row by row, as
    `numpy.packbits`; `of_row`: int64 (n,), which of them an input has, -1 where its lesions are not told.
    """

    packed: NDArray[np.uint8]
    of_row: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class InputCache:
    """`inputs`: uint8 (n, rows, columns), 255 = 1.0 of the model input; `rows[i]` describes `inputs[i]`."""

    inputs: NDArray[np.uint8]
    rows: tuple[ImageRow, ...]
    preprocess: dict[str, Any]
    preprocess_hash: str
    lesions: LesionMasks | None = None

    def labels(self) -> NDArray[np.int64]:
        return np.array([row.label for row in self.rows], np.int64)

    def patients(self) -> NDArray[np.str_]:
        return np.array([row.patient_id for row in self.rows])

    def has_mask(self) -> NDArray[np.bool_]:
        """Whether the lesions of each input are told: bool (n,)."""
        if self.lesions is None:
            return np.zeros(len(self.rows), np.bool_)
        return np.asarray(self.lesions.of_row >= 0)

    def masks(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """The lesions of inputs, 1 inside, on their grid: uint8 (n, rows, columns); all 0 where none is told."""
        chosen = np.asarray(indices, np.int64)
        rows, columns = self.inputs.shape[1:]
        found = np.zeros((len(chosen), rows, columns), np.uint8)
        if self.lesions is not None:
            slots = self.lesions.of_row[chosen]
            told = np.flatnonzero(slots >= 0)
            bits = np.unpackbits(self.lesions.packed[slots[told]], axis=1, count=rows * columns)
            found[told] = bits.reshape(-1, rows, columns)
        return found


def prepare(
    rows: Sequence[ImageRow],
    out: Path,
    *,
    params_json: dict[str, Any] | None = None,
    workers: int = 1,
    tables: Tables | None = None,
) -> InputCache:
    """Preprocess every row's image by the application's own code (a row with `crop_px` by `training.lesion_crop`) and
    write `out`: one file where it ends in .npz, else a folder. The bytes do not depend on `workers`. `tables`: what the
    rows come from, so that a label that is corrected later is noticed.

    What was begun goes on, what is there and fits is left. An image that cannot be read is named on standard error and
    left out; raises InputRefusedError if none is left, UsageError where crops and whole images are mixed.
    """
    from training.preparing import prepare_inputs

    prepare_inputs(rows, out, params_json=params_json, workers=workers, tables=tables)
    return load(out)


def load(path: Path, *, expected_hash: str | None = None, carried: bool = False) -> InputCache:
    """Read a cache; a folder's arrays are memory-mapped, read-only.

    Raises InputRefusedError where it is absent, broken, made by a preprocessing other than `expected_hash`, or stale:
    made by other code than the present, of source files that have changed or gone since, or by tables that have
    changed. A cache whose sources are all gone was carried to another machine: that is said in a line on standard
    error. With `carried` all staleness is only said.
    """
    cache, about = read(path)
    if expected_hash is not None and cache.preprocess_hash != expected_hash:
        raise InputRefusedError(f"{path}: was made by another preprocessing", _AGAIN)
    why, all_gone = staleness(about)
    if about.get("code") and not are_slices(cache.preprocess) and any(row.modality == "mri" for row in cache.rows):
        why, all_gone = "its slices of MRI were cut as mammograms are", False
    if why and not all_gone and not carried:
        raise InputRefusedError(f"{path}: stale: {why}", _AGAIN)
    if why:
        print(f"training: {path}: {why}: used as it is", file=sys.stderr)
    return cache


def read(path: Path) -> tuple[InputCache, dict[str, Any]]:
    """The cache at `path` and its cache.json, stale or not. Raises InputRefusedError where it is absent or broken."""
    try:
        cache, about = _packed(path) if path.is_file() else _folder(path)
    except _BROKEN as error:
        raise InputRefusedError(f"{path}: not a cache of inputs: {error}", "make it with 'prepare'") from error
    if len(cache.rows) != len(cache.inputs):
        raise InputRefusedError(f"{path}: not a cache of inputs: inputs and rows differ", _AGAIN)
    masks = cache.lesions
    if masks and (len(masks.of_row) != len(cache.rows) or masks.of_row.max(initial=-1) >= len(masks.packed)):
        raise InputRefusedError(f"{path}: not a cache of inputs: masks and rows differ", _AGAIN)
    return cache, about


def are_slices(record: Mapping[str, Any]) -> bool:
    """Whether slices of MRI were made as such in a cache whose preprocessing `record` tells."""
    return WHOLE_ID in (record.get("id"), record.get(SLICES))


def staleness(about: dict[str, Any]) -> tuple[str, bool]:
    """Why a cache with this cache.json is stale, empty where it is not, and whether it is only that none of its sources
    is here. Caches of before there was a cache.json tell nothing, and pass.
    """
    if (about.get("code", code_hash()), about.get("code_of_slices", slices_hash())) != (code_hash(), slices_hash()):
        return "the code that makes inputs has changed", False
    sources = {name: (seen[0], seen[1], seen[2]) for name, seen in about.get("sources", {}).items()}
    other, gone = changed(sources)
    present = sum(before[0] >= 0 for before in sources.values())
    if present and len(gone) == present:
        return f"none of its {present} source files is here", True
    tables, _ = changed({name: (seen[0], seen[1], seen[2]) for name, seen in about.get("tables", {}).items()})
    told = [f"{len(names)} source files {what} (as {names[0]})" for names, what in ((other, "changed"), (gone, "went"))
            if names]  # fmt: skip
    told += [f"{len(tables)} tables changed (as {tables[0]})"] if tables else []
    return ", ".join(told), False


def read_about(path: Path) -> dict[str, Any]:
    """A cache's cache.json, empty where there is none that can be read."""
    try:
        if path.is_file():
            with np.load(path, allow_pickle=False) as archive:
                found = json.loads(str(archive["about"]))
        else:
            found = json.loads((path / "cache.json").read_text(encoding="utf-8"))
    except _BROKEN:
        return {}
    return found if isinstance(found, dict) else {}


def note_tables(path: Path, tables: dict[str, Any]) -> None:
    """Say of the cache at `path` that `tables` tell the same as those that it was made by. Raises OSError."""
    if path.is_file():
        cache, about = _packed(path)
        write_packed(cache, {**about, "tables": tables}, path)
        return
    part = path / "cache.json.part"
    text = json.dumps({**read_about(path), "tables": tables}, indent=1) + "\n"
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path / "cache.json")
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _packed(path: Path) -> tuple[InputCache, dict[str, Any]]:
    with np.load(path, allow_pickle=False) as archive:
        lesions = LesionMasks(archive["masks"], archive["mask_of_row"]) if "masks" in archive else None
        cache = InputCache(
            archive["inputs"],
            tuple(row_of(record) for record in json.loads(str(archive["table"]))),
            json.loads(str(archive["preprocess"])),
            str(archive["preprocess_hash"]),
            lesions,
        )
        return cache, json.loads(str(archive["about"])) if "about" in archive else {}


def _folder(path: Path) -> tuple[InputCache, dict[str, Any]]:
    about = json.loads((path / "cache.json").read_text(encoding="utf-8"))
    if about.get("schema") != SCHEMA:
        raise ValueError(f"schema {about.get('schema')!r} is not known")
    token = about.get("token", "")
    records = json.loads(_current(path, "rows.json", token).read_text(encoding="utf-8"))
    of_row = np.array(about["mask_of_row"], np.int64)
    lesions = LesionMasks(_mapped(_current(path, "masks.npy", token)), of_row) if (of_row >= 0).any() else None
    cache = InputCache(
        _mapped(_current(path, "inputs.npy", token)),
        tuple(row_of(record) for record in records),
        about["preprocess"],
        about["preprocess_hash"],
        lesions,
    )
    if read_about(path).get("token", "") != token:
        return _folder(path)  # it was written over meanwhile: rows of one cache have no place beside inputs of another
    return cache, about


def _arriving(path: Path, name: str, token: str) -> Path:
    """Where a file waits for its place."""
    return path / f"{name}.{token}.part"


def _current(path: Path, name: str, token: str) -> Path:
    """A file of the cache whose cache.json carries `token`, which may have ended before all files were in their
    places."""
    arriving = _arriving(path, name, token)
    return arriving if arriving.exists() else path / name


def _mapped(path: Path) -> NDArray[np.uint8]:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def write_packed(cache: InputCache, about: dict[str, Any], out: Path) -> None:
    """Write a cache as one file, replaced as a whole."""
    part = out.with_name(out.name + ".part")
    arrays: dict[str, Any] = {
        "inputs": cache.inputs,
        "table": np.array(json.dumps([row_record(row) for row in cache.rows])),
        "preprocess": np.array(json.dumps(cache.preprocess)),
        "preprocess_hash": np.array(cache.preprocess_hash),
        "about": np.array(json.dumps(about)),
    }
    if cache.lesions is not None:
        arrays |= {"masks": cache.lesions.packed, "mask_of_row": cache.lesions.of_row}
    try:
        with part.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        part.replace(out)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def write_folder(
    cache: InputCache, chosen: Sequence[int], about: dict[str, Any], out: Path, *, inputs_stay: bool = False
) -> None:
    """Write a cache as a folder whose inputs are those of `cache.inputs` at `chosen`, in this order, copied in blocks;
    all else of `cache` is of the chosen ones already. `inputs_stay`: they are those of the cache that is there.
    Wherever it ends, the cache of before or the new one is whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    tidy(out)
    of_row = cache.lesions.of_row.tolist() if cache.lesions else [-1] * len(cache.rows)
    about = {"schema": SCHEMA, **about, "mask_of_row": of_row}
    about |= {"preprocess": cache.preprocess, "preprocess_hash": cache.preprocess_hash}
    token = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    part = out / "cache.json.part"
    try:
        if not inputs_stay:
            _write_inputs(cache, chosen, _arriving(out, "inputs.npy", token))
        _write_rows(cache, out, token)
        part.write_text(json.dumps({**about, "token": token}, indent=1) + "\n", encoding="utf-8", newline="\n")
    except OSError:
        for left in out.glob("*.part"):
            left.unlink(missing_ok=True)
        raise
    part.replace(out / "cache.json")
    _settle(out, token)


def tidy(out: Path) -> None:
    """Put the files of the cache at `out` in their places, and take away what else was being written there. Raises
    OSError."""
    if out.is_dir():
        _settle(out, str(read_about(out).get("token", "")))
        for left in out.glob("*.part"):
            left.unlink()


def _settle(out: Path, token: str) -> None:
    """Put the files of the cache with this token in their places, where they are not."""
    for name in CACHE_FILES:
        arriving = _arriving(out, name, token)
        if arriving.exists():
            arriving.replace(out / name)


def _write_inputs(cache: InputCache, chosen: Sequence[int], place: Path) -> None:
    inputs = reserved(place, (len(chosen), *cache.inputs.shape[1:]))
    for start in range(0, len(chosen), _BLOCK):
        inputs[start : start + _BLOCK] = cache.inputs[list(chosen[start : start + _BLOCK])]
    inputs.flush()
    del inputs  # closes the file, which may be replaced then


def _write_rows(cache: InputCache, out: Path, token: str) -> None:
    """The masks and the rows, where they wait."""
    packed = cache.lesions.packed if cache.lesions else np.zeros((0, 0), np.uint8)
    with _arriving(out, "masks.npy", token).open("wb") as stream:
        np.save(stream, packed, allow_pickle=False)
    table = json.dumps([row_record(row) for row in cache.rows], indent=0)
    _arriving(out, "rows.json", token).write_text(table + "\n", encoding="utf-8", newline="\n")
