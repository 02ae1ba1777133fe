"""Owns the head of the audit trail that is kept beside the library: how many records there are, and the last hash.

A chain of hashes shows every change but one: records cut off at its end. A second file that says where the end was
shows that too, as long as it is not changed with it; a head that was written down elsewhere shows even then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mammoview.archive.atomic import write_text
from mammoview.core.errors import MammoviewError, UsageError

_SCHEMA: Final = "mammoview.audit_head/1"
_HASH_DIGITS: Final = 64


@dataclass(frozen=True, slots=True)
class Head:
    """`count` records, the last of which has this hash (64 hex digits)."""

    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"

    @classmethod
    def of(cls, text: str) -> Head:
        """What `str` gave. Raises UsageError where it is none."""
        count, _, digits = text.strip().partition(":")
        if not count.isascii() or not count.isdigit() or not _is_hash(digits):
            raise UsageError(f"{text!r} is no head of an audit trail", "give it as COUNT:HASH, as audit --head says it")
        return cls(int(count), digits)


def head_path(library: Path) -> Path:
    """The file beside the library that holds the head."""
    return library.with_name(f"{library.name}.audit-head")


def read_head(library: Path) -> Head | None:
    """The head that is kept beside a library, None where there is none. Raises MammoviewError where it is no head."""
    path = head_path(library)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise MammoviewError(f"{path.name} beside the library cannot be read") from error
    match record:
        case {"schema": "mammoview.audit_head/1", "count": int(count), "hash": str(digits)} if _is_hash(digits):
            return Head(count, digits)
    raise MammoviewError(f"{path.name} beside the library is no head of an audit trail")


def write_head(library: Path, head: Head) -> None:
    """Keep the head, as a whole or not at all. Raises MammoviewError."""
    body = {"schema": _SCHEMA, "count": head.count, "hash": head.hash}
    write_text(head_path(library), json.dumps(body) + "\n", private=True)


def _is_hash(digits: str) -> bool:
    return len(digits) == _HASH_DIGITS and set(digits) <= set("0123456789abcdef")
