"""The syntax of names and labels.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and
staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL, re.ASCII)
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.ASCII)
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", re.ASCII)


def is_dns_label(name: str) -> bool:
    """Lower-case letters, digits and dashes, at most 63: namespaces, containers, volumes."""
    return len(name) <= 63 and _DNS_LABEL.fullmatch(name) is not None


def is_dns_subdomain(name: str) -> bool:
    """DNS labels joined by dots, at most 253: most objects."""
    return len(name) <= 253 and _DNS_SUBDOMAIN.fullmatch(name) is not None


def is_service_name(name: str) -> bool:
    """A DNS label that starts with a letter: Services."""
    return len(name) <= 63 and _SERVICE_NAME.fullmatch(name) is not None


def is_port_name(name: str) -> bool:
    """At most 15 lower-case letters, digits and single dashes, with at least one letter: container ports."""
    return len(name) <= 15 and _PORT_NAME.fullmatch(name) is not None


def is_label_key(key: str) -> bool:
    """A name of at most 63 characters, with an optional DNS prefix before a slash."""
    prefix, slash, name = key.rpartition("/")
    return (not slash or is_dns_subdomain(prefix)) and len(name) <= 63 and _QUALIFIED.fullmatch(name) is not None


def is_label_value(value: str) -> bool:
    """Empty, or at most 63 letters, digits, dashes, underscores and dots."""
    return not value or (len(value) <= 63 and _QUALIFIED.fullmatch(value) is not None)


def check_labels(fields: Fields, name: str, labels: Mapping[str, str]) -> None:
    """Refuse labels that the API server would refuse."""
    for key, value in labels.items():
        check_label_key(fields, name, key)
        check_label_value(fields, name, value)


def check_label_key(fields: Fields, name: str, key: str) -> None:
    """Refuse a label key that the API server would refuse."""
    if not is_label_key(key):
        fields.fail(name, f"{quoted(key)} is not a label key; write letters, digits, - _ . (app.kubernetes.io/name)")


def check_label_value(fields: Fields, name: str, value: str) -> None:
    """Refuse a label value that the API server would refuse."""
    if not is_label_value(value):
        fields.fail(name, f"{quoted(value)} is not a label value; write at most 63 letters, digits, - _ .")
