"""Owns the model bundle: a folder or zip with bundle.json, model.keras, golden.npz, MODEL_CARD.md and, where its maker
gave one, model.onnx. Never runs it.

bundle.json of schema 1 states "gradcam": {"layer", "field"} and knows no model.onnx. Schema 2, which applications that
know only schema 1 refuse, states "explanation": {"method": "grad-cam" or "lesion-map", "layer", "field"} in its place.

Loading checks the schema and then every checksum; bundle.json carries its own as well, taken with those 64
digits set to zeros, so that one changed byte in any of the files is found. `golden.check_golden` does the
last check.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from mammoview.core.errors import BundleError, MammoviewError
from mammoview.core.prediction import ModelLabel
from mammoview.inference.gradcam import GRAD_CAM, METHODS, CellField
from mammoview.inference.preprocess import PreprocessParams
from mammoview.resources import resources_folder

SCHEMA, SCHEMA_2 = "mammoview.bundle/1", "mammoview.bundle/2"
RECORD, MODEL, GOLDEN, CARD = "bundle.json", "model.keras", "golden.npz", "MODEL_CARD.md"
ONNX_MODEL = "model.onnx"
FILES = (RECORD, MODEL, GOLDEN, CARD)
"""What every bundle holds; ONNX_MODEL may be there besides."""

_LIMIT_BYTES = {RECORD: 4 << 20, MODEL: 2 << 30, GOLDEN: 64 << 20, CARD: 4 << 20, ONNX_MODEL: 2 << 30}
_OWN_DIGEST = re.compile(rb'("bundle\.json"\s*:\s*")([0-9a-f]{64})(")')
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_AGAIN = "install the bundle again"


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt 1999) of logit(suspicious) - logit(other)."""

    slope: float = 1.0
    intercept: float = 0.0

    def probability(self, logit_difference: float) -> float:
        """The calibrated probability 0..1 of the suspicious class."""
        exponent = self.slope * logit_difference + self.intercept
        if exponent < 0:
            small = math.exp(max(exponent, -700.0))
            return small / (1 + small)
        return 1 / (1 + math.exp(-min(exponent, 700.0)))


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold on the calibrated probability and what it gave on the women held back (None: not
    measured)."""

    threshold: float
    sensitivity: Interval | None = None
    specificity: Interval | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A checked bundle. `folder` holds its files; `sha256` names all of its contents.

    `layer` is the one that gives the heat map, made as `explanation` says (one of `gradcam.METHODS`), `field` says
    where its cells look. `precision` is "float32" or "mixed". `training`, `versions`, `metrics` and `split_hashes` are
    as the training module wrote them.
    """

    folder: Path
    name: str
    version: str
    task: str
    intended_use: str
    classes: tuple[str, ...]
    suspicious: str
    preprocess: PreprocessParams
    calibration: Calibration
    operating_points: Mapping[str, OperatingPoint]
    explanation: str
    layer: str
    field: CellField
    precision: str
    split_hashes: Mapping[str, str]
    training: Mapping[str, Any]
    versions: Mapping[str, str]
    metrics: Mapping[str, Any]
    sha256: str
    has_onnx: bool = False

    @property
    def suspicious_index(self) -> int:
        return self.classes.index(self.suspicious)

    @property
    def model_file(self) -> Path:
        return self.folder / MODEL

    @property
    def onnx_file(self) -> Path | None:
        """The network for ONNX Runtime, None where the bundle holds none."""
        return self.folder / ONNX_MODEL if self.has_onnx else None

    @property
    def golden_file(self) -> Path:
        return self.folder / GOLDEN

    @property
    def card_file(self) -> Path:
        return self.folder / CARD

    def label(self) -> ModelLabel:
        """What a score of this model must be shown with."""
        points = {name: point.threshold for name, point in self.operating_points.items()}
        return ModelLabel(
            self.name,
            self.version,
            self.sha256,
            self.classes,
            self.suspicious,
            MappingProxyType(points),
            self.intended_use,
        )


def cache_folder() -> Path:
    """Where things are kept that can be made again: under MAMMOVIEW_HOME, else the platform's cache
    folder."""
    home = os.environ.get("MAMMOVIEW_HOME")
    if home:
        return Path(home) / "cache"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "mammoview" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mammoview"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mammoview"


def default_bundle_path() -> Path:
    """The newest version of the bundle that ships with the application; raises BundleError (step find) if
    none does."""
    models = resources_folder() / "models"
    found = [path.parent for path in models.glob(f"*/{RECORD}")] + list(models.glob("*.zip"))
    if not found:
        raise BundleError("find", "the installation holds no model", "install mammoview again or give --model")
    return max(found, key=lambda path: (_version_key(path), path.name))


