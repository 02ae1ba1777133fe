"""Owns the audit trail as a table (CSV, RFC 4180): one row for each record, patients only where that is asked for."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from typing import Final, TextIO

from mammoview.archive.audit_records import AuditRecord, Mention
from mammoview.core.study import Patient

COLUMNS: Final = (
    "number",
    "time",
    "event",
    "outcome",
    "user",
    "host",
    "process",
    "program",
    "study_instance_uid",
    "library_study",
    "library_patient",
    "details",
    "head",
    "hash_before",
)
PATIENT_COLUMNS: Final = ("patient_name", "patient_id")


def write_csv(stream: TextIO, records: Iterable[AuditRecord], patients: Mapping[Mention, Patient] | None = None) -> int:
    """Write a head line and one row for each record; how many rows. `patients`: who the studies are of, None for a
    table that names nobody."""
    table = csv.writer(stream, lineterminator="\r\n")
    table.writerow((*COLUMNS, *(PATIENT_COLUMNS if patients is not None else ())))
    count = 0
    for record in records:
        study = record.study or Mention("")
        row: list[object] = [
            record.number,
            record.time,
            record.event,
            record.outcome,
            record.user,
            record.host,
            record.process,
            record.program,
            study.uid,
            study.row or "",
            study.patient or "",
            json.dumps(dict(record.details), sort_keys=True, ensure_ascii=False) if record.details else "",
            record.head,
            record.before,
        ]
        if patients is not None:
            patient = patients.get(study, Patient())
            row += [patient.name, patient.patient_id]
        table.writerow(row)
        count += 1
    return count
