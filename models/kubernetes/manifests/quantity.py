"""Kubernetes quantities, parsed exactly: `500m`, `0.5`, `1e3`, `256Mi`.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ and
staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

LARGEST = 2**63 - 1
"""No resource may be larger; the API server would cut it to this, which nobody can mean."""

_LONGEST = 64  # characters; keeps numbers of a million digits out of int()
_LARGEST_EXPONENT = 30

_SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 10**3),
    "": Fraction(1),
    **{letter: Fraction(1000**power) for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", start=1)},
}
_QUANTITY = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+)|([A-Za-z]*))", re.ASCII)

BYTE_RESOURCES = ("memory", "ephemeral-storage", "storage")
HUGE_PAGES = "hugepages-"


def parse_quantity(text: str) -> Fraction:
    """The exact value of a quantity.

    Raises ValueError, with what to write instead, for what the API server would refuse or cut.
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError('is not a quantity; write for example 500m, 0.5, 2, "256Mi" or "1G"')
    sign, digits, exponent, suffix = match.groups()
    if exponent is None and suffix not in _SUFFIXES:
        raise ValueError(f"has the unknown suffix {suffix}; write one of {' '.join(filter(None, _SUFFIXES))}")
    if exponent is not None and abs(int(exponent)) > _LARGEST_EXPONENT:
        raise ValueError(f"has an exponent beyond {_LARGEST_EXPONENT}; write a smaller one")
    scale = Fraction(10) ** int(exponent) if exponent is not None else _SUFFIXES[suffix]
    value = Fraction(f"0{digits}".rstrip(".")) * scale
    if value > LARGEST:
        raise ValueError("is too large; write at most 2^63 - 1, just under 8Ei")
    return -value if sign == "-" else value


def cpu_millicores(text: str) -> int:
    """A cpu quantity in thousandths of a core, rounded up as the scheduler does (Quantity.MilliValue)."""
    return _bounded(math.ceil(parse_quantity(text) * 1000))


def memory_bytes(text: str) -> int:
    """A memory or storage quantity in bytes, rounded up (Quantity.Value)."""
    return math.ceil(parse_quantity(text))


def resource_amount(resource: str, text: str) -> int:
    """A request or limit in the unit that the model counts the resource in: cpu in millicores, memory in bytes.

    Other resources are counted in whole pieces. Raises ValueError where the API server would refuse.
    Source: pkg/apis/core/validation/validation.go (ValidateResourceQuantityValue)
    """
    if parse_quantity(text) < 0:
        raise ValueError("is negative; write 0 or more")
    if resource == "cpu":
        return cpu_millicores(text)
    if resource in BYTE_RESOURCES or resource.startswith(HUGE_PAGES):
        return memory_bytes(text)
    value = parse_quantity(text)
    if value.denominator != 1:
        raise ValueError("is not whole; this resource is counted in pieces, write a whole number")
    return int(value)


def _bounded(value: int) -> int:
    if value > LARGEST:
        raise ValueError("is too large; write at most 2^63 - 1 thousandths of a core")
    return value
