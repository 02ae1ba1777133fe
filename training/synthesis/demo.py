"""Owns the demonstration study that ships with the application: which woman, which lesion, which names and dates.

Never makes pixels; `resources/demo` is written by this module and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from training.synthesis.examination import Occasion, examination_of
from training.synthesis.manifest import Row, write_manifest
from training.synthesis.storage import write_examination
from training.synthesis.traits import Density
from training.synthesis.woman import Side, generate_woman

SEED = 117
SIDE: Side = "L"
DENSITY: Density = "c"
RADIUS_MM = 6.5
SPACING_MM: dict[Occasion, float] = {"current": 0.1, "prior": 0.2}
BIRTH_DATE = date(1961, 3, 5)
_README = """# The demonstration study

Everything here is **synthetic**: computed from random numbers by the training module's generator. Nobody was
examined, and the names, numbers and dates are made up.

| folder | what |
|---|---|
| `current/` | four views, {current_date}, pixels of {current} mm; one spiculated mass in the {side} breast |
| `prior/` | the same woman on {prior_date}; pixels of {prior} mm; no lesion yet |
| `truth/` | masks of the lesion on the pixel grid of each view: 255 core, 128 spicules; opened only by its own name |
| `manifest.csv`, `manifest.json` | one row for each image: identity, view, label, lesion and nipple position, seed |

Patient {name}, {identifier}, born {born}. DICOM Digital Mammography X-Ray Image Storage - For Presentation, JPEG 2000
lossless, 12 bits.

This command writes the folder again, this file included (seed {seed}, density {density}, mass of {radius} mm radius):

```
python -m training synthesize --demo --out resources/demo
```

The bytes are the same for the same versions of numpy, OpenCV and imagecodecs on the same kind of processor.
"""


def write_demo(folder: Path, tell: Callable[[str], None]) -> list[Row]:
    """Write the demonstration study into `folder`; `tell` hears what is being done."""
    rows: list[Row] = []
    dates: dict[str, str] = {}
    name, identifier = "DEMO^ANNA", "DEMO-0001"
    occasions: tuple[Occasion, ...] = ("current", "prior")
    for occasion in occasions:
        tell(f"demo: {occasion}")
        woman = generate_woman(
            SEED, spacing_mm=SPACING_MM[occasion], lesion="spiculated", side=SIDE, density=DENSITY,
            prior=occasion == "prior", lesion_radius_mm=RADIUS_MM,
        )  # fmt: skip
        examination = examination_of(
            SEED, 0, occasion, woman.age_years, variant=f"demo {SPACING_MM[occasion]:g} mm", patient_name=name,
            patient_id=identifier, birth_date=BIRTH_DATE,
        )  # fmt: skip
        dates[occasion] = examination.study_date.isoformat()
        rows += write_examination(woman, examination, folder, images=occasion, masks="truth", compression="jpeg2000")
    parameters = {"demo": True, "seed": SEED, "side": SIDE, "density": DENSITY, "lesion": "spiculated"}
    write_manifest(rows, parameters, folder)
    text = _README.format(
        current_date=dates["current"], prior_date=dates["prior"], current=SPACING_MM["current"],
        prior=SPACING_MM["prior"], side={"R": "right", "L": "left"}[SIDE], name=name, identifier=identifier,
        born=BIRTH_DATE.isoformat(), seed=SEED, density=DENSITY, radius=RADIUS_MM,
    )  # fmt: skip
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")
    return rows
