"""Owns which kinds of DICOM objects can be made safe, and what must be so in those without pixels. Changes nothing."""

from __future__ import annotations

from enum import Enum

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.uid import UID

from mammoview.core.errors import InputRefusedError

_STORAGE = "1.2.840.10008.5.1.4.1.1"
_VALUE_TYPES = frozenset(
    {
        "CONTAINER",
        "TEXT",
        "CODE",
        "NUM",
        "PNAME",
        "DATE",
        "TIME",
        "DATETIME",
        "UIDREF",
        "IMAGE",
        "COMPOSITE",
        "SCOORD",
        "SCOORD3D",
        "TCOORD",
        "WAVEFORM",
        "",
    }
)
_DEEPEST = 32


class Kind(Enum):
    """What a file is, as far as de-identification must know."""

    IMAGE = "image"
    REPORT = "structured report"
    STATE = "presentation state"
    SEGMENTATION = "segmentation"
    MAP = "parametric map"


_KINDS = {
    **{f"{_STORAGE}.{tail}": Kind.IMAGE for tail in ("1", "1.1", "1.1.1", "1.2", "1.2.1", "7", "7.2", "7.3")},
    **{f"{_STORAGE}.13.1.{tail}": Kind.IMAGE for tail in (3, 4, 5)},
    **{f"{_STORAGE}.88.{tail}": Kind.REPORT for tail in (11, 22, 33, 34, 50, 59, 67)},
    f"{_STORAGE}.11.1": Kind.STATE,
    **{f"{_STORAGE}.{tail}": Kind.SEGMENTATION for tail in ("66.4", "66.7")},
    f"{_STORAGE}.30": Kind.MAP,
}
"""CR, digital radiographs and mammograms, grey secondary capture, breast tomosynthesis and its projections; reports of
text, mammography CAD, key objects and dose; the greyscale softcopy presentation state; segmentations, also as label
maps; parametric maps."""


def kind_of(sop_class: str | None) -> Kind:
    """The kind of an object; raises InputRefusedError for one that is not understood."""
    kind = _KINDS.get(str(sop_class))
    if kind is None:
        raise InputRefusedError(_what(sop_class), "leave it out, or ask its maker for a version without identity")
    return kind


def _what(sop_class: str | None) -> str:
    uid = UID(sop_class or "", validation_mode=config.IGNORE)
    return f"is of a kind that cannot be made safe: {uid.name if uid.name != str(uid) else 'unknown'}"


def check_report(dataset: Dataset, depth: int = 0) -> None:
    """Raises InputRefusedError where a content tree (PS3.3 C.17.3) holds an item of a value type that is not known."""
    if depth > _DEEPEST:
        raise InputRefusedError("holds content within content without end")
    if str(dataset.get("ValueType") or "") not in _VALUE_TYPES:
        raise InputRefusedError("holds content of a kind that is not understood")
    for item in dataset.get("ContentSequence") or ():
        check_report(item, depth + 1)
