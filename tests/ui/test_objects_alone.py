"""Objects that came without images of their own are seen with their study: when it is opened, or when it comes."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset, FileDataset

from mammoview.archive.library import Library
from mammoview.archive.pacs.arrivals import index_rest
from mammoview.archive.pacs.filing import Filing
from tests.factories import BERTA, FOUR_VIEWS, make_mammogram_dataset, save, write_study
from tests.overlaid_made import save_object
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_overlaid import a_report, a_state, foreign


def images() -> list[FileDataset]:
    return [make_mammogram_dataset(side, view, 480, 360) for side, view in FOUR_VIEWS]


def filed(folder: Path, library: Path | Library, *objects: Dataset) -> Library:
    """What a receiver does with objects: files and indexes them."""
    for number, one in enumerate(objects):
        save_object(folder / "study", one, f"object{number}.dcm")
    known = Library(library) if isinstance(library, Path) else library
    index_rest(known, Filing(folder))
    return known


def opened(desk: Desk, folder: Path) -> None:
    """The study of `images` lies there, and is opened."""
    for image in images():
        save(image, folder / f"{image.ImageLaterality}{image.ViewPosition}.dcm")
    desk.open(folder)


def listed(desk: Desk) -> list[str]:
    return sorted(one.header.kind for one in desk.window.overlaid.listed if one.found is not None)


def test_an_object_that_came_before_its_images_is_seen_with_them(make_desk: MakeDesk, tmp_path: Path) -> None:
    with filed(tmp_path / "in", tmp_path / "library.sqlite", a_state(images())) as library:
        assert library.waiting_objects(tmp_path / "in") == 1
    desk = make_desk(library=tmp_path / "library.sqlite")
    opened(desk, tmp_path / "study")
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    assert listed(desk) == ["presentation state"]
    desk.settle()


def test_an_object_that_comes_later_is_seen_when_its_study_is_opened_again(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(library=tmp_path / "library.sqlite")
    write_study(tmp_path / "other", woman=BERTA, rows=SIZE["rows"], columns=SIZE["columns"])
    opened(desk, tmp_path / "study")
    desk.settle()
    assert listed(desk) == []
    library = desk.window.reading.library
    assert library is not None
    filed(tmp_path / "in", library, a_state(images()), a_report(images()))
    desk.open(tmp_path / "other")
    desk.open(tmp_path / "study")
    desk.qtbot.waitUntil(lambda: listed(desk) == ["CAD report", "presentation state"], timeout=20_000)
    desk.settle()


def test_an_object_of_another_woman_is_not_seen(make_desk: MakeDesk, tmp_path: Path) -> None:
    state = a_state(images())
    state.PatientName, state.PatientID = BERTA.name, BERTA.patient_id
    filed(tmp_path / "in", tmp_path / "library.sqlite", state).close()
    desk = make_desk(library=tmp_path / "library.sqlite")
    opened(desk, tmp_path / "study")
    desk.settle()
    desk.qtbot.waitUntil(lambda: not desk.window.runner.busy, timeout=20_000)
    assert listed(desk) == []


def test_objects_that_were_opened_with_a_study_are_seen_once(make_desk: MakeDesk, tmp_path: Path) -> None:
    filed(tmp_path / "in", tmp_path / "library.sqlite", a_state(images())).close()
    desk = make_desk(library=tmp_path / "library.sqlite")
    save_object(tmp_path / "study", a_state(images()), "state.dcm")
    opened(desk, tmp_path / "study")
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    desk.qtbot.waitUntil(lambda: not desk.window.runner.busy, timeout=20_000)
    assert listed(desk) == ["presentation state"]
    desk.settle()
