"""What a header tells: side, view, windows, padding; and how odd values are survived."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from mammoview.core.study import ImageHeader, ImageSource, Laterality, View, ViewModifier
from mammoview.core.window import PixelPadding, VoiFunction, VoiLut, VoiWindow
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.reader import read_file, read_header
from mammoview.dicom.views import side_view_of_text
from tests.factories import (
    BIG_ENDIAN,
    EXPLICIT,
    FOUR_VIEWS,
    IMPLICIT,
    JPEG_LS,
    RLE,
    dicom_bytes,
    make_lut,
    make_mammogram_dataset,
    save,
    write_mammogram,
)


def code(value: str, scheme: str = "SCT", meaning: str = "", modifiers: tuple[str, ...] = ()) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    item.ViewModifierCodeSequence = [code(modifier) for modifier in modifiers]
    return item


def header(folder: Path, laterality: str = "R", view: str = "CC", **options: Any) -> ImageHeader:
    return read_header(ImageSource(write_mammogram(folder / "image.dcm", laterality, view, **options)))


@pytest.mark.parametrize(("laterality", "view"), FOUR_VIEWS)
def test_a_plain_mammogram_tells_side_view_and_woman(tmp_path: Path, laterality: str, view: str) -> None:
    found = header(tmp_path, laterality, view)
    assert (found.laterality, found.view) == (laterality, view)
    assert found.patient.name == "DEMO^ANNA"
    assert (found.patient.birth_date, found.study_date, found.study_time) == ("1960-02-29", "2024-01-31", "10:15:00")
    assert found.presentation_intent == "FOR PRESENTATION"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("item", "view", "modifiers"),
    [
        (code("R-10226", "SNM3"), View.MLO, ()),
        (code("R-10242", "SRT"), View.CC, ()),
        (code("399101009"), View.XCCM, ()),
        (code("399368009", modifiers=("399209000",)), View.MLO, (ViewModifier.IMPLANT_DISPLACED,)),
        (
            code("399162004", modifiers=("R-102D7", "399163009", "nonsense")),
            View.CC,
            (ViewModifier.SPOT, ViewModifier.MAGNIFICATION),
        ),
        (code("1234", "99X", "Latero-medial oblique"), View.LMO, ()),
    ],
)
def test_a_view_code_goes_ahead_of_everything(
    tmp_path: Path, item: Dataset, view: View, modifiers: tuple[ViewModifier, ...]
) -> None:
    found = header(tmp_path, ViewCodeSequence=[item], ViewPosition="ML", SeriesDescription="R XCCL")
    assert (found.view, found.view_modifiers) == (view, modifiers)
    assert "contradicts" in found.warnings[-1]


@pytest.mark.parametrize(
    ("position", "view", "modifiers"),
    [
        ("MLO", View.MLO, ()),
        ("mloid", View.MLO, (ViewModifier.IMPLANT_DISPLACED,)),
        ("XCCL", View.XCCL, ()),
        ("AT", View.AT, ()),
        ("RCC", View.CC, ()),
        ("", View.ML, (ViewModifier.SPOT,)),
    ],
)
def test_without_a_code_view_position_and_then_the_description_count(
    tmp_path: Path, position: str, view: View, modifiers: tuple[ViewModifier, ...]
) -> None:
    found = header(tmp_path, ViewCodeSequence=None, ViewPosition=position, SeriesDescription="R ML spot")
    assert (found.view, found.view_modifiers) == (view, modifiers)


@pytest.mark.parametrize(
    ("attributes", "side"),
    [
        ({"ImageLaterality": "L"}, "L"),
        ({"ImageLaterality": None, "Laterality": "L"}, "L"),
        ({"ImageLaterality": None, "SeriesDescription": "Mammo links MLO"}, "L"),
        ({"ImageLaterality": "B", "ProtocolName": "LMLO"}, "L"),
        ({"ImageLaterality": None}, ""),
    ],
)
def test_the_side_is_found_where_the_file_keeps_it(tmp_path: Path, attributes: dict[str, Any], side: str) -> None:
    assert header(tmp_path, **attributes).laterality == side


def test_a_description_of_the_other_side_is_warned_of(tmp_path: Path) -> None:
    found = header(tmp_path, SeriesDescription="L CC")
    assert found.laterality is Laterality.RIGHT
    assert "other side" in found.warnings[0]


def test_an_enhanced_object_is_read_through_its_functional_groups(tmp_path: Path) -> None:
    anatomy, voi, measures, rescale = Dataset(), Dataset(), Dataset(), Dataset()
    anatomy.FrameLaterality = "L"
    voi.WindowCenter, voi.WindowWidth, voi.VOILUTFunction = "500", "300", "SIGMOID"
    measures.PixelSpacing = [0.085, 0.085]
    rescale.RescaleSlope, rescale.RescaleIntercept = "2", "-100"
    shared, frame = Dataset(), Dataset()
    shared.FrameAnatomySequence, shared.FrameVOILUTSequence = [anatomy], [voi]
    frame.PixelMeasuresSequence, frame.PixelValueTransformationSequence = [measures], [rescale]
    found = header(
        tmp_path,
        frames=2,
        rows=20,
        columns=16,
        spacing_mm=None,
        voi_windows=(),
        ImageLaterality=None,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[frame, Dataset()],
    )
    assert (found.laterality, found.frames) == ("L", 2)
    assert found.grey.vois == (VoiWindow(500, 300, VoiFunction.SIGMOID),)
    assert (found.grey.slope, found.grey.intercept) == (2, -100)
    assert found.spacing is not None
    assert (found.spacing.row_mm, found.spacing.kind) == (0.085, "pixel")


def patched(path: Path, old: bytes, new: bytes) -> ImageHeader:
    """The header after bytes of the file were exchanged for as many others."""
    data = path.read_bytes()
    assert len(old) == len(new)
    assert old in data
    path.write_bytes(data.replace(old, new))
    return read_header(ImageSource(path))


def test_all_windows_and_luts_are_choices_luts_first(tmp_path: Path) -> None:
    luts = [make_lut(0, range(4096), 12, "NORMAL"), make_lut(10, range(4000), 12, "HARD")]
    vois = header(
        tmp_path,
        voi_luts=luts,
        voi_windows=[(2000, 500), (2100, 400)],
        voi_explanations=["A", "B"],
        voi_function="SIGMOID",
    ).grey.vois
    assert [voi.explanation for voi in vois] == ["NORMAL", "HARD", "A", "B"]
    assert [type(voi) for voi in vois] == [VoiLut, VoiLut, VoiWindow, VoiWindow]
    assert vois[2] == VoiWindow(2000, 500, VoiFunction.SIGMOID, "A")


def test_a_window_without_width_is_dropped_with_a_warning(tmp_path: Path) -> None:
    found = header(tmp_path, voi_windows=[(2000, 0), (2000, 100), (100, -5)])
    assert found.grey.vois == (VoiWindow(2000, 100),)
    assert "a window of width 0 is left out" in found.warnings
    assert "a window of width -5 is left out" in found.warnings


def test_an_empty_value_does_not_pair_a_center_with_the_next_width(tmp_path: Path) -> None:
    found = header(tmp_path, WindowCenter=["100", "", "300"], WindowWidth=["10", "20", "30"])
    assert found.grey.vois == (VoiWindow(100, 10), VoiWindow(300, 30))


def test_explanations_without_a_window_are_ignored(tmp_path: Path) -> None:
    found = header(tmp_path, voi_windows=[(2000, 500)], voi_explanations=["A", "B", "C"])
    assert [voi.explanation for voi in found.grey.vois] == ["A"]


@pytest.mark.parametrize("spelling", ["linear exact", " LINEAR_EXACT ", "Linear-Exact", "linear_exact"])
def test_a_voi_function_is_known_by_any_spelling(tmp_path: Path, spelling: str) -> None:
    found = header(tmp_path, VOILUTFunction=spelling)
    assert isinstance(found.grey.vois[0], VoiWindow)
    assert (found.grey.vois[0].function, found.warnings) == (VoiFunction.LINEAR_EXACT, ())


def test_an_unknown_voi_function_is_taken_as_linear(tmp_path: Path) -> None:
    found = header(tmp_path, voi_function="CUBIC")
    assert isinstance(found.grey.vois[0], VoiWindow)
    assert found.grey.vois[0].function is VoiFunction.LINEAR
    assert found.warnings == ("VOI LUT Function is unknown: LINEAR assumed",)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("vr", ["US", "SS", "OW"])
def test_lut_data_are_read_in_every_form(tmp_path: Path, vr: str, syntax: str) -> None:
    item = make_lut(7, range(0, 4000, 4), 12)
    if vr == "OW":
        order = ">" if syntax == BIG_ENDIAN else "<"
        item.add_new(0x00283006, "OW", np.arange(0, 4000, 4).astype(f"{order}u2").tobytes())
    elif vr == "SS":
        item.add_new(0x00283006, "SS", list(range(0, 4000, 4)))
    (lut,) = header(tmp_path, voi_luts=[item], transfer_syntax=syntax).grey.vois
    assert isinstance(lut, VoiLut)
    assert (lut.first_mapped, lut.bits) == (7, 12)
    np.testing.assert_array_equal(lut.entries, np.arange(0, 4000, 4))


def test_a_lut_of_descriptor_zero_has_65536_entries(tmp_path: Path) -> None:
    item = make_lut(0, np.arange(65536), 16)
    assert item.LUTDescriptor[0] == 0
    (lut,) = header(tmp_path, bits_stored=16, voi_luts=[item]).grey.vois
    assert isinstance(lut, VoiLut)
    assert lut.entries.size == 65536


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
def test_eight_bit_entries_may_be_packed_two_to_a_word(tmp_path: Path, syntax: str) -> None:
    item, entries = make_lut(7, range(101), 8), np.arange(101, dtype=np.uint8)
    packed = np.append(entries, np.uint8(0)).view("<u2").astype(">u2" if syntax == BIG_ENDIAN else "<u2").tobytes()
    item.add_new(0x00283006, "OW", packed)
    (lut,) = header(tmp_path, voi_luts=[item], transfer_syntax=syntax).grey.vois
    assert isinstance(lut, VoiLut)
    np.testing.assert_array_equal(lut.entries, entries)


def test_a_lut_that_exceeds_its_bits_is_taken_by_what_it_holds(tmp_path: Path) -> None:
    found = header(tmp_path, voi_luts=[make_lut(0, range(4096), 10)])
    (lut,) = found.grey.vois
    assert isinstance(lut, VoiLut)
    assert (lut.bits, len(found.warnings)) == (12, 1)


def test_a_lut_with_too_few_entries_is_left_out(tmp_path: Path) -> None:
    item = make_lut(0, range(100), 12)
    item.LUTDescriptor = [4096, 0, 12]
    found = header(tmp_path, voi_luts=[item], voi_windows=[(1, 2)])
    assert found.grey.vois == (VoiWindow(1, 2),)
    assert "fewer entries" in found.warnings[0]


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("vr", ["US", "SS"])
@pytest.mark.parametrize(
    ("signed", "padding", "expected"),
    [
        (False, (0, None), PixelPadding(0, 0)),
        (False, (4000, 4095), PixelPadding(4000, 4095)),
        (False, (4095, 4000), PixelPadding(4000, 4095)),
        (True, (-2048, -2000), PixelPadding(-2048, -2000)),
        (True, (-2000, -2048), PixelPadding(-2048, -2000)),
    ],
)
def test_padding_is_a_range_in_stored_values(
    tmp_path: Path, signed: bool, padding: tuple[int, int | None], expected: PixelPadding, vr: str, syntax: str
) -> None:
    ds = make_mammogram_dataset(rows=8, columns=8, signed=signed, transfer_syntax=syntax)
    for tag, value in zip((0x00280120, 0x00280121), padding, strict=True):
        if value is not None:
            ds.add_new(tag, vr, value & 0xFFFF if vr == "US" else value)
    found = read_header(ImageSource(save(ds, tmp_path / "image.dcm")))
    assert (found.grey.padding, found.warnings) == (expected, ())


@pytest.mark.parametrize(
    ("photometric", "shape", "inverse", "contradicts"),
    [
        ("MONOCHROME1", "INVERSE", True, False),
        ("MONOCHROME1", None, True, False),
        ("MONOCHROME1", "IDENTITY", True, True),
        ("MONOCHROME2", "IDENTITY", False, False),
        ("MONOCHROME2", None, False, False),
        ("MONOCHROME2", "INVERSE", True, True),
    ],
)
def test_low_values_are_bright_by_photometric_or_presentation_shape(
    tmp_path: Path, photometric: str, shape: str | None, inverse: bool, contradicts: bool
) -> None:
    found = header(tmp_path, photometric=photometric, PresentationLUTShape=shape)
    assert found.grey.inverse is inverse
    assert any("contradicts" in line for line in found.warnings) is contradicts


def test_invalid_dates_are_empty_with_a_warning(tmp_path: Path) -> None:
    path = write_mammogram(tmp_path / "image.dcm", study_date="20240131")
    found = patched(path, b"20240131", b"20241399")
    assert found.study_date == ""
    assert "Study Date is not a valid date" in found.warnings


@pytest.mark.parametrize(("value", "lines"), [("YES", 1), ("NO", 0), (None, 0)])
def test_a_burned_in_annotation_is_warned_of(tmp_path: Path, value: str | None, lines: int) -> None:
    found = header(tmp_path, BurnedInAnnotation=value)
    assert found.warnings == ("burned-in annotation: the picture may name the patient",) * lines


def test_warnings_quote_no_value_of_the_file(tmp_path: Path) -> None:
    found = header(tmp_path, PatientBirthDate="SECRET77", StudyTime="SECRETX", WindowWidth="0", WindowCenter="1")
    assert found.warnings
    assert not any("SECRET" in line for line in found.warnings)


def test_warnings_of_other_code_are_handed_on() -> None:
    with pytest.warns(RuntimeWarning, match="not ours"), caught_warnings() as lines:
        warnings.warn("not ours", RuntimeWarning, stacklevel=1)
    assert lines == []


def test_a_file_without_prefix_or_meta_information_opens(tmp_path: Path) -> None:
    ds = make_mammogram_dataset(transfer_syntax=IMPLICIT)
    data = dicom_bytes(ds)
    meta_length = struct.unpack("<I", data[140:144])[0]
    path = tmp_path / "old.dcm"
    path.write_bytes(data[144 + meta_length :])
    image = read_file(path)
    assert image.header.side_view == "RCC"
    assert "declares no transfer syntax" in image.header.warnings[0]


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN, RLE, JPEG_LS])
def test_pixels_equal_those_of_pydicom(tmp_path: Path, syntax: str) -> None:
    path = write_mammogram(tmp_path / "image.dcm", transfer_syntax=syntax)
    np.testing.assert_array_equal(read_file(path).stored, dcmread(path).pixel_array)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_some_side_and_view(text: str) -> None:
    found = side_view_of_text(text)
    assert 0 <= found.start <= len(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("p0001_R_CC_1", "R CC"),
        ("A_1108_L_MLO", "L MLO"),
        ("l-mlo", "L MLO"),
        ("Left XCCL spot", "L XCCL"),
        ("CC right", "R CC"),
        ("RMLOID", "R MLO"),
        ("mdb001", " "),
        ("MAMMOSCREENING 1E LEZING", " "),
        ("LR_CC", " CC"),
        ("Smith L CC", "L CC"),
    ],
)
def test_side_and_view_are_read_from_text(text: str, label: str) -> None:
    found = side_view_of_text(text)
    assert f"{found.laterality} {found.view}" == label


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_header_with_bytes_changed_opens_or_is_refused(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    whole = bytearray(_SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(132, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / "image.dcm"
    path.write_bytes(whole[: data.draw(st.integers(140, len(whole)))])
    try:
        read_file(path)
    except Exception as error:
        assert type(error).__name__ in ("InputRefusedError", "NotAnImageError", "NotDicomError"), repr(error)


_SMALL = dicom_bytes(make_mammogram_dataset(rows=8, columns=8, voi_luts=[make_lut(0, range(64), 8)]))


def test_the_real_mammogram_tells_all(shared_data: Path) -> None:
    found = read_header(ImageSource(shared_data / "dicom" / "ffdm_ge_r_mlo_jpeg_lossless.dcm"))
    assert found.side_view == "RMLO"
    assert found.patient_orientation == ("P", "FL")
    assert found.patient.birth_date == ""
    assert "Patient's Birth Date is not a valid date" in found.warnings
    assert [voi.explanation for voi in found.grey.vois] == ["NORMAL", "HARDER", "SOFTER"] * 2
    assert found.grey.padding == PixelPadding(0, 30)
    assert found.spacing is not None
    assert found.spacing.label() == "detector plane"
    assert dict(found.technique)["Organ dose"] == "1.52 mGy"


def test_the_real_film_is_lossy_and_scaled_by_its_scanner(shared_data: Path) -> None:
    found = read_header(ImageSource(shared_data / "dicom" / "film_digitised_l_mlo_jpeg2000_lossy.dcm"))
    assert (found.side_view, found.modality, found.lossy, found.lossy_ratio) == ("LMLO", "RG", True, "10:1")
    assert found.spacing is not None
    assert (found.spacing.row_mm, found.spacing.label()) == (0.05, "film scanner, nominal")


def test_saving_changes_nothing_in_the_data_set(tmp_path: Path) -> None:
    ds = make_mammogram_dataset()
    assert save(ds, tmp_path / "a.dcm").read_bytes() == save(ds, tmp_path / "b.dcm").read_bytes()
