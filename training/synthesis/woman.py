"""Owns synthetic women: who she is, her four views, and the truth about them. Never writes files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from training.synthesis.anatomy import Interior, grow_interior
from training.synthesis.arrays import ByteArray, StoredArray
from training.synthesis.exposure import TISSUE_PITCH_MM, expose, lay_tissue
from training.synthesis.frame import ViewFrame
from training.synthesis.lesion import LESION_KINDS, Lesion, LesionKind, draw_lesion, lesion_stream
from training.synthesis.physics import Detector, Display, attenuation_per_cm
from training.synthesis.seeds import stream
from training.synthesis.traits import Density, Traits, draw_traits, younger
from training.synthesis.tubes import Tubes, grow_ducts, grow_vessels

Side = Literal["R", "L"]
View = Literal["CC", "MLO"]
Label = Literal["none", "benign", "cancer"]
LesionChoice = LesionKind | Literal["random"]
SideChoice = Side | Literal["random"]
VIEWS: tuple[tuple[Side, View], ...] = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
_DETECTORS_MM = ((229.4, 191.4), (306.2, 239.4))
PRIOR_YEARS = 2
_PLACES = 5
_QUANTA_AT_DETECTOR_PER_MM2 = 2.0e5


@dataclass(frozen=True, kw_only=True)
class SyntheticView:
    """One image with its truth, as stored: the chest wall of a right breast is at the right."""

    side: Side
    view: View
    spacing_mm: float
    stored: StoredArray
    """uint16 (rows, columns), 0 is air, at most 4095."""
    mask: ByteArray
    """uint8 (rows, columns): 255 lesion core or grain, 128 spicule, 0 elsewhere."""
    label: Label
    lesion: LesionKind
    lesion_row_px: float | None
    lesion_column_px: float | None
    nipple_row_px: float
    nipple_column_px: float
    lesion_depth_mm: float | None
    """Distance of the lesion from the nipple along the nipple's axis: the same in both views."""
    thickness_mm: float
    tilt_rad: float
    gland_fraction: float


@dataclass(frozen=True, kw_only=True)
class SyntheticWoman:
    """One woman at one examination."""

    seed: int
    index: int
    prior: bool
    age_years: int
    density: Density
    gland_fraction: float
    lesion: LesionKind
    lesion_side: Side | None
    label: Label
    views: tuple[SyntheticView, ...]


@dataclass(frozen=True)
class _Body:
    traits: Traits
    interior: Interior
    threads: Tubes


def _frame(traits: Traits, side: str, view: str, seed: int, index: int, *, spacing_mm: float, prior: bool) -> ViewFrame:
    pose = stream(seed, index, side, view, "pose", "prior" if prior else "current").normal(0.0, 1.0, 4)
    size = _DETECTORS_MM[1] if traits.depth_mm > 99.0 or traits.half_width_mm > 99.0 else _DETECTORS_MM[0]
    rows, columns = (round(length / spacing_mm) for length in size)
    thickness = traits.thickness_mm * (1.0 if view == "CC" else 1.04) + 1.2 * float(pose[0])
    nipple_row = size[0] * (0.50 if view == "CC" else 0.61) + 1.5 * float(pose[1])
    return ViewFrame(
        view=view, rows=rows, columns=columns, spacing_mm=spacing_mm, nipple_row_mm=nipple_row,
        nipple_column_mm=traits.depth_mm * (1.0 if view == "CC" else 1.03) + 1.0 * float(pose[2]),
        tilt_rad=0.02 * float(pose[3]) if view == "CC" else traits.droop_rad + 0.015 * float(pose[3]),
        thickness_mm=thickness, spread=1.12,
    )  # fmt: skip


def _coarse(frame: ViewFrame) -> ViewFrame:
    pitch = max(TISSUE_PITCH_MM, frame.spacing_mm)
    scale = frame.spacing_mm / pitch
    return frame.at(pitch, int(np.ceil(frame.rows * scale)), int(np.ceil(frame.columns * scale)))


