"""Owns the errors that a user can do something about. Never catches, logs or prints them.

Everything that is not a `MammoviewError` is a bug and is not swallowed anywhere.
"""

from __future__ import annotations


class MammoviewError(Exception):
    """An expected failure: what went wrong (`cause`) and what to do about it (`hint`, may be empty)."""

    def __init__(self, cause: str, hint: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.cause} ({self.hint})" if self.hint else self.cause

    def __reduce__(self) -> tuple[type[MammoviewError], tuple[str, ...]]:
        return type(self), (self.cause, self.hint)


class InputRefusedError(MammoviewError):
    """One input (file, folder, archive) cannot be used; the others go on."""


class UsageError(MammoviewError):
    """The command was called wrongly, or nothing that it was given can be done."""


class BundleError(MammoviewError):
    """A model bundle was refused; `step` names the check that failed (schema, checksum, load, golden, ...)."""

    def __init__(self, step: str, cause: str, hint: str = "") -> None:
        super().__init__(f"model bundle: {step}: {cause}", hint)
        self.step = step
        self._plain_cause = cause

    def __reduce__(self) -> tuple[type[BundleError], tuple[str, ...]]:
        return type(self), (self.step, self._plain_cause, self.hint)


class EngineError(MammoviewError):
    """The classifier's process failed or ended; nothing was scored."""


class CancelledError(MammoviewError):
    """The user cancelled the work."""

    def __init__(self, cause: str = "cancelled", hint: str = "") -> None:
        super().__init__(cause, hint)
