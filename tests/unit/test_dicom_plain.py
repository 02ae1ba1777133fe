"""The short way to plain values gives what pydicom gives, and leaves everything odd to it."""

from __future__ import annotations

import pytest
from pydicom.dataelem import RawDataElement, convert_raw_data_element
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from mammoview.dicom.plain import Values
from mammoview.dicom.quiet import caught_warnings

TAG = Tag(0x0008, 0x0060)


def data_set(vr: str, value: bytes, *, little: bool = True, character_set: str = "") -> Dataset:
    """A data set with one element as it is read from a file."""
    made = Dataset({TAG: RawDataElement(TAG, vr, len(value), value, 0, False, little)})
    if character_set:
        made.SpecificCharacterSet = character_set
    return made


def as_pydicom_reads(vr: str, value: bytes) -> list[str]:
    raw = RawDataElement(TAG, vr, len(value), value, 0, False, True)
    with caught_warnings():
        found = convert_raw_data_element(raw).value
    values = list(found) if isinstance(found, MultiValue) else [found]
    return [str(one).strip(" ") for one in values]


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("CS", b"MG"),
        ("CS", b"DERIVED\\PRIMARY\\\\LEFT "),
        ("UI", b"1.2.840.10008.1.2\0"),
        ("DA", b"20240131"),
        ("TM", b"101112.50 "),
        ("AS", b"060Y"),
        ("LO", b" MAKER, GmbH ~ "),
        ("SH", b"A1\\B2"),
        ("LT", b"one line"),
        ("PN", b"DEMO^ANNA^^ "),
        ("DS", b"-12.50\\7 "),
        ("IS", b"+12\\007 "),
    ],
)
def test_a_plain_text_is_what_pydicom_reads(vr: str, value: bytes) -> None:
    assert Values(data_set(vr, value)).texts(TAG) == tuple(as_pydicom_reads(vr, value))


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("CS", b"lower"),
        ("CS", b"A" * 17),
        ("UI", b"1.02.3"),
        ("DA", b"2024.01.31"),
        ("TM", b"251112"),
        ("LO", "Müller".encode("latin-1")),
        ("LO", b"\x1b$B"),
        ("LO", b"A" * 66),
        ("PN", b"A=B"),
        ("LT", b"two\nlines"),
        ("DS", b"1e400"),
        ("DS", b"12345678.12345678"),
        ("IS", b"99999999999"),
        ("IS", b"1.5"),
        ("UN", b"MG"),
    ],
)
def test_whatever_is_odd_is_left_to_pydicom(vr: str, value: bytes) -> None:
    assert Values(data_set(vr, value)).texts(TAG) is None


def test_text_in_a_character_set_that_is_not_known_is_left_to_pydicom() -> None:
    assert Values(data_set("LO", b"plain", character_set="ISO 2022 IR 87")).texts(TAG) is None
    assert Values(data_set("CS", b"PLAIN", character_set="ISO 2022 IR 87")).texts(TAG) == ("PLAIN",)


@pytest.mark.parametrize(
    ("vr", "value", "numbers"),
    [("US", b"\x01\x02", (513.0,)), ("SS", b"\xff\xff\x01\x00", (-1.0, 1.0)), ("DS", b"1.5\\2", (1.5, 2.0))],
)
def test_a_plain_number_is_read_by_its_vr(vr: str, value: bytes, numbers: tuple[float, ...]) -> None:
    assert Values(data_set(vr, value)).numbers(TAG) == numbers


def test_a_big_endian_number_is_read_so() -> None:
    assert Values(data_set("US", b"\x01\x02", little=False)).numbers(TAG) == (258.0,)


@pytest.mark.parametrize(("vr", "value"), [("US", b"\x01"), ("DS", b"one"), ("FD", b"\0" * 8)])
def test_a_number_that_is_odd_is_left_to_pydicom(vr: str, value: bytes) -> None:
    assert Values(data_set(vr, value)).numbers(TAG) is None


def test_an_absent_element_has_no_values() -> None:
    values = Values(Dataset())
    assert TAG not in values
    assert values.texts(TAG) == values.numbers(TAG) == ()
