"""What the stream is that text is written to: how wide, and whether colours mean anything there."""

from __future__ import annotations

import os
import shutil
from textwrap import wrap
from typing import TextIO

from attrs import frozen

PLAIN_WIDTH = 120
WIDEST = 140

_COLOURS = {"PROVED": "32", "REFUTED": "1;31", "UNDETERMINED": "33", "ERROR": "1;31", "not checked": "2", "dim": "2"}


@frozen
class Terminal:
    """A width, and whether to colour."""

    width: int = PLAIN_WIDTH
    coloured: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Terminal:
        """The terminal behind a stream; files and pipes are wide and plain."""
        if not stream.isatty():
            return cls()
        coloured = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        return cls(min(shutil.get_terminal_size().columns, WIDEST), coloured)

    def paint(self, text: str, style: str) -> str:
        """The text in the colour of a verdict, or as it is."""
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.coloured and style in _COLOURS else text

    def row(self, heading: str, text: str, column: int, indent: int = 0) -> list[str]:
        """A heading with text beside it, wrapped under itself."""
        first = f"{' ' * indent}{heading:<{column - indent}}"
        room = max(self.width - column, 30)
        lines = wrap(text, room, break_on_hyphens=False, break_long_words=False) or [""]
        return [(first + lines[0]).rstrip(), *(" " * column + line for line in lines[1:])]
