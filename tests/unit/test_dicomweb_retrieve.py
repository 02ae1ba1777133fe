"""Instances come whole or not at all, once, under names of our own, whatever the service does; and go with every
failure told."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from mammoview.archive.dicomweb import Dicomweb, Stored, Target
from mammoview.archive.dicomweb_files import Incoming, StorageError, checked_uid
from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode
from mammoview.archive.dicomweb_retrieve import Progress, Retrieval, retrieve
from mammoview.core.errors import CancelledError, InputRefusedError, UsageError
from tests.dicomweb_rig import Answer, Service, StillClock, as_json, failing, multipart, serving

STUDY, SERIES = "1.2.3", "1.2.3.1"
UIDS = tuple(f"1.2.3.1.{number}" for number in range(1, 5))


def made(uid: str, study: str = STUDY, size: int = 40_000) -> bytes:
    """A DICOM file."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID = uid, SERIES, study
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    dataset.add_new("PixelData", "OW", uid.encode()[-1:] * size)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


FILES = {uid: made(uid) for uid in UIDS}


def listing(uids: tuple[str, ...] = UIDS) -> Answer:
    tags = {"0020000D": STUDY, "0020000E": SERIES}
    return as_json([{tag: {"Value": [told]} for tag, told in {**tags, "00080018": uid}.items()} for uid in uids])


def answers(whole: Callable[[], Answer], single: Callable[[str], Answer]) -> Callable[[str, str], Answer]:
    """A service that has the four instances."""

    def answer(method: str, path: str) -> Answer:
        place = path.partition("?")[0]
        if place.endswith("/instances"):
            return listing() if "offset=0" in path else as_json([])
        return single(place.rpartition("/")[2]) if "/instances/" in place else whole()

    return answer


def good(uid: str) -> Answer:
    return multipart([FILES[uid]])


def all_of_it() -> Answer:
    return multipart(FILES.values())


def brought(
    service: Service, folder: Path, target: Target | None = None, clock: StillClock | None = None, **more: object
) -> Retrieval:
    node = DicomwebNode("archive", service.url)
    cancel = more.pop("cancel", None)
    client = Dicomweb(node, clock=clock or StillClock(), cancel=cancel)  # type: ignore[arg-type]
    return retrieve(client, target or Target(STUDY), folder, **more)  # type: ignore[arg-type]


def kept(folder: Path) -> set[bytes]:
    """What lies there; nothing half written is among it."""
    assert all(path.suffix == ".dcm" for path in folder.iterdir()), list(folder.iterdir())
    return {path.read_bytes() for path in folder.iterdir()}


def test_a_study_comes_in_one_answer_byte_for_byte(tmp_path: Path) -> None:
    with serving(answers(all_of_it, good)) as service:
        result = brought(service, tmp_path)
    assert (sorted(result.received), result.failed, result.refused) == (sorted(UIDS), {}, [])
    assert kept(tmp_path) == set(FILES.values())
    assert len(service.asked) == 2


