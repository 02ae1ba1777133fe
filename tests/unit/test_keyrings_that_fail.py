"""A keyring that fails in its own way is one line that says what to do, and never its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keyring
import pytest

from mammoview.archive.secrets import SecretError, forget_secret, keep_secret, secret_of, settle_secret
from tests.unit.test_dicomweb_nodes import HeldKeyring


class Broken(HeldKeyring):
    """As backends are whose bus is gone: they raise what their own library raises."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("the bus is gone")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(password)

    def delete_password(self, service: str, username: str) -> None:
        raise OSError("the bus is gone")


@pytest.fixture(autouse=True)
def broken() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Broken())
    yield
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    "use",
    [
        lambda: secret_of("far"),
        lambda: keep_secret("far", "hush-hush"),
        lambda: settle_secret("far", "hush-hush"),
        lambda: settle_secret("far", "", "near"),
    ],
)
def test_it_is_said_in_one_line_what_to_do(use: Callable[[], object]) -> None:
    with pytest.raises(SecretError) as caught:
        use()
    said = str(caught.value)
    assert "MAMMOVIEW_TOKEN_FAR" in said and "\n" not in said and "hush" not in said and "bus" not in said


def test_what_cannot_be_forgotten_stops_nothing() -> None:
    forget_secret("far")
