"""Owns the audit trail as DICOM audit messages: XML after the schema of PS3.15 A.5.1, which profiles RFC 3881.

One message for each record. Which message an event becomes stands in `_MEANS`; what PS3.15 has no event for (a score, a
reveal) is an access with an Event Type Code of our own.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from mammoview.archive.audit_records import AuditEvent, AuditRecord, Mention, Outcome
from mammoview.core.study import Patient

_OWN: Final = "99MAMMOVIEW"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Code = tuple[str, str, str]
"""csd-code, codeSystemName and originalText (the Code Meaning)."""

_SOURCE: Final = ("110153", "DCM", "Source Role ID")
_DESTINATION: Final = ("110152", "DCM", "Destination Role ID")
_SOURCE_MEDIA: Final = ("110155", "DCM", "Source Media")
_DESTINATION_MEDIA: Final = ("110154", "DCM", "Destination Media")
_APPLICATION: Final = ("110150", "DCM", "Application")
_URI: Final = ("110037", "DCM", "URI")
_STUDY_UID: Final = ("110180", "DCM", "Study Instance UID")
_CLASS_UID: Final = ("110181", "DCM", "SOP Class UID")
_PATIENT_NUMBER: Final = ("2", "RFC-3881", "Patient Number")
_RESOURCE_URI: Final = ("12", "RFC-3881", "URI")
_STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"

_MINOR_FAILURE: Final = "4"


@dataclass(frozen=True, slots=True)
class _Meaning:
    """The DICOM event of one of ours. `own`, `other`: the roles of this program and of the node or the medium at the
    other end; `life`: the Participant Object Data Life Cycle of the study, empty where none fits."""

    event: _Code
    action: str
    own: _Code
    other: _Code | None = None
    kind: _Code | None = None
    life: str = ""


def _accessed(kind: AuditEvent) -> _Meaning:
    event = ("110103", "DCM", "DICOM Instances Accessed")
    return _Meaning(event, "R", _DESTINATION, kind=(str(kind), _OWN, str(kind).capitalize()), life="6")


_EXPORT: Final = ("110106", "DCM", "Export")
_TRANSFERRED: Final = ("110104", "DCM", "DICOM Instances Transferred")
_ACTIVITY: Final = ("110100", "DCM", "Application Activity")

_MEANS: Final = {
    AuditEvent.STARTED: _Meaning(_ACTIVITY, "E", _APPLICATION, kind=("110120", "DCM", "Application Start")),
    AuditEvent.STOPPED: _Meaning(_ACTIVITY, "E", _APPLICATION, kind=("110121", "DCM", "Application Stop")),
    AuditEvent.OPENED: _accessed(AuditEvent.OPENED),
    AuditEvent.SCORED: _accessed(AuditEvent.SCORED),
    AuditEvent.REVEALED: _accessed(AuditEvent.REVEALED),
    AuditEvent.EXPORTED: _Meaning(_EXPORT, "R", _SOURCE, _DESTINATION_MEDIA, life="10"),
    AuditEvent.DEIDENTIFIED: _Meaning(
        _EXPORT, "R", _SOURCE, _DESTINATION_MEDIA, kind=("de-identified", _OWN, "De-identified"), life="7"
    ),
    AuditEvent.IMPORTED: _Meaning(("110107", "DCM", "Import"), "C", _DESTINATION, _SOURCE_MEDIA, life="2"),
    AuditEvent.QUERIED: _Meaning(("110112", "DCM", "Query"), "E", _SOURCE, _DESTINATION),
    AuditEvent.TRANSFER_BEGUN: _Meaning(
        ("110102", "DCM", "Begin Transferring DICOM Instances"), "E", _DESTINATION, _SOURCE
    ),
    AuditEvent.SENT: _Meaning(_TRANSFERRED, "R", _SOURCE, _DESTINATION, life="10"),
    AuditEvent.RECEIVED: _Meaning(_TRANSFERRED, "C", _DESTINATION, _SOURCE, life="2"),
    AuditEvent.AUDIT_READ: _Meaning(("110101", "DCM", "Audit Log Used"), "R", _SOURCE),
}


def audit_message(record: AuditRecord, patient: Patient | None = None) -> str:
    """The message of one record as an XML document. `patient`: who the study is of, None for a message that names
    nobody; the woman then goes by the library's number. Raises ValueError for an event that is not one of ours.
    """
    means = _MEANS[AuditEvent(record.event)]
    message = ElementTree.Element("AuditMessage")
    failed = record.outcome != Outcome.DONE
    event = _add(
        message,
        "EventIdentification",
        EventActionCode=means.action,
        EventDateTime=record.time,
        EventOutcomeIndicator=_MINOR_FAILURE if failed else "0",
    )
    _code(event, "EventID", means.event)
    if means.kind is not None:
        _code(event, "EventTypeCode", means.kind)
    _participants(message, means, record)
    _code_of_source(message, record)
    study = record.study
    if study is not None:
        _study(message, study, means, record)
        _patient(message, study, patient)
    if record.event == AuditEvent.QUERIED:
        _query(message, record)
    if record.event == AuditEvent.AUDIT_READ:
        _audit_log(message)
    ElementTree.indent(message)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(message, encoding="unicode") + "\n"


def _participants(message: ElementTree.Element, means: _Meaning, record: AuditRecord) -> None:
    """Who asked for it, and what stands at the other end (PS3.15 A.5.3, one table for each event)."""
    own = _add(
        message,
        "ActiveParticipant",
        UserID=record.user,
        AlternativeUserID=str(record.process),
        UserIsRequestor="true",
        NetworkAccessPointID=record.host,
        NetworkAccessPointTypeCode="1",
    )
    _code(own, "RoleIDCode", means.own)
    if means.other is None:
        return
    node = str(record.details.get("address") or record.details.get("node") or "")
    is_medium = means.other in (_SOURCE_MEDIA, _DESTINATION_MEDIA)
    address = {"NetworkAccessPointID": node, "NetworkAccessPointTypeCode": _kind_of_address(node)}
    name = node or ("files" if is_medium else "unknown")
    caller = record.details.get("ae_title")
    title = {"AlternativeUserID": f"AETITLES={caller}"} if caller else {}
    known = {**title, **(address if node else {})}
    other = _add(message, "ActiveParticipant", UserID=name, UserIsRequestor="false", **known)
    _code(other, "RoleIDCode", means.other)
    if is_medium:
        _code(_add(other, "MediaIdentifier"), "MediaType", _URI)


def _kind_of_address(node: str) -> str:
    """PS3.15 A.5.2.3 (RFC 3881 5.3.2): 1 a machine's name, 2 an IP address, 5 a URI."""
    if "://" in node:
        return "5"
    try:
        ipaddress.ip_address(node)
    except ValueError:
        return "1"
    return "2"


