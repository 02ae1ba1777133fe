"""What `synthesize` writes: DICOM files, masks and a manifest that agree with each other."""

import argparse
import csv
import json
import shutil
from pathlib import Path
from typing import get_args

import cv2
import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import get_frame

from mammoview.core.errors import UsageError
from training.commands import synthesize
from training.data.sets import read_data_set
from training.synthesis.dicom_file import COMPRESSIONS, view_dataset
from training.synthesis.examination import examination_of
from training.synthesis.lesion import LESION_KINDS
from training.synthesis.traits import DENSITIES
from training.synthesis.woman import Side, SyntheticView, generate_woman

OPTIONS = ["--seed", "3", "--spacing-mm", "1.6", "--lesion", "mass", "--side", "R", "--lesion-free-twin"]


def _synthesize(*options: str) -> None:
    parser = argparse.ArgumentParser()
    synthesize.add_arguments(parser)
    synthesize.run(parser.parse_args(options))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthesis")
    _synthesize("--out", str(out), *OPTIONS)
    return out


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def view() -> SyntheticView:
    return generate_woman(3, spacing_mm=1.0, lesion="none", views=(("R", "MLO"),)).views[0]


def test_the_manifest_lists_every_image_once(folder: Path, rows: list[dict[str, str]]) -> None:
    listed = sorted(row["file"] for row in rows)
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.dcm"))
    assert listed == found
    assert len(listed) == 8
    document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [image["file"] for image in document["images"]] == [row["file"] for row in rows]


def test_the_manifest_agrees_with_the_files(folder: Path, rows: list[dict[str, str]]) -> None:
    for row in rows:
        dataset = pydicom.dcmread(folder / row["file"], stop_before_pixels=True)
        assert (dataset.PatientID, dataset.StudyInstanceUID) == (row["patient_id"], row["study_uid"])
        assert (dataset.ImageLaterality, dataset.ViewPosition) == (row["laterality"], row["view"])
        assert dataset.SOPInstanceUID == row["sop_uid"]
        assert (dataset.Rows, dataset.Columns) == (int(row["rows"]), int(row["columns"]))
        assert int(dataset.PatientAge[:-1]) == int(row["age_years"])


