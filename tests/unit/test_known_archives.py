"""PACS and DICOMweb services are known together: one name is one archive, and a broken list hides no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.archive import dicomweb_nodes
from mammoview.archive.atomic import write_text
from mammoview.archive.dicomweb_nodes import DicomwebNode, DicomwebNodes
from mammoview.archive.known import AnyNode, KnownArchives
from mammoview.archive.pacs import nodes
from mammoview.archive.pacs.nodes import Node
from mammoview.cli import main
from mammoview.core.errors import MammoviewError, UsageError

PACS = Node("pacs", "PACS", "127.0.0.1", 104)
WEB = DicomwebNode("a-web", "https://far.example/x")


@pytest.fixture
def known(tmp_path: Path) -> KnownArchives:
    book = KnownArchives(tmp_path)
    book.keep(PACS)
    book.keep(WEB)
    return book


def test_archives_of_both_kinds_are_listed_by_name(known: KnownArchives) -> None:
    assert known.read().nodes == (WEB, PACS)
    assert (known.get("pacs"), known.get("a-web")) == (PACS, WEB)


@pytest.mark.parametrize("file", ["pacs.json", "dicomweb.json"])
def test_a_list_that_cannot_be_read_is_said_and_hides_no_other(known: KnownArchives, tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("{")
    found = known.read()
    assert len(found.nodes) == 1 and file in found.problem and "\n" not in found.problem


@pytest.mark.parametrize("node", [Node("a-web", "X", "host", 1), DicomwebNode("pacs", "https://host")])
def test_a_name_is_given_once_over_both_kinds(known: KnownArchives, node: AnyNode) -> None:
    with pytest.raises(UsageError, match="already"):
        known.keep(node)
    with pytest.raises(UsageError, match="already"):
        known.keep(node, PACS if isinstance(node, Node) else WEB)
    assert known.read().nodes == (WEB, PACS)


def test_two_of_one_name_in_the_files_are_said_and_the_pacs_is_meant(known: KnownArchives, tmp_path: Path) -> None:
    DicomwebNodes(tmp_path).add(DicomwebNode("pacs", "https://host"))
    found = known.read()
    assert found.nodes == (WEB, PACS) and "two archives are called pacs" in found.problem


@pytest.mark.parametrize(
    ("node", "before"), [(Node("new", "NEW", "host", 1), PACS), (DicomwebNode("new", "https://host"), WEB)]
)
def test_one_is_changed_in_one_step_or_not_at_all(
    known: KnownArchives, monkeypatch: pytest.MonkeyPatch, node: AnyNode, before: AnyNode
) -> None:
    writes: list[Path] = []

    def last(path: Path, text: str, *, private: bool) -> None:
        if writes:
            raise MammoviewError("no room")
        writes.append(path)
        write_text(path, text, private=private)

    for module in (nodes, dicomweb_nodes):
        monkeypatch.setattr(module, "write_text", last)
    known.keep(node, before)
    with pytest.raises(MammoviewError, match="no room"):
        known.keep(before, node)
    assert set(known.read().nodes) == {PACS, WEB} - {before} | {node}


@pytest.mark.parametrize(
    ("node", "before"), [(DicomwebNode("pacs", "https://host"), PACS), (Node("a-web", "X", "h", 1), WEB)]
)
def test_one_may_become_one_of_the_other_kind(known: KnownArchives, node: AnyNode, before: AnyNode) -> None:
    known.keep(node, before)
    assert set(known.read().nodes) == {PACS, WEB} - {before} | {node}


def test_the_commands_give_a_name_once_over_both_kinds(
    mammoview_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pacs", "add", "one", "--ae", "ONE", "--host", "127.0.0.1", "--port", "104"]) == 0
    assert main(["dicomweb", "add", "one", "https://far.example/x"]) == 2
    assert main(["dicomweb", "add", "two", "https://far.example/x"]) == 0
    assert main(["pacs", "add", "two", "--ae", "ONE", "--host", "127.0.0.1", "--port", "104"]) == 2
    assert capsys.readouterr().err.count("called") == 2
    assert [node.name for node in KnownArchives(mammoview_home).read().nodes] == ["one", "two"]
