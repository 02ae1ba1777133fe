"""The application speaks to nobody: whatever it does without being told a node, no connection is tried and no name is
looked up, in none of its processes. There is no telemetry and no look for updates."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from tests.factories import write_mammogram

ROOT = Path(__file__).resolve().parents[2]

_WATCH = """
import os, sys

def watch(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        found = "" if args[0].family.name == "AF_UNIX" else repr(args[1])
        if event == "socket.bind" and args[1][0] in ("127.0.0.1", "::1"):
            found = ""  # urllib3, which pydicom imports, looks so whether there is IPv6
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        found = repr(args[0])
    else:
        return
    if found:
        with open(os.environ["WATCHED"], "a") as stream:
            stream.write(f"{event} {found}\\n")

sys.addaudithook(watch)
with open(os.environ["WATCHED"], "a") as stream:
    stream.write(f"process {os.getpid()}\\n")
"""
"""What every Python process of the application runs first (as sitecustomize)."""

_COMMAND = """
import sys
from mammoview.cli import main
status = main(sys.argv[1:])
assert "PySide6.QtNetwork" not in sys.modules
raise SystemExit(status)
"""

_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
import mammoview.app as app

build = app.build_window

def built(*arguments, **options):
    window = build(*arguments, **options)
    timer = QTimer(window)

    def look():
        study, found = window.session.study, window.session.predictions.prediction
        if study is not None and all(found(image.key) is not None for image in study.images):
            timer.stop()
            window.close()

    timer.timeout.connect(look)
    timer.start(50)
    return window

app.build_window = built
status = app.run((), demo=True, device="cpu", library=Path(sys.argv[1]))
assert "PySide6.QtNetwork" not in sys.modules
raise SystemExit(status)
"""
"""The window with the demonstration study, until that is scored."""


def watched(folder: Path, program: str, *arguments: str, **environment: str) -> tuple[list[str], int]:
    """What the processes of a program tried to reach, and how many processes there were."""
    place = folder / "watch"
    place.mkdir()
    (place / "sitecustomize.py").write_text(_WATCH)
    log = folder / "watched.txt"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{place}{os.pathsep}{ROOT}", "WATCHED": str(log)} | environment,
        capture_output=True,
        text=True,
        timeout=230,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = log.read_text().splitlines()
    return [line for line in lines if not line.startswith("process")], sum(line.startswith("process") for line in lines)


def test_what_is_tried_is_seen(tmp_path: Path) -> None:
    child = "import socket; socket.socket(socket.AF_INET).connect_ex(('127.0.0.1', 9))"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    tried, processes = watched(tmp_path, program)
    assert tried == ["socket.connect ('127.0.0.1', 9)"]
    assert processes == 2


@dataclass(frozen=True)
class Done:
    """A command that was carried out on one image, with a study library for its audit trail."""

    command: str
    tried: list[str]
    processes: int
    library: Path


@pytest.fixture(scope="module", params=["read", "score"])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Done:
    command, folder = str(request.param), tmp_path_factory.mktemp("watched")
    write_mammogram(folder / "study" / "RCC.dcm", rows=480, columns=360)
    rest = ["--out", str(folder / "out")] if command == "read" else []
    library = folder / "library.sqlite"
    Library(library).close()
    home = {"MAMMOVIEW_HOME": str(folder / "home")}
    tried, processes = watched(
        folder, _COMMAND, command, str(folder / "study"), *rest, "--library", str(library), **home
    )
    return Done(command, tried, processes, library)


def test_a_command_reaches_nobody(done: Done) -> None:
    assert done.tried == []
    assert done.processes > 1


def test_a_command_records_what_it_did(done: Done) -> None:
    expected = {"read": ["scored", "exported"], "score": ["scored"]}[done.command]
    with Library(done.library) as library:
        records = list(library.audit_records())
    assert [record.event for record in records] == expected
    assert all(record.study is not None and record.study.uid for record in records)


def test_the_window_reaches_nobody(tmp_path: Path) -> None:
    tried, processes = watched(tmp_path, _WINDOW, str(tmp_path / "library.sqlite"), QT_QPA_PLATFORM="offscreen")
    assert tried == []
    assert processes > 1


def test_only_what_is_told_a_node_knows_the_network() -> None:
    """Modules that can reach someone are imported by those alone that are told whom to reach."""
    can_reach = re.compile(
        r"^\s*(?:import|from) (?:requests|urllib3|urllib\.request|http\.client|socket|ssl|dicomweb_client|pynetdicom"
        r"|httpx|aiohttp|distributed|smtplib|ftplib|PySide6\.QtNetwork|PySide6\.QtWeb\w*|sentry_sdk|posthog)\b",
        re.MULTILINE,
    )
    found = {
        path.relative_to(ROOT / "mammoview").as_posix()
        for path in (ROOT / "mammoview").rglob("*.py")
        if can_reach.search(path.read_text(encoding="utf-8"))
    }
    told_whom = (
        "archive/pacs/",
        "archive/dicomweb",
        "archive/audit_syslog.py",
        "reading/archive_run_cluster.py",
        "commands/conformance.py",
    )
    assert {name for name in found if not name.startswith(told_whom)} == set()
    assert "archive/dicomweb_http.py" in found
