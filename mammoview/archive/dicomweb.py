"""Owns what is asked of a DICOMweb service (PS3.18): QIDO-RS, WADO-RS and STOW-RS, by dicomweb-client.

Imported only by who speaks to one: dicomweb-client brings requests with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import requests
from dicomweb_client.uri import URI
from dicomweb_client.web import DICOMwebClient
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from mammoview.archive.dicomweb_files import checked_uid
from mammoview.archive.dicomweb_http import Clock, HttpSession, Patience, SystemClock
from mammoview.archive.dicomweb_nodes import DicomwebError, DicomwebNode
from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.dicom.quiet import caught_warnings

ANSWER_LIMIT_BYTES: Final = 64 * 1024**2
"""What an answer that is read as a whole (a search, metadata) may hold."""

_PAGE: Final = 500
_FIELDS: Final = {
    "studies": ("ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "StudyDescription"),
    "series": ("Modality", "NumberOfSeriesRelatedInstances", "SeriesDescription"),
    "instances": ("SOPClassUID", "InstanceNumber"),
}
_PLAIN: Final = "*?,:/"
"""What stands as it is in a query (RFC 3986 3.4): not every service understands the wildcards of PS3.4 otherwise."""

_WIRE_ANY: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'

_FAILURES: Final = {
    0x0110: "processing failure",
    0x0111: "duplicate SOP Instance",
    0x0112: "no such object",
    0x0117: "invalid SOP Instance",
    0x0122: "SOP Class not supported",
    0x0124: "not authorized",
    0x0213: "out of resources",
    0xA700: "out of resources",
    0xA900: "data set does not match SOP Class",
    0xC000: "cannot understand",
}
"""Failure Reason (0008,1197): PS3.18 Table I.2-2, PS3.3 C.14.1.1, PS3.4 Table B.2-1."""


@dataclass(frozen=True, slots=True)
class Target:
    """A study, one of its series, or one of that one's instances, by UIDs. Raises UsageError for what is none."""

    study: str
    series: str = ""
    instance: str = ""

    def __post_init__(self) -> None:
        for uid in (self.study, *filter(None, (self.series, self.instance))):
            checked_uid(uid)
        if self.instance and not self.series:
            raise UsageError("an instance is asked for by its series too", "give --series UID")


