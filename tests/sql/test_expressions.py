"""Expressions: text, and the spec it must become."""

from decimal import Decimal

import pytest

from boathouse.spec.expressions import (
    Alias,
    Bound,
    Call,
    Case,
    Cast,
    CastMode,
    ExtractValue,
    Frame,
    FrameKind,
    IdentifierClause,
    Lambda,
    LambdaVariable,
    Literal,
    Name,
    NamedArgument,
    NullOrder,
    Parameter,
    PathExtract,
    SortOrder,
    Star,
    Subquery,
    SubqueryKind,
    Window,
)
from boathouse.sql import ParserSettings, parse_expression
from boathouse.types import datatypes as types

A, B, C = Name(("a",)), Name(("b",)), Name(("c",))
ONE, TWO = Literal(1, types.INTEGER), Literal(2, types.INTEGER)


def text(value):
    return Literal(value, types.STRING)


def call(name, *arguments):
    return Call((name,), arguments)


def operator(name, *arguments):
    return Call((name,), arguments, operator=True)


NOT_EQUAL = operator("not", operator("=", A, B))

CASES = {
    # names
    "a": A,
    "a.b.c": Name(("a", "b", "c")),
    "`a.b`.`c``d`": Name(("a.b", "c`d")),
    "*": Star(),
    "t.*": Star(("t",)),
    "s.t.* EXCEPT (a, b.c)": Star(("s", "t"), excluded=(("a",), ("b", "c"))),
    "a AS x": Alias(A, ("x",)),
    "a x": Alias(A, ("x",)),
    "f(a) AS (x, y)": Alias(call("f", A), ("x", "y"), listed=True),
    # precedence
    "a + b * c": operator("+", A, operator("*", B, C)),
    "(a + b) * c": operator("*", operator("+", A, B), C),
    "a - b - c": operator("-", operator("-", A, B), C),
    "a || b || c": operator("concat", operator("concat", A, B), C),
    "a | b ^ c & 1": operator("|", A, operator("^", B, operator("&", C, ONE))),
    "a << 1 + 2": operator("<<", A, operator("+", ONE, TWO)),
    "a >> 1": operator(">>", A, ONE),
    "a >>> 1": operator(">>>", A, ONE),
    "a div b % c": operator("%", operator("div", A, B), C),
    "- a": operator("negative", A),
    "-a * b": operator("*", operator("negative", A), B),
    "~a": operator("~", A),
    "+a": operator("positive", A),
    "a <> b": NOT_EQUAL,
    "a != b": NOT_EQUAL,
    "a == b": operator("=", A, B),
    "a !> b": operator("<=", A, B),
    "a <=> b": operator("<=>", A, B),
    "NOT a = b": NOT_EQUAL,
    "!a": operator("not", A),
    "NOT a AND b": operator("and", operator("not", A), B),
    "a OR b AND c": operator("or", A, operator("and", B, C)),
    "a AND b AND c": operator("and", A, B, C),
    "a OR b OR c": operator("or", A, B, C),
    "(a AND b) AND c": operator("and", operator("and", A, B), C),
    # predicates
    "a BETWEEN 1 AND 2 AND b": operator("and", operator("between", A, ONE, TWO), B),
    "a NOT BETWEEN 1 AND 2": operator("not", operator("between", A, ONE, TWO)),
    "a IN (1, 2)": operator("in", A, ONE, TWO),
    "a NOT IN (1)": operator("not", operator("in", A, ONE)),
    "a LIKE 'x'": operator("like", A, text("x")),
    "a LIKE 'x' ESCAPE '/'": operator("like", A, text("x"), text("/")),
    "a NOT ILIKE 'x'": operator("not", operator("ilike", A, text("x"))),
    "a RLIKE 'x'": operator("rlike", A, text("x")),
    "a REGEXP 'x'": operator("rlike", A, text("x")),
    "a LIKE ANY ('x', 'y')": operator("likeany", A, text("x"), text("y")),
    "a NOT LIKE ALL ('x', 'y')": operator("notlikeall", A, text("x"), text("y")),
    "a LIKE ANY ('x', b)": operator("or", operator("like", A, text("x")), operator("like", A, B)),
    "a IS NULL": operator("isnull", A),
    "a IS NOT NULL": operator("isnotnull", A),
    "a = b IS NULL": operator("isnull", operator("=", A, B)),
    "a IS TRUE": operator("<=>", A, Literal(True, types.BOOLEAN)),
    "a IS NOT FALSE": operator("not", operator("<=>", A, Literal(False, types.BOOLEAN))),
    "a IS UNKNOWN": operator("isnull", A),
    "a IS NOT UNKNOWN": operator("isnotnull", A),
    "a IS DISTINCT FROM b": operator("not", operator("<=>", A, B)),
    "a IS NOT DISTINCT FROM b": operator("<=>", A, B),
    # literals
    "NULL": Literal(None, types.NULL),
    "true": Literal(True, types.BOOLEAN),
    "1": ONE,
    "-1": Literal(-1, types.INTEGER),
    "2147483648": Literal(2147483648, types.LONG),
    "-2147483648": Literal(-2147483648, types.INTEGER),
    "9223372036854775808": Literal(Decimal(9223372036854775808), types.DecimalType(19, 0)),
    "1L": Literal(1, types.LONG),
    "1s": Literal(1, types.SHORT),
    "1Y": Literal(1, types.BYTE),
    "1.50": Literal(Decimal("1.50"), types.DecimalType(3, 2)),
    ".5": Literal(Decimal("0.5"), types.DecimalType(1, 1)),
    "5.": Literal(Decimal(5), types.DecimalType(1, 0)),
    "00.10": Literal(Decimal("0.10"), types.DecimalType(2, 2)),
    "1e3": Literal(1000.0, types.DOUBLE),
    "1.5e-3D": Literal(0.0015, types.DOUBLE),
    "1F": Literal(1.0, types.FLOAT),
    "1e3BD": Literal(Decimal(1000), types.DecimalType(4, 0)),
    "'a''b'": text("a'b"),
    '"a""b"': text('a"b'),
    "'a' \"b\"": text("ab"),
    r"'\t\n\\\'\u0041\101\%\_\q'": text("\t\n\\'AA\\%\\_q"),
    r"r'\n'": text(r"\n"),
    r"'\uD83D\uDE00'": text("😀"),
    "X'1f0'": Literal(b"\x01\xf0", types.BINARY),
    "DATE '2020-01-02'": Literal(18263, types.DATE),
    "DATE'2020'": Literal(18262, types.DATE),
    "TIMESTAMP '2020-01-01 00:00:01.5'": Literal(1577836801500000, types.TIMESTAMP),
    "TIMESTAMP '2020-01-01T02:00:00+02:00'": Literal(1577836800000000, types.TIMESTAMP),
    "TIMESTAMP_NTZ '2020-01-01'": Literal(1577836800000000, types.TIMESTAMP_NTZ),
    "TIME '01:02:03.5'": Literal(3723500000000, types.TIME),
    "INTERVAL 1 DAY": Literal(86400000000, types.DayTimeIntervalType(0, 0)),
    "INTERVAL 1 DAY 2 HOURS": Literal(93600000000, types.DayTimeIntervalType(0, 1)),
    "INTERVAL -'1' WEEK": Literal(-604800000000, types.DayTimeIntervalType(0, 0)),
    "INTERVAL 5 MILLISECONDS": Literal(5000, types.DayTimeIntervalType(3, 3)),
    "INTERVAL '1 2:3:4.5' DAY TO SECOND": Literal(93784500000, types.DayTimeIntervalType(0, 3)),
    "INTERVAL '1-2' YEAR TO MONTH": Literal(14, types.YearMonthIntervalType(0, 1)),
    "INTERVAL 1 YEAR 2 MONTHS": Literal(14, types.YearMonthIntervalType(0, 1)),
    "INTERVAL '1 day -2 hours'": Literal(79200000000, types.DayTimeIntervalType(0, 1)),
    # calls
    "f()": call("f"),
    "s.f(a, b)": Call(("s", "f"), (A, B)),
    "count(DISTINCT a, b)": Call(("count",), (A, B), distinct=True),
    "count(*)": call("count", Star()),
    "sum(ALL a)": call("sum", A),
    "f(a, x => 1)": call("f", A, NamedArgument("x", ONE)),
    "f(a) FILTER (WHERE b)": Call(("f",), (A,), condition=B),
    "f(a) IGNORE NULLS": Call(("f",), (A,), ignore_nulls=True),
    "first(a) RESPECT NULLS": Call(("first",), (A,), ignore_nulls=False),
    "f(1) WITHIN GROUP (ORDER BY a DESC)": Call(
        ("f",), (ONE,), within=(SortOrder(A, ascending=False),)
    ),
    "struct(a AS x, b)": call("struct", Alias(A, ("x",)), B),
    "(a, 1 AS x)": operator("struct", A, Alias(ONE, ("x",))),
    "CURRENT_DATE": Name(("CURRENT_DATE",)),
    "current_date()": call("current_date"),
    "left(a, 1)": call("left", A, ONE),
    "timestampadd(DAY, 1, a)": operator("timestampadd", text("DAY"), ONE, A),
    "date_add(a, 1)": call("date_add", A, ONE),
    "datediff(MONTH, a, b)": operator("timestampdiff", text("MONTH"), A, B),
    "extract(YEAR FROM a)": call("extract", text("YEAR"), A),
    "trim(a)": call("trim", A),
    "trim(BOTH FROM a)": call("trim", A),
    "trim(LEADING b FROM a)": call("ltrim", B, A),
    "trim(b FROM a)": call("trim", B, A),
    "substring(a FROM 1 FOR 2)": call("substring", A, ONE, TWO),
    "substr(a, 1)": call("substr", A, ONE),
    "position(a IN b)": call("locate", A, B),
    "overlay(a PLACING b FROM 1)": call("overlay", A, B, ONE),
    "CAST(a AS INT)": Cast(A, types.INTEGER),
    "CAST(a AS VARCHAR(3))": Cast(A, types.STRING),
    "TRY_CAST(a AS INT)": Cast(A, types.INTEGER, CastMode.TRY),
    "a::INT::STRING": Cast(Cast(A, types.INTEGER), types.STRING),
    "-1::STRING": Cast(Literal(-1, types.INTEGER), types.STRING),
    "a COLLATE UNICODE": call("collate", A, text("UNICODE")),
    "a[1].b": ExtractValue(ExtractValue(A, ONE), text("b")),
    "f(a).b": ExtractValue(call("f", A), text("b")),
    "(a.b).c": Name(("a", "b", "c")),
    "a:b.c[0]['d e']": PathExtract(A, ("b", "c", 0, "d e")),
    "CASE WHEN a THEN 1 ELSE 2 END": Case(((A, ONE),), TWO),
    "CASE a WHEN b THEN 1 END": Case(((operator("=", A, B), ONE),)),
    # lambdas and parameters
    "x -> x + a": Lambda(operator("+", LambdaVariable("x"), A), ("x",)),
    "(x, y) -> X.f": Lambda(ExtractValue(LambdaVariable("x"), text("f")), ("x", "y")),
    ":p": Parameter("p"),
    "? = ?": operator("=", Parameter(None, 0), Parameter(None, 1)),
    "IDENTIFIER('a.b')": Name(("a", "b")),
    "IDENTIFIER('ab' || 's')(a)": call("abs", A),
    "IDENTIFIER(:p)": IdentifierClause(Parameter("p")),
    # windows
    "f(a) OVER w": Window(call("f", A), reference="w"),
    "f() OVER (PARTITION BY a ORDER BY b NULLS LAST)": Window(
        call("f"), (A,), (SortOrder(B, nulls=NullOrder.LAST),)
    ),
    "f() OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)": Window(
        call("f"),
        (),
        (SortOrder(A),),
        Frame(FrameKind.ROWS, operator("negative", ONE), Bound.UNBOUNDED_FOLLOWING),
    ),
    "f() OVER (ORDER BY a RANGE CURRENT ROW)": Window(
        call("f"), (), (SortOrder(A),), Frame(FrameKind.RANGE, Bound.CURRENT_ROW, Bound.CURRENT_ROW)
    ),
    # words that are names after all
    "limit": Name(("limit",)),
    "case": Name(("case",)),
    "date": Name(("date",)),
    "interval": Name(("interval",)),
    "values + 1": operator("+", Name(("values",)), ONE),
    # comments
    "a /* x /* y */ z */ + -- w\n b": operator("+", A, B),
}


