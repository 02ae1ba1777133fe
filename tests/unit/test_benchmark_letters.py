"""The benchmark of what is found in pixels, on small pictures: what it counts is what is there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.geometry import Box
from mammoview.core.image import MammoImage
from mammoview.dicom.deidentify.marks import Marks, find_marks
from mammoview.dicom.reader import read_file
from tests.benchmarks import letters
from tests.benchmarks.__main__ import main
from tests.benchmarks.letters import Way
from tests.factories import write_mammogram
from tests.planted import lettered


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> MammoImage:
    path = tmp_path_factory.mktemp("letters") / "RCC.dcm"
    return read_file(write_mammogram(path, rows=600, columns=480, seed=3))


def test_in_air_all_is_found_and_no_tissue_blanked(image: MammoImage) -> None:
    measured = letters.measure([image], (16,), places=("air",))
    assert measured.pictures == 8
    assert measured.found == measured.all and measured.all.total() > 20
    assert (measured.false_rows, measured.tissue_blanked) == (0, 0)
    assert "| 4 | 4/4 |" in letters.table(measured)


def test_a_text_is_where_it_is_said_to_be(image: MammoImage) -> None:
    way = Way("tissue", "white", "strokes", 20, upwards=True)
    written, texts = letters.planted(image, way, np.random.default_rng(1))
    changed = written.stored != image.stored
    assert len(texts) >= 4
    for text in texts:
        box = np.s_[text.box.row0 : text.box.row1, text.box.column0 : text.box.column1]
        assert changed[box].any()
        changed[box] = False
    assert not changed.any()


def test_a_text_that_is_left_and_not_told_of_is_missed(image: MammoImage) -> None:
    way = Way("air", "white", "outline", 16, upwards=False)
    written, (text, *_) = letters.planted(image, way, np.random.default_rng(1))
    nothing = np.zeros(image.stored.shape, np.bool_)
    assert not letters.is_found(text, image, written, Marks(nothing, 0, (), breast=True))
    assert letters.is_found(text, image, written, Marks(nothing, 0, (text.box,), breast=True))
    elsewhere = Marks(nothing, 0, (Box(0, 0, 1, 1),), breast=True)
    assert not letters.is_found(text, image, written, elsewhere)
    assert letters.false_rows([text], elsewhere) == 1
    assert letters.is_found(text, image, written, find_marks(written))


def test_real_images_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "dicom"
    write_mammogram(folder / "plain.dcm", rows=600, columns=480, seed=3)
    write_mammogram(folder / "over.dcm", pixels=lettered("R", over=True))
    (folder / "broken.dcm").write_bytes(b"DICM")
    record = tmp_path / "record.json"
    arguments = ["letters", "--no-planted", "--real", str(tmp_path), "--sets", "dicom", "--json", str(record)]
    assert main(arguments) == 0
    told = json.loads(record.read_text())["dicom"]
    assert (told["images"], told["with rows"], told["unreadable"]) == (2, 1, 1)
    assert capsys.readouterr().out.startswith("dicom: ")
