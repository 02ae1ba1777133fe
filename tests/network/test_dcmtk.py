"""Against dcmtk's programs: its sender, its archive and its worklist."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from mammoview.archive.pacs.asking import Query, Worklist
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import find
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.retrieving import Retrieval
from mammoview.archive.pacs.sending import outgoing, send
from tests.encoders import JPEG_LOSSLESS_SV1
from tests.factories import dicom_bytes
from tests.network.conftest import Reception
from tests.network.objects import compressed_object, data_set_bytes, held, made_object, uid_of, written
from tests.network.servers import dcmqrscp, program, wlmscpfs
from tests.network.test_calls import free_port

Made = Callable[..., Reception]
OBJECTS = tuple(made_object(number) for number in range(3))


def storescu(made: Reception, *arguments: str, title: str = "SENDER") -> subprocess.CompletedProcess[bytes]:
    command = [program("storescu", "dcmtk"), "-aet", title, "-aec", "MAMMOVIEW", "127.0.0.1", str(made.receiver.port)]
    return subprocess.run([*command, *arguments], capture_output=True, check=False, timeout=120)


def test_its_sender_is_served(reception: Made, tmp_path: Path) -> None:
    made, paths = reception(), written(tmp_path / "out", *OBJECTS)
    assert storescu(made, *map(str, paths)).returncode == 0
    assert held(made.folder) == {str(one.SOPInstanceUID): data_set_bytes(dicom_bytes(one)) for one in OBJECTS}


def test_compressed_objects_of_its_sender_stay_compressed(reception: Made, tmp_path: Path) -> None:
    made, one = reception(), compressed_object(JPEG_LOSSLESS_SV1)
    (path,) = written(tmp_path / "out", one)
    assert storescu(made, "-xs", str(path)).returncode == 0
    assert held(made.folder) == {str(one.SOPInstanceUID): data_set_bytes(dicom_bytes(one))}


def test_its_sender_is_rejected_under_another_title(reception: Made, tmp_path: Path) -> None:
    made, paths = reception(), written(tmp_path / "out", OBJECTS[0])
    rejected = storescu(made, str(paths[0]), title="STRANGER")
    assert rejected.returncode != 0 and b"Calling AE Title Not Recognized" in rejected.stdout + rejected.stderr
    assert made.all_files() == []


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("dcmtk")
    with dcmqrscp(folder, free_port()) as running:
        paths = written(folder / "out", *OBJECTS)
        assert send(running, [outgoing(path) for path in paths], Cancellation()).taken == tuple(paths)
        yield running


@pytest.mark.parametrize("retrieve", ["get", "move"])
def test_its_archive_gives_back_what_was_sent(archive: Node, tmp_path: Path, retrieve: str) -> None:
    node = replace(archive, retrieve=retrieve)
    result = Retrieval(node, Filing(tmp_path), Cancellation()).run([str(OBJECTS[0].StudyInstanceUID)])
    assert (result.came, result.missing) == (3, ())
    assert held(tmp_path).keys() == {one.SOPInstanceUID for one in OBJECTS}


def test_its_archive_finds_by_both_roots(archive: Node) -> None:
    assert len(list(find(archive, Query("study", {"PatientID": "DEMO-0001"})))) == 1
    assert len(list(find(archive, Query("study", {"PatientID": "DEMO-0001"}, "patient")))) == 1


def test_its_worklist_is_read(tmp_path: Path) -> None:
    item, step = Dataset(), Dataset()
    item.SpecificCharacterSet = "ISO_IR 192"
    item.PatientName, item.PatientID, item.StudyInstanceUID = "DEMO^ANNA", "DEMO-0001", uid_of("scheduled")
    item.AccessionNumber, item.RequestedProcedureID, item.RequestedProcedureDescription = "A1", "P1", "Screening"
    step.Modality, step.ScheduledStationAETitle = "MG", "ROOM1"
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20260105", "0815"
    step.ScheduledProcedureStepID, step.ScheduledProcedureStepDescription = "S1", "Four views"
    item.ScheduledProcedureStepSequence = [step]
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.file_meta.MediaStorageSOPClassUID = UID("1.2.276.0.7230010.3.1.0.1")
    item.file_meta.MediaStorageSOPInstanceUID = UID(uid_of("item"))
    (tmp_path / "WORKLIST").mkdir()
    item.save_as(tmp_path / "WORKLIST" / "one.wl", enforce_file_format=True)
    with wlmscpfs(tmp_path) as node:
        (match,) = find(node, Worklist(date="20260101-20260131"))
        assert list(find(node, Worklist(modality="CT"))) == []
    assert match.values["PatientID"] == "DEMO-0001"
    assert match.values["ScheduledProcedureStepStartDate"] == "20260105"
    assert match.uid("StudyInstanceUID") == uid_of("scheduled")