@dataclass(frozen=True, slots=True)
class Match:
    """What a search found. What a service does not tell is empty or 0. `names` may name the patient: patient name and
    ID, birth date, study date and time, accession number and descriptions, by DICOM keyword."""

    study: str
    series: str = ""
    instance: str = ""
    modalities: tuple[str, ...] = ()
    sop_class: str = ""
    series_count: int = 0
    instance_count: int = 0
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What a service said of an instance that was sent to it. `failure` in words, empty where it is kept; `warning`
    where it was kept with changes."""

    sop_instance_uid: str
    study_instance_uid: str
    failure: str = ""
    warning: str = ""


class Dicomweb:
    """A service. Every method raises DicomwebError, and CancelledError soon after `cancel` was set by any thread."""

    def __init__(
        self,
        node: DicomwebNode,
        secret: str = "",
        *,
        patience: Patience | None = None,
        clock: Clock | None = None,
        cancel: threading.Event | None = None,
        limit_bytes: int = ANSWER_LIMIT_BYTES,
        said: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`said` takes one line for what is tried again."""
        self.node = node
        self.session = HttpSession(
            node,
            secret,
            patience=patience or Patience(),
            clock=clock or SystemClock(),
            cancel=cancel or threading.Event(),
            limit=limit_bytes,
            said=said,
        )
        self._url = node.url.rstrip("/")
        self._client = DICOMwebClient(self._url, session=self.session, chunk_size=1 << 40)
        self._client.set_http_retry_params(retry=False)  # the session does it, and obeys Retry-After

    def close(self) -> None:
        self.session.close()

    def hang_up(self) -> None:
        """Cancel from another thread, also where an answer is waited for."""
        self.session.hang_up()

    def search(
        self, level: str, keys: Mapping[str, str], *, study: str = "", series: str = "", limit: int | None = None
    ) -> tuple[Match, ...]:
        """What there is at a level: "studies", "series" or "instances". `keys`: DICOM keyword -> what to look for
        (PS3.18 8.3.4); `study`, `series`: only in these; `limit`: so many at most, None for all."""
        found: dict[tuple[str, str, str], Match] = {}
        while limit is None or len(found) < limit:
            page = _PAGE if limit is None else min(_PAGE, limit - len(found))
            answers = self._page(level, keys, study, series, page, len(found))
            new = {(match.study, match.series, match.instance): match for match in map(_match, answers) if match.study}
            before = len(found)
            found |= new
            if len(answers) < page or len(found) == before:  # the last page, or a service that knows no pages
                break
        return tuple(found.values())[:limit]

    def instances(self, target: Target) -> tuple[Target, ...]:
        """The instances of a study, of a series, or the one that is named."""
        if target.instance:
            return (target,)
        matches = self.search("instances", {}, study=target.study, series=target.series)
        found = []
        for match in matches:
            try:
                one = Target(match.study, match.series or target.series, match.instance)
            except UsageError as error:
                raise self._not_understood() from error
            if one.instance and one.study == target.study:
                found.append(one)
        return tuple(found)

    def metadata(self, target: Target) -> list[dict[str, Any]]:
        """All attributes without bulk data, one DICOM JSON object for each instance (PS3.18 F.2)."""
        answer = self._json(self._uri(target) + "/metadata", {})
        return [one for one in answer if isinstance(one, dict)]

    def stream(self, target: Target) -> tuple[str, bool, Generator[bytes]]:
        """WADO-RS: the instances as they are stored. The answer's Content-Type, whether the end of its body can be
        told, and the body."""
        answer = self.session.request("GET", self._uri(target), headers={"Accept": _WIRE_ANY}, stream=True)
        headers = answer.headers
        has_end = "Content-Length" in headers or "chunked" in headers.get("Transfer-Encoding", "").lower()
        return headers.get("Content-Type", ""), has_end, self.session.pieces(answer)

    def store(self, path: Path) -> Stored:
        """STOW-RS: send one file. Raises InputRefusedError where it is no DICOM file."""
        with caught_warnings():
            dataset = _read(path)
            uid, study = str(dataset.SOPInstanceUID), str(dataset.StudyInstanceUID)
            try:
                answer = self._client.store_instances([dataset])
            except requests.HTTPError as error:
                if error.response is None:
                    raise self._not_understood() from error
                answer = self._refusal(error.response)
            except (ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
                raise self._not_understood() from error
            return _stored(answer, uid, study)

    def _page(
        self, level: str, keys: Mapping[str, str], study: str, series: str, limit: int, offset: int
    ) -> list[dict[str, Any]]:
        parameters: dict[str, Any] = {**keys, "limit": limit, "offset": offset, "includefield": _FIELDS[level]}
        place = self._uri(Target(study, series)) if study else self._url
        return self._json(f"{place}/{level}", parameters)

    def _uri(self, target: Target) -> str:
        return str(URI(self._url, target.study, target.series or None, target.instance or None))

    def _json(self, url: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """A JSON array of data sets; none where the service has nothing to say (204)."""
        query = urlencode(parameters, doseq=True, quote_via=quote, safe=_PLAIN)
        answer = self.session.request("GET", f"{url}?{query}" if query else url)
        if not answer.content:
            return []
        try:
            found = answer.json()
        except ValueError as error:
            raise self._not_understood() from error
        if isinstance(found, dict):
            found = [found]
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self._not_understood()
        return found

    def _refusal(self, response: requests.Response) -> Dataset:
        """What a service says of instances that it did not take (HTTP 409 and 400, PS3.18 10.5.3)."""
        status = response.status_code
        try:
            return Dataset.from_json(response.json())
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise DicomwebError(
                f"{self.node.name} does not take this (HTTP {status})", "ask who keeps it", status
            ) from wrong

    def _not_understood(self) -> DicomwebError:
        return DicomwebError(f"{self.node.name}: the answer is no DICOM JSON", "look at its URL")


def _read(path: Path) -> Dataset:
    try:
        dataset = dcmread(path)
        checked_uid(str(dataset.SOPInstanceUID))
    except (InvalidDicomError, UsageError, ValueError, KeyError, AttributeError, NotImplementedError) as error:
        raise InputRefusedError(f"{path}: is no DICOM file that can be sent", "name DICOM files") from error
    except OSError as error:
        raise InputRefusedError(f"{path}: cannot be read: {error.strerror}", "look at its rights") from error
    return dataset


def _match(answer: Mapping[str, Any]) -> Match:
    """A data set of a search's answer (PS3.18 10.6.3.3); what is not as it should be is left out."""
    modalities = _texts(answer, "00080061") or _texts(answer, "00080060")
    named = {
        "PatientName": "00100010",
        "PatientID": "00100020",
        "PatientBirthDate": "00100030",
        "StudyDate": "00080020",
        "StudyTime": "00080030",
        "AccessionNumber": "00080050",
        "StudyDescription": "00081030",
        "SeriesDescription": "0008103E",
    }
    return Match(
        study=_text(answer, "0020000D"),
        series=_text(answer, "0020000E"),
        instance=_text(answer, "00080018"),
        modalities=modalities,
        sop_class=_text(answer, "00080016"),
        series_count=_number(answer, "00201206"),
        instance_count=_number(answer, "00201208") or _number(answer, "00201209"),
        names=tuple((keyword, told) for keyword, tag in named.items() if (told := _text(answer, tag))),
    )


def _texts(answer: Mapping[str, Any], tag: str) -> tuple[str, ...]:
    """The values of an attribute as texts; a Person Name by its alphabetic part (PS3.18 F.2.2)."""
    element = answer.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    found = []
    for value in values if isinstance(values, list) else []:
        told = value.get("Alphabetic") if isinstance(value, dict) else value
        if isinstance(told, str | int):
            found.append("".join(letter for letter in str(told) if letter.isprintable()))
    return tuple(found)


def _text(answer: Mapping[str, Any], tag: str) -> str:
    return next(iter(_texts(answer, tag)), "")


def _number(answer: Mapping[str, Any], tag: str) -> int:
    told = _text(answer, tag)
    return int(told) if told.isascii() and told.isdigit() else 0


def _stored(answer: Dataset, uid: str, study: str) -> Stored:
    """What the answer (PS3.18 Table I.2-1) says of one instance; what it does not name is not kept for sure."""
    for item in answer.get("FailedSOPSequence") or ():
        if item.get("ReferencedSOPInstanceUID") in (uid, None, ""):
            reason = int(item.get("FailureReason") or 0)
            return Stored(uid, study, failure=f"{_FAILURES.get(reason, 'refused')} (0x{reason:04X})")
    for item in answer.get("ReferencedSOPSequence") or ():
        if item.get("ReferencedSOPInstanceUID") == uid:
            reason = int(item.get("WarningReason") or 0)
            return Stored(uid, study, warning=f"kept with changes (0x{reason:04X})" if reason else "")
    return Stored(uid, study, failure="the service does not say that it kept it")
