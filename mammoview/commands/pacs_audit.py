"""Owns what of `mammoview pacs` is recorded in the audit trail of the study library: queries and transfers by study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mammoview.archive import audit
from mammoview.archive.home import home_folder
from mammoview.archive.library import FILE_NAME
from mammoview.archive.library_schema import LibraryError
from mammoview.archive.pacs.deliveries import Delivery
from mammoview.archive.pacs.nodes import Node
from mammoview.commands.report import Report


class Trail:
    """Records for `library`, the window's own where None is named and one is there; without a library nothing is
    recorded, and where it cannot be, that is said."""

    def __init__(self, library: Path | None, report: Report) -> None:
        self._named, self._report = library, report

    def queried(self, node: Node, level: str) -> None:
        """An archive was asked."""
        self._record(audit.AuditEvent.QUERIED, (), address=_address(node), level=level)

    def begun(self, node: Node, studies: Iterable[str]) -> None:
        """A transfer of studies begins."""
        self._record(audit.AuditEvent.TRANSFER_BEGUN, studies, address=_address(node))

    def received(self, address: str, images: Counter[str], *, failed: bool = False) -> None:
        """So many `images` of each study came that were asked for."""
        for study, count in images.items():
            outcome = audit.Outcome.FAILED if failed else audit.Outcome.DONE
            self._record(audit.AuditEvent.RECEIVED, (study,), outcome=outcome, address=address, images=count)

    def sent(self, node: Node, images: int, *, failed: bool) -> None:
        """So many images went to an archive."""
        outcome = audit.Outcome.FAILED if failed else audit.Outcome.DONE
        self._record(audit.AuditEvent.SENT, (), outcome=outcome, address=_address(node), images=images)

    def listening(self, ae_title: str, address: str) -> None:
        """The receiver listens."""
        self._record(audit.AuditEvent.STARTED, (), form="receiver", ae_title=ae_title, address=address)

    def delivered(self, delivery: Delivery) -> None:
        """A caller brought objects, and is done."""
        for study in delivery.studies:
            self._record(
                audit.AuditEvent.RECEIVED,
                (study,),
                ae_title=delivery.ae_title,
                address=delivery.address,
                images=delivery.new.get(study, 0),
                again=delivery.again.get(study, 0),
            )

    def listened(self, ae_title: str, address: str, images: int) -> None:
        """The receiver has ended; so many objects came."""
        self._record(audit.AuditEvent.STOPPED, (), form="receiver", ae_title=ae_title, address=address, images=images)

    def _record(
        self,
        event: audit.AuditEvent,
        studies: Iterable[str],
        *,
        outcome: audit.Outcome = audit.Outcome.DONE,
        **details: str | int,
    ) -> None:
        own = home_folder() / FILE_NAME
        library = self._named or (own if own.is_file() else None)
        try:
            audit.record(library, event, studies, outcome=outcome, **details)
        except LibraryError as error:
            self._report.say(f"not recorded in the audit trail: {error}")


def _address(node: Node) -> str:
    return f"{node.host}:{node.port}"
