"""Steps part by part, what they do with the heat map and with further images, and the protocols of a site."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mammoview.core.hanging import stored_at
from tests.factories import BERTA, write_mammogram, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.stepping import CTRL, SHIFT, told, views, walked, write_pair

LARGE = {"rows": 1300, "columns": 1000}


@pytest.fixture
def large(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """Four views that at 1:1 are larger than their panes."""
    write_study(tmp_path / "large", **LARGE)
    desk = make_desk()
    desk.open(tmp_path / "large")
    return desk


# --- part by part


def visible(desk: Desk, number: int) -> tuple[slice, slice]:
    """The stored rows and columns that a pane shows."""
    drawing = desk.session.drawing(number)
    frame = drawing.frame
    ends = [stored_at(drawing.placement, -0.5, -0.5)]
    ends.append(stored_at(drawing.placement, frame.rows_px - 0.5, frame.columns_px - 0.5))
    (row0, row1), (column0, column1) = (sorted(pair) for pair in zip(*ends, strict=True))
    first_row, first_column = (max(0, round(value + 0.5)) for value in (row0, column0))
    return slice(first_row, max(0, round(row1 + 0.5))), slice(first_column, max(0, round(column1 + 0.5)))


def test_the_parts_of_a_pair_show_all_of_both_breasts_at_one_to_one(large: Desk) -> None:
    walked(large, "cc-quadrants")
    count = len(large.session.walk.parts)
    seen = [np.zeros((LARGE["rows"], LARGE["columns"]), bool) for _ in range(2)]
    for part in range(count):
        assert told(large).endswith(f"part {part + 1} of {count}")
        for number in (0, 1):
            assert large.session.drawing(number).placement.row_step.scale == 1
            seen[number][visible(large, number)] = True
        large.key(Qt.Key.Key_Q)
    assert count > 1
    assert large.session.walk.step.id == "mlo-quadrants"
    for number, side in enumerate("RL"):
        header = next(one for one in large.session.study.images if one.side_view == f"{side}CC")
        region = large.session.find(header.key).region
        rows = np.arange(LARGE["rows"]) * region.mask.shape[0] // LARGE["rows"]
        columns = np.arange(LARGE["columns"]) * region.mask.shape[1] // LARGE["columns"]
        assert not np.any(region.mask[np.ix_(rows, columns)] & ~seen[number])


def test_left_and_right_show_mirrored_parts_whatever_the_reader_has_linked(large: Desk) -> None:
    large.key(Qt.Key.Key_K)
    walked(large, "cc-quadrants")
    large.key(Qt.Key.Key_Q)
    assert large.session.state(0) == large.session.state(1)
    assert large.session.linked
    large.key(Qt.Key.Key_4)
    assert not large.session.linked


def test_what_a_step_links_is_not_remembered_as_the_readers_choice(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "large", **LARGE)
    first = make_desk()
    first.open(tmp_path / "large")
    first.key(Qt.Key.Key_K)
    walked(first, "cc-quadrants")
    first.window.close()
    assert not make_desk().session.linked


def test_the_part_before_the_first_is_the_last_of_the_step_before(large: Desk) -> None:
    walked(large, "mlo-quadrants")
    large.key(Qt.Key.Key_Q, SHIFT)
    large.settle()
    walk = large.session.walk
    assert walk.step.id == "cc-quadrants"
    assert walk.part == len(walk.parts) - 1
    assert large.session.state(0) == walk.parts[-1]


def test_from_a_step_seen_whole_the_part_key_goes_to_the_next_one_in_parts(large: Desk) -> None:
    large.key(Qt.Key.Key_Q)
    assert large.session.walk.step.id == "cc-quadrants"


def test_a_part_stays_at_one_to_one_when_the_window_changes(large: Desk) -> None:
    walked(large, "cc-quadrants")
    before = large.session.scene.px_per_mm
    large.window.resize(900, 640)
    large.qtbot.waitUntil(lambda: large.session.scene.px_per_mm != before, timeout=20_000)
    large.drawn()
    assert large.session.drawing(0).placement.row_step.scale == 1
    assert large.session.state(0) == large.session.walk.parts[0]


def test_a_step_part_by_part_waits_for_its_images(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "large", **LARGE)
    desk = make_desk()
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([tmp_path / "large"])
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_Q)
    desk.settle()
    assert desk.session.state(0) == desk.session.walk.parts[0]
    assert desk.session.drawing(0).placement.row_step.scale == 1


# --- the heat map


@pytest.fixture
def scored(make_desk: MakeDesk, study: Path, tmp_path: Path) -> Desk:
    write_study(tmp_path / "zz", woman=BERTA, **SIZE)
    desk = make_desk(FakeEngine())
    desk.open(study, tmp_path / "zz")
    desk.start_classifier()
    desk.scored()
    return desk


def test_the_heat_map_is_off_in_the_next_study_until_its_review(scored: Desk) -> None:
    scored.key(Qt.Key.Key_H)
    assert scored.session.presentation(0).heat.visible
    scored.key(Qt.Key.Key_PageDown)
    scored.settle()
    assert scored.session.heat_masked
    assert not scored.session.presentation(0).heat.visible
    walked(scored, "review")
    assert scored.session.presentation(0).heat.visible


def test_a_reader_who_asks_for_the_heat_map_has_it_in_all_steps_of_the_study(scored: Desk) -> None:
    scored.key(Qt.Key.Key_H)
    scored.key(Qt.Key.Key_PageDown)
    scored.settle()
    scored.key(Qt.Key.Key_H)
    assert scored.session.presentation(0).heat.visible
    scored.key(Qt.Key.Key_N)
    assert scored.session.presentation(0).heat.visible


def test_the_review_shows_no_heat_map_that_the_reader_has_not_set(scored: Desk) -> None:
    walked(scored, "review")
    assert not scored.session.presentation(0).heat.visible


# --- other images


def test_images_that_hang_nowhere_are_counted_and_come_by_key(make_desk: MakeDesk, study: Path) -> None:
    write_mammogram(study / "ml.dcm", "L", "ML", rows=480, columns=360, seed=9)
    write_mammogram(study / "xccl.dcm", "R", "XCCL", rows=480, columns=360, seed=8)
    desk = make_desk()
    desk.open(study)
    assert desk.window.top_bar.study.text().endswith("2 more")
    desk.session.activate(1)
    seen = []
    for _ in range(3):
        desk.key(Qt.Key.Key_J, CTRL)
        desk.settle()
        seen.append(views(desk)[1])
    assert sorted(seen[:2]) == ["LML", "RXCCL"] and seen[2] == "LCC"


def test_an_image_of_the_tray_takes_a_place_of_a_step_until_the_next(make_desk: MakeDesk, tmp_path: Path) -> None:
    folder = write_pair(tmp_path / "pair", **SIZE)
    write_mammogram(folder / "ml.dcm", "L", "ML", rows=480, columns=360, seed=9, study="now", study_date="20260131")
    desk = make_desk()
    desk.open(folder)
    desk.key(Qt.Key.Key_8)
    desk.session.activate(5)
    desk.key(Qt.Key.Key_J, CTRL)
    desk.settle()
    assert views(desk)[5] == "LML"
    desk.key(Qt.Key.Key_8)
    assert views(desk)[5] == "LMLO"


# --- protocols of a site


def write_protocol(folder: Path, *steps: dict[str, object], name: str = "screening") -> None:
    (folder / "hanging").mkdir(parents=True, exist_ok=True)
    record = {"schema": 1, "name": name, "for": {"modality": "MG"}, "steps": list(steps)}
    (folder / "hanging" / "own.json").write_text(json.dumps(record), encoding="utf-8")


def step(step_id: str, *places: str, rows: int = 1, **more: object) -> dict[str, object]:
    named = [{"side": place[0], "view": place[1:]} for place in places]
    return {"id": step_id, "label": step_id, "rows": rows, "columns": len(places) // rows, "places": named, **more}


def test_a_protocol_of_the_site_takes_the_place_of_the_bundled_one(
    make_desk: MakeDesk, mammoview_home: Path, study: Path
) -> None:
    write_protocol(mammoview_home, step("mine", "RMLO", "LMLO"), step("other", "RCC", "LCC"))
    desk = make_desk()
    desk.open(study)
    assert views(desk) == ["RMLO", "LMLO"]
    assert told(desk) == "1 of 2: mine"


def test_a_mistake_in_a_sites_protocol_is_said_and_the_bundled_one_holds(
    make_desk: MakeDesk, mammoview_home: Path, study: Path
) -> None:
    write_protocol(mammoview_home, step("mine", "RMLO", "LMLO", rows=1, scale="huge"))
    desk = make_desk()
    assert 'own.json: steps[0].scale: "huge" cannot be used' in desk.window.status.message.text()
    desk.open(study)
    assert told(desk) == "1 of 6: Four views"


def test_each_image_of_a_fitting_step_fills_its_place(
    make_desk: MakeDesk, mammoview_home: Path, tmp_path: Path
) -> None:
    write_mammogram(tmp_path / "study" / "a.dcm", "R", "CC", rows=480, columns=360)
    write_mammogram(tmp_path / "study" / "b.dcm", "L", "CC", rows=240, columns=180)
    write_protocol(mammoview_home, step("fit", "RCC", "LCC", scale="fit"))
    desk = make_desk()
    desk.open(tmp_path / "study")
    sizes = [desk.session.drawing(number).placement.size_px[0] for number in (0, 1)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


def test_a_native_step_begins_at_one_to_one(make_desk: MakeDesk, mammoview_home: Path, tmp_path: Path) -> None:
    write_study(tmp_path / "large", **LARGE)
    write_protocol(mammoview_home, step("native", "RCC", "LCC", scale="native"))
    desk = make_desk()
    desk.open(tmp_path / "large")
    assert desk.session.drawing(0).placement.row_step.scale == 1


def test_more_than_eight_places_are_all_shown(make_desk: MakeDesk, mammoview_home: Path, study: Path) -> None:
    for seed in range(1, 9):
        write_mammogram(study / f"again{seed}.dcm", "R", "CC", seed=seed + 20, **SIZE)
    write_protocol(mammoview_home, step("all", *["RCC"] * 9, rows=3))
    desk = make_desk()
    desk.open(study)
    assert len(desk.session.panes) == 9
    assert all(viewport.isVisible() and viewport.picture is not None for viewport in desk.shown)
