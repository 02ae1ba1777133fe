"""Owns what the tests of written DICOM objects share: images to tell of, files read back, programs that judge them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.image import MammoImage
from mammoview.dicom.objects.uids import Kind, Series
from mammoview.dicom.objects.write_file import write_object
from mammoview.dicom.objects.write_source import Source
from mammoview.dicom.reader import read_file
from tests.factories import write_mammogram

NOW = datetime(2026, 3, 4, 5, 6, 7)


def series(kind: Kind) -> Series:
    """A new series, made at NOW."""
    return Series.new(kind, NOW)


def told_of(folder: Path, laterality: str = "R", view: str = "CC", **options: Any) -> tuple[Source, MammoImage]:
    """A made mammogram (options as of `make_mammogram_dataset`), as objects tell of it."""
    image = read_file(write_mammogram(folder / f"{laterality}{view}.dcm", laterality, view, **options))
    return Source.read(image.header), image


def written(folder: Path, made: Dataset) -> FileDataset:
    """The object as a file gives it back."""
    path = folder / "object.dcm"
    write_object(path, made)
    return dcmread(path)


def program(name: str) -> str:
    """Where a program is; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian packages dcmtk, dicom3tools)")
    return found


def errors_of(path: Path) -> list[str]:
    """What dciodvfy of dicom3tools calls an error of the object in a file."""
    done = subprocess.run([program("dciodvfy"), "-new", str(path)], capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() + done.stdout.splitlines() if line.startswith("Error")]


def dumped(path: Path) -> str:
    """A structured report as dsrdump of dcmtk reads it, which checks the relationships of its content tree."""
    done = subprocess.run([program("dsrdump"), "+Pl", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "E:" not in done.stderr
    return done.stdout


def items(root: Dataset, name: str) -> list[Dataset]:
    """All content items below (and with) `root` whose concept has this meaning, in their order."""
    found = []
    names = root.get("ConceptNameCodeSequence")
    if names and names[0].CodeMeaning == name:
        found.append(root)
    for child in root.get("ContentSequence", ()):
        found += items(child, name)
    return found


def value(item: Dataset) -> str | float:
    """The value of a CODE (its meaning), NUM, TEXT or PNAME item."""
    if item.ValueType == "CODE":
        return str(item.ConceptCodeSequence[0].CodeMeaning)
    if item.ValueType == "NUM":
        return float(item.MeasuredValueSequence[0].NumericValue)
    return str(item.PersonName if item.ValueType == "PNAME" else item.TextValue)
