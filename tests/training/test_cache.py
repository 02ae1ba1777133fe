"""The cache of model inputs and the reading of the RSNA table."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.reader import read_file
from mammoview.inference.preprocess import PreprocessParams, preprocess
from tests.bundles import breast_pixels
from training.__main__ import main
from training.cache import load, prepare
from training.data.rsna import read_rsna
from training.sources import bare_code

PARAMS = PreprocessParams(rows=64, columns=64)


@pytest.fixture
def rsna(tmp_path: Path) -> Path:
    """A data set of two women in the layout of the RSNA subset."""
    folder = tmp_path / "rsna"
    (folder / "images").mkdir(parents=True)
    lines = ["file,patient_id,laterality,view,age,cancer,implant,density,machine_id"]
    for index, (woman, side, cancer) in enumerate((("p1", "L", 1), ("p1", "R", 0), ("p2", "L", 0))):
        name = f"images/{woman}_{side}_CC.png"
        Image.fromarray(breast_pixels(bits=8, seed=index)).save(folder / name)
        lines.append(f"{name},{woman},{side},CC,{'' if woman == 'p2' else '61.0'},{cancer},0,B,49")
    lines.append("images/absent.png,p3,L,CC,50.0,0,0,C,49")
    lines.append("images/implant.png,p4,L,CC,50.0,0,1,C,49")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_the_table_is_read_without_implants(rsna: Path) -> None:
    rows = read_rsna(rsna)
    assert [row.patient_id for row in rows] == ["rsna/p1", "rsna/p1", "rsna/p2", "rsna/p3"]
    assert [row.label for row in rows] == [1, 0, 0, 0]
    assert (rows[0].age, rows[2].age, rows[0].breast_id) == (61.0, None, "rsna/p1/L")


def test_the_cache_holds_what_the_application_would_see(
    rsna: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cache.npz"
    made = prepare(read_rsna(rsna), path, params_json=PARAMS.to_json())
    assert "absent.png" in capsys.readouterr().err
    found = load(path, expected_hash=PARAMS.hash)
    np.testing.assert_array_equal(found.inputs, made.inputs)
    assert found.rows == made.rows
    assert found.labels().tolist() == [1, 0, 0]
    image = read_file(found.rows[1].file)
    expected = preprocess(image, PARAMS).pixels[..., 0] * 255
    assert np.abs(found.inputs[1] - expected).max() <= 0.5


def test_a_stale_cache_is_found(rsna: Path, tmp_path: Path) -> None:
    path = tmp_path / "cache.npz"
    prepare(read_rsna(rsna), path, params_json=PARAMS.to_json())
    with pytest.raises(InputRefusedError, match="another preprocessing"):
        load(path, expected_hash=PreprocessParams(rows=96, columns=64).hash)


@pytest.fixture(params=["cache", "cache.npz"])
def made(rsna: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A cache of the images of `rsna` in each of the two forms."""
    path = tmp_path / str(request.param)
    prepare([row for row in read_rsna(rsna) if row.file.is_file()], path, params_json=PARAMS.to_json())
    return path


def images(rsna: Path) -> list[Path]:
    return sorted((rsna / "images").iterdir())


def test_a_cache_whose_source_changed_is_stale_and_says_which(rsna: Path, made: Path) -> None:
    Image.fromarray(breast_pixels(bits=8, seed=9)).save(images(rsna)[0])
    with pytest.raises(InputRefusedError, match=r"stale: 1 source files changed \(as .*p1_L_CC.png\)") as caught:
        load(made)
    assert "make it again" in caught.value.hint


def test_a_cache_of_which_a_source_went_is_stale(rsna: Path, made: Path) -> None:
    images(rsna)[0].unlink()
    with pytest.raises(InputRefusedError, match="stale: 1 source files went"):
        load(made)


def test_a_source_that_was_only_touched_is_the_same(rsna: Path, made: Path) -> None:
    os.utime(images(rsna)[0], (1, 1))
    assert len(load(made).rows) == 3


@pytest.mark.parametrize("name", ["cache", "cache.npz"])
def test_a_label_that_was_corrected_in_the_table_makes_a_cache_stale(rsna: Path, tmp_path: Path, name: str) -> None:
    """Where no label, only a remark, is another, nothing is made again."""
    command = ["prepare", str(rsna), "--out", str(tmp_path / name), "--rows", "64", "--columns", "64", "--workers", "1"]
    assert main(command) == 0
    table = rsna / "manifest.csv"
    for change, again in ((("49\n", "50\n"), True), (("absent.png,p3", "absent.png,p5"), False)):
        before = load(tmp_path / name)
        table.write_text(table.read_text().replace(*change, 1))
        with pytest.raises(InputRefusedError, match=r"stale: 1 tables changed \(as .*manifest.csv\)"):
            load(tmp_path / name)
        assert main(command) == 0
        assert (load(tmp_path / name).rows == before.rows) is not again
    table.unlink()
    assert len(load(tmp_path / name).rows) == 3


