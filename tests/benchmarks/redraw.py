"""Owns the gestures that are timed from the input event to the last painted pane. Sets no targets."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt

from tests.benchmarks.pilot import Pilot

_WARM = 5


def gestures(pilot: Pilot, times: int) -> dict[str, list[float]]:
    """ms for each gesture's redraws, `times` of each, without and with the heat map; all four panes change."""
    look = pilot.session.look
    found: dict[str, list[float]] = {}
    for heat in (False, True):
        look.set_heat(visible=heat)
        pilot.idle(200)
        name = "heat map shown" if heat else "no heat map"
        found[f"window/level, {name}"] = _window(pilot, times)
        found[f"invert, {name}"] = _repeat(pilot, times, lambda turn: pilot.window.actions_by_id["invert"].trigger())
        found[f"zoom, {name}"] = _zoom(pilot, times)
        found[f"pan, {name}"] = _pan(pilot, times)
        if heat:
            found["opacity, heat map shown"] = _repeat(
                pilot, times, lambda turn: look.set_heat(opacity=0.1 + 0.05 * (turn % 16))
            )
    return found


def _repeat(pilot: Pilot, times: int, act: Callable[[int], object]) -> list[float]:
    def once(turn: int) -> Callable[[], None]:
        return lambda: (act(turn), None)[1]

    return [pilot.timed(once(turn)) for turn in range(times + _WARM)][_WARM:]


def _middle(pilot: Pilot) -> tuple[float, float]:
    target = pilot.target(0)
    return target.width() / 2, target.height() / 2


def _window(pilot: Pilot, times: int) -> list[float]:
    """A left drag with Shift: the window of all views, two pixels to and fro."""
    x, y = _middle(pilot)
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    pilot.mouse(QEvent.Type.MouseButtonPress, 0, (x, y), left, shift)
    pilot.idle(50)
    found = _repeat(
        pilot,
        times,
        lambda turn: pilot.mouse(QEvent.Type.MouseMove, 0, (x + 2 * (1 + turn % 7), y + 3 * (turn % 5)), left, shift),
    )
    pilot.mouse(QEvent.Type.MouseButtonRelease, 0, (x, y), left, shift)
    return found


def _zoom(pilot: Pilot, times: int) -> list[float]:
    """The wheel: ten notches in, ten out, linked."""
    middle = _middle(pilot)
    found = _repeat(pilot, times, lambda turn: pilot.wheel(0, middle, 1 if turn % 20 < 10 else -1))
    pilot.idle(300)
    return found


def _pan(pilot: Pilot, times: int) -> list[float]:
    """A middle drag at three notches of zoom, linked."""
    x, y = _middle(pilot)
    for _ in range(3):
        pilot.wheel(0, (x, y), 1)
    pilot.idle(300)
    middle = Qt.MouseButton.MiddleButton
    pilot.mouse(QEvent.Type.MouseButtonPress, 0, (x, y), middle)
    pilot.idle(50)
    found = _repeat(
        pilot,
        times,
        lambda turn: pilot.mouse(QEvent.Type.MouseMove, 0, (x + 7 * (1 + turn % 9), y + 5 * (turn % 11)), middle),
    )
    pilot.mouse(QEvent.Type.MouseButtonRelease, 0, (x, y), middle)
    pilot.choose("fit")
    pilot.idle(300)
    return found
