"""Servers for the tests of DICOMweb: a real Orthanc with its plugin, and one of ours that does what it is told to."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from pydicom.dataset import FileDataset

from tests.factories import dicom_bytes

USER, PASSWORD = "reader", "a-secret-of-the-tests"
_PLUGINS = ("/usr/share/orthanc/plugins", "/usr/lib/orthanc", "/usr/local/share/orthanc/plugins")

Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]
"""Status, headers, body."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def orthanc(folder: Path) -> Iterator[str]:
    """A running Orthanc that asks for USER and PASSWORD; the base URL of its DICOMweb. Skips where there is none."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    plugin = next((path for place in _PLUGINS for path in Path(place).glob("libOrthancDicomWeb.so*")), None)
    if program is None or plugin is None:
        pytest.skip("no Orthanc with its DICOMweb plugin (Debian: orthanc orthanc-dicomweb)")
    port = free_port()
    settings = {
        "Name": "tests",
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "Plugins": [str(plugin)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "Orthanc has started" in line:
                break
        else:
            pytest.fail("Orthanc does not start: " + "".join(lines[-5:]))
        rest = threading.Thread(target=process.stderr.read, daemon=True)  # so that its pipe never fills
        rest.start()
        yield f"http://127.0.0.1:{port}/dicom-web"
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stderr.close()


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said."""


class Calm(WSGIServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error here."""


class Service:
    """A DICOMweb service that answers by `answers`, called with method and path (with its query); `asked` holds what
    came: method, path, headers."""

    def __init__(self, answers: Callable[[str, str], Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.server = make_server("127.0.0.1", 0, self._app, server_class=Calm, handler_class=Silent)
        self.url = f"http://127.0.0.1:{self.server.server_port}/dicom-web"

    @property
    def paths(self) -> list[str]:
        return [path.removeprefix("/dicom-web") for _, path, _ in self.asked]

    def _app(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {name[5:].replace("_", "-").title(): told for name, told in environ.items() if name[:5] == "HTTP_"}
        self.asked.append((method, path, headers))
        status, more, body = self.answers(method, path.removeprefix("/dicom-web"))
        start(status, more)
        return body


@contextmanager
def serving(answers: Callable[[str, str], Answer]) -> Iterator[Service]:
    """The service, in a thread, as long as this is entered."""
    service = Service(answers)
    thread = threading.Thread(target=lambda: service.server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        thread.join()
        service.server.server_close()


def as_json(body: object) -> Answer:
    content = json.dumps(body).encode()
    return "200 OK", [("Content-Type", "application/dicom+json"), ("Content-Length", str(len(content)))], [content]


def failing(status: str, **headers: str) -> Answer:
    return status, [(name.replace("_", "-"), told) for name, told in headers.items()], [b"no"]


def multipart(contents: Iterable[bytes], *, boundary: str = "xXx", end: bool = True, cut: int = 0) -> Answer:
    """Parts as PS3.18 has them; `end` False: without the closing boundary; `cut`: so many bytes short."""
    body = b""
    for content in contents:
        body += f"\r\n--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content
    body += f"\r\n--{boundary}--\r\n".encode() if end else b""
    kind = f'multipart/related; type="application/dicom"; boundary="{boundary}"'
    return "200 OK", [("Content-Type", kind)], [body[: len(body) - cut]]


class StillClock:
    """A clock that stands, and holds how long was waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> float:
        return 1_700_000_000.0

    def wait(self, seconds: float, cancel: threading.Event) -> None:
        self.waits.append(seconds)


class Holding:
    """Answers of a service that has studies: QIDO-RS by UIDs, Patient ID and study date, WADO-RS of what is named.
    `within_each` is called when most of an instance was sent, with its number in the answer, and may do anything."""

    def __init__(self, *objects: FileDataset) -> None:
        self.objects = list(objects)
        self.within_each: Callable[[int], object] = lambda number: None

    def __call__(self, method: str, path: str) -> Answer:
        place, _, query = path.partition("?")
        names = [name for name in place.split("/") if name]
        keys = {key: values[0] for key, values in parse_qs(query).items()}
        uids = names[1::2]
        chosen = [one for one in self.objects if not uids or str(one.StudyInstanceUID) == uids[0]]
        if len(names) % 2:
            found = [one for one in chosen if _is_asked_for(one, keys)]
            return as_json(_told(found, names[-1])[int(keys.get("offset", 0)) :][: int(keys["limit"])])
        if len(uids) > 2:
            chosen = [one for one in chosen if str(one.SOPInstanceUID) == uids[2]]
        status, headers, (body,) = multipart(dicom_bytes(one) for one in chosen)
        first, *parts = body.split(b"\r\n--xXx")  # one piece for each instance
        return status, headers, self._sent([first, *(b"\r\n--xXx" + part for part in parts)])

    def _sent(self, pieces: list[bytes]) -> Iterator[bytes]:
        for number, piece in enumerate(pieces[1:]):
            yield piece[: -len(piece) // 8]
            self.within_each(number)
            yield piece[-len(piece) // 8 :]


def _is_asked_for(one: FileDataset, keys: dict[str, str]) -> bool:
    first, _, last = keys.get("StudyDate", "-").partition("-")
    patient = keys.get("PatientID", one.PatientID) == one.PatientID
    return bool(patient and (first or "0") <= one.StudyDate <= (last or "9"))


def _told(objects: list[FileDataset], level: str) -> list[dict[str, Any]]:
    """What a search says of them, once for each study or instance."""
    found: dict[str, dict[str, Any]] = {}
    for one in objects:
        values = {
            "0020000D": str(one.StudyInstanceUID),
            "00100010": {"Alphabetic": str(one.PatientName)},
            "00100020": str(one.PatientID),
            "00080020": str(one.StudyDate),
            "00080030": str(one.StudyTime),
            "00080050": str(one.AccessionNumber),
            "00081030": str(one.get("StudyDescription", "")),
            "00080061": "MG",
            "00201208": sum(other.StudyInstanceUID == one.StudyInstanceUID for other in objects),
        }
        if level == "instances":
            values |= {"0020000E": str(one.SeriesInstanceUID), "00080018": str(one.SOPInstanceUID)}
        key = str(one.SOPInstanceUID if level == "instances" else one.StudyInstanceUID)
        found.setdefault(key, {tag: {"Value": [told]} for tag, told in values.items()})
    return list(found.values())
