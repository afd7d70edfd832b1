"""What the search learns about each property while it runs: claims made, claims broken, and the nearest place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from attrs import Factory, define, field, frozen

from clusterproof.checker.memo import Projection
from clusterproof.checker.search import Path, Search
from clusterproof.claims import Claims, Kind, Property, StepInfo, Whenever, claim
from clusterproof.compiled import Instance, PropertyInstance, Step
from clusterproof.errors import ImpureError, UserCodeError
from clusterproof.evaluation import Judgement

LIVENESS: frozenset[Kind] = frozenset({"eventually_always", "always_eventually", "leads_to"})

JudgeFunction = Callable[..., Judgement]


def no_deadlock(_state: object) -> Claims:
    """Some step is always possible."""
    yield claim(True, "some step is possible")


NO_DEADLOCK: Property[Any] = Property(kind="always", function=no_deadlock)
"""What `deadlock="forbidden"` asks for. It is judged by the search: no state shows which steps lead on from it."""


def is_pending(responses: Iterable[Whenever | None]) -> bool:
    """Whether along a way `given` held and `then` has not held since; None stands for a state without an answer."""
    pending = False
    for response in responses:
        if response is not None:
            pending = (pending or response.given) and not response.then
    return pending


class Trails(Protocol):
    """Who knows the way to every state that was found."""

    def path(self, state: int) -> Path:
        """The shortest way to a state."""


@frozen(kw_only=True)
class Place:
    """Where a claim was broken (or held, for `reachable`): in a state, or by a step from it.

    nearness: sorts places, the shortest way first, then the one with fewer faults, then declared order.
    """

    nearness: tuple[int, int, int]
    state: int
    step: Step | None = None

    def path(self, search: Trails) -> Path:
        """The shortest way there."""
        path = search.path(self.state)
        return path if self.step is None else path.then((self.step.instance, self.step.label), self.step.row)


def _state_place(search: Search, state: int) -> Place:
    return Place(nearness=(search.depth_of(state), search.faults[state], state), state=state)


def _step_place(search: Search, source: int, step: Step) -> Place:
    nearness = (search.depth_of(source) + 1, search.faults[source] + step.instance.fault, source)
    return Place(nearness=nearness, state=source, step=step)


@define(eq=False)
class Finding:
    """What is known about one property and object.

    said: the claims made so far. places: per claim where it was first broken, or for `reachable` where it first held.
    good: for liveness, per state whether it is as promised (leads_to: whether `then` holds); given: leads_to only.
    """

    about: PropertyInstance
    said: set[str] = Factory(set)
    places: dict[str, Place] = Factory(dict)
    good: bytearray = Factory(bytearray)
    given: bytearray = Factory(bytearray)
    error: Exception | None = None
    error_place: Place | None = None
    wants_step: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.wants_step = self.kind == "step" and self.about.judged.wants_step

    @property
    def kind(self) -> Kind:
        """The kind of the property."""
        return self.about.judged.kind

    @property
    def vacuous(self) -> bool:
        """Whether it never said anything: no claim made, or `given` never true."""
        return not any(self.given) if self.kind == "leads_to" else not self.said

    @property
    def settled(self) -> bool:
        """Whether more states cannot change the verdict, nor show another claim broken."""
        if self.error is not None:
            return True
        return self.kind not in LIVENESS and bool(self.said) and self.said == self.places.keys()

    def note(self, says: str, place: Place) -> None:
        """Keep the nearest place for a claim."""
        known = self.places.get(says)
        if known is None or place.nearness < known.nearness:
            self.places[says] = place


@define(eq=False)
class _StepGroup:
    """Step properties about the same object: a step that is in all they read like one that was fine, is fine."""

    findings: list[Finding]
    seen: Projection = Factory(Projection)
    fine: set[tuple[object, StepInfo | None]] = Factory(set)
    wants_step: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.wants_step = any(finding.wants_step for finding in self.findings)


@define(eq=False)
class Judge:
    """Watches a search, and judges every state and step by the properties.

    remember: steps that are alike in all that the properties read are judged once.
    """

    findings: Sequence[Finding]
    judge: JudgeFunction
    always_graph: bool = False
    remember: bool = True
    wants_steps: bool = field(init=False)
    wants_graph: bool = field(init=False)
    _groups: list[_StepGroup] = field(init=False)
    _broken: bool = field(init=False, default=False)
    _infos: dict[Instance, StepInfo] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.wants_steps = any(finding.kind == "step" for finding in self.findings)
        by_object: dict[object, list[Finding]] = {}
        for finding in self.findings:
            if finding.kind == "step":
                by_object.setdefault(finding.about.arguments[-1:], []).append(finding)
        self._groups = [_StepGroup(findings) for findings in by_object.values()]
        self.wants_graph = self.always_graph or any(finding.kind in LIVENESS for finding in self.findings)

    @property
    def refuted(self) -> bool:
        """Whether a claim was broken."""
        return self._broken

    @property
    def decided(self) -> bool:
        """Whether more states change nothing."""
        return bool(self.findings) and all(finding.settled for finding in self.findings)

    def on_states(self, search: Search, states: range) -> None:
        """Judge all states at one depth."""
        for finding in self.findings:
            if finding.kind == "step" or finding.error is not None:
                continue
            judge_state = self._liveness if finding.kind in LIVENESS else self._safety
            for state in states:
                try:
                    judge_state(finding, search, state)
                except (UserCodeError, ImpureError) as error:
                    finding.error = error
                    finding.error_place = _state_place(search, state)
                    break

    def on_step(self, search: Search, source: int, step: Step) -> None:
        """Judge one step."""
        before = search.rows[source]
        for group in self._groups:
            info = self._info_of(step) if group.wants_step else None
            place = (group.seen.of(before + step.raw), info)
            if place in group.fine:
                continue
            judgements = [self._judge_step(finding, search, source, step) for finding in group.findings]
            if self.remember and all(judgement is not None and judgement.holds for judgement in judgements):
                if group.seen.widen(slot for judgement in judgements if judgement for slot in judgement.reads):
                    group.fine.clear()
                group.fine.add((group.seen.of(before + step.raw), info))

    def _judge_step(self, finding: Finding, search: Search, source: int, step: Step) -> Judgement | None:
        if finding.error is not None:
            return None
        info = self._info_of(step) if finding.wants_step else None
        try:
            judgement = self.judge(finding.about, search.rows[source], step.raw, info)
        except (UserCodeError, ImpureError) as error:
            finding.error, finding.error_place = error, _step_place(search, source, step)
            return None
        for made, _ in judgement.claims:
            finding.said.add(made.says)
            if not made.holds:
                self._note(finding, made.says, _step_place(search, source, step))
        return judgement

    def _note(self, finding: Finding, says: str, place: Place) -> None:
        self._broken = self._broken or finding.kind != "reachable"
        finding.note(says, place)

    def _info_of(self, step: Step) -> StepInfo:
        info = self._infos.get(step.instance)
        if info is None:
            info = self._infos[step.instance] = step.instance.info
        return info

    def on_deadlock(self, search: Search, state: int) -> None:
        """Note a state without steps where that is forbidden."""
        for finding in self.findings:
            if finding.about.judged is NO_DEADLOCK:
                self._note(finding, "some step is possible", _state_place(search, state))

    def _safety(self, finding: Finding, search: Search, state: int) -> None:
        if finding.about.judged is NO_DEADLOCK:
            finding.said.add("some step is possible")
            return
        row = search.rows[state]
        if not row:
            return
        wanted = finding.kind == "reachable"
        for made, _ in self.judge(finding.about, row).claims:
            finding.said.add(made.says)
            if made.holds is wanted:
                self._note(finding, made.says, _state_place(search, state))

    def _liveness(self, finding: Finding, search: Search, state: int) -> None:
        row = search.rows[state]
        if not row:  # the unknown counts as good: what is not known refutes nothing
            finding.good.append(True)
            finding.given.append(False)
            return
        judgement = self.judge(finding.about, row)
        if judgement.response is not None:
            finding.given.append(judgement.response.given)
            finding.good.append(judgement.response.then)
            return
        finding.said.update(made.says for made, _ in judgement.claims)
        finding.good.append(judgement.holds)
