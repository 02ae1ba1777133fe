"""Owns what is done for the list before its studies are opened: which study comes next, reading an image of it, its
small picture. Runs in background threads; no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mammoview.archive.library import Library, Query
from mammoview.archive.library_entries import source_identity
from mammoview.archive.library_index import ImageRow
from mammoview.archive.library_reading import ReadingState
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.hanging import Slot, hang
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, Study
from mammoview.services.frames import middle_frame
from mammoview.services.image_store import Read
from mammoview.services.jobs import Ticket
from mammoview.services.stamps import Stamp, stamps_of

_FIRST_LOOK, _WIDER = 8, 4
_UNREAD = frozenset({ReadingState.NEW, ReadingState.IN_PROGRESS})
_READ = frozenset({ReadingState.READ})

Tried = tuple[str, str]
"""What is not tried twice: an image's key and what told its file; a study's key and nothing for its small picture."""


@dataclass(frozen=True, slots=True, eq=False)
class AheadImage:
    """One image to be read. `frame` counts from 1; `slot`: its place in the small picture, None where it has none;
    `scored`: it is to be scored."""

    header: ImageHeader
    frame: int
    identity: str
    stamp: Stamp
    slot: Slot | None
    scored: bool

    @property
    def tried(self) -> Tried:
        return self.header.key, self.identity


@dataclass(frozen=True, slots=True, eq=False)
class AheadStudy:
    """A study of the library and what is to be read of it."""

    key: str
    images: tuple[AheadImage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What comes next: `study` is None where nothing is left. `done` of `total` studies are scored; `useless` need not
    be tried again."""

    study: AheadStudy | None
    done: int
    total: int
    useless: frozenset[Tried]


@dataclass(frozen=True, slots=True, eq=False)
class ReadAhead:
    """An image that was read: itself where it is to be scored, and reduced where it is part of the small picture."""

    image: MammoImage | None
    small: MammoImage | None


def plan(library: Library, model: str, first: Sequence[str], tried: Collection[Tried], ticket: Ticket) -> Plan:
    """The study that will be read next of those that lack scores of this `model`, by what the library calls it: those
    with the keys `first`, then what is not read, then what is, the newest first; after them studies that lack a small
    picture only. Raises LibraryError.
    """
    known = set(tried)
    study: AheadStudy | None = None
    for key in dict.fromkeys(_candidates(library, model, first)):
        if ticket.cancelled():
            raise CancelledError
        study = _study(library, model, key, known)
        if study is not None:
            break
    done, total = library.scored(model)
    return Plan(study, done, total, frozenset(known.difference(tried)))


def read_ahead(read: Read, image: AheadImage, ticket: Ticket) -> ReadAhead:
    """Read one image. Raises InputRefusedError."""
    from mammoview.reading.thumbnail import reduced  # not before the window

    found = read(image.header, image.frame)
    return ReadAhead(found if image.scored else None, None if image.slot is None else reduced(found))


def keep_thumbnail(library: Library, study_key: str, views: Mapping[Slot, MammoImage], ticket: Ticket) -> None:
    """Make a study's small picture of reduced views and keep it. Raises LibraryError, UsageError."""
    from mammoview.reading.thumbnail import thumbnail_png

    library.put_thumbnail(study_key, thumbnail_png(views))


def _candidates(library: Library, model: str, first: Sequence[str]) -> Iterator[str]:
    yield from library.pending_of(first, model)
    for states in (_UNREAD, _READ):
        yield from _more_and_more(partial(_keys, library, model, Query(states=states)))
    yield from _more_and_more(library.without_thumbnail)


def _keys(library: Library, model: str, query: Query, limit: int) -> tuple[str, ...]:
    return tuple(row.study_key for row in library.pending(model, query, limit))


def _more_and_more(listed: Callable[[int], tuple[str, ...]]) -> Iterator[str]:
    """The keys of a list from its begin, of which mostly the first few are needed."""
    limit, keys = _FIRST_LOOK, listed(_FIRST_LOOK)
    yield from keys
    while len(keys) == limit:
        seen, limit = limit, limit * _WIDER
        keys = listed(limit)
        yield from keys[seen:]


def _study(library: Library, model: str, key: str, known: set[Tried]) -> AheadStudy | None:
    """What is to be read of a study, None where there is nothing; what cannot be read is added to `known`."""
    rows = [row for row in library.study_images(key) if not row.missing]
    lacking = {
        row.key
        for row in rows
        if row.frames == 1
        and (row.key, row.identity) not in known
        and not library.has_result(row.key, row.identity, model)
    }
    pictured = (key, "") not in known and library.thumbnail(key) is None
    found: dict[str, tuple[ImageRow, ImageHeader, Stamp]] = {}
    for row in rows if pictured else [row for row in rows if row.key in lacking]:
        header = _header(row)
        stamp = None if header is None else stamps_of([Study(None, (header,))]).get(row.key)
        if header is None or stamp is None or source_identity(stamp.size, stamp.written_ns) != row.identity:
            known.add((row.key, row.identity))
        else:
            found[row.key] = row, header, stamp
    slots = hang(header for _, header, _ in found.values()).slots if pictured else {}
    places = {header.key: slot for slot, header in slots.items()}
    if pictured and not places:
        known.add((key, ""))
    images = tuple(
        AheadImage(header, middle_frame(header).frame, row.identity, stamp, places.get(image_key), image_key in lacking)
        for image_key, (row, header, stamp) in found.items()
        if image_key in lacking or image_key in places
    )
    return AheadStudy(key, images) if images else None


def _header(row: ImageRow) -> ImageHeader | None:
    """The header of an image of the library, None where its file holds another or none."""
    from mammoview.dicom.reader import read_header  # with pydicom: in the background, after the window

    try:
        header = read_header(row.source)
    except MammoviewError:
        return None
    return header if header.key == row.key else None
