"""The index: what scans found, whose it is, what vanished and came back."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.archive.library import Library, Query
from mammoview.archive.library_entries import source_identity
from mammoview.archive.library_reading import Place
from mammoview.core.errors import UsageError
from mammoview.core.study import ImageHeader, ImageSource, Laterality, Patient, Study, View, ViewModifier
from mammoview.dicom.studies import group_studies
from mammoview.services.worklist import make_worklist
from tests.unit.library_made import ANNA, BERTA, FOUR_VIEWS, Clock, made_image, made_study, written


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "home" / "library.sqlite", clock=Clock()) as library:
        yield library


def keys(library: Library) -> set[str]:
    return {row.study_key for row in library.list(Query())}


def image_keys(library: Library, study_key: str) -> list[str]:
    return [image.key for image in library.study_images(study_key) if not image.missing]


def test_a_row_tells_what_the_files_told(library: Library, tmp_path: Path) -> None:
    study = made_study("1.2", study_description="Screening", accession_number="A-1")
    assert library.add([study], tmp_path) == ("1.2",)
    row = library.study("1.2")
    assert row is not None
    assert (row.study_key, row.study_instance_uid, row.patient) == ("1.2", "1.2", ANNA)
    assert (row.study_date, row.study_time) == ("2024-05-06", "08:15:00")
    assert (row.description, row.accession, row.modalities) == ("Screening", "A-1", ("MG",))
    assert (row.image_count, row.missing, row.state, row.changed) == (4, False, "new", "")
    assert (row.score, row.assessment, row.prior_count) == (None, "", 0)
    assert library.study("1.3") is None


def test_images_come_as_the_headers_told(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    study = written(made_study("1.2", folder=folder))
    modifiers = (ViewModifier.MAGNIFICATION, ViewModifier.SPOT)
    source = ImageSource(folder / "1.2" / "spot.dcm")
    spot = replace(study.images[0], source=source, sop_instance_uid="1.2.9", view_modifiers=modifiers, frames=3)
    source.path.write_bytes(b"another image")
    library.add([Study("1.2", (*study.images, spot))], folder)
    told = library.study_images("1.2")[1]
    assert (told.key, told.source, told.laterality, told.view) == ("1.2.9", spot.source, Laterality.RIGHT, View.CC)
    assert (told.modifiers, told.rows, told.columns, told.frames) == (modifiers, 4096, 3328, 3)
    status = spot.source.path.stat()
    assert told.identity == source_identity(status.st_size, status.st_mtime_ns)


def test_images_come_in_the_order_of_a_study(library: Library, tmp_path: Path) -> None:
    choices = list(product("LR", View, [(), (ViewModifier.SPOT,), tuple(ViewModifier)[:2]], [None, "a", "b"]))
    headers = [
        made_image(
            f"{side}{view}",
            path=Path(f"in/{at:03}"),
            study_uid="1.2",
            uid=f"{at}.{uid}" if uid else None,
            view_modifiers=modifiers,
        )
        for at, (side, view, modifiers, uid) in enumerate(choices)
    ]
    (study,) = group_studies(headers)
    library.add([Study("1.2", tuple(headers))], tmp_path)
    assert image_keys(library, "1.2") == [image.key for image in study.images]


def test_a_scan_knows_what_has_not_changed(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    study = written(made_study("1.2", folder=folder))
    archive = replace(study.images[3], source=ImageSource(study.images[3].source.path, "DICOM/IM1"))
    library.add([Study("1.2", (*study.images[:3], archive))], folder)
    known = library.known(folder)
    assert set(known) == {str(image.source) for image in (*study.images[:3], archive)}
    for source, (size, mtime_ns) in known.items():
        status = Path(source.partition("!")[0]).stat()
        assert (size, mtime_ns) == (status.st_size, status.st_mtime_ns)
    assert library.known(tmp_path) == {}


def test_a_scan_that_left_out_what_had_not_changed_adds_to_the_study(library: Library, tmp_path: Path) -> None:
    study = made_study("1.2")
    library.add([Study("1.2", study.images[2:])], tmp_path)
    library.add([Study("1.2", study.images[:2])], tmp_path)
    assert image_keys(library, "1.2") == [f"1.2.{view}" for view in FOUR_VIEWS]
    assert library.list(Query())[0].image_count == 4


def test_what_is_scanned_again_is_told_anew_and_keeps_what_a_reader_made(library: Library, tmp_path: Path) -> None:
    library.add([made_study("1.2")], tmp_path)
    library.finish_reading("1.2", "reader")
    library.add([made_study("1.2", study_description="Diagnostic")], tmp_path)
    (row,) = library.list(Query())
    assert (row.description, row.state) == ("Diagnostic", "read")


def test_a_study_that_vanished_leaves_the_index_where_no_reader_made_anything_of_it(
    library: Library, tmp_path: Path
) -> None:
    library.add([made_study("1.2"), made_study("1.3")], tmp_path)
    present = {source for source in library.known(tmp_path) if "/1.3/" in source}
    assert library.forget_missing(tmp_path, present) == ("1.2",)
    assert keys(library) == {"1.3"}


@pytest.mark.parametrize("work", ["state", "mark", "assessment", "reveal", "visit"])
def test_a_study_that_vanished_stays_with_all_that_a_reader_made_of_it(
    library: Library, tmp_path: Path, work: str
) -> None:
    library.add([made_study("1.2")], tmp_path)
    made: dict[str, Callable[[], object]] = {
        "state": lambda: library.begin_reading("1.2", "reader"),
        "mark": lambda: library.put_mark("1.2", "1.2.RCC", "m", {}, "reader"),
        "assessment": lambda: library.assess("1.2", laterality="R", birads="2", reader="reader"),
        "reveal": lambda: library.log_reveal("1.2", "reader", "key"),
        "visit": lambda: library.visit("1.2", "1.2.RCC", "reader"),
    }
    made[work]()
    assert library.forget_missing(tmp_path, ()) == ("1.2",)
    (row,) = library.list(Query())
    assert row.missing
    assert all(image.missing for image in library.study_images("1.2"))
    assert library.known(tmp_path) == {}


def test_a_study_that_came_back_is_not_missing_any_more(library: Library, tmp_path: Path) -> None:
    study = made_study("1.2")
    library.add([study], tmp_path)
    library.begin_reading("1.2", "reader")
    library.forget_missing(tmp_path, ())
    library.add([study], tmp_path)
    (row,) = library.list(Query())
    assert (row.missing, row.state, row.image_count) == (False, "in progress", 4)


def test_an_image_that_vanished_is_missing_and_not_counted(library: Library, tmp_path: Path) -> None:
    library.add([made_study("1.2")], tmp_path)
    assert library.forget_missing(tmp_path, [one for one in library.known(tmp_path) if "RCC" not in one]) == ()
    assert [image.missing for image in library.study_images("1.2")] == [True, False, False, False]
    assert library.list(Query())[0].image_count == 3


def test_an_image_that_lies_in_two_folders_is_there_while_one_has_it(library: Library, tmp_path: Path) -> None:
    library.add([made_study("1.2", folder=Path("/disc"))], Path("/disc"))
    library.add([made_study("1.2", folder=Path("/archive"))], Path("/archive"))
    assert library.forget_missing(Path("/disc"), ()) == ()
    assert len(library.study_images("1.2")) == 4
    assert {image.source.path.parts[1] for image in library.study_images("1.2")} == {"archive"}
    assert library.forget_missing(Path("/archive"), ()) == ("1.2",)


def test_a_file_that_another_image_took_the_place_of_belongs_to_that(library: Library, tmp_path: Path) -> None:
    one = made_image("RCC", path=Path("/in/a.dcm"), study_uid="1.2", uid="1.2.1")
    other = made_image("LCC", path=Path("/in/a.dcm"), study_uid="1.3", uid="1.3.1", patient=BERTA)
    library.add([Study("1.2", (one,))], tmp_path)
    library.add([Study("1.3", (other,))], tmp_path)
    assert keys(library) == {"1.3"}


def test_two_women_with_one_study_uid_are_kept_apart(library: Library, tmp_path: Path) -> None:
    anna, berta = made_study("1.2"), made_study("1.2", folder=Path("/other"), patient=BERTA)
    berta = Study("1.2", tuple(replace(image, sop_instance_uid=f"9.{image.key}") for image in berta.images))
    assert library.add([anna], tmp_path) == ("1.2",)
    library.finish_reading("1.2", "reader")
    (key,) = library.add([berta], Path("/other"))
    assert key != "1.2"
    states = {row.patient.name: (row.study_key, row.state) for row in library.list(Query())}
    assert states == {ANNA.name: ("1.2", "read"), BERTA.name: (key, "new")}
    assert library.add([berta], Path("/other")) == (key,)
    assert library.add([anna], tmp_path) == ("1.2",)


def of_uid(uid: str, name: str, patient: Patient) -> Study:
    """A study with one image that is called `name`; not every study with this UID is this patient's."""
    return Study(uid, (made_image("RCC", path=Path(f"/in/{name}"), study_uid=uid, uid=name, patient=patient),))


