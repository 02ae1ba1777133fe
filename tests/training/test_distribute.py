"""Several processors fit what one fits; a machine that is lost is told, and the same commands go on."""

from __future__ import annotations

import json
import os
import signal
import socket
from dataclasses import replace
from itertools import count
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.forked import process_of
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.__main__ import main
from training.cache import write_packed
from training.distribute import TensorFlowProcessors, fit_together, on_devices
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

DROPPED = replace(SYSTEM, name="dropped", model=replace(SYSTEM.model, dropout=0.3))
"""With dropout, which two processors draw alike wherever they stand."""


def _command(number: int, words: list[str]) -> int:
    """The command line, in a process that is killed before its step of this number; 0 for never."""
    make = TensorFlowProcessors.stepper

    def stepper(self: TensorFlowProcessors, *given: Any) -> Any:
        step, calls = make(self, *given), count(1)

        def call(batch: Any) -> Any:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(batch)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TensorFlowProcessors, "stepper", stepper)
        return main(words)


LONG = 600.0
"""Seconds after which a process hangs; on a quiet machine it takes ten."""


def _free_ports(count: int) -> list[int]:
    opened = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [int(server.getsockname()[1]) for server in opened]
    for server in opened:
        server.close()
    return ports


def _together(folder: Path, out: Path, killed: int = 0) -> list[tuple[int | None, str]]:
    """Both workers on loopback, each with an --out of its own name; how each ended and what it said on standard error.
    The second one is killed before step number `killed`. Another process may take a port before them: then again."""
    common = ["fit", str(folder / "cache.npz"), "--system", str(folder / "dropped.toml"), "--workers"]
    texts = [folder / "chief.txt", folder / "other.txt"]
    while True:
        workers = ",".join(f"127.0.0.1:{port}" for port in _free_ports(2))
        first = [*common, workers, "--index", "0", "--out", str(out)]
        second = [*common, workers, "--index", "1", "--out", f"{out}-other"]
        with (
            process_of(_command, 0, first, said=texts[0]) as chief,
            process_of(_command, killed, second, said=texts[1]) as other,
        ):
            ended = wait([chief.sentinel, other.sentinel], LONG)
            assert ended, "both workers hang"
            if "cannot be used" not in texts[ended[0] == other.sentinel].read_text():
                chief.join(LONG)
                other.join(LONG)
                return [(child.exitcode, text.read_text()) for child, text in zip((chief, other), texts, strict=True)]


def _on_two_devices(folder: Path, system: str) -> None:
    """The run `folder`/`system` of two processors of one machine."""
    words = ["fit", str(folder / "cache.npz"), "--system", str(folder / f"{system}.toml"), "--devices", "2"]
    said = folder / f"{system}.txt"
    with process_of(_command, 0, [*words, "--out", str(folder / system)], said=said) as child:
        child.join(LONG)
        assert child.exitcode == 0, said.read_text()


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
    """A folder with cache.npz, made.toml, dropped.toml and the run "one" of one processor."""
    folder = tmp_path_factory.mktemp("distribute")
    write_packed(make_lesion_cache(), {}, folder / "cache.npz")
    (folder / "made.toml").write_text(to_toml(SYSTEM), encoding="utf-8")
    (folder / "dropped.toml").write_text(to_toml(DROPPED), encoding="utf-8")
    with without_graphs():
        fit(make_lesion_cache(), replace(SYSTEM, name="made"), folder / "one")
    return folder


@pytest.mark.timeout(LONG)
def test_two_devices_of_one_machine_do_what_one_does(folder: Path) -> None:
    _on_two_devices(folder, "made")
    _assert_as_one(folder / "made", folder / "one")


@pytest.mark.timeout(3 * LONG)
def test_two_workers_of_which_one_is_lost_go_on_to_the_weights_of_two_devices(folder: Path) -> None:
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
    _on_two_devices(folder, "dropped")
    _assert_as_one(folder / "two", folder / "dropped")
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