def test_masks_lie_on_the_pixel_grid_and_contain_the_centre(folder: Path, rows: list[dict[str, str]]) -> None:
    with_mask = [row for row in rows if row["mask"]]
    assert [(row["laterality"], row["view"], row["label"]) for row in with_mask] == [
        ("R", "CC", "benign"),
        ("R", "MLO", "benign"),
    ]
    for row in with_mask:
        mask = cv2.imread(str(folder / row["mask"]), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        assert mask.shape == (int(row["rows"]), int(row["columns"]))
        assert mask[round(float(row["lesion_row_px"])), round(float(row["lesion_col_px"]))] == 255


def test_the_same_options_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    _synthesize("--out", str(tmp_path), *OPTIONS)
    first = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    second = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert first == second


def test_twin_and_original_are_one_patient_but_two_studies(rows: list[dict[str, str]]) -> None:
    assert len({row["patient_id"] for row in rows}) == 1
    studies = {row["occasion"]: row["study_uid"] for row in rows}
    assert studies["current"] != studies["twin"]
    assert len({row["sop_uid"] for row in rows}) == len(rows)


@pytest.mark.parametrize("compression", ["jpeg2000", "none"])
def test_pixels_come_back_unchanged(view: SyntheticView, compression: str) -> None:
    examination = examination_of(3, 0, "current", 60, variant="test")
    dataset = view_dataset(view, examination, compression="none" if compression == "none" else "jpeg2000")
    if compression == "none":
        stored = np.frombuffer(dataset.PixelData, "<u2").reshape(view.stored.shape)
    else:
        stored = imagecodecs.jpeg2k_decode(get_frame(dataset.PixelData, 0, number_of_frames=1))
    np.testing.assert_array_equal(stored, view.stored)


@pytest.mark.parametrize(
    ("side", "kind", "orientation"),
    [
        ("R", "CC", ["P", "L"]),
        ("L", "CC", ["A", "R"]),
        ("R", "MLO", ["P", "FL"]),
        ("L", "MLO", ["A", "FR"]),
    ],
)
def test_the_orientation_is_that_of_the_hanging(folder: Path, side: str, kind: str, orientation: list[str]) -> None:
    path = next(folder.rglob(f"current/{side}{kind}.dcm"))
    assert list(pydicom.dcmread(path, stop_before_pixels=True).PatientOrientation) == orientation


def test_the_file_is_a_mammogram_for_presentation(folder: Path) -> None:
    dataset = pydicom.dcmread(next(folder.rglob("current/RMLO.dcm")), stop_before_pixels=True)
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.1.2"
    assert dataset.PresentationIntentType == "FOR PRESENTATION"
    assert dataset.ViewCodeSequence[0].CodeValue == "399368009"
    assert len(dataset.ViewCodeSequence[0].ViewModifierCodeSequence) == 0
    assert len(dataset.AcquisitionContextSequence) == 0
    assert list(dataset.WindowCenterWidthExplanation) == ["NORMAL", "HARDER"]
    assert (dataset.BitsStored, dataset.PixelPaddingValue, dataset.LossyImageCompression) == (12, 0, "00")


def test_other_pixels_never_share_a_uid() -> None:
    first = examination_of(3, 0, "current", 60, variant="mass R None 0.1 mm")
    second = examination_of(3, 0, "current", 60, variant="mass R None 0.2 mm")
    assert first.uid("image", "R", "CC") != second.uid("image", "R", "CC")


def test_the_age_counts_completed_years() -> None:
    for index in range(12):
        assert examination_of(3, index, "current", 60, variant="").age_years == 60


@pytest.mark.parametrize("option", [("--women", "0"), ("--workers", "0"), ("--seed", "-1"), ("--spacing-mm", "3")])
def test_wrong_numbers_are_wrong_usage(tmp_path: Path, option: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=option[0]):
        _synthesize("--out", str(tmp_path / "out"), *option)
    assert not (tmp_path / "out").exists()


def test_the_options_are_those_of_the_generator() -> None:
    parser = argparse.ArgumentParser()
    synthesize.add_arguments(parser)
    told = {action.dest: action.choices for action in parser._actions}
    assert told["lesion"] == (*LESION_KINDS, "random")
    assert told["side"] == (*get_args(Side), "random")
    assert told["density"] == DENSITIES
    assert told["compress"] == COMPRESSIONS


def test_a_folder_of_a_woman_holds_images_alone(folder: Path, rows: list[dict[str, str]]) -> None:
    """mammoview opens all pictures of a folder: her masks lie elsewhere."""
    (woman,) = {row["patient_id"] for row in rows}
    assert {path.suffix for path in (folder / woman).rglob("*") if path.is_file()} == {".dcm"}
    assert {row["mask"] for row in rows} == {"", *(f"truth/{woman}/current-R{view}.png" for view in ("CC", "MLO"))}


@pytest.mark.parametrize("masks", ["truth/{}", "{}/truth"])
def test_a_set_of_either_layout_is_read_with_its_masks(
    folder: Path, rows: list[dict[str, str]], tmp_path: Path, masks: str
) -> None:
    """In older sets the masks lie beside the images."""
    woman = rows[0]["patient_id"]
    shutil.copytree(folder / woman, tmp_path / woman)
    shutil.copytree(folder / "truth" / woman, tmp_path / masks.format(woman))
    text = (folder / "manifest.csv").read_text(encoding="utf-8").replace(f"truth/{woman}", masks.format(woman))
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    found = read_data_set(tmp_path)
    assert (found.kind, found.left_out) == ("synthetic", ())
    drawn = [lesion.mask for row in found.rows for lesion in row.lesions]
    assert len(drawn) == 2
    assert all(mask is not None and mask.is_file() for mask in drawn)
