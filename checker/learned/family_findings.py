"""What merged states say about one object, they say of the others of its family."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from clusterproof.checker.answers import Answer, Counterexample
from clusterproof.checker.judging import LIVENESS, Finding, Place, Trails
from clusterproof.checker.learned.explored_graph import ExploredGraph
from clusterproof.checker.learned.orbits import Classes, Family, families, names_ids, renamed_trace, renaming_between
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.renaming import Renamer, Renaming
from clusterproof.checker.search import Path
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, PropertyInstance


@frozen(kw_only=True)
class RenamedPlace(Place):
    """The place of another object, renamed. way: the way there, as it really happens."""

    way: Path

    def path(self, search: Trails) -> Path:  # noqa: ARG002  (the way is known)
        """The shortest way there."""
        return self.way


@frozen
class Shared:
    """What is known of the members of families.

    unknown: those of which nothing is known: what was found of others may happen to them, too, or may not.
    never_broken: liveness properties about single ids that no run breaks.
    """

    unknown: set[PropertyInstance]
    never_broken: set[PropertyInstance]


def share(search: LearnedSearch, graph: ExploredGraph, classes: Classes) -> Shared:
    """Let every member of a family have the findings of all."""
    by_about = {finding.about: finding for finding in search.findings}
    shared = Shared({about for about in by_about if about.judged in search.learner.told_apart}, set())
    judged = [about for about in by_about if about not in shared.unknown and names_ids(about, classes)]
    for family in families(search.compiled, judged, classes):
        findings = [by_about[about] for about in family.members]
        if any(finding.error is not None for finding in findings):
            shared.unknown.update(finding.about for finding in findings if finding.error is None)
        elif findings[0].kind not in LIVENESS:
            left = _shared(search, family, findings, classes)
            shared.unknown.update(left if search.cut is None else ())
        elif search.cut is not None:
            continue  # all that is left open is undetermined
        elif not graph.may_be_broken(findings):
            shared.never_broken.update(family.members)
            if family.uniform:
                _say_the_same(findings)
        else:
            shared.unknown.update(family.members)
    return shared


def _shared(
    search: LearnedSearch, family: Family, findings: Sequence[Finding], classes: Classes
) -> set[PropertyInstance]:
    unknown: set[PropertyInstance] = set()
    if family.uniform:
        _say_the_same(findings)
    for says in sorted(set().union(*(finding.places for finding in findings))):
        nearest = min((f for f in findings if says in f.places), key=lambda f: f.places[says].nearness)
        for finding in findings:
            if not _takes_over(search, nearest, finding, says, classes):
                unknown.add(finding.about)
    return unknown


def _say_the_same(findings: Sequence[Finding]) -> None:
    """None of them is vacuous unless all are."""
    said = set().union(*(finding.said for finding in findings))
    given = any(any(finding.given) for finding in findings)
    for finding in findings:
        finding.said |= said
        finding.given += bytes([given])


def _takes_over(search: LearnedSearch, nearest: Finding, finding: Finding, says: str, classes: Classes) -> bool:
    """Let a finding have the place of the nearest one of its family; False where it has none like it."""
    known, own = nearest.places[says], finding.places.get(says)
    if own is not None and own.nearness[:2] == known.nearness[:2]:
        return True
    renaming = renaming_between(nearest.about, finding.about, classes)
    found = renamed_trace(search.compiled, known.path(search), renaming, classes)
    if found is None or not _says(search.compiled, finding, says, found[0]):
        return False  # where a pool hands out another id it happens to another one
    finding.said.add(says)
    finding.places[says] = RenamedPlace(nearness=known.nearness, state=known.state, way=found[0])
    return True


def _says(compiled: Compiled, finding: Finding, says: str, way: Path) -> bool:
    """Whether a claim is broken at the end of a way, or holds there for `reachable`."""
    about, wanted, judgements = finding.about, finding.kind == "reachable", []
    if finding.kind != "step":
        judgements.append(compiled.judge(about, way.rows[-1]))
    else:
        (by, label), before = way.steps[-1], way.rows[-2]
        info = by.info if finding.wants_step else None
        taken = [s for s in compiled.steps(before).steps if (s.instance, s.label, s.row) == (by, label, way.rows[-1])]
        judgements += [compiled.judge(about, before, step.raw, info) for step in taken]
    return any(made.says == says and made.holds is wanted for each in judgements for made, _ in each.claims)


def answer_renamed(compiled: Compiled, answer: Answer, about: PropertyInstance, classes: Classes) -> Answer | None:
    """The answer about another member of a uniform family; None where it cannot be told."""
    if answer.verdict is Verdict.ERROR:
        return None
    renaming = renaming_between(answer.about, about, classes)
    shown = [_renamed(compiled, one, about, renaming, classes) for one in answer.counterexamples]
    found = tuple(one for one in shown if one is not None)
    return evolve(answer, about=about, counterexamples=found) if len(found) == len(shown) else None


def _renamed(
    compiled: Compiled, shown: Counterexample, about: PropertyInstance, renaming: Renaming, classes: Classes
) -> Counterexample | None:
    found = renamed_trace(compiled, shown.path, renaming, classes)
    if found is None:
        return None
    path, at_the_end = found
    if shown.loop_from is not None and path.rows[shown.loop_from] != path.rows[-1]:
        return None
    renamer, by_number = Renamer(compiled, at_the_end), {i.number: i for i in (*compiled.instances, compiled.clock)}
    starved = tuple(evolve(one, label=renamer.instance(by_number[one.label]).number) for one in shown.starved)
    return evolve(shown, about=about, path=path, starved=starved)
