"""Owns the reading of CBIS-DDSM: the DICOM folders of TCIA and the JPEG edition, with the lesions of each film united.

The JPEG edition is Kaggle's "awsaf49/cbis-ddsm-breast-cancer-image-dataset". What is benign without callback is benign.
`part` is the official part; masses and calcifications pooled, 31 women are in both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from mammoview.core.errors import MammoviewError
from training.data.cbis_masks import RoiFiles, tell_apart
from training.data.cbis_tables import Abnormality, description_tables, read_descriptions
from training.data.notes import Notes
from training.data.places import shown_files
from training.data.table import ImageRow, Lesion, read_table

MAX_COVERAGE = 0.15
"""A mask over more of the breast than this is taken for a mistake until it is confirmed."""

SMALLEST_BREAST = 0.03
"""The part of an image that a breast covers at least; the gate of the application refuses images with less."""

_EXTENSIONS = (".dcm", ".dicom", ".jpg", ".jpeg", ".png")
_ROI_KEY = re.compile(r"^(?:Mass|Calc)-(?:Training|Test)_P_\d+_(?:LEFT|RIGHT)_\w+?(?:_\d+)?$")


@dataclass(slots=True)
class _Read:
    """What one film gave; gathered in order afterwards, so that it does not depend on who was ready first."""

    row: ImageRow | None = None
    crops: list[ImageRow] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def read_cbis(
    folder: Path,
    notes: Notes | None = None,
    *,
    published_crops: bool = False,
    each_lesion: bool = False,
    confirm_large: bool = False,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[ImageRow, ...]:
    """One row for each film of the tables in `folder` whose image lies under it, with all its lesions; with
    `published_crops` one row for each abnormality, whose file is the crop as published.

    Masks are told from crops by content. A mask that cannot be used (missing, of another aspect, over more than
    `MAX_COVERAGE` of the breast unless `confirm_large`) is named, and its film has then no lesions at all, as some of
    them would pass for all; with `each_lesion`, for crops around them, those that can be used stay. `tell(done, all)`
    is called as films are read. Raises InputRefusedError where there is no table or one lacks a column.
    """
    notes = notes or Notes()
    films: dict[tuple[str, str, str, str], list[Abnormality]] = {}
    for abnormality in read_descriptions(folder, notes):
        films.setdefault(abnormality.film, []).append(abnormality)
    files = _index(folder)
    if not files:
        notes.remark(
            f"the tables tell of {sum(map(len, films.values()))} abnormalities in {len(films)} films; no image"
        )

    def read(found: list[Abnormality]) -> _Read:
        return _film(
            found,
            files,
            folder,
            confirm_large=confirm_large,
            published_crops=published_crops,
            each_lesion=each_lesion,
        )

    rows: list[ImageRow] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, film in enumerate(pool.map(read, films.values()), start=1):
            for what, why in film.left_out:
                notes.leave_out(what, why)
            rows.extend(film.crops if published_crops else [film.row] if film.row else [])
            if tell is not None:
                tell(number, len(films))
    told = [(row.part, row.patient_id) for row in rows] if files else [(film[0], film[1]) for film in films]
    women = [{woman for part, woman in told if part == wanted} for wanted in ("train", "test")]
    shared = women[0] & women[1]
    if shared:
        notes.remark(
            f"{len(shared)} women are in both official parts: split 'official-clean', the default, leaves them out of "
            "training"
        )
    return tuple(rows)


def _film(
    found: list[Abnormality],
    files: Mapping[str, tuple[Path, ...]],
    folder: Path,
    *,
    confirm_large: bool,
    published_crops: bool,
    each_lesion: bool,
) -> _Read:
    answer = _Read()
    image = _image_of(found, files)
    shape = _shape(image, answer, folder) if image else None
    if image is None and not published_crops:
        answer.left_out.append((found[0].image_key, "no such image under the folder"))
        return answer
    if shape is None and not published_crops:
        return answer
    lesions, whole = [], True
    for abnormality in found:
        told = tell_apart(_files_of(files, abnormality.roi_key, abnormality.roi_uids), shape or (1 << 30, 1 << 30))
        if published_crops:
            _add_crop(answer, abnormality, told)
            continue
        why = told.why
        if image and shape and told.mask and not confirm_large and _is_large(told.area_px, shape, image):
            why = f"a mask over more than {MAX_COVERAGE:.0%} of the breast, to be confirmed"
        if why:
            whole = False
            answer.left_out.append((f"lesion {abnormality.roi_key}", why))
        else:
            lesions.append(
                Lesion(kind=abnormality.kind, pathology=abnormality.pathology, mask=told.mask, box_px=told.box_px)
            )
    if image is not None and not published_crops:
        worst = "malignant" if any(one.pathology == "malignant" for one in found) else "benign"
        answer.row = _row(found, image, worst, tuple(lesions) if whole or each_lesion else ())
    return answer


def _add_crop(answer: _Read, abnormality: Abnormality, told: RoiFiles) -> None:
    if told.crop is None:
        answer.left_out.append((abnormality.roi_key, "no published crop"))
        return
    row = _row([abnormality], told.crop, abnormality.pathology, ())
    rows, columns = told.crop_shape
    answer.crops.append(replace(row, crop_px=(0.0, 0.0, float(rows), float(columns))))


def _row(found: list[Abnormality], image: Path, diagnosis: str, lesions: tuple[Lesion, ...]) -> ImageRow:
    first = found[0]
    return ImageRow(
        file=image,
        patient_id=f"cbis/{first.patient}",
        laterality=first.laterality,
        view=first.view,
        label=int(diagnosis == "malignant"),
        source="cbis",
        age=next((one.age for one in found if one.age is not None), None),
        density=next((one.density for one in found if one.density), ""),
        diagnosis=diagnosis,
        part=first.part,
        modality="film",
        lesions=lesions,
    )


def _shape(image: Path, answer: _Read, folder: Path) -> tuple[int, int] | None:
    from mammoview.core.study import ImageSource
    from mammoview.dicom.reader import read_header

    try:
        header = read_header(ImageSource(image))
    except MammoviewError as error:
        answer.left_out.append((str(image.relative_to(folder)), f"cannot be read: {error.cause}"))
        return None
    return header.rows, header.columns


def _is_large(area_px: float, shape: tuple[int, int], image: Path) -> bool:
    """Whether a lesion covers more of the breast than `MAX_COVERAGE`; the image is read only where it may."""
    share = area_px / (shape[0] * shape[1])
    if share <= MAX_COVERAGE * SMALLEST_BREAST:
        return False
    from mammoview.core.breast import find_breast
    from mammoview.dicom.reader import read_file

    try:
        breast = find_breast(read_file(image)).coverage
    except MammoviewError:
        return False  # the image is named when its pixels are asked for
    return share > MAX_COVERAGE * (breast or 1.0)


def _image_of(found: list[Abnormality], files: Mapping[str, tuple[Path, ...]]) -> Path | None:
    for one in found:
        listed = _files_of(files, one.image_key, one.image_uids)
        if listed:
            return listed[0]
    return None


def _files_of(files: Mapping[str, tuple[Path, ...]], key: str, uids: Iterable[str]) -> tuple[Path, ...]:
    """The files of a key; where there are none, those of its series."""
    return files.get(key) or tuple(dict.fromkeys(path for uid in uids for path in files.get(uid, ())))


def tables_of(folder: Path) -> list[Path]:
    """All tables that are read of a folder."""
    return [*description_tables(folder), *_info_tables(folder)]


def _info_tables(folder: Path) -> list[Path]:
    """The table of the JPEG edition that names the film or the lesion of each series."""
    return [*folder.glob("dicom_info.csv"), *folder.glob("*/dicom_info.csv")]


def _index(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The images under `folder` by the name of each folder above them and by their PatientID in dicom_info.csv."""
    files: dict[str, dict[Path, None]] = {}
    by_series: dict[tuple[str, str], Path] = {}
    for path in shown_files(folder):
        if path.suffix.lower() not in _EXTENSIONS:
            continue
        by_series[path.parent.name, path.name] = path
        for above in path.relative_to(folder).parts[:-1]:
            files.setdefault(above, {})[path] = None
    for table in _info_tables(folder):
        for _, record in read_table(table, {"PatientID", "image_path"}):
            *_, series, name = ("", *record["image_path"].replace("\\", "/").split("/"))
            listed = by_series.get((series, name))
            if listed is not None and _ROI_KEY.match(record["PatientID"]):
                files.setdefault(record["PatientID"], {})[listed] = None
    return {name: tuple(paths) for name, paths in files.items()}
