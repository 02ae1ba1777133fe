"""Owns TensorBoard's event files, written without TensorFlow: scalars only.

A file is a row of TFRecords (length, its CRC, an Event message, its CRC) with masked CRC-32C checksums; the messages
are protocol buffers as tensorflow/core/util/event.proto and framework/summary.proto tell them.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Mapping
from pathlib import Path

from mammoview.core.errors import InputRefusedError


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _crc_table()


def masked_crc(data: bytes) -> int:
    """CRC-32C (Castagnoli), rotated and shifted as TFRecord files want it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _field(number: int, content: bytes) -> bytes:
    """A field of length-delimited content."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


class EventFile:
    """Appends scalars to a new file in `folder`, which TensorBoard reads; every line is on the disk at once.

    Raises InputRefusedError where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"events.out.tfevents.{time.time_ns() // 1000}.{os.getpid()}"
        self._append(struct.pack("<Bd", 0x09, time.time()) + _field(3, b"brain.Event:2"))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write `values` by their tags for a step, counted from 0."""
        told = b"".join(
            _field(1, _field(1, tag.encode()) + struct.pack("<Bf", 0x15, value)) for tag, value in values.items()
        )
        self._append(struct.pack("<Bd", 0x09, time.time()) + b"\x10" + _varint(step) + _field(5, told))

    def _append(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        try:
            with self._path.open("ab") as stream:
                stream.write(
                    length + struct.pack("<I", masked_crc(length)) + event + struct.pack("<I", masked_crc(event))
                )
        except OSError as error:
            raise InputRefusedError(
                f"{self._path}: cannot be written: {error.strerror}", "make room there and give the same command again"
            ) from error
