"""Owns what the window says of work that is on the screen only: a count in the status line, a question at the end."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QToolButton, QWidget

from mammoview.services.library_link import LibraryLink
from mammoview.services.words import counted


def unkept_words(number: int) -> str:
    """ "3 changes not kept"."""
    return counted("%n changes not kept", number)


class UnkeptButton(QToolButton):
    """How many changes the library does not hold yet; hidden where it holds all. A click says why, and tries again."""

    def __init__(self, link: LibraryLink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self.setProperty("role", "link")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(
            self.tr("What the library could not keep is tried again every few seconds. Click to try it now.")
        )
        self.clicked.connect(self._try_again)
        link.unkept_changed.connect(self._show_number)
        self.hide()

    def stand_in(self, line: QWidget) -> None:
        """Take the place before the last word of a line."""
        row = line.layout()
        if isinstance(row, QHBoxLayout):
            row.insertWidget(row.count() - 1, self)

    def _show_number(self, number: int) -> None:
        self.setText(unkept_words(number))
        self.setVisible(bool(number))

    def _try_again(self) -> None:
        if self._link.trouble:
            self._link.said.emit(self._link.trouble)
        self._link.try_again()


class ClosingQuestion(QObject):
    """Asks before the window closes on work that the library does not hold."""

    def __init__(self, link: LibraryLink, window: QWidget) -> None:
        super().__init__(window)
        self._link, self._window = link, window
        self._box: QMessageBox | None = None
        link.unkept_changed.connect(self._close_if_kept)

    def allows_closing(self) -> bool:
        """Whether the window may close now. Where something is not kept it is asked about first; to close the window
        while the question stands is the answer to close it all the same."""
        if self._box is not None:
            self._link.give_up()
            return True
        if self._link.settle():
            return True
        self._box = box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("mammoview")
        box.setIcon(QMessageBox.Icon.Warning)
        number = self._link.pending()
        lost = self.tr("{words}. Closing the window now loses what is on the screen only.")
        box.setText(lost.format(words=unkept_words(number)))
        box.setInformativeText(self._link.trouble or self.tr("The library is still being written to."))
        again = box.addButton(self.tr("Try again"), QMessageBox.ButtonRole.ActionRole)
        leave = box.addButton(self.tr("Close without keeping"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(self.tr("Go on reading"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        again.clicked.disconnect()
        again.clicked.connect(self._link.try_again)
        leave.clicked.connect(self._window.close)
        stay.clicked.connect(self._stay)
        box.rejected.connect(self._stay)
        box.open()
        return False

    def _stay(self) -> None:
        self._box = None

    def _close_if_kept(self, number: int) -> None:
        if self._box is not None and not number:
            self._box.close()
            self._box = None
            self._window.close()