def _cropped(frame: ViewFrame) -> ViewFrame:
    """Only the columns that the breast can reach, a multiple of ten."""
    reach = int(np.ceil((frame.nipple_column_mm + 14.0) / frame.spacing_mm / 10.0)) * 10
    return frame.at(frame.spacing_mm, frame.rows, min(reach, frame.columns))


def _place(lesion: Lesion, body: _Body, seed: int, index: int, side: Side) -> Lesion:
    """The lesion well inside of the breast and off the muscle in both views, where the least gland hides it.

    The best of a few places is taken on a grid of 1 mm, so that the place does not depend on the pixels asked for.
    """
    rng = stream(seed, index, "lesion", "place")
    frames = [_cropped(_frame(body.traits, side, view, seed, index, spacing_mm=1.0, prior=False))
              for view in ("CC", "MLO")]  # fmt: skip
    tissues = [lay_tissue(seed, index, side, body.traits, body.interior, body.threads, frame) for frame in frames]
    found: list[tuple[float, tuple[float, float, float]]] = []
    reach = max(1.9 * lesion.radius_mm, 6.0) + 6.0
    for _ in range(400):
        depth = body.traits.gland_depth_mm * float(rng.uniform(0.55, 1.35))
        lateral, superior = rng.normal((5.0, 4.0), body.traits.gland_half_mm * 0.42, 2)
        point = np.asarray([[depth, lateral, superior]])
        fits, hidden = [], 0.0
        for frame, tissue in zip(frames, tissues, strict=True):
            shape = tissue.shape
            row, column = np.rint(frame.project(point)[0]).astype(int)
            seen = reach <= row < frame.rows - reach and reach <= column < frame.columns
            fits.append(seen and shape.margin_mm[row, column] > reach and shape.muscle_mm[row, column] == 0)
            if fits[-1]:
                hidden = max(hidden, float(tissue.gland_mm[row - 4 : row + 5, column - 4 : column + 5].mean()))
        if all(fits):
            found.append((hidden, (depth, float(lateral), float(superior))))
        if len(found) == _PLACES:
            break
    return lesion.moved(min(found)[1] if found else (body.traits.gland_depth_mm, 0.0, 0.0))


def automatic_detector(frame: ViewFrame, energy_kev: float = 20.0) -> Detector:
    """The automatic exposure: as many quanta behind the middle of the breast whatever its thickness."""
    mean = 0.7 * attenuation_per_cm("fat", energy_kev) + 0.3 * attenuation_per_cm("gland", energy_kev)
    entrance = _QUANTA_AT_DETECTOR_PER_MM2 * float(np.exp(0.1 * mean * frame.thickness_mm))
    return Detector(spacing_mm=frame.spacing_mm, energy_kev=energy_kev, entrance_quanta_per_mm2=entrance)


def _view(body: _Body, seed: int, index: int, side: Side, view: View, lesion: Lesion | None, *, spacing_mm: float,
          prior: bool) -> SyntheticView:  # fmt: skip
    full = _frame(body.traits, side, view, seed, index, spacing_mm=spacing_mm, prior=prior)
    frame = _cropped(full)
    coarse = _coarse(frame)
    tissue = lay_tissue(seed, index, side, body.traits, body.interior, body.threads, coarse)
    noise = stream(seed, index, side, view, "quanta", "prior" if prior else "current")
    exposure = expose(tissue, coarse, frame, lesion, noise, detector=automatic_detector(frame), display=Display())
    stored = np.zeros((full.rows, full.columns), np.uint16)
    mask = np.zeros((full.rows, full.columns), np.uint8)
    stored[:, : frame.columns] = exposure.stored
    mask[:, : frame.columns] = exposure.mask
    nipple_row, nipple_column = full.project(np.zeros((1, 3)))[0]
    row = column = depth = None
    label: Label = "none"
    if lesion is not None and lesion.kind != "none":
        row, column = (float(v) for v in full.project(np.asarray([lesion.centre_mm]))[0])
        depth = lesion.centre_mm[0]
        label = "cancer" if lesion.malignant else "benign"
    if side == "R":
        stored, mask = np.ascontiguousarray(stored[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])
        nipple_column = full.columns - 1 - nipple_column
        column = None if column is None else full.columns - 1 - column
    stored.setflags(write=False)
    mask.setflags(write=False)
    return SyntheticView(
        side=side, view=view, spacing_mm=spacing_mm, stored=stored, mask=mask, label=label,
        lesion="none" if lesion is None else lesion.kind, lesion_row_px=row, lesion_column_px=column,
        nipple_row_px=float(nipple_row), nipple_column_px=float(nipple_column), lesion_depth_mm=depth,
        thickness_mm=full.thickness_mm, tilt_rad=full.tilt_rad, gland_fraction=exposure.gland_fraction,
    )  # fmt: skip


