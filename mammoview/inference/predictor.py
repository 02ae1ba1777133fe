"""Owns the classifier for the rest of the application: images in, an answer for each out, the engine in its own
process.

Neither the import of TensorFlow nor a long prediction nor a crash of the runtime can stall or end the caller.
Gate and preprocessing run in the caller's thread (OpenCV lets other threads run); only the small input
crosses the pipe. Where the device was left to the application, a GPU that fails, however it fails, is left
for the CPU in a new process, and the image at which it failed is scored there. Images that wait together take one
forward pass; where that fails, each is tried alone, so that one image costs no other its score.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from mammoview.child import ChildProcess, python_code, python_command
from mammoview.core.breast import find_breast
from mammoview.core.errors import BundleError, CancelledError, EngineError, MammoviewError
from mammoview.core.geometry import Crop
from mammoview.core.image import MammoImage
from mammoview.core.prediction import HeatMap, ImagePrediction
from mammoview.inference.bundle import Bundle, default_bundle_path, load_bundle
from mammoview.inference.engine import KERAS, ONNX, VIEWS_TOGETHER
from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP, cells_from_stored
from mammoview.inference.preprocess import preprocess
from mammoview.inference.quality import refusal
from mammoview.inference.worker import Frame, read_frame, write_frame

_MAP_NAMES = {GRAD_CAM: "Grad-CAM", LESION_MAP: "Lesion map"}
_CHILD = python_code("mammoview.inference.worker")
_Answer = TypeVar("_Answer")

_PIXELS_TOGETHER = 1 << 21
"""At most so many pixels of model inputs take one forward pass, for the memory that its features need."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """`device`: "cpu" or "gpu:NAME"; `seconds`: from the start of the loading to ready; `golden_checked`:
    whether the bundle's recorded images were run at this start (False: an earlier run with the same versions
    is remembered); `precision`: "float32", or "mixed" on a GPU; `engine`: "keras" or "onnx", what runs the network, and
    `why_not` why the other one does not."""

    device: str
    seconds: float
    golden_checked: bool
    precision: str = "float32"
    engine: str = KERAS
    why_not: str = ""


class Predictor:
    """Scores images with one bundle. Thread-safe; use as a context manager or call `close()`.

    `bundle_path`: a bundle's folder or zip, None for the one that ships; `device`: "auto", "cpu" or "gpu"; `engine`:
    "auto", "keras" or "onnx"; `fresh_check`: run the bundle's recorded images even if an earlier run is remembered;
    `background`: yield the processor to whoever else wants it; `flips`: take the mean of the answers for the image and
    for its upside-down mirror image, in twice the time. Nothing is read or started before it is asked for. Every
    failure is a BundleError or an EngineError; after one, the next call starts the process again, once, until a
    prediction has succeeded.

    On the device "auto" a failure on a GPU is none: the CPU goes on, for good, with the image at which the GPU failed.
    `tell` is then called once, in the thread that asked, with `device_change`. On the device "gpu" it is an error.
    On the engine "auto" a process that failed with ONNX Runtime is followed by one with Keras.
    """

    def __init__(
        self,
        bundle_path: Path | None = None,
        device: str = "auto",
        *,
        engine: str = "auto",
        fresh_check: bool = False,
        background: bool = False,
        flips: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._path = bundle_path
        named = (("fresh", fresh_check), ("background", background), ("flips", flips))
        self._manners = [name for name, on in named if on]
        self._device, self._engine = device, engine  # what the next process is started with
        self._tell = tell
        self._gpu_failure = ""  # what is told once the CPU has taken over
        self._device_change = ""
        self._bundle: Bundle | None = None
        self._ids = itertools.count(1)
        self._talk = threading.Lock()  # one request at a time
        self._alone = False  # a pass of several images has failed: from now on each has its own; guarded by _talk
        self._state = threading.Lock()  # guards what follows; never held while waiting for the process
        self._child: _Child | None = None
        self._closed = False
        self._starts_left = 2
        self._last_error: MammoviewError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def bundle(self) -> Bundle:
        """The bundle, read and checked once; raises BundleError."""
        if self._bundle is None:
            self._bundle = load_bundle(self._path or default_bundle_path())
        return self._bundle

    @property
    def device_change(self) -> str:
        """One line on the GPU that failed and the CPU that went on; empty where that did not happen."""
        return self._device_change

    def start(self) -> None:
        """Start the process and return at once; failures are told by the call that needs it. Does nothing if
        it runs."""
        with self._state, contextlib.suppress(MammoviewError):
            self._running_child()

    def info(self) -> EngineInfo:
        """Wait until the engine is ready; raises BundleError, EngineError or (after `close`)
        CancelledError."""
        with self._talk:
            return self._or_on_the_cpu(lambda: self._ready_child().info)

    def predict(self, image: MammoImage) -> ImagePrediction:
        """The answer for one image; an image that the model may not judge gives `refused`, without asking the
        engine.

        Raises BundleError, EngineError, or CancelledError where `close` was called meanwhile.
        """
        (answer,) = self.predict_many([image])
        if isinstance(answer, EngineError):
            raise answer
        return answer

    def predict_many(self, images: Sequence[MammoImage]) -> list[ImagePrediction | EngineError]:
        """The answers for images that wait together, in their order: for each what `predict` answers, or the
        EngineError that it raises.

        Up to VIEWS_TOGETHER of them, fewer where the model's input is large, take one forward pass. Raises BundleError,
        or CancelledError where `close` was called meanwhile.
        """
        params = self.bundle.preprocess
        together = max(1, min(VIEWS_TOGETHER, _PIXELS_TOGETHER // (params.rows * params.columns)))
        found: list[ImagePrediction | EngineError] = []
        for start in range(0, len(images), together):
            found += self._predict_together(images[start : start + together])
        return found

    def _predict_together(self, images: Sequence[MammoImage]) -> list[ImagePrediction | EngineError]:
        bundle = self.bundle
        crops: dict[int, Crop] = {}
        inputs: list[NDArray[np.float32]] = []
        found: dict[int, ImagePrediction | EngineError] = {}
        for index, image in enumerate(images):
            region = find_breast(image)
            reason = refusal(image, region)
            if reason is not None:
                found[index] = ImagePrediction(image.key, image.header.laterality, refused=reason)
                continue
            made = preprocess(image, bundle.preprocess, region)
            crops[index] = made.crop
            inputs.append(made.pixels)
        answers = self._ask(inputs) if inputs else []  # what is refused waits for nobody
        for (index, crop), answer in zip(crops.items(), answers, strict=True):
            found[index] = answer if isinstance(answer, EngineError) else self._placed(images[index], crop, answer)
        return [found[index] for index in range(len(images))]

    def _placed(self, image: MammoImage, crop: Crop, answer: _Scored) -> ImagePrediction:
        bundle = self.bundle
        score = bundle.calibration.probability(answer.difference)
        heat = HeatMap(answer.cells, cells_from_stored(crop, bundle.field), _MAP_NAMES[bundle.explanation])
        return ImagePrediction(image.key, image.header.laterality, score=score, heat_map=heat, seconds=answer.seconds)

    def log_tail(self) -> str:
        """The last lines that the process wrote to its log: what to send with a bug report."""
        child = self._child
        return child.log_tail() if child else ""

    def close(self) -> None:
        """End the process, also in the middle of a prediction, which then raises CancelledError. Safe to call
        twice."""
        with self._state:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _ask(self, inputs: Sequence[NDArray[np.float32]]) -> list[_Scored | EngineError]:
        """The answers for model inputs, float32 (rows, columns, 1): from one forward pass, or each from its own where
        that fails."""
        with self._talk:
            if len(inputs) > 1 and not self._alone:
                try:
                    return [*self._or_on_the_cpu(lambda: self._ask_once(np.stack(inputs)))]
                except EngineError:
                    self._alone = True
            return [self._ask_alone(pixels) for pixels in inputs]

    def _ask_alone(self, pixels: NDArray[np.float32]) -> _Scored | EngineError:
        try:
            return self._or_on_the_cpu(lambda: self._ask_once(pixels[None]))[0]
        except EngineError as error:
            return error

    def _ask_once(self, pixels: NDArray[np.float32]) -> list[_Scored]:
        """The answers for one or several model inputs, float32 (n, rows, columns, 1). Where several fail, a process
        that can tell so is kept: one of them alone may do."""
        child = self._ready_child()
        number = next(self._ids)
        header, cells = self._exchange(child, {"id": number}, pixels)
        if header.get("id") != number or cells is None or len(cells) != len(pixels):
            error = _error_of(header)
            if len(pixels) > 1 and isinstance(error, EngineError):
                raise error
            self._give_up(child, error or EngineError("the classifier's process answered out of turn"))
        self._starts_left, self._last_error = 2, None
        return [
            _Scored(float(difference), float(seconds), one)
            for difference, seconds, one in zip(header["differences"], header["seconds"], cells, strict=True)
        ]

    def _or_on_the_cpu(self, work: Callable[[], _Answer]) -> _Answer:
        """`work`, and once more where a GPU failed at it that may be left; `_talk` is held."""
        try:
            return work()
        except _GpuFailedError:
            return work()

    def _ready_child(self) -> _Child:
        """The process, after its first word; `_talk` is held."""
        with self._state:
            child = self._running_child()
        if child.ready is None:
            header, _ = self._exchange(child, None, None)
            while "device" in header and not header.get("ready"):
                child.device, child.engine = str(header["device"]), str(header.get("engine", KERAS))
                header, _ = self._exchange(child, None, None)
            if not header.get("ready"):
                self._give_up(child, _error_of(header) or EngineError("the classifier's process spoke nonsense"))
            child.ready, child.device = header, str(header["device"])
        if self._bundle is not None and child.ready["sha256"] != self._bundle.sha256:
            self._give_up(
                child, BundleError("checksum", "the bundle was changed while in use", "start mammoview again")
            )
        if self._gpu_failure and not self._device_change:
            self._device_change = self._gpu_failure
            if self._tell is not None:
                self._tell(self._device_change)
        return child

    def _running_child(self) -> _Child:
        """The process, started if need be; `_state` is held."""
        if self._closed:
            raise CancelledError("the classifier was closed")
        if self._child is None:
            if self._starts_left == 0 and self._last_error is not None:
                raise self._last_error
            self._starts_left -= 1
            try:
                manners = [*self._manners, f"engine={self._engine}"]
                self._child = _Child(self._path or default_bundle_path(), self._device, manners)
            except MammoviewError as error:
                self._last_error = error
                raise
        return self._child

    def _exchange(self, child: _Child, request: dict[str, Any] | None, pixels: NDArray[np.float32] | None) -> Frame:
        """Send (unless None) and wait for the answer; the end of the process becomes an error."""
        try:
            if request is not None:
                write_frame(child.requests, request, pixels)
            return read_frame(child.answers)
        except (OSError, EOFError, ValueError) as error:
            if self._closed:
                raise CancelledError("the classifier was closed") from error
            self._give_up(child, child.error())

    def _give_up(self, child: _Child, error: MammoviewError) -> NoReturn:
        """Forget a process that failed and raise why: the next call starts another one, once. Raises _GpuFailedError
        where that is to be done now, on the CPU."""
        file_changed = isinstance(error, BundleError) and error.step == "checksum"
        leave_gpu = self._device == "auto" and child.device.startswith("gpu") and not file_changed
        with self._state:
            self._last_error = error
            if self._child is child:
                self._child = None
            if self._engine == "auto" and child.engine == ONNX and not file_changed:
                self._engine = KERAS
            if leave_gpu:
                self._device, self._starts_left = "cpu", 2
                name = child.device.partition(":")[2]
                self._gpu_failure = f"the GPU {name} failed ({error.cause}); the CPU goes on"
        child.kill()
        if leave_gpu:
            raise _GpuFailedError(error.cause, error.hint) from error
        raise error


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """What the process answers for one input: see `engine.EngineAnswer`."""

    difference: float
    seconds: float
    cells: NDArray[np.float32]


class _GpuFailedError(EngineError):
    """A GPU failed, and the next process is one on the CPU."""


def _error_of(header: dict[str, Any]) -> MammoviewError | None:
    """The error that a frame tells of, if it does."""
    if "error" not in header:
        return None
    if header.get("step"):
        return BundleError(str(header["step"]), str(header["error"]), str(header["hint"]))
    return EngineError(str(header["error"]), str(header["hint"]))


class _Child(ChildProcess):
    """The classifier's process, and its first word once it was heard."""

    def __init__(self, bundle_path: Path, device: str, manners: list[str]) -> None:
        command = [*python_command(_CHILD), str(bundle_path), device, *manners]
        try:
            super().__init__(command, name="classifier")
        except OSError as error:
            raise EngineError(f"the classifier's process cannot be started: {error.strerror}") from error
        self.device = self.engine = ""  # before it is told
        self.ready: dict[str, Any] | None = None

    @property
    def info(self) -> EngineInfo:
        assert self.ready is not None
        return EngineInfo(
            self.device,
            float(self.ready["seconds"]),
            bool(self.ready["checked"]),
            str(self.ready.get("precision", "float32")),
            str(self.ready.get("engine", KERAS)),
            str(self.ready.get("why_not", "")),
        )

    def error(self) -> EngineError:
        """Why the process is no more, in one line."""
        return EngineError(f"the classifier's process {self.obituary()}", "try again; 'mammoview doctor' tells more")
