"""Owns which of the library's studies those of the worklist are: bound once an opening, by row. Knows no file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mammoview.core.study import Patient, Study

Identity = tuple[str, Patient]
"""Equal for a study and itself, opened again; another woman's study may have the same key."""


def identity_of(study: Study) -> Identity:
    return study.key, study.patient


@dataclass(slots=True, eq=False)
class Binding:
    """A study as one opening brought it, from the paths `roots`, none where it comes from a list.

    `row`: the library's key of it as the writing thread knows it; `key`: as the window knows it. None before the
    library holds it. `study` is None for one that is in no worklist.
    """

    study: Study | None
    roots: tuple[Path, ...] = ()
    row: str | None = None
    key: str | None = None

    def is_of(self, study: Study) -> bool:
        return self.study is None or self.study is study or identity_of(self.study) == identity_of(study)


class Bindings:
    """The bindings in force, by the worklist's keys. `opening` counts the openings: what an earlier one has found out
    is no more true of this one's studies."""

    def __init__(self) -> None:
        self.opening = 0
        self._bindings: dict[str, Binding] = {}

    def begin(self, studies: Iterable[Study], roots: tuple[Path, ...], *, further: bool) -> int:
        """Studies were opened: nothing is known of them yet. `further`: they join those that are open. The opening."""
        self.opening += not further
        self._bindings.update({study.key: Binding(study, roots) for study in studies})
        return self.opening

    def get(self, study_key: str) -> Binding | None:
        return self._bindings.get(study_key)

    def adopt(self, study_key: str, key: str) -> None:
        """The library holds a study: its key."""
        binding = self._bindings.setdefault(study_key, Binding(None))
        binding.row = binding.key = key

    def of(self, study: Study) -> Binding:
        """The binding of a study; one of its own where the key belongs to another woman's by now."""
        binding = self._bindings.setdefault(study.key, Binding(study))
        if not binding.is_of(study):
            return Binding(study)
        binding.study = binding.study or study
        return binding

    def key_of(self, study: Study) -> str | None:
        """The library's key of a study, None where it does not hold it (yet)."""
        binding = self._bindings.get(study.key)
        return binding.key if binding is not None and binding.is_of(study) else None
