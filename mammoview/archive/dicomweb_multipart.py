"""Owns the reading of multipart/related bodies (RFC 2387, RFC 2046 5.1) as they come, in bounded memory.

dicomweb-client's own reader holds whole parts in memory and takes what was cut off at the end of a body for a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

_LONGEST_HEADER: Final = 16_384
_LONGEST_BOUNDARY: Final = 70


class MultipartError(Exception):
    """The body is no multipart body, or ends before its end."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins. `length`: its bytes as its header tells them, None where it does not."""

    length: int | None


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes of the part that was begun."""

    content: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The part is whole: the boundary behind it was seen."""


def media_type(content_type: str) -> tuple[str, str]:
    """The media type in lower case and the boundary, empty where there is none, of a Content-Type header."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary", "")
    return message.get_content_type(), boundary if isinstance(boundary, str) else ""


def parts(pieces: Iterable[bytes], boundary: str) -> Iterator[Begin | Data | End]:
    """The parts of a body, as it comes. Raises MultipartError where it is none or is cut off: a part without its `End`
    is not whole, and a body that ends without the closing boundary may have had more parts."""
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise MultipartError("the service names no boundary between the parts")
    body = _Body(iter(pieces), b"\r\n--" + boundary.encode("latin-1", "replace"))
    for _ in body.until_delimiter():
        pass  # what stands before the first boundary is to be ignored
    while not body.is_closed():
        yield Begin(body.header_length())
        for content in body.until_delimiter():
            yield Data(content)
        yield End()


class _Body:
    """The bytes that were read and not used yet."""

    def __init__(self, pieces: Iterator[bytes], delimiter: bytes) -> None:
        self._pieces = pieces
        self._delimiter = delimiter
        self._held = bytearray(b"\r\n")  # so that the first boundary is like the others

    def until_delimiter(self) -> Iterator[bytes]:
        """All up to the next boundary; what stands next is what is behind it."""
        while (at := self._held.find(self._delimiter)) < 0:
            sure = len(self._held) - len(self._delimiter) + 1
            if sure > 0:
                yield bytes(self._held[:sure])
                del self._held[:sure]
            self._more()
        if at:
            yield bytes(self._held[:at])
        del self._held[: at + len(self._delimiter)]

    def is_closed(self) -> bool:
        """Whether the boundary that was just passed is the last."""
        while len(self._held) < 2:
            self._more()
        return self._held.startswith(b"--")

    def header_length(self) -> int | None:
        """Pass a part's header; the length that it tells."""
        while (at := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _LONGEST_HEADER:
                raise MultipartError("a part has no end of its header")
            self._more()
        lines = bytes(self._held[:at]).split(b"\r\n")
        del self._held[: at + 4]
        for line in lines:
            name, _, told = line.partition(b":")
            if name.strip().lower() == b"content-length" and told.strip().isdigit():
                return int(told)
        return None

    def _more(self) -> None:
        try:
            self._held += next(self._pieces)
        except StopIteration:
            raise MultipartError("the body ends before its end") from None
