"""Several processors fit what one fits; a machine that is lost is told, and the same commands go on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.__main__ import main
from training.cache import write_packed
from training.distribute import fit_together, on_devices
from training.fit import fit
from training.models.network import build_network
from training.systems import to_toml

CHANGES = (
    "model.dropout=0",
    "augmentation.mixup=0.2",
    "augmentation.elastic_px=1.0",
    "optimiser.kind=adamw",
    "optimiser.clip_norm=0.5",
    "optimiser.ema=0.9",
    "optimiser.mixed_precision=false",
    "run.batch=4",
    "run.save_steps=1",
    "stopping.epochs=2",
)
SYSTEM = tiny("cnn-64", *CHANGES)
"""Without dropout, batch norm and heads, whose results depend on how a batch is shared out."""

_CHILD = """
import os, signal, sys
from training import distribute
from training.__main__ import main

number = int(sys.argv[1])
calls = 0
make = distribute.TensorFlowProcessors.stepper

def stepper(self, trainee, optimiser):
    step = make(self, trainee, optimiser)
    def call(batch):
        global calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(batch)
    return call

distribute.TensorFlowProcessors.stepper = stepper
sys.exit(main(sys.argv[2:]))
"""
"""The command line in a process that is killed before its step of this number; 0 for never."""


LONG = 600.0
"""Seconds after which a process hangs; on a quiet machine it takes ten."""


def _free_ports(count: int) -> list[int]:
    opened = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [int(server.getsockname()[1]) for server in opened]
    for server in opened:
        server.close()
    return ports


@contextmanager
def _started(number: int, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """The command line in a process of its own, which does not outlive this."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(number), *arguments],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stderr:
            child.stderr.close()


def _together(folder: Path, out: Path, killed: int = 0) -> list[tuple[int, str]]:
    """Both workers on loopback, each with an --out of its own name; how each ended and what it said on standard error.
    The second one is killed before step number `killed`. Another process may take a port before them: then again."""
    common = ["fit", str(folder / "cache.npz"), "--system", str(folder / "made.toml"), "--workers"]
    while True:
        workers = ",".join(f"127.0.0.1:{port}" for port in _free_ports(2))
        first = [*common, workers, "--index", "0", "--out", str(out)]
        second = [*common, workers, "--index", "1", "--out", f"{out}-other"]
        with (
            ThreadPoolExecutor(2) as pool,
            _started(0, first) as chief,
            _started(killed, second) as other,
        ):
            said = [pool.submit(child.communicate, timeout=LONG) for child in (chief, other)]
            ended = next(as_completed(said))
            if "cannot be used" not in ended.result()[1]:
                told = [one.result()[1] for one in said]
                return [(int(child.returncode), text) for child, text in zip((chief, other), told, strict=True)]


def _weights(run: Path) -> list[Any]:
    network = build_network(SYSTEM, 32, 32)
    network.load_weights(run / "last.weights.h5")
    return [np.array(weight) for weight in network.weights]


def _assert_as_one(run: Path, one: Path) -> None:
    """The weights agree to 1e-5, the history but for the seconds to 1e-5."""
    for found, expected in zip(_weights(run), _weights(one), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    told = [json.loads((folder / "history.json").read_text()) for folder in (run, one)]
    assert len(told[0]) == len(told[1]) == 2
    for found, expected in zip(*told, strict=True):
        assert found["loss"] == pytest.approx(expected["loss"], abs=1e-5)
        assert (found["validation_auroc"], found["best"]) == (expected["validation_auroc"], expected["best"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cache.npz, made.toml and the run "one" of one processor."""
    folder = tmp_path_factory.mktemp("distribute")
    write_packed(make_lesion_cache(), {}, folder / "cache.npz")
    (folder / "made.toml").write_text(to_toml(SYSTEM), encoding="utf-8")
    with without_graphs():
        fit(make_lesion_cache(), replace(SYSTEM, name="made"), folder / "one")
    return folder


@pytest.mark.timeout(LONG)
def test_two_devices_of_one_machine_do_what_one_does(folder: Path) -> None:
    common = ["fit", str(folder / "cache.npz"), "--system", str(folder / "made.toml")]
    with _started(0, [*common, "--devices", "2", "--out", str(folder / "devices")]) as child:
        said = child.communicate(timeout=LONG)[1]
        assert child.returncode == 0, said
    _assert_as_one(folder / "devices", folder / "one")


@pytest.mark.timeout(3 * LONG)
def test_two_workers_of_which_one_is_lost_go_on_to_the_weights_of_one_processor(folder: Path) -> None:
    """Worker 1 is killed before its fifth step, in the second epoch; then both commands are given again."""
    (chief, said), (other, _) = _together(folder, folder / "two", killed=5)
    assert other == -9
    assert chief == 2
    lines = [line for line in said.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, said
    assert lines[0].startswith("training: a worker ended or cannot be reached")
    assert "goes on from its last state" in lines[0]
    assert (folder / "two" / "state.npz").is_file()
    for ended, told in _together(folder, folder / "two"):
        assert ended == 0, told
    _assert_as_one(folder / "two", folder / "one")
    assert json.loads((folder / "two" / "environment.json").read_text())["processors"] == 2
    assert not Path(f"{folder / 'two'}-other").exists()  # the chief alone writes


def test_devices_are_chosen_before_tensorflow_starts() -> None:
    import keras

    keras.ops.zeros(1)
    with pytest.raises(UsageError, match="started already"):
        on_devices(2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"optimiser": replace(SYSTEM.optimiser, accumulate=2)}, "adds up 2 batches"),
        ({"patches": replace(SYSTEM.patches, epochs=1)}, "stage on patches"),
    ],
)
def test_what_one_processor_alone_can_do_is_refused(tmp_path: Path, change: Any, why: str) -> None:
    import tensorflow as tf

    from training.distribute import TensorFlowProcessors

    processors = TensorFlowProcessors(tf.distribute.get_strategy())
    with pytest.raises(UsageError, match=why):
        fit_together(processors, make_lesion_cache(), replace(SYSTEM, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--index", "0"], "--index 0 needs --workers"),
        (["--workers", "a:1,b:1"], "--workers needs --index"),
        (["--workers", "a:1,b", "--index", "0"], "'b' is no address"),
        (["--workers", "a:1,b:1", "--index", "2"], "there are 2 workers"),
        (["--workers", "a:1,b:1", "--index", "0", "--devices", "2"], "exclude each other"),
        (["--devices", "0"], "--devices 0"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], why: str
) -> None:
    assert main(["fit", str(folder / "cache.npz"), "--out", str(tmp_path / "run"), *options]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
