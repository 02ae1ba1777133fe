"""Owns the retrieval of a study, a series or an instance into a folder: what is there already is not asked for again.

All that is missing comes in one answer; what that lacks, as when it was cut off, is asked for singly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mammoview.archive.dicomweb import Dicomweb, Target
from mammoview.archive.dicomweb_files import Incoming, InstanceRefusedError, StorageError, TooLargeError
from mammoview.archive.dicomweb_http import CutOffError
from mammoview.archive.dicomweb_multipart import Begin, Data, MultipartError, media_type, parts
from mammoview.archive.dicomweb_nodes import DicomwebError

OBJECT_LIMIT_BYTES: Final = 4 * 1024**3
"""What one instance may hold, unless told otherwise: a tomosynthesis set is about 1 GiB."""

_NO_SEARCH: Final = frozenset({405, 501})
_NOT_AT_ONCE: Final = frozenset({400, 404, 405, 406, 410, 413, 500, 501})
"""HTTP statuses that tell of one request, not of the service."""

_MOST_INSTANCES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a retrieval is, in instances. `remaining` is None where the service cannot search."""

    done: int
    failed: int
    remaining: int | None


@dataclass(slots=True)
class Retrieval:
    """What came of it. `received` and `already`: SOP Instance UIDs of what came now, and of what was there; `failed`:
    those that did not come, with the reason; `refused`: why other things that came were not kept."""

    received: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def listed(service: Dicomweb, target: Target) -> dict[str, Target] | None:
    """What there is of `target`, by SOP Instance UID; None where the service cannot tell. Raises DicomwebError."""
    try:
        return {one.instance: one for one in service.instances(target)}
    except DicomwebError as error:
        if error.status in _NO_SEARCH:
            return None
        raise


def retrieve(
    service: Dicomweb,
    target: Target,
    folder: Path,
    *,
    limit_bytes: int = OBJECT_LIMIT_BYTES,
    progress: Callable[[Progress], None] = lambda _: None,
    wanted: dict[str, Target] | None = None,
) -> Retrieval:
    """Bring `target` into `folder`, a file for each instance; `limit_bytes` is what one may hold. `wanted`: what
    `listed` told, None where it is to be asked.

    Raises DicomwebError where nothing can be had, StorageError where nothing can be kept any more, CancelledError;
    what came until then stays, whole, and is not asked for the next time.
    """
    return _Work(service, target, Incoming(folder, limit_bytes), progress, wanted).run()


