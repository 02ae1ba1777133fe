"""What is written as a whole or not at all, and what is written into as it is."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from mammoview.archive.atomic import write_text
from mammoview.core.errors import MammoviewError

no_pipes = pytest.mark.skipif(sys.platform == "win32", reason="no pipes among files there")


@no_pipes
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_into_and_stays(tmp_path: Path, linked: bool) -> None:
    pipe = named = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        named = tmp_path / "link"
        named.symlink_to(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write_text(named, "größer\n")
    reader.join()
    assert read == ["größer\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert named.is_symlink() == linked


def test_a_file_is_replaced_by_another(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    os.link(path, tmp_path / "kept")
    write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "old"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(MammoviewError, match="cannot be written"):
        write_text(tmp_path / "folder", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
