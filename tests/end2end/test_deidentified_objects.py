"""What lies in a study beside its images comes through a de-identification: as valid as it was, of the same images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array

from mammoview.cli import main
from mammoview.core.geometry import GridTransform, Orientation
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.overlaid import Overlaid
from mammoview.core.prediction import HeatMap, ImagePrediction, ModelLabel
from mammoview.core.study import Laterality, ObjectKind
from mammoview.core.view_state import Presentation
from mammoview.core.window import VoiWindow
from mammoview.dicom.deidentify.secret import Secret, secret_in
from mammoview.dicom.objects.read_objects import read_overlaid
from mammoview.dicom.objects.uids import Kind
from mammoview.dicom.objects.write_assessment import Judgement, assessment_report
from mammoview.dicom.objects.write_cad import CadView, cad_report
from mammoview.dicom.objects.write_file import write_object
from mammoview.dicom.objects.write_map import parametric_map
from mammoview.dicom.objects.write_measurements import Measured, measurement_report
from mammoview.dicom.objects.write_presentation import Look, presentation_state
from mammoview.dicom.reader import read_file
from mammoview.dicom.scan import scan
from tests.factories import ANNA, write_mammogram
from tests.overlaid_made import make_map, make_segmentation, save_object
from tests.unit.made import prepared_as
from tests.written import NOW, errors_of, series, told_of

IDENTITY = ("DEMO", "ANNA", ANNA.patient_id, ANNA.birth_date, "jdoe", "Doe", "Demo Hospital", "OLGA")
RULER = ((60.0, 120.0), (100.25, 140.5))


@dataclass(frozen=True)
class Copied:
    """The folder of a study and that of its copy, and what it was made with."""

    study: Path
    copy: Path
    secret: Secret

    def pairs(self) -> list[tuple[Path, Path]]:
        """Each file with its copy."""
        copies = {dcmread(path).SOPInstanceUID: path for path in self.copy.rglob("*.dcm")}
        return [
            (path, copies[self.secret.uid(dcmread(path).SOPInstanceUID)]) for path in sorted(self.study.glob("*.dcm"))
        ]

    def read(self, folder: Path) -> dict[ObjectKind, list[Overlaid]]:
        """What the program reads of all objects in one of the folders, over the images there."""
        (study,) = scan([folder]).studies
        assert len(study.images) == 1
        found: dict[ObjectKind, list[Overlaid]] = {}
        for header in study.objects:
            found.setdefault(header.kind, []).append(read_overlaid(header, study.images))
        return found


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """A right CC with one object of each kind that mammoview writes, and a segmentation and a map of another maker."""
    folder = tmp_path_factory.mktemp("objects")
    study = folder / "study"
    source, image = told_of(study, rows=320, columns=256)
    ruler = Mark(MarkKind.RULER, image.header.key, 1, RULER)
    look = Look(Presentation(window=VoiWindow(1234.5, 600), invert=True), None, (Drawable(ruler, ("1 mm",)),))
    model = ModelLabel("toy", "1", "ab", ("other", "cancer"), "cancer", {"balanced": 0.5})
    found = ImagePrediction(image.key, image.header.laterality, 0.6)
    heat = HeatMap(np.array([[0, 0.5], [1, 0]], np.float32), GridTransform(2 / 320, -0.5, 2 / 256, -0.5))
    judged = Judgement(Laterality.RIGHT, "4", "C", "seen by Doe", "jdoe", NOW)
    own: dict[str, Dataset] = {
        "pr": presentation_state(source, prepared_as(image, Orientation()), look, series(Kind.PRESENTATION), 1),
        "cad": cad_report([CadView(source, found, (120.5, 140.25))], None, model, 0.5, series(Kind.CAD)),
        "map": parametric_map(source, heat, series(Kind.MAP), 1),
        "measured": measurement_report([Measured(source, image, ruler, "jdoe")], series(Kind.MEASUREMENTS)),
        "assessed": assessment_report([source], [judged], series(Kind.ASSESSMENT)),
    }
    for name, made in own.items():
        write_object(study / f"{name}.dcm", made)
    original = dcmread(study / "RCC.dcm")
    mask = np.zeros((320, 256), np.uint8)
    mask[100:140, 150:203] = 1
    save_object(study, make_segmentation(original, mask, label="mass of Doe"), "seg.dcm")
    save_object(study, make_segmentation(original, mask * np.float32(0.6), label="f", fractional=True), "part.dcm")
    values = np.linspace(0, 1, mask.size, dtype=np.float32).reshape(mask.shape)
    save_object(study, make_map(original, values), "floats.dcm")
    salt = folder / "salt"
    assert main(["deidentify", str(study), "--out", str(folder / "copy"), "--salt", str(salt)]) == 0
    return Copied(study, folder / "copy", secret_in(salt))


def test_every_object_is_as_valid_as_before(copied: Copied) -> None:
    pairs = copied.pairs()
    assert len(pairs) == 9
    for original, copy in pairs:
        assert set(errors_of(copy)) <= set(errors_of(original)), original.name


def test_no_object_names_anybody(copied: Copied) -> None:
    for original, copy in copied.pairs():
        data = copy.read_bytes()
        assert [word for word in IDENTITY if word.encode() in data] == [], original.name
        assert dcmread(copy).PatientIdentityRemoved == "YES"


def test_reports_and_states_lie_on_the_copied_image_where_they_lay(copied: Copied) -> None:
    before, after = copied.read(copied.study), copied.read(copied.copy)
    assert {kind: len(found) for kind, found in before.items()} == {kind: len(found) for kind, found in after.items()}
    key = read_file(next(copied.copy.rglob("RCC-*.dcm"))).header.key
    for kind in (ObjectKind.CAD, ObjectKind.MEASUREMENTS):
        (old,), (new,) = before[kind], after[kind]
        assert [one.points for one in new.graphics] == [one.points for one in old.graphics] != []
        assert {one.image_key for one in new.graphics} == {key}
        assert not new.not_understood
    (old,), (new,) = before[ObjectKind.PRESENTATION], after[ObjectKind.PRESENTATION]
    was, now = next(iter(old.states.values())), new.states[key]
    assert (now.voi, now.inverse, now.orientation, now.area) == (was.voi, was.inverse, was.orientation, was.area)
    assert old.graphics != () == new.graphics


def test_segmentations_and_maps_keep_their_planes(copied: Copied) -> None:
    checked = 0
    for original, copy in copied.pairs():
        if original.stem in ("seg", "part", "map", "floats"):
            old, new = pixel_array(original), pixel_array(copy)
            assert new.dtype == old.dtype
            assert np.array_equal(new, old)
            checked += 1
    assert checked == 4
    after = copied.read(copied.copy)
    key = read_file(next(copied.copy.rglob("RCC-*.dcm"))).header.key
    assert {one.image_key for found in after[ObjectKind.SEGMENTATION] for one in found.graphics} == {key}
    assert [shown.image_key for found in after[ObjectKind.MAP] for shown in found.maps] == [key, key]


def test_letters_in_a_segmentation_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cv2

    original = dcmread(write_mammogram(tmp_path / "s" / "RCC.dcm", rows=320, columns=256))
    mask = np.zeros((320, 256), np.uint8)
    cv2.putText(mask, "MUELLER", (40, 160), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 1, 2)
    save_object(tmp_path / "s", make_segmentation(original, mask), "seg.dcm")
    assert main(["deidentify", str(tmp_path / "s"), "--out", str(tmp_path / "out")]) == 1
    assert "row(s) of letters" in capsys.readouterr().err
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 1


def test_bits_behind_a_mask_are_not_copied(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "s" / "RCC.dcm", rows=321, columns=255)
    original = dcmread(tmp_path / "s" / "RCC.dcm")
    made = make_segmentation(original, np.ones((321, 255), np.uint8))
    made.PixelData = made.PixelData[:-2] + b"\xff\xff" + b"MUELLER "
    save_object(tmp_path / "s", made, "seg.dcm")
    assert main(["deidentify", str(tmp_path / "s"), "--out", str(tmp_path / "out")]) == 0
    (copy,) = (tmp_path / "out").rglob("segmentation-*.dcm")
    data = dcmread(copy).PixelData
    assert len(data) == 321 * 255 // 8 + 2 - (321 * 255 // 8) % 2
    assert b"MUELLER" not in copy.read_bytes()
