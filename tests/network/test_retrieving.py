"""A retrieval brings what is not there yet, goes on after breaks, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from pydicom.dataset import FileDataset
from pynetdicom.association import Association

from mammoview.archive.pacs.calling import Retries
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.connections import Limits
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.retrieving import Progress, Retrieval, Retrieved
from mammoview.archive.pacs.transfers import COMPRESSED, MOST_CONTEXTS, STORAGE, UNCOMPRESSED, retrieved
from mammoview.core.errors import CancelledError, UsageError
from tests.factories import FOR_PRESENTATION, dicom_bytes
from tests.network.objects import compressed_object, data_set_bytes, held, made_object, uid_of
from tests.network.peers import Archive
from tests.network.test_calls import free_port
from tests.network.test_receiver import SmallDisk

OBJECTS = tuple(made_object(number) for number in range(4))
STUDY = str(OBJECTS[0].StudyInstanceUID)


def sent_bytes(*objects: FileDataset) -> dict[str, bytes]:
    return {str(one.SOPInstanceUID): data_set_bytes(dicom_bytes(one)) for one in objects}


@dataclass
class Fetch:
    """A retrieval into a folder, and what it said."""

    folder: Path
    cancellation: Cancellation = field(default_factory=Cancellation)
    told: list[Progress] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    filing: Filing | None = None

    def _pause(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return False

    def run(self, node: Node, studies: tuple[str, ...] = (STUDY,), **named: Any) -> Retrieved:
        retries = Retries(most=2, pause=self._pause, chance=lambda: 0.0)
        filing = self.filing or Filing(self.folder)
        retrieval = Retrieval(
            node,
            filing,
            self.cancellation,
            progress=self.told.append,
            said=self.lines.append,
            retries=retries,
            limits=Limits(idle_s=20, grace_s=0.5),
        )
        return retrieval.run(studies, **named)


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    return Fetch(tmp_path / "received")


@pytest.fixture
def archive() -> Archive:
    return Archive(*OBJECTS, made_object(9, study="second"))


def test_a_study_comes_as_it_is(fetch: Fetch, archive: Archive) -> None:
    with archive.running() as node:
        result = fetch.run(node)
    assert (result.images, result.there, result.came, result.missing) == (4, 0, 4, ())
    assert held(fetch.folder) == sent_bytes(*OBJECTS)


def test_progress_counts_what_came_and_what_is_to_come(fetch: Fetch, archive: Archive) -> None:
    with archive.running() as node:
        fetch.run(node)
    assert fetch.told[0] == Progress(0, 0, 4)
    assert fetch.told[-1] == Progress(4, 0, 0)
    assert sorted({one.done for one in fetch.told}) == [0, 1, 2, 3, 4]


def test_what_is_there_is_not_asked_for_again(fetch: Fetch, archive: Archive) -> None:
    with archive.running() as node:
        fetch.run(node)
        files = sorted(fetch.folder.rglob("*.dcm"))
        files[0].unlink()
        archive.asked.clear()
        result = fetch.run(node)
    assert (result.there, result.came) == (3, 1)
    (asked,) = archive.asked
    assert len(held(fetch.folder)) == 4 and isinstance(asked.SOPInstanceUID, str)


def test_nothing_is_asked_for_where_all_is_there(fetch: Fetch, archive: Archive) -> None:
    with archive.running() as node:
        fetch.run(node)
        archive.asked.clear()
        assert fetch.run(node).came == 0
    assert archive.asked == []


def test_one_image_can_be_asked_for(fetch: Fetch, archive: Archive) -> None:
    with archive.running() as node:
        fetch.run(node, images=[str(OBJECTS[2].SOPInstanceUID)])
    assert list(held(fetch.folder)) == [OBJECTS[2].SOPInstanceUID]


def test_a_study_that_the_archive_does_not_have_is_told(fetch: Fetch, archive: Archive) -> None:
    with archive.running() as node, pytest.raises(UsageError, match="has no image of this"):
        fetch.run(node, (uid_of("nowhere"),))


def test_compressed_images_come_compressed(fetch: Fetch) -> None:
    objects = [compressed_object(syntax, number) for number, syntax in enumerate(COMPRESSED[:4])]
    with Archive(*objects).running() as node:
        fetch.run(node, (str(objects[0].StudyInstanceUID),))
    assert held(fetch.folder) == sent_bytes(*objects)


def test_a_broken_connection_is_made_again_and_the_rest_asked_for(fetch: Fetch, archive: Archive) -> None:
    def break_once(association: Association, number: int) -> None:
        if len(archive.asked) == 1 and number == 2:
            association.abort()

    archive.before_each = break_once
    with archive.running() as node:
        result = fetch.run(node)
    assert result.came == 4 and held(fetch.folder) == sent_bytes(*OBJECTS)
    assert [_count(asked.SOPInstanceUID) for asked in archive.asked] == [4, 2]
    assert fetch.waited == [1.0]
    assert "trying again in 1 s" in fetch.lines[0]


def _count(uids: Any) -> int:
    return 1 if isinstance(uids, str) else len(uids)


def test_waits_grow_and_end_while_nothing_comes(fetch: Fetch) -> None:
    with pytest.raises(PacsError, match="cannot be reached"):
        fetch.run(Node("made", "ARCHIVE", "127.0.0.1", free_port()))
    assert fetch.waited == [1.0, 2.0]


def test_what_came_stays_where_the_rest_cannot_be_had(fetch: Fetch, archive: Archive) -> None:
    archive.objects = [*OBJECTS[:2]]
    archive.before_each = _abort_at(archive, OBJECTS[1])
    with archive.running() as node:
        result = fetch.run(node)
    assert result.came == 1 and result.trouble is not None
    assert result.missing == (OBJECTS[1].SOPInstanceUID,)


def _abort_at(archive: Archive, one: FileDataset) -> Any:
    """Ends the association before this object is sent."""

    def call(association: Association, number: int) -> None:
        uids = archive.asked[-1].SOPInstanceUID if archive.asked else []
        if ([uids] if isinstance(uids, str) else list(uids))[number : number + 1] == [one.SOPInstanceUID]:
            association.abort()

    return call


def test_one_bad_image_does_not_stop_the_others(fetch: Fetch) -> None:
    bad = compressed_object("1.2.840.10008.1.2.4.70")
    bad.PixelData = bad.PixelData[:-60]
    with Archive(OBJECTS[0], bad, OBJECTS[2]).running() as node:
        result = fetch.run(node)
    assert (result.came, result.missing) == (2, (bad.SOPInstanceUID,))
    assert fetch.told[-1] == Progress(2, 1, 0)
    assert "cut off" in fetch.lines[0]


def test_a_full_disk_ends_it_in_one_line(fetch: Fetch, archive: Archive) -> None:
    room = {"bytes": 4000}
    fetch.filing = Filing(fetch.folder, opened=lambda path: cast(BinaryIO, SmallDisk(path, room)))
    with archive.running() as node:
        result = fetch.run(node)
    assert result.came == 1 and "No space left" in str(result.trouble)
    assert len(list(fetch.folder.rglob("*.dcm"))) == 1
    assert not list(fetch.folder.glob(".*"))


def test_it_can_be_stopped_from_another_thread_and_goes_on_later(fetch: Fetch, archive: Archive) -> None:
    def stop(association: Association, number: int) -> None:
        if archive.asked and number == 2:
            fetch.cancellation.cancel()
            _until(lambda: bool(association.dimse.cancel_req))

    archive.before_each = stop
    with archive.running() as node:
        with pytest.raises(CancelledError):
            fetch.run(node)
        assert archive.cancelled.wait(20)
        assert len(held(fetch.folder)) == 2
        fetch.cancellation, archive.before_each = Cancellation(), lambda association, number: None
        assert fetch.run(node).came == 2
    assert held(fetch.folder) == sent_bytes(*OBJECTS)


def test_nothing_waits_any_longer_for_a_retrieval_that_ended_when_it_was_stopped(tmp_path: Path) -> None:
    archive, cancellation = Archive(*OBJECTS), Cancellation()

    def stop(association: Association, number: int) -> None:
        if archive.asked and number == 2:
            cancellation.cancel()
            _until(lambda: bool(association.dimse.cancel_req))

    archive.before_each = stop
    with archive.running() as node:
        with pytest.raises(CancelledError):
            Retrieval(node, Filing(tmp_path), cancellation, limits=Limits(grace_s=600)).run([STUDY])
        assert [one for one in threading.enumerate() if isinstance(one, threading.Timer)] == []


def _until(there: Any) -> None:
    """Wait until it holds; fails after twenty seconds."""
    event = threading.Event()
    for _ in range(2000):
        if there():
            return
        event.wait(0.01)
    pytest.fail("it did not come about")


# --- C-MOVE


@pytest.fixture
def moving(archive: Archive) -> Iterator[Node]:
    """The archive as one that calls our receiver."""
    port = free_port()
    archive.move_to = port
    with archive.running(retrieve="move", move_port=port) as node:
        yield node


def test_a_study_is_moved_to_the_receiver(fetch: Fetch, moving: Node) -> None:
    result = fetch.run(moving)
    assert (result.came, result.missing) == (4, ())
    assert held(fetch.folder) == sent_bytes(*OBJECTS)


def test_only_what_is_not_there_is_moved(fetch: Fetch, moving: Node, archive: Archive) -> None:
    fetch.run(moving)
    next(iter(sorted(fetch.folder.rglob("*.dcm")))).unlink()
    assert fetch.run(moving).came == 1


def test_an_archive_that_does_not_know_us_is_told(fetch: Fetch, moving: Node, archive: Archive) -> None:
    archive.move_to = 0
    with pytest.raises(PacsError, match="0xA801: it does not know the AE title") as told:
        fetch.run(moving)
    assert "C-GET" in told.value.hint


# --- what is offered


def test_no_more_contexts_are_offered_than_there_may_be() -> None:
    for classes in ((), (FOR_PRESENTATION,), tuple(STORAGE)):
        contexts, roles = retrieved("1.2.840.10008.5.1.4.1.2.2.3", classes)
        assert len(contexts) <= MOST_CONTEXTS
        assert {str(role.sop_class_uid) for role in roles} == {str(one.abstract_syntax) for one in contexts[1:]}


def test_every_class_that_is_received_is_offered_where_it_is_not_known_what_will_come() -> None:
    contexts, _ = retrieved("1.2.840.10008.5.1.4.1.2.2.3")
    assert {str(one.abstract_syntax) for one in contexts[1:]} == set(map(str, STORAGE))


def test_mammograms_are_offered_in_each_syntax_by_itself() -> None:
    contexts, _ = retrieved("1.2.840.10008.5.1.4.1.2.2.3")
    own = [one.transfer_syntax for one in contexts if one.abstract_syntax == FOR_PRESENTATION]
    assert own == [[*UNCOMPRESSED], *([syntax] for syntax in COMPRESSED)]
