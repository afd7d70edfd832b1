"""The check file: what to check, in YAML, every key optional.

    target: hello-server
    faults: {stop-control-plane: {budget: 1, heals: false}, crash-node: 1}
    actions: [{scale: deployment/hello-server, replicas: 2..4}, {drain: multinode-nodeport-worker}]
    properties: [replicas-converge]
    bounds: {seconds: 60}
    scope: {timing: untimed}

Paths are relative to the file. Errors read FILE:LINE: FIELD: message.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from attrs import define, field

from clusterproof.checker.cli.errors import UsageError, dashed
from clusterproof.checker.cli.request import (
    ACTIONS,
    BOUNDS,
    CASCADES,
    ActionChoice,
    FaultChoice,
    Request,
    bound_value,
    parse_budget,
)

KEYS = (
    "target",
    "cluster",
    "manifests",
    "actions",
    "faults",
    "properties",
    "bounds",
    "scope",
    "undetermined",
)
PARAMETERS = {
    "replicas": (("scale",), True, "{scale: deployment/NAME, replicas: 2..4}"),
    "cpu": (("demand",), True, "{demand: deployment/NAME, cpu: [500m, 2]}"),
    "to_revision": (("rollout_undo",), False, "{rollout_undo: deployment/NAME, to_revision: 1}"),
    "cascade": (("delete",), False, "{delete: deployment/NAME, cascade: orphan}"),
    "only_if_down": (("delete_node", "taint_out_of_service"), False, "{delete_node: NODE, only_if_down: true}"),
}
"""Parameter -> the actions that it belongs to, whether these need it, and how both are written."""

ANY_NODE = ("cordon", "replace_member", "uncordon")
"""Actions that need no node: any will do."""

MOST_MILLICORES = 1_000_000
"""Of the CPU demand of one workload."""

_RANGE = re.compile(r"([0-9]{1,4})(?:\.\.([0-9]{1,4}))?", re.ASCII)


def read_check_file(path: Path) -> Request | None:
    """What a check file asks for; None when it holds manifests instead. Raises ManifestError with file, line, field."""
    from clusterproof.models.kubernetes.manifests.errors import ManifestError
    from clusterproof.models.kubernetes.manifests.fields import Document, Fields
    from clusterproof.models.kubernetes.manifests.files import read_text
    from clusterproof.models.kubernetes.manifests.yaml_tree import MapNode, parse_documents

    documents = parse_documents(read_text(path), str(path))
    if any(isinstance(node, MapNode) and {"apiVersion", "kind"} & set(node.entries) for node in documents):
        return None
    if len(documents) > 1:
        message = "a check file is one document; remove the others"
        raise ManifestError(str(path), documents[1].line, "document", message)
    if not documents:
        return Request()
    return _Reader(Fields.of(documents[0], "", Document(str(path), "check")), path.parent).request()


@define
class _Reader:
    """Reads the keys of one check file."""

    top: Any
    directory: Path
    places: dict[str, str] = field(init=False, factory=dict)

    def request(self) -> Request:
        top = self.top
        _refuse_unknown(top, KEYS, "a check file")
        self._note("target", top, "target")
        allowed = top.choice("undetermined", ("allow", "forbid"), "forbid")
        return Request(
            target=self._target(top.text("target", "") or ""),
            cluster=self._path(top.text("cluster", "") or ""),
            manifests=tuple(map(self._path, self._texts("manifests"))),
            actions=self._actions(),
            faults=self._faults(),
            properties=self._properties(),
            bounds=self._bounds(),
            settings=self._settings(),
            allow_undetermined=allowed == "allow",
            places=self.places,
        )

    def _note(self, key: str, fields: Any, name: str) -> None:
        if fields.has(name):
            self.places[key] = f"{fields.document.file}:{fields.line_of(name)}: {fields.place(name)}"

    def _path(self, text: str) -> str:
        return str(self.directory / text) if text else ""

    def _target(self, text: str) -> str:
        """A path or `FILE.py:system` is relative to the file, a name is a name."""
        file, colon, attribute = text.rpartition(":")
        if colon and file.endswith(".py"):
            return f"{self._path(file)}:{attribute}"
        beside = self.directory / text
        return str(beside) if text and not colon and ("/" in text or "." in text) and beside.exists() else text

    def _texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, or one string."""
        from clusterproof.models.kubernetes.manifests.yaml_tree import ScalarNode

        entry = self.top.node.entries.get(name)
        if entry is not None and isinstance(entry.node, ScalarNode) and entry.node.value is not None:
            return (self.top.text(name, ""),)
        texts: tuple[str, ...] = self.top.texts(name)
        return texts

    def _properties(self) -> tuple[str, ...]:
        names = self._texts("properties")
        for name in names:
            self._note(f"properties.{dashed(name)}", self.top, "properties")
        return names

    def _settings(self) -> dict[str, str]:
        nested = self.top.scalar_texts("scope")
        if nested is None:
            return {}
        fields, texts = nested
        for key in texts:
            if key in ("true", "false"):
                fields.fail(key, 'was written as y, n, yes, no, on or off, a boolean; quote it, for example "n"')
            self._note(f"scope.{key}", fields, key)
        return dict(texts)

    def _bounds(self) -> dict[str, float | None]:
        nested = self.top.scalar_texts("bounds")
        if nested is None:
            return {}
        fields, texts = nested
        _refuse_unknown(fields, BOUNDS, "bounds")
        found: dict[str, float | None] = {}
        for name, text in texts.items():
            try:
                found[name] = bound_value(name, text, name)
            except UsageError as error:
                fields.fail(name, str(error).partition(": ")[2])
        return found

    def _faults(self) -> dict[str, FaultChoice]:
        fields = self.top.fields("faults")
        if fields is None:
            return {}
        found: dict[str, FaultChoice] = {}
        for name in fields.names():
            self._note(f"faults.{dashed(name)}", fields, name)
            found[dashed(name)] = self._fault(fields, name)
        return found

    def _fault(self, fields: Any, name: str) -> FaultChoice:
        from clusterproof.models.kubernetes.manifests.yaml_tree import MapNode

        if not isinstance(fields.node.entries[name].node, MapNode):
            return FaultChoice(budget=self._budget(fields, name))
        nested = fields.fields(name)
        _refuse_unknown(nested, ("budget", "heals"), "a fault")
        budget = self._budget(nested, "budget") if nested.has("budget") else 1
        return FaultChoice(budget=budget, heals=nested.boolean("heals", default=True))

    def _budget(self, fields: Any, name: str) -> Any:
        given = fields.integer_or_text(name)
        try:
            return parse_budget(str(given), name)
        except UsageError as error:
            fields.fail(name, str(error).partition(": ")[2])

    def _actions(self) -> tuple[ActionChoice, ...]:
        return tuple(self._action(fields) for fields in self.top.items("actions"))

    def _action(self, fields: Any) -> ActionChoice:
        _refuse_unknown(fields, (*ACTIONS, *PARAMETERS, "budget"), "an action")
        named = [name for name in fields.node.entries if name in ACTIONS]
        if len(named) != 1:
            raise fields.error(f"says {' and '.join(named) or 'nothing'} to do; write one of {', '.join(ACTIONS)}")
        name = named[0]
        what = fields.text(name, "") if name in ANY_NODE else fields.required_text(name, "name what it is about")
        for parameter, (whose, is_required, example) in PARAMETERS.items():
            is_misplaced = fields.has(parameter) and name not in whose
            is_missing = is_required and name in whose and not fields.has(parameter)
            if is_misplaced or is_missing:
                fields.fail(parameter, f"belongs to {' and '.join(whose)}; write {example}")
        return ActionChoice(
            action=name,
            object_name=self._path(what) if name == "apply" else what,
            sizes=_sizes(fields) if name == "scale" else _millicores(fields) if name == "demand" else (),
            to_revision=fields.integer("to_revision", 1, minimum=1) if fields.has("to_revision") else 0,
            cascade=fields.choice("cascade", CASCADES, ""),
            only_if_down=fields.boolean("only_if_down", default=False),
            budget=fields.integer("budget", 1, minimum=1),
            place=f"{fields.document.file}:{fields.line_of(name)}: {fields.place(name)}",
        )


