"""Running a command of the house and reading what it says."""

import os
import subprocess
from pathlib import Path


def output_of(command: list[str], root: Path) -> tuple[int, str]:
    """Exit code and everything that `command` printed, run in `root` with `src` importable."""
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: PLW1510 -- the caller looks at the code
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout + done.stderr
