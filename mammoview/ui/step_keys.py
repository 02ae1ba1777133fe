"""Owns the keys that hanging protocols give their steps: which step a keystroke means, and which key cannot be had. A
key of a command always means the command.
"""

from __future__ import annotations

from collections.abc import Sequence

from mammoview.core.protocol import HungStep, Protocol, Step
from mammoview.services.session import Session
from mammoview.services.words import step_label, translate
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.keystrokes import normal, shown

_PANS = "Space"


class StepKeys:
    """The keys of the protocol that is in use for the study on the screen."""

    def __init__(self, session: Session, bindings: KeyBindings) -> None:
        self._session, self._bindings = session, bindings

    @property
    def _steps(self) -> dict[str, HungStep]:
        """The steps that this study has, by the names of their keys."""
        hung = self._session.walk.hung
        if hung is None or not any(step.key for step in hung.protocol.steps):
            return {}
        usable, _ = _judged(hung.protocol, self._bindings)
        found = {key: hung.find(step.id) for key, step in usable.items()}
        return {key: step for key, step in found.items() if step is not None}

    def step(self, stroke: str) -> HungStep | None:
        """The step that a keystroke means, None for all other keystrokes."""
        return self._steps.get(stroke)

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Each key as this platform writes it, and its step."""
        return tuple((shown(key), step_label(step.step.label)) for key, step in self._steps.items())


def key_problems(protocols: Sequence[Protocol], bindings: KeyBindings) -> tuple[str, ...]:
    """A line for each key of a step that cannot be its own."""
    return tuple(line for protocol in protocols for line in _judged(protocol, bindings)[1])


def _judged(protocol: Protocol, bindings: KeyBindings) -> tuple[dict[str, Step], tuple[str, ...]]:
    """The steps by the names of their keys, and for each other key why it is not used."""
    steps: dict[str, Step] = {}
    problems: list[str] = []
    for step in protocol.steps:
        name = normal(step.key)
        if not step.key:
            continue
        owner = bindings.owner(name) if name else None
        if not name:
            cause = translate("StepKeys", "is not the name of one key")
        elif owner is not None:
            cause = translate("StepKeys", "belongs to “{}”").format(owner.name)
        elif name == _PANS:
            cause = translate("StepKeys", "moves the picture while it is held")
        elif name in steps:
            cause = translate("StepKeys", "belongs to the step “{}”").format(steps[name].id)
        else:
            steps[name] = step
            continue
        line = translate("StepKeys", "hanging protocol “{}”, step “{}”: the key {} {} (give it another key)")
        problems.append(line.format(protocol.name, step.id, step.key, cause))
    return steps, tuple(problems)
