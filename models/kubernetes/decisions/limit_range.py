"""LimitRanges: what containers get that say nothing, and which pods are refused.

Source: plugin/pkg/admission/limitranger/admission.go
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from clusterproof.models.kubernetes.admission_objects import LimitRangeItem
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import pod_requests
from clusterproof.models.kubernetes.objects import Container, PodSpec


def merge_pod_resource_requirements(spec: PodSpec, items: Iterable[LimitRangeItem]) -> PodSpec:
    """The pod with the defaults for containers: of what they neither request nor limit themselves."""
    for item in items:
        if item.type == "Container" and (item.default or item.default_request):
            spec = evolve(
                spec,
                containers=tuple(_with_defaults(each, item) for each in spec.containers),
                init_containers=tuple(_with_defaults(each, item) for each in spec.init_containers),
            )
    return spec


def _with_defaults(container: Container, item: LimitRangeItem) -> Container:
    """Source: mergeContainerResources"""
    return evolve(
        container,
        limits={**item.default, **container.limits},
        requests={**item.default_request, **container.requests},
    )


def pod_validate_limits(spec: PodSpec, items: Iterable[LimitRangeItem]) -> tuple[str, ...]:
    """What is wrong with a pod, in the words of the API server; nothing where it is let in.

    Source: PodValidateLimitFunc, minConstraint, maxConstraint
    """
    return tuple(dict.fromkeys(message for item in items for message in _violations(spec, item)))


def _violations(spec: PodSpec, item: LimitRangeItem) -> Iterator[str]:
    if item.type == "Container":
        for container in (*spec.containers, *spec.init_containers):
            yield from _of(item, container.requests, container.limits)
            yield from _above_limit(container)
    else:
        limited = (evolve(each, requests=each.limits) for each in spec.containers)
        starting = (evolve(each, requests=each.limits) for each in spec.init_containers)
        limits = pod_requests(evolve(spec, containers=tuple(limited), init_containers=tuple(starting)))
        yield from _of(item, pod_requests(spec), limits)


def _above_limit(container: Container) -> Iterator[str]:
    """A default limit may be less than what a container requests. Source: ValidateContainerResourceRequirements"""
    for name, request in container.requests.items():
        limit = container.limits.get(name, request)
        if request > limit:
            told = _amount(name, request), _amount(name, limit)
            yield f'Invalid value: "{told[0]}": must be less than or equal to {name} limit of {told[1]}'


def _of(item: LimitRangeItem, requests: Mapping[str, int], limits: Mapping[str, int]) -> Iterator[str]:
    for name, least in item.minimum.items():
        says = f"minimum {name} usage per {item.type} is {_amount(name, least)}"
        if name not in requests:
            yield f"{says}. No request is specified"
        for kind, given in (("limit", limits.get(name, least)), ("request", requests.get(name, least))):
            if given < least:
                yield f"{says}, but {kind} is {_amount(name, given)}"
    for name, most in item.maximum.items():
        says = f"maximum {name} usage per {item.type} is {_amount(name, most)}"
        if name not in limits:
            yield f"{says}. No limit is specified"
        for kind, given in (("limit", limits.get(name, most)), ("request", requests.get(name, most))):
            if given > most:
                yield f"{says}, but {kind} is {_amount(name, given)}"


def _amount(resource: str, amount: int) -> str:
    return f"{amount}m" if resource == "cpu" else str(amount)
