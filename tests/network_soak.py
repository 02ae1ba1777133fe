"""Owns the long test of the network: `python -m tests.network_soak`. Not in the suite.

A thousand images are sent to `mammoview pacs receive`, whose connections are cut at random, which is killed and started
again, whose disk is full now and then, and which is lied to; then they are retrieved from Orthanc over connections that
are cut, by retrievals that are stopped. At the end each is there once, as it was sent, and the library is sound.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pydicom import dcmread

from mammoview.archive.library import Library, Query
from mammoview.archive.pacs.calling import Retries
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.archive.pacs.connections import Limits
from mammoview.archive.pacs.errors import PacsError
from mammoview.archive.pacs.filing import Filing
from mammoview.archive.pacs.nodes import Node, Nodes
from mammoview.archive.pacs.retrieving import Progress, Retrieval
from mammoview.archive.pacs.sending import Outgoing, outgoing, send
from mammoview.core.errors import CancelledError
from tests.factories import BERTA
from tests.network.objects import data_set_bytes, held, made_object, written
from tests.network.servers import orthanc
from tests.network.test_calls import free_port

_SENDERS = 3
_LONGEST_TEXT = 150_000
_LIES = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x04\x00\xff\xff\xff\xff",
    b"\x01\x00\x00\x10\x00\x00" + b"\0" * 4096,
    bytes(range(256)) * 64,
)
_QUICK = Retries(most=4, first_s=0.05, longest_s=0.5)
_LIMITS = Limits(idle_s=20, connect_s=10, grace_s=0.5)


class CuttingProxy:
    """Hands connections on to a port, and cuts some of them after a random number of bytes."""

    def __init__(self, port: int, chance: random.Random, *, cut_share: float, most_bytes: int) -> None:
        self._target, self._chance = port, chance
        self._cut_share, self._most_bytes = cut_share, most_bytes
        self.cuts = 0
        self._server = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._server.accept()
                threading.Thread(target=self._pass, args=(caller,), daemon=True).start()

    def _pass(self, caller: socket.socket) -> None:
        try:
            target = socket.create_connection(("127.0.0.1", self._target), timeout=10)
        except OSError:
            caller.close()
            return
        budget = [self._chance.randrange(self._most_bytes) if self._chance.random() < self._cut_share else -1]
        ways = [(caller, target), (target, caller)]
        threads = [threading.Thread(target=self._pump, args=(*way, budget), daemon=True) for way in ways]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for end in (caller, target):
            end.close()

    def _pump(self, source: socket.socket, sink: socket.socket, budget: list[int]) -> None:
        with suppress(OSError):
            while data := source.recv(8192):
                if 0 <= budget[0] <= len(data):
                    sink.sendall(data[: budget[0]])
                    self.cuts += 1
                    break
                if budget[0] > 0:
                    budget[0] -= len(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class ReceivingProcess:
    """`mammoview pacs receive` on one port, started again where it was killed."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.port = free_port()
        self._arguments = ["pacs", "receive", "--folder", str(folder), "--port", str(self.port), "--idle", "20"]
        self._environment = {**os.environ, "MAMMOVIEW_HOME": str(home)}
        self._log = (home / "receive.log").open("ab")
        self._guard = threading.Lock()
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "mammoview", *self._arguments]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, env=self._environment)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, "the receiver ended"
                time.sleep(0.1)

    def kill(self) -> None:
        """End it at once, and start it again."""
        with self._guard:
            self._process.kill()
            self._process.wait()
            self._start()

    def fill_disk(self, seconds: float) -> None:
        """It cannot write more than a few bytes to any file for so long."""
        with self._guard:
            limits = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (3000, limits[1]))
            time.sleep(seconds)
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)

    def end(self) -> int:
        """As Ctrl-C does; its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(120)


@contextmanager
def now_and_then(
    chance: random.Random, mean_s: float, count: Counter[str], deeds: dict[str, Callable[[], None]]
) -> Iterator[None]:
    """Within it one of the deeds is done at random times."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(chance.expovariate(1 / mean_s)):
            name = chance.choice(sorted(deeds))
            deeds[name]()
            count[name] += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def lie(port: int, chance: random.Random) -> None:
    """Say something that is no DICOM."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as caller:
        caller.sendall(chance.choice(_LIES))


def lie_about_an_object(node: Node, folder: Path, number: int) -> None:
    """Send an object whose pixels are cut off."""
    cut = made_object(number, study="lies", woman=BERTA)
    (path,) = written(folder / f"lie-{number}", cut)
    path.write_bytes(path.read_bytes()[:-50])
    one = Outgoing(path, str(cut.SOPClassUID), str(cut.SOPInstanceUID), str(cut.file_meta.TransferSyntaxUID))
    result = send(node, [one], Cancellation(), retries=Retries(most=0), limits=_LIMITS)
    assert not result.taken, "a lie was believed"


def send_all(node: Node, files: Sequence[Outgoing], count: Counter[str]) -> None:
    """Until every file was taken."""
    left = list(files)
    while left:
        taken = set(send(node, left, Cancellation(), retries=_QUICK, limits=_LIMITS).taken)
        left = [one for one in left if one.path not in taken]
        count["sent again"] += len(left) > 0


def receive(files: Sequence[Outgoing], folder: Path, chance: random.Random, count: Counter[str]) -> None:
    """The first half: everything is sent to the receiver."""
    home = folder / "home"
    home.mkdir()
    Nodes(home).add(Node("sender", "SENDER", "127.0.0.1", 1))
    receiver = ReceivingProcess(folder / "received", home)
    proxy = CuttingProxy(receiver.port, chance, cut_share=0.7, most_bytes=3_000_000)
    node = Node("us", "MAMMOVIEW", "127.0.0.1", proxy.port, our_ae_title="SENDER")
    deeds: dict[str, Callable[[], None]] = {
        "killed": receiver.kill,
        "disk full": lambda: receiver.fill_disk(chance.uniform(0.2, 1.5)),
        "garbage": lambda: lie(receiver.port, chance),
        "cut-off objects": lambda: lie_about_an_object(node, folder / "lies", count["cut-off objects"]),
    }
    threads = [threading.Thread(target=send_all, args=(node, files[at::_SENDERS], count)) for at in range(_SENDERS)]
    with now_and_then(chance, 1.5, count, deeds):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    count["receiver's connections cut"] = proxy.cuts
    proxy.close()
    assert receiver.end() == 0
    check(files, folder / "received")
    with Library(home / "library.sqlite") as library:
        assert library.check() == ""
        indexed = sum(row.image_count for row in library.list(Query()))
    assert indexed == len(files), f"the library holds {indexed} of {len(files)} images"


def retrieve(files: Sequence[Outgoing], folder: Path, chance: random.Random, count: Counter[str]) -> None:
    """The second half: everything is retrieved from Orthanc."""
    filing = Filing(folder / "retrieved")
    studies = sorted({str(dcmread(one.path, stop_before_pixels=True).StudyInstanceUID) for one in files})
    with orthanc(folder / "orthanc", free_port()) as archive:
        assert len(send(archive, files, Cancellation()).taken) == len(files)
        proxy = CuttingProxy(archive.port, chance, cut_share=0.8, most_bytes=4_000_000)
        node = Node("orthanc", archive.ae_title, "127.0.0.1", proxy.port)
        while True:
            cancellation = Cancellation()
            stop_at = chance.randrange(len(files))

            def told(progress: Progress, cancellation: Cancellation = cancellation, stop_at: int = stop_at) -> None:
                if progress.done >= stop_at and chance.random() < 0.02:
                    cancellation.cancel()

            retrieval = Retrieval(node, filing, cancellation, progress=told, retries=_QUICK, limits=_LIMITS)
            try:
                result = retrieval.run(studies)
            except CancelledError:
                count["retrievals stopped"] += 1
                continue
            except PacsError:
                count["retrievals given up"] += 1
                continue
            if not result.missing:
                break
        count["archive's connections cut"] = proxy.cuts
        proxy.close()
    check(files, folder / "retrieved")


def check(files: Sequence[Outgoing], folder: Path) -> None:
    """Each object is there once and as it was; nothing else is."""
    found = held(folder)
    lost = {one.sop_uid for one in files} - found.keys()
    assert not lost, f"{len(lost)} were lost"
    assert len(found) == len(files), "there is more than was sent"
    changed = [one for one in files if found[one.sop_uid] != data_set_bytes(one.path.read_bytes())]
    assert not changed, f"{len(changed)} came changed"


def main(arguments: Sequence[str]) -> int:
    """0 where all held; an AssertionError says what did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.network_soak", description=__doc__)
    parser.add_argument("--images", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of what happens when (default 1)")
    parser.add_argument("--only", choices=("receive", "retrieve"), help="one half")
    args = parser.parse_args(arguments)
    chance, count = random.Random(args.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = "x" * _LONGEST_TEXT
        objects = (
            made_object(number, study=str(number // 4), TextValue=text[: chance.randrange(_LONGEST_TEXT)])
            for number in range(args.images)
        )
        files = [outgoing(path) for path in written(folder / "out", *objects)]
        for half in (receive, retrieve):
            if args.only in (None, half.__name__):
                begun = time.monotonic()
                half(files, folder, chance, count)
                seconds = round(time.monotonic() - begun)
                print(
                    json.dumps({"half": half.__name__, "images": len(files), "seconds": seconds, **count}), flush=True
                )
                count.clear()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
