"""Progress on standard error: one line that changes on a terminal, one line per ten seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

from attrs import define, field

from clusterproof.checker.search import Progress

QUIET_SECONDS = 10.0
TERMINAL_SECONDS = 0.5


def _now() -> float:
    return time.monotonic()


@define
class ProgressLine:
    """Tells how far a check has come; `close` removes the line."""

    stream: TextIO = field(factory=lambda: sys.stderr)
    _started: float = field(init=False, factory=_now)
    _shown: float = field(init=False, factory=_now)
    _visible: bool = field(init=False, default=False)

    def initial_states(self, looked_at: int) -> None:
        """The search for initial states has looked at so many."""
        if looked_at % 64 == 0:
            self._show(f"finding the initial states: {looked_at:,} looked at, {self._elapsed()}")

    def search(self, progress: Progress) -> None:
        """The search has come so far."""
        self._show(
            f"{progress.states:,} states, {progress.rate:,.0f}/s, frontier {progress.frontier:,}, "
            f"depth {progress.depth}, {self._elapsed()}"
        )

    def walks(self, progress: Progress) -> None:
        """Walks have come so far."""
        self._show(f"{progress.states:,} states seen, {progress.rate:,.0f} new ones/s, {self._elapsed()}")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._visible:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self._visible = False

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._started:.0f} s"

    def _show(self, text: str) -> None:
        now = time.monotonic()
        terminal = self.stream.isatty()
        if now - self._shown < (TERMINAL_SECONDS if terminal else QUIET_SECONDS):
            return
        self._shown = now
        if terminal:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{text[:width]}")
            self._visible = True
        else:
            self.stream.write(f"{text}\n")
        self.stream.flush()
