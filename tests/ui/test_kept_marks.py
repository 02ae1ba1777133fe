"""Marks that the library holds: shown as far as this version understands them."""

from __future__ import annotations

from pathlib import Path

from mammoview.archive.library import Library
from mammoview.core.marks import SCHEMA, Mark, MarkKind
from tests.ui.conftest import MakeDesk
from tests.ui.test_reading import settled


def test_a_mark_of_a_newer_version_is_said_and_the_others_are_shown(
    make_desk: MakeDesk, study: Path, tmp_path: Path
) -> None:
    library_file = tmp_path / "home" / "library.sqlite"
    before = make_desk(library=library_file)
    before.open(study)
    settled(before)
    key = before.window.reading.library_key(before.session.study.key)
    image = before.session.study.images[0].key
    before.window.close()
    one, other = (Mark(MarkKind.RULER, image, 1, ((1.0, 2.0), (30.0, end))) for end in (40.0, 50.0))
    with Library(library_file) as library:
        library.put_mark(key, image, one.id, one.to_record(), "reader")
        library.put_mark(key, image, other.id, other.to_record() | {"schema": SCHEMA + 1}, "reader")
    desk = make_desk(library=library_file)
    said: list[str] = []
    desk.window.reading.said.connect(said.append)
    desk.open(study)
    desk.qtbot.waitUntil(lambda: bool(desk.window.bench.marks.of_study(image)), timeout=10_000)
    assert [mark.id for mark in desk.window.bench.marks.of_study(image)] == [one.id]
    assert "marks that this version cannot read: 1; they are kept, and not shown" in said
