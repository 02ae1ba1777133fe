"""Owns the demonstration of what a split by image gives away on CBIS-DDSM: figures from its tables, without a pixel.

Lesions are split at random, as is often done, and by woman; a memory of whose breast was malignant is judged on both,
alone, beside what radiologists noted of each lesion, and beside a simulated classifier that looks at images honestly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.calibration import logit, sigmoid
from training.data.cbis_tables import Abnormality
from training.metrics import auroc
from training.weighted import Labels, Scores

CLAIMED_ACCURACY, CLAIMED_AUROC = 0.937, 0.961
"""The pair of figures that the demonstration explains."""

SIMULATED = (0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90)
_TEST_SHARE = 0.2
_STRENGTH = 0.1
"""How many lesions of the average malignancy the memory of each key starts with."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The lesions as arrays: `women` and `breasts` int64 keys, `labels` 1 = malignant, `tested` official test part;
    `noted` float64 (lesions, words), 1 where a word was noted of a lesion."""

    labels: Labels
    women: NDArray[np.int64]
    breasts: NDArray[np.int64]
    tested: NDArray[np.bool_]
    noted: Scores


def demonstrate(lesions: Sequence[Abnormality], *, seeds: int = 100) -> dict[str, Any]:
    """All figures of the demonstration, each a mean with its SD over `seeds` splits or simulations.

    Raises UsageError where the lesions are of one class or one official part, or `seeds` is under 2.
    """
    table = _Table(
        np.array([lesion.pathology == "malignant" for lesion in lesions], np.int64),
        _keys(lesion.patient for lesion in lesions),
        _keys((lesion.patient, lesion.laterality) for lesion in lesions),
        np.array([lesion.part == "test" for lesion in lesions]),
        _words(lesions),
    )
    if seeds < 2:
        raise UsageError(f"{seeds} splits have no SD", "give --seeds of 2 or more")
    if not 0 < table.labels.mean() < 1 or not 0 < table.tested.mean() < 1:
        raise UsageError("the demonstration needs both classes and both official parts", "give all four tables")
    return {
        "table": _counts(lesions, table),
        "official_parts": _official(lesions),
        "memory_alone": {
            split: {
                key: _runs(lambda seed, keys=keys, split=split: _judged(table, split, keys, None, seed), seeds)
                for key, keys in (("patient", table.women), ("patient and side", table.breasts))
            }
            for split in ("random", "by woman")
        },
        "memory_and_notes": _beside_notes(table, seeds) if table.noted.size else None,
        "memory_and_images": [_beside(table, wanted, seeds) for wanted in SIMULATED],
        "official_worst_case": [_official_gain(table, wanted, seeds) for wanted in (0.80, 0.85)],
        "plausibility": plausibility(float(table.labels.mean())),
        "seeds": seeds,
        "test_share": _TEST_SHARE,
    }


def plausibility(prevalence: float) -> dict[str, float]:
    """Whether accuracy and AUROC of the claimed pair fit together under scores of equal variance (binormal): the most
    accuracy that the AUROC allows, and the AUROC that the accuracy needs."""
    low, high = 0.5, 1 - 1e-9
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if best_accuracy(middle, prevalence) < CLAIMED_ACCURACY else (low, middle)
    return {
        "claimed_accuracy": CLAIMED_ACCURACY,
        "claimed_auroc": CLAIMED_AUROC,
        "best_accuracy_at_claimed_auroc": best_accuracy(CLAIMED_AUROC, prevalence),
        "auroc_needed_for_claimed_accuracy": (low + high) / 2,
    }


def best_accuracy(area: float, prevalence: float) -> float:
    """The highest accuracy of any threshold where scores are normal with equal variance and an AUROC of `area`."""
    distance = _distance(area)
    if distance == 0:
        return max(prevalence, 1 - prevalence)
    normal = NormalDist()
    threshold = distance / 2 + float(np.log((1 - prevalence) / prevalence)) / distance
    return prevalence * normal.cdf(distance - threshold) + (1 - prevalence) * normal.cdf(threshold)


def _distance(area: float) -> float:
    """How far apart the means lie, in SDs: AUROC = Phi(d / sqrt 2)."""
    return float(np.sqrt(2) * NormalDist().inv_cdf(area))


def _keys(names: Any) -> NDArray[np.int64]:
    found: dict[Any, int] = {}
    return np.array([found.setdefault(name, len(found)) for name in names], np.int64)


def _counts(lesions: Sequence[Abnormality], table: _Table) -> dict[str, int]:
    return {
        "lesions": len(lesions),
        "malignant": int(table.labels.sum()),
        "women": int(table.women.max()) + 1,
        "breasts": int(table.breasts.max()) + 1,
        "mammograms": len({(lesion.patient, lesion.laterality, lesion.view) for lesion in lesions}),
    }


def _official(lesions: Sequence[Abnormality]) -> dict[str, int]:
    """What the official parts share, within and across the tables of masses and of calcifications."""
    women: dict[tuple[bool, str], set[str]] = {}
    breasts: dict[str, set[tuple[str, str]]] = {"train": set(), "test": set()}
    films: dict[str, set[tuple[str, str, str]]] = {"train": set(), "test": set()}
    for lesion in lesions:
        women.setdefault((lesion.roi_key.startswith("Calc"), lesion.part), set()).add(lesion.patient)
        breasts[lesion.part].add((lesion.patient, lesion.laterality))
        films[lesion.part].add((lesion.patient, lesion.laterality, lesion.view))

    def shared(trained: bool, tested: bool) -> set[str]:
        return women.get((trained, "train"), set()) & women.get((tested, "test"), set())

    return {
        "test_women": len(women.get((False, "test"), set()) | women.get((True, "test"), set())),
        "women_within_mass": len(shared(False, False)),
        "women_within_calcification": len(shared(True, True)),
        "women_mass_train_and_calcification_test": len(shared(False, True)),
        "women_calcification_train_and_mass_test": len(shared(True, False)),
        "women": len(
            {woman for trained in (False, True) for tested in (False, True) for woman in shared(trained, tested)}
        ),
        "breasts": len(breasts["train"] & breasts["test"]),
        "mammograms": len(films["train"] & films["test"]),
    }


def _parts(table: _Table, split: str, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(training, test) positions of one split into 80 % and 20 %, of lesions or of women."""
    if split == "random":
        order = rng.permutation(table.labels.size)
        cut = round(order.size * _TEST_SHARE)
        return order[cut:], order[:cut]
    women = rng.permutation(int(table.women.max()) + 1)
    tested = np.isin(table.women, women[: round(women.size * _TEST_SHARE)])
    return np.flatnonzero(~tested), np.flatnonzero(tested)


