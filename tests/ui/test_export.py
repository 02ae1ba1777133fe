"""What is exported and copied: what stands on the screen, at its size, with what must be said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from mammoview.core.geometry import Orientation
from mammoview.services import export
from mammoview.services.export import ExportJob, Part, free_path, make_picture
from mammoview.services.jobs import Ticket
from mammoview.ui.export_dialog import ExportDialog
from tests.factories import make_breast, write_mammogram
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine

PIXELS = make_breast("R", **SIZE)
TRANSPOSED = Orientation(transpose=True)


def dialog_of(desk: Desk, path: Path, **notes: str) -> ExportDialog:
    dialog = ExportDialog(
        desk.window, "Export", path, confirm_identity=lambda: True, confirm_replace=lambda path: True, **notes
    )
    desk.qtbot.addWidget(dialog)
    return dialog


def open_export_dialog(desk: Desk, action_id: str) -> ExportDialog:
    desk.do(action_id)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    return dialog


# --- what is seen is what is saved


def mirrored(folder: Path) -> Path:
    """A right view whose stored pixels lie as a left one's."""
    return write_mammogram(folder / "RCC.dcm", pixels=PIXELS[:, ::-1].copy(), PatientOrientation=["A", "L"], **SIZE)


def with_bright_air(folder: Path) -> Path:
    folder.mkdir()
    Image.fromarray(255 - make_breast("R", **SIZE, bits=8)).save(folder / "R_CC.png")
    return folder / "R_CC.png"


def at_one_to_one(desk: Desk) -> tuple[np.ndarray, np.ndarray]:
    """The same part of screen and native export without texts, under the letters of side and view."""
    desk.session.look.set_annotations(False)
    desk.do("native")
    placement = desk.session.drawing(0).placement
    screen = desk.shown[0].picture
    saved = make_picture(desk.session, Part.VIEW, native=True, identified=False).draw()
    top, left = max(0, placement.row0_px), max(0, placement.column0_px)
    seen = screen[top : placement.row0_px + saved.shape[0], left : placement.column0_px + saved.shape[1]]
    saved = saved[top - placement.row0_px :, left - placement.column0_px :]
    return seen[60:], saved[60 : seen.shape[0], : seen.shape[1]]


@pytest.mark.parametrize("write", [mirrored, with_bright_air])
def test_the_native_export_without_texts_is_what_the_screen_shows(
    make_desk: MakeDesk, tmp_path: Path, write: object
) -> None:
    desk = make_desk()
    desk.open(write(tmp_path / "s"))  # type: ignore[operator]
    seen, saved = at_one_to_one(desk)
    assert seen.size > 300_000
    assert np.array_equal(saved, seen)


