"""A `synthesize` that is ended from outside: by Ctrl-C, or at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_an_ended_command_leaves_no_process_and_keeps_the_women_who_are_whole(tmp_path: Path, how: str) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "training", "synthesize", "--women", "6", "--workers", "2", "--out", str(out)]
    command += ["--spacing-mm", "2", "--compress", "none"]
    terminal, theirs = os.openpty()
    with subprocess.Popen(command, cwd=ROOT, stderr=theirs) as child:
        os.close(theirs)
        said = _read_until(terminal, b"] 1 of 6")
        child.send_signal(signal.Signals[how])
        said += _read_until(terminal, None)  # to its end: no process holds it any more
    os.close(terminal)
    assert said.decode().startswith("\rsynthesize [........................] 0 of 6\r")
    if how == "SIGINT":
        assert said.decode().endswith("left\r\ntraining: stopped (the same command goes on where it can)\r\n")
        assert child.returncode == 2
    records = [json.loads(path.read_text(encoding="utf-8")) for path in out.glob("truth/*/woman.json")]
    assert 1 <= len(records) < 6
    for record in records:
        assert len(record["rows"]) == 4
        assert {name: (out / name).stat().st_size for name in record["bytes"]} == record["bytes"]


def _read_until(terminal: int, mark: bytes | None) -> bytes:
    said = b""
    while mark is None or mark not in said:
        try:
            told = os.read(terminal, 4096)
        except OSError:  # Linux' end of a terminal
            break
        if not told:
            break
        said += told
    return said
