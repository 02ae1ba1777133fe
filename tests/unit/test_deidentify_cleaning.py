"""Whole data sets through the cleaning: random ones, deep ones, broken ones."""

from __future__ import annotations

import random

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.deidentify.cleaning import Rules, cleaned
from mammoview.dicom.deidentify.identifiers import Identifiers
from mammoview.dicom.deidentify.moments import Move
from mammoview.dicom.deidentify.objects import Kind, check_report, kind_of
from mammoview.dicom.deidentify.profile import Action
from mammoview.dicom.deidentify.secret import Secret
from mammoview.dicom.quiet import caught_warnings
from tests.factories import make_lut
from tests.planted import NUMBER, WOMAN, WORD, nested, put, tags_of

TEXTS = frozenset(
    {"PN", "LO", "SH", "LT", "ST", "UT", "UC", "AE", "UR", "CS", "DS", "IS", "AS", "DA", "TM", "DT", "UI"}
)
BYTES = frozenset({"OB", "OW", "UN", "OL", "OV", "OF", "OD"})


def rules_for(dataset: Dataset, *, keep_ages: bool = False) -> Rules:
    return Rules(Secret(b"0123456789abcdef"), "PNOBODY", Move(100, 3600), keep_ages, Identifiers(dataset))


def clean(dataset: Dataset) -> tuple[str, Rules]:
    """All that is left, as text, and what it was cleaned by."""
    rules = rules_for(dataset)
    with caught_warnings():
        made = cleaned(dataset, rules)
        told = "\n".join(
            element.value.decode("latin-1") if isinstance(element.value, bytes) else str(element.value)
            for element in made.iterall()
        )
    return told, rules


@pytest.mark.parametrize("seed", range(12))
def test_no_name_comes_through_a_random_data_set(seed: int) -> None:
    chance = random.Random(seed)
    standard = list(tags_of(TEXTS | BYTES))
    made = Dataset()

    def fill(dataset: Dataset, depth: int) -> None:
        for tag, vr in chance.sample(standard, 60):
            value = chance.choice((WORD, WORD.upper(), f"{WORD}^{WORD}", f"{NUMBER}", f"a {WORD.lower()} b"))
            dataset[tag] = RawDataElement(Tag(tag), vr, len(value), value.encode("latin-1"), 0, False, True)
        put(dataset, 0x00090010 + chance.randrange(0xE0), "LO", WORD)
        for keyword in ("ViewCodeSequence", "SourceImageSequence", "ContentSequence", "VOILUTSequence"):
            if depth and chance.random() < 0.7:
                item = Dataset()
                fill(item, depth - 1)
                setattr(dataset, keyword, [item])

    fill(made, 3)
    made.PatientName, made.PatientID = WOMAN.name, NUMBER
    told, _ = clean(made)
    assert WORD.lower() not in told.lower()
    assert NUMBER not in told


@pytest.mark.parametrize("vr", ["PN", "LT", "ST", "UT", "UC", "AE", "UR", "OB", "OW", "UN", "OL", "OV", "OF", "OD"])
def test_of_free_texts_and_bytes_not_even_unknown_words_come_through(vr: str) -> None:
    made = Dataset()
    for tag, _ in tags_of(frozenset({vr})):
        if tag != 0x00283006:
            put(made, tag, vr, b"NOBODYKNOWS " if vr in BYTES else "NOBODYKNOWS")
    told, _ = clean(made)
    assert "NOBODYKNOWS" not in told


def test_a_machines_words_stay_unless_they_name_her() -> None:
    ds = Dataset()
    ds.PatientName, ds.Manufacturer, ds.ManufacturerModelName = f"{WORD}^ANN", "GE", f"Model {WORD}"
    ds.WindowCenterWidthExplanation = ["NORMAL", "for ann"]
    made = cleaned(ds, rules_for(ds))
    assert made.Manufacturer == "GE"
    assert "ManufacturerModelName" not in made
    assert "WindowCenterWidthExplanation" not in made


def test_a_short_name_within_a_word_is_no_name() -> None:
    ds = Dataset()
    ds.PatientName, ds.Manufacturer = "KOD^ANN", "KODAK"
    assert cleaned(ds, rules_for(ds)).Manufacturer == "KODAK"


def test_codes_get_their_own_meaning_and_a_hospitals_code_a_pseudonym() -> None:
    world, own = Dataset(), Dataset()
    world.CodeValue, world.CodingSchemeDesignator, world.CodeMeaning = "399162004", "SCT", "by Nurse Nobody"
    own.CodeValue, own.CodingSchemeDesignator, own.CodeMeaning = "NURSE7", "99HOSP", "by Nurse Nobody"
    ds = Dataset()
    ds.ViewCodeSequence = [world, own]
    one, other = cleaned(ds, rules_for(ds)).ViewCodeSequence
    assert (one.CodeValue, one.CodeMeaning) == ("399162004", "Cranio-caudal projection (qualifier value)")
    assert (other.CodingSchemeDesignator, other.CodeMeaning) == ("99REMOVED", "REMOVED")
    assert other.CodeValue not in ("NURSE7", "")


