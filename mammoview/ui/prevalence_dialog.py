"""Owns the dialog in which a site states its prevalence, and the words on it beside the scores. Corrects nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QLabel, QVBoxLayout, QWidget

from mammoview.core.prediction import ModelLabel
from mammoview.core.prevalence import percent
from mammoview.services.words import translate

_THOUSAND, _LEAST, _MOST = 1000.0, 0.01, 999.0
_DECIMALS = 2


class PrevalenceDialog(QDialog):
    """`model` is the one that is loaded, None before; one that does not tell at which prevalence it was calibrated
    cannot be corrected, and the dialog says so. `prevalence` is 0 for scores as calibrated."""

    def __init__(self, parent: QWidget, model: ModelLabel | None, prevalence: float) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Prevalence at this site"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(8)
        self._say(column, self.tr("Breasts with cancer among 1,000 examined ones"))
        self.box = QDoubleSpinBox()
        self.box.setObjectName("prevalence")
        self.box.setDecimals(_DECIMALS)
        self.box.setRange(0.0, _MOST)
        self.box.setSpecialValueText(self.tr("as the model is calibrated"))
        self.box.setSuffix(self.tr(" in 1,000"))
        self.box.setValue(prevalence * _THOUSAND)
        self.box.setEnabled(model is not None and model.calibrated_at is not None)
        column.addWidget(self.box)
        self.note = self._say(column, self._told(model), "dim")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(self.box.isEnabled())
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @property
    def prevalence(self) -> float:
        """The share of breasts with cancer, 0 for scores as calibrated."""
        value = self.box.value()
        return max(value, _LEAST) / _THOUSAND if value > 0 else 0.0

    def _told(self, model: ModelLabel | None) -> str:
        if model is None:
            return self.tr("No model is loaded yet, and none can be corrected.")
        if model.calibrated_at is None:
            untold = self.tr("{} does not tell at which prevalence it was calibrated: its scores stay as they are.")
            return untold.format(model.title)
        told = self.tr(
            "{model} is calibrated at {share}. Scores and operating points are moved to the site's prevalence alike "
            "(Saerens et al. 2002): no view changes its side. Of women, about twice as many in 1,000 have cancer as of "
            "breasts."
        )
        return told.format(model=model.title, share=percent(model.calibrated_at))

    def _say(self, column: QVBoxLayout, text: str, role: str = "") -> QLabel:
        label = QLabel(text)
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setMinimumWidth(320)
        column.addWidget(label)
        return label


def prevalence_line(model: ModelLabel | None, stated: float) -> str:
    """What stands beside scores of a site that has stated its prevalence (0: it has not): for which they are, or that
    they are not corrected. `model` is the one with which they are shown."""
    if model is None or not stated:
        return ""
    if model.prevalence is None:
        return translate("Prevalence", "not for this site's prevalence")
    return translate("Prevalence", "for a prevalence of {}").format(percent(model.prevalence))


def prevalence_tip(model: ModelLabel | None, stated: float) -> str:
    """The same at length; empty where the site has stated none."""
    if model is None or not stated:
        return ""
    if model.prevalence is None or model.calibrated_at is None:
        untold = translate("Prevalence", "{} does not tell at which prevalence it was calibrated")
        return untold.format(model.title)
    told = translate("Prevalence", "All scores and operating points: calibrated at {calibrated}, moved to {site}")
    return told.format(calibrated=percent(model.calibrated_at), site=percent(model.prevalence))
