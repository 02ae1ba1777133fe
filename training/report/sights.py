"""Owns where a report's pictures and heat maps come from: a cache or the files, a bundle's network or a run's."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import Bundle
from mammoview.inference.gradcam import CellField
from mammoview.inference.keras_engine import KerasEngine
from training.cache import InputCache
from training.evaluation.runs import weights_hash
from training.explained import explained_network, explanation_of, field_of
from training.fitting.prediction import load_network
from training.report.evaluation_report import Sight
from training.report.gallery import Explain, inputs_of_cache, inputs_of_files


def sight_of(record: Mapping[str, Any], folder: Path, *, cache: InputCache | None, bundle: Bundle | None) -> Sight:
    """The pictures for an evaluation `record` in `folder`: from `cache` where given, else from the files that the
    predictions name; heat maps from `bundle`, or from the run in `folder`.

    Raises UsageError where `bundle` is not the one that was judged, `cache` was made by another preprocessing, or the
    run was fitted on since.
    """
    if cache is not None and cache.preprocess != record["preprocess"]:
        raise UsageError(
            "the cache was made by another preprocessing than the inputs that were judged",
            "give the cache that was judged, or leave out --cache",
        )
    find = inputs_of_cache(cache) if cache is not None else inputs_of_files(record["preprocess"])
    if record["unit"] != "image":
        return Sight(find)  # the application's engine takes one image, and so do its heat maps
    if record["kind"] == "run":
        if record.get("weights_sha256", weights_hash(folder)) != weights_hash(folder):
            raise UsageError(f"{folder}: was fitted on since it was evaluated", "run 'evaluate' again")
        return Sight(find, *_of_run(record, folder))
    if bundle is None:
        return Sight(find)
    if bundle.sha256 != record["bundle_sha256"]:
        raise UsageError(f"{bundle.folder}: is not the bundle that was judged", f"give {record['name']}")
    engine = KerasEngine(
        bundle.model_file,
        layer=bundle.layer,
        suspicious=bundle.suspicious_index,
        explanation=bundle.explanation,
        device="auto",
    )
    return Sight(find, _cells(engine), bundle.field)


def _of_run(record: Mapping[str, Any], folder: Path) -> tuple[Explain, CellField]:
    """The run's network in the application's own engine, so that its heat maps are those of the bundle to be."""
    params = record["preprocess"]["params"]
    network = load_network(folder, params["rows"], params["columns"])
    method, layer = explanation_of(network, "auto", record["gradcam_layer"])
    with tempfile.TemporaryDirectory() as scratch:
        explained_network(network, layer).save(Path(scratch) / "model.keras", include_optimizer=False)
        engine = KerasEngine(
            Path(scratch) / "model.keras",
            layer=layer,
            suspicious=record["classes"].index(record["suspicious"]),
            explanation=method,
        )
    return _cells(engine), field_of(network, method, layer, params["rows"], params["columns"])


def _cells(engine: KerasEngine) -> Explain:
    return lambda pixels: engine.predict(pixels).cells
