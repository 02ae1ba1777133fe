"""Owns what may go wrong with an archive on the network, in words. Never quotes what a file or an answer holds."""

from __future__ import annotations

from mammoview.core.errors import MammoviewError


class PacsError(MammoviewError):
    """An archive cannot be used, or did not do what was asked of it. `passing`: the same may work a moment later."""

    def __init__(self, cause: str, hint: str = "", *, passing: bool = False) -> None:
        super().__init__(cause, hint)
        self.passing = passing

    def __reduce__(self) -> tuple[type[PacsError], tuple[str, ...]]:
        return type(self), (self.cause, self.hint)


class ObjectRefusedError(MammoviewError):
    """An object that was sent here is not kept. `status`: what its sender is told (PS3.4 Table B.2-1, PS3.7 C)."""

    def __init__(self, status: int, cause: str, hint: str = "") -> None:
        super().__init__(cause, hint)
        self.status = status

    def __reduce__(self) -> tuple[type[ObjectRefusedError], tuple[int, str, str]]:  # type: ignore[override]
        return type(self), (self.status, self.cause, self.hint)


OUT_OF_RESOURCES = 0xA700
"""PS3.4 Table B.2-1: Refused, Out of Resources."""

NOT_OF_ITS_CLASS = 0xA900
"""PS3.4 Table B.2-1: Error, Data Set does not match SOP Class."""

NOT_UNDERSTOOD = 0xC000
"""PS3.4 Table B.2-1: Error, Cannot understand."""

DUPLICATE = 0x0111
"""PS3.7 C.5.4: Duplicate SOP Instance."""