def test_files_are_called_after_a_hash_of_the_uid(tmp_path: Path) -> None:
    with serving(answers(all_of_it, good)) as service:
        brought(service, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {hashlib.sha256(uid.encode()).hexdigest()[:40] for uid in UIDS}


@pytest.mark.parametrize("uid", ["../../evil", "1.2/3", "", "1..2", "01.2", "1.2." + "3" * 64, "1.2\0", "١.٢"])
def test_what_is_no_uid_names_no_file(tmp_path: Path, uid: str) -> None:
    with pytest.raises(UsageError):
        Incoming(tmp_path, 1).path_of(uid)
    with pytest.raises(UsageError):
        checked_uid(uid)


def test_only_what_is_not_there_is_asked_for(tmp_path: Path) -> None:
    place = Incoming(tmp_path, 1)
    for uid in UIDS[:3]:
        place.path_of(uid).write_bytes(FILES[uid])
    with serving(answers(all_of_it, good)) as service:
        result = brought(service, tmp_path)
        assert (len(result.already), result.received) == (3, [UIDS[3]])
        assert [path for path in service.paths if "limit" not in path] == [
            f"/studies/{STUDY}/series/{SERIES}/instances/{UIDS[3]}"
        ]
        before = len(service.asked)
        assert brought(service, tmp_path).already == list(UIDS)
        assert len(service.asked) == before + 1


@pytest.mark.parametrize("cut", [1_000, 41_000, 90_000, 160_000])
def test_what_a_cut_answer_lacks_is_asked_for_singly(tmp_path: Path, cut: int) -> None:
    with serving(answers(lambda: multipart(FILES.values(), cut=cut), good)) as service:
        result = brought(service, tmp_path)
    assert (sorted(result.received), result.failed) == (sorted(UIDS), {})
    assert kept(tmp_path) == set(FILES.values())


def test_an_instance_that_is_always_cut_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    def single(uid: str) -> Answer:
        return multipart([FILES[uid]], cut=500 if uid == UIDS[1] else 0)

    clock = StillClock()
    with serving(answers(lambda: failing("406 no"), single)) as service:
        result = brought(service, tmp_path, clock=clock)
    assert list(result.failed) == [UIDS[1]]
    assert "cut off" in result.failed[UIDS[1]]
    assert kept(tmp_path) == {FILES[uid] for uid in UIDS if uid != UIDS[1]}
    assert clock.waits == [1.0, 2.0, 4.0, 8.0]


def test_a_body_without_its_closing_boundary_is_not_all(tmp_path: Path) -> None:
    few = [FILES[uid] for uid in UIDS[:2]]
    with serving(answers(lambda: multipart(few, end=False), good)) as service:
        assert len(brought(service, tmp_path).received) == 4


def test_a_service_that_goes_away_leaves_what_came(tmp_path: Path) -> None:
    def single(uid: str) -> Answer:
        return good(uid) if uid == UIDS[0] else failing("503 no")

    with serving(answers(lambda: failing("404 no"), single)) as service:
        result = brought(service, tmp_path)
        assert [path.rpartition("/")[2] for path in service.paths].count(UIDS[2]) == 0
    assert (result.received, sorted(result.failed)) == ([UIDS[0]], sorted(UIDS[1:]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no DICOM at all",
        made("9.9.9"),
        made(UIDS[1], study="1.2.4"),
        made(UIDS[0])[:200],
        made(UIDS[0]).replace(UIDS[0].encode(), b"../../etc"),
    ],
    ids=["nothing", "text", "unasked", "another study", "cut in its header", "a path for a UID"],
)
def test_what_was_not_asked_for_is_not_kept(tmp_path: Path, content: bytes) -> None:
    def single(uid: str) -> Answer:
        return multipart([content]) if uid == UIDS[0] else good(uid)

    with serving(answers(lambda: failing("404 no"), single)) as service:
        result = brought(service, tmp_path / "in")
    assert list(result.failed) == [UIDS[0]]
    assert kept(tmp_path / "in") == {FILES[uid] for uid in UIDS[1:]}
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_instance_that_is_sent_twice_is_kept_once(tmp_path: Path) -> None:
    with serving(answers(lambda: multipart([*FILES.values(), FILES[UIDS[0]]]), good)) as service:
        assert len(brought(service, tmp_path).received) == 4
    assert len(list(tmp_path.iterdir())) == 4


def test_a_part_of_another_length_than_told_is_refused(tmp_path: Path) -> None:
    def single(uid: str) -> Answer:
        status, headers, body = good(uid)
        told = next(iter(body)).replace(b"\r\n\r\n", b"\r\nContent-Length: 99999\r\n\r\n", 1)
        return status, headers, [told]

    with serving(answers(lambda: failing("404 no"), single)) as service:
        result = brought(service, tmp_path)
    assert len(result.failed) == 4 and not kept(tmp_path)


def test_an_instance_that_is_too_large_is_not_waited_for(tmp_path: Path) -> None:
    with serving(answers(all_of_it, good)) as service:
        result = brought(service, tmp_path, limit_bytes=20_000)
    assert len(result.failed) == 4 and not kept(tmp_path)
    assert "larger than" in result.failed[UIDS[0]]


def test_a_file_that_is_not_wrapped_is_taken_where_its_end_is_told(tmp_path: Path) -> None:
    content = FILES[UIDS[0]]

    def bare(told: int) -> Answer:
        return "200 OK", [("Content-Type", "application/dicom"), ("Content-Length", str(told))], [content]

    target = Target(STUDY, SERIES, UIDS[0])
    with serving(lambda method, path: bare(len(content) + 9)) as service:
        assert list(brought(service, tmp_path, target).failed) == [UIDS[0]]
    with serving(lambda method, path: bare(len(content))) as service:
        assert brought(service, tmp_path, target).received == [UIDS[0]]
    assert kept(tmp_path) == {content}


def test_a_service_that_cannot_search_gives_all_at_once(tmp_path: Path) -> None:
    def answer(method: str, path: str) -> Answer:
        return failing("501 no") if "/instances" in path else all_of_it()

    with serving(answer) as service:
        assert len(brought(service, tmp_path).received) == 4


def test_what_the_service_does_not_have_is_said(tmp_path: Path) -> None:
    with serving(lambda method, path: as_json([])) as service, pytest.raises(DicomwebError, match="does not have"):
        brought(service, tmp_path)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    with serving(answers(lambda: multipart(FILES.values(), cut=1000), good)) as service:
        brought(service, tmp_path, progress=told.append)
    assert told[0] == Progress(0, 0, 4)
    assert told[-1] == Progress(4, 0, 0)
    assert all(one.done + one.failed + (one.remaining or 0) == 4 for one in told)


def test_cancelling_leaves_whole_files_only(tmp_path: Path) -> None:
    cancel = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.done == 2:
            cancel.set()

    with serving(answers(lambda: failing("404 no"), good)) as service, pytest.raises(CancelledError):
        brought(service, tmp_path, progress=tell, cancel=cancel)
    assert kept(tmp_path) == {FILES[UIDS[0]], FILES[UIDS[1]]}


def test_a_full_disk_ends_the_work_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) > 2:  # a file and its folder
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with serving(answers(all_of_it, good)) as service, pytest.raises(StorageError, match="No space left"):
        brought(service, tmp_path)
    assert kept(tmp_path) == {FILES[UIDS[0]]}


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / ".mammoview-incoming-a.part", tmp_path / ".mammoview-incoming-b.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    Incoming(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == [new.name]