def _memory(labels: Labels, keys: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64]) -> Scores:
    """The probability of malignancy that each test lesion's key had in training; the training mean for unknown keys."""
    size = int(keys.max()) + 1
    malignant = np.bincount(keys[train], weights=labels[train], minlength=size)
    known = np.bincount(keys[train], minlength=size)
    prior = float(labels[train].mean())
    return np.asarray(((malignant + _STRENGTH * prior) / (known + _STRENGTH))[keys[test]], np.float64)


def _evidence(labels: Labels, area: float, rng: np.random.Generator) -> Scores:
    """Log-likelihood ratios of a simulated honest classifier with an AUROC of `area`, drawn anew for each lesion."""
    distance = _distance(area)
    return distance * (rng.standard_normal(labels.size) + distance * labels) - distance**2 / 2


def _judged(table: _Table, split: str, keys: NDArray[np.int64], area: float | None, seed: int) -> tuple[float, float]:
    """(AUROC, accuracy at 0.5) on the test lesions of one split: memory, and the classifier where there is one."""
    rng = np.random.default_rng(seed)
    train, test = _parts(table, split, rng)
    memory = _memory(table.labels, keys, train, test)
    labels = table.labels[test]
    scores = logit(memory) if area is None else logit(memory) + _evidence(labels, area, rng)
    return auroc(labels, scores), float(((sigmoid(scores) >= 0.5) == (labels == 1)).mean())


def _runs(judge: Any, seeds: int) -> dict[str, dict[str, float]]:
    return _spreads([judge(seed) for seed in range(seeds)])


def _spreads(figures: Sequence[tuple[float, float]]) -> dict[str, dict[str, float]]:
    return {name: _spread(column) for name, column in zip(("auroc", "accuracy"), np.array(figures).T, strict=True)}


def _words(lesions: Sequence[Abnormality]) -> Scores:
    """Which of all words that were noted is noted of each lesion."""
    words = sorted({word for lesion in lesions for word in lesion.noted})
    noted = [set(lesion.noted) for lesion in lesions]
    return np.array([[word in told for word in words] for told in noted], np.float64)


