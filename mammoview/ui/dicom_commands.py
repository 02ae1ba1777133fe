"""Owns the rows and methods by which the study on the screen leaves the window as DICOM."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.services.words import translate
from mammoview.ui.action import Action

if TYPE_CHECKING:
    from mammoview.archive.pacs.nodes import Node
    from mammoview.core.study import Study
    from mammoview.services.dicom_export import DicomExport
    from mammoview.ui.main_window import MainWindow

DICOM_ACTIONS: tuple[Action, ...] = (
    Action("write-dicom", "Write as DICOM…", "File", ("Ctrl+Shift+D",), "write_dicom"),
    Action("deidentify", "De-identified copy…", "File", ("Ctrl+Shift+I",), "copy_deidentified"),
)

_COPY_FOLDER = "deidentified"


class DicomCommands:
    """What `DICOM_ACTIONS` call; a part of `Commands`."""

    _window: MainWindow

    @cached_property
    def exporter(self) -> DicomExport:
        """What writes and sends in the background."""
        from mammoview.services.dicom_export import DicomExport  # not at the start

        return DicomExport(self._window.runner, self._window.reading, self._window)

    def write_dicom(self) -> None:
        from mammoview.services.dicom_export import tell
        from mammoview.ui.dicom_export_dialog import DicomExportDialog

        study, window = self._study_for_dicom(), self._window
        window.side_panel.assessment.commit()
        told = tell(study, window.reading, window.bench.marks, marks_shown=window.bench.tools.sight.shown)
        nodes, trouble = self._archives()
        dialog = DicomExportDialog(window, self.exporter, told, self._usual_folder(), nodes, trouble)

        def remember() -> None:
            if dialog.node is None:
                window.settings.change(export_folder=str(dialog.place.folder()))

        dialog.begun.connect(remember)
        dialog.said.connect(window.status.say)
        dialog.open()

    def copy_deidentified(self) -> None:
        from mammoview.ui.deidentify_dialog import DeidentifyDialog

        study = self._study_for_dicom()
        DeidentifyDialog(self._window, self.exporter, study, self._usual_folder() / _COPY_FOLDER).open()

    def _usual_folder(self) -> Path:
        return Path(self._window.settings.value.export_folder or Path.home())

    def stop_dicom(self) -> None:
        """Nothing is written or sent any more: the window closes."""
        if "exporter" in self.__dict__:
            self.exporter.cancel()

    def _study_for_dicom(self) -> Study:
        study = self._window.session.study
        if study is None:
            raise UsageError(translate("Commands", "no study is open"), translate("Commands", "open one first"))
        if self.exporter.busy:
            raise UsageError(translate("Commands", "DICOM is being written already"))
        return study

    def _archives(self) -> tuple[tuple[Node, ...], str]:
        """The archives that are known, and why none is where their list cannot be read."""
        from mammoview.archive.pacs.nodes import Nodes

        try:
            return Nodes(self._window.settings.folder).all(), ""
        except MammoviewError as error:
            return (), str(error)
