"""Definitions of columns and constraints, and small clauses that many statements share."""

from __future__ import annotations

from boathouse.spec.commands import ColumnDefinition, Command
from boathouse.spec.commands import Unsupported as UnsupportedCommand
from boathouse.spec.relations import QueryText
from boathouse.sql.maintenance import MaintenanceParser
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.types import datatypes as types
from boathouse.types.datatypes import StructField

_COLUMN_OPTIONS = {
    "NOT": "NOT NULL",
    "DEFAULT": "DEFAULT",
    "COMMENT": "COMMENT",
    "GENERATED": "GENERATED ALWAYS AS",
    **dict.fromkeys(("CONSTRAINT", "CHECK", "PRIMARY", "UNIQUE", "REFERENCES"), "CONSTRAINT"),
}

_COUNTED = (types.LongType, types.IntegerType)
"""Types of identity columns."""

CONSTRAINTS = frozenset({"CONSTRAINT", "CHECK", "PRIMARY", "UNIQUE", "FOREIGN"})


class ColumnParser(MaintenanceParser):
    """Reads definitions of columns and constraints."""

    def __init__(
        self, text: str, settings: ParserSettings = DEFAULT, arguments: QueryText | None = None
    ) -> None:
        """Tokenize `text`; raises UNCLOSED_BRACKETED_COMMENT."""
        super().__init__(text, settings, arguments)
        self.column_constraints: list[tuple[str, str]] = []

    def skip_rest(self, feature: str) -> Command:
        """Step over the rest of a statement that is known and not built."""
        first = self.position
        self.move(self.last)
        return UnsupportedCommand(feature, origin=self.origin(first))

    def if_exists(self) -> bool:
        """Take IF EXISTS if it comes next."""
        return self.accept("IF", "EXISTS")

    def if_not_exists(self) -> bool:
        """Take IF NOT EXISTS if it comes next."""
        if self.word != "IF" or self.peek() not in {"NOT", "!"}:
            return False
        if self.peek(2) != "EXISTS":
            self.advance(2)
            raise self.syntax_error()
        self.advance()
        self.accept_negation()
        self.advance()
        return True

    def once(self, clause: str, seen: set[str]) -> None:
        """Take note of a clause; DUPLICATE_CLAUSES for one that was there."""
        if clause in seen:
            raise self.error_at(self.position, "DUPLICATE_CLAUSES", clauseName=clause)
        seen.add(clause)

    def refused(self, operation: str) -> Exception:
        """The error for what Spark knows and refuses."""
        return self.error_since(self.position, "INVALID_STATEMENT_OR_CLAUSE", operation=operation)

    # ---- columns and constraints --------------------------------------------------------------

    def column_definition(
        self, name: str | None = None, *, generates: bool = True
    ) -> ColumnDefinition:
        """Take ``name TYPE [NOT NULL] [DEFAULT ...] [GENERATED ...] [COMMENT ...]``;
        not `generates` for a table that is there, which takes neither generated columns nor
        constraints with them.
        """
        name = name or self.whole_identifier()
        type_ = self.column_type()
        nullable, comment = True, None
        default = generated = None
        identity: tuple[int, int, bool] | None = None
        seen: set[str] = set()
        while True:
            self._option_once(name, seen, adds=not generates)
            if self.accept_not_null():
                nullable = False
            elif self.accept("NOT"):
                raise self.missing("NULL", here=True)
            elif self.accept("DEFAULT"):
                default = self.default_text()
            elif self.accept("COMMENT"):
                comment = self.string()
            elif self.word == "GENERATED" and generates:
                start = self.position
                generated, identity = self._generation()
                if identity is not None and not isinstance(type_, _COUNTED):
                    condition = "IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE"
                    told = type(type_).__name__
                    if isinstance(type_, types.DecimalType):
                        told += f"({type_.precision},{type_.scale})"
                    self.defer(self.error_since(start, condition, dataType=told))
            elif generates and (self.word in CONSTRAINTS or self.word == "REFERENCES"):
                self.column_constraints.append(self._column_constraint(name))
            else:
                break
        metadata = types.metadata_pairs({"comment": comment} if comment is not None else {})
        column = StructField(name, type_, nullable, metadata)
        return ColumnDefinition(column, default, generated, identity)

    def default_text(self) -> str:
        """Take the expression behind DEFAULT as written; UNSUPPORTED_DEFAULT_VALUE where columns
        have no defaults.
        """
        first = self.position
        text = self.expression_text()
        if not self.settings.defaults:
            condition = "UNSUPPORTED_DEFAULT_VALUE.WITH_SUGGESTION"
            self.defer(self.error_since(first, condition))
        return text

    def _option_once(self, column: str, seen: set[str], *, adds: bool) -> None:
        option = _COLUMN_OPTIONS.get(self.word)
        if option in seen:
            told = {"columnName": column, "optionName": option}
            kind = "ALTER" if adds else "CREATE"
            told |= {"type": "ADD"} if adds else {}
            condition = f"{kind}_TABLE_COLUMN_DESCRIPTOR_DUPLICATE"
            self.defer(self.error_at(self.position, condition, **told))
        if option is not None:
            seen.add(option)

    def _column_constraint(self, column: str) -> tuple[str, str]:
        """Take a constraint behind a column, given as the constraint of a table."""
        name = self.whole_identifier() if self.accept("CONSTRAINT") else ""
        first, word = self.position, self.word
        if self.accept("CHECK"):
            self._checked_condition()
            text = self.text_since(first)
        elif self.accept("PRIMARY", "KEY") or self.accept("UNIQUE"):
            text = f"{self.text_since(first)} ({types.quoted_if_needed(column)})"
        elif self.accept("FOREIGN", "KEY") or word == "REFERENCES":
            reference = self.position
            self.expect("REFERENCES")
            self.multipart()
            if self.word == "(":
                self.identifier_list()
            own = types.quoted_if_needed(column)
            text = f"FOREIGN KEY ({own}) {self.text_since(reference)}"
        else:
            raise self.syntax_error()
        behind = self.position
        self._check_characteristics("FOREIGN" if word == "REFERENCES" else word, first)
        return name, f"{text} {self.text_since(behind)}" if self.position > behind else text

    def expression_text(self) -> str:
        """Take an expression and give it as written."""
        first = self.position
        self.expression()
        return self.text_since(first)

    def _generation(self) -> tuple[str | None, tuple[int, int, bool] | None]:
        first = self.position
        self.expect("GENERATED")
        by_default = self.accept("BY", "DEFAULT")
        if not by_default:
            self.expect("ALWAYS")
        self.expect("AS")
        if not self.accept("IDENTITY"):
            self.expect("(")
            text = self.expression_text()
            self.expect(")")
            return text, None
        start, step = 1, 1
        if self.accept("("):
            seen: set[str] = set()
            while self.word != ")":
                at, word = self.position, self.word
                if self.accept("START", "WITH"):
                    start = self._signed_integer()
                elif self.accept("INCREMENT", "BY"):
                    step = self._signed_integer()
                else:
                    raise self.syntax_error()
                self._identity_option_once(word, seen, at)
            self.expect(")")
            if not step:
                self.defer(self.error_since(first, "IDENTITY_COLUMNS_ILLEGAL_STEP"))
        return None, (start, step, by_default)

    def _identity_option_once(self, option: str, seen: set[str], at: int) -> None:
        """An option of an identity column may not stand there twice."""
        if option in seen:
            condition = "IDENTITY_COLUMNS_DUPLICATED_SEQUENCE_GENERATOR_OPTION"
            name = "START" if option == "START" else "STEP"
            self.defer(self.error_since(at, condition, sequenceGeneratorOption=name))
        seen.add(option)

    def _signed_integer(self) -> int:
        sign = -1 if self.accept("-") else 1
        return sign * self.integer()

    def at_constraint(self) -> bool:
        """Whether a constraint comes next in a list of columns."""
        word, following = self.word, self.peek()
        if word in {"PRIMARY", "FOREIGN"}:
            return following == "KEY" and self.peek(2) == "("
        return word in CONSTRAINTS and (following == "(" or word == "CONSTRAINT")

    def constraint(self) -> tuple[str, str]:
        """Take ``[CONSTRAINT name] CHECK (...) | PRIMARY KEY (...) | ...``: name and text."""
        name = self.whole_identifier() if self.accept("CONSTRAINT") else ""
        first = self.position
        word = self.accept_any("CHECK", "PRIMARY", "UNIQUE", "FOREIGN")
        if not word:
            raise self.syntax_error()
        if word == "CHECK":
            self._checked_condition()
        else:
            if word != "UNIQUE":
                self.expect("KEY")
            self.identifier_list()
        if word == "FOREIGN":
            self.expect("REFERENCES")
            self.multipart()
            if self.word == "(":
                self.identifier_list()
        self._check_characteristics(self.words[first], first)
        return name, self.text_since(first)

    def _check_characteristics(self, kind: str, first: int) -> None:
        """Take what stands behind a constraint: a check must be enforced, a key must not."""
        said: list[str] = []
        while self.word in {"ENFORCED", "RELY", "NORELY"} or self.ahead("NOT", "ENFORCED"):
            start = self.position
            self.accept("NOT")
            self.advance()
            said.append(self.text_since(start).upper())
        wrong = "NOT ENFORCED" if kind == "CHECK" else "ENFORCED"
        told = {"CHECK": kind, "UNIQUE": kind}.get(kind, f"{kind} KEY")
        if {"RELY", "NORELY"} <= set(said) or {"ENFORCED", "NOT ENFORCED"} <= set(said):
            condition = "INVALID_CONSTRAINT_CHARACTERISTICS"
            self.defer(self.error_since(first, condition, characteristics=", ".join(said)))
        elif wrong in said:
            condition = "UNSUPPORTED_CONSTRAINT_CHARACTERISTIC"
            parameters = {"characteristic": wrong, "constraintType": told}
            self.defer(self.error_since(first, condition, **parameters))

    def _checked_condition(self) -> None:
        """Take what a CHECK demands."""
        self.expect("(")
        self.expression()
        self.expect(")")
