"""How much text is read at most, so that no file keeps anybody waiting.

The parser is written in Python, and takes some 30 microseconds for a node and one or two seconds for a MiB of text.
These limits end a reading within seconds, and are far above what can be checked.
"""

from __future__ import annotations

from attrs import define

from clusterproof.models.kubernetes.manifests.errors import ManifestError

NODE_LIMIT = 200_000
TEXT_LIMIT = 5 * 2**20
"""Characters, and bytes of one file."""


@define
class Allowance:
    """What may still be read; one is shared by all files that are read together."""

    nodes: int = NODE_LIMIT
    characters: int = TEXT_LIMIT

    def take_text(self, text: str, file: str) -> None:
        """Count a text. Raises ManifestError when there is too much."""
        self.characters -= len(text)
        if self.characters < 0:
            message = f"with it there are more than {TEXT_LIMIT >> 20} MiB to read; check fewer files at a time"
            raise ManifestError(file, 1, "file", message)

    def take_node(self) -> bool:
        """Count a scalar, list, mapping or alias; False when there are too many."""
        self.nodes -= 1
        return self.nodes >= 0