def test_an_image_that_names_nobody_goes_with_neither_of_two_women(library: Library, tmp_path: Path) -> None:
    added = [of_uid("1.2", "anna", ANNA), of_uid("1.2", "berta", BERTA), of_uid("1.2", "nobody", Patient())]
    keys_of = [library.add([study], tmp_path)[0] for study in added]
    assert len(set(keys_of)) == 3
    assert [image_keys(library, key) for key in keys_of] == [["anna"], ["berta"], ["nobody"]]


def test_a_womans_further_image_goes_to_her_study_and_not_to_one_that_names_nobody(
    library: Library, tmp_path: Path
) -> None:
    for study in (of_uid("1.2", "anna", ANNA), of_uid("1.2", "berta", BERTA), of_uid("1.2", "nobody", Patient())):
        library.add([study], tmp_path)
    (key,) = library.add([of_uid("1.2", "anna2", ANNA)], tmp_path)
    assert image_keys(library, key) == ["anna", "anna2"]


def test_a_patient_that_was_corrected_in_the_files_takes_the_study_and_its_key(
    library: Library, tmp_path: Path
) -> None:
    library.add([made_study("1.2")], tmp_path)
    assert library.add([made_study("1.2", patient=BERTA)], tmp_path) == ("1.2",)
    assert [row.patient for row in library.list(Query())] == [BERTA]


