"""Who looks at how many seconds a timer still runs, or judges timers: such a slice keeps all of time.

The clock of a slice stops where something in the slice is due, the clock of the whole more often. Who only asks whether
a timer runs or is due cannot tell; who looks at the seconds can.
"""

from __future__ import annotations

from attrs import define, field

from clusterproof.checker.slicing.domains import RunningTimer, SecondsWanted
from clusterproof.compiled import Compiled, Instance, PropertyInstance
from clusterproof.errors import ImpureError, SpecError, UserCodeError
from clusterproof.evaluation import Evaluation, Judgement
from clusterproof.values import Timer


@define(eq=False)
class SecondsWatch:
    """Watches the evaluations of one slice. shadow: the same system with a schema of its own."""

    part: Compiled
    shadow: Compiled
    _judged: bool = field(init=False, default=False)
    _read: list[tuple[str, Instance]] = field(init=False, factory=list)
    _running: dict[int, str] = field(init=False, factory=dict)

    def observe(self, row: str, who: Instance | PropertyInstance, found: Evaluation | Judgement) -> None:
        """Note an evaluation that reads a timer."""
        if not self.part.timer_slots or not self.part.evaluator.timed:
            return
        slots = len(self.part.schema.slots)
        timers = {slot % slots for slot in found.reads}.intersection(self.part.timer_slots)
        if timers and isinstance(who, PropertyInstance):
            self._judged = True
        elif isinstance(who, Instance) and any(self._runs(row, slot) for slot in timers):
            self._read.append((row, who))

    def wanted(self) -> bool:
        """Whether a property reads a timer, or an instance the seconds of one."""
        found = self._judged or any(self._looks_at_seconds(row, instance) for row, instance in self._read)
        self._read.clear()
        return found

    def _runs(self, row: str, slot: int) -> bool:
        timer = self.part.schema.value_at(row, slot)
        return isinstance(timer, Timer) and bool(timer.seconds)

    def _looks_at_seconds(self, row: str, instance: Instance) -> bool:
        self.shadow.unknown = self.part.cut
        try:
            self.shadow.evaluate(self._shadowed(row), self.shadow.instances[instance.number])
        except SecondsWanted:
            return True
        except (SpecError, UserCodeError, ImpureError):
            return False
        return False

    def _shadowed(self, row: str) -> str:
        """The row in the characters of the shadow, with running timers of which nobody knows the seconds."""
        schema = self.shadow.schema
        characters = []
        for slot, character in enumerate(row):
            if slot in self.part.cut:
                characters.append("\0")
            elif slot in self.part.timer_slots and self._runs(row, slot):
                if slot not in self._running:
                    self._running[slot] = schema.reserve(slot, RunningTimer.of(slot))
                characters.append(self._running[slot])
            else:
                characters.append(schema.encode(slot, self.part.schema.decode[slot][ord(character)]))
        return "".join(characters)
