"""`python -m tests.golden`: write the golden images anew. Look at every one of them before committing."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.golden.scenes import SCENES

for name, scene in SCENES.items():
    path = Path(__file__).with_name(f"{name}.png")
    Image.fromarray(scene()).save(path, optimize=True)
    print(path)
