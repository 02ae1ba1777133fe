"""Owns `python -m tests.benchmarks fuzz`: hands numbers to worker processes, watches them, counts, keeps what failed.

A file over the time limit is opened once more by itself before it is called a hang, since a busy machine is none.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tests.benchmarks import corpus
from tests.benchmarks.fuzz_worker import broken_file, write_beside

LIMIT_S = 5.0
MEMORY_BYTES = 1 << 30
_START_S = 120.0


class Worker:
    """One process that opens files."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] = io.BytesIO()
        self._fresh = True

    def open(self, number: int) -> dict[str, Any]:
        """What became of the file with this number; "hang" and "crash" are faults like others."""
        if self._process is None:
            command = [sys.executable, "-m", "tests.benchmarks.fuzz_worker", str(self._seed)]
            log, name = tempfile.mkstemp()
            Path(name).unlink()
            self._log = os.fdopen(log, "w+b")
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd=corpus.CHECKOUT
            )
            self._fresh = True
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        self._log.seek(0)
        self._log.truncate()
        started = time.perf_counter()
        process.stdin.write(f"{number}\n".encode())
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], LIMIT_S + (_START_S if self._fresh else 1.0))
        if ready:
            line = process.stdout.readline()
            self._fresh = False
            if line:
                answer: dict[str, Any] = json.loads(line)
                return answer
            status = process.wait()
            fault, place = f"crash: status {status}", self._where()
        else:
            process.send_signal(signal.SIGUSR1)
            time.sleep(0.5)
            fault, place = "hang", self._where()
        self.close()
        seconds = time.perf_counter() - started
        return {"number": number, "seconds": seconds, "faults": [f"{fault} @ {place}"], "place": place, "lost": True}

    def _where(self) -> str:
        """The topmost of the application's own lines in the dump that the process left."""
        self._log.seek(0)
        lines = re.findall(
            r'File ".*/(mammoview/[^"]+)", line (\d+) in (\w+)', self._log.read().decode(errors="replace")
        )
        return f"{Path(lines[0][0]).name}:{lines[0][1]} {lines[0][2]}" if lines else "unknown"

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._log.close()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None


def fuzz(numbers: range, seed: int, workers: int) -> Iterator[dict[str, Any]]:
    """Open the broken files with these numbers in `workers` processes; answers as they come."""
    waiting = collections.deque(numbers)
    answers: collections.deque[dict[str, Any]] = collections.deque()
    news = threading.Condition()
    left = [workers]

    def work() -> None:
        worker = Worker(seed)
        try:
            while True:
                try:
                    number = waiting.popleft()
                except IndexError:
                    return
                answer = worker.open(number)
                if _is_slow(answer):
                    answer = worker.open(number)
                with news:
                    answers.append(answer)
                    news.notify()
        finally:
            worker.close()
            with news:
                left[0] -= 1
                news.notify()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    while True:
        with news:
            while not answers and left[0]:
                news.wait()
            if not answers:
                return
            answer = answers.popleft()
        yield _judged(answer)


def _is_slow(answer: dict[str, Any]) -> bool:
    return bool(answer["seconds"] > LIMIT_S)


