"""Owns `python -m training export`: its options and what they mean. Never writes itself."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.errors import UsageError
from training.commands.console import application_backend, quiet, quiet_backend
from training.commands.opening import add_carried, open_cache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Writes an evaluated run as a bundle, checked by the application's own loader; with --formats also as ONNX or "
        "LiteRT, which must say what Keras says. A bundle in place of RUN is written in those formats alone."
    )
    parser.add_argument("run", type=Path, metavar="RUN|BUNDLE", help="the folder that 'fit' wrote, or a bundle's")
    parser.add_argument(
        "--cache", type=Path, required=True, metavar="CACHE", help="the cache that the run was fitted on"
    )
    parser.add_argument("--name", help="of a run: name of the bundle, as rsna-b0")
    parser.add_argument("--version", help="of a run: version of the bundle, as 1.0")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="of a run: where bundles lie: resources/models")
    parser.add_argument("--half", action="store_true", help="store the kernels as float16: half the size")
    parser.add_argument(
        "--explanation",
        choices=("auto", "grad-cam", "lesion-map"),
        default="auto",
        help="of a run: how the heat map is made (auto: the network's own lesion map where it draws one)",
    )
    parser.add_argument(
        "--onnx",
        action="store_true",
        help="of a run: add model.onnx, which the application runs faster (pip install 'mammoview[export]')",
    )
    parser.add_argument(
        "--formats",
        metavar="LIST",
        help="write these beside the bundle, of onnx, litert, litert-float16 (pip install 'mammoview[export]')",
    )
    parser.add_argument(
        "--cross-validated",
        nargs=2,
        metavar=("ABLATION.json", "ROW"),
        help="of a run: put the figures out of folds of this row of 'ablate' into the card",
    )
    parser.add_argument(
        "--no-gate", action="store_true", help="do not count what the application's quality gate refuses of the set"
    )
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    application_backend()
    from training.formats import chosen_formats

    formats = chosen_formats(parsed.formats) if parsed.formats is not None else ()
    if (parsed.run / "bundle.json").is_file():
        if parsed.onnx or parsed.explanation != "auto":
            raise UsageError(f"{parsed.run}: is a bundle already", "--onnx and --explanation take a run")
        _formats_of_a_bundle(parsed, formats)
        return
    if parsed.name is None or parsed.version is None or parsed.out is None:
        raise UsageError("a bundle needs a name, a version and a place", "give --name, --version and --out")
    from training.cross_validated import cross_validated
    from training.evaluate import read_run
    from training.export import export, parity_inputs

    inputs = open_cache(parsed.cache, parsed)
    quiet_backend()
    bundle = export(
        parsed.run,
        inputs,
        name=parsed.name,
        version=parsed.version,
        out=parsed.out,
        half=parsed.half,
        gate=not parsed.no_gate,
        explanation=parsed.explanation,
        onnx=parsed.onnx,
        cross=cross_validated(Path(parsed.cross_validated[0]), parsed.cross_validated[1])
        if parsed.cross_validated
        else None,
    )
    print(bundle)
    if formats:
        _write(bundle, formats, parity_inputs(read_run(parsed.run), inputs))


def _formats_of_a_bundle(parsed: argparse.Namespace, formats: tuple[str, ...]) -> None:
    import numpy as np

    from mammoview.inference.bundle import load_bundle
    from training.leaks import overlap_with_bundle
    from training.slices import application_hash

    if not formats:
        raise UsageError(f"{parsed.run}: is a bundle already", "give --formats to write it in others, or a run")
    inputs = open_cache(parsed.cache, parsed)
    bundle = load_bundle(parsed.run)
    if bundle.preprocess.hash != application_hash(inputs):
        raise UsageError("the cache was made by another preprocessing", "give the cache that the run was fitted on")
    quiet_backend()
    seen = overlap_with_bundle(inputs.rows, bundle.training, bundle.split_hashes).women
    chosen = [index for index, row in enumerate(inputs.rows) if row.patient_id in seen][:300]
    _write(parsed.run, formats, np.asarray(inputs.inputs[chosen]))


def _write(folder: Path, formats: tuple[str, ...], inputs: NDArray[np.uint8]) -> None:
    from mammoview.inference.bundle import load_bundle
    from training.evaluation.runs import read_json
    from training.formats import lines, write_formats

    with quiet():
        record = write_formats(load_bundle(folder), formats, inputs)
    for line in lines(read_json(record)):
        print(line)
    print(record)
