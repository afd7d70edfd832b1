"""Amounts of resources as quantities, as the API server writes them.

Source: staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go (CanonicalizeBytes)
"""

from __future__ import annotations

from collections.abc import Mapping

from clusterproof.models.kubernetes.manifests.quantity import BYTE_RESOURCES, HUGE_PAGES

_BINARY = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki")


def quantity(resource: str, amount: int) -> str:
    """An amount in the model's unit (cpu: millicores, memory: bytes, others: pieces) as a quantity.

    >>> quantity("cpu", 10), quantity("cpu", 2000), quantity("memory", 256 * 2**20), quantity("pods", 110)
    ('10m', '2', '256Mi', '110')
    """
    if resource == "cpu":
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    if resource in BYTE_RESOURCES or resource.startswith(HUGE_PAGES):
        for power, suffix in zip(range(len(_BINARY), 0, -1), _BINARY, strict=True):
            if amount and amount % 1024**power == 0:
                return f"{amount // 1024**power}{suffix}"
    return str(amount)


def quantities(amounts: Mapping[str, int]) -> dict[str, str]:
    """Several of them, by resource."""
    return {resource: quantity(resource, amount) for resource, amount in amounts.items()}
