"""Services and EndpointSlices as kubectl shows them."""

from __future__ import annotations

from kubernetes_systems import after, changed, deployment, running_cluster, service

from clusterproof.models.kubernetes import endpointslice_controller
from clusterproof.models.kubernetes.api_objects.endpoint_slices import endpoint_slices
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.services import services
from clusterproof.models.kubernetes.names import PodId, ServiceId
from clusterproof.models.kubernetes.printers.services import SERVICE
from clusterproof.models.kubernetes.printers.table import Options


def test_a_published_endpoint_is_ready_and_says_that_it_does_not_serve() -> None:
    """With publishNotReadyAddresses the conditions are told apart."""
    c = running_cluster(deployment(1), service("publishNotReadyAddresses: true"))
    c = after(changed(c, "pods", PodId("web-a"), ready=False), endpointslice_controller.sync, ServiceId("web"))

    (found,) = endpoint_slices(Instant(cluster=c))
    assert [e["conditions"] for e in found["endpoints"]] == [{"ready": True, "serving": False, "terminating": False}]


def test_an_external_name_has_no_address_and_no_slice() -> None:
    """kubectl shows the name as EXTERNAL-IP."""
    spec = "{type: ExternalName, externalName: db.example.org, selector: {app: web}}"
    document = f"{{apiVersion: v1, kind: Service, metadata: {{name: db}}, spec: {spec}}}"
    instant = Instant(cluster=running_cluster(document))

    (found,) = services(instant)
    cells = SERVICE.cells(found, Options(now=instant.now))
    assert cells[:5] == ["db", "ExternalName", "<none>", "db.example.org", "<none>"]
    assert list(endpoint_slices(instant)) == []
