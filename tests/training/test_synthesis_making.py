"""The making of synthetic women: any number of workers, what was ended goes on, nothing that is whole is made twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoview.core.errors import UsageError
from training.fitting.lock import claimed
from training.synthesis import making
from training.synthesis.making import Choices, Made, make_women
from training.synthesis.woman import generate_woman

CHOICES = Choices(
    seed=3, lesion="random", side="random", density=None, spacing_mm=2.0, prior=False, lesion_free_twin=False,
    compress="none",
)  # fmt: skip

Make = Callable[[tuple[Choices, int, Path]], int]


def make(out: Path, women: int = 3, *, first: int = 0, workers: int = 1, choices: Choices = CHOICES) -> Made:
    return make_women(choices, out, first=first, women=women, workers=workers)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", autouse=True)
def computed_once() -> Iterator[None]:
    """Each woman's pixels are computed once for all tests of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "generate_woman", cache(generate_woman))
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three women in one go."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert make(out) == Made(3, 0)
    return contents(out)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the women who were made; where it holds -1 the third is interrupted."""
    seen: list[int] = []
    genuine: Make = making.make_woman

    def watched(task: tuple[Choices, int, Path]) -> int:
        if -1 in seen and len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(task[1])
        return genuine(task)

    monkeypatch.setattr(making, "make_woman", watched)
    return seen


@pytest.fixture
def out(tmp_path: Path, whole: dict[str, bytes]) -> Path:
    """A folder with the three women."""
    for name, held in whole.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_bytes(held)
    return tmp_path / "out"


def test_the_bytes_do_not_depend_on_the_number_of_workers(tmp_path: Path, whole: dict[str, bytes]) -> None:
    make(tmp_path / "out", workers=2)
    assert contents(tmp_path / "out") == whole


def test_the_pixels_do_not_depend_on_the_number_of_threads() -> None:
    before = cv2.getNumThreads()
    made = []
    try:
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            made.append(generate_woman(5, spacing_mm=0.8, lesion="none", views=(("L", "MLO"),)).views[0].stored)
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(made[0], made[1])


def test_what_was_interrupted_goes_on_to_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], asked: list[int]
) -> None:
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.csv").exists()
    asked.clear()
    assert make(tmp_path / "out") == Made(3, 2)
    assert asked == [2]
    assert contents(tmp_path / "out") == whole


def test_women_who_are_whole_are_left(out: Path, whole: dict[str, bytes], asked: list[int]) -> None:
    assert make(out) == Made(3, 3)
    assert asked == []
    assert contents(out) == whole


@pytest.mark.parametrize("name", ["SYN-3-0001/current/LCC.dcm", "truth/SYN-3-0001/woman.json"])
@pytest.mark.parametrize("share", [0.0, 0.5, None])
def test_a_woman_with_a_file_that_is_cut_or_gone_is_made_again(
    out: Path, whole: dict[str, bytes], asked: list[int], name: str, share: float | None
) -> None:
    if share is None:
        (out / name).unlink()
    else:
        (out / name).write_bytes(whole[name][: int(len(whole[name]) * share)])
    make(out)
    assert asked == [1]
    assert contents(out) == whole


def test_a_mask_that_is_gone_is_made_again(out: Path, whole: dict[str, bytes], asked: list[int]) -> None:
    mask = next(name for name in whole if name.endswith(".png"))
    (out / mask).unlink()
    make(out)
    assert len(asked) == 1
    assert contents(out) == whole


@pytest.mark.parametrize("begun", [(0, 1), (2, 1), (1, 2)])
def test_women_are_added_as_if_made_in_one_go(
    tmp_path: Path, whole: dict[str, bytes], asked: list[int], begun: tuple[int, int]
) -> None:
    first, women = begun
    make(tmp_path / "out", women, first=first)
    there = sorted(asked)
    assert make(tmp_path / "out") == Made(3, women)
    assert sorted(asked[women:]) == sorted({0, 1, 2} - set(there))
    assert contents(tmp_path / "out") == whole


def test_another_first_adds_to_those_who_are_there(tmp_path: Path, whole: dict[str, bytes]) -> None:
    make(tmp_path / "out", 1)
    make(tmp_path / "out", 1, first=2)
    document = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert {image["index"] for image in document["images"]} == {0, 2}
    assert document["parameters"]["indices"] == [0, 2]
    make(tmp_path / "out", 1, first=1)
    assert contents(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(CHOICES, seed=4), "--seed 3, not 4"),
        (replace(CHOICES, spacing_mm=1.9), r"--spacing-mm 2\.0, not 1\.9"),
        (replace(CHOICES, lesion_free_twin=True), "--lesion-free-twin False, not True"),
        (replace(CHOICES, patient_name="DEMO^ANNA"), r"--patient-name None, not DEMO\^ANNA"),
    ],
)
def test_other_options_in_the_same_folder_are_refused(
    out: Path, whole: dict[str, bytes], other: Choices, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        make(out, 4, choices=other)
    assert contents(out) == whole


def test_fewer_women_than_are_there_are_refused(out: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match=r"holds women 0 to 2, more than --women 2 \(give --women 3 or more"):
        make(out, 2)
    assert contents(out) == whole


def test_other_images_are_not_written_over(tmp_path: Path) -> None:
    """As a set of an older version, or the demonstration study."""
    (tmp_path / "manifest.csv").write_text("file\n", encoding="utf-8")
    with pytest.raises(UsageError, match="holds images that were made otherwise"):
        make(tmp_path)
    assert contents(tmp_path) == {"manifest.csv": b"file\n"}


def test_two_cannot_write_into_one_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "out"), pytest.raises(UsageError, match="another process"):
        make(tmp_path / "out")


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow over `size` bytes: to the writer as if the disk were full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_line_and_the_same_command_goes_on(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with room_for(12_000), pytest.raises(UsageError) as caught:
        make(tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.part"))
    assert str(caught.value).startswith(f"{tmp_path / 'out'}: cannot be written: File too large (make room")
    make(tmp_path / "out")
    assert contents(tmp_path / "out") == whole
