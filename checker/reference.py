"""The reference engine: breadth-first, no cleverness, the oracle for all others.

It visits every state of one compiled system, judges every state and every step, and looks for liveness violations
on the explored graph. What it says of a property holds for that system, be it the whole or a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from attrs import field, frozen

from clusterproof.checker import fairness, liveness
from clusterproof.checker.components import nontrivial_components
from clusterproof.checker.graph import Graph
from clusterproof.checker.judging import LIVENESS, Finding, Judge, functions_of
from clusterproof.checker.memo import Memo
from clusterproof.checker.search import Options, Path, Search, Stepped
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError


@frozen(kw_only=True)
class Counterexample:
    """An execution that refutes a property, or for `reachable` shows that it can happen.

    says: the claim. loop_from: the index of the row that the last step returns to; stutters: nothing happens after
    the last step. starved: the fair instances that the loop never takes, and those nobody promised anything of.
    """

    about: PropertyInstance
    says: str
    path: Path
    loop_from: int | None = None
    stutters: bool = False
    starved: tuple[liveness.Starved, ...] = ()


@frozen(kw_only=True)
class Answer:
    """The answer for one property and object. No verdict: it was not checked, for the reason given."""

    about: PropertyInstance
    verdict: Verdict | None
    reason: str = ""
    counterexamples: tuple[Counterexample, ...] = ()
    needs: str = ""


@frozen(kw_only=True)
class EngineRun:
    """What an engine hands back: an answer for each property instance, in the order given, and what was explored."""

    answers: tuple[Answer, ...]
    states: int
    transitions: int
    stuttering: int
    depth: int
    seconds: float
    cut: str | None
    exhausted: tuple[str, ...]
    fired: frozenset[Instance]
    marks: frozenset[str]
    diagnostics: tuple[str, ...] = ()
    rows: Sequence[str] = field(default=(), repr=False)

    @property
    def exhaustive(self) -> bool:
        """Whether all states of the scope were seen."""
        return self.cut is None and not self.exhausted


def run(compiled: Compiled, properties: Sequence[PropertyInstance], options: Options) -> EngineRun:
    """Explore a compiled system, and judge it by the properties."""
    memo = Memo(compiled) if options.memo and not options.verify else None
    evaluate = compiled.evaluate if memo is None else memo.evaluate
    evaluate, judge = functions_of(options, evaluate, compiled.judge if memo is None else memo.judge)
    findings = [Finding(about) for about in properties]
    before = compiled.evaluate_with, compiled.enabled_with
    compiled.evaluate_with = evaluate
    if memo is not None:
        compiled.enabled_with = memo.enabled
    try:
        search = Search(
            compiled, Judge(findings, judge, always_graph=has_clock(compiled), remember=memo is not None), options
        )
        search.run()
        answers = _answers(search, findings)
    finally:
        compiled.evaluate_with, compiled.enabled_with = before
    return EngineRun(
        answers=tuple(answers),
        states=search.states,
        transitions=search.transitions,
        stuttering=search.stuttering,
        depth=search.depth,
        seconds=search.seconds,
        cut=search.cut,
        exhausted=tuple(search.exhausted),
        fired=frozenset(search.fired),
        marks=frozenset(search.marks),
        diagnostics=tuple(_diagnostics(search)),
        rows=search.rows,
    )


def has_clock(compiled: Compiled) -> bool:
    """Whether time can pass in the system."""
    deadlines = any(instance.deadline_slot >= 0 for instance in compiled.instances)
    return compiled.evaluator.timed and (bool(compiled.timer_slots) or deadlines)


# ---------------------------------------------------------------- answers
def _answers(search: Search, findings: Sequence[Finding]) -> list[Answer]:
    answers: list[Answer] = []
    interrupted = False
    for finding in findings:
        loops: list[Counterexample] = []
        skipped = interrupted or (search.options.stop_at_first and any(a.verdict is Verdict.REFUTED for a in answers))
        if finding.kind in LIVENESS and finding.error is None and not skipped:
            try:
                loops = _loops(search, finding)
            except KeyboardInterrupt:
                interrupted = skipped = True
        answer = _answer(search, finding, loops)
        if answer.verdict is not Verdict.REFUTED and skipped and finding.kind in LIVENESS:
            why = "interrupted" if interrupted else "stopped at the first refutation"
            answer = Answer(about=finding.about, verdict=Verdict.UNDETERMINED, reason=why)
        answers.append(answer)
    return answers


def _answer(search: Search, finding: Finding, loops: Sequence[Counterexample]) -> Answer:
    """Decide one property. What was cut short is never PROVED; what made no claim was not checked."""
    about = finding.about
    places = sorted(finding.places.items(), key=lambda item: item[1].nearness)
    shown = tuple(loops) or tuple(
        Counterexample(about=about, says=says, path=place.path(search)) for says, place in places
    )
    answer = partial(Answer, about=about)
    witnessed = finding.kind == "reachable" and finding.said and finding.said == finding.places.keys()
    if finding.error is not None:
        path = () if finding.error_place is None else finding.error_place.path(search).steps
        return answer(verdict=Verdict.ERROR, reason=located(finding.error, path))
    if witnessed:
        return answer(verdict=Verdict.PROVED, counterexamples=shown)
    if finding.kind != "reachable" and shown:
        return answer(verdict=Verdict.REFUTED, reason=shown[0].says, counterexamples=shown)
    if search.error is not None:
        return answer(verdict=Verdict.ERROR, reason=located(search.error, search.path(search.error_state).steps))
    if search.cut is not None:
        return answer(verdict=Verdict.UNDETERMINED, reason=f"{search.cut}; {search.states:,} states seen")
    if search.exhausted:
        pools = ", ".join(search.exhausted)
        return answer(verdict=Verdict.UNDETERMINED, reason=f"the pool {pools} ran out of ids; make it larger")
    idle = _never_fired(search, about)
    if idle:
        return answer(verdict=None, reason=f"{idle} never fired", needs=idle)
    if finding.vacuous:
        return answer(verdict=None, reason="`given` was never true" if finding.kind == "leads_to" else "made no claim")
    if finding.kind == "reachable":
        missing = sorted(finding.said - finding.places.keys())
        return answer(verdict=Verdict.REFUTED, reason=f"in no reachable state: {'; '.join(missing)}")
    return answer(verdict=Verdict.PROVED)


def located(error: Exception, steps: Sequence[Stepped]) -> str:
    """What was raised, and after which steps."""
    first, newline, rest = str(error).partition("\n")
    taken = ", ".join(f"{step} -> {label}" if label else str(step) for step, label in steps)
    return f"{first} ({f'after {taken}' if taken else 'in the initial state'}){newline}{rest}"


def _never_fired(search: Search, about: PropertyInstance) -> str:
    """The first action that the property needs, which could fire and never did; empty when all of them did."""
    able = {plain(instance.name) for instance in search.compiled.instances}
    fired = {plain(instance.name) for instance in search.fired}
    return next((name for name in about.judged.needs if plain(name) in able - fired), "")


def plain(name: str) -> str:
    """A name with dashes, as commands and verdicts write it."""
    return name.replace("_", "-")


# ---------------------------------------------------------------- liveness
def _loops(search: Search, finding: Finding) -> list[Counterexample]:
    graph = search.graph
    if graph is None:
        raise AssertionError("a liveness property wants the graph")
    promises = fairness_of(search.compiled)
    if finding.kind == "leads_to":
        found = liveness.find_leads_to_violation(graph, promises, finding.given, finding.good)
    elif finding.kind == "eventually_always":
        found = liveness.find_eventually_always_violation(graph, promises, finding.good)
    else:
        found = liveness.find_always_eventually_violation(graph, promises, finding.good)
    if found is None:
        return []
    path, at = search.path(found.stem_state), found.stem_state
    loop_from = len(path.steps) + len(found.path)
    for label, target in (*found.path, *found.loop):
        path = path.then(_stepped(search, at, label, target), search.rows[target])
        at = target
    return [
        Counterexample(
            about=finding.about,
            says=promise_of(finding.about),
            path=path,
            loop_from=loop_from if found.loop else None,
            stutters=not found.loop,
            starved=found.starved,
        )
    ]


def promise_of(about: PropertyInstance) -> str:
    """What a liveness property says, in one line."""
    return about.judged.doc or about.judged.name


def fairness_of(compiled: Compiled) -> dict[int, fairness.Fairness]:
    """What is promised of each instance. Nothing is promised of a fault; the clock is weakly fair."""
    promised = [i for i in (*compiled.instances, compiled.clock) if i.fairness is not None and not i.fault]
    return {i.number: fairness.Fairness(i.fairness.value) for i in promised if i.fairness is not None}


def _stepped(search: Search, source: int, label: int, target: int) -> Stepped:
    """The step between two states, with the label of its choices."""
    for step in search.compiled.steps(search.rows[source]).steps:
        if step.instance.number == label and step.row == search.rows[target]:
            return step.instance, step.label
    raise ImpureError(f"a step from state {source} that was found before is gone: a function is impure")


# ---------------------------------------------------------------- diagnostics
def _diagnostics(search: Search) -> list[str]:
    graph = search.graph
    if graph is None:
        return []
    lines: list[str] = []
    cycles = nontrivial_components(graph)
    if cycles:
        largest = max(map(len, cycles))
        lines.append(f"states that recur: {len(cycles):,} groups, the largest of {largest:,}")
    if has_clock(search.compiled):
        lines += _livelocks(search, graph)
    return lines


def _livelocks(search: Search, graph: Graph) -> list[str]:
    """Cycles of urgent steps: they may go on for ever while the clock stands still."""
    names = {instance.number: instance for instance in search.compiled.instances if instance.urgent}
    hurried = _only(graph, names.__contains__)
    lines = []
    for component in nontrivial_components(hurried)[:3]:
        inside = set(component)
        taken = {label for state in component for label, target in hurried.edges(state) if target in inside}
        shown = ", ".join(str(names[label]) for label in sorted(taken)[:6])
        lines.append(f"livelock in zero time: {len(component):,} states, around and around by {shown}")
    return lines


def _only(graph: Graph, wanted: Callable[[int], bool]) -> Graph:
    part = Graph()
    for _ in range(graph.states):
        part.add_state()
    for state in range(graph.expanded):
        part.expand(state, [(label, target) for label, target in graph.edges(state) if wanted(label)])
    return part
