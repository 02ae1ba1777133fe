"""Memory that one array gives back is what the next one takes, and never before."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.buffers import SLAB_BYTES, Buffers

LARGE = SLAB_BYTES - 4096


def address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_that_is_given_back_is_taken_again() -> None:
    buffers = Buffers()
    first = buffers.empty((LARGE,), np.uint8)
    place = address(first)
    del first
    assert address(buffers.empty((LARGE // 2 - 5,), np.uint16)) == place


def test_memory_that_a_part_of_an_array_still_sees_is_not_given_away() -> None:
    buffers = Buffers()
    first = buffers.empty((LARGE,), np.uint8)
    part = first[100:200].view(np.uint16).reshape(5, 10)
    part[...] = 7
    del first
    for _ in range(3):
        buffers.empty((LARGE,), np.uint8).fill(9)
    assert (part == 7).all()


def test_arrays_of_one_slab_do_not_overlap_and_free_it_together() -> None:
    buffers = Buffers()
    arrays = [buffers.empty((SLAB_BYTES // 4,), np.uint8) for _ in range(4)]
    for number, array in enumerate(arrays):
        array.fill(number)
    assert [set(np.unique(array)) for array in arrays] == [{0}, {1}, {2}, {3}]
    assert len({address(array) for array in arrays}) == 4
    places = {address(array) // SLAB_BYTES for array in arrays}
    assert len(places) <= 2, "one slab, wherever it begins"


def test_a_slab_is_free_only_when_nothing_sees_any_of_it() -> None:
    buffers = Buffers()
    one, other = (buffers.empty((SLAB_BYTES // 2,), np.uint8) for _ in range(2))
    place = address(one)
    behind = buffers.empty((LARGE,), np.uint8)  # in another slab
    del one
    assert address(buffers.empty((LARGE,), np.uint8)) not in (place, address(behind))
    del other
    found = [buffers.empty((LARGE,), np.uint8) for _ in range(3)]
    assert place in {address(array) for array in found}


def test_what_one_array_leaves_beside_others_is_taken_by_the_next() -> None:
    """Else a preview that is gone would keep as much memory as the image beside it."""
    buffers = Buffers()
    pairs = [[buffers.empty((SLAB_BYTES // 8,), np.uint8) for _ in range(2)] for _ in range(16)]
    before = buffers.used_bytes
    kept = [pair.pop() for pair in pairs]
    pairs.clear()
    more = [buffers.empty((SLAB_BYTES // 8,), np.uint8) for _ in range(16)]
    assert buffers.used_bytes == before
    for number, array in enumerate([*kept, *more]):
        array.fill(number)
    assert all((array == number).all() for number, array in enumerate([*kept, *more]))


def test_no_more_than_the_limit_is_kept() -> None:
    buffers = Buffers(keep_bytes=2 * SLAB_BYTES)
    arrays = [buffers.empty((LARGE,), np.uint8) for _ in range(6)]
    del arrays
    assert buffers.free_bytes <= 2 * SLAB_BYTES


def test_what_is_larger_than_a_slab_has_memory_of_its_own() -> None:
    buffers = Buffers()
    huge = buffers.empty((SLAB_BYTES, 2), np.uint16)
    huge.fill(3)
    assert (huge == 3).all()


def test_warm_memory_is_ready() -> None:
    buffers = Buffers()
    buffers.add()
    buffers.add()
    assert buffers.free_bytes == 2 * SLAB_BYTES
    held = buffers.empty((LARGE,), np.uint8)
    assert buffers.free_bytes == SLAB_BYTES
    assert not held.any()


def test_shapes_and_types_are_those_asked_for() -> None:
    for shape, kind in (((1100, 901), np.int16), ((4, 5), np.uint8), ((2000, 1000, 1), np.float32)):
        array = Buffers().empty(shape, kind)
        assert (array.shape, array.dtype, array.flags.c_contiguous, array.flags.writeable) == (shape, kind, True, True)


def test_threads_never_share_memory() -> None:
    buffers = Buffers()
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(150):
            array = buffers.empty((SLAB_BYTES // (2 + turn % 5),), np.uint8)
            array[::4096] = number
            if (array[::4096] != number).any():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
