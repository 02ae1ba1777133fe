"""The known archives are kept as a whole, and what cannot be one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.home import home_folder
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.nodes import FILE_NAME, Node, Nodes, node_of, node_record
from mammoview.archive.pacs.tls import TlsFiles
from mammoview.core.errors import MammoviewError, UsageError

PLAIN = Node("ward", "PACS", "pacs.example", 104)
SAFE = Node(
    "clinic",
    "PACS2",
    "192.0.2.7",
    2762,
    "MV1",
    "move",
    11113,
    TlsFiles(Path("/c.pem"), Path("/k.pem"), Path("/a.pem"), "pacs2.example"),
)


def test_what_was_added_is_there_by_name(tmp_path: Path) -> None:
    Nodes(tmp_path).add(PLAIN)
    Nodes(tmp_path).add(SAFE)
    assert Nodes(tmp_path).all() == (SAFE, PLAIN)
    assert Nodes(tmp_path).get("ward") == PLAIN


def test_there_are_none_where_there_is_no_file(tmp_path: Path) -> None:
    assert Nodes(tmp_path).all() == ()


def test_what_was_removed_is_gone(tmp_path: Path) -> None:
    nodes = Nodes(tmp_path)
    nodes.add(PLAIN)
    nodes.add(SAFE)
    nodes.remove("ward")
    assert nodes.all() == (SAFE,)


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    Nodes(tmp_path).add(PLAIN)
    with pytest.raises(UsageError, match="'ward' is known already"):
        Nodes(tmp_path).add(PLAIN)


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    Nodes(tmp_path).add(PLAIN)
    with pytest.raises(UsageError, match="'wrad' is no known archive") as told:
        Nodes(tmp_path).get("wrad")
    assert told.value.hint == "known: ward"


def test_the_file_is_the_users_alone(tmp_path: Path) -> None:
    Nodes(tmp_path).add(SAFE)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("node", [PLAIN, SAFE], ids=["plain", "safe"])
def test_a_record_is_its_node(node: Node) -> None:
    assert node_of(json.loads(json.dumps(node_record(node)))) == node


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"port": "104"}, '"port" is no whole number'),
        ({"port": True}, '"port" is no whole number'),
        ({"port": 0}, "0 is no port"),
        ({"port": 65536}, "65536 is no port"),
        ({"ae_title": ""}, "'' is no AE title"),
        ({"ae_title": "A" * 17}, "is no AE title"),
        ({"ae_title": "A\\B"}, "is no AE title"),
        ({"our_ae_title": "GRÜN"}, "is no AE title"),
        ({"host": ""}, "'' is no host"),
        ({"host": "a b"}, "'a b' is no host"),
        ({"name": " x"}, "is no name"),
        ({"name": 7}, '"name" is no text'),
        ({"name": "\ud800"}, '"name" is no text'),
        ({"retrieve": "push"}, "'push' is no way to retrieve"),
        ({"colour": "red"}, "'colour' is no field of a node"),
        ({"tls": {"certificate": "c", "key": "k"}}, '"tls" lacks "authority"'),
        ({"tls": {"password": "p"}}, "'password' is no field"),
        ({"tls": 1}, '"tls" is no JSON object'),
    ],
)
def test_a_value_that_cannot_be_is_told_by_its_name(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    record = {"schema": "mammoview.pacs/1", "nodes": [{**node_record(PLAIN), **change}]}
    (tmp_path / FILE_NAME).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(PacsError) as told:
        Nodes(tmp_path).all()
    assert words in told.value.cause and "nodes[0]" in told.value.cause


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "is not of the schema"),
        ('{"schema": "mammoview.pacs/2", "nodes": []}', "is not of the schema"),
        ('{"schema": "mammoview.pacs/1", "nodes": {}}', "something else"),
        ('{"schema": "mammoview.pacs/1", "nodes": [1]}', "nodes[0]: a node is no JSON object"),
        ('{"schema": "mammoview.pacs/1", "nodes": [{"name": "a"}]}', '"ae_title" is missing'),
    ],
)
def test_a_file_of_something_else_is_told_and_left_as_it_is(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(PacsError) as told:
        Nodes(tmp_path).add(PLAIN)
    assert words in told.value.cause
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == text


def test_two_of_one_name_are_told(tmp_path: Path) -> None:
    record = {"schema": "mammoview.pacs/1", "nodes": [node_record(PLAIN)] * 2}
    (tmp_path / FILE_NAME).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(PacsError, match="names two archives alike"):
        Nodes(tmp_path).all()


def test_a_file_that_cannot_be_written_keeps_what_it_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Nodes(tmp_path).add(PLAIN)

    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(MammoviewError, match="No space left"):
        Nodes(tmp_path).add(SAFE)
    assert Nodes(tmp_path).all() == (PLAIN,)


def test_the_folder_is_the_one_of_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mammoview.services import settings

    assert home_folder() == settings.home_folder()
    monkeypatch.delenv("MAMMOVIEW_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert home_folder() == settings.home_folder()
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert home_folder() == settings.home_folder()
