"""Owns which DICOMweb services are known. One JSON file beside the settings, written atomically; it holds no secret."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mammoview.archive.atomic import write_text
from mammoview.core.errors import MammoviewError, UsageError

FILE_NAME: Final = "dicomweb.json"
"""What the list is called in the folder of settings."""

SCHEMA: Final = "mammoview.dicomweb/1"
AUTHENTICATIONS: Final = ("none", "basic", "bearer")
"""How a service is told who asks: not at all, by user and password (RFC 7617), by a token (RFC 6750)."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FIELDS: Final = {"name", "url", "auth", "user", "ca_file"}


class DicomwebError(MammoviewError):
    """A DICOMweb service, or the list of them, cannot be used. `status` is the HTTP status, 0 where there was none."""

    def __init__(self, cause: str, hint: str = "", status: int = 0) -> None:
        super().__init__(cause, hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class DicomwebNode:
    """A service as we call it. Raises UsageError for values that cannot be.

    `url`: the base URL of QIDO-RS, WADO-RS and STOW-RS (PS3.18 8.2), without user, query and fragment; `auth`: one of
    AUTHENTICATIONS; `user`: for "basic"; `ca_file`: PEM file of the authorities to trust in place of the usual ones,
    empty for those.
    """

    name: str
    url: str
    auth: str = "none"
    user: str = ""
    ca_file: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"{self.name[:80]!r} is no name for a service", "take letters, digits, dots, - and _")
        if self.auth not in AUTHENTICATIONS:
            raise UsageError(f"{self.auth[:80]!r} is no way to log in", "say none, basic or bearer")
        if (self.auth == "basic") != bool(self.user) or not self.user.isprintable() or ":" in self.user:
            raise UsageError("a user is for --auth basic, which needs one", "give --user NAME, without a colon")
        is_private = self.is_private  # looks at the URL
        if self.auth != "none" and not is_private:
            raise UsageError("no secret is sent over http, where anyone can read it", "give an https URL")

    @property
    def title(self) -> str:
        """A service has no AE title."""
        return ""

    @property
    def has_secret(self) -> bool:
        """Whether it asks for a password or token."""
        return self.auth != "none"

    @property
    def address(self) -> str:
        return self.url

    @property
    def ways(self) -> tuple[str, ...]:
        """How images come from it, and what keeps them from others' eyes."""
        return ("WADO-RS", *(("TLS",) if self.url.startswith("https:") else ()))

    @property
    def is_private(self) -> bool:
        """Whether what is sent and received is encrypted, or does not leave this machine."""
        is_encrypted, host = _checked_url(self.url)
        return is_encrypted or _is_loopback(host)


def _checked_url(url: str) -> tuple[bool, str]:
    """Whether a base URL is encrypted, and its host. Raises UsageError where it is none."""
    wrong = UsageError(
        "this is no URL of a DICOMweb service", "give it as https://HOST[:PORT]/PATH, without a password"
    )
    if not url.isascii() or not url.isprintable() or " " in url:
        raise wrong
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query or parts.fragment:
        raise wrong
    return parts.scheme == "https", host


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class DicomwebNodes:
    """The services in the file of `folder`, by name. Every change reads the file first and writes all of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def all(self) -> tuple[DicomwebNode, ...]:
        """All of them, by name; none where there is no file. Raises DicomwebError where the file cannot be used."""
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, RecursionError) as error:
            raise self._wrong("cannot be read as JSON") from error
        match record:
            case {"schema": "mammoview.dicomweb/1", "nodes": list(entries), **more} if not more:
                nodes = [self._node(entry, f"nodes[{number}]") for number, entry in enumerate(entries)]
            case _:
                raise self._wrong(f'is not of the schema {SCHEMA}, which holds "schema" and a list of "nodes"')
        if len({node.name for node in nodes}) < len(nodes):
            raise self._wrong("names two services alike")
        return tuple(sorted(nodes, key=lambda node: node.name))

    def get(self, name: str) -> DicomwebNode:
        """One by its name. Raises UsageError, DicomwebError."""
        nodes = self.all()
        for node in nodes:
            if node.name == name:
                return node
        known = ", ".join(node.name for node in nodes)
        raise UsageError(
            f"{name[:80]!r} is no known service", f"known: {known}" if known else "mammoview dicomweb add NAME URL"
        )

    def add(self, node: DicomwebNode) -> None:
        """Keep one. Raises UsageError where the name is taken, MammoviewError where it cannot be written."""
        self._write((*self.check_free(node.name), node))

    def replace(self, name: str, node: DicomwebNode) -> None:
        """Keep one in place of the one called `name`, which is there still where that fails. Raises as `get`, `add`."""
        gone = self.get(name)
        others = tuple(known for known in self.all() if known != gone)
        if any(known.name == node.name for known in others):
            raise UsageError(f"{node.name} is known already", "take another name")
        self._write((*others, node))

    def check_free(self, name: str) -> tuple[DicomwebNode, ...]:
        """All that are kept. Raises UsageError where one of them has this name."""
        nodes = self.all()
        if any(known.name == name for known in nodes):
            raise UsageError(f"{name} is known already", f"mammoview dicomweb remove {name}, or another name")
        return nodes

    def remove(self, name: str) -> None:
        """Forget one. Raises as `get` and `add`."""
        gone = self.get(name)
        self._write(tuple(node for node in self.all() if node != gone))

    def _write(self, nodes: tuple[DicomwebNode, ...]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DicomwebError(f"{self.path.parent}: cannot be made: {error.strerror}") from error
        record = {"schema": SCHEMA, "nodes": [asdict(node) for node in nodes]}
        write_text(self.path, json.dumps(record, indent=1) + "\n", private=True)

    def _node(self, entry: object, where: str) -> DicomwebNode:
        if not isinstance(entry, dict) or not {"name", "url"} <= entry.keys() <= _FIELDS:
            raise self._wrong(f"{where} is no service: it has a name, a URL, and may have {', '.join(sorted(_FIELDS))}")
        if not all(isinstance(value, str) for value in entry.values()):
            raise self._wrong(f"{where} holds what is no text")
        try:
            return DicomwebNode(**entry)
        except UsageError as error:
            raise self._wrong(f"{where}: {error.cause}") from error

    def _wrong(self, cause: str) -> DicomwebError:
        return DicomwebError(f"{self.path}: {cause}", "mend or delete it, and add the services again")
