"""The one error that reading manifests raises."""

from __future__ import annotations

_LONGEST_PART = 300


class ManifestError(ValueError):
    """A manifest cannot be read: which file and line, which field, and what to write instead.

    Its text is always one line, `FILE:LINE: FIELD: message`, the form that editors and compilers' readers know.
    """

    def __init__(self, file: str, line: int, field: str, message: str) -> None:
        super().__init__(file, line, field, message)
        self.file = file
        self.line = line
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return one_line(f"{self.file}:{self.line}: {shortened(self.field)}: {shortened(self.message)}")


def shortened(text: str) -> str:
    """The text, or its two ends where it is longer than anyone reads; the advice stands at the end."""
    return text if len(text) <= _LONGEST_PART else f"{text[: _LONGEST_PART // 2]}...{text[-_LONGEST_PART // 2 :]}"


def one_line(text: str) -> str:
    """The text with control characters written as escapes, for names and values come from the user's file."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def quoted(value: object, limit: int = 60) -> str:
    """A value as an error message shows it, cut when it is long."""
    text = str(value)
    return f'"{text}"' if len(text) <= limit else f'"{text[:limit]}..."'
