"""Owns the command line of the training module: `python -m training COMMAND`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mammoview.core.errors import MammoviewError

Command = Callable[[argparse.Namespace], int | None]

_EXAMPLE = """\
from pictures to a model that the application loads:

  python -m training prepare --rsna DATA/rsna-subset --out cache/rsna.npz
  python -m training fit cache/rsna.npz --out runs/b0
  python -m training evaluate runs/b0 --cache cache/rsna.npz
  python -m training export runs/b0 --cache cache/rsna.npz --name rsna-b0 --version 1.0 --out resources/models

Nothing is ever downloaded. Women, not images, are split; test women are read by 'evaluate' alone.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all was done, 2 with one line on standard error if not."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    parsed = _parser(with_synthesis="synthesize" in arguments[:1]).parse_args(arguments)
    command: Command = parsed.command
    try:
        return command(parsed) or 0
    except MammoviewError as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: stopped (the same command goes on where it can)", file=sys.stderr)
        return 2


def _parser(*, with_synthesis: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Prepare data, fit a classifier, judge it, export it as a bundle for mammoview.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    synthesize = commands.add_parser("synthesize", help="make synthetic mammograms with known lesions")
    if with_synthesis:
        from training.synthesis import command as synthesis

        synthesis.add_arguments(synthesize)
        synthesize.set_defaults(command=synthesis.run)

    prepare = commands.add_parser("prepare", help="turn a data set into a cache of model inputs")
    prepare.add_argument("--rsna", type=Path, required=True, metavar="FOLDER", help="folder with the RSNA manifest.csv")
    prepare.add_argument("--out", type=Path, required=True, metavar="CACHE", help="the .npz to write")
    prepare.add_argument("--rows", type=int, default=256, help="height of a model input (default 256)")
    prepare.add_argument("--columns", type=int, default=160, help="width of a model input (default 160)")
    prepare.set_defaults(command=_prepare)

    pretrain = commands.add_parser("pretrain", help="fit a network on lesion patches, to start 'fit' from")
    pretrain.add_argument(
        "--ddsm", type=Path, required=True, metavar="FOLDER", help="folder with the DDSM manifest.csv"
    )
    pretrain.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    pretrain.add_argument("--family", default="B0", help="EfficientNetV2 B0, B1, B2, B3 or S (default B0)")
    pretrain.add_argument("--rows", type=int, default=416, help="height of the whole inputs patches are cut from")
    pretrain.add_argument("--columns", type=int, default=256, help="their width")
    pretrain.add_argument("--patch", type=int, default=64, help="side of a patch, input pixels (default 64)")
    pretrain.add_argument("--epochs", type=int, default=24, help="passes over the lesions (default 24)")
    pretrain.add_argument("--batch", type=int, default=64, help="patches in a step, half with a lesion (default 64)")
    pretrain.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the patches")
    pretrain.add_argument("--weights", type=Path, metavar="FILE", help="local weights to start from")
    pretrain.set_defaults(command=_pretrain)

    fit = commands.add_parser("fit", help="fit a network on a cache; a run that was ended goes on")
    fit.add_argument("cache", type=Path, metavar="CACHE", help="what 'prepare' wrote")
    fit.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    fit.add_argument("--family", default="B0", help="EfficientNetV2 B0, B1, B2, B3 or S (default B0)")
    fit.add_argument("--epochs", type=int, default=16, help="passes over the training images (default 16)")
    fit.add_argument("--batch", type=int, default=32, help="images in a step, half of them positive (default 32)")
    fit.add_argument("--rate", type=float, default=1e-3, help="AdamW's rate after the warm-up (default 0.001)")
    fit.add_argument("--dropout", type=float, default=0.3, help="before the last layer (default 0.3)")
    fit.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the order (default 1)")
    fit.add_argument("--weights", type=Path, metavar="FILE", help="local weights of this very network to start from")
    fit.add_argument("--mixed-precision", action="store_true", help="mixed_bfloat16, for a GPU")
    fit.add_argument("--limit", type=int, default=0, metavar="N", help="use N images of each part, to try things out")
    fit.set_defaults(command=_fit)

    evaluate = commands.add_parser("evaluate", help="calibrate on validation women, measure on test women")
    _add_run(evaluate)
    evaluate.add_argument("--samples", type=int, default=2000, help="bootstrap draws for an interval (default 2000)")
    evaluate.set_defaults(command=_evaluate)

    export = commands.add_parser("export", help="write an evaluated run as a bundle")
    _add_run(export)
    export.add_argument("--name", required=True, help="name of the bundle, as rsna-b0")
    export.add_argument("--version", required=True, help="version of the bundle, as 1.0")
    export.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where bundles lie: resources/models")
    export.set_defaults(command=_export)
    return parser


def _quiet_backend() -> None:
    """Start Keras' backend without the lines that its native code writes past Python to standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        import keras

        keras.ops.zeros(1)
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder that 'fit' wrote")
    parser.add_argument("--cache", type=Path, required=True, metavar="CACHE", help="the cache that it was fitted on")


def _prepare(parsed: argparse.Namespace) -> None:
    from mammoview.inference.preprocess import PreprocessParams
    from training.cache import prepare
    from training.data.rsna import read_rsna

    rows = read_rsna(parsed.rsna)
    params = PreprocessParams(rows=parsed.rows, columns=parsed.columns)
    cache = prepare(rows, parsed.out, params_json=params.to_json())
    print(f"{len(cache.rows)} of {len(rows)} images in {parsed.out}")


def _pretrain(parsed: argparse.Namespace) -> None:
    from training.data.ddsm import read_ddsm
    from training.pretrain import PretrainConfig, pretrain

    config = PretrainConfig(
        rows=parsed.rows,
        columns=parsed.columns,
        patch=parsed.patch,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
    )
    rows = read_ddsm(parsed.ddsm)
    _quiet_backend()
    print(pretrain(rows, config, parsed.out))


def _fit(parsed: argparse.Namespace) -> None:
    from training import cache
    from training.fit import FitConfig, fit

    config = FitConfig(
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch,
        peak_rate=parsed.rate,
        dropout=parsed.dropout,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
        mixed_precision=parsed.mixed_precision,
        limit=parsed.limit,
    )
    inputs = cache.load(parsed.cache)
    _quiet_backend()
    print(fit(inputs, config, parsed.out))


def _evaluate(parsed: argparse.Namespace) -> None:
    from training import cache
    from training.evaluate import evaluate, read_run

    run = read_run(parsed.run)
    inputs = cache.load(parsed.cache)
    _quiet_backend()
    record = evaluate(run, inputs, samples=parsed.samples)
    for unit in ("image", "breast"):
        found = record["test"][unit]["auroc"]
        text = f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})" if found else "not to be had"
        print(f"AUROC per {unit}: {text}")
    print(parsed.run / "evaluation.json")


def _export(parsed: argparse.Namespace) -> None:
    from training import cache
    from training.export import export

    inputs = cache.load(parsed.cache)
    _quiet_backend()
    print(export(parsed.run, inputs, name=parsed.name, version=parsed.version, out=parsed.out))


if __name__ == "__main__":
    sys.exit(main())
