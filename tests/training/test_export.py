"""From a run to a bundle that the application loads: fit -> evaluate -> export -> load -> predict."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.dicom.reader import read_file
from mammoview.inference.bundle import load_bundle
from mammoview.inference.golden import check_golden
from mammoview.inference.gradcam import CellField
from mammoview.inference.keras_engine import KerasEngine
from mammoview.inference.preprocess import preprocess
from tests.drawing_bundles import needs_export
from tests.training.runs import make_cache, without_graphs
from training import cache as caches
from training.__main__ import main
from training.calibration import Calibration, calibrate
from training.card import model_card
from training.config import System
from training.data.table import ImageRow
from training.evaluate import evaluate, read_run
from training.evaluation.bundles import judge_bundle
from training.evaluation.figures import thresholds
from training.evaluation.levels import levels_of
from training.evaluation.saved import load_predictions
from training.export import export, golden_breast, golden_cases
from training.fit import fit, predict, predict_run
from training.leaks import leak_meter
from training.report.evaluation_report import write_report
from training.split import LeakError, Split
from training.systems import load_system


def _system() -> System:
    """A network of 16 filters: what a run goes through does not hang on its size."""
    changes = ("model.filters=[8, 16]", "stopping.epochs=1", "run.batch=4", "run.limit=40", "optimiser.ema=0")
    return load_system("small-resnet", changes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cache.npz, the run "run" (fitted and evaluated) and the bundle "models/made-0.1"."""
    folder = tmp_path_factory.mktemp("finished")
    cache = make_cache()
    caches.write_packed(cache, {}, folder / "cache.npz")
    common = [str(folder / "run"), "--cache", str(folder / "cache.npz")]
    with without_graphs():
        fit(cache, _system(), folder / "run")
        assert main(["evaluate", *common, "--samples", "50"]) == 0
    options = ["--name", "made", "--version", "0.1", "--out", str(folder / "models")]
    assert main(["export", *common, *options]) == 0
    return folder


@pytest.fixture(scope="module")
def evaluation(finished: Path) -> Any:
    return json.loads((finished / "run" / "evaluation.json").read_text())


def test_the_bundle_loads_and_gives_the_scores_of_the_run(finished: Path) -> None:
    bundle = load_bundle(finished / "models" / "made-0.1")
    engine = KerasEngine(bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device="cpu")
    assert check_golden(bundle, engine) is True
    cache = caches.load(finished / "cache.npz")
    with without_graphs():
        expected = predict(read_run(finished / "run").model(64, 64), cache.inputs[:4])
    found = [engine.predict((pixels[..., None] / 255).astype(np.float32)) for pixels in cache.inputs[:4]]
    np.testing.assert_allclose([answer.logit_difference for answer in found], expected, atol=1e-4)
    assert found[0].cells.shape == (8, 8)


def test_the_bundle_says_what_was_measured(finished: Path, evaluation: Any) -> None:
    bundle = load_bundle(finished / "models" / "made-0.1")
    assert bundle.metrics["image"]["auroc"] == evaluation["test"]["image"]["auroc"]
    assert dict(bundle.split_hashes) == evaluation["split_hashes"]
    assert bundle.calibration.slope == evaluation["calibration"]["slope"]
    point = bundle.operating_points["balanced"]
    assert point.sensitivity is not None
    assert point.sensitivity.low <= point.sensitivity.value <= point.sensitivity.high
    assert set(bundle.versions) >= {"keras", "tensorflow", "numpy", "mammoview", "python"}


def test_the_network_of_the_bundle_has_no_optimizer_and_no_lambda(finished: Path) -> None:
    import zipfile

    with zipfile.ZipFile(finished / "models" / "made-0.1" / "model.keras") as archive:
        config = archive.read("config.json").decode()
    assert "optimizer" not in config
    assert "Lambda" not in config
    assert not json.loads(config).get("compile_config")


def test_the_evaluation_keeps_the_parts_apart(evaluation: Any) -> None:
    counts = evaluation["counts"]
    assert {part: found["women"] for part, found in counts.items()} == {"test": 20, "validation": 12, "train": 48}
    assert evaluation["test"]["baselines"]["patient_memoriser_image_auroc"] == 0.5
    assert evaluation["test_reads"] == 1
    assert evaluation["calibration"]["fitted_on"] == "validation"
    assert evaluation["test"]["subgroups"]["view"]["CC"]["auroc"] == "too few"


