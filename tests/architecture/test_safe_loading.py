"""Nothing that is read from a file is ever run: no pickle, no eval, models by Keras' safe mode alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "cloudpickle", "joblib"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}


def unsafe(tree: ast.AST) -> Iterator[str]:
    """What a module does that could run what it reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"imports {name.name}" for name in node.names if name.name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            yield f"imports {node.module}"
        elif isinstance(node, ast.Call):
            yield from _unsafe_call(node)


def _unsafe_call(node: ast.Call) -> Iterator[str]:
    told = {word.arg: ast.unparse(word.value) for word in node.keywords}
    match node.func:
        case ast.Name(id=name) if name in FORBIDDEN_CALLS:
            yield f"calls {name}"
        case ast.Attribute(attr="load_model") if told.get("safe_mode") != "True":
            yield "loads a model without safe_mode=True"
        case ast.Attribute(attr="load", value=ast.Name(id="np")) if told.get("allow_pickle", "False") != "False":
            yield "loads arrays with pickle"


@pytest.mark.parametrize("package", ["mammoview", "training"])
def test_nothing_that_is_read_is_run(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): told
        for path in sorted((ROOT / package).rglob("*.py"))
        if (told := list(unsafe(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "eval(text)",
        "exec(text)",
        "np.load(path, allow_pickle=True)",
        "keras.saving.load_model(path)",
        "keras.saving.load_model(path, safe_mode=False)",
    ],
)
def test_a_planted_danger_is_found(line: str) -> None:
    assert list(unsafe(ast.parse(line)))
