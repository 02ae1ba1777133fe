"""Owns the words on a model's classes and modalities: what its score is of, and that it is judged on another modality
than it was fitted on. Never judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.cache import WHOLE_ID, are_slices
from training.data.table import DIAGNOSES

IMAGES = {"film": "digitised films", "mammogram": "mammograms", "mri": "breast MRI slices"}
"""What the images of each modality are called."""


def images_of(modalities: Sequence[str]) -> str:
    """The images of some modalities, in words."""
    return " and ".join(IMAGES.get(name, name) for name in modalities) or "images"


def slices_lines(record: Mapping[str, Any]) -> list[str]:
    """What is to be known of a network of slices that were prepared as `record` tells; nothing of other networks."""
    if not are_slices(record):
        return []
    if record.get("id") == WHOLE_ID:
        return [
            "It was fitted and judged on whole slices, padded to their aspect. The application reads mammograms and "
            "gives it the breast alone, cut out: what it answers there was not measured."
        ]
    return [
        "The slices of MRI among its images were whole, padded to their aspect. The application looks for a breast in "
        "each image and cuts it out: what it answers of slices was not measured."
    ]


def task_of(classes: Sequence[str]) -> str:
    """What a bundle of one image with these classes tells as its task."""
    if tuple(classes) == DIAGNOSES:
        return "malignant against normal and benign together, per image"
    return "cancer against non-cancer, per image"


def output_of(classes: Sequence[str]) -> str:
    """What the calibrated probability is of."""
    if tuple(classes) == DIAGNOSES:
        return "the probability that the lesion in this image is malignant, against benign and normal together,"
    return "the probability that the breast in this image holds a cancer,"


def difference_of(classes: Sequence[str]) -> str:
    """The logit that is calibrated, and explained by heat maps."""
    if tuple(classes) == DIAGNOSES:
        return "logit(malignant) - log(exp logit(normal) + exp logit(benign))"
    return "logit(cancer) - logit(non-cancer)"


def across_line(record: Mapping[str, Any]) -> str:
    """That a bundle was judged on another modality than its model was fitted on; empty where it was not, or where the
    bundle does not tell. `record`: its evaluation.json."""
    fitted = record.get("trained_on", {}).get("modalities") or ()
    judged = record.get("modalities", ())
    if not fitted or set(judged) <= set(fitted):
        return ""
    return f"fitted on {images_of(fitted)}, judged on {images_of(judged)}: calibration and thresholds are of the former"
