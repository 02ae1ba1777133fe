"""Owns `python -m training pretrain`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.console import quiet_backend
from training.commands.opening import add_carried, open_cache

if TYPE_CHECKING:
    from training.cache import InputCache
    from training.lesion_map import LesionMapConfig

LESIONS, MASKED, CONTRASTIVE, LESION_MAP = "lesions", "masked", "contrastive", "lesion-map"
_ONLY_WITH = {
    "folds": (LESION_MAP,),
    "validation": (LESION_MAP,),
    "block": (MASKED,),
    "share": (MASKED,),
    "pairs": (CONTRASTIVE,),
    "women_of": (MASKED, CONTRASTIVE, LESION_MAP),
    "patch": (LESIONS, MASKED, CONTRASTIVE),
    "rows": (LESIONS,),
    "columns": (LESIONS,),
    "ddsm": (LESIONS,),
    "judge": (LESIONS,),
}
"""The tasks that an option goes with, where it does not go with all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Fits a trunk on patches, lesion against the rest of the same breast, from a cache with lesion masks "
        "(mammograms, synthetic women, MRI slices) or from DDSM films with boxes. "
        "'fit --start trunk --weights RUN/patch.weights.h5' goes on from it, on other women: it keeps women for the "
        "test who would be seen here. On one set alone the system 'patch-to-whole' does both with one split. "
        "Without labels, from any cache: --task masked paints blanked blocks of the breast again, --task contrastive "
        "finds the other crop of the same breast; the weights are then RUN/trunk.weights.h5. --task lesion-map draws "
        "the lesions of whole inputs with the mask head of a system that has one; its weights are there, too."
    )
    parser.add_argument("cache", type=Path, nargs="?", metavar="CACHE", help="what 'prepare' wrote, with lesion masks")
    parser.add_argument(
        "--task",
        default=LESIONS,
        choices=(LESIONS, MASKED, CONTRASTIVE, LESION_MAP),
        help="what is learnt (default lesions)",
    )
    parser.add_argument("--ddsm", type=Path, metavar="FOLDER", help="folder with the DDSM manifest.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument(
        "--system", default="efficientnetv2-b0", metavar="NAME|FILE", help="whose trunk (default efficientnetv2-b0)"
    )
    parser.add_argument("--family", default="", help="EfficientNetV2 B0, B1, B2, B3 or S (default: the system's)")
    parser.add_argument("--rows", type=int, help="with --ddsm: height of the whole inputs (default 416)")
    parser.add_argument("--columns", type=int, help="with --ddsm: their width (default 256)")
    parser.add_argument("--patch", type=int, help="side of a patch, input pixels (default 64, without labels 128)")
    parser.add_argument("--epochs", type=int, default=24, help="passes over the lesions, or the images (default 24)")
    parser.add_argument(
        "--batch",
        type=int,
        help="patches in a step, half with a lesion, or firsts of pairs (default 64), or whole inputs (default 24)",
    )
    parser.add_argument("--block", type=int, help="masked: side of a blanked block, input pixels (default 16)")
    parser.add_argument("--share", type=float, help="masked: share of the crop that is blanked (default 0.5)")
    parser.add_argument(
        "--pairs",
        choices=("image", "breast"),
        help="contrastive: two crops of one image, or of two views of one breast (default image)",
    )
    parser.add_argument(
        "--women-of",
        metavar="RUN|FILE|SYSTEM",
        help="masked, contrastive: train on the training women of this split alone, its validation women held back; of "
        "a run, a split.json, or the split that a system makes of this cache; lesion-map: its test women are left out, "
        "and women who are in no part of it are dealt out",
    )
    parser.add_argument(
        "--folds",
        type=int,
        metavar="K",
        help="lesion-map: fit K networks, each woman held back once and nothing chosen on her, and tell where "
        "their maps point by data set (folds.json); given again, it goes on",
    )
    parser.add_argument(
        "--validation",
        type=float,
        metavar="SHARE",
        help="lesion-map: share of the women by whom the epoch is chosen (default 0.2); 0 trains on all and keeps the "
        "last epoch",
    )
    parser.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the patches")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights to start from")
    parser.add_argument(
        "--judge",
        type=Path,
        action="append",
        default=[],
        metavar="CACHE",
        help="then judge it, as it is, on the lesion patches and the whole images of another set, of whatever modality "
        "(may be given again)",
    )
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.core.errors import UsageError

    for name, tasks in _ONLY_WITH.items():
        if parsed.task not in tasks and getattr(parsed, name) not in (None, []):
            option = "--" + name.replace("_", "-")
            raise UsageError(f"{option} goes with --task {' or '.join(tasks)}", f"leave {option} out")
    if parsed.task == LESIONS:
        _run_lesions(parsed)
        return
    if parsed.cache is None:
        raise UsageError(f"--task {parsed.task} needs a cache", "give what 'prepare' wrote")
    if parsed.task == LESION_MAP:
        _run_lesion_map(parsed, open_cache(parsed.cache, parsed))
        return
    _run_unlabelled(parsed, open_cache(parsed.cache, parsed))