@pytest.mark.parametrize("written", CASES)
def test_an_expression_becomes_its_spec(written):
    assert parse_expression(written) == CASES[written]


def as_subquery(written):
    found = parse_expression(written)
    assert isinstance(found, Subquery)
    return found


def as_call(written):
    found = parse_expression(written)
    assert isinstance(found, Call)
    return found


def as_literal(written, settings):
    found = parse_expression(written, settings)
    assert isinstance(found, Literal)
    return found


def test_subqueries_hold_their_query():
    kinds = {
        "(SELECT 1)": SubqueryKind.SCALAR,
        "((SELECT 1))": SubqueryKind.SCALAR,
        "((SELECT 1) UNION (SELECT 2))": SubqueryKind.SCALAR,
        "EXISTS (SELECT 1)": SubqueryKind.EXISTS,
        "a IN (SELECT 1)": SubqueryKind.IN,
    }
    for written, kind in kinds.items():
        assert as_subquery(written).kind is kind
    assert as_subquery("(a, b) IN (SELECT 1, 2)").values == (A, B)
    assert as_call("(SELECT 1) + 1").name == ("+",)


def test_an_expression_knows_where_it_stands():
    call_of_f = as_call("1 +\n  f(a)").arguments[1]
    assert isinstance(call_of_f, Call)
    origin = call_of_f.origin
    assert origin is not None
    assert (origin.start, origin.stop, origin.line, origin.column) == (6, 10, 2, 2)


def test_settings_change_what_text_means():
    reserved = ParserSettings(reserved_keywords=True)
    assert parse_expression("user", reserved) == call("current_user")
    quoted = ParserSettings(double_quoted_identifiers=True)
    assert parse_expression('"a b"', quoted) == Name(("a b",))
    escaped = ParserSettings(escaped_string_literals=True)
    assert parse_expression(r"'\d'", escaped) == text(r"\d")
    joined = ParserSettings(consecutive_quotes_join=True)
    assert parse_expression("'a''b'", joined) == text("ab")
    berlin = ParserSettings(time_zone="Europe/Berlin")
    assert as_literal("TIMESTAMP'2020-01-01'", berlin).value == 1577833200000000
    wall = ParserSettings(timestamp_type="TIMESTAMP_NTZ")
    assert as_literal("TIMESTAMP'2020-01-01'", wall).type == types.TIMESTAMP_NTZ
    decimal = ParserSettings(exponent_literal_as_decimal=True)
    assert parse_expression("1e1", decimal) == Literal(Decimal(10), types.DecimalType(2, 0))
