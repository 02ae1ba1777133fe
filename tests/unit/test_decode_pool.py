"""Decoding in child processes: the same pixels, and a codec that crashes, hangs or grows costs one image."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mammoview.child import python_command
from mammoview.core.errors import CancelledError, InputRefusedError
from mammoview.dicom import decode_pool
from mammoview.dicom.codestream import Codestream, Family, recognise
from mammoview.dicom.decode_pool import DecodePool
from mammoview.dicom.reader import read_file
from mammoview.dicom.scan import scan
from mammoview.reading.scoring import read_images
from tests.factories import (
    HTJ2K_LOSSLESS,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_LOSSLESS_SV1,
    JPEG_LS,
    RLE,
    encode,
    make_breast,
    make_mammogram_dataset,
    save,
    write_mammogram,
)

_ROOT = Path(__file__).resolve().parents[2]
_POISONED = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
import os, time, numpy
from mammoview.dicom import codecs, decode_process
real = codecs._decoders
def poisoned(data, stream):
    word, _, path = bytes(data).decode('latin-1').partition(':')
    if word == 'abort': os.abort()
    if word == 'leave': os._exit(3)
    if word == 'hang': time.sleep(600)
    if word == 'swell': return numpy.zeros((500, 500), numpy.uint16)
    kept = []
    while word == 'grow': kept.append(bytearray(1 << 26))
    if word in ('note', 'gate'):
        with open(path, 'a' if word == 'note' else 'r') as file: file.write('x') if word == 'note' else file.read()
        return numpy.full((stream.rows, stream.columns), os.getpid() % 256, numpy.uint8)
    raise RuntimeError(word)
def decoders(family, rgb, threads):
    return real(family, rgb, threads) if family == 'JPEG-LS' else [poisoned]
codecs._decoders = decoders
sys.exit(decode_process.main([]))
"""
_SMALL = Codestream(Family.JPEG_XL, 8, 6, 1, 8)  # a family that has no plugin to try after the poison


def _good() -> tuple[bytes, Codestream, np.ndarray[tuple[int, ...], np.dtype[np.uint16]]]:
    pixels = make_breast("R", 40, 30)
    data = encode(pixels, JPEG_LS, make_mammogram_dataset(pixels=pixels))
    stream = recognise(data)
    assert stream is not None
    return data, stream, pixels


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    with DecodePool() as running:
        yield running


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Iterator[DecodePool]:
    """A pool of one process, in which certain words in place of a codestream do harm."""
    with DecodePool(1, command=python_command(_POISONED)) as running:
        yield running


def _wait_until(truth: Callable[[], bool], *, limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while not truth():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.02)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("syntax", "bits", "signed"),
    [
        (RLE, 12, False),
        (JPEG_BASELINE, 8, False),
        (JPEG_LOSSLESS_SV1, 16, False),
        (JPEG_LS, 8, False),
        (JPEG_2000_LOSSLESS, 12, False),
        (JPEG_2000_LOSSLESS, 12, True),
        (HTJ2K_LOSSLESS, 14, False),
    ],
)
def test_the_processes_give_the_pixels_that_this_one_gives(
    tmp_path: Path, pool: DecodePool, syntax: str, bits: int, signed: bool
) -> None:
    pixels = make_breast("R", 47, 33, bits=bits, signed=signed)
    path = write_mammogram(
        tmp_path / "image.dcm", pixels=pixels, bits_stored=bits, signed=signed, transfer_syntax=syntax
    )
    np.testing.assert_array_equal(read_file(path, decoder=pool).stored, read_file(path).stored)


def test_threads_get_their_own_images(tmp_path: Path, pool: DecodePool) -> None:
    sizes = [(30 + 7 * number, 50 - 3 * number) for number in range(6)]
    made = [make_breast("L", rows, columns, seed=rows) for rows, columns in sizes]
    paths = [
        write_mammogram(tmp_path / f"{number}.dcm", pixels=pixels, transfer_syntax=JPEG_2000_LOSSLESS)
        for number, pixels in enumerate(made)
    ]
    with ThreadPoolExecutor(4) as threads:
        images = list(threads.map(lambda path: read_file(path, decoder=pool), paths * 3))
    for image, pixels in zip(images, made * 3, strict=True):
        np.testing.assert_array_equal(image.stored, pixels)
    assert len(pool.pids()) == 2


def test_uncompressed_pixels_start_no_process(tmp_path: Path) -> None:
    with DecodePool() as idle:
        read_file(write_mammogram(tmp_path / "image.dcm"), decoder=idle)
        assert idle.pids() == ()


