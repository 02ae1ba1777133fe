"""Owns the wiring of the window: the only place that knows all of its parts. Starts it, and ends everything with it."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

if gc.isenabled():
    gc.disable()  # what the imports make stays: collections among them would look through all of it in vain
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's own threads would spin on a core that the start needs

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from mammoview.archive.audit import AuditEvent
from mammoview.archive.library import FILE_NAME
from mammoview.archive.recent import RecentPlaces
from mammoview.core.errors import MammoviewError
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader
from mammoview.dicom.decode_pool import DecodePool
from mammoview.reading.protocols import ProtocolFiles, bundled_folder, read_protocols
from mammoview.services.ahead import Ahead
from mammoview.services.archives import Archives
from mammoview.services.auditing import note_window
from mammoview.services.image_cache import allowed_bytes, checked_limit
from mammoview.services.image_store import THREADS, ImageStore, Preview, Read
from mammoview.services.indexing import Indexing
from mammoview.services.jobs import JobRunner
from mammoview.services.lasting import keep_singletons
from mammoview.services.library_marks import LibraryMarks
from mammoview.services.library_scores import RememberingEngine
from mammoview.services.look import Look
from mammoview.services.opening import OpeningService
from mammoview.services.prediction import Engine, PredictionService, PredictorEngine
from mammoview.services.prior_fetching import PriorFetching
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.reserve import MemoryReserve
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore, home_folder
from mammoview.services.stamps import Stamp
from mammoview.services.thumbnails import Thumbnails
from mammoview.services.warm_up import warm_up
from mammoview.ui.interaction import Interaction
from mammoview.ui.main_window import MainWindow, Services
from mammoview.ui.step_keys import key_problems
from mammoview.ui.theme import apply_theme
from mammoview.ui.translation import speak

gc.freeze()
gc.enable()
keep_singletons()
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)  # `import cv2` points it at Qt plugins of its own

_PAINTED_FIRST_MS = 30
_LONGEST_WAIT_S = 5.0
_LOOK_EVERY_MS = 100


def _read_image(decoder: DecodePool, header: ImageHeader, frame: int) -> MammoImage:
    from mammoview.dicom.reader import read_image  # with pydicom: in the background, after the window

    return read_image(header, frame, decoder=decoder)


def _read_preview(decoder: DecodePool, header: ImageHeader, frame: int) -> MammoImage | None:
    from mammoview.dicom.reader import read_preview

    return read_preview(header, frame, decoder=decoder)


def _read_protocols(site: Path) -> ProtocolFiles:
    """The hanging protocols of the site and the bundled ones; without the latter those of the site alone."""
    try:
        return read_protocols(bundled_folder(), site)
    except MammoviewError as error:
        found = read_protocols(site)
        return ProtocolFiles(found.protocols, (str(error), *found.problems))


def build_window(
    make_engine: Callable[[], Engine],
    *,
    folder: Path | None = None,
    read: Read | None = None,
    preview: Preview | None = None,
    decoder: DecodePool | None = None,
    limit_bytes: int | None = None,
    library: Path | None = None,
) -> MainWindow:
    """The window with all that it stands on; closing it ends threads and processes. Needs a QApplication.

    `folder` holds settings, recent studies and the site's hanging protocols; `read` reads an image's frame, `preview`
    its preview where there is one, by default with `decoder`, whose processes end with the window; `limit_bytes` is
    what images may take, None as the settings say; `library` is the study library's file, None for a window that
    remembers nothing of what is read and hides nothing of what the classifier says.
    """
    pool = decoder or DecodePool()
    if read is None:
        read, preview = partial(_read_image, pool), preview or partial(_read_preview, pool)
    place = folder or home_folder()
    settings, recent = SettingsStore(place), RecentPlaces(place)
    value = settings.value
    runner = JobRunner(THREADS)
    limit = allowed_bytes(value.memory_limit_mib) if limit_bytes is None else limit_bytes
    store = ImageStore(runner, read, preview=preview, limit_bytes=limit)

    def remembering() -> Engine:
        engine = make_engine()
        if library is None:
            return engine
        return RememberingEngine(engine, lambda: reading.library, stamp)

    def stamp(header: ImageHeader) -> Stamp | None:
        return ahead.stamp(header) or session.worklist.stamps.get(header.key)

    predictions = PredictionService(remembering, prevalence=value.prevalence, point=value.operating_point)
    look = Look(
        value.heat(),
        annotations=value.annotations,
        heat_below=value.heat_below,
        all_texts=value.all_texts,
        overlays=value.overlays,
        air_black=value.air_black,
    )
    hanging = _read_protocols(place / "hanging")
    session = Session(store, predictions, look, hanging.protocols)
    scanner = JobRunner(None)  # what is opened may lie on a drive that does not answer
    opening = OpeningService(scanner)
    reading = ReadingRoom(session, settings, library)
    indexing = Indexing(reading, opening)
    ahead = Ahead(session, reading, opening, settings, read)
    thumbnails = Thumbnails(session, reading, ahead.runner)
    archives = Archives(reading, settings)
    priors = PriorFetching(archives, session)
    window = MainWindow(Services(runner, session, opening, settings, recent, reading, indexing, ahead, archives))
    Interaction(window).happened.connect(ahead.disturb)
    thumbnails.made.connect(window.library.model.renew)
    priors.said.connect(window.status.say)
    for joined in (priors.joined, indexing.continuing.joined):
        joined.connect(window.study_panel.refresh)
    indexing.continuing.joined.connect(window.show_state)
    for part in (runner, scanner, store, predictions, look, session, opening, reading, indexing, ahead, thumbnails):
        part.setParent(window)
    archives.setParent(window)
    priors.setParent(archives)
    runners = (runner, scanner, predictions.runner, reading.runner, indexing.runner, ahead.runner)
    for own in (*runners, archives.runner, priors.runner):
        own.bug.connect(window.reporter.report)

    def end() -> None:
        predictions.close()
        pool.close()
        ahead.close()
        archives.close()
        priors.close()
        scanner.close()
        indexing.close()
        note_window(reading, AuditEvent.STOPPED)
        reading.close()
        runner.close()

    reading.said.connect(window.status.say)
    archives.unkept.connect(window.status.keep)
    window.overlaid.library = lambda: reading.library
    reading.failed.connect(window.status.keep)
    reading.changed.connect(window.show_state)
    if library is not None:
        _keep_marks(window)
    window.on_close = end
    problems = (settings.problem, recent.problem, *hanging.problems, *key_problems(hanging.protocols, window.bindings))
    window.status.show_refused_at_start(tuple(filter(None, problems)))
    archives.tell_lost()
    reading.open()
    note_window(reading, AuditEvent.STARTED)
    return window


def _keep_marks(window: MainWindow) -> None:
    """Have marks stay in the library, and show those of a study as the library has them when it is opened."""
    book, session = window.bench.marks, window.session
    store = LibraryMarks(window.reading, book.read_again)

    def read_again() -> None:
        if session.study is not None:
            store.ask(session.study.key)

    book.use_store(store)
    session.study_changed.connect(read_again)


def start_classifier_later(window: MainWindow) -> None:
    """Start the classifier when the first pictures are drawn, or after a while: TensorFlow's import takes a core. The
    library's folders are looked at again then too, and its studies scored ahead.
    """
    since, session = time.monotonic(), window.session
    timer = QTimer(window)

    def start_if_shown() -> None:
        awaited = window.opening.active or any(session.waits(number) for number in range(len(session.panes)))
        if not awaited or time.monotonic() - since > _LONGEST_WAIT_S:
            timer.stop()
            session.predictions.start()
            window.indexing.look_again()
            window.ahead.start()

    timer.timeout.connect(start_if_shown)
    timer.start(_LOOK_EVERY_MS)


def run(
    paths: Sequence[Path],
    *,
    demo: bool = False,
    bundle: Path | None = None,
    device: str = "auto",
    engine: str = "auto",
    memory_limit_mib: int | None = None,
    library: Path | None = None,
) -> int:
    """Open the window on `paths`, or on the demonstration study; returns the exit status when it is closed.

    `bundle`: the model to use, if the user agrees (see `ui.foreign_model`), None for the one that ships; `device`:
    "auto", "cpu" or "gpu"; `engine`: "auto", "keras" or "onnx"; `memory_limit_mib`: what images may take, this time, in
    place of what the settings say; `library`: the study library's file, None for the one in the folder of settings.
    Raises UsageError where it is out of range.
    """
    place = library or home_folder() / FILE_NAME
    limit = None if memory_limit_mib is None else checked_limit(memory_limit_mib)
    nothing_read = not place.exists()
    QCoreApplication.setApplicationName("mammoview")
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    apply_theme(application, speak(application, SettingsStore(home_folder()).value.language))
    if bundle is not None:
        from mammoview.ui.foreign_model import model_to_load

        bundle = model_to_load(bundle, SettingsStore(home_folder()))
    decoder = DecodePool()
    window = build_window(
        lambda: PredictorEngine(bundle, device, engine), decoder=decoder, limit_bytes=limit, library=place
    )
    window.reporter.install()
    MemoryReserve(window.session.store, window.runner, parent=window)
    window.show()
    gc.freeze()  # what the imports made stays; a full collection would look through all of it and stall the window

    def begin() -> None:
        chosen = window.opening.active or window.session.study is not None  # the reader was quicker
        first_time = (demo or nothing_read) and not (paths or chosen or window.settings.value.toured)
        if first_time:
            window.take_tour()
        elif demo and not chosen:
            window.open_demo()
        elif paths and not chosen:
            window.commands.open_paths(list(paths))
        window.runner.submit(lambda ticket: decoder.start(), done=lambda _: None)
        if not (first_time or demo or paths or chosen):  # else the first study is under way already
            window.runner.submit(warm_up, done=lambda _: gc.freeze())
        start_classifier_later(window)

    QTimer.singleShot(_PAINTED_FIRST_MS, begin)
    try:
        return int(application.exec())
    finally:
        window.reporter.remove()
