"""Owns the words of the model card. Generated from evaluation.json alone; no figure is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP, CellField
from training.across import difference_of, images_of, output_of, slices_lines
from training.auxiliary import auxiliary_line
from training.card_words import (
    FAILURES,
    data_words,
    is_out_of_folds,
    judged_words,
    licence_lines,
    point_words,
    validation_words,
)
from training.evaluation.views import view_lines
from training.explanations.summary import shown_of
from training.origin import origin, overlap_line
from training.predictions import UNITS
from training.reliability import reliability_lines, reliability_reference
from training.split import PARTS

_FIGURES = {
    "auroc": "AUROC",
    "auprc": "AUPRC (average precision)",
    "sensitivity_at_specificity_90": "sensitivity where specificity is 0.90",
    "sensitivity_at_specificity_95": "sensitivity where specificity is 0.95",
    "probabilistic_f1": "probabilistic F1",
    "brier": "Brier score",
    "ece": "expected calibration error, 15 bins of equal mass",
}


def model_card(
    evaluation: Mapping[str, Any],
    *,
    name: str,
    version: str,
    intended_use: str,
    grid: CellField,
    gate: Mapping[str, Any] | None = None,
    half: bool = False,
    explanation: str = GRAD_CAM,
) -> str:
    """The card in Markdown. `evaluation` is what `evaluate` wrote; `grid` the heat map's, made as `explanation` says
    (one of `gradcam.METHODS`); `gate` what `measure_gate` found; `half`: the kernels are stored as float16."""
    test = evaluation["test"]
    lines = [
        f"# {name} {version}",
        "",
        f"**{intended_use}**",
        "",
        "This is not a medical device. Nobody may be treated, recalled or reassured because of its output.",
        "",
        "## What it is",
        "",
        *_network(evaluation, grid, explanation),
        *(("", "Its kernels are stored as float16; all is computed in float32.") if half else ()),
        "",
        "## Data",
        "",
        *_data(evaluation),
        "",
        "## Figures out of folds" if is_out_of_folds(evaluation) else "## Figures on the test women",
        "",
        *_figures(evaluation),
        "",
        *_views(evaluation.get("views")),
        *_three_classes(evaluation.get("three_classes")),
        "## Calibration",
        "",
        *_calibration(evaluation),
        "",
        "## Operating points",
        "",
        *_points(evaluation),
        "",
        "## Subgroups of the test images",
        "",
        *_subgroups(test["subgroups"]),
        "",
        "## Quality gate",
        "",
        *_gate(gate),
        "",
        "## Limits",
        "",
        *_limits(evaluation, grid),
        "",
        "## Known failures",
        "",
        *(f"- {words}" for words in FAILURES),
        "",
        "## Licences",
        "",
        *licence_lines(evaluation),
        "",
    ]
    if evaluation.get("reliability"):
        lines += [reliability_reference(evaluation["reliability"]), ""]
    return "\n".join(lines)


def _calibration(evaluation: Mapping[str, Any]) -> list[str]:
    """At which prevalence, and how well."""
    fitted = evaluation["calibration"].get("prevalence")
    line = f"Probabilities are {_calibrated(evaluation)}"
    if fitted is not None:
        line += (
            f" The share of the suspicious class among these is {fitted:.3f}; where a site states its own prevalence, "
            "scores and thresholds are moved to it alike (prior shift, Saerens et al. 2002)."
        )
    if not evaluation.get("reliability"):
        return [line, "", "No reliability diagram was made of this run."]
    return [line, "", *reliability_lines(evaluation["reliability"])]


def _network(evaluation: Mapping[str, Any], grid: CellField, explanation: str) -> list[str]:
    config, params = evaluation["config"], evaluation["preprocess"]["params"]
    weights = origin(evaluation.get("start"))
    epochs, classes = evaluation["epochs"], evaluation.get("classes", ())
    chosen = f"of which number {epochs['chosen']} was chosen by AUROC on the validation women"
    if is_out_of_folds(evaluation):
        chosen = "of which the last one is kept, on all women: nobody was held back"
    return [
        f"{_kind(config)}, one channel, input {params['rows']} x {params['columns']} of the "
        "breast alone (found, cut out, chest wall laid to the left, greys normalised within the breast), started "
        f"from {weights}. Then fitted for {epochs['run']} epochs, {chosen}; seed {config['seed']}.",
        "",
        f"Output: {output_of(classes)} {_calibrated(evaluation)} A breast's "
        "score is the mean of its views', an examination's the highest of its breasts'.",
        "",
        f"Explanation: {_map(explanation, difference_of(classes))} on {grid.rows} x {grid.columns} cells, "
        f"{grid.row_stride_px:g} input pixels apart. {_explained(evaluation.get('explanations'))}",
    ]


def _map(explanation: str, difference: str) -> str:
    """What the heat map is, and is not."""
    if explanation == LESION_MAP:
        return "the network's own lesion map, from which the score need not come alone, and no outline of a lesion,"
    return f"Grad-CAM of {difference}, which shows where the score comes from and not the outline of a lesion,"


def _explained(found: Mapping[str, Any] | None) -> str:
    """What `explain` measured of the heat map."""
    if not found:
        return "Its agreement with lesions was not measured when this card was written."
    pointing, best = found["pointing"], found["best_baseline"]
    shown = shown_of(found)
    if not isinstance(pointing[shown], Mapping):
        return "Its agreement with lesions was measured on too few images to tell."
    whom = f"{found['part']} women"
    if found["part"] == "data":
        whom = f"women of {' and '.join(found['sources'])}, of no part of the split,"
    passes = "passes" if found["randomisation_passes"].get(shown) else "FAILS"
    return (
        f"On {found['images']} images of {found['women']} {whom} with a drawn suspicious lesion its "
        f"strongest place points at the lesion in {_text(pointing[shown])} of them (tolerance "
        f"{found['tolerance']['mm']:g} mm, without a spacing {found['tolerance']['otherwise_part_of_breast_height']:g} "
        f"of the breast's height); the best rule without a network ({best}) in {_text(pointing[best])}. It "
        f"{passes} the check that random weights change it."
    )


def _kind(config: Mapping[str, Any]) -> str:
    """The network's name; runs of before there were several kinds tell the family alone."""
    kind = str(config.get("kind", "efficientnetv2"))
    words = {"dense": "A dense network on scaled-down pixels", "cnn": "A small convolutional network"}
    if kind == "efficientnetv2":
        return f"EfficientNetV2-{config['family']}"
    return words.get(kind, f"A {kind} network")


