"""`mammoview doctor`: versions, codecs, display, GPU, model and its self-test: what to send with a bug report."""

from __future__ import annotations

import json
import os
import platform
from argparse import Namespace
from importlib import metadata
from typing import Any

import mammoview
from mammoview.archive.home import home_folder
from mammoview.commands.display import display_reason
from mammoview.core.errors import MammoviewError
from mammoview.dicom.codecs import available
from mammoview.dicom.codestream import Family
from mammoview.reading.protocols import bundled_folder, read_protocols
from mammoview.resources import resources_folder

_PACKAGES = (
    "pyside6",
    "pyqtgraph",
    "tensorflow",
    "keras",
    "pydicom",
    "numpy",
    "pillow",
    "opencv-python",
    "scikit-learn",
    "imagecodecs",
)


_OPTIONAL = ("onnxruntime",)
_NAMES = {"keras": "Keras", "onnx": "ONNX Runtime"}
_OTHER = {"keras": "onnx", "onnx": "keras"}


def run(args: Namespace) -> int:
    """Examine the installation; exit status 0 if all is well, 1 if something is amiss, 2 if no study can be scored."""
    record = examine(args)
    if args.json:
        print(json.dumps(record, indent=1))
    else:
        _print(record)
    if record["model"]["problem"]:
        return 2
    return 1 if record["problems"] else 0


def examine(args: Namespace) -> dict[str, Any]:
    """All findings as plain JSON values; `problems` lists what is amiss, one line each."""
    problems: list[str] = []
    packages = {name: _version(name) for name in _PACKAGES}
    problems += [f"{name} is not installed (install mammoview again)" for name, found in packages.items() if not found]
    codecs = {family.value: available(family) for family in Family}
    problems += [f"no codec for {name} (pip install -U imagecodecs)" for name, there in codecs.items() if not there]
    display = display_reason()
    model = _model(args)
    if model["problem"]:
        problems.append(model["problem"])
    if model["device_problem"]:
        problems.append(model["device_problem"])
    protocols = hanging()
    problems += protocols["problems"]
    return {
        "schema": "mammoview.doctor/1",
        "mammoview": mammoview.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": _processors(),
        "resources": str(resources_folder()),
        "packages": packages,
        "optional_packages": {name: _version(name) for name in _OPTIONAL},
        "codecs": codecs,
        "display": {"usable": display is None, "reason": display},
        "model": model,
        "hanging": protocols,
        "problems": problems,
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _model(args: Namespace) -> dict[str, Any]:
    """The bundle, the device that it runs on and its self-test (its recorded images, run afresh)."""
    from mammoview.inference.predictor import Predictor

    record: dict[str, Any] = {
        "name": None,
        "version": None,
        "device": None,
        "precision": None,
        "engine": None,
        "why_not_the_other": None,
        "device_problem": None,
        "self_test": None,
        "problem": None,
    }
    try:
        with Predictor(args.model, args.device, engine=args.engine, fresh_check=True) as predictor:
            label = predictor.bundle.label()
            record |= {"name": label.name, "version": label.version, "sha256": label.sha256}
            predictor.start()
            info = predictor.info()
            record |= {"device": info.device, "precision": info.precision, "engine": info.engine}
            record["why_not_the_other"] = info.why_not or None
            record["device_problem"] = predictor.device_change or None
            record["self_test"] = "passed"
            record["seconds_to_ready"] = round(info.seconds, 1)
    except MammoviewError as error:
        record["problem"] = str(error)
    return record


def hanging() -> dict[str, Any]:
    """The hanging protocols, the site's first, and what is wrong with the files of others."""
    site = home_folder() / "hanging"
    try:
        found = read_protocols(bundled_folder(), site)
    except MammoviewError as error:
        return {"site": str(site), "protocols": [], "problems": [str(error)]}
    return {
        "site": str(site),
        "protocols": [protocol.name for protocol in found.protocols],
        "problems": list(found.problems),
    }


def _print(record: dict[str, Any]) -> None:
    print(f"mammoview {record['mammoview']}, Python {record['python']}, {record['system']}")
    print(f"processors  {record['processors']}")
    print(f"resources   {record['resources']}")
    packages = [f"{name} {found or 'MISSING'}" for name, found in record["packages"].items()]
    packages += [f"{name} {found or 'not installed'}" for name, found in record["optional_packages"].items()]
    print("packages    " + ", ".join(packages))
    print(
        "codecs      " + ", ".join(f"{name}{'' if there else ' MISSING'}" for name, there in record["codecs"].items())
    )
    display = record["display"]
    print(f"display     {'usable' if display['usable'] else display['reason']}")
    model = record["model"]
    if model["problem"]:
        print("model       not usable")
    else:
        print(f"model       {model['name']} {model['version']}, runs on {model['device']}, {model['precision']}")
        other = f"; {_NAMES[_OTHER[model['engine']]]} does not: {model['why_not_the_other']}"
        print(f"engine      {_NAMES[model['engine']]}{other if model['why_not_the_other'] else ', as asked for'}")
        print(f"self-test   {model['self_test']}")
    protocols = record["hanging"]
    print(f"hanging     {', '.join(protocols['protocols']) or 'none'}; a site's own in {protocols['site']}")
    for problem in record["problems"]:
        print(f"problem     {problem}")
    if not record["problems"]:
        print("all is well")
