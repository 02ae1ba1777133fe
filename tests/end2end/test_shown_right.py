"""From DICOM files to the picture: however they are stored, the four views look the same."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mammoview.cli import main
from mammoview.core.annotate import DIM, CornerTexts, bar_length_mm
from mammoview.core.geometry import ALL_ORIENTATIONS, GridTransform, Orientation, Spacing
from mammoview.core.hanging import Frame, Slot, fit_scale, hang, hang_spacing, millimetres_per_px, place
from mammoview.core.prediction import HeatMap, ImagePrediction
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.render import Drawing, draw_view, native_greys
from mammoview.core.view_state import HeatPresentation, Presentation, ViewState
from mammoview.dicom.reader import read_file, read_image
from mammoview.dicom.scan import scan
from mammoview.reading.pictures import Reading, hang_picture, lettering, native_view
from tests.factories import FOUR_VIEWS, make_breast, save, write_mammogram, write_study
from tests.factories import make_mammogram_dataset as mammogram
from tests.unit.made import breast_image

PLAIN = Presentation(annotations=False)
CODES = {("R", "CC"): ("P", "L"), ("L", "CC"): ("A", "R"), ("R", "MLO"): ("P", "FL"), ("L", "MLO"): ("A", "FR")}
OPPOSITE = str.maketrans("APLRHF", "PARLFH")


def turned(codes: tuple[str, str], orientation: Orientation) -> list[str]:
    """The Patient Orientation of an image stored laid by `orientation`."""
    row, column = reversed(codes) if orientation.transpose else codes
    if orientation.flip_rows:
        column = column.translate(OPPOSITE)
    return [row.translate(OPPOSITE) if orientation.flip_columns else row, column]


def written(path: Path, side_view: tuple[str, str], orientation: Orientation) -> PreparedImage:
    """The view, stored laid by `orientation`, written and read again."""
    upright = make_breast(side_view[0], 480, 330, seed=7)
    pixels = np.ascontiguousarray(orientation.apply(upright))
    rows, columns = pixels.shape
    codes = turned(CODES[side_view], orientation)
    save(mammogram(*side_view, rows, columns, pixels=pixels, PatientOrientation=codes), path)
    return prepare(read_file(path))


def four_up(hung: Mapping[Slot, PreparedImage]) -> NDArray[np.uint8]:
    return hang_picture(hung, Presentation(), Reading(), rows_px=600, columns_px=520)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_all_orientations_of_the_four_views_give_one_picture(tmp_path: Path, orientation: Orientation) -> None:
    def hung(stored: Orientation) -> dict[Slot, PreparedImage]:
        return {Slot("".join(which)): written(tmp_path / "".join(which), which, stored) for which in FOUR_VIEWS}

    np.testing.assert_array_equal(four_up(hung(orientation)), four_up(hung(Orientation())))


def test_all_orders_of_the_files_hang_alike_without_descriptions(tmp_path: Path) -> None:
    made: list[dict[Slot, str]] = []
    for number, order in enumerate(itertools.permutations(FOUR_VIEWS)):
        names = [f"{name}.dcm" for name in "abcd"]
        blank = {"SeriesDescription": None, "ProtocolName": None, "StudyDescription": None, "ViewPosition": None}
        write_study(tmp_path / str(number), views=order, names=names, **blank)
        (study,) = scan([tmp_path / str(number)]).studies
        made.append({slot: header.side_view for slot, header in hang(study.images).slots.items()})
    assert len(made) == 24
    assert all(one == {slot: str(slot) for slot in Slot} for one in made)


@pytest.mark.parametrize("codes", [["P"], ["P", "P"], ["", ""], ["X", "Q"], ["L", "H"], ["P", "L", "F"], None])
def test_a_wrong_orientation_code_is_estimated_from_the_chest_wall(tmp_path: Path, codes: list[str] | None) -> None:
    good = prepare(read_file(write_mammogram(tmp_path / "good.dcm", rows=480, columns=330)))
    mirrored = make_breast("R", 480, 330)[:, ::-1]
    path = write_mammogram(
        tmp_path / "odd.dcm", rows=480, columns=330, pixels=np.ascontiguousarray(mirrored), PatientOrientation=codes
    )
    odd = prepare(read_file(path))
    assert odd.laying.note == "orientation estimated"
    one, other = (hang_picture(shown, PLAIN, Reading(), rows_px=400, columns_px=300) for shown in (good, odd))
    np.testing.assert_array_equal(one, other)


def test_detectors_of_any_pitch_hang_at_one_scale(tmp_path: Path) -> None:
    pitches = dict(zip(FOUR_VIEWS, (0.05, 0.07, 0.085, 0.1), strict=True))
    images = []
    for (side, view), pitch in pitches.items():
        rows, columns = round(36 / pitch), round(25 / pitch)
        path = write_mammogram(tmp_path / f"{side}{view}.dcm", side, view, rows=rows, columns=columns, spacing_mm=pitch)
        images.append(prepare(read_file(path)))
    frame = Frame(400, 360)
    scale = fit_scale(images, [frame] * 4)
    spacings = hang_spacing(images)
    per_px = [
        millimetres_per_px(
            place(one, frame, px_per_mm=scale, spacing=spacings[one.image.key], state=ViewState()),
            spacings[one.image.key],
        )
        for one in images
    ]
    flat = [value for pair in per_px for value in pair]
    assert max(flat) / min(flat) < 1.01


@pytest.mark.parametrize("factor", [1.0, 1.5, 1.8])
def test_a_disk_of_ten_millimetres_measures_ten_millimetres(tmp_path: Path, factor: float) -> None:
    rows, columns = np.mgrid[0:600, 0:600]
    radius_px = 10.0 * factor / 0.05 / 2  # on a detector of 0.05 mm the disk is magnified
    disk = np.hypot(rows - 300, columns - 300) <= radius_px
    pixels = np.where(disk, 3000, 200).astype(np.uint16)
    path = write_mammogram(
        tmp_path / "disk.dcm",
        pixels=pixels,
        rows=600,
        columns=600,
        spacing_mm=0.05,
        EstimatedRadiographicMagnificationFactor=str(factor),
    )
    image = read_file(path)
    assert isinstance(image.spacing, Spacing)
    assert disk.any(axis=0).sum() * image.spacing.column_mm == pytest.approx(10, rel=0.01)
    label = image.spacing.label()
    assert ("1.5" in label or "1.8" in label) if factor > 1 else "corrected" not in label


@pytest.mark.parametrize("at", [(800, 1200), (801, 1201), (1022, 1103)])
def test_a_single_calcification_is_seen_at_fit_to_window(tmp_path: Path, at: tuple[int, int]) -> None:
    plain = make_breast("R", 2048, 1664, specks=0)
    plain[at[0] : at[0] + 2, at[1] : at[1] + 2] = 2600
    marked = plain.copy()
    marked[at[0] : at[0] + 2, at[1] : at[1] + 2] = 4095
    shown = []
    for name, pixels in (("plain", plain), ("marked", marked)):
        ds = mammogram("R", "CC", 2048, 1664, pixels=pixels, spacing_mm=0.05, voi_windows=[(2048, 4096)])
        prepared = prepare(read_file(save(ds, tmp_path / f"{name}.dcm")))
        frame = Frame(600, 490)
        scale = fit_scale([prepared], [frame])
        spacing = hang_spacing([prepared])[prepared.image.key]
        placement = place(prepared, frame, px_per_mm=scale, spacing=spacing, state=ViewState())
        shown.append(draw_view(Drawing(prepared, placement, frame, PLAIN), lettering())[..., 0].astype(int))
        share = placement.row_step.scale**2
    difference = shown[1] - shown[0]
    # all of its light arrives, and at least a quarter of its largest possible share in one screen pixel
    contrast = (4095 - 2600) * 255 / 4095
    assert difference.sum() == pytest.approx(contrast * 4 * share, rel=0.1, abs=4)
    assert difference.max() >= 0.25 * contrast * min(1.0, 4 * share)


@pytest.mark.parametrize("side_view", FOUR_VIEWS, ids="".join)
@pytest.mark.parametrize("frame", [Frame(500, 480), Frame(1200, 1000), Frame(400, 700)])
def test_the_label_of_side_and_view_does_not_cover_the_breast(
    tmp_path: Path, side_view: tuple[str, str], frame: Frame
) -> None:
    path = write_mammogram(tmp_path / "view.dcm", *side_view, rows=960, columns=660)
    prepared = prepare(read_file(path))
    scale = fit_scale([prepared], [frame])
    spacing = hang_spacing([prepared])[prepared.image.key]
    placement = place(prepared, frame, px_per_mm=scale, spacing=spacing, state=ViewState())
    texts = CornerTexts(side_view=prepared.header.side_view)
    bare = Drawing(prepared, placement, frame, PLAIN, letter_px=max(10, frame.rows_px // 52))
    plain = draw_view(bare, lettering())
    labelled = draw_view(replace(bare, texts=texts), lettering())
    changed = (plain != labelled).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.size > 0
    assert rows.max() < frame.rows_px / 2, "near the axilla"
    right = side_view[0] == "R"
    assert (columns.max() < frame.columns_px / 2) if right else (columns.min() > frame.columns_px / 2)
    greys = native_greys(prepared.image)
    assert greys.max() > 0
    assert (plain[changed] == 0).all(), "only air is written on"


def overlaid(path: Path, **options: object) -> Path:
    """An image with an overlay of 20 x 30 pixels, of which ten rows and ten columns lie beyond its corner."""
    ds = mammogram("R", "CC", 300, 220, **options)
    mask = np.zeros((20, 30), np.uint8)
    mask[12:18, 15:25] = 1
    ds.add_new(0x60000010, "US", 20)
    ds.add_new(0x60000011, "US", 30)
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [-9, -9])
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60003000, "OW", np.packbits(mask.reshape(-1), bitorder="little").tobytes() + b"\0")
    return save(ds, path)


def test_an_overlay_that_reaches_beyond_the_image_is_drawn_where_it_lies(tmp_path: Path) -> None:
    prepared = prepare(read_file(overlaid(tmp_path / "overlay.dcm")))
    named = Reading(identified=True)
    shown, hidden = (native_view(prepared, Presentation(overlays=on), named).astype(int) for on in (True, False))
    rows, columns = np.nonzero((shown != hidden).any(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 7, 5, 14)


def test_overlays_may_name_the_woman_and_stay_off_pictures_that_may_not(tmp_path: Path) -> None:
    prepared = prepare(read_file(overlaid(tmp_path / "overlay.dcm")))
    without = native_view(prepared, Presentation(overlays=False), Reading())
    np.testing.assert_array_equal(native_view(prepared, Presentation(), Reading()), without)


def test_bits_of_an_overlay_in_the_pixel_cells_are_no_grey_values(tmp_path: Path) -> None:
    pixels = make_breast("R", 300, 220)
    mask = np.zeros(pixels.shape, np.uint16)
    mask[100:110, 150:160] = 1
    ds = mammogram("R", "CC", 300, 220, pixels=pixels | mask << 12)
    for element, vr, value in ((0x10, "US", 300), (0x11, "US", 220), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        ds.add_new(0x60000000 + element, vr, value)
    ds.add_new(0x60000100, "US", 16)
    ds.add_new(0x60000102, "US", 12)
    image = read_file(save(ds, tmp_path / "embedded.dcm"))
    np.testing.assert_array_equal(image.stored, pixels)
    (plane,) = image.overlays
    on = np.zeros(pixels.shape, np.uint8)
    on[plane.row0 : plane.row0 + plane.mask.shape[0], plane.column0 : plane.column0 + plane.mask.shape[1]] = plane.mask
    np.testing.assert_array_equal(on, mask)


@pytest.mark.parametrize("across_mm", [0.1, 0.07])
def test_the_scale_bar_is_as_long_as_it_says_where_pixels_are_oblong(tmp_path: Path, across_mm: float) -> None:
    path = write_mammogram(tmp_path / "view.dcm", rows=600, columns=500, ImagerPixelSpacing=[0.1, across_mm])
    picture = native_view(prepare(read_file(path)), Presentation(), Reading())
    runs = ["".join("x" if on else " " for on in row).split() for row in (picture == DIM).all(axis=2)]
    longest = max(len(run) for row in runs for run in row)
    assert longest * across_mm == pytest.approx(bar_length_mm(1 / across_mm, 500), abs=across_mm)


@pytest.mark.parametrize("options", [[], ["--no-annotations"]], ids=["upright", "stored grid"])
def test_render_writes_the_resolution_of_rows_and_columns(tmp_path: Path, options: list[str]) -> None:
    """Pixels of 0.05 mm down and 0.1 mm across as stored; hung upright the image is transposed."""
    pixels = np.ascontiguousarray(make_breast("R", 480, 330).T)
    codes, spacing = ["L", "P"], [0.05, 0.1]
    ds = mammogram("R", "CC", 330, 480, pixels=pixels, PatientOrientation=codes, ImagerPixelSpacing=spacing)
    out = tmp_path / "view.png"
    assert main(["render", str(save(ds, tmp_path / "view.dcm")), *options, "--out", str(out)]) == 0
    with Image.open(out) as picture:
        across, down = picture.info["dpi"]
    expected = (25.4 / 0.1, 25.4 / 0.05) if options else (25.4 / 0.05, 25.4 / 0.1)
    assert (across, down) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("heat_below", "channels"), [(False, ()), (True, (3,))])
def test_the_stored_grid_has_no_map_that_the_operating_point_hides(heat_below: bool, channels: tuple[int, ...]) -> None:
    prepared = prepare(breast_image())
    cells = HeatMap(np.ones((4, 4), np.float32), GridTransform(4 / 600, 0.0, 4 / 450, 0.0))
    answer = ImagePrediction(prepared.image.key, prepared.header.laterality, score=0.2, heat_map=cells)
    look = Presentation(annotations=False, heat=HeatPresentation(visible=True))
    picture = native_view(prepared, look, Reading({answer.key: answer}, None, 0.5, heat_below=heat_below))
    assert picture.shape == (600, 450, *channels)


def test_the_stored_grid_of_a_picture_with_bright_air_has_dark_air(tmp_path: Path) -> None:
    Image.fromarray(255 - make_breast("R", 480, 330, bits=8)).save(tmp_path / "R_CC.png")
    prepared = prepare(read_file(tmp_path / "R_CC.png"))
    assert prepared.turned_over
    assert native_view(prepared, PLAIN, Reading())[:40, :40].max() == 0


def test_frames_of_a_multi_frame_image_are_laid_by_their_own_side(tmp_path: Path) -> None:
    path = write_mammogram(tmp_path / "frames.dcm", "L", "MLO", rows=300, columns=220, frames=3)
    (study,) = scan([path]).studies
    first = prepare(read_image(study.images[0], 1))
    third = prepare(read_image(study.images[0], 3), like=first)
    assert third.laid_box == first.laid_box
    assert third.image.frame == 3
    assert not np.array_equal(third.image.stored, first.image.stored)