def _calibrated(evaluation: Mapping[str, Any]) -> str:
    """How logits became probabilities."""
    method = evaluation["calibration"]["method"]
    if method == "none":
        return "uncalibrated, as calibration on the validation women would not have helped."
    words = {"platt": "Platt scaling", "temperature": "one temperature"}[method]
    if is_out_of_folds(evaluation):
        return f"by {words} fitted on what networks of the same recipe say of women whom they have not seen."
    return f"by {words} fitted on the validation women."


def _data(evaluation: Mapping[str, Any]) -> list[str]:
    lines = []
    for source in evaluation["sources"]:
        lines += [f"- {note}" for note in data_words(source)]
    modalities = evaluation.get("modalities", ())
    if modalities:
        none = "" if {"mammogram", "film"} & set(modalities) else " **Nothing here was measured on mammograms.**"
        lines.append(f"- The images are {images_of(modalities)}.{none}")
    lines += [f"- {line}" for line in slices_lines(evaluation["preprocess"])]
    beside = auxiliary_line(evaluation["config"].get("auxiliary"))
    if beside:
        lines.append(f"- {beside}")
    count = evaluation["test"].get("breast_count_auroc_per_woman")
    if count is not None:
        lines.append(
            f"- Measured on {'all' if is_out_of_folds(evaluation) else 'the test'} women: having one breast in the set "
            f"alone has an AUROC of {count:.3f} per woman."
        )
    lines += [
        "",
        "Split by woman (none is in two parts):"
        if not is_out_of_folds(evaluation)
        else "All women are trained on; each is judged by the network of the fold in which she was held back:",
        "",
        "| part | women (with cancer) | breasts | images (with cancer) | hash of the women |",
        "|---|---|---|---|---|",
    ]
    for part in PARTS if not is_out_of_folds(evaluation) else PARTS[:1]:
        counts = evaluation["counts"][part]
        lines.append(
            f"| {part} | {counts['women']} ({counts['women_positive']}) | {counts['breasts']} "
            f"| {counts['images']} ({counts['images_positive']}) | {evaluation['split_hashes'][part]} |"
        )
    return lines