def test_the_card_states_figures_data_and_limits(finished: Path, evaluation: Any) -> None:
    card = (finished / "models" / "made-0.1" / "MODEL_CARD.md").read_text()
    auroc = evaluation["test"]["image"]["auroc"]
    for words in (
        "Not for diagnosis",
        f"{auroc['value']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f})",
        "python -m training evaluate run --cache CACHE",
        "| age alone |",
        "too few",
        "8 x 8 cells",
        *evaluation["split_hashes"].values(),
    ):
        assert words in card
    assert str(finished) not in card
    assert "too good" not in card


def test_the_card_names_an_overlap_that_was_allowed(evaluation: Any) -> None:
    record = {**evaluation, "leak": {**evaluation["leak"], "state": "overlap", "text": "3 women were seen"}}
    grid = CellField(8, 8, 8.0, 4.0, 8.0, 4.0)
    card = model_card(record, name="made", version="0.1", intended_use="None.", grid=grid)
    assert "**The figures are too good: 3 women were seen.**" in card


def test_reading_the_test_women_again_is_counted(finished: Path) -> None:
    cache = caches.load(finished / "cache.npz")
    before = (finished / "run" / "evaluation.json").read_text()
    with without_graphs():
        again = evaluate(read_run(finished / "run"), cache, samples=10)
    assert again["test_reads"] == 2
    (finished / "run" / "evaluation.json").write_text(before)


