"""Owns which DICOM objects a study gives: pictures, presentation states, CAD report, maps, assessment, measurements.

Images are taken one after the other; each is let go when its objects are made, except those on which marks measure.
Never writes files, and never changes an original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydicom.dataset import Dataset

from mammoview.core.annotate import CornerTexts
from mammoview.core.errors import InputRefusedError, MammoviewError
from mammoview.core.geometry import Box
from mammoview.core.heat import heat_peak
from mammoview.core.image import MammoImage
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import MEASURED, Mark, MarkKind
from mammoview.core.measure import lines
from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.render import draw_view
from mammoview.core.study import ImageHeader
from mammoview.core.view_state import Presentation
from mammoview.dicom.objects.uids import Kind, Series
from mammoview.dicom.objects.write_assessment import Judgement, assessment_report
from mammoview.dicom.objects.write_cad import CadView, cad_report
from mammoview.dicom.objects.write_capture import Picture, secondary_capture
from mammoview.dicom.objects.write_map import parametric_map
from mammoview.dicom.objects.write_measurements import Measured, measurement_report
from mammoview.dicom.objects.write_presentation import Look, presentation_state
from mammoview.dicom.objects.write_source import Source
from mammoview.reading.pictures import Reading, lettering, native_drawing, operating_point

ReadFrame = Callable[[ImageHeader, int], MammoImage]
"""The pixels of one frame (from 1) of an image; raises InputRefusedError."""

Refuse = Callable[[object, MammoviewError], None]


_PLAIN = Presentation()


@dataclass(frozen=True, slots=True)
class Seen:
    """How a view is looked at: `shown` is the part in sight, in stored pixels, None for all of it; `marks`: whether
    marks are shown."""

    presentation: Presentation = _PLAIN
    shown: Box | None = None
    marks: bool = True


_AS_OPENED = Seen()


@dataclass(frozen=True, slots=True)
class MadeByReaders:
    """What the study library holds of a study: its marks in their order, who made each (by its id), and the assessments
    in force as records. `seen`: how images are looked at, by the keys of their headers; others as they are opened."""

    marks: tuple[Mark, ...] = ()
    readers: Mapping[str, str] = field(default_factory=dict)
    assessments: tuple[Mapping[str, object], ...] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)

    def numbers(self) -> dict[str, int]:
        """The number that stands beside each finding, by the mark's id."""
        findings = (mark for mark in self.marks if mark.kind is MarkKind.FINDING)
        return {mark.id: number for number, mark in enumerate(findings, 1)}


