"""Owns the icons: which command has which, drawn from `resources/icons` in the theme's colours. Never decides where
one is shown.

All are on a grid of 16 px with strokes of 1.5 px in one colour, which the theme sets. They are drawn when the window
stands, a few at a time, for the screen's own pixels, and again where it moves to a screen of another density.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QImage, QPainter, QPixmap

from mammoview.resources import resource
from mammoview.ui import theme

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

SIZE_PX = 16
_APPLICATION_PX = (16, 24, 32, 48, 64, 128, 256)
_EACH_TURN = 4

_SAME_NAME = (
    *("four", "cc", "mlo", "single", "compare", "native", "fit", "link", "texts", "heat", "invert", "library"),
    *("pointer", "ruler", "angle", "ellipse", "freehand", "finding", "arrow", "text", "nipple", "magnifier"),
    *("undo", "redo", "keys", "about", "tour"),
)
ICONS: Mapping[str, str] = {
    **{name: name for name in _SAME_NAME},
    "open-files": "open",
    "export-view": "export",
    "export-assessment": "assessment",
    "second-monitor": "screens",
    "delete-mark": "delete",
}
"""The file, without its suffix, by the id of the command; other commands have none."""

_COLORS: tuple[tuple[QIcon.Mode, QIcon.State, str], ...] = (
    (QIcon.Mode.Normal, QIcon.State.Off, theme.DIM),
    (QIcon.Mode.Active, QIcon.State.Off, theme.TEXT),
    (QIcon.Mode.Selected, QIcon.State.Off, theme.TEXT),
    (QIcon.Mode.Disabled, QIcon.State.Off, theme.FAINT),
    (QIcon.Mode.Normal, QIcon.State.On, theme.ACCENT),
    (QIcon.Mode.Active, QIcon.State.On, theme.ACCENT),
    (QIcon.Mode.Selected, QIcon.State.On, theme.ACCENT),
    (QIcon.Mode.Disabled, QIcon.State.On, theme.FAINT),
)


def draw_icon(name: str, ratio: float) -> QIcon:
    """An icon of the family for a screen with `ratio` device pixels on a pixel. Raises MammoviewError where the
    installation lacks it.
    """
    pictures = _pictures(name, ratio)
    pixmaps = {color: QPixmap.fromImage(picture) for color, picture in pictures.items()}
    icon = QIcon()
    for mode, state, color in _COLORS:
        icon.addPixmap(pixmaps[color], mode, state)
    return icon


@cache
def _pictures(name: str, ratio: float) -> Mapping[str, QImage]:
    """The icon in each colour, drawn once for a density: a window that is moved between two screens comes back."""
    source = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    colors = dict.fromkeys(color for _, _, color in _COLORS)
    return {color: _drawn(_renderer(source.replace("currentColor", color)), SIZE_PX, ratio) for color in colors}


def application_icon() -> QIcon:
    """The program's own icon, in the sizes that desktops ask for."""
    renderer = _renderer(resource("icons", "mammoview.svg").read_text(encoding="utf-8"))
    icon = QIcon()
    for size_px in _APPLICATION_PX:
        icon.addPixmap(QPixmap.fromImage(_drawn(renderer, size_px, 1.0)))
    return icon


def _renderer(source: str) -> QSvgRenderer:
    from PySide6.QtSvg import QSvgRenderer  # not before the window stands

    return QSvgRenderer(QByteArray(source.encode()))


def _drawn(renderer: QSvgRenderer, size_px: int, ratio: float) -> QImage:
    pixels = max(1, round(size_px * ratio))
    picture = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


class IconSet(QObject):
    """Gives commands their icons, a few each time the event loop is idle, and before that the room for them; `want`
    names further ones.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._more: list[tuple[str, Callable[[QIcon], object]]] = []
        self._waiting: list[tuple[str, Callable[[QIcon], object]]] = []
        self._ratio = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._draw_some)
        room = QPixmap(SIZE_PX, SIZE_PX)
        room.fill(Qt.GlobalColor.transparent)
        for action_id in ICONS.keys() & actions.keys():
            actions[action_id].setIcon(QIcon(room))

    @property
    def complete(self) -> bool:
        """Whether all icons are drawn."""
        return self._ratio > 0 and not self._waiting

    def want(self, name: str, take: Callable[[QIcon], object]) -> None:
        """Have `take` called with the icon `name` whenever it was drawn."""
        self._more.append((name, take))

    def draw_for(self, ratio: float) -> None:
        """Draw all of them for a screen of this density, unless that was done."""
        if ratio == self._ratio:
            return
        self._ratio = ratio
        own = [(ICONS[key], action.setIcon) for key, action in self._actions.items() if key in ICONS]
        self._waiting = [*self._more, *own]
        self._timer.start()

    def _draw_some(self) -> None:
        for name, take in self._waiting[:_EACH_TURN]:
            take(draw_icon(name, self._ratio))
        del self._waiting[:_EACH_TURN]
        if not self._waiting:
            self._timer.stop()
            if QGuiApplication.windowIcon().isNull():
                QGuiApplication.setWindowIcon(application_icon())
