"""`mammoview dicomweb` with a real Orthanc and its DICOMweb plugin, as it is called."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from mammoview.cli import main
from mammoview.dicom.scan import scan
from tests.dicomweb_rig import PASSWORD, USER, free_port, orthanc
from tests.factories import BERTA, make_mammogram_dataset, save, write_study

SIZE = {"rows": 64, "columns": 48}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as found:
        yield found


@pytest.fixture
def archive(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name under which the Orthanc is known."""
    monkeypatch.setenv("MAMMOVIEW_TOKEN_ARCHIVE", PASSWORD)
    assert main(["dicomweb", "add", "archive", url, "--auth", "basic", "--user", USER]) == 0
    return "archive"


@pytest.fixture
def study(tmp_path: Path, archive: str, capsys: pytest.CaptureFixture[str]) -> str:
    """A study of four views that the Orthanc has; its UID."""
    files = write_study(tmp_path / "sent", **SIZE)
    assert main(["dicomweb", "send", archive, str(tmp_path / "sent")]) == 0
    assert capsys.readouterr().out.endswith("4 sent\n")
    uid = scan(files).studies[0].study_instance_uid
    assert uid is not None
    return uid


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, object]]]:
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "mammoview.dicomweb/1"
    return dict(found)


def test_what_was_sent_is_found_at_every_level(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dicomweb", "search", "archive", "--json", "--patient-name", "DEMO*"]) == 0
    (found,) = answer(capsys)["matches"]
    assert (found["study_instance_uid"], found["instances"], found["modalities"]) == (study, 4, ["MG"])
    for level, count in (("series", 1), ("instance", 4)):
        assert main(["dicomweb", "search", "archive", "--level", level, "--study", study, "--json"]) == 0
        assert len(answer(capsys)["matches"]) == count


def test_names_are_said_only_where_asked_for(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    for more, is_named in (([], False), (["--identified"], True)):
        for form in ([], ["--json"]):
            assert main(["dicomweb", "search", "archive", "--study", study, *more, *form]) == 0
            out = capsys.readouterr().out
            assert study in out
            assert ("DEMO" in out) is is_named


def test_what_comes_back_is_what_was_sent(study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "got"
    assert main(["dicomweb", "get", "archive", "--study", study, "--out", str(out), "--json"]) == 0
    assert len(answer(capsys)["received"]) == 4
    sent, got = scan([tmp_path / "sent"]), scan([out])
    assert [image.key for image in got.studies[0].images] == [image.key for image in sent.studies[0].images]
    assert main(["dicomweb", "get", "archive", "--study", study, "--out", str(out), "--json"]) == 0
    again = answer(capsys)
    assert (again["received"], len(again["already"])) == ([], 4)


def test_one_instance_comes_and_metadata_too(study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dicomweb", "search", "archive", "--level", "instance", "--study", study, "--json"]) == 0
    one = answer(capsys)["matches"][0]
    uids = ["--study", study, "--series", str(one["series_instance_uid"]), "--instance", str(one["sop_instance_uid"])]
    assert main(["dicomweb", "get", "archive", *uids, "--out", str(tmp_path / "one")]) == 0
    assert len(list((tmp_path / "one").iterdir())) == 1
    assert main(["dicomweb", "get", "archive", *uids[:4], "--metadata", "--out", str(tmp_path / "meta")]) == 0
    assert len(json.loads((tmp_path / "meta" / "metadata.json").read_text())) == 4


def test_a_compressed_image_comes_as_it_was_compressed(archive: str, tmp_path: Path) -> None:
    from pydicom import dcmread
    from pydicom.uid import JPEGLSLossless

    dataset = make_mammogram_dataset("L", "MLO", study="compressed", transfer_syntax=JPEGLSLossless, **SIZE)
    path = save(dataset, tmp_path / "sent" / "a.dcm")
    assert main(["dicomweb", "send", archive, str(path)]) == 0
    out = tmp_path / "got"
    assert main(["dicomweb", "get", archive, "--study", str(dataset.StudyInstanceUID), "--out", str(out)]) == 0
    (came,) = (dcmread(one) for one in out.iterdir())
    assert came.file_meta.TransferSyntaxUID == JPEGLSLossless
    assert came.PixelData == dcmread(path).PixelData


def test_what_is_wrong_is_told_and_the_rest_is_sent(
    archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "berta", woman=BERTA, study="second", **SIZE)
    (tmp_path / "berta" / "notes.txt").write_text("x")
    capsys.readouterr()
    assert main(["dicomweb", "send", archive, str(tmp_path / "berta"), str(tmp_path / "none")]) == 1
    said = capsys.readouterr()
    assert said.out == "4 sent\n"
    assert said.err.count("\n") == 2 and "BERTA" not in said.err


def test_all_of_it_stands_in_the_audit_trail(study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = tmp_path / "library.sqlite"
    Library(library).close()
    kept = ["--library", str(library)]
    assert main(["dicomweb", "search", "archive", "--patient-name", "DEMO*", *kept]) == 0
    assert main(["dicomweb", "get", "archive", "--study", study, "--out", str(tmp_path / "got"), *kept]) == 0
    assert main(["dicomweb", "send", "archive", str(tmp_path / "got"), *kept]) == 0
    with Library(library) as opened:
        records = list(opened.audit_records())
    assert [(one.event, one.study.uid if one.study else "") for one in records] == [
        ("queried", ""),
        ("transfer begun", study),
        ("received", study),
        ("transfer begun", ""),
        ("sent", study),
    ]
    assert not any("DEMO" in one.text() for one in records)


def test_a_wrong_password_is_one_line(
    archive: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAMMOVIEW_TOKEN_ARCHIVE", "another")
    assert main(["dicomweb", "search", archive]) == 2
    said = capsys.readouterr().err
    assert "does not let us in (HTTP 401)" in said and said.count("\n") == 1 and "another" not in said


def test_an_unknown_study_is_one_line(archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dicomweb", "get", archive, "--study", "1.2.3", "--out", str(tmp_path / "got")]) == 2
    assert "does not have this" in capsys.readouterr().err


def test_services_are_kept_without_their_secret(
    mammoview_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    monkeypatch.setattr("sys.stdin", io.StringIO("hush-hush\n"))
    try:
        assert main(["dicomweb", "add", "far", f"https://127.0.0.1:{free_port()}/x", "--auth", "bearer"]) == 1
        said = capsys.readouterr().err
        assert "MAMMOVIEW_TOKEN_FAR" in said and "hush" not in said
        assert main(["dicomweb", "nodes"]) == 0
        assert capsys.readouterr().out.startswith("far  https://127.0.0.1:")
        assert main(["dicomweb", "search", "far"]) == 2
        assert main(["dicomweb", "remove", "far"]) == 0
        assert "hush" not in (mammoview_home / "dicomweb.json").read_text()
    finally:
        keyring.set_keyring(before)


def test_a_service_without_its_secret_is_not_kept(
    mammoview_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["dicomweb", "add", "far", "https://far.example/x", "--auth", "bearer"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (mammoview_home / "dicomweb.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["get", "none", "--study", "1.2", "--out", "x"],
        ["add", "a", "http://far.example/x", "--auth", "bearer"],
        ["add", "a", "https://far.example/x", "--ca-file", "none.pem"],
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dicomweb", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
