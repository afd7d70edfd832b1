"""kubectl's dialect of JSONPath."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.jsonpath.evaluate import execute
from clusterproof.models.kubernetes.jsonpath.parse import DEEPEST, LONGEST_TEMPLATE, parse_template
from clusterproof.models.kubernetes.jsonpath.template import TemplateError

SHELF: dict[str, Any] = {
    "kind": "Shelf",
    "items": [
        {"name": "red", "pages": 10, "tags": {"a.b/c": "x"}, "lent": True},
        {"name": "blue", "pages": 200, "tags": {}, "lent": False},
        {"name": "green", "pages": 30.5, "by": {"name": "ann"}},
    ],
    "empty": None,
}


def printed(template: str, shelf: Any = SHELF) -> str:
    """Return what a template prints of the shelf."""
    return execute(parse_template(template), shelf)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.kind}", "Shelf"),
        ("{$.kind}{@.kind}", "ShelfShelf"),
        ("a {.kind}, b", "a Shelf, b"),
        (".kind", ".kind"),
        ("", ""),
        ("{.items[0].name}", "red"),
        ("{.items[-1].name}", "green"),
        ("{.items[0:2].name}", "red blue"),
        ("{.items[:1].name}", "red"),
        ("{.items[::2].name}", "red green"),
        ("{.items[-2:].name}", "blue green"),
        ("{.items[*].name}", "red blue green"),
        ("{.items[0,2].name}", "red green"),
        ("{.items[ 1 ].name}", "blue"),
        ("{.items[*]['name','pages']}", "red blue green 10 200 30.5"),
        ("{.items[*]['by.name']}", "ann"),
        (r"{.items[0].tags.a\.b/c}", "x"),
        (r"{.items[0].tags['a\.b/c']}", "x"),
        ("{..name}", "red blue green ann"),
        ("{.items[2].by.*}", "ann"),
        ("{.items[?(@.pages>20)].name}", "blue green"),
        ("{.items[?(@.pages<=10)].name}", "red"),
        ('{.items[?(@.name=="blue")].pages}', "200"),
        ("{.items[?(@.name!='blue')].name}", "red green"),
        ("{.items[?(@.lent==true)].name}", "red"),
        ("{.items[?(@.by)].name}", "green"),
        ("{.items[?(@.pages==10)].lent}", "true"),
        ("{.items[1].tags}", "{}"),
        ("{.items[2].by}", '{"name":"ann"}'),
        ("{.empty}", "<nil>"),
        ("{.nothing.at.all}", ""),
        ("{.kind.nothing}", ""),
        ("{.nothing[0]}", ""),
        ("{.kind}{\"\\t\"}{'\\n'}", "Shelf\t\n"),
        ('{"\\x41\\u00e9\\""}', 'Aé"'),
        ("{.kind .items[0].name}", "Shelfred"),
        ("{range .items[*]}[{.name}: {.pages}]{end}", "[red: 10][blue: 200][green: 30.5]"),
        ('{range .items[*]}{.name}{"\\n"}{end}.', "red\nblue\ngreen\n."),
        ("{range .items[*]}{range .tags.*}<{@}>{end}{end}", "<x>"),
        ("{range .nothing[*]}{.name}{end}", ""),
        ("{true}{12}{1.5}", "true121.5"),
    ],
)
def test_what_is_printed(template: str, text: str) -> None:
    """Templates print what kubectl prints."""
    assert printed(template) == text


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{.items", "unclosed action: } is missing before the end"),
        ("{.items[}", "invalid array index '}'"),
        ("{.items[0}", "unterminated array: ] is missing before '}'"),
        ("{.items[-]}", "invalid array index '-]}'"),
        ("{.items[a]}", "invalid array index 'a]}'"),
        ("{.items['a b']}", "unrecognized text ' b'"),
        ("{.items[?(@.a]}", "unterminated filter: ) is missing before ']}'"),
        ("{.items[?(@.a=='1' && @.b)]}", "a filter makes one comparison with == != < <= > >=, not '&& @.b)]}'"),
        ("{.items[?(@.a=~'x')]}", "a filter makes one comparison with == != < <= > >=, not \"=~'x')]}\""),
        ("{items}", "unrecognized text 'items}'"),
        ("{.a..}", "a field's name is missing before '}'"),
        ("{end}", "{end} without {range}"),
        ("{range .items[*]}{.name}", "{range} without {end}"),
        ('{"\\q"}', r"invalid syntax: nobody knows the escape '\\q'"),
        ("x" * (LONGEST_TEMPLATE + 1), "the template has 10001 characters, and 10000 at most are read"),
        ("{range .a}" * (DEEPEST + 1), "more than 50 brackets and ranges in each other"),
    ],
)
def test_what_is_no_template(template: str, why: str) -> None:
    """A template that cannot be understood is refused with what is wrong and where."""
    with pytest.raises(TemplateError) as caught:
        parse_template(template)

    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{.items[3]}", "array index out of bounds: index 3, length 3"),
        ("{.items[-4]}", "array index out of bounds: index -4, length 3"),
        ("{.kind[0]}", "Shelf is not array or slice and cannot be subscripted"),
        ("{.kind[?(@.a)]}", "Shelf is not array or slice and cannot be filtered"),
        ("{.items[::0].name}", "step must be >= 1"),
        ("{.items[?(@.name>1)]}", "red and 1 cannot be compared by >"),
        ("{.items[?(@.*==1)]}", "can only compare one element at a time"),
    ],
)
def test_what_cannot_be_carried_out(template: str, why: str) -> None:
    """An index out of bounds and the like are errors, as with kubectl; a missing field is none."""
    with pytest.raises(TemplateError) as caught:
        printed(template)

    assert str(caught.value) == why


def test_true_is_no_number() -> None:
    """Values of different kinds are different, whatever Python thinks of True and 1."""
    assert printed("{[?(@.a==1)].b}", [{"a": True, "b": "truth"}, {"a": 1, "b": "number"}]) == "number"
    assert printed("{[?(@.a!=1)].b}", [{"a": True, "b": "truth"}, {"a": 1, "b": "number"}]) == "truth"


@given(st.text("{}[]().,*?@$'\"\\ :=<>&-0ab1rangeditems", max_size=40))
def test_any_text_prints_or_is_refused(template: str) -> None:
    """Whatever is typed, it prints something or is refused with one line."""
    said = ""
    try:
        printed(template)
    except TemplateError as error:
        said = str(error)

    assert "\n" not in said


@given(st.text(st.characters(exclude_characters="{"), max_size=40))
def test_text_is_printed_as_it_is(text: str) -> None:
    """What stands outside of braces is printed as it stands."""
    assert printed(text) == text


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(), max_size=5), st.data())
def test_any_key_can_be_escaped(fields: dict[str, int], data: st.DataObject) -> None:
    """Every field can be reached by its name, with a backslash in front of each character of it."""
    if fields:
        key = data.draw(st.sampled_from(sorted(fields)))
        escaped = "".join(f"\\{letter}" for letter in key)

        assert printed(f"{{.{escaped}}}", fields) == str(fields[key])
