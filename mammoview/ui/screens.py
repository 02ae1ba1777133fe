"""Owns what is asked of screens: their names in the settings, and which of two lies to the right. Moves no window."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


def screen_key(screen: QScreen) -> str:
    """What names a screen in the settings: its name and its size in device pixels."""
    ratio, size = screen.devicePixelRatio(), screen.size()
    return f"{screen.name()} {round(size.width() * ratio)}x{round(size.height() * ratio)}"


def other_screens(screen: QScreen) -> list[QScreen]:
    """All screens but this one, the nearest first."""
    here = screen.geometry().center()
    others = [other for other in QGuiApplication.screens() if other.name() != screen.name()]
    return sorted(others, key=lambda other: (other.geometry().center() - here).manhattanLength())


def lies_right(one: QWidget, other: QWidget) -> bool:
    """Whether the screen of window `one` lies to the right of that of `other`; below it counts as right where they
    stand above each other, and the windows' own places where they are on the same screen.
    """
    if one.screen().name() == other.screen().name():
        return _order(one.frameGeometry().center()) > _order(other.frameGeometry().center())
    return _order(one.screen().geometry().center()) > _order(other.screen().geometry().center())


def _order(place: QPoint) -> tuple[int, int]:
    return place.x(), place.y()
