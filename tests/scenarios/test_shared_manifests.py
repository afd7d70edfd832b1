"""Real manifests of many projects load, or are refused in one line; nothing else happens."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from clusterproof.checker.cli import main
from clusterproof.models.kubernetes.manifests import ManifestError, load_manifests
from clusterproof.models.kubernetes.topology import load_topology

DIRECTORY = Path(__file__).resolve().parents[3] / "shared" / "inputs" / "manifests"
INDEX = DIRECTORY / "index.csv"
ROWS = INDEX.read_text(encoding="utf-8").splitlines() if INDEX.is_file() else []
FILES = [row["file"] for row in csv.DictReader(ROWS)]

REFUSED = {
    "kind-config/invalid-bad-indent.yaml": (18, "nodes[1].extraPortMappings[1].containerPort"),
    "kind-config/invalid-bogus-field.yaml": (18, "nodes[1].extraPortMappings[0].nOtAReaLFielD"),
    "kindnet/kind-default-cni.yaml.tmpl": (84, "YAML"),
    "kube-linter/pkg__command__lint__testdata__invalid.yaml": (2, "YAML"),
    "kube-linter/pkg__templates__sortedkeys__testdata__configmap-merge-unsorted.yaml": (3, "data.base-config"),
    "kubeconform/fixtures__duplicate_property.yaml": (16, "spec.template.spec.containers"),
    "kubeconform/fixtures__duplicates.yaml": (26, "metadata.name"),
    "kubeconform/fixtures__missing_kind.yaml": (1, "kind"),
    "metrics-server/manifests__base__deployment.yaml": (7, "spec.selector"),
    "metrics-server/manifests__components__high-availability__pdb.yaml": (2, "apiVersion"),
}
"""Mistakes whose place is worth pinning: file -> line and field."""

LOADED = {
    "argo-cd/manifests__ha__namespace-install.yaml": (6, 12, 32),
    "guestbook/web__guestbook__all-in-one__guestbook-all-in-one.yaml": (3, 3, 0),
    "ingress-nginx/deploy__static__provider__kind__deploy.yaml": (1, 2, 11),
    "istio-bookinfo/samples__bookinfo__platform__kube__bookinfo.yaml": (6, 4, 4),
    "kubernetes-website/zookeeper.yaml": (0, 2, 0),
    "online-boutique/release__kubernetes-manifests.yaml": (12, 12, 11),
    "sock-shop/deploy__kubernetes__complete-demo.yaml": (14, 14, 0),
}
"""Big files: file -> Deployments, Services, objects of other kinds."""


@pytest.fixture(autouse=True)
def _needs_inputs():
    if not FILES:
        pytest.skip(f"needs the collection of real manifests, and {INDEX.name} is not there")


def read(file: str):
    """Load one file of the collection, kind configurations as such."""
    path = DIRECTORY / file
    return load_topology(path) if file.startswith("kind-config/") else load_manifests([path])


@pytest.mark.parametrize("file", FILES or ["none"])
def test_a_real_file_loads_or_is_refused_in_one_line(file):
    """No real file makes the loader fail in another way than with one line that names file, line and field."""
    try:
        read(file)
    except ManifestError as error:
        lines = str(error).splitlines()
        assert len(lines) == 1
        assert lines[0] == f"{DIRECTORY / file}:{error.line}: {error.field}: {error.message}"  # noqa: PT017
        assert error.line >= 1  # noqa: PT017


@pytest.mark.parametrize(("file", "place"), REFUSED.items())
def test_a_real_mistake_is_found_at_its_place(file, place):
    """Deliberate and accidental mistakes in real files are refused at their line and field."""
    with pytest.raises(ManifestError) as caught:
        read(file)

    assert (caught.value.line, caught.value.field) == place


@pytest.mark.parametrize(("file", "counts"), LOADED.items())
def test_a_big_real_file_is_read_whole(file, counts):
    """Every object of a big real file is there, modelled or listed."""
    manifests = read(file)

    assert (len(manifests.deployments), len(manifests.services), len(manifests.others)) == counts


def test_refused_files_are_in_known_projects():
    """Only collections of linter fixtures, kustomize bases and trace inputs hold files that are refused."""
    refused = []
    for file in FILES:
        try:
            read(file)
        except ManifestError:
            refused.append(file)

    by_project = {file.partition("/")[0] for file in refused}
    assert by_project == {
        "kind-config",
        "kindnet",
        "kivi-failure-cases",
        "kube-linter",
        "kube-score",
        "kubeconform",
        "metrics-server",
        "polaris",
    }


LOST = ("replicas-converge", "running-workloads-survive-control-plane-loss")
DRAINED = ("replicas-converge", "drain-terminates")
ROOMY = {
    "guestbook/web__guestbook__all-in-one__guestbook-all-in-one.yaml": LOST,
    "ingress-nginx/deploy__static__provider__kind__deploy.yaml": DRAINED,
    "kube-prometheus/manifests__prometheusAdapter-deployment.yaml": LOST,
    "kubernetes-website/php-apache.yaml": DRAINED,
    "online-boutique/release__kubernetes-manifests.yaml": LOST,
    "sock-shop/deploy__kubernetes__complete-demo.yaml": DRAINED,
}
"""Well-formed files that need no more than two small nodes: file -> what is asked of it."""


@pytest.mark.parametrize(("file", "promises"), ROOMY.items())
def test_a_roomy_real_manifest_raises_no_alarm(file, promises, tmp_path, capsys):
    """Replicas converge, a drain ends, and containers survive the loss of the control plane."""
    control_plane, actions = (1, "[]") if promises is LOST else (0, "[{drain: kind-worker}]")
    (tmp_path / "check.yaml").write_text(
        f"target: ''\nmanifests: {DIRECTORY / file}\nactions: {actions}\nproperties: [{', '.join(promises)}]\n"
        f"faults: {{stop-control-plane: {control_plane}, crash-container: 0}}\n"
    )
    code = main(["check", str(tmp_path / "check.yaml"), "--json", str(tmp_path / "run.json")])
    capsys.readouterr()
    told = json.loads((tmp_path / "run.json").read_text())["properties"]

    assert code == 0
    assert {one["verdict"] for one in told} == {"PROVED"}
    assert {one["name"] for one in told} == set(promises)


def test_an_alarm_names_the_field(tmp_path, capsys):
    """Three pods that refuse to share a node do not fit on two, and *why* says which field wants that."""
    file = DIRECTORY / "argo-cd/manifests__ha__namespace-install.yaml"
    main(["check", "-f", str(file), "--fault", "crash-container=0", "--property", "replicas-converge"])
    text = " ".join(capsys.readouterr().out.split())

    assert "2 refuted" in text
    assert "spec.template.spec.affinity.podAntiAffinity of Deployment/argocd-redis-ha-haproxy" in text
    assert "spec.template.spec.affinity.podAntiAffinity of StatefulSet/argocd-redis-ha-server" in text
