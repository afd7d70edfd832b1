"""`kubectl get` and `kubectl rollout status`: what is asked for, what is answered, and how it ends."""

from __future__ import annotations

import json
from functools import cache

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from instants import Run
from kubernetes_systems import WEB, changed, deployment, disruption_budget, pod, running_cluster, service

from clusterproof.models.kubernetes import faults, kubectl
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.kubectl_client.client import Answer
from clusterproof.models.kubernetes.kubectl_client.get import get
from clusterproof.models.kubernetes.kubectl_client.other_kinds import is_other_kind
from clusterproof.models.kubernetes.kubectl_client.output import as_yaml
from clusterproof.models.kubernetes.kubectl_client.request import KubectlError, request, wanted
from clusterproof.models.kubernetes.kubectl_client.resources import ALL, BY_NAME, RESOURCES
from clusterproof.models.kubernetes.kubectl_client.rollout import (
    daemon_set_status,
    deployment_status,
    rollout_status,
    stateful_set_status,
)
from clusterproof.models.kubernetes.names import ProcessId
from clusterproof.models.kubernetes.state import Cluster

REFUSED = "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n"
PODS_URL = "https://127.0.0.1:6443/api/v1/namespaces/default/pods"


@cache
def calm() -> Cluster:
    """Return a Deployment of two pods with Service and budget, a bare pod and one in a namespace of its own."""
    ci = pod(name="job").replace("name: job", "name: job, namespace: ci")
    return running_cluster(deployment(2), service(), disruption_budget(), pod(app="other"), ci)


def ask(*words: str, c: Cluster | None = None, **options: object) -> Answer:
    """Return kubectl's answer to `get` with these words."""
    return get(Instant(cluster=c or calm(), at_seconds=0), request(words, **options))  # type: ignore[arg-type]


def names(answer: Answer) -> list[str]:
    """Return the first word of each line but the first."""
    return [line.split()[0] for line in answer.out.splitlines()[1:]]


# ---------------------------------------------------------------- kinds and names


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("po", "pods"),
        ("Pod", "pods"),
        ("PODS", "pods"),
        ("no", "nodes"),
        ("svc", "services"),
        ("deploy", "deployments"),
        ("deployment.apps", "deployments"),
        ("deployments.v1.apps", "deployments"),
        ("rs", "replicasets"),
        ("sts", "statefulsets"),
        ("ds", "daemonsets"),
        ("jobs", "jobs"),
        ("hpa", "horizontalpodautoscalers"),
        ("pdb", "poddisruptionbudgets"),
        ("endpointslice.discovery.k8s.io", "endpointslices"),
        ("ev", "events"),
        ("cm", "configmaps"),
    ],
)
def test_kinds_have_many_names(word: str, plural: str) -> None:
    """A kind is known by its plural, singular and short name, with its group and version or without, in any case."""
    assert [each.resource.plural for each in wanted([word])] == [plural]


def test_no_name_means_two_kinds() -> None:
    """Every name of a kind is its own."""
    assert len(BY_NAME) == sum(len(set(resource.names())) for resource in RESOURCES)


def test_several_kinds_at_once() -> None:
    """Kinds can be listed, and all means the ordinary ones; each is shown once."""
    assert [each.resource.plural for each in wanted(["svc,po,pods"])] == ["services", "pods"]
    assert [each.resource for each in wanted(["all,po"])] == list(ALL)
    assert [(each.resource.plural, each.names) for each in wanted(["po/a", "svc/b", "pods/c"])] == [
        ("pods", ("a", "c")),
        ("services", ("b",)),
    ]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["foo"], 'error: the server doesn\'t have a resource type "foo"'),
        (["foo/a"], 'error: the server doesn\'t have a resource type "foo"'),
        (["po/a", "b"], "error: 'b' is no TYPE/NAME, as the words before it are"),
        (["po/a/b"], "error: 'po/a/b' is no TYPE/NAME, as the words before it are"),
        (
            ["po", "po/a"],
            (
                "error: there is no need to specify a resource type as a separate argument when passing arguments in "
                "resource/name form (e.g. 'kubectl get po/a' instead of 'kubectl get po po/a')"
            ),
        ),
    ],
)
def test_kinds_that_make_no_sense(words: list[str], line: str) -> None:
    """A kind that the server does not have, and names in two forms at once, are errors with exit code 1."""
    assert ask(*words) == Answer(err=f"{line}\n", code=1)


