"""The cache of model inputs and the reading of the RSNA table."""

from __future__ import annotations

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


@pytest.mark.parametrize("content", [b"", b"not a cache"])
def test_a_broken_cache_is_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.npz"
    path.write_bytes(content)
    with pytest.raises(InputRefusedError, match="not a cache"):
        load(path)


def test_nothing_readable_is_an_error(rsna: Path, tmp_path: Path) -> None:
    rows = [row for row in read_rsna(rsna) if "absent" in row.file.name]
    with pytest.raises(InputRefusedError, match="none of the images"):
        prepare(rows, tmp_path / "cache.npz")


def test_the_command_line_prepares_and_says_how_much(
    rsna: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", "--rsna", str(rsna), "--out", str(tmp_path / "cache.npz")]) == 0
    assert capsys.readouterr().out.startswith("3 of 4 images")


@pytest.mark.parametrize(
    "arguments",
    [
        ["prepare", "--rsna", "absent", "--out", "x.npz"],
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
