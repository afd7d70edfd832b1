"""The golden files themselves are in order."""

from __future__ import annotations

from pathlib import Path


def test_every_golden_file_is_used():
    """A golden file that no test mentions is deleted."""
    here = Path(__file__).parent
    tests = "".join(path.read_text(encoding="utf-8") for path in here.glob("*.py"))
    stems = {path.name.split(".")[0].rstrip("0123456789") for path in (here / "expected").iterdir()}

    assert {stem for stem in stems if f'"{stem}' not in tests} == set()
