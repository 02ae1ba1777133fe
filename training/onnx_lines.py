"""Owns one rewriting of an ONNX graph for speed: elementwise operations of a tensor with one channel and a scalar are
done on the pixels in a line. The answers stay the same to the bit.

ONNX Runtime lays a scalar beside (n, rows, columns, 1) by its slowest broadcasting, one pixel at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_OPERATIONS = frozenset({"Add", "Div", "Greater", "Max", "Min", "Mul", "Sub"})


def lay_in_lines(path: Path) -> int:
    """Rewrite the model in the file; how many operations were changed. The first axis may be of any size."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    graph = model.graph
    shapes = {
        value.name: [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.input, *graph.output)
    }
    scalars = {constant.name for constant in graph.initializer if not list(constant.dims)}
    nodes: list[Any] = []
    changed = 0
    for node in graph.node:
        large = [name for name in node.input if name not in scalars]
        shape = shapes.get(large[0], []) if len(large) == 1 else []
        if node.op_type not in _OPERATIONS or len(node.input) != 2 or len(shape) != 4 or shape[-1] != 1:
            nodes.append(node)
            continue
        changed += 1
        line, back, out = (f"{word}_{changed}" for word in ("line", "back", "line_out"))
        graph.initializer.append(numpy_helper.from_array(_sizes([0, *shape[1:]]), back))
        nodes.append(helper.make_node("Reshape", [large[0], "in_a_line"], [line], name=line))
        for place, name in enumerate(node.input):
            if name == large[0]:
                node.input[place] = line
        answer, node.output[0] = node.output[0], out
        nodes += [node, helper.make_node("Reshape", [out, back], [answer], name=f"{back}_again")]
    if not changed:
        return 0
    graph.initializer.append(numpy_helper.from_array(_sizes([0, -1]), "in_a_line"))
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(copies)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return changed


def _sizes(sizes: list[int]) -> Any:
    import numpy as np

    return np.array(sizes, np.int64)
