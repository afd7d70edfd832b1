"""Requests: the words of the command line as data, and back."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.cli.arguments import parse, request_of
from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.request import ActionChoice, FaultChoice, Request, merged
from clusterproof.checker.cli.words import command_of
from clusterproof.checker.render.itf import TraceFileError

NAMES = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True)
BUDGETS = st.one_of(st.integers(0, 99), st.just("unbounded"))
REQUESTS = st.builds(
    Request,
    target=st.one_of(st.just(""), NAMES),
    manifests=st.lists(st.from_regex(r"[a-z /]{1,9}\.yaml", fullmatch=True), max_size=2).map(tuple),
    cluster=st.sampled_from(["", "kind.yaml"]),
    faults=st.dictionaries(NAMES, st.builds(FaultChoice, budget=BUDGETS), max_size=3),
    settings=st.dictionaries(st.sampled_from(["timing", "start", "n"]), st.sampled_from(["a", "7"]), max_size=2),
    properties=st.lists(NAMES, max_size=2, unique=True).map(tuple),
    bounds=st.dictionaries(
        st.sampled_from(["states", "seconds", "depth", "memory"]), st.integers(1, 10**5), max_size=3
    ),
)


@given(REQUESTS)
def test_the_command_line_says_the_same_again(request: Request) -> None:
    """The command that a report prints asks for the same request."""
    words = shlex.split(command_of(request))[1:]

    assert request_of(parse(words)) == request


@given(REQUESTS)
def test_json_and_back(request: Request) -> None:
    """A request survives the JSON of a trace."""
    assert Request.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"target": 1}, "'request': 'target' should be text, not 1"),
        ({"faults": []}, "'request': 'faults' should be an object, not a list"),
        ({"faults": {"a": {"budget": -1, "heals": True}}}, "'request', 'faults', 'a': 'budget' should not be negative"),
        ({"actions": [{"action": "fly"}]}, "'request', 'actions'[0]: 'fly' is no action; there are apply"),
        ({"bounds": {"width": 1}}, "'request', 'bounds': 'width' is no bound; there are states, seconds, depth"),
        ({"bounds": {"states": []}}, "'request', 'bounds', 'states': '[]' is not a bound"),
        ({"settings": {"n": 3}}, "'request', 'settings': 'n' should be text, not 3"),
        ({"sliced": "no"}, "'request': 'sliced' should be true or false, not 'no'"),
    ],
)
def test_json_of_another_form_is_refused(changed: dict[str, object], says: str) -> None:
    """What is no request is refused in one line, which names the key."""
    with pytest.raises((UsageError, TraceFileError)) as caught:
        Request.from_json({**json.loads(json.dumps(Request().to_json())), **changed})

    assert str(caught.value).startswith(says)


def test_the_command_line_goes_over_the_check_file() -> None:
    """Faults, settings and bounds are merged one by one, properties are replaced, manifests and actions added."""
    action = ActionChoice(action="drain", object_name="n1")
    file = Request(
        target="hello-server",
        manifests=("a.yaml",),
        actions=(action,),
        faults={"crash-node": FaultChoice(budget=1), "reboot-node": FaultChoice(budget=1, heals=False)},
        properties=("replicas-converge",),
        places={"faults.crash-node": "check.yaml:3", "faults.reboot-node": "check.yaml:4"},
    )
    over = Request(manifests=("b.yaml",), faults={"crash-node": FaultChoice(budget=2)}, properties=("node-capacity",))

    assert merged(file, over) == Request(
        target="hello-server",
        manifests=("a.yaml", "b.yaml"),
        actions=(action,),
        faults={"crash-node": FaultChoice(budget=2), "reboot-node": FaultChoice(budget=1, heals=False)},
        properties=("node-capacity",),
        places={"faults.reboot-node": "check.yaml:4"},
    )


def test_ten_minutes_unless_told() -> None:
    """The default bound is 600 seconds, and `unbounded` takes it away."""
    asked = request_of(parse(["check", "--bound", "seconds=unbounded", "--bound", "states=7"]))

    assert Request().all_bounds().seconds == 600
    assert (asked.all_bounds().seconds, asked.all_bounds().states) == (None, 7)


def test_a_fault_without_a_number_strikes_once() -> None:
    """`--fault NAME` is `--fault NAME=1`."""
    asked = request_of(parse(["check", "--fault", "crash_node", "--timing", "untimed", "--start", "apply"]))

    assert asked.faults == {"crash-node": FaultChoice(budget=1)}
    assert asked.settings == {"timing": "untimed", "start": "apply"}
