"""Owns the pictures that leave the program: one view or the hang, at native resolution or at a given size.

Drawn by `core.render`, the renderer of the screen. Never writes files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import CornerTexts
from mammoview.core.errors import UsageError
from mammoview.core.geometry import GridTransform
from mammoview.core.hanging import Frame, Slot, fit_scale, hang_spacing, place
from mammoview.core.heat import blend_heat, lay_heat_map
from mammoview.core.lettering import Lettering
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Point
from mammoview.core.overlaid_drawing import Laid
from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage
from mammoview.core.pyramid import scale_step
from mammoview.core.render import Drawing, current_voi, draw_view, native_greys
from mammoview.core.view_state import MAX_ZOOM, Placement, Presentation, ViewState, native_placement
from mammoview.reading.texts import corner_texts, identity_lines, technique_block, with_laid
from mammoview.resources import resource

MAX_PICTURE_PX = 20_000
"""The longest side of a picture."""


@lru_cache(maxsize=1)
def lettering() -> Lettering:
    """The font of every picture and of the screen."""
    return Lettering(resource("fonts", "Inter-Regular.otf").read_bytes())


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is laid over the images of a study: scores by image key, the model, the operating point in force.

    `identified`: patient name, id and dates are written on the pictures. `heat_below`: maps are drawn also where the
    score lies under the operating point. `laid`: what objects of other makers lay over images, by key.
    """

    predictions: Mapping[str, ImagePrediction] = field(default_factory=dict)
    model: ModelLabel | None = None
    operating_point: float | None = None
    identified: bool = False
    heat_below: bool = True
    laid: Mapping[str, Laid] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        exam: ExamPrediction | None,
        model: ModelLabel | None,
        *,
        identified: bool = False,
        heat_below: bool = True,
    ) -> Reading:
        predictions = {} if exam is None else {prediction.key: prediction for prediction in exam.images}
        point = None if model is None else operating_point(model)
        return cls(predictions, model, point, identified, heat_below)


def operating_point(model: ModelLabel) -> float | None:
    """The threshold in force, as `ModelLabel.point_in_force` says; None where the model has none."""
    return model.operating_points.get(model.point_in_force)


def _drawing(prepared: PreparedImage, drawing: Drawing, reading: Reading) -> Drawing:
    """With what is laid over the view; a file's own overlays may name the woman, and are left out where she must not be
    named.
    """
    header = prepared.header
    look = drawing.presentation
    filled = replace(
        drawing,
        presentation=replace(look, overlays=look.overlays and reading.identified),
        spacing=prepared.image.spacing,
        prediction=reading.predictions.get(prepared.image.key),
        model=reading.model,
        operating_point=reading.operating_point,
        heat_below=reading.heat_below,
        laid=reading.laid.get(prepared.image.key, Laid()),
        identified=reading.identified,
    )
    texts = corner_texts(
        prepared,
        voi=current_voi(prepared.image, drawing.presentation),
        identity=identity_lines(header.patient) if reading.identified else (),
        date=header.study_date if reading.identified else "",
        prediction=filled.prediction,
        model=reading.model,
        operating_point=reading.operating_point,
        heat_hidden=drawing.presentation.heat.visible and filled.heat_hidden,
        air_estimated=filled.air_hidden,
        block=technique_block(header, identified=reading.identified) if look.all_texts else (),
    )
    return replace(filled, texts=with_laid(texts, filled.laid, prepared))


