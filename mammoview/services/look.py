"""Owns how the images look: windows per image, inversion, texts, the heat map's opacity, threshold and colours."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from mammoview.core.heat import COLOR_MAPS
from mammoview.core.view_state import HeatPresentation, Presentation
from mammoview.core.window import Voi, VoiLut, VoiWindow


@dataclass(frozen=True, slots=True)
class StateLook:
    """What a presentation state changes of an image's greys: its VOI (None: as without it), whether they are `turned`
    round, and its Presentation LUT.
    """

    voi: Voi | None = None
    turned: bool = False
    p_values: VoiLut | None = None


@dataclass(frozen=True, slots=True)
class OwnGreys:
    """What the reader has chosen for one image: the file's VOI choice number `voi` (from 0), and a `window` of his own
    that goes before it. `put_by`: the fingerprint of a presentation state's VOI that the choice stands in place of,
    empty where there is none.
    """

    voi: int = 0
    window: VoiWindow | None = None
    put_by: str = ""


class Look(QObject):
    """One value for all panes, and a window or VOI choice per image.

    `changed(key)` follows a change, of the image with that key or, where it is empty, of all.
    """

    changed = Signal(str)

    def __init__(
        self,
        heat: HeatPresentation | None = None,
        *,
        annotations: bool = True,
        heat_below: bool = False,
        all_texts: bool = False,
        overlays: bool = True,
        air_black: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._common = Presentation(
            heat=heat or HeatPresentation(),
            annotations=annotations,
            all_texts=all_texts,
            overlays=overlays,
            air_black=air_black,
        )
        self._own: dict[str, tuple[int, VoiWindow | None]] = {}
        self._states: dict[str, StateLook] = {}
        self._state_vois: dict[str, str] = {}  # the fingerprints of those that there are
        self._put_by: dict[str, str] = {}
        self._to_come: frozenset[str] = frozenset()  # images whose state, put by before, is not read yet
        self._heat_below = heat_below
        self._held = False
        self._classifier_on = self._answers_shown = True

    @property
    def heat(self) -> HeatPresentation:
        """The heat map's look as set, whether or not it is held off."""
        return self._common.heat

    @property
    def invert(self) -> bool:
        return self._common.invert

    @property
    def annotations(self) -> bool:
        return self._common.annotations

    @property
    def all_texts(self) -> bool:
        """Whether the technique block stands on the images."""
        return self._common.all_texts

    @property
    def overlays(self) -> bool:
        """Whether the files' own overlays are shown."""
        return self._common.overlays

    @property
    def air_black(self) -> bool:
        """Whether air stays black when inverted."""
        return self._common.air_black

    @property
    def heat_below(self) -> bool:
        """Whether maps are shown also where the score lies under the operating point."""
        return self._heat_below

    @property
    def held(self) -> bool:
        return self._held

    @property
    def classifier_on(self) -> bool:
        """Whether images are to be scored."""
        return self._classifier_on

    @property
    def answers_shown(self) -> bool:
        """Whether the classifier's answers may be seen now."""
        return self._answers_shown

    def presentation(self, key: str) -> Presentation:
        """How the image with this key looks now."""
        voi, window = self._own.get(key, (0, None))
        shown = replace(self._common, voi=voi, window=window)
        if key in self._states:
            state = self._states[key]
            invert = shown.invert != state.turned
            state_voi = None if self._is_put_by(key) else state.voi
            shown = replace(shown, state_voi=state_voi, invert=invert, p_values=state.p_values)
        if self._held and shown.heat.visible:
            return replace(shown, heat=replace(shown.heat, visible=False))
        return shown

    def set_window(self, key: str, window: VoiWindow | None) -> None:
        """The reader's own window for an image; None goes back to the file's choice."""
        self._set_own(key, (self._own.get(key, (0, None))[0], window))

    def set_voi(self, key: str, voi: int) -> None:
        """The file's VOI choice number `voi` for an image, in place of a window of the reader's or of a presentation
        state, which stays put by until the image gets another one.
        """
        if key in self._state_vois and not self._is_put_by(key):
            self._put_by[key] = self._state_vois[key]
            self._to_come -= {key}
            self._own[key] = (voi, None)
            self.changed.emit(key)
        self._set_own(key, (voi, None))

    def own_greys(self, key: str) -> OwnGreys:
        """What the reader has chosen for an image."""
        return OwnGreys(*self._own.get(key, (0, None)), self._put_by.get(key, ""))

    def resume(self, key: str, own: OwnGreys) -> None:
        """Take up what the reader had chosen for an image before; a presentation state that was put by stays so when it
        is read.
        """
        if own.put_by:
            self._put_by[key] = own.put_by
            self._to_come |= {key}
        self._own[key] = (own.voi, own.window)
        self.changed.emit(key)

    def _is_put_by(self, key: str) -> bool:
        return key in self._state_vois and self._state_vois[key] == self._put_by.get(key)

    def set_states(self, states: Mapping[str, StateLook]) -> None:
        """What presentation states change of images, by key; a window or VOI that the reader has chosen himself for an
        image since goes before it.
        """
        if dict(states) != self._states:
            self._states = dict(states)
            vois = {key: state.voi for key, state in states.items()}
            self._state_vois = {key: voi.fingerprint() for key, voi in vois.items() if voi is not None}
            self._to_come = frozenset(key for key in self._to_come if not self._is_put_by(key))
            kept = {key for key in self._put_by if self._is_put_by(key)} | self._to_come
            self._put_by = {key: voi for key, voi in self._put_by.items() if key in kept}
            self.changed.emit("")

    def keep(self, keys: Container[str]) -> None:
        """Forget the windows and VOI choices of all other images."""
        self._own = {key: own for key, own in self._own.items() if key in keys}
        self._states = {key: state for key, state in self._states.items() if key in keys}
        self._state_vois = {key: voi for key, voi in self._state_vois.items() if key in keys}
        self._put_by = {key: voi for key, voi in self._put_by.items() if key in keys}
        self._to_come = frozenset(key for key in self._to_come if key in keys)

    def set_invert(self, invert: bool) -> None:
        self._set(replace(self._common, invert=invert))

    def set_annotations(self, annotations: bool) -> None:
        self._set(replace(self._common, annotations=annotations))

    def set_all_texts(self, shown: bool) -> None:
        """The technique block, and with it the texts that it is a part of."""
        self._set(replace(self._common, all_texts=shown, annotations=shown or self._common.annotations))

    def set_overlays(self, shown: bool) -> None:
        self._set(replace(self._common, overlays=shown))

    def set_air_black(self, black: bool) -> None:
        self._set(replace(self._common, air_black=black))

    def set_heat(
        self,
        *,
        visible: bool | None = None,
        opacity: float | None = None,
        threshold: float | None = None,
        color_map: str | None = None,
    ) -> None:
        """Change the heat map's look; the model is not asked again."""
        heat = self._common.heat
        if visible is not None:
            heat = replace(heat, visible=visible)
        if opacity is not None:
            heat = heat.with_opacity(opacity)
        if threshold is not None:
            heat = replace(heat, threshold=min(1.0, max(0.0, round(threshold, 4))))
        if color_map is not None and color_map in COLOR_MAPS:
            heat = replace(heat, color_map=color_map)
        self._set(replace(self._common, heat=heat))

    def set_heat_below(self, shown: bool) -> None:
        if shown != self._heat_below:
            self._heat_below = shown
            self.changed.emit("")

    def set_classifier(self, *, on: bool, shown: bool) -> None:
        if (on, shown) != (self._classifier_on, self._answers_shown):
            self._classifier_on, self._answers_shown = on, shown
            self.changed.emit("")

    def hold_heat(self, held: bool) -> None:
        """Hide the heat map while a key is pressed."""
        if held != self._held:
            self._held = held
            if self._common.heat.visible:
                self.changed.emit("")

    def _set(self, common: Presentation) -> None:
        if common != self._common:
            self._common = common
            self.changed.emit("")

    def _set_own(self, key: str, own: tuple[int, VoiWindow | None]) -> None:
        if own != self._own.get(key, (0, None)):
            self._own[key] = own
            self.changed.emit(key)
