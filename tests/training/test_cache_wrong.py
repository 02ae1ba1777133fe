"""What goes wrong while a cache is made: pictures twice, pictures of nothing, no room on the disk, a killed parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.inference.preprocess import PreprocessParams
from tests.factories import ANNA, write_mammogram, write_study
from tests.training.layouts import write_film
from training.__main__ import main
from training.cache import InputCache, load, prepare
from training.data.manifest import write_manifest
from training.data.table import ImageRow, Lesion
from training.duplicates import alike, repeated
from training.half_made import HalfMade, reserved

PARAMS = PreprocessParams(rows=48, columns=32)
ROOT = Path(__file__).resolve().parents[2]
NO_LIMIT = pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs the limits of POSIX")


def film(folder: Path, name: str, woman: str, label: int = 0, *, side: str = "L", seed: int = 0) -> ImageRow:
    file = write_film(folder / name, side, seed=seed)
    return ImageRow(file=file, patient_id=woman, laterality=side, view="CC", label=label, source="made")


def made(rows: list[ImageRow], out: Path) -> InputCache:
    return prepare(rows, out, params_json=PARAMS.to_json())


def kept(cache: InputCache) -> list[str]:
    return [row.file.name for row in cache.rows]


def test_a_picture_under_two_women_stays_once_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [film(tmp_path, "a.png", "1"), film(tmp_path, "b.tif", "2"), film(tmp_path, "c.png", "3", seed=9)]
    assert kept(made(rows, tmp_path / "out")) == ["a.png", "c.png"]
    said = capsys.readouterr().err
    assert f"b.tif: the same picture as {rows[0].file}, under another woman" in said
    assert "1 of 3 images were left out" in said


def test_a_picture_with_two_labels_is_left_out_altogether(tmp_path: Path) -> None:
    rows = [film(tmp_path, "a.png", "1"), film(tmp_path, "b.png", "1", 1), film(tmp_path, "c.png", "3", seed=9)]
    assert kept(made(rows, tmp_path / "out")) == ["c.png"]


def pictures(*women: tuple[str, int, str]) -> tuple[list[ImageRow], np.ndarray]:
    """Rows of (woman, label, part) that all show one picture."""
    rows = [
        ImageRow(file=Path(f"{n}.png"), patient_id=woman, laterality="L", view="CC", label=label, source="s", part=part)
        for n, (woman, label, part) in enumerate(women)
    ]
    picture = np.random.default_rng(0).integers(0, 256, (48, 32), dtype=np.uint8)
    return rows, np.stack([picture] * len(rows))


@pytest.mark.parametrize(
    ("women", "out"),
    [
        ([("1", 0, ""), ("1", 0, "")], {1}),
        ([("1", 0, "train"), ("2", 0, "test")], {0}),  # the official test part stays whole
        ([("1", 0, "train"), ("2", 1, "test")], {0}),
        ([("1", 0, "train"), ("1", 1, "test")], set()),  # the split takes her out of training
        ([("1", 0, "train"), ("1", 0, "test"), ("1", 0, "train")], {2}),
        ([("1", 0, ""), ("2", 1, ""), ("3", 1, "")], {0, 1, 2}),
    ],
)
def test_which_of_equal_pictures_stay(women: list[tuple[str, int, str]], out: set[int]) -> None:
    rows, inputs = pictures(*women)
    assert set(repeated(rows, inputs, range(len(rows)))) == out


def test_pictures_of_different_women_that_look_alike_are_found_across_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.duplicates._BLOCK", 2)
    rng = np.random.default_rng(0)
    rows, _ = pictures(*((str(n), 0, "") for n in range(6)))
    rows[5] = replace(rows[5], patient_id="1")
    fields = rng.integers(40, 200, (6, 24, 16)).astype(np.uint8)
    fields[[4, 5]] = fields[1]
    noise = rng.integers(0, 9, (6, 48, 32))
    inputs = (fields.repeat(2, axis=1).repeat(2, axis=2) + noise).astype(np.uint8)
    assert [pair[:2] for pair in alike(rows, inputs, range(6))] == [(1, 4), (4, 5)]  # 1 and 5 are one woman's


def test_pictures_that_look_alike_are_named_and_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [film(tmp_path, "a.png", "1"), film(tmp_path, "b.jpg", "2")]
    assert len(made(rows, tmp_path / "out").rows) == 2
    assert "of different women, look like one picture" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "size", "why"),
    [
        (0, 100, "nothing of a breast is seen in it"),
        (255, 100, "nothing of a breast is seen in it"),
        (255, 1, "is 1 x 1 pixels: no mammogram"),
    ],
)
def test_a_picture_of_nothing_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: int, size: int, why: str
) -> None:
    rows = [film(tmp_path, "a.png", "1"), film(tmp_path, "b.png", "2")]
    Image.fromarray(np.full((size, size), value, np.uint8)).save(rows[0].file)
    assert kept(made(rows, tmp_path / "out")) == ["b.png"]
    assert f"a.png: {why}" in capsys.readouterr().err


def test_pictures_that_would_be_enlarged_stay_and_a_few_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [film(tmp_path, f"{name}.png", name, seed=seed) for seed, name in enumerate("abcde")]
    for row in rows:
        with Image.open(row.file) as picture:
            picture.resize((24, 40)).save(row.file)
    assert len(made(rows, tmp_path / "out").rows) == 5
    said = capsys.readouterr().err
    assert said.count(".png: is 40 x 24 pixels, smaller than the input") == 3
    assert "training: 5 of 5 images are smaller than the input: they were enlarged" in said
    assert "have a note" not in said


def test_tomosynthesis_is_left_out_as_the_application_scores_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pydicom import dcmread

    row = film(tmp_path, "b.png", "2")
    frames = write_mammogram(tmp_path / "a.dcm")
    data = dcmread(frames)
    data.NumberOfFrames, data.PixelData = 2, data.PixelData * 2
    data.save_as(frames)
    assert kept(made([replace(row, file=frames, patient_id="1"), row], tmp_path / "out")) == ["b.png"]
    assert "a.dcm: holds 2 frames" in capsys.readouterr().err


def test_a_table_that_contradicts_the_files_is_named_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write_study(tmp_path / "files", views=(("R", "CC"), ("L", "CC"), ("L", "MLO")))
    rows = [
        ImageRow(file=file, patient_id="1", laterality="L", view=view, label=0, source="made")
        for file, view in zip(files, ("CC", "", "CC"), strict=True)
    ]
    made([rows[0], replace(rows[1], patient_id="2"), rows[2]], tmp_path / "out")
    said = capsys.readouterr().err
    assert "RCC.dcm: the table says side L, the file itself R: see which is right" in said
    assert "LMLO.dcm: the table says view CC, the file itself MLO" in said
    assert "training: 2 of 3 images have a note above" in said
    assert f"one Patient ID stands in the files of 2 women of the table ({files[0]}, {files[1]})" in said
    assert ANNA.patient_id not in said


def test_a_lesion_outside_of_what_is_seen_is_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = replace(film(tmp_path, "a.png", "1"), lesions=(Lesion(box_px=(900, 900, 950, 950)),))
    assert not made([row], tmp_path / "out").has_mask().any()
    assert "its lesions are not told: none lies in what is seen" in capsys.readouterr().err


@NO_LIMIT
def test_a_full_disk_is_said_before_the_first_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    rows = [film(tmp_path, "a.png", "1")]
    with monkeypatch.context() as broken:
        broken.setattr(os, "posix_fallocate", full)
        with pytest.raises(UsageError, match="out: cannot be written: No space left on device"):
            made(rows, tmp_path / "out")
    assert not (tmp_path / "out.making" / "inputs.npy").exists()
    assert kept(made(rows, tmp_path / "out")) == ["a.png"]


@pytest.mark.parametrize("taken", ["by the system", "by writing"])
def test_the_room_of_a_cache_is_taken_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str) -> None:
    if taken == "by writing":
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    mapped = reserved(tmp_path / "a.npy", (100, 100, 100))
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= 1_000_000
    assert mapped.shape == (100, 100, 100)
    assert np.load(tmp_path / "a.npy").sum() == 0


@pytest.mark.parametrize("name", ["out", "out.npz"])
def test_a_disk_that_fills_at_the_end_leaves_no_halves_and_what_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    rows = [film(tmp_path, "a.png", "1")]
    with monkeypatch.context() as broken:
        broken.setattr(np, "savez_compressed", full)
        broken.setattr("training.cache.reserved", full)
        with pytest.raises(UsageError, match="No space left"):
            made(rows, tmp_path / name)
    assert not list(tmp_path.rglob("*.part"))
    with HalfMade(tmp_path / name, half_key(tmp_path / name), (1, 48, 32)) as half:
        assert half.went_on == 1


def half_key(out: Path) -> str:
    import json

    return str(json.loads((out.with_name(out.name + ".making") / "key.json").read_text()))


def test_what_is_no_cache_is_not_written_over(tmp_path: Path) -> None:
    rows = [film(tmp_path / "data", "a.png", "1")]
    with pytest.raises(UsageError, match="a folder with other things in it"):
        made(rows, tmp_path / "data")
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="a file and no cache"):
        made(rows, tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_was_being_written_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "inputs.npy.part").write_bytes(b"half")
    assert kept(made([film(tmp_path, "a.png", "1")], tmp_path / "out")) == ["a.png"]


def test_files_of_others_beside_a_half_made_cache_stay(tmp_path: Path) -> None:
    folder = tmp_path / "out.making"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    made([film(tmp_path, "a.png", "1")], tmp_path / "out")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_packed_cache_may_be_read_by_those_who_may_read_new_files(tmp_path: Path) -> None:
    made([film(tmp_path, "a.png", "1")], tmp_path / "out.npz")
    (tmp_path / "new").touch()
    assert (tmp_path / "out.npz").stat().st_mode == (tmp_path / "new").stat().st_mode


def test_a_set_without_an_image_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="no image to prepare"):
        made([], tmp_path / "out")


@pytest.mark.parametrize("size", [["--rows", "0"], ["--columns", "-5"], ["--rows", "31"]])
def test_an_input_that_is_too_small_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size: list[str]
) -> None:
    write_manifest([film(tmp_path, "a.png", "1")], tmp_path / "all.csv")
    assert main(["prepare", str(tmp_path / "all.csv"), "--out", str(tmp_path / "out"), *size]) == 2
    assert "is too small (give --rows and --columns of 32 up)" in capsys.readouterr().err


def test_what_was_noticed_of_the_set_is_said_before_it_is_prepared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_manifest([film(tmp_path, "a.png", "s/P1"), film(tmp_path, "b.png", "s/p1", seed=9)], tmp_path / "all.csv")
    assert main(["prepare", str(tmp_path / "all.csv"), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0
    said = capsys.readouterr().err
    assert "note: 1 women are written in several ways" in said
    assert "note: one class only" in said


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    rows = [film(tmp_path, f"{n}.png", str(n), seed=n) for n in range(40)]
    rows[3].file.write_bytes(b"damaged")
    write_manifest(rows, tmp_path / "all.csv")
    command = [sys.executable, "-m", "training", "prepare", str(tmp_path / "all.csv"), "--workers", "2"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        next(line for line in child.stderr if "3.png" in line)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)  # comes to its end when the last process that can write to it has ended
    begun = len((tmp_path / "out.making" / "done.jsonl").read_text().split("\n")) - 2
    assert begun >= 1
    assert main(["prepare", str(tmp_path / "all.csv"), "--workers", "1", "--out", str(tmp_path / "out")]) == 0
    assert len(load(tmp_path / "out").rows) == 39
