"""Small made objects to send, and what a folder of received ones holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests.factories import ANNA, Woman, dicom_bytes, make_mammogram_dataset, make_uid


def made_object(number: int = 1, *, study: str = "first", woman: Woman = ANNA, **attributes: Any) -> FileDataset:
    """A mammogram of 24 x 16 pixels; the same number, study and woman, the same UIDs. `attributes` are set last."""
    dataset = make_mammogram_dataset("RL"[number % 2], "CC", 24, 16, study=study, woman=woman, seed=number)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def compressed_object(syntax: str, number: int = 1) -> FileDataset:
    """An object whose pixels stand for compressed ones; no codec knows them."""
    dataset = made_object(number)
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.PixelData = encapsulate([bytes(range(200))])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset


def written(folder: Path, *datasets: FileDataset) -> list[Path]:
    """Files of these objects."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.dcm" for number in range(len(datasets))]
    for path, dataset in zip(paths, datasets, strict=True):
        path.write_bytes(dicom_bytes(dataset))
    return paths


def held(folder: Path) -> dict[str, bytes]:
    """Every object in a folder by its SOP Instance UID, as its data set's bytes; fails for what is there twice."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        dataset = dcmread(path)
        assert dataset.SOPInstanceUID not in found, f"{path} is doubled"
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
        found[str(dataset.SOPInstanceUID)] = data_set_bytes(path.read_bytes())
    return found


def data_set_bytes(file: bytes) -> bytes:
    """What follows the file meta information."""
    length = int.from_bytes(file[140:144], "little")
    return file[144 + length :]


def uid_of(*parts: object) -> str:
    """A made UID."""
    return make_uid(*parts)
