"""Owns the secret of an export and all that is made with it: UIDs, pseudonyms, how far dates and times move. Keeps no
list of what was replaced by what.

All is a keyed hash (HMAC-SHA-256, RFC 2104) of the old value: equal values become equal ones in every file, and without
the secret nobody can try out names or numbers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import config
from pydicom.uid import UID

from mammoview.core.errors import UsageError

_LEAST_BYTES, _NEW_BYTES = 16, 32
_LEAST_DAYS, _MOST_DAYS = 30, 3650
_LEAST_SECONDS, _MOST_SECONDS = 60, 5 * 3600  # so that hardly any examination moves over midnight
_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """`salt`: 16 bytes or more; never shown."""

    salt: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.salt) < _LEAST_BYTES:
            raise UsageError(f"a salt needs {_LEAST_BYTES} bytes or more", "let mammoview make it: name a new file")

    def uid(self, old: str) -> str:
        """The UID that stands for `old`: under 2.25 (PS3.5 B.2); those that the standard itself gives out stay."""
        if UID(old, validation_mode=config.IGNORE).name != old:
            return old
        return f"2.25.{int.from_bytes(self._digest('uid', old)[:16], 'big')}"

    def pseudonym(self, kind: str, old: str) -> str:
        """Twelve letters and digits that stand for `old`, behind the letter of its kind: "P7K2M4QX3ABCD"."""
        return kind[0].upper() + base64.b32encode(self._digest(kind, old)).decode("ascii")[:_LETTERS]

    def days(self, patient: str) -> int:
        """How many days all dates of a patient move back: 30 to 3650."""
        return self._between("days", patient, _LEAST_DAYS, _MOST_DAYS)

    def seconds(self, patient: str) -> int:
        """How many seconds all times of a patient move back beside: one minute to five hours."""
        return self._between("seconds", patient, _LEAST_SECONDS, _MOST_SECONDS)

    def _between(self, kind: str, patient: str, least: int, most: int) -> int:
        return least + int.from_bytes(self._digest(kind, patient)[:8], "big") % (most - least + 1)

    def _digest(self, kind: str, old: str) -> bytes:
        return hmac.new(self.salt, f"{kind}\0{old}".encode("utf-8", "surrogateescape"), hashlib.sha256).digest()


def new_secret() -> Secret:
    """A secret that is forgotten with the export: nothing can be added to that later under the same pseudonyms."""
    return Secret(secrets.token_bytes(_NEW_BYTES))


def secret_for(salt: Path | None, out: Path) -> Secret:
    """The secret of an export into `out`: that in the file `salt`, as of `secret_in`, or one that is forgotten.

    Raises UsageError where the salt would lie in the export.
    """
    if salt is None:
        return new_secret()
    if out.resolve() in salt.resolve().parents:
        raise UsageError("the salt would lie in the export: whoever has both can try out names", "keep it elsewhere")
    return secret_in(salt)


def secret_in(path: Path) -> Secret:
    """The secret in a file; where there is none it is made, readable by the user alone.

    Raises UsageError where the file cannot be read or written, or is too short to be a secret.
    """
    try:
        if path.exists():
            return Secret(path.read_bytes().strip())
        text = secrets.token_hex(_NEW_BYTES)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
            stream.write(f"{text}\n")
    except OSError as error:
        raise UsageError(
            f"{path}: the salt cannot be read or written: {error.strerror}", "name another file"
        ) from error
    return Secret(text.encode("ascii"))
