"""The interactive shell: statements over several lines, history, completion."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout

from boathouse.cli.output import FORMATS
from boathouse.cli.statements import Runner, one_line, place
from boathouse.errors.exceptions import SparkError
from boathouse.functions.registry import functions
from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec import commands as c
from boathouse.spec import relations as r
from boathouse.sql import parse_identifier
from boathouse.sql.keywords import CLAUSES, RESERVED

GREETING = """\
Boathouse {version}. Statements end with a semicolon. \\? lists what else there is, \\q leaves."""

HELP = """\
  SELECT ...;        runs a statement, which may span lines
  \\t                 tables and views
  \\d NAME            columns of a table or view
  \\f table|csv|json  how rows are printed
  \\?                 this list
  \\q                 leaves, as Ctrl-D does
  Ctrl-C             cancels a running statement, or drops the text"""

_WORD = re.compile(r"[\w`.]*$")
_TABLE = re.compile(r"\b(?:from|join|into|table|update|describe)\s+([\w`.]+)", re.IGNORECASE)


def history_path() -> Path:
    """Where lines are remembered between runs."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "boathouse" / "history"


def _history() -> History:
    path = history_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def is_complete(text: str) -> bool:
    """Whether Enter runs `text` instead of beginning another line."""
    said = text.strip()
    return not said or said.startswith("\\") or said.endswith(";") or said in {"exit", "quit"}


class SqlCompleter(Completer):
    """Completes keywords, functions, tables, and columns of the tables named in the text."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keywords = sorted({*RESERVED, *CLAUSES})

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What may stand where the cursor is."""
        found = _WORD.search(document.text_before_cursor)
        word = found[0] if found else ""
        if not word and not complete_event.completion_requested:
            return
        seen: set[str] = set()
        for kind, names in self._groups(document.text):
            for name in names:
                if name.lower().startswith(word.lower()) and name not in seen:
                    seen.add(name)
                    text = name.lower() if kind == "keyword" and word.islower() else name
                    yield Completion(text, -len(word), display_meta=kind)

    def _groups(self, text: str) -> Iterable[tuple[str, Iterable[str]]]:
        yield "column", self._columns(text)
        yield "table", self.tables()
        yield "keyword", self._keywords
        yield "function", sorted(functions())

    def tables(self) -> list[str]:
        """The names of tables and temporary views in the current database."""
        command = c.CatalogCall("list_tables", (("db_name", None), ("pattern", None)))
        return _quietly(lambda: _first_column(self._session, command))

    def _columns(self, text: str) -> list[str]:
        names: dict[str, None] = {}
        for table in _TABLE.findall(text):
            names.update(dict.fromkeys(_quietly(lambda table=table: self._columns_of(table))))
        return list(names)

    def _columns_of(self, table: str) -> list[str]:
        return list(self._session.schema(r.NamedTable(parse_identifier(table))).names)


def _quietly(names: Callable[[], list[str]]) -> list[str]:
    """`names`, or none when they cannot be had: half a statement is often wrong."""
    try:
        return names()
    except SparkError:
        return []


def _first_column(session: Session, command: c.Command) -> list[str]:
    result = session.query(r.CommandResult(command), Operation("completion"))
    return [str(value) for batch in result.batches for value in batch.column(0).to_pylist()]


def _keys() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter")
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text) and not buffer.document.text_after_cursor.strip():
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return bindings


def run_shell(runner: Runner, version: str) -> None:
    """Ask for statements and run them until the user leaves."""
    prompt: PromptSession[str] = PromptSession(
        history=_history(),
        completer=SqlCompleter(runner.session),
        complete_while_typing=False,
        key_bindings=_keys(),
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: "...> ".rjust(width),
        editing_mode=EditingMode.EMACS,
        enable_history_search=True,
    )
    print(GREETING.format(version=version))
    while True:
        try:
            with patch_stdout():
                text = prompt.prompt("sql> ")
            if not answer(runner, text.strip()):
                return
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def answer(runner: Runner, text: str) -> bool:
    """Do what one input says; False to leave. Errors are told, not raised."""
    word, _, rest = text.partition(" ")
    match word.rstrip(";"):
        case "":
            pass
        case "\\q" | "exit" | "quit":
            return False
        case "\\?" | "\\h" | "help":
            print(HELP)
        case "\\t":
            _run(runner, "SHOW TABLES")
        case "\\d":
            _run(runner, f"DESCRIBE TABLE {rest}")
        case "\\f":
            _choose(runner, rest.strip())
        case _:
            _run(runner, text)
    return True


def _choose(runner: Runner, name: str) -> None:
    if name in FORMATS:
        runner.format = name
    else:
        print(f"formats: {', '.join(FORMATS)}; now {runner.format}")


def _run(runner: Runner, text: str) -> None:
    begun = time.monotonic()
    try:
        runner.script(text)
    except SparkError as error:
        print("\n".join(filter(None, [one_line(error), place(error)])), file=sys.stderr)
    except KeyboardInterrupt:
        print("cancelled", file=sys.stderr)
    else:
        print(f"({time.monotonic() - begun:.3f} s)", file=sys.stderr)
