"""Owns how a side and a view are recognised: by code, by view position, by free text. Never touches files.

Codes: PS3.16 CID 4014 (views) and CID 4015 (modifiers) with those of their earlier editions, as SNOMED CT (SCT) and as
the older SNOMED RT identifiers (SRT, SNM3, 99SDM) that devices still write (PS3.16 Annex J and Annex L).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mammoview.core.study import Laterality, View, ViewModifier

_VIEW_CODES: dict[str, View] = {
    **dict.fromkeys(("399162004", "R-10242"), View.CC),
    **dict.fromkeys(("399368009", "R-10226"), View.MLO),
    **dict.fromkeys(("399260004", "R-10224"), View.ML),
    **dict.fromkeys(("399352003", "R-10228"), View.LM),
    **dict.fromkeys(("399099002", "R-10230"), View.LMO),
    **dict.fromkeys(("399265009", "R-102CF"), View.XCC),
    **dict.fromkeys(("399192008", "R-1024A", "Y-X1770"), View.XCCL),
    **dict.fromkeys(("399101009", "R-1024B", "Y-X1771"), View.XCCM),
    **dict.fromkeys(("399196006", "R-10244"), View.FB),
    **dict.fromkeys(("399188001", "R-102D0"), View.SIO),
    **dict.fromkeys(("441555000", "R-40AAA"), View.ISO),
    **dict.fromkeys(("127457009", "G-8310"), View.SPECIMEN),
}
_MODIFIER_CODES: dict[str, ViewModifier] = {
    **dict.fromkeys(("399055006", "R-102D7"), ViewModifier.SPOT),
    **dict.fromkeys(("399163009", "R-102D6"), ViewModifier.MAGNIFICATION),
    **dict.fromkeys(("399209000", "R-102D5"), ViewModifier.IMPLANT_DISPLACED),
    **dict.fromkeys(("399197002", "R-102D3"), ViewModifier.ROLLED_LATERAL),
    **dict.fromkeys(("399226006", "R-102D4"), ViewModifier.ROLLED_MEDIAL),
    **dict.fromkeys(("414493004", "R-102CA"), ViewModifier.ROLLED_INFERIOR),
    **dict.fromkeys(("415670009", "R-102C9"), ViewModifier.ROLLED_SUPERIOR),
    **dict.fromkeys(("399161006", "R-102D2"), ViewModifier.CLEAVAGE),
    **dict.fromkeys(("399011000", "R-102D1"), ViewModifier.AXILLARY_TAIL),
    **dict.fromkeys(("442580003", "R-40AB2"), ViewModifier.AXILLARY_TISSUE),
    **dict.fromkeys(("399110001", "R-102C2"), ViewModifier.TANGENTIAL),
    **dict.fromkeys(("442581004", "R-40AB3"), ViewModifier.NIPPLE_IN_PROFILE),
    **dict.fromkeys(("441752004", "P2-00161"), ViewModifier.ANTERIOR_COMPRESSION),
    **dict.fromkeys(("442593008", "R-40ABE"), ViewModifier.INFRAMAMMARY_FOLD),
}
_MEANINGS: dict[str, View] = {
    "craniocaudal": View.CC,
    "mediolateraloblique": View.MLO,
    "mediolateral": View.ML,
    "mediallateral": View.ML,
    "lateromedial": View.LM,
    "lateromedialoblique": View.LMO,
    "exaggeratedcraniocaudal": View.XCC,
    "craniocaudalexaggerated": View.XCC,
    "craniocaudalexaggeratedlaterally": View.XCCL,
    "craniocaudalexaggeratedmedially": View.XCCM,
    "caudocranial": View.FB,
    "caudocranialfrombelow": View.FB,
    "craniocaudalfrombelow": View.FB,
    "superolateraltoinferomedialoblique": View.SIO,
    "inferomedialtosuperolateraloblique": View.ISO,
    "tissuespecimenfrombreast": View.SPECIMEN,
}
_MODIFIER_MEANINGS: dict[str, ViewModifier] = {
    **{modifier.name.replace("_", "").lower(): modifier for modifier in ViewModifier},
    "spotcompression": ViewModifier.SPOT,
}
_SIDES: dict[str, Laterality] = {
    **dict.fromkeys(("R", "RT", "RIGHT", "RECHTS", "DROIT", "DROITE", "DERECHA", "DESTRA"), Laterality.RIGHT),
    **dict.fromkeys(("L", "LT", "LEFT", "LINKS", "GAUCHE", "IZQUIERDA", "SINISTRA"), Laterality.LEFT),
}
_TEXT_MODIFIERS: dict[str, ViewModifier] = {
    "SPOT": ViewModifier.SPOT,
    "MAG": ViewModifier.MAGNIFICATION,
    "MAGNIFICATION": ViewModifier.MAGNIFICATION,
    **{modifier.value: modifier for modifier in ViewModifier},
}
_GLUED = re.compile(
    r"(RIGHT|LEFT|R|L)?(XCCL|XCCM|XCC|MLO|LMO|SIO|ISO|CC|ML|LM|FB)((?:ID|RL|RM|RI|RS|CV|AT|AX|TAN|NP|AC|IMF|S|M)*)"
)
_MODIFIER_PARTS = re.compile("ID|RL|RM|RI|RS|CV|AT|AX|TAN|NP|AC|IMF|S|M")
_LONE_VIEW = re.compile("(?:RIGHT|LEFT|R|L)?(CV|AT|TAN|SPECIMEN)")
_TOKEN = re.compile(r"[A-Z]+|\d+")


@dataclass(frozen=True, slots=True)
class SideView:
    """What a text says; `start` is where in the text it says so (its length where it does not)."""

    laterality: Laterality
    view: View
    modifiers: tuple[ViewModifier, ...]
    start: int


def view_of_code(value: str, meaning: str) -> View:
    """A View Code Sequence item (0054,0220) by its code, else by its meaning."""
    return _VIEW_CODES.get(value.strip().upper()) or _MEANINGS.get(_plain(meaning), View.UNKNOWN)


def modifier_of_code(value: str, meaning: str) -> ViewModifier | None:
    """A View Modifier Code Sequence item (0054,0222) by its code, else by its meaning."""
    return _MODIFIER_CODES.get(value.strip().upper()) or _MODIFIER_MEANINGS.get(_plain(meaning))


def _plain(meaning: str) -> str:
    """The letters of a code's meaning, without the "projection" that SNOMED CT adds."""
    return re.sub(r"[^a-z]", "", meaning.lower()).removesuffix("projection")


