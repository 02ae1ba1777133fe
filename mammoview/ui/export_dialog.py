"""Owns the questions before an export: resolution, format, identity, place. Writes nothing itself."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import UsageError
from mammoview.services.words import translate

FORMATS = (("PNG", ".png"), ("JPEG", ".jpg"), ("TIFF", ".tif"))
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})
_MOST_LETTERS = 48


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What was chosen."""

    native: bool
    identified: bool
    path: Path


class ExportDialog(QDialog):
    """`confirm_identity` is asked when identity is switched on, `confirm_replace` before a file is written over.

    `size_note` says why native resolution is not quite that, `caution` what any such picture may give away; empty where
    there is nothing to say. A path that cannot be written to is said under it, and Export waits for another one.
    """

    def __init__(
        self,
        parent: QWidget,
        title: str,
        suggested: Path,
        *,
        size_note: str = "",
        caution: str = "",
        confirm_identity: Callable[[], bool],
        confirm_replace: Callable[[Path], bool],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._confirm, self._confirm_replace = confirm_identity, confirm_replace
        self._agreed: Path | None = None
        self.native = QRadioButton(
            self.tr("Native resolution, {note}").format(note=size_note or self.tr("no pixel shrunk"))
        )
        self.seen = QRadioButton(self.tr("As seen on the screen"))
        self.native.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self.native)
        group.addButton(self.seen)
        self.format = QComboBox()
        for text, suffix in FORMATS:
            self.format.addItem(text, suffix)
        self.identified = QCheckBox(self.tr("With patient identity"))
        self.path = QLineEdit(str(suggested))
        self.path.setMinimumWidth(340)
        browse = QPushButton(self.tr("Choose"))
        browse.setAutoDefault(False)
        buttons = QDialogButtonBox()
        self.save = buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.save.setDefault(True)
        self.problem, self.caution = _note(), _note(caution)
        self.problem.setMinimumHeight(2 * self.problem.fontMetrics().lineSpacing())  # the dialog does not jump
        self.caution.setVisible(bool(caution))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.path, 1)
        place.addWidget(browse)
        for row, (text, item) in enumerate(
            (
                (self.tr("Resolution"), self.native),
                ("", self.seen),
                (self.tr("Format"), self.format),
                ("", self.identified),
            )
        ):
            grid.addWidget(_dim(text), row, 0)
            grid.addWidget(item, row, 1)
        grid.addWidget(_dim(self.tr("File")), 4, 0)
        grid.addLayout(place, 4, 1)
        grid.addWidget(self.problem, 5, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(16)
        column.addLayout(grid)
        column.addWidget(self.caution)
        column.addWidget(buttons)
        self.path.textChanged.connect(self._judge)
        self.format.currentIndexChanged.connect(self._change_suffix)
        self.identified.toggled.connect(self._ask)
        browse.clicked.connect(self._browse)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._judge()

    def choice(self) -> ExportChoice:
        """What is chosen now; a name without suffix gets that of the format. Raises UsageError where nothing can be
        written there.
        """
        path, _ = _writable(self.path.text(), self.format.currentData())
        return ExportChoice(self.native.isChecked(), self.identified.isChecked(), path)

    def accept(self) -> None:
        """Closes the dialog, unless nothing can be written there or the reader does not want an older file replaced."""
        try:
            path, there = _writable(self.path.text(), self.format.currentData())
        except UsageError:
            self._judge()
            return
        if path == self._agreed or not there or self._confirm_replace(path):
            super().accept()

    def _judge(self) -> None:
        """Say why the path cannot be written to, if so."""
        try:
            _writable(self.path.text(), self.format.currentData())
            reason = ""
        except UsageError as error:
            reason = str(error)
        self.problem.setText(_sentence(reason))
        self.save.setEnabled(not reason)

    def _change_suffix(self) -> None:
        path, suffix = Path(self.path.text()), self.format.currentData()
        if _names_a_file(self.path.text()):
            known = path.suffix.lower() in _SUFFIXES
            self.path.setText(str(path.with_suffix(suffix) if known else path.with_name(f"{path.name}{suffix}")))
        self._judge()

    def _ask(self, wanted: bool) -> None:
        if wanted and not self._confirm():
            self.identified.setChecked(False)

    def _browse(self) -> None:
        kinds = ";;".join(f"{text} (*{suffix})" for text, suffix in FORMATS)
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Export to"), self.path.text(), kinds)
        if path:
            self._agreed = Path(path)  # the file dialog has asked already
            self.path.setText(path)


def _writable(text: str, suffix: str) -> tuple[Path, bool]:
    """The file that `text` names, with `suffix` where it has none, and whether it exists already.

    Raises UsageError, in words for the reader, where no picture can be written there.
    """
    if not _names_a_file(text):
        raise UsageError(
            translate("ExportDialog", "this names no file"),
            translate("ExportDialog", "write a name behind the folder"),
        )
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        cause = translate("ExportDialog", "there is no home folder {}").format(_short(Path(text).parts[0]))
        raise UsageError(cause, translate("ExportDialog", "name another folder")) from error
    if not path.suffix:
        path = path.with_name(f"{path.name}{suffix}")
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            translate("ExportDialog", "{} is no kind of picture").format(_short(path.suffix)),
            translate("ExportDialog", "end the name in {}").format(", ".join(sorted(_SUFFIXES))),
        )
    if _kind(path.parent) != stat.S_IFDIR:
        cause = translate("ExportDialog", "there is no folder {}").format(_short(str(path.parent)))
        raise UsageError(cause, translate("ExportDialog", "name a folder that exists"))
    kind = _kind(path)
    if kind == stat.S_IFDIR:
        cause = translate("ExportDialog", "{} is a folder").format(_short(path.name))
        raise UsageError(cause, translate("ExportDialog", "name a file"))
    return path, kind is not None


def _names_a_file(text: str) -> bool:
    """False for nothing, a folder by its last slash, dots, and a home folder."""
    path = Path(text)
    is_home = len(path.parts) == 1 and text.startswith("~")
    return bool(path.name.strip(". ")) and not text.endswith(("/", os.sep)) and not is_home


def _kind(path: Path) -> int | None:
    """The file type (as of `stat.S_IFMT`) of what lies at `path`, None where nothing does; raises UsageError."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        too_long, unusable = (
            translate("ExportDialog", "the name is too long"),
            translate("ExportDialog", "it cannot be used"),
        )
        reason = too_long if error.errno == errno.ENAMETOOLONG else error.strerror or unusable
        cause = translate("ExportDialog", "nothing can be written there: {}").format(reason)
        raise UsageError(cause, translate("ExportDialog", "choose another name")) from error
    except ValueError as error:
        cause = translate("ExportDialog", "this is no name of a file")
        raise UsageError(cause, translate("ExportDialog", "choose another name")) from error


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"…{text[1 - _MOST_LETTERS :]}"


def _dim(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    return label


def _note(text: str = "") -> QLabel:
    label = QLabel(_sentence(text))
    label.setProperty("role", "caution")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
