"""What the window does with a DICOMweb service: studies are counted together, and filed where a PACS's would be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.filing import Filing
from mammoview.services.archive_work import Tally, found_study, peer_of
from mammoview.services.jobs import Ticket
from tests.dicomweb_rig import Answer, Holding, failing, serving
from tests.network.objects import made_object

NOW = [made_object(number) for number in range(2)]
BEFORE = [made_object(number, study="before") for number in range(3)]
UIDS = [str(NOW[0].StudyInstanceUID), str(BEFORE[0].StudyInstanceUID)]


@dataclass
class Bringing:
    """A retrieval of both studies into a folder; `told` is what its ticket was told: done, in all."""

    folder: Path
    told: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.filing = Filing(self.folder)
        self.tally = Tally(Ticket(1, "", lambda ticket, done, total: self.told.append((done, total))))

    def run(self, answers: Callable[[str, str], Answer]) -> str:
        with serving(answers) as service:
            peer = peer_of(DicomwebNode("web", service.url))
            return peer.bring(UIDS, self.filing, self.tally, Cancellation(), lambda line: None)


@pytest.fixture
def bringing(tmp_path: Path) -> Bringing:
    return Bringing(tmp_path / "in")


@pytest.fixture
def holding() -> Holding:
    return Holding(*NOW, *BEFORE)


def test_studies_are_counted_together_from_the_start(bringing: Bringing, holding: Holding) -> None:
    assert bringing.run(holding) == ""
    assert bringing.told[0] == (0, 5) and bringing.told[-1] == (5, 5)
    assert {total for _, total in bringing.told} == {5}
    assert bringing.tally.new == {UIDS[0]: 2, UIDS[1]: 3} and bringing.tally.is_whole


def test_each_instance_lies_where_a_pacs_would_have_brought_it(bringing: Bringing, holding: Holding) -> None:
    bringing.run(holding)
    assert all(bringing.filing.holds(str(one.StudyInstanceUID), str(one.SOPInstanceUID)) for one in (*NOW, *BEFORE))


def test_what_is_here_is_counted_as_such(bringing: Bringing, holding: Holding, tmp_path: Path) -> None:
    Bringing(tmp_path / "in").run(Holding(*NOW, BEFORE[0]))
    assert bringing.run(holding) == ""
    assert (bringing.tally.there, bringing.tally.done) == (3, 5)
    assert bringing.tally.new == {UIDS[0]: 0, UIDS[1]: 2}


def test_a_service_that_lists_no_instances_is_asked_for_the_studies(bringing: Bringing, holding: Holding) -> None:
    def answer(method: str, path: str) -> Answer:
        return failing("501 no") if "/instances?" in path else holding(method, path)

    assert bringing.run(answer) == ""
    assert bringing.tally.new == {UIDS[0]: 2, UIDS[1]: 3} and bringing.tally.is_whole


@pytest.mark.parametrize("number", [0, 1])
def test_a_study_that_lacks_something_keeps_no_other_from_coming(
    bringing: Bringing, holding: Holding, number: int
) -> None:
    lost = str((NOW, BEFORE)[number][1].SOPInstanceUID)

    def answer(method: str, path: str) -> Answer:
        gone = path.endswith(UIDS[number]) or path.endswith(lost)
        return failing("404 gone") if gone else holding(method, path)

    assert "HTTP 404" in bringing.run(answer)
    assert (bringing.tally.done, bringing.tally.failed, bringing.tally.remaining) == (4, 1, 0)


def test_a_study_that_the_service_does_not_have_keeps_no_other_from_coming(bringing: Bringing) -> None:
    assert "HTTP 404" in bringing.run(lambda method, path: _without(UIDS[0], method, path))
    assert bringing.tally.new == {UIDS[0]: 0, UIDS[1]: 3}


@pytest.mark.parametrize("number", [0, 1])
def test_a_study_that_cannot_be_listed_keeps_no_other_from_coming(
    bringing: Bringing, holding: Holding, number: int
) -> None:
    def answer(method: str, path: str) -> Answer:
        return failing("404 no") if UIDS[number] in path else holding(method, path)

    assert "HTTP 404" in bringing.run(answer)
    came = {UIDS[0]: 2, UIDS[1]: 3} | {UIDS[number]: 0}
    assert {uid: bringing.tally.new[uid] for uid in UIDS} == came and not bringing.tally.is_whole


def _without(uid: str, method: str, path: str) -> Answer:
    return failing("404 no") if uid in path and "limit=" not in path else Holding(*NOW, *BEFORE)(method, path)


def test_a_service_that_fails_after_one_study_is_told_and_what_came_stays(bringing: Bringing, holding: Holding) -> None:
    def answer(method: str, path: str) -> Answer:
        return failing("403 no") if UIDS[1] in path and "limit=" not in path else holding(method, path)

    assert "HTTP 403" in bringing.run(answer)
    assert (bringing.tally.done, bringing.tally.is_whole) == (2, False)
    assert len(list(bringing.folder.iterdir())) == 1  # no empty folder is left


def test_a_service_of_which_nothing_came_is_a_failure(bringing: Bringing) -> None:
    with pytest.raises(DicomwebError, match="HTTP 403"):
        bringing.run(lambda method, path: failing("403 no"))
    assert list(bringing.folder.iterdir()) == []


@pytest.mark.parametrize(("told", "expected"), [("20240131", "2024-01-31"), ("2024", ""), ("", "")])
def test_a_study_is_told_with_iso_dates_or_none(told: str, expected: str) -> None:
    found = found_study("1.2", {"StudyDate": told, "StudyTime": "101500.5"}, None, ())
    assert (found.study_date, found.study_time) == (expected, "101500")
