"""`mammoview pacs` as a script calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.library import FILE_NAME, Library, Query
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.nodes import Node, Nodes
from mammoview.archive.pacs.sending import outgoing, send
from mammoview.cli import main
from tests.factories import ANNA
from tests.network.objects import data_set_bytes, held, made_object, written
from tests.network.peers import Archive
from tests.network.test_calls import free_port
from tests.overlaid_made import make_presentation, save_object

OBJECTS = tuple(made_object(number) for number in range(3))
STUDY = str(OBJECTS[0].StudyInstanceUID)
NAMES = (ANNA.name, "DEMO", ANNA.patient_id, ANNA.birth_date, "20240131", "ACC-0001")


@pytest.fixture
def archive(mammoview_home: Path) -> Iterator[Archive]:
    """A known archive, by the name "made"."""
    made = Archive(*OBJECTS)
    with made.running() as node:
        Nodes(mammoview_home).add(node)
        yield made


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_archives_are_added_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "add", "ward", "--ae", "PACS", "--host", "h", "--port", "104", "--retrieve", "move"]) == 0
    assert main(["pacs", "nodes", "--json"]) == 0
    (node,) = told(capsys)["nodes"]
    assert (node["name"], node["ae_title"], node["port"], node["retrieve"]) == ("ward", "PACS", 104, "move")
    assert main(["pacs", "remove", "ward"]) == 0
    assert main(["pacs", "remove", "ward"]) == 2
    assert capsys.readouterr().err.startswith("mammoview: 'ward' is no known archive (")


def test_no_other_command_waits_for_what_the_network_needs() -> None:
    code = "import sys, mammoview.cli; mammoview.cli.build_parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pynetdicom", "pydicom", "numpy", "ssl"} & set(loaded)


def test_tls_needs_all_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["pacs", "add", "a", "--ae", "A", "--host", "h", "--port", "1", "--tls-key", "k.pem"]
    assert main(arguments) == 2
    assert "TLS needs three files" in capsys.readouterr().err


def test_echo_tells_of_each_archive(archive: Archive, mammoview_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Nodes(mammoview_home).add(Node("gone", "GONE", "127.0.0.1", free_port()))
    assert main(["pacs", "echo", "made", "gone", "--json"]) == 1
    captured = capsys.readouterr()
    made, gone = json.loads(captured.out)["nodes"]
    assert made["seconds"] >= 0 and made["error"] is None
    assert gone["seconds"] is None and "cannot be reached" in gone["error"]
    assert len(captured.err.splitlines()) == 1
    assert main(["pacs", "echo", "gone"]) == 2


def test_find_names_nobody_unless_asked_to(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "find", "made", "--patient-id", ANNA.patient_id]) == 0
    captured = capsys.readouterr()
    assert STUDY in captured.out
    assert not any(name in (captured.out + captured.err).replace(STUDY, "") for name in NAMES)
    assert main(["pacs", "find", "made", "--json", "--identified"]) == 0
    (match,) = told(capsys)["matches"]
    assert (match["PatientName"], match["StudyInstanceUID"]) == (ANNA.name, STUDY)


def test_get_files_images_and_tells_the_library(
    archive: Archive, tmp_path: Path, mammoview_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pacs", "get", "made", STUDY, "--folder", str(tmp_path / "in"), "--json"]) == 0
    answer = told(capsys)
    assert (answer["images"], answer["there"], answer["came"], answer["missing"]) == (3, 0, 3, [])
    assert len(list(Path(answer["studies"][0]["folder"]).iterdir())) == 3
    with Library(mammoview_home / FILE_NAME) as library:
        assert [row.image_count for row in library.list(Query())] == [3]
    assert main(["pacs", "get", "made", STUDY, "--folder", str(tmp_path / "in"), "--json"]) == 0
    assert told(capsys)["there"] == 3


def test_get_needs_a_uid(archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "get", "made", "../x", "--folder", str(tmp_path / "in")]) == 2
    assert "is no UID" in capsys.readouterr().err


def test_send_sends_a_folder_and_tells_what_was_refused(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "out", *OBJECTS)
    (tmp_path / "out" / "bad.dcm").write_bytes(b"not DICOM")
    (tmp_path / "out" / "notes.txt").write_text("passed over")
    assert main(["pacs", "send", "made", str(tmp_path / "out"), "--json"]) == 1
    answer = told(capsys)
    assert len(answer["sent"]) == 3 and [Path(one["file"]).name for one in answer["errors"]] == ["bad.dcm"]
    assert sorted(archive.taken) == sorted(str(one.SOPInstanceUID) for one in OBJECTS)
    assert main(["pacs", "send", "made", str(tmp_path / "out" / "notes.txt")]) == 2


def test_receive_needs_a_known_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pacs", "receive", "--folder", str(tmp_path), "--port", "0"]) == 2
    assert "no archive is known" in capsys.readouterr().err


class Receiving:
    """`mammoview pacs receive` in a process of its own."""

    def __init__(self, folder: Path, home: Path, port: int) -> None:
        arguments = ["pacs", "receive", "--anyone", "--folder", str(folder), "--port", str(port), "--json"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mammoview", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "MAMMOVIEW_HOME": str(home)},
        )
        assert self.process.stderr is not None
        assert "listens at" in self.process.stderr.readline()

    def end(self, number: signal.Signals) -> str:
        """What it printed."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[0]


