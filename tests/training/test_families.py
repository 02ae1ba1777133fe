"""The families of EfficientNetV2: built flat and offline, for one image and for several views."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.fit import fit, predict_run
from training.models.network import build_network
from training.systems import load_system


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any socket fails the test."""

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError(f"a socket was opened: {arguments}")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("family", ["B0", "B1", "B2", "B3", "S"])
def test_each_family_is_built_without_a_socket_and_without_its_own_preprocessing(offline: None, family: str) -> None:
    network = build_network(load_system(f"efficientnetv2-{family.lower()}-roi"), 64, 64)
    assert [tuple(output.shape)[1:3] for output in network.outputs] == [(2, 2), (2,)]
    kinds = [type(layer).__name__ for layer in network.layers]
    assert "Functional" not in kinds  # flat
    assert "Normalization" not in kinds
    assert [layer.name for layer in network.layers if type(layer).__name__ == "Rescaling"] == ["centre"]


def test_an_efficientnet_of_several_views_is_one_flat_graph(tmp_path: Path) -> None:
    cache = make_lesion_cache()
    system = tiny("two-view", "run.limit=4", "run.batch=4", "stopping.epochs=1", trunk=False)
    with without_graphs():
        fit(cache, system, tmp_path)
        found = predict_run(tmp_path, cache, range(4))
    assert found.logits.shape == (2, 2)
