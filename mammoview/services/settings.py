"""Owns what is remembered between sessions: window, panels, heat-map look. One JSON file, written atomically."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths

from mammoview.archive.atomic import write_text
from mammoview.core.errors import MammoviewError
from mammoview.core.heat import COLOR_MAPS
from mammoview.core.prevalence import LEAST, MOST
from mammoview.core.view_state import HeatPresentation
from mammoview.services.words import translate

_FILE = "settings.json"

READING_MODES = ("after my first look", "concurrent", "off")
"""When the classifier's answers may be seen."""


def home_folder() -> Path:
    """The folder of settings and recent studies: MAMMOVIEW_HOME, else the platform's place for settings."""
    home = os.environ.get("MAMMOVIEW_HOME")
    if home:
        return Path(home)
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(place or Path.home()) / "mammoview"


@dataclass(frozen=True, slots=True)
class Settings:
    """`keys` holds the keys of the commands whose keys were changed, {id: [key, …]}, as it stood in the file, with None
    for what is no list of texts;
    `geometry` is Qt's own record of the window, as hex digits; `opacity` and `threshold` are 0..1;
    `memory_limit_mib` is what the images may take, 0 for the default; `screens` is the record of
    `services.calibration`; `reader` is who reads, empty for the account's name; `reading_mode` is one of READING_MODES;
    `toured`: the tour was begun once;
    `show_library`: the list of studies stands where no study is open;
    `score_ahead`: what will be read is scored before; `prevalence`: that of the site, 0 for scores as calibrated;
    `operating_point`: the name of the one that was chosen, empty before;
    `language` is that of the window by its code, empty for the platform's;
    `priors_from`: the archive that priors of the open case are fetched from, empty for none; `received_folder`: where
    retrieved studies go, empty for a folder beside the settings; `agreed_models`: checksums of foreign models that the
    user agreed to, with spaces between.
    """

    geometry: str = ""
    study_panel: bool = True
    side_panel: bool = True
    linked: bool = True
    annotations: bool = True
    all_texts: bool = False
    overlays: bool = True
    air_black: bool = True
    opacity: float = 0.5
    threshold: float = 0.3
    color_map: str = "inferno"
    heat_below: bool = False
    export_folder: str = ""
    memory_limit_mib: int = 0
    screens: str = ""
    reader: str = ""
    reading_mode: str = READING_MODES[0]
    show_library: bool = True
    toured: bool = False
    second_monitor: bool = False
    second_screen: str = ""
    second_geometry: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    score_ahead: bool = True
    prevalence: float = 0.0
    operating_point: str = ""
    language: str = ""
    priors_from: str = ""
    received_folder: str = ""
    agreed_models: str = ""

    def heat(self) -> HeatPresentation:
        """The heat map's look; it starts hidden."""
        return HeatPresentation(False, self.opacity, self.threshold, self.color_map)


class SettingsStore:
    """Loads once, keeps the value, writes when it changes. `problem` says why a file could not be used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem = ""
        self.value = self._loaded()

    def change(self, **changes: Any) -> None:
        """Set fields and write the file; nothing is written where nothing changes."""
        new = replace(self.value, **changes)
        if new != self.value:
            self.value = new
            self._write()

    def _loaded(self) -> Settings:
        path = self.folder / _FILE
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError, RecursionError):
            unread = translate("Settings", "the settings in {} cannot be read: starting with the defaults")
            self.problem = unread.format(path)
            return Settings()
        return _valid(record if isinstance(record, dict) else {})

    def _write(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(self.folder / _FILE, json.dumps(asdict(self.value), indent=1), private=True)
        except (OSError, MammoviewError):
            self.problem = translate("Settings", "the settings cannot be written to {}").format(self.folder)


def _valid(record: dict[str, Any]) -> Settings:
    """The fields of `record` that have the right type and range; the others keep their default."""
    defaults = Settings()
    good: dict[str, Any] = {}
    for known in fields(Settings):
        value, default = record.get(known.name), getattr(defaults, known.name)
        if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
            if 0 <= value <= 1:
                good[known.name] = float(value)
        elif type(value) is type(default) and not (isinstance(value, str) and not _is_unicode(value)):
            good[known.name] = value
    if good.get("memory_limit_mib", 0) < 0:
        good.pop("memory_limit_mib")
    if not LEAST <= good.get("prevalence", 0.0) <= MOST:
        good.pop("prevalence", None)
    if good.get("color_map") not in COLOR_MAPS:
        good.pop("color_map", None)
    if good.get("reading_mode") not in READING_MODES:
        good.pop("reading_mode", None)
    if "keys" in good:
        good["keys"] = {command: keys if _are_texts(keys) else None for command, keys in good["keys"].items()}
    return Settings(**good)


def _is_unicode(text: str) -> bool:
    """Whether a text can be written and handed to Qt: JSON may hold half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _are_texts(keys: object) -> bool:
    return isinstance(keys, list) and all(isinstance(key, str) and _is_unicode(key) for key in keys)
