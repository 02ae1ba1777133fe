"""`mammoview pacs`: known archives, and what is asked of, fetched from and sent to them. Holds the options alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """The sub-command and its own."""
    pacs = commands.add_parser("pacs", help="DICOM archives: query, retrieve, send, receive, worklist")
    parts = pacs.add_subparsers(dest="part", metavar="WHAT", required=True)

    nodes = parts.add_parser("nodes", help="the known archives")
    _json(nodes)
    add = parts.add_parser("add", help="make an archive known")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--ae", required=True, metavar="TITLE", help="its AE title")
    add.add_argument("--host", required=True)
    add.add_argument("--port", required=True, type=int)
    add.add_argument("--our-ae", metavar="TITLE", help="the AE title that it knows us by (default MAMMOVIEW)")
    add.add_argument("--retrieve", choices=("get", "move"), default="get", help="how it sends images (default C-GET)")
    add.add_argument("--move-port", type=int, metavar="PORT", help="where it calls us for C-MOVE (default 11112)")
    _tls(add)
    add.add_argument("--tls-name", default="", metavar="NAME", help="in its certificate (default the host)")
    parts.add_parser("remove", help="forget an archive").add_argument("name", metavar="NAME")

    echo = parts.add_parser("echo", help="ask whether archives are there")
    echo.add_argument("names", nargs="+", metavar="NAME")
    _json(echo)

    find = parts.add_parser("find", help="what an archive has")
    find.add_argument("name", metavar="NAME")
    find.add_argument("--level", choices=("patient", "study", "series", "image"), default="study")
    find.add_argument("--root", choices=("study", "patient"), default="study")
    _keys(find)
    find.add_argument("--series", metavar="UID", help="Series Instance UID")
    find.add_argument("--modality", metavar="CS", help="of the study, as MG")
    find.add_argument("--limit", type=int, default=500, metavar="N", help="no more answers than that (default 500)")
    _told(find)

    get = parts.add_parser("get", help="retrieve studies: what is not there yet")
    get.add_argument("name", metavar="NAME")
    get.add_argument("studies", nargs="+", metavar="STUDY", help="Study Instance UID")
    get.add_argument("--series", nargs="+", default=[], metavar="UID", help="these series of one study")
    get.add_argument("--images", nargs="+", default=[], metavar="UID", help="these images of one study")
    get.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS", help="for C-MOVE (default this machine alone)")
    _folder(get)
    _json(get)

    send = parts.add_parser("send", help="send files to an archive")
    send.add_argument("name", metavar="NAME")
    send.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    _json(send)

    receive = parts.add_parser("receive", help="take what known archives send, until Ctrl-C")
    receive.add_argument("--ae", default="MAMMOVIEW", metavar="TITLE", help="our AE title (default MAMMOVIEW)")
    receive.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS", help="default: this machine alone")
    receive.add_argument("--port", type=int, default=11112, metavar="PORT", help="default 11112; 0 for a free one")
    receive.add_argument("--anyone", action="store_true", help="also from senders that are no known archives")
    receive.add_argument("--associations", type=int, default=10, metavar="N", help="at a time (default 10)")
    receive.add_argument("--object-limit", type=int, default=4096, metavar="MIB", help="of one object (default 4096)")
    receive.add_argument("--idle", type=float, default=60.0, metavar="S", help="seconds of silence (default 60)")
    _tls(receive)
    _folder(receive)
    _json(receive)

    worklist = parts.add_parser("worklist", help="what a modality worklist has scheduled")
    worklist.add_argument("name", metavar="NAME")
    worklist.add_argument("--modality", default="MG", metavar="CS", help="default MG; empty for any")
    worklist.add_argument("--station", default="", metavar="TITLE", help="scheduled station AE title")
    _keys(worklist)
    _told(worklist)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; the exit status."""
    from mammoview.commands.pacs_work import run_part

    return run_part(args)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true")


def _told(parser: argparse.ArgumentParser) -> None:
    _json(parser)
    parser.add_argument("--identified", action="store_true", help="say names, IDs, dates and free texts too")


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patient-id", metavar="ID")
    parser.add_argument("--patient-name", metavar="NAME", help="family^given; * and ? stand for any letters")
    parser.add_argument("--birth-date", metavar="YYYYMMDD")
    parser.add_argument("--accession", metavar="NUMBER")
    parser.add_argument("--study", metavar="UID", help="Study Instance UID")
    parser.add_argument("--date", metavar="FROM-TO", help="YYYYMMDD, or a range, of which one end may be left out")


def _tls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tls-certificate", type=Path, metavar="PEM", help="ours, for a connection by TLS")
    parser.add_argument("--tls-key", type=Path, metavar="PEM", help="its private key")
    parser.add_argument("--tls-authority", type=Path, metavar="PEM", help="who signed the other side's certificate")


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where objects are filed")
    library = parser.add_mutually_exclusive_group()
    library.add_argument("--library", type=Path, metavar="FILE", help="default: library.sqlite beside the settings")
    library.add_argument("--no-library", action="store_true", help="do not tell the study library")
