"""From a run to a bundle that the application loads: fit -> evaluate -> export -> load -> predict."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.inference.bundle import load_bundle
from mammoview.inference.golden import check_golden
from mammoview.inference.keras_engine import KerasEngine
from tests.training.runs import make_cache, without_graphs
from training import cache as caches
from training.__main__ import main
from training.evaluate import evaluate, read_run
from training.export import golden_breast, golden_cases
from training.fit import FitConfig, fit, predict
from training.split import LeakError, Split


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cache.npz, the run "run" (fitted and evaluated) and the bundle "models/made-0.1"."""
    folder = tmp_path_factory.mktemp("finished")
    cache = make_cache()
    caches._write(cache, folder / "cache.npz")
    common = [str(folder / "run"), "--cache", str(folder / "cache.npz")]
    with without_graphs():
        fit(cache, FitConfig(epochs=1, batch=4, limit=8), folder / "run")
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
    assert found[0].cells.shape == (2, 2)


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
        "2 x 2 cells",
        *evaluation["split_hashes"].values(),
    ):
        assert words in card
    assert str(finished) not in card


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


def test_women_that_the_run_does_not_know_are_refused(finished: Path) -> None:
    with pytest.raises(UsageError, match="does not know"):
        evaluate(read_run(finished / "run"), make_cache(women=90))


def test_a_split_that_leaks_is_refused(finished: Path) -> None:
    """The same women under other names in both parts: their memory scores, and the meter shows it."""
    from training.evaluate import _memoriser

    cache = make_cache(women=20)
    chosen = list(range(len(cache.rows)))
    with pytest.raises(LeakError, match=r"1\.000"):
        _memoriser(cache.rows, {"train": chosen, "test": chosen})
    run = dataclasses.replace(read_run(finished / "run"), split=Split({}, 0))
    with pytest.raises(UsageError):
        evaluate(run, cache)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="cannot be read"):
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
    for command in commands:
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        assert "--out" in capsys.readouterr().out or command == "evaluate"
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(f"python -m training {command}" in said for command in commands)
