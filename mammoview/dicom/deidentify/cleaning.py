"""Owns the way from a data set to one that names nobody: every element at every depth. Never touches pixels or files.

PS3.15 E.1.1: the actions of the profile, the same for nested data sets (E.3 lists the options).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.deidentify.codes import is_public, meaning_of
from mammoview.dicom.deidentify.identifiers import Identifiers
from mammoview.dicom.deidentify.moments import Move, time_beside
from mammoview.dicom.deidentify.profile import Action, action_of
from mammoview.dicom.deidentify.secret import Secret
from mammoview.dicom.deidentify.values import DUMMY_TEXT, capped_age, dummy, is_sound, texts_of

PRIVATE = 0
"""Stands in a tally for all private attributes: their numbers may be a hospital's own."""

_CHARACTER_SET = 0x00080005
_LUT_DESCRIPTOR, _LUT_DATA = 0x00283002, 0x00283006
_NEVER_WITHOUT = frozenset({0x00283003})  # LUT Explanation, of Type 1 in a Real World Value Mapping
_DEEPEST = 32
_MOST_WORDS = 6  # bytes: a LUT Descriptor is three words
_TEXTUAL = frozenset({"CS", "DS", "IS", "LO", "SH"})
_DUMMY_CODE = (DUMMY_TEXT, "99REMOVED", DUMMY_TEXT)

Tally = Counter[tuple[int, Action]]
"""How often which action was taken on which tag (`PRIVATE` for all private ones); never a value."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one file is cleaned by: the export's `secret`, the `pseudonym` of its patient, how all her dates `move`."""

    secret: Secret
    pseudonym: str
    move: Move
    keep_ages: bool
    identifiers: Identifiers
    tally: Tally = field(default_factory=Counter)


def cleaned(dataset: Dataset, rules: Rules, depth: int = 0) -> Dataset:
    """A new data set of what may stay of `dataset`, all of it ASCII; `rules.tally` counts what was done.

    Raises InputRefusedError where sequences lie deeper than 32 levels.
    """
    if depth > _DEEPEST:
        raise InputRefusedError("holds sequences within sequences without end")
    made = Dataset()
    for tag in sorted(dataset.keys()):
        if tag.is_private:
            rules.tally[PRIVATE, Action.REMOVE] += 1
        elif tag.element != 0 and int(tag) != _CHARACTER_SET:
            action, element = _cleaned_element(dataset, int(tag), rules, depth)
            if element is not None:
                made.add(element)
            if action is not Action.KEEP:
                rules.tally[int(tag), action] += 1
    _settle_code(made, rules)
    _cut_lut(made)
    return made


def _cleaned_element(dataset: Dataset, tag: int, rules: Rules, depth: int) -> tuple[Action, DataElement | None]:
    """What was done, and what is left of the element."""
    try:
        element = dataset[tag]
        value = element.value
    except Exception:  # pydicom converts here: what breaks every rule cannot be judged
        return Action.REMOVE, None
    vr = str(element.VR)
    if not dictionary_has_tag(tag) or vr not in dictionary_VR(tag):
        return Action.REMOVE, None
    action = action_of(tag, vr, keep_ages=rules.keep_ages)
    if action is Action.REMOVE:
        return action, None
    if vr == "SQ":
        items = _items(tag, action, value, rules, depth)
        return action, DataElement(tag, vr, Sequence(items))
    if action is Action.SHIFT:
        new = _moved(vr, value, _times_beside(dataset, tag), rules)
    else:
        new = _CHANGES[action](vr, value, rules)
    if new is _GONE and tag in _NEVER_WITHOUT:
        action, new = Action.DUMMY, DUMMY_TEXT
    if new is _GONE:
        return Action.REMOVE, None
    made = DataElement(tag, vr, new)
    unchanged = action is Action.UID and made.value == element.value
    return Action.KEEP if unchanged else action, made


def _items(tag: int, action: Action, value: Any, rules: Rules, depth: int) -> list[Dataset]:
    if action is Action.DUMMY:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = _DUMMY_CODE
        return [item]
    if action is Action.EMPTY:
        return []
    return [cleaned(item, rules, depth + 1) for item in value or ()]


_GONE = object()


