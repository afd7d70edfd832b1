"""What is measured: three systems in several sizes, with the counts that every search of them has to end with."""

from __future__ import annotations

import math

from attrs import frozen


@frozen(kw_only=True)
class Anchor:
    """A system of one size, and its exact counts.

    system: its name for `clusterproof check`; the functions that write it for the peers are called alike.
    generated: the steps out of all states, equal successors counted separately, with those that change nothing where
    the definition has such steps. depth_first_steps: how long a path Spin's depth-first search has to have room for.
    """

    name: str
    system: str
    parameters: dict[str, int]
    states: int
    generated: int
    depth_first_steps: int

    @property
    def function(self) -> str:
        """The function that writes the system for a peer."""
        return self.system.replace("-", "_")

    @property
    def stuttering_counts(self) -> bool:
        """Whether a step that changes nothing is a step: a message of a commit may be received again."""
        return self.system == "two-phase-commit"

    @property
    def table_bits(self) -> int:
        """The binary logarithm of the size of a hash table with at least one place for each state."""
        return math.ceil(math.log2(self.states))


def _commit(n: int, states: int, generated: int) -> Anchor:
    return Anchor(
        name=f"2PC{n}",
        system="two-phase-commit",
        parameters={"n": n},
        states=states,
        generated=generated,
        depth_first_steps=100,
    )


def _dinner(n: int, states: int, generated: int, depth_first_steps: int) -> Anchor:
    return Anchor(
        name=f"Phil{n}",
        system="philosophers",
        parameters={"n": n},
        states=states,
        generated=generated,
        depth_first_steps=depth_first_steps,
    )


def _cluster(size: str, parameters: tuple[int, ...], states: int, generated: int, depth_first_steps: int) -> Anchor:
    return Anchor(
        name=size,
        system="mini-cluster",
        parameters=dict(zip(("rlo", "r", "p", "n", "cap", "maxdown"), parameters, strict=True)),
        states=states,
        generated=generated,
        depth_first_steps=depth_first_steps,
    )


ANCHORS = {
    anchor.name: anchor
    for anchor in (
        _commit(3, 288, 1_145),
        _commit(5, 8_832, 58_145),
        _commit(7, 296_448, 2_744_705),
        _commit(8, 1_745_408, 18_507_777),
        _commit(9, 10_340_352, 123_558_401),
        _commit(10, 61_515_776, 817_760_257),
        _cluster("XXS", (1, 1, 2, 1, 1, 1), 152, 504, 1_000),
        _cluster("XS", (2, 2, 3, 2, 2, 1), 61_944, 374_144, 50_000),
        _cluster("S", (2, 3, 3, 2, 2, 1), 168_288, 1_160_576, 150_000),
        _cluster("L", (2, 3, 4, 2, 3, 1), 2_783_344, 22_295_720, 2_000_000),
        _dinner(4, 322, 1_068, 1_000),
        _dinner(10, 1_860_498, 15_426_870, 2_000_000),
    )
}

TINY = {"two-phase-commit": ANCHORS["2PC3"], "mini-cluster": ANCHORS["XXS"], "philosophers": ANCHORS["Phil4"]}
"""By system, the size whose memory is that of the process itself."""