def test_a_person_code_is_replaced_by_a_dummy() -> None:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "399162004", "SCT", "Nurse"
    ds = Dataset()
    ds.PersonIdentificationCodeSequence = [item]
    assert cleaned(ds, rules_for(ds)).PersonIdentificationCodeSequence[0].CodeValue == "REMOVED"


def test_uids_are_replaced_at_every_depth_alike() -> None:
    ds = Dataset()
    ds.SOPInstanceUID = "1.2.3.4.5"
    ds.ViewCodeSequence = [nested(3)]
    made = cleaned(ds, rules_for(ds))
    found = {str(element.value) for element in made.iterall() if element.VR == "UI"}
    assert found == {made.SOPInstanceUID}
    assert found != {"1.2.3.4.5"}


def test_nothing_hides_behind_the_entries_of_a_lut() -> None:
    lut = make_lut(0, list(range(16)), 8)
    lut.add_new(0x00283006, "OW", lut[0x00283006].value and bytes(32) + WORD.encode())
    ds = Dataset()
    ds.VOILUTSequence = [lut]
    assert cleaned(ds, rules_for(ds)).VOILUTSequence[0][0x00283006].value == bytes(32)


def test_what_is_not_of_its_own_kind_goes() -> None:
    ds = Dataset()
    put(ds, 0x00281050, "LO", WORD)  # Window Center
    put(ds, 0x00280010, "UT", WORD)  # Rows
    put(ds, 0x00281051, "DS", "12")
    made = cleaned(ds, rules_for(ds))
    assert [int(element.tag) for element in made] == [0x00281051]


def test_dates_go_over_midnight_each_with_its_own_time() -> None:
    ds = Dataset()
    ds.StudyDate, ds.StudyTime = "20240501", "003000"
    ds.SeriesDate, ds.SeriesTime = "20240501", ""
    ds.DateOfLastCalibration, ds.TimeOfLastCalibration = ["20240501", "20240502"], ["000100", "120000"]
    made = cleaned(ds, rules_for(ds))
    assert (made.StudyDate, made.StudyTime) == ("20240121", "233000")
    assert (made.SeriesDate, made.SeriesTime or "") == ("20240122", "")
    assert list(made.DateOfLastCalibration) == ["20240121", "20240123"]
    assert list(made.TimeOfLastCalibration) == ["230100", "110000"]


def test_a_number_that_says_none_is_nobodys() -> None:
    ds, mapping = Dataset(), Dataset()
    ds.DeviceSerialNumber, ds.PatientName = "none", "Doe^Jane"
    mapping.LUTLabel, mapping.LUTExplanation = "HEAT of Doe", "0 none, 1 strongest"
    ds.RealWorldValueMappingSequence = [mapping]
    (made,) = cleaned(ds, rules_for(ds)).RealWorldValueMappingSequence
    assert (made.LUTLabel, made.LUTExplanation) == ("REMOVED", "0 none, 1 strongest")
    mapping.LUTExplanation = "for Doe"
    (made,) = cleaned(ds, rules_for(ds)).RealWorldValueMappingSequence
    assert made.LUTExplanation == "REMOVED"


def test_the_tally_counts_actions_and_private_attributes_as_one() -> None:
    ds = Dataset()
    ds.PatientName, ds.AccessionNumber, ds.Rows = "A^B", "1", 4
    put(ds, 0x00090010, "LO", "X")
    put(ds, 0x00091001, "LO", "X")
    rules = rules_for(ds)
    cleaned(ds, rules)
    assert dict(rules.tally) == {
        (0, Action.REMOVE): 2,
        (0x00100010, Action.PSEUDONYM): 1,
        (0x00080050, Action.EMPTY): 1,
    }


def test_endless_depth_is_refused() -> None:
    ds = Dataset()
    for _ in range(40):
        outer = Dataset()
        outer.ViewCodeSequence = [ds]
        ds = outer
    with pytest.raises(InputRefusedError, match="without end"):
        cleaned(ds, rules_for(Dataset()))


def test_content_that_is_not_understood_is_refused() -> None:
    ds, item = Dataset(), Dataset()
    ds.ValueType, item.ValueType = "CONTAINER", "TABLE"
    ds.ContentSequence = [item]
    with pytest.raises(InputRefusedError, match="not understood"):
        check_report(ds)


@pytest.mark.parametrize(
    "sop_class", ["1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.77.1.4.1", "1.2.3", None]
)
def test_objects_of_other_kinds_are_refused(sop_class: str | None) -> None:
    with pytest.raises(InputRefusedError, match="cannot be made safe"):
        kind_of(sop_class)
    assert kind_of("1.2.840.10008.5.1.4.1.1.13.1.3") is Kind.IMAGE