def test_a_receiver_that_was_killed_goes_on_with_what_it_had(tmp_path: Path, mammoview_home: Path) -> None:
    folder, port = tmp_path / "in", free_port()
    node = Node("us", "MAMMOVIEW", "127.0.0.1", port, our_ae_title="SENDER")
    files = [outgoing(path) for path in written(tmp_path / "out", *OBJECTS)]
    first = Receiving(folder, mammoview_home, port)
    assert len(send(node, files[:2], Cancellation()).taken) == 2
    first.end(signal.SIGKILL)
    (folder / f".{'0' * 32}.part").write_bytes(b"half an object")
    second = Receiving(folder, mammoview_home, port)
    assert len(send(node, files, Cancellation()).taken) == 3
    printed = json.loads(second.end(signal.SIGINT))
    assert second.process.returncode == 0
    assert (printed["received"], printed["again"]) == (1, 2)
    assert not list(folder.glob(".*"))
    assert held(folder) == {one.sop_uid: data_set_bytes(one.path.read_bytes()) for one in files}
    with Library(mammoview_home / FILE_NAME) as library:
        assert [row.image_count for row in library.list(Query())] == [3]


def test_what_waits_for_its_images_is_told(tmp_path: Path, mammoview_home: Path) -> None:
    state = save_object(tmp_path / "out", make_presentation([OBJECTS[0]]), "state.dcm")
    node = Node("us", "MAMMOVIEW", "127.0.0.1", free_port(), our_ae_title="SENDER")
    receiving = Receiving(tmp_path / "in", mammoview_home, node.port)
    assert len(send(node, [outgoing(state)], Cancellation()).taken) == 1
    assert json.loads(receiving.end(signal.SIGINT))["waiting"] == 1


def _recorded(home: Path) -> list[tuple[str, str, dict[str, Any]]]:
    with Library(home / FILE_NAME) as library:
        return [(one.event, one.study.uid if one.study else "", dict(one.details)) for one in library.audit_records()]


def test_what_goes_to_and_fro_is_in_the_audit_trail(
    archive: Archive, mammoview_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "filed"
    assert main(["pacs", "get", "made", STUDY, "--folder", str(folder)]) == 0
    assert main(["pacs", "find", "made"]) == 0
    assert main(["pacs", "send", "made", str(folder)]) == 0
    told = _recorded(mammoview_home)
    assert [event for event, _, _ in told] == ["transfer begun", "received", "queried", "sent"]
    assert [uid for _, uid, _ in told] == [STUDY, STUDY, "", ""]
    assert told[1][2]["images"] == told[3][2]["images"] == len(OBJECTS)
    assert all(details["address"].startswith("127.0.0.1:") for _, _, details in told)


def test_the_receiver_records_who_brought_what_and_that_it_ran(tmp_path: Path, mammoview_home: Path) -> None:
    port = free_port()
    node = Node("us", "MAMMOVIEW", "127.0.0.1", port, our_ae_title="SENDER")
    files = [outgoing(path) for path in written(tmp_path / "out", *OBJECTS)]
    receiver = Receiving(tmp_path / "in", mammoview_home, port)
    for some in (files[:2], files):
        send(node, some, Cancellation())
    receiver.end(signal.SIGINT)
    (started, none, began), *came, (stopped, _, ended) = _recorded(mammoview_home)
    assert (started, none, began["form"], stopped, ended["images"]) == ("started", "", "receiver", "stopped", 3)
    assert began["address"] == f"127.0.0.1:{port}"
    assert [(event, uid) for event, uid, _ in came] == [("received", STUDY)] * 2
    assert [(told["ae_title"], told["address"]) for _, _, told in came] == [("SENDER", "127.0.0.1")] * 2
    assert [(told["images"], told["again"]) for _, _, told in came] == [(2, 0), (1, 2)]


def test_nothing_is_recorded_where_there_is_no_library(archive: Archive, mammoview_home: Path) -> None:
    assert main(["pacs", "find", "made"]) == 0
    assert not (mammoview_home / FILE_NAME).exists()
