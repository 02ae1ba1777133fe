"""Owns what is said of a data set that was read: counts, as a record and as text. Names no woman."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from training.data.notes import by_reason
from training.data.sets import KINDS, DataSet
from training.data.table import ImageRow

_EXAMPLES = 3


def summary(found: DataSet) -> dict[str, Any]:
    """Counts of images unless a name says otherwise, as JSON: classes, women, breasts, sides, views, machines,
    densities, parts, lesions by kind and by how they are told, ages, what was left out (by reason, with examples) and
    remarks.
    """
    rows = found.rows
    lesions = [lesion for row in rows for lesion in row.lesions]
    ages = sorted(row.age for row in rows if row.age is not None)
    positive = {row.patient_id for row in rows if row.label}
    women = {row.patient_id for row in rows if row.woman_known}
    return {
        "path": str(found.path),
        "kind": found.kind,
        "images": len({row.file for row in rows}),
        "rows": len(rows),
        "crops": sum(row.crop_px is not None for row in rows),
        "women": len(women),
        "women_suspicious": len(women & positive),
        "images_of_unknown_women": sum(not row.woman_known for row in rows),
        "breasts": len({row.breast_id for row in rows if row.woman_known and row.laterality}),
        "suspicious": sum(row.label for row in rows),
        "other": sum(1 - row.label for row in rows),
        "diagnoses": _counts(row.diagnosis for row in rows),
        "sides": _counts(row.laterality for row in rows),
        "views": _counts(row.view for row in rows),
        "modalities": _counts(row.modality for row in rows),
        "machines": _counts(row.machine for row in rows),
        "densities": _counts(row.density for row in rows),
        "parts": _counts(row.part for row in rows),
        "ages": {"told": len(ages), "lowest": ages[0], "middle": ages[len(ages) // 2], "highest": ages[-1]}
        if ages
        else {"told": 0},
        "lesions": len(lesions),
        "images_with_lesions": sum(bool(row.lesions) for row in rows),
        "lesion_kinds": _counts(lesion.kind for lesion in lesions),
        "lesion_pathologies": _counts(lesion.pathology for lesion in lesions),
        "lesions_told_by": {
            "mask": sum(lesion.mask is not None for lesion in lesions),
            "box": sum(lesion.mask is None and lesion.box_px is not None for lesion in lesions),
            "circle": sum(lesion.mask is None and lesion.box_px is None for lesion in lesions),
        },
        "left_out": {
            why: {"count": len(what), "examples": what[:_EXAMPLES]} for why, what in by_reason(found.left_out).items()
        },
        "remarks": [*found.remarks, *cautions(rows)],
    }


def lines(told: Mapping[str, Any]) -> list[str]:
    """The record of `summary` as lines of text for a terminal."""
    found = [
        f"{told['path']}: {told['kind']} ({KINDS[told['kind']].text})",
        _line("images", f"{told['images']}" + (f", {told['crops']} crops of them" if told["crops"] else "")),
        _line("women", f"{told['women']}, {told['women_suspicious']} of them with a suspicious image"),
    ]
    if told["images_of_unknown_women"]:
        found.append(_line("unknown women", f"{told['images_of_unknown_women']} images"))
    found.append(_line("classes", f"suspicious {told['suspicious']}, other {told['other']}"))
    for name in ("diagnoses", "views", "sides", "machines", "densities", "parts", "modalities"):
        if set(told[name]) - {"not told"}:
            found.append(_line(name, _listed(told[name])))
    if told["ages"]["told"]:
        ages = told["ages"]
        found.append(_line("age", f"{ages['lowest']:g} to {ages['highest']:g} years, middle {ages['middle']:g}"))
    if told["lesions"]:
        found.append(_line("lesions", f"{told['lesions']} in {told['images_with_lesions']} images"))
        for name in ("lesion_kinds", "lesion_pathologies", "lesions_told_by"):
            found.append(_line(name.replace("_", " "), _listed(told[name])))
    for why, group in told["left_out"].items():
        more = ", ..." if group["count"] > len(group["examples"]) else ""
        found.append(_line("left out", f"{group['count']}: {why} ({', '.join(group['examples'])}{more})"))
    found += [_line("note", remark) for remark in told["remarks"]]
    return found


def _line(name: str, text: str) -> str:
    return f"  {name:<18} {text}"


def _listed(counts: Mapping[str, int], most: int = 12) -> str:
    shown = [f"{name} {count}" for name, count in list(counts.items())[:most] if count]
    return ", ".join(shown) + (f", and {len(counts) - most} more" if len(counts) > most else "")


def _counts(values: Iterable[str]) -> dict[str, int]:
    """How often each value occurs, the most frequent first; an empty one is "not told"."""
    found = Counter(value or "not told" for value in values)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def cautions(rows: tuple[ImageRow, ...]) -> list[str]:
    """What makes figures on such a set void."""
    found = []
    if rows and len({row.label for row in rows}) < 2:
        found.append("one class only: nothing can be told apart")
    contradicted = _of_both_classes(rows)
    if contradicted:
        more = ", ..." if len(contradicted) > _EXAMPLES else ""
        found.append(
            f"breasts whose images have different labels: {len(contradicted)} "
            f"({', '.join(contradicted[:_EXAMPLES])}{more}): see whether these are right"
        )
    sides: dict[str, set[str]] = {}
    positive = set()
    for row in rows:
        if row.laterality:
            sides.setdefault(row.patient_id, set()).add(row.laterality)
        if row.label:
            positive.add(row.patient_id)
    both = [[len(sides[woman]) > 1 for woman in sides if (woman in positive) == label] for label in (False, True)]
    if all(len(group) >= 20 for group in both):
        shares = [sum(group) / len(group) for group in both]
        if abs(shares[0] - shares[1]) > 0.5:
            found.append(
                f"both breasts are here of {shares[1]:.0%} of the women with a suspicious image and {shares[0]:.0%} of "
                "the others: figures by woman are void"
            )
    return found


def _of_both_classes(rows: tuple[ImageRow, ...]) -> list[str]:
    """Of each breast whose images have both labels, the file of the first one that is not as those before. Made women
    are known to be right, and their priors show less than what came later."""
    labels: dict[str, int] = {}
    found: dict[str, str] = {}
    for row in rows:
        real = row.crop_px is None and row.woman_known and row.laterality and row.source != "synthetic"
        if real and labels.setdefault(row.breast_id, row.label) != row.label:
            found.setdefault(row.breast_id, "/".join(row.file.parts[-2:]))
    return list(found.values())
