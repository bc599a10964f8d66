"""A Spark Connect server alone in a process: `server.py ENGINE`; prints its URL, ends with stdin."""

from __future__ import annotations

import importlib
import os
import sys


def boathouse() -> tuple[object, int]:
    """Boathouse's server and its port, as `boathouse serve` starts it."""
    importlib.import_module("boathouse.cli.startup").spare_pandas()
    app = importlib.import_module("boathouse.app")
    server = app.serve(app.Boathouse())
    return server, server.port


def sail() -> tuple[object, int]:
    """Sail's server and its port."""
    server = importlib.import_module("pysail.spark").SparkConnectServer()
    server.start(background=True)
    return server, server.listening_address[1]


if __name__ == "__main__":
    kept, port = {"boathouse": boathouse, "sail": sail}[sys.argv[1]]()
    print(f"sc://localhost:{port}", flush=True)
    sys.stdin.read()
    os._exit(0)
