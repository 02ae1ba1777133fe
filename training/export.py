"""Owns the way from a run to a bundle that the application loads. Never trains or judges; strips nothing by hand."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import mammoview
from mammoview.core.errors import UsageError
from mammoview.inference.bundle import CARD, GOLDEN, MODEL, Calibration, field_record, load_bundle, write_record
from mammoview.inference.golden import GoldenCase, check_golden, write_golden
from mammoview.inference.gradcam import GRAD_CAM
from mammoview.inference.keras_engine import KerasEngine
from mammoview.inference.preprocess import PreprocessParams, preprocess
from training.across import task_of
from training.cache import CROP_ID, InputCache
from training.card import model_card
from training.card_record import card_record
from training.card_words import is_out_of_folds
from training.evaluate import Run, read_json, read_run
from training.evaluation.out_of_folds import KIND
from training.evaluation.runs import weights_hash
from training.explained import explained_network, explanation_of, field_of
from training.fitting.prediction import load_network
from training.gate import measure_gate
from training.half_precision import assert_close, halve, probabilities
from training.leaks import women_digests
from training.onnx_model import add_onnx, onnx_engine
from training.slices import application_params

INTENDED_USE = "Research and teaching only. Not for diagnosis."
CLASSES = ("non-cancer", "cancer")
POINTS = ("high-sensitivity", "balanced", "high-specificity")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """What a bundle says besides its network; mappings as they stand in bundle.json. `layer` gives the heat map, made
    as `explanation` says (see `gradcam.METHODS`)."""

    name: str
    version: str
    intended_use: str
    card: str
    layer: str
    preprocess: PreprocessParams
    explanation: str = GRAD_CAM
    task: str = task_of(CLASSES)
    classes: tuple[str, ...] = CLASSES
    suspicious: str = CLASSES[1]
    calibration: Mapping[str, Any] = field(default_factory=lambda: {"slope": 1.0, "intercept": 0.0})
    operating_points: Mapping[str, Any] = field(default_factory=dict)
    split_hashes: Mapping[str, str] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    quality_gate: Mapping[str, Any] = field(default_factory=dict)
    card_record: Mapping[str, Any] = field(default_factory=dict)


def export(
    run_folder: Path,
    cache: InputCache,
    *,
    name: str,
    version: str,
    out: Path,
    half: bool = False,
    gate: bool = True,
    explanation: str = "auto",
    onnx: bool = False,
    cross: Mapping[str, Any] | None = None,
) -> Path:
    """Write the bundle `out`/<name>-<version> of an evaluated run and return its path.

    `half` stores the kernels as float16; `gate` False leaves the training and validation images unread through the
    quality gate; `explanation`: see `explained.explanation_of`; `onnx` adds model.onnx; `cross`: what `cross_validated`
    gives, for the card. Raises UsageError where the run was not evaluated, was evaluated on inputs other than those of
    `cache`, lacks an operating point with its intervals, where float16 moves a probability too far, where the network
    cannot be explained as asked for or written as ONNX (see `onnx_model.add_onnx`), or where the bundle is there
    already.
    """
    run = read_run(run_folder)
    if run.config_record.get("system", {}).get("model", {}).get("unit", "image") != "image":
        raise UsageError(f"{run_folder}: judges several views at once", "the application loads models of one image")
    if cache.preprocess.get("id") == CROP_ID:
        raise UsageError(f"{run_folder}: judges crops around lesions", "the application loads models of whole images")
    if not (run_folder / "evaluation.json").is_file():
        raise UsageError(f"{run_folder}: was not evaluated", "run 'evaluate' first")
    evaluation = {**read_json(run_folder / "evaluation.json"), "cross_validated": dict(cross) if cross else None}
    params = application_params(evaluation["preprocess"])
    if evaluation["preprocess"] != cache.preprocess:
        raise UsageError("the cache was made by another preprocessing", "evaluate the run on this cache first")
    if evaluation.get("weights_sha256", weights_hash(run_folder)) != weights_hash(run_folder):
        raise UsageError(f"{run_folder}: was fitted further after it was evaluated", "evaluate it again")
    _assert_judged(evaluation, run_folder)
    if (out / f"{name}-{version}").exists():
        raise UsageError(f"{out / f'{name}-{version}'}: is there already", "choose another --version or remove it")
    network = load_network(run_folder, params.rows, params.columns)
    method, layer = explanation_of(network, explanation, evaluation["gradcam_layer"])
    grid = field_of(network, method, layer, params.rows, params.columns)
    refused = measure_gate([cache.rows[index] for index in _seen(run, cache)]) if gate else {}
    facts = BundleFacts(
        name=name,
        version=version,
        intended_use=INTENDED_USE,
        card=model_card(
            evaluation,
            name=name,
            version=version,
            intended_use=INTENDED_USE,
            grid=grid,
            gate=refused,
            half=half,
            explanation=method,
        ),
        layer=layer,
        explanation=method,
        preprocess=params,
        task=task_of(evaluation.get("classes", CLASSES)),
        classes=tuple(evaluation.get("classes", CLASSES)),
        suspicious=evaluation.get("suspicious", CLASSES[1]),
        calibration={
            "fitted_on": "women out of folds" if is_out_of_folds(evaluation) else "validation women",
            "kind": evaluation["calibration"]["method"],
            **{key: evaluation["calibration"][key] for key in ("slope", "intercept")},
        },
        operating_points=evaluation["operating_points"],
        split_hashes=run.split.hashes(),
        training={
            **evaluation["config"],
            "sources": evaluation["sources"],
            "modalities": evaluation.get("modalities", []),
            "start": evaluation["start"],
            "epochs": evaluation["epochs"],
            "calibration_prevalence": evaluation["calibration"]["prevalence"],
            "women": women_digests(run.split),
        },
        metrics=evaluation["test"],
        quality_gate=refused,
        card_record=card_record(
            evaluation,
            name=name,
            version=version,
            intended_use=INTENDED_USE,
            grid=grid,
            gate=refused,
            explanation=method,
        ),
    )
    alike = parity_inputs(run, cache) if half or onnx else None
    return write_bundle(
        explained_network(network, layer), out, facts, half=alike if half else None, onnx=alike if onnx else None
    )


def _assert_judged(evaluation: Mapping[str, Any], run_folder: Path) -> None:
    """Raise UsageError where the calibration is not of the validation women, or of all of them out of folds, or an
    operating point is not whole."""
    if evaluation["calibration"]["fitted_on"] not in ("validation", KIND):
        raise UsageError(f"{run_folder}: the calibration is not of the validation women", "run 'evaluate' again")
    for name in POINTS:
        point = evaluation["operating_points"].get(name, {})
        if point.get("sensitivity") is None or point.get("specificity") is None:
            raise UsageError(
                f"{run_folder}: the operating point {name!r} lacks an interval",
                "evaluate on more women of both classes",
            )


def _seen(run: Run, cache: InputCache) -> list[int]:
    """Positions of the images of validation women, then of training women; test women are left alone."""
    return [index for part in ("validation", "train") for index in run.split.indices(cache.rows, part)]


def parity_inputs(run: Run, cache: InputCache, *, count: int = 300) -> NDArray[np.uint8]:
    """At most `count` cached inputs on which two forms of the network are compared: uint8 (n, rows, columns)."""
    return np.asarray(cache.inputs[sorted(_seen(run, cache)[:count])])


def write_bundle(
    model: Any,
    out: Path,
    facts: BundleFacts,
    *,
    half: NDArray[np.uint8] | None = None,
    onnx: NDArray[np.uint8] | None = None,
) -> Path:
    """Write `model` (its last output the logits) as the bundle `out`/<name>-<version>, check it as the
    application does, and only then give it its name.

    `half`: inputs uint8 (n, rows, columns) on which float16 storage must say the same; None stores float32. `onnx`:
    such inputs on which model.onnx must say and show the same; None writes none. Raises UsageError where that name is
    taken or float16 or ONNX says something else, BundleError where the check fails.
    """
    target = out / f"{facts.name}-{facts.version}"
    if target.exists():
        raise UsageError(f"{target}: is there already", "choose another --version or remove it")
    out.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=out, prefix=".part-"))
    try:
        model.save(scratch / MODEL, include_optimizer=False)
        (scratch / CARD).write_text(facts.card, encoding="utf-8")
        (scratch / GOLDEN).touch()  # recorded below, by the very code that will check it
        record = _record(model, facts)
        if half is not None:
            record["storage"] = _halved(scratch, facts, half)
        write_record(scratch, record)
        bundle = load_bundle(scratch)
        engine = _engine(scratch, facts)
        write_golden(scratch / GOLDEN, golden_cases(), bundle, engine)
        write_record(scratch, record)
        check_golden(load_bundle(scratch), engine, remember=False)
        if onnx is not None:
            add_onnx(scratch, onnx)
            whole = load_bundle(scratch)
            check_golden(whole, onnx_engine(whole), remember=False)
        scratch.chmod(0o755)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _engine(folder: Path, facts: BundleFacts) -> KerasEngine:
    suspicious = facts.classes.index(facts.suspicious)
    return KerasEngine(
        folder / MODEL, layer=facts.layer, suspicious=suspicious, explanation=facts.explanation, device="cpu"
    )


def _halved(folder: Path, facts: BundleFacts, cached: NDArray[np.uint8]) -> dict[str, Any]:
    """Store the model in `folder` with float16 kernels; what bundle.json tells of it."""
    fit = Calibration(float(facts.calibration["slope"]), float(facts.calibration["intercept"]))
    golden = [preprocess(case.image(), facts.preprocess).pixels for case in golden_cases()]
    inputs = np.concatenate([np.stack(golden), cached[..., None].astype(np.float32) / 255])
    before = probabilities(_engine(folder, facts).predict, inputs, fit.probability)
    saved = halve(folder / MODEL)
    after = probabilities(_engine(folder, facts).predict, inputs, fit.probability)
    return {
        "kernels": "float16",
        "bytes_saved": saved,
        "largest_change_of_a_probability": assert_close(before, after),
        "inputs": len(inputs),
    }


def _record(model: Any, facts: BundleFacts) -> dict[str, Any]:
    params = facts.preprocess
    grid = field_of(model, facts.explanation, facts.layer, params.rows, params.columns)
    explained = {"layer": facts.layer, "field": field_record(grid)}
    return {
        "name": facts.name,
        "version": facts.version,
        "task": facts.task,
        "intended_use": facts.intended_use,
        "classes": list(facts.classes),
        "suspicious": facts.suspicious,
        "input": {"shape": [params.rows, params.columns, 1], "range": [0.0, 1.0]},
        "preprocess": params.to_json(),
        "output": {
            "calibration": {"method": "platt", **facts.calibration},
            "operating_points": {name: dict(point) for name, point in facts.operating_points.items()},
        },
        **(
            {"gradcam": explained}
            if facts.explanation == GRAD_CAM
            else {"explanation": {"method": facts.explanation, **explained}}
        ),
        "precision": "float32",
        "split_hashes": dict(facts.split_hashes),
        "training": dict(facts.training),
        "versions": {
            "python": platform.python_version(),
            "mammoview": mammoview.__version__,
            **{name: installed(name) for name in ("keras", "tensorflow", "numpy", "opencv-python")},
        },
        "metrics": dict(facts.metrics),
        "quality_gate": dict(facts.quality_gate),
        **({"card": dict(facts.card_record)} if facts.card_record else {}),
    }


def golden_cases() -> list[GoldenCase]:
    """Synthetic stored images of 12 and 8 bit, plain and MONOCHROME1, chest wall left and right, of several
    shapes."""
    cases = []
    for seed, (rows, columns, bits, mirrored, inverse) in enumerate(
        (
            (330, 256, 12, False, False),
            (330, 256, 12, True, True),
            (256, 256, 8, False, True),
            (300, 210, 8, True, False),
        )
    ):
        pixels = golden_breast(rows, columns, bits=bits, seed=seed, mirrored=mirrored, inverse=inverse)
        cases.append(GoldenCase(pixels, bits, inverse))
    return cases


def golden_breast(
    rows: int, columns: int, *, bits: int = 12, seed: int = 0, mirrored: bool = False, inverse: bool = False
) -> NDArray[Any]:
    """A half-ellipse breast with texture and one dense spot on dark air: uint8 (8 bits) or uint16 (rows,
    columns).

    The chest wall is at the left, or at the right if `mirrored`; `inverse` stores it as MONOCHROME1 does.
    """
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32)
    reach = np.hypot((down - rows * 0.5) / (rows * 0.44), across / (columns * 0.68))
    noise = rng.standard_normal((rows, columns)).astype(np.float32)
    coarse = cv2.GaussianBlur(noise, (0, 0), rows / 25)
    fine = cv2.GaussianBlur(noise, (0, 0), 1.2)
    tissue = 0.5 + 0.12 * coarse / coarse.std() + 0.04 * fine / fine.std()
    spot = np.hypot(down - rows * rng.uniform(0.35, 0.65), across - columns * rng.uniform(0.2, 0.4))
    tissue += 0.3 * np.exp(-0.5 * (spot / (rows * 0.03)) ** 2)
    skin = np.clip((1 - reach) / 0.25, 0, 1) ** 0.5  # thinner towards the skin line
    grey = 0.01 + np.where(reach < 1, 0.15 + 0.85 * skin * np.clip(tissue, 0.05, 1), 0) * 0.9
    top = 2**bits - 1
    stored = np.round(np.clip(grey, 0, 1) * top).astype(np.uint8 if bits <= 8 else np.uint16)
    stored = top - stored if inverse else stored
    return np.ascontiguousarray(stored[:, ::-1] if mirrored else stored)
