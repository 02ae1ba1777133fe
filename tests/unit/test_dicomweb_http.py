"""How a DICOMweb service is spoken to: patience, limits, who is told a secret, and what is said where it fails."""

from __future__ import annotations

import base64
import gzip
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest

from mammoview.archive.dicomweb import Dicomweb
from mammoview.archive.dicomweb_http import Patience
from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode
from mammoview.core.errors import CancelledError
from tests.dicomweb_rig import Answer, Calm, Service, Silent, StillClock, as_json, failing, free_port, serving

STUDY = {"0020000D": {"vr": "UI", "Value": ["1.2.3"]}, "00100010": {"vr": "PN", "Value": [{"Alphabetic": "DEMO^ANNA"}]}}


def client(service: Service, clock: StillClock | None = None, **more: object) -> Dicomweb:
    return Dicomweb(DicomwebNode("archive", service.url), clock=clock or StillClock(), **more)  # type: ignore[arg-type]


def after(failures: list[Answer]) -> Callable[[str, str], Answer]:
    """Each of these once, then a search's answer."""
    left = list(failures)
    return lambda method, path: left.pop(0) if left else as_json([STUDY])


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again_after_longer_and_longer(status: int) -> None:
    clock = StillClock()
    with serving(after([failing(f"{status} no")] * 3)) as service:
        (match,) = client(service, clock).search("studies", {})
    assert match.study == "1.2.3"
    assert clock.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 500, 501])
def test_what_will_not_pass_is_asked_once(status: int) -> None:
    with serving(after([failing(f"{status} no")] * 9)) as service, pytest.raises(DicomwebError) as error:
        client(service).search("studies", {})
    assert (error.value.status, len(service.asked)) == (status, 1)


def test_patience_ends() -> None:
    clock = StillClock()
    with serving(after([failing("503 no")] * 9)) as service, pytest.raises(DicomwebError, match="HTTP 503"):
        client(service, clock, patience=Patience(attempts=3)).search("studies", {})
    assert (len(service.asked), clock.waits) == (3, [1.0, 2.0])


@pytest.mark.parametrize(
    ("told", "waited"),
    [("7", 7.0), ("0", 1.0), (formatdate(1_700_000_030, usegmt=True), 30.0), ("soon", 1.0), ("-5", 1.0)],
)
def test_the_time_that_a_service_asks_for_is_waited(told: str, waited: float) -> None:
    clock = StillClock()
    with serving(after([failing("503 no", Retry_After=told)])) as service:
        client(service, clock).search("studies", {})
    assert clock.waits == [waited]


def test_a_service_that_asks_for_too_long_is_left() -> None:
    with (
        serving(after([failing("503 no", Retry_After="3600")])) as service,
        pytest.raises(DicomwebError, match="60 minutes"),
    ):
        client(service).search("studies", {})


def test_a_service_that_is_not_there_is_tried_again_and_said() -> None:
    clock = StillClock()
    node = DicomwebNode("archive", f"http://127.0.0.1:{free_port()}/dicom-web")
    with pytest.raises(DicomwebError, match="cannot be reached") as error:
        Dicomweb(node, clock=clock).search("studies", {"PatientName": "DEMO*"})
    assert len(clock.waits) == 4
    assert "DEMO" not in str(error.value) and "http" not in str(error.value)


def test_an_answer_that_is_cut_is_asked_for_again() -> None:
    status, headers, body = as_json([STUDY])
    with serving(after([(status, headers, [next(iter(body))[:20]])])) as service:
        assert len(client(service).search("studies", {})) == 1
    assert len(service.asked) == 2


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    with (
        serving(lambda method, path: as_json([STUDY] * 500)) as service,
        pytest.raises(DicomwebError, match="larger than"),
    ):
        client(service, limit_bytes=10_000).search("studies", {})


