"""--carried: every command that opens a cache knows it, and one line says what differs."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import training
from mammoview.core.errors import UsageError
from tests.training.runs import make_cache
from training import cache as caches
from training.__main__ import COMMANDS, main
from training.fitting.records import write_json
from training.split import split_by_woman, split_record

ARGUMENTS = {
    "fit": ["CACHE", "--out", "OUT"],
    "pretrain": ["CACHE", "--out", "OUT"],
    "evaluate": ["RUN", "--cache", "CACHE"],
    "explain": ["RUN", "--cache", "CACHE"],
    "report": ["RUN", "--cache", "CACHE"],
    "ladder": ["CACHE", "--out", "OUT"],
    "ablate": ["CACHE", "--config", "none.toml", "--out", "OUT"],
    "distil": ["CACHE", "--teachers", "RUN", "--system", "cnn-64", "--out", "OUT"],
    "export": ["RUN", "--cache", "CACHE", "--name", "made", "--version", "1.0", "--out", "OUT"],
}
"""What else each command needs."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cache of other code and the files of a run that stand before its opening."""
    folder = tmp_path_factory.mktemp("carried")
    cache = make_cache(women=4)
    caches.write_packed(cache, {"code": "of another version"}, folder / "cache.npz")
    run = folder / "run"
    run.mkdir()
    (run / "best.weights.h5").write_bytes(b"weights")
    write_json(run / "config.json", {})
    write_json(run / "split.json", split_record(split_by_woman(cache.rows, seed=1)))
    return folder


@pytest.fixture(autouse=True)
def evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("training.report.evaluation_report", "training.explanations.opening"):
        importlib.import_module(place)  # else a module that is imported meanwhile would keep what stands in for it
    monkeypatch.setattr("training.evaluation.runs.read_evaluation", lambda folder: {})


def _arguments(command: str, folder: Path, out: Path) -> list[str]:
    places = {"CACHE": folder / "cache.npz", "RUN": folder / "run", "OUT": out}
    return [command, *(str(places.get(word, word)) for word in ARGUMENTS[command])]


def test_these_are_all_commands_that_open_a_cache() -> None:
    root = Path(training.__file__).parents[1]
    sources = {name: root / f"{place.replace('.', '/')}.py" for name, (_, place) in COMMANDS.items()}
    opening = {name for name, source in sources.items() if "open_cache(" in source.read_text(encoding="utf-8")}
    assert opening == set(ARGUMENTS)


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_cache_of_other_code_is_refused_in_one_line(
    command: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(command, folder, tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert "cache.npz: stale: the code that makes inputs has changed" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", ARGUMENTS)
def test_with_carried_it_is_opened_and_one_line_says_what_differs(
    command: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = caches.load

    def stopped(path: Path, **options: Any) -> Any:
        load(path, **options)
        raise UsageError("it was opened")

    monkeypatch.setattr(caches, "load", stopped)
    assert main([*_arguments(command, folder, tmp_path / "out"), "--carried"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("cache.npz: the code that makes inputs has changed: used as it is")
    assert lines[1:] == ["training: it was opened"]
