"""Owns the way from what the user names (files, folders, archives, DICOMDIRs) to studies. Reads headers only.

One broken file never stops the rest: it becomes a `Refusal` and the others open. Where its header can be read, it keeps
its place in the study too, if that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import FileDataset

from mammoview.core.errors import CancelledError, InputRefusedError
from mammoview.core.study import ImageHeader, ImageSource, ObjectHeader, Study
from mammoview.dicom.dataset import has_prefix, looks_like_dicom, parse_source
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_objects import read_object_header
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.reader import NotAnImageError, NotDicomError, read_header, read_refused_header
from mammoview.dicom.sources import (
    PICTURE_SUFFIXES,
    file_in_folder,
    first_bytes,
    held_archives,
    holds_files,
    is_zip,
    suffix_of,
    walk_folder,
    zip_members,
)
from mammoview.dicom.studies import attached, group_studies, may_be_one_patient

_NOTHING = InputRefusedError("holds no DICOM image and no PNG, JPEG or TIFF picture")
_ONLY_OBJECTS = InputRefusedError(
    "holds reports, presentation states or maps, and no image", "open it together with the images that they are about"
)
_DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".ima"})
_DIRECTORY_SOP_CLASS = "1.2.840.10008.1.3.10"
_START = 512


@dataclass(frozen=True)
class Refusal:
    """One input that cannot be used: what was named, why, and what to do."""

    source: str
    cause: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.cause} ({self.hint})" if self.hint else f"{self.source}: {self.cause}"


@dataclass(frozen=True)
class ScanResult:
    """What was found; `ignored` counts files in folders and archives that are neither images, nor objects about them,
    nor broken. `objects` are all that are no images, also those whose images are not here.
    """

    studies: tuple[Study, ...]
    refused: tuple[Refusal, ...]
    ignored: int
    objects: tuple[ObjectHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at; `named` where the user or a DICOMDIR named it, so that it may not be passed over."""

    source: ImageSource
    named: bool


class Gathered:
    """What a scan has found so far; `broken` are headers of refused files, `objects` what may be about the images, each
    with what is to be said if its images are not here (None: nothing).
    """

    def __init__(self, *, keeps_refused: bool) -> None:
        self.keeps_refused = keeps_refused
        self.headers: list[ImageHeader] = []
        self.broken: list[ImageHeader] = []
        self.objects: dict[str, tuple[ObjectHeader, InputRefusedError | None]] = {}
        self.refused: list[Refusal] = []
        self.ignored = 0

    def refuse(self, source: object, error: InputRefusedError) -> None:
        self.refused.append(Refusal(str(source), error.cause, error.hint))


def scan(
    paths: Sequence[Path],
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    keep_refused: bool = False,
) -> ScanResult:
    """The studies in files, folders (with all below them), zip archives and DICOMDIRs, by their headers.

    The answer does not depend on the order of `paths`. `progress(done, total)` is called after every file;
    `cancelled()` is asked before each file and folder, and True raises CancelledError. `keep_refused`: an image that
    was refused, but whose header tells study, side and view, stands among the images of its study
    (`ImageHeader.refused`), unless none of these can be used.
    """
    gathered = Gathered(keeps_refused=keep_refused)
    candidates: dict[str, Candidate] = {}
    containers: list[tuple[Path, set[str]]] = []
    with held_archives():
        folders: dict[Path, Path] = {}
        for path in paths:
            refused_before, keys = len(gathered.refused), set()
            for candidate in candidates_of(path, gathered, cancelled):
                key = file_identity(candidate.source, folders)
                keys.add(key)
                if key not in candidates or candidate.named:
                    candidates[key] = candidate
            if len(gathered.refused) == refused_before:
                containers.append((path, keys))
        useless: set[str] = set()
        ordered = sorted(candidates.items(), key=lambda item: str(item[1].source))
        for done, (key, candidate) in enumerate(ordered, start=1):
            _stop_if(cancelled)
            if not read_candidate(candidate, gathered):
                useless.add(key)
            if progress is not None:
                progress(done, len(ordered))
    headers = _without_duplicates(gathered)
    studies = tuple(study for study in group_studies([*headers, *_broken_beside(headers, gathered)]) if _usable(study))
    studies, lost = _with_objects(studies, gathered)
    useless |= {key for key, candidate in candidates.items() if candidate.source in lost}
    for path, keys in containers:
        if keys <= useless:
            alone = any(candidates[key].source in lost for key in keys)
            gathered.refuse(path, _ONLY_OBJECTS if alone else _NOTHING)
    objects = tuple(header for header, _ in gathered.objects.values())
    return ScanResult(studies, tuple(sorted(set(gathered.refused), key=str)), gathered.ignored, objects)


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise CancelledError