def _views(record: Mapping[str, Any] | None) -> list[str]:
    lines = [f"- {line}." for line in view_lines(record)]
    return ["Both views of a breast against one alone, on the breasts that have both:", "", *lines, ""] if lines else []


def _figures(evaluation: Mapping[str, Any]) -> list[str]:
    test, bases = evaluation["test"], evaluation["test"]["baselines"]
    units = [unit for unit in UNITS if "auroc" in test.get(unit, {})]
    rows = [
        f"| {words} | {unit}{_how(test[unit])} | {_text(test[unit].get(key))} |"
        for key, words in _FIGURES.items()
        for unit in units
        if key in test[unit]
    ]
    own = units[0]
    rules = [
        ("age alone", own, bases.get(f"age_alone_{own}_auroc")),
        *(
            ("machine alone (rates of the training women)", own, bases[key])
            for key in (f"machine_alone_{own}_auroc",)
            if key in bases
        ),
        *(
            (f"logistic regression on {bases[unit][kind]['features']}", unit, bases[unit][kind]["auroc"])
            for unit in units
            for kind in ("metadata", "metadata_with_counts")
            if unit in bases
        ),
    ]
    return [
        f"95 % intervals by bootstrap over women ({evaluation['bootstrap_samples']} draws). "
        f"{judged_words(evaluation)} Given by `{evaluation['command']}`.",
        "",
        validation_words(evaluation),
        *(("", told) if (told := overlap_line(evaluation.get("leak"))) else ()),
        "",
        "| figure | unit | value |",
        "|---|---|---|",
        *rows,
        "",
        *(f"Per {unit}: {test[unit]['void']}." for unit in UNITS if "void" in test.get(unit, {})),
        "",
        f"The same {'women' if is_out_of_folds(evaluation) else 'test women'} without any picture:",
        "",
        "| rule | unit | AUROC |",
        "|---|---|---|",
        *(f"| {words} | {unit} | {_text(found)} |" for words, unit, found in rules),
        *(
            f"| remembering training women (leak meter; 0.5 = no leak) | image | {bases[key]:.3f} |"
            for key in ("patient_memoriser_image_auroc",)
            if key in bases
        ),
        "",
        _verdict(test[own]["auroc"], bases.get(f"age_alone_{own}_auroc"), own),
    ]


def _three_classes(found: Mapping[str, Any] | None) -> list[str]:
    """The section on normal, benign and malignant; empty for models of two classes."""
    if not found:
        return []
    classes, matrix = found["confusion"]["classes"], found["confusion"]["rows_truth_columns_said"]
    return [
        "## Normal, benign, malignant",
        "",
        f"{found['examples']} test examples per {found['unit']} whose diagnosis is told. Accuracy "
        f"{_text(found['accuracy'])}, mean AUROC of each class against the rest {_text(found['auroc_macro'])}. All "
        "other figures of this card are of malignant against the rest, and the application shows that score.",
        "",
        f"| truth | {' | '.join(f'said {name}' for name in classes)} | AUROC against the rest |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {' | '.join(map(str, line))} | {_text(found['auroc_one_vs_rest'][name])} |"
            for name, line in zip(classes, matrix, strict=True)
        ),
        "",
    ]


