"""A site states its prevalence or another operating point on the command line: with the first scores move and decisions
do not, with the second it is the other way round; what was said is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoview.cli import main
from mammoview.core.prevalence import PriorShift
from mammoview.inference.bundle import write_record
from tests.factories import write_study

CALIBRATED_AT, SITE = 0.36, 0.005
SHIFT = PriorShift(CALIBRATED_AT, SITE)


@pytest.fixture(scope="module")
def telling_bundle(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle, which tells at which prevalence it was calibrated, with a second operating point, of 0."""
    folder = tmp_path_factory.mktemp("telling") / tiny_bundle.name
    shutil.copytree(tiny_bundle, folder)
    record = json.loads((folder / "bundle.json").read_text())
    record["training"] = {**record["training"], "calibration_prevalence": CALIBRATED_AT}
    record["output"]["operating_points"]["all"] = {"threshold": 0.0}
    del record["schema"], record["sha256"]
    write_record(folder, record)
    return folder


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two views of one breast, large enough for the gate."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, views=(("R", "CC"), ("R", "MLO")), rows=320, columns=256)
    return folder


def scored(study: Path, bundle: Path, folder: Path, *options: str) -> dict[str, Any]:
    answer = folder / "answer.json"
    assert main(["score", str(study), "--model", str(bundle), "--json", str(answer), *options]) == 0
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def test_score_moves_scores_and_operating_points_alike_and_says_so(
    study: Path, telling_bundle: Path, tmp_path: Path
) -> None:
    plain = scored(study, telling_bundle, tmp_path)
    moved = scored(study, telling_bundle, tmp_path, "--prevalence", str(SITE))
    assert "prevalence" not in plain["model"]
    assert moved["model"]["prevalence"] == {"site": SITE, "calibrated_at": CALIBRATED_AT}
    (before,), (after,) = plain["studies"], moved["studies"]
    for one, other in zip(before["images"], after["images"], strict=True):
        assert other["score"] == pytest.approx(SHIFT.probability(one["score"]), rel=1e-4)
    assert after["breasts"]["R"] == pytest.approx(SHIFT.probability(before["breasts"]["R"]), rel=1e-4)
    assert after["score"] == after["breasts"]["R"]
    points = plain["model"]["operating_points"], moved["model"]["operating_points"]
    assert points[1] == {name: pytest.approx(SHIFT.probability(at)) for name, at in points[0].items()}


def test_read_says_it_in_its_record(study: Path, telling_bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["read", str(study), "--out", str(out), "--model", str(telling_bundle), "--prevalence", "0.005"]) == 0
    (record,) = [json.loads(path.read_text()) for path in out.glob("*/reading.json")]
    assert record["model"]["prevalence"] == {"site": SITE, "calibrated_at": CALIBRATED_AT}
    assert record["study"]["score"] < record["model"]["operating_points"]["balanced"] * 20


def test_score_says_it_in_words(study: Path, telling_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(study), "--model", str(telling_bundle), "--prevalence", "0.005"]) == 0
    assert "for a prevalence of 0.5 %, calibrated at 36 %" in capsys.readouterr().out


def test_score_compares_with_the_operating_point_that_is_named_and_the_record_says_which(
    study: Path, telling_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told.json"
    options = ("--model", str(telling_bundle), "--operating-point", "all")
    assert main(["score", str(study), *options]) == 0
    assert capsys.readouterr().out.count("above 0.00") == 2
    assert main(["score", str(study), *options, "--json", str(told)]) == 0
    assert json.loads(told.read_text())["model"]["operating_point"] == "all"


@pytest.mark.parametrize("command", ["score", "read", "render", "write"])
def test_an_operating_point_that_the_model_has_not_is_refused(
    command: str, study: Path, telling_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {
        "score": [str(study)],
        "read": [str(study), "--out", str(tmp_path / "out")],
        "render": [str(study / "RCC.dcm"), "--out", str(tmp_path / "a.png"), "--heatmap"],
        "write": [str(study), "--out", str(tmp_path / "out"), "--kinds", "cad"],
    }
    assert main([command, *paths[command], "--model", str(telling_bundle), "--operating-point", "none"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == "mammoview: tiny 0.1 has no operating point 'none' (it has: balanced, all)"


def test_render_writes_it_on_the_picture(study: Path, telling_bundle: Path, tmp_path: Path) -> None:
    pictures = []
    for name, options in (("plain", ()), ("moved", ("--prevalence", "0.005"))):
        path = tmp_path / f"{name}.png"
        command = ["render", str(study / "RCC.dcm"), "--out", str(path), "--heatmap", "--model", str(telling_bundle)]
        assert main([*command, *options]) == 0
        with Image.open(path) as picture:
            pictures.append(np.asarray(picture))
    assert np.any(pictures[0] != pictures[1])


@pytest.mark.parametrize("command", ["score", "read", "render"])
@pytest.mark.parametrize("share", ["0", "1", "-0.5", "36", "nan"])
def test_a_prevalence_that_cannot_be_is_refused_before_anything_is_done(
    command: str, share: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = {
        "score": [],
        "read": ["--out", str(tmp_path / "out")],
        "render": ["--out", str(tmp_path / "a.png"), "--heatmap"],
    }
    assert main([command, str(tmp_path / "absent"), *out[command], f"--prevalence={share}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"mammoview: a prevalence of {float(share):g} cannot be (give a share between 0 and 1")


def test_words_for_a_prevalence_are_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["score", "somewhere", "--prevalence", "much"])
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("command", ["score", "read"])
def test_a_bundle_that_does_not_tell_its_own_is_not_corrected(
    command: str, study: Path, tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")] if command == "read" else []
    assert main([command, str(study), "--model", str(tiny_bundle), *out, "--prevalence", "0.005"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("mammoview: tiny 0.1 does not tell at which prevalence it was calibrated")


@pytest.mark.parametrize("option", ["--prevalence=0.005", "--operating-point=balanced"])
def test_a_picture_without_scores_takes_neither(
    study: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(study / "RCC.dcm"), "--out", str(tmp_path / "a.png"), option]) == 2
    assert "give --heatmap too" in capsys.readouterr().err
