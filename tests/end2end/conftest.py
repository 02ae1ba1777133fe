"""Women to read, and a reader at the window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mammoview.resources import resource
from mammoview.ui.theme import apply_theme
from tests.bundles import make_tiny_bundle
from tests.drawing_bundles import HAS_EXPORT
from tests.end2end.reader import Reader
from training.__main__ import main as training


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle with model.onnx, where that can be made: a command scores without reading TensorFlow in."""
    return make_tiny_bundle(tmp_path_factory.mktemp("models"), onnx=HAS_EXPORT)


@pytest.fixture(scope="session")
def worklist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three synthetic women: Anna with a prior and a mass, Berta and Clara."""
    folder = tmp_path_factory.mktemp("worklist")
    shutil.copytree(resource("demo", "current"), folder / "anna")
    shutil.copytree(resource("demo", "prior"), folder / "anna-prior")
    for seed, name in ((5, "BERTA"), (9, "CLARA")):
        options = ["--seed", str(seed), "--spacing-mm", "0.4", "--patient-name", f"DEMO^{name}"]
        assert training(["synthesize", "--out", str(folder / name.lower()), *options]) == 0
    return folder


@pytest.fixture
def reader(qtbot: QtBot, qapp: QApplication, tmp_path: Path, mammoview_home: Path) -> Iterator[Callable[..., Reader]]:
    """Puts readers before windows that share one library; they leave when the test ends."""
    apply_theme(qapp)
    there: list[Reader] = []

    def sit_down(**options: object) -> Reader:
        there.append(Reader(qtbot, mammoview_home, tmp_path / "pictures", **options))  # type: ignore[arg-type]
        return there[-1]

    yield sit_down
    for one in there:
        one.leaves()
