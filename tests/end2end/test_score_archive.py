"""`mammoview score --store`: the answers of a run without store, whatever ends it, and on a cluster."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mammoview.cli import main
from mammoview.commands import score, score_archive
from mammoview.commands.score_archive import pace
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from mammoview.reading import archive_run_cluster
from tests.benchmarks.archive import make_archive
from tests.benchmarks.archive_stub import LOG, StubPredictor
from tests.factories import BERTA, write_broken, write_study


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the classifier in place of the real one writes what it scores."""
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    for module in (score, score_archive, archive_run_cluster):
        monkeypatch.setattr(module, "Predictor", StubPredictor)
    (tmp_path / "log").touch()
    return tmp_path / "log"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    write_study(folder / "anna", rows=16, columns=12)
    write_study(folder / "berta", rows=16, columns=12, woman=BERTA)
    write_broken(folder / "broken")
    return folder


def scored(log: Path) -> Counter[str]:
    return Counter(log.read_text().split())


def without_seconds(text: str) -> str:
    return re.sub(r'"seconds": [0-9.e-]+', '"seconds": 0', text)


@pytest.mark.parametrize("options", [[], ["--flips"], ["--prevalence", "0.01"]], ids=" ".join)
def test_the_answer_is_that_of_a_run_without_store_to_the_byte(
    archive: Path, log: Path, tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "s.sqlite")]
    texts, statuses, errors = [], [], []
    for extra in ([], store, store):
        statuses.append(main(["score", str(archive), "--json", "-", *options, *extra]))
        out, err = capsys.readouterr()
        texts.append(without_seconds(out))
        errors.append(err)
    assert texts[0] == texts[1] == texts[2]
    assert statuses == [1, 1, 1]
    assert errors[0] == errors[1]
    assert len(errors[2].splitlines()) == 1
    assert scored(log).most_common(1)[0][1] == 2


def test_the_answer_as_a_file_and_as_text_are_those_of_a_run_without_store(
    archive: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "s.sqlite")]
    for name, extra in (("plain", []), ("kept", store)):
        assert main(["score", str(archive), "--json", str(tmp_path / name), *extra]) == 1
    assert without_seconds((tmp_path / "plain").read_text()) == without_seconds((tmp_path / "kept").read_text())
    capsys.readouterr()
    assert main(["score", str(archive)]) == main(["score", str(archive), *store]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]


