"""DuckDB's errors as Spark's: condition, parameters and class, as a real Spark 4.2 raised them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boathouse.duck import literal
from boathouse.duck.engine import Engine
from boathouse.duck.failures import condition_error, is_fatal, spark_error
from boathouse.duck.render import render_expression
from boathouse.duck.tree import f, fail
from boathouse.errors import exceptions as x
from boathouse.errors.conditions import conditions

ANSI = '"spark.sql.ansi.enabled"'


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    """An engine that may read any path."""
    made = Engine(directories=[Path("/")], temporary=tmp_path_factory.mktemp("spill"))
    yield made
    made.close()


def cast_input(value: str, target: str) -> dict[str, str]:
    return {
        "expression": f"'{value}'",
        "sourceType": '"STRING"',
        "targetType": f'"{target}"',
        "ansiConfig": ANSI,
    }


def overflow(alternative: str) -> dict[str, str]:
    tolerated = f" Use '{alternative}' to tolerate overflow and return NULL instead."
    return {
        "message": "overflow",
        "alternative": tolerated if alternative else "",
        "config": ANSI,
    }


CASES = [
    # whole numbers
    (
        "9223372036854775807::BIGINT + 1::BIGINT",
        x.SparkArithmeticError,
        "ARITHMETIC_OVERFLOW",
        overflow("try_add"),
    ),
    (
        "(-2147483648)::INTEGER - 1::INTEGER",
        x.SparkArithmeticError,
        "ARITHMETIC_OVERFLOW",
        overflow("try_subtract"),
    ),
    (
        "9223372036854775807::BIGINT * 2::BIGINT",
        x.SparkArithmeticError,
        "ARITHMETIC_OVERFLOW",
        overflow("try_multiply"),
    ),
    (
        "-(SELECT (-9223372036854775807 - 1)::BIGINT)",
        x.SparkArithmeticError,
        "ARITHMETIC_OVERFLOW",
        overflow(""),
    ),
    (
        "abs((-9223372036854775807 - 1)::BIGINT)",
        x.SparkArithmeticError,
        "ARITHMETIC_OVERFLOW",
        overflow(""),
    ),
    (
        "127::TINYINT + 1::TINYINT",
        x.SparkArithmeticError,
        "BINARY_ARITHMETIC_OVERFLOW",
        {"value1": "127S", "symbol": "+", "value2": "1S", "functionName": "`try_add`"},
    ),
    ("1 // 0", x.SparkArithmeticError, "DIVIDE_BY_ZERO", {"config": ANSI}),
    ("5 % 0", x.SparkArithmeticError, "REMAINDER_BY_ZERO", {"config": ANSI}),
    (
        "300::TINYINT",
        x.SparkArithmeticError,
        "CAST_OVERFLOW",
        {"value": "300", "sourceType": '"INT"', "targetType": '"TINYINT"', "ansiConfig": ANSI},
    ),
    (
        "300::BIGINT::TINYINT",
        x.SparkArithmeticError,
        "CAST_OVERFLOW",
        {"value": "300L", "sourceType": '"BIGINT"', "targetType": '"TINYINT"', "ansiConfig": ANSI},
    ),
    (
        "300::SMALLINT::TINYINT",
        x.SparkArithmeticError,
        "CAST_OVERFLOW",
        {
            "value": "300S",
            "sourceType": '"SMALLINT"',
            "targetType": '"TINYINT"',
            "ansiConfig": ANSI,
        },
    ),
    (
        "(SELECT sum(v)::BIGINT FROM (VALUES (9223372036854775807), (1)) t(v))",
        x.SparkArithmeticError,
        "ARITHMETIC_OVERFLOW",
        overflow("try_add"),
    ),
    # decimals
    (
        "99999::DECIMAL(3,0)",
        x.SparkArithmeticError,
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        {"value": "99999", "precision": "3", "scale": "0", "config": ANSI},
    ),
    (
        "99999999999999999999::DECIMAL(38,0)::DECIMAL(38,20)",
        x.SparkArithmeticError,
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        {"value": "99999999999999999999", "precision": "38", "scale": "20", "config": ANSI},
    ),
    # text
    ("'x'::INTEGER", x.NumberFormatError, "CAST_INVALID_INPUT", cast_input("x", "INT")),
    ("'300'::TINYINT", x.NumberFormatError, "CAST_INVALID_INPUT", cast_input("300", "TINYINT")),
    ("'x'::DOUBLE", x.NumberFormatError, "CAST_INVALID_INPUT", cast_input("x", "DOUBLE")),
    (
        "'x'::DECIMAL(3,0)",
        x.NumberFormatError,
        "CAST_INVALID_INPUT",
        cast_input("x", "DECIMAL(3,0)"),
    ),
    ("'x'::BOOLEAN", x.SparkRuntimeError, "CAST_INVALID_INPUT", cast_input("x", "BOOLEAN")),
    ("'x'::DATE", x.DateTimeError, "CAST_INVALID_INPUT", cast_input("x", "DATE")),
    ("'2020-13-01'::DATE", x.DateTimeError, "CAST_INVALID_INPUT", cast_input("2020-13-01", "DATE")),
    ("'x'::TIMESTAMPTZ", x.DateTimeError, "CAST_INVALID_INPUT", cast_input("x", "TIMESTAMP")),
    (
        "'it''s \"it\"'::INTEGER",
        x.NumberFormatError,
        "CAST_INVALID_INPUT",
        cast_input('it\'s "it"', "INT"),
    ),
    (
        "regexp_matches('a', '(')",
        x.SparkRuntimeError,
        "INVALID_PARAMETER_VALUE.PATTERN",
        {"parameter": "`regexp`", "functionName": "`rlike`", "value": "'('"},
    ),
    # maps and subqueries
    (
        "MAP([1, 1], [1, 2])",
        x.SparkRuntimeError,
        "DUPLICATED_MAP_KEY",
        {"key": "?", "mapKeyDedupPolicy": '"spark.sql.mapKeyDedupPolicy"'},
    ),
    ("MAP([NULL], [1])", x.SparkRuntimeError, "NULL_MAP_KEY", {}),
    ("(SELECT v FROM (VALUES (1), (2)) t(v))", x.SparkError, "SCALAR_SUBQUERY_TOO_MANY_ROWS", {}),
]


@pytest.mark.parametrize(
    ("text", "kind", "condition", "parameters"), CASES, ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("folded", [True, False])
def test_duckdbs_own(engine, text, kind, condition, parameters, folded):
    source = "" if folded else " FROM range(1)"
    with pytest.raises(x.SparkError) as caught:
        engine.run(f"SELECT {text} AS a{source}")
    assert caught.value.condition == condition
    assert caught.value.parameters == parameters
    assert type(caught.value) is kind


RAISED = [
    ("DIVIDE_BY_ZERO", {"config": ANSI}, x.SparkArithmeticError),
    ("INTERVAL_DIVIDED_BY_ZERO", {}, x.SparkArithmeticError),
    ("ARITHMETIC_OVERFLOW", overflow("try_add"), x.SparkArithmeticError),
    (
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        {"value": "1", "precision": "3", "scale": "0", "config": ANSI},
        x.SparkArithmeticError,
    ),
    ("DATETIME_OVERFLOW", {"operation": "add"}, x.SparkArithmeticError),
    ("CAST_INVALID_INPUT", cast_input("x", "INT"), x.NumberFormatError),
    ("CAST_INVALID_INPUT", cast_input("x", "DECIMAL(10,2)"), x.NumberFormatError),
    ("CAST_INVALID_INPUT", cast_input("x", "DATE"), x.DateTimeError),
    ("CAST_INVALID_INPUT", cast_input("x", "TIMESTAMP_NTZ"), x.DateTimeError),
    ("CAST_INVALID_INPUT", cast_input("x", "BOOLEAN"), x.SparkRuntimeError),
    ("INVALID_ARRAY_INDEX", {"indexValue": "5", "arraySize": "2"}, x.ArrayIndexError),
    ("INVALID_ARRAY_INDEX_IN_ELEMENT_AT", {"indexValue": "5", "arraySize": "2"}, x.ArrayIndexError),
    ("INVALID_INDEX_OF_ZERO", {}, x.SparkRuntimeError),
    ("CANNOT_PARSE_TIMESTAMP", {"message": "Text", "func": "`try_to_timestamp`"}, x.DateTimeError),
    (
        "INVALID_FORMAT.MISMATCH_INPUT",
        {"inputType": '"STRING"', "input": "x", "format": "999"},
        x.IllegalArgumentError,
    ),
    (
        "CONVERSION_INVALID_INPUT",
        {"str": "'zz'", "fmt": "'HEX'", "targetType": '"BINARY"', "suggestion": "`try_to_binary`"},
        x.IllegalArgumentError,
    ),
    (
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        {"badRecord": "{", "failFastMode": "FAILFAST"},
        x.SparkError,
    ),
    (
        "USER_RAISED_EXCEPTION",
        {"errorMessage": "über\nzwei Zeilen, 'quoted'; 100 %"},
        x.SparkRuntimeError,
    ),
]


@pytest.mark.parametrize(("condition", "parameters", "kind"), RAISED)
@pytest.mark.parametrize("folded", [True, False])
def test_our_own_come_back_whole(engine, condition, parameters, kind, folded):
    raised = render_expression(fail(condition, **parameters))
    source = "" if folded else " FROM range(1)"
    with pytest.raises(x.SparkError) as caught:
        engine.run(f"SELECT {raised} AS a{source}")
    assert caught.value.condition == condition
    assert caught.value.parameters == parameters
    assert type(caught.value) is kind
    assert condition in conditions()


def test_a_row_late_in_a_stream_still_tells_its_condition(engine):
    raised = render_expression(fail("USER_RAISED_EXCEPTION", errorMessage=f.chr(literal(65))))
    text = f"SELECT CASE WHEN range = 900000 THEN {raised} ELSE 'x' END AS a FROM range(1000000)"
    with engine.execute(text) as stream, pytest.raises(x.SparkRuntimeError) as caught:
        for _ in stream:
            pass
    assert caught.value.parameters == {"errorMessage": "A"}


# ---- files ------------------------------------------------------------------------------------------


def told(engine: Engine, statement: str) -> tuple[str, dict[str, str], type]:
    with pytest.raises(x.SparkError) as caught:
        engine.run(statement)
    return caught.value.condition, caught.value.parameters, type(caught.value)


@pytest.mark.parametrize("reader", ["read_parquet", "read_csv", "read_json"])
def test_a_missing_file(engine, tmp_path, reader):
    path = tmp_path / "none"
    condition, parameters, kind = told(engine, f"FROM {reader}('{path}')")
    assert (condition, kind) == ("PATH_NOT_FOUND", x.AnalysisError)
    assert parameters == {"path": f"file:{path}"}


@pytest.mark.parametrize("content", ["", "x", "not Parquet at all", "PAR1 not really"])
def test_a_corrupt_parquet_file(engine, tmp_path, content):
    path = tmp_path / "broken.parquet"
    path.write_text(content, encoding="utf-8")
    condition, parameters, _ = told(engine, f"FROM read_parquet('{path}')")
    assert condition == "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER"
    assert parameters == {"path": f"file://{path}"}


def test_a_truncated_parquet_file(engine, tmp_path):
    path = tmp_path / "whole.parquet"
    engine.run(f"COPY (SELECT range AS a, 'x' || range AS b FROM range(100000)) TO '{path}'")
    data = path.read_bytes()
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(data[:1000] + bytes(1000) + data[2000:])
    condition, _, _ = told(engine, f"SELECT sum(a), max(b) FROM read_parquet('{damaged}')")
    assert condition.startswith(("FAILED_READ_FILE", "INTERNAL_ERROR"))
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(data[: len(data) // 2])
    condition, _, _ = told(engine, f"FROM read_parquet('{cut}')")
    assert condition == "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER"


def test_malformed_json(engine, tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\n{"a": ', encoding="utf-8")
    condition, parameters, _ = told(engine, f"FROM read_json('{path}', columns={{'a': 'INT'}})")
    assert condition == "FAILED_READ_FILE.NO_HINT"
    assert parameters == {"path": f"file://{path}"}


def test_a_malformed_csv_value(engine, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1\nx\n", encoding="utf-8")
    condition, parameters, _ = told(
        engine, f"FROM read_csv('{path}', columns={{'a': 'INT'}}, header=false)"
    )
    assert condition == "FAILED_READ_FILE.NO_HINT"
    assert parameters == {"path": f"file://{path}"}


# ---- the rest ---------------------------------------------------------------------------------------


def test_what_nobody_foresaw_keeps_its_text(engine):
    condition, parameters, _ = told(engine, "SELECT nothing_of_the_kind(1)")
    assert condition == "INTERNAL_ERROR"
    assert "nothing_of_the_kind" in parameters["message"]
    assert "LINE 1" not in parameters["message"]


def test_sparks_errors_pass_through():
    error = x.AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName="`t`")
    assert spark_error(error) is error


def test_every_class_has_the_condition_of_its_parent():
    error = condition_error("NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION", {})
    assert type(error) is x.SparkArithmeticError


@pytest.mark.parametrize(
    ("text", "fatal"),
    [
        ("INTERNAL Error: Attempted to access index 1", True),
        ("FATAL Error: Failed: database has been invalidated because of a previous", True),
        ("Invalid Input Error: x", False),
    ],
)
def test_fatal_errors_are_known(text, fatal):
    assert is_fatal(OSError(text)) is fatal
