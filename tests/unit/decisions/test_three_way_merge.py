"""What kubectl apply changes, removes and leaves alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.three_way_merge import three_way_merge


def pod(*containers: dict[str, Any]) -> dict[str, Any]:
    """A pod template's spec."""
    return {"spec": {"containers": list(containers)}}


def test_removed_fields_go_and_foreign_fields_stay() -> None:
    """A field goes if it was applied before and is not now; replicas set by an autoscaler stay."""
    last = {"spec": {"paused": True, "minReadySeconds": 5}}
    live = {"spec": {"paused": True, "minReadySeconds": 5, "replicas": 7}, "status": {"replicas": 7}}
    new = {"spec": {"minReadySeconds": 9}}

    assert three_way_merge(last, live, new) == {
        "spec": {"replicas": 7, "minReadySeconds": 9},
        "status": {"replicas": 7},
    }


def test_without_last_applied_nothing_is_removed() -> None:
    """An object that kubectl apply has never touched only gains; a missing live object is created as written."""
    assert three_way_merge(None, {"a": 1, "b": 2}, {"b": 3}) == {"a": 1, "b": 3}
    assert three_way_merge(None, None, {"b": 3}) == {"b": 3}


def test_null_removes() -> None:
    """An explicit null in the manifest removes even what only the live object had, and nulls elsewhere do no harm."""
    assert three_way_merge({"a": None, "b": None}, {"a": 1, "b": {"c": 1}}, {"a": None, "b": {"c": None}}) == {"b": {}}
    assert three_way_merge({"a": None}, {"a": None}, {"a": {"x": 1}}) == {"a": {"x": 1}}


def test_containers_merge_by_name() -> None:
    """An injected sidecar survives, a container dropped from the manifest goes, defaults of the others stay."""
    last = pod({"name": "web", "image": "1"}, {"name": "log"})
    live = pod({"name": "mesh"}, {"name": "web", "image": "1", "imagePullPolicy": "Always"}, {"name": "log"})
    new = pod({"name": "web", "image": "2"}, {"name": "extra"})

    expected = pod({"name": "mesh"}, {"name": "web", "image": "2", "imagePullPolicy": "Always"}, {"name": "extra"})
    assert expected == three_way_merge(last, live, new)


def test_ports_have_the_key_of_what_holds_them() -> None:
    """A container's ports merge by containerPort, a Service's by port."""
    live = {"spec": {"ports": [{"port": 80, "nodePort": 30080}]}}
    assert three_way_merge({}, live, {"spec": {"ports": [{"port": 80, "name": "http"}]}}) == {
        "spec": {"ports": [{"port": 80, "nodePort": 30080, "name": "http"}]}
    }
    inner = pod({"name": "web", "ports": [{"containerPort": 8080, "protocol": "TCP"}]})
    assert pod(
        {"name": "web", "ports": [{"containerPort": 8080, "protocol": "TCP", "name": "http"}]}
    ) == three_way_merge({}, inner, pod({"name": "web", "ports": [{"containerPort": 8080, "name": "http"}]}))


def test_other_lists_are_replaced() -> None:
    """Arguments and tolerations have no merge key: the manifest's list is the list."""
    live = {"spec": {"tolerations": [{"key": "a"}, {"key": "b"}]}}

    assert three_way_merge({}, live, {"spec": {"tolerations": [{"key": "c"}]}}) == {
        "spec": {"tolerations": [{"key": "c"}]}
    }


def test_custom_resources_replace_all_lists() -> None:
    """A JSON merge patch knows no merge keys."""
    assert pod({"name": "web"}) == three_way_merge({}, pod({"name": "mesh"}), pod({"name": "web"}), strategic=False)


def test_changing_the_strategy_drops_the_defaults_of_the_other() -> None:
    """A Deployment turned to Recreate loses the rollingUpdate block that only the live object had."""
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}}}
    new = {"spec": {"strategy": {"type": "Recreate"}}}

    assert new == three_way_merge({}, live, new)


def test_finalizers_merge_as_a_set() -> None:
    """Finalizers of others stay, one's own that are gone go."""
    assert three_way_merge({"finalizers": ["old"]}, {"finalizers": ["theirs", "old"]}, {"finalizers": ["new"]}) == {
        "finalizers": ["new", "theirs"]
    }


json_objects = st.recursive(
    st.integers(0, 3) | st.booleans(),
    lambda values: st.dictionaries(st.sampled_from("abc"), values, max_size=3) | st.lists(values, max_size=2),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from("abc"), json_objects, max_size=3)


@given(last=objects, live=objects, new=objects)
def test_applying_twice_changes_nothing_more(last: Any, live: Any, new: Any) -> None:
    """Apply is idempotent, and what the manifest says is what the object then says."""
    once = three_way_merge(last, live, new)

    assert once == three_way_merge(new, once, new)
    assert all(key in once for key in new)
