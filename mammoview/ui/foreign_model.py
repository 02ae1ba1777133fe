"""Owns the question whether a model that did not come with mammoview may be loaded into the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.core.errors import BundleError
from mammoview.inference.bundle import Bundle, default_bundle_path, load_bundle
from mammoview.services.settings import SettingsStore

translate = QCoreApplication.translate


def model_to_load(bundle: Path | None, settings: SettingsStore, parent: QWidget | None = None) -> Path | None:
    """`bundle` where it may be loaded, else None for the one that ships: a model is code of whoever made it, and its
    scores are not those of the card that this program shows elsewhere.

    The user is asked once for each set of contents (the bundle's checksum). What cannot be read is handed on: the
    classifier says what is wrong with it.
    """
    if bundle is None:
        return None
    try:
        found = load_bundle(bundle)
    except BundleError:
        return bundle
    if found.sha256 in settings.value.agreed_models.split() or _is_ours(found):
        return bundle
    if not _agrees(found, parent):
        return None
    settings.change(agreed_models=f"{settings.value.agreed_models} {found.sha256}".strip())
    return bundle


def _is_ours(bundle: Bundle) -> bool:
    try:
        return bundle.sha256 == load_bundle(default_bundle_path()).sha256
    except BundleError:
        return False


def _agrees(bundle: Bundle, parent: QWidget | None) -> bool:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(translate("ForeignModel", "A model of another maker"))
    box.setText(
        translate("ForeignModel", "{} {} did not come with mammoview. Load it?").format(bundle.name, bundle.version)
    )
    box.setInformativeText(
        translate(
            "ForeignModel",
            "Load models of people you trust alone. What it says of itself: {}\nChecksum: {}",
        ).format(bundle.intended_use, bundle.sha256[:16])
    )
    go_on = box.addButton(translate("ForeignModel", "Load it"), QMessageBox.ButtonRole.AcceptRole)
    own = box.addButton(translate("ForeignModel", "Use mammoview's own"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(own)
    box.exec()
    return box.clickedButton() is go_on
