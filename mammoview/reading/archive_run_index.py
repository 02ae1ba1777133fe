"""Owns the look at an archive before it is scored: every file into the score store, the unchanged ones unread.

What it finds is what `dicom.scan.scan` finds; it holds one file at a time, and the names of one folder or one archive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from mammoview.archive.score_schema import ABOUT_IMAGES, IMAGE, PASSED_OVER, REFUSED
from mammoview.archive.score_sources import KeptSource, Twin
from mammoview.archive.score_store import ScoreStore
from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.scan import Candidate, Gathered, Refusal, candidates_of, file_identity, read_candidate
from mammoview.dicom.sources import first_bytes, held_archives, is_zip
from mammoview.dicom.studies import may_be_one_patient

_COMMIT_S = 1.0
_FOLDERS_REMEMBERED = 1000

Progress = Callable[[int], None]
"""Hears how many files were looked at."""


def index(
    store: ScoreStore,
    paths: Sequence[Path],
    *,
    retry: bool = False,
    tell: Callable[[Refusal], None] = lambda refusal: None,
    progress: Progress = lambda done: None,
) -> int:
    """Begin a run with the files in `paths` (as of `scan`); how many refusals an earlier run has told already.

    A file is read where it is new, has changed or, with `retry`, was refused. `tell` hears what is refused by this
    look. What is committed when the process ends is not read again.
    """
    store.begin_run()
    look = _Look(store, retry, tell, progress)
    # what is named itself may not be passed over in a folder that is named too
    for path in sorted(paths, key=_is_container):
        look.at(path)
    look.finish()
    return look.told_before


class _Look:
    def __init__(self, store: ScoreStore, retry: bool, tell: Callable[[Refusal], None], progress: Progress) -> None:
        self._store = store
        self._retry = retry
        self._tell = tell
        self._progress = progress
        self._folders: dict[Path, Path] = {}
        self._done = 0
        self.told_before = 0

    def at(self, path: Path) -> None:
        """Look at a file, a folder or an archive; what was found is committed once a second."""
        listing = Gathered(keeps_refused=False)
        all_listed, useful, more = True, False, True
        with closing(_one_archive_at_a_time(candidates_of(path, listing, None))) as candidates:
            while more:
                until = time.monotonic() + _COMMIT_S
                with self._store.transaction():
                    while more and time.monotonic() < until:
                        candidate = next(candidates, None)
                        all_listed &= not self._drain(listing)
                        if candidate is None:
                            more = False
                        else:
                            useful |= self._take(candidate)
                            self._done += 1
                            self._progress(self._done)
        if all_listed and not useful:
            self._refuse(Refusal(str(path), "holds no DICOM image and no PNG, JPEG or TIFF picture"))

    def finish(self) -> None:
        """Find the images that are there more than once, and the objects that are about none of the images."""
        with self._store.transaction():
            self._store.settle_twins(self._twins)
            for source, cause, hint in self._store.about_nothing():
                self._refuse(Refusal(source, cause, hint))

    def _drain(self, gathered: Gathered) -> bool:
        """Take over what could not be listed; whether there was any."""
        refused, gathered.refused = gathered.refused, []
        for refusal in refused:
            self._refuse(refusal)
        return bool(refused)

    def _take(self, candidate: Candidate) -> bool:
        """Look at one file; False where it is passed over without a word."""
        if len(self._folders) > _FOLDERS_REMEMBERED:
            self._folders.clear()
        identity = file_identity(candidate.source, self._folders)
        kept = self._store.kept(identity)
        if kept is not None and kept.in_run and not candidate.named:
            return kept.state != PASSED_OVER
        stamp = _stamp(candidate.source.path)
        if kept is not None and self._is_known(kept, candidate, stamp):
            self._store.meet(kept.number, candidate.source)
            if kept.state == REFUSED:
                self.told_before += 1
                self._store.refuse(str(candidate.source), kept.cause, kept.hint)
            return kept.state != PASSED_OVER
        return self._read(identity, candidate, stamp)

    def _is_known(self, kept: KeptSource, candidate: Candidate, stamp: tuple[int, int]) -> bool:
        if (kept.size, kept.mtime_ns) != stamp or kept.place != str(candidate.source.path.absolute()):
            return False
        return kept.state == IMAGE or (kept.named == candidate.named and not (self._retry and kept.state == REFUSED))

    def _read(self, identity: str, candidate: Candidate, stamp: tuple[int, int]) -> bool:
        read = Gathered(keeps_refused=False)
        useful = read_candidate(candidate, read)
        header = next(iter(read.headers), None)
        refusal = next(iter(read.refused), None)
        found, alone = next(iter(read.objects.values()), (None, None))
        why = ("", "") if refusal is None else (refusal.cause, refusal.hint)
        state = IMAGE if header is not None else REFUSED if refusal is not None else PASSED_OVER
        if found is not None and alone is not None:  # refused where nothing that it is about is here
            state, why = ABOUT_IMAGES, (alone.cause, alone.hint)
        self._store.put(
            identity, candidate.source, stamp, named=candidate.named, state=state, told=header or found, why=why
        )
        if refusal is not None:
            self._refuse(refusal)
        return useful and found is None

    def _refuse(self, refusal: Refusal) -> None:
        self._store.refuse(refusal.source, refusal.cause, refusal.hint)
        self._tell(refusal)

    def _twins(self, images: Iterator[Twin]) -> Iterator[int]:
        """The first by name of several images with one UID is kept. What is another image is refused, as in `scan`."""
        first: Twin | None = None
        for image in images:
            if first is None or first.sop_instance_uid != image.sop_instance_uid:
                first = image
                continue
            yield image.number
            same_study = first.study_instance_uid == image.study_instance_uid
            if not same_study or not may_be_one_patient(first.patient, image.patient):
                cause = f"has the same SOP Instance UID as {first.shown}, an image of another study"
                self._refuse(Refusal(image.shown, cause))
            elif first.looks != image.looks:
                cause = f"carries the SOP Instance UID of {first.shown}, another image of the study"
                self._refuse(Refusal(image.shown, cause, "open it by itself"))


def _is_container(path: Path) -> bool:
    """Whether what lies in it may be passed over."""
    try:
        return path.is_dir() or is_zip(first_bytes(ImageSource(path)))
    except (InputRefusedError, OSError):
        return False


def _stamp(path: Path) -> tuple[int, int]:
    """Bytes, and nanoseconds since the epoch of the last change; what no file has where it is gone."""
    try:
        told = path.stat()
    except OSError:
        return -1, -1
    return told.st_size, told.st_mtime_ns


def _one_archive_at_a_time(candidates: Iterator[Candidate]) -> Generator[Candidate, None, None]:
    """The same; while those of one file or archive come, it is held open."""
    with ExitStack() as held:
        last: Path | None = None
        held.enter_context(held_archives())
        for candidate in candidates:
            if candidate.source.path != last:
                last = candidate.source.path
                held.close()
                held.enter_context(held_archives())
            yield candidate
