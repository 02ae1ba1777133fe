"""Owns the questions before a copy of the study is made that names nobody, and the report after it. Copies nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from mammoview.core.errors import UsageError
from mammoview.core.study import Study
from mammoview.dicom.deidentify.report import cautions_of
from mammoview.services.dicom_export import DicomExport
from mammoview.services.dicom_work import Copying, Ended
from mammoview.services.words import counted, said, translate
from mammoview.ui.work_dialog import PlaceLine, WorkDialog, note, refused_lines


class DeidentifyDialog(WorkDialog):
    """For the whole of `study`, whatever is on the screen."""

    def __init__(self, parent: QWidget, exporter: DicomExport, study: Study, folder: Path) -> None:
        super().__init__(parent, exporter)
        self.setWindowTitle(self.tr("De-identified copy"))
        self.go.setText(self.tr("Make the copy"))
        self._study = study
        self.place = PlaceLine(str(folder), self.tr("Folder for the copy"))
        self.keep_ages = QCheckBox(self.tr("Keep the age (over 89 as 90), sex, size and weight"))
        self.salt = PlaceLine("", self.tr("File with the secret"), saves=True)
        self.salt.line.setPlaceholderText(self.tr("none: the pseudonyms are made once and forgotten"))
        self.accept_letters = QCheckBox(self.tr("Accept letters over the breast, and images without a breast"))
        grid = QGridLayout(self.questions)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, text in ((0, self.tr("Folder")), (1, self.tr("Secret"))):
            label = QLabel(text)
            label.setProperty("role", "dim")
            grid.addWidget(label, row, 0)
        grid.addLayout(self.place, 0, 1)
        grid.addLayout(self.salt, 1, 1)
        grid.addWidget(self.keep_ages, 2, 1)
        grid.addWidget(self.accept_letters, 3, 1)
        files = counted("%n files", len(study.images) + len(study.objects))
        words = self.tr(
            "The whole study, {files}: names, numbers and texts are removed, UIDs replaced, dates moved, and what is "
            "written beside the breast is blanked (PS3.15 Annex E). The same secret gives the same pseudonyms again: "
            "keep it, and keep it apart from the copy. Marks and assessments are not in it."
        )
        grid.addWidget(note(words.format(files=files), "dim"), 4, 0, 1, 2)
        for line in (self.place.line, self.salt.line):
            line.textChanged.connect(lambda: self.say(""))

    def begin(self) -> None:
        """As of `WorkDialog`."""
        folder, salt = self.place.folder(), self.salt.path()
        if salt is not None and folder.resolve() in salt.resolve().parents:
            cause = self.tr("the secret would lie in the copy: whoever has both can try out names")
            raise UsageError(cause, self.tr("keep it elsewhere"))
        copying = Copying(folder, self.keep_ages.isChecked(), salt, self.accept_letters.isChecked())
        self.exporter.copy(self._study, copying)

    def report(self, ended: Ended) -> Sequence[str]:
        """As of `WorkDialog`."""
        made = ended.export
        assert made is not None
        images = [written.pixels for written in made.written if written.pixels is not None]
        blanked = sum(pixels.blanked > 0 for pixels in images)
        unsaid = sum(not pixels.declared for pixels in images)
        lines = [] if made.whole else [translate("WorkDialog", "cancelled"), ""]
        lines += [
            self.tr("{files} of {all} in {place}").format(
                files=ended.files, all=counted("%n files", made.inputs), place=ended.place
            ),
            self.tr("blanked beside the breast: {} of {}").format(blanked, counted("%n images", len(images))),
        ]
        if unsaid:
            told = self.tr("did not say whether an annotation is burned in: {}")
            lines.append(told.format(counted("%n images", unsaid)))
        found = [
            f"  {written.name}: {said(caution).format(number)}"
            for written in made.written
            for caution, number in cautions_of(written)
        ]
        if found:
            lines += ["", self.tr("Look at these before you give them away:"), *found]
        lines += refused_lines(ended)
        if made.written:
            lines += ["", self.tr("What was done to each attribute stands in deidentification.json there.")]
        return lines