def test_an_answer_that_is_too_large_once_unpacked_is_refused() -> None:
    packed = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
    headers = [("Content-Type", "application/dicom+json"), ("Content-Encoding", "gzip")]
    with (
        serving(lambda method, path: ("200 OK", headers, [packed])) as service,
        pytest.raises(DicomwebError, match="larger than"),
    ):
        client(service, limit_bytes=100_000).search("studies", {})


def test_nobody_is_followed_elsewhere() -> None:
    with serving(lambda method, path: as_json([])) as other:
        with (
            serving(after([failing("302 no", Location=f"{other.url}/studies")])) as service,
            pytest.raises(DicomwebError, match="elsewhere"),
        ):
            client(service).search("studies", {})
        assert other.asked == []


@pytest.mark.parametrize("wait_for", ["before", "while waiting"])
def test_cancelling_ends_the_work(wait_for: str) -> None:
    cancel = threading.Event()

    class Cancelling(StillClock):
        def wait(self, seconds: float, cancel: threading.Event) -> None:
            super().wait(seconds, cancel)
            cancel.set()

    clock = Cancelling()
    with serving(after([failing("503 no")] * 9)) as service:
        if wait_for == "before":
            cancel.set()
        with pytest.raises(CancelledError):
            client(service, clock, cancel=cancel).search("studies", {})
    assert len(clock.waits) == (wait_for != "before")


def hung_up(service: Dicomweb, level: str, asked: threading.Event) -> None:
    """Search; who asked hangs up when the service was asked."""

    def hang_up() -> None:
        asked.wait(20)
        service.hang_up()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(CancelledError):
        service.search(level, {})
    thread.join()


def test_who_hangs_up_does_not_wait_for_a_silent_service(silence: Silence) -> None:
    def answer(method: str, path: str) -> Answer:
        silence.fall()
        return as_json([])

    with serving(answer) as service:
        hung_up(client(service), "studies", silence.begun)
        assert not silence.lasted and len(service.asked) == 1
        silence.end()


def test_who_hangs_up_does_not_wait_within_an_encrypted_answer(
    encrypted: str, certificate: tuple[Path, Path], silence: Silence
) -> None:
    node = DicomwebNode("archive", encrypted, ca_file=str(certificate[0]))
    hung_up(Dicomweb(node), "series", silence.begun)
    assert not silence.lasted
    silence.end()


def test_what_is_tried_again_is_said() -> None:
    lines: list[str] = []
    with serving(after([failing("503 no")])) as service:
        client(service, said=lines.append).search("studies", {})
    assert lines == ["archive is busy (HTTP 503); trying again in 1 s"]


