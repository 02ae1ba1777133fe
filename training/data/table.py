"""Owns the one table that every data set is turned into, and the reading of a set's manifest. Never reads pixels."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from mammoview.core.errors import InputRefusedError

DIAGNOSES = ("normal", "benign", "malignant")
"""What a breast turned out to be; the order is that of the three classes."""

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """One lesion of an image, told by a mask file on the image's stored grid, by a box in stored pixels (row0, column0,
    row1, column1), or by a circle in stored pixels (row, column, radius); by one of them at least. Where there are
    several the mask counts. The lesion is where a mask is at least half of its own highest value, so that masks that
    were stored as JPEG are read rightly too; one of another size than the image is stretched where its aspect agrees.

    `kind`: "mass", "calcification", "distortion", "asymmetry", "other" or "" where it is not told; `pathology`:
    "benign", "malignant" or "".
    """

    kind: str = ""
    pathology: str = ""
    mask: Path | None = None
    box_px: tuple[float, float, float, float] | None = None
    circle_px: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """One image with what is known of it. `label` 1 = suspicious (cancer), 0 = other.

    `patient_id` is unique across data sets (it carries the set's name); `laterality` "R", "L" or ""; `view` "CC",
    "MLO", another view's code or ""; `age` in years or None; `density` BI-RADS A to D or ""; `birads` the assessment at
    screening, "0" (recalled) to "6", or "" where it is not told; `diagnosis` one of
    DIAGNOSES or "" where it is not told; `part` the set's own part, "train" or "test", or "" where it has none;
    `modality` "mammogram", "film" or "mri"; `crop_px` (row0, column0, row1, column1) where only this part of the image
    is meant, in stored pixels; it may reach beyond the image. `woman_known` is False where the set does not say whom
    the image shows, so that it may be trained on, but neither chosen nor judged by: `patient_id` is then the file's
    own.
    """

    file: Path
    patient_id: str
    laterality: str
    view: str
    label: int
    source: str
    age: float | None = None
    density: str = ""
    machine: str = ""
    diagnosis: str = ""
    part: str = ""
    modality: str = "mammogram"
    lesions: tuple[Lesion, ...] = ()
    crop_px: tuple[float, float, float, float] | None = None
    woman_known: bool = True
    birads: str = ""

    @property
    def breast_id(self) -> str:
        """What names one breast of one woman."""
        return f"{self.patient_id}/{self.laterality}"


def row_record(row: ImageRow) -> dict[str, Any]:
    """A row as JSON; `row_of` reads it."""
    lesions = [{**asdict(lesion), "mask": str(lesion.mask) if lesion.mask else None} for lesion in row.lesions]
    return {**asdict(row), "file": str(row.file), "lesions": lesions}


def row_of(record: Mapping[str, Any]) -> ImageRow:
    """The row that `row_record` wrote. Raises TypeError or ValueError where it is none."""
    lesions = tuple(
        Lesion(
            kind=told["kind"],
            pathology=told["pathology"],
            mask=Path(told["mask"]) if told["mask"] else None,
            box_px=tuple(told["box_px"]) if told["box_px"] else None,
            circle_px=tuple(told["circle_px"]) if told["circle_px"] else None,
        )
        for told in record.get("lesions", ())
    )
    crop = record.get("crop_px")
    return ImageRow(
        **{
            **record,
            "file": Path(record["file"]),
            "lesions": lesions,
            "crop_px": tuple(crop) if crop else None,
        }
    )


def women_hash(patient_ids: Iterable[str]) -> str:
    """16 hex digits that name a set of women, whatever its order."""
    text = "\n".join(sorted(set(patient_ids)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_manifest(folder: Path, needed: set[str]) -> list[dict[str, str]]:
    """The records of `folder`/manifest.csv; raises InputRefusedError where it is absent or lacks a needed column."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise InputRefusedError(f"{manifest}: no such table", "give the folder that holds manifest.csv")
    return [record for _, record in read_table(manifest, needed)]


def read_table(path: Path, needed: Collection[str] = ()) -> list[tuple[int, dict[str, str]]]:
    """The records of a CSV file, each with the number of its (last) line; cells that are missing are empty, and the
    spaces, line ends and quotes about names and cells are taken off. Cells are parted by what parts the names: comma,
    semicolon or tab, as spreadsheets write them, with or without their first line "sep=;".

    Raises InputRefusedError where it cannot be read, lacks a needed column or has two columns of one name.
    """
    try:
        with path.open(newline="", encoding=_encoding(path)) as stream:
            delimiter, skipped = _start(stream)
            reader = csv.DictReader(stream, restkey="", delimiter=delimiter)
            reader.fieldnames = [_cell(name) for name in reader.fieldnames or ()]
            _check_names(path, reader.fieldnames, needed)
            return [
                (reader.line_num + skipped, {name: _cell(value) for name, value in record.items() if name})
                for record in reader
            ]
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputRefusedError(
            f"{path}: no table that can be read: {error}", "save it as CSV in UTF-8, one line for each record"
        ) from error


def read_columns(path: Path) -> tuple[str, ...]:
    """The names of a CSV file's columns as `read_table` sees them; none where it cannot be read."""
    try:
        with path.open(newline="", encoding=_encoding(path)) as stream:
            delimiter, _ = _start(stream)
            return tuple(_cell(name) for name in next(csv.reader(stream, delimiter=delimiter), ()))
    except (OSError, UnicodeError, csv.Error):
        return ()


def _encoding(path: Path) -> str:
    """UTF-16 where the file begins so (a spreadsheet's "Unicode text"), else UTF-8 with or without its mark."""
    with path.open("rb") as stream:
        begins = stream.read(2)
    return "utf-16" if begins in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _start(stream: TextIO) -> tuple[str, int]:
    """What parts the cells, and how many lines come before the names; the stream then stands at the names."""
    first = stream.readline()
    if first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == 5:
        return first[4], 1
    stream.seek(0)
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count), 0


def _check_names(path: Path, names: Sequence[str], needed: Collection[str]) -> None:
    missing = set(needed) - set(names)
    if missing:
        raise InputRefusedError(f"{path}: lacks the columns {', '.join(sorted(missing))}")
    several = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if several:
        raise InputRefusedError(f"{path}: has several columns {', '.join(several)}", "keep one of each name")


def _cell(value: str | None) -> str:
    return (value or "").strip().strip('"').strip()
