"""Audit messages follow the schema of PS3.15 A.5.1 and say what PS3.15 A.5.3 wants of their event."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from mammoview.archive.audit_csv import write_csv
from mammoview.archive.audit_messages import audit_message
from mammoview.archive.audit_records import START, AuditEvent, AuditRecord, Mention
from mammoview.core.study import Patient

ANNA = Patient("DEMO^ANNA", "4711", "1960-02-29", "F")
STUDY = Mention("1.2.840.7", 3, "2026-01-01T00:00:00.000Z", 2)

CODE = {"csd-code", "codeSystemName", "displayName", "originalText"}
SCHEMA: dict[str, tuple[set[str], set[str], list[str]]] = {
    # element: (attributes that must be, that may be, children in their order)
    "AuditMessage": (
        set(),
        set(),
        ["EventIdentification", "ActiveParticipant", "AuditSourceIdentification", "ParticipantObjectIdentification"],
    ),
    "EventIdentification": (
        {"EventDateTime", "EventOutcomeIndicator"},
        {"EventActionCode"},
        ["EventID", "EventTypeCode", "EventOutcomeDescription"],
    ),
    "ActiveParticipant": (
        {"UserID", "UserIsRequestor"},
        {"AlternativeUserID", "UserName", "NetworkAccessPointID", "NetworkAccessPointTypeCode"},
        ["RoleIDCode", "MediaIdentifier"],
    ),
    "MediaIdentifier": (set(), set(), ["MediaType"]),
    "AuditSourceIdentification": ({"AuditSourceID"}, {"AuditEnterpriseSiteID"}, ["AuditSourceTypeCode"]),
    "AuditSourceTypeCode": ({"csd-code"}, CODE, []),
    "ParticipantObjectIdentification": (
        {"ParticipantObjectID"},
        {
            "ParticipantObjectTypeCode",
            "ParticipantObjectTypeCodeRole",
            "ParticipantObjectDataLifeCycle",
            "ParticipantObjectSensitivity",
        },
        [
            "ParticipantObjectIDTypeCode",
            "ParticipantObjectName",
            "ParticipantObjectQuery",
            "ParticipantObjectDetail",
            "ParticipantObjectDescription",
        ],
    ),
    "ParticipantObjectName": (set(), set(), []),
    "ParticipantObjectQuery": (set(), set(), []),
    "ParticipantObjectDetail": ({"type", "value"}, set(), []),
    "ParticipantObjectDescription": (
        set(),
        set(),
        ["MPPS", "Accession", "SOPClass", "ParticipantObjectContainsStudy", "Encrypted", "Anonymized"],
    ),
    "Anonymized": (set(), set(), []),
}
for _code in ("EventID", "EventTypeCode", "RoleIDCode", "MediaType", "ParticipantObjectIDTypeCode"):
    SCHEMA[_code] = ({"csd-code", "codeSystemName", "originalText"}, CODE, [])


def made(event: AuditEvent, study: Mention | None = STUDY, **details: str) -> AuditRecord:
    return AuditRecord(
        1, START, "2026-01-31T08:00:01.000Z", str(event), "done", "eva", "reading-1", 7, "mammoview 1", study, details
    )


def parsed(record: AuditRecord, patient: Patient | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(audit_message(record, patient))


def faults(element: ElementTree.Element) -> list[str]:
    """What the schema does not allow."""
    must, may, order = SCHEMA[element.tag]
    given = set(element.attrib)
    found = [f"{element.tag} lacks {name}" for name in must - given]
    found += [f"{element.tag} has {name}" for name in given - must - may]
    places = [order.index(child.tag) if child.tag in order else -1 for child in element]
    if -1 in places or places != sorted(places):
        found.append(f"{element.tag}: {[child.tag for child in element]}")
    return found + [words for child in element for words in faults(child)]


def objects(message: ElementTree.Element, code: str) -> list[ElementTree.Element]:
    """The participant objects whose ID is of this kind."""
    return [
        found
        for found in message.findall("ParticipantObjectIdentification")
        if found.find(f"ParticipantObjectIDTypeCode[@csd-code='{code}']") is not None
    ]


@pytest.mark.parametrize("event", AuditEvent)
def test_every_event_is_a_message_after_the_schema(event: AuditEvent) -> None:
    study = (
        None if event in (AuditEvent.STARTED, AuditEvent.STOPPED, AuditEvent.QUERIED, AuditEvent.AUDIT_READ) else STUDY
    )
    message = parsed(made(event, study, node="archive"))
    assert faults(message) == []
    assert len(message.findall("EventIdentification")) == len(message.findall("AuditSourceIdentification")) == 1
    for found in message.findall("ParticipantObjectIdentification"):
        assert len(found.findall("ParticipantObjectName")) + len(found.findall("ParticipantObjectQuery")) == 1


@pytest.mark.parametrize(
    ("event", "code", "action"),
    [
        (AuditEvent.STARTED, "110100", "E"),
        (AuditEvent.OPENED, "110103", "R"),
        (AuditEvent.EXPORTED, "110106", "R"),
        (AuditEvent.IMPORTED, "110107", "C"),
        (AuditEvent.QUERIED, "110112", "E"),
        (AuditEvent.TRANSFER_BEGUN, "110102", "E"),
        (AuditEvent.SENT, "110104", "R"),
        (AuditEvent.RECEIVED, "110104", "C"),
        (AuditEvent.AUDIT_READ, "110101", "R"),
    ],
)
def test_an_event_has_the_code_and_action_of_the_standard(event: AuditEvent, code: str, action: str) -> None:
    told = parsed(made(event)).find("EventIdentification")
    assert told is not None and told.get("EventActionCode") == action
    identity = told.find("EventID")
    assert identity is not None and (identity.get("csd-code"), identity.get("codeSystemName")) == (code, "DCM")


def test_a_message_names_the_study_by_its_uid() -> None:
    (study,) = objects(parsed(made(AuditEvent.OPENED)), "110180")
    assert study.get("ParticipantObjectID") == "1.2.840.7"
    assert (study.get("ParticipantObjectTypeCode"), study.get("ParticipantObjectTypeCodeRole")) == ("2", "3")


def test_a_message_names_the_patient_only_where_told_to() -> None:
    (unnamed,) = objects(parsed(made(AuditEvent.OPENED)), "2")
    assert unnamed.get("ParticipantObjectID") == "library patient 2"
    (named,) = objects(parsed(made(AuditEvent.OPENED), ANNA), "2")
    assert (named.get("ParticipantObjectID"), named.findtext("ParticipantObjectName")) == ("4711", "DEMO^ANNA")


def test_who_sends_is_the_source_and_the_node_the_destination() -> None:
    message = parsed(made(AuditEvent.SENT, address="https://archive/dicom-web"))
    roles = {
        person.get("UserID"): role.get("csd-code")
        for person in message.findall("ActiveParticipant")
        for role in person.findall("RoleIDCode")
    }
    assert roles == {"eva": "110153", "https://archive/dicom-web": "110152"}


def test_a_failure_is_told_as_one() -> None:
    told = parsed(replace(made(AuditEvent.SENT), outcome="failed")).find("EventIdentification")
    assert told is not None and told.get("EventOutcomeIndicator") == "4"


def test_what_was_de_identified_is_said_to_be() -> None:
    assert parsed(made(AuditEvent.DEIDENTIFIED)).findtext(".//Anonymized") == "true"


def test_a_query_is_kept_in_base_64() -> None:
    query = parsed(made(AuditEvent.QUERIED, None, keys="PatientName")).findtext(".//ParticipantObjectQuery")
    assert query is not None and base64.b64decode(query) == b'{"keys": "PatientName"}'


def test_what_xml_cannot_hold_breaks_no_message() -> None:
    message = parsed(replace(made(AuditEvent.OPENED), user="e\x00v\ud800a <&"), replace(ANNA, name="A\x07B"))
    person = message.find("ActiveParticipant")
    assert person is not None and person.get("UserID") == "e?v?a <&"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_names_patients_only_where_told_to() -> None:
    records = [made(AuditEvent.OPENED, reader="EVA, MD"), made(AuditEvent.STARTED, None)]
    plain, named = io.StringIO(), io.StringIO()
    assert write_csv(plain, records) == write_csv(named, records, {STUDY: ANNA}) == 2
    assert "DEMO" not in plain.getvalue() and "4711" not in plain.getvalue()
    assert [row["patient_name"] for row in rows(named.getvalue())] == ["DEMO^ANNA", ""]
    assert rows(plain.getvalue())[0]["details"] == '{"reader": "EVA, MD"}'
    assert rows(plain.getvalue())[0]["study_instance_uid"] == "1.2.840.7"


def test_a_caller_is_known_by_its_title_and_its_address() -> None:
    message = ElementTree.fromstring(audit_message(made(AuditEvent.RECEIVED, ae_title="SENDER", address="10.0.0.7")))
    other = message.findall("ActiveParticipant")[1]
    assert other.attrib["AlternativeUserID"] == "AETITLES=SENDER"
    assert (other.attrib["NetworkAccessPointID"], other.attrib["NetworkAccessPointTypeCode"]) == ("10.0.0.7", "2")
