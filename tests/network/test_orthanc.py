"""Against a real Orthanc: what was sent is found, comes back as it was, and only once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread

from mammoview.archive.pacs.asking import Query
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.client import find
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.receiver import Caller, Receiver
from mammoview.archive.pacs.retrieving import Retrieval
from mammoview.archive.pacs.sending import outgoing, send
from mammoview.resources import resource
from tests.factories import BERTA
from tests.network.objects import data_set_bytes, held, made_object, written
from tests.network.servers import orthanc
from tests.network.test_calls import free_port

OBJECTS = (*(made_object(number) for number in range(3)), made_object(9, study="second", woman=BERTA))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Orthanc with the made objects and the demonstration study, which is compressed."""
    folder = tmp_path_factory.mktemp("orthanc")
    with orthanc(folder, free_port()) as running:
        paths = [*written(folder / "out", *OBJECTS), *demonstration()]
        result = send(running, [outgoing(path) for path in paths], Cancellation())
        assert result.taken == tuple(paths)
        yield running


def demonstration() -> list[Path]:
    return sorted(resource("demo/current").glob("*.dcm"))


@pytest.mark.parametrize("retrieve", ["get", "move"])
def test_a_compressed_study_comes_back_as_it_was(node: Node, tmp_path: Path, retrieve: str) -> None:
    study = str(dcmread(demonstration()[0], stop_before_pixels=True).StudyInstanceUID)
    filing = Filing(tmp_path)
    result = Retrieval(replace(node, retrieve=retrieve), filing, Cancellation()).run([study])
    assert (result.came, result.missing) == (4, ())
    syntaxes = {dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID for path in filing.files()}
    assert syntaxes == {dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID for path in demonstration()}
    sent = {dcmread(path).SOPInstanceUID: dcmread(path).PixelData for path in demonstration()}
    assert {dcmread(path).SOPInstanceUID: dcmread(path).PixelData for path in filing.files()} == sent


def test_a_retrieval_goes_on_with_what_it_has(node: Node, tmp_path: Path) -> None:
    study, filing = str(OBJECTS[0].StudyInstanceUID), Filing(tmp_path)
    Retrieval(node, filing, Cancellation()).run([study], images=[str(OBJECTS[1].SOPInstanceUID)])
    result = Retrieval(node, filing, Cancellation()).run([study])
    assert (result.there, result.came) == (1, 2)
    assert len(held(tmp_path)) == 3


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query("study", {"PatientID": BERTA.patient_id}), 1),
        (Query("study", {"PatientName": "SAMPLE*"}), 1),
        (Query("study", {"StudyDate": "20240101-20241231", "ModalitiesInStudy": "MG"}), 2),
        (Query("patient", {"PatientID": BERTA.patient_id}, "patient"), 1),
        (Query("series", {"StudyInstanceUID": str(OBJECTS[0].StudyInstanceUID)}), 1),
        (
            Query(
                "image",
                {
                    "StudyInstanceUID": str(OBJECTS[0].StudyInstanceUID),
                    "SeriesInstanceUID": str(OBJECTS[0].SeriesInstanceUID),
                },
            ),
            3,
        ),
    ],
    ids=["ID", "name", "dates and modality", "patient root", "series", "image"],
)
def test_it_finds_what_was_sent(node: Node, query: Query, count: int) -> None:
    assert len(list(find(node, query))) == count


def test_a_title_that_it_does_not_have_is_told(node: Node) -> None:
    with pytest.raises(PacsError, match="its AE title is not WRONG"):
        list(find(replace(node, ae_title="WRONG"), Query()))


def test_a_sudden_end_of_a_move_is_gone_on_with(node: Node, tmp_path: Path) -> None:
    study, filing = str(OBJECTS[0].StudyInstanceUID), Filing(tmp_path)
    cancellation = Cancellation()
    moving = replace(node, retrieve="move")
    Retrieval(moving, filing, cancellation).run([study])
    first = next(iter(filing.files()))
    before = data_set_bytes(first.read_bytes())
    first.unlink()
    with Receiver(filing, [Caller(node.ae_title, "127.0.0.1")], ae_title="OTHER"):
        assert Retrieval(moving, filing, cancellation).run([study]).came == 1
    assert data_set_bytes(first.read_bytes()) == before
