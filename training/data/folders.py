"""Owns the reading of folders named by class: mammograms, and slices of breast MRI. Headers only, no pixels."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mammoview.core.errors import InputRefusedError, MammoviewError
from training.data.nobody import Shown, ids_of_nobody, shown_in
from training.data.notes import Notes
from training.data.places import shown_files
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import class_of, part_of, woman_in_name

EXTENSIONS = (".dcm", ".dicom", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm")
"""What counts as an image; a file without an extension does if it is DICOM."""

_DICOM = (".dcm", ".dicom", "")

_DATE_OR_SIZE = re.compile(
    r"(?:19|20)\d\d(?:[-_. ]?(?:0[1-9]|1[0-2])(?:[-_. ]?(?:0[1-9]|[12]\d|3[01]))?|-(?:19|20)\d\d)?"
    r"|64|128|224|256|299|384|416|512|640|768|1024|2048|4096"
)
"""A year, a month, a day, or a number of pixels that pictures are scaled to; such numbers can be women's, too."""

_NO_WOMAN = re.compile(r"\d+(?:\.\d+){3,}|[lr][ _.-]?\d", re.IGNORECASE)
"""A DICOM UID, of which each image may have another one; a side with a number."""

_NO_WOMANS_WORDS = frozenset(
    (
        *("left", "right", "lt", "rt", "breast", "side", "view", "cc", "mlo", "lcc", "rcc", "lmlo", "rmlo", "ml", "lm"),
        *("batch", "set", "dataset", "data", "fold", "part", "group", "series", "sequence", "seq", "year", "month"),
        *("bi", "rads", "birads", "density", "acr", "grade", "class", "category", "x", "px", "size", "png", "jpg"),
        *("jpeg", "dicom", "dcm", "image", "images", "img", "slice", "slices", "picture", "pictures"),
        *("im", "mg", "mr", "file"),
    )
)
"""What a folder or file is one of, when its name is a number and no other words than these."""

UNKNOWN_WOMAN = "whose image it is cannot be told: such images can be trained on, but never chosen or judged by"


def has_classes(folder: Path) -> bool:
    """Whether folders named by class lie in `folder`, or in its parts (train, validation, test)."""
    inside = [path for path in folder.iterdir() if path.is_dir()]
    parts = [path for part in inside if part_of(part.name) for path in part.iterdir() if path.is_dir()]
    return any(class_of(path.name) is not None for path in (*inside, *parts))


