"""`python -m clusterproof` is the command line; no other file of the language knows of it."""

from __future__ import annotations

if __name__ == "__main__":
    from clusterproof.checker.cli import main

    raise SystemExit(main())