def _beside_notes(table: _Table, seeds: int) -> dict[str, Any]:
    """The memory of the breast beside a logistic regression on what was noted of a lesion: for each split the notes
    alone, both, and in how many splits both reach the claimed accuracy."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=2000, warm_start=True)
    found: dict[str, Any] = {}
    for split in ("random", "by woman"):
        alone: list[tuple[float, float]] = []
        both: list[tuple[float, float]] = []
        for seed in range(seeds):
            train, test = _parts(table, split, np.random.default_rng(seed))
            labels = table.labels[test]
            notes = model.fit(table.noted[train], table.labels[train]).decision_function(table.noted[test])
            memory = logit(_memory(table.labels, table.breasts, train, test))
            prior = float(logit(table.labels[train].mean()))
            for figures, scores in ((alone, notes), (both, notes + memory - prior)):
                figures.append((auroc(labels, scores), float(((scores >= 0) == (labels == 1)).mean())))
        found[split] = {
            "notes": _spreads(alone),
            "both": _spreads(both),
            "reached": sum(accuracy >= CLAIMED_ACCURACY for _, accuracy in both),
        }
    return found


def _beside(table: _Table, area: float, seeds: int) -> dict[str, Any]:
    return {
        "image_auroc": area,
        **{
            split: _runs(lambda seed, split=split: _judged(table, split, table.breasts, area, seed), seeds)
            for split in ("random", "by woman")
        },
    }


def _official_gain(table: _Table, area: float, seeds: int) -> dict[str, Any]:
    """By how much the AUROC on the pooled official test part rises if the shared women are remembered: "worst", if all
    their test lesions were known; "memory", by what the training part says of the same breast, which may mislead, as
    the other lesion is of another kind."""
    train, test = np.flatnonzero(~table.tested), np.flatnonzero(table.tested)
    labels = table.labels[test]
    shared = np.isin(table.women[test], table.women[train])
    memory = logit(_memory(table.labels, table.breasts, train, test))
    worst, actual = [], []
    for seed in range(seeds):
        evidence = _evidence(labels, area, np.random.default_rng(seed))
        before = auroc(labels, evidence)
        worst.append(auroc(labels, np.where(shared, np.where(labels == 1, 1e3, -1e3), evidence)) - before)
        actual.append(auroc(labels, evidence + memory) - before)
    return {"image_auroc": area, "worst": _spread(np.array(worst)), "memory": _spread(np.array(actual))}


def _spread(values: Scores) -> dict[str, float]:
    return {"mean": float(values.mean()), "sd": float(values.std(ddof=1))}


def lines(record: Mapping[str, Any]) -> list[str]:
    """The demonstration as text."""
    table, parts, claim = record["table"], record["official_parts"], record["plausibility"]
    told = [
        f"CBIS-DDSM: {table['lesions']} lesions ({table['malignant']} malignant) in {table['mammograms']} mammograms "
        f"of {table['women']} women. No image is read here.",
        "",
        f"1. A memory of whose breast was malignant, on a fifth of the lesions; mean (SD) of {record['seeds']} splits",
    ]
    for split, found in record["memory_alone"].items():
        for key, figures in found.items():
            told.append(f"   split {split}, keyed on {key}: {_pair(figures)}")
    if record["memory_and_notes"]:
        told += ["", "2. The same memory beside what radiologists noted of each lesion in the tables; still no image"]
        for split, found in record["memory_and_notes"].items():
            told += [
                f"   split {split}: the notes alone {_pair(found['notes'])}",
                f"     with the memory {_pair(found['both'])}; {claim['claimed_accuracy']:.3f} or more in "
                f"{found['reached']} of {record['seeds']} splits",
            ]
    told += ["", "3. The same memory beside a simulated classifier that looks at images honestly"]
    for row in record["memory_and_images"]:
        if row["image_auroc"] in (0.80, 0.85):
            told.append(f"   classifier with an AUROC of {row['image_auroc']:.2f}")
            told += [f"     split {split}: {_pair(row[split])}" for split in ("random", "by woman")]
    told += [
        "",
        "4. The official parts, masses and calcifications pooled",
        f"   {parts['women']} of {parts['test_women']} test women are in the training part as well: "
        f"{parts['women_mass_train_and_calcification_test']} by masses in training and calcifications in test, "
        f"{parts['women_calcification_train_and_mass_test']} the other way round; "
        f"{parts['women_within_mass']} within masses, {parts['women_within_calcification']} within calcifications",
        f"   {parts['breasts']} breasts and {parts['mammograms']} mammograms are in both",
    ]
    told += [
        f"   if all their lesions were known, an AUROC of {row['image_auroc']:.2f} would rise by "
        f"{row['worst']['mean']:+.3f} (SD {row['worst']['sd']:.3f}), the worst case; by what training says of the same "
        f"breast it changes by {row['memory']['mean']:+.3f} (SD {row['memory']['sd']:.3f})"
        for row in record["official_worst_case"]
    ]
    told += [
        "",
        f"5. An accuracy of {claim['claimed_accuracy']:.3f} with an AUROC of {claim['claimed_auroc']:.3f}",
        f"   scores of equal variance with this AUROC allow {claim['best_accuracy_at_claimed_auroc']:.3f} at most; "
        f"this accuracy needs an AUROC of {claim['auroc_needed_for_claimed_accuracy']:.3f}",
        "   it is what a split by image gives, and no sign of a good model",
    ]
    return told


def _pair(figures: Mapping[str, Mapping[str, float]]) -> str:
    return ", ".join(
        f"{words} {figures[name]['mean']:.3f} (SD {figures[name]['sd']:.3f})"
        for name, words in (("auroc", "AUROC"), ("accuracy", "accuracy"))
    )
