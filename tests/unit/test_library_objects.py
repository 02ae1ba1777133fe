"""Objects that are no images stand in the index, and are found with the images that they are about, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from mammoview.core.study import ImageSource, ObjectHeader, ObjectKind, Study
from tests.unit.library_made import ANNA, Clock, made_image, made_study


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "home" / "library.sqlite", clock=Clock()) as library:
        yield library


def made_object(folder: Path, uid: str = "9.1", *, study_uid: str | None = "1.2", **more: object) -> ObjectHeader:
    """A report that lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uid}.dcm"
    path.write_bytes(b"object")
    header = ObjectHeader(
        ImageSource(path),
        ObjectKind.CAD,
        sop_class="Mammography CAD SR",
        sop_instance_uid=uid,
        study_instance_uid=study_uid,
        patient=ANNA,
        maker="Other Maker",
        label="CAD ü",
        date="2024-05-06",
        time="08:20:00",
        referenced=("1.2.RCC", "1.2.LCC"),
        automatic=True,
    )
    return replace(header, **more)  # type: ignore[arg-type]


def keys(library: Library, study: Study) -> set[str]:
    return {header.key for header in library.objects_of([study])}


def test_an_object_comes_back_as_its_header_told(library: Library, tmp_path: Path) -> None:
    header = made_object(tmp_path, source=ImageSource(tmp_path / "a.zip", "DICOM/SR1"))
    (tmp_path / "a.zip").write_bytes(b"archive")
    library.add_objects([header], tmp_path)
    assert library.objects_of([made_study("1.2")]) == (header,)


def test_an_object_is_found_by_its_study_and_by_the_images_that_it_names(library: Library, tmp_path: Path) -> None:
    of_study = made_object(tmp_path, "9.1", referenced=())
    of_image = made_object(tmp_path, "9.2", study_uid="7.7")
    of_none = made_object(tmp_path, "9.3", study_uid="7.7", referenced=("7.7.1",))
    library.add_objects([of_study, of_image, of_none], tmp_path)
    assert keys(library, made_study("1.2")) == {"9.1", "9.2"}


def test_an_object_is_found_by_what_an_image_was_made_from(library: Library, tmp_path: Path) -> None:
    library.add_objects([made_object(tmp_path, study_uid="7.7", referenced=("5.5",))], tmp_path)
    image = made_image("RCC", path=tmp_path / "RCC.dcm", study_uid="1.2", uid="1.2.9", source_images=(("5.5", True),))
    assert keys(library, Study("1.2", (image,))) == {"9.1"}


def test_an_object_without_a_study_is_found_by_no_study_without_uid(library: Library, tmp_path: Path) -> None:
    library.add_objects([made_object(tmp_path, study_uid=None, referenced=())], tmp_path)
    image = made_image("RCC", path=tmp_path / "RCC.dcm", study_uid=None, uid=None)
    assert keys(library, Study(None, (image,))) == set()


def test_what_is_scanned_again_is_told_anew(library: Library, tmp_path: Path) -> None:
    header = made_object(tmp_path)
    library.add_objects([header], tmp_path)
    again = replace(header, study_instance_uid="1.3", referenced=("1.3.RCC",))
    library.add_objects([again], tmp_path)
    assert keys(library, made_study("1.2")) == set()
    assert library.objects_of([made_study("1.3")]) == (again,)


def test_a_scan_knows_objects_that_have_not_changed(library: Library, tmp_path: Path) -> None:
    header = made_object(tmp_path)
    library.add_objects([header], tmp_path)
    told = header.source.path.stat()
    assert library.known(tmp_path) == {str(header.source): (told.st_size, told.st_mtime_ns)}
    assert library.known(tmp_path / "other") == {}


def test_objects_that_are_gone_are_forgotten_where_a_scan_missed_them(library: Library, tmp_path: Path) -> None:
    one, other = made_object(tmp_path, "9.1"), made_object(tmp_path, "9.2")
    library.add_objects([one, other], tmp_path)
    assert library.forget_missing(tmp_path, [str(other.source)]) == ()
    assert set(library.known(tmp_path)) == {str(other.source)}
    assert keys(library, made_study("1.2")) == {"9.2"}


def test_an_object_whose_file_is_gone_is_not_told(library: Library, tmp_path: Path) -> None:
    header = made_object(tmp_path)
    library.add_objects([header], tmp_path)
    header.source.path.unlink()
    assert keys(library, made_study("1.2")) == set()


def test_objects_wait_until_their_images_come(library: Library, tmp_path: Path) -> None:
    of_study = made_object(tmp_path, "9.1", referenced=())
    of_image = made_object(tmp_path, "9.2", study_uid="7.7")
    library.add_objects([of_study, of_image], tmp_path)
    assert (library.waiting_objects(tmp_path), library.waiting_objects(tmp_path / "other")) == (2, 0)
    library.add([made_study("1.2")], tmp_path)
    assert library.waiting_objects(tmp_path) == 0


def test_an_object_without_any_uid_waits(library: Library, tmp_path: Path) -> None:
    library.add_objects([made_object(tmp_path, study_uid=None, referenced=())], tmp_path)
    library.add([Study(None, (made_image("RCC", path=tmp_path / "a", study_uid=None, uid=None),))], tmp_path)
    assert library.waiting_objects(tmp_path) == 1
