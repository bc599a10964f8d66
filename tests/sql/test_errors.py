"""Errors: condition, parameters and place as Spark 4.2 gives them."""

import pytest

from boathouse.errors.exceptions import ParseError, SparkError
from boathouse.sql import parse_schema, parse_statement


def syntax(error, hint=""):
    return "PARSE_SYNTAX_ERROR", {"error": error, "hint": hint}


def out_of_range(value, type_, low, high):
    return "INVALID_NUMERIC_LITERAL_RANGE", {
        "rawStrippedQualifier": value,
        "typeName": type_,
        "minValue": low,
        "maxValue": high,
    }


def typed(type_, value):
    return "INVALID_TYPED_LITERAL", {"valueType": f'"{type_}"', "value": f"'{value}'"}


END = "end of input"

# Statement -> condition, parameters, and the offset at which the error stands.
CASES = {
    "SELEC 1": (*syntax("'SELEC'"), 0),
    "FOO BAR": (*syntax("'FOO'"), 0),
    "SELECT a b c d FROM": (*syntax("'c'"), 11),
    "SELECT 1 +": (*syntax(END), 10),
    "SELECT (1": (*syntax(END), 9),
    "SELECT 'abc": (*syntax("'''"), 7),
    "SELECT `abc": (*syntax("'`'"), 7),
    "SELECT 1 1": (*syntax("'1'", ": extra input '1'"), 9),
    "SELECT 1; SELECT 2": (*syntax("'SELECT'", ": extra input 'SELECT'"), 10),
    "SELECT @a": (*syntax("'@'"), 7),
    "SELECT 1 $": (*syntax("'$'", ": extra input '$'"), 9),
    "SELECT count(*": (*syntax(END), 14),
    "SELECT * FROM (VALUES (1)) t(a) WHERE": (*syntax(END), 37),
    "SELECT 1 FROM (SELECT 1": (*syntax(END, ": missing ')'"), 23),
    "SELECT f(1, )": (*syntax("')'"), 12),
    "SELECT a FROM t WHERE a =": (*syntax(END), 25),
    "SELECT a FROM t GROUP a": (*syntax("'a'", ": extra input 'a'"), 22),
    "SELECT * FROM t JOIN": (*syntax(END), 20),
    "SELECT * FROM t LEFT": (*syntax(END), 20),
    "SELECT * FROM t1 t2 t3": (*syntax("'t3'", ": extra input 't3'"), 20),
    "SELECT CAST(1 STRING)": (*syntax("'STRING'"), 14),
    "SELECT (1 AS x)": (*syntax("')'"), 14),
    "SELECT 1,": (*syntax(END), 9),
    "SELECT x ->": (*syntax(END), 11),
    "SELECT )": (*syntax("')'"), 7),
    "SELECT [1]": (*syntax("'['"), 7),
    "SELECT {'a': 1}": (*syntax("'{'"), 7),
    "SELECT 1 # 2": (*syntax("'#'"), 9),
    "SELECT 1 IS NULL = true": (*syntax("'='"), 17),
    "SELECT concat(1 => 2)": (*syntax("'=>'"), 16),
    "SELECT INTERVAL 1 FOO": (*syntax("'FOO'"), 18),
    "SELECT CAST(NULL AS INTERVAL DAY TO YEAR)": (*syntax("'TO'", ": missing ')'"), 33),
    "SELECT * FROM t@v1": (*syntax("'@'"), 15),
    "SELECT a FROM t LIMIT 1 ORDER BY a": (*syntax("'ORDER'"), 24),
    "SHOW FOO": (*syntax(END, ": missing 'FUNCTIONS'"), 8),
    "CREATE TABLE": (*syntax(END), 12),
    "ALTER TABLE t FOO": (*syntax("'FOO'"), 14),
    "EXPLAIN FOO SELECT 1": (*syntax("'FOO'"), 8),
    "": ("PARSE_EMPTY_STATEMENT", {}, 0),
    "SELECT /* abc": ("UNCLOSED_BRACKETED_COMMENT", {}, 7),
    "SELECT é FROM t": ("INVALID_IDENTIFIER", {"ident": "é"}, 7),
    "SELECT * FROM test-table": ("INVALID_IDENTIFIER", {"ident": "test-table"}, 14),
    "SELECT CAST(1 AS foo)": ("UNSUPPORTED_DATATYPE", {"typeName": '"FOO"'}, 17),
    "SELECT CAST(1 AS INT(3))": ("UNSUPPORTED_DATATYPE", {"typeName": '"INT(3)"'}, 17),
    "SELECT CAST(1 AS VARCHAR)": ("DATATYPE_MISSING_SIZE", {"type": '"VARCHAR"'}, 17),
    "SELECT CAST(1 AS ARRAY)": (
        "INCOMPLETE_TYPE_DEFINITION.ARRAY",
        {"elementType": "<INT>"},
        17,
    ),
    "SELECT CAST(1 AS MAP)": ("INCOMPLETE_TYPE_DEFINITION.MAP", {}, 17),
    "SELECT CAST(1 AS STRUCT)": ("INCOMPLETE_TYPE_DEFINITION.STRUCT", {}, 17),
    "SELECT CAST(1 AS DECIMAL(5, 6))": (
        "_LEGACY_ERROR_TEMP_1228",
        {"precision": "5", "scale": "6"},
        17,
    ),
    "SELECT DATE 'x'": (*typed("DATE", "x"), 7),
    "SELECT DATE'2020-13-01'": (*typed("DATE", "2020-13-01"), 7),
    "SELECT TIMESTAMP'foo'": (*typed("TIMESTAMP", "foo"), 7),
    "SELECT INTERVAL '1 foo'": (*typed("INTERVAL", "1 foo"), 7),
    "SELECT X'1G'": (*typed("X", "1G"), 7),
    "SELECT GEO 'x'": (
        "UNSUPPORTED_TYPED_LITERAL",
        {
            "unsupportedType": '"GEO"',
            "supportedTypes": '"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", '
            '"X", "TIME"',
        },
        7,
    ),
    "SELECT 128Y": (*out_of_range("128", "tinyint", "-128", "127"), 7),
    "SELECT 32768S": (*out_of_range("32768", "smallint", "-32768", "32767"), 7),
    "SELECT 9223372036854775808L": (
        *out_of_range(
            "9223372036854775808", "bigint", "-9223372036854775808", "9223372036854775807"
        ),
        7,
    ),
    "SELECT 1e400": (
        *out_of_range("1e400", "double", "-1.7976931348623157E+308", "1.7976931348623157E+308"),
        7,
    ),
    "SELECT 1e40F": (
        *out_of_range("1e40", "float", "-3.4028234663852886E+38", "3.4028234663852886E+38"),
        7,
    ),
    "SELECT INTERVAL 1 YEAR 2 DAY": (
        "_LEGACY_ERROR_TEMP_0029",
        {"literal": "INTERVAL 1 YEAR 2 DAY"},
        7,
    ),
    "SELECT INTERVAL '1-13' YEAR TO MONTH": (
        "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
        {"input": "1-13", "interval": "year-month"},
        7,
    ),
    "SELECT INTERVAL '1 2' DAY TO MONTH": (
        "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION",
        {"input": "1 2", "from": "day", "to": "month"},
        7,
    ),
    "SELECT INTERVAL 1.5 DAY": (
        "INVALID_INTERVAL_FORMAT.INVALID_FRACTION",
        {"input": " 1.5 DAY", "unit": "day"},
        7,
    ),
    "SELECT a IN ()": ("INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", {}, 7),
    "SELECT 'a' LIKE 'b' ESCAPE 'xx'": ("INVALID_ESC", {"invalidEscape": "'xx'"}, 27),
    "SELECT * FROM VALUES (1, 2), (3) t": (
        "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
        {"expectedNumCols": "2", "actualNumCols": "1", "rowIndex": "1"},
        14,
    ),
    "SET a b": ("INVALID_SET_SYNTAX", {}, 0),
    "RESET a b": ("INVALID_RESET_COMMAND_FORMAT", {}, 0),
    "GRANT ROLE x": ("INVALID_STATEMENT_OR_CLAUSE", {"operation": "GRANT ROLE"}, 0),
    "START TRANSACTION": ("INVALID_STATEMENT_OR_CLAUSE", {"operation": "START TRANSACTION"}, 0),
    "CREATE TEMPORARY TABLE t (a INT)": ("_LEGACY_ERROR_TEMP_0046", {}, 0),
    "CREATE TABLE t (a INT) COMMENT 'a' COMMENT 'b'": (
        "DUPLICATE_CLAUSES",
        {"clauseName": "COMMENT"},
        35,
    ),
    "CREATE TABLE t (a INT NOT NULL NOT NULL)": (
        "CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE",
        {"columnName": "a", "optionName": "NOT NULL"},
        31,
    ),
    "MERGE INTO t USING s ON a": ("MERGE_WITHOUT_WHEN", {}, 0),
    "ANALYZE TABLE t COMPUTE STATISTICS FOO": (
        "INVALID_SQL_SYNTAX.ANALYZE_TABLE_UNEXPECTED_NOSCAN",
        {"ctx": "FOO"},
        35,
    ),
    "SELECT 1 ORDER BY 1 SORT BY 1": (
        "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES",
        {},
        9,
    ),
    "WITH a AS (SELECT 1), a AS (SELECT 2) SELECT 1": (
        "DUPLICATED_CTE_NAMES",
        {"duplicateNames": "`a`"},
        0,
    ),
    "SELECT 1 WINDOW w AS (ORDER BY 1), w AS (ORDER BY 2)": (
        "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION",
        {"windowName": "`w`"},
        9,
    ),
    "SELECT * FROM t NATURAL CROSS JOIN u": (
        "INCOMPATIBLE_JOIN_TYPES",
        {"joinType1": "NATURAL", "joinType2": "CROSS"},
        16,
    ),
    "INSERT INTO t PARTITION (a = 1, a = 2) SELECT 1": ("DUPLICATE_KEY", {"keyColumn": "`a`"}, 14),
    "SET VAR x =": ("INVALID_SET_SYNTAX", {}, 0),
    "DECLARE x": ("INVALID_SQL_SYNTAX.VARIABLE_TYPE_OR_DEFAULT_REQUIRED", {}, 0),
    "FROM t |> WINDOW w AS (ORDER BY a)": (
        "UNSUPPORTED_FEATURE.CLAUSE_WITH_PIPE_OPERATORS",
        {"clauses": "the WINDOW clause"},
        10,
    ),
}


@pytest.mark.parametrize("written", CASES)
def test_an_error_is_told_as_spark_tells_it(written):
    condition, parameters, start = CASES[written]
    with pytest.raises(SparkError) as caught:
        parse_statement(written)
    assert (caught.value.condition, caught.value.parameters) == (condition, parameters)
    context = caught.value.context
    assert context is not None
    assert (context.start, context.text) == (start, written)


def test_what_is_ill_formed_is_told_before_what_is_wrong():
    with pytest.raises(ParseError, match="PARSE_SYNTAX_ERROR"):
        parse_statement("SELECT CAST(1 AS foo), DATE 'x' FROM t WHERE a ==")


def test_decimals_of_too_many_digits():
    with pytest.raises(SparkError, match="DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"):
        parse_statement("SELECT " + "9" * 39)


def test_schema_text_that_is_neither_list_nor_type():
    with pytest.raises(ParseError, match="PARSE_SYNTAX_ERROR"):
        parse_schema("a b c")
    with pytest.raises(SparkError, match="INVALID_JSON_DATA_TYPE"):
        parse_schema('{"type": "nothing"}')
