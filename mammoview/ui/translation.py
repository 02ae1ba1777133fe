"""Owns the language of the window: which ones there are, and that Qt speaks the one that was chosen.

Words about files, the letters on pictures, and everything on the command line are English: they are searched for in
logs and documents, and pictures go from hand to hand.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase

from mammoview.resources import resources_folder

FOLDER = "translations"
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "zh_CN": "简体中文"}
"""Each language by its code, in its own words."""

_LETTERS = {"zh_CN": QFontDatabase.WritingSystem.SimplifiedChinese}
"""What the system needs a font for, as the program's own lacks the letters."""


def language_of(chosen: str, wanted: list[str]) -> str:
    """The language to speak: `chosen` where it is one of LANGUAGES, else the first of `wanted` (as "de-AT") that there
    is, else English.
    """
    if chosen in LANGUAGES:
        return chosen
    for name in wanted:
        locale = QLocale(name)
        for code in LANGUAGES:
            offered = QLocale(code)
            if (offered.language(), offered.script()) == (locale.language(), locale.script()):
                return code
    return "en"


def speak(application: QCoreApplication, chosen: str) -> str:
    """Have the window speak the language `chosen`, or the platform's where it is empty; returns the code.

    Before any widget is made. A file that is missing leaves its words English, and so does a system without a font for
    the language's letters.
    """
    language = language_of(chosen, QLocale.system().uiLanguages())
    if language in _LETTERS and not QFontDatabase.families(_LETTERS[language]):
        language = "en"
    own = str(resources_folder() / FOLDER)
    for name, folder in (
        (f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        (f"mammoview_{language}", own),
    ):
        translator = QTranslator(application)
        if translator.load(name, folder):
            application.installTranslator(translator)
    return language
