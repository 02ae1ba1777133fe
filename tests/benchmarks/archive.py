"""Owns the proof of `mammoview score --store` on an archive of 100,000 images: `python -m tests.benchmarks.archive`.

The archive is made: tiny DICOM files of their own (about 1.3 kB, four views a study; a hard link would be a copy
of the same image). They are scored by `archive_stub`, which answers at once. Said are memory, pace, what a process that
was ended by signal 9 leaves behind, and the same on a Dask cluster of two workers of which one is killed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydicom.uid import UID

from tests.benchmarks.archive_stub import LOG
from tests.factories import FOUR_VIEWS, dicom_bytes, make_mammogram_dataset

_UID_DIGITS = 12
_STUDIES_PER_FOLDER = 250
_WITHIN_S = 7200.0
_SAMPLE_S = 0.5


def main(arguments: Sequence[str]) -> int:
    """0 where all that is promised held, 1 where not."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive", description=__doc__)
    parser.add_argument("--images", type=int, default=100_000, metavar="N", help="how many (default 100,000)")
    parser.add_argument(
        "--cluster-images", type=int, default=10_000, metavar="N", help="on the cluster (default 10,000)"
    )
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="keep archive and stores here, and use what is there"
    )
    args = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        held = [*_alone(folder, args.images)]
        if args.cluster_images:
            held += _on_a_cluster(folder, args.cluster_images)
    for words, good in held:
        print(f"{'ok  ' if good else 'FAIL'} {words}")
    return 0 if all(good for _, good in held) else 1


def make_archive(folder: Path, images: int) -> Path:
    """An archive of so many images, made once; its folder."""
    archive = folder / f"archive-{images}"
    if archive.is_dir():
        return archive
    part = archive.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    templates = [_template(side, view) for side, view in FOUR_VIEWS]
    for number in range(images):
        study, view = divmod(number, len(templates))
        data, study_uid, image_uid = templates[view]
        place = part / f"{study // _STUDIES_PER_FOLDER:04d}" / f"{study:06d}"
        place.mkdir(parents=True, exist_ok=True)
        own = data.replace(study_uid, _uid(study_uid, study)).replace(image_uid, _uid(image_uid, number))
        (place / f"{''.join(FOUR_VIEWS[view])}.dcm").write_bytes(own)
    part.rename(archive)
    return archive


def _template(side: str, view: str) -> tuple[bytes, bytes, bytes]:
    """A file, and its Study and SOP Instance UID, whose last digits are to be replaced."""
    ds = make_mammogram_dataset(side, view, 8, 8)
    ds.StudyInstanceUID = f"2.25.1{'0' * _UID_DIGITS}"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = UID(f"2.25.2{'0' * _UID_DIGITS}")
    return dicom_bytes(ds), ds.StudyInstanceUID.encode(), ds.SOPInstanceUID.encode()


def _uid(template: bytes, number: int) -> bytes:
    return template[:-_UID_DIGITS] + f"{number:0{_UID_DIGITS}d}".encode()


