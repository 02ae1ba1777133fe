"""Owns the window's work with archives on the network: off the GUI thread, and to be stopped at any moment.

What is done with them is of `archive_work`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from mammoview.archive import audit
from mammoview.archive.audit import AuditEvent, Outcome
from mammoview.archive.audit_records import Detail
from mammoview.archive.library import Library
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.secrets import WaitingSecrets, is_in_environment
from mammoview.core.errors import MammoviewError, UsageError
from mammoview.services.archive_work import Brought, Found, Wanted, brought, sought, tested
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.settings import SettingsStore

if TYPE_CHECKING:
    from mammoview.archive.known import AnyNode, Known, KnownArchives

RECEIVED: Final = "received"
"""The folder of retrieved studies, beside the settings, where the reader names no other."""

_THREADS = 3


class Errand:
    """One piece of work with an archive, while it is under way."""

    def __init__(self, ticket: Ticket, cancellation: Cancellation, runner: JobRunner) -> None:
        self._ticket, self._cancellation, self._runner = ticket, cancellation, runner

    @property
    def dropped(self) -> bool:
        """Whether nobody is told what comes of it."""
        return self._ticket.cancelled()

    def cancel(self) -> None:
        """Have it end soon; its outcome comes all the same."""
        self._runner.submit(lambda _: self._cancellation.cancel(), done=lambda _: None)

    def drop(self) -> None:
        """Have it end soon, and nobody told."""
        self._ticket.cancel()
        self.cancel()

    def stop(self) -> None:
        """As `drop`, here and now: for the end of the window."""
        self._ticket.cancel()
        self._cancellation.cancel()


Done = Callable[[Any], None]
Failed = Callable[[MammoviewError], None]
Progressed = Callable[[int, int], None]


class Archives(QObject):
    """`spoke(words)`: what a retrieval says meanwhile, as that it tries again; `changed`: other archives are known;
    `priors_wanted`: priors are to be fetched from another archive, or no longer; `unkept(words)`: why a password or
    token is not kept."""

    spoke = Signal(str)
    unkept = Signal(str)
    changed = Signal()
    priors_wanted = Signal()
    _noted = Signal(object)

    def __init__(self, room: ReadingRoom, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.room, self.settings = room, settings
        self.runner = JobRunner(_THREADS, self)
        self._hanging_up = JobRunner(1, self)
        self.keyring = JobRunner(1, self)  # it may wait for its owner; one change follows the other
        for own in (self._hanging_up, self.keyring):
            own.bug.connect(self.runner.bug)
        self._under_way: list[Errand] = []
        self._waiting = WaitingSecrets(settings.folder)
        self._lost = self._waiting.names()
        self._noted.connect(self._record)

    # --- which there are

    def known(self) -> Known:
        """The known archives."""
        return self._book().read()

    def keep(self, node: AnyNode, *, before: AnyNode | None = None, secret: str = "") -> None:
        """Keep an archive, new or in place of `before`, and its password or token in the system's keyring, where it is
        not empty. Raises MammoviewError where it cannot be kept; the one before is there still then. That the secret
        cannot be kept is told by `unkept`."""
        book = self._book()
        if (before is None or node.name != before.name) and any(one.name == node.name for one in book.read().nodes):
            raise UsageError(self.tr("there is an archive of this name"), self.tr("take another name"))
        book.keep(node, before)
        if before is not None and self.settings.value.priors_from == before.name:
            self.fetch_priors_from(node.name)
        self._settle(node, secret, before)
        self.changed.emit()

    def remove(self, node: AnyNode) -> None:
        """Forget an archive; priors are no longer fetched from it. Raises MammoviewError."""
        self._book().remove(node)
        if self.settings.value.priors_from == node.name:
            self.fetch_priors_from("")
        self._settle(None, "", node)
        self.changed.emit()

    def _settle(self, node: AnyNode | None, secret: str, before: AnyNode | None) -> None:
        """Bring the keyring up to date in the background: it may ask its owner to unlock it."""
        name, old = (one.name if one is not None and one.has_secret else "" for one in (node, before))
        if not (name or old):
            return
        is_lost = not secret and old in self._lost
        self._lost = (self._lost - {old, name}) | ({name} if name and is_lost else set())
        if old != name:
            self._waiting.remove(old)
        number = self._waiting.add(name) if name and (secret or old != name) else 0
        self.start(
            partial(_settled, name, secret, old, lambda: self._waiting.taken(name, 0 if is_lost else number)),
            lambda _: None,
            lambda error: self.unkept.emit(self._words_of(name or old, str(error))),
            runner=self.keyring,
        )

    def _words_of(self, name: str, error: str) -> str:
        return self.tr("{name}: the password or token is not kept: {error}").format(name=name, error=error)

    @property
    def lost(self) -> str:
        """Of which archives the keyring had not taken the password or token when the window was closed before, in
        words, until it is given again; empty where it had all."""
        known = {node.name for node in self.known().nodes if node.has_secret} if self._lost else set()
        lost = [name for name in sorted(self._lost & known) if not is_in_environment(name)]
        cause, cure = self.tr("the keyring had not taken it when the window was closed"), self.tr("give it again")
        return self._words_of(", ".join(lost), f"{cause} ({cure})") if lost else ""

    def tell_lost(self) -> None:
        """Say `lost`, where there is something to say."""
        if self.lost:
            self.unkept.emit(self.lost)

    def fetch_priors_from(self, name: str) -> None:
        """Have priors of the open case fetched from this archive; from none where `name` is empty."""
        self.settings.change(priors_from=name)
        self.priors_wanted.emit()

    @property
    def folder(self) -> Path:
        """Where retrieved studies go."""
        named = self.settings.value.received_folder
        return Path(named) if named else self.settings.folder / RECEIVED

    def _book(self) -> KnownArchives:
        from mammoview.archive.known import KnownArchives  # not at the start

        return KnownArchives(self.settings.folder)

    # --- work

    def test(self, node: AnyNode, done: Callable[[float], None], failed: Failed) -> Errand:
        """C-ECHO, or QIDO-RS for one study: the seconds that the answer took."""
        return self.start(partial(tested, node), done, failed)

    def find(self, node: AnyNode, wanted: Wanted, done: Callable[[tuple[Found, ...]], None], failed: Failed) -> Errand:
        """C-FIND or QIDO-RS: the studies that an archive has, the newest first, no more than MOST_FOUND. Raises
        UsageError where it would be everything."""
        if wanted.is_open:
            raise UsageError(self.tr("nothing says what to look for"), self.tr("give a name, a number or a date"))
        return self.start(partial(sought, node, wanted, self.note), done, failed)

    def retrieve(
        self,
        node: AnyNode,
        uids: Sequence[str],
        done: Callable[[Brought], None],
        failed: Failed,
        progress: Progressed | None = None,
    ) -> Errand:
        """C-GET, C-MOVE or WADO-RS: bring what is not here yet of these studies into `folder`, and into the library.
        What came before it was cancelled stays."""
        folder, library, said, note = self.folder, self.library, self.spoke.emit, self.note

        def work(cancellation: Cancellation, ticket: Ticket) -> Brought:
            return brought(node, uids, folder, library, cancellation, ticket, said, note)

        return self.start(work, done, failed, progress)

    def start(
        self,
        work: Callable[[Cancellation, Ticket], Any],
        done: Done,
        failed: Failed,
        progress: Progressed | None = None,
        *,
        runner: JobRunner | None = None,
    ) -> Errand:
        """Run `work` in the background; who cancels it gets what it makes of that."""
        cancellation = Cancellation()

        def ended(tell: Callable[[Any], None], outcome: Any) -> None:
            self._under_way.remove(errand)
            tell(outcome)

        ticket = (runner or self.runner).submit(
            partial(work, cancellation), done=partial(ended, done), failed=partial(ended, failed), progress=progress
        )
        errand = Errand(ticket, cancellation, self._hanging_up)
        self._under_way = [*(one for one in self._under_way if not one.dropped), errand]
        return errand

    @property
    def library(self) -> Library | None:
        """The library, where it can be written to."""
        library = self.room.library
        return None if library is None or library.problem else library

    def note(
        self,
        event: AuditEvent,
        node: AnyNode,
        uids: Iterable[str] = (),
        outcome: Outcome = Outcome.DONE,
        **details: Detail,
    ) -> None:
        """Have it recorded in the audit trail; from any thread."""
        self._noted.emit(partial(_recorded, event, tuple(uids), outcome, {**details, "address": node.address}))

    def _record(self, work: Callable[[Library], None]) -> None:
        self.room.write(work, noted=True)

    def close(self) -> None:
        """End what is under way; what came stays."""
        for errand in self._under_way:
            errand.stop()
        self.runner.close()
        self.keyring.close()
        self._hanging_up.close()


def _settled(
    name: str, secret: str, before: str, taken: Callable[[], None], cancellation: Cancellation, ticket: Ticket
) -> None:
    """In the background: `secret` is that of `name`, or the one kept for `before` is; nobody's where that is empty.
    `taken`: what to do once the keyring has it."""
    from mammoview.archive.secrets import forget_secret, settle_secret

    if name:
        settle_secret(name, secret, before)
        taken()
    else:
        forget_secret(before)


def _recorded(
    event: AuditEvent, uids: tuple[str, ...], outcome: Outcome, details: dict[str, Detail], library: Library
) -> None:
    """In the writing thread."""
    audit.record(library, event, uids, outcome=outcome, **details)
