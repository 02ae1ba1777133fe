"""Owns `python -m training synthesize`: its options and what it writes. Never makes pixels itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from training.synthesis.demo import write_demo
from training.synthesis.dicom_file import COMPRESSIONS, Compression
from training.synthesis.examination import Occasion, examination_of
from training.synthesis.lesion import LESION_KINDS
from training.synthesis.manifest import Row, write_manifest
from training.synthesis.storage import write_examination
from training.synthesis.traits import DENSITIES, Density
from training.synthesis.woman import LesionChoice, Side, SideChoice, generate_woman

HELP = "make synthetic mammograms with known truth"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Makes synthetic women, four views each, as DICOM files with truth masks and a manifest. The same options give "
        "the same bytes."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument("--seed", type=int, default=0, help="not negative (default 0)")
    parser.add_argument("--women", type=int, default=1, metavar="N", help="how many (default 1)")
    parser.add_argument("--first", type=int, default=0, metavar="INDEX", help="number of the first woman (default 0)")
    parser.add_argument("--lesion", choices=(*LESION_KINDS, "random"), default="random")
    parser.add_argument("--side", choices=(*get_args(Side), "random"), default="random", help="of the lesion")
    parser.add_argument("--density", choices=DENSITIES, help="BI-RADS density (default: as at screening)")
    parser.add_argument("--spacing-mm", type=float, default=0.1, metavar="MM", help="pixel size (default 0.1)")
    parser.add_argument(
        "--prior", action="store_true", help="also the examination two years before, without the lesion"
    )
    parser.add_argument("--lesion-free-twin", action="store_true", help="also the same images without the lesion")
    parser.add_argument(
        "--compress", choices=COMPRESSIONS, default="jpeg2000", help="always lossless (default jpeg2000)"
    )
    parser.add_argument("--patient-name", metavar="NAME", help="DICOM name for all women, such as DEMO^ANNA")
    parser.add_argument("--demo", action="store_true",
                        help="write the application's demonstration study; only --out counts then")  # fmt: skip


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _write_woman(args: argparse.Namespace, index: int) -> list[Row]:
    lesion: LesionChoice = args.lesion
    side: SideChoice = args.side
    density: Density | None = args.density
    compression: Compression = args.compress
    occasions: list[Occasion] = ["current"]
    if args.prior:
        occasions.append("prior")
    if args.lesion_free_twin:
        occasions.append("twin")
    rows: list[Row] = []
    age = None
    for occasion in occasions:
        woman = generate_woman(
            args.seed, index=index, spacing_mm=args.spacing_mm, lesion="none" if occasion == "twin" else lesion,
            side=side, density=density, prior=occasion == "prior",
        )  # fmt: skip
        age = woman.age_years if age is None else age
        variant = f"{lesion} {side} {density} {args.spacing_mm:g} mm"
        examination = examination_of(args.seed, index, occasion, age, variant=variant, patient_name=args.patient_name)
        images, masks = f"{examination.patient_id}/{occasion}", f"{examination.patient_id}/truth"
        rows += write_examination(woman, examination, args.out, images=images, masks=masks, compression=compression)
    return rows


def run(args: argparse.Namespace) -> int:
    """Make what the options ask for; 0 when done, 2 for wrong usage."""
    if args.demo:
        write_demo(args.out, _tell)
        return 0
    if args.seed < 0 or args.women < 1 or args.first < 0 or not 0.04 <= args.spacing_mm <= 2.0:
        _tell("synthesize: --seed and --first are not negative, --women at least 1, --spacing-mm 0.04 to 2")
        return 2
    rows: list[Row] = []
    for number in range(args.women):
        _tell(f"woman {number + 1} of {args.women}")
        rows += _write_woman(args, args.first + number)
    parameters = {
        name: getattr(args, name)
        for name in ("seed", "women", "first", "lesion", "side", "density", "spacing_mm", "prior", "lesion_free_twin",
                     "compress")
    }  # fmt: skip
    write_manifest(rows, parameters, args.out)
    return 0
