"""Owns the slim bar at the top: menus, which study this is, the tool, the layout buttons. Shows and forwards."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QMenuBar, QSizePolicy, QToolButton, QWidget

from mammoview.core.study import Study
from mammoview.dicom.identity import display_name
from mammoview.dicom.studies import leading_name
from mammoview.services.session import Session
from mammoview.services.words import counted, translate
from mammoview.ui import theme
from mammoview.ui.icons import SIZE_PX

_LAYOUTS = ("four", "cc", "mlo", "single", "compare")
_LOOKS = ("native", "fit", "link", "texts", "heat")
TOOLS = ("pointer", "ruler", "angle", "ellipse", "freehand", "finding", "arrow", "text", "nipple", "magnifier")
"""What the tool button offers; the first one is in the hand where no other is."""

_ICON = QSize(SIZE_PX, SIZE_PX)
_STUDY_PX = 430
"""What the study's words take: name, number, year of birth, date, state."""

_LEVELS = 5


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where it does not fit; all of it stands in the tooltip. `first`: the part of it
    that is shortened before any other.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.first = ""

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    @property
    def shown(self) -> str:
        """What of it can be read."""
        text, metrics = self.text(), self.fontMetrics()
        before, first, after = text.partition(self.first) if self.first else (text, "", "")
        room = self.width() - metrics.horizontalAdvance(f"{before}{after}") - 1
        if first and metrics.horizontalAdvance(text) > self.width() and room > metrics.horizontalAdvance("M…"):
            text = f"{before}{metrics.elidedText(first, Qt.TextElideMode.ElideRight, room)}{after}"
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), self.shown)


