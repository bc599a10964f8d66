"""Things to run that show what Boathouse does: `boathouse demo`."""

from boathouse.demo.show import main

__all__ = ["main"]