def pictures(*names: str) -> tuple[Study, ...]:
    headers = (
        made_image(
            name[2:6].replace("_", ""), path=Path("/in") / f"{name}.png", study_uid=None, uid=None, patient=Patient()
        )
        for name in names
    )
    return group_studies(headers)


def test_plain_pictures_stay_one_study_when_a_picture_comes_before_the_first(library: Library, tmp_path: Path) -> None:
    (old,) = library.add(pictures("p_R_MLO", "p_L_CC"), tmp_path)
    library.put_mark(old, "k", "m", {}, "reader")
    (study,) = pictures("p_R_CC", "p_R_MLO", "p_L_CC")
    (key,) = library.add([study], tmp_path)
    assert key == study.key != old
    assert keys(library) == {key}
    assert [mark.mark_id for mark in library.marks(key)] == ["m"]


def test_a_scan_that_divides_a_study_of_plain_pictures_leaves_two(library: Library, tmp_path: Path) -> None:
    whole = Study(None, tuple(image for study in pictures("p_R_CC", "q_R_CC") for image in study.images))
    library.add([whole], tmp_path)
    parts = [Study(None, (image,)) for image in whole.images]
    assert library.add(parts, tmp_path) == tuple(part.key for part in parts)
    assert keys(library) == {part.key for part in parts}
    assert all(row.image_count == 1 for row in library.list(Query()))


def test_studies_of_plain_pictures_that_become_one_keep_what_a_reader_made(library: Library, tmp_path: Path) -> None:
    parts = pictures("p_R_CC", "q_R_CC")
    library.add(parts, tmp_path)
    library.put_mark(parts[1].key, "k", "m", {}, "reader")
    whole = Study(None, tuple(image for part in parts for image in part.images))
    (key,) = library.add([whole], tmp_path)
    assert key == whole.key
    assert [mark.mark_id for mark in library.marks(key)] == ["m"]
    assert keys(library) == {key}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes names that are no Unicode")
def test_names_that_are_no_unicode_come_back_to_the_letter(library: Library, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"M\xfcller.png")
    image = made_image("RCC", path=path, study_uid=None, uid=None, patient=Patient(os.fsdecode(b"M\xfcller"), "1"))
    study = written(Study(None, (image,)))
    assert library.add([study], tmp_path) == (study.key,)
    assert library.study_images(study.key)[0].source.path == path
    assert set(library.known(tmp_path)) == {str(path)}
    assert library.list(Query(text="m?ller"))[0].patient.name == "M?ller"