class TopBar(QWidget):
    """36 pixels: menus at the left, the study in the middle, the tool in the hand and the layouts at the right.

    The study's name has the first claim: as the bar grows narrower, buttons lose their words, the menus fold into one
    button, then the buttons go that keys and menus have too.
    """

    def __init__(
        self, menus: QMenuBar, actions: Mapping[str, QAction], session: Session, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.BAR_HEIGHT)
        self._session, self._menus, self._actions = session, menus, actions
        self._level = -1
        self.menu_button = self._menu_button()
        self.tool_button = self._tool_button()
        self.study = ElidedLabel()
        self.buttons: dict[str, QToolButton] = {}
        self._words = {
            "four": self.tr("4-up"),
            "cc": self.tr("CC"),
            "mlo": self.tr("MLO"),
            "single": self.tr("Single"),
            "compare": self.tr("Prior"),
            "native": self.tr("1:1"),
            "fit": self.tr("Fit"),
            "link": self.tr("Link"),
            "texts": self.tr("Texts"),
            "heat": self.tr("Heat map"),
        }
        self._rules = [_rule() for _ in range(2)]
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 8, 0)
        row.setSpacing(1)
        row.addWidget(menus)
        row.addWidget(self.menu_button)
        row.addSpacing(12)
        row.addWidget(self.study, 1)
        row.addSpacing(12)
        row.addWidget(self.tool_button)
        for rule, group in zip(self._rules, (_LAYOUTS, _LOOKS), strict=True):
            row.addSpacing(5)
            row.addWidget(rule)
            row.addSpacing(5)
            for action_id in group:
                button = self.buttons[action_id] = QToolButton()
                button.setDefaultAction(actions[action_id])
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                button.setIconSize(_ICON)
                button.setText(self._words[action_id])
                row.addWidget(button)
                actions[action_id].changed.connect(partial(self._keep_word, action_id))
        self._needed_px = [self._width_px(level) for level in range(_LEVELS)]
        session.study_changed.connect(self._refresh)
        self._refresh()

    def _menu_button(self) -> QToolButton:
        """All menus in one."""
        button = QToolButton()
        button.setText(self.tr("Menu"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setIconSize(_ICON)
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._fill, menu))
        button.setMenu(menu)
        button.hide()
        return button

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        menu.addActions(self._menus.actions())

    def _tool_button(self) -> QToolButton:
        """The tool in the hand; a click shows the others."""
        button = QToolButton()
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setIconSize(_ICON)
        menu = QMenu(button)
        for action_id in TOOLS:
            menu.addAction(self._actions[action_id])
            self._actions[action_id].changed.connect(self._show_tool)
        button.setMenu(menu)
        return button

    def _show_tool(self) -> None:
        """The tool button wears the tool that is in the hand, in the accent where it is not the pointer."""
        held = next((name for name in TOOLS if self._actions[name].isChecked()), TOOLS[0])
        action = self._actions[held]
        state = QIcon.State.Off if held == TOOLS[0] else QIcon.State.On
        shown = QIcon(action.icon().pixmap(_ICON, self.devicePixelRatioF(), QIcon.Mode.Normal, state))
        self.tool_button.setIcon(shown)
        self.tool_button.setToolTip(self.tr("Tool: {name}").format(name=action.toolTip()))

    def _keep_word(self, action_id: str) -> None:
        """The button's word is shorter than the menu's."""
        self.buttons[action_id].setText(self._words[action_id])

    def show_menu_icon(self, icon: QIcon) -> None:
        self.menu_button.setIcon(icon)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """Take the richest level that leaves the study its room."""
        fitting = (level for level, needed in enumerate(self._needed_px) if needed + _STUDY_PX <= self.width())
        self._take(next(fitting, _LEVELS - 1))

    def _width_px(self, level: int) -> int:
        """What all but the study's words take."""
        self._take(level)
        return self._row.sizeHint().width() - self.study.sizeHint().width()

    def _take(self, level: int) -> None:
        """0 words at all buttons, 1 at none, 2 with the menus folded, 3 without what the layouts do not need, 4 with
        the layouts alone.
        """
        if level == self._level:
            return
        self._level = level
        style = Qt.ToolButtonStyle
        for button in self.buttons.values():
            worded = level == 0 and button is not self.buttons["native"]  # its icon is its word
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if worded else style.ToolButtonIconOnly)
        self._menus.setVisible(level < 2)
        self.menu_button.setVisible(level >= 2)
        for action_id in _LOOKS:
            self.buttons[action_id].setVisible(level < 3 or (level == 3 and action_id == "heat"))
        self._rules[1].setVisible(level < 4)
        self.tool_button.setVisible(level < 4)
        self._row.invalidate()

    def _refresh(self) -> None:
        self.show_state("")

    def show_state(self, state: str) -> None:
        """Say which study this is, and how far it is read."""
        study = self._session.study
        self.study.first = "" if study is None else display_name(study.patient.name)
        self.study.setText("    ".join(filter(None, (study_words(self._session), state))))


def study_words(session: Session) -> str:
    """Which study this is: place in the worklist, name, number, year of birth, date. For the reader's own screen."""
    study = session.study
    if study is None:
        return translate("TopBar", "no study")
    patient = study.patient
    parts = []
    cases = session.worklist.cases
    if len(cases) > 1:
        number = (session.worklist.case_of(study.key) or 0) + 1
        parts.append(translate("TopBar", "{} of {}").format(number, len(cases)))
    named = [display_name(patient.name), patient.patient_id, patient.birth_date[:4]]
    parts.append("  ".join(text for text in named if text) or place_name(study))
    date = study.study_date or ("" if study.study_instance_uid else translate("TopBar", "pictures"))
    if date:
        parts.append(date)
    index = session.worklist.case_of(study.key)
    if index is not None and study.key != cases[index].current.key:
        parts.append(translate("TopBar", "prior"))
    if session.others:
        parts.append(counted("%n more", len(session.others)))
    return "    ".join(parts)


def place_name(study: Study) -> str:
    """What to call a study that names nobody: what its files' names begin with, its only file, or their folder."""
    source = study.images[0].source
    return leading_name(source.stem) or (source.stem if len(study.images) == 1 else source.path.parent.name)


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedSize(1, 16)
    rule.setStyleSheet(f"background: {theme.LINE};")
    return rule
