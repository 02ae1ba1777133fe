"""The record of speed and robustness runs, on tiny things. No figure is judged here: a busy machine is no defect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mammoview.dicom.reader import read_image
from mammoview.dicom.scan import scan
from tests import encoders
from tests.benchmarks import data
from tests.benchmarks.__main__ import main
from tests.benchmarks.fuzz import Count, fuzz
from tests.benchmarks.measures import Runs
from tests.benchmarks.table import Row, percentile, table
from tests.factories import FOUR_VIEWS, make_breast

_TINY = (96, 72)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAMMOVIEW_BENCHMARKS", str(tmp_path / "cache"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return tmp_path / "cache"


def test_p95_is_a_value_that_was_measured() -> None:
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([3.0], 0.95) == 3.0


def test_a_target_binds_the_figure_that_it_names() -> None:
    values = (1.0, 1.0, 1.0, 9.0)
    assert Row("a", "ms", values, 2.0).met is True
    assert Row("a", "ms", values, 2.0, judged="p95").met is False
    assert Row("a", "x", values, 5.0, least=True).met is False
    assert Row("a", "ms", values).met is None
    assert Row("a", "ms", (), 2.0).met is None


def test_the_table_says_met_missed_and_not_measured() -> None:
    text = table([Row("one", "ms", (1.0,), 2.0, note="N"), Row("two", "ms", (3.0,), 2.0), Row("three", "ms", ())])
    assert [line.rsplit("|", 2)[1].strip() for line in text.splitlines()[2:5]] == ["met", "MISSED", "not measured"]
    assert "one [1]" in text
    assert text.endswith("[1] N")


def test_the_record_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "record.json"
    assert main(["--quick", "--runs", "1", "--only", "scan", "--json", str(target)]) == 0
    printed = capsys.readouterr().out
    assert "scan of a folder" in printed
    assert printed.startswith("CPU: ")
    record = json.loads(target.read_text())
    assert {"CPU", "cores", "memory", "Python", "Qt", "OpenCV", "imagecodecs"} <= set(record["machine"])
    assert record["rows"][0]["values"][0] > 0


def test_a_window_in_its_own_process_is_opened_and_painted() -> None:
    folders = [str(folder) for folder in data.studies(encoders.EXPLICIT, _TINY, 2)]
    found = Runs().child("opening", folders=folders, size=(640, 480), model=False)
    assert len(found["full"]) == 2
    assert all(0 < first <= full for first, full in zip(found["any"], found["full"], strict=True))


@pytest.mark.parametrize("syntax", [encoders.RLE, encoders.JPEG_2000_LOSSLESS])
def test_the_made_studies_open(syntax: str) -> None:
    result = scan(data.studies(syntax, _TINY, 2))
    assert (len(result.studies), result.refused) == (2, ())
    for study in result.studies:
        for header in study.images:
            seed = FOUR_VIEWS.index((str(header.laterality), str(header.view)))
            assert (read_image(header).stored == make_breast(str(header.laterality), *_TINY, seed=seed)).all()


def test_the_fuzzer_counts_what_it_opens() -> None:
    count = Count()
    for answer in fuzz(range(30), seed=5, workers=1):
        count.add(answer)
    assert count.files == 30
    assert count.opened + count.refused + count.mixed + count.passed_over == 30
    assert count.refused > 0
    assert "30 files" in count.text()
