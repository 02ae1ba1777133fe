"""Owns the loading of images: what is wanted comes in the background, in order, within a byte limit. Never shows it.

Two lanes: at most two loads for what is on the screen, and one for what is merely expected to be wanted, which starts
only where the other lane has nothing to do. So what the reader asks for never waits for what was prefetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.image import FrameChoice, MammoImage
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.slab import project
from mammoview.core.study import ImageHeader
from mammoview.services.image_cache import FIRST_FRAME, ImageCache, ImageId, Wish, default_limit_bytes, image_id
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.stamps import Stamp

Read = Callable[[ImageHeader, int], MammoImage]
Preview = Callable[[ImageHeader, int], MammoImage | None]

_AT_ONCE = 2
THREADS = 5
"""Threads that a runner needs so that nothing waits for a thread: two loads, one ahead, one opening, one export."""


@dataclass(frozen=True, slots=True, eq=False)
class _Load:
    """A load under way. `urgent`: it was for the screen when it began."""

    ticket: Ticket
    urgent: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """`frames` (by number) were read for a slab and may be wanted again."""

    prepared: PreparedImage | None
    frames: Mapping[int, MammoImage] = field(default_factory=dict)


class ImageStore(QObject):
    """`ready(key)` follows whenever a picture of an image has arrived: its preview, the image, a frame; `failed(key)`
    where one could not be loaded. Keys are those of the headers.
    """

    ready = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        runner: JobRunner,
        read: Read,
        *,
        preview: Preview | None = None,
        limit_bytes: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._read = read
        self._preview = preview
        self._limit = default_limit_bytes() if limit_bytes is None else limit_bytes
        self.reserved_bytes = 0
        self._cache = ImageCache()
        self._errors: dict[ImageId, MammoviewError] = {}
        self._shown: tuple[Wish, ...] = ()
        self._soon: tuple[Wish, ...] = ()
        self._later: tuple[Wish, ...] = ()
        self._pinned: frozenset[ImageId] = frozenset()
        self._sizes: dict[ImageId, int] = {}
        self._previewed: set[str] = set()
        self._loading: dict[ImageId, _Load] = {}
        self._stamps: dict[str, Stamp] = {}

    # --- what is wanted

    def recognise(self, stamps: Mapping[str, Stamp | None]) -> frozenset[str]:
        """Other files were opened: what is in memory, failed or under way never serves another file with the same key.

        `stamps`: of all images that may be wanted from now on, by key. Returns the keys whose file is the one known
        under them before.
        """
        same = frozenset(key for key, stamp in stamps.items() if stamp is not None and self._stamps.get(key) == stamp)
        strange = stamps.keys() - same
        for name in [name for name in self._loading if name.key in strange]:
            self._loading.pop(name).ticket.cancel()
        self._cache.drop_keys(strange)
        self._errors = {name: error for name, error in self._errors.items() if name.key not in strange}
        self._sizes = {name: size for name, size in self._sizes.items() if name.key not in strange}
        self._previewed -= strange
        kept = self._cache.keys()
        known = {key: stamp for key, stamp in self._stamps.items() if key in kept}
        self._stamps = known | {key: stamp for key, stamp in stamps.items() if stamp is not None}
        return same

    def want(self, shown: Sequence[Wish], soon: Sequence[Wish] = (), later: Sequence[Wish] = ()) -> None:
        """Load `shown` and pin it, previews first; then `soon` and `later` as far as the limit allows.

        Each in its order; replaces earlier wishes. A frame under way of an image that is still shown may finish.
        """
        self._shown, self._soon, self._later = tuple(shown), tuple(soon), tuple(later)
        self._pinned = frozenset(wish.id for wish in shown) | frozenset(wish.preview_id for wish in shown)
        keys = {wish.header.key for wish in shown}
        wished = {wish.id for wish in (*shown, *soon, *later)}
        for name, load in list(self._loading.items()):
            if name not in wished and name.key not in keys:
                load.ticket.cancel()
                del self._loading[name]
        self._previewed &= keys
        self._sizes = {name: size for name, size in self._sizes.items() if name in wished}
        self._shrink()
        self._load_next()

    def retry(self) -> None:
        """What could not be loaded may be tried again."""
        self._errors.clear()

    def cancel(self) -> bool:
        """Give up what is being loaded; True if there was anything."""
        had = bool(self._loading)
        missing = [wish for wish in self._shown if self._is_missing(wish)]
        self._soon = self._later = ()
        for load in self._loading.values():
            load.ticket.cancel()
        self._loading.clear()
        for wish in missing:
            self._errors[wish.id] = CancelledError(self.tr("loading was cancelled"), self.tr("open the study again"))
            self._cache.drop(wish.preview_id)
            self.failed.emit(wish.header.key)
        return had

    # --- what is there

    def get(self, key: str, choice: FrameChoice = FIRST_FRAME) -> PreparedImage | None:
        """The image (or a frame or slab of it) if it is in memory, else its preview (`image.preview`) if that is."""
        return self._cache.prepared(image_id(key, choice)) or self._cache.prepared(ImageId(key, preview=True))

    def holds(self, key: str, choice: FrameChoice = FIRST_FRAME) -> bool:
        """Whether the picture itself, no preview, is in memory."""
        return self._cache.prepared(image_id(key, choice)) is not None

    def error(self, key: str, choice: FrameChoice = FIRST_FRAME) -> MammoviewError | None:
        """Why the picture could not be loaded."""
        return self._errors.get(image_id(key, choice))

    @property
    def limit_bytes(self) -> int:
        """What all images may take, with `reserved_bytes` that lie ready for the next; setting it lower gives up images
        at once, those on the screen excepted.
        """
        return self._limit

    @limit_bytes.setter
    def limit_bytes(self, limit: int) -> None:
        self._limit = limit
        self._shrink()
        self._load_next()

    @property
    def _room(self) -> int:
        return self._limit - self.reserved_bytes

    @property
    def nbytes(self) -> int:
        """Memory held by images, in bytes."""
        return self._cache.nbytes

    @property
    def loading(self) -> bool:
        return bool(self._loading)

    def prefetched(self) -> int:
        """How many images of other studies are in memory for when they are asked for."""
        return sum(self._cache.nbytes_of(wish.id) is not None for wish in self._later)

    # --- loading

    def _is_missing(self, wish: Wish) -> bool:
        return wish.id not in self._errors and not self.holds(wish.header.key, wish.choice)

    def _planned(self) -> Iterator[Wish]:
        """What is wanted, in order, as far as the limit allows; what is on the screen in any case.

        Counts what an image takes, or will take: so that nothing is loaded only to be given up for the next.
        """
        total = 0
        for wish in self._shown:
            total += self._size(wish)
            yield wish
        for wish in (*self._soon, *self._later):
            total += self._size(wish) if wish.id not in self._pinned else 0
            if total > self._room:
                return
            yield wish

    def _size(self, wish: Wish) -> int:
        there = self._cache.nbytes_of(wish.id) if self.holds(wish.header.key, wish.choice) else None
        return there or self._sizes.get(wish.id) or wish.nbytes

    def _load_next(self) -> None:
        urgent = sum(load.urgent for load in self._loading.values())
        for wish in self._shown:
            if urgent < _AT_ONCE and self._preview_missing(wish):
                self._submit_preview(wish, self._preview)
                urgent += 1
        for wish in self._shown:
            if urgent < _AT_ONCE and self._may_load(wish):
                self._submit(wish, urgent=True)
                urgent += 1
        if len(self._loading) > urgent or urgent >= _AT_ONCE:
            return
        following = (wish for wish in islice(self._planned(), len(self._shown), None) if self._may_load(wish))
        for wish in islice(following, 1):
            self._submit(wish, urgent=False)

    def _may_load(self, wish: Wish) -> bool:
        if wish.id in self._loading or not self._is_missing(wish):
            return False
        if wish.header.frames == 1:
            return True
        first_under_way = any(name.key == wish.header.key and not name.preview for name in self._loading)
        return not first_under_way or self._cache.sibling(wish.header.key) is not None

    def _preview_missing(self, wish: Wish) -> bool:
        key = wish.header.key
        return (
            self._preview is not None
            and key not in self._previewed
            and self._is_missing(wish)
            and self._cache.sibling(key) is None
        )

    def _submit_preview(self, wish: Wish, preview: Preview | None) -> None:
        assert preview is not None
        self._previewed.add(wish.header.key)
        ticket = self._runner.submit(
            partial(_preview, preview, wish),
            done=partial(self._preview_loaded, wish),
            failed=lambda error: self._preview_loaded(wish, None),
        )
        self._loading[wish.preview_id] = _Load(ticket, urgent=True)

    def _submit(self, wish: Wish, *, urgent: bool) -> None:
        key, frames = wish.header.key, wish.choice.frames(wish.header.frames)
        have = {number: image for number, image in self._cache.frames(key).items() if number in frames}
        like = self._cache.sibling(key) if wish.header.frames > 1 else None
        ticket = self._runner.submit(
            partial(_load, self._read, wish, like, have, self._limit // 4),
            done=partial(self._loaded, wish),
            failed=partial(self._refused, wish),
        )
        self._loading[wish.id] = _Load(ticket, urgent)

    def _loaded(self, wish: Wish, loaded: _Loaded) -> None:
        self._loading.pop(wish.id, None)
        for number, image in loaded.frames.items():
            name = image_id(wish.header.key, FrameChoice(number))
            if self._cache.pixels(name) is None:
                self._cache.put(name, image)
        if loaded.prepared is not None:
            self._cache.put(wish.id, loaded.prepared)
            self._sizes[wish.id] = loaded.prepared.nbytes
        self._cache.drop(wish.preview_id)
        self._shrink()
        self._load_next()
        if self.holds(wish.header.key, wish.choice):
            self.ready.emit(wish.header.key)

    def _preview_loaded(self, wish: Wish, loaded: _Loaded | None) -> None:
        self._loading.pop(wish.preview_id, None)
        if loaded is not None and loaded.prepared is not None and self._is_missing(wish):
            self._cache.put(wish.preview_id, loaded.prepared)
            self._shrink()
            self.ready.emit(wish.header.key)
        self._load_next()

    def _refused(self, wish: Wish, error: MammoviewError) -> None:
        self._loading.pop(wish.id, None)
        self._errors[wish.id] = error
        self._cache.drop(wish.preview_id)
        self._load_next()
        self.failed.emit(wish.header.key)

    def _shrink(self) -> None:
        if self.nbytes > self._room:
            self._cache.shrink(self._room, self._pinned, {wish.id for wish in self._planned()})


def _preview(preview: Preview, wish: Wish, ticket: Ticket) -> _Loaded:
    image = preview(wish.header, wish.choice.frame)
    if image is None or ticket.cancelled():
        return _Loaded(None)
    return _Loaded(prepare(image))


def _load(
    read: Read,
    wish: Wish,
    like: PreparedImage | None,
    have: Mapping[int, MammoImage],
    keep_bytes: int,
    ticket: Ticket,
) -> _Loaded:
    """The image, frame or slab, prepared; and of the frames that a slab was made of as many as `keep_bytes` hold."""
    header, choice = wish.header, wish.choice
    if choice.slab == 1:
        image = have.get(choice.frame) or read(header, choice.frame)
        _require_wanted(ticket)
        return _Loaded(prepare(image, like))
    kept: dict[int, MammoImage] = {}

    def frames() -> Iterator[MammoImage]:
        for number in choice.frames(header.frames):
            _require_wanted(ticket)
            image = have.get(number) or read(header, number)
            if number not in have and (len(kept) + 1) * image.stored.nbytes <= keep_bytes:
                kept[number] = image
            yield image

    return _Loaded(prepare(project(frames(), choice), like), kept)


def _require_wanted(ticket: Ticket) -> None:
    if ticket.cancelled():
        raise CancelledError
