"""The cone of influence: the slots that properties depend on, and the instances that change them.

It only ever grows. What makes it grow is what was seen: first in some states of the whole (`Footprints`), then while
the slice is explored, then in the proof that what is left out does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field

from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.renaming import id_types_of
from clusterproof.checker.slicing import names
from clusterproof.checker.slicing.footprints import Footprints, Limits
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.components import Fairness


@define(eq=False)
class Cone:
    """What properties depend on, as far as is known.

    kept: slots. relevant: numbers of instances. named: id types of which it does matter which free id is handed out.
    shadow: the same system with a schema of its own, for values that never occur. looked_at: what instances that were
    left out read of the slots kept before.
    """

    whole: Compiled
    properties: Sequence[PropertyInstance]
    limits: Limits
    footprints: Footprints
    shadow: Compiled
    liveness: bool = field(init=False)
    kept: set[int] = field(init=False, factory=set)
    relevant: set[int] = field(init=False, factory=set)
    named: set[Any] = field(init=False, factory=set)
    looked_at: dict[Instance, set[int]] = field(init=False, factory=dict)
    _referred_to: dict[int, set[Any]] = field(init=False)
    _in_maps: dict[Any, set[int]] = field(init=False, factory=dict)
    _promised: dict[Any, bool] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.liveness = any(about.judged.kind in LIVENESS for about in self.properties)
        self._referred_to = names.referred_to(self.whole)

    # ---------------------------------------------------------------- growing
    @property
    def size(self) -> tuple[int, int, int]:
        """Grows when the cone does."""
        return len(self.kept), len(self.relevant), len(self.named)

    def keep(self, slots: Iterable[int]) -> None:
        """Keep these slots, and whatever that entails."""
        self.kept.update(slots)
        self._close()

    def join(self, instances: Iterable[int]) -> None:
        """Take these instances (by number) into the slice, and whatever that entails."""
        self.relevant.update(instances)
        self._close()

    def keep_time(self) -> None:
        """Keep all timers and deadlines, so that the clock stops wherever that of the whole does."""
        self.relevant.update(instance.number for instance in self.whole.instances if instance.deadline_slot >= 0)
        self.keep(self.whole.timer_slots)

    def name(self, hint: Any) -> None:
        """From now on it matters which id of this type is handed out."""
        self.named.add(hint)
        self._close()

    @property
    def nameless(self) -> dict[Any, Mapping[Any, Any]]:
        """The pools of the id types of which any free id is as good as another."""
        return {
            hint: pools
            for hint, pools in self.footprints.interchangeable().items()
            if hint not in self.named
            and self.kept.isdisjoint(self._slots_in_maps(hint))
            and not self._is_promised_by_name(hint)
            and not names.tell_apart(self.properties, hint, pools)
        }

    def _is_promised_by_name(self, hint: Any) -> bool:
        """Whether something is promised of an id again and again, or by a deadline, also when nothing has it."""
        if hint not in self._promised:
            about = [i for i in self.whole.instances if i.action is not None and hint in id_types_of(i.action)]
            self._promised[hint] = any(i.deadline_slot >= 0 or self.fairness(i) is Fairness.STRONG for i in about)
        return self._promised[hint]

    def _slots_in_maps(self, hint: Any) -> set[int]:
        if hint not in self._in_maps:
            self._in_maps[hint] = names.slots_in_maps(self.whole, hint)
        return self._in_maps[hint]

    def _close(self) -> None:
        size = None
        while size != self.size:
            size = self.size
            self._close_once()

    def _close_once(self) -> None:
        whole, prints = self.whole, self.footprints
        nameless = self.nameless
        for instance in whole.instances:
            number = instance.number
            if not self.kept.isdisjoint(prints.changes[number]):
                self.relevant.add(number)
            if number in self.relevant:
                self.kept |= prints.reads[number]
                self.kept.update(
                    slot for slot in prints.soft_reads[number] if self._referred_to[slot] - nameless.keys()
                )
                self.kept.update({instance.deadline_slot} - {-1})
        roles = {whole.schema.slots[slot].role for slot in self.kept}
        if roles & {"serial", "held serial"}:
            self.kept.update(slot.number for slot in whole.schema.slots if slot.role == "held serial")
        if prints.interchangeable():
            self._close_under_names()

    def _close_under_names(self) -> None:
        """Keep together what differs by interchangeable names only.

        Nameless ids need that. The others sooner or later come to it as well, and states can be merged by symmetry.
        """
        slots, instances = self.footprints.slots_alike, self.footprints.instances_alike
        wanted = {slots[slot] for slot in self.kept}
        self.kept.update(slot for slot, key in enumerate(slots) if key in wanted)
        joined = {instances[number] for number in self.relevant}
        self.relevant.update(number for number, key in enumerate(instances) if key in joined)

    # ---------------------------------------------------------------- what matters about an instance
    def fairness(self, instance: Instance) -> Fairness | None:
        """What is promised of an instance, where that matters for these properties."""
        return None if instance.fault or not self.liveness else instance.fairness

    def waits_for(self, instance: Instance) -> bool:
        """Whether others wait for the instance while it is enabled: time, or a fair run.

        Then spending its budget counts as changing something that is kept. Otherwise the slice may strike more often
        than the whole, which proves no less.
        """
        hurried = self.whole.evaluator.timed and (instance.urgent or instance.deadline_slot >= 0)
        return hurried or self.fairness(instance) is not None

    def symmetric(self) -> dict[Any, Mapping[Any, Any]]:
        """The declared symmetries that the slice still has, as pools."""
        found: dict[Any, Mapping[Any, Any]] = {}
        for hint in self.whole.system.symmetric:
            ids = self.whole.schema.universes.get(hint, ())
            pools = {hint: dict.fromkeys(ids, next(iter(ids), None))}
            if not ids or hint in self.whole.schema.ambiguous or names.tell_apart(self.properties, hint, pools[hint]):
                continue
            instances = ((i.number, names.instance_alike(i, pools)) for i in self.whole.instances)
            if names.closed(self.kept, enumerate(names.slots_alike(self.whole, pools))) and names.closed(
                self.relevant, instances
            ):
                found |= pools
        return found
