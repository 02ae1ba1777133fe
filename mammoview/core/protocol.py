"""Owns hanging protocols as values, and their match with a study: which images each step of a reading shows, and where.

Never reads files, loads, places or draws. In the words of DICOM PS3.3 C.23 the conditions are a Hanging Protocol
Definition, a step is a Display Set Presentation Group, and a place is an Image Box. Which image of a study is the best
for a side and view is decided by `core.hanging` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from typing import NamedTuple

from mammoview.core.errors import MammoviewError
from mammoview.core.hanging import hang
from mammoview.core.study import ImageHeader, Laterality, Study, View, ViewModifier


class StudyRole(StrEnum):
    """Which of the woman's studies: the one that is read, the newest before it, the one before that."""

    CURRENT = "current"
    PRIOR = "prior"
    PRIOR_2 = "prior 2"


class Scale(StrEnum):
    """How large: each image fills its place; all at one mm per screen pixel, so that the largest breast fits; one
    stored pixel on one device pixel; one mm on one mm of a calibrated display.
    """

    FIT = "fit"
    SAME = "same"
    NATIVE = "native"
    TRUE_SIZE = "true size"


class Link(StrEnum):
    """Whether zoom and pan of one place are those of all, left and right as mirror images."""

    MIRRORED = "mirrored"
    NONE = "none"


class HeatUse(StrEnum):
    """Whether the classifier's heat map is kept off the images, or shown as the reader has set it."""

    HIDDEN = "hidden"
    AS_SET = "as set"


@dataclass(frozen=True, slots=True)
class Place:
    """One image box: the best image of `side` and of the first of `views` that the study has.

    Without `views` it is an extra place, for the next of the images that no place of the protocol names; `side` may
    then be UNKNOWN for either side. `modifier`: only images with it. `tomosynthesis`: only images of several frames.
    Raises MammoviewError for a view without a side.
    """

    study: StudyRole = StudyRole.CURRENT
    side: Laterality = Laterality.UNKNOWN
    views: tuple[View, ...] = ()
    modifier: ViewModifier | None = None
    tomosynthesis: bool = False

    def __post_init__(self) -> None:
        if self.views and self.side is Laterality.UNKNOWN:
            raise MammoviewError(f"a place for {' or '.join(self.views)} needs a side", "give the side, R or L")

    @property
    def extra(self) -> bool:
        return not self.views

    def admits(self, header: ImageHeader) -> bool:
        """Whether the image has the modifier and the kind that are asked for; side and view are not looked at."""
        modified = self.modifier is None or self.modifier in header.view_modifiers
        return modified and (header.frames > 1 or not self.tomosynthesis)