def test_a_name_that_is_taken_is_not_written_over(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["export", str(finished / "run"), "--cache", str(finished / "cache.npz")]
    options = ["--name", "made", "--version", "0.1", "--out", str(finished / "models")]
    assert main([*arguments, *options]) == 2
    said = capsys.readouterr().err
    assert "is there already" in said
    assert said.count("\n") == 1
    assert [path.name for path in (finished / "models").iterdir()] == ["made-0.1"]


@needs_export
def test_a_run_is_written_with_model_onnx_where_it_is_asked_for(finished: Path, tmp_path: Path) -> None:
    arguments = ["export", str(finished / "run"), "--cache", str(finished / "cache.npz"), "--no-gate", "--onnx"]
    assert main([*arguments, "--name", "made", "--version", "0.2", "--out", str(tmp_path)]) == 0
    bundle = load_bundle(tmp_path / "made-0.2")
    assert (bundle.has_onnx, bundle.layer, bundle.explanation) == (True, "top_activation", "grad-cam")
    told = json.loads((bundle.folder / "bundle.json").read_text())["onnx"]
    assert told["cached_inputs"] == 2 * (48 + 12)  # the test women's are left alone
    assert not load_bundle(finished / "models" / "made-0.1").has_onnx


def test_women_that_the_run_does_not_know_are_refused(finished: Path) -> None:
    with pytest.raises(UsageError, match="does not know"):
        evaluate(read_run(finished / "run"), make_cache(women=90))


def test_a_split_that_leaks_is_refused(finished: Path) -> None:
    """The same women under other names in both parts: their memory scores, and the meter shows it."""
    cache = make_cache(women=20)
    chosen = list(range(len(cache.rows)))
    with pytest.raises(LeakError, match=r"1\.000"):
        leak_meter(cache.rows, {"train": chosen, "test": chosen})
    run = replace(read_run(finished / "run"), split=Split({}, 0))
    with pytest.raises(UsageError):
        evaluate(run, cache)


def test_another_prevalence_is_worked_out_and_kept(finished: Path, evaluation: Any) -> None:
    cache = caches.load(finished / "cache.npz")
    before = (finished / "run" / "evaluation.json").read_text()
    found = evaluate(read_run(finished / "run"), cache, samples=10, prevalence=0.005)["prior_shift"]
    (finished / "run" / "evaluation.json").write_text(before)
    assert found["logit_shift"] == pytest.approx(np.log(0.005 / 0.995) - np.log(0.5 / 0.5), abs=1e-9)
    for name, point in found["operating_points"].items():
        kept = evaluation["operating_points"][name]
        hit, quiet = kept["sensitivity"]["value"], kept["specificity"]["value"]
        assert point["called"] == pytest.approx(hit * 0.005 + (1 - quiet) * 0.995)


def test_calibration_and_operating_points_are_of_the_validation_women(finished: Path, evaluation: Any) -> None:
    cache = caches.load(finished / "cache.npz")
    chosen = read_run(finished / "run").split.indices(cache.rows, "validation")
    with without_graphs():
        said = predict_run(finished / "run", cache, chosen)
    expected = calibrate(said.labels(), said.differences())
    found = evaluation["calibration"]
    assert (found["method"], found["slope"]) == (expected.method, pytest.approx(expected.slope, rel=1e-4))
    held = levels_of(said, expected)[0]
    bundle = load_bundle(finished / "models" / "made-0.1")
    for name, threshold in thresholds(held.labels(), held.probabilities).items():
        assert bundle.operating_points[name].threshold == pytest.approx(threshold, abs=1e-5)


def test_calibration_and_gate_are_told_in_bundle_and_card(finished: Path, evaluation: Any) -> None:
    folder = finished / "models" / "made-0.1"
    record = json.loads((folder / "bundle.json").read_text())
    assert record["output"]["calibration"]["fitted_on"] == "validation women"
    assert record["output"]["calibration"]["kind"] == evaluation["calibration"]["method"]
    assert record["training"]["calibration_prevalence"] == evaluation["calibration"]["prevalence"]
    assert record["quality_gate"]["images"] == 0
    assert record["quality_gate"]["files_not_here"] == 2 * (48 + 12)  # the test women's are left alone
    card = (folder / "MODEL_CARD.md").read_text()
    assert "was not measured" in card
    for point in evaluation["operating_points"].values():
        low, high = point["specificity"]["low"], point["specificity"]["high"]
        assert f"({low:.3f} to {high:.3f})" in card


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (("operating_points", "balanced", "specificity"), None, "'balanced' lacks an interval"),
        (("operating_points", "high-sensitivity", "sensitivity"), None, "'high-sensitivity' lacks an interval"),
        (("operating_points", "high-specificity"), {}, "'high-specificity' lacks an interval"),
        (("calibration", "fitted_on"), "test", "not of the validation women"),
        (("weights_sha256",), "0" * 64, "fitted further after it was evaluated"),
    ],
)
def test_an_evaluation_that_is_not_whole_is_not_exported(
    finished: Path, tmp_path: Path, place: tuple[str, ...], value: Any, why: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished / "run", run)
    record = json.loads((run / "evaluation.json").read_text())
    part = record
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    (run / "evaluation.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match=why):
        export(run, caches.load(finished / "cache.npz"), name="x", version="1", out=tmp_path)


def test_a_model_of_several_views_is_not_exported(finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "two"
    shutil.copytree(finished / "run", run)
    config = json.loads((run / "config.json").read_text())
    config["system"]["model"]["unit"] = "breast"
    (run / "config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match="several views"):
        export(run, caches.load(finished / "cache.npz"), name="two", version="1", out=tmp_path)


def test_a_bundle_is_not_judged_on_women_that_it_has_seen(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", str(finished / "models" / "made-0.1"), "--data", str(finished / "cache.npz")]
    assert main([*arguments, "--out", str(finished / "seen"), "--samples", "20"]) == 2
    said = capsys.readouterr().err
    assert "60 of 80 women were in the model's training or validation part" in said
    assert "--unseen" in said
    assert not (finished / "seen").exists()
    assert main([*arguments, "--out", str(finished / "seen"), "--samples", "20", "--allow-leak"]) == 0
    record = json.loads((finished / "seen" / "evaluation.json").read_text())
    assert (record["leak"]["state"], record["leak"]["women"], record["leak"]["allowed"]) == ("overlap", 60, True)
    page = write_report(finished / "seen", finished / "seen" / "report").read_text()
    assert "LEAK: 60 of 80 women" in page


@pytest.fixture(scope="module")
def judged(finished: Path) -> Path:
    """The bundle, judged on the women whom it has not seen."""
    arguments = ["evaluate", str(finished / "models" / "made-0.1"), "--data", str(finished / "cache.npz")]
    assert main([*arguments, "--out", str(finished / "judged"), "--samples", "50", "--unseen"]) == 0
    return finished / "judged"


def test_the_unseen_women_are_the_test_women_and_the_figures_those_of_the_run(judged: Path, evaluation: Any) -> None:
    record = json.loads((judged / "evaluation.json").read_text())
    assert record["split_hashes"]["judged"] == evaluation["split_hashes"]["test"]
    assert record["leak"]["state"] == "none"
    assert record["counts"]["judged"] == evaluation["counts"]["test"]
    for unit in ("image", "breast"):
        assert record["test"][unit]["auroc"] == pytest.approx(evaluation["test"][unit]["auroc"], abs=1e-6)
    assert (
        record["operating_points"]["balanced"]["threshold"] == evaluation["operating_points"]["balanced"]["threshold"]
    )


def test_a_run_and_its_bundle_do_not_differ(finished: Path, judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = finished / "comparison.json"
    assert main(["compare", str(finished / "run"), str(judged), "--samples", "50", "--json", str(out)]) == 0
    pair = json.loads(out.read_text())["units"]["image"]["pairs"][0]
    assert pair["auroc_difference"]["value"] == pytest.approx(0, abs=1e-6)
    assert pair["delong"]["p"] > 0.5
    assert "run less judged" in capsys.readouterr().out


def test_a_report_holds_all_and_fetches_nothing(finished: Path, evaluation: Any) -> None:
    common = ["--cache", str(finished / "cache.npz"), "--errors", "2"]
    assert main(["report", str(finished / "run"), *common]) == 0
    folder = finished / "run" / "report"
    page = (folder / "report.html").read_text()
    auroc = evaluation["test"]["image"]["auroc"]
    for words in (
        f"AUROC per image {auroc['value']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f})",
        *evaluation["split_hashes"].values(),
        "leak meter: remembering the picture",
        "Learning: loss",
        "python -m training evaluate run --cache CACHE",
    ):
        assert words in page
    wrong = sum(count["false_positive"] + count["false_negative"] for count in [_confusion(evaluation)])
    assert 0 < page.count('<figure class="case">') <= min(4, wrong)
    assert page.count("data:image/jpeg;base64,") == 2 * page.count('<figure class="case">')
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert str(finished) not in page
    figures = (folder / "figures.csv").read_text().splitlines()
    assert figures[0] == "unit,group,figure,value,low,high,examples"
    assert any(line.startswith(f"image,all,auroc,{auroc['value']}") for line in figures)
    assert len((folder / "predictions.csv").read_text().splitlines()) == 1 + evaluation["test"]["image"]["examples"]
    assert json.loads((folder / "report.json").read_text())["evaluation"] == evaluation


def _confusion(evaluation: Any) -> Any:
    return evaluation["operating_points"]["balanced"]["confusion"]


def test_heat_maps_of_another_bundle_are_refused(
    finished: Path, judged: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    record = json.loads((judged / "evaluation.json").read_text())
    shutil.copy(judged / "predictions.npz", tmp_path)
    (tmp_path / "evaluation.json").write_text(json.dumps({**record, "bundle_sha256": "0" * 64}))
    assert main(["report", str(tmp_path), "--model", str(finished / "models" / "made-0.1")]) == 2
    assert "not the bundle that was judged" in capsys.readouterr().err


def test_files_are_judged_through_the_gate_of_the_application(finished: Path, tmp_path: Path) -> None:
    """A breast and a rectangle of each class: the rectangles are counted apart, the breasts scored as the application
    scores them."""
    rows = []
    for number in range(4):
        path = tmp_path / f"{number}.png"
        pixels = golden_breast(256, 200, bits=8, seed=number) if number < 2 else np.full((256, 200), 9, np.uint8)
        cv2.imwrite(str(path), pixels)
        rows.append(
            ImageRow(file=path, patient_id=f"x/{number}", laterality="L", view="CC", label=number % 2, source="x")
        )
    bundle = load_bundle(finished / "models" / "made-0.1")
    record = judge_bundle(bundle, [*rows, replace(rows[0], file=tmp_path / "gone.png")], tmp_path / "out", samples=10)
    assert record["refused"]["images"] == 3
    assert record["refused"]["positives"] == 1
    assert record["counts"]["judged"]["images"] == 2
    assert any(reason.startswith("cannot be read") for reason in record["refused"]["reasons"])
    probabilities = levels_of(
        load_predictions(tmp_path / "out"),
        Calibration("platt", bundle.calibration.slope, bundle.calibration.intercept),
    )[0].probabilities
    engine = KerasEngine(bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device="cpu")
    for row, found in zip(rows, probabilities, strict=False):
        difference = engine.predict(preprocess(read_file(row.file), bundle.preprocess).pixels).logit_difference
        assert found == pytest.approx(bundle.calibration.probability(difference), abs=1e-5)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="no such file"):
        read_run(tmp_path)


def test_the_golden_images_are_of_every_kind() -> None:
    cases = golden_cases()
    assert {case.bits for case in cases} == {8, 12}
    assert {case.inverse for case in cases} == {False, True}
    assert {case.stored.dtype for case in cases} == {np.dtype(np.uint8), np.dtype(np.uint16)}
    assert len({case.stored.shape for case in cases}) > 1
    np.testing.assert_array_equal(golden_breast(200, 160, seed=3), golden_breast(200, 160, seed=3))
    np.testing.assert_array_equal(golden_breast(200, 160, mirrored=True), golden_breast(200, 160)[:, ::-1])


def test_the_help_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    commands = ("prepare", "fit", "evaluate", "export")
    for command in (*commands, "report", "compare", "leak-demo", "ladder"):
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        assert "--out" in capsys.readouterr().out or command == "compare"
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(f"python -m training {command}" in said for command in commands)
