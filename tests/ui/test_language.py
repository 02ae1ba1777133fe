"""The languages of the window: what each says, that nothing is cut off, and how one is chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
)

from mammoview.core.findings import Distribution, Finding, FindingKind, Morphology
from mammoview.services.words import step_label
from mammoview.ui import theme
from mammoview.ui.finding_dialog import FindingDialog
from mammoview.ui.keystrokes import shown
from mammoview.ui.language_dialog import LanguageDialog
from mammoview.ui.tour import Tour
from mammoview.ui.translation import LANGUAGES, speak
from mammoview.ui.unkept import unkept_words
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.test_every_word import opened_by


@pytest.fixture
def spoken(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Speaks a language until the test ends."""
    before = set(qapp.findChildren(QTranslator))

    def use(language: str) -> None:
        speak(qapp, language)

    yield use
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()


def test_the_label_of_a_sites_own_step_stays_as_it_was_written(spoken: Callable[[str], None]) -> None:
    spoken("de")
    assert step_label("CC pair") == "CC-Paar"
    assert step_label("CC pair of our clinic") == "CC pair of our clinic"


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "1 change not kept", "3 changes not kept"),
        ("de", "1 Änderung nicht gespeichert", "3 Änderungen nicht gespeichert"),
        ("es", "1 cambio sin guardar", "3 cambios sin guardar"),
        ("zh_CN", "1 项更改未保存", "3 项更改未保存"),
    ],
)
def test_what_is_counted_has_the_languages_own_forms(
    spoken: Callable[[str], None], language: str, one: str, many: str
) -> None:
    spoken(language)
    assert (unkept_words(1), unkept_words(3)) == (one, many)


@pytest.mark.parametrize(
    ("key", "german"),
    [("Num+4", "Num 4"), ("Num++", "Num +"), ("Ctrl+Num+Enter", "Strg+Num Enter"), ("Ctrl+Shift+Z", "Strg+Umschalt+Z")],
)
def test_keys_are_written_as_on_the_keyboards_of_the_language(
    spoken: Callable[[str], None], key: str, german: str
) -> None:
    spoken("de")
    assert shown(key) == german


def test_the_terms_of_a_finding_are_kept_in_english(spoken: Callable[[str], None], desk: Desk) -> None:
    spoken("de")
    told = Finding(FindingKind.CALCIFICATIONS, morphology=Morphology.FINE_LINEAR, distribution=Distribution.GROUPED)
    dialog = FindingDialog(desk.window, told, "")
    desk.qtbot.addWidget(dialog)
    assert dialog.morphology.currentText() == "fein linear oder fein linear verzweigt"
    assert dialog.finding() == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_side_panel_holds_the_words_of_every_language(
    spoken: Callable[[str], None], make_desk: MakeDesk, study: Path, language: str
) -> None:
    spoken(language)
    desk = make_desk(FakeEngine())
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    panel = desk.window.side_panel
    inner = panel.widget()
    assert inner is not None
    assert inner.minimumSizeHint().width() <= theme.SIDE_WIDTH - panel.verticalScrollBar().sizeHint().width()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cards_of_the_tour_hold_the_words_of_every_language(
    spoken: Callable[[str], None], make_desk: MakeDesk, study: Path, language: str
) -> None:
    spoken(language)
    desk = make_desk()
    desk.open(study)
    tour = Tour(desk.window)
    layout = tour.card.layout()
    assert layout is not None
    assert (
        layout.minimumSize().width() <= theme.LIST_WIDTH - 24
    )  # beside the assessment it stands in the list of studies


@pytest.mark.parametrize(("families", "spoken"), [(["A font"], "zh_CN"), ([], "en")])
def test_chinese_is_spoken_where_there_is_a_font_for_it(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, families: list[str], spoken: str
) -> None:
    monkeypatch.setattr(QFontDatabase, "families", lambda system: families)
    before = set(qapp.findChildren(QTranslator))
    assert speak(qapp, "zh_CN") == spoken
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)


# --- the choice


def test_the_chosen_language_is_kept_and_said_to_come_with_the_next_start(desk: Desk) -> None:
    dialog = opened_by(desk, "language")
    assert isinstance(dialog, LanguageDialog)
    dialog.choices["de"].click()
    dialog.accept()
    assert desk.window.settings.value.language == "de"
    assert "next start" in desk.window.status.message.text()


def test_a_choice_that_is_given_up_changes_nothing(desk: Desk) -> None:
    dialog = opened_by(desk, "language")
    assert isinstance(dialog, LanguageDialog)
    dialog.choices["es"].click()
    dialog.reject()
    assert desk.window.settings.value.language == ""


def test_a_language_that_there_is_not_stands_as_that_of_the_system(desk: Desk) -> None:
    dialog = LanguageDialog(desk.window, "tlh")
    desk.qtbot.addWidget(dialog)
    assert dialog.chosen == ""


_START = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from mammoview.app import run
application = QApplication(["mammoview"])
def look():
    window = next(one for one in application.topLevelWidgets() if hasattr(one, "menus"))
    print(window.menus.bar.actions()[0].text(), "|", window.actions_by_id["undo"].text())
    window.close()
QTimer.singleShot(0, look)
run([])
"""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('{"language": "de"}', "Datei | Rückgängig"),
        ('{"language": "es"}', "Archivo | Deshacer"),
        ('{"language": "en"}', "File | Take back"),
        ('{"language": 7}', "File | Take back"),
        ("{broken", "File | Take back"),
    ],
)
def test_the_window_starts_in_the_language_of_the_settings(mammoview_home: Path, settings: str, words: str) -> None:
    (mammoview_home / "settings.json").write_text(settings, encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", "LANGUAGE": "", "LANG": "C.UTF-8"}
    result = subprocess.run(
        [sys.executable, "-c", _START], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert result.stdout.strip() == words
