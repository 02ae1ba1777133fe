"""Owns the tour: small cards that stand beside the part of the window they speak of, on the study that is open, else on
the demonstration study.

A card stands in a panel, never on the images nor on what it speaks of, and takes no keys: what it speaks of can be done
at once, and doing it shows the next card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QAction, QColor, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mammoview.ui import theme

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

_WIDEST_PX, _MARGIN_PX, _RING_PX = 256, 8, 2


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says. In `text` the id of a command in braces stands for its key; `parts` gives the widgets that it
    speaks of; doing any of `commands`, or dragging in an image where `dragged`, is what it asks for.
    """

    title: str
    text: str
    parts: Callable[[MainWindow], tuple[QWidget, ...]]
    commands: tuple[str, ...] = ()
    dragged: bool = False


def cards() -> tuple[Card, ...]:
    """The cards in their order, in the language of the window."""
    return (
        Card(
            QCoreApplication.translate("Tour", "Four views at one scale"),
            QCoreApplication.translate(
                "Tour",
                "Right views hang at the left and chest walls meet in the middle. {single} or a double click shows the "
                "active view alone, {four} all four.",
            ),
            lambda window: (window.grid,),
            ("single", "four", "cc", "mlo"),
        ),
        Card(
            QCoreApplication.translate("Tour", "Window and level"),
            QCoreApplication.translate(
                "Tour",
                "Drag in an image: to the right the window gets wider, downwards darker. The wheel zooms, the middle "
                "button pans, {reset} takes all of it back.",
            ),
            lambda window: (window.grid,),
            dragged=True,
        ),
        Card(
            QCoreApplication.translate("Tour", "Step by step"),
            QCoreApplication.translate(
                "Tour",
                "{next-step} takes the next step of the hanging protocol. {cc-step} and {mlo-step} go to the CC and "
                "the MLO pair, {compare} shows current against prior.",
            ),
            lambda window: (window.grid,),
            ("next-step", "cc-step", "mlo-step", "compare"),
        ),
        Card(
            QCoreApplication.translate("Tour", "Marks"),
            QCoreApplication.translate(
                "Tour",
                "{ruler} measures, {ellipse} tells the greys of a region, {finding} marks a finding and asks for its "
                "terms. {undo} takes back. The button above has all tools.",
            ),
            lambda window: (window.top_bar.tool_button,),
            ("ruler", "ellipse", "finding"),
        ),
        Card(
            QCoreApplication.translate("Tour", "The classifier"),
            QCoreApplication.translate(
                "Tour",
                "It runs on this computer; {heat} lays its heat map over the views. It keeps silent until you have "
                "looked at every view or ask with {reveal}, but not on the demonstration study. {reading-mode} changes "
                "that.",
            ),
            lambda window: (window.side_panel.mode, *window.side_panel.breasts.values()),
            ("heat",),
        ),
        Card(
            QCoreApplication.translate("Tour", "Your assessment"),
            QCoreApplication.translate(
                "Tour",
                "{birads-1} and its neighbours give the active breast its BI-RADS category, {density-b} its density. "
                "{finish} finishes the case. All is kept at once.",
            ),
            lambda window: (window.side_panel.assessment,),
            tuple(f"birads-{number}" for number in range(7)),
        ),
        Card(
            QCoreApplication.translate("Tour", "The library"),
            QCoreApplication.translate(
                "Tour",
                "{library} shows every study that was ever opened, with how far it is read, and takes you back. {find} "
                "searches in it.",
            ),
            lambda window: (window.top_bar.study,),
            ("library",),
        ),
        Card(
            QCoreApplication.translate("Tour", "All keys"),
            QCoreApplication.translate(
                "Tour", "{keys} shows every command with its key. {tour} begins this tour again."
            ),
            lambda window: (window.top_bar.menu_button, window.menus.bar),
            ("keys",),
        ),
    )


def words_with_keys(text: str, actions: Mapping[str, QAction]) -> str:
    """`text` with each command's id in braces replaced by the key that it has now, or its name where it has none."""
    for action_id, action in actions.items():
        if f"{{{action_id}}}" in text:
            key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            text = text.replace(f"{{{action_id}}}", key or action.text())
    return text