@dataclass(frozen=True, slots=True)
class Step:
    """What stands on the screen together: `places` row by row fill a grid of `rows` x `columns`.

    `key` is the key that leads here, as the table of keys writes it; empty for none. `quadrants`: the images are gone
    through part by part at their scale. `alternate`: each place holds the current image and the prior's of the same
    side and view, shown in turn at the same scale and position. Raises MammoviewError where these contradict.
    """

    id: str
    label: str
    rows: int
    columns: int
    places: tuple[Place, ...]
    key: str = ""
    scale: Scale = Scale.SAME
    quadrants: bool = False
    alternate: bool = False
    link: Link = Link.MIRRORED
    heat: HeatUse = HeatUse.AS_SET

    def __post_init__(self) -> None:
        if len(self.places) != self.rows * self.columns or not self.places:
            cause = f"{len(self.places)} places do not fill a grid of {self.rows} rows and {self.columns} columns"
            raise MammoviewError(cause, f"{self.rows * self.columns} places are needed")
        if self.quadrants and self.scale not in (Scale.NATIVE, Scale.TRUE_SIZE):
            cause = f'quadrants cannot be gone through at the scale "{self.scale}", at which each image is seen whole'
            raise MammoviewError(cause, 'give the scale "native" or "true size"')
        if self.quadrants and self.alternate:
            raise MammoviewError("quadrants and alternate exclude each other", "make them two steps")
        if self.alternate and any(place.extra or place.study is not StudyRole.CURRENT for place in self.places):
            cause = "a step with alternate names places of the current study; the prior takes the same ones"
            raise MammoviewError(cause, 'give the places a side, a view and the study "current"')

    @property
    def grid(self) -> tuple[range, ...]:
        """The numbers of the places, row by row."""
        return tuple(range(row * self.columns, (row + 1) * self.columns) for row in range(self.rows))


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which studies a protocol is for; None: any. `modality` is that of Modality (0008,0060), as "MG"."""

    modality: str | None = None
    prior: bool | None = None
    tomosynthesis: bool | None = None

    def hold(self, current: Study, priors: Sequence[Study]) -> bool:
        """Whether the study is of that kind. Plain pictures tell no modality, and are taken for any."""
        modalities = {header.modality.upper() for header in current.images}
        return (
            (self.modality is None or bool(modalities & {self.modality, ""}))
            and self.prior in (None, bool(priors))
            and self.tomosynthesis in (None, any(header.frames > 1 for header in current.images))
        )


@dataclass(frozen=True, slots=True)
class Protocol:
    """The steps of a reading, in their order. Raises MammoviewError where it has none, or two with one id."""

    name: str
    steps: tuple[Step, ...]
    description: str = ""
    conditions: Conditions = Conditions()

    def __post_init__(self) -> None:
        ids = [step.id for step in self.steps]
        twice = next((step_id for number, step_id in enumerate(ids) if step_id in ids[:number]), None)
        if twice is not None:
            raise MammoviewError(f'two steps have the id "{twice}"', "give each step an id of its own")
        if not ids:
            raise MammoviewError("a protocol without steps shows nothing", "give at least one step")


@dataclass(frozen=True, slots=True)
class HungPlace:
    """A place in the grid of its step. `images`: none; one; or those that are shown in turn, the current one first.

    `middle_right`: whether the line at which the chest walls of a pair meet is at this place's right; None: no pair.
    """

    row: int
    column: int
    place: Place
    images: tuple[ImageHeader, ...]
    middle_right: bool | None

    @property
    def header(self) -> ImageHeader | None:
        return self.images[0] if self.images else None


@dataclass(frozen=True, slots=True)
class HungStep:
    """A step with a study's images, without the rows and columns of its grid that would be empty.

    `id` is the step's; where its extra places are filled more than once, "id#2", "id#3" ... from the second time on.
    `also`: the steps right after it that would have shown the same, and are left out.
    """

    id: str
    step: Step
    rows: int
    columns: int
    places: tuple[HungPlace, ...]
    also: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[ImageHeader, ...]:
        """All that the step shows, place by place."""
        return tuple(header for hung in self.places for header in hung.images)

    def looks_like(self, other: HungStep) -> bool:
        """Whether both show the same in the same way."""
        return self._look() == other._look()

    def _look(self) -> tuple[object, ...]:
        step = self.step
        shown = [(hung.middle_right, *(header.key for header in hung.images)) for hung in self.places]
        return self.rows, self.columns, shown, step.scale, step.quadrants, step.alternate, step.link, step.heat


@dataclass(frozen=True, slots=True)
class HungProtocol:
    """A protocol with a study's images: the steps that apply, and what no place of them names.

    `tray`: for the current study and for each prior that a protocol can name its additional views and the second images
    of taken places, by view and side. Extra places show them; they are in the tray all the same, to be counted. Each
    image is in the tray or in a place that names it, and never in both.
    """

    protocol: Protocol
    steps: tuple[HungStep, ...]
    tray: Mapping[StudyRole, tuple[ImageHeader, ...]]

    def find(self, step_id: str) -> HungStep | None:
        """The step that shows what this id stands for; None where the study has nothing for it."""
        return next((hung for hung in self.steps if step_id in (hung.id, *hung.also)), None)

    def next(self, step_id: str | None = None) -> HungStep | None:
        """The step after this one, the first after None; None where the sequence is done.

        The id may be one that this study has nothing for. Raises MammoviewError for one that the protocol lacks.
        """
        after = 0 if step_id is None else self._around(step_id)[1]
        return self.steps[after] if after < len(self.steps) else None

    def previous(self, step_id: str | None = None) -> HungStep | None:
        """The step before this one, the last before None (done); None where there is none. Ids and errors: `next`."""
        before = len(self.steps) if step_id is None else self._around(step_id)[0]
        return self.steps[before - 1] if before else None

    def _around(self, step_id: str) -> tuple[int, int]:
        """How many of `steps` come before the id, and how many no later than it."""
        found = self.find(step_id)
        if found is not None:
            return self.steps.index(found), self.steps.index(found) + 1
        numbers = {step.id: number for number, step in enumerate(self.protocol.steps)}
        number = numbers.get(step_id.partition("#")[0])
        if number is None:
            cause = f'the protocol "{self.protocol.name}" has no step "{step_id}"'
            raise MammoviewError(cause, f"it has {', '.join(numbers)}")
        earlier = sum(numbers[hung.step.id] <= number for hung in self.steps)
        return earlier, earlier


def match(protocol: Protocol, current: Study, priors: Sequence[Study] = ()) -> HungProtocol:
    """Hang a study by a protocol; `priors` are the woman's older studies, the newest first, of which two are named.

    The order of the images in their studies does not matter. A step is left out where it has no image, where it names
    two studies and one of them has no image in it, and where it alternates and no place has both images.
    """
    found = {role: tuple(_found(study.images)) for role, study in zip(StudyRole, (current, *priors), strict=False)}
    drafts = [(step, _named(step, found)) for step in protocol.steps]
    drafts = [(step, images) for step, images in drafts if _applies(step, images)]
    named = {header.key for _, images in drafts for in_turn in images for header in in_turn}
    tray = {
        role: tuple(sorted((one.header for one in images if one.header.key not in named), key=_tray_order))
        for role, images in found.items()
    }
    steps: list[HungStep] = []
    for step, images in drafts:
        for hung in _hung(step, images, tray):
            if steps and hung.looks_like(steps[-1]):
                steps[-1] = replace(steps[-1], also=(*steps[-1].also, hung.id))
            else:
                steps.append(hung)
    return HungProtocol(protocol, tuple(steps), tray)


class _Found(NamedTuple):
    """An image and what it hangs as: one of unknown side or view as the place that it has taken."""

    header: ImageHeader
    side: Laterality
    view: View


def _found(images: Iterable[ImageHeader]) -> Iterator[_Found]:
    """A study's images; of those of one side and view the best comes first."""
    hanging = hang(images)
    for slot, header in hanging.slots.items():
        yield _Found(header, Laterality(slot[0]), View(slot[1:]))
    for header in hanging.extra:
        yield _Found(header, header.laterality, header.view)


