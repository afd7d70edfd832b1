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

EXPLORE_HELP = """\
examples:
  clusterproof explore                                the built-in example, for 45 s
  clusterproof explore -f k8s/ --set workers=1..3     some of the clusters with one to three workers
  clusterproof explore philosophers --set n=2..6
  clusterproof explore -f k8s/ --set deployment/web.replicas=1..4 --set pdb/web.minAvailable=0..2

Hypothesis draws the scope, which faults and actions are in and how often they are taken, and the manner of the
schedule; walks try them. What is found is shrunk, kept in --database, and tried first next time. Nothing is proved.

profiles: dev draws something new each time; ci draws the same each time; both end after 45 s. nightly takes walks of
500 steps for 15 minutes. --bound seconds=N, --examples, --steps and --seed say otherwise.

"""

EXPLORE_HELP += EXIT_CODES.replace(
    "  3  something is UNDETERMINED (with --strict also: a warning)",
    "  3  no counterexample, with --fail-on undetermined; with --strict also: a warning",
).replace("everything that was checked is PROVED", "no counterexample was found")

KUBECTL_HELP = """\
examples:
  clusterproof kubectl get pods -o wide               the built-in example, deployed
  clusterproof kubectl k8s/ get all -A                your own manifests, deployed
  clusterproof kubectl trace.json get nodes           after the last step of a trace
  clusterproof kubectl trace.json@3 get pod web-a -o yaml
  clusterproof kubectl trace.json@3 get pods -v 7     with the requests
  clusterproof kubectl trace.json get pods -o jsonpath='{.items[*].metadata.name}'

exit codes are kubectl's, 0 or 1, and 2 for words that make no sense here.
"""

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
    _add_search_options(check)
    _add_result_options(check)
    explore = commands.add_parser(
        "explore", help="look for counterexamples at random", epilog=EXPLORE_HELP, formatter_class=raw
    )
    _add_target(explore, seconds=45)
    _add_explore_options(explore)
    _add_result_options(explore)
    story = commands.add_parser("story", help="tell the fault-free run of a cluster, from apply to running")
    _add_target(story)
    story.add_argument("--out", metavar="DIR", help="write the story as Markdown, diagram and picture")
    replay = commands.add_parser("replay", help="execute a trace again and compare every state")
    replay.add_argument("trace", metavar="TRACE", help="a file that `check --out DIR` has written")
    _add_python(replay)
    pin = commands.add_parser("pin", help="write a trace as a regression test, which fails until it is fixed")
    pin.add_argument("trace", metavar="TRACE", help="a file that `check --out DIR` or pytest has written")
    pin.add_argument("directory", metavar="DIR", help="where the tests are")
    _add_python(pin)
    graph = commands.add_parser("graph", help="draw a trace, or a small state space")
    graph.add_argument("what", metavar="TRACE|TARGET", help=f"a trace file, or {TARGET_HELP}")
    _add_scope(graph)
    graph.add_argument("--out", metavar="DIR", default=".", help="where to write the picture (here)")
    kubectl = commands.add_parser(
        "kubectl", help="what kubectl shows in a state of a trace", epilog=KUBECTL_HELP, formatter_class=raw
    )
    _add_scope(kubectl)
    kubectl.add_argument(
        "words", metavar="TRACE[@STEP]|TARGET get ...", nargs=argparse.REMAINDER, help=f"a trace file, or {TARGET_HELP}"
    )
    footprint = commands.add_parser("footprint", help="which component reads and writes what")
    _add_target(footprint)
    listing = commands.add_parser("list", help="models, properties, faults and actions, a line each")
    for each in (check, explore, story, replay, pin, graph, kubectl, footprint, listing):
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


def _add_target(parser: argparse.ArgumentParser, seconds: int = 600) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default="", help=f"{TARGET_HELP}; hello-server")
    _add_scope(parser, seconds)