def file_identity(source: ImageSource, folders: dict[Path, Path]) -> str:
    """The same for two ways to name one file; `folders` remembers what each folder resolves to."""
    path = source.path
    if path.name in ("", "..") or path.is_symlink():
        return str(ImageSource(path.resolve(), source.member))
    folder = folders.get(path.parent)
    if folder is None:
        folder = folders.setdefault(path.parent, path.parent.resolve())
    return str(ImageSource(folder / path.name, source.member))


def read_candidate(candidate: Candidate, gathered: Gathered) -> bool:
    """Reads one header; False where the file was passed over without a word."""
    try:
        gathered.headers.append(read_header(candidate.source))
    except NotAnImageError as error:
        if _read_object(candidate, error, gathered):
            return True
        called_dicom = suffix_of(candidate.source.member or candidate.source.path.name) in _DICOM_SUFFIXES
        if not candidate.named and not (called_dicom and isinstance(error, NotDicomError)):
            gathered.ignored += 1
            return False
        gathered.refuse(candidate.source, error)
    except InputRefusedError as error:
        gathered.refuse(candidate.source, error)
        broken = read_refused_header(candidate.source, error) if gathered.keeps_refused else None
        if broken is not None:
            gathered.broken.append(broken)
    return True


def _read_object(candidate: Candidate, error: NotAnImageError, gathered: Gathered) -> bool:
    """Whether a file that is no image is an object that may be about the images."""
    if isinstance(error, NotDicomError):
        return False
    try:
        found = read_object_header(candidate.source)
    except InputRefusedError:
        return False
    if found is None:
        return False
    alone = InputRefusedError(error.cause, "open it together with the images that it is about")
    gathered.objects.setdefault(found.key, (found, alone if candidate.named else None))
    return True


def _with_objects(studies: tuple[Study, ...], gathered: Gathered) -> tuple[tuple[Study, ...], frozenset[ImageSource]]:
    """The studies with the objects that are about them, and the files of others that were passed over; one that was
    named and is about none of them is refused.
    """
    found = attached(studies, [header for header, _ in gathered.objects.values()])
    there = {header.key for study in found for header in study.objects}
    lost = set[ImageSource]()
    for header, alone in gathered.objects.values():
        if header.key in there:
            continue
        if alone is None:
            gathered.ignored += 1
            lost.add(header.source)
        else:
            gathered.refuse(header.source, alone)
    return found, frozenset(lost)


def candidates_of(path: Path, gathered: Gathered, cancelled: Callable[[], bool] | None) -> Iterator[Candidate]:
    """The files that a path named by the user stands for."""
    try:
        if path.is_dir():
            yield from _of_folder(path, gathered, cancelled)
            return
        start = first_bytes(ImageSource(path), _START)
        if is_zip(start):
            yield from _of_archive(path, gathered, named=True)
        elif _is_directory(path, start):
            yield from _of_dicomdir(path, gathered)
        else:
            yield Candidate(ImageSource(path), named=True)
    except InputRefusedError as error:
        gathered.refuse(path, error)


def _of_folder(folder: Path, gathered: Gathered, cancelled: Callable[[], bool] | None) -> Iterator[Candidate]:
    empty, refused_before = True, len(gathered.refused)
    for path in walk_folder(folder, gathered.refuse, lambda _: _stop_if(cancelled)):
        _stop_if(cancelled)
        empty = False
        try:
            start = first_bytes(ImageSource(path), _START)
        except InputRefusedError as error:
            gathered.refuse(path, error)
            continue
        if holds_files(path.name, start):
            try:
                yield from _of_archive(path, gathered, named=False)
            except InputRefusedError as error:
                gathered.refuse(path, error)
        elif _worth_reading(path.name, start):
            yield Candidate(ImageSource(path), named=False)
        else:
            gathered.ignored += 1
    if empty and len(gathered.refused) == refused_before:
        raise InputRefusedError("is an empty folder", "name the folder that holds the images")


