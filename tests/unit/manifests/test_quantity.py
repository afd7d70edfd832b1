"""Quantities are parsed exactly, as apimachinery does."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.manifests.quantity import (
    LARGEST,
    cpu_millicores,
    memory_bytes,
    parse_quantity,
    resource_amount,
)

SCALES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("500m", Fraction(1, 2)),
        ("0.5", Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("+2", 2),
        ("-2", -2),
        ("1e3", 1000),
        ("1E3", 1000),
        ("12e-1", Fraction(6, 5)),
        ("1E", 10**18),
        ("1k", 1000),
        ("1G", 10**9),
        ("256Mi", 256 * 2**20),
        ("1.5Gi", 3 * 2**29),
        ("1Ki", 1024),
    ],
)
def test_quantities_have_exact_values(text, value):
    """Decimal, binary and exponent forms have their exact value."""
    assert parse_quantity(text) == value


@pytest.mark.parametrize("text", ["", "m", ".", "1.2.3", "1 G", "1K", "1mi", "1e", "0x10", "1_000", "٣", "1Ki3", "one"])
def test_other_forms_are_refused(text):
    """What apimachinery does not parse is refused."""
    with pytest.raises(ValueError, match="write"):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["9" * 19, "8Ei", "1e31", "1e-31", "1e999999999999", "9" * 100_000])
def test_huge_quantities_are_refused_at_once(text):
    """Numbers beyond 63 bits are refused without computing them."""
    with pytest.raises(ValueError, match=r"too large|exponent|not a quantity"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "millicores"), [("500m", 500), ("0.5", 500), ("2", 2000), ("1u", 1), ("1500.5m", 1501)]
)
def test_cpu_is_rounded_up_to_millicores(text, millicores):
    """A part of a millicore counts as a whole one."""
    assert cpu_millicores(text) == millicores


@pytest.mark.parametrize(("text", "size"), [("256Mi", 268435456), ("1500m", 2), ("1e3", 1000), ("0.5Ki", 512)])
def test_memory_is_rounded_up_to_bytes(text, size):
    """A part of a byte counts as a whole one."""
    assert memory_bytes(text) == size


@pytest.mark.parametrize(
    ("resource", "text", "amount"),
    [("cpu", "1", 1000), ("memory", "1k", 1000), ("hugepages-2Mi", "4Mi", 4 << 20), ("example.com/gpu", "2", 2)],
)
def test_each_resource_has_its_unit(resource, text, amount):
    """Cpu is counted in millicores, memory in bytes, anything else in pieces."""
    assert resource_amount(resource, text) == amount


@pytest.mark.parametrize(("resource", "text"), [("cpu", "-1"), ("example.com/gpu", "500m"), ("cpu", "8000000000G")])
def test_impossible_amounts_are_refused(resource, text):
    """Negative amounts, parts of a piece and too many cores are refused."""
    with pytest.raises(ValueError, match="write"):
        resource_amount(resource, text)


@given(st.integers(0, 10**9), st.sampled_from(sorted(SCALES)))
def test_suffixes_scale_by_powers_of_ten(number, suffix):
    """A decimal suffix means the same as the exponent it stands for."""
    value = Fraction(number) * Fraction(10) ** SCALES[suffix]
    if value <= LARGEST:
        assert parse_quantity(f"{number}{suffix}") == value == parse_quantity(f"{number}e{SCALES[suffix]}")


@given(st.decimals(0, 10**6, allow_nan=False, places=9))
def test_rounding_up_never_loses_a_part(number):
    """Millicores and bytes are the least whole numbers that are not below the quantity."""
    exact = parse_quantity(f"{number:f}")

    assert exact == Fraction(number)
    assert 0 <= cpu_millicores(f"{number:f}") - exact * 1000 < 1
    assert 0 <= memory_bytes(f"{number:f}") - exact < 1


@given(st.text(max_size=20) | st.from_regex(r"[+-]?[0-9.]{1,8}[eEmkKMGi+-]{0,3}[0-9]{0,4}", fullmatch=True))
def test_any_text_is_parsed_or_refused(text):
    """No text makes the parser fail in another way than ValueError."""
    try:
        value = parse_quantity(text)
    except ValueError as error:
        assert "write" in str(error)  # noqa: PT017
    else:
        assert value <= LARGEST
