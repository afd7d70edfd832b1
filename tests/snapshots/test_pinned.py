"""The regression test that `clusterproof pin` writes, compared with a golden file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clusterproof.checker.cli import main

HERE = Path(__file__).parent


def test_a_pinned_test_reads_well(
    snapshot: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test reads as a colleague would have written it."""
    (tmp_path / "bridge_system.py").write_bytes((HERE / "bridge_system.py").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    main(["check", "bridge_system.py:system", "--property", "one-at-a-time", "--out", "traces"])

    assert main(["pin", "traces/one-at-a-time.json", "tests", "--target", "bridge_system.py:system"]) == 0
    snapshot("pinned-test.txt", (tmp_path / "tests" / "test_one_at_a_time.py").read_text())
