"""From the text of a template to its parts."""

from __future__ import annotations

import re

from attrs import define, field

from clusterproof.models.kubernetes.jsonpath.template import (
    Descent,
    Expression,
    Field,
    Filter,
    Literal,
    Part,
    Path,
    Range,
    Slice,
    Step,
    TemplateError,
    Union,
    Wildcard,
)

LONGEST_TEMPLATE = 10_000
DEEPEST = 50

_NAME = re.compile(r"(?:\\.|[^\s.,\[\]$@{}()=!<>'\"\\])+", re.DOTALL)
_SLICE = re.compile(r"\s*(-?\d{0,9})\s*(?:(:)\s*(-?\d{0,9})\s*(?::\s*(-?\d{0,9}))?)?\s*")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?(?![\w.])")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_QUOTED = re.compile(r"""\"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_SPACE = re.compile(r"\s*")


def parse_template(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises TemplateError with one line."""
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError(f"the template has {len(text)} characters, and {LONGEST_TEMPLATE} at most are read")
    parser = _Parser(text)
    parts = parser.parts(inside_range=False)
    return tuple(parts)


@define
class _Parser:
    """Reads a template from left to right. at: how far it has come. depth: how many brackets and ranges are open."""

    text: str
    at: int = field(init=False, default=0)
    depth: int = field(init=False, default=0)

    # ---------------------------------------------------------------- the template
    def parts(self, *, inside_range: bool) -> list[Part]:
        """Text and actions up to the end, or up to `{end}` inside a range."""
        found: list[Part] = []
        while self.at < len(self.text):
            opening = self.text.find("{", self.at)
            if opening != self.at:
                plain = self.text[self.at : opening if opening >= 0 else len(self.text)]
                found.append(Literal(plain))
                self.at += len(plain)
                continue
            self.at += 1
            if self._take_word("end"):
                self._close()
                if not inside_range:
                    raise TemplateError("{end} without {range}")
                return found
            found += self._action()
        if inside_range:
            raise TemplateError("{range} without {end}")
        return found

    def _action(self) -> list[Part]:
        """What stands between braces: a range, or expressions side by side."""
        if self._take_word("range"):
            self._enter()
            self._skip_space()
            over = self._path()
            self._close()
            body = tuple(self.parts(inside_range=True))
            self.depth -= 1
            return [Range(over, body)]
        found: list[Part] = []
        while self.at < len(self.text) and not self._peek("}"):
            found.append(self._expression())
        self._close()
        return found

    def _close(self) -> None:
        self._expect("}", "unclosed action")

    # ---------------------------------------------------------------- expressions
    def _expression(self) -> Expression:
        self._skip_space()
        if quoted := self._match(_QUOTED):
            return Literal(_unquoted(quoted))
        if number := self._match(_NUMBER):
            return Literal(float(number) if "." in number else int(number))
        for word in ("true", "false"):
            if self._take_word(word):
                return Literal(word == "true")
        return self._path()

    def _path(self) -> Path:
        steps: list[Step] = []
        begun = self.at
        if not self._take("$"):
            self._take("@")
        while True:
            if self._take(".."):
                steps.append(Descent())
                if self._peek("[") or self._peek("*"):
                    continue
                steps.append(self._field())
            elif self._take(".*") or self._take("*"):
                steps.append(Wildcard())
            elif self._take(".["):
                steps.append(self._brackets())
            elif self._take("."):
                if self._is_over():
                    break
                steps.append(self._field())
            elif self._take("["):
                steps.append(self._brackets())
            else:
                break
        if self.at == begun:
            raise TemplateError(f"unrecognized text {self._rest()}")
        return Path(tuple(steps))

    def _is_over(self) -> bool:
        """Whether a path ends here, so that `.` alone is the object itself."""
        return self.at >= len(self.text) or self.text[self.at] in "} )=!<>"

    def _field(self) -> Field:
        name = self._match(_NAME)
        if not name:
            raise TemplateError(f"a field's name is missing before {self._rest()}")
        return Field(re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL))

    # ---------------------------------------------------------------- brackets
    def _brackets(self) -> Step:
        """What stands in brackets, the opening one being read already."""
        self._enter()
        members = [self._member()]
        while self._peek(","):
            self._expect(",", "")
            members.append(self._member())
        self._expect("]", "unterminated array")
        self.depth -= 1
        return members[0].steps[0] if len(members) == len(members[0].steps) == 1 else Union(tuple(members))

    def _member(self) -> Path:
        self._skip_space()
        if quoted := self._match(_QUOTED):
            return _Parser(f".{quoted[1:-1]}").whole_path()
        return Path((self._item(),))

    def whole_path(self) -> Path:
        """A path and nothing after it: what quotes in brackets hold."""
        path = self._path()
        if self.at < len(self.text):
            raise TemplateError(f"unrecognized text {self._rest()}")
        return path

    def _item(self) -> Step:
        if self._take("*"):
            return Wildcard()
        if self._take("?("):
            return self._filter()
        found = _SLICE.match(self.text, self.at)
        if found is None or not found[0].strip() or found[0].strip() == "-":
            raise TemplateError(f"invalid array index {self._rest()}")
        self.at = found.end()
        start, colon, end, step = (found[number] or "" for number in range(1, 5))
        if not colon:
            return Slice(index=_whole(start))
        return Slice(*(None if not text else _whole(text) for text in (start, end, step)))

    def _filter(self) -> Filter:
        left = self._expression()
        self._skip_space()
        operator = self._match(_OPERATOR)
        right = self._expression() if operator else None
        self._skip_space()
        if any(self._peek(word) for word in ("&&", "||", "=~", "=")):
            raise TemplateError(f"a filter makes one comparison with == != < <= > >=, not {self._rest()}")
        self._expect(")", "unterminated filter")
        return Filter(left, operator, right)

    # ---------------------------------------------------------------- characters
    def _enter(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TemplateError(f"more than {DEEPEST} brackets and ranges in each other")

    def _skip_space(self) -> None:
        self._match(_SPACE)

    def _match(self, pattern: re.Pattern[str]) -> str:
        """Read what a pattern matches here; empty where it does not."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _peek(self, text: str) -> bool:
        self._skip_space()
        return self.text.startswith(text, self.at)

    def _take(self, text: str) -> bool:
        """Read exactly this here, if it is here."""
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _take_word(self, word: str) -> bool:
        """Read a word after blanks, if it is here and not the beginning of another."""
        found = re.compile(rf"\s*{word}(?![\w.\[])").match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        return True

    def _expect(self, text: str, otherwise: str) -> None:
        self._skip_space()
        if not self._take(text):
            raise TemplateError(f"{otherwise}: {text} is missing before {self._rest()}")

    def _rest(self) -> str:
        """What comes next, for an error."""
        rest = self.text[self.at :]
        return repr(rest if len(rest) <= 20 else f"{rest[:20]}...") if rest else "the end"


def _unquoted(quoted: str) -> str:
    """Quoted text with Go's escapes. Source: Go's strconv.Unquote"""

    def escaped(found: re.Match[str]) -> str:
        text = found[1]
        if text not in _ESCAPES and len(text) == 1:
            raise TemplateError(f"invalid syntax: nobody knows the escape {found[0]!r}")
        return _ESCAPES[text] if text in _ESCAPES else chr(int(text[1:], 16))

    return _ESCAPE.sub(escaped, quoted[1:-1])


def _whole(text: str) -> int:
    if text in ("", "-"):
        raise TemplateError(f"invalid array index {text!r}")
    return int(text)
