"""A model of another maker is loaded into the window only after the user agrees, who is asked once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mammoview.inference.bundle import default_bundle_path, load_bundle
from mammoview.services.settings import SettingsStore
from mammoview.ui.foreign_model import model_to_load


class Reader:
    """Clicks the button whose text begins with `answer`, and notes what was asked."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def exec(self, box: QMessageBox) -> int:
        self.asked.append(f"{box.text()} {box.informativeText()}")
        (button,) = [one for one in box.buttons() if one.text().startswith(self.answer)]
        button.click()
        return 0


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Reader:
    made = Reader(request.param)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: made.exec(box))
    return made


YES = pytest.mark.parametrize("reader", ["Load it"], indirect=True)
NO = pytest.mark.parametrize("reader", ["Use mammoview's own"], indirect=True)


@YES
def test_what_the_user_agrees_to_is_loaded_and_asked_for_once(
    qtbot: QtBot, reader: Reader, tiny_bundle: Path, tmp_path: Path
) -> None:
    assert model_to_load(tiny_bundle, SettingsStore(tmp_path)) == tiny_bundle
    assert model_to_load(tiny_bundle, SettingsStore(tmp_path)) == tiny_bundle
    found = load_bundle(tiny_bundle)
    assert len(reader.asked) == 1
    for word in (found.name, found.version, found.intended_use, found.sha256[:16]):
        assert word in reader.asked[0]


@NO
def test_without_agreement_the_own_model_is_used_and_the_next_start_asks_again(
    qtbot: QtBot, reader: Reader, tiny_bundle: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        assert model_to_load(tiny_bundle, SettingsStore(tmp_path)) is None
    assert len(reader.asked) == 2


@NO
def test_the_model_that_ships_is_not_asked_for(qtbot: QtBot, reader: Reader, tmp_path: Path) -> None:
    own = default_bundle_path()
    assert model_to_load(own, SettingsStore(tmp_path)) == own
    assert model_to_load(None, SettingsStore(tmp_path)) is None
    assert reader.asked == []


@NO
def test_what_is_no_model_is_left_to_the_classifier_to_refuse(qtbot: QtBot, reader: Reader, tmp_path: Path) -> None:
    assert model_to_load(tmp_path / "absent", SettingsStore(tmp_path)) == tmp_path / "absent"
    assert reader.asked == []
