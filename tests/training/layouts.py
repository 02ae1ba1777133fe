"""Small synthetic copies of published data sets, in the layouts in which they come."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.factories import make_breast, write_mammogram

ROWS, COLUMNS = 160, 120
MASS_COLUMNS = (
    "patient_id", "breast_density", "left or right breast", "image view", "abnormality id", "abnormality type",
    "mass shape", "mass margins", "assessment", "pathology", "subtlety", "image file path", "cropped image file path",
    "ROI mask file path",
)  # fmt: skip
CALC_COLUMNS = tuple(
    {"breast_density": "breast density", "mass shape": "calc type", "mass margins": "calc distribution"}.get(name, name)
    for name in MASS_COLUMNS
)


def write_csv(path: Path, columns: Sequence[str], records: Sequence[Mapping[str, Any]]) -> Path:
    """A table of `records`, absent cells empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(records)
    return path


def write_film(path: Path, side: str = "L", seed: int = 0, rows: int = ROWS, columns: int = COLUMNS) -> Path:
    """A breast of 8 bits as a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(make_breast(side, rows, columns, bits=8, seed=seed)).save(path)
    return path


def box_mask(rows: int, columns: int, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """255 in a box (row0, column0, row1, column1)."""
    mask = np.zeros((rows, columns), np.uint8)
    mask[box[0] : box[2], box[1] : box[3]] = 255
    return mask


@dataclass(frozen=True, kw_only=True)
class Roi:
    """An abnormality to be written. `mask_first`: the mask has the lower number of the two files in the folder."""

    patient: str = "P_00001"
    side: str = "LEFT"
    view: str = "CC"
    number: int = 1
    kind: str = "mass"
    shape: str = "ROUND"
    pathology: str = "MALIGNANT"
    part: str = "Training"
    box: tuple[int, int, int, int] = (60, 20, 80, 40)
    mask_shape: tuple[int, int] = (ROWS, COLUMNS)
    mask_first: bool = False
    without_mask: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def film(self) -> str:
        word = "Mass" if self.kind == "mass" else "Calc"
        return f"{word}-{self.part}_{self.patient}_{self.side}_{self.view}"

    def files(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The mask and the crop."""
        row0, column0, row1, column1 = self.box
        mask = box_mask(*self.mask_shape, self.box)
        crop = make_breast(self.side[0], ROWS, COLUMNS, bits=8)[row0 : row1 + 8, column0 : column1 + 8]
        return mask, crop


def _tables(folder: Path, rois: Sequence[Roi]) -> None:
    for kind, columns in (("mass", MASS_COLUMNS), ("calcification", CALC_COLUMNS)):
        for part, word in (("Training", "train"), ("Test", "test")):
            records = [_record(roi, columns) for roi in rois if (roi.kind, roi.part) == (kind, part)]
            write_csv(folder / f"{kind[:4]}_case_description_{word}_set.csv", columns, records)


def _record(roi: Roi, columns: Sequence[str]) -> dict[str, str]:
    uid = f"1.3.6.1.{roi.patient[2:]}.{roi.number}"
    values = (
        roi.patient, "3", roi.side, roi.view, str(roi.number), roi.kind, roi.shape, "SPICULATED", "4", roi.pathology,
        "4",
        f"{roi.film}/1.3/{uid}.1/000000.dcm", f"{roi.film}_{roi.number}/1.3/{uid}.2/000001.dcm\n",
        f'"{roi.film}_{roi.number}/1.3/{uid}.2/000000.dcm"\n',
    )  # fmt: skip
    return {**dict(zip(columns, values, strict=True)), **roi.extra}


def write_cbis_dicom(folder: Path, rois: Sequence[Roi]) -> Path:
    """CBIS-DDSM as TCIA gives it: folders named by film and by abnormality, all files numbered alike."""
    _tables(folder, rois)
    for roi in rois:
        image = folder / "CBIS-DDSM" / roi.film / "1.3" / "full" / "1-1.dcm"
        if not image.is_file():
            write_mammogram(image, roi.side[0], roi.view, rows=ROWS, columns=COLUMNS)
        mask, crop = roi.files()
        first, second = (mask, crop) if roi.mask_first else (crop, mask)
        place = folder / "CBIS-DDSM" / f"{roi.film}_{roi.number}" / "1.3" / "roi"
        for name, pixels in (("1-1.dcm", first), ("1-2.dcm", second)):
            if not (roi.without_mask and pixels is mask):
                write_mammogram(place / name, pixels=pixels, bits_stored=8, seed=roi.number)
    return folder


def write_cbis_jpeg(folder: Path, rois: Sequence[Roi]) -> Path:
    """CBIS-DDSM as the JPEG edition: folders named by series, found by csv/dicom_info.csv, whose descriptions are
    missing or wrong for masks and crops.
    """
    _tables(folder / "csv", rois)
    listed: list[dict[str, str]] = []
    for index, roi in enumerate(rois):
        mask, crop = roi.files()
        pictures = [(f"{roi.film}_{roi.number}", mask, ""), (f"{roi.film}_{roi.number}", crop, "ROI mask images")]
        if not any(told["PatientID"] == roi.film for told in listed):
            breast = make_breast(roi.side[0], ROWS, COLUMNS, bits=8)
            pictures.append((roi.film, breast, "full mammogram images"))
        for number, (name, pixels, words) in enumerate(pictures):
            file = folder / "jpeg" / f"1.3.6.{index}.{number}" / f"{number + 1}-{100 + index}.jpg"
            file.parent.mkdir(parents=True)
            Image.fromarray(pixels).save(file, quality=90)
            place = f"CBIS-DDSM/jpeg/{file.parent.name}/{file.name}"
            listed.append({"PatientID": name, "SeriesDescription": words, "image_path": place})
    write_csv(folder / "csv" / "dicom_info.csv", ("PatientID", "SeriesDescription", "image_path"), listed)
    return folder
