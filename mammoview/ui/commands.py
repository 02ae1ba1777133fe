"""Owns what each row of `actions` does: one short method per command, which forwards to the session or the window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.core.heat import COLOR_MAPS
from mammoview.core.study import Study
from mammoview.services.export import ExportJob, Part, Picture, free_path, make_picture, suggested_name
from mammoview.services.image_cache import checked_limit
from mammoview.services.navigator import ZOOM_STEP
from mammoview.services.panes import Layout
from mammoview.services.tomosynthesis import Tomosynthesis
from mammoview.services.words import translate
from mammoview.services.worklist import Worklist
from mammoview.ui import dialogs
from mammoview.ui.actions import action
from mammoview.ui.archive_commands import ArchiveCommands
from mammoview.ui.dicom_commands import DicomCommands
from mammoview.ui.export_dialog import FORMATS, ExportDialog
from mammoview.ui.keypad_commands import KeypadCommands
from mammoview.ui.overlaid_commands import OverlaidCommands
from mammoview.ui.reading_commands import ReadingCommands
from mammoview.ui.step_commands import StepCommands
from mammoview.ui.tool_commands import ToolCommands

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

_CYCLE = (Layout.FOUR, Layout.CC, Layout.MLO, Layout.SINGLE)
_STEP = 0.1


class Commands(
    StepCommands, ToolCommands, ReadingCommands, KeypadCommands, OverlaidCommands, DicomCommands, ArchiveCommands
):
    """The methods named by `Action.call`, and the properties named by `Action.state`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._navigator = window.navigator
        self._look = window.session.look
        self._identity_confirmed = False

    # --- File

    def open_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, translate("Commands", "Open files"))
        self.open_paths([Path(name) for name in names])

    def open_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, translate("Commands", "Open a folder"))
        self.open_paths([Path(name)] if name else [])

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open files, folders, archives or DICOMDIRs."""
        if paths:
            self._window.opening.open(paths)

    def open_demo(self) -> None:
        self._window.open_demo()

    def cancel(self) -> None:
        if self._window.isFullScreen():
            self.toggle_full_screen()
        elif self._window.opening.cancel() | self._session.cancel_loading():
            self._window.status.say(translate("Commands", "cancelled"))

    def export_view(self) -> None:
        self._export(Part.VIEW)

    def export_hang(self) -> None:
        self._export(Part.HANG)

    def copy_view(self) -> None:
        self._copy(Part.VIEW)

    def copy_hang(self) -> None:
        self._copy(Part.HANG)

    def show_refused(self) -> None:
        dialogs.refused_dialog(self._window, self._window.status.refused_lines).open()

    def set_memory_limit(self) -> None:
        store, settings = self._session.store, self._window.settings
        dialog = dialogs.memory_dialog(self._window, settings.value.memory_limit_mib, store.nbytes, self.limit_memory)
        dialog.open()

    def limit_memory(self, mib: int) -> None:
        """What the images may take, in MiB, from now on; 0 for the default."""
        self._session.store.limit_bytes = checked_limit(mib)
        self._window.settings.change(memory_limit_mib=mib)

    def close_studies(self) -> None:
        self._session.show_worklist(Worklist())

    def quit(self) -> None:
        self._window.close()

    def _export(self, part: Part) -> None:
        native = make_picture(self._session, part, native=True, identified=False)  # refuses before any question
        title = action("export-view" if part is Part.VIEW else "export-hang").name
        folder = Path(self._window.settings.value.export_folder or Path.home())
        suggested = free_path(folder / suggested_name(self._session, part, FORMATS[0][1]))
        dialog = ExportDialog(
            self._window,
            title,
            suggested,
            size_note=native.size_note,
            caution=native.identity_note,
            confirm_identity=self._confirm_identity,
            confirm_replace=partial(dialogs.confirm_replace, self._window),
        )
        dialog.accepted.connect(lambda: self.export_to(part, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, part: Part, dialog: ExportDialog) -> None:
        """Draw and write in the background what the dialog says."""
        choice = dialog.choice()
        study = self._session.study
        picture = make_picture(self._session, part, native=choice.native, identified=choice.identified)
        self._window.settings.change(export_folder=str(choice.path.parent))
        self._window.status.keep(translate("Commands", "writing {}").format(choice.path))
        self._window.runner.submit(
            ExportJob(picture, choice.path),
            done=partial(self._written, study, picture, choice.identified),
            failed=self._failed,
        )

    def _written(self, study: Study | None, picture: Picture, identified: bool, path: Path) -> None:
        self.note_export(study, "picture", identified=identified)
        self._say(translate("Commands", "written to {}").format(path), picture.size_note, picture.identity_note)

    def _copy(self, part: Part) -> None:
        picture = make_picture(self._session, part, native=False, identified=False)
        copied = partial(self._copied, self._session.study, picture)
        self._window.runner.submit(lambda ticket: picture.draw(), done=copied, failed=self._failed, channel="copy")

    def _copied(self, study: Study | None, picture: Picture, rgb: NDArray[np.uint8]) -> None:
        rows, columns = rgb.shape[:2]
        image = QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
        QGuiApplication.clipboard().setImage(image)
        self.note_export(study, "clipboard", identified=False)
        said = translate("Commands", "copied, {} × {} pixels").format(columns, rows)
        self._say(said, picture.identity_note or translate("Commands", "without patient identity"))

    def _say(self, *notes: str) -> None:
        self._window.status.say(", ".join(note for note in notes if note))

    def _confirm_identity(self) -> bool:
        self._identity_confirmed = self._identity_confirmed or dialogs.confirm_identity(self._window)
        return self._identity_confirmed

    def _failed(self, error: MammoviewError) -> None:
        self._window.status.keep(str(error))

    # --- Study

    def next_study(self) -> None:
        if not self._session.step_study(1):
            self._window.status.say(translate("Commands", "this is the last study"))

    def previous_study(self) -> None:
        if not self._session.step_study(-1):
            self._window.status.say(translate("Commands", "this is the first study"))

    def prior(self) -> None:
        if not self._session.show_prior():
            self._window.status.say(translate("Commands", "there is no other study of this patient"))

    def next_pane(self) -> None:
        self._session.step_active(1)

    def previous_pane(self) -> None:
        self._session.step_active(-1)

    # --- View

    def four_views(self) -> None:
        self._session.set_layout(Layout.FOUR)

    def cc_pair(self) -> None:
        self._session.set_layout(Layout.CC)

    def mlo_pair(self) -> None:
        self._session.set_layout(Layout.MLO)

    def single(self) -> None:
        self._session.show_alone(self._session.active)

    def cycle_layout(self) -> None:
        following = _CYCLE[(_CYCLE.index(self._session.layout) + 1) % len(_CYCLE)]
        self._session.set_layout(following)

    is_four = property(lambda self: self._session.layout is Layout.FOUR)
    is_cc = property(lambda self: self._session.layout is Layout.CC)
    is_mlo = property(lambda self: self._session.layout is Layout.MLO)
    is_single = property(lambda self: self._session.layout is Layout.SINGLE)

    def zoom_in(self) -> None:
        self._navigator.zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        self._navigator.zoom(1 / ZOOM_STEP)

    def native(self) -> None:
        self._navigator.native()

    def fit(self) -> None:
        self._navigator.fit()

    def pan_up(self) -> None:
        self._navigator.pan_by_key(-1, 0)

    def pan_down(self) -> None:
        self._navigator.pan_by_key(1, 0)

    def pan_left(self) -> None:
        self._navigator.pan_by_key(0, -1)

    def pan_right(self) -> None:
        self._navigator.pan_by_key(0, 1)

    def toggle_linked(self) -> None:
        self._session.set_linked(not self._session.linked)

    def toggle_texts(self) -> None:
        self._look.set_annotations(not self._look.annotations)

    def toggle_all_texts(self) -> None:
        self._look.set_all_texts(not self.has_all_texts)

    def toggle_overlays(self) -> None:
        self._look.set_overlays(not self._look.overlays)

    def toggle_study_panel(self) -> None:
        self._window.fold_study_panel(self.has_study_panel)

    def toggle_side_panel(self) -> None:
        self._window.fold_side_panel(self.has_side_panel)

    def toggle_full_screen(self) -> None:
        self._window.set_full_screen(not self._window.isFullScreen())

    def toggle_second_monitor(self) -> None:
        self._window.monitors.toggle()

    has_second_monitor = property(lambda self: self._window.monitors.spread)
    is_linked = property(lambda self: self._session.linked)
    is_annotated = property(lambda self: self._look.annotations)
    has_all_texts = property(lambda self: self._look.annotations and self._look.all_texts)
    has_overlays = property(lambda self: self._look.overlays)
    has_study_panel = property(lambda self: self._window.settings.value.study_panel)
    has_side_panel = property(lambda self: self._window.settings.value.side_panel)
    is_full_screen = property(lambda self: self._window.isFullScreen())

    # --- Grey levels

    def next_voi(self) -> None:
        self._navigator.step_voi(1)

    def previous_voi(self) -> None:
        self._navigator.step_voi(-1)

    def wider(self) -> None:
        self._navigator.window_by_key(1, 0)

    def narrower(self) -> None:
        self._navigator.window_by_key(-1, 0)

    def brighter(self) -> None:
        self._navigator.window_by_key(0, -1)

    def darker(self) -> None:
        self._navigator.window_by_key(0, 1)

    def toggle_invert(self) -> None:
        self._look.set_invert(not self._look.invert)

    def toggle_air_black(self) -> None:
        self._look.set_air_black(not self._look.air_black)

    def reset(self) -> None:
        self._navigator.reset()

    is_air_black = property(lambda self: self._look.air_black)

    def toggle_grey_panel(self) -> None:
        self._window.show_grey_panel(not self.has_grey_panel)

    has_grey_panel = property(lambda self: self._window.grey_panel_wanted and self.has_side_panel)
    is_inverted = property(lambda self: self._look.invert)

    # --- Heat map

    def toggle_heat(self) -> None:
        self._look.set_heat(visible=not self._look.heat.visible)
        silence = self._window.reading.silence
        if silence and self._look.heat.visible:
            self._window.status.say(translate("Commands", "heat map: {}").format(silence))

    def hold_heat(self, pressed: bool) -> None:
        self._look.hold_heat(pressed)

    def opacity_up(self) -> None:
        self._look.set_heat(opacity=self._look.heat.opacity + _STEP)

    def opacity_down(self) -> None:
        self._look.set_heat(opacity=self._look.heat.opacity - _STEP)

    def threshold_up(self) -> None:
        self._look.set_heat(threshold=self._look.heat.threshold + _STEP)

    def threshold_down(self) -> None:
        self._look.set_heat(threshold=self._look.heat.threshold - _STEP)

    def next_color_map(self) -> None:
        names = list(COLOR_MAPS)
        self._look.set_heat(color_map=names[(names.index(self._look.heat.color_map) + 1) % len(names)])

    def toggle_heat_below(self) -> None:
        self._look.set_heat_below(not self._look.heat_below)

    def retry(self) -> None:
        self._session.predictions.retry()

    is_heat_visible = property(lambda self: self._look.heat.visible)
    is_heat_below = property(lambda self: self._look.heat_below)

    # --- Tomosynthesis

    @property
    def _stack(self) -> Tomosynthesis:
        """The way through the frames; raises UsageError where the active pane shows a single frame."""
        if not self._window.tomosynthesis.available:
            raise UsageError(translate("Commands", "this view has one frame only"))
        return self._window.tomosynthesis

    def next_frame(self) -> None:
        self._stack.step(1)

    def previous_frame(self) -> None:
        self._stack.step(-1)

    def frames_on(self) -> None:
        self._stack.step_part(1)

    def frames_back(self) -> None:
        self._stack.step_part(-1)

    def first_frame(self) -> None:
        self._stack.to_first()

    def last_frame(self) -> None:
        self._stack.to_last()

    def toggle_cine(self) -> None:
        self._stack.toggle_cine()

    def cine_faster(self) -> None:
        self._change_rate(1)

    def cine_slower(self) -> None:
        self._change_rate(-1)

    def _change_rate(self, by: int) -> None:
        self._stack.change_rate(by)
        said = translate("Commands", "cine at {} frames per second")
        self._window.status.say(said.format(f"{self._stack.rate:g}"))

    def next_slab(self) -> None:
        self._stack.next_slab()

    def toggle_projection(self) -> None:
        self._stack.toggle_projection()

    is_cine = property(lambda self: self._window.tomosynthesis.playing)

    # --- Help

    def show_about(self) -> None:
        from mammoview.ui.about import AboutDialog, Places  # not at the start

        library = self._window.reading.library
        places = Places(self._window.settings.folder, None if library is None else library.path)
        AboutDialog(self._window, self._session.predictions.state, places, self._window.runner).open()

    def take_tour(self) -> None:
        self._window.take_tour()