def test_a_kind_is_in_the_model_or_not() -> None:
    """What is said not to be in the model is not there."""
    assert [name for name in BY_NAME if is_other_kind(name)] == []


@pytest.mark.parametrize("word", ["secrets", "Namespace", "ns", "ingresses.networking.k8s.io"])
def test_kinds_that_the_model_has_not(word: str) -> None:
    """Of a kind that every cluster has and the model does not, it is not said that there are none."""
    answer = ask(word)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"clusterproof: {word}: not shown here, where there are pods, services, daemonsets,")


@pytest.mark.parametrize(
    ("words", "options", "line"),
    [
        ([], {}, "error: You must specify the type of resource to get, for example pods."),
        (
            ["po"],
            {"output": "xml"},
            (
                'error: unable to match a printer suitable for the output format "xml", allowed formats are: '
                "json,jsonpath,name,wide,yaml"
            ),
        ),
        (["po"], {"output": "jsonpath"}, "error: template format specified but no template given"),
        (["po"], {"output": "yaml=x"}, 'error: the output format "yaml" takes no template'),
        (["po"], {"output": "jsonpath={.a["}, "error: error parsing jsonpath {.a[, invalid array index the end"),
        (["po", "a"], {"namespace": None}, "error: a resource cannot be retrieved by name across all namespaces"),
    ],
)
def test_what_kubectl_refuses_by_itself(words: list[str], options: dict[str, object], line: str) -> None:
    """Words that make no sense are refused before any server is asked."""
    with pytest.raises(KubectlError) as caught:
        ask(*words, **options)

    assert str(caught.value) == line


# ---------------------------------------------------------------- which objects


def test_namespaces() -> None:
    """Objects of one namespace are shown, with -A those of all, with the namespace in front."""
    assert names(ask("pods")) == ["bare", "web-a", "web-b"]
    assert names(ask("pods", namespace="ci")) == ["job"]
    everywhere = ask("pods", namespace=None).out.splitlines()
    assert everywhere[0].split()[0] == "NAMESPACE"
    assert [line.split()[:2] for line in everywhere[1:3]] == [["ci", "job"], ["default", "bare"]]
    assert {line.split()[0] for line in everywhere[1:]} == {"ci", "default", "kube-system"}


def test_nodes_have_no_namespace() -> None:
    """Nodes are shown whatever the namespace is, and -A puts nothing in front of them."""
    assert ask("nodes") == ask("nodes", namespace="ci") == ask("nodes", namespace=None)


def test_names_are_shown_in_the_order_they_were_asked_for() -> None:
    """Objects asked for by name come in that order; what is not there is said, and the exit code is 1."""
    answer = ask("pods", "web-b", "x", "web-a")

    assert names(answer) == ["web-b", "web-a"]
    assert (answer.err, answer.code) == ('Error from server (NotFound): pods "x" not found\n', 1)
    assert ask("deploy/x").err == 'Error from server (NotFound): deployments.apps "x" not found\n'


@pytest.mark.parametrize("word", ["sts", "ds", "jobs", "hpa", "cm", "events"])
def test_kinds_without_objects(word: str) -> None:
    """A list without objects says so on standard error, and is no error."""
    assert ask(word) == Answer(err="No resources found in default namespace.\n")
    assert ask(word, namespace=None) == Answer(err="No resources found\n")


def test_several_kinds_are_several_tables() -> None:
    """With several kinds names have their kind in front, and tables an empty line in between."""
    answer = ask("deploy,pdb")
    tables = [table.splitlines() for table in answer.out.split("\n\n")]

    assert [table[1].split()[0] for table in tables] == ["deployment.apps/web", "poddisruptionbudget.policy/web"]
    assert ask("deploy,sts").out.splitlines()[1].split()[0] == "deployment.apps/web"


# ---------------------------------------------------------------- forms of output


def test_json_and_yaml_say_the_same() -> None:
    """One object by its name is printed as it is, anything else as a List."""
    one, several = (json.loads(ask(*words, output="json").out) for words in (["po", "web-a"], ["po"]))

    assert (one["kind"], one["metadata"]["name"]) == ("Pod", "web-a")
    assert (several["kind"], several["apiVersion"], len(several["items"])) == ("List", "v1", 3)
    assert yaml.safe_load(ask("po", "web-a", output="yaml").out) == one
    assert yaml.safe_load(ask("po", output="yaml").out) == several
    assert json.loads(ask("sts", output="json").out)["items"] == []
    assert ask("po", "x", output="json") == Answer(err='Error from server (NotFound): pods "x" not found\n', code=1)


