"""Owns the dialog about the program: version, model, intended use, licences, where things lie, and all of it as text
for a report. Nothing of it tells who the patients are.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from mammoview import __version__
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.prediction import EngineState

_PARTS = (
    *("PySide6", "tensorflow", "keras", "pydicom", "numpy", "opencv-python", "pillow", "imagecodecs"),
    *("pyqtgraph", "scikit-learn"),
)
_NAMES = {"PySide6": "Qt for Python (PySide6)", "tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy"}
_SHORT = {"Apache License 2.0": "Apache 2.0", "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only": "LGPL 3.0"}
_CLASSIFIER = "License :: OSI Approved :: "
_LOG = "faults.log"
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_LONGEST = 60
_WIDTH, _HEIGHT = 680, 620


@dataclass(frozen=True, slots=True)
class Part:
    """A package that the program stands on, as its own metadata tell: `licence` is empty where they do not."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the program keeps what."""

    settings: Path
    library: Path | None

    @property
    def log(self) -> Path:
        """The record of faults."""
        return self.settings / _LOG


def installed_parts() -> tuple[Part, ...]:
    """The packages that are installed, in a fixed order. Reads files."""
    found = []
    for name in _PARTS:
        try:
            told = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        found.append(Part(_NAMES.get(name, name), told["Version"], _licence(told)))
    return tuple(found)


def _licence(told: metadata.PackageMetadata) -> str:
    """The licence in a few words: the SPDX expression, else the field of free words, else the classifier."""
    for field in ("License-Expression", "License"):
        said = " ".join(" ".join(told.get_all(field) or []).split())
        if said and len(said) <= _LONGEST:
            return _SHORT.get(said, said)
    named = [text.removeprefix(_CLASSIFIER) for text in told.get_all("Classifier") or [] if _CLASSIFIER in text]
    return ", ".join(named)


def report(state: EngineState, parts: tuple[Part, ...], places: Places) -> str:
    """All of it as plain text, in English, for a report of a fault; home folders, which name people, are a tilde."""
    model = state.model
    lines = [f"mammoview {__version__}, research and teaching, not for diagnosis"]
    lines.append(f"model {model.title}, SHA-256 {model.sha256}" if model else "no model")
    lines.append(f"classifier: {state.device_label or state.phase}{f', {state.error}' if state.error else ''}")
    lines += [state.device_change] if state.device_change else []
    lines.append(f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}")
    lines += [f"{part.name} {part.version} ({part.licence or 'licence not told'})" for part in parts]
    for name, path in (("settings", places.settings), ("library", places.library), ("faults", places.log)):
        lines.append(f"{name}: {_without_home(path) if path is not None else 'none'}")
    return "\n".join(lines) + "\n"


def _without_home(path: Path) -> str:
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


class AboutDialog(QDialog):
    """The parts' versions and licences follow when they were read."""

    def __init__(self, parent: QWidget, state: EngineState, places: Places, runner: JobRunner) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About mammoview"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._state, self._places = state, places
        self._parts: tuple[Part, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(22, 18, 22, 16)
        self._column.setSpacing(8)
        self._say(f"mammoview {__version__}", "title")
        self._say(
            self.tr(
                "Research and teaching software, not a medical device and not for diagnosis: nothing that it says may "
                "be used to treat, recall or reassure anybody."
            )
        )
        self._rule()
        self._show_model()
        self._rule()
        self._licences = self._say("", "small")
        self._show_parts(())
        self._rule()
        self._show_places()
        self._column.addStretch(0 if self._has_card else 1)
        self.copy = QPushButton(self.tr("Copy as text"))
        self.copy.setToolTip(self.tr("For a report: versions, checksum and places, nothing of patients"))
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self._column.addWidget(buttons)
        room = self.screen().availableGeometry()
        self.resize(min(_WIDTH, room.width() - 40), min(_HEIGHT, room.height() - 60))
        ticket = runner.submit(_read_parts, done=self._show_parts, channel="about")
        self.finished.connect(ticket.cancel)

    def _say(self, text: str, role: str = "") -> QLabel:
        label = QLabel(text)
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column.addWidget(label)
        return label

    def _rule(self) -> None:
        rule = QFrame()
        rule.setProperty("role", "rule")
        self._column.addSpacing(4)
        self._column.addWidget(rule)
        self._column.addSpacing(4)

    def _show_model(self) -> None:
        model, facts = self._state.model, self._state.facts
        self._say(
            self.tr("Model {title}").format(title=model.title) if model else self.tr("No model is loaded"), "title"
        )
        if model is not None:
            self._say(self.tr("SHA-256 {sum}").format(sum=model.sha256), "small")
        if model is not None and model.intended_use:
            self._say(self.tr("Intended use: {use}").format(use=model.intended_use))
        if self._state.error:
            self._say(self._state.error, "failed")
        if self._state.device_change:
            self._say(self._state.device_change, "small")
        if facts is not None and self._has_card:
            self._say(self.tr("Where and how it was trained, by its card:"), "dim")
            card = QTextBrowser()
            card.setMarkdown(_HEADING.sub(r"**\1**", facts.card))
            card.setAccessibleName(self.tr("Model card"))
            card.setMinimumHeight(120)
            self._column.addWidget(card, 1)

    @property
    def _has_card(self) -> bool:
        """Whether there is a model card, which takes what room there is."""
        return self._state.facts is not None and bool(self._state.facts.card)

    def _show_parts(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts
        own = self.tr("mammoview: MIT. Typeface Inter: SIL Open Font License 1.1.")
        running = f"Python {platform.python_version()}, Qt {qVersion()}"
        told = [f"{part.name} {part.version} ({part.licence})".removesuffix(" ()") for part in parts]
        self._licences.setText("\n".join((own, ", ".join((running, *told)))))

    def _show_places(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        places = self._places
        for name, path in (
            (self.tr("Settings"), places.settings),
            (self.tr("Library"), places.library),
            (self.tr("Faults"), places.log),
        ):
            row = grid.rowCount()
            label = QLabel(name)
            label.setProperty("role", "dim")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            where = QLabel(str(path) if path is not None else self.tr("none in use"))
            where.setWordWrap(True)
            where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(where, row, 1)
        grid.setColumnStretch(1, 1)
        self.folder = QPushButton(self.tr("Open the folder"))
        self.folder.setAutoDefault(False)
        self.folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(places.settings))))
        grid.addWidget(self.folder, 1, 2, grid.rowCount() - 1, 1, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(grid)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(report(self._state, self._parts, self._places))
        self.copy.setText(self.tr("Copied"))


def _read_parts(ticket: Ticket) -> tuple[Part, ...]:
    return installed_parts()
