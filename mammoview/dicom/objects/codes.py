"""Owns the coded concepts of the objects that mammoview writes: PS3.16 context groups as (value, scheme, meaning)."""

from __future__ import annotations

from pydicom.sr.coding import Code

from mammoview.core.study import Laterality, View, ViewModifier


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


def _sct(value: str, meaning: str) -> Code:
    return Code(value, "SCT", meaning)


# Mammography CAD SR, PS3.16 TID 4000 and below
CAD_REPORT = _dcm("111036", "Mammography CAD Report")
LANGUAGE = _dcm("121049", "Language of Content Item and Descendants")
ENGLISH = Code("en", "RFC5646", "English")
IMAGE_LIBRARY = _dcm("111028", "Image Library")
IMAGE_LATERALITY = _dcm("111027", "Image Laterality")
IMAGE_VIEW = _dcm("111031", "Image View")
IMAGE_VIEW_MODIFIER = _dcm("111032", "Image View Modifier")
ORIENTATION_ROW = _dcm("111044", "Patient Orientation Row")
ORIENTATION_COLUMN = _dcm("111043", "Patient Orientation Column")
STUDY_DATE = _dcm("111060", "Study Date")
STUDY_TIME = _dcm("111061", "Study Time")
CONTENT_DATE = _dcm("111018", "Content Date")
CONTENT_TIME = _dcm("111019", "Content Time")
HORIZONTAL_SPACING = _dcm("111026", "Horizontal Pixel Spacing")
VERTICAL_SPACING = _dcm("111066", "Vertical Pixel Spacing")
CAD_SUMMARY = _dcm("111017", "CAD Processing and Findings Summary")
IMPRESSION_DESCRIPTION = _dcm("111033", "Impression Description")
INDIVIDUAL_IMPRESSION = _dcm("111034", "Individual Impression/Recommendation")
RENDERING_INTENT = _dcm("111056", "Rendering Intent")
SINGLE_IMAGE_FINDING = _dcm("111059", "Single Image Finding")
SELECTED_REGION = _dcm("111099", "Selected region")
SELECTED_REGION_DESCRIPTION = _dcm("111058", "Selected Region Description")
CERTAINTY_OF_FINDING = _dcm("111012", "Certainty of Finding")
PROBABILITY_OF_CANCER = _dcm("111047", "Probability of cancer")
IMAGE_SPECIFICITY = _dcm("111091", "Image Specificity")
CENTER = _dcm("111010", "Center")
ALGORITHM_NAME = _dcm("111001", "Algorithm Name")
ALGORITHM_VERSION = _dcm("111003", "Algorithm Version")
ALGORITHM_PARAMETERS = _dcm("111002", "Algorithm Parameters")
SUMMARY_OF_DETECTIONS = _dcm("111064", "Summary of Detections")
SUMMARY_OF_ANALYSES = _dcm("111065", "Summary of Analyses")
SUCCESSFUL_DETECTIONS = _dcm("111063", "Successful Detections")
FAILED_DETECTIONS = _dcm("111025", "Failed Detections")
DETECTION_PERFORMED = _dcm("111022", "Detection Performed")
OPERATING_POINT = _dcm("111071", "CAD Operating Point")
MAXIMUM_OPERATING_POINT = _dcm("111072", "Maximum CAD Operating Point")
RECOMMENDED_OPERATING_POINT = _dcm("111092", "Recommended CAD Operating Point")
OPERATING_POINT_TABLE = _dcm("111093", "CAD Operating Point Table")
OPERATING_POINT_DESCRIPTION = _dcm("111081", "CAD Operating Point Description")
X_CONCEPT = _dcm("122698", "X-Concept")
Y_CONCEPT = _dcm("122699", "Y-Concept")

# CID 6034, CID 6042, CID 6047
REQUIRED = _dcm("111150", "Presentation Required: Rendering device is expected to present")
OPTIONAL = _dcm("111151", "Presentation Optional: Rendering device may present")
SUCCEEDED = _dcm("111222", "Succeeded")
PARTIALLY_SUCCEEDED = _dcm("111223", "Partially Succeeded")
FAILED = _dcm("111224", "Failed")
NOT_ATTEMPTED = _dcm("111225", "Not Attempted")
ALL_WITHOUT_FINDINGS = _dcm("111241", "All algorithms succeeded; without findings")
ALL_WITH_FINDINGS = _dcm("111242", "All algorithms succeeded; with findings")
SOME_WITHOUT_FINDINGS = _dcm("111243", "Not all algorithms succeeded; without findings")
SOME_WITH_FINDINGS = _dcm("111244", "Not all algorithms succeeded; with findings")
NONE_SUCCEEDED = _dcm("111245", "No algorithms succeeded; without findings")

