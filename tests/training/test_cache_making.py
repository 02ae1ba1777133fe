"""The making of a cache: any number of workers, what was begun goes on, nothing is made twice, damage is named."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import BundleError, UsageError
from mammoview.inference.preprocess import PreprocessParams
from tests.training.layouts import write_film
from training import preparing
from training.cache import load, prepare
from training.data.manifest import write_manifest
from training.data.table import ImageRow, Lesion
from training.half_made import HalfMade
from training.preparing import Prepared, Task
from training.progress import Progress

PARAMS = PreprocessParams(rows=48, columns=32)
ROOT = Path(__file__).resolve().parents[2]


def rows_of(folder: Path, count: int = 5) -> list[ImageRow]:
    """Films with a box each, but for the first."""
    rows = []
    for index in range(count):
        file = write_film(folder / f"{index}.png", "LR"[index % 2], seed=index)
        box = Lesion(box_px=(60, 20 + index, 90, 60)) if index else None
        rows.append(
            ImageRow(
                file=file,
                patient_id=str(index),
                laterality="LR"[index % 2],
                view="CC",
                label=index % 2,
                source="made",
                lesions=(box,) if box else (),
            )
        )
    return rows


def make(rows: list[ImageRow], out: Path, workers: int = 1) -> Path:
    prepare(rows, out, params_json=PARAMS.to_json(), workers=workers)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


Call = Callable[[Task], Prepared]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rows that were prepared; where it holds -1 the next one is interrupted."""
    seen: list[int] = []
    genuine: Call = preparing.prepare_row

    def watched(task: Task) -> Prepared:
        if -1 in seen and len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(task[0])
        return genuine(task)

    monkeypatch.setattr(preparing, "prepare_row", watched)
    return seen


def test_the_bytes_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 9)
    one, two = make(rows, tmp_path / "one"), make(rows, tmp_path / "two", workers=2)
    assert contents(one) == contents(two)
    assert set(contents(one)) == {"inputs.npy", "masks.npy", "rows.json", "cache.json"}


