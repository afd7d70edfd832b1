"""Finding files, flattening Lists, telling kinds apart, refusing duplicates."""

from __future__ import annotations

import copy
import json
import os
import threading
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes import builtin
from clusterproof.models.kubernetes.manifests import ManifestError, files, load_manifests
from clusterproof.models.kubernetes.manifests.files import SIZE_LIMIT_BYTES
from clusterproof.models.kubernetes.manifests.load import load_document_texts


def config_map(name: str, namespace: str = "default") -> str:
    """The text of a small ConfigMap."""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\n"


def names(*paths: Path) -> list[str]:
    """The names of the ConfigMaps in the paths."""
    return [each.metadata.name for each in load_manifests(paths).config_maps]


def refused(*paths: Path) -> str:
    """The message with which the paths are refused."""
    with pytest.raises(ManifestError) as caught:
        load_manifests(paths)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_directories_are_searched_in_sorted_order(tmp_path):
    """All YAML and JSON files below a directory are read in sorted order, and nothing else."""
    for place in (
        "b.yml",
        "a/z.yaml",
        "a/b/c.yaml",
        "c.json",
        ".hidden/x.yaml",
        ".x.yaml",
        "a/notes.txt",
        "b.yaml.bak",
    ):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(config_map(place.replace("/", ".").strip(".")))

    assert names(tmp_path) == ["a.b.c.yaml", "a.z.yaml", "b.yml", "c.json"]


def test_a_file_named_directly_may_have_any_suffix(tmp_path):
    """What the user names is read, whatever its name."""
    path = tmp_path / "manifest.txt"
    path.write_text(config_map("a"))

    assert names(path) == ["a"]


def test_pipes_are_read():
    """A pipe, such as a shell's process substitution, is read like a file."""
    reader, writer = os.pipe()
    os.write(writer, config_map("piped").encode())
    os.close(writer)
    try:
        assert names(Path(f"/dev/fd/{reader}")) == ["piped"]
    finally:
        os.close(reader)


def test_a_file_reached_twice_is_read_once(tmp_path):
    """Overlapping paths and links do not make duplicates."""
    path = tmp_path / "a.yaml"
    path.write_text(config_map("a"))
    (tmp_path / "b.yaml").symlink_to(path)

    assert names(tmp_path, path, tmp_path) == ["a"]


