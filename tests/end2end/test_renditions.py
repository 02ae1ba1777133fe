"""The same woman gives the same score, however her mammogram comes: through `mammoview score`, for any bundle.

Differences of scores are asserted, never scores, so that the tests hold for the next bundle too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian

from mammoview.cli import main
from mammoview.core.breast import find_breast
from mammoview.dicom.reader import read_file
from mammoview.inference.bundle import default_bundle_path, load_bundle
from mammoview.inference.preprocess import preprocess
from tests.end2end.renditions import (
    BESIDE,
    Exposure,
    made_exposure,
    stored,
    write_beside,
    write_depths,
    write_exact,
    write_mirrored,
    write_pictures,
)
from tests.factories import dicom_bytes, make_mammogram_dataset, make_uid, save

MONOCHROME1, DEPTH, MIRRORED = 1e-6, 1e-3, 1e-5
EIGHT_BIT = 0.02
SUM_ORDER = 1e-7
"""Equal inputs at other places of a batch may be added up in another order: float32's rounding."""
BESIDE_IT = 1e-9
"""What shines beside the breast is left out of the scale by which its outline is found too: the input is the same."""

Scores = Mapping[str, float]


def answered(paths: Mapping[str, Path], folder: Path, bundle: Path) -> dict[str, dict[str, Any]]:
    """What `mammoview score` says of each file: name -> its record."""
    answer = folder / "answer.json"
    assert main(["score", *map(str, paths.values()), "--json", str(answer), "--model", str(bundle)]) == 0
    images = [image for study in json.loads(answer.read_text())["studies"] for image in study["images"]]
    by_file = {Path(image["file"]): image for image in images}
    return {name: by_file[path] for name, path in paths.items()}