def test_a_token_is_sent_to_the_service_and_said_nowhere(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    with serving(after([failing("401 no", Warning="299 - x")])) as service:
        node = DicomwebNode("archive", service.url, "bearer")
        with pytest.raises(DicomwebError) as error:
            Dicomweb(node, "hush-hush").search("studies", {"PatientName": "DEMO*"})
    assert service.asked[0][2]["Authorization"] == "Bearer hush-hush"
    said = str(error.value) + caplog.text + "".join(capfd.readouterr())
    assert "hush" not in said and "DEMO" not in said


def test_a_password_is_sent_as_utf_8() -> None:
    with serving(lambda method, path: as_json([])) as service:
        Dicomweb(DicomwebNode("archive", service.url, "basic", "eva"), "geheimß").search("studies", {})
    told = service.asked[0][2]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(told).decode() == "eva:geheimß"


def test_the_environment_gives_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with serving(lambda method, path: as_json([STUDY])) as service:
        assert len(client(service).search("studies", {})) == 1


def test_pages_are_asked_for_until_nothing_new_comes() -> None:
    def answers(method: str, path: str) -> Answer:
        offset = int(path.partition("offset=")[2].partition("&")[0])
        numbers = range(offset, min(offset + 500, 1200))
        return as_json([{"0020000D": {"vr": "UI", "Value": [f"1.2.{number}"]}} for number in numbers])

    with serving(answers) as service:
        assert len(client(service).search("studies", {})) == 1200
        assert len(service.asked) == 3
        assert len(client(service).search("studies", {}, limit=7)) == 7


def test_a_search_says_what_is_looked_for_and_wildcards_as_they_are() -> None:
    with serving(lambda method, path: as_json([])) as service:
        client(service).search("studies", {"PatientName": "DE?O*^A&B", "StudyDate": "20240101-20241231"}, limit=9)
    assert service.paths[0].startswith(
        "/studies?PatientName=DE?O*%5EA%26B&StudyDate=20240101-20241231&limit=9&offset=0"
    )


def test_a_service_that_knows_no_pages_is_not_asked_for_ever() -> None:
    with serving(lambda method, path: as_json([{"0020000D": {"Value": [f"1.{n}"]}} for n in range(500)])) as service:
        assert len(client(service).search("studies", {})) == 500
    assert len(service.asked) == 2


@pytest.mark.parametrize("body", [b"<html>", b"5", b'["x"]', b"{", b"\xff"])
def test_what_is_no_answer_is_said(body: bytes) -> None:
    with (
        serving(lambda method, path: ("200 OK", [("Content-Type", "text/html")], [body])) as service,
        pytest.raises(DicomwebError, match="no DICOM JSON"),
    ):
        client(service).search("studies", {})


@pytest.mark.parametrize(
    "element", [None, [], {"Value": 5}, {"Value": [None]}, {"Value": [{"x": 1}]}, {"Value": []}, {}, {"Value": [[1]]}]
)
def test_attributes_that_are_wrong_are_left_out(element: object) -> None:
    answer = {**STUDY, "00100010": element, "00201208": element, "00080061": element}
    with serving(lambda method, path: as_json([answer])) as service:
        (match,) = client(service).search("studies", {})
    assert (match.study, match.names, match.instance_count, match.modalities) == ("1.2.3", (), 0, ())


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "made.pem", folder / "key.pem"
    wanted = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=tests"]
    try:
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                *wanted,
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                key,
                "-out",
                made,
            ],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("no openssl to make a certificate")
    return made, key


class Silence:
    """What a service falls into: `begun` when it does; it lasts until `end`, else `lasted` is set."""

    def __init__(self) -> None:
        self.begun, self._over = threading.Event(), threading.Event()
        self.lasted = False

    def fall(self) -> None:
        self.begun.set()
        self.lasted = not self._over.wait(20)

    def end(self) -> None:
        self._over.set()


@pytest.fixture
def silence() -> Iterator[Silence]:
    made = Silence()
    yield made
    made.end()


@pytest.fixture
def encrypted(certificate: tuple[Path, Path], silence: Silence) -> Iterator[str]:
    """The URL of a service that speaks TLS; asked for a series it falls silent within its answer."""

    def app(environ: dict[str, str], start: Callable[..., object]) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "application/dicom+json")])
        yield b"["
        if environ["PATH_INFO"].endswith("/series"):
            silence.fall()
        yield b"]"

    server = make_server("127.0.0.1", 0, app, server_class=Calm, handler_class=Silent)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/dicom-web"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(encrypted: str) -> None:
    clock = StillClock()
    with pytest.raises(DicomwebError, match="not trusted"):
        Dicomweb(DicomwebNode("archive", encrypted), clock=clock).search("studies", {})
    assert clock.waits == []


def test_a_certificate_of_ones_own_authority_is_trusted(encrypted: str, certificate: tuple[Path, Path]) -> None:
    node = DicomwebNode("archive", encrypted, ca_file=str(certificate[0]))
    assert Dicomweb(node).search("studies", {}) == ()


def test_the_environment_does_not_choose_whom_to_trust(
    encrypted: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with pytest.raises(DicomwebError, match="not trusted"):
        Dicomweb(DicomwebNode("archive", encrypted)).search("studies", {})


def test_a_file_of_authorities_that_is_none_is_said(encrypted: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    for name in ("ca.pem", "none.pem"):
        with pytest.raises(DicomwebError, match="--ca-file"):
            Dicomweb(DicomwebNode("archive", encrypted, ca_file=str(tmp_path / name))).search("studies", {})
