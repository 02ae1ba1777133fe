"""The engine's device: which one, in which precision, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference import keras_engine, worker
from mammoview.inference.bundle import load_bundle
from mammoview.inference.engine import EngineAnswer
from mammoview.inference.keras_engine import KerasEngine

PIXELS = np.random.default_rng(0).random((64, 64, 1)).astype(np.float32)


@pytest.fixture
def as_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU under the name of a GPU."""

    def choose(wanted: str, tell: Callable[[str], None] | None = None) -> tuple[str, str]:
        if tell is not None:
            tell("gpu:Fake")
        return "gpu:Fake", "/CPU:0"

    monkeypatch.setattr(keras_engine, "_choose_device", choose)


def _engine(bundle: Path, **options: Any) -> KerasEngine:
    return KerasEngine(bundle / "model.keras", layer="features", suspicious=1, **options)


def _raising(kind: str, text: str) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        import tensorflow as tf

        raise getattr(tf.errors, kind)(None, None, text)

    return fail


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ResourceExhaustedError", r"^out of memory on the GPU Fake \(choose --device cpu\)$"),
        ("InternalError", "InternalError on the GPU Fake: cuDNN launch failure"),
        ("UnknownError", "UnknownError on the GPU Fake: cuDNN launch failure"),
    ],
)
@pytest.mark.usefixtures("as_gpu")
def test_a_device_that_fails_at_an_image_is_one_line(tiny_bundle: Path, kind: str, words: str) -> None:
    engine = _engine(tiny_bundle)
    engine._answer = _raising(kind, "cuDNN launch failure\n at a place")
    with pytest.raises(EngineError, match=words) as caught:
        engine.predict(PIXELS)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("as_gpu")
def test_a_device_that_fails_at_loading_says_nothing_against_the_bundle(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    monkeypatch.setattr(keras.saving, "load_model", _raising("ResourceExhaustedError", "OOM"))
    with pytest.raises(EngineError, match="out of memory on the GPU Fake"):
        _engine(tiny_bundle)


def test_the_cpu_that_has_no_memory_is_not_told_to_be_chosen(tiny_bundle: Path) -> None:
    engine = _engine(tiny_bundle, device="cpu")
    engine._answer = _raising("ResourceExhaustedError", "OOM")
    with pytest.raises(EngineError, match=r"out of memory on the CPU \(close other programs and try again\)"):
        engine.predict(PIXELS)


def test_the_cpu_computes_with_float32_also_where_mixed_is_allowed(tiny_bundle: Path) -> None:
    allowed, plain = (_engine(tiny_bundle, device="cpu", precision=name) for name in ("mixed", "float32"))
    assert allowed.precision == "float32"
    assert allowed.predict(PIXELS).logit_difference == plain.predict(PIXELS).logit_difference


@pytest.mark.usefixtures("as_gpu")
def test_mixed_precision_rounds_the_features_and_keeps_the_score(tiny_bundle: Path) -> None:
    mixed, plain = (_engine(tiny_bundle, precision=name) for name in ("mixed", "float32"))
    assert (mixed.precision, plain.precision) == ("mixed", "float32")
    ours, exact = mixed.predict(PIXELS), plain.predict(PIXELS)
    assert ours.logit_difference != exact.logit_difference
    assert ours.logit_difference == pytest.approx(exact.logit_difference, abs=1e-2)
    np.testing.assert_allclose(ours.cells, exact.cells, atol=1e-2)


def test_inputs_that_run_together_get_what_each_gets_alone(tiny_bundle: Path) -> None:
    engine = _engine(tiny_bundle, device="cpu")
    brightness = np.array([1, 0.5, 0], np.float32)[:, None, None, None]
    three = np.random.default_rng(1).random((3, 64, 64, 1)).astype(np.float32) * brightness
    together = engine.predict_many(three)
    for pixels, answer in zip(three, together, strict=True):
        alone = engine.predict(pixels)
        assert answer.logit_difference == pytest.approx(alone.logit_difference, abs=1e-6)
        np.testing.assert_allclose(answer.response, alone.response, atol=1e-6)
        np.testing.assert_allclose(answer.cells, alone.cells, atol=1e-5)
    assert len({answer.logit_difference for answer in together}) == 3


def test_inputs_of_another_shape_are_refused_also_together(tiny_bundle: Path) -> None:
    engine = _engine(tiny_bundle, device="cpu")
    with pytest.raises(EngineError, match=r"takes inputs of \(64, 64, 1\), not of \(32, 64, 1\)"):
        engine.predict_many(np.zeros((2, 32, 64, 1), np.float32))


def test_a_precision_that_is_not_known_is_refused(tiny_bundle: Path) -> None:
    with pytest.raises(EngineError, match="precision 'half' is not known"):
        _engine(tiny_bundle, device="cpu", precision="half")


def test_the_device_is_told_before_anything_runs_there(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    load = keras_engine._load

    def watched(*given: Any) -> Any:
        order.append("load")
        return load(*given)

    monkeypatch.setattr(keras_engine, "_load", watched)
    _engine(tiny_bundle, device="cpu", tell_device=order.append)
    assert order == ["cpu", "load"]


@pytest.mark.usefixtures("as_gpu")
def test_a_network_that_does_not_bear_mixed_precision_runs_in_float32_on_the_gpu(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = KerasEngine.predict

    def skewed(engine: KerasEngine, pixels: Any) -> Any:
        answer = predict(engine, pixels)
        off = 1.0 if engine.precision == "mixed" else 0.0
        return EngineAnswer(answer.logit_difference + off, answer.response, answer.cells, answer.seconds)

    monkeypatch.setattr(KerasEngine, "predict", skewed)
    _, ready = worker._load(tiny_bundle, "auto", ["fresh"], tell=lambda label, runtime: None)
    assert (ready["precision"], ready["device"]) == ("float32", "gpu:Fake")


@pytest.mark.usefixtures("as_gpu")
def test_mixed_answers_are_judged_by_the_mixed_tolerance(tiny_bundle: Path) -> None:
    """A score that is off by 5e-3 passes as mixed and is refused as float32."""
    from mammoview.inference.golden import check_golden

    bundle = load_bundle(tiny_bundle)
    engine = _engine(tiny_bundle)
    predict = engine.predict

    class Skewed:
        device, runtime = "gpu:Fake", "keras"

        def predict(self, pixels: Any) -> EngineAnswer:
            answer = predict(pixels)
            return EngineAnswer(answer.logit_difference + 0.02, answer.response, answer.cells, 0.0)

    assert check_golden(bundle, Skewed(), mixed=True)
    with pytest.raises(BundleError, match="score 1 is off"):
        check_golden(bundle, Skewed())
