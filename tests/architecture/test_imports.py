"""The folder list is the architecture: who may import whom, and what may not be imported to open a window."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import rule on the packages in `folder`."""
    return subprocess.run(
        [str(LINT), "--config", str(folder / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def copy_of_the_code(folder: Path) -> Path:
    for package in ("mammoview", "training"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "_resources"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_import_rule_holds() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("mammoview/core/window.py", "import mammoview.dicom.reader"),
        ("mammoview/dicom/scan.py", "import mammoview.inference.exam"),
        ("mammoview/core/window.py", "import PySide6"),
        ("mammoview/reading/texts.py", "import tensorflow"),
        ("mammoview/dicom/scan.py", "import training.split"),
        ("mammoview/services/settings.py", "import mammoview.ui.actions"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, line: str) -> None:
    folder = copy_of_the_code(tmp_path)
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    assert lint(folder).returncode != 0


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "mammoview" / "services").glob("*.py")), ids=lambda path: path.name)
def test_services_use_qtcore_alone_of_qt(path: Path) -> None:
    qt = {name for name in _imported(path) if name.startswith("PySide6")}
    assert all(name == "PySide6" or name.startswith("PySide6.QtCore") for name in qt), qt


@pytest.mark.parametrize("path", sorted(ROOT.glob("[mt]*/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_over_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport sys\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import mammoview.cli", {"numpy", "cv2", "PySide6", "tensorflow", "keras", "pydicom"}),
        ("import mammoview.app, mammoview.ui.main_window", {"tensorflow", "keras", "sklearn", "training"}),
        ("import mammoview.app", {"pydicom", "imagecodecs", "pyqtgraph", "requests"}),
        ("import mammoview.commands.info", {"PySide6", "tensorflow", "keras", "imagecodecs"}),
        ("import mammoview.inference.predictor", {"PySide6", "tensorflow", "keras", "pydicom"}),
        ("import training.fit, training.cache", {"cv2", "pydicom", "tensorflow", "PySide6"}),
    ],
)
def test_nothing_heavy_is_imported_that_the_path_does_not_need(statement: str, unwanted: set[str]) -> None:
    assert not modules_after(statement) & unwanted


def test_the_top_level_is_what_was_agreed() -> None:
    result = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        pytest.skip("not a git checkout")
    top = {line.partition("/")[0] for line in result.stdout.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    assert visible == {"mammoview", "training", "resources", "tests", "pyproject.toml", "README.md", "LICENSE"}