def _run_lesion_map(parsed: argparse.Namespace, inputs: InputCache) -> None:
    quiet_backend()
    from training.lesion_map import LesionMapConfig, pretrain_lesion_map, told_line
    from training.self_supervised import women_of

    config = LesionMapConfig(
        base=parsed.system,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch or 24,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
        **({} if parsed.validation is None else {"validation": parsed.validation}),
    )
    if parsed.folds is not None:
        _run_folds(parsed, inputs, config)
        return
    given = women_of(parsed.women_of, inputs.rows) if parsed.women_of else None
    weights = pretrain_lesion_map(inputs, config, parsed.out, given=given)
    _say(parsed.out, weights, told_line)


def _run_folds(parsed: argparse.Namespace, inputs: InputCache, config: LesionMapConfig) -> None:
    from mammoview.core.errors import UsageError
    from training.lesion_map_folds import RECORD, cross_validate, told_lines

    if parsed.women_of or parsed.validation is not None:
        option = "--women-of" if parsed.women_of else "--validation"
        raise UsageError(f"{option} holds back one part, --folds everyone once", "leave one of them out")
    for line in told_lines(cross_validate(inputs, config, parsed.out, folds=parsed.folds)):
        print(line)
    print(parsed.out / RECORD)


def _run_unlabelled(parsed: argparse.Namespace, inputs: InputCache) -> None:
    quiet_backend()
    from training.self_supervised import SelfSupervisedConfig, pretrain_unlabelled, told_line, women_of

    options: dict[str, Any] = {name: getattr(parsed, name) for name in ("patch", "block", "share", "pairs")}
    config = SelfSupervisedConfig(
        task=parsed.task,
        base=parsed.system,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch or 64,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
        **{name: value for name, value in options.items() if value is not None},
    )
    given = women_of(parsed.women_of, inputs.rows) if parsed.women_of else None
    weights = pretrain_unlabelled(inputs, config, parsed.out, given=given)
    _say(parsed.out, weights, told_line)


def _say(out: Path, weights: Path, told_line: Callable[[Mapping[str, Any]], str]) -> None:
    """What was measured on the women held back, where anybody is, and where the weights are."""
    from training.pretrain import read_record

    record = read_record(out)
    if "validation" in record:
        print(told_line(record["validation"]))
        print(record["validation"]["note"])
    print(weights)


def _run_lesions(parsed: argparse.Namespace) -> None:
    from mammoview.core.errors import UsageError
    from training.data.ddsm import read_ddsm

    if (parsed.cache is None) == (parsed.ddsm is None):
        raise UsageError("give either a cache or --ddsm FOLDER")
    if parsed.cache is not None and (parsed.rows or parsed.columns):
        raise UsageError("--rows and --columns go with --ddsm", "a cache has its own size: prepare it with that one")
    others = {path.resolve().name: open_cache(path, parsed) for path in parsed.judge}
    if len(others) < len(parsed.judge):
        raise UsageError("two of the sets to judge on have one name", "name the caches differently")
    inputs = open_cache(parsed.cache, parsed) if parsed.cache else None
    rows = read_ddsm(parsed.ddsm) if parsed.ddsm else ()
    quiet_backend()
    from training.patches import line, whole_lines
    from training.pretrain import (
        COLUMNS,
        ROWS,
        PretrainConfig,
        judge,
        lesions_of,
        load_lesion_images,
        pretrain,
        read_record,
    )

    config = PretrainConfig(
        rows=parsed.rows or ROWS,
        columns=parsed.columns or COLUMNS,
        patch=64 if parsed.patch is None else parsed.patch,
        base=parsed.system,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch or 64,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
    )
    images = lesions_of(inputs) if inputs is not None else load_lesion_images([r for r in rows if r.row.label], config)
    weights = pretrain(images, config, parsed.out)
    record = read_record(parsed.out)
    if "validation" in record:
        print(line(record["validation"], "women held back"))
        print(record["validation"]["note"])
    for name, cache in others.items():
        found = judge(parsed.out, name, cache)
        for text in ([line(found, name)] if "patches" in found else []) + whole_lines(found, name):
            print(text)
    print(weights)
