"""Owns the DICOM conformance statement (PS3.2), made from the lists that the code itself goes by.

`python -m mammoview.commands.conformance` prints it; resources/docs/conformance.md is what it printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from pydicom.datadict import dictionary_description
from pydicom.dataset import Dataset
from pydicom.uid import UID

import mammoview
from mammoview.archive.pacs.asking import LEVELS, ROOTS, Query, Worklist
from mammoview.archive.pacs.connections import PDU_BYTES, Limits
from mammoview.archive.pacs.nodes import OUR_AE_TITLE, RECEIVER_PORT
from mammoview.archive.pacs.receiver import LOOPBACK
from mammoview.archive.pacs.transfers import COMPRESSED, STORAGE, VERIFICATION, received
from mammoview.core.errors import UsageError
from mammoview.dicom.objects.uids import WRITTEN, description_of

_MODELS = {
    "study": ("Study Root", "1.2.840.10008.5.1.4.1.2.2"),
    "patient": ("Patient Root", "1.2.840.10008.5.1.4.1.2.1"),
}
_NEWER = {"1.2.840.10008.5.1.4.1.1.66.7": "Label Map Segmentation Storage"}
"""Names of classes that are newer than pydicom's dictionary."""

_FIND, _MOVE, _GET = ".1", ".2", ".3"
_UNIQUE = {"patient": "PatientID", "study": "StudyInstanceUID", "series": "SeriesInstanceUID"}


def statement() -> str:
    """The statement in Markdown."""
    limits = Limits()
    sections = [
        "# DICOM conformance statement",
        "",
        f"mammoview {mammoview.__version__}. Made by `python -m mammoview.commands.conformance` from the lists that "
        "the program goes by; it states what is implemented, and no clearance as a medical device.",
        "",
        "## Network services",
        "",
        *_table(
            ("service", "SOP class", "UID", "as user (SCU)", "as provider (SCP)"),
            [
                ("Verification (C-ECHO)", VERIFICATION.name, VERIFICATION, "yes", "yes"),
                *_retrieval(),
                ("Modality worklist (C-FIND)", UID(Worklist().model).name, Worklist().model, "yes", "no"),
                ("Storage (C-STORE)", f"the {len(STORAGE)} classes below", "", "yes", "yes"),
            ],
        ),
        "",
        "Storage commitment, MPPS and print are not implemented.",
        "",
        "## Application entity",
        "",
        *_table(
            ("what", "value"),
            [
                ("AE title, unless another is given", OUR_AE_TITLE),
                ("Port of the receiver, unless another is given", str(RECEIVER_PORT)),
                ("Address where it listens, unless another is given", f"{LOOPBACK} (this machine alone)"),
                ("Who may call it", "the AE titles and addresses of the known archives, unless all are let in"),
                ("Associations at a time", str(limits.associations)),
                ("Longest object", f"{limits.object_bytes / 1024**3:g} GiB"),
                ("Longest PDU that is asked for", f"{PDU_BYTES // 1024} KiB"),
                ("Silence that ends an association", f"{limits.idle_s:g} s"),
                ("Time for a connection", f"{limits.connect_s:g} s"),
                ("Asynchronous operations", "not negotiated: one at a time"),
                ("Implementation Class UID and Version Name", "those of the installed pynetdicom"),
                ("Security", "TLS 1.2 or later with certificates of both sides, by node (PS3.15 Annex B)"),
                ("Character sets", "read: all of PS3.3 C.12.1.1.2; written: that of the source, or ISO_IR 192"),
            ],
        ),
        "",
        "## Queries",
        "",
        *_table(("information model", "level", "attributes that are asked for"), _queries()),
        "",
        "## Transfer syntaxes",
        "",
        *_table(
            ("transfer syntax", "UID", "stored, sent and received as it is"),
            [
                (syntax.name, syntax, "compressed, kept as it came" if syntax in COMPRESSED else "uncompressed")
                for syntax in _received_syntaxes()
            ],
        ),
        "",
        "Of an object that is offered in several, the first of the peer's that is known is taken; compressed images "
        f"have a presentation context for each of {len(COMPRESSED)} compressed syntaxes where C-GET asks for them.",
        "",
        "## Storage SOP classes",
        "",
        *_table(("SOP class", "UID"), [(_NEWER.get(uid, uid.name), uid) for uid in STORAGE]),
        "",
        "## Objects that are written",
        "",
        *_table(
            ("kind", "SOP class", "UID", "Series Description"),
            [(kind.value, UID(uid).name, uid, description_of(kind)) for kind, uids in WRITTEN.items() for uid in uids],
        ),
        "",
        "All of them keep the patient, the study and the accession number of what they tell of, have new series and "
        "SOP instance UIDs, and Content Qualification RESEARCH where the class has it. Originals are never changed.",
        "",
    ]
    return "\n".join(sections)


def _retrieval() -> list[tuple[str, ...]]:
    return [
        (f"{words}, {name}", UID(root + end).name, root + end, "yes", "no")
        for words, end in (("Query (C-FIND)", _FIND), ("Retrieve (C-MOVE)", _MOVE), ("Retrieve (C-GET)", _GET))
        for name, root in _MODELS.values()
    ]


def _queries() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for root in ROOTS:
        for level in LEVELS:
            try:
                above = LEVELS[LEVELS.index(root) : LEVELS.index(level)]
                query = Query(level, {_UNIQUE[one]: "1.2" for one in above}, root)
            except UsageError:
                continue
            found.append((_MODELS[root][0], level, _keys(query.identifier())))
    found.append(("Modality worklist", "", _keys(Worklist().identifier())))
    return found


def _keys(identifier: Dataset) -> str:
    names = []
    for element in identifier:
        if element.VR == "SQ":
            names += [_keys(item) for item in element.value]
        elif element.keyword != "QueryRetrieveLevel":
            names.append(dictionary_description(element.tag))
    return ", ".join(names)


def _received_syntaxes() -> Sequence[UID]:
    return list(dict.fromkeys(UID(syntax) for context in received() for syntax in context.transfer_syntax or ()))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]


if __name__ == "__main__":
    sys.stdout.write(statement())
