"""The test files that come with pydicom open, or are refused with a reason in one line. Nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.dicom.decode_pool import DecodePool
from tests.benchmarks.corpus import Seed, pydicom_files
from tests.benchmarks.passage import open_file

FILES = pydicom_files()
OPEN = {  # a few of each kind, that pydicom has had for years
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEG2000.dcm",
    "JPEG-LL.dcm",
    "image_dfl.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
    "examples_palette.dcm",
}
REFUSED = {
    "MR_truncated.dcm": "truncated: 8130 of 8192 bytes of pixel data",
    "rtplan.dcm": "is no image but a RT Plan",
    "rtplan_truncated.dcm": "is truncated: the file ends within its header",
    "reportsi.dcm": "is no image but a Basic Text SR",
}


def _found(file: Seed, folder: Path) -> tuple[int, list[str], list[str]]:
    path = folder / file.name
    path.write_bytes(file.data)
    with DecodePool(1) as decoder:
        found = open_file(path, decoder)
    return found.opened, found.refusals, found.faults


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_opens_or_is_refused_in_one_line(file: Seed, tmp_path: Path) -> None:
    opened, refused, faults = _found(file, tmp_path)
    assert faults == []
    assert opened or refused
    name = file.name.removeprefix("pydicom-")
    if name in OPEN:
        assert (opened > 0, refused) == (True, [])
    if name in REFUSED:
        assert (opened, refused) == (0, [REFUSED[name]])
