"""The command line: `main` reads it, `statements` runs SQL, `output` prints rows, `shell` asks."""

from boathouse.cli.main import main

__all__ = ["main"]