def laterality_of(code: str) -> Laterality:
    """Image Laterality (0020,0062), Frame Laterality (0020,9072), Laterality (0020,0060): R, L (or the words, which the
    standard does not allow) or unknown.
    """
    return _SIDES.get(code.strip().upper(), Laterality.UNKNOWN)


def view_of_position(position: str) -> tuple[View, tuple[ViewModifier, ...]]:
    """View Position (0018,5101), as CC, MLO, "MLOID", "CV"."""
    alone = _LONE_VIEW.fullmatch(position.strip().upper())
    if alone is not None:
        return View(alone[1]), ()
    found = side_view_of_text(position)
    return found.view, found.modifiers


def side_view_of_text(text: str) -> SideView:
    """Side and view from free text or a file's name: "R_CC", "p0001_R_CC_1", "Left XCCL spot", "RMLOID".

    A lone R or L counts only beside the view, or where the text holds but one of them and no view.
    """
    upper = text.upper()
    tokens = [(found.group(), found.start()) for found in _TOKEN.finditer(upper)]
    for index, (token, start) in enumerate(tokens):
        glued = _GLUED.fullmatch(token)
        if glued is None:
            continue
        side = _SIDES.get(glued[1] or "", Laterality.UNKNOWN)
        if not side and index and tokens[index - 1][0] in _SIDES:
            side, start = _SIDES[tokens[index - 1][0]], tokens[index - 1][1]
        after = tokens[index + 1 :]
        if not side and after and after[0][0] in _SIDES:
            side, after = _SIDES[after[0][0]], after[1:]
        if not side:
            side, side_start = _lone_side(tokens, words_only=True)
            start = min(start, side_start)
        modifiers = [_TEXT_MODIFIERS[part] for part in _MODIFIER_PARTS.findall(glued[3])]
        for word, _ in after:
            if word not in _TEXT_MODIFIERS:
                break
            modifiers.append(_TEXT_MODIFIERS[word])
        return SideView(side, View(glued[2]), tuple(dict.fromkeys(modifiers)), start)
    side, start = _lone_side(tokens, words_only=False)
    return SideView(side, View.UNKNOWN, (), min(start, len(text)))


def _lone_side(tokens: list[tuple[str, int]], *, words_only: bool) -> tuple[Laterality, int]:
    """The side, where the tokens name one side only."""
    candidates = [(token, start) for token, start in tokens if len(token) > 1 or not words_only]
    named = [(_SIDES[token], start) for token, start in candidates if token in _SIDES]
    if len({side for side, _ in named}) != 1:
        return Laterality.UNKNOWN, 1 << 30
    return named[0]
