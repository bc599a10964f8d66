"""Operands: constants, names, stars, parameters, CASE, casts, and what may stand behind an operand
(fields, subscripts, ``::``, COLLATE, paths into variants).
"""

from __future__ import annotations

from abc import ABC

from boathouse.errors.exceptions import ParseError, QueryContext, SparkError, UnsupportedError
from boathouse.spec.expressions import (
    Call,
    Case,
    Cast,
    CastMode,
    Expression,
    ExtractValue,
    IdentifierClause,
    LambdaVariable,
    Literal,
    Name,
    NamePattern,
    Parameter,
    PathExtract,
    Star,
)
from boathouse.sql import datetimes, intervals
from boathouse.sql.calls import CallParser
from boathouse.sql.keywords import CASE_WORDS, ENDS, QUERY_STARTS
from boathouse.sql.lexer import Kind
from boathouse.sql.numbers import number_literal
from boathouse.types import datatypes as types
from boathouse.types.char_types import text_for_char

_NIL = Literal(None, types.NULL)
_CONSTANTS = {
    "NULL": _NIL,
    "TRUE": Literal(True, types.BOOLEAN),
    "FALSE": Literal(False, types.BOOLEAN),
}
_WITHOUT_PARENTHESES = {
    "CURRENT_DATE": "current_date",
    "CURRENT_TIMESTAMP": "current_timestamp",
    "CURRENT_TIME": "current_time",
    "CURRENT_USER": "current_user",
    "CURRENT_PATH": "current_path",
    "USER": "current_user",
    "SESSION_USER": "current_user",
}
# Reserved words that Spark's grammar lets name a function.
_RESERVED_FUNCTIONS = frozenset({"LEFT", "RIGHT", "FILTER"})
_POSTFIXES = frozenset({".", "[", "::", "COLLATE", ":"})
_SUPPORTED_LITERALS = (
    '"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME"'
)


_PATTERN_MOST = 2
"""The parts of a name whose last may be a pattern of columns."""
_FROM_TO = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
"""The units that TO may stand between."""


