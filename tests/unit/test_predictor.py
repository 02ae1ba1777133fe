"""The classifier in its own process: answers, crashes, cancelling, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import BundleError, CancelledError, EngineError, MammoviewError
from mammoview.inference import predictor as predictors
from mammoview.inference.predictor import Predictor
from mammoview.inference.preprocess import preprocess
from tests.bundles import breast_pixels, make_breast, make_image

_ROOT = Path(__file__).resolve().parents[2]
_FAKE = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
import os, time, numpy
from mammoview.inference.worker import read_frame, write_frame
out = os.fdopen(os.dup(1), 'wb')
def ready():
    write_frame(out, dict(ready=True, device='fake', seconds=0.0, checked=False, sha256={sha!r}))
def receive():
    return read_frame(sys.stdin.buffer)[0]
def answer(header, count=1):
    told = dict(id=header['id'], differences=[0.0] * count, seconds=[0.0] * count)
    write_frame(out, told, numpy.zeros((count, 8, 8), 'float32'))
{body}
"""


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> Iterator[Predictor]:
    with Predictor(tiny_bundle, "cpu") as running:
        yield running


@pytest.fixture
def fake(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Predictor]:
    """A predictor whose process is a script of the test's own: see `_become`."""
    with Predictor(tiny_bundle, "cpu") as running:
        yield running


def _become(monkeypatch: pytest.MonkeyPatch, fake: Predictor, body: str) -> None:
    monkeypatch.setattr(predictors, "_CHILD", _FAKE.format(sha=fake.bundle.sha256, body=body))


def _pid(predictor: Predictor) -> int:
    child = predictor._child
    assert child is not None
    return child._process.pid


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_mammogram_gets_a_score_and_a_placed_heat_map(predictor: Predictor) -> None:
    image = make_breast(key="one")
    answer = predictor.predict(image)
    assert answer.key == image.key
    assert answer.score is not None
    assert 0 < answer.score < 1
    assert answer.refused is None
    assert answer.heat_map is not None
    assert answer.heat_map.cells.shape == (8, 8)
    assert answer.heat_map.cells.dtype == np.float32
    assert answer.seconds > 0
    info = predictor.info()
    assert info.device == "cpu"
    assert info.golden_checked


def test_the_process_answers_as_the_engine_does(predictor: Predictor) -> None:
    from mammoview.inference.keras_engine import KerasEngine

    bundle = predictor.bundle
    engine = KerasEngine(bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device="cpu")
    image = make_breast(seed=4)
    expected = engine.predict(preprocess(image, bundle.preprocess).pixels)
    answer = predictor.predict(image)
    assert answer.score == pytest.approx(bundle.calibration.probability(expected.logit_difference), abs=1e-6)
    assert answer.heat_map is not None
    np.testing.assert_allclose(answer.heat_map.cells, expected.cells, atol=1e-5)


def test_mirrored_twins_get_one_score(predictor: Predictor) -> None:
    pixels = breast_pixels(seed=6)
    left, right = (predictor.predict(make_image(twin)) for twin in (pixels, pixels[:, ::-1]))
    assert left.score == pytest.approx(right.score, abs=1e-5)
    assert left.heat_map is not None
    assert right.heat_map is not None
    row, column = left.heat_map.cells_from_stored(100, 60)
    assert right.heat_map.cells_from_stored(100, pixels.shape[1] - 1 - 60) == pytest.approx((row, column))


