"""Owns which archives are known. One JSON file beside the settings, written atomically. Never connects to any."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mammoview.archive.atomic import write_text
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.tls import TlsFiles
from mammoview.core.errors import UsageError

FILE_NAME: Final = "pacs.json"
"""What the list is called in the folder of settings."""

SCHEMA: Final = "mammoview.pacs/1"
OUR_AE_TITLE: Final = "MAMMOVIEW"
RECEIVER_PORT: Final = 11112
"""Where the receiver listens unless told otherwise; registered for DICOM (PS3.8 9.1.1)."""

RETRIEVALS: Final = ("get", "move")
"""C-GET: images come over the connection that asked for them; C-MOVE: the archive calls our receiver."""

_LONGEST_NAME = 64
_LONGEST_TITLE = 16
_FIELDS = frozenset({"name", "ae_title", "host", "port", "our_ae_title", "retrieve", "move_port", "tls"})
_PORTS = frozenset({"port", "move_port"})
_TLS_FIELDS = frozenset({"certificate", "key", "authority", "server_name"})


@dataclass(frozen=True, slots=True)
class Node:
    """An archive as we call it. Raises UsageError for values that cannot be.

    `name`: what users call it. `ae_title`, `our_ae_title`: PS3.5 6.2, 1..16 characters. `retrieve` is one of
    RETRIEVALS; `move_port`: where our receiver listens while an archive is asked to C-MOVE, as that archive knows it.
    `tls` None for a connection that is not encrypted.
    """

    name: str
    ae_title: str
    host: str
    port: int
    our_ae_title: str = OUR_AE_TITLE
    retrieve: str = RETRIEVALS[0]
    move_port: int = RECEIVER_PORT
    tls: TlsFiles | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= _LONGEST_NAME or not _is_plain(self.name) or self.name != self.name.strip():
            raise UsageError(f"{self.name[:80]!r} is no name for an archive", "take 1 to 64 letters")
        for title in (self.ae_title, self.our_ae_title):
            check_ae_title(title)
        if not self.host or not _is_plain(self.host) or " " in self.host:
            raise UsageError(f"{self.host[:80]!r} is no host", "give a name or an address")
        for port in (self.port, self.move_port):
            check_port(port)
        if self.retrieve not in RETRIEVALS:
            raise UsageError(f"{self.retrieve[:80]!r} is no way to retrieve", "say get or move")

    @property
    def title(self) -> str:
        """Its AE title."""
        return self.ae_title

    @property
    def has_secret(self) -> bool:
        """Whether it asks for a password or token."""
        return False

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def ways(self) -> tuple[str, ...]:
        """How images come from it, and what keeps them from others' eyes."""
        return (f"C-{self.retrieve.upper()}", *(("TLS",) if self.tls else ()))


def check_ae_title(title: str) -> None:
    """Raises UsageError where `title` is no AE title (PS3.5 6.2): 1..16 printable ASCII characters, no backslash, no
    spaces around it."""
    good = title.isascii() and title.isprintable() and "\\" not in title and title == title.strip()
    if not good or not 0 < len(title) <= _LONGEST_TITLE:
        raise UsageError(f"{title[:80]!r} is no AE title", "1 to 16 ASCII letters, digits or signs, no backslash")


def check_port(port: int) -> None:
    """Raises UsageError where there is no such port."""
    if not 0 < port < 65536:
        raise UsageError(f"{port} is no port", "ports are 1 to 65535")


