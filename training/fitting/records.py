"""Owns the files that a run writes about itself, and what they forbid. Never fits."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import InputRefusedError, UsageError
from training.auxiliary import auxiliary_record
from training.cache import InputCache
from training.checkpoint import replacing
from training.config import System
from training.data.table import row_record
from training.leaks import woman_digest, women_digests
from training.machine import machine
from training.split import LeakError, Split, split_of
from training.systems import as_record, system_of

STAGE = "patches"
"""The folder, in that of a run, of its first stage; the women are the run's."""

DISTILLATION = "distillation.json"
"""What `distil` writes into the folder of a run that teachers teach."""


def write_json(path: Path, record: Any) -> None:
    """Write `record` as JSON; the file is replaced as a whole. Raises InputRefusedError where it cannot be written."""
    with replacing(path) as part:
        part.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_split(path: Path) -> Split:
    """The split that a run wrote."""
    return split_of(json.loads(path.read_text(encoding="utf-8")))


def read_config(run_folder: Path) -> System:
    """The system that a run was fitted by; its start is told in start.json. Raises InputRefusedError."""
    path = run_folder / "config.json"
    try:
        return system_of({**json.loads(path.read_text(encoding="utf-8"))["system"], "start": {}}, str(path))
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise InputRefusedError(f"{path}: tells no system: {error}", "give the folder of a run of 'fit'") from error


def cache_hash(cache: InputCache) -> str:
    """16 hex digits that name a cache's inputs and women."""
    digest = hashlib.sha256()
    for start in range(0, len(cache.inputs), 64):
        digest.update(np.ascontiguousarray(cache.inputs[start : start + 64]).tobytes())
    digest.update("\n".join(row.patient_id for row in cache.rows).encode())
    return digest.hexdigest()[:16]


def table_hash(cache: InputCache) -> str:
    """16 hex digits that name all that the table tells of the images, wherever the files lie."""
    told = []
    for row in cache.rows:
        record = {**row_record(row), "file": row.file.name}
        if not row.birads:
            del record["birads"]  # as in tables of before it was read
        record["lesions"] = [{**lesion, "mask": Path(lesion["mask"] or "").name} for lesion in record["lesions"]]
        told.append(record)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def config_record(system: System, cache: InputCache) -> dict[str, Any]:
    """What config.json tells: the whole system, the size of the inputs, the hashes of the data, what is only trained on
    (`auxiliary_record`), and at the top what a reader looks for first. Paths are left out, but for the names of files.
    Raises UsageError where the system names auxiliary sets that are not there."""
    told = as_record(system)
    beside = auxiliary_record(cache, system.auxiliary.sources) if system.auxiliary.sources else None
    told["start"]["file"] = Path(system.start.file).name
    told["split"]["file"] = Path(system.split.file).name
    return {
        "system": told,
        "rows": int(cache.inputs.shape[1]),
        "columns": int(cache.inputs.shape[2]),
        "inputs": cache_hash(cache),
        "table": table_hash(cache),
        "preprocess": cache.preprocess_hash,
        "kind": system.model.kind,
        "family": system.model.family,
        "dropout": system.model.dropout,
        "epochs": system.stopping.epochs,
        "batch": system.run.batch,
        "seed": system.run.seed,
        "weights": told["start"]["file"],
        "limit": system.run.limit,
        **({"auxiliary": beside} if beside else {}),
    }


def refuse_taught_run(out: Path) -> None:
    """Raise UsageError where `out` holds a run of 'distil', also one that was ended: its weights were taught."""
    if (out / DISTILLATION).is_file():
        raise UsageError(f"{out}: holds a run of 'distil'", "go on with that command, or give another --out")


