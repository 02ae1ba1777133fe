"""Every word of the window can be said in another language, and the files that say it are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator

from mammoview.ui.translation import LANGUAGES, language_of
from tests.translations.words import PLURALS_ONLY, Message, messages, ts_file, update

COMPLETE = ("de", "es", "zh_CN")
ALL = tuple(LANGUAGES)

_PLACES = re.compile(r"\{[^{}]*\}|%n|%\d")


def _said(message: Message) -> tuple[str, str, str]:
    return message.context, message.source, message.comment


@pytest.mark.parametrize("language", ALL)
def test_the_file_holds_what_the_program_says(language: str, tmp_path: Path) -> None:
    fresh = tmp_path / f"mammoview_{language}.ts"
    fresh.write_bytes(ts_file(language).read_bytes())
    update(language, fresh)
    assert {_said(one) for one in messages(ts_file(language))} == {_said(one) for one in messages(fresh)}, (
        "run `python -m tests.translations`"
    )


@pytest.mark.parametrize("language", (*COMPLETE, PLURALS_ONLY))
def test_every_text_is_translated(language: str) -> None:
    assert [_said(one) for one in messages(ts_file(language)) if not one.finished] == []


@pytest.mark.parametrize("language", ALL)
def test_a_translation_fills_the_same_places(language: str) -> None:
    wrong = []
    for one in messages(ts_file(language)):
        wanted = sorted(_PLACES.findall(one.source))
        for form in one.forms:
            found = sorted(_PLACES.findall(form))
            if form and found != wanted and not (one.counts and [*found, "%n"] == [*wanted, "%n"]):
                optional = one.counts and sorted([*found, "%n"]) == wanted
                if not optional:
                    wrong.append((one.source, form))
    assert wrong == []


@pytest.mark.parametrize("language", ALL)
def test_the_window_loads_what_the_file_says(language: str) -> None:
    translator = QTranslator()
    assert translator.load(str(ts_file(language).with_suffix(".qm"))), "run `python -m tests.translations`"
    for one in messages(ts_file(language)):
        if one.finished:
            found = translator.translate(one.context, one.source, one.comment or None, 1 if one.counts else -1)
            assert found in one.forms, (one.source, "run `python -m tests.translations`")


@pytest.mark.parametrize(
    ("chosen", "wanted", "spoken"),
    [
        ("", ["de-AT", "en-US"], "de"),
        ("", ["es-MX"], "es"),
        ("", ["zh-CN"], "zh_CN"),
        ("", ["zh-TW"], "en"),
        ("", ["fr-FR", "de-DE"], "de"),
        ("", ["fr-FR"], "en"),
        ("", [], "en"),
        ("de", ["es-ES"], "de"),
        ("tlh", ["es-ES"], "es"),
    ],
)
def test_the_chosen_language_wins_then_that_of_the_platform(chosen: str, wanted: list[str], spoken: str) -> None:
    assert language_of(chosen, wanted) == spoken
