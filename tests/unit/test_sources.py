"""What is opened and walked: regular files alone, and each folder once."""

from __future__ import annotations

import os
import socket
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from mammoview.core.errors import CancelledError, InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.scan import scan
from mammoview.dicom.sources import first_bytes, walk_folder
from tests.factories import make_mammogram_dataset, write_dicomdir, write_mammogram

NO_FILE = "is a pipe, a socket or a device, not a file"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and links")


def refuse_none(path: Path, error: InputRefusedError) -> None:
    raise AssertionError(f"{path}: {error}")


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.timeout(10)
def test_a_pipe_that_is_named_is_refused_unopened(tmp_path: Path) -> None:
    path = pipe(tmp_path / "image.dcm")
    assert [str(refusal) for refusal in scan([path]).refused] == [f"{path}: {NO_FILE}"]


@pytest.mark.timeout(10)
def test_a_pipe_that_a_dicomdir_refers_to_is_refused_unopened(tmp_path: Path) -> None:
    directory = write_dicomdir(tmp_path, [make_mammogram_dataset(side) for side in "RL"])
    first = next(path for path in sorted(tmp_path.rglob("*")) if path.is_file() and path != directory)
    first.unlink()
    pipe(first)
    result = scan([directory])
    assert [refusal.cause for refusal in result.refused] == [NO_FILE]
    assert [len(study.images) for study in result.studies] == [1]


@pytest.mark.timeout(10)
def test_pipes_in_a_folder_are_passed_over(tmp_path: Path) -> None:
    pipe(tmp_path / "a.dcm")
    write_mammogram(tmp_path / "b.dcm")
    result = scan([tmp_path])
    assert (result.refused, len(result.studies)) == ((), 1)


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("s")
        with pytest.raises(InputRefusedError, match="a socket"):
            first_bytes(ImageSource(tmp_path / "s"))


def test_a_device_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="a device"):
        first_bytes(ImageSource(Path("/dev/null")))


def laddered(folder: Path, rungs: int) -> Path:
    """A folder from which two links lead to the next, and so on; there are 2**rungs ways to the one file at the end."""
    steps = [folder / f"{rung:02d}" for rung in range(rungs + 1)]
    for step in steps:
        step.mkdir()
    for step, following in pairwise(steps):
        for name in "ab":
            (step / name).symlink_to(following, target_is_directory=True)
    write_mammogram(steps[-1] / "image.dcm")
    return steps[0]


@pytest.mark.timeout(30)
def test_a_folder_to_which_many_ways_lead_is_read_once(tmp_path: Path) -> None:
    found = list(walk_folder(laddered(tmp_path, 24), refuse_none))
    assert [path.name for path in found] == ["image.dcm"]


def test_folders_without_a_number_of_their_own_are_told_apart_by_their_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        write_mammogram(tmp_path / name / f"{name}.dcm")
    (tmp_path / "c").symlink_to(tmp_path, target_is_directory=True)
    really_stat = Path.stat

    def numberless(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        values = list(really_stat(self, follow_symlinks=follow_symlinks))
        values[1] = 0
        return os.stat_result(values)

    monkeypatch.setattr(Path, "stat", numberless)
    assert [path.name for path in walk_folder(tmp_path, refuse_none)] == ["a.dcm", "b.dcm"]


def test_files_are_found_in_the_order_of_their_paths(tmp_path: Path) -> None:
    names = ["a/b/1.dcm", "a/c.dcm", "b.dcm", "c/1.dcm"]
    for name in reversed(names):
        write_mammogram(tmp_path / name)
    assert [path.relative_to(tmp_path).as_posix() for path in walk_folder(tmp_path, refuse_none)] == names


def test_cancelling_stops_a_scan_of_folders_without_files(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    asked: list[bool] = []

    def after_three() -> bool:
        asked.append(True)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        scan([tmp_path], cancelled=after_three)
    assert len(asked) == 4
