"""Owns how an examination is laid out on disk: DICOM files, truth masks, rows of the manifest. Never makes pixels."""

from __future__ import annotations

from pathlib import Path

import cv2

from mammoview.dicom.sources import NOT_SHOWN
from training.synthesis.arrays import ByteArray
from training.synthesis.dicom_file import Compression, view_dataset, write_dataset
from training.synthesis.examination import Examination
from training.synthesis.files import replacing
from training.synthesis.manifest import Row
from training.synthesis.woman import SyntheticView, SyntheticWoman


def _write_mask(mask: ByteArray, path: Path) -> None:
    done, data = cv2.imencode(".png", mask, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise OSError(f"no PNG could be made for {path}")
    with replacing(path) as part:
        part.write_bytes(data.tobytes())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _row(view: SyntheticView, woman: SyntheticWoman, examination: Examination, file: str, mask: str | None) -> Row:
    return Row(
        file=file, patient_id=examination.patient_id, study_uid=examination.uid("study"),
        sop_uid=examination.uid("image", view.side, view.view), occasion=examination.occasion, laterality=view.side,
        view=view.view, age_years=examination.age_years, density=woman.density,
        dense_fraction=round(view.gland_fraction, 4), label=view.label, lesion=view.lesion, mask=mask,
        lesion_row_px=_rounded(view.lesion_row_px), lesion_col_px=_rounded(view.lesion_column_px),
        lesion_depth_mm=_rounded(view.lesion_depth_mm), nipple_row_px=round(view.nipple_row_px, 2),
        nipple_col_px=round(view.nipple_column_px, 2), thickness_mm=round(view.thickness_mm, 1),
        rows=view.stored.shape[0], columns=view.stored.shape[1], spacing_mm=view.spacing_mm, seed=woman.seed,
        index=woman.index,
    )  # fmt: skip


def write_examination(
    woman: SyntheticWoman, examination: Examination, folder: Path, *, images: str, masks: str,
    compression: Compression,
) -> list[Row]:  # fmt: skip
    """Write the views into `folder`/`images` and the masks of lesions into `folder`/`masks`, a folder that says of
    itself that its pictures are not to be shown; answer their rows."""
    rows = []
    (folder / masks).mkdir(parents=True, exist_ok=True)
    (folder / masks / NOT_SHOWN).touch()
    for view in woman.views:
        name = f"{view.side}{view.view}"
        file = f"{images}/{name}.dcm"
        write_dataset(view_dataset(view, examination, compression=compression), folder / file)
        mask = None
        if view.lesion != "none":
            mask = f"{masks}/{examination.occasion}-{name}.png"
            _write_mask(view.mask, folder / mask)
        rows.append(_row(view, woman, examination, file, mask))
    return rows
