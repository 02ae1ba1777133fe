"""What the application's quality gate refuses of a set is counted, by reason, with an interval."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data.table import ImageRow
from training.export import golden_breast
from training.gate import measure_gate


def test_the_gate_is_counted_by_reason_with_an_interval(tmp_path: Path) -> None:
    """Two breasts, a rectangle with cancer, a file that is no picture, one that is gone, and a crop."""
    row = ImageRow(file=tmp_path / "0.png", patient_id="x/0", laterality="L", view="CC", label=0, source="x")
    rows = [replace(row, file=tmp_path / f"{number}.png", patient_id=f"x/{number}") for number in range(4)]
    for number in range(2):
        cv2.imwrite(str(rows[number].file), golden_breast(256, 200, bits=8, seed=number))
    cv2.imwrite(str(rows[2].file), np.full((256, 200), 9, np.uint8))
    rows[2] = replace(rows[2], label=1)
    rows[3].file.write_bytes(b"no picture")
    others = [replace(row, file=tmp_path / "gone.png"), replace(row, crop_px=(0, 0, 9, 9))]
    found = measure_gate([*rows, *others], samples=200)
    assert (found["images"], found["refused"], found["refused_positives"]) == (4, 2, 1)
    assert (found["files_not_here"], found["crops"]) == (1, 1)
    assert found["share"]["value"] == 0.5
    assert found["share"]["low"] < 0.5 < found["share"]["high"]
    assert sum(found["reasons"].values()) == 2
    assert str(tmp_path) not in json.dumps(found)
    none = measure_gate(rows[:2], samples=20)["share"]
    assert (none["value"], none["low"]) == (0, 0)
    assert none["high"] == pytest.approx(1 - 0.025 ** (1 / 2))