class Nodes:
    """The archives in the file of `folder`, by name. Every change reads the file first and writes all of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def all(self) -> tuple[Node, ...]:
        """All of them, by name; none where there is no file. Raises PacsError where the file cannot be used."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise PacsError(f"{self.path}: cannot be read", "mend or delete it, and add the archives again") from error
        return tuple(sorted(self._checked(text), key=lambda node: node.name))

    def get(self, name: str) -> Node:
        """One by its name. Raises UsageError, PacsError."""
        nodes = self.all()
        for node in nodes:
            if node.name == name:
                return node
        known = ", ".join(node.name for node in nodes)
        hint = f"known: {known}" if known else "mammoview pacs add NAME --ae TITLE --host HOST --port PORT"
        raise UsageError(f"{name[:80]!r} is no known archive", hint)

    def add(self, node: Node) -> None:
        """Keep one. Raises UsageError where the name is taken, PacsError, MammoviewError where it cannot be written."""
        nodes = self.all()
        if any(known.name == node.name for known in nodes):
            raise UsageError(f"{node.name!r} is known already", f"mammoview pacs remove {node.name}, or another name")
        self._write((*nodes, node))

    def replace(self, name: str, node: Node) -> None:
        """Keep one in place of the one called `name`, which is there still where that fails. Raises as `get`, `add`."""
        gone = self.get(name)
        others = tuple(known for known in self.all() if known != gone)
        if any(known.name == node.name for known in others):
            raise UsageError(f"{node.name!r} is known already", "take another name")
        self._write((*others, node))

    def remove(self, name: str) -> None:
        """Forget one. Raises as `get` and `add`."""
        gone = self.get(name)
        self._write(tuple(node for node in self.all() if node != gone))

    def _write(self, nodes: tuple[Node, ...]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PacsError(f"{self.path.parent}: cannot be made: {error.strerror}") from error
        record = {"schema": SCHEMA, "nodes": [node_record(node) for node in sorted(nodes, key=lambda one: one.name)]}
        write_text(self.path, json.dumps(record, indent=1) + "\n", private=True)

    def _checked(self, text: str) -> list[Node]:
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._wrong("is no JSON") from error
        if not isinstance(record, dict) or record.get("schema") != SCHEMA:
            raise self._wrong(f"is not of the schema {SCHEMA}")
        entries = record.get("nodes")
        if not isinstance(entries, list) or record.keys() != {"schema", "nodes"}:
            raise self._wrong('holds something else than "schema" and a list of "nodes"')
        nodes = [self._node(entry, f"nodes[{number}]") for number, entry in enumerate(entries)]
        if len({node.name for node in nodes}) < len(nodes):
            raise self._wrong("names two archives alike")
        return nodes

    def _node(self, entry: object, where: str) -> Node:
        try:
            return node_of(entry)
        except UsageError as error:
            raise self._wrong(f"{where}: {error.cause}") from error

    def _wrong(self, cause: str) -> PacsError:
        return PacsError(f"{self.path}: {cause}", "mend or delete it, and add the archives again")


def node_record(node: Node) -> dict[str, Any]:
    """A node in plain JSON values."""
    record: dict[str, Any] = {name: getattr(node, name) for name in sorted(_FIELDS - {"tls"})}
    if node.tls is not None:
        record["tls"] = {name: str(getattr(node.tls, name)) for name in sorted(_TLS_FIELDS)}
    return record


def node_of(entry: object) -> Node:
    """The node of a `node_record`. Raises UsageError that names the field."""
    fields = _object(entry, _FIELDS, "a node")
    tls = fields.pop("tls", None)
    values: dict[str, Any] = {name: _text(fields, name) for name in fields.keys() - _PORTS}
    values |= {name: _port(fields, name) for name in fields.keys() & _PORTS}
    missing = {"name", "ae_title", "host", "port"} - fields.keys()
    if missing:
        raise UsageError(f'"{min(missing)}" is missing')
    return Node(**values, tls=None if tls is None else _tls_of(tls))


def _tls_of(entry: object) -> TlsFiles:
    fields = _object(entry, _TLS_FIELDS, '"tls"')
    texts = {name: _text(fields, name) for name in fields}
    missing = {"certificate", "key", "authority"} - {name for name, text in texts.items() if text}
    if missing:
        raise UsageError(f'"tls" lacks "{min(missing)}"')
    certificate, key, authority = (Path(texts[name]) for name in ("certificate", "key", "authority"))
    return TlsFiles(certificate, key, authority, texts.get("server_name", ""))


def _object(entry: object, known: frozenset[str], what: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise UsageError(f"{what} is no JSON object")
    unknown = entry.keys() - known
    if unknown:
        raise UsageError(f"{min(unknown)[:80]!r} is no field of {what}")
    return dict(entry)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not _is_plain(value):
        raise UsageError(f'"{name}" is no text')
    return value


def _port(fields: dict[str, Any], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f'"{name}" is no whole number')
    return value


def _is_plain(text: str) -> bool:
    """Whether a text can be written and printed: JSON may hold half of a character, or a control character."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)
