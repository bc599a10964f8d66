"""Statements: which parser reads what, and the commands about the session."""

from __future__ import annotations

import re

from boathouse.errors.exceptions import ParseError, ScriptingError
from boathouse.spec.commands import (
    AlterPartitions,
    AlterTable,
    Analyze,
    Cache,
    ClearCache,
    Command,
    Comment,
    DeclareVariable,
    ExecuteImmediate,
    Explain,
    Parts,
    Refresh,
    ResetConf,
    SetCatalog,
    SetConf,
    SetPath,
    SetTimeZone,
    SetVariable,
    Truncate,
    Uncache,
    Use,
)
from boathouse.spec.expressions import Alias, Expression, Literal, Name
from boathouse.spec.maintenance import ComputeStatistics
from boathouse.spec.relations import Relation
from boathouse.sql.ddl import NAMESPACE
from boathouse.sql.keywords import ENDS
from boathouse.sql.lexer import Kind
from boathouse.sql.show import ShowParser
from boathouse.types import datatypes as types

_QUERIES = frozenset({"SELECT", "(", "VALUES", "TABLE", "MAP", "REDUCE"})
_KEY_AND_VALUE = re.compile(r"([a-zA-Z_\d\\.:]+)\s*=([^;]*);*", re.DOTALL)
_KEY_AND_QUOTED = re.compile(r"([a-zA-Z_\d\\.:]+)\s*=\s*`((?:[^`]|``)*)`")
_KEY = re.compile(r"([a-zA-Z_\d\\.:]+)\s*;*")
_LARGEST_OFFSET = 18 * 3_600_000_000
"""Of a time zone, in microseconds."""
_MODES = {
    "FORMATTED": "formatted",
    "EXTENDED": "extended",
    "CODEGEN": "codegen",
    "COST": "cost",
}
# Statements of other systems that Spark's grammar knows only to refuse.
_REFUSED = (
    ("GRANT", "ROLE"),
    ("GRANT",),
    ("REVOKE", "ROLE"),
    ("REVOKE",),
    ("EXPORT", "TABLE"),
    ("IMPORT", "TABLE"),
    ("LOCK", "TABLE"),
    ("LOCK", "DATABASE"),
    ("UNLOCK", "TABLE"),
    ("UNLOCK", "DATABASE"),
    ("START", "TRANSACTION"),
    ("COMMIT",),
    ("ROLLBACK",),
    ("DFS",),
    ("CREATE", "ROLE"),
    ("DROP", "ROLE"),
    ("CREATE", "TEMPORARY", "MACRO"),
    ("DROP", "TEMPORARY", "MACRO"),
    ("ALTER", "INDEX"),
)


