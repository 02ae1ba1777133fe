"""A GPU that fails in the middle: the CPU goes on where the device was left to us, and it is said once.

No GPU is needed: the process is a script that says it runs on one, or the true one with TensorFlow's device replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.child import python_code
from mammoview.core.errors import BundleError, EngineError
from mammoview.inference import predictor as predictors
from mammoview.inference.predictor import Predictor
from tests.bundles import make_breast

_FAKE = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
import os, numpy
from mammoview.inference.worker import read_frame, write_frame
out = os.fdopen(os.dup(1), 'wb')
device = 'cpu' if sys.argv[3] == 'cpu' else 'gpu:Fake'
def say(**header):
    write_frame(out, header)
def ready(sha={sha!r}):
    say(ready=True, device=device, seconds=0.0, checked=False, sha256=sha)
def answer(difference=0.0):
    header, _ = read_frame(sys.stdin.buffer)
    told = dict(id=header['id'], differences=[difference], seconds=[0.0])
    write_frame(out, told, numpy.zeros((1, 8, 8), 'float32'))
def refuse(error):
    header, _ = read_frame(sys.stdin.buffer)
    say(id=header['id'], error=error, hint='', step=None)
say(device=device)
if device == 'cpu':
{cpu}
else:
{gpu}
"""
_CPU_ANSWERS = "    ready()\n    while True: answer(1.0)"
_INJECTED = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
from mammoview.inference import keras_engine, worker
original, predict = keras_engine._choose_device, keras_engine.KerasEngine.predict_many
def choose(wanted, tell=None):
    if wanted == 'cpu':
        return original(wanted, tell)
    tell('gpu:Injected')
    return 'gpu:Injected', '/CPU:0'
def failing(engine, pixels):
    import tensorflow as tf
    def out_of_memory(_):
        raise tf.errors.ResourceExhaustedError(None, None, 'OOM when allocating tensor')
    if engine.device != 'cpu' and pixels.any():
        engine._answer = out_of_memory
    return predict(engine, pixels)
