"""`clusterproof kubectl`: what kubectl shows in a state of a trace, or in a cluster that has just been deployed.

Exit codes are kubectl's: 0, or 1 where it prints an error. 2: the words make no sense here, or the trace is bad.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.errors import UsageError, unknown
from clusterproof.checker.cli.instants import Sight, instant_of_target, instant_of_trace, trace_at
from clusterproof.checker.cli.request import is_number
from clusterproof.checker.render.escape import printable

VERBS = ("get", "rollout")
MOST_VERBOSE = 10


def run(options: argparse.Namespace) -> int:
    """Answer as kubectl does."""
    from clusterproof.models.kubernetes.kubectl_client.request import KubectlError

    target, words = _split(options.words)
    try:
        asked = _parse(words)
    except SystemExit as done:  # --help
        return int(done.code or 0)
    try:
        answer_in = _rollout(asked) if asked.verb == "rollout" else _get(asked)
    except KubectlError as error:
        print(printable(str(error)), file=sys.stderr)
        return 1
    sight = _sight(options, target)
    if sight.note:
        print(f"clusterproof: {sight.note}", file=sys.stderr)
    answer = answer_in(sight.instant)
    sys.stderr.write(_harmless(answer.err))
    sys.stderr.flush()
    sys.stdout.write(_harmless(answer.out))
    code: int = answer.code
    return code


def _get(asked: argparse.Namespace) -> Callable[[Any], Any]:
    """What answers a `get` in an instant; raises KubectlError for what kubectl refuses before it asks a server."""
    from clusterproof.models.kubernetes.kubectl_client.get import get
    from clusterproof.models.kubernetes.kubectl_client.request import request

    wanted = request(
        asked.words,
        namespace=None if asked.all_namespaces else asked.namespace,
        output=asked.output,
        headers=not asked.no_headers,
        verbosity=asked.verbosity,
    )
    return lambda instant: get(instant, wanted)


def _rollout(asked: argparse.Namespace) -> Callable[[Any], Any]:
    """What answers a `rollout status`, or a `rollout undo` that changes nothing, in an instant."""
    from clusterproof.models.kubernetes.kubectl_client.rollout import rollout_status
    from clusterproof.models.kubernetes.kubectl_client.rollout_undo import rollout_undo

    verb, words = asked.words[:1], asked.words[1:]
    if verb == ["undo"] and asked.dry_run == "server":
        return lambda instant: rollout_undo(
            instant, words, namespace=asked.namespace, to_revision=asked.to_revision, verbosity=asked.verbosity
        )
    if verb == ["undo"]:
        raise UsageError("nothing is rolled back in a trace; write rollout undo deploy/web --dry-run=server")
    if verb != ["status"]:
        raise UsageError(
            "of kubectl rollout there are only status and undo here; write for example rollout status deploy/web"
        )
    return lambda instant: rollout_status(instant, words, namespace=asked.namespace, verbosity=asked.verbosity)


def _sight(options: argparse.Namespace, target: str) -> Sight:
    trace = trace_at(target) if target else None
    if trace is not None:
        return instant_of_trace(*trace, options.python)
    options.target = target
    return instant_of_target(request_of(options), target)


def _harmless(text: str) -> str:
    """The text without what a terminal would carry out; lines and tabs stay."""
    return "".join(letter if letter in "\n\t" else printable(letter) for letter in text)


# ---------------------------------------------------------------- the words


def _split(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The target, empty for the built-in example, and the words of kubectl."""
    if words[:1] and words[0] in VERBS:
        return "", words
    return (words[0] if words else ""), words[1:]


class _Parser(argparse.ArgumentParser):
    """Complains by raising, in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def _parse(words: Sequence[str]) -> argparse.Namespace:
    """The flags of kubectl, which may stand anywhere. Raises UsageError, and SystemExit after --help."""
    if not words:
        raise UsageError("what shall kubectl do? write for example clusterproof kubectl trace.json get pods")
    if words[0] not in VERBS and not words[0].startswith("-"):
        raise unknown("kubectl command", words[0], VERBS)
    parser = _Parser("clusterproof kubectl [TRACE[@STEP]|TARGET]", allow_abbrev=False)
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument(
        "words", metavar="TYPE [NAME ...] | TYPE/NAME ...", nargs="*", help="e.g. pods, deploy web; status deploy/web"
    )
    parser.add_argument("-n", "--namespace", default="default", metavar="NAMESPACE")
    parser.add_argument("-A", "--all-namespaces", action="store_true")
    parser.add_argument(
        "-o", "--output", default="", metavar="FORMAT", help="wide, yaml, json, name, jsonpath=TEMPLATE"
    )
    parser.add_argument("--to-revision", default="0", metavar="N", help="of rollout undo: 0 for the last but one")
    parser.add_argument("--dry-run", default="none", metavar="server", help="of rollout undo: say what it would do")
    parser.add_argument("--no-headers", action="store_true", help="tables without their first line")
    parser.add_argument(
        "-v", "--v", dest="verbosity", default="0", metavar="LEVEL", help="6: show requests, 7: in full"
    )
    asked = parser.parse_intermixed_args(list(words))
    level = asked.verbosity
    if not (level.isascii() and level.isdecimal() and len(level) <= 2 and int(level) <= MOST_VERBOSE):
        raise UsageError(f"-v {level}: write a level from 0 to {MOST_VERBOSE}")
    asked.verbosity = int(level)
    if not is_number(asked.to_revision):
        raise UsageError(f"--to-revision {asked.to_revision}: write a number, 0 or more")
    asked.to_revision = int(asked.to_revision)
    return asked
