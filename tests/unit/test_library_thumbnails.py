"""Small pictures in the library go with the files that they were made of; and what lies under a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from tests.unit.library_made import made_study, written


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "home" / "library.sqlite") as library:
        yield library


def test_a_thumbnail_stays_while_the_files_do(library: Library, tmp_path: Path) -> None:
    study = written(made_study("1.2", folder=tmp_path))
    library.add([study], tmp_path)
    library.put_thumbnail("1.2", b"png")
    library.add([study], tmp_path)
    library.forget_missing(tmp_path, library.known(tmp_path))
    assert library.thumbnail("1.2") == b"png"


def test_a_thumbnail_goes_with_a_file_that_changed(library: Library, tmp_path: Path) -> None:
    study = written(made_study("1.2", folder=tmp_path))
    library.add([study], tmp_path)
    library.put_thumbnail("1.2", b"png")
    library.add([written(study, b"another image")], tmp_path)
    assert library.thumbnail("1.2") is None


def test_a_thumbnail_goes_with_an_image_that_came_or_vanished(library: Library, tmp_path: Path) -> None:
    study = written(made_study("1.2", folder=tmp_path))
    library.add([replace(study, images=study.images[:3])], tmp_path)
    library.put_thumbnail("1.2", b"png")
    library.add([study], tmp_path)
    assert library.thumbnail("1.2") is None
    library.put_thumbnail("1.2", b"png")
    library.forget_missing(tmp_path, [source for source in library.known(tmp_path) if "RCC" not in source])
    assert library.thumbnail("1.2") is None


def test_studies_that_lie_under_a_folder_are_told(library: Library, tmp_path: Path) -> None:
    for name, uid in (("demo/current", "1.2"), ("demonstration", "1.3"), ("demo/prior", "1.4")):
        library.add([written(made_study(uid, folder=tmp_path / name))], tmp_path / name)
    assert library.lying_under(tmp_path / "demo") == {"1.2", "1.4"}
    library.forget_missing(tmp_path / "demo/prior", ())
    assert library.lying_under(tmp_path / "demo") == {"1.2"}
