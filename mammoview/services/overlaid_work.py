"""Owns the background work on other makers' objects: reading them, and finding those that came without their study."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mammoview.archive.library import Library
from mammoview.core.errors import MammoviewError
from mammoview.core.overlaid import Overlaid
from mammoview.core.study import ImageHeader, ObjectHeader, Study
from mammoview.services.jobs import Ticket

Read = tuple[ObjectHeader, Overlaid | None, str]
"""An object, what was read of it, and why it cannot be read."""


def read_all(waiting: Sequence[tuple[ObjectHeader, tuple[ImageHeader, ...]]], ticket: Ticket) -> list[Read]:
    """What each object lays over the images of its study, or why it cannot be read."""
    from mammoview.dicom.objects.read_objects import read_overlaid  # pydicom comes in the background

    read: list[Read] = []
    for header, images in waiting:
        if ticket.cancelled():
            break
        try:
            read.append((header, read_overlaid(header, images), ""))
        except MammoviewError as error:
            read.append((header, None, str(error)))
    return read


def find_beside(
    studies: Sequence[Study],
    known: dict[tuple[Path, int], tuple[ObjectHeader, ...]],
    library: Library | None,
    ticket: Ticket,
) -> dict[str, tuple[ObjectHeader, ...]]:
    """The objects that the library has, or that lie in the folders of the images of studies that came without any, by
    the key of the study that they are about. `known` holds what was found in a folder as it was at a time (in ns), and
    grows.
    """
    from mammoview.dicom.objects.read_objects import objects_in
    from mammoview.dicom.studies import attached

    found: list[ObjectHeader] = []
    bare = [study for study in studies if not study.objects]
    for folder in sorted({image.source.path.parent for study in bare for image in study.images}):
        try:
            key = folder, folder.stat().st_mtime_ns
        except OSError:
            continue
        if key not in known:
            known[key] = objects_in(folder, ticket.cancelled)
        found += known[key]
    if library is not None:
        with suppress(MammoviewError):  # the room says what is wrong with it
            found += library.objects_of(studies)
    single = {header.key: header for header in reversed(found)}
    return {study.key: study.objects for study in attached(studies, single.values())}