class _Work:
    def __init__(
        self,
        service: Dicomweb,
        target: Target,
        incoming: Incoming,
        progress: Callable[[Progress], None],
        wanted: dict[str, Target] | None,
    ) -> None:
        self._service, self._target, self._incoming, self._progress = service, target, incoming, progress
        self._result = Retrieval()
        self._wanted = wanted

    def run(self) -> Retrieval:
        result = self._result
        self._wanted = self._wanted or listed(self._service, self._target)
        if self._wanted is None:
            self._tell()
            self._take(self._target, None)
            return result
        if not self._wanted:
            raise DicomwebError(f"{self._service.node.name} does not have this", "look at the UIDs", 404)
        result.already = [uid for uid in self._wanted if self._incoming.has(uid)]
        self._tell()
        missing = self._missing()
        if len(missing) > 1 and not result.already:
            self._try_all(frozenset(missing))
        self._try_each()
        return result

    def _missing(self) -> dict[str, Target]:
        return {uid: one for uid, one in (self._wanted or {}).items() if not self._incoming.has(uid)}

    def _try_all(self, wanted: frozenset[str]) -> None:
        """All in one answer; what is missing where it breaks off, or where the service does not give all at once, is
        asked for singly."""
        try:
            self._take(self._target, wanted)
        except (CutOffError, TooLargeError):
            return
        except DicomwebError as error:
            if error.status not in _NOT_AT_ONCE:
                raise

    def _try_each(self) -> None:
        """Each that is missing by itself; where the service cannot be had any more, the rest is not asked for."""
        for uid, one in self._missing().items():
            try:
                self._result.failed.update(self._try_one(uid, one))
            except StorageError:
                raise
            except DicomwebError as error:
                self._result.failed |= dict.fromkeys(self._missing(), str(error))
                self._tell()
                return
            self._tell()

    def _try_one(self, uid: str, one: Target) -> dict[str, str]:
        """One instance, as often as patience has it where the answer is cut off: nothing, or its UID and why it did
        not come. Raises DicomwebError where the service cannot be had."""
        session, cause = self._service.session, ""
        for attempt in range(session.patience.attempts):
            if attempt:
                session.pause(attempt - 1, cause=cause)
            refused = len(self._result.refused)
            try:
                self._take(one, frozenset({uid}))
            except CutOffError as error:
                cause = str(error)
                continue
            except TooLargeError as error:
                return {uid: str(error)}
            except DicomwebError as error:
                if error.status in _NOT_AT_ONCE:
                    return {uid: str(error)}
                raise
            if self._incoming.has(uid):
                return {}
            return {uid: "; ".join(self._result.refused[refused:]) or f"{self._service.node.name} did not send it"}
        return {uid: cause}

    def _take(self, target: Target, wanted: frozenset[str] | None) -> None:
        """Keep what is whole of one answer. Raises CutOffError, TooLargeError, DicomwebError."""
        content_type, has_end, pieces = self._service.stream(target)
        kind, boundary = media_type(content_type)
        name = self._service.node.name
        with closing(pieces):
            if kind == "application/dicom" and has_end:  # not as PS3.18 wants it, but done
                self._keep_single(pieces, wanted)
                return
            if kind != "multipart/related":
                raise DicomwebError(f"{name}: the answer holds no DICOM files", "look at its URL", 406)
            try:
                self._keep_parts(pieces, boundary, wanted)
            except MultipartError as error:
                raise CutOffError(f"{name}: the answer was cut off: {error}", "try again") from error

    def _keep_single(self, pieces: Iterator[bytes], wanted: frozenset[str] | None) -> None:
        try:
            with self._incoming.opened() as arriving:
                for piece in pieces:
                    arriving.write(piece)
                self._kept(arriving.keep(self._target.study, wanted))
        except TooLargeError:
            raise
        except InstanceRefusedError as error:
            self._refuse(error)

    def _keep_parts(self, pieces: Iterator[bytes], boundary: str, wanted: frozenset[str] | None) -> None:
        events = parts(pieces, boundary)
        for event in events:
            if not isinstance(event, Begin):
                continue
            try:
                with self._incoming.opened() as arriving:
                    for further in events:
                        if not isinstance(further, Data):
                            break
                        arriving.write(further.content)
                    if event.length not in (None, arriving.size):
                        raise InstanceRefusedError("an instance is not as long as the service says", "try again")
                    self._kept(arriving.keep(self._target.study, wanted))
            except TooLargeError:
                raise
            except InstanceRefusedError as error:
                self._refuse(error)

    def _refuse(self, error: InstanceRefusedError) -> None:
        """The rest of its part is passed over by who looks for the next one. Raises DicomwebError where it is too
        much."""
        self._result.refused.append(str(error))
        self._count()

    def _count(self) -> None:
        if len(self._result.received) + len(self._result.refused) > _MOST_INSTANCES:
            name = self._service.node.name
            raise DicomwebError(f"{name} sends more than {_MOST_INSTANCES} instances", "ask for less", 413)

    def _kept(self, uid: str) -> None:
        if uid not in self._result.received:
            self._result.received.append(uid)
            self._count()
            self._tell()

    def _tell(self) -> None:
        result = self._result
        done = len(result.received) + len(result.already)
        remaining = None if self._wanted is None else max(0, len(self._wanted) - done - len(result.failed))
        self._progress(Progress(done, len(result.failed), remaining))
