"""The folder of received objects: names of hashes, and nothing half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mammoview.archive.pacs.errors import ObjectRefusedError, PacsError
from mammoview.archive.pacs.filing import Filed, Filing
from mammoview.archive.pacs.uids import checked_uid, object_file, study_folder
from tests.factories import BERTA, FOR_PRESENTATION, dicom_bytes
from tests.network.objects import made_object


def filed(filing: Filing, dataset: object, uid: str) -> Filed:
    part = filing.part()
    part.write(dicom_bytes(dataset))  # type: ignore[arg-type]
    return filing.take(part, FOR_PRESENTATION, uid)


@pytest.mark.parametrize("text", ["1.2.3", "1", "2.25.0", "1.02.3", "1.2\0", "1.2 ", "1" * 64])
def test_a_uid_is_taken(text: str) -> None:
    assert checked_uid(text) == text.rstrip("\0 ")


@pytest.mark.parametrize("text", ["", ".", "1.", ".1", "1..2", "1.2a", "../1", "1/2", "1.2\n", "١.٢", "1" * 65, " 1.2"])
def test_what_is_no_uid_is_not(text: str) -> None:
    assert checked_uid(text) is None


def test_names_are_plain_and_differ() -> None:
    names = {object_file(f"1.2.{number}") for number in range(1000)}
    assert len(names) == 1000
    assert all(name.removesuffix(".dcm").isalnum() and len(name) == 44 for name in names)
    assert study_folder("1.2.3").isalnum() and study_folder("1.2.3") != study_folder("1.2.4")


def test_an_object_lies_where_its_uids_say(tmp_path: Path) -> None:
    filing, one = Filing(tmp_path), made_object()
    kept = filed(filing, one, one.SOPInstanceUID)
    assert kept.path == filing.path_of(one.StudyInstanceUID, one.SOPInstanceUID)
    assert filing.holds(one.StudyInstanceUID, one.SOPInstanceUID)
    assert list(filing.files()) == [kept.path]


def test_the_same_object_in_another_study_is_not_doubled(tmp_path: Path) -> None:
    filing, one = Filing(tmp_path), made_object()
    filed(filing, one, one.SOPInstanceUID)
    moved = made_object(StudyInstanceUID="1.2.3")
    with pytest.raises(ObjectRefusedError, match="another object"):
        filed(filing, moved, one.SOPInstanceUID)
    assert len(list(tmp_path.rglob("*.dcm"))) == 1


def test_a_damaged_file_is_not_taken_for_the_object(tmp_path: Path) -> None:
    filing, one = Filing(tmp_path), made_object()
    filed(filing, one, one.SOPInstanceUID).path.write_bytes(b"damaged")
    with pytest.raises(ObjectRefusedError, match="delete the file"):
        filed(filing, one, one.SOPInstanceUID)


def test_a_file_that_cannot_be_renamed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filing, one = Filing(tmp_path), made_object(woman=BERTA)

    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ObjectRefusedError, match="No space left") as told:
        filed(filing, one, one.SOPInstanceUID)
    assert told.value.status == 0xA700
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_process_left_is_deleted_and_what_another_writes_is_not(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\nfrom mammoview.archive.pacs.filing import Filing\n"
        "part = Filing(pathlib.Path(sys.argv[1])).part(); part.write(b'half'); part.flush(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.glob(".*.part"))) == 1
    living = Filing(tmp_path).part()
    assert list(tmp_path.glob(".*.part")) == [living.path]
    Filing(tmp_path)
    assert list(tmp_path.glob(".*.part")) == [living.path]
    living.close()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PacsError, match="cannot be used"):
        Filing(tmp_path / "file" / "folder")


def test_every_object_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        order.append("sync")
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        order.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    one = made_object()
    filed(Filing(tmp_path), one, one.SOPInstanceUID)
    assert order == ["sync", "rename", "sync", "sync"]