def _emptied(vr: str, value: Any, rules: Rules) -> Any:
    return None


def _dummied(vr: str, value: Any, rules: Rules) -> Any:
    return rules.secret.uid("") if vr == "UI" else dummy(vr)


def _pseudonym(vr: str, value: Any, rules: Rules) -> Any:
    return rules.pseudonym if texts_of(value) else None


def _uids(vr: str, value: Any, rules: Rules) -> Any:
    return [rules.secret.uid(text) for text in texts_of(value) if text] or None


def _moved(vr: str, value: Any, times: list[str], rules: Rules) -> Any:
    """Dates and times, each date with the time that stands beside it in the same place."""
    texts = texts_of(value)
    if vr == "DA":
        pairs = zip_longest(texts, times[: len(texts)], fillvalue="")
        return [rules.move.date(text, time) for text, time in pairs] or None
    return [rules.move.time(text) if vr == "TM" else rules.move.date_time(text) for text in texts] or None


def _times_beside(dataset: Dataset, tag: int) -> list[str]:
    beside = time_beside(tag)
    if beside is None or beside not in dataset:
        return []
    try:
        return texts_of(dataset[beside].value)
    except Exception:  # pydicom converts here: what breaks every rule tells no time
        return []


def _capped(vr: str, value: Any, rules: Rules) -> Any:
    return capped_age("".join(texts_of(value)[:1])) or None


def _kept(vr: str, value: Any, rules: Rules) -> Any:
    """Texts and numbers that are what they say to be and name nobody. Bytes are what pydicom could not convert, but for
    tables, and for the few words whose sign the pixels decide (US or SS).
    """
    if isinstance(value, bytes):
        return value if "OW" in vr or (" or " in vr and len(value) <= _MOST_WORDS) else _GONE
    texts = texts_of(value)
    if not any(texts):
        return None
    if any(rules.identifiers.found_in(text) for text in texts):
        return _GONE
    if vr in _TEXTUAL:
        return texts if all(is_sound(vr, text) for text in texts) else _GONE
    values = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return value if all(one is None or isinstance(one, int | float) for one in values) else _GONE


_CHANGES: dict[Action, Callable[[str, Any, Rules], Any]] = {
    Action.EMPTY: _emptied,
    Action.DUMMY: _dummied,
    Action.PSEUDONYM: _pseudonym,
    Action.UID: _uids,
    Action.CAP: _capped,
    Action.KEEP: _kept,
}


def _settle_code(item: Dataset, rules: Rules) -> None:
    """Give a code its known meaning; of a hospital's own code leave that there was one."""
    if "CodeMeaning" not in item and "CodeValue" not in item:
        return
    scheme, code = (str(item.get(name) or "") for name in ("CodingSchemeDesignator", "CodeValue"))
    if (code, scheme) == _DUMMY_CODE[:2]:
        return
    meaning = meaning_of(scheme, code)
    if code and not is_public(scheme, code):
        item.CodeValue, item.CodingSchemeDesignator = rules.secret.pseudonym("code", f"{scheme}\0{code}"), "99REMOVED"
        item.pop("CodingSchemeVersion", None)
    item.CodeMeaning = meaning or DUMMY_TEXT


def _cut_lut(item: Dataset) -> None:
    """Of LUT Data (0028,3006) what its descriptor counts; anything could stand behind."""
    if _LUT_DATA not in item:
        return
    descriptor, data = item.get(_LUT_DESCRIPTOR), item[_LUT_DATA]
    count = _entries(None if descriptor is None else descriptor.value)
    if not count:
        del item[_LUT_DATA]
    elif isinstance(data.value, bytes):
        item.add(DataElement(_LUT_DATA, data.VR, data.value[: 2 * count]))
    else:
        item.add(DataElement(_LUT_DATA, data.VR, list(data.value)[:count]))


def _entries(descriptor: Any) -> int:
    """How many entries a LUT Descriptor counts (PS3.3 C.11.1.1.1: 0 stands for 65536); 0 where it says nothing."""
    if isinstance(descriptor, bytes):
        descriptor = [int.from_bytes(descriptor[:2], "little")]
    try:
        return (int(descriptor[0]) & 0xFFFF) or 65536
    except (TypeError, ValueError, IndexError):
        return 0
