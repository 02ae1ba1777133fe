"""What the window writes when things go wrong names no patient: logs, reports of faults, standard error."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import JPEGLSLossless

from tests.factories import dicom_bytes
from tests.planted import (
    BIRTH,
    NUMBER,
    UMLAUT,
    WORD,
    leaks,
    plant_in_every_attribute,
    planted_mammogram,
    put,
    with_comment,
)

PLANTED = (WORD, UMLAUT, NUMBER, BIRTH, "1941-12-07")
WORDS = f"{UMLAUT}^{WORD} {NUMBER} {BIRTH}"


_NO_VALUES = {0x00200013: "IS", 0x00281050: "DS", 0x00180060: "DS", 0x00080012: "DA"}


def odd_bytes(ds: FileDataset) -> bytes:
    """A file with her name in every text, and where it is no value at all, so that what reads it complains."""
    plant_in_every_attribute(ds)
    for tag in _NO_VALUES:
        put(ds, tag, "LO", WORD)
    data = dicom_bytes(ds)
    for tag, vr in _NO_VALUES.items():
        place = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        data = data.replace(place + b"LO", place + vr.encode())
    return data


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The home of a window that met every kind of fault, and what it said."""
    folder = tmp_path_factory.mktemp("faults")
    home, study = folder / "home", folder / "study"
    study.mkdir()
    for side, view in (("R", "CC"), ("L", "CC"), ("R", "MLO")):
        (study / f"{side}{view}.dcm").write_bytes(odd_bytes(planted_mammogram(side, view)))
    damaged = with_comment(odd_bytes(planted_mammogram("L", "MLO", transfer_syntax=JPEGLSLossless)))
    (study / "LMLO.dcm").write_bytes(damaged[:-2_000] + bytes(1_990) + damaged[-10:])
    done = subprocess.run(
        [sys.executable, "-m", "tests.end2end.faults_script", str(study), str(folder / "library.sqlite"), WORDS],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "MAMMOVIEW_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return home, done


def test_every_fault_is_the_window_s_and_it_goes_on(window: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = window
    assert done.returncode == 0
    count, wanted = done.stdout.split()
    assert int(count) >= int(wanted)


def test_what_is_written_says_what_went_wrong_and_where(window: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, done = window
    told = (home / "faults.log").read_text(encoding="utf-8")
    for kind in ("ValueError", "LookupError"):
        assert kind in told and kind in done.stderr
    assert "faults_script.py" in told


def test_nothing_that_is_written_names_her(window: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, done = window
    (home / "stderr.txt").write_text(done.stderr + done.stdout, encoding="utf-8")
    assert leaks(home, *PLANTED) == []