def test_loops_of_links_end(tmp_path):
    """A link to a directory above is not followed for ever, and one to itself is refused or left out."""
    (tmp_path / "a.yaml").write_text(config_map("a"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")

    assert names(tmp_path) == ["a"]
    assert "self.yaml:1: file: cannot be read" in refused(tmp_path / "self.yaml")


@pytest.mark.parametrize("name", ["missing.yaml", "a\0b", "x" * 5000, "new\nline.yaml"])
def test_what_cannot_be_read_is_refused(tmp_path, name):
    """A path that is no file is one line of error."""
    assert ":1: file: " in refused(tmp_path / name)


def test_an_empty_directory_is_refused(tmp_path):
    """A directory without manifests is a mistake."""
    assert refused(tmp_path).endswith("holds no file ending in .yaml .yml .json; name another one")


def test_encodings_other_than_utf_8_are_refused(tmp_path):
    """The line of the first wrong byte is named; a byte order mark of UTF-8 is fine."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + config_map("a").encode())
    assert names(path) == ["a"]

    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert refused(path) == f"{path}:2: file: is not UTF-8 (byte 0xe9); save it as UTF-8"

    path.write_text(config_map("a"), encoding="utf-16")
    assert "is not UTF-8" in refused(path)


def test_huge_files_are_refused(tmp_path):
    """A file above the limit is refused without being parsed."""
    path = tmp_path / "a.yaml"
    with path.open("wb") as stream:
        stream.truncate(SIZE_LIMIT_BYTES + 1)

    assert refused(path) == f"{path}:1: file: is larger than 5 MiB; split it"


def test_files_are_limited_together(tmp_path):
    """What many files hold together is limited as what one file holds: by size, and by values."""
    large, long = tmp_path / "large", tmp_path / "long"
    for directory, text in ((large, f"# {'x' * 3 * 2**20}\n"), (long, f"[{'x,' * 100_000}]")):
        directory.mkdir()
        for name in ("a.yaml", "b.yaml"):
            (directory / name).write_text(f"apiVersion: v1\nkind: List\nitems: []\nx: {text}")

    assert "b.yaml:1: file: with it there are more than 5 MiB to read" in refused(large)
    assert "b.yaml:4: x[" in refused(long)
    assert "is one value too many, for 200,000 are read at most; check less at a time" in refused(long)


def test_pipes_may_be_slow_but_not_silent(tmp_path, monkeypatch):
    """A pipe is waited for, even before anybody writes to it, and given up when nothing comes."""
    monkeypatch.setattr(files, "PIPE_LIMIT_SECONDS", 5.0)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Timer(0.3, path.write_text, [config_map("late")])
    writer.start()
    assert names(path) == ["late"]
    writer.join()

    monkeypatch.setattr(files, "PIPE_LIMIT_SECONDS", 0.1)
    assert refused(path) == f"{path}:1: file: gave nothing more for 0.1 seconds; check what writes to it"


def test_directories_are_limited(tmp_path, monkeypatch):
    """A directory with very many files, or very deep, is refused."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.yaml").write_text(config_map("c"))
    monkeypatch.setattr(files, "ENTRY_LIMIT", 2)
    assert refused(tmp_path) == f"{tmp_path}:1: file: holds more than 2 files; name the directories you mean"

    monkeypatch.setattr(files, "DIRECTORY_DEPTH_LIMIT", 2)
    assert refused(tmp_path) == f"{tmp_path}:1: file: has directories deeper than 2; name the ones you mean"


def test_files_without_objects_are_fine(load):
    """A file of comments holds nothing."""
    assert load("# nothing here\n---\n") == load("---\n---\n# nor here\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "web.yaml:1: document: must be a mapping, not a list"),
        ("hello\n", 'web.yaml:1: document: must be a mapping, not the string "hello"'),
        ("a: b\n", "web.yaml:1: kind: is missing"),
        ("kind: ''\n", "web.yaml:1: kind: is missing"),
        ("# c\n---\nkind: Job\n", "web.yaml:3: apiVersion: is missing"),
        ("kind: Job\napiVersion: batch/v1\n", "metadata: is missing"),
        ("kind: Job\napiVersion: batch/v1\nmetadata: {generateName: a-}\n", "write metadata.name instead"),
        ("kind: Pods\napiVersion: v1\n", "kind: v1 has no kind Pods; did you mean Pod?"),
        ("kind: Frob\napiVersion: policy/v1\n", "it has Eviction, PodDisruptionBudget"),
        ("kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n", "a kustomization is no manifest"),
        ("kind: List\napiVersion: v1\nitems: {}\n", "items: must be a list of objects"),
        ("kind: List\napiVersion: v1\nitems:\n- 1\n", "web.yaml:4: items[0]: must be an object"),
        ("kind: List\napiVersion: v1\nitems:\n- kind: Pod\n", "web.yaml:4: apiVersion: is missing"),
    ],
)
def test_what_is_no_object_is_refused(refusal, text, message):
    """A document that is no API object is refused with its line."""
    assert message in refusal(text)


def test_unknown_kinds_are_kept_by_name(load):
    """Kinds that the model does not know are listed, cluster-scoped ones without a namespace, whatever their spec."""
    manifests = load(
        """
        {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {anything: 1}}
        ---
        {apiVersion: example.com/v1, kind: Service, metadata: {name: b, namespace: c}, spec: 7}
        ---
        {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "system:x"}}
        """
    )

    assert [(each.kind, each.metadata.namespace, each.metadata.name) for each in manifests.others] == [
        ("Ingress", "default", "a"),
        ("Service", "c", "b"),
        ("ClusterRole", "", "system:x"),
    ]
    assert manifests.services == ()


def test_lists_are_flattened(load):
    """The items of Lists, nested and typed ones too, count as objects of their own."""
    item = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}"
    manifests = load(
        f"""
        apiVersion: v1
        kind: List
        items:
        - {item % "a"}
        - {{apiVersion: v1, kind: List, items: [{item % "b"}]}}
        - {{apiVersion: v1, kind: ConfigMapList, items: [{{metadata: {{name: c}}}}]}}
        ---
        {{apiVersion: v1, kind: List, items: null}}
        """
    )

    assert [each.metadata.name for each in manifests.config_maps] == ["a", "b", "c"]