def _add_scope(parser: argparse.ArgumentParser, seconds: int = 600) -> None:
    scope = parser.add_argument_group("what to look at")
    _add_python(scope)
    scope.add_argument("-f", "--filename", metavar="FILE|DIR", action="append", default=[], help="manifests")
    scope.add_argument("--cluster", metavar="KIND_YAML", default="", help="a kind configuration; else two workers")
    scope.add_argument(
        "--fault", metavar="NAME=N", action="append", default=[], help="how often a fault may strike, or unbounded"
    )
    scope.add_argument("--property", metavar="NAME", action="append", default=[], help="only these properties")
    scope.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="e.g. timing=untimed, n=5")
    scope.add_argument("--timing", choices=("timed", "untimed"), help="short for --set timing=...")
    scope.add_argument("--start", choices=("deployed", "apply", "sampled"), help="short for --set start=...")
    scope.add_argument(
        "--bound",
        metavar="NAME=N",
        action="append",
        default=[],
        help=f"states=N, seconds=N ({seconds}), depth=N or memory=8GiB",
    )


def _add_python(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--target",
        metavar="PYTHON",
        dest="python",
        default="",
        help="module:system or FILE.py:system, beside a file that names it: files are data, and run no code",
    )


def _add_search_options(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how to look")
    how.add_argument(
        "--engine", metavar="NAME", default="auto", help="auto (by size), reference (plain) or learned (fast)"
    )
    how.add_argument("--slicing", choices=("on", "off"), help="explore per property only what it depends on")
    how.add_argument("--symmetry", choices=("on", "off"), help="explore one of the states that differ by names only")
    how.add_argument(
        "--fingerprint-bits",
        choices=("64", "128"),
        default="64",
        help="by how many bits the learned engine knows states",
    )
    how.add_argument("--stats", action="store_true", help="say how often each function was called")
    how.add_argument("--checkpoint", metavar="DIR", help="keep in this directory what --resume needs, now and then")
    how.add_argument("--resume", metavar="DIR", help="go on with the check that is kept in this directory")
    how.add_argument(
        "--checkpoint-seconds", metavar="N", default="60", help="how often to write one at most (60); 0: at every level"
    )
    how.add_argument(
        "--verify",
        metavar="N",
        help="explore N states again by the reference engine, calling every function twice; what differs is an ERROR",
    )


def _add_explore_options(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how to look")
    how.add_argument(
        "--profile", choices=("dev", "ci", "nightly"), default="dev", help="dev: 45 s, ever new; see below"
    )
    how.add_argument("--examples", metavar="N", help="how many mixes Hypothesis draws at most")
    how.add_argument("--steps", metavar="N", help="how many steps a walk takes at most (200)")
    how.add_argument("--seed", metavar="N", help="draw the same as the run that named this number")
    how.add_argument(
        "--show", metavar="N", default="0", help="print so many runs that break nothing, unlike each other"
    )
    how.add_argument(
        "--database", metavar="DIR", default=".hypothesis/examples", help="where counterexamples are kept, or none"
    )
    how.add_argument(
        "--fail-on", choices=("refuted", "undetermined"), default="refuted", help="undetermined: exit code 3, not 0"
    )


def _add_result_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("when to stop, and what to say")
    what.add_argument("--stop-at-first", action="store_true", help="stop at the first refutation")
    what.add_argument("--json", metavar="FILE|-", help="write the result as JSON; - prints nothing else")
    what.add_argument("--out", metavar="DIR", help="write a trace and a picture for each refuted claim")
    what.add_argument("--strict", action="store_true", help="warnings count as undetermined: exit code 3")


def request_of(options: argparse.Namespace) -> Request:
    """What the words ask for. Raises UsageError."""
    settings = requests.parse_settings(options.set)
    settings |= {key: value for key in ("timing", "start") if (value := getattr(options, key)) is not None}
    slicing, symmetry = (getattr(options, name, None) for name in ("slicing", "symmetry"))
    target = getattr(options, "target", "")
    return Request(
        target=options.python or target,
        check_file=target if options.python else "",
        manifests=tuple(options.filename),
        cluster=options.cluster,
        faults=requests.parse_faults(options.fault),
        settings=settings,
        properties=tuple(options.property),
        bounds=requests.parse_bounds(options.bound),
        engine=getattr(options, "engine", "auto"),
        sliced=None if slicing is None else slicing == "on",
        symmetry=None if symmetry is None else symmetry == "on",
    )
