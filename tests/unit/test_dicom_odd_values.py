"""Whatever stands in the elements that a header is made of: it opens, with a warning at most, or is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, ImageSource, Laterality, View
from mammoview.core.window import grey_table
from mammoview.dicom.dataset import ParsedFile, parse_stream
from mammoview.dicom.header import header_of
from mammoview.reading.texts import technique_block
from tests.factories import dicom_bytes, make_mammogram_dataset

_DATA = dicom_bytes(make_mammogram_dataset(rows=4, columns=4, padding=(0, 10)))
_TEXTS = ("PatientOrientation", "ViewPosition", "ImageLaterality", "Laterality", "SeriesDescription", "PatientAge")
_NUMBERS = (
    "ImagerPixelSpacing",
    "PixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "PixelIntensityRelationshipSign",
    "LossyImageCompressionRatio",
    "BitsStored",
    "KVP",
    "FocalSpots",
    "NumberOfFrames",
)
_CODES = (
    "VOILUTFunction",
    "PresentationLUTShape",
    "PhotometricInterpretation",
    "PixelIntensityRelationship",
    "PresentationIntentType",
    "PixelSpacingCalibrationType",
    "WindowCenterWidthExplanation",
)
_SEQUENCES = ("ViewCodeSequence", "VOILUTSequence", "ModalityLUTSequence", "SharedFunctionalGroupsSequence")
_WORDS = st.text(st.sampled_from("APLRHFapl\\ ^0123456789.,+-eENnaIif_CMOX\0\xe4/"), max_size=24)
_LIKELY = st.sampled_from(
    ["A\\R", "P\\FL", "R", "L", "CC", "MLO", "0.1\\0.1", "1e308\\1e308", "-0.0", "NaN", "Infinity", "1\\2\\3", "\\\\"]
)
_VALUES = st.one_of(st.binary(max_size=24), (_WORDS | _LIKELY).map(lambda text: text.encode("latin-1")))


def opened(values: dict[str, bytes]) -> ImageHeader:
    """The header of a mammogram with the given raw values in place of its own."""
    parsed: ParsedFile = parse_stream(io.BytesIO(_DATA), len(_DATA), _DATA[:512])
    for keyword, value in values.items():
        number = tag_for_keyword(keyword)
        assert number is not None
        vr = dictionary_VR(number).split(" or ")[0]
        tag = Tag(number)
        parsed.dataset[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    return header_of(ImageSource(Path("odd.dcm")), parsed)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(_TEXTS + _NUMBERS + _CODES + _SEQUENCES), _VALUES, min_size=1, max_size=6))
def test_no_value_keeps_a_mammogram_from_being_opened_and_shown(values: dict[str, bytes]) -> None:
    found = opened(values)
    assert found.laterality in list(Laterality)
    assert found.view in list(View)
    assert found.spacing is None or min(found.spacing.row_mm, found.spacing.column_mm) > 0
    assert found.patient_orientation is None or len(found.patient_orientation) == 2
    assert 1 <= found.grey.bits_stored <= 16
    assert technique_block(found, identified=True)
    image = MammoImage(found, np.arange(16, dtype=np.uint16).reshape(4, 4) * 250)
    assert grey_table(found.grey, image.vois()[0]).shape == (65536,)
