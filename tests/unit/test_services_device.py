"""The window's classifier goes on with the CPU: what is shown of it changes with the answer."""

from __future__ import annotations

from functools import partial

from pytestqt.qtbot import QtBot

from mammoview.core.image import MammoImage
from mammoview.services.prediction import EngineFacts, Phase, PredictionService
from tests.bundles import make_breast
from tests.ui.desk import LABEL, FakeEngine

CHANGE = "the GPU Fake failed (out of memory on the GPU Fake); the CPU goes on"


def _given(image: MammoImage) -> MammoImage:
    return image


class OnGpu(FakeEngine):
    """A classifier that starts on a GPU."""

    def facts(self) -> EngineFacts:
        return EngineFacts(LABEL, "gpu:Fake")


def test_after_the_gpu_failed_the_state_names_the_cpu_and_says_why_once(qtbot: QtBot) -> None:
    engine = OnGpu()
    service = PredictionService(lambda: engine)
    service.start()
    qtbot.waitUntil(lambda: service.state.phase is Phase.READY)
    assert (service.state.device_label, service.state.device_change) == ("GPU Fake", "")
    engine.change = CHANGE
    changes: list[str] = []
    service.state_changed.connect(lambda: changes.append(service.state.device_change))
    for key in ("one", "two"):
        image = make_breast(key=key)
        with qtbot.waitSignal(service.answered):
            service.ask(image.key, partial(_given, image))
    assert (service.state.device_label, service.state.device_change) == ("CPU", CHANGE)
    assert {text for text in changes if text} == {CHANGE}
    service.close()