def read_class_folders(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The images under `folder`, each of the class that the nearest of its folders names (benign, malignant, normal,
    cancer, ...), or else the outermost one called 0 or 1. A DICOM file says itself whom it shows, by a hash of its
    Patient ID, where that is somebody's (`training.data.nobody`); of others the name does by what stands before side
    and view ("A_1108_L_CC"), unless names begin anew in the folders of women (`_names_are_of_images`), else the folder
    as `_women_of_folders` tells, else the name by the rule of `woman_in_name`. Side and view are those of the header or
    of the name.

    Raises InputRefusedError where no image is of a class.
    """
    return _read(folder, "folders", "mammogram", notes or Notes())


def read_mri_folders(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """As `read_class_folders`, for slices of breast MRI in folders benign and malignant (or healthy and sick, as in the
    Kaggle set "Breast Cancer Patients MRIs"), or in such folders under train and validation.
    """
    return _read(folder, "mri", "mri", notes or Notes())


def read_mri_sample(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The slices of `folder`/manifest.csv (columns file, mask, patient_id, label, source) with their lesion masks.

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    notes = notes or Notes()
    rows = []
    for number, record in read_table(folder / "manifest.csv", {"file", "mask", "patient_id", "label", "source"}):
        found = class_of(record["label"])
        if found is None:
            notes.leave_out(f"manifest.csv line {number}", f"a label that is not known: {record['label']!r}")
            continue
        label, diagnosis = found
        woman = record["patient_id"]
        mask = folder / record["mask"] if record["mask"] else None
        rows.append(
            ImageRow(
                file=folder / record["file"],
                patient_id=f"mri/{record['source']}/{woman or 'file ' + Path(record['file']).stem}",
                laterality="",
                view="",
                label=label,
                source=f"mri/{record['source']}",
                diagnosis=diagnosis,
                modality="mri",
                lesions=(Lesion(pathology=diagnosis, mask=mask),) if mask else (),
                woman_known=bool(woman),
            )
        )
    _say_unknown(rows, notes)
    return tuple(rows)


def _read(folder: Path, source: str, modality: str, notes: Notes) -> tuple[ImageRow, ...]:
    rows = []
    shown: dict[Path, Shown] = {}
    files = [path for path in shown_files(folder) if path.suffix.lower() in EXTENSIONS or _is_dicom(path)]
    in_folders = _women_of_folders(folder, files)
    of_images = _names_are_of_images(in_folders)
    for path in files:
        inside = path.relative_to(folder)
        parents = [parent.name for parent in inside.parents if parent.name]
        place = _class_place(inside.parts[:-1])
        found = class_of(inside.parts[place]) if place is not None else None
        if found is None:
            notes.leave_out(inside, "in no folder named by a class")
            continue
        label, diagnosis = found
        name = woman_in_name(path.stem)
        woman = in_folders.get(path) or (name if _may_be_a_woman(name) else "")
        row = ImageRow(
            file=path,
            patient_id=f"{source}/{folder.resolve().name}/{woman or 'file ' + inside.as_posix()}",
            laterality="",
            view="",
            label=label,
            source=f"{source}/{folder.resolve().name}",
            diagnosis=diagnosis,
            part=next((part for name in parents if (part := part_of(name))), ""),
            modality=modality,
            woman_known=bool(woman),
        )
        told = _with_header(row, shown, notes, inside, by_name=not (of_images and path in in_folders))
        if told is not None:
            rows.append(told)
    if not rows:
        raise InputRefusedError(
            f"{folder}: holds no image in a folder named by a class", "name the folders benign, malignant or normal"
        )
    rows = _as_files_beside(_as_files_say(rows, shown, notes), in_folders)
    women = {row.patient_id for row in rows}
    named = sum(f"{source}/{folder.resolve().name}/{name}" in women for name in set(in_folders.values()))
    if named:
        notes.remark(f"{named} folders with a number in their names are taken for a woman each")
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row.patient_id, set()).add(row.part)
    shared = sum(len(found) > 1 for found in parts.values())
    if shared:
        notes.remark(f"{shared} women are in several of the set's own parts: do not measure by these")
    _say_unknown(rows, notes)
    return tuple(rows)


def _class_place(names: Sequence[str]) -> int | None:
    """Which of a file's folders, the outermost first, names its class: the nearest one whose name is a word; else the
    outermost one called 0 or 1, as those below are women with such numbers. None where there is none.
    """
    places = [place for place, name in enumerate(names) if class_of(name) is not None]
    words = [place for place in places if not names[place].isdigit()]
    return words[-1] if words else places[0] if places else None


def _women_of_folders(folder: Path, files: Iterable[Path]) -> dict[Path, str]:
    """The name of the first folder with a digit below the folder of the class, for each file that lies in one:
    "patient_012" of "benign/patient_012/IMG-0001-00007.png". Passed over are folders of sides, views, batches, BI-RADS
    assessments and the like, and dates and sizes where no other numbers are there. None where there is but one such
    folder. Names within such folders are no help, as they begin anew in each.
    """
    below = {}
    for path in files:
        names = path.relative_to(folder).parts[:-1]
        place = _class_place(names)
        below[path] = [name for name in names[place + 1 :] if _may_be_a_woman(name)] if place is not None else []
    first = {names[0] for names in below.values() if names}
    if all(map(_DATE_OR_SIZE.fullmatch, filter(str.isdigit, first))):
        below = {path: [name for name in names if not _DATE_OR_SIZE.fullmatch(name)] for path, names in below.items()}
    found = {path: names[0] for path, names in below.items() if names}
    return {} if len(set(found.values())) < 2 else found


def _may_be_a_woman(name: str) -> bool:
    """Whether a name has a number that may be a woman's."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    told = bool(words) and all(word in _NO_WOMANS_WORDS or part_of(word) for word in words)
    return any(map(str.isdigit, name)) and not told and not _NO_WOMAN.fullmatch(name)


def _names_are_of_images(in_folders: Mapping[Path, str]) -> bool:
    """Whether what stands before side and view in the names of files that lie in women's folders counts her images, as
    in "woman_012/1_L_CC.png": a name is there again in the folder of another woman, or most name one image alone.
    """
    women: dict[str, set[str]] = {}
    named: Counter[str] = Counter()
    for path, woman in in_folders.items():
        before = _before_view(path.stem)[0]
        if before:
            women.setdefault(path.stem.lower(), set()).add(woman)
            named[before] += 1
    of_several = sum(count > 1 for count in named.values())
    return any(len(found) > 1 for found in women.values()) or of_several * 2 < len(named)


def _is_dicom(path: Path) -> bool:
    """Whether a file without an extension is DICOM: "DICM" after 128 bytes (PS3.10, 7.1)."""
    if path.suffix:
        return False
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def _as_files_beside(rows: Sequence[ImageRow], in_folders: Mapping[Path, str]) -> list[ImageRow]:
    """The rows, those that are told by a woman's folder under the name that the DICOM files in it say, where some do:
    else she would be there under two names."""
    by_folder = {row.file: row.patient_id == f"{row.source}/{in_folders.get(row.file)}" for row in rows}
    said: dict[str, str] = {}
    for row in rows:
        if row.file in in_folders and not by_folder[row.file] and row.file.suffix.lower() in _DICOM:
            said.setdefault(in_folders[row.file], row.patient_id)
    return [
        replace(row, patient_id=said.get(in_folders[row.file], row.patient_id)) if by_folder[row.file] else row
        for row in rows
    ]


def _before_view(stem: str) -> tuple[str, str, str]:
    """What stands before side and view in a name and has a digit ("A_1108" of "A_1108_L_CC"), else ""; side; view."""
    from mammoview.dicom.views import side_view_of_text

    named = side_view_of_text(stem)
    before = stem[: named.start].rstrip(" _.-")
    told = before if named.view and any(map(str.isdigit, before)) else ""
    return told, str(named.laterality), str(named.view)


def _as_files_say(rows: Sequence[ImageRow], shown: Mapping[Path, Shown], notes: Notes) -> list[ImageRow]:
    """The rows, those of DICOM files under a hash of their Patient ID, where that is somebody's."""
    nobody = ids_of_nobody(shown.values())
    found = []
    for row in rows:
        name = shown[row.file].patient_id if row.file in shown else ""
        if name and name not in nobody:
            digest = hashlib.sha256(name.encode()).hexdigest()[:12]
            row = replace(row, patient_id=f"{row.source}/{digest}", woman_known=True)
        found.append(row)
    ids = [(row, shown[row.file].patient_id) for row in found if row.file in shown]
    strangers = [row for row, name in ids if name in nobody and (name or not row.woman_known)]
    if strangers:
        left = sum(not row.woman_known for row in strangers)
        notes.remark(
            f"{len(strangers)} files have no Patient ID, or one that is nobody's or many women's (as "
            f"{strangers[0].file.name}), which tells of no woman"
            + (f": for {left} of them give a table with the women, or a folder for each woman" if left else "")
        )
    return found


def _with_header(
    row: ImageRow, shown: dict[Path, Shown], notes: Notes, inside: Path, *, by_name: bool
) -> ImageRow | None:
    """The row with what the file's header tells, or, `by_name`, its name; None, named, where a DICOM file cannot be
    read. Whom a header shows goes into `shown`.
    """
    from mammoview.core.study import ImageSource
    from mammoview.dicom.reader import read_header

    path = row.file
    if path.suffix.lower() not in _DICOM:
        before, side, view = _before_view(path.stem)
        if before and by_name:
            row = replace(row, patient_id=f"{row.source}/{before}", woman_known=True)
        return replace(row, laterality=side, view=view)
    try:
        header = read_header(ImageSource(path))
    except MammoviewError as error:
        notes.leave_out(inside, f"cannot be read: {error.cause}")
        return None
    row = replace(row, laterality=str(header.laterality), view=str(header.view))
    if header.modality == "MR":
        row = replace(row, modality="mri")
    shown[path] = shown_in(header)
    return replace(row, machine=header.model_name)


def _say_unknown(rows: list[ImageRow], notes: Notes) -> None:
    unknown = sum(not row.woman_known for row in rows)
    if unknown:
        notes.remark(f"{unknown} of {len(rows)} images: {UNKNOWN_WOMAN}")
