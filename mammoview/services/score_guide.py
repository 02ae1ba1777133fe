"""Owns the way from a score to the place that it is about: which view, shown where. No widgets."""

from __future__ import annotations

from PySide6.QtCore import QObject

from mammoview.core.heat import heat_peak
from mammoview.core.prediction import ImagePrediction
from mammoview.core.study import ImageHeader, Laterality
from mammoview.core.view_state import ViewState
from mammoview.services.panes import Layout
from mammoview.services.session import Session


class ScoreGuide(QObject):
    """Goes nowhere while the classifier may not speak. A view whose picture is not there yet is looked at as soon as it
    is, if the reader has not gone elsewhere.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._awaited = ""
        session.redraw.connect(self._look)
        session.study_changed.connect(self._forget)

    def go_to(self, key: str) -> bool:
        """Show the view with this key of the study on the screen: at one to one with the heat map's peak in the middle
        of its pane, where there is a map that may be shown, else alone as hung. False where there is nothing to go to.
        """
        header = next((one for one in self._images if one.key == key), None)
        prediction = None if header is None else self._prediction(header)
        if header is None or prediction is None:
            return False
        shown = any(pane.header is header for pane in self._session.panes)
        if not shown or not self._may_show(prediction):
            self._show_alone(header)
        number = next(n for n, pane in enumerate(self._session.panes) if pane.header is header)
        self._session.activate(number)
        if self._may_show(prediction):
            self._awaited = header.key
            self._look()
        else:
            self._session.set_state(number, ViewState())
        return True

    def go_to_highest(self, side: Laterality | None = None) -> bool:
        """The view with the highest score, of one breast or of both. False where none has a score."""
        scores = {}
        for header in self._images:
            prediction = self._prediction(header)
            if prediction is not None and prediction.score is not None and side in (None, header.laterality):
                scores[header.key] = prediction.score
        return bool(scores) and self.go_to(max(scores, key=lambda key: scores[key]))

    @property
    def _images(self) -> tuple[ImageHeader, ...]:
        study = self._session.study
        return study.images if study is not None else ()

    def _prediction(self, header: ImageHeader) -> ImagePrediction | None:
        """What the classifier said of an image, and may say now."""
        found = self._session.find(header.key)
        key = self._session.scored_key(header) if found is None else found.image.key
        return self._session.overlay().predictions.get(key)

    def _may_show(self, prediction: ImagePrediction) -> bool:
        """Whether there is a heat map that is not hidden under the operating point."""
        overlay = self._session.overlay()
        if prediction.heat_map is None or prediction.score is None or not prediction.heat_map.cells.any():
            return False
        point = overlay.operating_point
        return overlay.heat_below or point is None or prediction.score >= point

    def _show_alone(self, header: ImageHeader) -> None:
        session = self._session
        for _ in range(2):  # the first time may be the way out of a step that shows one view
            if session.layout is not Layout.SINGLE:
                session.show_alone(session.active)
        if session.panes[0].header is not header:
            session.show_in_active(header)

    def _look(self, _number: int = -1) -> None:
        """Look at the awaited view's place, if its picture is there."""
        session, key = self._session, self._awaited
        if not key:
            return
        number = session.active
        header = session.panes[number].header if session.panes else None
        if header is None or header.key != key:
            self._forget()
            return
        scene = session.scene
        prepared = None if scene is None else scene.images.get(number)
        if scene is None or prepared is None or prepared.image.preview:
            return
        self._forget()
        prediction = self._prediction(header)
        if prediction is None or prediction.heat_map is None:
            return
        rows, columns = prepared.image.rows, prepared.image.columns
        mask = prepared.region.mask if prepared.region.found else None
        peak = heat_peak(prediction.heat_map, rows, columns, mask)
        if peak is None:
            return
        frame, eye = scene.frames[number], scene.eye(number)
        wanted = ViewState(scene.native_zoom(number), 0.0, 0.0)
        for _ in range(2):  # the second pass takes the rounding of the first out
            wanted = eye.held(wanted, peak, (frame.rows_px - 1) / 2, (frame.columns_px - 1) / 2)
        session.set_state(number, wanted)

    def _forget(self) -> None:
        self._awaited = ""