def _code_of_source(message: ElementTree.Element, record: AuditRecord) -> None:
    """Where the message comes from: an end-user interface."""
    source = _add(message, "AuditSourceIdentification", AuditSourceID=record.host or "mammoview")
    _add(source, "AuditSourceTypeCode", **{"csd-code": "1"})


def _study(message: ElementTree.Element, study: Mention, means: _Meaning, record: AuditRecord) -> None:
    life = {"ParticipantObjectDataLifeCycle": means.life} if means.life else {}
    found = _object(message, study.uid or f"library study {study.row}", "2", "3", _STUDY_UID, "study", **life)
    for name, told in sorted(record.details.items()):
        _add(found, "ParticipantObjectDetail", type=name, value=_base64(str(told)))
    if record.event == AuditEvent.DEIDENTIFIED:
        _add(_add(found, "ParticipantObjectDescription"), "Anonymized").text = "true"


def _patient(message: ElementTree.Element, study: Mention, patient: Patient | None) -> None:
    name = patient.name if patient is not None and patient.name else "not told"
    told = patient.patient_id if patient is not None else ""
    _object(message, told or f"library patient {study.patient}", "1", "1", _PATIENT_NUMBER, name)


def _query(message: ElementTree.Element, record: AuditRecord) -> None:
    """What was asked: the names of the keys, never their values, which name patients."""
    found = _object(message, _STUDY_ROOT_FIND, "2", "3", _CLASS_UID, None)
    asked = json.dumps(dict(record.details), sort_keys=True)
    _add(found, "ParticipantObjectQuery").text = _base64(asked)


def _audit_log(message: ElementTree.Element) -> None:
    _object(message, "library:audit", "2", "13", _RESOURCE_URI, "Security Audit Log")


def _object(
    message: ElementTree.Element, name_id: str, kind: str, role: str, id_code: _Code, name: str | None, **more: str
) -> ElementTree.Element:
    found = _add(
        message,
        "ParticipantObjectIdentification",
        ParticipantObjectID=name_id,
        ParticipantObjectTypeCode=kind,
        ParticipantObjectTypeCodeRole=role,
        **more,
    )
    _code(found, "ParticipantObjectIDTypeCode", id_code)
    if name is not None:
        _add(found, "ParticipantObjectName").text = _in_xml(name)
    return found


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {name: _in_xml(told) for name, told in attributes.items()})


def _code(parent: ElementTree.Element, tag: str, code: _Code) -> None:
    value, system, meaning = code
    _add(parent, tag, **{"csd-code": value, "codeSystemName": system, "originalText": meaning})


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def _in_xml(text: str) -> str:
    """A text without what XML 1.0 cannot hold."""
    return _NOT_IN_XML.sub("?", text)
