"""Options, collection and report of the conformance cases; see README.md."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
DEFAULT_DIRECTORY = REPOSITORY.parent / "shared" / "conformance"
PACKAGE = "clusterproof_conformance_adapters"
SCHEMA = "k8s-conformance/v1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the data is, and where the report goes."""
    group = parser.getgroup("conformance")
    group.addoption(
        "--conformance-dir", default=None, help=f"folder with the case tables (default {DEFAULT_DIRECTORY})"
    )
    group.addoption("--conformance-report", default=None, help="write a JSON report to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Start an empty report."""
    config.stash[REPORT] = {}


REPORT = pytest.StashKey[dict[str, dict[str, dict[str, Any]]]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case; without data, one test that is skipped and says why."""
    if "case" not in metafunc.fixturenames:
        return
    directory = _directory(metafunc.config)
    files = sorted(directory.glob("*.json"))
    if not files:
        reason = f"no conformance data in {directory}: pass --conformance-dir DIR"
        absent = pytest.param(None, None, id="no-data", marks=pytest.mark.skip(reason=reason))
        metafunc.parametrize(("case", "adapter"), [absent])
        return
    metafunc.parametrize(("case", "adapter"), [parameters for file in files for parameters in _parameters(file)])


def _directory(config: pytest.Config) -> Path:
    chosen = config.getoption("--conformance-dir", default=None)
    return Path(chosen) if chosen else DEFAULT_DIRECTORY


def _parameters(file: Path) -> list[Any]:
    table = json.loads(file.read_text(encoding="utf-8"))
    if table.get("schema") != SCHEMA:
        raise pytest.UsageError(f"{file}: schema is {table.get('schema')!r}, expected {SCHEMA!r}")
    adapters = adapters_of(file.stem)
    found = []
    for case in table["cases"]:
        function = case["function"]
        adapter = adapters.get(function)
        marks = [] if adapter else [pytest.mark.skip(reason=f"no adapter yet: {function}")]
        if case["id"] in _disputed():
            marks.append(pytest.mark.xfail(reason=_disputed()[case["id"]], strict=True))
        found.append(
            pytest.param({"area": file.stem, **case}, adapter, id=f"{file.stem}-{function}-{case['id']}", marks=marks)
        )
    return found


def adapters_of(area: str) -> Mapping[str, Callable[[Any, Any], object]]:
    """The ADAPTERS of adapters/<area>.py, or none when there is no such file."""
    if not (HERE / "adapters" / f"{area}.py").is_file():
        return {}
    _adapter_package()
    adapters: Mapping[str, Callable[[Any, Any], object]] = importlib.import_module(f"{PACKAGE}.{area}").ADAPTERS
    return adapters


def _disputed() -> Mapping[str, str]:
    """The cases that are expected to fail, and why."""
    disputed: Mapping[str, str] = _module("clusterproof_conformance_disputed", HERE / "disputed.py").DISPUTED
    return disputed


def _module(name: str, path: Path) -> ModuleType:
    """Import a file under a name of its own."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _adapter_package() -> ModuleType:
    """Import the adapters folder under a name of its own, so that no path needs to be on sys.path."""
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    folder = HERE / "adapters"
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return package


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Count each case once in the report."""
    report = yield
    case = getattr(item, "callspec", None) and item.callspec.params.get("case")  # type: ignore[attr-defined]
    if case and (report.when == "call" or (report.when == "setup" and report.outcome != "passed")):
        functions = item.config.stash[REPORT].setdefault(case["area"], {})
        counts = functions.setdefault(
            case["function"], {"passed": 0, "failed": 0, "not_modelled": 0, "no_adapter": 0, "failures": []}
        )
        counts[_outcome(report)] += 1
        if report.outcome == "failed":
            counts["failures"].append({"id": case["id"], "message": str(call.excinfo and call.excinfo.value)})
    return report


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "failed"
    if report.outcome != "skipped":
        return report.outcome
    return "no_adapter" if report.when == "setup" else "not_modelled"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report where it was asked for."""
    target = session.config.getoption("--conformance-report", default=None)
    if target:
        Path(target).write_text(json.dumps(session.config.stash[REPORT], indent=1, sort_keys=True), encoding="utf-8")
