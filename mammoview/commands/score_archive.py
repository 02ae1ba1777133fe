"""`mammoview score --store FILE`: an archive of any size, unit by unit, so that it can be stopped and gone on with."""

from __future__ import annotations

import math
import sys
import time
from argparse import Namespace
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from mammoview.archive.atomic import write_parts
from mammoview.archive.score_store import ScoreStore
from mammoview.archive.score_units import UnitAnswer
from mammoview.commands.report import Report
from mammoview.commands.score import error_record, print_model, print_study
from mammoview.commands.score_audit import ScoredTrail
from mammoview.core.errors import CancelledError, UsageError
from mammoview.core.prediction import ModelLabel
from mammoview.core.prevalence import PriorShift
from mammoview.dicom.scan import Refusal
from mammoview.inference.predictor import Predictor
from mammoview.reading.archive_run import Run, Threads, Workers
from mammoview.reading.archive_run_index import index
from mammoview.reading.archive_run_output import json_parts, told_errors, told_studies
from mammoview.reading.scoring import SCORE_SCHEMA, device_change_record, label_and_shift, model_record

_INTERRUPTED = 130
_QUIET_S = 1.0
_TELL_EVERY_S = 0.2


def run(args: Namespace) -> int:
    """Score everything under `args.paths` that `args.store` does not hold yet; returns the exit status."""
    _check(args)
    report = _Telling()
    with ScoreStore(args.store) as store:
        try:
            return _run(args, store, report)
        except (KeyboardInterrupt, CancelledError):
            report.finish()
            report.say(f"stopped; {report.done_words} in {args.store} (the same command goes on)")
            return _INTERRUPTED


def _check(args: Namespace) -> None:
    if args.store is None:
        option = "--retry" if args.retry else "--scheduler"
        raise UsageError(f"{option} needs --store", "name the file that keeps the scores with --store FILE")
    if args.heatmaps is not None:
        raise UsageError("--heatmaps cannot be used with --store", "score the studies of interest again without it")
    targets = [Path(name) for name in (args.store, args.json) if name not in (None, "-")]
    for target in targets:
        if not target.parent.is_dir():
            raise UsageError(f"{target}: there is no folder {target.parent}", "make the folder")


def _run(args: Namespace, store: ScoreStore, report: _Telling) -> int:
    earlier = index(store, args.paths, retry=args.retry, tell=report.tell, progress=report.looked)
    with Predictor(args.model, args.device, engine=args.engine, flips=args.flips, tell=report.say) as predictor:
        setting = store.setting(predictor.bundle.sha256, args.engine, args.device, flips=args.flips)
        if args.retry:
            store.forget_unreadable(setting)
        report.total, report.answered = store.counts(setting)
        if not report.total and args.json is None:
            return report.status_of(0, earlier)
        model, shift = label_and_shift(predictor.bundle, args.prevalence, args.operating_point)
        told = report.told
        if next(store.pending(setting), None) is not None:
            with ExitStack() as stack:
                trail = stack.enter_context(ScoredTrail(args.library, predictor.bundle.sha256, report))
                _score(store, setting, _workers(args, predictor, store, setting, stack, report), trail, report)
        earlier += store.failures(setting) - (report.told - told)
    report.finish()
    _hand_over(args.json, store, setting, model, shift, flips=args.flips)
    return report.status_of(store.scored(setting), earlier)


def _workers(
    args: Namespace, predictor: Predictor, store: ScoreStore, setting: int, stack: ExitStack, report: _Telling
) -> Workers:
    """Who scores: the cluster that was named, else this machine."""
    if args.scheduler is None:
        predictor.start()
        store.note_device(setting, predictor.info().device, "")
        return stack.enter_context(Threads(predictor))
    from mammoview.reading.archive_run_cluster import Cluster, Engine

    bundle = None if args.model is None else str(args.model.absolute())
    engine = Engine(bundle, predictor.bundle.sha256, args.device, args.engine, args.flips)
    cluster = stack.enter_context(Cluster(args.scheduler, engine))
    if not cluster.workers:
        report.say(f"{args.scheduler} has no workers yet: waiting for one (dask worker {args.scheduler})")
    return cluster