def native_drawing(prepared: PreparedImage, presentation: Presentation, reading: Reading) -> Drawing:
    """One view at native resolution, hung upright: one picture pixel for each stored pixel, as on the screen."""
    image = prepared.image
    rows, columns = prepared.laying.orientation.shape(image.rows, image.columns)
    placement = native_placement(image.rows, image.columns, prepared.laying.orientation)
    letter_px = max(13, rows // 95)
    return _drawing(
        prepared, Drawing(prepared, placement, Frame(rows, columns), presentation, letter_px=letter_px), reading
    )


def native_view(prepared: PreparedImage, presentation: Presentation, reading: Reading) -> NDArray[np.uint8]:
    """One view at native resolution, as the commands write it.

    With annotations: as of `native_drawing`, RGB. Without: the greys that the screen shows, but on the stored pixel
    grid, unflipped, without any letter; grey (rows, columns), or RGB where a heat map is shown.
    """
    if not presentation.annotations:
        return _stored_grid(prepared, presentation, reading)
    return draw_view(native_drawing(prepared, presentation, reading), lettering())


def picture_spacing_mm(prepared: PreparedImage, presentation: Presentation) -> tuple[float, float] | None:
    """Millimetres per picture pixel of `native_view`, (along rows, along columns); None where unknown."""
    spacing = prepared.image.spacing
    if spacing is None:
        return None
    laid = presentation.annotations and prepared.laying.orientation.transpose
    return (spacing.column_mm, spacing.row_mm) if laid else (spacing.row_mm, spacing.column_mm)


def _stored_grid(prepared: PreparedImage, presentation: Presentation, reading: Reading) -> NDArray[np.uint8]:
    image = prepared.image
    inverts = presentation.invert != prepared.turned_over
    greys = native_greys(image, current_voi(image, presentation), invert=inverts, p_values=presentation.p_values)
    drawing = native_drawing(prepared, presentation, reading)
    prediction = drawing.prediction
    if not presentation.heat.visible or prediction is None or prediction.heat_map is None or drawing.heat_hidden:
        return greys
    heat = lay_heat_map(prediction.heat_map, GridTransform(), image.rows, image.columns)
    inside = _mask_on_stored(prepared) & ~image.grey.is_padding(image.stored)
    look = presentation.heat
    return blend_heat(
        greys, heat, opacity=look.opacity, threshold=look.threshold, color_map=look.color_map, inside=inside
    )


def _mask_on_stored(prepared: PreparedImage) -> NDArray[np.bool_]:
    mask = prepared.region.mask
    rows = np.minimum(np.arange(prepared.image.rows) * mask.shape[0] // prepared.image.rows, mask.shape[0] - 1)
    columns = np.minimum(np.arange(prepared.image.columns) * mask.shape[1] // prepared.image.columns, mask.shape[1] - 1)
    return np.asarray(mask[np.ix_(rows, columns)])


def view_at_size(
    prepared: PreparedImage, presentation: Presentation, reading: Reading, *, rows_px: int, columns_px: int
) -> NDArray[np.uint8]:
    """One view, hung in a viewport of the given size as the window would show it alone: RGB."""
    return hang_picture(prepared, presentation, reading, rows_px=rows_px, columns_px=columns_px)


def stated_view(
    prepared: PreparedImage,
    presentation: Presentation,
    reading: Reading,
    area: tuple[Point, Point] | None,
    size: tuple[int, int] | None,
) -> NDArray[np.uint8]:
    """One view as its presentation state shows it: as it is laid, its displayed `area` alone (first and last pixel,
    None: all of it), RGB. `size` (rows, columns): as large as fits; None: one picture pixel for each stored pixel.
    Without annotations no letter of ours stands on it.
    """
    image, orientation = prepared.image, prepared.laying.orientation
    to_laid = orientation.transform(image.rows, image.columns)
    corners = area or ((0.0, 0.0), (image.rows - 1.0, image.columns - 1.0))
    rows, columns = (sorted(along) for along in zip(*(to_laid(*corner) for corner in corners), strict=True))
    shape = round(rows[1] - rows[0]) + 1, round(columns[1] - columns[0]) + 1
    step, frame = scale_step(1.0, 1), Frame(*shape)
    if size is not None:
        check_size(*size)
        factor = min(min(whole / part for whole, part in zip(size, shape, strict=True)), MAX_ZOOM)
        step, frame = scale_step(factor, len(prepared.pyramid.levels)), Frame(*size)
    elif max(shape) > MAX_PICTURE_PX:
        check_size(*shape)
    first = [round(side[0] * step.scale) for side in (rows, columns)]
    beside = [
        round((whole - part * step.scale) / 2) if size is not None else 0
        for whole, part in zip((frame.rows_px, frame.columns_px), shape, strict=True)
    ]
    placement = Placement(
        image.rows, image.columns, orientation, step, step, beside[0] - first[0], beside[1] - first[1]
    )
    letter_px = max(10, min(frame.rows_px // 52, 40))
    drawing = _drawing(prepared, Drawing(prepared, placement, frame, presentation, letter_px=letter_px), reading)
    return draw_view(drawing if presentation.annotations else replace(drawing, texts=CornerTexts()), lettering())


def grid_of(slots: Sequence[Slot]) -> tuple[tuple[Slot, ...], ...]:
    """The rows of a hang, without the rows and columns that would be empty."""
    grid = ((Slot.RCC, Slot.LCC), (Slot.RMLO, Slot.LMLO))
    rows = [row for row in grid if any(slot in slots for slot in row)]
    columns = [index for index in (0, 1) if any(row[index] in slots for row in rows)]
    return tuple(tuple(row[index] for index in columns) for row in rows)


def hang_picture(
    hung: Mapping[Slot, PreparedImage] | PreparedImage,
    presentation: Presentation,
    reading: Reading,
    *,
    rows_px: int,
    columns_px: int,
    marks: Mapping[str, tuple[Drawable, ...]] = MappingProxyType({}),
) -> NDArray[np.uint8]:
    """The hang as one RGB picture of `rows_px` x `columns_px`; a place without image stays black. `marks`: what is
    drawn on the images, by their keys."""
    check_size(rows_px, columns_px)
    if isinstance(hung, PreparedImage):
        grid: tuple[tuple[PreparedImage | None, ...], ...] = ((hung,),)
    else:
        grid = tuple(tuple(hung.get(slot) for slot in row) for row in grid_of(tuple(hung)))
    canvas = np.zeros((rows_px, columns_px, 3), np.uint8)
    images = [prepared for row in grid for prepared in row if prepared is not None]
    row_edges = np.linspace(0, rows_px, len(grid) + 1).round().astype(int)
    column_edges = np.linspace(0, columns_px, len(grid[0]) + 1).round().astype(int)
    frame = Frame(int(np.diff(row_edges).min()), int(np.diff(column_edges).min()))
    scale = fit_scale(images, [frame] * len(images))
    spacings = hang_spacing(images)
    letter_px = max(10, min(frame.rows_px // 52, 40))
    for row, places in enumerate(grid):
        for column, prepared in enumerate(places):
            if prepared is None:
                continue
            placement = place(
                prepared,
                frame,
                px_per_mm=scale,
                spacing=spacings[prepared.image.key],
                state=ViewState(),
                meet=len(places) == 2,
            )
            own = marks.get(prepared.header.key, ())
            bare = Drawing(prepared, placement, frame, presentation, letter_px=letter_px, marks=own)
            picture = draw_view(_drawing(prepared, bare, reading), lettering())
            at_row, at_column = row_edges[row], column_edges[column]
            canvas[at_row : at_row + frame.rows_px, at_column : at_column + frame.columns_px] = picture
    return canvas


def check_size(rows_px: int, columns_px: int) -> None:
    """Raise UsageError for a picture size that cannot be meant."""
    if not (32 <= rows_px <= MAX_PICTURE_PX and 32 <= columns_px <= MAX_PICTURE_PX):
        raise UsageError(
            f"a picture of {columns_px}x{rows_px} cannot be drawn", f"32 to {MAX_PICTURE_PX} pixels a side"
        )