def scores_of(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Their scores; none may be refused."""
    assert {name: image["refused"] for name, image in answers.items() if image["refused"]} == {}
    return {name: float(image["score"]) for name, image in answers.items()}


@pytest.fixture(scope="module", params=["tiny", "shipped"])
def bundle(request: pytest.FixtureRequest) -> Path:
    """A network of random weights, and the model that ships."""
    return request.getfixturevalue("tiny_bundle") if request.param == "tiny" else default_bundle_path()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """A made breast in every rendition, by kind; "another": another woman."""
    folder, exposure = tmp_path_factory.mktemp("renditions"), made_exposure(480, 360)
    other = make_mammogram_dataset("L", "CC", study="other", pixels=stored(made_exposure(480, 360, seed=3), 12))
    return {
        "exact": write_exact(folder / "exact", exposure),
        "mirrored": write_mirrored(folder / "mirrored", exposure),
        "depths": write_depths(folder / "depths", exposure),
        "beside": write_beside(folder / "beside", exposure),
        "pictures": write_pictures(folder / "pictures", exposure),
        "another": {"another woman": save(other, folder / "another.dcm")},
    }


@pytest.fixture(scope="module")
def scores(
    made: dict[str, dict[str, Path]], bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, float]:
    """All of them scored in one go."""
    together = {name: path for paths in made.values() for name, path in paths.items()}
    return scores_of(answered(together, tmp_path_factory.mktemp("answers"), bundle))


def apart(scores: Scores, names: Mapping[str, object]) -> dict[str, float]:
    """By how much the scores of some renditions differ from that of the plain one."""
    return {name: abs(scores[name] - scores["plain"]) for name in names}


def above(differences: Mapping[str, float], limit: float) -> dict[str, float]:
    """Those that are not under the limit: shown where a test fails."""
    return {name: found for name, found in differences.items() if not found < limit}


def test_another_woman_gets_another_score(scores: Scores) -> None:
    assert abs(scores["another woman"] - scores["plain"]) > 10 * MIRRORED


def test_a_monochrome1_twin_gets_the_same_score(scores: Scores) -> None:
    assert above(apart(scores, {"MONOCHROME1": None, "MONOCHROME1, SIGMOID": None}), MONOCHROME1) == {}


def test_windows_and_containers_change_nothing(made: dict[str, dict[str, Path]], scores: Scores) -> None:
    kept = [name for name in made["exact"] if not name.startswith(("MONOCHROME1", "modality LUT"))]
    assert above(apart(scores, dict.fromkeys(kept)), MONOCHROME1) == {}


def test_a_modality_lut_is_one_more_depth(scores: Scores) -> None:
    assert above(apart(scores, {"modality LUT": None}), DEPTH) == {}


def test_bit_depths_get_the_same_score(made: dict[str, dict[str, Path]], scores: Scores) -> None:
    assert len(made["depths"]) == 4
    assert above(apart(scores, made["depths"]), DEPTH) == {}


def test_a_monochrome1_twin_of_each_depth_gets_the_same_score(scores: Scores) -> None:
    for bits in (14, 16):
        twins = scores[f"{bits} bit, MONOCHROME1"], scores[f"{bits} bit, MONOCHROME2"]
        assert abs(twins[0] - twins[1]) < MONOCHROME1


def test_a_mirrored_twin_gets_the_same_score(made: dict[str, dict[str, Path]], scores: Scores) -> None:
    assert above(apart(scores, made["mirrored"]), MIRRORED) == {}


def test_plain_pictures_of_8_bits_get_nearly_the_same_score(made: dict[str, dict[str, Path]], scores: Scores) -> None:
    assert above(apart(scores, made["pictures"]), EIGHT_BIT) == {}
    alike = [scores[name] for name in ("8-bit PNG", "8-bit TIFF", "8-bit DICOM")]
    assert max(alike) - min(alike) < SUM_ORDER


def test_what_lies_beside_the_breast_changes_nothing(made: dict[str, dict[str, Path]], scores: Scores) -> None:
    assert above(apart(scores, made["beside"]), BESIDE_IT) == {}


@pytest.mark.parametrize("kind", list(BESIDE))
def test_the_input_is_the_same_where_something_lies_beside_the_breast(
    kind: str, made: dict[str, dict[str, Path]]
) -> None:
    params = load_bundle(default_bundle_path()).preprocess
    plain, changed = read_file(made["exact"]["plain"]), read_file(made["beside"][kind])
    assert (changed.stored != plain.stored).sum() > 100
    np.testing.assert_array_equal(preprocess(changed, params).pixels, preprocess(plain, params).pixels)


def test_pixels_outside_the_breast_change_the_input_by_0(made: dict[str, dict[str, Path]]) -> None:
    params = load_bundle(default_bundle_path()).preprocess
    image = read_file(made["exact"]["plain"])
    region = find_breast(image)
    marked = read_file(made["beside"]["marker"])
    before, after = preprocess(image, params, region), preprocess(marked, params, region)
    np.testing.assert_array_equal(before.pixels, after.pixels)


# --- real images

REAL = (
    "rsna-subset/images/p0588_L_MLO_1.jpg",
    "rsna-subset/images/p0318_L_CC_1.jpg",
    "mini-mias/images/mdb043.png",
    "ddsm-subset/images/C_0055_L_CC.jpg",
)
GE = "dicom/ffdm_ge_r_mlo_jpeg_lossless.dcm"
FILM = "dicom/film_digitised_l_mlo_jpeg2000_lossy.dcm"


def real_exposure(path: Path) -> Exposure:
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"), np.float64) / 255


def real_twins(folder: Path, exposure: Exposure) -> dict[str, Path]:
    """A real exposure of 8 bits in five renditions."""
    twelve, sixteen, eight = (stored(exposure, bits) for bits in (12, 16, 8))
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "plain": ("L", {"pixels": twelve}),
        "MONOCHROME1": ("L", {"pixels": twelve, "photometric": "MONOCHROME1"}),
        "16 bits": ("L", {"pixels": sixteen, "bits_stored": 16, "photometric": "MONOCHROME1"}),
        "mirrored": ("R", {"pixels": np.ascontiguousarray(twelve[:, ::-1])}),
        "8 bits": ("L", {"pixels": eight, "bits_stored": 8}),
    }
    return {
        kind: save(make_mammogram_dataset(side, "CC", study=f"{folder.name} {kind}", **options), folder / f"{kind}.dcm")
        for kind, (side, options) in kinds.items()
    }


def ge_twins(path: Path) -> dict[str, FileDataset]:
    """The real mammogram uncompressed: as MONOCHROME1, with 14 bits, mirrored, and with another window; its padding
    follows its values."""
    made = {}
    for kind in ("MONOCHROME1", "14 bits", "mirrored", "window"):
        ds = dcmread(path)
        values: NDArray[np.uint16] = ds.pixel_array
        padding = int(ds[0x00280120].value), int(ds[0x00280121].value)
        if kind == "MONOCHROME1":
            values, padding = 4095 - values, (4095 - padding[0], 4095 - padding[1])
            ds.PhotometricInterpretation, ds.PresentationLUTShape = "MONOCHROME1", "INVERSE"
        if kind == "14 bits":
            values, padding = values * 4, (padding[0] * 4, padding[1] * 4)
            ds.BitsStored, ds.HighBit = 14, 13
        if kind == "mirrored":
            values = np.ascontiguousarray(values[:, ::-1])
            ds.ImageLaterality, ds.PatientOrientation = "L", ["A", "FR"]
        if kind == "window":
            del ds.VOILUTSequence
            ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = "900", "150", "LINEAR_EXACT"
        ds[0x00280120].value, ds[0x00280121].value = padding
        ds.PixelData = values.tobytes()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OW", False
        ds.StudyInstanceUID, ds.SOPInstanceUID = make_uid("GE", kind), make_uid("GE image", kind)
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        made[kind] = ds
    return made


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The records of all real files and their twins by the model that ships, in one go."""
    folder = tmp_path_factory.mktemp("real")
    paths = {
        f"{name} {kind}": path
        for name in REAL
        for kind, path in real_twins(folder / Path(name).stem, real_exposure(shared_data / name)).items()
    }
    for name in (GE, FILM):
        paths[name] = shared_data / name
    for kind, ds in ge_twins(shared_data / GE).items():
        paths[f"GE {kind}"] = folder / f"{kind}.dcm"
        paths[f"GE {kind}"].write_bytes(dicom_bytes(ds))
    return answered(paths, folder, default_bundle_path())


@pytest.mark.parametrize(
    ("kind", "limit"),
    [("MONOCHROME1", MONOCHROME1), ("16 bits", DEPTH), ("mirrored", MIRRORED), ("8 bits", EIGHT_BIT)],
)
def test_real_women_get_the_same_score(kind: str, limit: float, real: dict[str, dict[str, Any]]) -> None:
    found = scores_of({name: real[name] for name in real if name.startswith(REAL)})
    differences = {name: abs(found[f"{name} {kind}"] - found[f"{name} plain"]) for name in REAL}
    assert above(differences, limit) == {}


@pytest.mark.parametrize(
    ("kind", "limit"), [("window", 1e-12), ("MONOCHROME1", MONOCHROME1), ("14 bits", DEPTH), ("mirrored", MIRRORED)]
)
def test_the_real_mammogram_gets_the_same_score(kind: str, limit: float, real: dict[str, dict[str, Any]]) -> None:
    found = scores_of({name: real[name] for name in (GE, f"GE {kind}")})
    assert abs(found[f"GE {kind}"] - found[GE]) < limit


@pytest.mark.parametrize("name", [GE, FILM])
def test_the_real_files_get_a_score_or_a_reason(name: str, real: dict[str, dict[str, Any]]) -> None:
    assert (real[name]["score"] is None) == bool(real[name]["refused"])
