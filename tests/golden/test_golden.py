"""Tiny inputs give the pictures that were looked at and kept. `python -m tests.golden` writes them anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.golden.scenes import SCENES


@pytest.mark.parametrize("name", SCENES)
def test_scene_looks_as_it_was_kept(name: str) -> None:
    made = SCENES[name]().astype(int)
    with Image.open(Path(__file__).with_name(f"{name}.png")) as kept_file:
        kept = np.asarray(kept_file).astype(int)
    assert made.shape == kept.shape
    difference = np.abs(made - kept)
    # Letters may differ at their rims between versions of FreeType; greys may not.
    assert np.mean(difference > 2) < 0.004
