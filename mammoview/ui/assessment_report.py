"""Owns the report of a reading: what stands in it, its PDF and its JSON, and the question where to. Identity is on it
only where it was asked for; the classifier's scores only where the reader has seen them.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QMarginsF, QUrl
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mammoview import __version__
from mammoview.archive.atomic import write_text
from mammoview.archive.library_reading import EXPORT_SCHEMA, ReadingState
from mammoview.core.errors import MammoviewError
from mammoview.core.findings import Associated, FindingKind
from mammoview.core.hanging import Slot
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Mark, MarkKind, visible
from mammoview.core.measure import lines as lines_beside
from mammoview.core.prepared import PreparedImage
from mammoview.core.prevalence import percent
from mammoview.core.study import Study
from mammoview.core.view_state import Presentation
from mammoview.dicom.identity import display_name, export_names
from mammoview.reading.pictures import Reading, hang_picture
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS, score_words
from mammoview.services.marks import MarkBook, frames_shown
from mammoview.services.reading_room import Judgement, ReadingRoom
from mammoview.services.session import Session
from mammoview.services.words import not_for_diagnosis, said, translate

_PICTURE_ROWS_PX, _PICTURE_COLUMNS_PX = 1600, 1360
_WIDEST_PX, _NARROWEST_PX = 560, 320
_TEXT_MM, _SLACK_MM = (160.0, 247.0), 10.0
"""What Qt leaves of A4 between margins of 15 mm and its own."""
_LETTERS_PT = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All that one report is made of; nothing of it changes with the window any more. `silence`: why it tells no
    scores, empty where it does. `drawn`: the marks on the pictures, by the keys of the images. `library_key` is None
    where no library holds the study, or not all that was made of it; then `judgements` and `marks`, as they stand on
    the screen, are what is told."""

    study: Study
    library_key: str | None
    state: str
    reader: str
    judgements: Mapping[str, Judgement]
    marks: tuple[Mark, ...]
    drawn: Mapping[str, tuple[Drawable, ...]]
    hung: Mapping[Slot, PreparedImage]
    reading: Reading
    silence: str
    identified: bool
    made: str

    @property
    def caution(self) -> str:
        """Which pictures may name the woman by letters among their pixels; empty where no file says so."""
        views = [image.header.side_view for image in self.hung.values() if image.header.burned_in_annotation]
        named = translate("Report", ", patient identity may be burned into the pixels: {views}")
        return named.format(views=", ".join(views)) if views else ""

    def write(self, path: Path, record: dict[str, Any] | None) -> Path:
        """Write JSON to `path` and a PDF beside it; `record` is what the library tells of the reading. The PDF's path.

        Both tell the same: where there is a record, that. Raises MammoviewError where they cannot be written.
        """
        pdf = path.with_suffix(".pdf")
        report = self if record is None else self._as_kept(record)
        _write_bytes(pdf, report.pdf())
        write_text(path, json.dumps(self.record(record), indent=1), private=self.identified)
        return pdf

    def _as_kept(self, record: Mapping[str, Any]) -> Report:
        standing = (one for one in record["assessments"] if one["in_force"])
        judgements = {
            one["laterality"]: Judgement(one["birads"], one["density"], one["text"], one["reader"]) for one in standing
        }
        return replace(self, state=record["state"], reader=record["reader"] or self.reader, judgements=judgements)

    def record(self, kept: dict[str, Any] | None) -> dict[str, Any]:
        """The JSON object, schema "mammoview.assessment/1"; keys that are file names only where she may be named."""
        record = kept or {
            "schema": EXPORT_SCHEMA,
            "study_key": self.study.key,
            "study_instance_uid": self.study.study_instance_uid,
            "state": self.state,
            "reader": self.reader,
            "kept": False,
            "assessments": [
                {"laterality": side, **asdict(one), "in_force": True} for side, one in sorted(self.judgements.items())
            ],
            "marks": [
                {"image_key": one.image_key, "mark_id": one.id, "body": one.to_record(), "in_force": True}
                for one in self.marks
            ],
        }
        record = {**record, "program": f"mammoview {__version__}", "exported": self.made, "note": NOT_FOR_DIAGNOSIS}
        if self.identified:
            return {**record, "patient": asdict(self.study.patient), "study_date": self.study.study_date}
        names = dict(zip((image.key for image in self.study.images), export_names(self.study), strict=True))
        unnamed = {image.key: names[image.key] for image in self.study.images if image.sop_instance_uid is None}
        if self.study.study_instance_uid is None:
            record["study_key"] = ""
        marks = record.get("marks", [])
        record["marks"] = [{**one, "image_key": unnamed.get(one["image_key"], one["image_key"])} for one in marks]
        return record

    def pdf(self) -> bytes:
        """The report on A4, as a PDF file's bytes."""
        kept = QByteArray()
        buffer = QBuffer(kept)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setTitle(translate("Report", "mammoview assessment"))
        writer.setCreator(f"mammoview {__version__}")
        writer.setPageLayout(
            QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(15, 15, 15, 15))
        )
        document = _document(self._html(self._picture_px()))
        if self.hung:
            document.addResource(int(QTextDocument.ResourceType.ImageResource.value), QUrl("views"), self._picture())
        document.print_(writer)
        buffer.close()
        return bytes(kept.data())

    def _picture(self) -> QImage:
        rgb = hang_picture(
            self.hung,
            Presentation(),
            self.reading,
            rows_px=_PICTURE_ROWS_PX,
            columns_px=_PICTURE_COLUMNS_PX,
            marks=self.drawn,
        )
        rows, columns = rgb.shape[:2]
        return QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()

    def _picture_px(self) -> int:
        """How wide the picture is to stand under the text on one page; as wide as it may be where there is no room."""
        text = _document(self._html(0))
        dots_per_mm = QImage(1, 1, QImage.Format.Format_RGB32).logicalDpiY() / 25.4
        text.setTextWidth(_TEXT_MM[0] * dots_per_mm)
        room = (_TEXT_MM[1] - _SLACK_MM) * dots_per_mm - text.size().height()
        width = min(round(room * _PICTURE_COLUMNS_PX / _PICTURE_ROWS_PX), _WIDEST_PX)
        return width if width >= _NARROWEST_PX else _WIDEST_PX

    def _html(self, picture_px: int) -> str:
        title = translate("Report", "Assessment")
        lines = [
            f"<body style='color: #000000'><h2>{title}, {not_for_diagnosis()}</h2>",
            f"<p>{'<br>'.join(map(html.escape, self._who()))}</p>",
        ]
        density = translate("Report", "density {}")
        cells = "".join(
            f"<tr><td>{name}&nbsp;&nbsp;</td><td>BI-RADS {one.birads or '_'}&nbsp;&nbsp;</td>"
            f"<td>{density.format(one.density or '_')}</td></tr>"
            for name, one in ((name, self.judgements.get(side, Judgement())) for side, name in _sides())
        )
        lines.append(f"<table cellpadding='3'>{cells}</table>")
        text = self.judgements.get("", Judgement()).text
        if text:
            lines.append(f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>")
        if marks := self._marks():
            lines.append(f"<p>{'<br>'.join(map(html.escape, marks))}</p>")
        lines.append(f"<p>{'<br>'.join(map(html.escape, self._scores()))}</p>")
        if self.hung and picture_px:
            height = round(picture_px * _PICTURE_ROWS_PX / _PICTURE_COLUMNS_PX)
            lines.append(f"<p><img src='views' width='{picture_px}' height='{height}'></p>")
        if unseen := self._without_picture():
            lines.append(f"<p>{html.escape(unseen)}</p>")
        return "".join(lines)

    def _who(self) -> list[str]:
        lines = []
        if self.identified:
            patient = self.study.patient
            told = (display_name(patient.name), patient.patient_id, patient.birth_date)
            lines += [
                translate("Report", "Patient: {}").format(", ".join(filter(None, told))),
                translate("Report", "Study date: {}").format(self.study.study_date),
            ]
        return [
            *lines,
            translate("Report", "Reader: {}").format(self.reader),
            translate("Report", "State: {}").format(said(ReadingState(self.state))),
            translate("Report", "Written: {}").format(self.made),
        ]

    def _marks(self) -> list[str]:
        """Each finding under the number that it has on the pictures, and what other marks say or measure."""
        names = dict(zip((image.key for image in self.study.images), export_names(self.study), strict=True))
        measured = {item.mark.id: item.lines for drawn in self.drawn.values() for item in drawn}
        numbers = _numbers(self.marks)
        told = []
        for mark in self.marks:
            said_of = (_finding_words(mark), mark.text, *measured.get(mark.id, ()))
            words = ", ".join(filter(None, said_of))
            if words and mark.kind is not MarkKind.NIPPLE:
                number = f"{numbers[mark.id]}  " if mark.id in numbers else ""
                told.append(f"{number}{names.get(mark.image_key, '')}: {words}")
        return told

    def _without_picture(self) -> str:
        """Which images of the study stand on no picture; empty where all do."""
        shown = {image.header.key for image in self.hung.values()}
        named = zip(self.study.images, export_names(self.study), strict=True)
        names = [name for image, name in named if image.key not in shown]
        return translate("Report", "Without picture here: {}").format(", ".join(names)) if names else ""

    def _scores(self) -> list[str]:
        model = self.reading.model
        if self.silence or model is None:
            return [translate("Report", "Classifier: {}").format(self.silence or translate("Report", "not run"))]
        told = (model.title, model.suspicious, not_for_diagnosis())
        lines = [translate("Report", "Classifier {}, {}, {}:").format(*told)]
        if model.prevalence is not None and model.calibrated_at is not None:
            moved = translate(
                "Report", "Scores are for a prevalence of {site}; the model is calibrated at {calibrated}."
            )
            lines.append(moved.format(site=percent(model.prevalence), calibrated=percent(model.calibrated_at)))
        for image, name in zip(self.study.images, export_names(self.study), strict=True):
            answer = self.reading.predictions.get(image.key)
            lines.append(f"{name}: {score_words(answer, self.reading.operating_point)}")
        return lines


def _document(text: str) -> QTextDocument:
    """A text of the report, from HTML."""
    document = QTextDocument()
    font = document.defaultFont()
    font.setPointSizeF(_LETTERS_PT)
    font.setFeature(QFont.Tag("calt"), 0)  # signs that change with their neighbours are lost to search and copy
    document.setDefaultFont(font)
    document.setHtml(text)
    return document


def _sides() -> tuple[tuple[str, str], ...]:
    return ("R", translate("Report", "Right breast")), ("L", translate("Report", "Left breast"))


def _numbers(marks: Sequence[Mark]) -> dict[str, int]:
    """The numbers of findings, as they stand on the screen."""
    return {mark.id: at for at, mark in enumerate((one for one in marks if one.kind is MarkKind.FINDING), start=1)}


def _finding_words(mark: Mark) -> str:
    """The terms of a finding in the window's language; empty for other marks."""
    finding = mark.finding
    if finding is None:
        return translate("Report", "finding, not described") if mark.kind is MarkKind.FINDING else ""
    features = tuple(feature for feature in Associated if feature in finding.associated)
    if finding.kind is FindingKind.ASSOCIATED:
        return ", ".join(map(said, features))
    terms = (
        *(finding.asymmetry or finding.kind, finding.shape, finding.margin, finding.density),
        *(finding.morphology, finding.distribution, *features),
    )
    return ", ".join(said(term) for term in terms if term is not None)


def _drawn_on(prepared: PreparedImage, marks: Sequence[Mark]) -> tuple[Drawable, ...]:
    """The marks of an image as they are drawn, none of them selected."""
    image, numbers = prepared.image, _numbers(marks)
    own = visible(marks, prepared.header.key, frames_shown(image))
    return tuple(Drawable(mark, lines_beside(mark, image), numbers.get(mark.id)) for mark in own)


def make_report(session: Session, room: ReadingRoom, marks: MarkBook, *, identified: bool) -> Report:
    """The report of the study on the screen. Raises MammoviewError where there is none."""
    study = session.study
    if study is None:
        raise MammoviewError(translate("Report", "no study is open"), translate("Report", "open one first"))
    found = {slot: session.find(header.key) for slot, header in session.hanging.slots.items()}
    hung = {slot: image for slot, image in found.items() if image is not None}
    drawn = marks.of_study(study.images[0].key)
    overlay = session.overlay()
    return Report(
        study=study,
        library_key=None if room.pending() else room.library_key(study.key),
        state=str(room.current.state),
        reader=room.current.reader or room.reader,
        judgements=dict(room.current.judgements),
        marks=drawn,
        drawn={image.header.key: _drawn_on(image, drawn) for image in hung.values()},
        hung=hung,
        reading=Reading(overlay.predictions, overlay.model, overlay.operating_point, identified, overlay.heat_below),
        silence=room.silence,
        identified=identified,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


class ReportDialog(QDialog):
    """Where the report goes, and whether it names the patient, which `confirm_identity` asks for once more."""

    def __init__(
        self,
        parent: QWidget,
        suggested: Path,
        *,
        confirm_identity: Callable[[], bool],
        confirm_replace: Callable[[Path], bool],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export assessment"))
        self._confirm_identity, self._confirm_replace = confirm_identity, confirm_replace
        self.name = QLineEdit(str(suggested))
        self.name.setMinimumWidth(360)
        choose = QPushButton(self.tr("Choose"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._browse)
        self.identified = QCheckBox(self.tr("With patient identity"))
        self.identified.toggled.connect(self._ask)
        note = QLabel(self.tr("JSON with every version, and a PDF with the views beside it. Both name the reader."))
        note.setProperty("role", "dim")
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        place = QHBoxLayout()
        place.addWidget(self.name, 1)
        place.addWidget(choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        column.addLayout(place)
        column.addWidget(self.identified)
        column.addWidget(note)
        column.addWidget(buttons)

    @property
    def path(self) -> Path:
        """Where the JSON goes."""
        return Path(self.name.text().strip()).with_suffix(".json")

    def accept(self) -> None:
        """Closes the dialog, unless the reader does not want an older file replaced."""
        if not self.name.text().strip():
            return
        there = [path for path in (self.path, self.path.with_suffix(".pdf")) if path.exists()]
        if not there or self._confirm_replace(there[0]):
            super().accept()

    def _ask(self, on: bool) -> None:
        if on and not self._confirm_identity():
            self.identified.setChecked(False)

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Export assessment"), self.name.text(), "JSON (*.json)")
        if name:
            self.name.setText(name)


def _write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all, readable by the user alone."""
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        part.replace(path)
    except OSError as error:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
        cause = translate("Report", "{path}: cannot be written: {reason}").format(path=path, reason=error.strerror)
        raise MammoviewError(cause, translate("Report", "name another place")) from error
