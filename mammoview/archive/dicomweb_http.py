"""Owns how a DICOMweb service is spoken to: who asks, TLS, waiting, trying again, limits. Knows nothing of DICOM.

No redirection is followed, so that no secret goes to another host, and nothing of the environment (proxies, .netrc) is
obeyed. Words about failures never hold a URL, which may name a patient.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import socket
import threading
import time
import weakref
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, ClassVar, Final, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from mammoview import __version__
from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode
from mammoview.core.errors import CancelledError

RETRIED: Final = frozenset({429, 502, 503, 504})
"""Too Many Requests, Bad Gateway, Service Unavailable, Gateway Timeout: what may be otherwise in a moment."""

_TOLD_BY_THE_BODY: Final = frozenset({400, 409})
_CHUNK_BYTES: Final = 1 << 18


class CutOffError(DicomwebError):
    """An answer ended before its end; what it brought whole until then counts."""


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def wait(self, seconds: float, cancel: threading.Event) -> None:
        """Let the time pass, or until `cancel` is set."""


class SystemClock:
    """The machine's."""

    def now(self) -> float:
        return time.time()

    def wait(self, seconds: float, cancel: threading.Event) -> None:
        cancel.wait(seconds)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long: `attempts` in all, `first_wait_s` before the second and twice as long before each further
    one, up to `longest_wait_s`, which is also the longest Retry-After that is obeyed; `connect_s` and `silence_s` are
    what a connection and each piece of an answer may take."""

    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 120.0
    connect_s: float = 10.0
    silence_s: float = 60.0


class Bearer(AuthBase):
    """A token (RFC 6750 2.1)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class _Lines:
    """The open connections of a session, which any thread may cut."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._cut = False

    def add(self, line: socket.socket | None) -> None:
        """One more was opened; it is cut at once where the others were."""
        if line is not None:
            with self._guard:
                self._open.add(line)
                cut = self._cut
            if cut:
                _shut(line)

    def cut(self) -> None:
        """Who waits for an answer waits no longer."""
        with self._guard:
            self._cut = True
            lines = list(self._open)
        for line in lines:
            _shut(line)


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # TLS's own would change what another thread is reading


class _Line(HTTPConnection):
    lines: ClassVar[_Lines]

    def connect(self) -> None:
        super().connect()
        self.lines.add(self.sock)


class _SafeLine(HTTPSConnection):
    lines: ClassVar[_Lines]

    def connect(self) -> None:
        super().connect()
        self.lines.add(self.sock)


class _Adapter(HTTPAdapter):
    """Makes connections that `lines` knows."""

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        kinds = ((HTTPConnectionPool, _Line), (HTTPSConnectionPool, _SafeLine))
        plain, safe = (
            type(pool.__name__, (pool,), {"ConnectionCls": type(line.__name__, (line,), {"lines": lines})})
            for pool, line in kinds
        )
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": safe}


class HttpSession(requests.Session):
    """What dicomweb-client sends its requests through, and we ours. Any thread may set `cancel`, or `hang_up`. `said`
    takes one line for what is tried again."""

    def __init__(
        self,
        node: DicomwebNode,
        secret: str,
        *,
        patience: Patience,
        clock: Clock,
        cancel: threading.Event,
        limit: int,
        said: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`secret`: password or token, empty where none is needed; `limit`: bytes of an answer that is read as a whole,
        after its compression is undone."""
        super().__init__()
        self._lines = _Lines()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(self._lines))
        for talkative in ("dicomweb_client", "urllib3"):  # their lines hold URLs
            logging.getLogger(talkative).setLevel(logging.CRITICAL)
        self.trust_env = False
        self.verify = node.ca_file or True
        self.headers.update({"User-Agent": f"mammoview/{__version__}", "Accept": "application/dicom+json"})
        if node.auth != "none":
            self.auth = Bearer(secret) if node.auth == "bearer" else HTTPBasicAuth(node.user.encode(), secret.encode())
        self.node, self.patience, self.cancel = node, patience, cancel
        self._clock, self._limit, self._said = clock, limit, said

    def hang_up(self) -> None:
        """Cancel, and wait for no answer: what is under way raises CancelledError."""
        self.cancel.set()
        self._lines.cut()

    def request(self, method: Any, url: Any, *args: Any, **more: Any) -> requests.Response:
        """The answer, after as many attempts as it takes; read as a whole unless `stream`. Raises DicomwebError,
        CancelledError."""
        is_stream = bool(more.pop("stream", False))
        headers = {name: told for name, told in (more.pop("headers", None) or {}).items() if name != "Host"}
        timeout = (self.patience.connect_s, self.patience.silence_s)
        more |= {"headers": headers, "allow_redirects": False, "timeout": timeout, "stream": True}
        for attempt in range(self.patience.attempts):
            self.check()
            is_last = attempt + 1 == self.patience.attempts
            try:
                response = super().request(method, url, **more)
                if response.status_code in RETRIED and not is_last:
                    response.close()
                    busy = f"{self.node.name} is busy (HTTP {response.status_code})"
                    self.pause(attempt, self._retry_after(response), busy)
                    continue
                if not is_stream:
                    self._take_whole(response)
            except (requests.RequestException, HTTPError, OSError) as error:
                self.check()
                unreachable = self._unreachable(error)
                if is_last or not _may_pass(error):
                    raise unreachable from error
                self.pause(attempt, cause=unreachable.cause)
                continue
            self._judge(response, str(method))
            return response
        raise DicomwebError(f"{self.node.name} is never asked", "allow one attempt at least")

    def check(self) -> None:
        """Raises CancelledError where the work was cancelled."""
        if self.cancel.is_set():
            raise CancelledError

    def pause(self, attempt: int, at_least_s: float = 0.0, cause: str = "") -> None:
        """Wait before the next attempt, `attempt` of which was the last, from 0, and say so with its `cause`."""
        backoff = min(self.patience.first_wait_s * 2**attempt, self.patience.longest_wait_s)
        seconds = max(backoff, at_least_s)
        if cause:
            self._said(f"{cause}; trying again in {seconds:.0f} s")
        self._clock.wait(seconds, self.cancel)
        self.check()

    def pieces(self, response: requests.Response) -> Generator[bytes]:
        """The body of a streamed answer. Raises CancelledError, and CutOffError where it is cut."""
        try:
            for piece in response.raw.stream(_CHUNK_BYTES, decode_content=True):
                self.check()
                yield piece
        except (HTTPError, OSError) as error:
            self.check()
            raise CutOffError(f"{self.node.name}: the answer was cut off", "try again") from error
        finally:
            response.close()

    def _take_whole(self, response: requests.Response) -> None:
        """Read the answer, at most the limit, so that `response.content` has it."""
        content, size = io.BytesIO(), 0
        with contextlib.closing(response):
            for piece in response.raw.stream(_CHUNK_BYTES, decode_content=True):
                self.check()
                size += len(piece)
                if size > self._limit:
                    limit = f"{self._limit / 1024**2:g} MiB"
                    raise DicomwebError(f"{self.node.name}: the answer is larger than {limit}", "ask for less")
                content.write(piece)
        content.seek(0)
        response.raw = content
        kind = response.headers.get("Content-Type", "")
        response.headers["Content-Type"] = kind.partition(";")[0].strip().lower()

    def _retry_after(self, response: requests.Response) -> float:
        """How many seconds the service asks to wait (RFC 9110 10.2.3), 0 where it does not. Raises DicomwebError where
        that is too long."""
        told = response.headers.get("Retry-After", "").strip()
        seconds = 0.0
        if told.isascii() and told.isdigit():
            seconds = float(told)
        elif told:
            with contextlib.suppress(ValueError):
                then = parsedate_to_datetime(told)
                seconds = (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - self._clock.now()
        if seconds > self.patience.longest_wait_s:
            minutes = math.ceil(seconds / 60)
            raise DicomwebError(f"{self.node.name} asks to come back in {minutes} minutes", "try again then", 503)
        return seconds

    def _judge(self, response: requests.Response, method: str) -> None:
        """Raises DicomwebError where the service did not do what it was asked."""
        status = response.status_code
        if status < HTTPStatus.MULTIPLE_CHOICES or (method.upper() == "POST" and status in _TOLD_BY_THE_BODY):
            return
        response.close()
        name = self.node.name
        if status < HTTPStatus.BAD_REQUEST:
            raise DicomwebError(f"{name} sends us elsewhere (HTTP {status})", "add it by its final URL", status)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            hint = f"give its password or token anew (mammoview dicomweb secret {name}), or ask for the right"
            raise DicomwebError(f"{name} does not let us in (HTTP {status})", hint, status)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise DicomwebError(f"{name} does not have this (HTTP {status})", "look at its URL and the UIDs", status)
        raise DicomwebError(f"{name} failed (HTTP {status})", "try again later, or ask who keeps it", status)

    def _unreachable(self, error: Exception) -> DicomwebError:
        name = self.node.name
        if isinstance(error, requests.exceptions.SSLError):
            return DicomwebError(f"{name}: its TLS certificate is not trusted", "name its authority with --ca-file")
        if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ReadTimeout):
            return DicomwebError(f"{name} does not answer in time", "try again later, or look at the network")
        if isinstance(error, requests.ConnectionError | HTTPError):
            return DicomwebError(f"{name} cannot be reached, or broke off", "look at its URL and the network")
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
            return DicomwebError(f"{name}: the file of authorities cannot be used", "look at its --ca-file")
        return DicomwebError(f"{name}: the answer cannot be understood", "look at its URL")


def _may_pass(error: Exception) -> bool:
    """Whether a failure may be otherwise in a moment: connections, but not certificates."""
    if isinstance(error, requests.exceptions.SSLError):
        return False
    passing = requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError | HTTPError
    return isinstance(error, passing)
