"""What every test run has in common: the Hypothesis profiles, and the checkout."""

from __future__ import annotations

import os

import pytest
from checkout import Checkout
from hypothesis import settings

# On a developer's machine every run tries something new; a server's runs repeat each other, slow machine or not.
# `--hypothesis-profile` chooses another one.
settings.register_profile("dev", print_blob=True)
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(scope="session")
def checkout() -> Checkout:
    """Return the source tree; the test is skipped where there are only the tests and an installed package."""
    found = Checkout.around_the_tests()
    if not found.is_there():
        pytest.skip("needs the source tree, and only the tests are here")
    return found
