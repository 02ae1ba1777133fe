"""Owns which archives are known, PACS and DICOMweb services together: one name, one archive. Never connects to any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mammoview.archive.dicomweb_nodes import DicomwebNode, DicomwebNodes
from mammoview.archive.pacs.nodes import Node, Nodes
from mammoview.core.errors import MammoviewError, UsageError

AnyNode = Node | DicomwebNode
"""An archive as we call it, whatever it speaks."""


@dataclass(frozen=True, slots=True)
class Known:
    """The archives that there are, by name, and in words why some of them cannot be told; empty where all can."""

    nodes: tuple[AnyNode, ...]
    problem: str = ""


class KnownArchives:
    """The archives in the two lists of `folder`. Every change reads the lists first."""

    def __init__(self, folder: Path) -> None:
        self._pacs, self._services = Nodes(folder), DicomwebNodes(folder)

    def read(self) -> Known:
        """What there is; a list that cannot be used leaves the other as it is."""
        nodes: dict[str, AnyNode] = {}
        problems = []
        for book in (self._pacs, self._services):
            try:
                found = book.all()
            except MammoviewError as error:
                problems.append(str(error))
                continue
            for node in found:
                if node.name in nodes:
                    problems.append(f"two archives are called {node.name} (mammoview dicomweb remove {node.name})")
                nodes.setdefault(node.name, node)
        return Known(tuple(sorted(nodes.values(), key=lambda node: node.name)), "; ".join(problems))

    def get(self, name: str) -> AnyNode:
        """One by its name. Raises UsageError where there is none."""
        known = self.read()
        for node in known.nodes:
            if node.name == name:
                return node
        raise UsageError(f"{name[:80]!r} is no known archive", known.problem or "look at the list of archives")

    def check_free(self, name: str, before: AnyNode | None = None) -> None:
        """Raises UsageError where an archive has this name, other than `before`."""
        if (before is None or name != before.name) and any(node.name == name for node in self.read().nodes):
            raise UsageError(f"there is an archive called {name} already", "take another name")

    def keep(self, node: AnyNode, before: AnyNode | None = None) -> None:
        """Keep an archive, new or in place of `before`. Raises MammoviewError where it cannot be kept; the one before
        is there still then."""
        self.check_free(node.name, before)
        if isinstance(node, Node) and isinstance(before, Node):
            self._pacs.replace(before.name, node)
        elif isinstance(node, DicomwebNode) and isinstance(before, DicomwebNode):
            self._services.replace(before.name, node)
        else:
            self._add(node)
            if before is not None:
                self.remove(before)

    def remove(self, node: AnyNode) -> None:
        """Forget one. Raises MammoviewError."""
        (self._pacs if isinstance(node, Node) else self._services).remove(node.name)

    def _add(self, node: AnyNode) -> None:
        if isinstance(node, Node):
            self._pacs.add(node)
        else:
            self._services.add(node)
