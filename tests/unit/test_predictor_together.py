"""Images that wait together: one forward pass, answers in their order, and no image that costs another its score."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import CancelledError, EngineError, MammoviewError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from mammoview.inference import predictor as predictors
from mammoview.inference.predictor import Predictor
from mammoview.inference.preprocess import preprocess
from tests.bundles import breast_pixels, make_breast, make_image

_FAKE = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
import os, time, numpy
from mammoview.inference.worker import read_frame, write_frame
out = os.fdopen(os.dup(1), 'wb')
device = 'cpu' if sys.argv[3] == 'cpu' else 'gpu:Fake'
write_frame(out, dict(device=device))
write_frame(out, dict(ready=True, device=device, seconds=0.0, checked=False, sha256={sha!r}))
passes = 0
def answer(header, differences):
    told = dict(id=header['id'], differences=differences, seconds=[0.0] * len(differences))
    write_frame(out, told, numpy.zeros((len(differences), 8, 8), 'float32'))
while True:
    header, inputs = read_frame(sys.stdin.buffer)
    count = len(inputs)
    passes += 1
{body}
"""
_TELLS_HOW_MANY = "    answer(header, [float(count)] * count)"
"""Each logit difference is the number of images that were in the pass."""

_REFUSES_SEVERAL = """
    if count > 1:
        write_frame(out, dict(id=header['id'], error='out of memory on the GPU Fake', hint='', step=None))
    else:
        answer(header, [float(passes)])
"""


@pytest.fixture
def fake(tiny_bundle: Path) -> Iterator[Predictor]:
    """A predictor on the CPU whose process is a script of the test's own: see `_become`."""
    with Predictor(tiny_bundle, "cpu") as running:
        yield running


def _become(monkeypatch: pytest.MonkeyPatch, running: Predictor, body: str) -> None:
    monkeypatch.setattr(predictors, "_CHILD", _FAKE.format(sha=running.bundle.sha256, body=body))


def _breasts(count: int) -> list[MammoImage]:
    return [make_breast(seed=index, key=f"image{index}") for index in range(count)]


def _scores(answers: Sequence[ImagePrediction | EngineError]) -> list[float | None]:
    return [None if isinstance(answer, EngineError) else answer.score for answer in answers]


def _probabilities(running: Predictor, *differences: float) -> list[float]:
    return [running.bundle.calibration.probability(value) for value in differences]


def test_they_get_in_their_order_what_each_gets_alone(tiny_bundle: Path) -> None:
    """With one between them that the model may not judge."""
    images = _breasts(3)
    images.insert(1, make_image(breast_pixels(), key="slice", modality="CT"))
    with Predictor(tiny_bundle, "cpu") as running:
        together = running.predict_many(images)
        for image, answer in zip(images, together, strict=True):
            alone = running.predict(image)
            assert isinstance(answer, ImagePrediction)
            assert (answer.key, answer.refused) == (image.key, alone.refused)
            if alone.score is None:
                continue
            assert answer.score == pytest.approx(alone.score, abs=1e-6)
            assert answer.heat_map is not None and alone.heat_map is not None
            np.testing.assert_allclose(answer.heat_map.cells, alone.heat_map.cells, atol=1e-5)
            assert answer.heat_map.cells_from_stored == alone.heat_map.cells_from_stored
    assert len({answer.score for answer in together if isinstance(answer, ImagePrediction)}) == 4


@pytest.mark.parametrize(("count", "passes"), [(1, [1]), (3, [3]), (4, [4]), (6, [4, 2])])
def test_four_at_most_take_one_pass(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch, count: int, passes: list[int]
) -> None:
    _become(monkeypatch, fake, _TELLS_HOW_MANY)
    expected = [float(size) for size in passes for _ in range(size)]
    assert _scores(fake.predict_many(_breasts(count))) == _probabilities(fake, *expected)


