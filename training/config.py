"""Owns the configuration of a run as values: typed, validated, told in TOML. Never builds or fits anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mammoview.core.errors import UsageError
from training.split import SplitSpec

MODEL_KINDS = ("dense", "cnn", "small-resnet", "efficientnetv2", "pyramid")
FAMILIES = ("B0", "B1", "B2", "B3", "S")
CLASSES = {2: ("non-cancer", "cancer"), 3: ("normal", "benign", "malignant")}
"""The classes by their number; the last one is the suspicious one."""

FIGURES = ("auroc-image", "auroc-breast", "auroc-woman")
"""What may choose the epoch, on the validation women: each names the unit that is counted."""


def _among(key: str, value: object, allowed: Iterable[object]) -> None:
    allowed = tuple(allowed)
    if value not in allowed:
        raise UsageError(f"{key} = {value!r} is not known", f"choose one of {', '.join(map(str, allowed))}")


def _within(key: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"{key} = {value} is out of range", f"give {low:g} to {high:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputConfig:
    """`rows` x `columns` that the cache must have (0: as it is); `crops` "whole" images or "roi" crops of lesions."""

    rows: int = 0
    columns: int = 0
    crops: str = "whole"

    def __post_init__(self) -> None:
        _among("input.crops", self.crops, ("whole", "roi"))
        for key, value in (("input.rows", self.rows), ("input.columns", self.columns)):
            if value and not 32 <= value <= 8192:
                raise UsageError(f"{key} = {value} is out of range", "give 32 to 8192, or 0 for the cache's own")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The network. `kind` decides which of the others count.

    `family`: of efficientnetv2. `filters`: of the blocks of cnn and small-resnet; of pyramid, the stem's and the
    stages'. `pyramid`: its channels; `contrast`: scales in pixels of the local contrast that it sees. `cells`: rows and
    columns, at least, to which dense scales the pixels down: blocks of whole pixels are averaged. `units`: of the dense
    layer before the logits, 0 for none. `unit`: what one example is: "image", or with views pooled "breast" or "woman";
    `views`: images of one example in a training step, at most; `pooling`: of their features, "mean" or "attention".
    """

    kind: str = "efficientnetv2"
    family: str = "B0"
    filters: tuple[int, ...] = ()
    pyramid: int = 64
    contrast: tuple[int, ...] = (4, 16)
    cells: tuple[int, ...] = (16, 16)
    units: int = 0
    dropout: float = 0.3
    classes: int = 2
    unit: str = "image"
    views: int = 1
    pooling: str = "mean"

    def __post_init__(self) -> None:
        _among("model.kind", self.kind, MODEL_KINDS)
        _among("model.family", self.family, FAMILIES)
        _among("model.classes", self.classes, CLASSES)
        _among("model.unit", self.unit, ("image", "breast", "woman"))
        _among("model.pooling", self.pooling, ("mean", "attention"))
        _within("model.dropout", self.dropout, 0, 0.9)
        _within("model.units", self.units, 0, 8192)
        _within("model.views", self.views, 1, 16)
        if (self.unit == "image") != (self.views == 1):
            raise UsageError(
                f"model.views = {self.views} does not suit model.unit = {self.unit!r}",
                "an image is one view, a breast or a woman has two or more",
            )
        _within("model.pyramid", self.pyramid, 8, 1024)
        if any(not 2 <= scale <= 256 for scale in self.contrast):
            raise UsageError(f"model.contrast = {list(self.contrast)} is out of range", "give 2 to 256 pixels")
        if self.kind == "pyramid" and (len(self.filters) < 3 or self.unit != "image"):
            raise UsageError(
                "model.kind = 'pyramid' takes one image, and filters of a stem and two stages at least",
                "give model.filters, as [16, 32, 64, 96, 128]",
            )
        if self.kind in ("cnn", "small-resnet") and (not self.filters or min(self.filters) < 1):
            raise UsageError("model.filters is empty", "give the filters of each block, as [32, 64]")
        if any(filters > 8192 for filters in self.filters) or len(self.filters) > 8:
            raise UsageError(f"model.filters = {list(self.filters)} is out of range", "give 8 blocks of 8192 at most")
        if len(self.cells) != 2 or min(self.cells) < 1:
            raise UsageError(f"model.cells = {list(self.cells)} is no grid", "give rows and columns, as [16, 16]")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsConfig:
    """Weights in the loss of what is learnt beside the class; 0 for no such head.

    `mask`: a decoder that draws the lesion, Dice + cross-entropy. `density`: BI-RADS A to D, cross-entropy. `age`: the
    woman's, in standard deviations from the training images' mean, squared error. `recall`: BI-RADS 0 or suspicious
    against BI-RADS 1 and 2, cross-entropy. What an image does not tell counts nothing.
    """

    mask: float = 0.0
    density: float = 0.0
    age: float = 0.0
    recall: float = 0.0

    def __post_init__(self) -> None:
        for name in ("mask", "density", "age", "recall"):
            _within(f"heads.{name}", getattr(self, name), 0, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliaryConfig:
    """Sets with drawn lesions that are only ever trained on, beside the others: rows of the cache whose source begins
    with one of `sources`. Each batch gets so many of them that they are `share` of it; they say nothing of the class,
    and count for heads.mask alone."""

    sources: tuple[str, ...] = ()
    share: float = 0.33

    def __post_init__(self) -> None:
        if not all(self.sources):
            raise UsageError("auxiliary.sources holds an empty name", "name sets, as ['ddsm', 'mias', 'synthetic']")
        _within("auxiliary.share", self.share, 0.01, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationConfig:
    """Strengths, 0 or false for none. `zoom` and `shift` are shares of the side; `gamma` the largest logarithm of the
    power of the greys; `sharpness` how far fine structure is blurred or sharpened and coarse structure weakened or
    strengthened; `noise` the largest SD of normal noise, greys being 0 to 1; `elastic_px` the SD of the field in
    pixels; `cutout` the largest share of a side; `mixup` the alpha of Beta(alpha, alpha) (Zhang et al. 2018);
    `drop_views` the chance that a view of several is left out."""

    flip_rows: bool = False
    flip_columns: bool = False
    rotation_degrees: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 0.0
    sharpness: float = 0.0
    noise: float = 0.0
    elastic_px: float = 0.0
    cutout: float = 0.0
    mixup: float = 0.0
    drop_views: float = 0.0

    def __post_init__(self) -> None:
        for name, high in (
            ("rotation_degrees", 180),
            ("zoom", 0.9),
            ("shift", 1),
            ("brightness", 1),
            ("contrast", 0.9),
            ("gamma", 2),
            ("sharpness", 1),
            ("noise", 0.5),
            ("elastic_px", 100),
            ("cutout", 0.9),
            ("mixup", 10),
            ("drop_views", 0.9),
        ):
            _within(f"augmentation.{name}", getattr(self, name), 0, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImbalanceConfig:
    """`kind`: "sampling" (each batch holds the classes evenly), "class-weights", "focal" (Lin et al. 2017) with
    `focal_gamma`, or "none"."""

    kind: str = "sampling"
    focal_gamma: float = 2.0

    def __post_init__(self) -> None:
        _among("imbalance.kind", self.kind, ("sampling", "class-weights", "focal", "none"))
        _within("imbalance.focal_gamma", self.focal_gamma, 0, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """Cross-entropy with `label_smoothing`."""

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        _within("loss.label_smoothing", self.label_smoothing, 0, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """`rate`: the learning rate after the warm-up; `weight_decay`: of adamw; `clip_norm`: of each variable's gradient,
    0 for none; `ema`: momentum, an update, of the weights' moving average, which is judged and kept, 0 for none;
    `accumulate`: batches for an update; `mixed_precision`: mixed_bfloat16, for a GPU."""

    kind: str = "adamw"
    rate: float = 1e-3
    weight_decay: float = 0.02
    clip_norm: float = 1.0
    ema: float = 0.0
    accumulate: int = 1
    mixed_precision: bool = False

    def __post_init__(self) -> None:
        _among("optimiser.kind", self.kind, ("adam", "adamw"))
        _within("optimiser.rate", self.rate, 1e-8, 10)
        _within("optimiser.weight_decay", self.weight_decay, 0, 1)
        _within("optimiser.clip_norm", self.clip_norm, 0, 1e6)
        _within("optimiser.ema", self.ema, 0, 0.99999)
        _within("optimiser.accumulate", self.accumulate, 1, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """`kind`: "cosine" to 0, "plateau" (times `factor` after `patience` epochs without a better figure), "constant";
    `warm_up`: share of all updates in which the rate rises from a twentieth."""

    kind: str = "cosine"
    warm_up: float = 1 / 12
    patience: int = 3
    factor: float = 0.3

    def __post_init__(self) -> None:
        _among("schedule.kind", self.kind, ("cosine", "plateau", "constant"))
        _within("schedule.warm_up", self.warm_up, 0, 1)
        _within("schedule.patience", self.patience, 1, 1000)
        _within("schedule.factor", self.factor, 0.01, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingConfig:
    """`epochs` at most; `figure` chooses the epoch that is kept; `patience`: epochs without a better one after which
    the run ends, 0 to go through all."""

    epochs: int = 16
    figure: str = "auroc-image"
    patience: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise UsageError("stopping.epochs: a run needs at least one epoch")
        _among("stopping.figure", self.figure, FIGURES)
        _within("stopping.patience", self.patience, 0, 10000)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConfig:
    """What the weights are before the first epoch.

    `kind`: "nothing" (random), "weights" (`file` of this very network), "trunk" (`file` of a run of `fit` or `pretrain`
    with the same trunk: MRI, synthetic or film lesions; the heads are new but for a mask head of the same layers),
    "imagenet" (`file` is Keras' no-top file of this EfficientNetV2 for three channels). Nothing is ever downloaded.
    """

    kind: str = "nothing"
    file: str = ""

    def __post_init__(self) -> None:
        _among("start.kind", self.kind, ("nothing", "weights", "trunk", "imagenet"))
        if (self.kind == "nothing") != (not self.file):
            raise UsageError(
                f"start.kind = {self.kind!r} with start.file = {self.file!r}",
                "name a local file for every kind but 'nothing'; weights are never downloaded",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchesConfig:
    """A first stage on patches of `size` pixels of the same inputs, lesion against the rest; 0 epochs for none."""

    epochs: int = 0
    size: int = 96
    batch: int = 48
    rate: float = 1e-3

    def __post_init__(self) -> None:
        _within("patches.epochs", self.epochs, 0, 10000)
        _within("patches.size", self.size, 32, 2048)
        _within("patches.batch", self.batch, 2, 65536)
        _within("patches.rate", self.rate, 1e-8, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """`batch`: examples in a step; `limit`: examples of each part, 0 for all; `save_minutes` and `save_steps`: how
    often the state is written besides the end of each epoch, 0 for never."""

    seed: int = 1
    batch: int = 32
    limit: int = 0
    save_minutes: float = 10.0
    save_steps: int = 0

    def __post_init__(self) -> None:
        if self.batch < 2:
            raise UsageError("run.batch: a run needs a batch of two at least")
        _within("run.batch", self.batch, 2, 65536)
        _within("run.seed", self.seed, 0, 2**31 - 1)
        _within("run.limit", self.limit, 0, 10**9)
        _within("run.save_minutes", self.save_minutes, 0, 10**6)
        _within("run.save_steps", self.save_steps, 0, 10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All that decides a run, besides the cache. `name` is for people."""

    name: str
    description: str = ""
    input: InputConfig = field(default_factory=InputConfig)
    split: SplitSpec = field(default_factory=SplitSpec)
    model: ModelConfig = field(default_factory=ModelConfig)
    heads: HeadsConfig = field(default_factory=HeadsConfig)
    auxiliary: AuxiliaryConfig = field(default_factory=AuxiliaryConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    imbalance: ImbalanceConfig = field(default_factory=ImbalanceConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    stopping: StoppingConfig = field(default_factory=StoppingConfig)
    start: StartConfig = field(default_factory=StartConfig)
    patches: PatchesConfig = field(default_factory=PatchesConfig)
    run: RunConfig = field(default_factory=RunConfig)

    def __post_init__(self) -> None:
        if self.model.unit != "image":
            for key, value in (
                ("heads.mask", self.heads.mask),
                ("heads.density", self.heads.density),
                ("heads.age", self.heads.age),
                ("heads.recall", self.heads.recall),
                ("augmentation.mixup", self.augmentation.mixup),
            ):
                if value:
                    raise UsageError(f"{key} = {value} does not suit several views", "set it to 0 or take one image")
            if self.stopping.figure == "auroc-image" or (self.model.unit, self.stopping.figure) == (
                "woman",
                "auroc-breast",
            ):
                raise UsageError(
                    f"stopping.figure = {self.stopping.figure!r} is finer than model.unit = {self.model.unit!r}",
                    f"take auroc-{self.model.unit}",
                )
        elif self.augmentation.drop_views:
            raise UsageError("augmentation.drop_views needs several views", "set it to 0")
        schedule, stopping = self.schedule, self.stopping
        if schedule.kind == "plateau" and 0 < stopping.patience <= schedule.patience:
            raise UsageError(
                f"schedule.patience = {schedule.patience} cuts no rate before stopping.patience = {stopping.patience}",
                "make the latter larger, or 0",
            )
        if self.auxiliary.sources and not self.heads.mask:
            raise UsageError(
                "auxiliary.sources needs heads.mask: lesions are all that such sets teach", "set heads.mask"
            )
        if self.model.kind == "pyramid" and not self.heads.mask:
            raise UsageError("model.kind = 'pyramid' looks where its lesion map points", "set heads.mask")
        if self.heads.mask and self.model.kind == "dense":
            raise UsageError("heads.mask needs a convolutional model", "choose another model.kind")
        if self.start.kind == "imagenet" and self.model.kind != "efficientnetv2":
            raise UsageError("start.kind = 'imagenet' is for model.kind = 'efficientnetv2'", "choose another start")
        if self.patches.epochs and self.start.kind == "weights":
            raise UsageError("start.kind = 'weights' does not suit a stage on patches", "take start.kind = 'trunk'")

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; the last is the suspicious one."""
        return CLASSES[self.model.classes]