class StatementParser(ShowParser):
    """Reads any statement."""

    def statement(self) -> Relation | Command:
        """Take one statement."""
        word = self.word
        if word in _QUERIES:
            return self.query()
        if word in {"", ";"}:
            if self.at_end() and self.position == 0:
                raise self.error_at(0, "PARSE_EMPTY_STATEMENT")
            raise self.syntax_error()
        for words in _REFUSED:
            if self.ahead(*words):
                raise self.refused(" ".join(words))
        handler = _HANDLERS.get(word)
        if handler is None or self.kinds[self.position] is not Kind.WORD:
            raise self.syntax_error()
        return handler(self)

    def begins_statement(self) -> bool:
        """Whether the current word begins a statement."""
        if self.word in _QUERIES or any(self.ahead(*words) for words in _REFUSED):
            return True
        return self.word in _HANDLERS and self.kinds[self.position] is Kind.WORD

    # ---- EXPLAIN, USE, COMMENT, ... -------------------------------------------------------------

    def explain(self) -> Command:
        """Take EXPLAIN and the statement behind it."""
        first = self.position
        self.expect("EXPLAIN")
        if self.word == "LOGICAL":
            raise self.refused("EXPLAIN LOGICAL")
        mode = _MODES.get(self.word, "simple")
        if self.word in _MODES:
            self.advance()
        return Explain(self.statement(), mode, origin=self.origin(first))

    def use(self) -> Command:
        """Take USE [DATABASE | CATALOG] name."""
        first = self.position
        self.expect("USE")
        kind = ""
        if self.word in NAMESPACE and self.peek() not in ENDS | {"."}:
            kind = "database"
            self.advance()
        return Use(self.reference(), kind, origin=self.origin(first))

    def comment_on(self) -> Command:
        """Take COMMENT ON kind name IS text."""
        first = self.position
        self.expect("COMMENT", "ON")
        word = self.accept_any(*NAMESPACE, "TABLE")
        if not word:
            raise self.syntax_error()
        kind = "database" if word in NAMESPACE else word.lower()
        name = self.reference()
        self.expect("IS")
        text = None if self.accept("NULL") else self.string()
        return Comment(kind, name, text, origin=self.origin(first))

    def refresh(self) -> Command:
        """Take REFRESH [TABLE | FUNCTION] name, or a path to the end."""
        first = self.position
        self.expect("REFRESH")
        if self.word == "TABLE" and self.peek() not in {"", ";"}:
            self.advance()
            return Refresh(self.reference(), origin=self.origin(first))
        if self.word == "FUNCTION" and self.peek() not in ENDS:
            self.advance()
            return Refresh(self.reference(), function=True, origin=self.origin(first))
        if self.at_string() and self.peek() in {"", ";"}:
            return Refresh(path=self.string(), origin=self.origin(first))
        start = self.position
        path = self.rest()
        if any(letter.isspace() for letter in path) and not self.is_string(start):
            message = "REFRESH statements cannot contain ' ', '\\n', '\\r', '\\t' inside unquoted "
            message += "resource paths"
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=message))
        if not path:
            message = "Resource paths cannot be empty in REFRESH statements. "
            message += "Use / to match everything"
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=message))
        return Refresh(path=path, origin=self.origin(first))

    def truncate(self) -> Command:
        """Take TRUNCATE TABLE name [PARTITION (...)]."""
        first = self.position
        self.expect("TRUNCATE")
        if not self.accept("TABLE"):
            raise self.missing("TABLE", here=self.at_identifier())
        name = self.reference()
        found = self.static_partition() if self.word == "PARTITION" else ()
        return Truncate(name, found, origin=self.origin(first))

    def _statistics(self) -> None:
        if self.word != "STATISTICS":
            raise self.missing("STATISTICS", here=self.at_end())
        self.advance()

    def analyze(self) -> Command:
        """Take ANALYZE TABLE name or TABLES, COMPUTE STATISTICS."""
        first = self.position
        self.expect("ANALYZE")
        if self.accept("TABLES"):
            name = self.reference() if self.accept_any("FROM", "IN") else ()
            self.expect("COMPUTE")
            self._statistics()
            return Analyze(name, tables=True, no_scan=self._no_scan(), origin=self.origin(first))
        self.expect_before_name("TABLE")
        name = self.reference()
        partition = self.partition() if self.word == "PARTITION" else ()
        if self.accept("COMPUTE", "DELTA", "STATISTICS"):
            return ComputeStatistics(name, origin=self.origin(first))
        self.expect("COMPUTE")
        self._statistics()
        if self.accept("FOR", "ALL", "COLUMNS"):
            return Analyze(name, all_columns=True, origin=self.origin(first))
        if self.accept("FOR", "COLUMNS"):
            columns = [self.whole_identifier()]
            while self.accept(","):
                columns.append(self.whole_identifier())
            return Analyze(name, columns=tuple(columns), origin=self.origin(first))
        no_scan = self._no_scan()
        return Analyze(name, partition=partition, no_scan=no_scan, origin=self.origin(first))

    def _no_scan(self) -> bool:
        if not self.at_identifier():
            return False
        if self.word != "NOSCAN":
            condition = "INVALID_SQL_SYNTAX.ANALYZE_TABLE_UNEXPECTED_NOSCAN"
            raise self.error_at(self.position, condition, ctx=self.text_at(self.position).upper())
        self.advance()
        return True

    # ---- the cache ----------------------------------------------------------------------------

    def cache(self) -> Command:
        """Take CACHE [LAZY] TABLE name [OPTIONS (...)] [[AS] query]."""
        first = self.position
        self.expect("CACHE")
        lazy = self.accept("LAZY")
        self.expect_before_name("TABLE")
        name = self.reference()
        options = self.property_list() if self.accept("OPTIONS") else ()
        query: Relation | None = None
        if self.accept("AS") or self.word in _QUERIES | {"WITH", "FROM"}:
            query = self.query()
        return Cache(name, query, lazy, options, origin=self.origin(first))

    def uncache(self) -> Command:
        """Take UNCACHE TABLE [IF EXISTS] name."""
        first = self.position
        self.expect("UNCACHE")
        if not self.accept("TABLE"):
            raise self.missing("TABLE", here=self.at_identifier())
        conditional = self.if_exists()
        return Uncache(self.reference(), conditional, origin=self.origin(first))

    def clear(self) -> Command:
        """Take CLEAR CACHE."""
        first = self.position
        self.expect("CLEAR")
        if not self.accept("CACHE"):
            raise self.missing("CACHE", here=self.at_end())
        return ClearCache(origin=self.origin(first))

    # ---- variables ----------------------------------------------------------------------------

    def declare(self) -> Command:
        """Take DECLARE [OR REPLACE] [VARIABLE] name, ... [TYPE] [DEFAULT value]."""
        first = self.position
        self.expect("DECLARE")
        replaces = self.accept("OR", "REPLACE")
        if self.word in {"VARIABLE", "VAR"} and self.is_identifier(self.position + 1):
            self.advance()
        names = [self.reference()]
        while self.accept(","):
            names.append(self.reference())
        type_ = None
        if self.word not in {"DEFAULT", "="} and self.at_identifier():
            type_ = self.data_type()
        default = self.expression() if self.accept_any("DEFAULT", "=") else None
        if type_ is None and default is None:
            condition = "INVALID_SQL_SYNTAX.VARIABLE_TYPE_OR_DEFAULT_REQUIRED"
            self.defer(self.error_since(first, condition))
        return DeclareVariable(tuple(names), type_, default, replaces, origin=self.origin(first))

    def _set_variable(self, first: int) -> Command:
        """SET VARIABLE; what does not read as one is, to Spark, a setting badly written."""
        try:
            command = self._assigned_variables(first)
            if self.word in {"", ";"}:
                return command
        except ParseError as error:
            if error.condition != "PARSE_SYNTAX_ERROR":
                raise
        self.move(self.last)
        raise self.error_since(first, "INVALID_SET_SYNTAX")

    def _assigned_variables(self, first: int) -> Command:
        self.advance(2)
        if self.accept("("):
            names = self.multipart_list()
            self.expect(")", "=")
            query = self.parenthesized_query()
            return SetVariable(tuple(names), query=query, origin=self.origin(first))
        targets: list[Parts] = []
        values: list[Expression] = []
        for name, value in self.assignments():
            targets.append(name.parts if isinstance(name, Name) else ())
            values.append(value)
        return SetVariable(tuple(targets), tuple(values), origin=self.origin(first))

    def execute_immediate(self) -> Command:
        """Take EXECUTE IMMEDIATE text [INTO variables] [USING arguments]."""
        first = self.position
        self.expect("EXECUTE", "IMMEDIATE")
        text = self.expression()
        into = tuple(self.multipart_list()) if self.accept("INTO") else ()
        arguments = self.arguments_of_using() if self.accept("USING") else ()
        return ExecuteImmediate(text, into, arguments, origin=self.origin(first))

    def arguments_of_using(self) -> tuple[tuple[str | None, Expression], ...]:
        """Take the arguments behind USING, in parentheses or not."""
        parenthesized = self.word == "(" and self.peek() != "SELECT"
        if parenthesized:
            self.advance()
        arguments: list[tuple[str | None, Expression]] = []
        for item in self.named_expressions():
            named = isinstance(item, Alias)
            arguments.append((item.names[0], item.child) if named else (None, item))
        if parenthesized:
            self.expect(")")
        return tuple(arguments)

    # ---- SET and RESET ------------------------------------------------------------------------

    def set(self) -> Command:
        """Take SET: a time zone, catalog, variable or, with free text, a setting."""
        first = self.position
        following = self.peek()
        if self.ahead("SET", "TIME", "ZONE"):
            return self._set_time_zone(first)
        if following in {"VARIABLE", "VAR"} and self.peek(2) not in ENDS | {"=", "."}:
            return self._set_variable(first)
        if following == "CATALOG" and self.peek(2) not in ENDS | {"=", "."}:
            self.advance(2)
            name = self.value_expression()
            if self.word not in ENDS:
                raise self.error_since(first, "INVALID_SET_SYNTAX")
            return SetCatalog(name, origin=self.origin(first))
        if following == "ROLE" and self.peek(2) != "=":
            raise self.refused("SET ROLE")
        if following == "COLLATION" and self.peek(2) not in ENDS | {"=", "."}:
            raise self.error_since(first, "INVALID_SET_SYNTAX")
        return self._set_conf(first)

    def _set_conf(self, first: int) -> Command:
        command = self._setting(first)
        behind = self.position
        while self.words[behind] == ";":
            behind += 1
        if first == 0 and self.kinds[behind] is not Kind.END:
            # Outside of a script a semicolon ends no SET: it is part of a value that may have none.
            raise self.error_since(first, "INVALID_SET_SYNTAX")
        return command

    def _set_path(self, first: int) -> SetPath | None:
        """Take ``SET PATH = a.b, c``; nothing where it is another setting of that name."""
        last = first + 3
        places: list[tuple[str, ...]] = []
        while self.is_identifier(last) and self.words[last + 1] in {".", ",", ";", ""}:
            begun = places.pop() if self.words[last - 1] == "." else ()
            places.append((*begun, self.name_at(last)))
            last += 1
            if self.words[last] in {";", ""}:
                self.advance(last - first)
                return SetPath(tuple(places), origin=self.origin(first))
            last += 1
        return None

    def _setting(self, first: int) -> Command:
        path = self._set_path(first) if self.ahead("SET", "PATH", "=") else None
        if path is not None:
            return path
        self.advance()
        key = self._quoted_name()
        if key is not None and self.word == "=":
            self.advance()
            value = self._quoted_name()
            text = value if value is not None else self.rest().strip()
            return SetConf(key, text, origin=self.origin(first))
        if key is not None and self.word in {"", ";"}:
            return SetConf(key, origin=self.origin(first))
        text = self.rest()
        if not text:
            return SetConf(origin=self.origin(first))
        if text == "-v":
            return SetConf(verbose=True, origin=self.origin(first))
        return self._free_form(text, first)

    def _free_form(self, text: str, first: int) -> Command:
        origin = self.origin(first)
        found = _KEY_AND_QUOTED.fullmatch(text)
        if found is not None:
            return SetConf(found[1], found[2].replace("``", "`"), origin=origin)
        found = _KEY_AND_VALUE.fullmatch(text)
        if found is not None:
            return SetConf(found[1], found[2].strip(), origin=origin)
        found = _KEY.fullmatch(text)
        if found is None:
            raise self.error_since(first, "INVALID_SET_SYNTAX")
        return SetConf(found[1], origin=origin)

    def _quoted_name(self) -> str | None:
        """Take a name in backticks that is a whole key or value."""
        kind, following = self.kinds[self.position], self.peek()
        if kind is not Kind.QUOTED or following not in {"=", "", ";"}:
            return None
        return self.identifier()

    def _set_time_zone(self, first: int) -> Command:
        self.advance(3)
        zone: str | Expression
        if self.accept("LOCAL"):
            zone = "LOCAL"
        elif self.at_string():
            zone = self.string()
        elif self.word == "INTERVAL" and self.peek() not in ENDS:
            zone = self.value_expression()
            if isinstance(zone, Literal) and isinstance(zone.type, types.DayTimeIntervalType):
                days = zone.type.end == 0
                if abs(zone.value) > _LARGEST_OFFSET or zone.value % 1_000_000:
                    unit = 86_400_000_000 if days else 3_600_000_000
                    raise self._odd_offset(first, f"{zone.value / unit:g}")
            if isinstance(zone, Literal) and isinstance(zone.type, types.YearMonthIntervalType):
                raise self._odd_offset(first, str(zone.value))
        else:
            raise self.error_at(first, "_LEGACY_ERROR_TEMP_0045")
        return SetTimeZone(zone, origin=self.origin(first))

    def _odd_offset(self, first: int, shown: str) -> ParseError:
        condition = "INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE"
        return self.error_since(first, condition, input=shown)

    def reset(self) -> Command:
        """Take RESET [key]."""
        first = self.position
        self.expect("RESET")
        key = self._quoted_name()
        if key is None:
            text = self.rest()
            found = _KEY.fullmatch(text)
            if text and found is None:
                raise self.error_since(first, "INVALID_RESET_COMMAND_FORMAT")
            key = found[1] if found else None
        return ResetConf(key, origin=self.origin(first))

    # ---- the rest -----------------------------------------------------------------------------

    def repair(self) -> Command:
        """Take [MSCK] REPAIR TABLE name [ADD | DROP | SYNC PARTITIONS]."""
        first = self.position
        if self.accept("MSCK") and self.word != "REPAIR":
            raise self.missing("REPAIR", here=self.word == "TABLE")
        self.expect("REPAIR")
        self.expect_before_name("TABLE")
        name = self.reference()
        if self.accept_any("ADD", "DROP", "SYNC"):
            self.expect("PARTITIONS")
        return AlterTable(name, AlterPartitions("repair"), origin=self.origin(first))

    def cursor_outside(self) -> Command:
        """Refuse OPEN, FETCH and CLOSE outside of a script."""
        first = self.position
        self.rest()
        condition = "CURSOR_OUTSIDE_SCRIPT"
        if not self.settings.cursors:
            raise ScriptingError("UNSUPPORTED_FEATURE.SQL_CURSOR")
        raise self.error_since(first, condition)


