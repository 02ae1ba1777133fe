"""A rung's own process: what it answers, how it fails, what it costs, and that it does not outlive its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.errors import UsageError
from tests.training.ladder_work import answer, die, hold, refuse
from tests.training.lesion_runs import make_lesion_cache
from training.cache import write_packed
from training.ladder_child import ChildLostError, in_child, peak_bytes
from training.ladder_rung import Source, costs_of, fit_rung
from training.split import LeakError
from training.systems import load_system

NO_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to end a process by")


def test_work_is_done_by_another_process() -> None:
    found = in_child(answer, {"given": "ä"})
    assert found["given"] == "ä"
    assert found["process"] != os.getpid()


@pytest.mark.parametrize(("kind", "error"), [("leak", LeakError), ("usage", UsageError)])
def test_an_error_is_the_parents_too(kind: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"a cause \(a hint\)"):
        in_child(refuse, {"kind": kind})


@NO_SIGNALS
def test_a_child_that_dies_is_told_by_how_it_died() -> None:
    with pytest.raises(ChildLostError, match="was ended by signal 9, as when memory is short"):
        in_child(die, {})


@pytest.mark.skipif(peak_bytes() is None, reason="the system does not tell")
def test_the_peak_is_the_childs_own() -> None:
    few, many = (in_child(hold, {"bytes": count}) for count in (1 << 20, 200 << 20))
    assert many["peak_bytes"] - few["peak_bytes"] == pytest.approx(199 << 20, rel=0.1)
    assert many["before_bytes"] < many["peak_bytes"] - (190 << 20)


@NO_SIGNALS
def test_a_child_whose_parent_is_killed_ends_as_by_ctrl_c(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "from tests.training.ladder_work import interrupted\n"
        "from training.ladder_child import in_child\n"
        "if __name__ == '__main__':\n"
        "    in_child(interrupted, {})\n",
        encoding="utf-8",
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"began\n"
        parent.kill()
        assert parent.stdout.read() == b"kept\n", "the pipe ends when the child has"


def test_a_rung_of_its_own_process_tells_what_it_cost(tmp_path: Path) -> None:
    cache = make_lesion_cache(women=40)
    write_packed(cache, {}, tmp_path / "cache.npz")
    system = load_system("dense-baseline", ["stopping.epochs=1", "run.batch=4", "run.limit=8"])
    source = Source(cache=cache, path=tmp_path / "cache.npz")
    fit_rung(source, system, tmp_path / "run")
    told = costs_of(tmp_path / "run")
    assert told is not None
    assert told["processes"] == 1
    assert told["cpu_seconds"] > 0
    if peak_bytes() is not None:
        assert told["peak_bytes"] >= told["before_bytes"] > 50 << 20
    assert (tmp_path / "run" / "best.weights.h5").is_file()
    fit_rung(source, system, tmp_path / "run")
    assert costs_of(tmp_path / "run") == told, "what is complete costs nothing more"
    with pytest.raises(UsageError, match=r"holds another run \(.*optimiser.rate"):
        fit_rung(source, replace(system, optimiser=replace(system.optimiser, rate=0.5)), tmp_path / "run")
