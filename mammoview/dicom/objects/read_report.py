"""Owns the reading of structured reports of other makers: Mammography CAD (PS3.16 TID 4000) and measurements (TID 1500
and what is like it): data set -> `Overlaid`. Never draws, and never changes what a report says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mammoview.core.errors import MammoviewError
from mammoview.core.overlaid import MAX_GRAPHICS, Graphic, Overlaid, Rendering, Unshown
from mammoview.core.study import ImageHeader, ObjectHeader, ObjectKind
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_graphics import graphics_of
from mammoview.dicom.objects.read_places import Geometry, Places, frames_of, points_of
from mammoview.dicom.objects.read_tree import ContentItem, content_tree, resolved, short

_SINGLE_IMAGE_FINDING, _COMPOSITE_FEATURE = "111059", "111015"
_RENDERING_INTENT, _OPERATING_POINT = "111056", "111071"
_CERTAINTY_OF_FINDING, _PROBABILITY_OF_CANCER = "111012", "111047"
_CENTER = "111010"
_PATIENT_ORIENTATION = ("111044", "111043")
_SPACING = ("111066", "111026")
_INTENTS = {"111150": Rendering.REQUIRED, "111151": Rendering.OPTIONAL, "111152": Rendering.NOT}
_SUMMARIES = {"111017": "findings", "111064": "detections", "111065": "analyses"}
_ANALYSES, _NOT_ATTEMPTED = "111065", "111225"
_SUCCEEDED = frozenset({"111222", "111241", "111242"})
_FAILED_PARTS = {"111025": "detection failed", "111024": "analysis failed"}
_PERFORMED = frozenset({"111022", "111004"})
_IMPRESSIONS = frozenset({"111033", "111005", "111053", "111023"})
_TRACKING = "112039"
_FINDING = ("121071", "DCM")
_MOST_LINES = 8


@dataclass(slots=True, eq=False)
class _Report:
    """One report, its images, what was found on them and what was left out."""

    root: ContentItem
    places: Places
    graphics: list[Graphic] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, region: ContentItem, lines: tuple[str, ...], **told: Any) -> int:
        """The graphics of a SCOORD item on the images where they may be drawn, with `lines` beside the first on each
        and what else is `told` of them; how many there are.
        """
        before = len(self.graphics)
        kind, points = region.elements.code("GraphicType"), points_of(region.elements.numbers("GraphicData"))
        for reference in self._images(region):
            for image in self.places.on(reference.uid("ReferencedSOPInstanceUID")):
                try:
                    made = list(graphics_of(kind, points, image.key, frames_of(reference)))
                except MammoviewError:
                    self.left_out[f"graphics of kind {kind or 'unknown'}"[:60]] += 1
                    continue
                room = MAX_GRAPHICS - len(self.graphics)
                self.graphics += [
                    replace(graphic, lines=() if number else lines, **told)
                    for number, graphic in enumerate(made[: max(0, room)])
                ]
        return len(self.graphics) - before

    def _images(self, region: ContentItem) -> Iterator[Elements]:
        """What the image items say that a region was selected from, also by reference (PS3.16 TID 4006)."""
        found = False
        for child in region.children:
            item = resolved(child, self.root)
            reference = None if item is None else item.elements.first_item("ReferencedSOPSequence")
            if item is not None and item.value_type == "IMAGE" and reference is not None:
                found = True
                yield reference
        if not found:
            self.places.say("a place names no image: not shown")


@dataclass(slots=True, eq=False)
class _Told:
    """What a report says in coded words, in its own, and what it did not do."""

    statements: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)


def read_report(header: ObjectHeader, elements: Elements, images: Sequence[ImageHeader]) -> Overlaid:
    """What a report lays over `images`, and what it says. Raises InputRefusedError where it is too large."""
    root = content_tree(elements)
    places = Places(images, geometry=_geometry(root))
    report = _Report(root, places)
    told = _Told()
    if header.kind is ObjectKind.CAD:
        _read_findings(report)
        told = _told(root)
    else:
        _read_regions(report)
    if any(item.value_type == "SCOORD3D" for item in root.walk()):
        places.say(Unshown.THREE_D)
    if elements.code("VerificationFlag") == "UNVERIFIED" and header.kind is ObjectKind.REPORT:
        told.statements.append("not verified")
    for name, count in report.left_out.items():
        places.say(f"{count} {name}: not shown")
    return Overlaid(
        header,
        tuple(report.graphics),
        statements=tuple(dict.fromkeys(told.statements)),
        remarks=tuple(dict.fromkeys(told.remarks)),
        cautions=tuple(dict.fromkeys(told.cautions)),
        not_understood=tuple(places.lines),
    )


def _geometry(root: ContentItem) -> dict[str, Geometry]:
    """What the image library (TID 4020) tells of each image: orientation and spacing, at the detector."""
    found: dict[str, Geometry] = {}
    for item in root.walk():
        reference = item.elements.first_item("ReferencedSOPSequence") if item.value_type == "IMAGE" else None
        uid = None if reference is None else reference.uid("ReferencedSOPInstanceUID")
        if uid is None:
            continue
        turned = [_word(item, code) for code in _PATIENT_ORIENTATION]
        spacing = [child.number for code in _SPACING for child in item.named(code)]
        orientation = (turned[0], turned[1]) if all(turned) else None
        known = [number for number in spacing if number]
        if orientation is not None or known:
            found[uid] = Geometry(orientation, (known[0], known[1]) if len(known) == 2 else None)
    return found


def _word(item: ContentItem, code: str) -> str:
    return next((child.text or child.code.value for child in item.named(code)), "").upper()


# --- Mammography CAD


def _read_findings(report: _Report) -> None:
    """The findings of TID 4006 and what they were selected from; PS3.4 O.2.2.1: never those not for presentation."""
    hidden = 0
    for item in report.root.walk():
        if item.value_type != "CODE" or item.referenced or not _is_finding(item):
            continue
        rendering = _rendering(item)
        if rendering is Rendering.NOT:
            hidden += sum(child.value_type == "SCOORD" for child in item.children)
            continue
        point = _operating_point(item)
        lines = _finding_lines(item)
        regions = sorted(
            (child for child in item.children if child.value_type == "SCOORD"),
            key=lambda child: child.name.is_dicom(_CENTER),
        )
        labelled = False
        for region in regions:
            shown = () if labelled else lines
            labelled = report.add(region, shown, rendering=rendering, operating_point=point) > 0 or labelled
    if hidden:
        report.places.say(f"{hidden} places are not for presentation: not shown")


def _is_finding(item: ContentItem) -> bool:
    return item.name.is_dicom(_SINGLE_IMAGE_FINDING) or item.name.is_dicom(_COMPOSITE_FEATURE)


def _rendering(item: ContentItem) -> Rendering:
    """The item's own intent, else that of the nearest item above it; what stands within something that is not for
    presentation is not either. Where nothing is told it is required.
    """
    told = [
        _INTENTS[child.code.value]
        for above in item.ancestors()
        for child in above.named(_RENDERING_INTENT)
        if child.code.value in _INTENTS
    ]
    if Rendering.NOT in told:
        return Rendering.NOT
    return told[0] if told else Rendering.REQUIRED


def _operating_point(item: ContentItem) -> int | None:
    """Its own, or of the nearest item above it; it stands under the rendering intent (PS3.4 O.2.2.1) or beside it."""
    numbers = (
        child.number
        for above in item.ancestors()
        for place in (above, *above.named(_RENDERING_INTENT))
        for child in place.named(_OPERATING_POINT)
    )
    number = next((number for number in numbers if number is not None), None)
    return None if number is None or abs(number) > 1000 else int(number)


def _finding_lines(item: ContentItem) -> tuple[str, ...]:
    lines = [item.code.meaning.lower() or "finding"]
    for code, words in ((_CERTAINTY_OF_FINDING, "certainty"), (_PROBABILITY_OF_CANCER, "probability of cancer")):
        for child in item.named(code):
            if child.number is not None:
                lines.append(f"{words} {child.number:.3g} {child.unit}".strip())
    return tuple(lines)


def _told(root: ContentItem) -> _Told:
    """What a CAD report says in words, and what it says it did not do."""
    told = _Told()
    for item in root.walk():
        if item.name.scheme != "DCM":
            continue
        name, meaning = item.name.value, item.code.meaning
        if name in _SUMMARIES and item.value_type == "CODE":
            line = f"{_SUMMARIES[name]}: {meaning.lower() or 'not told'}"
            usual = name == _ANALYSES and item.code.value == _NOT_ATTEMPTED  # most CAD detects and does not analyse
            (told.statements if usual or item.code.value in _SUCCEEDED else told.cautions).append(line)
        elif name in _FAILED_PARTS:
            parts = [child.code.meaning.lower() for child in item.children if child.name.value in _PERFORMED]
            told.cautions += [f"{_FAILED_PARTS[name]}: {part}" for part in parts if part]
        elif name in _IMPRESSIONS and _rendering(item) is not Rendering.NOT:
            if meaning:
                told.statements.append(f"{item.name.meaning.lower()}: {meaning}")
            if item.text:
                told.remarks.append(f"{item.name.meaning.lower()}: {item.text}")
    return told


# --- measurements


def _read_regions(report: _Report) -> None:
    """Every region of the document with what its group, or the number that it belongs to, says."""
    for item in report.root.walk():
        if item.value_type != "SCOORD" or item.referenced or item.parent is None:
            continue
        lines, free = _measured(item.parent)
        report.add(item, lines, free_text=free)


def _measured(holder: ContentItem) -> tuple[tuple[str, ...], bool]:
    """What stands beside a region: finding, label, numbers; and whether any of it is somebody's own words."""
    lines: list[str] = []
    free = False
    items = [holder, *holder.children] if holder.value_type == "NUM" else holder.children
    for item in items:
        if item.value_type == "NUM" and item.number is not None:
            lines.append(f"{item.name.meaning.lower()} {item.number:.6g} {item.unit}".strip())
        elif item.value_type == "CODE" and (item.name.value, item.name.scheme) == _FINDING:
            lines.insert(0, item.code.meaning.lower())
        elif item.value_type == "TEXT" and item.name.is_dicom(_TRACKING) and item.text:
            free = True
            lines.append(short(item.text))
    return tuple(line for line in lines if line)[:_MOST_LINES], free