def test_names_alone() -> None:
    """-o name gives kinds and names, for other commands to read."""
    assert ask("po,deploy", output="name").out == "pod/bare\npod/web-a\npod/web-b\ndeployment.apps/web\n"


def test_jsonpath() -> None:
    """A template is carried out on the object or the List, and prints no line end of its own."""
    assert ask("po", output="jsonpath={.items[*].metadata.name}").out == "bare web-a web-b"
    assert ask("po/web-a", output="jsonpath={.spec.nodeName}").out == "kind-worker"
    assert ask("po", output="jsonpath={.items[9]}") == Answer(
        err='error: error executing jsonpath "{.items[9]}": Error executing template: '
        "array index out of bounds: index 9, length 3.\n",
        code=1,
    )


def test_tables_without_headings() -> None:
    """The first line of a table can be left out."""
    assert ask("po", headers=False).out.splitlines() == [
        "bare    1/1   Running   0     0s",
        "web-a   1/1   Running   0     0s",
        "web-b   1/1   Running   0     0s",
    ]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
@example("\x85")
@example("a\u2028\nb")
def test_yaml_means_what_it_says(value: object) -> None:
    """Text that looks like something else is quoted, so that YAML reads back what was written."""
    assert yaml.safe_load(as_yaml({"value": value})) == {"value": value}


def test_yaml_has_kubectls_quotes() -> None:
    """Text that would be read as something else stands in double quotes, lines as a block."""
    assert as_yaml({"a": "true", "b": "x", "c": "1", "d": "p\nq\n"}) == 'a: "true"\nb: x\nc: "1"\nd: |\n  p\n  q\n'


# ---------------------------------------------------------------- requests


def test_requests_are_shown() -> None:
    """From level 6 on each request is shown with its answer, from 7 on with what the client accepts."""
    assert ask("po", verbosity=5).err == ""
    assert ask("po", verbosity=6).err == f"GET {PODS_URL}?limit=500 200 OK in 0 milliseconds\n"
    assert ask("po", "web-a", "x", verbosity=6).err.splitlines()[:2] == [
        f"GET {PODS_URL}/web-a 200 OK in 0 milliseconds",
        f"GET {PODS_URL}/x 404 Not Found in 0 milliseconds",
    ]
    first, headers, accept, agent, last = ask("po", verbosity=7).err.splitlines()
    assert (first, headers, last) == (
        f"GET {PODS_URL}?limit=500",
        "Request Headers:",
        "Response Status: 200 OK in 0 milliseconds",
    )
    assert (";as=Table;" in accept, agent.strip()) == (True, "User-Agent: kubectl/v1.35")
    assert "    Accept: application/json" in ask("po", output="json", verbosity=8).err.splitlines()


@pytest.mark.parametrize(
    ("word", "namespace", "path"),
    [
        ("pods", None, "/api/v1/pods"),
        ("deploy", "ci", "/apis/apps/v1/namespaces/ci/deployments"),
        ("hpa", "ci", "/apis/autoscaling/v2/namespaces/ci/horizontalpodautoscalers"),
        ("nodes", "ci", "/api/v1/nodes"),
    ],
)
def test_where_objects_lie(word: str, namespace: str | None, path: str) -> None:
    """Lists lie below their group and version, those of a namespace below it."""
    assert f"GET https://127.0.0.1:6443{path}?limit=500 " in ask(word, namespace=namespace, verbosity=6).err


# ---------------------------------------------------------------- nobody answers


def test_without_control_plane_the_connection_is_refused() -> None:
    """While no API server listens, every request is refused, whatever it asks for."""
    away = Run(calm()).take(faults.stop_control_plane).cluster

    for words in (["pods"], ["nosuchkind"], ["po/x"]):
        assert ask(*words, c=away) == Answer(err=REFUSED, code=1)
    assert ask("po", c=away, verbosity=6).err.splitlines()[0] == (
        "GET https://127.0.0.1:6443/api?timeout=32s  in 0 milliseconds"
    )


