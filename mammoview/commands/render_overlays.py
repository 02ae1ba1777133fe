"""Owns what `mammoview render --overlays` lays over an image: the objects of other makers that are about it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.core.overlaid import Overlaid, PresentationState
from mammoview.core.overlaid_drawing import laid_on
from mammoview.core.study import ObjectKind
from mammoview.core.view_state import Presentation
from mammoview.dicom.objects.read_objects import read_overlaid
from mammoview.dicom.scan import scan
from mammoview.reading.pictures import Reading

_ALL_OPERATING_POINTS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Overlaying:
    """`reading` with what lies over the image, `presentation` with the greys of its newest presentation state, and that
    `state`, None where there is none.
    """

    reading: Reading
    presentation: Presentation
    state: PresentationState | None = None


def laid_over(image: MammoImage, args: Namespace, reading: Reading, presentation: Presentation) -> Overlaying:
    """What the command asks to be laid over the image; the window of a presentation state, unless the command names
    one. Optional CAD findings are drawn too. One line on standard error for each object, and for what of it is not
    shown.
    """
    paths = [args.file, *([args.file.absolute().parent] if args.overlays else []), *(args.overlays_from or [])]
    result = scan(paths)
    studies = [study for study in result.studies if any(one.key == image.header.key for one in study.images)]
    found: list[Overlaid] = []
    for study in studies:
        for header in study.objects:
            try:
                one = read_overlaid(header, study.images)
            except InputRefusedError as error:
                _say(str(error))
                continue
            if not one.is_about(image.header):
                continue
            found.append(one)
            for line in (*one.cautions, *one.not_understood):
                _say(f"{header.source}: {line}")
    states = [one for one in found if one.header.kind is ObjectKind.PRESENTATION]
    found = [one for one in found if one not in states[:-1]]
    if len(states) > 1:
        _say(f"{len(states) - 1} older presentation states of this image are left out")
    if not found:
        _say(f"{args.file}: no presentation state, report or map is about this image")
    frames = range(image.frame, image.frame + 1)
    laid = laid_on(found, image.header, frames, operating_point=_ALL_OPERATING_POINTS, identified=args.identified)
    if any(graphic.free_text and graphic.lines for one in found for graphic in one.graphics) and not args.identified:
        _say("texts of others may name the patient and are left out (--identified draws them)")
    if any(state.planes for one in states for state in one.states.values()) and not args.identified:
        _say("overlay planes of others may name the patient and are left out (--identified draws them)")
    state = _newest(states, image)
    if state is not None and args.window is None and args.voi is None:
        inverse = state.inverse is not None and state.inverse != image.grey.inverse
        whole = image.grey.whole_range() if state.unwindowed and args.as_state else None
        presentation = replace(
            presentation, state_voi=state.voi or whole, p_values=state.p_values, invert=presentation.invert != inverse
        )
    if state is None and args.as_state:
        _say(f"{args.file}: no presentation state is about this image: hung as all views are")
    return Overlaying(replace(reading, laid={image.key: laid}), presentation, state)


def _newest(states: Sequence[Overlaid], image: MammoImage) -> PresentationState | None:
    return states[-1].states.get(image.header.key) if states else None


def _say(line: str) -> None:
    print(f"mammoview: {line}", file=sys.stderr)
