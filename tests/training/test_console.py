"""What the commands share: the backend of the application where its networks run, and terminals that go away."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "command",
    [
        ["export", "absent", "--cache", "absent"],
        ["report", "absent"],
        ["evaluate", "absent", "--data", "absent", "--out", "judged"],
    ],
)
def test_what_runs_a_bundle_runs_it_as_the_application_does(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that was fitted with JAX is exported in the same terminal, where JAX is still asked for."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert main(command) == 2
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert "TensorFlow" not in capsys.readouterr().err
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main(command) == 2
    assert "TensorFlow, which is not installed here (carry the folder of the run" in capsys.readouterr().err


def test_a_reader_that_has_read_enough_ends_a_command_without_a_traceback() -> None:
    code = "import sys; from training.__main__ import main; sys.exit(main(['systems']))"
    reading, writing = os.pipe()
    os.close(reading)
    child = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (child.returncode, child.stderr) == (1, b"")
