"""Owns the dialog in which a finding is described by the terms of BI-RADS, by keyboard alone if one likes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import MammoviewError
from mammoview.core.findings import (
    Associated,
    AsymmetryKind,
    Distribution,
    Finding,
    FindingKind,
    MassDensity,
    MassMargin,
    MassShape,
    Morphology,
)
from mammoview.core.marks import MAX_TEXT
from mammoview.services.words import said

_Term = TypeVar("_Term", bound=StrEnum)


class _Terms(QComboBox):
    """A choice of terms, with nothing described first."""

    def __init__(self, terms: Iterable[StrEnum], chosen: StrEnum | None) -> None:
        super().__init__()
        self.addItem(self.tr("not described"))
        for term in terms:
            self.addItem(said(term), term)
        self.setCurrentIndex(0 if chosen is None else self.findText(said(chosen)))
        self.setMinimumWidth(240)

    def term(self, terms: type[_Term]) -> _Term | None:
        """The term that is chosen."""
        return None if self.currentIndex() == 0 else terms(self.currentData())


class FindingDialog(QDialog):
    """Only the terms that go with the kind of finding are shown. `note` is one line of the reader's own words."""

    def __init__(self, parent: QWidget, finding: Finding | None, note: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Describe the finding"))
        told = finding or Finding(FindingKind.MASS)
        self.kind = QComboBox()
        self.kind.addItem(self.tr("not described"))
        for kind in FindingKind:
            self.kind.addItem(said(kind), kind)
        self.kind.setCurrentIndex(0 if finding is None else 1 + list(FindingKind).index(finding.kind))
        self.shape = _Terms(MassShape, told.shape)
        self.margin = _Terms(MassMargin, told.margin)
        self.density = _Terms(MassDensity, told.density)
        self.morphology = _Terms(Morphology, told.morphology)
        self.distribution = _Terms(Distribution, told.distribution)
        self.asymmetry = _Terms(AsymmetryKind, told.asymmetry)
        self.features = {term: QCheckBox(said(term)) for term in Associated}
        for term, box in self.features.items():
            box.setChecked(term in told.associated)
        self.note = QLineEdit(note)
        self.note.setMaxLength(MAX_TEXT)
        self.problem = QLabel()
        self.problem.setProperty("role", "failed")
        self.problem.setVisible(False)
        self._form = QFormLayout()
        self._rows: list[tuple[FindingKind, QWidget]] = [
            (FindingKind.MASS, self.shape),
            (FindingKind.MASS, self.margin),
            (FindingKind.MASS, self.density),
            (FindingKind.CALCIFICATIONS, self.morphology),
            (FindingKind.CALCIFICATIONS, self.distribution),
            (FindingKind.ASYMMETRY, self.asymmetry),
        ]
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._show_terms)
        self._show_terms()
        self.kind.setFocus()

    def _lay_out(self) -> None:
        form = self._form
        form.setHorizontalSpacing(16)
        form.addRow(self.tr("&Finding"), self.kind)
        names = (
            *(self.tr("&Shape"), self.tr("&Margin"), self.tr("&Density")),
            *(self.tr("M&orphology"), self.tr("D&istribution"), self.tr("&Asymmetry")),
        )
        for name, (_, widget) in zip(names, self._rows, strict=True):
            form.addRow(name, widget)
        features = QGridLayout()
        features.setHorizontalSpacing(24)
        features.setVerticalSpacing(8)
        for at, box in enumerate(self.features.values()):
            features.addWidget(box, at // 2, at % 2)
        form.addRow(self.tr("Associated"), features)
        self._features = features
        form.addRow(self.tr("&Note"), self.note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addWidget(buttons)

    def _kind(self) -> FindingKind | None:
        """The kind that is chosen; None where the finding is not described."""
        return None if self.kind.currentIndex() == 0 else FindingKind(self.kind.currentData())

    def _show_terms(self) -> None:
        kind = self._kind()
        self._form.setRowVisible(self._features, kind is not None)
        for owner, widget in self._rows:
            self._form.setRowVisible(widget, owner is kind)
        own = {FindingKind.DISTORTION: Associated.DISTORTION, FindingKind.CALCIFICATIONS: Associated.CALCIFICATIONS}
        for term, box in self.features.items():
            box.setVisible(kind is not None and term is not own.get(kind))
        self.adjustSize()

    def finding(self) -> Finding | None:
        """What is described, by the terms that are shown; None where nothing is. Raises MammoviewError where it is no
        finding."""
        kind = self._kind()
        if kind is None:
            return None
        mass, calcifications = kind is FindingKind.MASS, kind is FindingKind.CALCIFICATIONS
        return Finding(
            kind,
            shape=self.shape.term(MassShape) if mass else None,
            margin=self.margin.term(MassMargin) if mass else None,
            density=self.density.term(MassDensity) if mass else None,
            morphology=self.morphology.term(Morphology) if calcifications else None,
            distribution=self.distribution.term(Distribution) if calcifications else None,
            asymmetry=self.asymmetry.term(AsymmetryKind) if kind is FindingKind.ASYMMETRY else None,
            associated=frozenset(term for term, box in self.features.items() if box.isChecked() and not box.isHidden()),
        )

    def accept(self) -> None:
        """Close unless what is described is no finding; then say what is missing."""
        try:
            self.finding()
        except MammoviewError as error:
            self.problem.setText(str(error))
            self.problem.setVisible(True)
            return
        super().accept()