def _sizes(fields: Any) -> tuple[int, ...]:
    from clusterproof.models.kubernetes.manifests.workloads import MOST_REPLICAS

    text = str(fields.integer_or_text("replicas"))
    match = _RANGE.fullmatch(text)
    if match is None:
        raise fields.error(f"replicas is {text!r}; write a number such as 3, or a range such as 2..4")
    low, high = int(match[1]), int(match[2] or match[1])
    if low > high:
        fields.fail("replicas", f"is {text!r}; write the smaller number first")
    if high > MOST_REPLICAS:
        fields.fail("replicas", f"is {text!r}, and at most {MOST_REPLICAS} can be checked; write fewer")
    return tuple(range(low, high + 1))


def _millicores(fields: Any) -> tuple[int, ...]:
    """What the CPU demand of a workload may become: one quantity, or a list of them."""
    from clusterproof.models.kubernetes.manifests.errors import quoted
    from clusterproof.models.kubernetes.manifests.quantity import cpu_millicores

    levels = []
    for text in fields.scalars("cpu"):
        try:
            level = cpu_millicores(text)
        except ValueError as error:
            fields.fail("cpu", f"{quoted(text)} {error}")
        if not 0 <= level <= MOST_MILLICORES:
            fields.fail("cpu", f"is {quoted(text)}; write 0 to {MOST_MILLICORES // 1000} cores")
        levels.append(level)
    return tuple(dict.fromkeys(levels))


def _refuse_unknown(fields: Any, known: Collection[str], whose: str) -> None:
    from clusterproof.models.kubernetes.manifests.fields import did_you_mean

    for name in fields.node.entries:
        if name not in known:
            hint = did_you_mean(name, known) or f"; write one of {', '.join(known)}"
            fields.fail(name, f"{whose} has no such key{hint}")