class PrimaryParser(CallParser, ABC):
    """Reads one operand."""

    def primary(self) -> Expression:
        """Take an operand without its postfixes."""
        kind, first = self.kinds[self.position], self.position
        if kind is Kind.NUMBER:
            return self.number(first)
        if kind is Kind.WORD:
            special = self._special(first)
            if special is not None:
                return special
        elif self.at_string():
            return Literal(self.strings(), types.StringType(self.settings.default_collation))
        elif kind is Kind.OPERATOR:
            return self._symbol_operand(first)
        if self.at_identifier():
            return self._name_or_call(first)
        if self.word in _RESERVED_FUNCTIONS and self.peek() == "(":
            self.advance()
            return self.call((self.text_at(first),), first)
        raise self.syntax_error()

    def _special(self, first: int) -> Expression | None:
        """What a word that is more than a name begins, or None."""
        word, following = self.word, self.peek()
        if word == "CASE" and self.is_string(first + 1) and self.peek(2) in {"WHEN", "COLLATE"}:
            return self._case(first)
        if self.is_string(first + 1) and (self.at_identifier() or word == "TIME"):
            return self._typed_literal(word, first)
        if following == "." and word not in _CONSTANTS:
            return None
        if word in _CONSTANTS and following != "(":
            self.advance()
            return _CONSTANTS[word]
        # Unreserved, they may be columns: what they mean is known when they are bound.
        reserved = self.settings.reserved_keywords
        if reserved and word in _WITHOUT_PARENTHESES and following != "(":
            self.advance()
            return Call((_WITHOUT_PARENTHESES[word],), origin=self.origin(first))
        if word == "CASE" and not self._is_column_case(following):
            return self._case(first)
        if word == "INTERVAL" and self._interval_ahead():
            return self._interval(first)
        if following == "(":
            if word in {"CAST", "TRY_CAST"}:
                return self._cast(word, first)
            if word == "IDENTIFIER":
                return self._identifier_clause(first)
            return self.special_call(word, first)
        return None

    def _symbol_operand(self, first: int) -> Expression:
        word = self.word
        if word == "*":
            self.advance()
            return Star((), excluded=self._except(), origin=self.origin(first))
        if word == "?":
            self.advance()
            return Parameter(None, self.question_mark(first), origin=self.origin(first))
        if word == ":" and self.is_identifier(first + 1):
            self.advance()
            return Parameter(self.identifier(), origin=self.origin(first))
        raise self.syntax_error()

    def number(self, first: int) -> Literal:
        """Take a number, whose sign may stand at token `first`."""
        index, word = self.position, self.word
        if first == index and len(word) < 10 and word.isdigit():
            self.advance()
            return Literal(int(word), types.INTEGER)
        tokens = self.tokens
        context = QueryContext(tokens.text, tokens.starts[first], tokens.stops[index])
        self.advance()
        try:
            return number_literal(
                word, negative=first < index, context=context, settings=self.settings
            )
        except SparkError as error:
            self.defer(error)
            return _NIL

    # ---- names ------------------------------------------------------------------------------

    def _name_or_call(self, first: int) -> Expression:
        parts = [self.identifier()]
        while self.word == ".":
            if self.peek() == "*" and self.kinds[self.position + 1] is Kind.OPERATOR:
                self.advance(2)
                excluded = self._except()
                return Star(tuple(parts), excluded=excluded, origin=self.origin(first))
            if not self.is_identifier(self.position + 1):
                break
            self.advance()
            parts.append(self.identifier())
        if self.word == "(" and not (self.before_query and self.peek() in QUERY_STARTS):
            return self.call(tuple(parts), first)
        return self._name(tuple(parts), first)

    def _name(self, parts: tuple[str, ...], first: int) -> Expression:
        if self.lambda_names and parts[0].lower() in self.lambda_names:
            return self._lambda_variable(parts, first)
        quoted = self.kinds[self.position - 1] is Kind.QUOTED
        if quoted and self.listed and len(parts) <= _PATTERN_MOST:
            return NamePattern(f"`{parts[-1]}`", table=parts[:-1], origin=self.origin(first))
        return Name(parts, origin=self.origin(first))

    def _lambda_variable(self, parts: tuple[str, ...], first: int) -> Expression:
        variable: Expression = LambdaVariable(self.lambda_names[parts[0].lower()])
        for part in parts[1:]:
            field = Literal(part, types.STRING)
            variable = ExtractValue(variable, field, origin=self.origin(first))
        return variable

    def _except(self) -> tuple[tuple[str, ...], ...]:
        """``EXCEPT (a, b.c)`` behind a star; EXCEPT with a query behind it is a set operation."""
        if self.word != "EXCEPT" or self.peek() != "(" or self.query_ahead(self.position + 2):
            return ()
        self.advance(2)
        names = tuple(self.multipart_list())
        self.expect(")")
        return names

    def _identifier_clause(self, first: int) -> Expression:
        text = self.identifier_text()
        name = self.constant_name(text)
        if name is not None:
            return self.call(name, first) if self.word == "(" else self._name(name, first)
        if self.word == "(":
            call = self.call((), first)
            if isinstance(call, Call):
                return IdentifierClause(text, call, origin=self.origin(first))
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE.NOT_BUILT", feature="OVER behind IDENTIFIER(...)"
            )
        return IdentifierClause(text, origin=self.origin(first))

    def identifier_text(self) -> Expression:
        """Take ``IDENTIFIER(text)`` and give `text`."""
        self.expect("IDENTIFIER", "(")
        text = self.expression()
        self.expect(")")
        return text

    # ---- constants --------------------------------------------------------------------------

    def _typed_literal(self, word: str, first: int) -> Expression:
        if word == "INTERVAL" and self._interval_ahead():
            return self._interval(first)
        try:
            return self._typed_constant(word, first)
        except SparkError as error:
            self.defer(error)
            return _NIL

    def _typed_constant(self, word: str, first: int) -> Expression:
        self.advance()
        text = self.string()
        context = self._context(first)
        if word == "INTERVAL":
            legacy = self.settings.legacy_interval
            return intervals.from_text(text, self.text_since(first), context, legacy=legacy)
        value, type_ = self._typed_value(word, text, first)
        if value is None:
            condition = "INVALID_TYPED_LITERAL"
            raise self.error_since(first, condition, valueType=f'"{word}"', value=f"'{text}'")
        return Literal(value, type_)

    def _typed_value(self, word: str, text: str, first: int) -> tuple[object, types.DataType]:
        zone = self.settings.time_zone
        match word:
            case "DATE":
                return datetimes.date_value(text, zone), types.DATE
            case "TIMESTAMP" | "TIMESTAMP_LTZ" | "TIMESTAMP_NTZ":
                return self._timestamp(word, text)
            case "TIME":
                return datetimes.time_value(text), types.TIME
            case "X":
                return _hexadecimal(text), types.BINARY
            case _:
                raise self.error_since(
                    first,
                    "UNSUPPORTED_TYPED_LITERAL",
                    unsupportedType=f'"{word}"',
                    supportedTypes=_SUPPORTED_LITERALS,
                )

    def _timestamp(self, word: str, text: str) -> tuple[object, types.DataType]:
        zone = self.settings.time_zone
        found = datetimes.timestamp_value(text, zone)
        ntz = word == "TIMESTAMP_NTZ"
        if word == "TIMESTAMP" and self.settings.timestamp_type == "TIMESTAMP_NTZ":
            ntz = found is not None and not found[1]
        type_ = types.TIMESTAMP_NTZ if ntz else types.TIMESTAMP
        if found is None:
            return None, type_
        value, zoned = found
        if ntz:
            return datetimes.wall_clock(text, zone), type_
        return (value if zoned else datetimes.to_instant(value, zone)), type_

    def _context(self, first: int) -> QueryContext:
        stop = self.tokens.stops[max(self.position - 1, first)]
        return QueryContext(self.tokens.text, self.tokens.starts[first], stop)

    def _interval_ahead(self) -> bool:
        """Whether a number or string with a unit follows INTERVAL."""
        index = self.position + 1
        signed = self.words[index] in {"+", "-"}
        index += signed
        number = self.kinds[index] is Kind.NUMBER
        if number and not signed:
            return True  # what is no unit then is an error
        if not number and not self.is_string(index):
            return False
        while self.is_string(index) and self.is_string(index + 1):
            index += 1
        return intervals.unit_of(self.words[index + 1]) is not None

    def _interval(self, first: int) -> Expression:
        self.expect("INTERVAL")
        pairs: list[tuple[str, str]] = []
        while (
            self.word in {"+", "-"} or self.kinds[self.position] is Kind.NUMBER or self.at_string()
        ):
            place = self.position
            sign = self.accept_any("+", "-")
            is_text = self.at_string()
            if not is_text and self.kinds[self.position] is not Kind.NUMBER:
                self.move(place)
                break
            last = self.position
            while is_text and self.is_string(last + 1):
                last += 1
            unit = intervals.unit_of(self.words[last + 1])
            if unit is None:
                if pairs:
                    self.move(place)
                    break
                self.advance()
                raise self.syntax_error()
            if not (is_text or self.word.replace(".", "").isdigit()):
                raise self.syntax_error()
            word = self.text_at(last + 1)
            value = self.strings() if is_text else self.word
            self.advance(1 if is_text else 2)
            # Behind other units TO is an alias.
            if self.word == "TO" and not pairs and {word.upper(), self.peek()} <= _FROM_TO:
                return self._unit_to_unit(value, sign, unit, first, is_text=is_text)
            pairs.append((_signed(value, sign), word))
        if not pairs:
            raise self.syntax_error()
        legacy = self.settings.legacy_interval
        written = self.text_since(first)
        try:
            return intervals.multi_unit(pairs, written, self._context(first), legacy=legacy)
        except SparkError as error:
            self.defer(error)
            return _NIL

    def _unit_to_unit(
        self, value: str, sign: str, unit: str, first: int, *, is_text: bool
    ) -> Expression:
        self.expect("TO")
        last = self.word.lower()
        self.advance()
        if not is_text:
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0027"))
            return _NIL
        context = self._context(first)
        try:
            loose = self.settings.loose_day_time and unit != "year"
            read = intervals.loose_day_time if loose else intervals.unit_to_unit
            found = read(value, unit, last, context, negative=sign == "-")
            return intervals.calendar_of(found) if self.settings.legacy_interval else found
        except SparkError as error:
            self.defer(error)
            return _NIL

    # ---- CASE and casts ---------------------------------------------------------------------

    def _case(self, first: int) -> Expression:
        depth = self.case_depth
        try:
            return self._well_formed_case(first)
        except ParseError as error:
            self.case_depth = depth
            call = self._called_case(first)
            if call is not None:
                return call
            if self.words[first + 1 : first + 3] == ["CASE", "WHEN"]:
                self.move(first)
                return self._well_formed_case(first, of_name=True)
            listed = self.words[first - 1] in {"SELECT", "DISTINCT"} if first else False
            if error.condition != "PARSE_SYNTAX_ERROR" or not listed or first + 2 >= self.last:
                raise
            # To Spark, CASE was a column then, and the next word its alias.
            self.move(first + 2)
            last = self.peek() in ENDS
            shown = f": extra input '{self.text_at(self.position)}'"
            raise self.syntax_error(hint=shown if last else "") from None

    def _is_column_case(self, following: str) -> bool:
        """Whether CASE is a name here, as what comes next cannot begin a value of one."""
        named = following == "END" and self.peek(2) != "WHEN"
        # At the end of all, the word behind it is its alias.
        named = named or (following in CASE_WORDS and self.peek(2) in {"", ";"})
        return named or following in ENDS or following in {"FROM", "AS", "="}

    def _called_case(self, first: int) -> Expression | None:
        """A call of a function of that name, which Spark reads where it is no CASE."""
        if self.words[first + 1] != "(":
            return None
        self.move(first + 1)
        try:
            call = self.call((self.text_at(first),), first)
        except ParseError:
            return None
        return None if self.word == "WHEN" else call

    def _well_formed_case(self, first: int, *, of_name: bool = False) -> Expression:
        """Take a CASE; `of_name`: its value is the name that comes next, whatever it spells."""
        self.expect("CASE")
        self.case_depth += 1
        value: Expression | None = None
        if of_name:
            value = Name((self.identifier(),), origin=self.origin(first + 1))
        elif self.word != "WHEN":
            value = self.expression()
        branches: list[tuple[Expression, Expression]] = []
        while self.accept("WHEN"):
            condition = self.expression()
            if value is not None:
                condition = Call(("=",), (value, condition), operator=True)
            self.expect("THEN")
            branches.append((condition, self.expression()))
        if not branches:
            raise self.syntax_error()
        otherwise = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        self.case_depth -= 1
        return Case(tuple(branches), otherwise, origin=self.origin(first))

    def _cast(self, word: str, first: int) -> Expression:
        self.advance()
        self.expect("(")
        if self.word == ")":
            return self._called_cast(first)
        child = self.expression()
        if self.word in {",", ")"}:
            return self._called_cast(first)
        self.expect("AS")
        type_ = text_for_char(self.data_type())
        if self.word != ")":
            # Behind the unit of an interval Spark knows what comes, elsewhere it gives up.
            sure = isinstance(type_, (types.YearMonthIntervalType, types.DayTimeIntervalType))
            raise self.syntax_error(hint=self._hint(")") if sure else "")
        self.advance()
        mode = CastMode.TRY if word == "TRY_CAST" else CastMode.DEFAULT
        return Cast(child, type_, mode, origin=self.origin(first))

    def _called_cast(self, first: int) -> Expression:
        self.move(first + 1)
        return self.call((self.text_at(first),), first)

    # ---- behind an operand ------------------------------------------------------------------

    def postfix(self, operand: Expression, first: int) -> Expression:
        """Take the fields, subscripts, casts and collations behind `operand`."""
        while (word := self.word) in _POSTFIXES:
            if word == ".":
                self.advance()
                spelled = self.ahead("IDENTIFIER", "(")
                name = self.whole_identifier() if spelled else self.identifier()
                if isinstance(operand, Name):  # in parentheses
                    operand = Name((*operand.parts, name), origin=self.origin(first))
                    continue
                field = Literal(name, types.STRING)
                operand = ExtractValue(operand, field, origin=self.origin(first))
            elif word == "[":
                self.advance()
                index = self.value_expression()
                self.expect("]")
                operand = ExtractValue(operand, index, origin=self.origin(first))
            elif word == "::":
                self.advance()
                type_ = text_for_char(self.data_type())
                operand = Cast(operand, type_, origin=self.origin(first))
            elif (
                word == "COLLATE"
                and self.is_identifier(self.position + 1)
                and not self.operand_missing()
            ):
                self.advance()
                name = Literal(_collation(self.multipart()), types.STRING)
                operand = Call(("collate",), (operand, name), origin=self.origin(first))
            elif word == ":" and self._path_ahead():
                path = self._path()
                operand = PathExtract(operand, path, origin=self.origin(first))
            else:
                break
        return operand

    def _path_ahead(self) -> bool:
        following = self.position + 1
        return self.is_identifier(following) or self.words[following] == "["

    def _path(self) -> tuple[str | int, ...]:
        """``:a.b[0]['c']``, the way into a variant."""
        self.expect(":")
        steps: list[str | int] = []
        if self.word != "[":
            steps.append(self.identifier())
        while True:
            if self.word == "." and self.is_identifier(self.position + 1):
                self.advance()
                steps.append(self.identifier())
            elif self.word == "[":
                self.advance()
                steps.append(self.string() if self.at_string() else self.integer())
                self.expect("]")
            else:
                return tuple(steps)


def _collation(parts: tuple[str, ...]) -> str:
    """The name of a collation, which may stand in full."""
    system = [part.lower() for part in parts[:-1]] == ["system", "builtin"]
    return parts[-1] if system else ".".join(parts)


def _hexadecimal(text: str) -> bytes | None:
    padded = "0" + text if len(text) % 2 else text
    if any(letter not in "0123456789abcdefABCDEF" for letter in padded):
        return None
    return bytes.fromhex(padded)


def _signed(value: str, sign: str) -> str:
    if sign != "-":
        return value
    return value.strip()[1:] if value.strip().startswith("-") else "-" + value.strip()
