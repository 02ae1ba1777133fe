"""From a DICOM folder to exported pictures and scores, as a script calls it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from mammoview.cli import main
from mammoview.core.study import Laterality
from mammoview.dicom.reader import read_file
from mammoview.inference.predictor import Predictor
from mammoview.resources import resource
from tests.factories import ANNA, dicom_bytes, make_mammogram_dataset, make_picture, write_broken, write_study

IDENTITY = ("DEMO", "ANNA", ANNA.patient_id, ANNA.birth_date, "ACC-0001", "20240131", "2024-01-31", "OPERATOR")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with the four views of one woman, large enough for the gate."""
    write_study(tmp_path / "study", rows=320, columns=256)
    return tmp_path / "study"


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def test_read_writes_every_view_with_and_without_map_and_a_record(
    study: Path, tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(study), "--out", str(tmp_path / "out"), "--model", str(tiny_bundle)]) == 0
    folder = tmp_path / "out" / "study-1"
    views = ("RCC", "LCC", "RMLO", "LMLO", "four-view")
    expected = {f"{view}{kind}.png" for view in views for kind in ("", "-heat")} | {"reading.json"}
    assert {path.name for path in folder.iterdir()} == expected
    record = json.loads((folder / "reading.json").read_text())
    assert record["notice"] == "not for diagnosis"
    assert record["hanging"] == {"RCC": "RCC", "LCC": "LCC", "RMLO": "RMLO", "LMLO": "LMLO"}
    assert all(0 < image["score"] < 1 for image in record["study"]["images"])
    assert capsys.readouterr().out == ""
    with Image.open(folder / "RCC.png") as plain, Image.open(folder / "RCC-heat.png") as heated:
        assert plain.size == (256, 320)
        assert np.any(np.asarray(plain) != np.asarray(heated))


def test_nothing_that_was_exported_names_the_woman(study: Path, tmp_path: Path, tiny_bundle: Path) -> None:
    assert main(["read", str(study), "--out", str(tmp_path / "out"), "--model", str(tiny_bundle)]) == 0
    for path in sorted((tmp_path / "out").rglob("*")):
        told = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        for name in IDENTITY:
            assert name.encode() not in told, f"{name} in {path.name}"


def test_identity_is_drawn_only_when_asked_for(study: Path, tmp_path: Path) -> None:
    for option, name in ((), "plain"), (("--identified",), "named"):
        assert main(["render", str(study / "RCC.dcm"), "--out", str(tmp_path / f"{name}.png"), *option]) == 0
    with Image.open(tmp_path / "plain.png") as plain, Image.open(tmp_path / "named.png") as named:
        assert np.any(np.asarray(plain) != np.asarray(named))


