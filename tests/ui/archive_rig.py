"""Archives of made studies for the window, and what a reader does with the dialogs that show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydicom.dataset import FileDataset

from mammoview.archive.pacs.nodes import Node, Nodes
from tests.factories import make_mammogram_dataset
from tests.network.peers import Archive
from tests.ui.conftest import SIZE

WAIT_MS = 20_000
LetKnow = Callable[[Archive], Node]


def mammogram(
    number: int = 0, *, study: str = "now", date: str = "20260131", time: str = "101500", **told: Any
) -> FileDataset:
    """One of two views of a study that an archive holds; `told`: attributes set last."""
    attributes: dict[str, Any] = {
        "StudyTime": time,
        "ModalitiesInStudy": "MG",
        "StudyDescription": f"study {study}",
        **told,
    }
    rows, columns = SIZE["rows"], SIZE["columns"]
    return make_mammogram_dataset(
        "RL"[number], "CC", rows, columns, study=study, study_date=date, seed=number, **attributes
    )


def uid(study: str) -> str:
    return str(mammogram(study=study).StudyInstanceUID)


def two_studies() -> Archive:
    """An archive that holds two studies of one woman."""
    return Archive(
        *(mammogram(number) for number in range(2)),
        *(mammogram(number, study="before", date="20240131") for number in range(2)),
    )


@contextmanager
def letting_know(home: Path) -> Iterator[LetKnow]:
    """Lets the window know archives, which run until the end."""
    with ExitStack() as stack:

        def let_know(archive: Archive) -> Node:
            node = stack.enter_context(archive.running())
            Nodes(home).add(node)
            return node

        yield let_know