_Images = tuple[tuple[ImageHeader, ...], ...]
"""For each place of a step the images that it holds in turn."""


def _named(step: Step, found: Mapping[StudyRole, Sequence[_Found]]) -> _Images:
    """The images of the places that name one; none twice in the step."""
    taken: set[str] = set()

    def best(place: Place, role: StudyRole) -> tuple[ImageHeader, ...]:
        for view in place.views:
            for header, side, hung_view in found.get(role, ()):
                fits = side is place.side and hung_view is view and place.admits(header)
                if fits and header.key not in taken:
                    taken.add(header.key)
                    return (header,)
        return ()

    own = [best(place, place.study) for place in step.places]
    if step.alternate:
        places = zip(own, step.places, strict=True)
        own = [in_turn and in_turn + best(place, StudyRole.PRIOR) for in_turn, place in places]
    return tuple(own)


def _applies(step: Step, images: _Images) -> bool:
    """Whether the step is worth showing; one with extra places may be, as long as there are extra images."""
    if step.alternate:
        return any(len(in_turn) > 1 for in_turn in images)
    wanted = {place.study for place in step.places if not place.extra}
    there = {place.study for place, in_turn in zip(step.places, images, strict=True) if in_turn}
    return there == wanted or (not there and any(place.extra for place in step.places))


