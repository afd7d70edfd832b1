"""Systems with a bug that needs one lane to fall far behind, a fault at one instant, or a loop that starves nobody.

Like those of deep_systems.py, of other shapes.
"""

from __future__ import annotations

from typing import Any, NewType

from clusterproof import (
    Claims,
    Component,
    Map,
    System,
    Timer,
    always,
    always_eventually,
    claim,
    require,
    state,
    weak,
)

# ---------------------------------------------------------------- a buffer that overflows

ROOM = 14
Gauge = NewType("Gauge", int)


@state
class Buffer:
    """How much waits, and gauges that others read and reset."""

    waiting: int = 0
    gauges: Map[Gauge, bool]


producer = Component("producer", fair=weak)
consumer = Component("consumer", fair=weak)
watcher = Component("watcher", each=Gauge, fair=weak)


@producer.action
def produce(buffer: Buffer) -> None:
    """One more."""
    require(buffer.waiting < ROOM)
    buffer.waiting = buffer.waiting + 1


@consumer.action
def consume(buffer: Buffer) -> None:
    """All that waits is taken at once."""
    require(buffer.waiting > 0)
    buffer.waiting = 0


@watcher.action
def look(buffer: Buffer, gauge: Gauge) -> None:
    """Switch a gauge."""
    buffer.gauges[gauge] = not buffer.gauges[gauge]


@always
def there_is_room(buffer: Buffer) -> Claims:
    """The consumer keeps up."""
    yield claim(buffer.waiting < ROOM, "the buffer is not full")


def overflow() -> System[Any]:
    """The producer must act 14 times, and the consumer not once, while 12 others act, too."""
    start = Buffer(gauges=Map((Gauge(number), False) for number in range(12)))
    return System(start, components=[producer, consumer, watcher], properties=[there_is_room], name="buffer")


# ---------------------------------------------------------------- a token that is lost at one instant

HANDED_OVER_AT = 9


@state
class Relay:
    """A runner who passes a token on at the ninth post: in between nobody holds it."""

    pace: Timer = Timer(10)
    posts: int = 0
    in_the_air: bool = False
    held: bool = True
    wind: bool = False
    cheers: int = 0


runner = Component("runner", fair=weak)
weather = Component("weather")
crowd = Component("crowd")


@runner.action
def pass_post(relay: Relay) -> None:
    """Every ten seconds; after ten posts the round begins anew."""
    require(relay.pace.due())
    relay.pace = Timer(10)
    relay.posts = (relay.posts + 1) % 10
    if relay.posts == HANDED_OVER_AT and relay.held:
        relay.in_the_air = True


@runner.action(within_seconds=3)
def catch(relay: Relay) -> None:
    """The next one catches it."""
    require(relay.in_the_air)
    relay.in_the_air = False


@weather.fault
def gust(relay: Relay) -> None:
    """A gust of wind; it matters only while the token is in the air, and nobody has cheered."""
    require(not relay.wind)
    relay.wind = True
    if relay.in_the_air and relay.cheers == 0:
        relay.in_the_air = relay.held = False


@crowd.action(urgent=False)
def cheer(relay: Relay) -> None:
    """Somebody cheers."""
    relay.cheers = (relay.cheers + 1) % 8


@always
def the_token_is_there(relay: Relay) -> Claims:
    """It is held or in the air."""
    yield claim(relay.held, "somebody has the token")


def relay_race() -> System[Any]:
    """One gust in a round, while the crowd makes noise: it must come at the ninth post, and at once."""
    return System(
        Relay(),
        components=[runner, weather, crowd],
        properties=[the_token_is_there],
        budgets={gust: 1},
        name="relay",
        timing="timed",
    )


# ---------------------------------------------------------------- two who undo each other

Switch = NewType("Switch", int)
SWITCHES = 10
NEEDED = 8


@state
class House:
    """Switches, and a shutter that two controllers move when all that is needed is on."""

    switches: Map[Switch, bool]
    shut: bool = False
    clean: bool = False


tenant = Component("tenant")
sun = Component("sun", fair=weak)
cleaner = Component("cleaner", fair=weak)


@tenant.action(urgent=False)
def flip(house: House, switch: Switch) -> None:
    """Somebody flips a switch; after the cleaning nobody does."""
    require(not house.clean)
    house.switches[switch] = not house.switches[switch]


@sun.action
def shut(house: House) -> None:
    """It is bright: shut, unless it is shut."""
    require(not house.clean and not house.shut)
    house.shut = True


@sun.action
def open_again(house: House) -> None:
    """It is dark inside: open, with these switches on."""
    require(not house.clean and house.shut)
    require(all(house.switches[Switch(number)] for number in range(NEEDED)))
    house.shut = False


@cleaner.action
def clean_up(house: House) -> None:
    """The windows are cleaned while the shutter is shut."""
    require(house.shut and not house.clean)
    house.clean = True


@always_eventually
def it_is_clean(house: House) -> Claims:
    """The windows are clean in the end."""
    yield claim(house.clean, "the windows are clean")


def feud() -> System[Any]:
    """With eight switches on, two move the shutter for ever: the cleaner may act again and again, never for long."""
    start = House(switches=Map((Switch(number), False) for number in range(SWITCHES)))
    return System(start, components=[tenant, sun, cleaner], properties=[it_is_clean], name="house")
