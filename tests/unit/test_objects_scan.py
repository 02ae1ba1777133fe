"""Objects that are no images are found among the files, go with their study, and are told and drawn by the commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from highdicom.sr import RelationshipTypeValues, TextContentItem
from PIL import Image
from pydicom.dataset import FileDataset

from mammoview.cli import main
from mammoview.core.errors import CancelledError
from mammoview.core.overlaid_drawing import FOREIGN
from mammoview.core.study import ObjectKind
from mammoview.dicom.objects.read_objects import objects_in
from mammoview.dicom.scan import scan
from tests.factories import BERTA, make_mammogram_dataset, save, write_zip
from tests.overlaid_made import (
    OPTIONAL,
    dcm,
    graphic,
    make_cad,
    make_finding,
    make_presentation,
    region,
    save_object,
    text,
)


def two_views(folder: Path, **told: object) -> list[FileDataset]:
    images = [make_mammogram_dataset("R", view, 96, 72, **told) for view in ("CC", "MLO")]  # type: ignore[arg-type]
    for image in images:
        save(image, folder / f"R{image.ViewPosition}.dcm")
    return images


def state_of(images: list[FileDataset], **told: object) -> FileDataset:
    line = graphic("POLYLINE", [(10.5, 48.5), (60.5, 48.5)])
    return make_presentation(images, graphics=[line], **told)  # type: ignore[arg-type]


def test_objects_are_found_in_folders_and_archives(tmp_path: Path) -> None:
    images = two_views(tmp_path / "a")
    path = save_object(tmp_path / "a", state_of(images), "state.dcm")
    archive = write_zip(tmp_path / "all.zip", {one.name: one.read_bytes() for one in (tmp_path / "a").iterdir()})
    for place, source in ((tmp_path / "a", str(path)), (archive, f"{archive}!state.dcm")):
        result = scan([place])
        (header,) = result.studies[0].objects
        assert (header.kind, str(header.source)) == (ObjectKind.PRESENTATION, source)
        assert (result.refused, result.ignored) == ((), 0)


def test_objects_in_a_folder_of_images_are_found(tmp_path: Path) -> None:
    images = two_views(tmp_path)
    path = save_object(tmp_path, state_of(images), "state.dcm")
    (tmp_path / "notes.txt").write_text("1.2.840.10008.5.1.4.1.1.11.1")
    (tmp_path / "folder").mkdir()
    (found,) = objects_in(tmp_path)
    assert found.source.path == path
    assert objects_in(tmp_path / "gone") == ()
    with pytest.raises(CancelledError):
        objects_in(tmp_path, lambda: True)


def test_an_object_in_another_folder_goes_with_the_images_that_it_names(tmp_path: Path) -> None:
    images = two_views(tmp_path / "images")
    state = state_of(images)
    state.StudyInstanceUID = "1.2.3.4"
    save_object(tmp_path / "others", state, "state.dcm")
    result = scan([tmp_path / "images", tmp_path / "others"])
    assert len(result.studies[0].objects) == 1
    assert result.refused == ()


def test_an_object_of_another_woman_is_about_nobody_here(tmp_path: Path) -> None:
    images = two_views(tmp_path)
    state = state_of(images)
    state.PatientID, state.PatientName = BERTA.patient_id, BERTA.name
    save_object(tmp_path, state, "state.dcm")
    result = scan([tmp_path])
    assert result.studies[0].objects == ()
    assert result.ignored == 1


def test_a_folder_of_nothing_but_objects_of_absent_images_holds_no_image(tmp_path: Path) -> None:
    images = two_views(tmp_path / "images")
    save_object(tmp_path / "others", state_of(images), "state.dcm")
    result = scan([tmp_path / "others"])
    (refusal,) = result.refused
    assert refusal.cause == "holds reports, presentation states or maps, and no image"
    assert [header.source.path.name for header in result.objects] == ["state.dcm"]


def test_an_object_alone_is_refused_with_what_to_do(tmp_path: Path) -> None:
    images = two_views(tmp_path / "images")
    path = save_object(tmp_path / "others", state_of(images), "state.dcm")
    (refusal,) = scan([path]).refused
    assert str(refusal) == (
        f"{path}: is no image but a Grayscale Softcopy Presentation State "
        "(open it together with the images that it is about)"
    )


def test_an_object_that_lies_twice_is_listed_once(tmp_path: Path) -> None:
    images = two_views(tmp_path)
    for name in ("a.dcm", "b.dcm"):
        save_object(tmp_path, state_of(images), name)
    assert [header.source.path.name for header in scan([tmp_path]).studies[0].objects] == ["a.dcm"]


def test_objects_are_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    images = two_views(tmp_path)
    for name, time in (("a.dcm", "120000"), ("b.dcm", "110000")):
        state = state_of(images, label=name[0].upper())
        state.PresentationCreationDate, state.PresentationCreationTime = "20240201", time
        save_object(tmp_path, state, name)
    listed = scan([tmp_path]).studies[0].objects
    assert [(one.label, one.date, one.time) for one in listed] == [
        ("B", "2024-02-01", "11:00:00"),
        ("A", "2024-02-01", "12:00:00"),
    ]


def test_info_tells_each_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = two_views(tmp_path)
    mark = region("POINT", [(30.5, 40.5)], images[1], code="111010")
    report = make_cad(images, [make_finding([mark], intent=OPTIONAL, point=2)], failed="Detection of asymmetry")
    path = save_object(tmp_path, report, "cad.dcm")
    assert main(["info", str(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (told,) = answer["objects"]
    assert (told["file"], told["kind"], told["automatic"]) == (str(path), "CAD report", True)
    assert told["images"] == [str(tmp_path / "RMLO.dcm")]
    assert (told["graphics"], told["operating_points"]) == (1, [0, 2])
    assert told["cautions"] == ["detection failed: detection of asymmetry"]
    assert len(answer["files"]) == 2


def test_info_names_no_patient_and_no_date_of_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = two_views(tmp_path)
    save_object(tmp_path, state_of(images, texts=[text("ANNA", anchor=(5.0, 5.0))]), "state.dcm")
    for options in ([], ["--json"]):
        assert main(["info", str(tmp_path), *options]) == 0
        said = capsys.readouterr().out
        assert "presentation state" in said
        assert not any(word in said for word in ("ANNA", "DEMO-0001", "2024-01-31"))


def test_words_of_a_report_are_told_only_where_the_woman_may_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = two_views(tmp_path)
    report = make_cad(images, [])
    impression = report.ContentSequence[1].ContentSequence[0]
    impression.ContentSequence.append(
        TextContentItem(dcm("111033", "Impression Description"), "of ANNA", RelationshipTypeValues.CONTAINS)
    )
    save_object(tmp_path, report, "cad.dcm")
    for options, told in (([], False), (["--identified"], True)):
        assert main(["info", str(tmp_path), *options]) == 0
        assert ("impression description: of ANNA" in capsys.readouterr().out) is told


def render(image: Path, *options: str) -> np.ndarray:
    out = image.with_suffix(".png")
    assert main(["render", str(image), "--out", str(out), *options]) == 0
    return np.asarray(Image.open(out).convert("RGB"), np.int64)


def foreign(picture: np.ndarray) -> int:
    """How many pixels have about the colour of foreign graphics."""
    return int((np.abs(picture - FOREIGN).max(axis=2) < 40).sum())


def test_render_draws_what_lies_beside_the_image_where_it_is_asked_to(tmp_path: Path) -> None:
    images = two_views(tmp_path)
    save_object(tmp_path, state_of(images, window=None), "state.dcm")
    assert foreign(render(tmp_path / "RCC.dcm")) == 0
    drawn = render(tmp_path / "RCC.dcm", "--overlays")
    assert foreign(drawn) > 30
    assert foreign(drawn[47:50]) == foreign(drawn)


def test_render_draws_objects_from_elsewhere(tmp_path: Path) -> None:
    images = two_views(tmp_path / "images")
    path = save_object(tmp_path / "others", state_of(images), "state.dcm")
    assert foreign(render(tmp_path / "images" / "RCC.dcm", "--overlays-from", str(path))) > 30


@pytest.mark.parametrize(("options", "follows"), [([], True), (["--window", "2048", "4096"], False)])
def test_render_takes_the_window_of_the_state_unless_one_is_named(
    tmp_path: Path, options: list[str], follows: bool
) -> None:
    images = two_views(tmp_path)
    save_object(tmp_path, make_presentation(images, window=(100.0, 1.0)), "state.dcm")
    drawn = render(tmp_path / "RCC.dcm", "--overlays", *options)
    assert bool((drawn[40:56, 66:70] == 255).all()) is follows


def test_render_writes_no_words_of_others_unless_the_woman_may_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [make_mammogram_dataset("R", "CC", 480, 360)]
    save(images[0], tmp_path / "RCC.dcm")
    state = make_presentation(images, texts=[text("ANNA DEMO", anchor=(300.0, 240.0))], window=None)
    save_object(tmp_path, state, "state.dcm")
    without = foreign(render(tmp_path / "RCC.dcm", "--overlays"))
    assert "may name the patient" in capsys.readouterr().err
    assert foreign(render(tmp_path / "RCC.dcm", "--overlays", "--identified")) > without + 100


def test_render_says_that_nothing_is_about_the_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two_views(tmp_path)
    render(tmp_path / "RCC.dcm", "--overlays")
    assert "no presentation state, report or map is about this image" in capsys.readouterr().err