def test_decomposed_names_are_kept_composed_and_their_keys_to_the_letter(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "Mu\u0308ller.png"
    image = made_image("RCC", path=path, study_uid=None, uid=None, patient=Patient("MU\u0308LLER", "1"))
    library.add([Study(None, (image,))], tmp_path)
    row = library.study(str(path))
    assert row is not None
    assert row.patient.name == "MÜLLER"


def test_folders_are_noted_once_and_with_whether_they_are_watched(library: Library) -> None:
    library.add_folder(Path("/b"), True)
    library.add_folder(Path("/a"), False)
    library.add_folder(Path("/b"), False)
    assert [(folder.path, folder.watched) for folder in library.folders()] == [(Path("/a"), False), (Path("/b"), False)]
    assert library.folders()[0].added == "2026-01-31T08:00:02.000Z"


def test_a_thumbnail_is_kept_and_replaced(library: Library, tmp_path: Path) -> None:
    library.add([made_study("1.2")], tmp_path)
    assert library.thumbnail("1.2") is None
    library.put_thumbnail("1.2", b"one")
    library.put_thumbnail("1.2", b"two")
    assert library.thumbnail("1.2") == b"two"
    with pytest.raises(UsageError, match="does not hold this study"):
        library.put_thumbnail("1.3", b"")


def test_a_thumbnail_and_a_place_go_with_their_study(library: Library, tmp_path: Path) -> None:
    library.add([made_study("1.2")], tmp_path)
    library.put_thumbnail("1.2", b"one")
    library.save_place(Place("1.2", {}))
    library.forget_missing(tmp_path, ())
    assert library.thumbnail("1.2") is None
    assert library.place() is None


def women_of(library: Library) -> set[frozenset[str]]:
    by_patient: dict[int, set[str]] = {}
    for row in library.list(Query()):
        by_patient.setdefault(row.patient_key, set()).add(row.study_key)
    return {frozenset(own) for own in by_patient.values()}


def test_one_woman_without_a_birth_date_in_one_study_is_one_patient(library: Library, tmp_path: Path) -> None:
    nothing_told = Patient("DEMO ANNA", " 1 ")
    library.add([made_study("1.1"), made_study("1.2", patient=nothing_told)], tmp_path)
    assert women_of(library) == {frozenset({"1.1", "1.2"})}


def test_a_study_that_shows_two_women_parts_those_that_were_one(library: Library, tmp_path: Path) -> None:
    told_less = [made_study(uid, patient=Patient("DEMO^ANNA", "1")) for uid in ("1.2", "1.4")]
    library.add([made_study("1.1"), *told_less], tmp_path)
    other = Patient("DEMO^ANNA", "1", "1971-01-01", "F")
    library.add([made_study("1.3", patient=other)], tmp_path)
    assert women_of(library) == {frozenset({key}) for key in ("1.1", "1.2", "1.3", "1.4")}
    library.forget_missing(tmp_path, [source for source in library.known(tmp_path) if "/1.3/" not in source])
    assert women_of(library) == {frozenset({"1.1", "1.2", "1.4"})}


def test_a_study_is_opened_where_its_files_are_when_a_copy_of_it_is_gone(library: Library, tmp_path: Path) -> None:
    original, stick = tmp_path / "original", tmp_path / "stick"
    library.add([written(made_study("1.2", folder=original))], original)
    library.add([written(made_study("1.2", folder=stick), b"a copy")], stick)
    assert all(stick in image.source.path.parents for image in library.study_images("1.2"))
    shutil.rmtree(stick)
    assert all(original in image.source.path.parents for image in library.study_images("1.2"))


def test_of_two_copies_the_one_that_was_opened_last_is_told(library: Library, tmp_path: Path) -> None:
    first, second = tmp_path / "z", tmp_path / "a"
    for folder in (first, second):
        library.add([written(made_study("1.2", folder=folder), folder.name.encode())], folder)
    library.add([made_study("1.2", folder=first)], first)
    assert all(first in image.source.path.parents for image in library.study_images("1.2"))


_PATIENTS = st.builds(
    Patient,
    st.sampled_from(["DEMO^ANNA", "demo anna", "SAMPLE^BERTA", ""]),
    st.sampled_from(["1", " 1", "2", ""]),
    st.sampled_from(["1960-02-29", "1955-11-11", ""]),
    st.sampled_from(["F", "M", ""]),
)
_IMAGES = st.lists(_PATIENTS, min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(_IMAGES, min_size=1, max_size=7), st.integers(1, 7))
def test_patients_and_priors_are_put_together_as_in_the_worklist(
    tmp_path_factory: pytest.TempPathFactory, patients: list[list[Patient]], first: int
) -> None:
    studies = [study_of(number, own) for number, own in enumerate(patients)]
    with Library(tmp_path_factory.mktemp("library") / "library.sqlite") as library:
        library.add(studies[:first], Path("/in"))
        library.add(studies[first:], Path("/in"))
        cases = make_worklist(studies).cases
        assert women_of(library) == {frozenset(study.key for study in case.studies) for case in cases}
        for case in cases:
            listed = [row.study_key for row in library.priors(case.current.key)]
            assert listed == [study.key for study in case.priors]


def study_of(number: int, patients: list[Patient]) -> Study:
    images: tuple[ImageHeader, ...] = tuple(
        made_image(
            "RCC", path=Path(f"/in/{number}/{at}.dcm"), study_uid=f"1.{number}", uid=f"1.{number}.{at}", patient=patient
        )
        for at, patient in enumerate(patients)
    )
    return Study(f"1.{number}", images)
