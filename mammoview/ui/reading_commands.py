"""Owns what the commands do of the worklist, the assessment and when the classifier may speak."""

from __future__ import annotations

from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.archive.audit import AuditEvent
from mammoview.core.errors import UsageError
from mammoview.core.study import Laterality, Study
from mammoview.services.auditing import note
from mammoview.services.export import free_path
from mammoview.services.words import translate
from mammoview.ui import dialogs

if TYPE_CHECKING:
    from mammoview.services.jobs import Ticket
    from mammoview.ui.library_panel import LibraryPanel
    from mammoview.ui.main_window import MainWindow


class ReadingCommands:
    """What `READING_ACTIONS` call; a part of `Commands`. A category that is given twice is taken back."""

    _window: MainWindow

    def toggle_library(self) -> None:
        if self._window.library.stands:
            self._window.library.put_away()
        else:
            self._window.library.show_list()

    has_library = property(lambda self: self._window.library.stands)

    def find_study(self) -> None:
        self._window.library.show_list()
        self._window.library.focus_search()

    def sort_library(self) -> None:
        self._shown_library().sort_in_turn()

    def filter_library(self) -> None:
        self._shown_library().filter_in_turn()

    def _shown_library(self) -> LibraryPanel:
        if not self._window.library.stands:
            self._window.library.show_list()
        return self._window.library

    def show_folders(self) -> None:
        from mammoview.ui.folders_dialog import FoldersDialog  # not at the start

        self._needs_library()
        FoldersDialog(self._window, self._window.indexing).open()

    def look_again(self) -> None:
        self._needs_library()
        self._window.status.say(translate("Commands", "looking for new studies"))
        self._window.indexing.look_again()

    def _needs_library(self) -> None:
        if self._window.reading.library is None:
            raise UsageError(
                translate("LibraryPanel", "there is no study library"),
                translate("LibraryPanel", "look at the status line at the start"),
            )

    def finish(self) -> None:
        self._window.finishing.press()

    def reopen(self) -> None:
        self._window.reading.reopen()

    def reveal(self) -> None:
        self._window.reading.reveal()

    def next_mode(self) -> None:
        self._window.reading.next_mode()

    def toggle_score_ahead(self) -> None:
        self._window.ahead.set_on(not self._window.ahead.on)

    is_scored_ahead = property(lambda self: self._window.ahead.on)

    def state_prevalence(self) -> None:
        from mammoview.ui.prevalence_dialog import PrevalenceDialog

        window, predictions = self._window, self._window.session.predictions
        dialog = PrevalenceDialog(window, predictions.state.model, predictions.prevalence)

        def state() -> None:
            predictions.set_prevalence(dialog.prevalence)
            window.settings.change(prevalence=dialog.prevalence)

        dialog.accepted.connect(state)
        dialog.open()

    def next_operating_point(self) -> None:
        """Compare the scores with the next operating point of the model, which is remembered."""
        window, predictions = self._window, self._window.session.predictions
        model = predictions.model
        if model is None or len(model.operating_points) < 2:
            raise UsageError(translate("Commands", "there is no other operating point"))
        names = list(model.operating_points)
        name = names[(names.index(model.point_in_force) + 1) % len(names)]
        predictions.choose_point(name)
        window.settings.change(operating_point=name)
        window.status.say(window.side_panel.point_words)

    def edit_text(self) -> None:
        self._needs_study()
        self._window.fold_side_panel(False)
        self._window.side_panel.assessment.focus_text()

    def _this_breast(self, *, birads: str = "", density: str = "") -> None:
        self._needs_study()
        session = self._window.session
        header = session.panes[session.active].header if session.panes else None
        if header is None or header.laterality is Laterality.UNKNOWN:
            raise UsageError(
                translate("Commands", "the side of this view is not known"),
                translate("Commands", "choose a view whose side is"),
            )
        self._window.reading.assess((str(header.laterality),), birads=birads, density=density)

    def _both_breasts(self, *, birads: str) -> None:
        self._needs_study()
        self._window.reading.assess(("R", "L"), birads=birads)

    def _needs_study(self) -> None:
        if self._window.session.study is None:
            raise UsageError(translate("Commands", "no study is open"), translate("Commands", "open one first"))

    birads_0 = partialmethod(_this_breast, birads="0")
    birads_1 = partialmethod(_this_breast, birads="1")
    birads_2 = partialmethod(_this_breast, birads="2")
    birads_3 = partialmethod(_this_breast, birads="3")
    birads_4 = partialmethod(_this_breast, birads="4")
    birads_5 = partialmethod(_this_breast, birads="5")
    birads_6 = partialmethod(_this_breast, birads="6")
    both_birads_0 = partialmethod(_both_breasts, birads="0")
    both_birads_1 = partialmethod(_both_breasts, birads="1")
    both_birads_2 = partialmethod(_both_breasts, birads="2")
    both_birads_3 = partialmethod(_both_breasts, birads="3")
    both_birads_4 = partialmethod(_both_breasts, birads="4")
    both_birads_5 = partialmethod(_both_breasts, birads="5")
    both_birads_6 = partialmethod(_both_breasts, birads="6")
    density_a = partialmethod(_this_breast, density="A")
    density_b = partialmethod(_this_breast, density="B")
    density_c = partialmethod(_this_breast, density="C")
    density_d = partialmethod(_this_breast, density="D")

    def note_export(self, study: Study | None, form: str, *, identified: bool) -> None:
        """That something of a study left the window stands in the audit trail."""
        if study is not None:
            note(self._window.reading, AuditEvent.EXPORTED, study, form=form, identified=identified)

    def export_assessment(self) -> None:
        from mammoview.ui.assessment_report import ReportDialog  # not at the start

        self._needs_study()
        window = self._window
        window.side_panel.assessment.commit()
        folder = Path(window.settings.value.export_folder or Path.home())
        dialog = ReportDialog(
            window,
            free_path(folder / "assessment.json"),
            confirm_identity=lambda: dialogs.confirm_identity(window),
            confirm_replace=lambda path: dialogs.confirm_replace(window, path),
        )
        dialog.accepted.connect(lambda: self.write_assessment(dialog.path, identified=dialog.identified.isChecked()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write_assessment(self, path: Path, *, identified: bool) -> None:
        """Write the assessment as JSON to `path` and as PDF beside it, in the background."""
        from mammoview.ui.assessment_report import make_report  # not at the start

        window = self._window
        written = translate("Commands", "written to {} and {}")
        report = make_report(window.session, window.reading, window.bench.marks, identified=identified)
        window.settings.change(export_folder=str(path.parent))
        window.status.keep(translate("Commands", "writing {}").format(path))

        def write(record: object) -> None:
            def work(ticket: Ticket) -> Path:
                return report.write(path, record if isinstance(record, dict) else None)

            def told(pdf: Path) -> None:
                self.note_export(study, "assessment", identified=identified)
                window.status.say(written.format(path, pdf.name) + report.caution)

            window.runner.submit(
                work,
                done=told,
                failed=lambda error: window.status.keep(str(error)),
            )

        study, key = window.session.study, report.library_key
        window.reading.read(lambda library: library.export_reading(key) if key else None, write)
