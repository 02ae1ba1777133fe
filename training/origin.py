"""Owns the words on where a model's first weights come from, told from the record of `start_record` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_IMAGES = {"film": "digitised films", "mammogram": "mammograms", "mri": "breast MRI slices"}
_WITHOUT_LABELS = {"masked": "of painting blanked blocks of crops", "contrastive": "of pairing crops"}
_LEARNT = {
    "": "to tell lesion patches from the rest of the same breast",
    "lesion-map": "to draw where lesions are",
}
_SETS = {
    "ddsm": "DDSM with lesion boxes, CC BY 4.0",
    "cbis": "CBIS-DDSM",
    "mias": "mini-MIAS",
    "rsna": "RSNA 2022",
    "synthetic": "synthetic women, no real ones",
}


def origin(start: Mapping[str, Any] | None) -> str:
    """What the weights were before the first epoch, as it follows "started from". `start`: see `start_record`; None for
    chance."""
    if start is None:
        return "random weights (nothing was downloaded)"
    earlier, own = start.get("earlier_epochs", 0), start.get("patches", 0)
    first = start.get("before", {"kind": "nothing"}) if own else start
    return (
        _first(first)
        + (f"; fitted on the training women for {earlier} epochs already" if earlier else "")
        + (f"; then for {own} epochs on lesion patches of the training women of this very run" if own else "")
        + _taught(start.get("distillation"))
    )


def _taught(told: Mapping[str, Any] | None) -> str:
    """By whom the run was taught, by what `distil` wrote; empty where by nobody."""
    if not told:
        return ""
    teachers = "; ".join(
        f"{one['name']} ({one['system']}, sha256 {one['sha256'][:16]}, started from {one['started_from']})"
        for one in told["teachers"]
    )
    return (
        f". It was fitted to the mean of the logits of {len(told['teachers'])} runs on the same training women"
        + (", each input also upside down," if told["flips"] else "")
        + f" at temperature {told['temperature']:g}, and with a share of {told['truth']:g} of the loss to the true "
        f"labels: {teachers}"
    )


def _first(start: Mapping[str, Any]) -> str:
    story = start.get("pretraining")
    kind = start.get("kind", "weights")
    named = f"(sha256 {start['sha256'][:16]})" if "sha256" in start else ""
    if story and story.get("stages"):
        return _pretrained(story)
    if kind == "imagenet":
        return (
            f"Keras' ImageNet weights of this network in a local file {named}, its first convolution summed over the "
            "three channels: photographs, no mammograms"
        )
    if kind == "nothing":
        return "random weights (nothing was downloaded)"
    if start.get("earlier_epochs") or start.get("women_seen"):
        return f"the weights of an earlier run {named}"
    return f"a local weights file {named}"


def _pretrained(story: Mapping[str, Any]) -> str:
    """What `pretrain` did, by its pretrain.json."""
    stages = ", then ".join(f"{stage['epochs']} epochs {_seen(stage)}{_chosen(stage)}" for stage in story["stages"])
    tasks = {stage.get("task", "") for stage in story["stages"]}
    what = " and ".join(told for task, told in _LEARNT.items() if task in tasks) or "without labels"
    sources = story.get("sources") or story["source"].split(" and ")
    modalities = story.get("modalities") or (["film"] if story["source"] == "ddsm" else [])
    images = " and ".join(_IMAGES.get(name, name) for name in modalities) or "images"
    unknown = story.get("sources_of_unknown_women") or ()
    return (
        f"weights trained here {what} on {story['images']['train']} {images} of {story['women']['train']} women "
        f"({'; '.join(_SETS.get(name, name) for name in sources)}"
        + (f"; not all images of {' and '.join(unknown)} say whom they show" if unknown else "")
        + ")"
        + _hashes(story)
        + f": {stages}"
    )


def _seen(stage: Mapping[str, Any]) -> str:
    """What a stage looked at."""
    if stage.get("task") == "lesion-map":
        return f"on whole inputs of {stage['rows']} x {stage['columns']} pixels"
    return f"{_WITHOUT_LABELS.get(stage.get('task', ''), 'on patches')} of {stage['patch']} pixels"


def _hashes(story: Mapping[str, Any]) -> str:
    """The hashes of the women of both parts, as a split tells them."""
    told = story.get("women_hashes", {})
    return "".join(f", {part} women's hash {told[part]}" for part in ("train", "validation") if part in told)


def _chosen(stage: Mapping[str, Any]) -> str:
    """By what the epoch was chosen."""
    if stage.get("validation") is not None:
        return f" ({stage['figure']} {stage['validation']:.2f} on the women by whom the epoch was chosen)"
    value = stage["validation_patch_auroc"]
    if value is None:
        return " (the last epoch: no woman was held back)"
    return f" (patch AUROC {value:.2f} on the women by whom the epoch was chosen)"


def overlap_line(leak: Mapping[str, Any] | None) -> str:
    """What the card says where judged women were seen before, or may have been; empty where none was. `leak`: the
    evaluation's record of `Overlap`, None where it has none."""
    state = (leak or {}).get("state", "none")
    if leak is None or state == "none":
        return ""
    if state == "overlap":
        return f"**The figures are too good: {leak['text']}.**"
    return (
        "Whether the test women were seen when the first weights were made cannot be told: these came from a file that "
        "does not say whom it was made on."
    )
