"""Owns `python -m tests.benchmarks engine`: what heat maps and runtimes cost, and how soon the first score is there.

Four views with their maps are measured against one plain forward pass of the four, the same network's logits alone, in
turn in one process; the first score from before the classifier's process is created to the answer for a made breast.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.inference.bundle import Bundle, load_bundle
from mammoview.inference.engine import KERAS, ONNX, Engine, EngineAnswer, with_flips
from mammoview.inference.onnx_engine import INPUT, LOGITS, OnnxEngine, is_installed
from mammoview.inference.predictor import Predictor
from tests.benchmarks import machine
from tests.benchmarks.formats import SHIPPED
from tests.benchmarks.table import Row, table
from tests.bundles import make_breast
from training.commands.console import quiet, quiet_backend
from training.onnx_model import add_onnx, keras_engine

_RATIO_TARGET, _FIRST_TARGET_S = 1.15, 8.0
_NAMES = {KERAS: "Keras", ONNX: "ONNX Runtime"}
_RATIO = (
    "One call of the engine for the four, with their heat maps, over one forward pass of the four, the logits alone, "
    "by Keras in one graph, or where it says 'own' by the same runtime, in turn in one process; the inputs are the "
    "bundle's golden ones. 'one by one': a call for each."
)
_FIRST = (
    "From before the classifier's process is created to the answer for a made breast; CPU, files in the page cache. "
    "'checked': the bundle's recorded images are run before; 'remembered': an earlier run of them is known."
)
_WARM = "The next image in the same process: gate, preprocessing, pipe, network and map."


def run(arguments: Sequence[str]) -> int:
    """Measure, print one table; 0, or 2 with one line where the bundle cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks engine",
        description="Keras and ONNX Runtime: four views with maps, flips, and the first score.",
    )
    parser.add_argument("--bundle", type=Path, default=SHIPPED, help="its folder (default: the one that is shipped)")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="of each pass (default 15)")
    parser.add_argument("--starts", type=int, default=3, metavar="N", help="fresh processes of each kind (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every value, to FILE")
    parsed = parser.parse_args(arguments)
    described = machine.describe()
    print("\n".join(f"{name}: {value}" for name, value in described.items()), flush=True)
    try:
        rows = measure(parsed.bundle, parsed.rounds, parsed.starts)
    except MammoviewError as error:
        parser.exit(2, f"{error}\n")
    print("\n" + table(rows))
    if parsed.json:
        record = {"machine": described, "rows": [row.record() for row in rows]}
        parsed.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(folder: Path, rounds: int, starts: int) -> list[Row]:
    """The rows for the bundle in `folder`, to whose copy model.onnx is added where it has none and can have one."""
    quiet_backend()
    with tempfile.TemporaryDirectory(prefix="mammoview-engine-") as scratch:
        copy = Path(scratch) / folder.resolve().name
        shutil.copytree(folder, copy)
        bundle = _with_onnx(copy)
        return [
            *(replace(row, group="passes") for row in passes(bundle, rounds)),
            *(replace(row, group="first score") for row in first_scores(bundle, starts, Path(scratch) / "home")),
        ]


def _with_onnx(folder: Path) -> Bundle:
    bundle = load_bundle(folder)
    if bundle.onnx_file is None and is_installed():
        try:
            with quiet():
                add_onnx(folder, np.zeros((0, bundle.preprocess.rows, bundle.preprocess.columns), np.uint8))
        except UsageError as error:
            print(f"without ONNX Runtime: {error}", flush=True)
    return load_bundle(folder)


