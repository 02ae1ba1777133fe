"""Owns the fixed words of a model card: what is known of each data set, its licence, and how models like these fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.report.tables import times

DATA: Mapping[str, Sequence[str]] = {
    "rsna": (
        "A subset of the RSNA 2022 screening mammography set (Kaggle competition "
        "rsna-breast-cancer-detection); licence: **non-commercial research use**, which also binds these weights.",
        "The label is biopsy-proven cancer in this breast or not. It is not benign against malignant, and "
        "interval cancers may stand among the negatives.",
        "The pictures were 640 x 640, 8 bit, squeezed to a square (their aspect was lost) and of a true "
        "resolution near 256 x 256: **calcifications cannot be seen in them**, so this model has not learnt them.",
        "Cancer is far more frequent here than in screening (about 5 in 1,000 women); probabilities are those of this "
        "enriched mix and read too high anywhere else, unless the site states its own prevalence.",
        "**Woman-level figures are void on this set and are not given**: nearly all women with cancer are in it "
        "with one breast and the others with both, so that counting breasts gives the label away.",
    ),
    "synthetic": (
        "Synthetic women, made by this program, no real ones: **the figures say nothing of real women**, and "
        "probabilities are those of the women who were made.",
    ),
}

LICENCES: Mapping[str, tuple[str, str]] = {
    "rsna": ("RSNA 2022 screening mammography", "non-commercial research use"),
    "ddsm": ("DDSM, digitised films with lesion boxes", "CC BY 4.0, as it was handed on"),
    "cbis": ("CBIS-DDSM", "CC BY 3.0"),
    "mias": ("mini-MIAS", "research only, by the licence agreement of the Mammographic Image Analysis Society"),
    "mri": ("breast MRI slices", "research; BreastDCEDL CC BY-NC 4.0, BreastDM not clear"),
    "synthetic": ("synthetic women, made by this program", "none needed: no real women"),
}

FAILURES = (
    "A breast that is not found as a whole gives another crop, and so another score: bright film ground or a frame "
    "that touches the breast can do so.",
    "An examination sent as pictures of 8 bits or as JPEG gets a slightly different score than with all its bits; "
    "windows, MONOCHROME1, mirroring and 12, 14 or 16 bits change nothing.",
    "Metal, clips, pacemakers, biopsy markers and scars lie inside the breast and are not masked out.",
    "Cancers that show by calcifications alone, or by a change against a prior examination, are beyond it.",
)


_POINT_WORDS = {
    "high-sensitivity": "90 % of the {} with cancer lie above it",
    "balanced": "highest sensitivity + specificity on {}",
    "high-specificity": "90 % of the {} without cancer lie under it",
}


def data_words(source: str) -> Sequence[str]:
    """What is known of the data set `source`; of one that is not known, that its licence binds."""
    if source in DATA:
        return DATA[source]
    if source in LICENCES:
        title, licence = LICENCES[source]
        return (f"{title[0].upper()}{title[1:]}; licence: {licence}.",)
    return (f"Data set '{source}'; see its own licence.",)


def is_out_of_folds(evaluation: Mapping[str, Any]) -> bool:
    """Whether the network was fitted on everyone, and judged by others of its recipe (`evaluation.out_of_folds`)."""
    return bool(evaluation.get("kind") == "out-of-folds")


def point_words(evaluation: Mapping[str, Any], name: str) -> str:
    """How the operating point `name` was chosen."""
    examples = "examples out of folds" if is_out_of_folds(evaluation) else "validation examples"
    return _POINT_WORDS.get(name, "").format(examples)


def judged_words(evaluation: Mapping[str, Any]) -> str:
    """Who was judged, by whom, and how often."""
    if is_out_of_folds(evaluation):
        folds = evaluation["folds"]
        return (
            "This very network was fitted on all women and could be judged on none of them: the figures are of "
            f'{folds["count"]} networks of the same recipe (row "{folds["row"]}" of the lever table), each fitted on '
            "the women of the other folds and asked of its own fold once; calibration and thresholds come from the "
            "other folds, too."
        )
    return (
        f"The test part was read {times(evaluation['test_reads_with_neighbours'])}, by this run and those whose "
        "folders lie beside it; what other runs read of the same women is not known here."
    )


def sources_of(evaluation: Mapping[str, Any]) -> list[str]:
    """The data sets that this model has seen, those of its first weights included, each once."""
    beside = _auxiliary(evaluation)
    return list(dict.fromkeys((*evaluation["sources"], *beside.get("sources", ()), *_started(evaluation.get("start")))))


def lesser_use(source: str, evaluation: Mapping[str, Any]) -> str:
    """What a set was used for on which nothing was judged."""
    return "lesion maps" if source in _auxiliary(evaluation).get("sources", ()) else "first weights"


def _auxiliary(evaluation: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `auxiliary.auxiliary_record` told of the run; empty for runs without, and those of before it was kept."""
    found = evaluation.get("config", {}).get("auxiliary")
    return found if isinstance(found, Mapping) else {}


def _started(told: object) -> Iterable[str]:
    """The sources that the record of a start names, at whatever depth."""
    if isinstance(told, Mapping):
        for name, value in told.items():
            if name == "source" and isinstance(value, str):
                yield from value.split(" and ")
            elif name == "sources" and isinstance(value, Sequence) and not isinstance(value, str):
                yield from map(str, value)
            else:
                yield from _started(value)
    elif isinstance(told, Sequence) and not isinstance(told, str):
        for value in told:
            yield from _started(value)


def licence_lines(evaluation: Mapping[str, Any]) -> list[str]:
    """One row for each data set, and what follows for the weights."""
    rows = [(name, *LICENCES.get(name, (name, "not known here: see the set's own"))) for name in sources_of(evaluation)]
    fitted = set(evaluation["sources"])
    lines = [
        "| data set | used for | licence |",
        "|---|---|---|",
        *(
            f"| {words} | {'fitting and judging' if name in fitted else lesser_use(name, evaluation)} | {terms} |"
            for name, words, terms in rows
        ),
    ]
    bound = [words for name, words, _ in rows if name in ("rsna", "mias", "mri")]
    if bound:
        lines += ["", f"These weights may be used for non-commercial research alone, as {', '.join(bound)} may."]
    return lines


def validation_words(evaluation: Mapping[str, Any]) -> str:
    """Which figures are cross-validated."""
    found = evaluation.get("cross_validated")
    if is_out_of_folds(evaluation):
        return (
            "The recipe was chosen by the same folds, among the rows of the lever table, which flatters its figures a "
            "little; of other hospitals and machines they tell nothing."
        )
    if not found:
        return (
            "No figure of this card is cross-validated: the network, its epoch, its calibration and its operating "
            "points were chosen without the test women, on whom the figures were measured."
        )
    figures = ", ".join(
        f"{name} {figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
        for name, figure in found["figures"].items()
    )
    return (
        f"**Cross-validated** by woman, in {found['folds']} folds of {found['women']} women: {figures}. Those are "
        f'figures of the recipe (row "{found["row"]}" of the lever table), of networks fitted on the other folds; all '
        "others of this card are of this very network, on women held back from it."
        + ("" if found["test_women_kept"] else " Those women were in the folds, too.")
    )