def test_without_etcd_the_server_says_so() -> None:
    """An API server that runs and cannot reach etcd answers with an error of its own."""
    away = Run(calm()).take(faults.kill_process, ProcessId("etcd")).cluster
    answer = ask("po", c=away)

    assert answer.code == 1
    assert answer.err.startswith("Error from server: rpc error: code = Unavailable")


# ---------------------------------------------------------------- rollouts


def told(c: Cluster, *words: str) -> Answer:
    """Return what `rollout status` answers."""
    return rollout_status(Instant(cluster=c), words, namespace="default")


def test_a_rollout_is_followed() -> None:
    """A rollout is told from the spec that nobody has seen to the last replica."""
    c = running_cluster(deployment(2), rollouts=1)
    begun = Run(c).take(kubectl.rollout, WEB).cluster
    updated = changed(begun, "deployments", WEB, observed=True, status_replicas=3, updated_replicas=2)

    assert told(c, "deploy/web").out == 'deployment "web" successfully rolled out\n'
    assert told(begun, "deploy", "web").out == "Waiting for deployment spec update to be observed...\n"
    assert told(updated, "deploy/web").out == (
        'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...\n'
    )


def test_rollouts_that_cannot_be_told() -> None:
    """What has no rollout, is not there or cannot be asked is an error with exit code 1."""
    away = Run(calm()).take(faults.stop_control_plane).cluster

    assert told(calm()).err == "error: required resource not specified\n"
    assert told(calm(), "po").err == 'error: no status viewer has been implemented for "pods"\n'
    assert told(calm(), "deploy/x") == Answer(
        err='Error from server (NotFound): deployments.apps "x" not found\n', code=1
    )
    assert told(calm(), "x/x").err == 'error: the server doesn\'t have a resource type "x"\n'
    assert told(away, "deploy/web") == Answer(err=REFUSED, code=1)


def workload(strategy: str = "RollingUpdate", partition: int | None = None, **status: object) -> dict[str, object]:
    """Return a workload of three replicas whose controller has seen its spec."""
    rolling = {} if partition is None else {"rollingUpdate": {"partition": partition}}
    return {
        "metadata": {"name": "web", "generation": 1},
        "spec": {"replicas": 3, "updateStrategy": {"type": strategy, **rolling}},
        "status": {"observedGeneration": 1, **status},
    }


def test_a_deadline_that_has_passed_is_an_error() -> None:
    """A Deployment that makes no progress is told as an error."""
    late = workload(conditions=[{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}])

    assert deployment_status(late).error == 'deployment "web" exceeded its progress deadline'


def test_daemon_sets_are_told() -> None:
    """A DaemonSet waits for updated pods, then for available ones; OnDelete cannot be told."""
    old = workload(desiredNumberScheduled=2, updatedNumberScheduled=1)
    new = workload(desiredNumberScheduled=2, updatedNumberScheduled=2, numberAvailable=1)

    assert "1 out of 2 new pods have been updated" in daemon_set_status(old).message
    assert "1 of 2 updated pods are available" in daemon_set_status(new).message
    assert daemon_set_status(workload("OnDelete")).error


@pytest.mark.parametrize(
    ("stateful_set", "message", "done"),
    [
        (workload(readyReplicas=1), "Waiting for 2 pods to be ready...\n", False),
        (
            workload(partition=1, readyReplicas=3, updatedReplicas=1),
            "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...\n",
            False,
        ),
        (
            workload(partition=1, readyReplicas=3, updatedReplicas=2),
            "partitioned roll out complete: 2 new pods have been updated...\n",
            True,
        ),
        (
            workload(readyReplicas=3, updatedReplicas=1, updateRevision="b", currentRevision="a"),
            "waiting for statefulset rolling update to complete 1 pods at revision b...\n",
            False,
        ),
        (
            workload(readyReplicas=3, updatedReplicas=3, updateRevision="b", currentRevision="b"),
            "statefulset rolling update complete 3 pods at revision b...\n",
            True,
        ),
    ],
)
def test_stateful_sets_are_told(stateful_set: dict[str, object], message: str, done: bool) -> None:
    """A StatefulSet waits for ready pods, then for those above its partition, then for the revision."""
    status = stateful_set_status(stateful_set)

    assert (status.message, status.done, status.error) == (message, done, "")