def _version_key(path: Path) -> tuple[int, ...]:
    version = path.name.removesuffix(".zip").rpartition("-")[2]
    return tuple(int(part) for part in re.findall(r"\d+", version))


def load_bundle(path: Path) -> Bundle:
    """Check and read the bundle in the folder or zip `path`; the network itself is not loaded.

    A zip is unpacked under `cache_folder()`, named by its contents. Raises BundleError naming the step: find,
    zip, schema or checksum.
    """
    path = Path(path)
    if path.is_dir():
        folder = path
    elif path.is_file():
        folder = _unpacked(path)
    else:
        raise BundleError("find", f"{path}: no such folder or zip", "give the path of a model bundle")
    text = _read_limited(folder, RECORD)
    digest = _own_digest(text)
    record = _parsed(text)
    bundle = _from_record(folder, record, digest)
    expected = _mapping(record, "sha256")
    for name in (MODEL, GOLDEN, CARD, *([ONNX_MODEL] if bundle.has_onnx else [])):
        if _digest_of(folder, name) != expected.get(name):
            raise BundleError("checksum", f"{name} is not the file that the bundle was made with", _AGAIN)
    return bundle


def _own_digest(text: bytes) -> str:
    """The digest that bundle.json states of itself, once it is found to be true."""
    stated = _OWN_DIGEST.search(text)
    if stated is None:
        if SCHEMA.partition("/")[0].encode() in text:
            raise BundleError("checksum", f"{RECORD} does not state its own checksum", _AGAIN)
        raise BundleError("schema", f"{RECORD} is not a description of a model", _AGAIN)
    if hashlib.sha256(_blanked(text)).hexdigest() != stated[2].decode():
        raise BundleError("checksum", f"{RECORD} is not the file that the bundle was made with", _AGAIN)
    return stated[2].decode()


def _blanked(text: bytes) -> bytes:
    return _OWN_DIGEST.sub(rb"\g<1>" + b"0" * 64 + rb"\g<3>", text)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise BundleError("schema", f"{RECORD}: {error}", _AGAIN) from error
    if not isinstance(record, dict) or record.get("schema") not in (SCHEMA, SCHEMA_2):
        raise BundleError("schema", f"{RECORD} is not of schema {SCHEMA} or {SCHEMA_2}", "update mammoview")
    return record


