"""From the words of the command line to an exit code: errors become one line, never a traceback."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence

from clusterproof.checker.cli.arguments import parse
from clusterproof.checker.cli.errors import UsageError, one_line, shown
from clusterproof.checker.verdict import exit_code_of_error
from clusterproof.errors import ImpureError, SpecError, UserCodeError

USAGE_ERROR = 2
INTERRUPTED = 3
INTERNAL_ERROR = 4
BROKEN_PIPE = 141  # as of a program that the signal ends: 128 + SIGPIPE

COMMANDS = {
    "check": "check_command",
    "explore": "explore_command",
    "story": "story_command",
    "replay": "replay_command",
    "pin": "pin_command",
    "graph": "graph_command",
    "kubectl": "kubectl_command",
    "footprint": "footprint_command",
    "list": "list_command",
}


def run(argv: Sequence[str] | None) -> int:
    """Parse the words, run the command, and turn what it raises into a line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name need not fit the terminal's encoding
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
    except UsageError as error:
        return complain(one_line(error), USAGE_ERROR)
    except SystemExit as done:  # --help and --version
        return int(done.code or 0)
    debug = options.debug or bool(os.environ.get("CLUSTERPROOF_DEBUG"))
    try:
        command = importlib.import_module(f"clusterproof.checker.cli.{COMMANDS[options.command]}")
        code: int = command.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    except BrokenPipeError:  # `clusterproof list | head`: what is left has no reader
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  (whatever it is, a user sees one line)
        if debug:
            traceback.print_exc()
        return complain(*told(error))
    return code


def complain(text: str, code: int) -> int:
    """Say what is wrong, on standard error."""
    text = "\n".join(map(shown, text.split("\n")))
    print(f"clusterproof: {text}", file=sys.stderr)
    return code


def told(error: BaseException) -> tuple[str, int]:
    """What an error says to a user, in a line, and the exit code."""
    if isinstance(error, UserCodeError) and isinstance(error.__cause__, _file_errors()):
        error = error.__cause__  # a Python target names a file that is wrong: that file is to be mended
    if isinstance(error, (SpecError, UserCodeError)):
        kind = "impure" if isinstance(error, ImpureError) else "specification"
        return f"{kind}: {error}", exit_code_of_error(error)
    if isinstance(error, (UsageError, *_file_errors())):
        return one_line(error), USAGE_ERROR
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}", USAGE_ERROR
    where = traceback.extract_tb(error.__traceback__)[-1]
    text = (
        f"internal error: {type(error).__name__}: {one_line(error)} ({os.path.basename(where.filename)}:{where.lineno})"  # noqa: PTH119
    )
    return f"{text}; --debug shows more, please report it", INTERNAL_ERROR


def _file_errors() -> tuple[type[Exception], ...]:
    """What reading a file raises, of the modules that are loaded: one that is not cannot have raised anything."""
    names = {
        "clusterproof.models.kubernetes.manifests.errors": "ManifestError",
        "clusterproof.checker.render.itf_reading": "TraceFileError",
        "clusterproof.checker.render.dot": "GraphTooLarge",
        "clusterproof.checker.replay": "ReplayError",
        "clusterproof.checker.checkpoints": "CheckpointError",
    }
    return tuple(getattr(sys.modules[module], name) for module, name in names.items() if module in sys.modules)
