"""Owns one process of the fuzzer: breaks the file with the number that it is told, opens it, answers in one line.

A process of its own, so that a crash, a hang or a runaway allocation is the file's and nobody else's.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from mammoview.dicom.decode_pool import DecodePool
from tests.benchmarks import corpus, mutations, passage

MEMORY_LIMIT_BYTES = 6 << 30
_LARGE_PART = 0.02


def broken_file(seeds: list[corpus.Seed], seed: int, number: int) -> tuple[corpus.Seed, bytes, str]:
    """The broken file with this number: always the same for the same seeds, seed and number."""
    chance = random.Random(f"{seed}/{number}")
    sized = [whole for whole in seeds if whole.is_large == (chance.random() < _LARGE_PART)] or seeds
    whole = chance.choice(sized)
    return whole, *mutations.broken(whole, chance)


def write_beside(folder: Path, whole: corpus.Seed, data: bytes) -> Path:
    """Writes the broken file under its own name, and the whole files of its folder."""
    for name, other in whole.beside:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(other)
    path = folder / whole.name
    path.write_bytes(data)
    return path


def peak_rss_bytes(process: int | None = None) -> int:
    """The highest resident set of a process (this one) since `forget_peak`; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process or os.getpid()}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


def forget_peak(process: int | None = None) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/{process or os.getpid()}/clear_refs").write_text("5")


def main(arguments: list[str]) -> None:
    """Reads numbers from standard input until it ends; answers each with a line of JSON."""
    seed = int(arguments[0])
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    seeds = corpus.seeds()
    with tempfile.TemporaryDirectory(prefix="mammoview-fuzz-") as name, DecodePool(1) as decoder:
        folder = Path(name)
        for line in sys.stdin:
            number = int(line)
            whole, data, ways = broken_file(seeds, seed, number)
            path = write_beside(folder, whole, data)
            for process in (None, *decoder.pids()):
                forget_peak(process)
            before, started = peak_rss_bytes(), time.perf_counter()
            found = passage.open_file(path, decoder)
            seconds = time.perf_counter() - started
            answer = {
                "number": number,
                "name": whole.name,
                "ways": ways,
                "seconds": seconds,
                "peak": peak_rss_bytes(),
                "child": max((peak_rss_bytes(process) for process in decoder.pids()), default=0),
                "grown": peak_rss_bytes() - before,
                "opened": found.opened,
                "passed_over": found.passed_over,
                "refusals": found.refusals,
                "faults": found.faults,
                "unclear": found.unclear,
                "place": found.place,
            }
            answers.write(json.dumps(answer) + "\n")
            for left in folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
