"""Owns the slim bar at the top: menus, which study this is, the layout buttons. Shows and forwards."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenuBar, QSizePolicy, QToolButton, QWidget

from mammoview.core.study import Study
from mammoview.dicom.identity import display_name
from mammoview.dicom.studies import leading_name
from mammoview.services.session import Session
from mammoview.ui import theme

_BUTTONS = (("four", "4-up"), ("cc", "CC"), ("mlo", "MLO"), ("single", "Single"), ("compare", "Prior"))
_MORE = (("native", "1:1"), ("fit", "Fit"), ("link", "Link"), ("texts", "Texts"), ("heat", "Heat map"))

_NEEDED_PX = {"native": 1180, "fit": 1180, "link": 1180, "texts": 1180, "single": 1040, "compare": 1180, "heat": 1040}


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where it does not fit; all of it stands in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)


class TopBar(QWidget):
    """36 pixels: menus at the left, the study in the middle, layouts at the right."""

    def __init__(
        self, menus: QMenuBar, actions: Mapping[str, QAction], session: Session, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.BAR_HEIGHT)
        self._session = session
        self._spare: list[tuple[QWidget, int]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 8, 0)
        row.setSpacing(1)
        row.addWidget(menus)
        row.addSpacing(14)
        self.study = ElidedLabel()
        row.addWidget(self.study, 1)
        row.addSpacing(14)
        for group in (_BUTTONS, _MORE):
            for action_id, text in group:
                button = _button(actions[action_id], text)
                row.addWidget(button)
                if action_id in _NEEDED_PX:
                    self._spare.append((button, _NEEDED_PX[action_id]))
            if group is _BUTTONS:
                rule = QFrame()
                rule.setFixedSize(1, 16)
                rule.setStyleSheet(f"background: {theme.LINE};")
                row.addSpacing(6)
                row.addWidget(rule)
                self._spare.append((rule, _NEEDED_PX["heat"]))
                row.addSpacing(6)
        session.study_changed.connect(self._refresh)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window keeps the study's name and leaves these commands to menus and keys."""
        for button, needed in self._spare:
            button.setVisible(event.size().width() >= needed)

    def _refresh(self) -> None:
        self.study.setText(study_words(self._session))


def study_words(session: Session) -> str:
    """Which study this is: place in the worklist, name, number, year of birth, date. For the reader's own screen."""
    study = session.study
    if study is None:
        return "no study"
    patient = study.patient
    parts = []
    cases = session.worklist.cases
    if len(cases) > 1:
        parts.append(f"{(session.worklist.case_of(study.key) or 0) + 1} of {len(cases)}")
    named = [display_name(patient.name), patient.patient_id, patient.birth_date[:4]]
    parts.append("  ".join(text for text in named if text) or place_name(study))
    date = study.study_date or ("" if study.study_instance_uid else "pictures")
    if date:
        parts.append(date)
    index = session.worklist.case_of(study.key)
    if index is not None and study.key != cases[index].current.key:
        parts.append("prior")
    tray = session.walk.tray if session.walk.hung else session.hanging.extra
    if tray:
        parts.append(f"{len(tray)} more")
    return "    ".join(parts)


def place_name(study: Study) -> str:
    """What to call a study that names nobody: what its files' names begin with, its only file, or their folder."""
    source = study.images[0].source
    return leading_name(source.stem) or (source.stem if len(study.images) == 1 else source.path.parent.name)


def _button(action: QAction, text: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    action.changed.connect(lambda: button.setText(text))
    return button
