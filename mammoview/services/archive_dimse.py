"""Owns how an archive that speaks DICOM's own protocol (PS3.7, PS3.8) is worked with for the window. No Qt.

Imported only by who works with one: `archive.pacs` brings pynetdicom with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mammoview.archive.pacs.asking import Query
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import echo, find
from mammoview.archive.pacs.filing import Filed, Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.own_address import own_address
from mammoview.archive.pacs.retrieving import Progress, Reception, Retrieval
from mammoview.services.archive_work import MOST_FOUND, Found, Tally, found_study


class DimsePeer:
    """A `Peer` by C-ECHO, C-FIND, C-GET or C-MOVE."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def tested(self, cancellation: Cancellation) -> float:
        return echo(self._node, cancellation)

    def found(self, keys: dict[str, str], cancellation: Cancellation) -> list[Found]:
        studies = []
        for match in find(self._node, Query("study", keys), cancellation, most=MOST_FOUND):
            uid, modalities = match.uid("StudyInstanceUID"), match.values.get("ModalitiesInStudy", "").split("\\")
            if uid is not None:
                told = filter(None, (one.strip() for one in modalities))
                studies.append(found_study(uid, match.values, match.number("NumberOfStudyRelatedInstances"), told))
        return studies

    def bring(
        self, uids: Sequence[str], filing: Filing, tally: Tally, cancellation: Cancellation, said: Callable[[str], None]
    ) -> str:
        node = self._node

        def told(progress: Progress) -> None:
            tally.told(progress.done, progress.failed, progress.remaining)

        def arrived(filed: Filed) -> None:
            tally.arrived(filed.study_instance_uid, filed.new)

        reception = Reception(own_address(node), node.tls) if node.retrieve == "move" else None
        retrieval = Retrieval(
            node, filing, cancellation, progress=told, arrived=arrived, said=said, reception=reception
        )
        trouble = retrieval.run(uids).trouble
        return "" if trouble is None else str(trouble)