def test_a_packed_file_holds_the_same_and_is_reproducible(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    folder, packed = load(make(rows, tmp_path / "folder")), load(make(rows, tmp_path / "a.npz"))
    np.testing.assert_array_equal(folder.inputs, packed.inputs)
    np.testing.assert_array_equal(folder.masks(range(5)), packed.masks(range(5)))
    assert folder.rows == packed.rows
    assert make(rows, tmp_path / "b.npz").read_bytes() == (tmp_path / "a.npz").read_bytes()


def test_what_was_begun_goes_on_to_the_same_bytes(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path)
    whole = make(rows, tmp_path / "whole")
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out")
    asked.clear()
    make(rows, tmp_path / "out")
    assert asked == [2, 3, 4]
    assert contents(tmp_path / "out") == contents(whole)
    assert not (tmp_path / "out.making").exists()


def test_a_command_that_goes_on_says_all_notes_and_counts_each_once(
    tmp_path: Path, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [replace(row, lesions=(Lesion(box_px=(900, 900, 950, 950)),)) for row in rows_of(tmp_path)]
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out")
    asked.clear()
    capsys.readouterr()
    make(rows, tmp_path / "out")
    said = capsys.readouterr().err
    assert said.count("its lesions are not told") == 5
    assert "training: 5 of 5 images have a note above\n" in said


def test_a_picture_that_became_what_it_was_is_read_again_where_another_was_read_between(
    tmp_path: Path, asked: list[int]
) -> None:
    rows = rows_of(tmp_path)
    whole, first = make(rows, tmp_path / "whole"), rows[0].file.read_bytes()
    for content in (first, write_film(tmp_path / "another.png", seed=99).read_bytes()):
        rows[0].file.write_bytes(content)
        asked[:] = [-1]
        with pytest.raises(KeyboardInterrupt):
            make(rows, tmp_path / "out")
    rows[0].file.write_bytes(first)
    asked.clear()
    make(rows, tmp_path / "out")
    assert 0 in asked
    assert (tmp_path / "out" / "inputs.npy").read_bytes() == (whole / "inputs.npy").read_bytes()


def test_a_source_that_changed_since_it_was_begun_is_read_again(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path)
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out")
    write_film(rows[0].file, seed=99)
    asked.clear()
    make(rows, tmp_path / "out")
    assert asked == [0, 2, 3, 4]


def test_a_line_that_was_cut_off_is_made_again(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path)
    whole = make(rows, tmp_path / "whole")
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out")
    log = tmp_path / "out.making" / "done.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    masks = tmp_path / "out.making" / "masks.bin"
    masks.write_bytes(masks.read_bytes()[:-5])
    asked.clear()
    make(rows, tmp_path / "out")
    assert asked == [1, 2, 3, 4]
    assert contents(tmp_path / "out") == contents(whole)


def test_what_was_begun_for_other_rows_is_not_gone_on_with(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path)
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out")
    asked.clear()
    make([replace(rows[0], label=1), *rows[1:]], tmp_path / "out")
    assert asked == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["out", "out.npz"])
def test_a_cache_that_fits_is_left_as_it_is(tmp_path: Path, asked: list[int], name: str) -> None:
    rows = rows_of(tmp_path)
    make(rows, tmp_path / name)
    asked.clear()
    make(rows, tmp_path / name)
    assert asked == []
    write_film(rows[3].file, seed=99)
    make(rows, tmp_path / name)
    assert asked


def test_a_damaged_image_is_named_and_the_rest_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(tmp_path)
    rows[2].file.write_bytes(rows[2].file.read_bytes()[:300])
    cache = load(make(rows, tmp_path / "out"))
    said = capsys.readouterr().err
    assert said.count("2.png: is truncated") == 1
    assert "1 of 5 images were left out" in said
    assert [row.patient_id for row in cache.rows] == ["0", "1", "3", "4"]
    whole = prepare(rows[3:], tmp_path / "rest", params_json=PARAMS.to_json())
    np.testing.assert_array_equal(cache.inputs[2:], whole.inputs)
    np.testing.assert_array_equal(cache.masks([2, 3]), whole.masks([0, 1]))


def test_whole_images_and_crops_are_not_mixed(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 2)
    with pytest.raises(UsageError, match="mixed"):
        make([rows[0], replace(rows[1], crop_px=(0, 0, 9, 9))], tmp_path / "out")


def test_no_bundle_of_whole_images_can_be_made_of_crops(tmp_path: Path) -> None:
    rows = [replace(row, crop_px=(50, 10, 90, 50)) for row in rows_of(tmp_path, 2)]
    cache = load(make(rows, tmp_path / "out"))
    assert cache.preprocess_hash != PARAMS.hash
    with pytest.raises(BundleError, match="lesion-crop"):
        PreprocessParams.from_json(cache.preprocess)


def test_a_mask_slot_is_found_again_after_another_half_made_one(tmp_path: Path) -> None:
    packed = [np.full(8, value, np.uint8) for value in (1, 2)]
    pixels = np.zeros((8, 8), np.uint8)
    for number in (0, 1):
        with HalfMade(tmp_path / "out", "key", (2, 8, 8)) as half:
            half.add(number, pixels, packed[number], why="", said=(), sources={})
        with (half.folder / "done.jsonl").open("a") as log:
            log.write('{"number": 1, "sl')  # ended while it wrote
    with HalfMade(tmp_path / "out", "key", (2, 8, 8)) as half:
        assert half.went_on == 2
        np.testing.assert_array_equal(half.masks([half.done[1].slot, half.done[0].slot]), [packed[1], packed[0]])


def test_rows_of_a_version_that_did_not_keep_what_files_say_are_made_again(tmp_path: Path) -> None:
    with HalfMade(tmp_path / "out", "key", (1, 8, 8)) as half:
        half.add(0, np.zeros((8, 8), np.uint8), None, why="", said=(), sources={})
    log = half.folder / "done.jsonl"
    log.write_text(log.read_text().replace('"words"', '"shows"'))
    with HalfMade(tmp_path / "out", "key", (1, 8, 8)) as half:
        assert half.went_on == 0


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C of a child is a signal")
def test_ctrl_c_keeps_what_was_made_and_the_same_command_goes_on(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 400)  # more than are made before the signal comes, on a busy machine too
    rows[5].file.write_bytes(b"damaged")
    write_manifest(rows, tmp_path / "all.csv")
    command = [sys.executable, "-m", "training", "prepare", str(tmp_path / "all.csv"), "--workers", "2"]
    command += ["--rows", "256", "--columns", "160", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        next(line for line in child.stderr if "5.png" in line)
        child.send_signal(signal.SIGINT)
        said = child.stderr.read()
    assert child.returncode == 2
    assert said == "training: stopped (the same command goes on where it can)\n"
    begun = len((tmp_path / "out.making" / "done.jsonl").read_text().split())
    assert begun >= 5
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert len(load(tmp_path / "out").rows) == 399


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_tells_the_rate_and_the_time_left() -> None:
    times = iter([0.0, 10.0, 20.0])
    stream = _Terminal()
    with Progress("prepare", "images", stream=stream, clock=lambda: next(times)) as bar:
        bar.tell(100, 1100)  # what was there before does not count for the rate
        bar.tell(150, 1100)
        bar.tell(300, 1100)
    last = stream.getvalue().split("\r")[-1]
    assert "] 300 of 1100  10 images/s, 1:20 left" in last
    assert last.startswith("prepare [######..")


def test_the_bar_is_silent_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with Progress("prepare", "images", stream=stream) as bar:
        bar.tell(1, 2)
    assert stream.getvalue() == ""