def _judged(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer.get("lost"):
        if _is_slow(answer):
            answer["faults"].append(f"hang: {answer['seconds']:.1f} s")
        if max(answer["grown"], answer["child"]) > MEMORY_BYTES:
            answer["faults"].append(f"memory: {answer['grown'] >> 20} MiB, decoder {answer['child'] >> 20} MiB")
    return answer


def _kind(fault: str) -> str:
    """A fault without what differs from file to file."""
    return re.sub(r"[0-9]+(\.[0-9]+)?", "N", fault.split(" @ ")[0])[:110] + (
        f" @ {fault.split(' @ ')[1]}" if " @ " in fault else ""
    )


def _cause(line: str) -> str:
    return re.sub(r"'[^']*'|[0-9]+([.x ]+[0-9]+)*", "…", line)[:70]


class Count:
    """What the files came to."""

    def __init__(self) -> None:
        self.files = self.opened = self.refused = self.passed_over = self.mixed = 0
        self.causes: collections.Counter[str] = collections.Counter()
        self.faults: collections.Counter[str] = collections.Counter()
        self.unclear: collections.Counter[str] = collections.Counter()
        self.examples: dict[str, str] = {}
        self.slowest: tuple[float, str] = (0.0, "")
        self.highest: tuple[int, str] = (0, "")
        self.child: tuple[int, str] = (0, "")

    def add(self, answer: dict[str, Any]) -> None:
        self.files += 1
        named = f"{answer['number']} {answer.get('name', '')} {answer.get('ways', '')}"
        for fault in answer["faults"]:
            self.faults[_kind(fault)] += 1
            self.examples.setdefault(_kind(fault), f"{named}: {fault}"[:300])
        if answer.get("lost"):
            return
        self.opened += bool(answer["opened"] and not answer["refusals"])
        self.mixed += bool(answer["opened"] and answer["refusals"])
        self.refused += bool(answer["refusals"] and not answer["opened"])
        self.passed_over += not answer["opened"] and not answer["refusals"]
        self.causes.update({_cause(cause) for cause in answer["refusals"]})
        for line in answer["unclear"]:
            self.unclear[_cause(line)] += 1
            self.examples.setdefault(_cause(line), f"{named}: {line}"[:300])
        self.slowest = max(self.slowest, (answer["seconds"], named))
        self.highest = max(self.highest, (answer["peak"], named))
        self.child = max(self.child, (answer["child"], named))

    def text(self, *, causes: int = 30) -> str:
        crashes = sum(count for kind, count in self.faults.items() if kind.startswith("crash"))
        hangs = sum(count for kind, count in self.faults.items() if kind.startswith("hang"))
        lines = [
            f"{self.files} files: opened {self.opened}, refused {self.refused}, opened in part {self.mixed}, "
            f"passed over {self.passed_over}; crashes {crashes}, hangs {hangs}, "
            f"other faults {sum(self.faults.values()) - crashes - hangs}, unclear lines {sum(self.unclear.values())}",
            f"slowest {self.slowest[0]:.2f} s ({self.slowest[1]}); "
            f"highest peak RSS of a worker {self.highest[0] >> 20} MiB ({self.highest[1]}), "
            f"of its decoder process {self.child[0] >> 20} MiB ({self.child[1]})",
        ]
        for title, counter in (("faults", self.faults), ("unclear lines", self.unclear)):
            for kind, count in counter.most_common():
                lines += [f"  {title}: {count} x {kind}", f"      e.g. {self.examples[kind]}"]
        lines += [f"  refused: {count} x {cause}" for cause, count in self.causes.most_common(causes)]
        return "\n".join(lines)


def keep(folder: Path, seeds: list[corpus.Seed], seed: int, answer: dict[str, Any]) -> None:
    """Write the file that failed, with what was found, to be opened again by hand."""
    whole, data, ways = broken_file(seeds, seed, answer["number"])
    place = folder / f"{seed}-{answer['number']}"
    place.mkdir(parents=True, exist_ok=True)
    write_beside(place, whole, data)
    record = {**answer, "name": whole.name, "ways": ways, "seed": seed}
    (place / "found.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


def run(arguments: list[str]) -> int:
    """0 where nothing failed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first file's number")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "mammoview-fuzz", metavar="DIR")
    parser.add_argument("--again", action="store_true", help="only the files that are kept in DIR")
    args = parser.parse_args(arguments)
    seeds, count, started = corpus.seeds(), Count(), time.perf_counter()
    numbers: Any = range(args.first, args.first + args.files)
    if args.again:
        numbers = sorted(int(path.name.partition("-")[2]) for path in args.keep.glob(f"{args.seed}-*"))
    for answer in fuzz(numbers, args.seed, args.workers):
        count.add(answer)
        if answer["faults"]:
            keep(args.keep, seeds, args.seed, answer)
            print(f"{answer['number']}: {answer['faults'][0][:250]}", flush=True)
        if count.files % 1000 == 0:
            print(f"--- {count.files} files, {time.perf_counter() - started:.0f} s", flush=True)
    print(f"seed {args.seed}, {len(seeds)} whole files, {time.perf_counter() - started:.0f} s")
    print(count.text())
    print(f"what failed lies in {args.keep}" if count.faults else "nothing failed")
    return 1 if count.faults else 0
