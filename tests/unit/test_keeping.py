"""Changes that wait for the library: their order, what has to wait, what is given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from mammoview.archive.library_schema import LibraryError
from mammoview.core.errors import UsageError
from mammoview.services.keeping import Keeping


class Works:
    """Works that note that they were done, and fail as long as the disk is full."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.full = False

    def named(self, name: str) -> Callable[[Library], None]:
        def work(library: Library) -> None:
            if self.full:
                raise LibraryError("the disk is full")
            self.done.append(name)

        return work


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as made:
        yield made


def test_changes_are_carried_out_in_their_order(library: Library) -> None:
    keeping, works = Keeping(), Works()
    for name in "abc":
        keeping.add(works.named(name), quiet=False)
    keeping.carry_out(lambda: library)
    assert (works.done, keeping.count()) == (["a", "b", "c"], 0)


def test_what_cannot_be_kept_waits_with_all_behind_it_and_nobody_waits_for_it(library: Library) -> None:
    keeping, works = Keeping(), Works()
    works.full = True
    changes = [keeping.add(works.named(name), quiet=False) for name in "ab"]
    keeping.carry_out(lambda: library)
    assert (works.done, keeping.count(), str(keeping.trouble)) == ([], 2, "the disk is full")
    assert all(change.tried.is_set() for change in changes)
    works.full = False
    keeping.carry_out(lambda: library)
    assert (works.done, keeping.count(), keeping.trouble) == (["a", "b"], 0, None)


def test_what_is_wrong_in_itself_is_left_out_and_holds_nothing_up(library: Library) -> None:
    keeping, works = Keeping(), Works()

    def wrong(library: Library) -> None:
        raise UsageError("there is no such mark")

    change = keeping.add(wrong, quiet=False)
    keeping.add(works.named("b"), quiet=False)
    keeping.carry_out(lambda: library)
    assert (works.done, keeping.count()) == (["b"], 0)
    assert isinstance(change.refused, UsageError)


def test_only_the_readers_changes_are_counted_and_stay_where_nothing_can_be_kept() -> None:
    keeping, works = Keeping(), Works()
    for name in ("seen", "judged", "place"):
        keeping.add(works.named(name), quiet=name != "judged")
    assert keeping.count() == 1
    keeping.drop_quiet()
    assert keeping.last is not None and not keeping.last.quiet
    assert keeping.count() == 1
