"""Every code of CID 4014 and CID 4015 is known, and what is no screening view hangs in no screening view's place."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.sr._snomed_dict import mapping
from pydicom.sr.codedict import codes

from mammoview.core.hanging import hang
from mammoview.core.study import ImageHeader, ImageSource, View, ViewModifier
from mammoview.dicom.reader import read_header
from mammoview.dicom.views import modifier_of_code, view_of_code, view_of_position
from tests.factories import write_mammogram

EARLIER_VIEWS = [
    ("399265009", View.XCC),  # of an earlier edition, exaggerated to a side that is not told
    ("R-102CF", View.XCC),
    ("Y-X1770", View.XCCL),  # retired, PS3.16 Annex J
    ("Y-X1771", View.XCCM),
    ("127457009", View.SPECIMEN),
    ("G-8310", View.SPECIMEN),
]


def codes_of(group: str) -> list[str]:
    """The code values of a context group: SNOMED CT, and the SNOMED RT identifiers that stand for the same."""
    concepts = getattr(codes, group)
    current = [getattr(concepts, name).value for name in dir(concepts) if hasattr(getattr(concepts, name), "value")]
    return [*current, *(mapping["SCT"][value] for value in current)]


def coded(value: str, *modifiers: str, meaning: str = "made") -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    item.ViewModifierCodeSequence = [coded(modifier) for modifier in modifiers]
    return item


def header(folder: Path, item: Dataset, position: str | None = None) -> ImageHeader:
    path = write_mammogram(
        folder / "image.dcm", "R", "CC", ViewCodeSequence=[item], ViewPosition=position, SeriesDescription=None
    )
    return read_header(ImageSource(path))


@pytest.mark.parametrize("value", codes_of("cid4014"))
def test_no_code_of_a_view_is_unknown(value: str) -> None:
    assert view_of_code(value, "") is not View.UNKNOWN


@pytest.mark.parametrize("value", codes_of("cid4015"))
def test_no_code_of_a_modifier_is_unknown(value: str) -> None:
    assert modifier_of_code(value, "") is not None


def test_the_context_groups_are_there_to_be_compared_with() -> None:
    assert (len(codes_of("cid4014")), len(codes_of("cid4015"))) == (22, 28)


@pytest.mark.parametrize(("value", "view"), EARLIER_VIEWS)
def test_a_code_of_an_earlier_edition_is_known(value: str, view: View) -> None:
    assert view_of_code(value, "") is view


@pytest.mark.parametrize(
    ("meaning", "view"),
    [
        ("exaggerated cranio-caudal", View.XCC),
        ("Exaggerated cranio-caudal projection", View.XCC),
        ("cranio-caudal exaggerated", View.XCC),
        ("cranio-caudal (from below)", View.FB),
        ("caudo-cranial (from below)", View.FB),
        ("Tissue specimen from breast", View.SPECIMEN),
    ],
)
def test_a_view_of_an_unknown_code_is_known_by_its_meaning(meaning: str, view: View) -> None:
    assert view_of_code("1234", meaning) is view


@pytest.mark.parametrize(
    ("meaning", "modifier"),
    [
        ("Spot Compression", ViewModifier.SPOT),
        ("Implant Displaced", ViewModifier.IMPLANT_DISPLACED),
        ("Infra-mammary fold", ViewModifier.INFRAMAMMARY_FOLD),
    ],
)
def test_a_modifier_of_an_unknown_code_is_known_by_its_meaning(meaning: str, modifier: ViewModifier) -> None:
    assert modifier_of_code("1234", meaning) is modifier


def test_axillary_tissue_is_not_the_axillary_tail() -> None:
    assert modifier_of_code("442580003", "") is ViewModifier.AXILLARY_TISSUE
    assert modifier_of_code("399011000", "") is ViewModifier.AXILLARY_TAIL


def test_an_unknown_modifier_is_warned_of(tmp_path: Path) -> None:
    found = header(tmp_path, coded("399162004", "1234"))
    assert found.warnings == ("a view modifier code is not one of CID 4015",)


@pytest.mark.parametrize("value", ["399265009", "R-102CF", "Y-X1770", "Y-X1771", "127457009", "399192008"])
def test_a_view_that_is_no_screening_view_hangs_in_no_place(tmp_path: Path, value: str) -> None:
    found = hang([header(tmp_path, coded(value))])
    assert (dict(found.slots), len(found.extra)) == ({}, 1)


@pytest.mark.parametrize("position", ["XCC", "CV", "AT", "TAN", "RTAN", "SPECIMEN"])
def test_a_view_position_that_is_no_screening_view_hangs_in_no_place(tmp_path: Path, position: str) -> None:
    path = write_mammogram(tmp_path / "image.dcm", ViewCodeSequence=None, ViewPosition=position, SeriesDescription=None)
    found = hang([read_header(ImageSource(path))])
    assert (dict(found.slots), len(found.extra)) == ({}, 1)


def test_an_exaggerated_view_of_untold_side_is_not_taken_for_a_lateral_one() -> None:
    assert view_of_position("XCC") == (View.XCC, ())