class _Ring(QWidget):
    """A thin frame around what a card speaks of; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.ACCENT), _RING_PX))
        inset = _RING_PX // 2
        painter.drawRect(self.rect().adjusted(inset, inset, -inset, -inset))


class Tour(QObject):
    """One walk through the cards; `end` takes everything of it off the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._cards = window, cards()
        self.number = -1
        self.ring = _Ring(window)
        self.card = QFrame(window)
        self.card.setObjectName("tourCard")
        self._count, self.title, self.text = QLabel(), QLabel(), QLabel()
        self._count.setProperty("role", "small")
        self.title.setProperty("role", "title")
        self.text.setWordWrap(True)
        self.next_button, self.end_button = QPushButton(self.tr("Next")), QPushButton(self.tr("End"))
        self._place_later = QTimer(self)
        self._place_later.setSingleShot(True)
        self._place_later.setInterval(0)
        self._place_later.timeout.connect(self._place)
        self._lay_out()
        for card_number, card in enumerate(self._cards):
            for action_id in card.commands:
                window.actions_by_id[action_id].triggered.connect(partial(self._done, card_number))
        window.actions_by_id["cancel"].triggered.connect(self.end)
        window.session.panes_changed.connect(self._watch_drags)
        window.session.study_changed.connect(self._place_later.start)
        window.session.panes_changed.connect(self._place_later.start)
        self._watched: set[int] = set()
        self._watch_drags()
        window.installEventFilter(self)

    @property
    def running(self) -> bool:
        return 0 <= self.number < len(self._cards)

    def begin(self) -> None:
        """Show the first card, before the images that are open, where none are on the demonstration study; the tour has
        been offered from now on."""
        self._window.settings.change(toured=True)
        if self._window.session.study is None:
            self._window.open_demo()
        elif self._window.library.stands_over_images:
            self._window.library.put_away()
        self._show(0)

    def go_on(self) -> None:
        """The next card; after the last one the tour is over."""
        self._show(self.number + 1)

    def end(self) -> None:
        """Take the card away."""
        self._show(len(self._cards))

    def _lay_out(self) -> None:
        actions = self._window.actions_by_id
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._count)
        row.addStretch(1)
        for button, action_id, call in (
            (self.end_button, "cancel", self.end),
            (self.next_button, "tour", self.go_on),
        ):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key = actions[action_id].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{button.text()}  ({key})")
            button.clicked.connect(call)
            row.addWidget(button)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        for widget in (self.title, self.text):
            column.addWidget(widget)
        column.addLayout(row)
        self.card.hide()
        self.ring.hide()

    def _show(self, number: int) -> None:
        self.number = number
        if not self.running:
            self.card.hide()
            self.ring.hide()
            return
        card = self._cards[number]
        self.title.setText(card.title)
        self.text.setText(words_with_keys(card.text, self._window.actions_by_id))
        self._count.setText(self.tr("{number} of {count}").format(number=number + 1, count=len(self._cards)))
        self.next_button.setText(self.tr("Done") if number + 1 == len(self._cards) else self.tr("Next"))
        self.card.setAccessibleName(f"{self.title.text()}. {self.text.text()}")
        self._place()

    def _done(self, number: int, *_: object) -> None:
        """What a card asks for was done."""
        if number == self.number:
            self.go_on()

    def _watch_drags(self) -> None:
        """A drag in any viewport is one; further ones may be made while the tour is on."""
        number = next(number for number, card in enumerate(self._cards) if card.dragged)
        for viewport in self._window.grid.viewports:
            if id(viewport) not in self._watched:
                self._watched.add(id(viewport))
                viewport.windowed.connect(partial(self._done, number))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.WindowStateChange):
            self._place_later.start()
        return False

    # --- where a card stands

    def _place(self) -> None:
        """Put card and ring where they belong; in full screen, where only images are, neither is shown."""
        shown = self.running and not self._window.isFullScreen()
        target = self._target() if shown else QRect()
        self.ring.setVisible(not target.isEmpty())
        self.card.setVisible(shown)
        if not shown:
            return
        self.ring.setGeometry(target)
        self.ring.raise_()
        for area in self._areas():
            size = self._size_in(area)
            top = min(max(area.top(), target.center().y() - size.height() // 2), area.bottom() - size.height() + 1)
            size.moveTopLeft(QPoint(area.left(), max(area.top(), top)))
            if not size.intersects(target):
                break
        self.card.setFixedWidth(size.width())  # of the area that was chosen alone: each change is a request to lay out
        self.card.setGeometry(size)
        self.card.raise_()

    def _size_in(self, area: QRect) -> QRect:
        width = min(_WIDEST_PX, area.width())
        layout = self.card.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else 0
        return QRect(0, 0, width, height)

    def _areas(self) -> Iterator[QRect]:
        """The panels, and where they are folded the foot of the images' outer corner."""
        window = self._window
        for panel in (window.side_panel, window.study_panel):
            if panel.isVisible():
                yield self._rect(panel).adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX - 8, -_MARGIN_PX)
        grid = self._rect(window.stack)
        yield QRect(grid.left() + _MARGIN_PX, grid.bottom() - 180, min(_WIDEST_PX, grid.width()), 170)

    def _target(self) -> QRect:
        """What the card speaks of, as far as it is in sight."""
        found = QRect()
        for part in self._cards[self.number].parts(self._window):
            if part.isVisible():
                if self._window.side_panel.isAncestorOf(part):
                    self._window.side_panel.ensureWidgetVisible(part, 0, 0)
                found = found.united(self._rect(part).adjusted(-4, -2, 4, 2))
        return found.intersected(self._window.rect())

    def _rect(self, widget: QWidget) -> QRect:
        return QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())
