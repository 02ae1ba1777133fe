"""Owns pydicom's warnings: caught where they arise and handed on as lines. Never changes pydicom's settings.

Python keeps its warning filters for the whole process, so that two threads that caught warnings at the same
time could leave them caught for ever; one lock keeps them apart, and what another module warned of meanwhile
is given back.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.RLock()
_OURS = re.compile(r"[\\/](pydicom|PIL)[\\/]")
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|<[^>]*>")


@contextmanager
def caught_warnings() -> Iterator[list[str]]:
    """Within it, warnings of pydicom and Pillow are collected as lines; the list is filled when it ends.

    The lines carry no values of the file (a warning of pydicom's may quote a name).
    """
    lines: list[str] = []
    with _LOCK:
        with warnings.catch_warnings(record=True) as records:
            warnings.simplefilter("always")
            try:
                yield lines
            finally:
                found = list(records)
        for record in found:
            if _OURS.search(record.filename):
                line = _plain(str(record.message))
                if line not in lines:
                    lines.append(line)
            else:
                warnings.warn_explicit(record.message, record.category, record.filename, record.lineno)


def _plain(text: str) -> str:
    """A warning's first sentence without quoted values."""
    sentence = text.strip().split("\n")[0].split(". ")[0].rstrip(".")
    return _VALUES.sub("…", sentence).replace(": …", "")[:160]
