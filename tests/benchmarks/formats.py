"""Owns `python -m tests.benchmarks formats`: size, parity and time of a bundle in other formats, and with float16
kernels.

Time is measured against Keras in one run, in turn; see `training.formats`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.inference.bundle import Bundle, load_bundle
from mammoview.inference.keras_engine import KerasEngine
from mammoview.inference.preprocess import preprocess
from tests.benchmarks import machine
from training.commands.console import quiet, quiet_backend
from training.formats import FORMATS, write_formats
from training.half_precision import halve

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models" / "rsna-pyramid-2.2"


def run(arguments: Sequence[str]) -> int:
    """Measure, print one table; 0, or 2 with one line where the bundle or the images cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks formats",
        description="A bundle as .keras, with float16 kernels, as ONNX and as LiteRT: size, parity, time.",
    )
    parser.add_argument("--bundle", type=Path, default=SHIPPED, help="its folder (default: the one that is shipped)")
    parser.add_argument("--data", type=Path, metavar="DATA", help="a data set of images to compare on as well")
    parser.add_argument("--images", type=int, default=40, metavar="N", help="how many of them, drawn by chance")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all that was found, to FILE")
    parsed = parser.parse_args(arguments)
    described = machine.describe()
    print("\n".join(f"{name}: {value}" for name, value in described.items()), flush=True)
    try:
        found = measure(parsed.bundle, parsed.data, parsed.images)
    except MammoviewError as error:
        parser.exit(2, f"{error}\n")
    print("\n" + "\n".join(lines(found)))
    if parsed.json:
        parsed.json.write_text(json.dumps({"machine": described, **found}, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(bundle_folder: Path, data: Path | None, images: int) -> dict[str, Any]:
    """What was found of the bundle and `images` images of `data`. Raises MammoviewError."""
    quiet_backend()
    with tempfile.TemporaryDirectory(prefix="mammoview-formats-") as folder:
        copy = Path(folder) / bundle_folder.resolve().name
        shutil.copytree(bundle_folder, copy)
        bundle = load_bundle(copy)
        inputs = _inputs(bundle, data, images)
        with quiet():
            record = json.loads(write_formats(bundle, tuple(FORMATS), inputs).read_text(encoding="utf-8"))
        return {
            "bundle": f"{bundle.name} {bundle.version}",
            "images": len(inputs),
            "bytes": bundle.model_file.stat().st_size,
            "float16_kernels": halved(bundle, inputs),
            "formats": record["formats"],
        }


def _inputs(bundle: Bundle, data: Path | None, images: int) -> NDArray[np.uint8]:
    """Model inputs of images of the data set: uint8 (n, rows, columns)."""
    from mammoview.dicom.reader import read_file
    from training.data import read_data_set

    params = bundle.preprocess
    if data is None:
        return np.zeros((0, params.rows, params.columns), np.uint8)
    rows = read_data_set(data).rows
    chosen = np.random.default_rng(0).permutation(len(rows))[:images]
    made = [preprocess(read_file(rows[index].file), params).pixels[..., 0] for index in chosen]
    return np.stack([np.round(pixels * 255).astype(np.uint8) for pixels in made])


def halved(bundle: Bundle, inputs: NDArray[np.uint8]) -> dict[str, Any]:
    """The bundle's file with float16 kernels, and what that changes in its probabilities and calls."""
    with np.load(bundle.golden_file, allow_pickle=False) as archive:
        golden = archive["inputs"].astype(np.float32)
    half = bundle.model_file.with_name("half.keras")
    shutil.copy(bundle.model_file, half)
    halve(half)
    pixels = np.concatenate([golden, inputs.astype(np.float32) / 255])[..., None]
    before, after = (_probabilities(bundle, file, pixels) for file in (bundle.model_file, half))
    moved = np.abs(before - after)
    cuts = [point.threshold for point in bundle.operating_points.values()]
    return {
        "bytes": half.stat().st_size,
        "golden": float(moved[: len(golden)].max()),
        "cached": float(moved[len(golden) :].max(initial=0.0)),
        "calls_changed": int(sum(((before >= cut) != (after >= cut)).sum() for cut in cuts)),
        "calls": len(cuts) * len(before),
    }


def _probabilities(bundle: Bundle, file: Path, pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    engine = KerasEngine(file, layer=bundle.layer, suspicious=bundle.suspicious_index, device="cpu")
    return np.array([bundle.calibration.probability(engine.predict(one).logit_difference) for one in pixels])


def lines(found: dict[str, Any]) -> list[str]:
    """The table as Markdown, and what it counts."""
    cells = [("form", "MB", "golden", "images", "allowed", "time / Keras")]
    cells.append((".keras", f"{found['bytes'] / 1e6:.1f}", "", "", "", "1"))
    half = found["float16_kernels"]
    cells.append((".keras, float16 kernels", f"{half['bytes'] / 1e6:.1f}", *_two(half), "1e-03", "the same graph"))
    for name, told in found["formats"].items():
        parity, took = told["parity_of_probability"], told["time"]
        time = f"{took['ratio']:.2f} ({took['low']:.2f} to {took['high']:.2f})"
        cells.append((name, f"{told['bytes'] / 1e6:.1f}", *_two(parity), f"{parity['largest_allowed']:.0e}", time))
    text = ["| " + " | ".join(line) + " |" for line in cells]
    text.insert(1, "|" + "---|" * len(cells[0]))
    return [
        *text,
        "",
        f"{found['bundle']}. golden, images: the largest change of a probability on its golden inputs and on "
        f"{found['images']} images.",
        "time: one forward of one input, the median ratio of rounds in turn with its 95 % interval.",
        f"float16 kernels change {half['calls_changed']} of {half['calls']} calls at the operating points.",
    ]


def _two(told: dict[str, Any]) -> tuple[str, str]:
    return f"{told['golden']:.0e}", f"{told['cached']:.0e}"