def _alone(folder: Path, images: int) -> Iterator[tuple[str, bool]]:
    """One process; it is killed in the middle, and the same command goes on."""
    begun = time.monotonic()
    archive = make_archive(folder, images)
    print(f"{images} files were made in {time.monotonic() - begun:.0f} s", flush=True)
    store, log = _fresh(folder, "alone.sqlite"), _fresh(folder, "alone.log")
    command = [sys.executable, "-m", "tests.benchmarks.archive_stub", str(log), "score", str(archive)]
    command += ["--store", str(store), "--json", str(folder / "alone.json")]
    first = _watched(command, log, kill_at=images * 2 // 5)
    at_kill = _lines(log)
    kept = _results(store)
    print(f"killed by signal 9 with {at_kill} scored, {kept} kept", flush=True)
    second = _watched(command, log)
    counts = Counter(log.read_text().split())
    twice = sum(count > 1 for count in counts.values())
    peak = max(first.peak_mib, second.peak_mib)
    yield f"all {len(counts)} of {images} images were scored", len(counts) == images
    yield f"{at_kill - kept} scored images were lost by the kill, {twice} were scored again", twice <= at_kill - kept
    yield f"memory: {second.early_mib:.0f} MiB early, {peak:.0f} MiB at most", peak < 1.25 * second.early_mib + 32
    print(f"headers: {first.headers_s:.0f} s, again unchanged: {second.headers_s:.0f} s", flush=True)
    print(f"scoring, with the stub: {(images - kept) / second.scoring_s:.0f} images per second", flush=True)
    third = _watched(command, log)
    print(f"nothing to do, with the JSON: {third.headers_s + third.scoring_s:.0f} s", flush=True)
    yield "a run with nothing new scores nothing", sum(counts.values()) == _lines(log)


def _on_a_cluster(folder: Path, images: int) -> Iterator[tuple[str, bool]]:
    """A Dask scheduler with two workers, one of which is killed in the middle, against one process without Dask."""
    archive = make_archive(folder, images)
    plain_store, plain_log = _fresh(folder, "plain.sqlite"), _fresh(folder, "plain.log")
    base, told = [sys.executable, "-m", "tests.benchmarks.archive_stub"], ["--json", str(folder / "cluster.json")]
    _watched([*base, str(plain_log), "score", str(archive), "--store", str(plain_store), *told], plain_log)
    store, log = _fresh(folder, "cluster.sqlite"), _fresh(folder, "cluster.log")
    with _cluster(folder, log) as (address, workers):
        command = [*base, str(log), "score", str(archive), "--store", str(store), *told]
        run = _watched([*command, "--scheduler", address], log, at=(images // 3, lambda: workers[0].kill()))
    counts = Counter(log.read_text().split())
    twice = sum(count > 1 for count in counts.values())
    pace = images / run.scoring_s
    print(f"cluster: {pace:.0f} images per second; {twice} images were under way at the killed worker", flush=True)
    yield f"cluster: all {images} were scored", len(counts) == images
    yield f"cluster: {_results(store)} results are kept, one for each image", _results(store) == images
    yield f"cluster: {twice} of {images} were begun twice, at most what one worker had", twice <= 64
    yield "cluster: the same results as of one process", _digest(store) == _digest(plain_store)


class _Watched:
    """What was seen of a process: its memory when it began to score (`early_mib`) and at most, and seconds."""

    def __init__(self) -> None:
        self.early_mib = self.peak_mib = self.headers_s = self.scoring_s = 0.0


def _watched(command: list[str], log: Path, *, kill_at: int = 0, at: tuple[int, object] | None = None) -> _Watched:
    seen = _Watched()
    before, begun = _lines(log), time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    scoring_since, fired = 0.0, False
    try:
        while process.poll() is None and time.monotonic() - begun < _WITHIN_S:
            mib, done = _rss_mib(process.pid), _lines(log)
            seen.peak_mib = max(seen.peak_mib, mib)
            if done > before and not scoring_since:
                scoring_since, seen.early_mib = time.monotonic(), mib
            if kill_at and done >= kill_at:
                process.send_signal(signal.SIGKILL)
                kill_at = 0
            if at is not None and not fired and done >= at[0]:
                fired = True
                at[1]()  # type: ignore[operator]
            time.sleep(_SAMPLE_S)
    finally:
        process.kill()
        said = process.communicate()[1]
    if process.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"ended with {process.returncode}: {said[-2000:]}")
    ended = time.monotonic()
    seen.headers_s = (scoring_since or ended) - begun
    seen.scoring_s = max(ended - (scoring_since or ended), _SAMPLE_S)
    return seen


@contextlib.contextmanager
def _cluster(folder: Path, log: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes on this machine: its address, the workers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1"]
    worker += ["--preload", "tests.benchmarks.archive_stub", "--local-directory", str(folder), "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, LOG: str(log)}}
    started = [subprocess.Popen([*dask, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **quiet)]  # type: ignore[call-overload]
    try:
        started += [subprocess.Popen(worker, **quiet) for _ in range(2)]  # type: ignore[call-overload]
        _wait_for_workers(address, 2)
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    connect: object = Client
    with connect(address, timeout=120, set_as_default=False) as client:  # type: ignore[operator]
        client.wait_for_workers(count, timeout=120)


def _fresh(folder: Path, name: str) -> Path:
    for path in folder.glob(f"{name}*"):
        path.unlink()
    return folder / name


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _rss_mib(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def _results(store: Path) -> int:
    with contextlib.closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("SELECT count(*) FROM results").fetchone()[0])


def _digest(store: Path) -> str:
    """Of all that was answered, in its order, without times."""
    digest = hashlib.sha256()
    with contextlib.closing(sqlite3.connect(store)) as connection:
        query = (
            "SELECT file, sop_instance_uid, study_instance_uid, laterality, view, frame, score, reason, breast_score,"
            " study_score FROM scores ORDER BY sop_instance_uid"
        )
        for row in connection.execute(query):
            digest.update(repr(row).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