def test_a_cache_that_fits_need_not_be_writable(
    rsna: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One whose tables tell something else has to be."""

    def read_only(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    command = ["prepare", str(rsna), "--out", str(tmp_path / "out"), "--rows", "64", "--columns", "64"]
    assert main([*command, "--workers", "1"]) == 0
    monkeypatch.setattr("training.preparing.note_tables", read_only)
    table = rsna / "manifest.csv"
    os.utime(table, (1, 1))
    assert main(command) == 0
    table.write_text(table.read_text().replace("absent.png,p3", "absent.png,p5"))
    assert main(command) == 2
    assert "out: cannot be written: Read-only file system" in capsys.readouterr().err


def test_a_cache_without_any_of_its_sources_was_carried_and_that_is_said(
    rsna: Path, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rsna.rename(rsna.with_name("elsewhere"))
    assert len(load(made).rows) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "none of its 3 source files is here" in said


def test_what_the_caller_calls_carried_is_only_warned_of(
    rsna: Path, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images(rsna)[0].unlink()
    assert len(load(made, carried=True).rows) == 3
    assert "1 source files went" in capsys.readouterr().err


def test_a_cache_made_by_other_code_is_stale(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.cache.code_hash", lambda: "0123456789abcdef")
    with pytest.raises(InputRefusedError, match="stale: the code"):
        load(made)


def test_the_codes_hash_does_not_see_comments_docstrings_and_empty_lines() -> None:
    plain = 'def f(x):\n    return x + "a # b"\n'
    dressed = '"""Module."""\n\n# why\ndef f(x):\n    """Doc\n    more."""\n\n    return x + "a # b"\n'
    assert bare_code(plain) == bare_code(dressed)
    assert bare_code(plain) != bare_code(plain.replace("+", "-"))


def test_a_folder_is_memory_mapped_and_read_only(rsna: Path, tmp_path: Path) -> None:
    cache = prepare(read_rsna(rsna), tmp_path / "cache", params_json=PARAMS.to_json())
    assert isinstance(cache.inputs.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        cache.inputs[0] = 0


@pytest.mark.parametrize("name", ["inputs.npy", "rows.json", "cache.json"])
def test_a_folder_that_is_not_whole_is_one_error(rsna: Path, tmp_path: Path, name: str) -> None:
    prepare(read_rsna(rsna), tmp_path / "cache", params_json=PARAMS.to_json())
    (tmp_path / "cache" / name).write_bytes((tmp_path / "cache" / name).read_bytes()[:-40])
    with pytest.raises(InputRefusedError, match="not a cache"):
        load(tmp_path / "cache")


def test_reading_a_cache_needs_neither_opencv_nor_pydicom(rsna: Path, tmp_path: Path) -> None:
    prepare(read_rsna(rsna), tmp_path / "cache", params_json=PARAMS.to_json())
    code = "import sys, pathlib; from training.cache import load; load(pathlib.Path(sys.argv[1])).masks([0])\n"
    code += "print(*({'cv2', 'pydicom', 'PIL'} & set(sys.modules)))"
    command = [sys.executable, "-c", code, str(tmp_path / "cache")]
    told = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == ""


@pytest.mark.parametrize("content", [b"", b"not a cache"])
def test_a_broken_cache_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.npz"
    path.write_bytes(content)
    with pytest.raises(InputRefusedError, match="not a cache"):
        load(path)


def test_nothing_readable_is_an_error(rsna: Path, tmp_path: Path) -> None:
    rows = [row for row in read_rsna(rsna) if "absent" in row.file.name]
    with pytest.raises(InputRefusedError, match="none of the 1 images"):
        prepare(rows, tmp_path / "cache.npz")


def test_the_command_line_prepares_and_says_how_much(
    rsna: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", "--rsna", str(rsna), "--out", str(tmp_path / "cache.npz")]) == 0
    assert capsys.readouterr().out.startswith("3 of 3 images")
    assert load(tmp_path / "cache.npz").inputs.shape == (3, 256, 160)


@pytest.mark.parametrize(
    "arguments",
    [
        ["prepare", "--rsna", "absent", "--out", "x.npz"],
        ["prepare", "absent", "--out", "x"],
        ["prepare", "--out", "x"],
        ["data", "absent"],
        ["fit", "absent.npz", "--out", "run"],
        ["evaluate", "absent", "--cache", "absent.npz"],
        ["export", "absent", "--cache", "absent.npz", "--name", "a", "--version", "1", "--out", "b"],
    ],
)
def test_user_errors_are_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("training: ")
    assert said.err.count("\n") == 1


def test_a_table_that_lacks_a_column_says_which(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,patient_id\n")
    with pytest.raises(InputRefusedError, match="cancer, laterality, view"):
        read_rsna(tmp_path)