# Reports and measurements
LATERALITY = _sct("272741003", "Laterality")
BREAST = _sct("76752008", "Breast")
FINDINGS = _dcm("121070", "Findings")
FINDING = _dcm("121071", "Finding")
IMPRESSIONS = _dcm("121072", "Impressions")
IMPRESSION = _dcm("121073", "Impression")
ASSESSMENT_CATEGORY = _dcm("111005", "Assessment Category")
BREAST_COMPOSITION = _sct("129715009", "Breast composition")
MAMMOGRAPHY_REPORT = Code("24606-6", "LN", "Mammography Screening Report")
PERSON_OBSERVER_NAME = _dcm("121008", "Person Observer Name")
OBSERVER_TYPE = _dcm("121005", "Observer Type")
PERSON = _dcm("121006", "Person")
LENGTH = _sct("410668003", "Length")
ANGLE = _sct("1483009", "Angle")
AREA = _sct("42798000", "Area")
MEAN = _sct("373098007", "Mean")
STANDARD_DEVIATION = _sct("386136009", "Standard Deviation")

# Units, UCUM (PS3.16 CID 7460, 7461, 7181)
PERCENT = Code("%", "UCUM", "Percent")
ARBITRARY = Code("[arb'U]", "UCUM", "arbitrary unit")
MICROMETER = Code("um", "UCUM", "um")
MILLIMETER = Code("mm", "UCUM", "mm")
SQUARE_MILLIMETER = Code("mm2", "UCUM", "mm2")
DEGREE = Code("deg", "UCUM", "deg")
PIXELS = Code("{pixels}", "UCUM", "pixels")
NO_UNITS = Code("1", "UCUM", "no units")

SIDES: dict[Laterality, Code] = {
    Laterality.RIGHT: _sct("73056007", "Right breast"),
    Laterality.LEFT: _sct("80248007", "Left breast"),
}
"""CID 6022."""

BOTH_BREASTS = _sct("63762007", "Both breasts")

VIEWS: dict[View, Code] = {
    View.CC: _sct("399162004", "cranio-caudal"),
    View.MLO: _sct("399368009", "medio-lateral oblique"),
    View.ML: _sct("399260004", "medio-lateral"),
    View.LM: _sct("399352003", "latero-medial"),
    View.LMO: _sct("399099002", "latero-medial oblique"),
    View.XCCL: _sct("399192008", "cranio-caudal exaggerated laterally"),
    View.XCCM: _sct("399101009", "cranio-caudal exaggerated medially"),
    View.FB: _sct("399196006", "caudo-cranial (from below)"),
    View.SIO: _sct("399188001", "superolateral to inferomedial oblique"),
    View.ISO: _sct("441555000", "inferomedial to superolateral oblique"),
    View.SPECIMEN: _sct("127457009", "tissue specimen from breast"),
}
"""CID 4014."""

VIEW_MODIFIERS: dict[ViewModifier, Code] = {
    ViewModifier.SPOT: _sct("399055006", "spot compression"),
    ViewModifier.MAGNIFICATION: _sct("399163009", "magnification"),
    ViewModifier.IMPLANT_DISPLACED: _sct("399209000", "implant displaced"),
    ViewModifier.ROLLED_LATERAL: _sct("399197002", "rolled lateral"),
    ViewModifier.ROLLED_MEDIAL: _sct("399226006", "rolled medial"),
    ViewModifier.ROLLED_INFERIOR: _sct("414493004", "rolled inferior"),
    ViewModifier.ROLLED_SUPERIOR: _sct("415670009", "rolled superior"),
    ViewModifier.CLEAVAGE: _sct("399161006", "cleavage"),
    ViewModifier.AXILLARY_TAIL: _sct("399011000", "axillary tail"),
    ViewModifier.AXILLARY_TISSUE: _sct("442580003", "axillary tissue"),
    ViewModifier.TANGENTIAL: _sct("399110001", "tangential"),
    ViewModifier.NIPPLE_IN_PROFILE: _sct("442581004", "nipple in profile"),
    ViewModifier.ANTERIOR_COMPRESSION: _sct("441752004", "anterior compression"),
    ViewModifier.INFRAMAMMARY_FOLD: _sct("442593008", "infra-mammary fold"),
}
"""CID 4015."""

DENSITIES: dict[str, Code] = {
    "A": _sct("129716005", "Almost entirely fat"),
    "B": _sct("129717001", "Scattered fibroglandular densities"),
    "C": _sct("129718006", "Heterogeneously dense"),
    "D": _sct("129719003", "Extremely dense"),
}
"""CID 6000, by the letters of ACR BI-RADS."""

CATEGORIES: dict[str, tuple[Code | None, str]] = {
    "0": (_sct("397138000", "Category 0 - Need additional imaging evaluation"), "incomplete"),
    "1": (_sct("397140005", "Category 1 - Negative"), "negative"),
    "2": (_sct("397141009", "Category 2 - Benign finding"), "benign"),
    "3": (_sct("397143007", "Category 3 - Probably benign finding"), "probably benign"),
    "4": (_sct("397144001", "Category 4 - Suspicious abnormality"), "suspicious"),
    "5": (_sct("397145000", "Category 5 - Highly suggestive of malignancy"), "highly suggestive of malignancy"),
    "6": (None, "known biopsy-proven malignancy"),
}
"""ACR BI-RADS category: its SNOMED CT finding, None where there is none, and its words."""