_HANDLERS = {
    "WITH": StatementParser.with_statement,
    "FROM": StatementParser.from_insert,
    "INSERT": StatementParser.insert,
    "DELETE": StatementParser.delete,
    "UPDATE": StatementParser.update,
    "MERGE": StatementParser.merge,
    "CREATE": StatementParser.create,
    "REPLACE": StatementParser.create,
    "DROP": StatementParser.drop,
    "ALTER": StatementParser.alter,
    "SHOW": StatementParser.show,
    "DESC": StatementParser.describe,
    "DESCRIBE": StatementParser.describe,
    "EXPLAIN": StatementParser.explain,
    "USE": StatementParser.use,
    "COMMENT": StatementParser.comment_on,
    "REFRESH": StatementParser.refresh,
    "TRUNCATE": StatementParser.truncate,
    "ANALYZE": StatementParser.analyze,
    "CACHE": StatementParser.cache,
    "UNCACHE": StatementParser.uncache,
    "CLEAR": StatementParser.clear,
    "OPTIMIZE": StatementParser.optimize,
    "REORG": StatementParser.reorganize,
    "VACUUM": StatementParser.vacuum,
    "GENERATE": StatementParser.generate,
    "RESTORE": StatementParser.restore,
    "CONVERT": StatementParser.convert,
    "DECLARE": StatementParser.declare,
    "EXECUTE": StatementParser.execute_immediate,
    "SET": StatementParser.set,
    "RESET": StatementParser.reset,
    "MSCK": StatementParser.repair,
    "REPAIR": StatementParser.repair,
    "OPEN": StatementParser.cursor_outside,
    "FETCH": StatementParser.cursor_outside,
    "CLOSE": StatementParser.cursor_outside,
    "ADD": StatementParser.manage_resources,
    "LIST": StatementParser.manage_resources,
    "LOAD": StatementParser.load_data,
    "CALL": StatementParser.call_procedure,
}
