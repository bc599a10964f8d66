"""SQL scripts: BEGIN ... END and what only stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.errors.conditions import conditions
from boathouse.errors.exceptions import AnalysisError, ScriptingError, unsupported
from boathouse.spec.commands import Command, DeclareVariable, NamedLater, Parts, SetVariable
from boathouse.spec.expressions import Name
from boathouse.spec.relations import QueryText
from boathouse.spec.scripts import (
    Block,
    CloseCursor,
    Condition,
    DeclareCursor,
    Fetch,
    For,
    Handler,
    If,
    Iterate,
    Leave,
    OpenCursor,
    Repeat,
    Script,
    SimpleCase,
    Step,
    While,
)
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.sql.statements import StatementParser

if TYPE_CHECKING:
    from collections.abc import Generator

    from boathouse.spec.expressions import Expression
    from boathouse.spec.relations import Relation
    from boathouse.spec.scripts import Body, Statement

_FORBIDDEN_LABELS = re.compile(r"builtin|session|sys.*", re.IGNORECASE)
_ENDS = frozenset({"END", "ELSE", "ELSEIF", "WHEN", "UNTIL", ""})
_STATE = re.compile(r"[0-9A-Z]{5}")
_PLAIN_NAME = re.compile(r"\w+")
# A handler cannot wait for success, warnings, the end of rows, or an internal error.
_STATES_THAT_ARE_NONE = ("00", "01", "XX")

_VARIABLES, _CURSORS, _HANDLERS, _STATEMENTS = range(4)
"""The order of a block: what has come so far."""


class ScriptParser(StatementParser):
    """Reads any statement, and scripts."""

    def __init__(
        self, text: str, settings: ParserSettings = DEFAULT, arguments: QueryText | None = None
    ) -> None:
        """Tokenize `text`; raises UNCLOSED_BRACKETED_COMMENT."""
        super().__init__(text, settings, arguments)
        self._labels: list[tuple[str, str]] = []
        """The labels around, the innermost last: name and "block", "loop" or "row"."""
        self._declared: list[set[str]] = []
        """The conditions that each block around declares."""

    def whole(self) -> Relation | Command:
        """Take what a text may be: a statement or a script."""
        if self.word != "BEGIN":
            return self._named(self.statement)
        if not self.settings.scripting:
            self.defer(
                ScriptingError(
                    "UNSUPPORTED_FEATURE.SQL_SCRIPTING",
                    sqlScriptingEnabled='"spark.sql.scripting.enabled"',
                )
            )
        block = self.block(None)
        return Script(block, origin=self.origin(0))

    # ---- blocks -----------------------------------------------------------------------------

    def block(self, label: str | None) -> Block:
        """Take ``BEGIN ... END``, without the label behind it."""
        self.expect("BEGIN")
        self.accept("NOT", "ATOMIC")
        self._declared.append(set())
        body: list[Statement] = []
        handlers: list[Handler] = []
        stage = _VARIABLES
        while self.word not in _ENDS:
            statement, of = self._member()
            if of < stage or (of is not _STATEMENTS and stage is _STATEMENTS):
                self.defer(_out_of_order(statement))
            stage = max(stage, of)
            if isinstance(statement, Handler):
                self._check_duplicates(statement, handlers)
                handlers.append(statement)
            elif not isinstance(statement, str):
                body.append(statement)
            self._end_statement()
        self.expect("END")
        self._declared.pop()
        return Block(tuple(body), tuple(handlers), label)

    def _end_of(self, word: str) -> None:
        """Take ``END word``."""
        self.expect("END")
        if self.word != word:
            raise self.missing(word, here=self.word == ";")
        self.advance()

    def _end_statement(self) -> None:
        if self.word == ";":
            self.advance()
            return
        begins = self.word in _LABELLED or self.word in _STATEMENTS_OF_SCRIPTS
        raise self.syntax_error(hint=": missing ';'" if begins else "")

    def _member(self) -> tuple[Statement | Handler | str, int]:
        """Take a declaration or a statement, and say which it was; of a condition the name."""
        if self.word != "DECLARE":
            return self._compound(), _STATEMENTS
        if self.ahead("DECLARE", "EXIT", "HANDLER") or self.ahead("DECLARE", "CONTINUE", "HANDLER"):
            return self._declare_handler(), _HANDLERS
        if self.peek(2) == "CONDITION":
            return self._declare_condition(), _VARIABLES
        if self.peek(2) in {"CURSOR", "ASENSITIVE", "INSENSITIVE"}:
            return self._declare_cursor(), _CURSORS
        return self._local_variable(), _VARIABLES

    def _local_variable(self) -> Command:
        command = self.declare()
        if isinstance(command, DeclareVariable):
            shown = ".".join(f"`{part}`" for part in command.names[0])
            kind = ""
            if command.replace:
                kind = "REPLACE_LOCAL_VARIABLE"
            elif len(command.names[0]) > 1:
                kind = "QUALIFIED_LOCAL_VARIABLE"
            if kind:
                # Spark finds these when the statement runs; nothing before it can matter.
                self.defer(AnalysisError(f"INVALID_VARIABLE_DECLARATION.{kind}", varName=shown))
        return command

    def _body(self, *ends: str) -> Body:
        """Take the statements of a branch or a loop, at least one, up to one of `ends`."""
        body: list[Statement] = []
        while self.word not in ends or not body:
            if self.word in _ENDS and not self._labelled():
                self.advance()
                raise self.syntax_error()
            if self.word == "DECLARE":
                statement, _ = self._member()
                self.defer(_misplaced(statement))
            else:
                statement = self._compound()
            if not isinstance(statement, (Handler, str)):
                body.append(statement)
            self._end_statement()
        return tuple(body)

    # ---- statements -------------------------------------------------------------------------

    def _labelled(self) -> bool:
        return self.at_identifier() and self.peek() == ":"

    def _compound(self) -> Statement:
        """Take one statement of a script, with its label."""
        if not self._labelled():
            return self._plain()
        label = self.identifier()
        self.expect(":")
        rule = _LABELLED.get(self.word)
        if rule is None:
            raise self.syntax_error()
        with self._within(label, "block" if self.word == "BEGIN" else "loop"):
            statement = rule(self, label)
        self._end_label(label)
        return statement

    def _plain(self) -> Statement:
        word = self.word
        if word in _LABELLED and (word != "REPEAT" or self.peek() != "("):
            statement = _LABELLED[word](self, None)
            self._end_label(None)
            return statement
        rule = _STATEMENTS_OF_SCRIPTS.get(word)
        if rule is not None:
            return rule(self)
        if word not in {"", ";"} and not self.begins_statement():
            self.advance()
            raise self.syntax_error()
        return self._named(self.statement)

    def _named(self, rule: Callable[[], Relation | Command]) -> Relation | Command:
        """Take a statement; a command with names that are not known before it runs is kept as its
        text.
        """
        first = self.position
        statement = rule()
        if not self.identifiers or self.settings.names:
            return statement
        identifiers = tuple(self.identifiers)
        self.identifiers.clear()
        if not isinstance(statement, Command):
            raise unsupported("IDENTIFIER(...) of an expression that is not constant here")
        query = replace(self.arguments or QueryText(""), text=self.text_since(first))
        return NamedLater(query, identifiers, origin=self.origin(first))

    @contextmanager
    def _within(self, label: str, kind: str) -> Generator[None]:
        self._check_label(label)
        self._labels.append((label.lower(), kind))
        yield
        self._labels.pop()

    def _check_label(self, label: str) -> None:
        shown = f"`{label.lower()}`"
        if _FORBIDDEN_LABELS.fullmatch(label):
            self.defer(ScriptingError("LABEL_OR_FOR_VARIABLE_NAME_FORBIDDEN", label=shown))
        elif label.lower() in dict(self._labels):
            self.defer(ScriptingError("LABEL_OR_FOR_VARIABLE_ALREADY_EXISTS", label=shown))

    def _end_label(self, label: str | None) -> None:
        if not self.at_identifier() or self.word in _ENDS:
            return
        found = self.identifier()
        if label is None:
            self.defer(
                ScriptingError("END_LABEL_WITHOUT_BEGIN_LABEL", endLabel=f"`{found.lower()}`")
            )
        elif found.lower() != label.lower():
            self.defer(
                ScriptingError(
                    "LABELS_MISMATCH",
                    beginLabel=f"`{label.lower()}`",
                    endLabel=f"`{found.lower()}`",
                )
            )

    def _test(self) -> Condition:
        first = self.position
        value = self.expression()
        return Condition(value, self.text_since(first))

    def if_statement(self) -> Step:
        """Take IF ... THEN ... [ELSEIF ...] [ELSE ...] END IF."""
        self.expect("IF")
        test = self._test()
        self.expect("THEN")
        branches = [(test, self._body("ELSEIF", "ELSE", "END"))]
        while self.accept("ELSEIF"):
            test = self._test()
            self.expect("THEN")
            branches.append((test, self._body("ELSEIF", "ELSE", "END")))
        otherwise = self._body("END") if self.accept("ELSE") else ()
        self._end_of("IF")
        return If(tuple(branches), otherwise)

    def case_statement(self) -> Step:
        """Take CASE, simple or searched, with statements."""
        self.expect("CASE")
        if self.word != "WHEN":
            return self._simple_case()
        branches: list[tuple[Condition, Body]] = []
        while self.accept("WHEN"):
            test = self._test()
            self.expect("THEN")
            branches.append((test, self._body("WHEN", "ELSE", "END")))
        otherwise = self._body("END") if self.accept("ELSE") else ()
        self.expect("END", "CASE")
        return If(tuple(branches), otherwise)

    def _simple_case(self) -> Step:
        value = self.expression()
        branches: list[tuple[Expression, Body]] = []
        while not branches or self.word == "WHEN":
            self.expect("WHEN")
            wanted = self.expression()
            self.expect("THEN")
            branches.append((wanted, self._body("WHEN", "ELSE", "END")))
        otherwise = self._body("END") if self.accept("ELSE") else ()
        self.expect("END", "CASE")
        return SimpleCase(value, tuple(branches), otherwise)

    def while_loop(self, label: str | None) -> Step:
        """Take WHILE condition DO ... END WHILE."""
        self.expect("WHILE")
        test = self._test()
        self.expect("DO")
        body = self._body("END")
        self._end_of("WHILE")
        return While(test, body, label)

    def repeat_loop(self, label: str | None) -> Step:
        """Take REPEAT ... UNTIL condition END REPEAT."""
        self.expect("REPEAT")
        body = self._body("UNTIL")
        self.expect("UNTIL")
        test = self._test()
        self._end_of("REPEAT")
        return Repeat(body, test, label)

    def endless_loop(self, label: str | None) -> Step:
        """Take LOOP ... END LOOP."""
        self.expect("LOOP")
        body = self._body("END")
        self._end_of("LOOP")
        return While(None, body, label)

    def for_loop(self, label: str | None) -> Step:
        """Take FOR [row AS] query DO ... END FOR."""
        self.expect("FOR")
        row = None
        if self.at_identifier() and self.peek() == "AS":
            row = self.identifier()
            self.expect("AS")
        self.for_depth += 1
        query = self.query()
        self.for_depth -= 1
        self.expect("DO")
        if row is None:
            body = self._body("END")
        else:
            with self._within(row, "row"):
                body = self._body("END")
        self._end_of("FOR")
        return For(query, body, row, label)

    def leave(self) -> Step:
        """Take LEAVE label."""
        self.expect("LEAVE")
        return Leave(self._target("LEAVE"))

    def iterate(self) -> Step:
        """Take ITERATE label."""
        self.expect("ITERATE")
        return Iterate(self._target("ITERATE"))

    def _target(self, kind: str) -> str:
        label = self.identifier().lower()
        known = {name: of for name, of in self._labels if of != "row"}
        if label not in known:
            condition = "INVALID_LABEL_USAGE.DOES_NOT_EXIST"
            self.defer(ScriptingError(condition, labelName=label.upper(), statementType=kind))
        elif kind == "ITERATE" and known[label] == "block":
            condition = "INVALID_LABEL_USAGE.ITERATE_IN_COMPOUND"
            self.defer(ScriptingError(condition, labelName=label.upper()))
        return label

    def set_local(self) -> Command:
        """Take SET of variables: inside a script no other SET is there."""
        first = self.position
        self.expect("SET")
        if self.accept("("):
            names = tuple(self.multipart_list())
            self.expect(")", "=")
            query = self.parenthesized_query()
            return SetVariable(names, query=query, origin=self.origin(first))
        second = self.position + 1
        if self.at_identifier() and self.is_identifier(second) and self.words[second] != "=":
            self.advance()
            text = self.text_at(self.position)
            raise self.syntax_error(hint=f": extra input '{text}'")
        targets: list[Parts] = []
        values: list[Expression] = []
        for name, value in self.assignments():
            targets.append(name.parts if isinstance(name, Name) else ())
            values.append(value)
        return SetVariable(tuple(targets), tuple(values), origin=self.origin(first))

    # ---- conditions and handlers ------------------------------------------------------------

    def _declare_condition(self) -> str:
        """Take DECLARE name CONDITION [FOR SQLSTATE [VALUE] text]; no statement raises it."""
        self.expect("DECLARE")
        name = self.identifier()
        self.expect("CONDITION")
        if self.accept("FOR"):
            if self.at_string():
                raise self.missing("SQLSTATE", here=True)
            self.expect("SQLSTATE")
            self._state()
        if not _PLAIN_NAME.fullmatch(name):
            condition = "INVALID_ERROR_CONDITION_DECLARATION.SPECIAL_CHARACTER_FOUND"
            self.defer(ScriptingError(condition, conditionName=f"`{name}`"))
        name = name.upper()
        if name in self._declared[-1]:
            self.defer(ScriptingError("DUPLICATE_CONDITION_IN_SCOPE", condition=f"`{name}`"))
        self._declared[-1].add(name)
        return name

    def _state(self) -> str:
        self.accept("VALUE")
        text = self.string()
        state = text.upper()
        if not _STATE.fullmatch(state) or state.startswith(_STATES_THAT_ARE_NONE):
            self.defer(ScriptingError("INVALID_SQLSTATE", sqlState=text))
        return state

    def _declare_handler(self) -> Handler:
        """Take DECLARE EXIT | CONTINUE HANDLER FOR conditions, and what it does."""
        self.expect("DECLARE")
        leaves = self.accept_any("EXIT", "CONTINUE") == "EXIT"
        self.expect("HANDLER", "FOR")
        if not leaves and not self.settings.continue_handlers:
            self.defer(ScriptingError("UNSUPPORTED_FEATURE.CONTINUE_EXCEPTION_HANDLER"))
        names: list[str] = []
        states: list[str] = []
        exceptions = not_found = False
        while True:
            if self.accept("SQLSTATE"):
                states.append(self._state())
            elif self.accept("SQLEXCEPTION"):
                exceptions = True
            elif self.accept("NOT", "FOUND"):
                not_found = True
            else:
                names.append(".".join(self.multipart()).upper())
            if not self.accept(","):
                break
        self._check_conditions(names, states, general=exceptions or not_found)
        if self.word == "BEGIN" or (self._labelled() and self.peek(2) == "BEGIN"):
            body = self._compound()
        elif self.word == "SET":
            body = self.set_local()
        elif self.begins_statement():
            body = self._named(self.statement)
        else:
            self.advance(0 if self.word == ";" else 1)
            raise self.syntax_error()
        return Handler((body,), leaves, tuple(names), tuple(states), exceptions, not_found)

    def _check_conditions(self, names: list[str], states: list[str], *, general: bool) -> None:
        place = "INVALID_HANDLER_DECLARATION"
        if general and (names or states):
            self.defer(ScriptingError(f"{place}.INVALID_CONDITION_COMBINATION"))
        known = set().union(*self._declared)
        for name in names:
            if name not in known and name not in conditions():
                self.defer(ScriptingError(f"{place}.CONDITION_NOT_FOUND", condition=name))
            if names.count(name) > 1:
                condition = f"{place}.DUPLICATE_CONDITION_IN_HANDLER_DECLARATION"
                self.defer(ScriptingError(condition, condition=name))
        for state in states:
            if states.count(state) > 1:
                condition = f"{place}.DUPLICATE_SQLSTATE_IN_HANDLER_DECLARATION"
                self.defer(ScriptingError(condition, sqlState=state))

    def _check_duplicates(self, handler: Handler, earlier: list[Handler]) -> None:
        for other in earlier:
            for name in set(handler.conditions) & set(other.conditions):
                self.defer(ScriptingError("DUPLICATE_EXCEPTION_HANDLER.CONDITION", condition=name))
            for state in set(handler.states) & set(other.states):
                self.defer(ScriptingError("DUPLICATE_EXCEPTION_HANDLER.SQLSTATE", sqlState=state))
            if handler.exceptions and other.exceptions:
                condition = "DUPLICATE_EXCEPTION_HANDLER.CONDITION"
                self.defer(ScriptingError(condition, condition="SQLEXCEPTION"))

    # ---- cursors ----------------------------------------------------------------------------

    def _declare_cursor(self) -> Step:
        """Take DECLARE name [INSENSITIVE] CURSOR FOR query."""
        self.expect("DECLARE")
        name = self.identifier()
        self.accept_any("ASENSITIVE", "INSENSITIVE")
        self.expect("CURSOR", "FOR")
        query = self.query()
        self.accept("FOR", "READ", "ONLY")
        self._require_cursors()
        return DeclareCursor(name, query)

    def _require_cursors(self) -> None:
        if not self.settings.cursors:
            self.defer(ScriptingError("UNSUPPORTED_FEATURE.SQL_CURSOR"))

    def open_cursor(self) -> Step:
        """Take OPEN name [USING arguments]."""
        self.expect("OPEN")
        name = self.multipart()
        arguments = self.arguments_of_using() if self.accept("USING") else ()
        self._require_cursors()
        return OpenCursor(name, arguments)

    def fetch(self) -> Step:
        """Take FETCH [[NEXT] FROM] name INTO variables."""
        self.expect("FETCH")
        if self.word == "NEXT" and self.peek() == "FROM":
            self.advance()
        if self.word == "FROM" and self.is_identifier(self.position + 1):
            self.advance()
        name = self.multipart()
        self.expect("INTO")
        self._require_cursors()
        return Fetch(name, tuple(self.multipart_list()))

    def close_cursor(self) -> Step:
        """Take CLOSE name."""
        self.expect("CLOSE")
        self._require_cursors()
        return CloseCursor(self.multipart())


def _out_of_order(statement: Statement | Handler | str) -> ScriptingError:
    """The error for a declaration behind what must follow it."""
    if isinstance(statement, DeclareVariable):
        return ScriptingError(
            "INVALID_VARIABLE_DECLARATION.ONLY_AT_BEGINNING", varName=f"`{statement.names[0][-1]}`"
        )
    if isinstance(statement, Handler):
        return ScriptingError("INVALID_HANDLER_DECLARATION.WRONG_PLACE_OF_DECLARATION")
    if isinstance(statement, DeclareCursor):
        return ScriptingError("INVALID_CURSOR_DECLARATION")
    return ScriptingError(
        "INVALID_ERROR_CONDITION_DECLARATION.NOT_AT_START_OF_COMPOUND_STATEMENT",
        conditionName=f"`{statement}`",
    )


def _misplaced(statement: Statement | Handler | str) -> ScriptingError:
    """The error for a declaration where no block is."""
    if isinstance(statement, DeclareVariable):
        return ScriptingError(
            "INVALID_VARIABLE_DECLARATION.NOT_ALLOWED_IN_SCOPE",
            varName=f"`{statement.names[0][-1]}`",
        )
    return _out_of_order(statement)


_LABELLED: dict[str, Callable[[ScriptParser, str | None], Step]] = {
    "BEGIN": ScriptParser.block,
    "WHILE": ScriptParser.while_loop,
    "REPEAT": ScriptParser.repeat_loop,
    "LOOP": ScriptParser.endless_loop,
    "FOR": ScriptParser.for_loop,
}

_STATEMENTS_OF_SCRIPTS: dict[str, Callable[[ScriptParser], Step | Command]] = {
    "IF": ScriptParser.if_statement,
    "CASE": ScriptParser.case_statement,
    "LEAVE": ScriptParser.leave,
    "ITERATE": ScriptParser.iterate,
    "SET": ScriptParser.set_local,
    "OPEN": ScriptParser.open_cursor,
    "FETCH": ScriptParser.fetch,
    "CLOSE": ScriptParser.close_cursor,
}
