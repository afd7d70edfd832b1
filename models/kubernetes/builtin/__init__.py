"""The examples that ship with clusterproof, as the YAML that a user would write.

`hello-server` is a small real cluster with its workload; `config-map-trap` and `anti-affinity` are variants of it that
have something to find.
"""

from __future__ import annotations

from pathlib import Path

_DIRECTORY = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The names of the examples."""
    return tuple(sorted(entry.name for entry in _DIRECTORY.iterdir() if (entry / "manifests.yaml").is_file()))


def path(name: str) -> Path:
    """The directory of an example: `manifests.yaml`, and `cluster.yaml` or `second.yaml` where it has them.

    Raises ValueError for an unknown name.
    """
    if name not in names():
        raise ValueError(f"there is no built-in example {name!r}; write one of {', '.join(names())}")
    return _DIRECTORY / name
