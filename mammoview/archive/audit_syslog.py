"""Owns the sending of the audit trail to an audit record repository: syslog messages (RFC 5424), by TLS (RFC 5425) or
UDP (RFC 5426), as PS3.15 A.6 wants them. Never changes the trail.

At least once: how far the messages for each repository went is kept beside the library only when they have gone out. A
repository tells nobody what it has kept; by TLS it is waited until it has taken all up to the end of the connection.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from mammoview.archive.atomic import write_text
from mammoview.archive.audit_head import Head
from mammoview.archive.audit_messages import audit_message
from mammoview.archive.audit_records import START, AuditRecord, Outcome, hash_of
from mammoview.core.errors import MammoviewError, UsageError
from mammoview.core.study import Patient

_SCHEMA: Final = "mammoview.audit_sent/1"
_SECURITY, _NOTICE, _WARNING = 10, 5, 4  # RFC 5424 Tables 1 and 2
_MESSAGE_ID: Final = "DICOM+RFC3881"
_BOM: Final = "\ufeff"
_MOST_HOST = 255
_AT_ONCE = 500
_PATIENCE_S = 15.0
_LAST_WORD_S = 5.0

PatientOf = Callable[[AuditRecord], Patient | None]
"""Who the study of a record is of; None where nobody is to be named."""


@dataclass(frozen=True, slots=True)
class Repository:
    """Where to. `authority`: whose certificates are believed, None for the system's; `certificate`, `key`: our own,
    where it is asked for one (all PEM files). `udp`: in the open, to a port for datagrams."""

    host: str
    port: int
    udp: bool = False
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, text: str, *, udp: bool, tls: tuple[Path, ...]) -> Repository:
        """`text`: HOST:PORT, [HOST]:PORT for IPv6. `tls`: nothing, the authority, or that with our certificate and its
        key. Raises UsageError."""
        host, colon, port = text.rpartition(":")
        if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise UsageError(f"{text!r} is no HOST:PORT", "for example audit.example.org:6514")
        if len(tls) not in (0, 1, 3):
            raise UsageError("--tls takes the authority's file, or that, our certificate and its key")
        return cls(host.strip("[]"), int(port), udp, *tls)

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({'UDP' if self.udp else 'TLS'})"


def syslog_message(record: AuditRecord, patient: Patient | None = None) -> bytes:
    """One record as RFC 5424 writes it: facility 10 (security), severity 5 (notice), 4 (warning) where what it tells of
    failed; the text is the DICOM audit message in UTF-8 behind a byte order mark. Raises ValueError for
    an event that is not one of ours."""
    priority = 8 * _SECURITY + (_NOTICE if record.outcome == Outcome.DONE else _WARNING)
    host = "".join(letter for letter in record.host if "!" <= letter <= "~")[:_MOST_HOST] or "-"
    head = f"<{priority}>1 {record.time} {host} mammoview {record.process} {_MESSAGE_ID} - "
    return f"{head}{_BOM}{audit_message(record, patient)}".encode("utf-8", "replace")


def send_unsent(
    records: Callable[[], Iterable[AuditRecord]], library: Path, repository: Repository, patient_of: PatientOf
) -> int:
    """Send what `repository` was not sent yet of the `records` of a `library`; how many that were.

    Raises MammoviewError where it cannot be reached or takes no more: what went out before is known as sent.
    """
    sent = read_sent(library).get(str(repository), Head(0, START))
    waiting = _behind(sent, records)
    count = 0
    while some := list(islice(waiting, _AT_ONCE)):
        with _sender(repository) as send:
            for record in some:
                send(_told(record, patient_of(record)))
        count += len(some)
        _keep_sent(library, repository, Head(some[-1].number, hash_of(some[-1].text())))
    return count


def _told(record: AuditRecord, patient: Patient | None) -> bytes:
    try:
        return syslog_message(record, patient)
    except ValueError as error:
        cause = f"audit record {record.number} is of an event that this version does not know"
        raise MammoviewError(cause, "send with the newer mammoview that made it") from error


def sent_path(library: Path) -> Path:
    """The file beside the library that holds how far it was sent."""
    return library.with_name(f"{library.name}.audit-sent")


def read_sent(library: Path) -> dict[str, Head]:
    """The last record that each repository was sent. Raises MammoviewError where the file cannot be understood."""
    path = sent_path(library)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["schema"] != _SCHEMA:
            raise ValueError("another schema")
        return {str(name): Head.of(text) for name, text in body["sent"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, UsageError) as error:
        hint = "put it right, or remove it: then all is sent again"
        raise MammoviewError(f"{path.name} beside the library cannot be read", hint) from error


def _keep_sent(library: Path, repository: Repository, head: Head) -> None:
    known = {name: str(one) for name, one in read_sent(library).items()} | {str(repository): str(head)}
    write_text(sent_path(library), json.dumps({"schema": _SCHEMA, "sent": known}, indent=1) + "\n", private=True)


def _behind(sent: Head, records: Callable[[], Iterable[AuditRecord]]) -> Iterator[AuditRecord]:
    """The records behind the one that was sent last; all, where that is not in this trail."""
    is_known = sent.count == 0 or any(
        record.number == sent.count and hash_of(record.text()) == sent.hash for record in records()
    )
    return (record for record in records() if not is_known or record.number > sent.count)


@contextlib.contextmanager
def _sender(repository: Repository) -> Iterator[Callable[[bytes], None]]:
    """What sends one message; when it ends, all have been taken. Raises MammoviewError."""
    try:
        if repository.udp:
            with _datagrams(repository) as connection:
                yield connection.sendall
            return
        context = _context(repository)
        with (
            socket.create_connection((repository.host, repository.port), _PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=repository.host) as connection,
        ):
            yield lambda message: connection.sendall(b"%d %b" % (len(message), message))  # RFC 5425 4.3
            _end(connection)
    except OSError as error:
        words = error.strerror or str(error)
        hint = "what was not sent is sent the next time"
        raise MammoviewError(f"the audit repository {repository} cannot be used: {words}", hint) from error


@contextlib.contextmanager
def _datagrams(repository: Repository) -> Iterator[socket.socket]:
    family, kind, protocol, _, address = socket.getaddrinfo(repository.host, repository.port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(_PATIENCE_S)
        connection.connect(address)
        yield connection


def _context(repository: Repository) -> ssl.SSLContext:
    """TLS 1.2 or newer (BCP 195); the repository's certificate and name are checked. Raises UsageError."""
    context = ssl.create_default_context() if repository.authority is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if repository.authority is not None:
            context.load_verify_locations(repository.authority)
        if repository.certificate is not None:
            context.load_cert_chain(repository.certificate, repository.key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UsageError(
            "the certificate files cannot be used", "they are PEM files, the key has no password"
        ) from error
    return context


def _no_password() -> str:
    """OpenSSL would ask for one on the terminal."""
    return ""


def _end(connection: ssl.SSLSocket) -> None:
    """Say that this was all, and wait for the other side's last word (RFC 5425 4.4). One that has none in five seconds
    has met no error either; one that breaks off has."""
    connection.settimeout(_LAST_WORD_S)
    with contextlib.suppress(TimeoutError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        connection.unwrap()