def test_of_large_inputs_fewer_take_one_pass(fake: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    _become(monkeypatch, fake, _TELLS_HOW_MANY)
    monkeypatch.setattr(predictors, "_PIXELS_TOGETHER", 2 * 64 * 64 + 1)
    assert _scores(fake.predict_many(_breasts(3))) == _probabilities(fake, 2, 2, 1)


def test_none_and_refused_ones_alone_start_no_process(tiny_bundle: Path) -> None:
    with Predictor(tiny_bundle) as idle:
        assert idle.predict_many([]) == []
        (answer,) = idle.predict_many([make_image(breast_pixels(), modality="CT")])
        assert isinstance(answer, ImagePrediction)
        assert answer.refused == "not a mammogram (modality CT)"
        assert idle._child is None


def test_what_is_refused_does_not_wait_until_another_image_is_scored(tiny_bundle: Path) -> None:
    slices = [make_image(breast_pixels(), key=key, modality="CT") for key in ("one", "two")]
    with Predictor(tiny_bundle) as busy, ThreadPoolExecutor(1) as pool, busy._talk:
        answers = pool.submit(busy.predict_many, slices).result(timeout=30)
    assert [answer.key for answer in answers if isinstance(answer, ImagePrediction)] == [image.key for image in slices]


def test_a_pass_of_several_that_fails_is_tried_one_by_one_in_the_same_process(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no pass of several is tried again: the passes that the process counts are 2, 3, then 4 and 5."""
    _become(monkeypatch, fake, _REFUSES_SEVERAL)
    assert _scores(fake.predict_many(_breasts(2))) == _probabilities(fake, 2, 3)
    assert _scores(fake.predict_many(_breasts(2))) == _probabilities(fake, 4, 5)


def test_one_image_at_which_the_process_dies_costs_no_other_its_score(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = _breasts(4)
    means = [float(preprocess(image, fake.bundle.preprocess).pixels.mean()) for image in images]
    assert np.diff(sorted(means)).min() > 1e-4
    dies = f"    if (abs(inputs.mean(axis=(1, 2, 3)) - {means[2]}) < 1e-5).any(): os._exit(3)\n"
    _become(monkeypatch, fake, dies + _TELLS_HOW_MANY)
    answers = fake.predict_many(images)
    (one,) = _probabilities(fake, 1)
    assert _scores(answers) == [one, one, None, one]
    assert isinstance(answers[2], EngineError)
    assert "status 3" in answers[2].cause


def test_a_process_that_always_dies_is_not_started_for_each_image(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(monkeypatch, fake, "    os._exit(7)")
    started = []
    original = predictors._Child

    def counted(path: Path, device: str, manners: list[str]) -> object:
        started.append(path)
        return original(path, device, manners)

    monkeypatch.setattr(predictors, "_Child", counted)
    answers = fake.predict_many(_breasts(4))
    assert [type(answer) for answer in answers] == [EngineError] * 4
    assert len(started) == 2


def test_closing_ends_a_pass_of_several_and_none_is_tried_alone(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(monkeypatch, fake, "    time.sleep(60)")
    errors: list[MammoviewError] = []
    images = _breasts(2)

    def work() -> None:
        try:
            fake.predict_many(images)
        except MammoviewError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    fake.info()
    thread.start()
    while not fake._talk.locked():
        threading.Event().wait(0.01)
    fake.close()
    thread.join(timeout=5)
    assert [type(error) for error in errors] == [CancelledError]
    assert not fake._alone


def test_a_gpu_without_memory_for_several_goes_on_with_one(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Predictor(tiny_bundle, "auto") as running:
        _become(monkeypatch, running, _REFUSES_SEVERAL)
        assert _scores(running.predict_many(_breasts(2))) == _probabilities(running, 2, 3)
        assert (running.info().device, running.device_change) == ("gpu:Fake", "")


def test_a_gpu_whose_process_dies_at_several_is_left_and_they_take_one_pass_on_the_cpu(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Predictor(tiny_bundle, "auto") as running:
        _become(monkeypatch, running, f"    if device != 'cpu': os.kill(os.getpid(), 6)\n{_TELLS_HOW_MANY}")
        assert _scores(running.predict_many(_breasts(2))) == _probabilities(running, 2, 2)
        assert running.device_change.endswith("; the CPU goes on")
