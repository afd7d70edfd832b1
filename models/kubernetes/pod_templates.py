"""Pod templates of workloads: their revisions, what admission adds, and the names of the pods made from them."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.deployment import equal_ignore_hash
from clusterproof.models.kubernetes.limits import pool_size
from clusterproof.models.kubernetes.manifests.admission import default_toleration_seconds
from clusterproof.models.kubernetes.names import PodId

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


def revisions_of(versions: Iterable[objects.PodTemplate], rollouts: int) -> tuple[list[objects.PodTemplate], list[int]]:
    """(the different templates, which of them each manifest has), with those that `kubectl rollout restart` makes.

    versions: the template of each manifest in order. rollouts: how many restarts there may be after them.
    """
    templates: list[objects.PodTemplate] = []
    numbers: list[int] = []
    for version in versions:
        known = [n for n, template in enumerate(templates) if equal_ignore_hash(template, version)]
        if not known:
            templates.append(version)
        numbers.append(known[0] if known else len(templates) - 1)
    for restart in range(rollouts):
        annotations = {**templates[-1].annotations, RESTARTED_AT: str(restart + 1)}
        numbers.append(len(templates))
        templates.append(attrs.evolve(templates[-1], annotations=annotations))
    return templates, numbers


def admitted(template: objects.PodTemplate) -> objects.PodTemplate:
    """The template with what admission adds to each of its pods."""
    return attrs.evolve(template, spec=default_toleration_seconds(template.spec))


def pool_of(owner: str, replicas: int) -> tuple[PodId, ...]:
    """Names for the pods of an owner: twice its replicas, so that none is ever missing for a replacement."""
    return lettered(owner, pool_size(replicas))


def lettered(owner: str, count: int) -> tuple[PodId, ...]:
    """So many names that begin with the owner's: web-a, web-b, ..."""
    return tuple(PodId(f"{owner}-{_letters(number)}") for number in range(count))


def _letters(number: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)