@dataclass(frozen=True, slots=True)
class Answers:
    """What the classifier says: how to ask it for an image, how its answers for the views of a study are joined, and
    the model, None where it could not be started. `moved`: an answer as it is at a site's stated prevalence, which
    those of `predict` are not yet and those of `join` are.
    """

    predict: Callable[[PreparedImage], ImagePrediction]
    join: Callable[[Sequence[ImagePrediction]], ExamPrediction]
    model: ModelLabel | None
    moved: Callable[[ImagePrediction], ImagePrediction] = lambda prediction: prediction


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One object: its kind, the image that it is of (None: the study), and the data set to write."""

    kind: Kind
    header: ImageHeader | None
    dataset: Dataset

    def file_name(self, views: Mapping[str, str]) -> str:
        """What its file is called, by what each view is (by the key of its header): "pr-RCC.dcm", "cad.dcm"."""
        return f"{self.kind}.dcm" if self.header is None else f"{self.kind}-{views[self.header.key]}.dcm"


def study_objects(
    images: Iterable[MammoImage],
    readers: MadeByReaders,
    answers: Answers | None,
    kinds: frozenset[Kind],
    read_frame: ReadFrame,
    refuse: Refuse,
) -> Iterator[Made]:
    """The objects of one study, of those `kinds` for which there is something to tell, as they are made.

    `images`: its first frames. `answers` None: the classifier is not asked. What cannot be made, as of an image without
    UIDs, is handed to `refuse` with the image's source, and the rest goes on.
    """
    work = _Study(readers, answers, kinds, datetime.now(), read_frame)
    for image in images:
        try:
            yield from work.of_image(image)
        except InputRefusedError as error:
            refuse(image.header.source, error)
    for make in (work.cad, work.assessment, work.measurements):
        try:
            yield from make()
        except InputRefusedError as error:
            refuse("study", error)


class _Study:
    def __init__(
        self,
        readers: MadeByReaders,
        answers: Answers | None,
        kinds: frozenset[Kind],
        now: datetime,
        read_frame: ReadFrame,
    ) -> None:
        self._readers, self._answers, self._kinds = readers, answers, kinds
        self._read_frame = read_frame
        self._series = {kind: Series.new(kind, now) for kind in Kind}
        self._sources: list[Source] = []
        self._views: list[CadView] = []
        self._predictions: list[ImagePrediction] = []
        self._measured: list[Measured] = []
        self._count = dict.fromkeys(Kind, 0)

    def of_image(self, image: MammoImage) -> Iterator[Made]:
        """What is made of one image: picture, presentation state, map with its overlay."""
        source = Source.read(image.header)
        self._sources.append(source)
        prepared = prepare(image)
        prediction = self._ask(source, prepared)
        reading = self._reading(image, prediction)
        drawables = self._drawables(source, image)
        seen = self._readers.seen.get(image.header.key, _AS_OPENED)
        shown = drawables if seen.marks else ()
        if Kind.CAPTURE in self._kinds:
            yield self._picture(Kind.CAPTURE, source, prepared, reading, seen.presentation, shown)
        if Kind.PRESENTATION in self._kinds:
            look = self._look(prepared, seen, reading, shown)
            series, number = self._next(Kind.PRESENTATION)
            yield Made(series.kind, image.header, presentation_state(source, prepared, look, series, number))
        heat = None if prediction is None else prediction.heat_map
        if heat is not None and Kind.MAP in self._kinds:
            series, number = self._next(Kind.MAP)
            yield Made(series.kind, image.header, parametric_map(source, heat, series, number))
            yield self._picture(Kind.OVERLAY, source, prepared, reading, seen.presentation, ())

    def cad(self) -> Iterator[Made]:
        if Kind.CAD not in self._kinds or self._answers is None or not self._views:
            return
        model = self._answers.model
        exam = self._answers.join(self._predictions)
        in_force = None if model is None else operating_point(model)
        series, number = self._next(Kind.CAD)
        yield Made(series.kind, None, cad_report(self._views, exam, model, in_force, series, number))

    def assessment(self) -> Iterator[Made]:
        if Kind.ASSESSMENT not in self._kinds or not self._readers.assessments or not self._sources:
            return
        judgements = [Judgement.of(record) for record in self._readers.assessments]
        series, number = self._next(Kind.ASSESSMENT)
        yield Made(series.kind, None, assessment_report(self._sources, judgements, series, number))

    def measurements(self) -> Iterator[Made]:
        if Kind.MEASUREMENTS not in self._kinds or not self._measured:
            return
        series, number = self._next(Kind.MEASUREMENTS)
        yield Made(series.kind, None, measurement_report(self._measured, series, number))

    def _ask(self, source: Source, prepared: PreparedImage) -> ImagePrediction | None:
        """The classifier's answer, remembered for the report; None where it is not asked."""
        if self._answers is None:
            return None
        answer = self._answers.predict(prepared)
        self._predictions.append(answer)
        prediction = self._answers.moved(answer)
        image, heat, peak = prepared.image, prediction.heat_map, None
        if heat is not None:
            peak = heat_peak(heat, image.rows, image.columns, prepared.region.mask)
        self._views.append(CadView(source, prediction, peak))
        return prediction

    def _reading(self, image: MammoImage, prediction: ImagePrediction | None) -> Reading:
        if prediction is None or self._answers is None or self._answers.model is None:
            return Reading()
        model = self._answers.model
        return Reading({image.key: prediction}, model, operating_point(model))

    def _drawables(self, source: Source, image: MammoImage) -> tuple[Drawable, ...]:
        """The marks of an image with what stands beside them; those that measure are remembered."""
        marks = [mark for mark in self._readers.marks if mark.image_key == image.header.key]
        numbers = self._readers.numbers()
        frames = {image.frame: image}
        made = []
        for mark in marks:
            if mark.frame not in frames:
                frames[mark.frame] = self._read_frame(image.header, mark.frame)
            on = frames[mark.frame]
            made.append(Drawable(mark, lines(mark, on), numbers.get(mark.id)))
            if mark.kind in MEASURED and Kind.MEASUREMENTS in self._kinds:
                self._measured.append(Measured(source, on, mark, self._readers.readers.get(mark.id, "")))
        return tuple(made)

    def _look(self, prepared: PreparedImage, seen: Seen, reading: Reading, drawables: tuple[Drawable, ...]) -> Look:
        """How a view is looked at, with the texts that are on it; without them side and view stay."""
        texts, annotated = native_drawing(prepared, seen.presentation, reading).texts, seen.presentation.annotations
        return Look(
            seen.presentation,
            seen.shown,
            drawables,
            texts if annotated else CornerTexts(texts.side_view),
            scored=annotated and reading.model is not None,
            reader=self._one_reader(prepared.header),
        )

    def _picture(
        self,
        kind: Kind,
        source: Source,
        prepared: PreparedImage,
        reading: Reading,
        presentation: Presentation,
        drawables: tuple[Drawable, ...],
    ) -> Made:
        """An annotated picture with marks, or the view under its heat map."""
        overlay = kind is Kind.OVERLAY
        look = replace(presentation, annotations=True, heat=replace(presentation.heat, visible=overlay))
        drawing = replace(native_drawing(prepared, look, reading), marks=drawables)
        described = "heat map over the view: attention, not lesion outline" if overlay else "annotated view"
        picture = Picture(draw_view(drawing, lettering()), prepared.laying.orientation, described)
        series, number = self._next(kind)
        return Made(kind, prepared.header, secondary_capture(source, prepared.image, picture, series, number))

    def _one_reader(self, header: ImageHeader) -> str:
        """Who made the marks of an image, where it was one reader alone."""
        names = {self._readers.readers.get(mark.id, "") for mark in self._readers.marks if mark.image_key == header.key}
        return names.pop() if len(names) == 1 else ""

    def _next(self, kind: Kind) -> tuple[Series, int]:
        self._count[kind] += 1
        return self._series[kind], self._count[kind]
