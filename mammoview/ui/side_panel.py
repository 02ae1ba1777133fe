"""Owns the panel at the right: the assessment, scores with model and operating point, the heat map's controls, the
window choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.heat import COLOR_MAPS
from mammoview.core.prediction import ExamPrediction, ImagePrediction
from mammoview.core.study import Laterality
from mammoview.dicom.identity import export_names
from mammoview.services.navigator import Navigator
from mammoview.services.prediction import EngineState, Phase
from mammoview.services.reading_room import ReadingMode, ReadingRoom
from mammoview.services.score_guide import ScoreGuide
from mammoview.services.session import Session
from mammoview.services.words import not_for_diagnosis, said, translate
from mammoview.ui import theme
from mammoview.ui.actions import action
from mammoview.ui.assessment_panel import AssessmentPanel
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.prevalence_dialog import prevalence_line, prevalence_tip
from mammoview.ui.score_row import ScoreRow, point_number

_BREASTS = (Laterality.RIGHT, Laterality.LEFT)


class SidePanel(QScrollArea):
    """`retry` asks for the classifier to be started again; everything else goes to the session."""

    retry = Signal()

    def __init__(
        self,
        session: Session,
        navigator: Navigator,
        room: ReadingRoom,
        bindings: KeyBindings,
        guide: ScoreGuide,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sideScroll")
        self.setFixedWidth(theme.SIDE_WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._session, self._navigator, self._room = session, navigator, room
        self._bindings, self._guide = bindings, guide
        self._tips: list[tuple[QWidget, tuple[str, ...]]] = []
        inner = QWidget()
        inner.setObjectName("sidePanel")
        self.setWidget(inner)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(6)
        self._heading(self.tr("Assessment"))
        self.assessment = AssessmentPanel(room, session, action("finish"))
        self._column.addWidget(self.assessment)
        self._build_scores()
        self._under_scores = self._column.count()
        self._build_heat()
        self._build_window()
        self._column.addStretch(1)
        session.scores_changed.connect(self.refresh)
        session.study_changed.connect(self.refresh)
        room.changed.connect(self.refresh)
        session.panes_changed.connect(self._refresh_window)
        session.look.changed.connect(self._refresh_look)
        session.look.changed.connect(self._refresh_window)
        bindings.changed.connect(self._show_keys)
        self._show_keys()
        self._refresh_look()

    def add(self, widget: QWidget) -> None:
        """A further part, under the scores."""
        self._column.insertWidget(self._under_scores, widget)

    def _heading(self, text: str) -> None:
        if self._column.count():
            self._column.addSpacing(8)
            rule = QFrame()
            rule.setProperty("role", "rule")
            self._column.addWidget(rule)
            self._column.addSpacing(6)
        label = QLabel(text)
        label.setProperty("role", "heading")
        self._column.addWidget(label)

    def _build_scores(self) -> None:
        self._heading(self.tr("Classifier"))
        self._model = _label("title")
        self._engine = _label("dim")
        self.mode = _label("dim")
        self._tips.append((self.mode, ("reading-mode",)))
        self._problem = _label("failed")
        self._retry = QPushButton(action("retry").name)
        self._tips.append((self._retry, ("retry",)))
        self._retry.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._retry.clicked.connect(self.retry)
        self._study = ScoreRow(large=True)
        self._study.clicked.connect(self._guide.go_to_highest)
        self.breasts = {side: ScoreRow() for side in _BREASTS}
        for side, breast in self.breasts.items():
            breast.clicked.connect(partial(self._guide.go_to_highest, side))
        self._views = QVBoxLayout()
        self._views.setSpacing(0)
        self.views: dict[str, ScoreRow] = {}
        self._point = _label("dim")
        self._tips.append((self._point, ("operating-point",)))
        self.prevalence = _label("caution")
        self._warning = _label("caution")
        self._warning.setText(not_for_diagnosis())
        for widget in (self._model, self._engine, self.mode, self._problem, self._retry, self._study):
            self._column.addWidget(widget)
        for row in self.breasts.values():
            self._column.addWidget(row)
        self._column.addSpacing(4)
        self._column.addLayout(self._views)
        self._column.addSpacing(4)
        self._column.addWidget(self._point)
        self._column.addWidget(self.prevalence)
        self._column.addWidget(self._warning)

    def _build_heat(self) -> None:
        self._heading(self.tr("Heat map"))
        look = self._session.look
        self._visible = self._check("heat", lambda on: look.set_heat(visible=on))
        self._visible.setText(self.tr("Shown"))
        self._below = self._check("heat-below", look.set_heat_below)
        self.opacity, self._opacity_text = _slider(lambda value: look.set_heat(opacity=value / 100))
        self.threshold, self._threshold_text = _slider(lambda value: look.set_heat(threshold=value / 100))
        self._tips.append((self.opacity, ("opacity-up", "opacity-down")))
        self._tips.append((self.threshold, ("threshold-up", "threshold-down")))
        self._colors = QComboBox()
        self._colors.addItems(list(COLOR_MAPS))
        self._colors.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._tips.append((self._colors, ("color-map",)))
        self._colors.textActivated.connect(lambda name: look.set_heat(color_map=name))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        for row, (name, control, value) in enumerate(
            (
                (self.tr("Opacity"), self.opacity, self._opacity_text),
                (self.tr("Threshold"), self.threshold, self._threshold_text),
                (self.tr("Colours"), self._colors, None),
            )
        ):
            label = QLabel(name)
            label.setProperty("role", "dim")
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1, 1, 1 if value else 2)
            if value:
                grid.addWidget(value, row, 2)
        grid.setColumnStretch(1, 1)
        self._column.addWidget(self._visible)
        self._column.addLayout(grid)
        self._column.addWidget(self._below)

    def _build_window(self) -> None:
        self._heading(self.tr("Grey levels"))
        self._vois = QComboBox()
        self._vois.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._tips.append((self._vois, ("next-voi",)))
        self._vois.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._vois.setMinimumContentsLength(8)
        self._vois.activated.connect(self._choose_voi)
        self._column.addWidget(self._vois)
        row = QHBoxLayout()
        row.setSpacing(2)
        for name, call in (
            ("invert", lambda: self._session.look.set_invert(not self._session.look.invert)),
            ("reset", self._navigator.reset),
        ):
            button = QToolButton()
            button.setText(self.tr("Reset") if name == "reset" else action(name).name)
            self._tips.append((button, (name,)))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(call)
            row.addWidget(button)
        row.addStretch(1)
        self._column.addLayout(row)

    def _check(self, action_id: str, call: Callable[[bool], object]) -> QCheckBox:
        check = QCheckBox(action(action_id).name)
        self._tips.append((check, (action_id,)))
        check.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        check.toggled.connect(call)
        return check

    # --- what the session says

    def _show_keys(self) -> None:
        """Tooltips and hints with the keys in force."""
        for widget, action_ids in self._tips:
            widget.setToolTip(self._bindings.tip(*action_ids))
        free = self._bindings.with_key(self.tr("Free text of the case"), "free-text")
        self.assessment.show_keys(free, self._bindings.tip("finish"))
        self.refresh()

    def refresh(self) -> None:
        """Show the scores and the state of the classifier."""
        state = self._session.predictions.state
        point = self._session.predictions.operating_point
        exam = self._session.exam()
        self._model.setText(state.model.title if state.model else self.tr("no model loaded"))
        self._engine.setText(engine_words(state))
        self.mode.setText(self.tr("shown: {}").format(said(self._room.mode)))
        self._problem.setText(state.error)
        self._problem.setVisible(bool(state.error))
        self._retry.setVisible(state.phase is Phase.FAILED)
        has_study = self._session.study is not None
        self._study.setVisible(has_study)
        why = self._room.silence or self._without_score(exam.images)
        self._study.show_score(self.tr("study"), exam.score, point, why)
        highest = self._bindings.tip("highest-score")
        self._study.lead(self._with_prevalence(highest) if exam.score is not None else "")
        for side in _BREASTS:
            row = self.breasts[side]
            row.setVisible(has_study)
            score, there = exam.breasts.get(side), self._has_views(side)
            answers = [image for image in exam.images if image.laterality is side]
            reason = self._without_score(answers) if there else ""
            row.show_score(self._breast_name(side, there=there), score, point, reason)
            highest = self.tr("Go to the highest score of this breast")
            row.lead("" if score is None else self._with_prevalence(highest))
        self._refresh_views(point)
        model, stated = self._session.predictions.model, self._session.predictions.prevalence
        if point is not None and model is not None:
            words = self.tr("operating point {}").format(point_number(point, self._scores(exam)))
            self._point.setText(f"{words}, {model.point_in_force}")
        self._point.setVisible(point is not None)
        self.prevalence.setText(prevalence_line(model, stated))
        self.prevalence.setToolTip(prevalence_tip(model, stated))
        self.prevalence.setVisible(bool(self.prevalence.text()))
        self._refresh_window()

    @property
    def point_words(self) -> str:
        """What the scores are compared with."""
        return self._point.text()

    def _has_views(self, side: Laterality) -> bool:
        study = self._session.study
        return study is not None and any(header.laterality is side for header in study.images)

    def _breast_name(self, side: Laterality, *, there: bool) -> str:
        if side is Laterality.RIGHT:
            return self.tr("right") if there else self.tr("no right views")
        return self.tr("left") if there else self.tr("no left views")

    @staticmethod
    def _scores(exam: ExamPrediction) -> list[float]:
        """All that are shown."""
        found = (exam.score, *exam.breasts.values(), *(image.score for image in exam.images))
        return [score for score in found if score is not None]

    def _without_score(self, answers: Sequence[ImagePrediction]) -> str:
        if self._room.silence:
            return self._hidden_word()
        if self._session.predictions.state.phase in (Phase.STARTING, Phase.SCORING):
            return self.tr("waiting")
        if any(answer.not_run is not None for answer in answers):
            return self.tr("not run: a view cannot be read")
        return self.tr("not run: no view that may be judged") if answers else self.tr("not run")

    def _hidden_word(self) -> str:
        """What stands for each score that the reader may not see yet, under the study's, which says why."""
        return self.tr("off") if self._room.mode is ReadingMode.OFF else self.tr("hidden")

    def _with_prevalence(self, tip: str) -> str:
        """A tooltip of a score, and for which prevalence it is where the site has stated one."""
        predictions = self._session.predictions
        return "\n".join(filter(None, (tip, prevalence_tip(predictions.model, predictions.prevalence))))

    def _refresh_views(self, point: float | None) -> None:
        headers = self._session.study.images if self._session.study else ()
        keys = [header.key for header in headers]
        if keys != list(self.views):
            for row in self.views.values():
                self._views.removeWidget(row)
                row.deleteLater()
            self.views = {key: ScoreRow() for key in keys}
            for key, row in self.views.items():
                row.clicked.connect(partial(self._guide.go_to, key))
                self._views.addWidget(row)
        answers = self._session.overlay().predictions
        names = export_names(self._session.study) if self._session.study else ()
        for header, name in zip(headers, names, strict=True):
            key = self._session.scored_key(header)
            shown = self._session.find(header.key)
            prediction = answers.get(shown.image.key if shown is not None else key)
            score = prediction.score if prediction else None
            if self._room.silence:
                reason = self._hidden_word()
            elif header.refused:
                reason = self.tr("not run: {}").format(header.refused)
            elif prediction is not None and prediction.refused:
                reason = self.tr("refused: {}").format(prediction.refused)
            else:
                reason = self._session.predictions.why_not_run(key)
            row = self.views[header.key]
            row.show_score(name, score, point, reason)
            strongest = self.tr("Show this view where the response is strongest")
            row.lead("" if score is None else self._with_prevalence(strongest))

    def _refresh_look(self) -> None:
        look = self._session.look
        for control, value, text in (
            (self.opacity, look.heat.opacity, self._opacity_text),
            (self.threshold, look.heat.threshold, self._threshold_text),
        ):
            with QSignalBlocker(control):
                control.setValue(round(value * 100))
            text.setText(f"{round(value * 100)} %")
        for check, on in ((self._visible, look.heat.visible), (self._below, look.heat_below)):
            with QSignalBlocker(check):
                check.setChecked(on)
        self._colors.setCurrentText(look.heat.color_map)

    def _refresh_window(self) -> None:
        vois, chosen = self._navigator.vois()
        names = [voi.explanation or voi.label() for voi in vois]
        current = self._navigator.current_voi()
        if chosen is None and current is not None:
            names.append(self.tr("own  {}").format(current.label()))
        with QSignalBlocker(self._vois):
            if [self._vois.itemText(n) for n in range(self._vois.count())] != names:
                self._vois.clear()
                self._vois.addItems(names)
            self._vois.setCurrentIndex(len(names) - 1 if chosen is None else chosen)
        self._vois.setEnabled(bool(vois))

    def _choose_voi(self, index: int) -> None:
        if index < len(self._navigator.vois()[0]):
            self._navigator.choose_voi(index)


def engine_words(state: EngineState) -> str:
    """The classifier's state in a few words."""
    words = {
        Phase.OFF: translate("SidePanel", "not started"),
        Phase.STARTING: translate("SidePanel", "starting"),
        Phase.READY: translate("SidePanel", "ready"),
        Phase.SCORING: translate("SidePanel", "scoring"),
        Phase.FAILED: translate("SidePanel", "failed"),
    }[state.phase]
    return f"{state.device_label}, {words}" if state.device_label else words


def _label(role: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label


def _slider(call: object) -> tuple[QSlider, QLabel]:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 100)
    slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    slider.valueChanged.connect(call)
    text = QLabel("100 %")
    text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    text.setMinimumWidth(38)
    return slider, text
