"""Owns the decoders' process: compressed frames come in on a pipe, arrays go out through shared memory. Never imports
pydicom or OpenCV before a plugin of theirs is needed, nor Qt.

A codec that crashes, hangs or wants endless memory ends this process or its request, and nothing else.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import mmap
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from mammoview.child import attach, serve, write_message
from mammoview.core.errors import InputRefusedError
from mammoview.dicom import codecs
from mammoview.dicom.codestream import Codestream, Family

if sys.platform != "win32":
    import resource
    import signal


def request_of(
    stream: Codestream, *, rgb_unmarked: bool, reduce: int, threads: int, limit_s: float, memory_bytes: int
) -> dict[str, Any]:
    """The header of a request; the compressed frame is the message's bytes."""
    return {
        "stream": asdict(stream),
        "rgb_unmarked": rgb_unmarked,
        "reduce": reduce,
        "threads": threads,
        "limit_s": limit_s,
        "memory_bytes": memory_bytes,
    }


def main(arguments: list[str]) -> int:
    """Answer requests until standard input ends."""
    inbox, answers = serve()
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write_message(answers, {"ready": True})
    _load_codecs()
    memory: mmap.mmap | None = None
    token: dict[str, Any] = {}
    while True:
        header, data = inbox.get()
        if header["shared"] != token:
            memory, token = attach(header["shared"]), header["shared"]
        assert memory is not None
        reply = _answer(header, data, memory)
        try:
            write_message(answers, reply)
        except OSError:
            return 0


def _load_codecs() -> None:
    """Do what imagecodecs and Pillow would do at the first use of each."""
    import imagecodecs

    for name in ("jpeg2k_decode", "htj2k_decode", "jpeg8_decode", "jpegls_decode", "packbits_decode"):
        getattr(imagecodecs, name, None)
    from PIL import Image

    Image.preinit()
    importlib.import_module("PIL.Jpeg2KImagePlugin")  # not among the first; Pillow would load all of them to find it
    sample = bytes(imagecodecs.jpeg2k_encode(np.zeros((64, 64), np.uint16), codecformat="j2k", resolutions=3))
    imagecodecs.jpeg2k_decode(sample)
    Image.open(io.BytesIO(sample), formats=("JPEG2000",)).load()


def _answer(header: dict[str, Any], data: bytes, memory: mmap.mmap) -> dict[str, Any]:
    stream = Codestream(**{**header["stream"], "family": Family(header["stream"]["family"])})
    try:
        with _limits(header["memory_bytes"], header["limit_s"]):
            array = codecs.decode(
                data,
                stream,
                rgb_unmarked=header["rgb_unmarked"],
                reduce=header["reduce"],
                threads=header["threads"],
            )
    except InputRefusedError as error:
        return {"error": error.cause, "hint": error.hint}
    if array.nbytes > len(memory):
        return {"error": f"the {stream.family} pixel data hold more than their header says", "hint": "copy it again"}
    np.copyto(np.ndarray(array.shape, array.dtype, memory), array)
    return {"shape": list(array.shape), "dtype": array.dtype.str}


@contextlib.contextmanager
def _limits(memory_bytes: int, limit_s: float) -> Iterator[None]:
    """Within it, on POSIX, what is over the memory limit is a MemoryError, and time out is the end of the process: the
    parent sees to that too, but may be gone, and a codec need not let other threads run.
    """
    if sys.platform == "win32":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    signal.alarm(int(limit_s) + 2)  # not handled: ends the process
    try:
        yield
    finally:
        signal.alarm(0)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
