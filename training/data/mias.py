"""Owns the reading of mini-MIAS: as published (Info.txt and mdbNNN.pgm) and as a subset with a manifest. No pixels.

Suckling et al., "The Mammographic Image Analysis Society digital mammogram database", 1994. In the published table the
rows of a film are counted from its bottom. Consecutive films are one woman's. Its notes call even numbers left breasts;
the films looked at show the opposite, which is what is told here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mammoview.core.errors import InputRefusedError
from training.data.notes import Notes
from training.data.places import shown_files
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import number_of

FILM_PX = 1024
"""Rows and columns of every film."""

_LINE = re.compile(r"^(mdb\d{3})\s+([FGD])\s+(CALC|CIRC|SPIC|MISC|ARCH|ASYM|NORM)\b\s*(.*)$")
_KINDS = {
    "CALC": "calcification",
    "CIRC": "mass",
    "SPIC": "mass",
    "MISC": "other",
    "ARCH": "distortion",
    "ASYM": "asymmetry",
}
_PATHOLOGIES = {"B": "benign", "M": "malignant"}
_NEEDED = {"file", "patient_id", "abnormality", "severity", "x_px", "y_px", "radius_px"}
_NO_PLACE = "an abnormality without a place: the film's lesions are not told"


@dataclass(frozen=True, slots=True)
class _Finding:
    """One line of the table: `circle_px` (row, column, radius) from the top left, None where it is not told."""

    name: str
    file: Path
    woman: str
    abnormality: str
    severity: str
    circle_px: tuple[float, float, float] | None


def table_of(folder: Path) -> Path:
    """Where the published table of a folder lies, in whatever case its name is written."""
    return next((path for path in sorted(folder.iterdir()) if path.name.lower() == "info.txt"), folder / "Info.txt")


def tells_of_films(table: Path) -> bool:
    """Whether a file tells of mini-MIAS' films; others are called Info.txt, too."""
    try:
        return any(
            _LINE.match(line.strip()) for line in table.read_text(encoding="utf-8", errors="replace").splitlines()
        )
    except OSError:
        return False


def read_mias(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The films of `folder`/Info.txt that lie under `folder` as mdbNNN.pgm (or .png).

    Raises InputRefusedError where the table cannot be read or tells of no film.
    """
    notes = notes or Notes()
    table = table_of(folder)
    try:
        lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputRefusedError(f"{table}: no table that can be read: {error}") from error
    films = [path for path in shown_files(folder) if path.stem.lower().startswith("mdb")]
    files = {path.stem.lower(): path for suffix in (".png", ".pgm") for path in films if path.suffix.lower() == suffix}
    findings = []
    for number, line in enumerate(lines, start=1):
        found = _LINE.match(line.strip())
        if found is None:
            if line.strip().startswith("mdb"):
                notes.leave_out(f"{table.name} line {number}", "a line that is not understood")
            continue
        name, _, abnormality, rest = found.groups()
        if name not in files:
            notes.leave_out(name, "no such film under the folder")
            continue
        cells = rest.split()
        place = [int(cell) for cell in cells[1:4] if cell.isdigit()]
        circle = (float(FILM_PX - place[1]), float(place[0]), float(place[2])) if len(place) == 3 else None
        woman = f"m{(int(name[3:]) + 1) // 2:03d}"
        findings.append(_Finding(name, files[name], woman, abnormality, cells[0] if cells else "", circle))
    if not findings:
        raise InputRefusedError(f"{table}: tells of no film under {folder}", "put the mdbNNN.pgm files beside it")
    return _films(findings, notes)


def read_mias_subset(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The films of `folder`/manifest.csv, whose places are counted from the top left.

    A film with a wrong line is named and left out. Raises InputRefusedError where the table is absent or lacks a
    column.
    """
    notes = notes or Notes()
    findings, wrong = [], set()
    for number, record in read_table(folder / "manifest.csv", _NEEDED):
        try:
            findings.append(_finding(record, folder))
        except ValueError as error:
            notes.leave_out(f"manifest.csv line {number}", f"a wrong cell: {error}")
            wrong.add(Path(record["file"]).stem)
    return _films([finding for finding in findings if finding.name not in wrong], notes)


def _finding(record: Mapping[str, str], folder: Path) -> _Finding:
    """One line of the subset's table. Raises ValueError where a cell is wrong."""
    abnormality, severity = record["abnormality"].upper(), record["severity"].upper()
    if abnormality != "NORM" and (abnormality not in _KINDS or severity not in _PATHOLOGIES):
        raise ValueError(f"abnormality {abnormality!r} of severity {severity!r} is not known")
    told = [number_of(record[name]) for name in ("y_px", "x_px", "radius_px")]
    place = [value for value in told if value is not None]
    return _Finding(
        Path(record["file"]).stem,
        folder / record["file"],
        record["patient_id"],
        abnormality,
        severity,
        (place[0], place[1], place[2]) if len(place) == 3 else None,
    )


def _films(findings: Iterable[_Finding], notes: Notes) -> tuple[ImageRow, ...]:
    """One row a film, with the lesions of all its lines; the diagnosis is the worst of them."""
    rows: dict[str, ImageRow] = {}
    placeless = set()
    for finding in findings:
        pathology = _PATHOLOGIES.get(finding.severity, "")
        number = re.search(r"\d+", finding.name)
        row = rows.get(finding.name) or ImageRow(
            file=finding.file,
            patient_id=f"mias/{finding.woman}",
            laterality=("R", "L")[int(number.group()) % 2] if number else "",
            view="MLO",
            label=0,
            source="mias",
            diagnosis="normal",
            modality="film",
        )
        if finding.abnormality != "NORM":
            if finding.circle_px is None:
                placeless.add(finding.name)
            else:
                lesion = Lesion(kind=_KINDS[finding.abnormality], pathology=pathology, circle_px=finding.circle_px)
                row = replace(row, lesions=(*row.lesions, lesion))
            worst = "malignant" if "malignant" in (row.diagnosis, pathology) else "benign"
            row = replace(row, diagnosis=worst, label=int(worst == "malignant"))
        rows[finding.name] = row
    for name in sorted(placeless):
        notes.leave_out(f"lesions of {name}", _NO_PLACE)
        rows[name] = replace(rows[name], lesions=())
    return tuple(rows.values())
