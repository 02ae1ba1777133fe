"""Owns the de-identification of files into a folder: whose is whose, what each is called. Never prints.

Folders and files are named by pseudonyms: OUT/P<patient>/S<study>/<side and view>-<image>.dcm.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.datadict import keyword_for_tag

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.core.study import ImageSource, Patient
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.dataset import ParsedFile, parse_source
from mammoview.dicom.deidentify.cleaning import PRIVATE, Rules, Tally
from mammoview.dicom.deidentify.found import sources_of
from mammoview.dicom.deidentify.identifiers import Identifiers
from mammoview.dicom.deidentify.instance import Cleaned, PixelReport, deidentified
from mammoview.dicom.deidentify.moments import Move, Times
from mammoview.dicom.deidentify.secret import Secret
from mammoview.dicom.deidentify.women import Women
from mammoview.dicom.elements import Elements
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import held_archives


@dataclass(frozen=True, slots=True)
class Written:
    """One file of the export: its name under the folder, and what its pixels were found to be."""

    name: str
    pixels: PixelReport | None


@dataclass(slots=True)
class Export:
    """What was done, also while it goes on. `tally` counts actions per tag; `refused`: of how many inputs, which
    (counted from 1 in the order of their names; 0 where it was none of the files) and why; `whole`: whether it came to
    its end. Nothing here comes from a value of a file.
    """

    inputs: int = 0
    written: list[Written] = field(default_factory=list)
    patients: int = 0
    studies: int = 0
    tally: Tally = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)
    whole: bool = False

    def actions(self) -> list[tuple[str, str, str, int]]:
        """(tag, keyword, action, count), by tag; private attributes as one."""
        return [
            ("(odd group)", "private", str(action), count)
            if tag == PRIVATE
            else (f"({tag >> 16:04X},{tag & 0xFFFF:04X})", keyword_for_tag(tag), str(action), count)
            for (tag, action), count in sorted(self.tally.items())
        ]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How files are made safe. `keep_ages`: ages stay, those over 89 as 90, with sex, size and weight. `accept`:
    letters over the breast, and images without one, pass. `times`: what becomes of times of day. `same`: patient IDs of
    one woman each, beside those that headers join.
    """

    keep_ages: bool = False
    accept: bool = False
    times: Times = Times.SHIFT
    same: tuple[tuple[str, ...], ...] = ()


class _Exporter:
    def __init__(self, out: Path, secret: Secret, wishes: Wishes, decoder: Decoder | None, result: Export) -> None:
        self._out, self._secret, self._wishes, self._decoder = out, secret, wishes, decoder
        self._women: dict[str, Patient] = {}
        self._images: set[str] = set()
        self._studies: set[str] = set()
        self.ids = Women(wishes.same)
        self.result = result

    def add(self, source: ImageSource) -> str:
        """Clean one file and write it; the Study Instance UID that it had. Raises InputRefusedError where that cannot
        be done."""
        parsed = parse_source(source)
        who, patient = _patient_of(parsed, self.ids)
        if not _may_be_one(self._women.get(who, patient), patient):
            raise InputRefusedError("has the patient ID of another woman", "give it one of her own, or leave it out")
        rules = self._rules(parsed, who)
        made = deidentified(source, parsed, rules, accept=self._wishes.accept, decoder=self._decoder)
        if made.sop_instance_uid in self._images:
            raise InputRefusedError("has the SOP Instance UID of a file before it", "leave one of them out")
        study = self._secret.pseudonym("study", made.study_instance_uid)
        image = self._secret.pseudonym("image", made.sop_instance_uid)[1:]
        name = f"{rules.pseudonym}/{study}/{made.stem}-{image}.dcm"
        _write(self._out / name, made)
        self._women.setdefault(who, patient)
        self._images.add(made.sop_instance_uid)
        self._studies.add(made.study_instance_uid)
        result = self.result
        result.written.append(Written(name, made.pixels))
        result.tally += rules.tally
        result.patients, result.studies = len(self._women), len(self._studies)
        with caught_warnings():
            return Elements(parsed.dataset).text("StudyInstanceUID")

    def _rules(self, parsed: ParsedFile, who: str) -> Rules:
        with caught_warnings():
            identifiers = Identifiers(parsed.dataset)
        pseudonym = self._secret.pseudonym("patient", who)
        move = Move(self._secret.days(who), self._secret.seconds(who), self._wishes.times)
        return Rules(self._secret, pseudonym, move, self._wishes.keep_ages, identifiers)


def export(
    paths: Sequence[Path],
    out: Path,
    secret: Secret,
    wishes: Wishes | None = None,
    *,
    decoder: Decoder | None = None,
    refuse: Callable[[object, InputRefusedError], None] = lambda source, error: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    copied: Callable[[str], None] = lambda study_uid: None,
    only: Container[ImageSource] | None = None,
    result: Export | None = None,
) -> Export:
    """De-identify all DICOM files under `paths` into the folder `out`; `refuse` hears of each that is left out, and
    `copied` of the Study Instance UID that each of the others had.

    `only`: of what lies there these alone, None for all. `result`: is filled as it goes on, and is the answer. Raises
    UsageError where `out` cannot be written; what `progress` raises ends it, and what was written stays.
    """
    result = Export() if result is None else result
    exporter = _Exporter(out, secret, wishes or Wishes(), decoder, result)

    def left_out(source: object, error: InputRefusedError, number: int = 0) -> None:
        if only is not None and isinstance(source, ImageSource) and source not in only:
            return
        result.refused.append((number, error.cause))
        refuse(source, error)

    with held_archives():
        sources = [one for one in sources_of(paths, out, left_out) if only is None or one in only]
        result.inputs = len(sources)
        exporter.ids.look(sources)
        for number, source in enumerate(sources, start=1):
            try:
                copied(exporter.add(source))
            except InputRefusedError as error:
                left_out(source, error, number)
            progress(number, len(sources))
    result.whole = True
    return result


def _patient_of(parsed: ParsedFile, women: Women) -> tuple[str, Patient]:
    """By what a woman is known in all files of an export: the first of her IDs; else name and birth date; else her
    study."""
    with caught_warnings():
        elements = Elements(parsed.dataset)
        patient_id, name = elements.text("PatientID"), elements.text("PatientName")
        birth, study = elements.date("PatientBirthDate"), elements.uid("StudyInstanceUID") or ""
        patient = Patient(name=name, patient_id=patient_id, birth_date=birth)
    if patient_id:
        return f"id\0{women.of(patient_id)}", patient
    return (f"name\0{name.casefold()}\0{birth}" if name else f"study\0{study}"), patient


def _may_be_one(one: Patient, other: Patient) -> bool:
    """Whether birth dates tell two women with one ID apart; names do not, they change."""
    return not one.birth_date or not other.birth_date or one.birth_date == other.birth_date


def _write(path: Path, made: Cleaned) -> None:
    """The file as a whole or not at all."""
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(made.data)
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
        raise UsageError(f"{path.parent}: cannot be written: {error.strerror}", "name another folder") from error