keras_engine._choose_device, keras_engine.KerasEngine.predict_many = choose, failing
keras_engine._halve = lambda trunk: None  # half precision crawls on the CPU
sys.exit(worker.main(sys.argv[2:]))
"""


class Told(list[str]):
    """What was said to the user."""


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def fake(tiny_bundle: Path, told: Told) -> Iterator[Predictor]:
    with Predictor(tiny_bundle, "auto", tell=told.append) as running:
        yield running


def _become(monkeypatch: pytest.MonkeyPatch, running: Predictor, gpu: str, cpu: str = _CPU_ANSWERS) -> None:
    monkeypatch.setattr(predictors, "_CHILD", _FAKE.format(sha=running.bundle.sha256, cpu=cpu, gpu=f"    {gpu}"))


WAYS_TO_FAIL = [
    ("os._exit(1)", "status 1"),  # while the network is loaded
    ("os.kill(os.getpid(), 6)", "signal 6"),
    ("say(error='out of memory on the GPU Fake', hint='', step=None)", "out of memory"),
    ("say(error='score 1 is off by 0.5', hint='', step='golden')", "golden: score 1 is off"),
    ("ready(); os.kill(os.getpid(), 9)", "signal 9"),
    ("ready(); refuse('out of memory on the GPU Fake')", "out of memory"),
    ("ready(); refuse('InternalError on the GPU Fake: cuDNN launch failure')", "cuDNN"),
    ("ready(); read_frame(sys.stdin.buffer); os.kill(os.getpid(), 6)", "signal 6"),  # CUDA aborts the process
]


@pytest.mark.parametrize(("gpu", "words"), WAYS_TO_FAIL)
def test_the_image_at_which_the_gpu_fails_is_scored_on_the_cpu_and_it_is_told_in_one_line(
    fake: Predictor, told: Told, monkeypatch: pytest.MonkeyPatch, gpu: str, words: str
) -> None:
    _become(monkeypatch, fake, gpu)
    assert fake.predict(make_breast()).score == pytest.approx(fake.bundle.calibration.probability(1.0))
    assert told == [fake.device_change]
    assert words in told[0]
    assert told[0].startswith("the GPU Fake failed (")
    assert told[0].endswith("; the CPU goes on")
    assert "\n" not in told[0]
    assert fake.info().device == "cpu"


def test_a_gpu_that_fails_at_the_third_image_keeps_the_first_two_and_is_left_for_good(
    fake: Predictor, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(monkeypatch, fake, "ready(); answer(); answer(); refuse('out of memory on the GPU Fake')")
    scores = [fake.predict(make_breast(key=f"{index}")).score for index in range(5)]
    gpu, cpu = (fake.bundle.calibration.probability(value) for value in (0.0, 1.0))
    assert scores == pytest.approx([gpu, gpu, cpu, cpu, cpu])
    assert len(told) == 1


def test_waiting_until_it_is_ready_tells_the_device_that_goes_on(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(monkeypatch, fake, "os._exit(1)")
    assert fake.info().device == "cpu"
    assert "the CPU goes on" in fake.device_change


def test_a_gpu_that_works_is_not_left(fake: Predictor, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    _become(monkeypatch, fake, "ready(); answer()")
    assert fake.predict(make_breast()).score == pytest.approx(fake.bundle.calibration.probability(0.0))
    assert fake.info().device == "gpu:Fake"
    assert (told, fake.device_change) == ([], "")


@pytest.mark.parametrize(("gpu", "words"), WAYS_TO_FAIL)
def test_a_gpu_that_was_asked_for_fails_with_an_error(
    tiny_bundle: Path, told: Told, monkeypatch: pytest.MonkeyPatch, gpu: str, words: str
) -> None:
    with Predictor(tiny_bundle, "gpu", tell=told.append) as running:
        _become(monkeypatch, running, gpu)
        for _ in range(2):
            with pytest.raises((EngineError, BundleError), match=words):
                running.predict(make_breast())
        assert (told, running.device_change) == ([], "")


def test_where_the_cpu_fails_too_its_error_is_told_and_no_change(
    fake: Predictor, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that no device can load is not the GPU's fault."""
    _become(monkeypatch, fake, "os._exit(1)", cpu="    say(error='no network in it', hint='', step='load')")
    with pytest.raises(BundleError, match="no network in it"):
        fake.predict(make_breast())
    assert (told, fake.device_change) == ([], "")


def test_a_bundle_that_was_changed_is_no_failure_of_the_gpu(
    fake: Predictor, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(monkeypatch, fake, "ready('0' * 64); answer()")
    with pytest.raises(BundleError, match="changed while in use"):
        fake.predict(make_breast())
    assert fake.device_change == ""


def test_after_the_change_the_cpus_process_has_its_own_second_start(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(monkeypatch, fake, "os._exit(1)", cpu="    os._exit(5)")
    for _ in range(2):
        with pytest.raises(EngineError, match="status 5"):
            fake.predict(make_breast())
    monkeypatch.setattr(predictors, "_CHILD", "raise SystemExit(6)")
    with pytest.raises(EngineError, match="status 5"):
        fake.predict(make_breast())


def test_an_out_of_memory_failure_inside_tensorflow_moves_the_true_engine_to_the_cpu(
    tiny_bundle: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Predictor(tiny_bundle, "cpu") as running:
        expected = running.predict(make_breast()).score
    monkeypatch.setattr(predictors, "_CHILD", _INJECTED)
    with Predictor(tiny_bundle, "auto", tell=told.append) as running:
        assert running.predict(make_breast()).score == pytest.approx(expected, abs=1e-6)
        assert told == ["the GPU Injected failed (out of memory on the GPU Injected); the CPU goes on"]


def test_the_process_that_runs_is_the_applications_own() -> None:
    """The scripts of this file stand in for it."""
    assert python_code("mammoview.inference.worker") == predictors._CHILD
