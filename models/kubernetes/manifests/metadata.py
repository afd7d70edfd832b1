"""Object metadata.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
"""

from __future__ import annotations

from collections.abc import Callable

from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.names import check_labels, is_dns_label, is_dns_subdomain
from clusterproof.models.kubernetes.objects import ObjectMeta

NOT_MODELLED = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generateName",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)


def read_metadata(
    top: Fields, *, is_name: Callable[[str], bool] = is_dns_subdomain, namespaced: bool = True
) -> ObjectMeta:
    """The metadata of an object; an object without a namespace is in `default`."""
    metadata = top.required_fields("metadata", "write metadata with a name")
    if metadata.has("generateName") and not metadata.has("name"):
        metadata.fail("generateName", "the API server would invent a name; write metadata.name instead")
    name = metadata.required_text("name", "write the object's name")
    if not is_name(name):
        metadata.fail("name", f"{quoted(name)} is not a valid name; write lower-case letters, digits and dashes")
    namespace = metadata.text("namespace", "") or ("default" if namespaced else "")
    if namespace and not is_dns_label(namespace):
        metadata.fail("namespace", f"{quoted(namespace)} is not a namespace; write lower-case letters, digits, dashes")
    labels = metadata.text_map("labels")
    check_labels(metadata, "labels", labels)
    read = ObjectMeta(
        name=name,
        namespace=namespace,
        labels=labels,
        annotations=metadata.text_map("annotations"),
        finalizers=metadata.texts("finalizers"),
    )
    metadata.close(NOT_MODELLED)
    return read


def read_template_metadata(template: Fields) -> tuple[dict[str, str], dict[str, str]]:
    """The labels and annotations of a pod template; a name or namespace there has no meaning."""
    metadata = template.fields("metadata")
    if metadata is None:
        return {}, {}
    labels = metadata.text_map("labels")
    check_labels(metadata, "labels", labels)
    annotations = metadata.text_map("annotations")
    metadata.close((*NOT_MODELLED, "name", "namespace", "finalizers"))
    return labels, annotations