def test_a_map_that_the_screen_hides_is_not_exported_without_texts(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(FakeEngine({"RCC": 0.1}))
    desk.start_classifier()
    desk.open(mirrored(tmp_path / "s"))
    desk.scored()
    desk.session.look.set_heat(visible=True)
    seen, saved = at_one_to_one(desk)
    assert np.array_equal(saved, seen)


def test_the_native_export_without_texts_keeps_side_and_view(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_mammogram(tmp_path / "RCC.dcm", **SIZE))
    desk.session.look.set_annotations(False)
    saved = make_picture(desk.session, Part.VIEW, native=True, identified=False).draw()
    assert PIXELS[:40, :100].max() == 0
    assert saved[:40, :100].max() > 150


# --- native resolution


@pytest.mark.parametrize("spacings", [(0.1, 0.1), (0.05, 0.1), (0.1, 0.07), (0.05, None)])
def test_a_native_hang_shrinks_no_image_and_enlarges_not_the_finest(
    make_desk: MakeDesk, tmp_path: Path, spacings: tuple[float, float | None]
) -> None:
    for side, spacing in zip("RL", spacings, strict=True):
        write_mammogram(tmp_path / "s" / f"{side}CC.dcm", side, "CC", spacing_mm=spacing, **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "s")
    picture = make_picture(desk.session, Part.HANG, native=True, identified=False)
    steps = [drawing.placement.laid_steps for drawing in picture.drawings.values()]
    assert min(step.scale for pair in steps for step in pair) == 1
    assert picture.size_note == ""


def test_a_native_hang_shrinks_no_image_of_oblong_pixels(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_mammogram(tmp_path / "s" / "RCC.dcm", ImagerPixelSpacing=[0.1, 0.06], **SIZE)
    write_mammogram(tmp_path / "s" / "LCC.dcm", "L", spacing_mm=0.1, **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "s")
    picture = make_picture(desk.session, Part.HANG, native=True, identified=False)
    scales = [[step.scale for step in drawing.placement.laid_steps] for drawing in picture.drawings.values()]
    assert min(scales[0]) == 1
    assert all(scale >= 1 for scale in scales[1])


def test_a_native_hang_holds_every_pixel_of_its_breasts(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.open(study)
    desk.session.look.set_annotations(False)
    picture = make_picture(desk.session, Part.HANG, native=True, identified=False)
    for drawing in picture.drawings.values():
        box, (row0, column0) = drawing.prepared.laid_box, (drawing.placement.row0_px, drawing.placement.column0_px)
        assert row0 + box.row0 >= 0 and row0 + box.row1 <= drawing.frame.rows_px
        assert column0 + box.column0 >= 0 and column0 + box.column1 <= drawing.frame.columns_px


@pytest.mark.parametrize("views", [["RML", "LML"], ["RXCCL"]])
def test_a_study_without_hangable_views_is_exported(make_desk: MakeDesk, tmp_path: Path, views: list[str]) -> None:
    for name in views:
        write_mammogram(tmp_path / "s" / f"{name}.dcm", name[0], name[1:], **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "s")
    picture = make_picture(desk.session, Part.HANG, native=True, identified=False)
    assert [drawing.placement.row_step.scale for drawing in picture.drawings.values()] == [1]
    assert picture.draw().max() > 150


def test_another_view_alone_is_exported_natively(make_desk: MakeDesk, study: Path) -> None:
    write_mammogram(study / "RXCCL.dcm", "R", "XCCL", seed=9, **SIZE)
    desk = make_desk()
    desk.open(study)
    desk.do("single")
    desk.session.show_in_active(desk.session.hanging.extra[0])
    desk.settle()
    picture = make_picture(desk.session, Part.HANG, native=True, identified=False)
    assert [drawing.prepared.header.side_view for drawing in picture.drawings.values()] == ["RXCCL"]


def test_a_hang_too_large_for_a_picture_is_shrunk_and_the_dialog_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_PICTURE_PX", 700)
    picture = make_picture(desk.session, Part.HANG, native=True, identified=False)
    assert max(picture.draw().shape[:2]) == 700
    assert picture.drawings[0].placement.row_step.scale == pytest.approx(picture.shrunk, rel=0.01)
    dialog = open_export_dialog(desk, "export-hang")
    assert f"shrunk to {100 * picture.shrunk:.0f} %" in dialog.native.text()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
@pytest.mark.parametrize("stored", [Orientation(), TRANSPOSED], ids=["upright", "transposed"])
def test_the_written_resolution_is_that_of_rows_and_columns(
    make_desk: MakeDesk, tmp_path: Path, suffix: str, stored: Orientation
) -> None:
    """Pixels of 0.1 mm down and 0.05 mm across, whichever way they are stored."""
    codes, spacing = ["P", "L"], [0.1, 0.05]
    if stored.transpose:
        codes, spacing = codes[::-1], spacing[::-1]
    pixels = np.ascontiguousarray(stored.apply(PIXELS))
    rows, columns = pixels.shape
    path = write_mammogram(
        tmp_path / "RCC.dcm",
        pixels=pixels,
        rows=rows,
        columns=columns,
        PatientOrientation=codes,
        ImagerPixelSpacing=spacing,
    )
    desk = make_desk()
    desk.open(path)
    picture = make_picture(desk.session, Part.VIEW, native=True, identified=False)
    job = ExportJob(picture, tmp_path / f"out{suffix}")
    with Image.open(job(Ticket(1, "", lambda *_: None))) as written:
        across, down = written.info["dpi"]
        assert written.size == (SIZE["columns"], SIZE["rows"])
    assert (float(across), float(down)) == pytest.approx((25.4 / 0.05, 25.4 / 0.1), rel=0.01)


# --- what must be said


@pytest.fixture
def burned_in(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window on a view whose file says that letters are burned into it, beside one that does not."""
    write_mammogram(tmp_path / "s" / "RCC.dcm", BurnedInAnnotation="YES", **SIZE)
    write_mammogram(tmp_path / "s" / "LCC.dcm", "L", **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "s")
    return desk


def test_a_copy_with_burned_in_letters_is_not_said_to_be_without_identity(burned_in: Desk) -> None:
    message = burned_in.window.status.message
    burned_in.do("copy-view")
    burned_in.qtbot.waitUntil(lambda: message.text().startswith("copied"), timeout=10_000)
    assert message.text().endswith("pixels, patient identity may be burned into the pixels: RCC")


def test_a_copy_without_burned_in_letters_is_said_to_be_without_identity(burned_in: Desk) -> None:
    burned_in.session.activate(1)
    burned_in.do("copy-view")
    message = burned_in.window.status.message
    burned_in.qtbot.waitUntil(lambda: message.text().startswith("copied"), timeout=10_000)
    assert message.text().endswith("without patient identity")


def test_an_export_with_burned_in_letters_says_so_when_it_is_written(burned_in: Desk, tmp_path: Path) -> None:
    message = burned_in.window.status.message
    burned_in.window.commands.export_to(Part.HANG, dialog_of(burned_in, tmp_path / "out.png"))
    burned_in.qtbot.waitUntil(lambda: message.text().startswith("written"), timeout=20_000)
    assert message.text().endswith("patient identity may be burned into the pixels: RCC")


def test_the_export_dialog_says_that_letters_are_burned_in(burned_in: Desk) -> None:
    dialog = open_export_dialog(burned_in, "export-hang")
    assert dialog.caution.isVisible()
    assert dialog.caution.text() == "Patient identity may be burned into the pixels: RCC"


def test_the_export_dialog_says_nothing_of_identity_where_nothing_is_burned_in(desk: Desk) -> None:
    dialog = open_export_dialog(desk, "export-hang")
    assert not dialog.caution.isVisible()


# --- where it is written

UNUSABLE = {
    "nothing": ("", "names no file"),
    "the root": ("/", "names no file"),
    "a folder by its slash": ("pictures/", "names no file"),
    "the folder above": ("..", "names no file"),
    "the home folder": ("~", "names no file"),
    "nobody's home": ("~nobodyxyz/a.png", "no home folder ~nobodyxyz"),
    "too long": ("a" * 300 + ".png", "too long"),
    "no text": ("a\0b.png", "no name of a file"),
    "another kind": ("a.gif", ".gif is no kind of picture"),
    "no such folder": ("absent/a.png", "no folder"),
}


@pytest.mark.parametrize(("text", "reason"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_path_that_cannot_be_written_to_is_said_in_the_dialog(
    desk: Desk, tmp_path: Path, text: str, reason: str
) -> None:
    dialog = dialog_of(desk, tmp_path / "a.png")
    dialog.path.setText(text)
    dialog.accept()
    assert dialog.result() == 0
    assert reason in dialog.problem.text()
    assert not dialog.save.isEnabled()


@pytest.mark.parametrize("text", ["", "/", "..", "a\0b.png", "a" * 300])
def test_another_format_for_a_path_that_cannot_be_written_to_is_no_fault(desk: Desk, tmp_path: Path, text: str) -> None:
    dialog = dialog_of(desk, tmp_path / "a.png")
    dialog.path.setText(text)
    dialog.format.setCurrentIndex(1)
    assert desk.window.reporter.count == 0
    assert not dialog.save.isEnabled()


def test_a_better_path_makes_the_export_possible_again(desk: Desk, tmp_path: Path) -> None:
    dialog = dialog_of(desk, tmp_path / "a.png")
    dialog.path.setText("")
    dialog.path.setText(str(tmp_path / "b"))
    assert dialog.save.isEnabled() and dialog.problem.text() == ""
    assert dialog.choice().path == tmp_path / "b.png"


def test_another_format_keeps_a_dot_in_the_name(desk: Desk, tmp_path: Path) -> None:
    dialog = dialog_of(desk, tmp_path / "case.7")
    dialog.format.setCurrentIndex(1)
    assert dialog.choice().path == tmp_path / "case.7.jpg"


def test_a_name_is_suggested_also_where_the_folder_cannot_be_asked() -> None:
    path = Path("a" * 300) / "RCC.png"
    assert free_path(path) == path


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("part", list(Part))
def test_a_picture_shows_a_selected_mark_as_any_other(desk: Desk, part: Part, native: bool) -> None:
    tools = desk.window.bench.tools
    desk.do("ruler")
    desk.drag(desk.session.active, (60, 100), (160, 140))
    assert tools.selected is not None
    selected = make_picture(desk.session, part, native=native, identified=False).draw()
    desk.drag(desk.session.active, (20, 20), (20, 20))
    assert tools.selected is None
    np.testing.assert_array_equal(selected, make_picture(desk.session, part, native=native, identified=False).draw())
