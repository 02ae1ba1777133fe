"""Owns the file in which changed keys travel from one machine to another: JSON, {"keys": {command: [keys]}}."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mammoview.archive.atomic import write_text
from mammoview.core.errors import InputRefusedError
from mammoview.services.words import translate

_LARGEST_BYTES = 1 << 20


def write_keys(path: Path, record: Mapping[str, object]) -> None:
    """Write a record of `KeyBindings`. Raises MammoviewError where that cannot be."""
    write_text(path, json.dumps({"keys": record}, indent=1, ensure_ascii=False) + "\n")


def read_keys(path: Path) -> dict[str, Any]:
    """The record in a key file, or in a copy of the settings file. Raises InputRefusedError where there is none."""
    try:
        with path.open("rb") as stream:
            record = json.loads(stream.read(_LARGEST_BYTES))
    except OSError as error:
        cause = translate("KeyFile", "{path}: cannot be read: {reason}").format(path=path, reason=error.strerror)
        raise InputRefusedError(cause, translate("KeyFile", "name another file")) from error
    except (ValueError, RecursionError) as error:
        cause = translate("KeyFile", "{path}: is no key file").format(path=path)
        raise InputRefusedError(cause, translate("KeyFile", "name one that was exported here")) from error
    keys = record.get("keys") if isinstance(record, dict) else None
    if not isinstance(keys, dict):
        cause = translate("KeyFile", "{path}: holds no keys").format(path=path)
        raise InputRefusedError(cause, translate("KeyFile", "name a file that was exported here"))
    return keys
