"""A heat map under the operating point: written wherever it was asked for by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.cli import main
from mammoview.inference.bundle import write_record
from tests.factories import write_study


@pytest.fixture(scope="module")
def silent_bundle(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle with an operating point that no score reaches."""
    folder = tmp_path_factory.mktemp("silent") / tiny_bundle.name
    shutil.copytree(tiny_bundle, folder)
    record = json.loads((folder / "bundle.json").read_text())
    record["output"]["operating_points"] = {"balanced": {"threshold": 1.0}}
    del record["schema"], record["sha256"]
    write_record(folder, record)
    return folder


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, views=(("R", "CC"),), rows=320, columns=256)
    return folder


def test_score_writes_the_map_of_a_score_under_the_operating_point(
    study: Path, silent_bundle: Path, tmp_path: Path
) -> None:
    answer, maps = tmp_path / "answer.json", tmp_path / "maps"
    command = ["score", str(study), "--json", str(answer), "--heatmaps", str(maps), "--model", str(silent_bundle)]
    assert main(command) == 0
    told = json.loads(answer.read_text())
    assert told["studies"][0]["images"][0]["score"] < told["model"]["operating_points"]["balanced"]
    (path,) = maps.iterdir()
    with Image.open(path) as heat:
        assert np.asarray(heat).max() == 65535


def test_render_shows_a_map_that_was_asked_for_by_name(study: Path, silent_bundle: Path, tmp_path: Path) -> None:
    pictures = []
    for name, options in (("plain", []), ("heat", ["--heatmap", "--model", str(silent_bundle)])):
        path = tmp_path / f"{name}.png"
        assert main(["render", str(study / "RCC.dcm"), "--out", str(path), "--no-annotations", *options]) == 0
        with Image.open(path) as picture:
            pictures.append(np.asarray(picture.convert("RGB")).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() > 50
