"""Owns questions to an archive: is it there (C-ECHO), what has it, what is scheduled (C-FIND). Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from pynetdicom.association import Association
from pynetdicom.presentation import build_context

from mammoview.archive.pacs.asking import Match, Query, Worklist, match_of
from mammoview.archive.pacs.calling import associated, lost, operation, status_error, stopping
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.connections import Limits
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.transfers import UNCOMPRESSED, VERIFICATION

MOST_MATCHES: Final = 10_000
"""Where nobody says how many answers to take."""

_PENDING = (0xFF00, 0xFF01)
_CANCELLED = 0xFE00
_MESSAGE_ID = 1


def echo(node: Node, cancellation: Cancellation | None = None, *, limits: Limits | None = None) -> float:
    """Ask whether an archive is there (PS3.4 Annex A); the seconds that the answer took, without those of the
    connection. Raises PacsError, CancelledError.
    """
    cancellation = cancellation or Cancellation()
    with associated(node, [build_context(VERIFICATION, [*UNCOMPRESSED])], cancellation, limits=limits) as association:
        begun = time.monotonic()
        with stopping(association, cancellation):
            status = association.send_c_echo()
        seconds = time.monotonic() - begun
        if "Status" not in status:
            raise lost(node, association, cancellation)
        if status.Status != 0:
            raise status_error(node, "the verification", status)
    return seconds


def find(
    node: Node,
    query: Query | Worklist,
    cancellation: Cancellation | None = None,
    *,
    most: int = MOST_MATCHES,
    limits: Limits | None = None,
) -> Iterator[Match]:
    """What an archive answers to a query, or a modality worklist, one by one as it comes; no more than `most`, then it
    is told to stop (C-CANCEL). Raises UsageError, PacsError, CancelledError.
    """
    cancellation = cancellation or Cancellation()
    query.identifier()
    with associated(node, [build_context(query.model, [*UNCOMPRESSED])], cancellation, limits=limits) as association:
        yield from answers(association, node, query, cancellation, most=most, limits=limits)


def answers(
    association: Association,
    node: Node,
    query: Query | Worklist,
    cancellation: Cancellation,
    *,
    most: int = MOST_MATCHES,
    limits: Limits | None = None,
) -> Iterator[Match]:
    """As `find`, over an association that has a context for the query."""
    found = 0
    with operation(association, query.model, _MESSAGE_ID, cancellation, limits):
        for status, answer in association.send_c_find(query.identifier(), query.model, msg_id=_MESSAGE_ID):
            if "Status" not in status:
                raise lost(node, association, cancellation)
            if status.Status in _PENDING:
                if answer is not None and found < most and not cancellation.cancelled():
                    found += 1
                    yield match_of(answer)
                    if found == most:
                        with suppress(RuntimeError):  # it ended the association meanwhile
                            association.send_c_cancel(_MESSAGE_ID, query_model=query.model)
            elif status.Status != 0 and not (status.Status == _CANCELLED and found >= most):
                cancellation.stop_if()
                raise status_error(node, "the query", status)
        cancellation.stop_if()
