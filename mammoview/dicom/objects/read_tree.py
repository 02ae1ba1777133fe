"""Owns the content tree of a structured report (PS3.3 C.17.3): data set -> items with parents and references. Never
interprets what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.elements import Elements

_MOST_ITEMS, _DEEPEST = 20_000, 32
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Code:
    """A code (PS3.3 8.8): value, scheme, and the meaning as the file words it."""

    value: str
    scheme: str
    meaning: str

    def is_dicom(self, value: str) -> bool:
        """Whether it is this code of DICOM's own scheme."""
        return self.scheme == "DCM" and self.value == value


NO_CODE = Code("", "", "")


@dataclass(slots=True, eq=False)
class ContentItem:
    """One content item. `referenced` is where a by-reference relationship leads (0040,DB73), counted from 1."""

    elements: Elements
    parent: ContentItem | None = None
    relationship: str = ""
    value_type: str = ""
    name: Code = NO_CODE
    children: list[ContentItem] = field(default_factory=list)
    referenced: tuple[int, ...] = ()

    def walk(self) -> Iterator[ContentItem]:
        """This item and all below it, in the order of the document."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.children))

    def ancestors(self) -> Iterator[ContentItem]:
        """This item, its parent, and so on to the root."""
        item: ContentItem | None = self
        while item is not None:
            yield item
            item = item.parent

    def named(self, value: str) -> Iterator[ContentItem]:
        """The children whose concept name is this code of DICOM's own scheme."""
        return (child for child in self.children if child.name.is_dicom(value))

    @property
    def code(self) -> Code:
        """The value of a CODE item; empty where it has none."""
        return code_of(self.elements.first_item("ConceptCodeSequence"))

    @property
    def text(self) -> str:
        """The value of a TEXT item, cut at 200 letters."""
        return short(self.elements.text("TextValue"))

    @property
    def number(self) -> float | None:
        """The value of a NUM item."""
        measured = self.elements.first_item("MeasuredValueSequence")
        return None if measured is None else measured.number("NumericValue")

    @property
    def unit(self) -> str:
        """The unit of a NUM item as it is written: "mm", "%"; empty for plain numbers."""
        measured = self.elements.first_item("MeasuredValueSequence")
        unit = code_of(None if measured is None else measured.first_item("MeasurementUnitsCodeSequence"))
        return "" if unit.value == "1" or unit.value.startswith("{") else unit.value[:16]


def short(text: str) -> str:
    """At most 200 letters of a text."""
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def code_of(item: Elements | None) -> Code:
    """The code in a sequence's item; empty where there is none."""
    if item is None:
        return NO_CODE
    value = item.text("CodeValue") or item.text("LongCodeValue")
    return Code(value, item.text("CodingSchemeDesignator"), short(item.text("CodeMeaning")))


def content_tree(elements: Elements) -> ContentItem:
    """The root of a document's content. Raises InputRefusedError where it has too many items or too deep ones."""
    root = _item(elements, None)
    waiting, count = [(root, 1)], 1
    while waiting:
        item, depth = waiting.pop()
        for child in item.elements.items("ContentSequence"):
            count += 1
            if count > _MOST_ITEMS or depth > _DEEPEST:
                raise InputRefusedError("is a report of more content than can be shown")
            made = _item(child, item)
            item.children.append(made)
            waiting.append((made, depth + 1))
    return root


def _item(elements: Elements, parent: ContentItem | None) -> ContentItem:
    identifier = elements.numbers("ReferencedContentItemIdentifier")
    return ContentItem(
        elements,
        parent,
        elements.code("RelationshipType"),
        elements.code("ValueType"),
        code_of(elements.first_item("ConceptNameCodeSequence")),
        referenced=tuple(int(number) for number in identifier),
    )


def resolved(item: ContentItem, root: ContentItem) -> ContentItem | None:
    """The item itself, or the one that it refers to (PS3.3 C.17.3.2.5); None where that is not there."""
    if not item.referenced:
        return item
    found = root
    for number in item.referenced[1:]:
        if not 1 <= number <= len(found.children):
            return None
        found = found.children[number - 1]
    return found if found is not item and not found.referenced else None
