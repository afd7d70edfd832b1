"""What a `kubectl get` asks for, from its words.

Source: staging/src/k8s.io/cli-runtime/pkg/resource/builder.go (ResourceTypeOrNameArgs), pkg/cmd/get/get_flags.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.jsonpath.parse import parse_template
from clusterproof.models.kubernetes.jsonpath.template import Part, TemplateError
from clusterproof.models.kubernetes.kubectl_client import messages
from clusterproof.models.kubernetes.kubectl_client.other_kinds import is_other_kind
from clusterproof.models.kubernetes.kubectl_client.resources import ALL, BY_NAME, Resource

FORMATS = ("json", "jsonpath", "name", "wide", "yaml")
DEFAULT_NAMESPACE = "default"


class KubectlError(Exception):
    """What kubectl says before it gives up; its text is one line. code: 1, or 2 for what kubectl could answer."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


@frozen(kw_only=True)
class Wanted:
    """Objects of one kind: all of them, or those with the names."""

    resource: Resource
    names: tuple[str, ...] = ()


@frozen(kw_only=True)
class Request:
    """A `kubectl get`.

    words: kinds and names, as typed. namespace: None for all. output: empty for a table, else one of FORMATS.
    template: of jsonpath. verbosity: the level of the log, from 6 on with requests.
    """

    words: tuple[str, ...]
    namespace: str | None = DEFAULT_NAMESPACE
    output: str = ""
    template_text: str = ""
    template: tuple[Part, ...] = ()
    headers: bool = True
    verbosity: int = 0

    @property
    def is_by_name(self) -> bool:
        """Whether objects are asked for by their names."""
        return len(self.words) > 1 or any("/" in word for word in self.words)


def request(
    words: Sequence[str],
    *,
    namespace: str | None = DEFAULT_NAMESPACE,
    output: str = "",
    headers: bool = True,
    verbosity: int = 0,
) -> Request:
    """A request, as far as kubectl can check it without a server.

    output: as typed, e.g. `jsonpath={.items[*].metadata.name}`. Raises KubectlError.
    """
    if not words:
        raise KubectlError("error: You must specify the type of resource to get, for example pods.")
    form, _, template = output.partition("=")
    if output and form not in FORMATS:
        allowed = ",".join(FORMATS)
        raise KubectlError(
            f'error: unable to match a printer suitable for the output format "{form}", allowed formats are: {allowed}'
        )
    if form == "jsonpath" and not template:
        raise KubectlError("error: template format specified but no template given")
    if form != "jsonpath" and template:
        raise KubectlError(f'error: the output format "{form}" takes no template')
    made = Request(
        words=tuple(words),
        namespace=namespace,
        output=form,
        template_text=template,
        template=_parsed(template),
        headers=headers,
        verbosity=verbosity,
    )
    if namespace is None and made.is_by_name:
        raise KubectlError("error: a resource cannot be retrieved by name across all namespaces")
    return made


def _parsed(template: str) -> tuple[Part, ...]:
    try:
        return parse_template(template)
    except TemplateError as error:
        raise KubectlError(f"error: error parsing jsonpath {template}, {error}") from None


def wanted(words: Sequence[str], served: Mapping[str, Resource] = BY_NAME) -> list[Wanted]:
    """The kinds and names that words mean: `pods`, `pods,svc`, `pod web-a web-b`, `pod/web-a svc/web`, `all`.

    served: the resources of the server, by each of their names. Raises KubectlError, e.g. for one it does not have.
    """
    if "/" in words[0]:
        return _by_type_and_name(words, served)
    kinds, names = words[0].split(","), tuple(words[1:])
    if slashed := [name for name in names if "/" in name]:
        raise KubectlError(
            "error: there is no need to specify a resource type as a separate argument when passing arguments in "
            f"resource/name form (e.g. 'kubectl get {slashed[0]}' instead of 'kubectl get {words[0]} {slashed[0]}')"
        )
    resources = [each for kind in kinds for each in (ALL if kind == "all" else (_resource(kind, served),))]
    return [Wanted(resource=each, names=names) for each in dict.fromkeys(resources)]


def _by_type_and_name(words: Sequence[str], served: Mapping[str, Resource]) -> list[Wanted]:
    by_resource: dict[Resource, list[str]] = {}
    for word in words:
        kind, slash, name = word.partition("/")
        if not slash or not kind or not name or "/" in name:
            raise KubectlError(f"error: {word!r} is no TYPE/NAME, as the words before it are")
        by_resource.setdefault(_resource(kind, served), []).append(name)
    return [Wanted(resource=resource, names=tuple(names)) for resource, names in by_resource.items()]


def _resource(word: str, served: Mapping[str, Resource]) -> Resource:
    found = served.get(word.lower())
    if found is None and is_other_kind(word):
        known = ", ".join(dict.fromkeys(each.plural for each in served.values()))
        raise KubectlError(f"clusterproof: {word}: not shown here, where there are {known}", code=2)
    if found is None:
        raise KubectlError(messages.unknown_resource(word))
    return found
