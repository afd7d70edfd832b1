"""YAML texts become trees with lines; what could hurt is refused in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.yaml_scalars import resolve_plain
from clusterproof.models.kubernetes.manifests.yaml_tree import (
    DEPTH_LIMIT,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    parse_documents,
)


def plain(node: Node):
    """The tree as plain Python values."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [plain(item) for item in node.items]
        case MapNode():
            return {key: plain(entry.node) for key, entry in node.entries.items()}


def values(text: str):
    """The documents of a text as plain Python values."""
    return [plain(document) for document in parse_documents(text, "f.yaml")]


def refused(text: str) -> str:
    """The message with which a text is refused."""
    with pytest.raises(ManifestError) as caught:
        parse_documents(text, "f.yaml")
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Nil", "Nil"),
        ("yes", True),
        ("Off", False),
        ("y", True),
        ("N", False),
        ("yEs", "yEs"),
        ("0_17", 15),
        ("+5", 5),
        ("0B11", 3),
        ("._5", "._5"),
        ("12", 12),
        ("-1_000", -1000),
        ("0x1F", 31),
        ("017", 15),
        ("0o17", 15),
        ("0b11", 3),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", float("inf")),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("0x_", "0x_"),
        ("08", 8.0),
        ("v1", "v1"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_plain_scalars_mean_what_kubectl_takes_them_for(text, value):
    """A scalar without quotes is resolved by the rules of the library that kubectl uses."""
    resolved = resolve_plain(text)

    assert (resolved, type(resolved)) == (value, type(value))


def test_documents_without_content_are_skipped():
    """Empty and comment-only documents are no documents."""
    assert values("---\n# nothing\n---\na: 1\n---\n---\nnull\n") == [{"a": 1}]
    assert values("") == values("# only a comment\n") == values("\n\n") == []


def test_lines_are_kept():
    """Every key and value knows its line, counted from 1."""
    (tree,) = parse_documents("# first\na:\n  b:\n  - x\n", "f.yaml")

    assert tree.entries["a"].line == 2
    assert tree.entries["a"].node.line == 3
    assert tree.entries["a"].node.entries["b"].node.items[0].line == 4


def test_anchors_and_merge_keys_work():
    """An explicit key wins over a merged one wherever it stands, and an earlier mapping over a later one."""
    text = (
        "base: &b {x: 1, v: 2}\nother: &o {v: 3, z: 4}\nuse: {v: 9, <<: [*b, *o]}\nagain: {<<: *o, z: 5}\nlist: [*b]\n"
    )

    assert values(text) == [
        {
            "base": {"x": 1, "v": 2},
            "other": {"v": 3, "z": 4},
            "use": {"v": 9, "x": 1, "z": 4},
            "again": {"z": 5, "v": 3},
            "list": [{"x": 1, "v": 2}],
        }
    ]
    assert values('"<<": 1\n') == [{"<<": 1}]


def test_keys_become_strings():
    """Keys that are numbers or booleans become the strings that JSON would have."""
    assert values('5: a\n3.14: b\nyes: c\n"": d\n') == [{"5": "a", "3.14": "b", "true": "c", "": "d"}]


def test_json_is_read_like_yaml():
    """JSON may be indented with tabs, and writes characters beyond U+FFFF as two escapes."""
    assert values('{\n\t"a": [1,\t"\\ud83d\\ude00", "x\\ty\\/z"]\n}') == [{"a": [1, "\U0001f600", "x\ty/z"]}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "f.yaml:2: a: is given twice, first on line 1"),
        ("5: 1\n'5': 2\n", "f.yaml:2: 5: is given twice"),
        ("a:\n- b: {c: 1, c: 2}\n", "f.yaml:2: a[0].b.c: is given twice"),
        ("a: [1,\n", "f.yaml:2: YAML: not valid YAML"),
        ("a: b: c\n", "f.yaml:1: YAML: not valid YAML"),
        ("a:\n\t- b\n", "f.yaml:2: YAML: not valid YAML"),
        ("a: *b\n", "f.yaml:1: a: the alias *b has no anchor"),
        ("a: &b [*b]\n", "f.yaml:1: a[0]: the alias *b stands inside its own anchor"),
        ("a: !!python/object/apply:os.system [ls]\n", "f.yaml:1: a: the tag"),
        ("a: !include x\n", "f.yaml:1: a: the tag !include is not allowed; leave it out"),
        ("a: !!int x\n", "f.yaml:1: a: the text does not fit its tag !!int"),
        ("a: !!binary eA==\n", "f.yaml:1: a: the tag"),
        ("? [a]\n: 1\n", "f.yaml:1: YAML: a key must be a string"),
        ("a: {{ .Values.a }}\n", "render it first"),
        ("a:\n  <<: 1\n", "f.yaml:2: a.<<: merges something that is no mapping"),
        ("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n", "f.yaml:2: b: is a second merge key; write <<: [*one, *other]"),
        ("a: \x01\n", "f.yaml:1: YAML: the character U+0001 is not allowed"),
        ('a: "\\ud83d"\n', "f.yaml:1: a: half a surrogate pair"),
        ("%YAML 9.1\n---\na: 1\n", "f.yaml:1: YAML: not valid YAML"),
        ("a: 1\n---\nb: *x\n", "f.yaml:3: b: the alias"),
        ('a: "\\UFFFFFFFF"\n', "f.yaml:1: YAML: not valid YAML"),
    ],
)
def test_mistakes_are_named_with_their_place(text, message):
    """A text that is no safe YAML is refused with file, line and field."""
    assert message in refused(text)


def test_tags_of_the_core_schema_are_allowed():
    """The tags for strings, numbers, booleans, null, lists and mappings may be written out."""
    assert values("a: !!str 1\nb: !!int '2'\nc: !!float 3\nd: !!map {}\ne: !!seq []\nf: ! 4\n") == [
        {"a": "1", "b": 2, "c": 3.0, "d": {}, "e": [], "f": "4"}
    ]


@pytest.mark.parametrize("bracket", ["[", "{a: ", "? [", "- "])
def test_depth_is_limited(bracket):
    """Deep nesting is refused, in values and in keys, and never overflows the stack."""
    assert "nested deeper" in refused(bracket * 5000 + "x")


def test_the_depth_limit_itself_is_allowed():
    """A tree exactly as deep as the limit is read, one level more is refused."""
    assert values("[" * (DEPTH_LIMIT - 1) + "x" + "]" * (DEPTH_LIMIT - 1))
    assert "nested deeper" in refused("[" * DEPTH_LIMIT + "x" + "]" * DEPTH_LIMIT)


def test_alias_bombs_are_refused():
    """Aliases of aliases that stand for billions of nodes are refused before anything is expanded."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    assert "aliases stand for more than" in refused("\n".join(lines))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.sampled_from([None, 2, "\t"]))
def test_any_json_is_read_back(value, indent):
    """What json writes is read as the same value."""
    text = json.dumps({"value": value}, indent=indent)

    assert values(text) == [{"value": value}]


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!#|>'\"%@`,? \n\t<~0e.") | st.characters(), max_size=60))
def test_any_text_is_parsed_or_refused_in_one_line(text):
    """No text makes the parser fail in another way than with a ManifestError of one line."""
    try:
        parse_documents(text, "f.yaml")
    except ManifestError as error:
        assert str(error).startswith("f.yaml:")  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