def refuse_another_run(out: Path, record: dict[str, Any]) -> None:
    """Raise UsageError where `out` holds a run of another configuration, split or data: its weights saw other women.
    A folder in which no state and no weights were ever written, nor those of a first stage, holds none. A setting that
    an older record does not tell is taken for what it is where nobody sets it."""
    fitted = any(any(out.rglob(name)) for name in ("*.weights.h5", "state.npz"))
    if not fitted or not (out / "config.json").is_file():
        return
    try:
        before = json.loads((out / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{out / 'config.json'}: is broken, so it tells no run", "give another --out") from error
    before = filled(before)
    if before != record:
        changed = sorted(_changed(before, record, ""))
        raise UsageError(f"{out}: holds another run ({', '.join(changed)} differ)", "give another --out")


def filled(record: dict[str, Any]) -> dict[str, Any]:
    """`record` whose "system" tells all settings, also those that there were not yet when it was written; the same
    where it tells no system."""
    try:
        return {**record, "system": as_record(system_of(record["system"], "config.json"))}
    except (KeyError, TypeError, AttributeError, UsageError):
        return record


def _changed(before: Any, now: Any, where: str) -> set[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        names = {*before, *now}
        return set().union(*(_changed(before.get(name), now.get(name), f"{where}.{name}") for name in names))
    return set() if before == now else {where.removeprefix(".system").removeprefix(".")}


def start_record(weights: Path, kind: str = "weights") -> dict[str, Any]:
    """What a run started from: the weights' checksum, the record of `pretrain` where it stands at the beginning (else
    None), and how many epochs of `fit` lie behind the weights."""
    if not weights.is_file():
        raise InputRefusedError(f"{weights}: no such weights file", "weights are never downloaded; give a local file")
    before = _record_beside(weights, "start.json") or {}
    beside = _auxiliary_sets(weights, kind, before)
    return {
        "kind": kind,
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "pretraining": _record_beside(weights, "pretrain.json") or before.get("pretraining"),
        "earlier_epochs": before.get("earlier_epochs", 0) + len(_earlier_history(weights)),
        **_women_seen(weights, kind, before),
        **({"auxiliary": beside} if beside else {}),
    }


def _auxiliary_sets(weights: Path, kind: str, before: dict[str, Any]) -> dict[str, list[str]]:
    """The sets that were only trained on, in all runs that led to the weights: see `auxiliary.seen_sets`. Their women
    are among the digests; sets of the same women under other numbers are known by these names."""
    config = _record_beside(weights, "config.json") if kind != "imagenet" else None
    told = [one for one in ((config or {}).get("auxiliary"), before.get("auxiliary")) if one]
    if not told:
        return {}
    names = ("sources", "modalities", "sources_of_unknown_women")
    return {name: sorted({value for one in told for value in one.get(name, ())}) for name in names}


def _women_seen(weights: Path, kind: str, before: dict[str, Any]) -> dict[str, Any]:
    """Digests of the women whom the weights have seen, in all runs that led to them; `women_told`: whether that is all
    of them. ImageNet has none."""
    path = _split_file(weights)
    own = women_digests(read_split(path)) if path else {}
    seen = {*before.get("women_seen", ()), *(digest for part in own.values() for digest in part)}
    told = kind == "imagenet" or (path is not None and bool(before.get("women_told", True)))
    return {"women_seen": sorted(seen), "women_told": told}


def _split_file(weights: Path) -> Path | None:
    """split.json of the run that made the weights, also of its first stage; None where there is none."""
    folder = weights.absolute().parent
    told = [place / "split.json" for place in (folder, *([folder.parent] if folder.name == STAGE else []))]
    return next((path for path in told if path.is_file()), None)


def _record_beside(weights: Path, name: str) -> Any:
    path = weights.parent / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _earlier_history(weights: Path) -> list[Any]:
    """The epochs of the `fit` run that made the weights; empty for other weights."""
    fitted = (weights.parent / "split.json").is_file() and not (weights.parent / "pretrain.json").is_file()
    return (_record_beside(weights, "history.json") or []) if fitted else []


def assert_unseen(weights: Path, split: Split) -> None:
    """Raise LeakError where the run that made the weights saw a woman whom `split` keeps for the test."""
    found = _split_file(weights)
    if found is None:
        return
    before = read_split(found)
    for woman, part in before.part_of.items():
        if part != "test" and split.part_of.get(woman) == "test":
            raise LeakError(f"{woman} is kept for the test but the weights saw her", "fit with the same seed and data")
    earlier = set((_record_beside(weights, "start.json") or {}).get("women_seen", ()))
    for woman, part in split.part_of.items():
        if part == "test" and woman_digest(woman) in earlier:
            raise LeakError(f"{woman} is kept for the test but earlier weights saw her", "start from other weights")


def environment() -> dict[str, Any]:
    """With what a run was fitted: the computer, versions, backend, devices, the code's git commit where there is one.
    No paths."""
    import keras

    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "computer": machine(),
        "backend": keras.backend.backend(),
        "devices": [str(device) for device in keras.distribution.list_devices()],
        "versions": {name: _version(name) for name in ("keras", "numpy", keras.backend.backend(), "mammoview")},
        "variables": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
        "git": _git(),
        "command": [Path(word).name for word in sys.argv],
    }


_VARIABLES = ("TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_DETERMINISTIC_OPS", "XLA_FLAGS")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _git() -> dict[str, Any] | None:
    """The commit of the code and whether files differ from it; None outside a checkout."""
    folder = Path(__file__).resolve().parent
    answers = []
    for arguments in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no")):
        try:
            told = subprocess.run(
                ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=20
            )
        except (OSError, subprocess.SubprocessError):
            return None
        answers.append(told.stdout.strip())
    return {"commit": answers[0], "changed": bool(answers[1])}
