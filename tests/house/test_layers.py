"""The arrows between rooms point down; the contracts are in pyproject.toml."""

import sys
from pathlib import Path

from tests.house.process import output_of


def test_layers_and_edges_hold(root: Path):
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    code, output = output_of(command, root)
    assert code == 0, output
