"""A presentation state with the classifier's scores on it is known for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.annotate import CornerTexts
from mammoview.core.prepared import prepare
from mammoview.core.study import ImageSource
from mammoview.dicom.objects.read_objects import read_object_header
from mammoview.dicom.objects.uids import Kind
from mammoview.dicom.objects.write_file import write_object
from mammoview.dicom.objects.write_presentation import Look, presentation_state
from tests.written import series, told_of


@pytest.mark.parametrize("scored", [True, False])
def test_our_own_reader_knows_it_for_a_programs(tmp_path: Path, scored: bool) -> None:
    source, image = told_of(tmp_path)
    look = Look(texts=CornerTexts("RCC", bottom=("cancer: 0.70 above 0.50",)), scored=scored)
    made = presentation_state(source, prepare(image), look, series(Kind.PRESENTATION), 1)
    write_object(tmp_path / "pr.dcm", made)
    found = read_object_header(ImageSource(tmp_path / "pr.dcm"))
    assert found is not None and found.automatic is scored
    assert len(made.ContentDescription) <= 64