def passes(bundle: Bundle, rounds: int) -> list[Row]:
    """Ratios of four views with maps to a plain pass, one value for each round."""
    with np.load(bundle.golden_file, allow_pickle=False) as archive:
        inputs = archive["inputs"][..., None].astype(np.float32)
    four = np.ascontiguousarray(np.resize(inputs, (4, *inputs.shape[1:])))
    plain = f"{_NAMES[KERAS]}: one plain pass of four views"
    works = {plain: _plain(bundle, four)}
    ways: dict[str, tuple[str, str, float | None]] = {}  # row: work, the work it is set against, target
    for name, engine in _engines(bundle).items():
        together, each, flips = (f"{name}: {way}" for way in ("together", "one by one", "with flips"))
        works[together] = partial(engine.predict_many, four)
        works[each] = partial(_one_by_one, engine, four)
        works[flips] = partial(with_flips, engine, four, bundle.field)
        ways[f"{name}: four views with maps / plain pass"] = together, plain, _RATIO_TARGET
        if isinstance(engine, OnnxEngine):
            own = f"{name}: own plain pass"
            works[own] = partial(_logits, engine, four)
            ways[f"{name}: four views with maps / own plain pass"] = together, own, _RATIO_TARGET
        ways[f"{name}: four views with maps, one by one / plain pass"] = each, plain, None
        ways[f"{name}: four views with maps and flips / plain pass"] = flips, plain, None
    seconds = _timed(works, rounds)
    rows = [Row(plain, "s", seconds[plain])]
    for row, (work, base, target) in ways.items():
        ratios = tuple(one / other for one, other in zip(seconds[work], seconds[base], strict=True))
        rows.append(Row(row, "x", ratios, target, note=_RATIO))
    return rows


def _timed(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, ...]]:
    """The seconds of each, taken in turn, `rounds` times."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if number:  # the first round builds graphs
                seconds[name].append(time.perf_counter() - began)
    return {name: tuple(values) for name, values in seconds.items()}


def _engines(bundle: Bundle) -> dict[str, Engine]:
    found: dict[str, Engine] = {_NAMES[KERAS]: keras_engine(bundle)}
    if bundle.onnx_file is not None:
        for name, spinning in ((_NAMES[ONNX], True), (f"{_NAMES[ONNX]}, beside a window", False)):
            found[name] = OnnxEngine(
                bundle.onnx_file,
                suspicious=bundle.suspicious_index,
                explanation=bundle.explanation,
                spinning=spinning,
            )
    return found


def _one_by_one(engine: Engine, inputs: NDArray[np.float32]) -> list[EngineAnswer]:
    return [engine.predict(pixels) for pixels in inputs]


def _logits(engine: OnnxEngine, inputs: NDArray[np.float32]) -> object:
    """The logits alone, and nothing computed that they do not need."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.only_execute_path_to_fetches = True
    return engine._session.run([LOGITS], {INPUT: inputs}, options)


def _plain(bundle: Bundle, inputs: NDArray[np.float32]) -> Callable[[], object]:
    """One graph of the network's logits alone, for all inputs at once."""
    import keras
    import tensorflow as tf

    model = keras.saving.load_model(bundle.model_file, compile=False, safe_mode=True)
    logits = keras.Model(model.inputs[0], model.outputs[-1])
    graph: Any = tf.function(lambda pixels: logits(pixels, training=False), jit_compile=False)
    given = tf.constant(inputs)
    return lambda: graph(given).numpy()


def first_scores(bundle: Bundle, starts: int, home: Path) -> list[Row]:
    """Seconds to the first score in fresh processes, and those of the next one."""
    image, rows = make_breast(), []
    before = os.environ.get("MAMMOVIEW_HOME")
    os.environ["MAMMOVIEW_HOME"] = str(home)
    try:
        for name in (KERAS, ONNX) if bundle.onnx_file is not None else (KERAS,):
            found: dict[str, list[float]] = {"checked": [], "remembered": []}
            warm: list[float] = []
            for _ in range(starts):
                for kind, values in found.items():
                    began = time.perf_counter()
                    with Predictor(bundle.folder, "cpu", engine=name, fresh_check=kind == "checked") as predictor:
                        predictor.predict(image)
                        values.append(time.perf_counter() - began)
                        began = time.perf_counter()
                        predictor.predict(image)
                        warm.append(time.perf_counter() - began)
                    if kind == "checked":
                        _remember(bundle, name)
            for kind, values in found.items():
                rows.append(
                    Row(f"{_NAMES[name]}: first score, {kind}", "s", tuple(values), _FIRST_TARGET_S, note=_FIRST)
                )
            rows.append(Row(f"{_NAMES[name]}: next score", "s", tuple(warm), note=_WARM))
    finally:
        if before is None:
            del os.environ["MAMMOVIEW_HOME"]
        else:
            os.environ["MAMMOVIEW_HOME"] = before
    return rows


def _remember(bundle: Bundle, name: str) -> None:
    """Let a run of the recorded images be known from now on."""
    with Predictor(bundle.folder, "cpu", engine=name) as predictor:
        predictor.info()
