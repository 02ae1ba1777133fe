"""Owns the secrets of services on the network: in the system's keyring or the environment, never in a file or a log.

The keyring is the platform's own (Secret Service, KWallet, macOS Keychain, Windows Credential Locker) by `keyring`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mammoview.archive.atomic import write_text
from mammoview.core.errors import MammoviewError, UsageError

_SERVICE: Final = "mammoview"
_WAITING_FILE: Final = "secrets-waiting.json"
_LONGEST: Final = 16_384


class SecretError(MammoviewError):
    """A secret cannot be kept or read."""


def variable_of(node: str) -> str:
    """The environment variable that gives a node's secret where there is no keyring: MAMMOVIEW_TOKEN_ and the name in
    capitals, with "_" for what is neither letter nor digit."""
    return f"MAMMOVIEW_TOKEN_{re.sub('[^A-Z0-9]', '_', node.upper())}"


def is_in_environment(node: str) -> bool:
    """Whether the environment gives the node's secret."""
    return bool(os.environ.get(variable_of(node)))


def secret_of(node: str) -> str:
    """The node's secret: that of the environment, else that of the keyring. Raises SecretError where there is none."""
    named = os.environ.get(variable_of(node), "")
    if named:
        return checked_secret(named)
    import keyring

    with _usable(node):
        kept = keyring.get_password(_SERVICE, node)
    if kept is None:
        raise SecretError(
            f"there is no secret for {node}", f"mammoview dicomweb secret {node}, or set {variable_of(node)}"
        )
    return checked_secret(kept)


def keep_secret(node: str, secret: str) -> None:
    """Put a node's secret into the keyring, in place of an older one. Raises SecretError, UsageError for one that
    cannot be."""
    import keyring

    checked = checked_secret(secret)
    with _usable(node):
        keyring.set_password(_SERVICE, node, checked)


def settle_secret(node: str, secret: str, before: str = "") -> None:
    """Keep a node's `secret` in the keyring; where it is empty, the one that was kept for `before`, under the node's
    own name. Nothing is left under the name before. Raises SecretError, UsageError as `keep_secret`."""
    import keyring

    renamed = bool(before) and before != node
    with _usable(node):
        kept = secret or (keyring.get_password(_SERVICE, before) if renamed else None)
    if kept:
        keep_secret(node, kept)
    if renamed:
        forget_secret(before)


def forget_secret(node: str) -> None:
    """Take a node's secret out of the keyring, where it has one and there is a keyring."""
    import keyring

    with contextlib.suppress(SecretError), _usable(node):
        keyring.delete_password(_SERVICE, node)


class WaitingSecrets:
    """Names the nodes whose secret the keyring was given and has not taken yet, in a file of `folder`, so that this is
    known also when the program ends meanwhile. Never holds a secret. Any thread may use it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _WAITING_FILE
        self._guard = threading.Lock()
        self._newest: dict[str, int] = {}

    def names(self) -> frozenset[str]:
        """Those that wait; none where the file cannot be read."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return frozenset()
        return frozenset(name for name in found if isinstance(name, str)) if isinstance(found, list) else frozenset()

    def add(self, node: str) -> int:
        """The keyring is given a secret for this node; the answer tells it from an earlier one."""
        self._newest[node] = self._newest.get(node, 0) + 1
        self._change(lambda names: names | {node})
        return self._newest[node]

    def taken(self, node: str, number: int) -> None:
        """The keyring has the secret that `add` gave this number."""
        if self._newest.get(node) == number:
            self.remove(node)

    def remove(self, node: str) -> None:
        """Nothing is waited for any more."""
        self._change(lambda names: names - {node})

    def _change(self, change: Callable[[frozenset[str]], frozenset[str]]) -> None:
        with self._guard, contextlib.suppress(OSError, MammoviewError):  # it keeps no secret from being kept
            before = self.names()
            names = change(before)
            if names != before:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_text(self._path, json.dumps(sorted(names)), private=True)


def checked_secret(secret: str) -> str:
    """The secret itself. Raises UsageError for what cannot stand in a line of HTTP."""
    if not secret or len(secret) > _LONGEST or not secret.isprintable():
        raise UsageError("this is no password or token", "give one line of letters")
    return secret


@contextlib.contextmanager
def _usable(node: str) -> Iterator[None]:
    """Raises SecretError for whatever the keyring raises within: beside `keyring`'s own errors those of the bus, of
    Windows or of the system come through. One line: the keyring's own words may be long, and are not ours.
    """
    try:
        yield
    except Exception as error:
        raise SecretError(
            "the system's keyring cannot be used",
            f"unlock it, install one such as gnome-keyring, or set {variable_of(node)} in the environment",
        ) from error
