"""Owns a cache while it is made: what is ready is kept on disk, so that the same command goes on after it was ended.

Beside the cache lies a folder NAME.making: key.json (what is made), inputs.npy (all inputs, by the number of their
row), masks.bin (packed masks, in the order in which they were ready), done.jsonl (a line for each row that is ready,
written after its pixels).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self, TextIO

import numpy as np
from numpy.typing import NDArray

from training.headers import OwnWords
from training.sources import Fingerprint, is_unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A row that is ready. `slot`: which mask is its own, -1 where it has none; `why`: why it was left out, empty where
    it was not; `said`: what else was noticed of its pixels and lesions; `sources`: fingerprints of its files; `words`:
    what the file says of itself.
    """

    number: int
    slot: int
    why: str
    said: tuple[str, ...]
    sources: dict[str, Fingerprint]
    words: OwnWords = field(default_factory=OwnWords)


_FILES = ("key.json", "inputs.npy", "masks.bin", "done.jsonl")
_PIECE = 1 << 24


def reserved(path: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]]:
    """A new .npy file of uint8, all 0, memory-mapped, with its space on the disk taken at once: writing into a mapping
    without space ends the process (SIGBUS), and nothing can be said then. Raises OSError where there is no space, and
    leaves no file.
    """
    try:
        mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        with path.open("r+b") as stream:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
            else:
                _fill(stream, mapped.offset, mapped.nbytes)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return mapped


def _fill(stream: BinaryIO, start: int, size: int) -> None:
    """Write zeros, where the system cannot take space otherwise."""
    stream.seek(start)
    for done in range(0, size, _PIECE):
        stream.write(bytes(min(_PIECE, size - done)))


def forget(out: Path, key: str | None = None) -> None:
    """Take away the half-made cache beside `out`, where there is one, of this `key` if it is told."""
    found = _key_of(beside(out))
    if found and key in (None, found):
        _remove(beside(out))


def beside(out: Path) -> Path:
    """The folder in which `out` is made."""
    return out.with_name(out.name + ".making")


def _key_of(folder: Path) -> str:
    try:
        found: Any = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return found if isinstance(found, str) else ""


def _unlink(folder: Path) -> None:
    """Take the files of a half-made cache away, and no others."""
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    _unlink(folder)
    if not any(folder.iterdir()):
        folder.rmdir()


class HalfMade:
    """The folder beside `out`. `done` holds what is ready; `went_on` how much of it was found there."""

    def __init__(self, out: Path, key: str, shape: tuple[int, int, int]) -> None:
        self.folder = beside(out)
        self._mask_bytes = -(-shape[1] * shape[2] // 8)
        if _key_of(self.folder) != key:
            _unlink(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.done: dict[int, Done] = {}
        if (self.folder / "key.json").is_file():
            self.inputs = np.lib.format.open_memmap(self.folder / "inputs.npy", mode="r+")
            last = {one.number: one for one in self._read()}  # whose pixels are there, where a row was made again
            self.done = {number: one for number, one in last.items() if self._is_good(one)}
        else:
            self.inputs = reserved(self.folder / "inputs.npy", shape)
            (self.folder / "masks.bin").touch()
            (self.folder / "done.jsonl").touch()
            (self.folder / "key.json").write_text(json.dumps(key), encoding="utf-8")
        self.went_on = len(self.done)
        size = (self.folder / "masks.bin").stat().st_size
        self._slots = -(-size // self._mask_bytes)
        self._masks: BinaryIO = (self.folder / "masks.bin").open("r+b")
        self._log: TextIO = (self.folder / "done.jsonl").open("a", encoding="utf-8", newline="\n")
        self._log.write("\n")  # ends a line that was cut off

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._masks.close()
        self._log.close()

    def add(
        self,
        number: int,
        pixels: NDArray[np.uint8] | None,
        packed: NDArray[np.uint8] | None,
        *,
        why: str,
        said: tuple[str, ...],
        sources: dict[str, Fingerprint],
        words: OwnWords | None = None,
    ) -> None:
        """Keep a row's input and mask, and then note that it is ready."""
        slot = -1
        if pixels is not None:
            self.inputs[number] = pixels
        if packed is not None:
            slot = self._slots
            self._masks.seek(slot * self._mask_bytes)
            self._masks.write(packed.tobytes())
            self._masks.flush()
            self._slots += 1
        self.done[number] = Done(
            number=number, slot=slot, why=why, said=said, sources=sources, words=words or OwnWords()
        )
        self._log.write(json.dumps(asdict(self.done[number])) + "\n")
        self._log.flush()

    def masks(self, slots: list[int]) -> NDArray[np.uint8]:
        """The packed masks of some slots: uint8 (m, bytes)."""
        stored = np.fromfile(self.folder / "masks.bin", np.uint8)
        return np.asarray(stored[: self._slots * self._mask_bytes].reshape(-1, self._mask_bytes)[slots])

    def remove(self) -> None:
        """Take the folder away, once the cache is written."""
        self.__exit__()
        del self.inputs
        _remove(self.folder)

    def _read(self) -> Iterable[Done]:
        for line in (self.folder / "done.jsonl").read_text(encoding="utf-8").splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                continue  # an empty line, or one that was cut off when the command was ended
            if "words" not in told:
                continue  # of a version that did not keep what the files say of themselves
            sources = {name: (seen[0], seen[1], seen[2]) for name, seen in told["sources"].items()}
            words = OwnWords(**told["words"])
            yield Done(**{**told, "said": tuple(told["said"]), "sources": sources, "words": words})

    def _is_good(self, one: Done) -> bool:
        """Whether its files are still as they were; a row that was left out is tried again."""
        return not one.why and all(is_unchanged(Path(name), before) for name, before in one.sources.items())
