"""SHOW, DESCRIBE, EXPLAIN's neighbours: statements that tell what there is."""

from __future__ import annotations

from boathouse.errors.exceptions import AnalysisError
from boathouse.spec.commands import Command, Describe, DescribeDetail, DescribeHistory, Parts, Show
from boathouse.spec.expressions import Expression
from boathouse.sql.alter import AlterParser
from boathouse.sql.ddl import NAMESPACE
from boathouse.sql.keywords import ENDS
from boathouse.sql.lexer import Kind

_NAMESPACES = frozenset({"DATABASES", "SCHEMAS", "NAMESPACES"})
_PLAIN = {
    "TABLES": "tables",
    "VIEWS": "views",
    "CATALOGS": "catalogs",
    "COLLATIONS": "collations",
    "PROCEDURES": "procedures",
    **dict.fromkeys(_NAMESPACES, "databases"),
}
_REFUSED = frozenset(
    ["GRANT", "ROLE", "ROLES", "PRINCIPALS", "COMPACTIONS", "TRANSACTIONS", "INDEXES", "LOCKS"]
)
_QUERY_STARTS = frozenset({"SELECT", "WITH", "FROM", "VALUES", "("})


class ShowParser(AlterParser):
    """Reads SHOW and DESCRIBE."""

    def show(self) -> Command:
        """Take a statement that begins with SHOW."""
        first = self.position
        self.expect("SHOW")
        word = self.word
        if word in _PLAIN:
            self.advance()
            name = self._in_namespace()
            return Show(_PLAIN[word], name, self._pattern(), origin=self.origin(first))
        if word in _REFUSED and self.peek() != "FUNCTIONS":
            raise self.refused(f"SHOW {word}")
        match word:
            case "TABLE":
                return self._show_table_extended(first)
            case "TBLPROPERTIES":
                return self._show_properties(first)
            case "COLUMNS":
                return self._show_columns(first)
            case "PARTITIONS":
                self.advance()
                name = self.reference()
                return Show(
                    "partitions", name, partition=self._partition(), origin=self.origin(first)
                )
            case "CREATE":
                self.expect("CREATE", "TABLE")
                return self.or_refused(lambda: self._show_create(first), "SHOW CREATE TABLE")
            case "CURRENT":
                self.advance()
                if self.word == "ROLES":
                    raise self.refused("SHOW CURRENT ROLES")
                if not self.accept_any(*NAMESPACE):
                    raise self.syntax_error()
                return Show("current namespace", origin=self.origin(first))
            case _:
                return self._show_functions(first)

    def _show_create(self, first: int) -> Command:
        name = self.reference()
        serde = self.accept("AS", "SERDE")
        return Show("create table", name, as_serde=serde, origin=self.origin(first))

    def _in_namespace(self) -> Parts:
        if self.accept_any("FROM", "IN"):
            return self.reference()
        return ()

    def _pattern(self) -> str | None:
        if self.accept("LIKE") or self.at_string():
            return self.string()
        return None

    def _partition(self) -> tuple[tuple[str, Expression], ...]:
        return self.static_partition() if self.word == "PARTITION" else ()

    def _show_table_extended(self, first: int) -> Command:
        self.expect("TABLE", "EXTENDED")
        name = self._in_namespace()
        self.expect("LIKE")
        pattern = self.string()
        return Show(
            "table extended",
            name,
            pattern,
            partition=self._partition(),
            origin=self.origin(first),
        )

    def _show_properties(self, first: int) -> Command:
        self.expect("TBLPROPERTIES")
        name = self.reference()
        key: str | None = None
        if self.accept("("):
            key = self.property_key()
            self.expect(")")
        return Show("tblproperties", name, key=key, origin=self.origin(first))

    def _show_columns(self, first: int) -> Command:
        self.expect("COLUMNS")
        if not self.accept_any("FROM", "IN"):
            raise self.syntax_error()
        name = self.reference()
        if self.accept_any("FROM", "IN"):
            space = self.multipart()
            if len(name) > 1 and [p.lower() for p in name[:-1]] != [p.lower() for p in space]:
                self.defer(
                    AnalysisError(
                        "SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE",
                        namespaceA=".".join(f"`{part}`" for part in space),
                        namespaceB=".".join(f"`{part}`" for part in name[:-1]),
                    )
                )
            name = name if len(name) > 1 else (*space, *name)
        return Show("columns", name, origin=self.origin(first))

    def _show_functions(self, first: int) -> Command:
        scope: str | None = None
        if self.word != "FUNCTIONS":
            place = self.position
            scope = self.identifier().upper()
            if self.word != "FUNCTIONS":
                raise self.syntax_error(hint=": missing 'FUNCTIONS'")
            if scope not in {"ALL", "SYSTEM", "USER"}:
                condition = "INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE"
                raise self.error_at(place, condition, scope=f"`{self.text_at(place).lower()}`")
        self.expect("FUNCTIONS")
        name = self._in_namespace()
        pattern: str | None = None
        if self.peek(0) == "LIKE" and self.peek() not in {"", ";"}:
            self.advance()
        if self.peek(0) not in {"", ";"}:
            if self.at_string():
                pattern = self.string()
            else:
                *space, pattern = self.multipart()
                name = name or tuple(space)
        return Show("functions", name, pattern, scope, origin=self.origin(first))

    # ---- DESCRIBE -----------------------------------------------------------------------------

    def describe(self) -> Command:
        """Take a statement that begins with DESC or DESCRIBE."""
        first = self.position
        self.advance()
        if self.word in NAMESPACE and self.peek() not in ENDS:
            self.advance()
            extended = self.word == "EXTENDED" and self.peek() not in ENDS
            if extended:
                self.advance()
            return Describe("database", self.reference(), extended, origin=self.origin(first))
        if self.word == "FUNCTION" and self.peek() not in ENDS:
            return self._describe_function(first)
        if self.word == "PROCEDURE" and self.peek() not in ENDS:
            self.advance()
            return Describe("procedure", self.reference(), origin=self.origin(first))
        if self.word == "QUERY" and self.peek() not in ENDS:
            self.advance()
            return Describe("query", input=self.query(), origin=self.origin(first))
        if self.word in _QUERY_STARTS:
            return Describe("query", input=self.query(), origin=self.origin(first))
        if self.word in {"HISTORY", "DETAIL"} and self.peek() not in ENDS | {"."}:
            return self._describe_log(first)
        return self._describe_table(first)

    def _describe_log(self, first: int) -> Command:
        """``HISTORY t [LIMIT n]`` and ``DETAIL t``, of a table by name or, as text, by path."""
        word = self.accept_any("HISTORY", "DETAIL")
        path = self.string() if self.at_string() else ""
        name = () if path else self.reference()
        if word == "DETAIL":
            return DescribeDetail(name, path, origin=self.origin(first))
        limit = self.integer() if self.accept("LIMIT") else None
        return DescribeHistory(name, path, limit, origin=self.origin(first))

    def _describe_function(self, first: int) -> Command:
        self.expect("FUNCTION")
        extended = self.word == "EXTENDED" and self.peek() not in ENDS
        if extended:
            self.advance()
        if self.at_string():
            name = tuple(self.string().split("."))
        elif self.kinds[self.position] is Kind.OPERATOR:
            name = (self.word,)
            self.advance()
        else:
            name = self.reference()
        return Describe("function", name, extended, origin=self.origin(first))

    def _describe_table(self, first: int) -> Command:
        if self.word == "TABLE" and self.peek() not in ENDS:
            self.advance()
        extended = self.word in {"EXTENDED", "FORMATTED"} and self.peek() not in ENDS | {"."}
        if extended:
            self.advance()
        name = self.reference()
        partition = self._partition()
        column: Parts = ()
        if self.at_identifier() and not self.ahead("AS", "JSON"):
            column = self.multipart()
        if column and partition:
            condition = "UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_PARTITION"
            self.defer(self.error_since(first, condition))
        as_json = self.accept("AS", "JSON")
        if column and as_json and extended:
            condition = "UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_JSON"
            self.defer(self.error_since(first, condition))
        return Describe(
            "table",
            name,
            extended,
            column,
            partition,
            as_json=as_json,
            origin=self.origin(first),
        )