def test_an_archive_without_images_is_the_same_refusal(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    told = []
    for extra in ([], ["--store", str(tmp_path / "s.sqlite")]):
        assert main(["score", str(tmp_path / "empty"), *extra]) == 2
        told.append(capsys.readouterr())
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "options",
    [
        ["--retry"],
        ["--scheduler", "tcp://127.0.0.1:1"],
        ["--store", "s.sqlite", "--heatmaps", "maps"],
        ["--store", "absent/s.sqlite"],
        ["--store", "s.sqlite", "--json", "absent/a.json"],
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_get_one_line(
    options: list[str], archive: Path, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive)
    assert main(["score", str(archive), *options]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert log.read_text() == ""


def test_ctrl_c_keeps_what_was_answered_and_says_how_to_go_on(
    archive: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ["score", str(archive), "--json", str(tmp_path / "a.json"), "--store", str(tmp_path / "s.sqlite")]
    with monkeypatch.context() as while_running:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        while_running.setattr(score_archive._Telling, "begin", interrupted)
        assert main(told) == 130
    assert "the answers for 0 of 8 images are kept" in capsys.readouterr().err
    with monkeypatch.context() as while_running:
        real = score_archive._Telling.scored

        def scored_and_interrupted(telling: score_archive._Telling, images: int) -> None:
            real(telling, images)
            raise KeyboardInterrupt

        while_running.setattr(score_archive._Telling, "scored", scored_and_interrupted)
        assert main(told) == 130
    told_last = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r"the answers for [48] of 8 images are kept in .* \(the same command goes on\)", told_last)
    assert not (tmp_path / "a.json").exists()
    kept = sum(scored(log).values())
    assert kept >= 4
    assert main(told) == 1
    assert len(scored(log)) == 8
    assert set(scored(log).values()) <= {1, 2}
    assert len(json.loads((tmp_path / "a.json").read_text())["studies"]) == 2


class Killed(StubPredictor):
    """Ends its process by signal 9 at the twentieth image."""

    def predict(self, image: MammoImage) -> ImagePrediction:
        if len(Path(os.environ[LOG]).read_text().splitlines()) >= 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().predict(image)


_KILLED = """
import sys
from mammoview.cli import main
from mammoview.commands import score_archive
from tests.end2end.test_score_archive import Killed
score_archive.Predictor = Killed
main(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signal 9 on Windows")
def test_a_run_that_was_killed_goes_on_where_it_was(log: Path, tmp_path: Path) -> None:
    archive = make_archive(tmp_path, 40)
    told = ["score", str(archive), "--json", str(tmp_path / "a.json"), "--store", str(tmp_path / "s.sqlite")]
    killed = subprocess.run([sys.executable, "-c", _KILLED, *told], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert main(told) == 0
    assert len(scored(log)) == 40
    under_way = (len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else 64) * 2 * 4
    assert sum(count - 1 for count in scored(log).values()) <= under_way
    studies = json.loads((tmp_path / "a.json").read_text())["studies"]
    assert sum(len(study["images"]) for study in studies) == 40


def test_a_cluster_gives_the_same_answers_also_when_a_worker_goes(
    archive: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    distributed = pytest.importorskip("distributed")
    many = make_archive(tmp_path, 60)
    assert main(["score", str(archive), str(many), "--json", "-"]) == 1
    plain = without_seconds(capsys.readouterr().out)
    log.write_text("")
    options: dict[str, Any] = {"processes": False, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(n_workers=2, **options) as cluster:
        gone = LeavesAtTheTenth(cluster)
        for module in (score_archive, archive_run_cluster):
            module.Predictor = gone.predictor()  # type: ignore[attr-defined]
        told = ["--store", str(tmp_path / "s.sqlite"), "--scheduler", cluster.scheduler_address]
        assert main(["score", str(archive), str(many), "--json", "-", *told]) == 1
        archive_run_cluster._READY.close()
    assert gone.happened
    assert without_seconds(capsys.readouterr().out) == plain
    assert len(scored(log)) == 68


class LeavesAtTheTenth:
    """Takes one of two workers away, with all that it has, when the tenth image is scored."""

    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self.happened = False
        self._count = 0

    def predictor(self) -> type[StubPredictor]:
        outer = self

        class Leaving(StubPredictor):
            def predict(self, image: MammoImage) -> ImagePrediction:
                outer._count += 1
                if outer._count >= 10 and not outer.happened:
                    outer.happened = True
                    worker = outer._cluster.workers[0]
                    outer._cluster.loop.add_callback(worker.close, nanny=False, executor_wait=False)
                return super().predict(image)

        return Leaving


def test_a_scheduler_that_is_not_there_gets_one_line(
    archive: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(archive_run_cluster, "_CONNECT_S", 0.2)
    told = ["--store", str(tmp_path / "s.sqlite"), "--scheduler", "tcp://127.0.0.1:1"]
    assert main(["score", str(archive / "anna"), *told]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in line


@pytest.mark.parametrize(
    ("done", "left", "seconds", "words"),
    [
        (0, 100, 5.0, "beginning"),
        (100, 50, 10.0, "10.0 per second, 1 min left"),
        (10, 72_000, 10.0, "1.0 per second, 20 h 0 min left"),
        (10, 100_000, 10.0, "1.0 per second, 1 d 3 h left"),
    ],
)
def test_the_pace_and_the_time_left(done: int, left: int, seconds: float, words: str) -> None:
    assert pace(done, left, seconds) == words
