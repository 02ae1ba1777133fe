"""DICOMweb services and their secrets: what may be kept, where it is kept, and what is refused."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode, DicomwebNodes
from mammoview.archive.secrets import SecretError, forget_secret, keep_secret, secret_of, variable_of
from mammoview.core.errors import UsageError


class HeldKeyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.held.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def held() -> Iterator[HeldKeyring]:
    """A keyring in place of the system's."""
    before, made = keyring.get_keyring(), HeldKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


NODE = DicomwebNode("archive", "https://archive.example:8443/dicom-web", "basic", "reader", "/etc/ca.pem")


def test_services_are_kept_by_name(tmp_path: Path) -> None:
    other = DicomwebNode("a2", "http://127.0.0.1:8042/dicom-web")
    nodes = DicomwebNodes(tmp_path / "home")
    nodes.add(NODE)
    nodes.add(other)
    assert DicomwebNodes(tmp_path / "home").all() == (other, NODE)
    nodes.remove("archive")
    assert nodes.all() == (other,)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    nodes = DicomwebNodes(tmp_path)
    nodes.add(NODE)
    assert stat.S_IMODE(nodes.path.stat().st_mode) == 0o600


def test_a_name_is_given_once(tmp_path: Path) -> None:
    nodes = DicomwebNodes(tmp_path)
    nodes.add(NODE)
    with pytest.raises(UsageError, match="known already"):
        nodes.add(DicomwebNode("archive", "https://other"))
    with pytest.raises(UsageError, match="known: archive"):
        nodes.get("none")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x",
        "https://",
        "https://user:secret@host/x",
        "https://host/x?token=1",
        "https://host/x#y",
        "https://host:99999/x",
        "https://ho st/",
        "https://höst/",
        "host/dicom-web",
        "https://host/\nx",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no URL") as error:
        DicomwebNode("n", url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "ä", "x" * 65])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        DicomwebNode(name, "https://host")


@pytest.mark.parametrize(
    ("auth", "user"), [("basic", ""), ("none", "eva"), ("bearer", "eva"), ("basic", "a:b"), ("digest", "")]
)
def test_a_user_goes_with_a_password_alone(auth: str, user: str) -> None:
    with pytest.raises(UsageError):
        DicomwebNode("n", "https://host", auth, user)


def test_no_secret_is_sent_where_anyone_can_read_it() -> None:
    with pytest.raises(UsageError, match="https"):
        DicomwebNode("n", "http://host/x", "bearer")
    for url in ("http://127.0.0.1/x", "http://[::1]:80/x", "http://localhost", "https://host"):
        assert DicomwebNode("n", url, "bearer").is_private
    assert not DicomwebNode("n", "http://host/x").is_private


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"schema": "mammoview.dicomweb/2", "nodes": []}',
        '{"schema": "mammoview.dicomweb/1", "nodes": [], "more": 1}',
        '{"schema": "mammoview.dicomweb/1", "nodes": [{"name": "n"}]}',
        '{"schema": "mammoview.dicomweb/1", "nodes": [{"name": "n", "url": 5}]}',
        '{"schema": "mammoview.dicomweb/1", "nodes": [{"name": "n", "url": "https://h", "token": "x"}]}',
        '{"schema": "mammoview.dicomweb/1", "nodes": [{"name": "n", "url": "ftp://h"}]}',
        '{"schema": "mammoview.dicomweb/1", "nodes": [{"name": "n", "url": "https://h"}, {"name": "n", "url": "https://h"}]}',
    ],
)
def test_a_file_that_is_wrong_is_told_in_one_line_and_left_alone(tmp_path: Path, text: str) -> None:
    nodes = DicomwebNodes(tmp_path)
    nodes.path.write_text(text)
    with pytest.raises(DicomwebError, match=r"dicomweb\.json") as error:
        nodes.add(NODE)
    assert "\n" not in str(error.value)
    assert nodes.path.read_text() == text


def test_a_secret_is_in_the_keyring_and_in_no_file(tmp_path: Path, held: HeldKeyring) -> None:
    DicomwebNodes(tmp_path).add(NODE)
    keep_secret("archive", "hush-hush")
    assert secret_of("archive") == "hush-hush"
    assert held.held == {("mammoview", "archive"): "hush-hush"}
    assert not any("hush" in path.read_text() for path in tmp_path.iterdir())
    forget_secret("archive")
    forget_secret("archive")
    with pytest.raises(SecretError, match="no secret for archive"):
        secret_of("archive")


def test_the_environment_comes_before_the_keyring(held: HeldKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secret("my-archive.1", "kept")
    assert variable_of("my-archive.1") == "MAMMOVIEW_TOKEN_MY_ARCHIVE_1"
    monkeypatch.setenv("MAMMOVIEW_TOKEN_MY_ARCHIVE_1", "named")
    assert secret_of("my-archive.1") == "named"


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_it_is_said_what_to_do() -> None:
    for do in (lambda: secret_of("archive"), lambda: keep_secret("archive", "hush-hush")):
        with pytest.raises(SecretError, match="MAMMOVIEW_TOKEN_ARCHIVE") as error:
            do()
        assert "hush" not in str(error.value) and "\n" not in str(error.value)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("secret", ["", "two\nlines", "nul\0", "x" * 20_000])
def test_what_is_no_secret_is_refused_without_being_said(secret: str) -> None:
    with pytest.raises(UsageError, match="no password or token"):
        keep_secret("archive", secret)


def test_the_file_holds_what_it_says(tmp_path: Path) -> None:
    nodes = DicomwebNodes(tmp_path)
    nodes.add(NODE)
    assert json.loads(nodes.path.read_text()) == {
        "schema": "mammoview.dicomweb/1",
        "nodes": [
            {
                "name": "archive",
                "url": "https://archive.example:8443/dicom-web",
                "auth": "basic",
                "user": "reader",
                "ca_file": "/etc/ca.pem",
            }
        ],
    }