def test_threads_get_their_own_answers(predictor: Predictor) -> None:
    images = [make_breast(seed=seed, key=f"image{seed}") for seed in range(4)]
    alone = [predictor.predict(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(predictor.predict, images * 3))
    assert [answer.key for answer in together] == [image.key for image in images] * 3
    assert [answer.score for answer in together] == [answer.score for answer in alone] * 3


def test_a_refused_image_never_starts_the_process(tiny_bundle: Path) -> None:
    with Predictor(tiny_bundle) as idle:
        answer = idle.predict(make_image(breast_pixels(), modality="CT"))
        assert answer.score is None
        assert answer.refused == "not a mammogram (modality CT)"
        assert idle._child is None


def test_a_killed_process_is_one_error_and_the_next_call_starts_another(tiny_bundle: Path) -> None:
    with Predictor(tiny_bundle, "cpu") as running:
        assert running.predict(make_breast()).score is not None
        first = _pid(running)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(EngineError, match="ended by signal 9") as caught:
            running.predict(make_breast())
        assert "\n" not in str(caught.value)
        assert running.predict(make_breast()).score is not None
        assert _pid(running) != first


def test_a_broken_network_is_a_bundle_error_of_the_load_step(tiny_bundle: Path, tmp_path: Path) -> None:
    import json
    import shutil

    from mammoview.inference.bundle import write_record

    broken = Path(shutil.copytree(tiny_bundle, tmp_path / "broken-1"))
    (broken / "model.keras").write_bytes(b"PK no network")
    record = json.loads((broken / "bundle.json").read_text())
    write_record(broken, {key: value for key, value in record.items() if key not in ("schema", "sha256")})
    with Predictor(broken, "cpu") as running:
        with pytest.raises(BundleError) as caught:
            running.predict(make_breast())
        assert caught.value.step == "load"
        assert "\n" not in str(caught.value)


def test_a_bundle_that_is_not_there_is_told_when_asked_for(tmp_path: Path) -> None:
    with Predictor(tmp_path / "absent") as running, pytest.raises(BundleError, match="no such folder"):
        running.predict(make_breast())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("os._exit(7)", "status 7"),
        ("os.kill(os.getpid(), 11)", "signal 11"),
        ("raise RuntimeError('out of luck')", "out of luck"),
        ("ready(); receive(); os._exit(3)", "status 3"),
        ("ready(); answer({'id': -1}); receive(); time.sleep(60)", "out of turn"),
        ("write_frame(out, {'hello': 1}); receive()", "nonsense"),
    ],
)
def test_every_way_to_die_is_one_line(fake: Predictor, monkeypatch: pytest.MonkeyPatch, body: str, words: str) -> None:
    _become(monkeypatch, fake, body)
    with pytest.raises(EngineError, match=words) as caught:
        fake.predict(make_breast())
    assert "\n" not in str(caught.value)


def test_it_starts_again_once_and_then_gives_up(fake: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    _become(monkeypatch, fake, "os._exit(7)")
    started = []
    original = predictors._Child

    def counted(path: Path, device: str, manners: list[str]) -> object:
        started.append(path)
        return original(path, device, manners)

    monkeypatch.setattr(predictors, "_Child", counted)
    for _ in range(4):
        with pytest.raises(EngineError, match="status 7"):
            fake.predict(make_breast())
    assert len(started) == 2


def test_start_does_not_wait(fake: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    _become(monkeypatch, fake, "receive()")  # never ready: a start that waited for it would not come back
    fake.start()
    fake.start()
    assert _alive(_pid(fake))


@pytest.mark.parametrize("body", ["ready(); receive(); time.sleep(60)", "time.sleep(60)"])
def test_closing_ends_a_prediction_that_would_last_a_minute(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    _become(monkeypatch, fake, body)
    fake.start()
    pid = _pid(fake)
    errors: list[MammoviewError] = []

    def work() -> None:
        try:
            fake.predict(make_breast())
        except MammoviewError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    _wait_until(fake._talk.locked)
    fake.close()
    thread.join(timeout=20)
    assert [type(error) for error in errors] == [CancelledError]
    assert not _alive(pid)
    with pytest.raises(CancelledError):
        fake.predict(make_breast())
    fake.close()


def test_what_the_libraries_say_stays_off_the_terminal(
    fake: Predictor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _become(monkeypatch, fake, "print('noise', file=sys.stderr, flush=True); ready(); answer(receive()); receive()")
    assert fake.predict(make_breast()).score == pytest.approx(0.5)
    fake_child = fake._child
    fake.close()
    assert fake_child is not None
    assert "noise" in fake_child.log_tail()
    assert capfd.readouterr() == ("", "")


def test_an_exchanged_bundle_is_noticed(fake: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictors, "_CHILD", _FAKE.format(sha="0" * 64, body="ready(); receive(); time.sleep(60)"))
    with pytest.raises(BundleError, match="changed while in use"):
        fake.predict(make_breast())


def test_the_process_ends_with_its_parent(tiny_bundle: Path) -> None:
    """A parent that is killed outright, run as a plain script without a main guard."""
    script = (
        "import sys, time; from pathlib import Path; "
        "from mammoview.inference.predictor import Predictor; "
        f"running = Predictor(Path({str(tiny_bundle)!r}), 'cpu'); running.start(); "
        "print(running._child._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=_ROOT) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _alive(child)
        parent.kill()
    _wait_until(lambda: not _alive(child))


def test_neither_side_imports_qt_or_dicom_and_the_window_no_tensorflow() -> None:
    script = (
        "import sys, mammoview.inference.predictor, mammoview.inference.worker, mammoview.inference.golden; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'PySide6', 'pyqtgraph', 'pydicom', 'tensorflow', 'keras', 'training'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=_ROOT, check=True)
    assert done.stdout.strip() == "[]"


def _wait_until(truth: object, *, limit_s: float = 20.0) -> None:
    assert callable(truth)
    end = time.monotonic() + limit_s
    while not truth():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.02)