def _kind(header: ImageHeader) -> tuple[int, tuple[ViewModifier, ...], bool]:
    """What two images must share to be a pair: view, modifiers, whether it is a stack of frames."""
    return list(View).index(header.view), header.view_modifiers, header.frames > 1


def _tray_order(header: ImageHeader) -> tuple[object, ...]:
    """By view, right before left; the best first, as they come."""
    return *_kind(header), list(Laterality).index(header.laterality)


def _hung(step: Step, images: _Images, tray: Mapping[StudyRole, Sequence[ImageHeader]]) -> Iterator[HungStep]:
    """The step, once; with extra places as often as there are extra images to show."""
    left = {role: list(headers) for role, headers in tray.items()}
    for times in count(1):
        extras = _extras(step, left)
        if times > 1 and not extras:
            return
        filled = tuple((extras[number],) if number in extras else in_turn for number, in_turn in enumerate(images))
        if any(filled):
            yield _trimmed(step.id if times == 1 else f"{step.id}#{times}", step, filled)


def _extras(step: Step, left: Mapping[StudyRole, list[ImageHeader]]) -> dict[int, ImageHeader]:
    """The next extra images, by the number of their place; they are taken from `left`.

    Extra places that name a side hang pairs: those of one row of the grid take images of one kind.
    """
    filled: dict[int, ImageHeader] = {}
    for row in step.grid:
        numbers = [number for number in row if step.places[number].extra]
        paired = [step.places[number] for number in numbers if step.places[number].side]
        kinds = [_kind(header) for place in paired for header in left.get(place.study, ()) if _suits(place, header)]
        kind = min(kinds, default=None)
        for number in numbers:
            place = step.places[number]
            queue = left.get(place.study, [])
            fitting = (one for one in queue if _suits(place, one) and (not place.side or _kind(one) == kind))
            header = next(fitting, None)
            if header is not None:
                queue.remove(header)
                filled[number] = header
    return filled


def _suits(place: Place, header: ImageHeader) -> bool:
    """Whether an extra place may hold the image; one of unknown side hangs at either side."""
    either = Laterality.UNKNOWN in (place.side, header.laterality)
    return place.admits(header) and (either or place.side is header.laterality)


def _trimmed(step_id: str, step: Step, images: _Images) -> HungStep:
    """The step with these images, without empty rows and columns."""
    kept = [row for row in step.grid if any(images[number] for number in row)]
    columns = [column for column in range(step.columns) if any(images[row[column]] for row in kept)]
    places: list[HungPlace] = []
    for at_row, row in enumerate(kept):
        numbers = [row[column] for column in columns]
        sides = [_side(step.places[number], images[number]) for number in numbers]
        for at_column, number in enumerate(numbers):
            middle = _middle_right(sides, at_column)
            places.append(HungPlace(at_row, at_column, step.places[number], images[number], middle))
    return HungStep(step_id, step, len(kept), len(columns), tuple(places))


def _side(place: Place, in_turn: Sequence[ImageHeader]) -> Laterality:
    """The side that hangs in a place: the one it names, else its image's."""
    return place.side or (in_turn[0].laterality if in_turn else Laterality.UNKNOWN)


def _middle_right(sides: Sequence[Laterality], column: int) -> bool | None:
    """Where a pair's chest walls meet, for the place in this column of a row that holds these sides."""
    pair = (Laterality.RIGHT, Laterality.LEFT)
    if tuple(sides[column : column + 2]) == pair:
        return True
    return False if tuple(sides[max(0, column - 1) : column + 1]) == pair else None
