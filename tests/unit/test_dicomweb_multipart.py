"""Multipart bodies are read as they come, however they are cut into pieces, and what is cut off is never whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.archive.dicomweb_multipart import Begin, Data, End, MultipartError, media_type, parts
from tests.dicomweb_rig import multipart

BOUNDARY = "xXx"


def body_of(contents: list[bytes]) -> bytes:
    return b"".join(multipart(contents, boundary=BOUNDARY)[2])


def whole(pieces: list[bytes]) -> tuple[list[bytes], bool]:
    """The parts that were whole, and whether the body was."""
    found: list[bytes] = []
    held = b""
    try:
        for event in parts(pieces, BOUNDARY):
            if isinstance(event, Begin):
                held = b""
            elif isinstance(event, Data):
                held += event.content
            else:
                found.append(held)
    except MultipartError:
        return found, False
    return found, True


CONTENTS = st.lists(
    st.lists(st.sampled_from([b"\r\n", b"--", b"\r\n--xX", b"xXx", b"a", b"\0" * 9]), max_size=6).map(b"".join),
    max_size=4,
).filter(lambda contents: not any(b"\r\n--xXx" in content for content in contents))


@settings(deadline=None, max_examples=40)
@given(CONTENTS, st.lists(st.integers(0, 400), max_size=12))
def test_parts_come_out_as_they_went_in_whatever_the_pieces(contents: list[bytes], cuts: list[int]) -> None:
    body = body_of(contents)
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[start:end] for start, end in pairwise(places)]
    assert whole(pieces) == (contents, True)


@pytest.mark.parametrize("kept", range(0, 190, 7))
def test_a_body_that_is_cut_gives_whole_parts_only(kept: int) -> None:
    contents = [b"first" * 9, b"second" * 9]
    body = body_of(contents)[:kept]
    found, is_whole = whole([body])
    assert not is_whole
    assert found == contents[: len(found)]


def test_a_part_is_not_whole_before_the_boundary_behind_it() -> None:
    events = parts(iter([body_of([b"content"])[:-9]]), BOUNDARY)
    seen = []
    with pytest.raises(MultipartError):
        seen.extend(events)
    assert not any(isinstance(event, End) for event in seen)


def test_memory_does_not_grow_with_a_part() -> None:
    body = body_of([b"x" * 1_000_000])
    pieces = (body[start : start + 1000] for start in range(0, len(body), 1000))
    sizes = [len(event.content) for event in parts(pieces, BOUNDARY) if isinstance(event, Data)]
    assert sum(sizes) == 1_000_000
    assert max(sizes) <= 1100


def test_the_length_that_a_part_tells_is_handed_on() -> None:
    body = b"--xXx\r\ncontent-LENGTH: 7\r\nContent-Type: application/dicom\r\n\r\ncontent\r\n--xXx--"
    assert next(parts([body], BOUNDARY)) == Begin(7)


def test_a_header_without_end_is_refused() -> None:
    with pytest.raises(MultipartError, match="header"):
        list(parts([b"--xXx\r\n" + b"h" * 40_000] * 2, BOUNDARY))


def test_a_body_without_boundary_is_refused() -> None:
    with pytest.raises(MultipartError, match="boundary"):
        list(parts([b"x"], ""))


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ('Multipart/Related; type="application/dicom"; boundary="a b"', ("multipart/related", "a b")),
        ("multipart/related;boundary=abc; x=1", ("multipart/related", "abc")),
        ("application/dicom", ("application/dicom", "")),
    ],
)
def test_a_content_type_is_taken_apart(told: str, meant: tuple[str, str]) -> None:
    assert media_type(told) == meant
