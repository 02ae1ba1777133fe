"""Nothing is mixed up, overwritten or passed off: what goes wrong stays visible and what was written stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.cli import main
from mammoview.core.errors import EngineError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from mammoview.inference.predictor import Predictor
from tests.factories import Woman, dicom_bytes, make_mammogram_dataset, make_picture, write_mammogram, write_study

BERTA = Woman("DEMO^BERTA", "DEMO-0002", "19590101")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_study(tmp_path / "study", rows=320, columns=256)
    return tmp_path / "study"


@pytest.fixture
def failing_third(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that fails at the third image it is asked for."""
    asked = []
    predict_many = Predictor.predict_many

    def fail_once(self: Predictor, images: Sequence[MammoImage]) -> list[ImagePrediction | EngineError]:
        answers = predict_many(self, images)
        for place, image in enumerate(images):
            asked.append(image.key)
            if len(asked) == 3:
                answers[place] = EngineError("the classifier's process ended")
        return answers

    monkeypatch.setattr(Predictor, "predict_many", fail_once)


def record_of(folder: Path) -> dict[str, object]:
    found = json.loads((folder / "reading.json").read_text())
    assert isinstance(found, dict)
    return found


def test_two_women_never_share_a_folder(study: Path, tmp_path: Path, tiny_bundle: Path) -> None:
    write_study(tmp_path / "other", woman=BERTA, rows=320, columns=256)
    for source in (study, tmp_path / "other", study):
        assert main(["read", str(source), "--out", str(tmp_path / "out"), "--model", str(tiny_bundle)]) == 0
    keys = {folder.name: record_of(folder)["study_key"] for folder in (tmp_path / "out").iterdir()}
    assert set(keys) == {"study-1", "study-2"}
    assert keys["study-1"] != keys["study-2"]


def test_a_later_reading_leaves_no_picture_of_an_earlier_run(study: Path, tmp_path: Path, tiny_bundle: Path) -> None:
    out = tmp_path / "out"
    assert main(["read", str(study), "--out", str(out), "--model", str(tiny_bundle)]) == 0
    (out / "study-1" / "my notes.txt").write_text("kept")
    assert main(["read", str(study), "--out", str(out), "--model", str(tmp_path / "absent")]) == 1
    assert not list((out / "study-1").glob("*-heat.png"))
    assert (out / "study-1" / "my notes.txt").read_text() == "kept"


def test_results_are_no_input(study: Path, tmp_path: Path, tiny_bundle: Path) -> None:
    out = study / "out"
    for _ in range(2):
        assert main(["read", str(study), "--out", str(out), "--model", str(tiny_bundle)]) == 0
    assert [folder.name for folder in out.iterdir()] == ["study-1"]


def test_a_view_at_which_the_engine_fails_leaves_its_breast_and_the_study_without_a_score(
    study: Path, tiny_bundle: Path, failing_third: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(study), "--json", "-", "--model", str(tiny_bundle)]) == 1
    out, err = capsys.readouterr()
    (one,) = json.loads(out)["studies"]
    failed = [image for image in one["images"] if image["score"] is None]
    assert len(failed) == 1
    assert failed[0]["refused"].startswith("not run")
    assert one["score"] is None
    assert one["breasts"][failed[0]["laterality"]] is None
    assert sum(value is not None for value in one["breasts"].values()) == 1
    assert len(err.splitlines()) == 1


def test_its_picture_says_not_run(study: Path, tmp_path: Path, tiny_bundle: Path, failing_third: None) -> None:
    assert main(["read", str(study), "--out", str(tmp_path / "out"), "--model", str(tiny_bundle)]) == 1
    record = record_of(tmp_path / "out" / "study-1")
    assert record["model"] is not None
    heated = {path.name for path in (tmp_path / "out" / "study-1").glob("*-heat.png")}
    assert len(heated) == 4  # three views and the hang


