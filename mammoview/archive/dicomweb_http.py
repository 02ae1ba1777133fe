"""Owns how a DICOMweb service is spoken to: who asks, TLS, waiting, trying again, limits. Knows nothing of DICOM.

No redirection is followed, so that no secret goes to another host, and nothing of the environment (proxies, .netrc) is
obeyed. Words about failures never hold a URL, which may name a patient.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, Protocol

import requests
from requests.auth import AuthBase, HTTPBasicAuth
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


class HttpSession(requests.Session):
    """What dicomweb-client sends its requests through, and we ours. Any thread may set `cancel`."""

    def __init__(
        self, node: DicomwebNode, secret: str, *, patience: Patience, clock: Clock, cancel: threading.Event, limit: int
    ) -> None:
        """`secret`: password or token, empty where none is needed; `limit`: bytes of an answer that is read as a whole,
        after its compression is undone."""
        super().__init__()
        for talkative in ("dicomweb_client", "urllib3"):  # their lines hold URLs
            logging.getLogger(talkative).setLevel(logging.CRITICAL)
        self.trust_env = False
        self.verify = node.ca_file or True
        self.headers.update({"User-Agent": f"mammoview/{__version__}", "Accept": "application/dicom+json"})
        if node.auth != "none":
            self.auth = Bearer(secret) if node.auth == "bearer" else HTTPBasicAuth(node.user.encode(), secret.encode())
        self.node, self.patience, self.cancel = node, patience, cancel
        self._clock, self._limit = clock, limit

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
                    self.pause(attempt, self._retry_after(response))
                    continue
                if not is_stream:
                    self._take_whole(response)
            except (requests.RequestException, HTTPError, OSError) as error:
                if is_last or not _may_pass(error):
                    raise self._unreachable(error) from error
                self.pause(attempt)
                continue
            self._judge(response, str(method))
            return response
        raise DicomwebError(f"{self.node.name} is never asked", "allow one attempt at least")

    def check(self) -> None:
        """Raises CancelledError where the work was cancelled."""
        if self.cancel.is_set():
            raise CancelledError

    def pause(self, attempt: int, at_least_s: float = 0.0) -> None:
        """Wait before the next attempt, `attempt` of which was the last, from 0."""
        backoff = min(self.patience.first_wait_s * 2**attempt, self.patience.longest_wait_s)
        self._clock.wait(max(backoff, at_least_s), self.cancel)
        self.check()

    def pieces(self, response: requests.Response) -> Generator[bytes]:
        """The body of a streamed answer. Raises CancelledError, and CutOffError where it is cut."""
        try:
            for piece in response.raw.stream(_CHUNK_BYTES, decode_content=True):
                self.check()
                yield piece
        except (HTTPError, OSError) as error:
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
            hint = f"mammoview dicomweb secret {name}, or ask for the right"
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
