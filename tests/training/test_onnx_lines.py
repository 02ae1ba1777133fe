"""Elementwise operations of an ONNX graph on pixels in a line: other shapes inside, the same answers to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.onnx_lines import lay_in_lines

ROWS, COLUMNS = 6, 4


def _graph(path: Path, channels: int) -> Path:
    """x -> max(0.25, x * 4 - 2) - (x summed over channels), with a batch of any size."""
    constants = {"four": 4.0, "two": 2.0, "least": 0.25}
    nodes = [
        helper.make_node("Mul", ["x", "four"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "two"], ["moved"]),
        helper.make_node("Max", ["least", "moved"], ["kept"]),
        helper.make_node("ReduceSum", ["x", "axes"], ["sum"], keepdims=1),
        helper.make_node("Sub", ["kept", "sum"], ["y"]),
    ]
    shape = ["n", ROWS, COLUMNS, channels]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [
            *(numpy_helper.from_array(np.array(value, np.float32), name) for name, value in constants.items()),
            numpy_helper.from_array(np.array([3], np.int64), "axes"),
        ],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def _answer(path: Path, pixels: Any) -> Any:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": pixels})[0]


@pytest.mark.parametrize("batch", [1, 3])
def test_the_answers_stay_the_same_to_the_bit(tmp_path: Path, batch: int) -> None:
    path = _graph(tmp_path / "model.onnx", 1)
    pixels = np.random.default_rng(1).random((batch, ROWS, COLUMNS, 1)).astype(np.float32)
    before = _answer(path, pixels)
    assert lay_in_lines(path) == 3
    np.testing.assert_array_equal(_answer(path, pixels), before)


def test_operations_with_a_scalar_run_on_lines(tmp_path: Path) -> None:
    path = _graph(tmp_path / "model.onnx", 1)
    lay_in_lines(path)
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    ranks = {value.name: len(value.type.tensor_type.shape.dim) for value in model.graph.value_info}
    scalars = {constant.name for constant in model.graph.initializer if not constant.dims}
    found = [node for node in model.graph.node if scalars & set(node.input)]
    assert len(found) == 3
    assert {ranks[node.output[0]] for node in found} == {2}


def test_a_tensor_of_several_channels_is_left_as_it_is(tmp_path: Path) -> None:
    path = _graph(tmp_path / "model.onnx", 2)
    before = path.read_bytes()
    assert lay_in_lines(path) == 0
    assert path.read_bytes() == before