def _of_archive(path: Path, gathered: Gathered, *, named: bool) -> Iterator[Candidate]:
    usable, refused = zip_members(path)
    for source, error in refused:
        gathered.refuse(source, error)
    if not usable and not refused:
        if named:
            raise InputRefusedError("is an empty archive")
        gathered.ignored += 1
    for source in usable:
        try:
            start = first_bytes(source, _START)
        except InputRefusedError as error:
            gathered.refuse(source, error)
            continue
        if holds_files(source.member or "", start):
            gathered.refuse(source, InputRefusedError("is an archive within an archive", "unpack it"))
        elif _worth_reading(source.member or "", start):
            yield Candidate(source, named=False)
        else:
            gathered.ignored += 1


def _worth_reading(name: str, start: bytes) -> bool:
    """Whether a file met in a folder may be DICOM, or says by its name that it is or that it is a picture;
    hidden files are not.
    """
    if name.rpartition("/")[2].startswith("."):
        return False
    suffix = suffix_of(name)
    if has_prefix(start) or suffix in PICTURE_SUFFIXES or suffix in _DICOM_SUFFIXES:
        return True
    return suffix == "" and looks_like_dicom(start)


def _is_directory(path: Path, start: bytes) -> bool:
    if not has_prefix(start):
        return False
    return path.name.upper() == "DICOMDIR" or _DIRECTORY_SOP_CLASS.encode() in start


def _of_dicomdir(path: Path, gathered: Gathered) -> Iterator[Candidate]:
    """The images that a DICOMDIR (PS3.3 Annex F) refers to; never outside its folder."""
    dataset = parse_source(ImageSource(path)).dataset
    found = 0
    for parts in _references(dataset):
        found += 1
        try:
            member = file_in_folder(path.parent, parts)
            yield Candidate(ImageSource(member), named=True)
        except InputRefusedError as error:
            gathered.refuse(path, error)
    if not found:
        raise InputRefusedError("is a DICOMDIR that refers to no image", "open the folder instead")


def _references(dataset: FileDataset) -> list[list[str]]:
    """Referenced File ID (0004,1500) of every IMAGE record."""
    with caught_warnings():
        records = Elements(dataset).items("DirectoryRecordSequence")
        return [
            list(record.texts("ReferencedFileID"))
            for record in records
            if record.code("DirectoryRecordType") == "IMAGE" and record.has("ReferencedFileID")
        ]


def _without_duplicates(gathered: Gathered) -> list[ImageHeader]:
    """The headers with every SOP Instance UID once: the first by name is kept and says so.

    A second image with the UID that belongs to another study, or differs in side, view or size, is no copy:
    it is refused by name.
    """
    kept: dict[str, ImageHeader] = {}
    plain: list[ImageHeader] = []
    for header in gathered.headers:
        uid = header.sop_instance_uid
        if uid is None:
            plain.append(header)
            continue
        first = kept.setdefault(uid, header)
        if first is header:
            continue
        same_study = first.study_instance_uid == header.study_instance_uid
        if not same_study or not may_be_one_patient(first.patient, header.patient):
            cause = f"has the same SOP Instance UID as {first.source}, an image of another study"
            gathered.refuse(header.source, InputRefusedError(cause))
            continue
        if _looks(first) != _looks(header):
            cause = f"carries the SOP Instance UID of {first.source}, another image of the study"
            gathered.refuse(header.source, InputRefusedError(cause, "open it by itself"))
            continue
        line = f"the same image lies also in {header.source}"
        kept[uid] = replace(first, warnings=(*first.warnings, line))
    return [*plain, *kept.values()]


def _broken_beside(headers: Sequence[ImageHeader], gathered: Gathered) -> list[ImageHeader]:
    """The headers of refused files, without copies of an image that is there."""
    kept: dict[str, ImageHeader] = {}
    for header in gathered.broken:
        kept.setdefault(header.key, header)
    there = {header.key for header in headers}
    return [header for key, header in kept.items() if key not in there]


def _usable(study: Study) -> bool:
    return not all(image.refused for image in study.images)


def _looks(header: ImageHeader) -> tuple[str, int, int, int]:
    """What two copies of one image have in common."""
    return header.side_view, header.rows, header.columns, header.frames
