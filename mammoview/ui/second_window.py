"""Owns the window on the second monitor: when it is there, on which screen, and that keys and files act in it as in the
first. Shows nothing but images, which the grid puts there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QMoveEvent,
    QResizeEvent,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from mammoview.core.errors import UsageError
from mammoview.ui.screens import lies_right, other_screens, screen_key

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

_KEY_EVENTS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)


class SecondWindow(QWidget):
    """A window of the first one, so that its dialogs block this one too. `laid` follows another size, place or scaling,
    `given_up` when the reader closes it.
    """

    laid = Signal()
    given_up = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self._window = window
        self.setObjectName("grid")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(self.tr("mammoview, second monitor"))
        self.setMinimumSize(240, 240)
        self.setAcceptDrops(True)
        self.addActions(window.actions())

    def event(self, event: QEvent) -> bool:
        if event.type() in _KEY_EVENTS:
            return QCoreApplication.sendEvent(self._window, event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.laid.emit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.laid.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        self.laid.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange:
            self._window.let_go_unless_active()
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._window.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._window.dropEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.given_up.emit()


class Monitors(QObject):
    """Opens and closes the second window, and says to the grid which half of the hang stands in it.

    What the reader wants is in the settings; a screen that is unplugged ends the window, not the wish. `right`:
    whether the second window lies to the right of the first, None where there is none; `changed` follows another value.
    """

    changed = Signal()

    @property
    def spread(self) -> bool:
        """Whether the hang stands on two monitors."""
        return self.right is not None

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.second: SecondWindow | None = None
        self.right: bool | None = None
        self._screens: frozenset[str] = frozenset()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(self._added)
            application.screenRemoved.connect(self._removed)
        for screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self.follow)

    def toggle(self) -> None:
        """Spread the hang over two monitors, or not any more; UsageError where there is one only."""
        if self.spread:
            self._give_up()
            return
        others = other_screens(self._window.screen())
        if not others:
            raise UsageError(self.tr("there is one monitor only"), self.tr("connect a second one"))
        self._window.settings.change(second_monitor=True)
        self._open(self._remembered(others) or others[0])

    def restore(self) -> None:
        """The second window again, where it was wanted and its screen is there."""
        value = self._window.settings.value
        if not value.second_monitor or self.spread or not self._window.isVisible():
            return
        others = other_screens(self._window.screen())
        found = self._remembered(others)
        if found is None and screen_key(self._window.screen()) == value.second_screen and others:
            found = others[0]  # the first window was moved to where the second one stood
        if found is not None:
            self._open(found)

    def follow_full_screen(self) -> None:
        """Full screen takes both windows."""
        second, full = self.second, self._window.isFullScreen()
        if second is not None and self.spread and second.isFullScreen() is not full:
            second.setWindowState(second.windowState() ^ Qt.WindowState.WindowFullScreen)

    def end(self) -> None:
        """With the first window the second one goes; it comes back with it."""
        self._remember()
        self._fold()

    # --- the window

    def _open(self, screen: QScreen) -> None:
        second = self.second or self._make()
        value = self._window.settings.value
        second.setScreen(screen)
        known = value.second_geometry if value.second_screen == screen_key(screen) else ""
        if not known or not second.restoreGeometry(QByteArray.fromHex(known.encode())):
            second.setGeometry(screen.availableGeometry())
            second.setWindowState(Qt.WindowState.WindowMaximized)
        second.show()
        self._stand(second)
        self.follow_full_screen()
        self._remember()

    def _make(self) -> SecondWindow:
        self.second = SecondWindow(self._window)
        self.second.laid.connect(self.follow)
        self.second.given_up.connect(self._give_up)
        for widget in (self._window, self.second):
            widget.winId()
            widget.windowHandle().screenChanged.connect(self.follow)
        return self.second

    def follow(self, *_: object) -> None:
        """Say to the grid where the second window is now."""
        if self.spread and self.second is not None:
            self._stand(self.second)

    def _stand(self, second: SecondWindow) -> None:
        self._screens = frozenset({self._window.screen().name(), second.screen().name()})
        before, self.right = self.right, lies_right(second, self._window)
        self._window.grid.spread(second, right=self.right)
        if self.right is not before:
            self.changed.emit()

    def _fold(self) -> None:
        if self.spread and self.second is not None:
            self.right = None
            self._window.grid.spread(None)
            self.second.hide()
            self.changed.emit()

    def _give_up(self) -> None:
        if self.spread:
            self._remember()
            self._window.settings.change(second_monitor=False)
            self._fold()

    def _remembered(self, screens: list[QScreen]) -> QScreen | None:
        key = self._window.settings.value.second_screen
        return next((screen for screen in screens if screen_key(screen) == key), None)

    def _remember(self) -> None:
        if self.second is not None and self.spread:
            self._window.settings.change(
                second_screen=screen_key(self.second.screen()),
                second_geometry=bytes(self.second.saveGeometry().toHex().data()).decode(),
            )

    # --- screens

    def _added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self.follow)
        QTimer.singleShot(0, self, self.restore)

    def _removed(self, screen: QScreen) -> None:
        if screen.name() in self._screens:
            self._fold()