def _how(found: Mapping[str, Any]) -> str:
    """How a level's scores were made, where they are not the model's own."""
    told = str(found.get("aggregation", "as the model gives it"))
    return "" if told == "as the model gives it" else f" ({told})"


def _verdict(model: Mapping[str, float] | None, age: Mapping[str, float] | None, unit: str) -> str:
    """What the figures mean, said plainly."""
    if model is None or age is None:
        return "Too few images to say whether the pictures help."
    if model["low"] <= 0.5:
        return f"**The interval of the {unit} AUROC holds 0.5: this model cannot be told from chance.**"
    if age["low"] == age["high"]:
        return "Better than chance; the set tells no ages, with which it could be compared."
    if model["value"] <= age["value"]:
        return "**The woman's age alone ranks these examples at least as well as this model does.**"
    if model["low"] <= age["value"]:
        return "The model's value is above that of age alone, but its interval holds it."
    return "The lower limit of its interval lies above what age alone gives."


def _points(evaluation: Mapping[str, Any]) -> list[str]:
    points = evaluation["operating_points"]
    how = "Chosen on validation women, measured on test women"
    if is_out_of_folds(evaluation):
        how = "Chosen out of folds, the figures of each fold's women at thresholds of the others"
    lines = [
        f"{how}, per {_unit(points)}.",
        "",
        "| name | threshold | chosen so that | sensitivity | specificity |",
        "|---|---|---|---|---|",
    ]
    for name, point in sorted(points.items(), key=lambda item: float(item[1]["threshold"])):
        lines.append(
            f"| {name} | {point['threshold']:.4f} | {point_words(evaluation, name)} | "
            f"{_text(point['sensitivity'])} "
            f"| {_text(point['specificity'])} |"
        )
    return lines


def _unit(points: Mapping[str, Any]) -> str:
    return next((str(point["unit"]) for point in points.values() if "unit" in point), "image")


def _subgroups(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = ["| group | value | images | with cancer | AUROC |", "|---|---|---|---|---|"]
    for kind, values in groups.items():
        for value, found in values.items():
            auroc = found["auroc"]
            text = auroc if isinstance(auroc, str) else _text(auroc)
            lines.append(f"| {kind} | {value} | {found['images']} | {found['positives']} | {text} |")
    return lines


def _gate(gate: Mapping[str, Any] | None) -> list[str]:
    """What the application would refuse of the images that this model was fitted on."""
    if not gate or not gate["images"]:
        return ["What the application's gate refuses of this set was not measured: the image files were not at hand."]
    lines = [
        f"The application judges no image that its gate refuses. Of {gate['images']} images of {gate['women']} "
        f"{gate['of']} it refuses {gate['refused']} ({gate['refused_positives']} of them with cancer), a share of "
        f"{_text(gate['share'])}."
    ]
    if gate["reasons"]:
        lines[0] += " They were fitted on all the same."
        lines += ["", "| reason | images |", "|---|---|"]
        lines += [f"| {reason} | {count} |" for reason, count in gate["reasons"].items()]
    return lines


def _limits(evaluation: Mapping[str, Any], grid: CellField) -> list[str]:
    params = evaluation["preprocess"]["params"]
    film = "" if "film" in evaluation.get("modalities", ()) else "film, "
    return [
        f"- At {params['rows']} x {params['columns']} a breast is shown coarsely; small masses, distortions and "
        "calcifications are beyond it.",
        f"- A heat map of {grid.rows} x {grid.columns} cells cannot point at anything smaller than one of them.",
        "- Not judged at all (the application refuses them): raw images (For Processing), tomosynthesis, spot "
        "and magnification views, implants, partial views, images without a chest wall at the left or right.",
        f"- Not measured: other hospitals, other devices, {film}men, women after surgery, change over time, use "
        "by readers.",
        "- Subgroups marked 'too few' have under 20 positives or negatives; nothing is known of them.",
    ]


def _text(figure: Mapping[str, float] | None) -> str:
    """A figure with its interval."""
    if figure is None:
        return "not to be had"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