def test_pictures_of_the_same_name_keep_their_heat_maps(
    tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("one", "two"):
        make_picture(tmp_path / folder / "R_CC.png", "R", 320, 256, seed=len(folder))
    command = ["score", str(tmp_path / "one"), str(tmp_path / "two"), "--model", str(tiny_bundle)]
    assert main([*command, "--heatmaps", str(tmp_path / "maps")]) == 0
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"R_CC.png", "R_CC-2.png"}
    assert "R_CC-2.png" in capsys.readouterr().err


def test_json_is_written_also_where_nothing_could_be_scored(
    tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "scores.json"
    target.write_text("the scores of yesterday")
    command = ["score", str(tmp_path / "absent.dcm"), "--json", str(target), "--model", str(tiny_bundle)]
    assert main(command) == 2
    answer = json.loads(target.read_text())
    assert answer["studies"] == []
    assert len(answer["errors"]) == 1


def test_the_image_itself_is_never_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "R_CC.png"
    make_picture(path, "R", 320, 256)
    before = path.read_bytes()
    assert main(["render", str(path), "--out", str(path)]) == 2
    assert path.read_bytes() == before


def test_a_picture_without_identity_is_that_of_a_nameless_woman(tmp_path: Path) -> None:
    """Pixel for pixel: nothing of name, id or date is drawn unless asked for."""
    nobody = Woman("", "", "")
    for name, woman, date in (("named", BERTA, "20240131"), ("nameless", nobody, "")):
        write_mammogram(tmp_path / f"{name}.dcm", rows=320, columns=256, woman=woman, study_date=date)
    for name in ("named", "nameless"):
        assert main(["render", str(tmp_path / f"{name}.dcm"), "--out", str(tmp_path / f"{name}.png")]) == 0
    assert (tmp_path / "named.png").read_bytes() == (tmp_path / "nameless.png").read_bytes()
    command = ["render", str(tmp_path / "named.dcm"), "--identified", "--out", str(tmp_path / "identified.png")]
    assert main(command) == 0
    assert (tmp_path / "identified.png").read_bytes() != (tmp_path / "named.png").read_bytes()


def test_burned_in_annotation_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ds = make_mammogram_dataset("R", "CC", 320, 256, BurnedInAnnotation="YES")
    (tmp_path / "one.dcm").write_bytes(dicom_bytes(ds))
    assert main(["render", str(tmp_path / "one.dcm"), "--out", str(tmp_path / "one.png")]) == 0
    assert "may name the patient" in capsys.readouterr().err


def test_a_reading_warns_of_burned_in_annotation(
    tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mammogram(tmp_path / "one.dcm", rows=320, columns=256, BurnedInAnnotation="YES")
    command = ["read", str(tmp_path / "one.dcm"), "--out", str(tmp_path / "out"), "--model", str(tiny_bundle)]
    assert main(command) == 0
    assert "one.dcm: burned-in annotation: the pictures may name the patient" in capsys.readouterr().err


def test_a_thumbnail_is_not_blown_up(tmp_path: Path) -> None:
    make_picture(tmp_path / "R_CC.png", "R", 8, 8)
    out = tmp_path / "view.png"
    assert main(["render", str(tmp_path / "R_CC.png"), "--size", "2400x2000", "--out", str(out)]) == 0
    with Image.open(out) as picture:
        assert picture.size == (2400, 2000)
        assert np.asarray(picture)[:600].max() < 230  # letters, but no image


@pytest.mark.parametrize("size", ["²x²", "10x", "x", "1e3x10", "9999999x10"])
def test_a_size_that_is_none_is_one_line(study: Path, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(study / "RCC.dcm"), "--out", "view.png", "--size", size]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_name_that_is_no_text_is_printed_all_the_same(tmp_path: Path) -> None:
    path = Path(f"{tmp_path}/\udcff\udce9_R_CC.dcm")
    try:
        write_mammogram(path)
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes no such name")
    result = subprocess.run(
        [sys.executable, "-m", "mammoview", "info", str(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert b"RCC" in result.stdout
