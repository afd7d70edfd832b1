"""`clusterproof replay`: execute a trace again, compare every state, and tell it.

Exit code 0: it replays, and breaks what it broke. 2: the file is bad, or it does not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clusterproof.checker.cli.reexecution import reexecute
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.cli.words import counted, file_command
from clusterproof.checker.render.text import trace_text


def run(options: argparse.Namespace) -> int:
    """Replay, and print the story."""
    done = reexecute(Path(options.trace), options.python)
    terminal = Terminal.of(sys.stdout)
    command = file_command("replay", Path(options.trace), options.python)
    sys.stdout.write(trace_text(done.trace, command, terminal.width))
    steps, states = len(done.rows) - 1, len(done.recorded.states)
    verb = "is reached" if done.recorded.kind == "reachable" else "is broken"
    print(
        f"\nreplayed: {counted(steps, 'step')} taken again, {counted(states, 'state')} compared, the claim {verb} again"
    )
    return 0
