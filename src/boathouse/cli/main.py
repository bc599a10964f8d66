"""The commands and their options."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import logging
import os
import signal
import sys
import uuid
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import boathouse

if TYPE_CHECKING:
    from boathouse.app import Boathouse
    from boathouse.cli.statements import Runner

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

PORT = 15002
"""Where Spark's own server listens, and the client looks."""
_LAST_PORT = 65535

TOKEN_VARIABLE = "BOATHOUSE_TOKEN"  # noqa: S105 - the name of a variable

_OVERVIEW = """\
Unmodified PySpark on DuckDB, in one Python process, without Java.

In a program:
  import boathouse
  with boathouse.session() as spark:
      spark.sql("SELECT 1 AS one").show()
"""

_EPILOG = """\
first steps:
  boathouse demo                            shows what it can do, with data it makes itself
  boathouse sql "SELECT 1 + 1 AS two"       runs a statement
  boathouse sql                             asks for statements
  boathouse serve                           then: SparkSession.builder.remote("sc://localhost")

exit codes: 0 done, 1 a statement or the start failed, 2 the command line is wrong, 130 interrupted
"""

_SQL_EPILOG = """\
examples:
  boathouse sql "SELECT * FROM parquet.`sales.parquet` LIMIT 5"
  boathouse sql --data ./lake -f nightly.sql
  boathouse sql --format csv "SHOW TABLES" > tables.csv
  echo "SELECT 1" | boathouse sql --format json
  boathouse sql --conf spark.sql.ansi.enabled=false "SELECT 1/0"

Without TEXT and -f the statements come from standard input; from a terminal, a shell asks for them.
The first statement that fails ends the script, with its error on one line and exit code 1.
"""

_SERVE_EPILOG = f"""\
examples:
  boathouse serve --data ./lake
  boathouse serve --port 0                          a free port, printed when it is ready
  {TOKEN_VARIABLE}=secret boathouse serve --host 0.0.0.0
  SparkSession.builder.remote("sc://localhost:15002/;token=secret").getOrCreate()

The server listens on this machine alone unless --host says otherwise, and then wants a token. It
does not encrypt: put a TLS proxy before it where the network is not yours.
"""


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _engine_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("engine")
    group.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="directory of databases and tables (default: a temporary one, removed at the end)",
    )
    group.add_argument("--memory", metavar="SIZE", help="what the engine may use, such as 4GB")
    group.add_argument("--threads", type=int, metavar="N", help="how many threads it may use")
    group.add_argument(
        "--conf",
        type=_setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a spark.* setting every session starts with (may be repeated)",
    )
    return parser


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "boathouse", description=_OVERVIEW, epilog=_EPILOG, formatter_class=raw
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    engine = _engine_options()
    sql = commands.add_parser(
        "sql",
        parents=[engine],
        help="run SQL, or ask for it",
        description="Run SQL statements, separated by semicolons, and print their rows.",
        epilog=_SQL_EPILOG,
        formatter_class=raw,
    )
    sql.add_argument("text", nargs="?", metavar="TEXT", help="the statements")
    sql.add_argument("-f", "--file", type=Path, metavar="FILE", help="a file of statements")
    sql.add_argument(
        "--format",
        choices=["table", "csv", "json"],
        default="table",
        help="table shows up to 1000 rows; csv and json (an object per line) print all",
    )
    serve = commands.add_parser(
        "serve",
        parents=[engine],
        help="serve Spark Connect",
        description="Serve Spark Connect until interrupted.",
        epilog=_SERVE_EPILOG,
        formatter_class=raw,
    )
    serve.add_argument("--host", help="the address to listen on (default: this machine alone)")
    serve.add_argument("--port", type=_port, default=PORT, help=f"default {PORT}; 0: a free one")
    serve.add_argument("--token", help=f"what clients must know (default: ${TOKEN_VARIABLE})")
    commands.add_parser("demo", help="see it work", add_help=False)
    commands.add_parser("version", help="print the version")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is no port: 0 to {_LAST_PORT}")
    return port


@contextlib.contextmanager
def _engine(
    options: argparse.Namespace, settings: Mapping[str, object] | None = None
) -> Generator[Boathouse]:
    from boathouse.app import Boathouse
    from boathouse.cli.startup import spare_pandas

    spare_pandas()
    made = Boathouse(
        options.data,
        settings={**(settings or {}), **dict(options.conf)},
        memory=options.memory,
        threads=options.threads,
    )
    with made:
        yield made


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _sql(options: argparse.Namespace) -> int:
    from boathouse.cli.statements import Runner

    if options.text is not None and options.file is not None:
        return _complain("give TEXT or -f FILE, not both", USAGE)
    asks = options.text is None and options.file is None and sys.stdin.isatty()
    text = "" if asks else _text_of(options)
    with _engine(options, {"boathouse.programs.enabled": True}) as made:
        session = made.open_session(_user(), str(uuid.uuid4()))
        with contextlib.closing(session):
            runner = Runner(session, options.format, sys.stdout)
            return _ask(runner) if asks else _run(runner, text)


def _text_of(options: argparse.Namespace) -> str:
    if options.file is not None:
        return options.file.read_text("utf-8")
    return sys.stdin.read() if options.text is None else options.text


def _ask(runner: Runner) -> int:
    from boathouse.cli.shell import run_shell

    run_shell(runner, boathouse.__version__)
    return OK


def _run(runner: Runner, text: str) -> int:
    from boathouse.cli.statements import one_line, place
    from boathouse.errors.exceptions import SparkError

    try:
        runner.script(text)
    except SparkError as error:
        where = place(error)
        code = _complain(one_line(error), FAILED)
        if where and sys.stderr.isatty():
            print(where, file=sys.stderr)
        return code
    return OK


def _serve(options: argparse.Namespace) -> int:
    from boathouse.app import serve

    token = options.token or os.environ.get(TOKEN_VARIABLE)
    if options.host is not None and not token:
        return _complain(
            f"--host opens the server to others: give --token or set {TOKEN_VARIABLE}", USAGE
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with _engine(options) as made:
        server = serve(made, host=options.host, port=options.port, token=token)
        tail = "/;token=..." if token else ""
        url = f"sc://{options.host or 'localhost'}:{server.port}{tail}"
        print(f"serving {url}")
        print(f'connect: SparkSession.builder.remote("{url}").getOrCreate()', flush=True)
        try:
            server.wait()
        finally:
            server.stop()
    return OK


def _complain(message: str, code: int) -> int:
    print(f"boathouse: {message}", file=sys.stderr)
    return code


def _demo(arguments: Sequence[str]) -> int:
    from boathouse import demo

    return demo.main(arguments)


def _terminated(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (those of the process by default); the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["demo"]:
        return _demo(given[1:])
    parser = _parser()
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return OK
    if options.command == "version":
        print(boathouse.__version__)
        return OK
    return _guarded(options)


def _guarded(options: argparse.Namespace) -> int:
    """Run a command that needs an engine; what goes wrong is told on one line."""
    from boathouse.cli.statements import one_line
    from boathouse.errors.exceptions import SparkError

    # SIGINT too: a shell's `&` hands it on ignored, and `kill -INT` must still end a server.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _terminated)
    try:
        return _serve(options) if options.command == "serve" else _sql(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has had enough (`| head`); nothing may be flushed to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (SparkError, OSError, RuntimeError) as error:
        return _complain(one_line(error), FAILED)
