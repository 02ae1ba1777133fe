"""Owns `python -m tests.benchmarks gate`: what the gate before the score refuses, of real sets and of made pictures.

Never tunes it. The limits of the gate were set on the half "tuned on"; the half "held back" is for measuring alone: of
made pictures those from the forty-first on, of real images the women with an odd checksum. MR slices are all held back,
photographs all tuned on.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import find_breast
from mammoview.core.errors import MammoviewError
from mammoview.core.image import MammoImage
from mammoview.dicom.reader import read_file
from mammoview.inference.quality import refusal
from tests.benchmarks import machine
from tests.not_mammogram_canvas import Grey
from tests.not_mammograms import BREAST_MAKERS, MAKERS, case_of, made_case, of_breast
from training.synthesis.woman import generate_woman

REAL = {
    "rsna-subset": "rsna-subset/images",
    "mini-mias": "mini-mias/images",
    "ddsm-subset": "ddsm-subset/images",
    "four-view-8bit": "four-view-8bit",
    "dicom": "dicom",
}
SLICES = "mri-sample/images"
_FILES = frozenset({".png", ".jpg", ".dcm"})
_SEED = 5
_TUNED_ON = 40
_MIAS_FILM, _DDSM_CASE = re.compile(r"mdb(\d+)"), re.compile(r"[A-D]_\d+")


@dataclass
class Tally:
    """What the gate said of one kind: `reasons` by how often, of `images`."""

    kind: str
    half: str
    wanted: bool
    images: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        return self.reasons.total()

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the refused share, Wilson 1927; images of one woman count as independent."""
        z, n = 1.959964, self.images
        share, tail = self.refused / n, z * z / n
        reach = z * float(np.sqrt(share * (1 - share) / n + tail / (4 * n)))
        low, high = (share + tail / 2 - reach) / (1 + tail), (share + tail / 2 + reach) / (1 + tail)
        return max(0.0, low), min(1.0, high)

    def add(self, image: MammoImage) -> None:
        reason = refusal(image, find_breast(image))
        self.images += 1
        if reason is not None:
            self.reasons[reason] += 1

    def record(self) -> dict[str, object]:
        """For JSON."""
        return {
            "kind": self.kind,
            "half": self.half,
            "to_be_refused": self.wanted,
            "images": self.images,
            "refused": self.refused,
            "interval": list(self.interval),
            "reasons": dict(self.reasons.most_common()),
        }


def half_of(number: int) -> str:
    """Of made pictures and women: the first forty of a kind were tuned on."""
    return "tuned on" if number < _TUNED_ON else "held back"


def half_of_file(path: Path) -> str:
    """Of real images: all of one woman fall into one half."""
    film = _MIAS_FILM.fullmatch(path.stem)
    case = _DDSM_CASE.match(path.stem)
    woman = f"pair {(int(film[1]) + 1) // 2}" if film else case[0] if case else path.stem.split("_")[0]
    return "held back" if zlib.crc32(woman.encode()) % 2 else "tuned on"


