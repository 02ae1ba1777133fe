"""Owns what stands on the screen as one value: panes, images, frames -> one `Drawing` per pane. No Qt.

The window and the export both draw what this module composes, so that what is seen is what is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import CornerTexts, fitted
from mammoview.core.geometry import Spacing
from mammoview.core.hanging import Frame, fit_scale, hang_spacing, place, room_beside
from mammoview.core.measure import known
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage
from mammoview.core.render import Drawing, current_voi, draw_view
from mammoview.core.view_state import Placement, Presentation, ViewState
from mammoview.reading.pictures import lettering
from mammoview.reading.texts import corner_texts, identity_lines, technique_block
from mammoview.services.navigation import Eye
from mammoview.services.panes import Display, Pane

_BRIEF_LETTERS = 20
"""A pane of fewer widths of a letter than this carries the shortest texts: they would lie over the breast."""

_NAME_LETTERS, _TOP_LETTERS = 9, 6.5
"""How wide identity may always be, and how deep it stands in the pane with the lines beside it, in letters."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """What the classifier said, and how it may be shown."""

    predictions: Mapping[str, ImagePrediction] = field(default_factory=dict)
    model: ModelLabel | None = None
    operating_point: float | None = None
    heat_below: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Panes with those of their images that are loaded (by pane number), the frames (one per pane) and their scale.

    `own_scales`: screen pixels per millimetre of panes (by number) that do not share `px_per_mm`. `displays`: the
    screen of each pane; where all are calibrated, a millimetre is equally long on each, and `px_per_mm` is that of the
    first pane's.
    """

    panes: tuple[Pane, ...]
    images: Mapping[int, PreparedImage]
    frames: tuple[Frame, ...]
    px_per_mm: float
    spacings: Mapping[str, Spacing]
    own_scales: Mapping[int, float] = field(default_factory=dict)
    displays: tuple[Display, ...] = ()

    def scale(self, number: int) -> float:
        """Screen pixels per millimetre of pane `number` as hung."""
        own = self.own_scales.get(number)
        return self.px_per_mm * _density(self.displays, number) if own is None else own

    def ratio(self, number: int) -> float:
        """Device pixels per logical pixel of the screen of pane `number`."""
        return self.displays[number].ratio if self.displays else 1.0

    def first_frame(self, number: int) -> Frame:
        """The frame of pane `number` in pixels of the size of the first pane's."""
        return _thinned(self.frames[number], _density(self.displays, number))

    def true_zoom(self) -> float | None:
        """The zoom at which a millimetre of the breast is one on the screen; None where a screen is not calibrated or
        the spacing of an image not known.
        """
        measured = all(known(self.images[number].image.spacing) for number in self.images)
        calibrated = [display.px_per_mm for display in self.displays if display.px_per_mm]
        if not measured or not self.images or len(calibrated) < len(self.frames):
            return None
        number = min(self.images)
        return calibrated[number] / self.scale(number)

    def on_one_screen(self) -> Scene:
        """The same for one picture: panes of a row equally high, of a column equally wide, as large as on the larger of
        two monitors, and pixels of one size.
        """
        heights, widths = dict.fromkeys(range(self.panes[0].rows), 1), dict.fromkeys(range(self.panes[0].columns), 1)
        for pane, frame in zip(self.panes, self.frames, strict=True):
            heights[pane.row] = max(heights[pane.row], frame.rows_px)
            widths[pane.column] = max(widths[pane.column], frame.columns_px)
        frames = tuple(Frame(heights[pane.row], widths[pane.column]) for pane in self.panes)
        return replace(self, frames=frames, displays=self.displays[:1] * len(self.panes))

    def meets(self, number: int) -> bool:
        """Whether the chest wall of pane `number` lies at the middle line of a pair."""
        pane = self.panes[number]
        if self.images[number].hung is not None:
            return False
        return pane.paired and self.images[number].chest_wall_right == pane.wall_right

    @property
    def half_px(self) -> float:
        """Half the width of the narrowest pane of a pair, in pixels of the size of the first pane's: what zoom alone
        holds in place, so that linked pairs are mirror images also on monitors of unequal width.
        """
        paired = [number for number, pane in enumerate(self.panes) if pane.paired]
        widths = [self.frames[number].columns_px / _density(self.displays, number) for number in paired]
        return min(widths, default=0.0) / 2

    def place(self, number: int, state: ViewState) -> Placement:
        """Where the image of pane `number` lies in its frame."""
        prepared = self.images[number]
        return place(
            prepared,
            self.frames[number],
            px_per_mm=self.scale(number),
            spacing=self.spacings[prepared.image.key],
            state=state,
            meet=self.meets(number),
            half_px=self.half_px * _density(self.displays, number),
        )

    def same_scale(self, other: Scene) -> bool:
        """Whether what hangs in both scenes has the same scale in both."""
        both = self.images.keys() & other.images.keys()
        own, others = (
            [(scene.scale(number), scene.spacings[scene.images[number].image.key]) for number in sorted(both)]
            for scene in (self, other)
        )
        return self.px_per_mm == other.px_per_mm and own == others

    def eye(self, number: int) -> Eye:
        """The pane as navigation sees it."""
        return Eye(lambda state: self.place(number, state), self.scale(number), self.images[number].chest_wall_right)

    def native_zoom(self, number: int) -> float:
        """The zoom at which one stored pixel takes one device pixel; where pixels are not square, along their shorter
        side, so that none is left out along the other.
        """
        spacing = self.spacings[self.images[number].image.key]
        return 1.0 / (self.scale(number) * min(spacing.row_mm, spacing.column_mm))

    def breast_middle(self, number: int) -> tuple[float, float]:
        """The stored position of the middle of the breast's box."""
        box = self.images[number].region.box
        return (box.row0 + box.row1 - 1) / 2, (box.column0 + box.column1 - 1) / 2

    def drawing(
        self,
        number: int,
        state: ViewState,
        presentation: Presentation,
        overlay: Overlay,
        *,
        identified: bool,
        letter_px: int,
    ) -> Drawing:
        """All that decides the picture of pane `number`. `identified`: the patient's name and date stand on it, and
        the file's own overlays, which may name her.

        In a small pane the letters are smaller than `letter_px`, and in a narrow one the texts fewer, so that they
        leave room for the breast.
        """
        prepared = self.images[number]
        letter_px = min(letter_px, max(10, self.frames[number].rows_px // 26))
        placement = self.place(number, state)
        bare = Drawing(
            prepared,
            placement,
            self.frames[number],
            replace(presentation, overlays=presentation.overlays and identified),
            spacing=self.spacings[prepared.image.key],
            prediction=overlay.predictions.get(prepared.image.key),
            model=overlay.model,
            operating_point=overlay.operating_point,
            heat_below=overlay.heat_below,
            letter_px=letter_px,
            brief=self.frames[number].columns_px < _BRIEF_LETTERS * letter_px,
            identified=identified,
        )
        return replace(bare, texts=self._texts(number, bare, identified))

    def _texts(self, number: int, drawing: Drawing, identified: bool) -> CornerTexts:
        header, is_prior = drawing.prepared.header, self.panes[number].prior
        texts = corner_texts(
            drawing.prepared,
            voi=current_voi(drawing.prepared.image, drawing.presentation),
            identity=self._identity(number, drawing) if identified and not drawing.brief else (),
            date=header.study_date if identified and not is_prior else "",
            prediction=drawing.prediction,
            model=drawing.model,
            operating_point=drawing.operating_point,
            heat_hidden=drawing.presentation.heat.visible and drawing.heat_hidden,
            zoom_text=zoom_text(drawing.placement),
            air_estimated=drawing.air_hidden,
            block=technique_block(header, identified=identified) if drawing.presentation.all_texts else (),
            brief=drawing.brief,
        )
        return _of_prior(texts, drawing, identified) if is_prior else texts

    def _identity(self, number: int, drawing: Drawing) -> tuple[str, ...]:
        """Who it is: beside the breast as it hangs, where need be in a line for each part and shortened."""
        lines = identity_lines(drawing.prepared.header.patient)
        letter_px, font = drawing.letter_px, lettering()
        if all(font.width_px(line, letter_px) <= _NAME_LETTERS * letter_px for line in lines):
            return lines
        hung, depth_px = self.place(number, ViewState()), round(_TOP_LETTERS * letter_px)
        free_px = room_beside(drawing.prepared, hung, drawing.frame, depth_px) - 2 * letter_px
        room_px = max(free_px, _NAME_LETTERS * letter_px)
        if all(font.width_px(line, letter_px) <= room_px for line in lines):
            return lines
        return tuple(fitted(font, part, letter_px, room_px) for line in lines for part in line.split("  "))


def _of_prior(texts: CornerTexts, drawing: Drawing, identified: bool) -> CornerTexts:
    """The texts of an image of an older study: it is never taken for a current one, also where only side and view are
    shown.
    """
    date = drawing.prepared.header.study_date if identified else ""
    side_view = texts.side_view if drawing.presentation.annotations else f"{texts.side_view}  prior"
    cautions = (f"PRIOR  {date}".strip(), *texts.cautions)
    return replace(texts, side_view=side_view, top=("prior", *texts.top), cautions=cautions)


def zoom_text(placement: Placement) -> str:
    """How large stored pixels are drawn: "1:1" where each is one device pixel, "50 %", or "height 100 %, width 200 %"
    of the picture as it hangs, where pixels that are not square are drawn larger along one side.
    """
    scales = [step.scale for step in placement.laid_steps]
    if scales == [1, 1]:
        return "1:1"
    height, width = (f"{100 * scale:.0f} %" for scale in scales)
    return height if height == width else f"height {height}, width {width}"


def make_scene(
    panes: Sequence[Pane],
    frames: Sequence[Frame],
    find: Callable[[str], PreparedImage | None],
    *,
    each_fits: bool = False,
    displays: Sequence[Display] = (),
) -> Scene:
    """The scene of `panes`, with the images that `find` (by key) has; one scale for all of them, and for those that
    are shown in turn with them; what is laid otherwise than hung fills its frame. `each_fits`: each image fills its
    frame in place of that. `displays`: the screen of each pane, where any of them may differ.
    """
    images: dict[int, PreparedImage] = {}
    hung: list[tuple[PreparedImage, Frame]] = []
    for number, (pane, own_frame) in enumerate(zip(panes, frames, strict=True)):
        frame = _thinned(own_frame, _density(displays, number))
        prepared = find(pane.header.key) if pane.header is not None else None
        if prepared is not None:
            images[number] = prepared
            if prepared.hung is None:
                hung.append((prepared, frame))
        others = (find(header.key) for header in pane.in_turn if pane.header and header.key != pane.header.key)
        hung.extend((other, frame) for other in others if other is not None and other.hung is None)
    scale = fit_scale([prepared for prepared, _ in hung], [frame for _, frame in hung])
    turned = {number: prepared for number, prepared in images.items() if prepared.hung is not None}
    loaded = [*(prepared for prepared, _ in hung), *turned.values()]
    spacings = hang_spacing(loaded)
    own = {number: fit_scale([prepared], [frames[number]]) for number, prepared in turned.items()}
    if each_fits:
        own = {number: fit_scale([prepared], [frames[number]]) for number, prepared in images.items()}
        spacings = {key: spacing for prepared in loaded for key, spacing in hang_spacing([prepared]).items()}
    return Scene(tuple(panes), images, tuple(frames), scale, spacings, own, tuple(displays))


def _density(displays: Sequence[Display], number: int) -> float:
    """How many pixels of the screen of pane `number` are as long as one of the first pane's; 1 where not all screens
    are calibrated.
    """
    calibrated = [display.px_per_mm for display in displays if display.px_per_mm]
    return calibrated[number] / calibrated[0] if calibrated and len(calibrated) == len(displays) else 1.0


def _thinned(frame: Frame, density: float) -> Frame:
    rows, columns = (max(1, int(size / density)) for size in (frame.rows_px, frame.columns_px))
    return Frame(rows, columns)


def grid_frames(panes: Sequence[Pane], rows_px: int, columns_px: int) -> tuple[Frame, ...]:
    """The frame of each pane where the grid fills `rows_px` x `columns_px` without gaps."""
    frames = []
    for pane in panes:
        top, bottom = rows_px * pane.row // pane.rows, rows_px * (pane.row + 1) // pane.rows
        left, right = columns_px * pane.column // pane.columns, columns_px * (pane.column + 1) // pane.columns
        frames.append(Frame(bottom - top, right - left))
    return tuple(frames)


def compose(panes: Sequence[Pane], frames: Sequence[Frame], drawings: Mapping[int, Drawing]) -> NDArray[np.uint8]:
    """One RGB picture of the panes in their grid, without gaps; a pane without drawing stays black."""
    heights = {pane.row: frame.rows_px for pane, frame in zip(panes, frames, strict=True)}
    widths = {pane.column: frame.columns_px for pane, frame in zip(panes, frames, strict=True)}
    canvas = np.zeros((sum(heights.values()), sum(widths.values()), 3), np.uint8)
    for number, drawing in drawings.items():
        pane = panes[number]
        top = sum(height for row, height in heights.items() if row < pane.row)
        left = sum(width for column, width in widths.items() if column < pane.column)
        picture = draw_view(drawing, lettering())
        canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return canvas
