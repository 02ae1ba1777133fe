"""Owns what readers judged as Enhanced SR, a Basic Diagnostic Imaging Report (PS3.16 TID 2000). Judges nothing.

Each assessment is a section that names its reader and its time: breast composition under Findings, BI-RADS category and
text under Impressions. The categories are SNOMED CT findings; for 6, which has none there, the words stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from highdicom.sr import EnhancedSR
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import Laterality
from mammoview.dicom.objects import codes
from mammoview.dicom.objects import write_tree as tree
from mammoview.dicom.objects.uids import Series
from mammoview.dicom.objects.write_source import Source, arguments, equal_study, finish, time_of
from mammoview.dicom.objects.write_tree import CONTAINS, MODIFIER, OBSERVER


@dataclass(frozen=True, slots=True)
class Judgement:
    """A reader's judgement of one breast, or of the case where `side` is unknown. `birads` "0".."6", `density`
    "A".."D", each empty where nothing is said; `time` is local."""

    side: Laterality
    birads: str
    density: str
    text: str
    reader: str
    time: datetime

    @classmethod
    def of(cls, record: Mapping[str, object]) -> Judgement:
        """Of an assessment of the study library as a record: laterality, birads, density, text, reader and time (ISO
        8601). Raises InputRefusedError for other values."""
        told = {name: record.get(name) for name in ("laterality", "birads", "density", "text", "reader", "time")}
        if not all(isinstance(value, str) for value in told.values()):
            raise InputRefusedError("an assessment's record does not tell what it must")
        said = {name: str(value) for name, value in told.items()}
        known = ("", *codes.CATEGORIES), ("", *codes.DENSITIES), tuple(Laterality)
        if said["birads"] not in known[0] or said["density"] not in known[1] or said["laterality"] not in known[2]:
            raise InputRefusedError("an assessment's record holds a category, density or side that is none")
        return cls(
            Laterality(said["laterality"]),
            said["birads"],
            said["density"],
            said["text"],
            said["reader"],
            time_of(said["time"]),
        )

    @property
    def where(self) -> Code:
        return codes.SIDES.get(self.side, codes.BOTH_BREASTS)


def assessment_report(
    sources: Sequence[Source], judgements: Sequence[Judgement], series: Series, number: int = 1
) -> Dataset:
    """The assessments of a study as an object: instance `number` (from 1) of the series; `sources` are its images.

    Raises InputRefusedError where the images are not of one study or nothing is said.
    """
    source = equal_study(sources)
    findings = [_section(codes.FINDING, one, _findings(one)) for one in judgements if one.density]
    impressions = [_section(codes.IMPRESSION, one, _impressions(one)) for one in judgements if one.birads or one.text]
    if not findings and not impressions:
        raise InputRefusedError("the assessments of the study say nothing")
    root = tree.container(
        "",
        codes.MAMMOGRAPHY_REPORT,
        tree.code(MODIFIER, codes.LANGUAGE, codes.ENGLISH),
        *([tree.container(CONTAINS, codes.FINDINGS, *findings)] if findings else []),
        *([tree.container(CONTAINS, codes.IMPRESSIONS, *impressions)] if impressions else []),
        template="2000",
    )
    given = arguments(series, number)
    made: Dataset = EnhancedSR([one.blank() for one in sources], root, is_complete=True, **given)
    made.CurrentRequestedProcedureEvidenceSequence = [tree.evidence(sources)]
    made.pop("PertinentOtherEvidenceSequence", None)
    return finish(made, source, series)


def _section(name: Code, one: Judgement, items: Sequence[Dataset]) -> Dataset:
    """What one reader said of one side, with the reader and the time (Observation DateTime (0040,A032))."""
    reader = [
        tree.code(OBSERVER, codes.OBSERVER_TYPE, codes.PERSON),
        tree.person(OBSERVER, codes.PERSON_OBSERVER_NAME, one.reader or "unknown"),
    ]
    for item in items:
        item.ObservationDateTime = one.time.strftime("%Y%m%d%H%M%S")
    return tree.container(CONTAINS, name, tree.code(MODIFIER, codes.LATERALITY, one.where), *reader, *items)


def _findings(one: Judgement) -> list[Dataset]:
    return [tree.code(CONTAINS, codes.BREAST_COMPOSITION, codes.DENSITIES[one.density])]


def _impressions(one: Judgement) -> list[Dataset]:
    category, words = codes.CATEGORIES.get(one.birads, (None, ""))
    items = [] if category is None else [tree.code(CONTAINS, codes.ASSESSMENT_CATEGORY, category)]
    if one.birads:
        items.append(tree.text(CONTAINS, codes.IMPRESSION, f"ACR BI-RADS category {one.birads}: {words}"))
    if one.text.strip():
        items.append(tree.text(CONTAINS, codes.IMPRESSION_DESCRIPTION, one.text))
    return items
