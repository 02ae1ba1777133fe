"""Owns how a cache knows what it was made of: fingerprints of source files and of the preprocessing's code."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

Fingerprint = tuple[int, int, str]
"""Size in bytes, time of the last change in nanoseconds, BLAKE2b of the content (32 hex digits); (-1, 0, "") of a file
that is not there."""

Tables = Mapping[str, Fingerprint]
"""The tables that tell of the images, by their full paths, as they were read."""

ABSENT: Fingerprint = (-1, 0, "")
_CODE = (
    "mammoview.core.breast",
    "mammoview.inference.preprocess",
    "training.lesion_crop",
    "training.lesion_masks",
)
_CODE_OF_SLICES = ("training.slices",)


def fingerprint(path: Path) -> Fingerprint:
    """The fingerprint of a file; `ABSENT` where it cannot be read."""
    try:
        told = path.stat()
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError:
        return ABSENT
    return (told.st_size, told.st_mtime_ns, content)


def is_unchanged(path: Path, before: Fingerprint, *, made_ns: int | None = None) -> bool:
    """Whether a file is as its fingerprint says; it is read only where its size is the same but its time is not, or
    where it came to its place after `made_ns`: files of one size and time, as archives give, may have changed places.
    """
    try:
        told = path.stat()
    except OSError:
        return before[0] == ABSENT[0]
    if told.st_size != before[0]:
        return False
    moved = made_ns is not None and told.st_ctime_ns >= made_ns
    return (told.st_mtime_ns == before[1] and not moved) or fingerprint(path)[2] == before[2]


def changed(fingerprints: Mapping[str, Fingerprint]) -> tuple[list[str], list[str]]:
    """Which source files changed, and which are gone."""
    gone = [name for name, before in fingerprints.items() if before[0] >= 0 and not Path(name).exists()]
    missing = set(gone)
    other = [
        name for name, before in fingerprints.items() if name not in missing and not is_unchanged(Path(name), before)
    ]
    return other, gone


def code_hash() -> str:
    """16 hex digits of the code that makes inputs, whatever its comments and docstrings; nothing of it is imported."""
    return _hash_of(_CODE)


def slices_hash() -> str:
    """16 hex digits of what is besides that the code for slices of MRI."""
    return _hash_of(_CODE_OF_SLICES)


@cache
def _hash_of(modules: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in modules:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            digest.update(bare_code(Path(found.origin).read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:16]


def bare_code(text: str) -> str:
    """Python code without docstrings, comments on lines of their own and empty lines."""
    left_out = set(_docstring_lines(ast.walk(ast.parse(text))))
    lines = (line for number, line in enumerate(text.splitlines(), start=1) if number not in left_out)
    return "\n".join(line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _docstring_lines(nodes: Iterable[ast.AST]) -> Iterable[int]:
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
