"""Owns the questions before a study's objects are written as DICOM: which, and where to. Writes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from mammoview.archive.pacs.nodes import Node
from mammoview.core.errors import UsageError
from mammoview.services.dicom_export import DicomExport, why_not
from mammoview.services.dicom_work import Ended, Part, Target, Told
from mammoview.services.words import counted
from mammoview.ui.work_dialog import PlaceLine, WorkDialog, note, refused_lines


class DicomExportDialog(WorkDialog):
    """Of what there is nothing to write is grey and says why. `nodes`: the archives to which it can be sent; `trouble`:
    why they are not known."""

    def __init__(
        self,
        parent: QWidget,
        exporter: DicomExport,
        told: Told,
        folder: Path,
        nodes: Sequence[Node] = (),
        trouble: str = "",
    ) -> None:
        super().__init__(parent, exporter)
        self.setWindowTitle(self.tr("Write as DICOM"))
        self._told, self._nodes = told, tuple(nodes)
        grid = QGridLayout(self.questions)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        grid.addWidget(_dim(self.tr("Objects")), 0, 0)
        self.boxes: dict[Part, QCheckBox] = {}
        reasons = why_not(told)
        for row, (part, text) in enumerate(self._parts()):
            box = self.boxes[part] = QCheckBox(text)
            reason = reasons.get(part, "")
            box.setEnabled(not reason)
            box.setChecked(not reason)
            box.toggled.connect(self._judge)
            grid.addWidget(box, row, 1)
            grid.addWidget(_dim(reason, wrap=True), row, 2)
        row = len(self.boxes)
        self.target = QComboBox()
        self.target.addItem(self.tr("a folder"))
        self.target.addItems([self.tr("send to {}").format(node.name) for node in self._nodes])
        self.place = PlaceLine(str(folder), self.tr("Folder for DICOM objects"))
        grid.addWidget(_dim(self.tr("Where to")), row, 0)
        grid.addWidget(self.target, row, 1, 1, 2)
        grid.addLayout(self.place, row + 1, 1, 1, 2)
        words = [
            self.tr("The objects name the patient, as the images do. States and pictures are as you see the views now.")
        ]
        if told.silence:
            words.append(self.tr("What the classifier says is hidden from you: it is written nowhere, nor drawn."))
        if trouble:
            words.append(trouble)
        self.words = note("\n".join(words), "dim")
        grid.addWidget(self.words, row + 2, 0, 1, 3)
        self.target.currentIndexChanged.connect(self._judge)
        self.place.line.textChanged.connect(lambda: self.say(""))
        self._judge()

    def _parts(self) -> tuple[tuple[Part, str], ...]:
        return (
            (Part.PICTURES, self.tr("Pictures with marks")),
            (Part.STATES, self.tr("Presentation states")),
            (Part.CAD, self.tr("CAD result")),
            (Part.MAPS, self.tr("Heat maps")),
            (Part.ASSESSMENT, self.tr("Assessment")),
            (Part.MEASUREMENTS, self.tr("Measurements")),
        )

    @property
    def node(self) -> Node | None:
        """The archive that was chosen."""
        at = self.target.currentIndex()
        return self._nodes[at - 1] if at > 0 else None

    def begin(self) -> None:
        """As of `WorkDialog`."""
        parts = frozenset(part for part, box in self.boxes.items() if box.isChecked())
        if not parts:
            raise UsageError(self.tr("nothing is chosen"))
        target = Target(node=self.node) if self.node is not None else Target(folder=self.place.folder())
        self.exporter.write(self._told, parts, target)

    def report(self, ended: Ended) -> Sequence[str]:
        """As of `WorkDialog`."""
        files = counted("%n objects", ended.files)
        if self.node is not None:
            line = self.tr("{files} sent to {place}").format(files=files, place=self.node.name)
        else:
            line = self.tr("{files} written to {place}").format(files=files, place=ended.place)
        return [line, *refused_lines(ended)]

    def _judge(self) -> None:
        self.place.set_enabled(self.node is None)
        self.go.setText(self.tr("Write") if self.node is None else self.tr("Send"))
        self.go.setEnabled(any(box.isChecked() for box in self.boxes.values()))
        self.say("")


def _dim(text: str, *, wrap: bool = False) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    label.setWordWrap(wrap)
    return label
