"""Owns the secrets of services on the network: in the system's keyring or the environment, never in a file or a log.

The keyring is the platform's own (Secret Service, KWallet, macOS Keychain, Windows Credential Locker) by `keyring`.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import Final

from mammoview.core.errors import MammoviewError, UsageError

_SERVICE: Final = "mammoview"
_LONGEST: Final = 16_384


class SecretError(MammoviewError):
    """A secret cannot be kept or read."""


def variable_of(node: str) -> str:
    """The environment variable that gives a node's secret where there is no keyring: MAMMOVIEW_TOKEN_ and the name in
    capitals, with "_" for what is neither letter nor digit."""
    return f"MAMMOVIEW_TOKEN_{re.sub('[^A-Z0-9]', '_', node.upper())}"


def secret_of(node: str) -> str:
    """The node's secret: that of the environment, else that of the keyring. Raises SecretError where there is none."""
    named = os.environ.get(variable_of(node), "")
    if named:
        return checked_secret(named)
    import keyring
    from keyring.errors import KeyringError

    try:
        kept = keyring.get_password(_SERVICE, node)
    except KeyringError as error:
        raise _no_keyring(node) from error
    if kept is None:
        raise SecretError(
            f"there is no secret for {node}", f"mammoview dicomweb secret {node}, or set {variable_of(node)}"
        )
    return checked_secret(kept)


def keep_secret(node: str, secret: str) -> None:
    """Put a node's secret into the keyring, in place of an older one. Raises SecretError, UsageError for one that
    cannot be."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_SERVICE, node, checked_secret(secret))
    except KeyringError as error:
        raise _no_keyring(node) from error


def forget_secret(node: str) -> None:
    """Take a node's secret out of the keyring, where it has one and there is a keyring."""
    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError):
        keyring.delete_password(_SERVICE, node)


def checked_secret(secret: str) -> str:
    """The secret itself. Raises UsageError for what cannot stand in a line of HTTP."""
    if not secret or len(secret) > _LONGEST or not secret.isprintable():
        raise UsageError("this is no password or token", "give one line of letters")
    return secret


def _no_keyring(node: str) -> SecretError:
    """One line whatever is wrong: the keyring's own words may be long, and are not ours."""
    return SecretError(
        "the system's keyring cannot be used",
        f"unlock it, install one such as gnome-keyring, or set {variable_of(node)} in the environment",
    )
