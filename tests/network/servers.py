"""Archives of other makers, started for a test on free ports of this machine and ended with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from mammoview.archive.pacs.client import echo
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.nodes import Node
from tests.network.test_calls import free_port

_START_S = 90
_LOOK_S = 0.1


def program(name: str, package: str) -> str:
    """Where a program is; skips where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@contextmanager
def orthanc(folder: Path, move_port: int, **options: object) -> Iterator[Node]:
    """Orthanc with an empty store in `folder`, which knows our receiver at `move_port`."""
    command = program("Orthanc", "orthanc")
    folder.mkdir(parents=True, exist_ok=True)
    node = Node("orthanc", "ORTHANC", "127.0.0.1", free_port(), move_port=move_port)
    allowed = {f"DicomAlwaysAllow{service}": True for service in ("Echo", "Store", "Find", "Get", "Move")}
    configuration = {
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "HttpServerEnabled": False,
        "DicomAet": node.ae_title,
        "DicomCheckCalledAet": True,
        "DicomPort": node.port,
        "DicomModalities": {"mammoview": [node.our_ae_title, "127.0.0.1", move_port]},
        "Plugins": [],
        **allowed,
        **options,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    with _running([command, str(path)], folder, node):
        yield node


@contextmanager
def dcmqrscp(folder: Path, move_port: int) -> Iterator[Node]:
    """dcmtk's archive, as `orthanc`."""
    command = program("dcmqrscp", "dcmtk")
    node = Node("dcmtk", "DCMTK", "127.0.0.1", free_port(), move_port=move_port)
    (folder / "store").mkdir(parents=True)
    path = folder / "dcmqrscp.cfg"
    path.write_text(
        f"NetworkTCPPort = {node.port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\nmammoview = ({node.our_ae_title}, localhost, {move_port})\nHostTable END\n"
        f"VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{node.ae_title} {folder / 'store'} RW (200, 1024mb) ANY\nAETable END\n",
        encoding="utf-8",
    )
    with _running([command, "-c", str(path)], folder, node):
        yield node


@contextmanager
def wlmscpfs(folder: Path) -> Iterator[Node]:
    """dcmtk's worklist server; the items lie in `folder`/WORKLIST."""
    command = program("wlmscpfs", "dcmtk")
    node = Node("worklist", "WORKLIST", "127.0.0.1", free_port())
    (folder / node.ae_title).mkdir(parents=True, exist_ok=True)
    (folder / node.ae_title / "lockfile").touch()
    with _running([command, "-dfp", str(folder), str(node.port)], folder, node):
        yield node


@contextmanager
def _running(command: Sequence[str], folder: Path, node: Node) -> Iterator[None]:
    """The program, from when it answers."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _await(process, node)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], node: Node) -> None:
    looking = threading.Event()
    for _ in range(round(_START_S / _LOOK_S)):
        assert process.poll() is None, f"{process.args!r} ended"
        try:
            echo(node)
        except PacsError:
            looking.wait(_LOOK_S)
        else:
            return
    pytest.fail(f"{process.args!r} does not answer")
