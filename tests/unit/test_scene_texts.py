"""The texts of a pane leave room for the breast: as many as fit beside it, and none twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.core.hanging import Frame, place, room_beside
from mammoview.core.prediction import ModelLabel
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.render import Drawing, draw_view
from mammoview.core.study import Patient
from mammoview.core.view_state import Presentation, ViewState
from mammoview.reading.pictures import lettering
from mammoview.services.panes import Pane
from mammoview.services.scene import Overlay, make_scene
from tests.unit.made import breast_image

LONG = Patient("VERYLONGFAMILYNAME-DOUBLEBARRELLED^MARIA THERESIA ANNUNZIATA", "A-VERY-LONG-PATIENT-ID-0123456789")
SHORT = Patient("DEMO^ANNA", "DEMO-0001")
LABEL = ModelLabel("fake", "1.0", "0" * 64, ("benign", "cancer"), "cancer", {"balanced": 0.5}, "tests")


def view(patient: Patient = SHORT, side: str = "R") -> PreparedImage:
    codes = ("P", "L") if side == "R" else ("A", "R")
    header = {"patient": patient, "study_date": "2022-01-10", "patient_orientation": codes}
    return prepare(breast_image(side, "CC", **header))


def drawn(
    prepared: PreparedImage, columns_px: int, *, prior: bool = False, look: Presentation | None = None
) -> Drawing:
    pane = Pane(0, 0, 1, 2, None, prepared.header, middle_right=prepared.chest_wall_right, prior=prior)
    scene = make_scene((pane,), (Frame(500, columns_px),), lambda key: prepared)
    overlay = Overlay(model=LABEL)
    return scene.drawing(0, ViewState(), look or Presentation(), overlay, identified=True, letter_px=12)


def lines(drawing: Drawing) -> list[str]:
    texts = drawing.texts
    return [texts.side_view, *texts.top, *texts.cautions, *texts.bottom]


def test_a_narrow_pane_says_side_and_view_only() -> None:
    assert lines(drawn(view(), 200)) == ["RCC"]


def test_a_wide_pane_says_who_when_and_what_the_classifier_says() -> None:
    said = lines(drawn(view(), 420))
    assert "DEMO, ANNA  DEMO-0001" in said
    assert "2022-01-10" in said
    assert any("cancer" in line for line in said)


def test_a_narrow_pane_says_that_an_image_is_a_priors_and_from_when() -> None:
    assert lines(drawn(view(), 200, prior=True)) == ["RCC", "prior", "PRIOR  2022-01-10"]


@pytest.mark.parametrize("columns_px", [200, 420])
def test_the_date_of_a_prior_stands_there_once(columns_px: int) -> None:
    assert sum("2022-01-10" in line for line in lines(drawn(view(), columns_px, prior=True))) == 1


def test_a_narrow_pane_has_neither_scale_bar_nor_letters_over_the_breast() -> None:
    drawing = drawn(view(), 200)
    bare = replace(drawing, presentation=Presentation(annotations=False))
    with_texts, without = (draw_view(one, lettering()) for one in (drawing, bare))
    assert np.array_equal(with_texts, without)
    roomy = drawn(view(), 420)
    assert not np.array_equal(
        *(draw_view(replace(roomy, presentation=Presentation(annotations=on)), lettering()) for on in (True, False))
    )


def test_a_long_name_stays_beside_the_breast() -> None:
    drawing = drawn(view(LONG), 420)
    free_px = room_beside(drawing.prepared, drawing.placement, drawing.frame, round(6.5 * 12))
    names = drawing.texts.top
    assert [name[:8] for name in names] == ["VERYLONG", "A-VERY-L"]
    assert max(lettering().width_px(name, 12) for name in names) <= free_px


def test_a_long_name_keeps_its_length_when_zoomed() -> None:
    prepared = view(LONG)
    pane = Pane(0, 0, 1, 2, None, prepared.header, middle_right=True)
    scene = make_scene((pane,), (Frame(500, 420),), lambda key: prepared)
    found = [
        scene.drawing(0, ViewState(zoom), Presentation(), Overlay(), identified=True, letter_px=12).texts.top
        for zoom in (1.0, 6.0)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("rows_px", [40, 250, 500])
def test_the_room_beside_the_breast_has_no_breast_in_it(side: str, rows_px: int) -> None:
    prepared, frame = view(side=side), Frame(500, 420)
    spacing = prepared.image.spacing
    assert spacing is not None
    placement = place(prepared, frame, px_per_mm=8.0, spacing=spacing, state=ViewState())
    room = room_beside(prepared, placement, frame, rows_px)
    inverse, mask = placement.screen_from_stored().inverse(), prepared.region.mask
    rows, columns = np.mgrid[0:rows_px, 0 : frame.columns_px]
    stored = inverse(rows, columns)
    cells = [np.floor((at + 0.5) / size * count).astype(int) for at, size, count in
             zip(stored, (prepared.image.rows, prepared.image.columns), mask.shape, strict=True)]  # fmt: skip
    inside = np.all([(cell >= 0) & (cell < count) for cell, count in zip(cells, mask.shape, strict=True)], axis=0)
    breast = inside & mask[tuple(np.clip(cell, 0, count - 1) for cell, count in zip(cells, mask.shape, strict=True))]
    beside = breast[:, :room] if side == "R" else breast[:, frame.columns_px - room :]
    next_to = breast[:, : room + 12] if side == "R" else breast[:, frame.columns_px - room - 12 :]
    assert not beside.any()
    assert next_to.any() or room == frame.columns_px