def test_a_size_that_cannot_be_is_refused_before_a_process_is_started(tmp_path: Path) -> None:
    dataset = make_mammogram_dataset(transfer_syntax=JPEG_2000_LOSSLESS)
    dataset.Rows = dataset.Columns = 60_000
    with DecodePool() as idle:
        with pytest.raises(InputRefusedError, match="60000 x 60000 pixels, over the limit"):
            read_file(save(dataset, tmp_path / "image.dcm"), decoder=idle)
        assert idle.pids() == ()


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("abort", "the JPEG XL decoder crashed on it"),
        ("leave", "the JPEG XL decoder crashed on it"),
        ("hang", "the JPEG XL decoder did not finish it within"),
        ("grow", "more memory was asked for than such an image needs"),
        ("swell", "hold more than their header says"),
    ],
)
def test_after_each_mishap_the_next_image_is_decoded(
    poisoned: DecodePool, monkeypatch: pytest.MonkeyPatch, word: str, cause: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(decode_pool, "_LIMIT_S", 0.3 if word == "hang" else 60.0)
        patch.setattr(decode_pool, "_MEMORY_BYTES", 768 << 20)
        with pytest.raises(InputRefusedError, match=cause) as caught:
            poisoned.decode(word.encode(), _SMALL)
    assert caught.value.hint == "copy it again"
    data, stream, pixels = _good()
    np.testing.assert_array_equal(poisoned.decode(data, stream), pixels)


def test_a_mishap_does_not_disturb_what_another_process_decodes(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with DecodePool(2, command=python_command(_POISONED)) as running, ThreadPoolExecutor(1) as threads:
        held = threads.submit(running.decode, f"gate:{gate}".encode(), _SMALL)
        _wait_until(lambda: len(running.pids()) == 1)
        first = running.pids()[0]
        with pytest.raises(InputRefusedError, match="crashed"):
            running.decode(b"abort", _SMALL)
        gate.write_text("go")
        assert int(held.result(20)[0, 0]) == first % 256


def test_who_came_last_is_served_first(poisoned: DecodePool, tmp_path: Path) -> None:
    gate, notes = tmp_path / "gate", [tmp_path / "early", tmp_path / "late"]
    os.mkfifo(gate)
    with ThreadPoolExecutor(3) as threads:
        waiting: list[Future[object]] = [threads.submit(poisoned.decode, f"gate:{gate}".encode(), _SMALL)]
        _wait_until(lambda: len(poisoned._free) == 0)
        for number, note in enumerate(notes):
            waiting.append(threads.submit(poisoned.decode, f"note:{note}".encode(), _SMALL))
            _wait_until(lambda count=number + 1: len(poisoned._waiting) == count)
        gate.write_text("go")
        for answer in waiting:
            answer.result(20)
    early, late = (note.stat().st_mtime_ns for note in notes)
    assert late < early


def test_a_process_that_ended_meanwhile_is_replaced_unseen(poisoned: DecodePool) -> None:
    data, stream, pixels = _good()
    poisoned.decode(data, stream)
    (first,) = poisoned.pids()
    os.kill(first, signal.SIGKILL)
    _wait_until(lambda: not poisoned._slots[0].child.alive)
    np.testing.assert_array_equal(poisoned.decode(data, stream), pixels)
    assert poisoned.pids() != (first,)


def test_a_large_image_does_not_keep_its_memory(poisoned: DecodePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_pool, "_KEPT_BYTES", 1000)
    data, stream, pixels = _good()
    for _ in range(2):
        np.testing.assert_array_equal(poisoned.decode(data, stream), pixels)
        assert os.fstat(poisoned._slots[0].memory.pass_fds[0]).st_size == 0


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (["/nowhere/at/all"], "the decoder's process cannot be started: No such file"),
        ([sys.executable, "-c", "raise SystemExit('out of luck')"], "process ended with status 1: out of luck"),
    ],
)
def test_a_process_that_cannot_start_is_one_line(command: list[str], cause: str) -> None:
    with DecodePool(command=command) as broken:
        broken.start()
        for _ in range(2):
            with pytest.raises(InputRefusedError, match=cause) as caught:
                broken.decode(*_good()[:2])
            assert "\n" not in str(caught.value)


def test_closing_ends_a_decode_and_who_waits_for_one(tmp_path: Path, poisoned: DecodePool) -> None:
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(poisoned.decode, b"hang", _SMALL) for _ in range(2)]
        _wait_until(lambda: len(poisoned._waiting) == 1)
        (pid,) = poisoned.pids()
        poisoned.close()
        for answer in answers:
            with pytest.raises(CancelledError):
                answer.result(5)
    assert not _alive(pid)
    with pytest.raises(CancelledError):
        poisoned.decode(b"", _SMALL)
    poisoned.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the open files of Linux")
def test_nothing_is_left_of_a_closed_pool() -> None:
    data, stream, _ = _good()
    before = set(Path("/proc/self/fd").iterdir()), set(threading.enumerate())
    with DecodePool() as running:
        running.start()
        running.start()
        pids = running.pids()
        assert len(pids) == 2
        running.decode(data, stream)
    assert not any(_alive(pid) for pid in pids)
    assert (set(Path("/proc/self/fd").iterdir()), set(threading.enumerate())) == before


def test_a_process_ends_with_its_parent() -> None:
    script = (
        "import time; from mammoview.dicom.decode_pool import DecodePool; running = DecodePool(); running.start(); "
        "print(*running.pids(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=_ROOT) as parent:
        assert parent.stdout is not None
        children = [int(word) for word in parent.stdout.readline().split()]
        assert len(children) == 2
        parent.kill()
    _wait_until(lambda: not any(_alive(pid) for pid in children))


def test_a_process_imports_only_what_decodes() -> None:
    script = (
        "import sys; from mammoview.dicom import decode_process; decode_process._load_codecs(); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'pydicom', 'cv2', 'PySide6', 'tempfile', 'multiprocessing'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=_ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_a_poisonous_file_costs_its_study_one_image(tmp_path: Path) -> None:
    for number in range(2):
        write_mammogram(tmp_path / f"{number}.dcm", "L", "CC", seed=number, transfer_syntax=JPEG_LS)
    write_mammogram(tmp_path / "2.dcm", "L", "CC", seed=2, transfer_syntax=RLE)
    (study,) = scan([tmp_path]).studies
    refused: list[str] = []
    with DecodePool(1, command=python_command(_POISONED.replace("raise RuntimeError(word)", "os.abort()"))) as decoder:
        images = list(read_images(study, lambda header, error: refused.append(str(error)), decoder))
    assert len(images) == 2
    assert refused == ["the RLE decoder crashed on it (copy it again)"]
