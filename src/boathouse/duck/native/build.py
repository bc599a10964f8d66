"""Builds the native functions: ``python -m boathouse.duck.native.build``.

Any C compiler will do (``CC``, else ``cc``). Without one nothing is lost but speed: what the native
functions compute is also said in SQL.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from boathouse.duck.native import API_VERSION, BUILT, platform, version

_HERE = Path(__file__).parent
_FIELD = 32
_SIGNATURE = 256
_SANITIZED = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra")
# Every step of arithmetic is rounded, as Java's is; square roots are instructions.
_EXACT = ("-ffp-contract=off", "-fno-math-errno")


def footer() -> bytes:
    """What DuckDB wants to find behind the code: a WebAssembly section of eight fields, the last
    one first, and room for a signature.
    """
    fields = ("4", platform(), API_VERSION, version(), "C_STRUCT", "", "", "")
    text = b"".join(field.encode().ljust(_FIELD, b"\0") for field in reversed(fields))
    return b"\0\x93\x04\x10duckdb_signature\x80\x04" + text + bytes(_SIGNATURE)


def build(library: Path = BUILT, *flags: str) -> None:
    """Compile the sources beside this file into `library`, whose name must be that of `BUILT`.
    Raises CalledProcessError.
    """
    sources = sorted(str(path) for path in _HERE.glob("*.c"))
    made = library.with_suffix(".making")
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, *_FLAGS, *_EXACT, *flags, "-o", str(made), *sources], check=True)  # noqa: S603
    with made.open("ab") as file:
        file.write(footer())
    made.replace(library)


def main() -> int:
    """Build, or say why not; only `--required` makes that an error."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--required", action="store_true", help="fail where it cannot be built")
    parser.add_argument("--sanitize", type=Path, metavar="DIRECTORY", help="for tests, into there")
    options = parser.parse_args()
    required = options.required
    compiler = os.environ.get("CC", "cc")
    if shutil.which(compiler) is None:
        sys.stderr.write(f"No C compiler ({compiler}): functions run without native code.\n")
        return int(required)
    try:
        if options.sanitize is None:
            build()
        else:
            build(options.sanitize / BUILT.name, *_SANITIZED)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.stderr.write(f"The native functions cannot be built ({error}): done without.\n")
        return int(required)
    return 0


if __name__ == "__main__":
    sys.exit(main())
