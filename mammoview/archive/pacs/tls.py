"""Owns TLS with certificates on both sides (PS3.15 B.9, B.12; BCP 195). Makes no certificate, never connects."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from mammoview.archive.pacs.errors import PacsError


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: our `certificate` (with the chain up to its authority) and its private `key`, and the `authority`
    whose signature the other side's certificate must bear. `server_name`: the name in the server's certificate, empty
    for the host that is called.
    """

    certificate: Path
    key: Path
    authority: Path
    server_name: str = ""


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """For calls: TLS 1.2 or newer; our certificate is shown, the server's and its name are checked. Raises
    PacsError."""
    return _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), files)


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """For the receiver: as `client_context`; who calls without a certificate of the authority's is refused."""
    context = _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), files)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _loaded(context: ssl.SSLContext, files: TlsFiles) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (files.certificate, files.key, files.authority):
        try:
            path.open("rb").close()
        except OSError as error:
            raise PacsError(f"{path}: cannot be read: {error.strerror}", "name the certificate files again") from error
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        cause = f"{files.certificate}: is no certificate that {files.key} is the private key of"
        raise PacsError(cause, "both are PEM files, and the key has no password") from error
    try:
        context.load_verify_locations(files.authority)
    except ssl.SSLError as error:
        raise PacsError(f"{files.authority}: holds no certificate of an authority", "name a PEM file") from error
    return context


def _no_password() -> str:
    """OpenSSL would ask for one on the terminal."""
    return ""