def _score(store: ScoreStore, setting: int, workers: Workers, trail: ScoredTrail, report: _Telling) -> None:
    """Score what is pending; whatever ends it, what was ready by then is kept."""
    run = Run(workers)
    report.begin()
    try:
        for answer in run.answers(store.pending(setting)):
            _keep(store, setting, answer, trail, report)
    finally:
        for answer in run.finished():
            _keep(store, setting, answer, trail, report)


def _keep(store: ScoreStore, setting: int, answer: UnitAnswer, trail: ScoredTrail, report: _Telling) -> None:
    store.save(answer, setting)
    trail.scored(answer)
    images = [image for study in answer.studies for image in study.images]
    for image in images:
        if image.error is not None and image.source in answer.new:
            report.tell(Refusal(store.shown(image.source), *image.error))
    report.scored(len(answer.new))


def _hand_over(
    target: str | None, store: ScoreStore, setting: int, model: ModelLabel, shift: PriorShift | None, *, flips: bool
) -> None:
    """As `score` without a store does, one study at a time."""
    device, change = store.device(setting)
    studies = told_studies(store, setting, shift)
    if target is None:
        print_model(model, device)
        for number, study in enumerate(studies, 1):
            print_study(number, study.record, study.predictions, model)
        return
    head = {
        "schema": SCORE_SCHEMA,
        "model": model_record(model),
        "device": device.partition(":")[0],
        **device_change_record(change),
        **({"flips": True} if flips else {}),
    }
    errors = (error_record(*error) for error in told_errors(store, setting))
    parts = json_parts(head, {"studies": (study.record for study in studies), "errors": errors})
    if target == "-":
        sys.stdout.writelines(parts)
        print()
    else:
        write_parts(Path(target), chain(parts, "\n"))


class _Telling(Report):
    """Says what is refused without keeping it, and how fast it goes; `total` images, `answered` of which are done."""

    def __init__(self) -> None:
        super().__init__()
        self.total = self.answered = self.told = 0
        self._scored = 0
        self._begun = self._said = time.monotonic()

    def tell(self, refusal: Refusal) -> None:
        """One line on what cannot be used."""
        self.told += 1
        self.say(str(refusal))

    def looked(self, done: int) -> None:
        """So many files were looked at."""
        if self._is_time():
            seconds = time.monotonic() - self._begun
            self._show(f"reading headers: {done:,} files, {done / max(seconds, 1e-3):,.0f} per second")

    def begin(self) -> None:
        """From now on it is scored."""
        self._begun = time.monotonic()

    def scored(self, images: int) -> None:
        """So many more images are answered for."""
        self._scored += images
        if self._is_time():
            done, seconds = self.answered + self._scored, time.monotonic() - self._begun
            self._show(f"scoring: {done:,} of {self.total:,} images, {pace(self._scored, self.total - done, seconds)}")

    @property
    def done_words(self) -> str:
        """How far it has come."""
        if not self.total:
            return "the headers that were read are kept"
        return f"the answers for {self.answered + self._scored:,} of {self.total:,} images are kept"

    def status_of(self, done: int, earlier: int) -> int:
        """The exit status, as of `Report.status`; `earlier`: what was refused by runs before this one."""
        self.finish()
        if earlier > 0:
            self.say(f"{earlier:,} refused by earlier runs and not tried again (--retry tries them, --json lists them)")
        if done == 0:
            return 2
        return 1 if self.told or earlier > 0 else 0

    def _is_time(self) -> bool:
        """On a terminal, once the work takes over a second, and then a few times a second."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._started < _QUIET_S or now - self._said < _TELL_EVERY_S:
            return False
        self._said = now
        return True

    def _show(self, text: str) -> None:
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
        self._line_open = True


def pace(done: int, left: int, seconds: float) -> str:
    """How fast it goes and how long it will take: "12.3 per second, 2 h 5 min left"; `done` within `seconds`."""
    if not done or seconds <= 0:
        return "beginning"
    rate = done / seconds
    minutes = math.ceil(left / rate / 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        time_left = f"{days} d {hours % 24} h"
    elif hours:
        time_left = f"{hours} h {minutes % 60} min"
    else:
        time_left = f"{minutes} min"
    return f"{rate:.1f} per second, {time_left} left"