def _from_record(folder: Path, record: Mapping[str, Any], digest: str) -> Bundle:
    try:
        output, newer = _mapping(record, "output"), record["schema"] == SCHEMA_2
        explained = _mapping(record, "explanation" if newer else "gradcam")
        calibration = _mapping(output, "calibration")
        shape = [int(size) for size in _mapping(record, "input")["shape"]]
        bundle = Bundle(
            folder=folder,
            name=str(record["name"]),
            version=str(record["version"]),
            task=str(record["task"]),
            intended_use=str(record["intended_use"]),
            classes=tuple(str(name) for name in record["classes"]),
            suspicious=str(record["suspicious"]),
            preprocess=PreprocessParams.from_json(_mapping(record, "preprocess")),
            calibration=Calibration(float(calibration["slope"]), float(calibration["intercept"])),
            operating_points=MappingProxyType(
                {str(name): _point(point) for name, point in _mapping(output, "operating_points").items()}
            ),
            explanation=str(explained["method"]) if newer else GRAD_CAM,
            layer=str(explained["layer"]),
            field=CellField(**_mapping(explained, "field")),
            precision=str(record["precision"]),
            split_hashes=_mapping(record, "split_hashes"),
            training=_mapping(record, "training"),
            versions=_mapping(record, "versions"),
            metrics=_mapping(record, "metrics"),
            sha256=digest,
            has_onnx=newer and ONNX_MODEL in _mapping(record, "sha256"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError("schema", f"{RECORD}: {type(error).__name__} {error}", _AGAIN) from error
    except BundleError:
        raise
    except MammoviewError as error:
        raise BundleError("schema", f"{RECORD}: {error.cause}", _AGAIN) from error
    _require(
        len(bundle.classes) >= 2 and bundle.suspicious in bundle.classes,
        "the suspicious class is not a class",
    )
    _require(bundle.explanation in METHODS, f"explanation {bundle.explanation!r} is not known")
    _require(bundle.precision in ("float32", "mixed"), f"precision {bundle.precision!r} is not known")
    _require(calibration.get("method") == "platt", f"calibration {calibration.get('method')!r} is not known")
    _require(bundle.calibration.slope > 0, "a calibration must not turn scores round")
    _require(
        shape == [bundle.preprocess.rows, bundle.preprocess.columns, 1],
        "the input is not what preprocessing gives",
    )
    _require(
        all(0 <= point.threshold <= 1 for point in bundle.operating_points.values()),
        "operating points outside 0..1",
    )
    _require(bool(_NAME.fullmatch(bundle.name) and _NAME.fullmatch(bundle.version)), "an unusable name or version")
    return bundle


def _require(truth: bool, cause: str) -> None:
    if not truth:
        raise BundleError("schema", f"{RECORD}: {cause}", "update mammoview")


def _mapping(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = record[key]
    if not isinstance(value, dict):
        raise TypeError(f"{key} is not an object")
    return MappingProxyType(value)


def _point(record: Mapping[str, Any]) -> OperatingPoint:
    intervals = {
        name: Interval(*(float(record[name][part]) for part in ("value", "low", "high")))
        for name in ("sensitivity", "specificity")
        if record.get(name) is not None
    }
    return OperatingPoint(float(record["threshold"]), intervals.get("sensitivity"), intervals.get("specificity"))


def _read_limited(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if path.stat().st_size > _LIMIT_BYTES[name]:
            raise BundleError("schema", f"{name} is too large", _AGAIN)
        return path.read_bytes()
    except OSError as error:
        raise BundleError("schema", f"{name} cannot be read: {error.strerror}", _AGAIN) from error


def _digest_of(folder: Path, name: str) -> str:
    try:
        with (folder / name).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BundleError("checksum", f"{name} cannot be read: {error.strerror}", _AGAIN) from error


def _unpacked(path: Path) -> Path:
    """The zip's files, unpacked once under the cache folder; its names are never used as paths."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        target = cache_folder() / "bundles" / digest[:32]
        if all((target / name).is_file() for name in FILES):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            for name, member in _members(archive).items():
                with archive.open(member) as source, (Path(scratch) / name).open("wb") as sink:
                    _copy_limited(source, sink, name)
            target.mkdir(exist_ok=True)
            for name in (ONNX_MODEL, *FILES):  # those that show that all is there come last
                if (Path(scratch) / name).exists():
                    (Path(scratch) / name).replace(target / name)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise BundleError("zip", f"{path}: {error}", "give a folder or an unencrypted zip of one") from error
    return target


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of a bundle, all at the top or all in one folder; anything else refuses the archive."""
    found: dict[str, zipfile.ZipInfo] = {}
    parents = set()
    for member in archive.infolist():
        if member.is_dir():
            continue
        place = PurePosixPath(member.filename)
        escapes = place.is_absolute() or ".." in place.parts or "\\" in member.filename or ":" in member.filename
        link = stat.S_ISLNK(member.external_attr >> 16)
        known = place.name in (*FILES, ONNX_MODEL) and place.name not in found
        if escapes or link or not known or len(place.parts) > 2:
            raise BundleError("zip", f"holds {member.filename!r}, which no bundle does", _AGAIN)
        parents.add(place.parent)
        found[place.name] = member
    if not set(FILES) <= set(found) or len(parents) != 1:
        raise BundleError("zip", f"lacks {', '.join(sorted(set(FILES) - set(found))) or 'one common folder'}", _AGAIN)
    return found


def _copy_limited(source: Any, sink: Any, name: str) -> None:
    left = _LIMIT_BYTES[name]
    while block := source.read(1 << 20):
        left -= len(block)
        if left < 0:
            raise BundleError("zip", f"{name} is too large", _AGAIN)
        sink.write(block)


def write_record(folder: Path, record: Mapping[str, Any]) -> str:
    """Write `folder`/bundle.json with the checksums of the files that already lie there; returns its own.

    `record` holds everything except "schema" and "sha256"; with "explanation" it is written as schema 2, and then
    model.onnx, where it is there, belongs to the bundle.
    """
    newer = "explanation" in record
    with_onnx = newer and (folder / ONNX_MODEL).exists()
    names = (MODEL, GOLDEN, CARD, *([ONNX_MODEL] if with_onnx else []))
    digests = {name: _digest_of(folder, name) for name in names}
    whole = {"schema": SCHEMA_2 if newer else SCHEMA, **record, "sha256": {RECORD: "0" * 64, **digests}}
    text = json.dumps(whole, indent=1, allow_nan=False).encode() + b"\n"
    if len(_OWN_DIGEST.findall(text)) != 1:
        raise BundleError("schema", f"the record states {RECORD!r} more than once")
    own = hashlib.sha256(text).hexdigest()
    (folder / RECORD).write_bytes(_OWN_DIGEST.sub(rb"\g<1>" + own.encode() + rb"\g<3>", text))
    return own


def field_record(field: CellField) -> dict[str, float]:
    """The heat-map grid as bundle.json states it."""
    return asdict(field)
