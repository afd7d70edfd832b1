"""clusterproof: specify any state machine in Python, and check it.

This package is the language: what you import to write a specification. An action is a typed function that assigns to
the state it is given; seen from outside it is a pure transition function. `clusterproof.checker` runs specifications,
`clusterproof.models` holds systems written in the language, `clusterproof.properties` what they promise.
"""

from clusterproof.claims import (
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
from clusterproof.components import Action, Component, strong, unbounded, weak
from clusterproof.containers import Map, SetOf, Table
from clusterproof.errors import SpecError
from clusterproof.recorder import choose, cover, require
from clusterproof.state_class import evolve, field, state
from clusterproof.system import Bounds, System
from clusterproof.values import HeldSerial, Serial, Timer, fresh

__all__ = [
    "Action",
    "Bounds",
    "Claims",
    "Component",
    "HeldSerial",
    "Map",
    "Property",
    "Serial",
    "SetOf",
    "SpecError",
    "StepInfo",
    "System",
    "Table",
    "Timer",
    "Whenever",
    "always",
    "always_eventually",
    "choose",
    "claim",
    "cover",
    "eventually_always",
    "evolve",
    "field",
    "fresh",
    "leads_to",
    "reachable",
    "require",
    "state",
    "step",
    "strong",
    "unbounded",
    "weak",
]