def test_metadata_are_those_of_the_target() -> None:
    with serving(lambda method, path: as_json([{"00080018": {"Value": [UIDS[0]]}}])) as service:
        client = Dicomweb(DicomwebNode("archive", service.url))
        assert len(client.metadata(Target(STUDY, SERIES))) == 1
    assert service.paths == [f"/studies/{STUDY}/series/{SERIES}/metadata"]


@pytest.mark.parametrize("uids", [("x",), ("1.2", "x"), ("1.2", "1.2/3"), ("1.2", "", "1.3"), ("",)])
def test_a_target_is_of_uids(uids: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        Target(*uids)


# --- STOW-RS


def stored(tmp_path: Path, answer: Answer) -> Stored:
    path = tmp_path / "a.dcm"
    path.write_bytes(FILES[UIDS[0]])
    with serving(lambda method, place: answer) as service:
        return Dicomweb(DicomwebNode("archive", service.url), clock=StillClock()).store(path)


def told(sequence: str, **reasons: int) -> dict[str, object]:
    """The answer of PS3.18 Table I.2-1 with one item."""
    item: dict[str, object] = {"00081155": {"vr": "UI", "Value": [UIDS[0]]}}
    item |= {tag.removeprefix("t"): {"vr": "US", "Value": [reason]} for tag, reason in reasons.items()}
    return {sequence: {"vr": "SQ", "Value": [item]}}


def test_an_instance_that_is_kept_is_said_to_be(tmp_path: Path) -> None:
    assert stored(tmp_path, as_json(told("00081199"))) == Stored(UIDS[0], STUDY)


def test_an_instance_that_is_kept_with_changes_is_said_to_be(tmp_path: Path) -> None:
    assert stored(tmp_path, as_json(told("00081199", t00081196=0xB000))).warning == "kept with changes (0xB000)"


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "409 Conflict"])
def test_why_an_instance_is_not_kept_is_told(tmp_path: Path, status: str) -> None:
    _, headers, body = as_json(told("00081198", t00081197=0x0122))
    assert stored(tmp_path, (status, headers, body)).failure == "SOP Class not supported (0x0122)"


def test_an_answer_with_a_charset_is_understood(tmp_path: Path) -> None:
    _, _, body = as_json(told("00081199"))
    headers = [("Content-Type", "application/dicom+json; charset=utf-8")]
    assert stored(tmp_path, ("200 OK", headers, body)).failure == ""


@pytest.mark.parametrize(
    "body", [as_json({}), ("200 OK", [], [b""]), as_json(told("00081199", x=1) | {"00081199": {"vr": "SQ"}})]
)
def test_what_is_not_confirmed_is_not_kept(tmp_path: Path, body: Answer) -> None:
    assert "does not say" in stored(tmp_path, body).failure


def test_an_instance_is_sent_again_where_the_service_was_busy(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(FILES[UIDS[0]])
    left = [failing("503 no"), failing("429 no")]
    with serving(lambda method, place: left.pop() if left else as_json(told("00081199"))) as service:
        assert Dicomweb(DicomwebNode("archive", service.url), clock=StillClock()).store(path).failure == ""
    assert len(service.asked) == 3


def test_what_is_no_dicom_file_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    with serving(lambda method, place: as_json({})) as service:
        client = Dicomweb(DicomwebNode("archive", service.url))
        for wrong in (path, tmp_path / "none.dcm", tmp_path):
            with pytest.raises(InputRefusedError):
                client.store(wrong)
        assert service.asked == []


def test_made_files_are_dicom_files() -> None:
    assert dcmread(io.BytesIO(FILES[UIDS[0]])).SOPInstanceUID == UIDS[0]
