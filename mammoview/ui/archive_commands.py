"""Owns the rows and methods of what is done with archives on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.ui.action import Action

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

ARCHIVE_ACTIONS: tuple[Action, ...] = (
    Action("retrieve", "Retrieve from an archive…", "File", ("Ctrl+Shift+R",), "retrieve_studies", separate=True),
    Action("archives", "Archives…", "File", ("Ctrl+Shift+A",), "show_archives"),
)


class ArchiveCommands:
    """What `ARCHIVE_ACTIONS` call; a part of `Commands`."""

    _window: MainWindow

    def show_archives(self) -> None:
        from mammoview.ui.archives_dialog import ArchivesDialog  # not at the start

        dialog = ArchivesDialog(self._window, self._window.archives)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def retrieve_studies(self) -> None:
        from mammoview.ui.retrieve_dialog import RetrieveDialog  # not at the start

        window = self._window
        dialog = RetrieveDialog(window, window.archives, window.opening.open, self.show_archives)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
