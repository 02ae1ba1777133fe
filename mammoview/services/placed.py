"""Owns what anything that belongs to a reader's place within a study has to say and to take."""

from __future__ import annotations

from typing import Any, Protocol


class Placed(Protocol):
    """A part of the place beyond where one looks, as the ticks of other makers' objects."""

    def told(self) -> Any:
        """As JSON, for the study on the screen."""

    def take(self, told: object) -> None:
        """Go on where `told` was; what it tells wrongly is passed over."""
