"""Objects as kubectl prints them: tables, YAML, JSON, names.

Source: staging/src/k8s.io/cli-runtime/pkg/printers
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from clusterproof.models.kubernetes.kubectl_client.resources import Resource
from clusterproof.models.kubernetes.printers.table import ApiObject, Options, lay_out

TEXT = "tag:yaml.org,2002:str"

_OTHER_LINE_BREAKS = re.compile(r"[\r\x85\u2028\u2029]")
"""YAML reads these as line breaks, too, unless they are escaped."""


def table(
    resource: Resource,
    objects: Sequence[ApiObject],
    options: Options,
    *,
    with_namespace: bool = False,
    with_kind: bool = False,
    headers: bool = True,
) -> list[str]:
    """The lines of a table. with_kind: names are `pod/web-a`, as where several kinds are shown."""
    rows: list[list[str | int]] = []
    if headers:
        rows.append([*(["NAMESPACE"] if with_namespace else []), *resource.printer.headings(options)])
    place = next((n for n, c in enumerate(resource.printer.columns(options)) if c.name == "Name"), None)
    for each in objects:
        cells = resource.printer.cells(each, options)
        if with_kind and place is not None and place < len(cells):
            cells[place] = f"{resource.qualified_singular}/{cells[place]}"
        rows.append([*([each["metadata"]["namespace"]] if with_namespace else []), *cells])
    return lay_out(rows) if rows else []


def as_list(objects: Sequence[ApiObject]) -> dict[str, Any]:
    """Objects as the List that kubectl makes of them."""
    return {"apiVersion": "v1", "items": list(objects), "kind": "List", "metadata": {"resourceVersion": ""}}


def as_json(value: Any) -> str:
    """JSON with kubectl's indentation and order."""
    return json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False) + "\n"


def as_yaml(value: Any) -> str:
    """YAML in kubectl's order and style."""
    return yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=2**31)


class _Dumper(yaml.SafeDumper):
    """Writes text that looks like something else in double quotes, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  (PyYAML's signature)
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = dumper.resolve(yaml.ScalarNode, text, (True, False)) == TEXT  # type: ignore[no-untyped-call]
    quoted = not plain or _OTHER_LINE_BREAKS.search(text)
    style = '"' if quoted else "|" if "\n" in text else None
    return dumper.represent_scalar(TEXT, text, style=style)


_Dumper.add_representer(str, _text)
