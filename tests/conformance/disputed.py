"""Cases of the shared tables that are expected to fail, each with the reason; see docs/fidelity.md.

Most of these rows have lost what their answer depends on on the way from upstream's test to the table; one says what
upstream does not do. The decisions are not bent to them: a row that begins to pass makes its test fail, so that this
list stays true.
"""

from __future__ import annotations

from collections.abc import Mapping

_STATUS_LOST = "the table lost this row's Filter status: it expects success where upstream's own test expects refusal"

DISPUTED: Mapping[str, str] = {
    "endpointslice/podToEndpoint/TestPodToEndpoint-5": "the row does not give the pod's addresses",
    "endpointslice/podToEndpoint/TestPodToEndpoint-6": "the row does not give the pod's hostname",
    "garbagecollector/delete_propagation/3": (
        "a DELETE that names no policy orphans the pods of a batch/v1 Job and of a v1 ReplicationController"
    ),
    "printers/kubectl_get_pods/TestPrintPod-15": "the row does not give the pod's containers, whose number it expects",
    **{f"job/IsIndexFailed/TestIsIndexFailed-{number}": "the row does not give its pod" for number in (1, 3)},
    "replicaset/calculateStatus/TestCalculateStatus-6": "the row does not give the fixture's minReadySeconds",
    "replicaset/calculateStatus_conditions/TestCalculateStatusConditions-3": "the row does not give the old condition",
    **{
        f"scheduler/InterPodAffinity.Filter/TestRequiredAffinitySingleNode/{number}": _STATUS_LOST
        for number in (3, 9, 11, 16, 17, 18, 20, 22, 24)
    },
    **{f"scheduler/NodePorts.Filter/TestNodePorts/{number}": _STATUS_LOST for number in (2, 8, 9, 10, 12)},
}
"""Case id -> why it fails."""
