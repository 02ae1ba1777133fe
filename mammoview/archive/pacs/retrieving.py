"""Owns the retrieval of studies (PS3.4 Annex C, C-GET and C-MOVE): only what is not there yet, until all of it is.

An archive is first asked which images there are. What it then sends is filed as it comes, so that a retrieval that was
cancelled, or whose connection broke, goes on with what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, cast

from pydicom.dataset import Dataset
from pynetdicom import evt, sop_class
from pynetdicom.association import Association
from pynetdicom.presentation import build_context

from mammoview.archive.pacs.asking import Match, Query
from mammoview.archive.pacs.calling import Retries, associated, lost, operation, status_error
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import answers
from mammoview.archive.pacs.connections import Limits, Said
from mammoview.archive.pacs.errors import OUT_OF_RESOURCES, ObjectRefusedError, PacsError
from mammoview.archive.pacs.filing import Filed, Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.receiver import LOOPBACK, Receiver, callers_of, stored
from mammoview.archive.pacs.tls import TlsFiles
from mammoview.archive.pacs.transfers import UNCOMPRESSED, retrieved
from mammoview.core.errors import UsageError

IMAGES_AT_ONCE: Final = 64
"""How many images one request names (PS3.4 C.4.2.2.1, a list of UIDs)."""

_GET = str(sop_class.StudyRootQueryRetrieveInformationModelGet)  # type: ignore[attr-defined]
_MOVE = str(sop_class.StudyRootQueryRetrieveInformationModelMove)  # type: ignore[attr-defined]
_FOR_ALL = (0x0122, 0x0124, 0xA700, 0xA701, 0xA801, 0xA900)
"""Statuses that do not depend on the images (PS3.4 Tables C.4-2 and C.4-3)."""

_MESSAGE_ID = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """One image that an archive has; `sop_class_uid` empty where it does not tell."""

    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class_uid: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the images that were asked for: here, refused by one of the two sides, and still to come."""

    done: int
    failed: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a retrieval came to: `images` that the archive has, `there` of them before, `came` now, the SOP Instance
    UIDs that did not come, and what ended it before its time.
    """

    images: int
    there: int
    came: int
    missing: tuple[str, ...]
    trouble: PacsError | None


@dataclass(frozen=True, slots=True)
class Reception:
    """Where our receiver listens while an archive moves images to us: `host` LOOPBACK for this machine alone."""

    host: str = LOOPBACK
    tls: TlsFiles | None = None


def images_of(
    node: Node,
    study_uids: Sequence[str],
    cancellation: Cancellation,
    *,
    series: Sequence[str] = (),
    limits: Limits | None = None,
) -> list[Wanted]:
    """The images of studies, or of these series of one, that an archive has. Raises PacsError, CancelledError."""
    wanted: list[Wanted] = []
    model = Query("study").model
    with associated(node, [build_context(model, [*UNCOMPRESSED])], cancellation, limits=limits) as association:

        def asked(level: str, **keys: str) -> list[Match]:
            return list(answers(association, node, Query(level, keys), cancellation, limits=limits))

        for study_uid in dict.fromkeys(study_uids):
            found = (match.uid("SeriesInstanceUID") for match in asked("series", StudyInstanceUID=study_uid))
            for series_uid in dict.fromkeys(series or [uid for uid in found if uid]):
                for match in asked("image", StudyInstanceUID=study_uid, SeriesInstanceUID=series_uid):
                    sop_uid, sop_class = match.uid("SOPInstanceUID"), match.uid("SOPClassUID")
                    if sop_uid:
                        wanted.append(Wanted(study_uid, series_uid, sop_uid, sop_class or ""))
    return wanted


class Retrieval:
    """Brings images of an archive into a folder. `run` may be called once; `cancellation` ends it from any thread.

    `arrived` is told each file, `progress` after each and at the end, both in threads of the network; `said` takes one
    line for what was refused or is tried again.
    """

    def __init__(
        self,
        node: Node,
        filing: Filing,
        cancellation: Cancellation,
        *,
        progress: Callable[[Progress], None] = lambda progress: None,
        arrived: Callable[[Filed], None] = lambda filed: None,
        said: Said = lambda line: None,
        retries: Retries | None = None,
        limits: Limits | None = None,
        reception: Reception | None = None,
    ) -> None:
        self._node, self._filing, self._cancellation = node, filing, cancellation
        self._progress, self._arrived, self._said = progress, arrived, said
        self._retries, self._limits = retries or Retries(), limits or Limits()
        self._reception = reception or Reception()
        self._asked: list[Wanted] = []
        self._uids: frozenset[str] = frozenset()
        self._there: set[str] = set()
        self._doubtful: set[str] = set()
        self._refused: set[str] = set()
        self._trouble: ObjectRefusedError | None = None

    def run(self, study_uids: Sequence[str], *, series: Sequence[str] = (), images: Sequence[str] = ()) -> Retrieved:
        """Retrieve studies, or of one study some series, or some images. Raises UsageError where the archive has none
        of them, PacsError where nothing can be done, CancelledError; what came is filed all the same.
        """
        self._asked = self._persistently(lambda: self._list(study_uids, series, images))
        if not self._asked:
            raise UsageError(f"{self._node.name}: has no image of this", "mammoview pacs find shows what it has")
        self._uids = frozenset(one.sop_uid for one in self._asked)
        self._there = {one.sop_uid for one in self._asked if self._holds(one)}
        before = len(self._there)
        self._tell()
        trouble: PacsError | None = None
        with ExitStack() as stack:
            if self._node.retrieve == "move" and before < len(self._asked):
                stack.enter_context(self._receiver())
            try:
                self._persistently(self._all)
            except PacsError as error:
                if not self._there:
                    raise
                trouble = error
        self._tell()
        missing = tuple(one.sop_uid for one in self._asked if not self._holds(one))
        return Retrieved(len(self._asked), before, len(self._asked) - before - len(missing), missing, trouble)

    def _list(self, study_uids: Sequence[str], series: Sequence[str], images: Sequence[str]) -> list[Wanted]:
        found = images_of(self._node, study_uids, self._cancellation, series=series, limits=self._limits)
        chosen = {one.sop_uid: one for one in found if not images or one.sop_uid in images}
        return list(chosen.values())

    def _persistently(self, work: Callable[[], Any]) -> Any:
        """What `work` answers, tried again where what stopped it may pass; that something came counts as progress."""
        failures, came = 0, len(self._there)
        while True:
            try:
                return work()
            except PacsError as error:
                failures = 1 if len(self._there) > came else failures + 1
                came = len(self._there)
                self._retries.after(failures, error, self._cancellation, self._said)

    def _all(self) -> None:
        """Ask for everything that is neither here nor was refused."""
        left = self._left()
        if not left:
            return
        get = self._node.retrieve == "get"
        model = _GET if get else _MOVE
        contexts, roles = [build_context(model, [*UNCOMPRESSED])], list[Any]()
        if get:
            contexts, roles = retrieved(model, [one.sop_class_uid for one in left if one.sop_class_uid])
        with associated(
            self._node,
            contexts,
            self._cancellation,
            limits=self._limits,
            roles=roles,
            handlers=[(evt.EVT_C_STORE, self._stored)] if get else [],
            filing=self._filing if get else None,
        ) as association:
            while batch := self._next_batch():
                self._ask(association, batch, model)
                self._judge(batch)

    def _left(self) -> list[Wanted]:
        settled = self._refused | self._there
        return [one for one in self._asked if one.sop_uid not in settled]

    def _next_batch(self) -> list[Wanted]:
        """Images of one series that are still to come; one at a time of those that did not come with others."""
        left = self._left()
        fresh = [one for one in left if one.sop_uid not in self._doubtful]
        return [one for one in fresh if one.series_uid == fresh[0].series_uid][:IMAGES_AT_ONCE] or left[:1]

    def _judge(self, batch: Sequence[Wanted]) -> None:
        """What did not come is asked for once more by itself, and then no more."""
        gone = {one.sop_uid for one in batch} - self._there
        self._refused |= gone if len(batch) == 1 else set()
        self._doubtful |= gone
        self._tell()

    def _ask(self, association: Association, batch: Sequence[Wanted], model: str) -> None:
        identifier = _identifier(batch)
        if model == _GET:
            responses = association.send_c_get(identifier, model, msg_id=_MESSAGE_ID)
        else:
            responses = association.send_c_move(identifier, self._node.our_ae_title, model, msg_id=_MESSAGE_ID)

        with operation(association, model, _MESSAGE_ID, self._cancellation, self._limits):
            for status, _ in responses:
                if "Status" not in status:
                    raise lost(self._node, association, self._cancellation)
                if self._trouble is not None:
                    raise PacsError(self._trouble.cause, self._trouble.hint)
                if status.Status in _FOR_ALL:
                    raise status_error(self._node, "the retrieval", status)
            self._cancellation.stop_if()

    def _receiver(self) -> Receiver:
        return Receiver(
            self._filing,
            callers_of([self._node]),
            ae_title=self._node.our_ae_title,
            host=self._reception.host,
            port=self._node.move_port,
            tls=self._reception.tls,
            limits=self._limits,
            arrived=self._here,
            refused=self._unkept,
            said=self._said,
        )

    def _stored(self, event: evt.Event) -> int:
        return stored(event, self._filing, self._here, self._unkept)

    def _unkept(self, error: ObjectRefusedError) -> None:
        """An object that came was refused here; where the disk is the reason, so will be the others."""
        if error.status == OUT_OF_RESOURCES:
            self._trouble = error
        else:
            self._said(str(error))

    def _here(self, filed: Filed) -> None:
        self._there |= {filed.sop_instance_uid} & self._uids
        self._arrived(filed)
        self._tell()

    def _holds(self, one: Wanted) -> bool:
        return self._filing.holds(one.study_uid, one.sop_uid)

    def _tell(self) -> None:
        done, failed = len(self._there), len(self._refused - self._there)
        self._progress(Progress(done, failed, len(self._uids) - done - failed))


def _identifier(batch: Sequence[Wanted]) -> Dataset:
    """Of images of one series."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "IMAGE"
    identifier.StudyInstanceUID = batch[0].study_uid
    identifier.SeriesInstanceUID = batch[0].series_uid
    identifier.SOPInstanceUID = cast(Any, [one.sop_uid for one in batch])
    return identifier
