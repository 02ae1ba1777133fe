"""Owns how a finding is described: the terms of BI-RADS and which of them go together. Never decides what a finding
means: there is no category and no score here.

The words are those of the ACR BI-RADS Atlas, 5th edition (2013), Mammography.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from mammoview.core.errors import MammoviewError


class FindingKind(StrEnum):
    """What is seen. ASSOCIATED is an associated feature that stands alone, as a thickened skin without a mass."""

    MASS = "mass"
    CALCIFICATIONS = "calcifications"
    DISTORTION = "architectural distortion"
    ASYMMETRY = "asymmetry"
    LYMPH_NODE = "intramammary lymph node"
    SKIN_LESION = "skin lesion"
    DILATED_DUCT = "solitary dilated duct"
    ASSOCIATED = "associated feature"


class MassShape(StrEnum):
    """The shape of a mass."""

    OVAL = "oval"
    ROUND = "round"
    IRREGULAR = "irregular"


class MassMargin(StrEnum):
    """The margin of a mass."""

    CIRCUMSCRIBED = "circumscribed"
    OBSCURED = "obscured"
    MICROLOBULATED = "microlobulated"
    INDISTINCT = "indistinct"
    SPICULATED = "spiculated"


class MassDensity(StrEnum):
    """The density of a mass against as much fibroglandular tissue."""

    HIGH = "high density"
    EQUAL = "equal density"
    LOW = "low density"
    FAT = "fat-containing"


class Morphology(StrEnum):
    """The form of calcifications: first the typically benign ones, then those of suspicious morphology."""

    SKIN = "skin"
    VASCULAR = "vascular"
    COARSE = "coarse or popcorn-like"
    ROD_LIKE = "large rod-like"
    ROUND = "round"
    RIM = "rim"
    DYSTROPHIC = "dystrophic"
    MILK_OF_CALCIUM = "milk of calcium"
    SUTURE = "suture"
    AMORPHOUS = "amorphous"
    COARSE_HETEROGENEOUS = "coarse heterogeneous"
    FINE_PLEOMORPHIC = "fine pleomorphic"
    FINE_LINEAR = "fine linear or fine-linear branching"

    @property
    def suspicious(self) -> bool:
        """Whether BI-RADS lists it under suspicious morphology; else it is among the typically benign."""
        return self in _SUSPICIOUS


_SUSPICIOUS = frozenset(
    {Morphology.AMORPHOUS, Morphology.COARSE_HETEROGENEOUS, Morphology.FINE_PLEOMORPHIC, Morphology.FINE_LINEAR}
)


class Distribution(StrEnum):
    """How calcifications lie in the breast."""

    DIFFUSE = "diffuse"
    REGIONAL = "regional"
    GROUPED = "grouped"
    LINEAR = "linear"
    SEGMENTAL = "segmental"


class AsymmetryKind(StrEnum):
    """Which asymmetry; ASYMMETRY is the one seen in one view only."""

    ASYMMETRY = "asymmetry"
    GLOBAL = "global asymmetry"
    FOCAL = "focal asymmetry"
    DEVELOPING = "developing asymmetry"


class Associated(StrEnum):
    """Associated features."""

    SKIN_RETRACTION = "skin retraction"
    NIPPLE_RETRACTION = "nipple retraction"
    SKIN_THICKENING = "skin thickening"
    TRABECULAR_THICKENING = "trabecular thickening"
    AXILLARY_ADENOPATHY = "axillary adenopathy"
    DISTORTION = "architectural distortion"
    CALCIFICATIONS = "calcifications"


_OWN_FEATURE = {
    FindingKind.DISTORTION: Associated.DISTORTION,
    FindingKind.CALCIFICATIONS: Associated.CALCIFICATIONS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding by its descriptors; None = not described.

    Raises MammoviewError where a descriptor belongs to another kind of finding.
    """

    kind: FindingKind
    shape: MassShape | None = None
    margin: MassMargin | None = None
    density: MassDensity | None = None
    morphology: Morphology | None = None
    distribution: Distribution | None = None
    asymmetry: AsymmetryKind | None = None
    associated: frozenset[Associated] = frozenset()

    def __post_init__(self) -> None:
        owners = {
            FindingKind.MASS: (self.shape, self.margin, self.density),
            FindingKind.CALCIFICATIONS: (self.morphology, self.distribution),
            FindingKind.ASYMMETRY: (self.asymmetry,),
        }
        for owner, descriptors in owners.items():
            given = next((word for word in descriptors if word is not None), None)
            if given is not None and owner is not self.kind:
                raise MammoviewError(f'"{given}" describes {owner}, not {self.kind}')
        if _OWN_FEATURE.get(self.kind) in self.associated:
            raise MammoviewError(f"{self.kind} cannot be a feature associated with itself")
        if self.kind is FindingKind.ASSOCIATED and not self.associated:
            raise MammoviewError("an associated feature that stands alone must be named")

    def _descriptors(self) -> tuple[str, ...]:
        words = (self.shape, self.margin, self.density, self.morphology, self.distribution)
        return tuple(str(word) for word in words if word is not None)

    def _features(self) -> tuple[str, ...]:
        return tuple(str(feature) for feature in Associated if feature in self.associated)

    def words(self) -> str:
        """All of it on one line, as "mass, irregular, spiculated, high density; with skin retraction"."""
        if self.kind is FindingKind.ASSOCIATED:
            return ", ".join(self._features())
        line = ", ".join((str(self.asymmetry or self.kind), *self._descriptors()))
        return f"{line}; with {', '.join(self._features())}" if self.associated else line

    def short(self) -> str:
        """What fits beside a mark: the kind and its first two descriptors."""
        if self.kind is FindingKind.ASSOCIATED:
            return ", ".join(self._features()[:2])
        return ", ".join((str(self.asymmetry or self.kind), *self._descriptors()[:2]))

    def to_record(self) -> dict[str, object]:
        """As JSON takes it: the words of the terms, without those not described."""
        record: dict[str, object] = {"kind": str(self.kind)}
        for name in _TERMS:
            word = getattr(self, name)
            if word is not None:
                record[name] = str(word)
        if self.associated:
            record["associated"] = list(self._features())
        return record

    @classmethod
    def from_record(cls, record: object) -> Finding:
        """The finding of `to_record`. Raises MammoviewError, in words, for anything else."""
        if not isinstance(record, Mapping):
            raise MammoviewError("a finding's record is not a table")
        unknown = sorted(str(name) for name in record if name not in {"kind", "associated", *_TERMS})
        if unknown:
            raise MammoviewError(f"a finding's record has unknown fields: {', '.join(unknown)}")
        features = record.get("associated", [])
        if not isinstance(features, list):
            raise MammoviewError("a finding's associated features are not a list")
        return cls(
            kind=_term(FindingKind, record.get("kind")),
            shape=_optional(MassShape, record.get("shape")),
            margin=_optional(MassMargin, record.get("margin")),
            density=_optional(MassDensity, record.get("density")),
            morphology=_optional(Morphology, record.get("morphology")),
            distribution=_optional(Distribution, record.get("distribution")),
            asymmetry=_optional(AsymmetryKind, record.get("asymmetry")),
            associated=frozenset(_term(Associated, feature) for feature in features),
        )


_TERMS = ("shape", "margin", "density", "morphology", "distribution", "asymmetry")

_Term = TypeVar("_Term", bound=StrEnum)


def _term(terms: type[_Term], word: object) -> _Term:
    for term in terms:
        if term.value == word:
            return term
    raise MammoviewError(f"{word!r} is no term for a finding", f"one of {', '.join(terms)}")


def _optional(terms: type[_Term], word: object) -> _Term | None:
    return None if word is None else _term(terms, word)
