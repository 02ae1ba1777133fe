"""The PDF of an assessment: what it says of the marks, and that they stand on its pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtPdf import QPdfDocument

from mammoview.core.findings import Associated, Finding, FindingKind, MassMargin
from mammoview.core.history import put
from mammoview.core.marks import Mark, MarkKind, Point
from mammoview.ui.assessment_report import Report, make_report
from tests.factories import write_study
from tests.ui.conftest import SIZE
from tests.ui.desk import Desk

_MASS = Finding(FindingKind.MASS, margin=MassMargin.SPICULATED, associated=frozenset({Associated.SKIN_RETRACTION}))


def draw(desk: Desk, view: str, kind: MarkKind, *points: Point, text: str = "", finding: Finding | None = None) -> None:
    key = next(image.key for image in desk.session.study.images if image.side_view == view)
    desk.window.bench.marks.do(key, put(Mark(kind, key, 1, points, text, finding)))


def report_of(desk: Desk) -> Report:
    return make_report(desk.session, desk.window.reading, desk.window.bench.marks, identified=False)


@pytest.fixture
def marked(desk: Desk) -> Desk:
    """Four views with findings, a ruler, words, a nipple and an arrow."""
    draw(desk, "LCC", MarkKind.FINDING, (200.0, 150.0), text="new", finding=_MASS)
    draw(desk, "RMLO", MarkKind.FINDING, (210.0, 140.0))
    draw(desk, "RCC", MarkKind.RULER, (100.0, 200.0), (100.0, 300.0))
    draw(desk, "RCC", MarkKind.TEXT, (120.0, 210.0), text="<scar>")
    draw(desk, "RCC", MarkKind.NIPPLE, (240.0, 100.0))
    draw(desk, "RCC", MarkKind.ARROW, (10.0, 20.0), (60.0, 80.0))
    return desk


def test_it_tells_findings_by_their_numbers_and_what_marks_measure_and_say(marked: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(report_of(marked).pdf())
    document = QPdfDocument()
    assert document.load(str(path)) is QPdfDocument.Error.None_
    words = " ".join(document.getAllText(page).text() for page in range(document.pageCount())).split()
    pages = document.pageCount()
    document.close()
    assert pages == 1
    text = " ".join(words)
    assert "BI-RADS" in text
    assert "1 LCC: mass, spiculated, skin retraction, new" in text
    assert "2 RMLO: finding, not described" in text
    assert "RCC: 10.0 mm detector plane RCC: <scar> Classifier" in text


def test_marks_stand_on_its_pictures(marked: Desk) -> None:
    report = report_of(marked)
    with_marks, without = report._picture(), replace(report, drawn={})._picture()
    width, height = with_marks.width() // 2, with_marks.height() // 2
    places = {"RCC": (0, 0), "LCC": (width, 0), "RMLO": (0, height), "LMLO": (width, height)}
    quarters = {view: QRect(*place, width, height) for view, place in places.items()}
    differ = {view for view, quarter in quarters.items() if with_marks.copy(quarter) != without.copy(quarter)}
    assert differ == {"RCC", "LCC", "RMLO"}


def test_images_that_stand_on_no_picture_are_named(desk: Desk, tmp_path: Path) -> None:
    assert "Without picture" not in report_of(desk)._html(0)
    views = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"), ("L", "XCCL"))
    write_study(tmp_path / "more", views=views, study="more", **SIZE)
    desk.open(tmp_path / "more")
    assert "Without picture here: LXCCL" in report_of(desk)._html(0)