def test_a_custom_kind_may_end_in_list(load):
    """A kind whose name ends in List is an object unless it has items."""
    assert load("{apiVersion: example.com/v1, kind: AllowList, metadata: {name: a}}").others[0].kind == "AllowList"


def test_duplicates_are_refused(tmp_path):
    """Two objects of one group, kind, namespace and name are refused, with the place of the first."""
    (tmp_path / "a.yaml").write_text(config_map("a") + "---\n" + config_map("a", "other"))
    (tmp_path / "b.yaml").write_text("---\n" + config_map("a"))

    assert refused(tmp_path) == (
        f"{tmp_path}/b.yaml:4: metadata.name: ConfigMap/a in namespace default is given twice, "
        f"first at {tmp_path}/a.yaml:1; remove one"
    )


def test_two_versions_of_one_object_are_duplicates(refusal):
    """The version does not make an object another one."""
    spec = "spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 2}"
    text = "{apiVersion: autoscaling/%s, kind: HorizontalPodAutoscaler, metadata: {name: a}, " + spec + "}\n"

    assert "given twice" in refusal(text % "v1" + "---\n" + text % "v2")


def test_a_kind_configuration_is_only_noted():
    """A directory may hold the kind configuration beside the manifests."""
    manifests = load_manifests([builtin.path("hello-server")])

    assert len(manifests.deployments) == 1
    assert [note.partition(": ")[2] for note in manifests.not_modelled] == [
        "the kind cluster configuration is not a manifest."
    ]


def test_control_characters_never_reach_the_message(refusal):
    """Names with line breaks are shown as escapes."""
    assert 'metadata["a\\nb"]: Kubernetes has no such field' in refusal(
        'apiVersion: v1\nkind: Pod\nmetadata: {name: a, "a\\nb": 1}\n'
    )


def test_long_values_are_cut(refusal):
    """A value of a thousand characters does not fill the screen, and the advice is still there."""
    message = refusal(f"apiVersion: {'9' * 1000}x\nkind: Pod\nmetadata: {{name: a}}\n")

    assert len(message) < 400
    assert message.endswith("9x; write apiVersion: v1")


WHOLE = list(yaml.safe_load_all((builtin.path("config-map-trap") / "manifests.yaml").read_text()))
ODD_VALUES = [None, [], {}, 1, -1, "x", "", True, 1.5, [None], [[1]], {"a": None}, {"x": {"y": 1}}, 10**30, "9" * 5000]


def places(value, place=()):
    """The paths of a value and of everything in it."""
    yield place
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*place, key))


def replaced(value, place, odd):
    """The value with what is at a place replaced."""
    if not place:
        return odd
    changed = copy.copy(value)
    changed[place[0]] = replaced(value[place[0]], place[1:], odd)
    return changed


@given(st.sampled_from(list(places(WHOLE))), st.sampled_from(ODD_VALUES))
def test_odd_values_load_or_are_refused_in_one_line(place, odd):
    """Whatever stands in place of any part of an example, it loads or gives one short line of error."""
    documents = replaced(WHOLE, place, odd)
    try:
        load_document_texts([("f.yaml", json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}))])
    except ManifestError as error:
        assert str(error).startswith("f.yaml:1: ")  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
        assert len(str(error)) < 1000  # noqa: PT017


EXAMPLE = (builtin.path("config-map-trap") / "manifests.yaml").read_text().splitlines()
ODD_LINES = ["", "  - x", "kind: Service", "spec: []", "    ports: {}", "  name: 1", "\t", "- 5", "a: &a [*a]", "<<: 3"]


@given(
    st.lists(
        st.tuples(st.integers(0, len(EXAMPLE) - 1), st.sampled_from(["drop", "indent", "dedent", *ODD_LINES])),
        max_size=4,
    )
)
def test_damaged_manifests_load_or_are_refused_in_one_line(edits):
    """However an example is damaged, it loads or gives one line of error."""
    lines = list(EXAMPLE)
    for index, edit in edits:
        changed = {"drop": "", "indent": "  " + lines[index], "dedent": lines[index].removeprefix("  ")}
        lines[index] = changed.get(edit, edit)
    try:
        load_document_texts([("f.yaml", "\n".join(lines))])
    except ManifestError as error:
        assert str(error).startswith("f.yaml:")  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
