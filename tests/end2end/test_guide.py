"""Reading sessions as the user guide tells them; they make its pictures.

`MAMMOVIEW_PICTURES=resources/docs/guide python -m pytest tests/end2end/test_guide.py` makes them anew;
`MAMMOVIEW_STEPS=FOLDER` keeps a picture of every step of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.archive.library import Query
from mammoview.archive.library_reading import ReadingState
from mammoview.core.findings import FindingKind, MassMargin, MassShape
from mammoview.core.marks import MarkKind
from mammoview.resources import resource
from mammoview.ui.actions import ACTIONS
from mammoview.ui.finding_dialog import FindingDialog
from mammoview.ui.library_rows import PICTURE
from tests.end2end.reader import Reader

SitDown = Callable[..., Reader]

GUIDE = resource("docs", "guide.md")


def _marks(reader: Reader, view: str) -> list[MarkKind]:
    book, shown = reader.window.bench.marks, reader.window.session.panes[reader.shown.index(view)]
    assert shown.header is not None
    return [mark.kind for mark in book.of_image(shown.header.key)]


def test_a_list_of_cases_is_read_without_the_mouse(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist)
    assert (one.patient, one.shown) == ("DEMO^ANNA", ["RCC", "LCC", "RMLO", "LMLO"])
    one.picture("four-views")

    one.presses("2")
    assert one.shown == ["RCC", "LCC"]
    one.picture("cc-pair")
    one.presses("3")
    assert one.shown == ["RMLO", "LMLO"]
    one.presses("8")
    assert sorted(one.shown) == sorted(["RCC", "LCC", "RMLO", "LMLO"] * 2)
    one.picture("with-prior")

    one.presses("4", "Alt+1", "Alt+B", "Tab", "Alt+4", "Alt+B")
    one.presses("F4")
    one.types("Spiculated mass, upper outer quadrant of the left breast.")
    one.presses("Esc")
    one.picture("assessment")

    one.presses("Ctrl+Return")
    assert (one.patient, one.said) == ("DEMO^BERTA", "read; this is the next study")
    one.presses("Alt+Shift+1", "Ctrl+Return")
    assert one.patient == "DEMO^CLARA"
    one.presses("Alt+Shift+2", "Ctrl+Return")
    assert one.said == "read; no study of the list is left to read"

    library = one.window.reading.library
    assert library is not None
    read = library.list(Query(states=frozenset({ReadingState.READ})))
    assert sorted(row.patient.name for row in read) == ["DEMO^ANNA", "DEMO^BERTA", "DEMO^CLARA"]


def test_a_case_is_read_by_the_keypad_alone(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist)
    one.presses("Num++")
    assert one.shown == ["RCC", "LCC"]
    one.presses("Num++")
    assert one.shown == ["RMLO", "LMLO"]
    one.presses("Num+-", "Num+8")
    assert len(one.shown) == 8
    one.presses("Num+1", "Num+9", "Num+Enter")
    assert one.patient == "DEMO^BERTA"
    library = one.window.reading.library
    assert library is not None
    (row,) = library.list(Query(states=frozenset({ReadingState.READ})))
    assert row.assessment == "R 1, L 1, density A"


def test_every_breast_pixel_is_seen_at_one_to_one_by_one_key(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist)
    one.presses("N", "N", "N")
    assert one.window.session.walk.is_in_parts
    one.picture("part-at-one-to-one")
    parts = 1
    while one.window.session.walk.is_in_parts and parts < 40:
        one.presses("Q")
        parts += 1
    assert 4 <= parts < 40


def test_the_classifier_keeps_silent_until_the_reader_has_looked(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.starts_the_classifier()
    one.opens(worklist / "anna")
    one.waits_for_scores()
    assert one.window.reading.silence
    one.picture("classifier-silent")

    one.presses("Tab", "Tab", "Tab", "Tab")
    assert not one.window.reading.silence
    one.presses("H", "U", "Ctrl+Up")
    assert one.window.session.look.heat.visible
    one.picture("heat-map")

    library, study = one.window.reading.library, one.window.session.study
    assert library is not None and study is not None
    (reveal,) = library.reveals(one.window.reading.library_key(study.key))
    assert reveal.how == "all views visited"


def test_marks_are_drawn_described_taken_back_and_there_again(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist)
    one.presses("3", "9")
    one.clicks("LMLO", 0.615, 0.69)
    one.presses("D")
    one.drags("LMLO", (0.45, 0.35), (0.5, 0.55))
    one.presses("E")
    one.drags("RMLO", (0.45, 0.5), (0.55, 0.65))
    one.presses("5")
    one.clicks("LMLO", 0.33, 0.35)
    one.presses("Return")
    dialog = one.window.findChild(FindingDialog)
    assert dialog is not None
    dialog.kind.setCurrentText(str(FindingKind.MASS))
    dialog.shape.setCurrentText(str(MassShape.IRREGULAR))
    dialog.margin.setCurrentText(str(MassMargin.SPICULATED))
    one.picture("finding")
    dialog.accept()
    one.presses("4")
    one.picture("marks")
    drawn = _marks(one, "LMLO")
    assert sorted(drawn) == sorted([MarkKind.NIPPLE, MarkKind.RULER, MarkKind.FINDING])
    assert _marks(one, "RMLO") == [MarkKind.ELLIPSE]

    one.presses("Ctrl+Z", "Ctrl+Z")
    assert MarkKind.FINDING not in _marks(one, "LMLO")
    one.presses("Ctrl+Y", "Ctrl+Y")
    assert _marks(one, "LMLO") == drawn
    one.leaves()

    again = reader()
    again.opens(worklist)
    again.presses("3")
    again.waits_for(lambda: sorted(_marks(again, "LMLO")) == sorted(drawn))


def test_a_study_is_found_in_the_library_and_gone_on_with(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist)
    one.presses("Ctrl+F")
    one.types("clara")
    one.waits_for(lambda: one.window.library.model.rowCount() == 1)
    one.presses("Return")
    one.waits_for(lambda: one.patient == "DEMO^CLARA")


def test_the_list_is_scored_while_the_reader_rests(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist)
    one.starts_the_classifier()
    library = one.window.reading.library
    assert library is not None
    one.waits_for(lambda: [row.score is None for row in library.list(Query())] == [False] * 4)
    one.waits_for(lambda: not library.without_thumbnail(1))
    one.presses("Alt+Shift+2", "Ctrl+Return", "F2")
    rows = one.window.library.model
    one.waits_for(lambda: rows.rowCount() == 4)
    one.window.library.grab()  # what is painted asks for its small pictures
    one.waits_for(lambda: all(rows.index(row, PICTURE).data(Qt.ItemDataRole.DecorationRole) for row in range(4)))
    one.picture("library")


def test_a_click_on_a_score_goes_to_the_place(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.starts_the_classifier()
    one.opens(worklist / "anna")
    one.waits_for_scores()
    one.presses("Tab", "Tab", "Tab", "Tab", "Shift+H", "H")
    active = one.window.session.active
    scene = one.window.session.scene
    assert scene is not None
    assert one.window.session.state(active).zoom == pytest.approx(scene.native_zoom(active))
    one.picture("place-of-a-score")


def test_the_tour_begins_on_the_demonstration_study(reader: SitDown) -> None:
    one = reader()
    one.window.take_tour()
    one.waits_for(lambda: one.patient == "DEMO^ANNA")
    one.picture("tour")
    one.presses("Esc")
    assert one.window.settings.value.toured


def test_a_picture_is_exported_without_the_name(reader: SitDown, worklist: Path, tmp_path: Path) -> None:
    one = reader()
    one.window.settings.change(export_folder=str(tmp_path))
    one.opens(worklist / "anna")
    one.presses("Ctrl+Shift+S")
    one.picture("export")
    one.presses("Return")
    one.waits_for(lambda: one.said.startswith("written to"))
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_the_keys_stand_on_one_sheet(reader: SitDown, worklist: Path) -> None:
    one = reader()
    one.opens(worklist / "anna")
    one.presses("?")
    one.picture("keys")
    one.presses("Esc", "Ctrl+Shift+K")
    one.picture("change-keys")


def test_the_guide_shows_every_picture_that_is_made_and_no_other() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(guide/([a-z0-9-]+)\.webp\)", GUIDE.read_text(encoding="utf-8"))
    made = re.findall(r'\.picture\("([a-z0-9-]+)"\)', Path(__file__).read_text(encoding="utf-8"))
    there = {path.stem for path in GUIDE.with_name("guide").glob("*.webp")}
    assert sorted(shown) == sorted(made) == sorted(there)


def test_the_guide_names_keys_as_they_are() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    keys = {key for row in ACTIONS for key in row.keys}
    named = set(re.findall(r"`([^`]+)`", text.replace("`tests/end2end/test_guide.py`", "")))
    assert {key for key in named if not {key, f"Num+{key}"} & keys} == set()
    first = {row.id: row.keys[0] for row in ACTIONS if row.keys}
    assert {first[name] for name in ("library", "finish", "reveal", "keys", "operating-point", "write-dicom")} <= named
