"""Probes and lifecycle hooks of a container.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe and
pkg/apis/core/v1/defaults.go (SetDefaults_Probe), pkg/apis/core/validation/validation.go (validateProbe)
"""

from __future__ import annotations

import re

from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.names import is_port_name
from clusterproof.models.kubernetes.objects import Probe

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_SLEEP = re.compile(r"(?:/(?:usr/)?bin/)?sleep (\d{1,6})s?", re.ASCII)
_SHELLS = ("sh", "/bin/sh", "bash", "/bin/bash", "ash", "/bin/ash")


def read_probe(container: Fields, name: str) -> Probe | None:
    """A probe with its defaults; zero counts as absent, as in Go."""
    fields = container.fields(name)
    if fields is None:
        return None
    handler, port, path = _read_handler(fields)
    probe = Probe(
        handler=handler,
        port=port,
        path=path,
        initial_delay_seconds=fields.integer("initialDelaySeconds", 0, minimum=0),
        period_seconds=fields.integer("periodSeconds", 0, minimum=0) or 10,
        timeout_seconds=fields.integer("timeoutSeconds", 0, minimum=0) or 1,
        success_threshold=fields.integer("successThreshold", 0, minimum=0) or 1,
        failure_threshold=fields.integer("failureThreshold", 0, minimum=0) or 3,
    )
    if name != "readinessProbe" and probe.success_threshold != 1:
        fields.fail("successThreshold", f"must be 1 in a {name}; write 1 or remove it")
    if name == "readinessProbe" and fields.has("terminationGracePeriodSeconds"):
        fields.fail("terminationGracePeriodSeconds", "a readinessProbe never kills; remove it")
    fields.close(("terminationGracePeriodSeconds",))
    return probe


def _read_handler(fields: Fields) -> tuple[str, int | str | None, str]:
    given = [name for name in HANDLERS if fields.has(name)]
    if not given:
        fields.close((*HANDLERS, *_TIMINGS))  # a misspelt handler is the likelier mistake
        raise fields.error("a probe needs a handler; write httpGet, tcpSocket, grpc or exec")
    if len(given) > 1:
        fields.fail(given[1], f"a probe has one handler and {given[0]} is given too; remove one")
    name = given[0]
    handler = fields.required_fields(name, "write the handler")
    if name == "exec":
        handler.texts("command")
        handler.close()
        return name, None, ""
    if name == "grpc":
        grpc_port = handler.required_integer("port", minimum=1, maximum=65535)
        handler.close(("service",))
        return name, grpc_port, ""
    port = read_port(handler, "port")
    if port is None:
        handler.fail("port", "is missing; write a number or the name of a container port")
    path = handler.text("path", "") or "/" if name == "httpGet" else ""
    handler.close(("host", "httpHeaders", "scheme") if name == "httpGet" else ("host",))
    return name, port, path


_TIMINGS = (
    "failureThreshold",
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "terminationGracePeriodSeconds",
    "timeoutSeconds",
)


def read_port(fields: Fields, name: str) -> int | str | None:
    """A port number in 1..65535, or the name of one."""
    port = fields.integer_or_text(name)
    if isinstance(port, int) and not 1 <= port <= 65535:
        fields.fail(name, f"is {str(port)[:40]}; write a port between 1 and 65535")
    if isinstance(port, str) and not is_port_name(port):
        hint = "write the number without quotes" if port.isdigit() else "write a number or a name such as http"
        fields.fail(name, f"{quoted(port)} is not a port; {hint}")
    return port


def read_pre_stop_sleep(container: Fields) -> int | None:
    """How long the preStop hook sleeps: the sleep action, or a command that does nothing but sleep.

    Source: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ and KEP-3960
    """
    lifecycle = container.fields("lifecycle")
    if lifecycle is None:
        return None
    seconds = None
    pre_stop = lifecycle.fields("preStop")
    if pre_stop is not None:
        seconds = _read_sleep(pre_stop)
        pre_stop.close(("exec", "httpGet", "tcpSocket"))
    lifecycle.close(("postStart", "stopSignal"))
    return seconds


def _read_sleep(hook: Fields) -> int | None:
    sleep = hook.fields("sleep")
    if sleep is not None:
        seconds = sleep.required_integer("seconds", minimum=0)
        sleep.close()
        return seconds
    command = hook.fields("exec")
    if command is None:
        return None
    words = command.texts("command")
    command.close()
    match = _SLEEP.fullmatch(words[2].strip() if words[:1] and _is_shell(words) else " ".join(words))
    if match is None:
        hook.note("exec", "is not modelled, for the model knows only commands that sleep")
    return None if match is None else int(match[1])


def _is_shell(words: tuple[str, ...]) -> bool:
    return len(words) == 3 and words[0] in _SHELLS and words[1] == "-c"
