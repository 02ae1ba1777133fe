"""Owns one training step: augmentation, network and losses as one Keras model, on whatever backend. Keras 3 only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from training.augment import Augmentation, partners_of
from training.config import System
from training.models.network import output_names


def class_loss(logits: Any, targets: Any, *, smoothing: float, gamma: float) -> Any:
    """Cross-entropy (n,) of `targets` (n, classes), shares that sum to 1, with label smoothing; times (1 - p) ** gamma
    where gamma is not 0 (focal loss, Lin et al. 2017)."""
    classes = int(logits.shape[-1])
    targets = targets * (1 - smoothing) + smoothing / classes
    logarithm = ops.log_softmax(logits, axis=-1)
    terms = targets * logarithm
    if gamma:
        terms = terms * (1 - ops.exp(logarithm)) ** gamma
    return -ops.sum(terms, axis=-1)


PLACE_SHARE = 0.1
"""Weight of the question where the lesion is beside the question what is lesion."""


def mask_loss(logits: Any, mask: Any) -> Any:
    """Cross-entropy plus 1 - Dice (Milletari et al. 2016), (n,), of `mask` (n, rows, columns, 1) in 0..1 at the logits'
    size, and a share of the divergence of the softmax over all places from the lesion's own: else the largest logit of
    a picture, to which readers are pointed, would be of no more weight than any other."""
    axes = (1, 2, 3)
    cross = ops.mean(ops.softplus(logits) - mask * logits, axis=axes)
    drawn = ops.sigmoid(logits)
    both = ops.sum(drawn * mask, axis=axes)
    size = ops.sum(mask, axis=axes, keepdims=True)
    share = mask / ops.maximum(size, 1e-6)  # of each place in the lesion; its divergence from the map's softmax
    said = logits - ops.logsumexp(logits, axis=axes, keepdims=True)
    where = ops.sum(share * (ops.log(ops.maximum(share, 1e-9)) - said), axis=axes)
    size = ops.reshape(size, (-1,))
    return cross + 1 - (2 * both + 1) / (ops.sum(drawn, axis=axes) + size + 1) + PLACE_SHARE * where


def yes_no_loss(logits: Any, truth: Any) -> Any:
    """Cross-entropy (n,) of `truth` (n,) in 0..1 at logits (n, 1)."""
    flat = ops.reshape(logits, (-1,))
    return ops.softplus(flat) - truth * flat


def square_loss(values: Any, truth: Any) -> Any:
    """Squared difference (n,) of `values` (n, 1) to `truth` (n,)."""
    return ops.square(ops.reshape(values, (-1,)) - truth)


def mean_of_known(losses: Any, known: Any) -> Any:
    """The mean of `losses` (n,) weighted by `known` (n,); 0 where none is known."""
    return ops.sum(losses * known) / ops.maximum(ops.sum(known), 1.0)


_MIXED = ("pixels", "targets", "weights", "mask", "density", "age", "recall")
"""What MixUp mixes of a batch."""


class Trainee(keras.Model):  # type: ignore[misc]
    """Takes a batch as `fitting.batches` makes it and adds its loss; `network` is what is fitted.

    In the batch: "pixels" uint8 (n, rows, columns) or (n, views, rows, columns), "targets" float32 (n, classes),
    "weights" float32 (n,), 0 for examples that say nothing of the class, for several views "present" float32 (n,
    views), for a mask head "mask" uint8 (n, rows, columns) 0 or 1 with "mask_known" (n,), for a density head "density"
    float32 (n, 4), all 0 where it is not told, for the heads of one number "age" and "recall" float32 (n,) with
    "age_known" and "recall_known".
    """

    def __init__(self, network: Any, system: System, seed: int) -> None:
        super().__init__(name="trainee", dtype="float32")  # targets and losses; the network has its own precision
        self.network = network
        self.system = system
        self.augmentation = Augmentation(system.augmentation, seed)

    def build(self, input_shape: Any) -> None:
        self.augmentation.build(None)  # the network is built; here is nothing that waits for a shape
        self.built = True

    def call(self, batch: Mapping[str, Any], training: bool = False) -> Any:
        logits, losses = self.judged(self.prepared(batch, training=training), training=training)
        for loss in losses:
            self.add_loss(loss)
        return logits

    def prepared(self, batch: Mapping[str, Any], *, training: bool) -> dict[str, Any]:
        """The batch as the network takes it: "pixels" float32 in 0..1 and "mask" with a last axis of one channel, and
        in training changed at random."""
        system = self.system
        several = system.model.unit != "image"
        pixels = ops.cast(batch["pixels"], "float32")[..., None] / 255
        mask = ops.cast(batch["mask"], "float32")[..., None] if "mask" in batch else None
        if training:
            shape = tuple(int(size) for size in pixels.shape[1:])
            flat = ops.reshape(pixels, (-1, *shape[1:])) if several else pixels
            flat, mask = self.augmentation(flat, mask)
            pixels = ops.reshape(flat, (-1, *shape)) if several else flat
        parts = {**batch, "pixels": pixels, **({} if mask is None else {"mask": mask})}
        if training and system.augmentation.mixup:
            partners = partners_of(parts["weights"] > 0)
            names = [name for name in _MIXED if name in parts]
            mixed = self.augmentation.mixed(*(parts[name] for name in names), partners=partners)
            parts.update(zip(names, mixed, strict=True))
            for name in [name for name in parts if name.endswith("_known")]:
                parts[name] = parts[name] * ops.take(parts[name], partners, axis=0)
        return parts

    def judged(self, parts: Mapping[str, Any], *, training: bool) -> tuple[Any, list[Any]]:
        """(logits, the losses that are added up) of what `prepared` gave, or of some of its examples."""
        system = self.system
        several = system.model.unit != "image"
        outputs = self.network([parts["pixels"], parts["present"]] if several else parts["pixels"], training=training)
        found = dict(zip(output_names(system.heads), outputs, strict=True))
        gamma = system.imbalance.focal_gamma if system.imbalance.kind == "focal" else 0.0
        own = class_loss(found["logits"], parts["targets"], smoothing=system.loss.label_smoothing, gamma=gamma)
        losses = [ops.mean(own * parts["weights"])]
        if "mask" in parts:
            logits = found["mask"]
            small = ops.image.resize(
                parts["mask"], tuple(logits.shape[1:3]), antialias=True, data_format="channels_last"
            )
            drawn = mask_loss(logits, ops.clip(small, 0.0, 1.0))
            losses.append(system.heads.mask * mean_of_known(drawn, parts["mask_known"]))
        if "density" in parts:
            told = class_loss(found["density"], parts["density"], smoothing=0.0, gamma=0.0)  # 0 where nothing is told
            known = ops.maximum(ops.sum(parts["density"]), 1.0)  # MixUp makes shares of it
            losses.append(system.heads.density * ops.sum(told) / known)
        for name, loss in (("age", square_loss), ("recall", yes_no_loss)):
            if name in parts:
                known = parts[f"{name}_known"]
                losses.append(getattr(system.heads, name) * mean_of_known(loss(found[name], parts[name]), known))
        return found["logits"], losses
