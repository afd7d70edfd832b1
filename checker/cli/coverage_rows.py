"""What an exploration covered, as rows of the report."""

from __future__ import annotations

from collections.abc import Iterator

from clusterproof.checker.cli.words import counted
from clusterproof.checker.coverage import Coverage
from clusterproof.checker.result import CheckResult

MOST_SCOPES = 6


def coverage_rows(result: CheckResult, coverage: Coverage) -> Iterator[tuple[str, str]]:
    """Rows of (heading, text)."""
    rate = f"{coverage.steps_per_second:,.0f} a second"
    yield (
        "walked",
        ", ".join(
            [
                counted(coverage.walks, "walk"),
                f"{coverage.examples:,} {'mix' if coverage.examples == 1 else 'mixes'}",
                f"{counted(coverage.steps, 'step')} in {coverage.seconds:.1f} s ({rate})",
                f"{result.seconds:.1f} s in all",
                f"{result.peak_mib:.0f} MiB",
            ]
        ),
    )
    yield "states", _states(coverage)
    yield (
        "covered",
        ", ".join(
            [
                f"{coverage.actions_taken} of {counted(coverage.actions, 'action')} taken",
                f"{coverage.faults_struck} of {counted(coverage.faults, 'fault')} struck",
                f"{counted(coverage.claims, 'claim')} judged",
            ]
        ),
    )
    pools = dict.fromkeys(pool for one in result.explorations for pool in one.exhausted)
    if pools:
        yield "", f"no id left in {', '.join(pools)}: steps that wanted one were not taken"
    if coverage.silent:
        yield "", f"made no claim: {', '.join(coverage.silent)}"
    if len(coverage.scopes) > 1:
        shown = "; ".join(coverage.scopes[:MOST_SCOPES])
        more = len(coverage.scopes) - MOST_SCOPES
        yield "scopes", shown + (f" and {more} more" if more > 0 else "")
    if coverage.remembered:
        yield "remembered", f"{counted(coverage.remembered, 'counterexample')} of earlier runs tried first"
    yield "repeat", f"--seed {coverage.seed} draws the same again"


def _states(coverage: Coverage) -> str:
    if not coverage.walks:
        return "none: what earlier runs had found was enough" if coverage.remembered else "none"
    seen = f"{counted(coverage.seen, 'state')} seen" + (", some counted twice" if coverage.full else "")
    if coverage.at_least <= coverage.seen:
        return f"{seen}; the walks give no sign of more, which is no proof"
    unseen = coverage.at_least - coverage.seen
    return (
        f"{seen}, at least about {unseen:,} more exist (Chao's lower bound); "
        f"{coverage.new_share:.1%} of what the last walks met was new"
    )
