"""The words of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from clusterproof.checker.cli import request as requests
from clusterproof.checker.cli.errors import UsageError, unknown
from clusterproof.checker.cli.request import Request

DESCRIPTION = "Model-checks a Kubernetes cluster before it runs."

EXIT_CODES = """\
exit codes:
  0  everything that was checked is PROVED
  1  something is REFUTED
  2  usage or specification error, or nothing was checked
  3  something is UNDETERMINED (with --strict also: a warning)
  4  internal error, or code of the specification raised or is impure
"""

CHECK_HELP = (
    """\
examples:
  clusterproof check                                  the built-in example
  clusterproof check -f k8s/ --cluster kind.yaml      your own manifests
  clusterproof check --fault crash-node=1             a worker may be lost, too
  clusterproof check philosophers --set n=5
  clusterproof check bridge.py:system
  clusterproof check check.yaml                       a check file: target, cluster, manifests, actions, faults,
                                                      properties, bounds, scope, undetermined

warnings, which --strict turns from exit code 0 into 3: what the manifests say and the model does not know, faults
that never struck, and actions of the user (in a system of your own: any action) that never did anything.

"""
    + EXIT_CODES
)

TARGET_HELP = "a built-in model, a check file, a directory of manifests, module:system or FILE.py:system"


class _Parser(argparse.ArgumentParser):
    """Complains by raising, in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options; `command` names the subcommand. Raises UsageError, and SystemExit after --help."""
    from clusterproof.checker.cli.command_line import COMMANDS

    words = list(argv)
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in COMMANDS and not {"-h", "--help", "--version"} & set(words):
        raise unknown("command", first, COMMANDS)
    parser = _parser()
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        raise SystemExit(2)
    return options


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser("clusterproof", description=DESCRIPTION, epilog=EXIT_CODES, formatter_class=raw)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    parser.set_defaults(debug=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    check = commands.add_parser("check", help="check a system", epilog=CHECK_HELP, formatter_class=raw)
    _add_target(check)
    _add_check_options(check)
    story = commands.add_parser("story", help="tell the fault-free run of a cluster, from apply to running")
    _add_target(story)
    story.add_argument("--out", metavar="DIR", help="write the story as Markdown, diagram and picture")
    replay = commands.add_parser("replay", help="execute a trace again and compare every state")
    replay.add_argument("trace", metavar="TRACE", help="a file that `check --out DIR` has written")
    pin = commands.add_parser("pin", help="write a trace as a regression test, which fails until it is fixed")
    pin.add_argument("trace", metavar="TRACE", help="a file that `check --out DIR` or pytest has written")
    pin.add_argument("directory", metavar="DIR", help="where the tests are")
    graph = commands.add_parser("graph", help="draw a trace, or a small state space")
    graph.add_argument("what", metavar="TRACE|TARGET", help=f"a trace file, or {TARGET_HELP}")
    _add_scope(graph)
    graph.add_argument("--out", metavar="DIR", default=".", help="where to write the picture (here)")
    footprint = commands.add_parser("footprint", help="which component reads and writes what")
    _add_target(footprint)
    listing = commands.add_parser("list", help="models, properties, faults and actions, a line each")
    for each in (check, story, replay, pin, graph, footprint, listing):
        each.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, *_: object) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"clusterproof {version('clusterproof')}")
        except PackageNotFoundError:
            print("clusterproof, not installed")
        raise SystemExit(0)


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default="", help=f"{TARGET_HELP}; hello-server")
    _add_scope(parser)


def _add_scope(parser: argparse.ArgumentParser) -> None:
    scope = parser.add_argument_group("what to look at")
    scope.add_argument("-f", "--filename", metavar="FILE|DIR", action="append", default=[], help="manifests")
    scope.add_argument("--cluster", metavar="KIND_YAML", default="", help="a kind configuration; else two workers")
    scope.add_argument(
        "--fault", metavar="NAME=N", action="append", default=[], help="how often a fault may strike, or unbounded"
    )
    scope.add_argument("--property", metavar="NAME", action="append", default=[], help="only these properties")
    scope.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="e.g. timing=untimed, n=5")
    scope.add_argument("--timing", choices=("timed", "untimed"), help="short for --set timing=...")
    scope.add_argument("--start", choices=("deployed", "apply"), help="short for --set start=...")
    scope.add_argument(
        "--bound", metavar="NAME=N", action="append", default=[], help="states=N, seconds=N (600) or depth=N"
    )


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how to look, and what to say")
    how.add_argument("--engine", metavar="NAME", default="reference", help="reference: breadth-first, obviously right")
    how.add_argument("--slicing", choices=("on", "off"), help="explore per property only what it depends on")
    how.add_argument("--stop-at-first", action="store_true", help="stop at the first refutation")
    how.add_argument("--json", metavar="FILE|-", help="write the result as JSON; - prints nothing else")
    how.add_argument("--out", metavar="DIR", help="write a trace and a picture for each refuted claim")
    how.add_argument("--strict", action="store_true", help="warnings count as undetermined: exit code 3")


def request_of(options: argparse.Namespace) -> Request:
    """What the words ask for. Raises UsageError."""
    settings = requests.parse_settings(options.set)
    settings |= {key: value for key in ("timing", "start") if (value := getattr(options, key)) is not None}
    slicing = getattr(options, "slicing", None)
    return Request(
        target=getattr(options, "target", ""),
        manifests=tuple(options.filename),
        cluster=options.cluster,
        faults=requests.parse_faults(options.fault),
        settings=settings,
        properties=tuple(options.property),
        bounds=requests.parse_bounds(options.bound),
        engine=getattr(options, "engine", "reference"),
        sliced=None if slicing is None else slicing == "on",
    )