def plan_lesion(
    seed: int, index: int, *, lesion: LesionChoice = "random", side: SideChoice = "random",
    radius_mm: float | None = None,
) -> tuple[Lesion | None, Side]:  # fmt: skip
    """What lesion the woman has, at no place yet, and in which breast; the side is drawn without a look at the kind."""
    rng = lesion_stream(seed, index)
    drawn_kind = LESION_KINDS[int(rng.integers(len(LESION_KINDS)))]
    drawn_side: Side = "R" if rng.random() < 0.5 else "L"
    kind: LesionKind = drawn_kind if lesion == "random" else lesion
    chosen: Side = drawn_side if side == "random" else side
    return (None if kind == "none" else draw_lesion(kind, rng, radius_mm=radius_mm)), chosen


def generate_woman(
    seed: int, *, index: int = 0, spacing_mm: float = 0.1, lesion: LesionChoice = "random",
    side: SideChoice = "random", density: Density | None = None, prior: bool = False,
    views: tuple[tuple[Side, View], ...] = VIEWS, lesion_radius_mm: float | None = None,
) -> SyntheticWoman:  # fmt: skip
    """The woman number `index` of `seed`: the same arguments give the same bytes.

    With `prior` she is two years younger, and a lesion is not there yet. `lesion="none"` gives the lesion-free twin:
    all pixels that the lesion, blurred by the detector, does not touch are equal.
    """
    if not 0.04 <= spacing_mm <= 2.0:
        raise ValueError(f"the spacing is between 0.04 and 2 mm, not {spacing_mm}")
    traits = draw_traits(seed, index, density=density)
    if prior:
        traits = younger(traits, PRIOR_YEARS)
    planned, chosen = plan_lesion(seed, index, lesion=lesion, side=side, radius_mm=lesion_radius_mm)
    if prior:
        planned = None
    made: list[SyntheticView] = []
    bodies: dict[Side, _Body] = {}
    for one_side, view in views:
        if one_side not in bodies:
            threads = stream(seed, index, one_side, "threads")
            tubes = Tubes.joined([grow_ducts(traits, threads), grow_vessels(traits, threads)])
            bodies[one_side] = _Body(traits, grow_interior(seed, index, one_side), tubes)
        body = bodies[one_side]
        here = _place(planned, body, seed, index, one_side) if planned is not None and one_side == chosen else None
        made.append(_view(body, seed, index, one_side, view, here, spacing_mm=spacing_mm, prior=prior))
    label: Label = "none" if planned is None else ("cancer" if planned.malignant else "benign")
    return SyntheticWoman(
        seed=seed, index=index, prior=prior, age_years=traits.age_years, density=traits.density,
        gland_fraction=float(np.mean([one.gland_fraction for one in made])),
        lesion="none" if planned is None else planned.kind, lesion_side=None if planned is None else chosen,
        label=label, views=tuple(made),
    )  # fmt: skip
