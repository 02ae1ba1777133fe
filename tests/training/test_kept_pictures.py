"""A cache whose table was corrected: pictures that did not change are kept, and wherever it ends one cache is whole."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.inference.preprocess import PreprocessParams
from tests.factories import write_study
from tests.training.layouts import write_film
from tests.training.test_cache_making import PARAMS, asked, contents, make, rows_of
from training import cache
from training.cache import load, prepare, read
from training.data.table import ImageRow, Lesion
from training.fitting.lock import claimed
from training.half_made import HalfMade

__all__ = ["asked"]  # a fixture

FORMS = pytest.mark.parametrize("name", ["out", "out.npz"])


def corrected(rows: list[ImageRow]) -> list[ImageRow]:
    """The rows with another label, another woman, another diagnosis of a lesion."""
    benign = tuple(replace(lesion, pathology="benign") for lesion in rows[3].lesions)
    return [
        replace(rows[0], label=1),
        rows[1],
        replace(rows[2], patient_id="other", part="test"),
        replace(rows[3], lesions=benign, diagnosis="benign"),
        *rows[4:],
    ]


@FORMS
def test_a_correction_decodes_no_picture_again(tmp_path: Path, asked: list[int], name: str) -> None:
    rows = rows_of(tmp_path)
    make(rows, tmp_path / name)
    before = load(tmp_path / name)
    asked.clear()
    make(corrected(rows), tmp_path / name)
    after = load(tmp_path / name)
    assert asked == []
    assert after.rows == tuple(corrected(rows))
    np.testing.assert_array_equal(after.inputs, before.inputs)
    np.testing.assert_array_equal(after.masks(range(5)), before.masks(range(5)))


def test_pictures_that_all_stay_in_their_places_are_not_written_again(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    inputs = make(rows, tmp_path / "out") / "inputs.npy"
    before = inputs.stat()
    make(corrected(rows), tmp_path / "out")
    after = inputs.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_correction_that_contradicts_equal_pictures_leaves_them_out(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 3)
    rows.append(replace(rows[0], file=tmp_path / "again.png", part="test"))
    rows[-1].file.write_bytes(rows[0].file.read_bytes())
    assert len(load(make(rows, tmp_path / "out")).rows) == 4
    rows[-1] = replace(rows[-1], part="", label=1)
    assert load(make(rows, tmp_path / "out")).rows == tuple(rows[1:3])
    assert contents(tmp_path / "out") == contents(make(rows, tmp_path / "new"))


def test_a_corrected_cache_is_the_one_that_would_be_made_anew(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    make(rows, tmp_path / "out")
    again = list(reversed(corrected(rows)))
    make(again, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(make(again, tmp_path / "new"))


def test_only_new_and_changed_pictures_are_made(
    tmp_path: Path, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(tmp_path, 6)
    make(rows[:5], tmp_path / "out")
    asked.clear()
    capsys.readouterr()
    write_film(rows[1].file, "R", seed=99)
    moved = replace(rows[2], lesions=(Lesion(box_px=(70, 30, 100, 60)),))
    make([rows[5], rows[1], moved, rows[3]], tmp_path / "out")
    assert asked == [0, 1, 2]
    assert "training: 1 pictures kept as they were, 3 made, 2 dropped that are no longer named" in (
        capsys.readouterr().err
    )
    assert [row.patient_id for row in load(tmp_path / "out").rows] == ["5", "1", "2", "3"]


def test_a_mask_file_that_changed_is_read_again(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path)
    mask = write_film(tmp_path / "mask.png")
    rows[1] = replace(rows[1], lesions=(Lesion(mask=mask),))
    make(rows, tmp_path / "out")
    asked.clear()
    write_film(mask, seed=5)
    make(rows, tmp_path / "out")
    assert asked == [1]


@pytest.mark.parametrize("what", ["size", "fit", "code", "modality", "part"])
def test_a_picture_that_would_be_made_otherwise_is_not_kept(
    tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    rows, params = rows_of(tmp_path, 2), PARAMS
    make(rows, tmp_path / "out")
    asked.clear()
    if what == "code":
        for module in ("cache", "kept_pictures", "preparing"):
            monkeypatch.setattr(f"training.{module}.code_hash", lambda: "0123456789abcdef")
    elif what == "modality":
        rows = [replace(row, modality="mri") for row in rows]
    elif what == "part":
        rows = [replace(row, crop_px=(50, 10, 90, 50)) for row in rows]
    else:
        params = PreprocessParams(rows=64, columns=32) if what == "size" else replace(PARAMS, fit="letterbox")
    prepare(rows, tmp_path / "out", params_json=params.to_json())
    assert asked == [0, 1]


def test_slices_are_kept_as_well(tmp_path: Path, asked: list[int]) -> None:
    rows = [replace(row, modality="mri") for row in rows_of(tmp_path, 2)]
    make(rows, tmp_path / "out")
    asked.clear()
    make([replace(rows[0], label=1), rows[1]], tmp_path / "out")
    assert asked == []


def test_a_corrected_side_is_held_against_the_file_without_reading_it(
    tmp_path: Path, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_study(tmp_path / "files", views=(("R", "CC"),))[0]
    row = ImageRow(file=file, patient_id="1", laterality="L", view="CC", label=0, source="made")
    make([row], tmp_path / "out")
    assert "the table says side L, the file itself R" in capsys.readouterr().err
    asked.clear()
    make([replace(row, laterality="R", view="MLO")], tmp_path / "out")
    said = capsys.readouterr().err
    assert asked == []
    assert "says side" not in said
    assert "RCC.dcm: the table says view MLO, the file itself CC" in said


def test_a_cache_of_before_files_own_words_were_kept_is_made_anew(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path, 2)
    make(rows, tmp_path / "out")
    about = tmp_path / "out" / "cache.json"
    about.write_text(about.read_text().replace('"pictures"', '"others"'))
    asked.clear()
    make([replace(rows[0], label=1), rows[1]], tmp_path / "out")
    assert asked == [0, 1]


def interrupted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, after: int) -> Callable[[], int]:
    """`owner.name` is interrupted when it was called `after` times; how often it was called."""
    genuine, calls = getattr(owner, name), [0]

    def watched(*arguments: Any, **keywords: Any) -> Any:
        if calls[0] == after:
            raise KeyboardInterrupt
        calls[0] += 1
        return genuine(*arguments, **keywords)

    monkeypatch.setattr(owner, name, watched)
    return lambda: calls[0]


@FORMS
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("after", range(5))
def test_wherever_files_are_put_in_place_one_cache_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, order: int, after: int
) -> None:
    rows = rows_of(tmp_path)
    old = load(make(rows, tmp_path / name))
    pixels, again = np.array(old.inputs), corrected(rows)[::order]
    with monkeypatch.context() as broken:
        calls = interrupted(broken, Path, "replace", after)
        try:
            make(again, tmp_path / name)
        except KeyboardInterrupt:
            assert calls() == after
    found = load(tmp_path / name)
    before = found.rows == tuple(rows)
    assert before or found.rows == tuple(again)
    assert before is (after == 0)
    np.testing.assert_array_equal(found.inputs, pixels if before else pixels[::order])
    np.testing.assert_array_equal(found.has_mask(), [bool(row.lesions) for row in found.rows])
    make(again, tmp_path / name)
    assert load(tmp_path / name).rows == tuple(again)
    assert not (tmp_path / f"{name}.making").exists()
    assert not list((tmp_path / name).glob("*.part"))


@pytest.mark.parametrize(
    ("owner", "call", "after", "order"),
    [
        *((np, "save", 0, order) for order in (1, -1)),
        *((cache, "row_record", 2, order) for order in (1, -1)),
        (cache, "reserved", 0, -1),
        (HalfMade, "add", 2, -1),
    ],
)
def test_wherever_a_correction_ends_while_it_writes_the_cache_of_before_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, call: str, after: int, order: int, asked: list[int]
) -> None:
    rows = rows_of(tmp_path)
    make(rows, tmp_path / "out")
    asked.clear()
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        interrupted(broken, owner, call, after)
        make(corrected(rows)[::order], tmp_path / "out")
    assert load(tmp_path / "out").rows == tuple(rows)
    make(corrected(rows), tmp_path / "out")
    assert asked == []
    assert load(tmp_path / "out").rows == tuple(corrected(rows))


def test_a_correction_that_was_ended_while_it_made_pictures_goes_on(
    tmp_path: Path, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(tmp_path, 6)
    make(rows[:2], tmp_path / "out")
    asked[:] = [-1]
    with pytest.raises(KeyboardInterrupt):
        make(rows, tmp_path / "out")
    assert load(tmp_path / "out").rows == tuple(rows[:2])
    asked.clear()
    capsys.readouterr()
    make(rows, tmp_path / "out")
    assert asked == [4, 5]
    assert "training: 2 pictures kept as they were, 4 made\n" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_over_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    rows = rows_of(tmp_path)
    make(rows, tmp_path / "out")
    with monkeypatch.context() as broken:
        broken.setattr(np, "save", full)
        with pytest.raises(UsageError, match="No space left"):
            make(corrected(rows), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.part"))
    assert load(tmp_path / "out").rows == tuple(rows)


def test_a_touched_file_is_the_same_picture(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path, 2)
    make(rows, tmp_path / "out")
    asked.clear()
    os.utime(rows[0].file, (1, 1))
    make([replace(rows[0], label=1), rows[1]], tmp_path / "out")
    assert asked == []
    assert read(tmp_path / "out")[0].labels().tolist() == [1, 1]


def test_files_of_one_size_and_time_that_changed_places_are_read_again(tmp_path: Path, asked: list[int]) -> None:
    rows = rows_of(tmp_path, 3)
    for index, row in enumerate(rows):
        plain = row.file.with_suffix(".pgm")
        with Image.open(row.file) as picture:
            picture.save(plain)
        os.utime(plain, (1, 1))
        rows[index] = replace(row, file=plain)
    make(rows, tmp_path / "out")
    asked.clear()
    first, last = rows[0].file.read_bytes(), rows[2].file.read_bytes()
    for row, content in ((rows[0], last), (rows[2], first)):
        row.file.write_bytes(content)
        os.utime(row.file, (1, 1))
    make([rows[0], replace(rows[1], label=0), rows[2]], tmp_path / "out")
    assert asked == [0, 2]


def damaged(out: Path, what: str) -> None:
    """Spoil a cache in the way that `what` names."""
    if what == "packed":
        with zipfile.ZipFile(out) as archive:
            start = archive.getinfo("inputs.npy").header_offset
        content = bytearray(out.read_bytes())
        content[start + 60 : start + 90] = bytes(b"\xff" * 30)
        out.write_bytes(content)
    elif what == "masks":
        np.save(out / "masks.npy", np.load(out / "masks.npy")[:1])
    elif what == "record":
        (out / "cache.json").write_text("null", encoding="utf-8")
    else:
        (out / "inputs.npy").unlink()


@pytest.mark.parametrize("change", [False, True])
@pytest.mark.parametrize("what", ["packed", "masks", "record", "inputs"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, what: str, change: bool, asked: list[int]) -> None:
    rows = rows_of(tmp_path)
    out = make(rows, tmp_path / ("out.npz" if what == "packed" else "out"))
    damaged(out, what)
    with pytest.raises(InputRefusedError, match="not a cache of inputs"):
        load(out)
    asked.clear()
    wanted = [replace(rows[0], label=1), *reversed(rows[1:])] if change else rows
    make(wanted, out)
    assert asked == [0, 1, 2, 3, 4]
    assert load(out).rows == tuple(wanted)


def test_a_cache_that_is_written_over_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(tmp_path)
    make(rows, tmp_path / "out")
    genuine, met = cache.row_of, [False]

    def slow(record: Any) -> ImageRow:
        if not met[0]:
            met[0] = True
            make(list(reversed(rows)), tmp_path / "out")
        return genuine(record)

    monkeypatch.setattr(cache, "row_of", slow)
    found, _ = read(tmp_path / "out")
    assert [row.patient_id for row in found.rows] == ["4", "3", "2", "1", "0"]
    assert found.has_mask().tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("there", [False, True])
def test_two_commands_do_not_make_one_cache_at_once(tmp_path: Path, there: bool) -> None:
    rows = rows_of(tmp_path)
    if there:
        make(rows, tmp_path / "out")
    with claimed(tmp_path / "out.making"), pytest.raises(UsageError, match="another process is writing there"):
        make(corrected(rows), tmp_path / "out")
    make(corrected(rows), tmp_path / "out")
    assert load(tmp_path / "out").rows == tuple(corrected(rows))
    assert not (tmp_path / "out.making").exists()


def test_a_cache_that_fits_can_be_read_while_another_is_made_there(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    make(rows, tmp_path / "out")
    waiting = tmp_path / "out" / "inputs.npy.0123456789abcdef.part"
    with claimed(tmp_path / "out.making"):
        waiting.write_bytes(b"of the other")
        assert prepare(rows, tmp_path / "out", params_json=PARAMS.to_json()).rows == tuple(rows)
    assert waiting.exists()
