"""Owns how a data set is recognised by its layout, and the one door through which all are read. Never reads pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mammoview.core.errors import InputRefusedError, UsageError
from training.data import any_csv, cbis, cbis_tables, crops, ddsm, folders, manifest, mias, rsna, synthetic
from training.data.checks import checked
from training.data.notes import LeftOut, Notes
from training.data.places import is_shown
from training.data.table import ImageRow, read_columns

CROPS = ("whole", "roi", "published")
"""Whole images; a crop around each lesion; the crops that CBIS-DDSM publishes."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DataSet:
    """What was understood of `path`: `rows`, one for each image, or for each lesion where crops were asked for; what
    was left out and why; what a user should know. `tables`: the files that told of the images.
    """

    path: Path
    kind: str
    rows: tuple[ImageRow, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]
    tables: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """A layout: what it is, how it is recognised, how it is read, and where its tables lie."""

    text: str
    fits: Callable[[Path], bool]
    read: Callable[[Path, Notes], tuple[ImageRow, ...]]
    tables: Callable[[Path], Sequence[Path]]


def _columns(path: Path) -> set[str]:
    """The columns of a CSV file or of a folder's manifest.csv; none where there is none."""
    path = path / "manifest.csv" if path.is_dir() else path
    return set(read_columns(path)) if path.is_file() and path.suffix.lower() == ".csv" else set()


def _has_columns(*names: str) -> Callable[[Path], bool]:
    return lambda path: path.is_dir() and set(names) <= _columns(path)


def _is_common(path: Path) -> bool:
    return set(manifest.NEEDED) <= _columns(path)


def _has_train_csv(path: Path) -> bool:
    return path.is_dir() and {"image_id", "cancer"} <= _columns(path / "train.csv")


def _has_info(path: Path) -> bool:
    return path.is_dir() and mias.tells_of_films(mias.table_of(path))


def _has_classes(path: Path) -> bool:
    return path.is_dir() and folders.has_classes(path)


def _is_mri(path: Path) -> bool:
    named = re.search(r"(^|[^a-z])(mris?|mr)([^a-z]|$)", path.resolve().name.lower())
    return named is not None and _has_classes(path)


def _manifest_of(path: Path) -> list[Path]:
    return [path / "manifest.csv" if path.is_dir() else path]


def _no_table(_: Path) -> list[Path]:
    return []


def _csv_of(path: Path) -> Path:
    """The CSV itself, a folder's manifest.csv, or its only CSV."""
    common = path / "manifest.csv"
    listed = [common] if common.is_file() else sorted(filter(is_shown, path.glob("*.csv")))
    return listed[0] if path.is_dir() and len(listed) == 1 else path


def _is_csv(path: Path) -> bool:
    return _csv_of(path).suffix.lower() == ".csv" and _csv_of(path).is_file()


def _of_common(path: Path, notes: Notes) -> tuple[ImageRow, ...]:
    return manifest.read_common(_manifest_of(path)[0], notes)


def _of_csv(path: Path, notes: Notes) -> tuple[ImageRow, ...]:
    return any_csv.read_any_csv(_csv_of(path), notes)


KINDS: dict[str, _Kind] = {
    "manifest": _Kind("the common manifest that 'data --csv' writes", _is_common, _of_common, _manifest_of),
    "rsna": _Kind(
        "RSNA 2022 with a manifest.csv",
        _has_columns("cancer", "machine_id", "implant", "view"),
        rsna.read_rsna,
        _manifest_of,
    ),
    "rsna-kaggle": _Kind(
        "RSNA 2022: train.csv with DICOM or PNG images",
        _has_train_csv,
        rsna.read_rsna_published,
        lambda path: [path / "train.csv"],
    ),
    "synthetic": _Kind(
        "what 'synthesize' wrote",
        _has_columns("sop_uid", "occasion", "mask", "label"),
        synthetic.read_synthetic,
        _manifest_of,
    ),
    "mias": _Kind("mini-MIAS: Info.txt and mdbNNN.pgm", _has_info, mias.read_mias, lambda path: [mias.table_of(path)]),
    "mias-subset": _Kind(
        "mini-MIAS with a manifest.csv",
        _has_columns("severity", "abnormality", "radius_px"),
        mias.read_mias_subset,
        _manifest_of,
    ),
    "ddsm": _Kind(
        "DDSM films with boxes",
        _has_columns("cancer", "lesion_x0_px", "patient_id"),
        ddsm.read_ddsm_films,
        _manifest_of,
    ),
    "mri-sample": _Kind(
        "slices of breast MRI with masks",
        _has_columns("file", "mask", "patient_id", "label", "source"),
        folders.read_mri_sample,
        _manifest_of,
    ),
    "cbis": _Kind(
        "CBIS-DDSM: the description tables with DICOM folders or the JPEG edition",
        lambda path: path.is_dir() and bool(cbis_tables.description_tables(path)),
        cbis.read_cbis,
        cbis.tables_of,
    ),
    "mri": _Kind("slices of breast MRI in folders named by class", _is_mri, folders.read_mri_folders, _no_table),
    "folders": _Kind("mammograms in folders named by class", _has_classes, folders.read_class_folders, _no_table),
    "csv": _Kind(
        "a CSV with columns file, patient_id, label (or diagnosis)", _is_csv, _of_csv, lambda path: [_csv_of(path)]
    ),
}
"""Every layout by its name, in the order in which they are tried."""


def read_data_set(
    path: Path,
    kind: str | None = None,
    *,
    crop: str = "whole",
    confirm_large: bool = False,
    tell: Tell | None = None,
) -> DataSet:
    """Read a data set of any layout of `KINDS`, which is recognised unless `kind` names it.

    All rows went through `training.data.checks`. `crop` is one of `CROPS`; `confirm_large` takes CBIS-DDSM masks over
    more than 15 % of the breast; `tell(done, all)` is called where reading takes long. Raises InputRefusedError where
    there is no such path, the layout is not known or nothing in it can be used, and UsageError for a
    kind or crop that there is not.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"no kind of data set is called {kind!r}", f"there are {', '.join(KINDS)}")
    if crop not in CROPS:
        raise UsageError(f"no crops are called {crop!r}", f"there are {', '.join(CROPS)}")
    if not path.exists():
        raise InputRefusedError(f"{path}: no such file or folder", "check the path")
    kind = kind or recognise(path)
    if crop == "published" and kind != "cbis":
        raise UsageError(f"{path}: only CBIS-DDSM has published crops", "use --crops roi")
    notes = Notes()
    if kind == "cbis":
        rows = cbis.read_cbis(
            path,
            notes,
            published_crops=crop == "published",
            each_lesion=crop == "roi",
            confirm_large=confirm_large,
            tell=tell,
        )
    else:
        rows = KINDS[kind].read(path, notes)
    rows = checked(rows, notes)
    if kind == "folders" and any(row.modality == "mammogram" for row in rows):
        notes.remark("taken for mammograms; slices of MRI are read with --kind mri")
    if crop == "roi":
        rows = crops.lesion_rows(rows, notes)
    return DataSet(path, kind, rows, tuple(notes.left_out), tuple(notes.remarks), tuple(KINDS[kind].tables(path)))


def recognise(path: Path) -> str:
    """The name of the first layout of `KINDS` that fits. Raises InputRefusedError where none does."""
    for name, kind in KINDS.items():
        if kind.fits(path):
            return name
    raise InputRefusedError(
        f"{path}: not a data set of a known layout",
        f"name it with --kind: {', '.join(KINDS)}; 'data --help' tells them",
    )