def test_score_answers_in_the_agreed_form(
    study: Path, tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maps = tmp_path / "maps"
    assert main(["score", str(study), "--json", "-", "--heatmaps", str(maps), "--model", str(tiny_bundle)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"schema", "model", "device", "studies", "errors"}
    assert answer["schema"] == "mammoview.score/1"
    assert set(answer["model"]) == {"name", "version", "sha256", "classes", "operating_points"}
    (one,) = answer["studies"]
    assert set(one) == {"study_instance_uid", "images", "breasts", "score"}
    assert set(one["images"][0]) == {
        "file", "sop_instance_uid", "frame", "laterality", "view", "score", "refused", "seconds",
    }  # fmt: skip
    scores = {image["laterality"] + image["view"]: image["score"] for image in one["images"]}
    assert one["breasts"]["R"] == pytest.approx((scores["RCC"] + scores["RMLO"]) / 2)
    assert one["score"] == pytest.approx(max(one["breasts"].values()))
    for image in one["images"]:
        with Image.open(maps / f"{image['sop_instance_uid']}.png") as heat:
            assert heat.size == (256, 320)
            assert np.asarray(heat).max() == 65535


def test_what_the_gate_refuses_is_an_answer_with_a_reason(
    study: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = make_mammogram_dataset("R", "CC", 320, 256, PresentationIntentType="FOR PROCESSING", seed=0)
    (study / "RCC.dcm").write_bytes(dicom_bytes(ds))
    assert main(["score", str(study), "--json", "-", "--model", str(tiny_bundle)]) == 0
    images = json.loads(capsys.readouterr().out)["studies"][0]["images"]
    refused = [image for image in images if image["refused"]]
    assert [(image["laterality"], image["view"], image["score"]) for image in refused] == [("R", "CC", None)]
    assert "processing" in refused[0]["refused"].lower()


def test_a_study_without_a_scored_view_has_no_score(
    tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = make_mammogram_dataset("R", "CC", 320, 256, PresentationIntentType="FOR PROCESSING")
    (tmp_path / "one.dcm").write_bytes(dicom_bytes(ds))
    assert main(["score", str(tmp_path / "one.dcm"), "--json", "-", "--model", str(tiny_bundle)]) == 0
    (one,) = json.loads(capsys.readouterr().out)["studies"]
    assert one["score"] is None
    assert one["breasts"] == {"R": None, "L": None}


def test_broken_inputs_get_one_line_each_and_the_rest_is_scored(
    study: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = write_broken(study)
    (study / "notes.txt").write_text("not an image")
    named = [str(study), str(study / "notes.txt"), str(study / "absent.dcm")]
    assert main(["score", *named, "--json", "-", "--model", str(tiny_bundle)]) == 1
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert sum(len(one["images"]) for one in answer["studies"]) == 4
    for file in [*broken.values(), study / "notes.txt", study / "absent.dcm"]:
        if file.stat().st_size if file.exists() else True:
            told = [line for line in lines(err) if str(file) in line]
            assert len(told) == 1, (file, err)
            assert told[0].startswith("mammoview: ")
    assert "Traceback" not in err
    assert len(answer["errors"]) == len(lines(err))


@pytest.mark.parametrize("kind", ["empty folder", "absent", "text"])
def test_where_nothing_can_be_done_the_status_is_two(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "input"
    if kind == "empty folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("no image")
    for command in (["info", str(path)], ["score", str(path)], ["read", str(path), "--out", str(tmp_path / "out")]):
        assert main(command) == 2
        assert len(lines(capsys.readouterr().err)) == 1
    assert not (tmp_path / "out").exists()


def test_a_bundle_with_one_byte_changed_is_refused_and_pictures_are_still_written(
    study: Path, tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "tiny-0.1"
    shutil.copytree(tiny_bundle, bundle)
    model = bundle / "model.keras"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(bytes(data))
    assert main(["score", str(study), "--model", str(bundle)]) == 2
    (line,) = lines(capsys.readouterr().err)
    assert "checksum" in line
    assert main(["read", str(study), "--out", str(tmp_path / "out"), "--model", str(bundle)]) == 1
    folder = tmp_path / "out" / "study-1"
    record = json.loads((folder / "reading.json").read_text())
    assert "checksum" in record["not_run"]
    assert [image["score"] for image in record["study"]["images"]] == [None] * 4
    assert all("not run" in image["refused"] for image in record["study"]["images"])
    assert record["study"]["score"] is None
    assert (folder / "four-view.png").exists()
    assert not list(folder.glob("*-heat.png"))


def test_native_render_is_the_greys_of_the_stored_grid(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "grid.png"
    assert main(["render", str(study / "LMLO.dcm"), "--native", "--no-annotations", "--out", str(out)]) == 0
    ds = dcmread(study / "LMLO.dcm")
    values = apply_voi_lut(apply_modality_lut(ds.pixel_array, ds), ds)
    expected = values.astype(float) / (2**ds.BitsStored - 1) * 255
    with Image.open(out) as picture:
        assert picture.mode == "L"
        assert np.abs(np.asarray(picture).astype(float) - expected).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_render_writes_each_format_at_the_wished_size(study: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"view{suffix}"
    assert main(["render", str(study / "RCC.dcm"), "--size", "300x400", "--out", str(out)]) == 0
    with Image.open(out) as picture:
        assert picture.size == (300, 400)


@pytest.mark.parametrize(
    "options",
    [
        ["--voi", "7"],
        ["--window", "100", "0"],
        ["--opacity", "2"],
        ["--frame", "3"],
        ["--size", "wide"],
        ["--colormap", "rainbow", "--heatmap"],
    ],
    ids=lambda options: options[0],
)
def test_wrong_usage_is_one_line_and_status_two_and_keeps_what_was_there(
    study: Path, tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    out = tmp_path / "kept.png"
    out.write_bytes(b"an older picture")
    command = ["render", str(study / "RCC.dcm"), "--out", str(out), "--model", str(tiny_bundle), *options]
    assert main(command) == 2
    assert len(lines(capsys.readouterr().err)) == 1
    assert out.read_bytes() == b"an older picture"


def test_info_tells_what_was_understood_and_no_name(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(study), "--json"]) == 0
    out = capsys.readouterr().out
    files = json.loads(out)["files"]
    assert {(one["laterality"], one["view"]) for one in files} == {("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")}
    assert files[0]["spacing_mm"] == [0.1, 0.1]
    assert "ANNA" not in out
    assert main(["info", str(study), "--identified"]) == 0
    assert "ANNA" in capsys.readouterr().out


def test_pictures_are_taken_too_and_named_by_their_stem(
    tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side in ("R", "L"):
        make_picture(tmp_path / f"p1_{side}_CC.png", side, 320, 256)
    maps = tmp_path / "maps"
    command = ["score", str(tmp_path), "--json", "-", "--heatmaps", str(maps), "--model", str(tiny_bundle)]
    assert main(command) == 0
    (one,) = json.loads(capsys.readouterr().out)["studies"]
    assert one["study_instance_uid"] is None
    assert [image["sop_instance_uid"] for image in one["images"]] == [None, None]
    assert {path.name for path in maps.iterdir()} == {"p1_R_CC.png", "p1_L_CC.png"}


def test_doctor_says_that_all_is_well(tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--model", str(tiny_bundle)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["problems"] == []
    assert record["model"]["device"].startswith(("cpu", "gpu"))
    assert record["packages"]["tensorflow"]
    assert record["hanging"]["protocols"] == ["screening with priors", "screening"]


def test_demo_without_a_display_reads_the_study_and_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main(["demo", "--out", str(tmp_path / "demo")]) == 0
    written = [Path(line) for line in lines(capsys.readouterr().out) if line.startswith(str(tmp_path))]
    assert all(path.is_file() for path in written)
    assert {"four-view.png", "four-view-heat.png", "reading.json"} <= {path.name for path in written}
    current = json.loads((tmp_path / "demo" / "study-1" / "reading.json").read_text())
    assert all(image["refused"] is None for image in current["study"]["images"])
    shipped = dcmread(resource("demo", "current", "LCC.dcm"), stop_before_pixels=True)
    assert current["study_key"] == shipped.StudyInstanceUID


def test_without_a_display_the_window_says_what_to_do(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main([str(study)]) == 2
    assert "mammoview read" in capsys.readouterr().err


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept-home")


@pytest.fixture
def checked_once(kept_home: Path, mammoview_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled model's self-test is remembered from one test to the next."""
    monkeypatch.setenv("MAMMOVIEW_HOME", str(kept_home))


REAL_DICOM = ("ffdm_ge_r_mlo_jpeg_lossless.dcm", "film_digitised_l_mlo_jpeg2000_lossy.dcm")


@pytest.mark.usefixtures("checked_once")
@pytest.mark.parametrize("name", REAL_DICOM)
def test_real_dicom_goes_the_whole_way(
    shared_data: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data / "dicom" / name
    assert main(["info", str(path)]) == 0
    assert main(["render", str(path), "--out", str(tmp_path / "view.png"), "--size", "500x600"]) == 0
    assert main(["read", str(path), "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert main(["score", str(path), "--json", "-"]) == 0
    (image,) = json.loads(capsys.readouterr().out)["studies"][0]["images"]
    assert (image["score"] is None) != (image["refused"] is None)


@pytest.mark.usefixtures("checked_once")
def test_real_pictures_of_four_views_go_the_whole_way(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(shared_data / "four-view-8bit"), "--out", str(tmp_path / "out")]) == 0
    record = json.loads((tmp_path / "out" / "study-1" / "reading.json").read_text())
    assert set(record["hanging"]) == {"RCC", "LCC", "RMLO", "LMLO"}
    assert all(image["score"] is not None for image in record["study"]["images"])


@pytest.mark.usefixtures("checked_once")
def test_four_real_screening_pictures_of_one_woman_go_the_whole_way(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = shared_data / "rsna-subset" / "images"
    by_woman: dict[str, list[Path]] = {}
    for path in sorted(images.glob("*.jpg")):
        by_woman.setdefault(path.name.partition("_")[0], []).append(path)
    four = next(files for files in by_woman.values() if len(files) == 4)
    assert main(["score", *map(str, four), "--json", "-"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["studies"]
    assert len(one["images"]) == 4


@pytest.mark.usefixtures("checked_once")
def test_the_bundled_model_scores_the_same_image_the_same(shared_data: Path) -> None:
    image = read_file(shared_data / "dicom" / REAL_DICOM[0])
    assert image.header.laterality is Laterality.RIGHT
    with Predictor() as predictor:
        first, second = predictor.predict(image), predictor.predict(image)
    assert first.score == second.score
