"""Owns how a DICOMweb service (PS3.18) is worked with for the window. No Qt.

Imported only by who works with one: `archive.dicomweb` brings dicomweb-client with it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from mammoview.archive.dicomweb import Dicomweb, Target
from mammoview.archive.dicomweb_files import Incoming
from mammoview.archive.dicomweb_http import Patience
from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode
from mammoview.archive.dicomweb_retrieve import OBJECT_LIMIT_BYTES, Progress, listed, retrieve
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.uids import study_folder
from mammoview.archive.secrets import secret_of
from mammoview.core.errors import UsageError
from mammoview.services.archive_work import MOST_FOUND, Found, Tally, found_study

_ONCE, _TWICE = Patience(attempts=1), Patience(attempts=2)
"""Somebody waits for the answer, and nothing is lost where there is none."""


class DicomwebPeer:
    """A `Peer` by QIDO-RS and WADO-RS. What comes is filed under the names that `archive.pacs.filing` has for it."""

    def __init__(self, node: DicomwebNode) -> None:
        self._node = node

    def tested(self, cancellation: Cancellation) -> float:
        with self._service(cancellation, patience=_ONCE) as service:
            begun = time.monotonic()
            service.search("studies", {}, limit=1)
            return time.monotonic() - begun

    def found(self, keys: dict[str, str], cancellation: Cancellation) -> list[Found]:
        studies = []
        with self._service(cancellation, patience=_TWICE) as service:
            for match in service.search("studies", keys, limit=MOST_FOUND):
                with contextlib.suppress(UsageError):  # what is no UID cannot be asked for
                    uid = Target(match.study).study
                    images = match.instance_count or None
                    studies.append(found_study(uid, dict(match.names), images, match.modalities))
        return studies

    def bring(
        self, uids: Sequence[str], filing: Filing, tally: Tally, cancellation: Cancellation, said: Callable[[str], None]
    ) -> str:
        with self._service(cancellation, said) as service:
            return _Bringing(service, uids, filing, tally).run()

    @contextlib.contextmanager
    def _service(
        self,
        cancellation: Cancellation,
        said: Callable[[str], None] = lambda line: None,
        *,
        patience: Patience | None = None,
    ) -> Iterator[Dicomweb]:
        """The service, hung up on where it is cancelled. Raises SecretError, CancelledError."""
        node = self._node
        secret = "" if node.auth == "none" else secret_of(node.name)
        service = Dicomweb(node, secret, patience=patience, cancel=threading.Event(), said=said)
        with contextlib.closing(service), cancellation.calling(service.hang_up):
            cancellation.stop_if()
            yield service


class _Bringing:
    """One retrieval of studies, each by itself, counted together."""

    def __init__(self, service: Dicomweb, uids: Sequence[str], filing: Filing, tally: Tally) -> None:
        self._service, self._tally = service, tally
        self._folders = {uid: filing.folder / study_folder(uid) for uid in uids}
        self._state: dict[str, Progress] = {}

    def run(self) -> str:
        """In words why not all came; what does not tell what it has is asked for it all the same. Raises DicomwebError
        where nothing is here in the end."""
        wanted: dict[str, dict[str, Target] | None] = {}
        unlisted: list[DicomwebError] = []
        for uid, folder in self._folders.items():
            try:
                found = wanted[uid] = listed(self._service, Target(uid))
            except DicomwebError as error:
                if not error.status:
                    raise
                unlisted.append(error)
                self._state[uid] = Progress(0, 1, 0)
                continue
            there = sum(map(Incoming(folder, OBJECT_LIMIT_BYTES).has, found or ()))
            self._state[uid] = Progress(there, 0, len(found or ()) - there)
        self._tell()
        try:
            trouble = self._each(wanted, unlisted)
        finally:
            for folder in self._folders.values():
                with contextlib.suppress(OSError):
                    folder.rmdir()  # where nothing is in it
        if trouble and self._tally.is_whole:  # what does not tell what it has
            self._tally.told(self._tally.done, 1, 0)
        return trouble

    def _each(self, wanted: dict[str, dict[str, Target] | None], errors: list[DicomwebError]) -> str:
        """Bring each study; the first reason why not all came. `errors`: why others are not brought."""
        lost: list[str] = []
        for uid, found in wanted.items():
            before = self._state[uid].done
            try:
                lost += self._one(uid, found)
            except DicomwebError as error:
                errors.append(error)
                if not error.status:  # the service, or the disk, cannot be had any more
                    break
            finally:
                self._tally.arrived(uid, self._state[uid].done - before)
        if errors and not self._tally.done:
            raise errors[0]
        return next(iter([*lost, *map(str, errors)]), "")

    def _one(self, uid: str, wanted: dict[str, Target] | None) -> list[str]:
        """Bring a study; why not all of it came."""
        result = retrieve(
            self._service, Target(uid), self._folders[uid], progress=partial(self._progressed, uid), wanted=wanted
        )
        return list(result.failed.values()) or (result.refused if wanted is None else [])

    def _progressed(self, uid: str, progress: Progress) -> None:
        self._state[uid] = progress
        self._tell()

    def _tell(self) -> None:
        states = self._state.values()
        done, failed = sum(one.done for one in states), sum(one.failed for one in states)
        self._tally.told(done, failed, sum(one.remaining or 0 for one in states))
