"""What may be asked of the hotels of `symmetric_systems`: properties of every kind, about all, or about single ids."""

from __future__ import annotations

from typing import Any

from symmetric_systems import Guest, Room

from clusterproof import (
    Claims,
    Property,
    StepInfo,
    Whenever,
    always,
    always_eventually,
    claim,
    eventually_always,
    leads_to,
    reachable,
    step,
)


@always
def goes_on(_s: object) -> Claims:
    """Holds, so that no search ends early because everything is decided."""
    yield claim(True, "it goes on")


@always
def never_full(s: Any) -> Claims:
    """Two claims about all."""
    yield claim(len(s.guests) < 3, "there are fewer than three guests")
    yield claim(s.count == 0 or any(s.open.values()), "after the count a room is open")


@always
def never_holds(s: Any, g: Guest) -> Claims:
    """About one guest."""
    yield claim(s.holder != g, "it never holds", g)


@always
def never_unhappy(s: Any, g: Guest) -> Claims:
    """About one guest, where it is."""
    if g in s.guests:
        yield claim(s.guests[g].mood == 0 or g in s.marked, "it is calm or marked", g)


@always
def never_meets(s: Any, g: Guest, r: Room) -> Claims:
    """About a guest and a room."""
    yield claim(g not in s.guests or s.guests[g].room != r, "they never meet", g, r)


@always
def never_closes(s: Any, r: Room) -> Claims:
    """About one room."""
    yield claim(s.open[r], "it never closes", r)


@step
def marks_stay(before: Any, after: Any) -> Claims:
    """About any step."""
    yield claim(len(after.marked) >= len(before.marked), "no mark is lost")


@step
def nobody_leaves_unmarked(before: Any, after: Any, g: Guest) -> Claims:
    """About one guest's going."""
    if g in before.guests and g not in after.guests:
        yield claim(g in before.marked, "who leaves is marked", g)


@step
def rule_one_is_gentle(before: Any, after: Any, by: StepInfo, g: Guest) -> Claims:
    """About the steps of one rule that are about one guest."""
    if by.action == "rule1" and g in by.arguments:
        yield claim((g in before.guests) == (g in after.guests), "rule 1 neither brings nor takes it", g)


@reachable
def marks_all(s: Any) -> Claims:
    """Everybody who is there may be marked."""
    yield claim(len(s.guests) > 0 and all(g in s.marked for g in s.guests), "all are marked")


@reachable
def gets_in(s: Any, g: Guest, r: Room) -> Claims:
    """Every guest may get into every room, and may hold."""
    yield claim(g in s.guests and s.guests[g].room == r, "it gets in", g, r)
    yield claim(s.holder == g, "it holds", g)


@eventually_always
def settles_open(s: Any) -> Claims:
    """In the end all rooms are open."""
    yield claim(all(s.open.values()), "all rooms are open")


@eventually_always
def settles_marked(s: Any, g: Guest) -> Claims:
    """In the end a guest who is there is marked."""
    yield claim(g not in s.guests or g in s.marked, "it is marked", g)


@always_eventually
def lets_go(s: Any) -> Claims:
    """Again and again nobody holds."""
    yield claim(s.holder is None, "nobody holds")


@always_eventually
def opens_again(s: Any, r: Room) -> Claims:
    """Again and again a room is open."""
    yield claim(s.open[r], "it is open", r)


@leads_to
def holders_let_go(s: Any) -> Whenever:
    """Whoever holds, that ends."""
    return Whenever(given=s.holder is not None, then=s.holder is None)


@leads_to
def the_marked_hold(s: Any, g: Guest) -> Whenever:
    """Who is marked holds one day, or goes."""
    return Whenever(given=g in s.marked, then=s.holder == g or g not in s.guests)


@leads_to
def the_closed_open(s: Any, r: Room) -> Whenever:
    """What is closed opens again."""
    return Whenever(given=not s.open[r], then=s.open[r])


@always
def the_first_never_holds(s: Any) -> Claims:
    """About a guest that it names itself."""
    yield claim(s.holder != "g0", "g0 never holds")


@step
def the_first_stays(before: Any, after: Any, g: Guest) -> Claims:
    """Says more of one guest than of the others."""
    yield claim(g > "g0" or g not in before.guests or g in after.guests, "g0 stays", g)


@eventually_always
def the_first_holds(s: Any) -> Claims:
    """In the end the guest who holds is one of two."""
    yield claim(s.holder is None or str(s.holder) in "g0 g2", "g0 or g2 holds")


FAIR_TO_IDS: tuple[Property[Any], ...] = (
    never_full, never_holds, never_unhappy, never_meets, never_closes, marks_stay, nobody_leaves_unmarked,
    rule_one_is_gentle, marks_all, gets_in, settles_open, settles_marked, lets_go, opens_again, holders_let_go,
    the_marked_hold, the_closed_open,
)  # fmt: skip
"""Properties that say the same of all ids."""

UNFAIR_TO_IDS: tuple[Property[Any], ...] = (the_first_never_holds, the_first_stays, the_first_holds)
"""Properties that tell ids apart, although none of them is about a single id only."""