def run(arguments: Sequence[str]) -> int:
    """Measure and print one table by kind; 0, or 2 with one line where an image of DATA cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks gate",
        description="What the gate before the score refuses, by kind, with 95 % intervals (Wilson).",
    )
    parser.add_argument("--data", type=Path, metavar="DATA", help="the folder of real sets (default: made ones only)")
    parser.add_argument("--each", type=int, default=72, metavar="N", help="made pictures of each kind (default 72)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="of real images each N-th alone")
    parser.add_argument("--women", type=int, default=18, metavar="N", help="synthetic women of four views (default 18)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all that was found, to FILE")
    parsed = parser.parse_args(arguments)
    if min(parsed.each, parsed.every, parsed.women) < 1:
        parser.error("numbers are at least 1")
    tallies: list[Tally] = []
    try:
        for tally in measure(parsed.data, each=parsed.each, every=parsed.every, women=parsed.women):
            print(line_of(tally), flush=True)
            tallies.append(tally)
    except MammoviewError as error:
        parser.exit(2, f"{error}\n")
    for wanted, kind in ((False, "all that is to be judged"), (True, "all that is to be refused")):
        tallies.append(pooled(kind, wanted, tallies))
        print(line_of(tallies[-1]))
    if parsed.json:
        record = {"machine": machine.describe(), "kinds": [tally.record() for tally in tallies]}
        parsed.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(data: Path | None, *, each: int, every: int, women: int) -> Iterator[Tally]:
    """A tally for each kind and half that has an image. Raises MammoviewError where a real image cannot be read."""
    breasts = list(_breasts(women))
    yield from _tallied("synthetic women", False, _of_women(breasts))
    if data is not None:
        for name, folder in REAL.items():
            yield from _tallied(name, False, _of_files(data / folder, every))
        slices = (("held back", image) for _, image in _of_files(data / SLICES, every))
        yield from _tallied("MR slices of breasts", True, slices)
    for kind in MAKERS:
        yield from _tallied(kind, True, ((half_of(n), made_case(kind, n).image) for n in range(each)))
    for kind in BREAST_MAKERS:
        cases = ((half_of(n), of_breast(kind, n, breasts[n % len(breasts)]).image) for n in range(each))
        yield from _tallied(kind, True, cases)
    if find_spec("sklearn") is not None:
        yield from _tallied("photographs that scikit-learn carries", True, _photographs(each))
        yield from _tallied("the same made grey", True, _grey_photographs(each))


def pooled(kind: str, wanted: bool, tallies: Sequence[Tally]) -> Tally:
    """One tally of all that is held back and to be refused, or to be judged."""
    chosen = [tally for tally in tallies if tally.wanted is wanted and tally.half == "held back"]
    reasons = sum((tally.reasons for tally in chosen), Counter[str]())
    return Tally(kind, "held back", wanted, sum(tally.images for tally in chosen), reasons)


def line_of(tally: Tally) -> str:
    low, high = tally.interval
    most = "; ".join(f"{count} {reason}" for reason, count in tally.reasons.most_common(2))
    share = f"{100 * tally.refused / tally.images:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"
    wanted = "refuse" if tally.wanted else "judge"
    return f"{wanted:6s} {tally.kind:38s} {tally.half:9s} {tally.refused:4d} of {tally.images:4d} {share:24s} {most}"


def _tallied(kind: str, wanted: bool, images: Iterator[tuple[str, MammoImage]]) -> Iterator[Tally]:
    halves = {half: Tally(kind, half, wanted) for half in ("tuned on", "held back")}
    for half, image in images:
        halves[half].add(image)
    yield from (tally for tally in halves.values() if tally.images)


def _breasts(women: int) -> Iterator[Grey]:
    """Views of synthetic women as 0..1, pixels of 0.5 mm."""
    for index in range(women):
        for view in generate_woman(_SEED, index=index, spacing_mm=0.5).views:
            yield np.asarray(view.stored / np.float32(4095), np.float32)


def _of_women(breasts: Sequence[Grey]) -> Iterator[tuple[str, MammoImage]]:
    for number, breast in enumerate(breasts):
        yield half_of(number), case_of("synthetic women", number, breast).image


def _of_files(folder: Path, every: int) -> Iterator[tuple[str, MammoImage]]:
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _FILES)[::every]:
        yield half_of_file(path), read_file(path)


def _photographs(each: int) -> Iterator[tuple[str, MammoImage]]:
    """As files of JPEG, which are read."""
    with tempfile.TemporaryDirectory(prefix="mammoview-gate-") as folder:
        path = Path(folder) / "photograph.jpg"
        for part in _parts(each):
            cv2.imwrite(str(path), cv2.cvtColor(part, cv2.COLOR_RGB2BGR))
            yield "tuned on", read_file(path)


def _grey_photographs(each: int) -> Iterator[tuple[str, MammoImage]]:
    """As `case_of` stores them."""
    for number, part in enumerate(_parts(each)):
        grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) / np.float32(255), np.float32)
        yield "tuned on", case_of("photograph", number, grey).image


def _parts(each: int) -> Iterator[NDArray[np.uint8]]:
    """Parts of the two photographs of scikit-learn of any aspect from 0.3 to 3, RGB, whole ones first."""
    from sklearn.datasets import load_sample_images

    pictures = load_sample_images().images
    random = np.random.default_rng(_SEED)
    for number in range(each):
        whole = pictures[number % 2]
        tall, wide = (side if number < 2 else int(side * random.uniform(0.4, 1)) for side in whole.shape[:2])
        top, left = (
            int(random.integers(0, side - part + 1)) for side, part in zip(whole.shape[:2], (tall, wide), strict=True)
        )
        yield np.ascontiguousarray(whole[top : top + tall, left : left + wide])
