"""Owns who brought what to the receiver: the objects of each association, told once it has ended."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pynetdicom.association import Association

from mammoview.archive.pacs.filing import Filed


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one association brought. `ae_title` and `address` are the caller's; `new`: how many objects of each study
    (by its Study Instance UID) were filed; `again`: how many of each were there already."""

    ae_title: str
    address: str
    new: Mapping[str, int] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)

    @property
    def studies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.new, *self.again)))


class Deliveries:
    """Counts what comes, and hands over one `Delivery` for each association that brought anything. Any thread may call
    it; `tell` is called in the thread in which the association ends."""

    def __init__(self, tell: Callable[[Delivery], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._open: dict[Association, tuple[Counter[str], Counter[str]]] = {}

    def took(self, association: Association, filed: Filed) -> None:
        """An object of this association was filed, or was there."""
        with self._lock:
            new, again = self._open.setdefault(association, (Counter(), Counter()))
            (new if filed.new else again)[filed.study_instance_uid] += 1

    def ended(self, association: Association) -> None:
        """Nothing more comes from it."""
        with self._lock:
            found = self._open.pop(association, None)
        if found is not None:
            caller = association.requestor
            self._tell(Delivery(caller.ae_title, str(caller.address or ""), *found))

    def all_ended(self) -> None:
        """Nothing more comes from any."""
        for association in list(self._open):
            self.ended(association)
