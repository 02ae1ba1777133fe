"""The conformance statement says what the code does: it is made of its lists, and the one in the docs is that."""

from __future__ import annotations

from pathlib import Path

from mammoview.archive.pacs.transfers import COMPRESSED, STORAGE
from mammoview.commands.conformance import statement

DOCS = Path(__file__).resolve().parents[2] / "resources" / "docs"


def test_the_statement_in_the_docs_is_what_the_code_says() -> None:
    assert (DOCS / "conformance.md").read_text(encoding="utf-8") == statement()


def test_every_class_and_compressed_syntax_stands_in_it() -> None:
    told = statement()
    for uid in (*STORAGE, *COMPRESSED):
        assert f" | {uid} |" in told


def test_what_is_provided_is_told_apart_from_what_is_used() -> None:
    wanted = ("| Verification", "| Query", "| Storage (C")
    lines = [line for line in statement().splitlines() if line.startswith(wanted)]
    provided = {line.split("|")[1].strip(): line.split("|")[5].strip() for line in lines}
    assert provided["Verification (C-ECHO)"] == provided["Storage (C-STORE)"] == "yes"
    assert provided["Query (C-FIND), Study Root"] == "no"
