"""Owns what the window takes over from its last time, and what it leaves to its next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

_LOOK_KEPT_AFTER_MS = 1000


def restore(window: MainWindow) -> None:
    """Place and size as they were; maximised the first time. How images and heat maps look is kept from now on, a
    moment after it changes: also where the window does not come to its end."""
    value = window.settings.value
    window.session.linked = value.linked
    window.setMinimumSize(720, 480)
    if not value.geometry or not window.restoreGeometry(QByteArray.fromHex(value.geometry.encode())):
        window.resize(1400, 900)
        window.setWindowState(Qt.WindowState.WindowMaximized)
    soon = QTimer(window)
    soon.setSingleShot(True)
    soon.setInterval(_LOOK_KEPT_AFTER_MS)
    soon.timeout.connect(lambda: remember_look(window))
    window.session.look.changed.connect(lambda key: soon.start() if not key else None)


def remember(window: MainWindow) -> None:
    """Write place, size and the look of images and heat maps to the settings."""
    if window.isFullScreen():
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)
    window.settings.change(
        geometry=bytes(window.saveGeometry().toHex().data()).decode(),
        linked=window.session.linked_by_reader,
    )
    remember_look(window)


def remember_look(window: MainWindow) -> None:
    """Write the look of images and heat maps to the settings."""
    look = window.session.look
    window.settings.change(
        annotations=look.annotations,
        all_texts=look.all_texts,
        overlays=look.overlays,
        air_black=look.air_black,
        opacity=look.heat.opacity,
        threshold=look.heat.threshold,
        color_map=look.heat.color_map,
        heat_below=window.settings.value.heat_below if window.demo else look.heat_below,
    )
