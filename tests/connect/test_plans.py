"""Protobuf and spec: what is decoded encodes to a message that decodes to the same."""

import datetime
import decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql.connect import functions as f
from pyspark.sql.connect.proto import (
    catalog_pb2,
    commands_pb2,
    expressions_pb2,
    relations_pb2,
    types_pb2,
)
from pyspark.sql.connect.window import Window

from boathouse.connect.decode import catalog, commands, expressions, literals, relations, types
from boathouse.connect.decode.names import attribute_parts
from boathouse.connect.encode import expressions as encode_expressions
from boathouse.connect.encode import literals as encode_literals
from boathouse.connect.encode import relations as encode_relations
from boathouse.connect.encode import types as encode_types
from boathouse.connect.encode.names import attribute_text
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.spec import commands as c
from boathouse.spec import expressions as e
from boathouse.spec import relations as r
from boathouse.types import datatypes as t

# ---- everything the protocol has is in a table ----------------------------------------------------


def kinds_of(message, oneof):
    return {field.name for field in message.DESCRIPTOR.oneofs_by_name[oneof].fields}


@pytest.mark.parametrize(
    ("table", "message", "oneof"),
    [
        (relations.KINDS, relations_pb2.Relation, "rel_type"),
        (expressions.KINDS, expressions_pb2.Expression, "expr_type"),
        (literals.KINDS, expressions_pb2.Expression.Literal, "literal_type"),
        (commands.KINDS, commands_pb2.Command, "command_type"),
        (catalog.KINDS, catalog_pb2.Catalog, "cat_type"),
        (types.KINDS, types_pb2.DataType, "kind"),
    ],
    ids=["relations", "expressions", "literals", "commands", "catalog", "types"],
)
def test_every_kind_is_read(table, message, oneof):
    assert set(table) == kinds_of(message, oneof)


def examples(most):
    """A few made-up cases always, as many as `most` in the slow set: making them takes the time."""
    return pytest.mark.parametrize("number", [15, pytest.param(most, marks=pytest.mark.slow)])


# ---- types and literals ------------------------------------------------------------------------------

ATOMS = st.sampled_from(
    [
        t.NULL,
        t.BOOLEAN,
        t.BYTE,
        t.SHORT,
        t.INTEGER,
        t.LONG,
        t.FLOAT,
        t.DOUBLE,
        t.STRING,
        t.StringType("UNICODE_CI"),
        t.BINARY,
        t.DATE,
        t.TIMESTAMP,
        t.TIMESTAMP_NTZ,
        t.TimeType(3),
        t.CALENDAR_INTERVAL,
        t.YEAR_MONTH,
        t.YearMonthIntervalType(1, 1),
        t.DAY_TIME,
        t.DayTimeIntervalType(1, 2),
        t.VARIANT,
        t.DecimalType(12, 3),
        t.CharType(3),
        t.VarcharType(7),
    ]
)


def nested(children):
    field = st.builds(
        t.StructField,
        st.text(min_size=1, max_size=4),
        children,
        st.booleans(),
        st.sampled_from([(), (("comment", "x"),), (("a", (1, 2)), ("b", True))]),
    )
    return st.one_of(
        st.builds(t.ArrayType, children, st.booleans()),
        st.builds(t.MapType, children, children, st.booleans()),
        st.builds(t.StructType, st.lists(field, max_size=3).map(tuple)),
        st.builds(t.UserDefinedType, children, st.just("org.A"), st.just("m.A"), st.just("code")),
    )


TYPES = st.recursive(ATOMS, nested, max_leaves=6)


@examples(100)
def test_types_survive(number):
    @settings(max_examples=number, deadline=None)
    @given(TYPES)
    def survives(type_):
        assert types.data_type(encode_types.data_type(type_)) == type_

    survives()


def values_of(type_):
    """Values of `type_` in literal form."""
    match type_:
        case t.BooleanType():
            return st.booleans()
        case t.IntegralType(bits=bits):
            return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        case t.FloatType():
            return st.floats(width=32, allow_nan=False)
        case t.DoubleType():
            return st.floats(allow_nan=False)
        case t.DecimalType(precision, scale):
            most = 10**precision - 1
            return st.integers(-most, most).map(lambda n: decimal.Decimal(n).scaleb(-scale))
        case t.StringType():
            return st.text(max_size=5)
        case t.BinaryType():
            return st.binary(max_size=5)
        case t.DateType() | t.YearMonthIntervalType():
            return st.integers(-(2**31), 2**31 - 1)
        case t.CalendarIntervalType():
            small = st.integers(-1000, 1000)
            return st.tuples(small, small, small)
        case t.ArrayType(element):
            return st.lists(maybe(element), max_size=3).map(tuple)
        case t.MapType(key, value):
            return st.lists(st.tuples(values_of(key), maybe(value)), max_size=3).map(tuple)
        case t.StructType(fields):
            return st.tuples(*(maybe(field.type) for field in fields))
        case _:
            return st.integers(-(2**62), 2**62)


def maybe(type_):
    return st.none() | values_of(type_)


LITERAL_ATOMS = ATOMS.filter(
    lambda x: not isinstance(x, (t.NullType, t.VariantType, t.CharType, t.VarcharType))
)


def nested_literal(children):
    fields = st.lists(
        st.builds(t.StructField, st.text(min_size=1, max_size=4), children), min_size=1, max_size=3
    )
    return st.one_of(
        st.builds(t.ArrayType, children, st.booleans()),
        st.builds(t.MapType, LITERAL_ATOMS, children, st.booleans()),
        st.builds(t.StructType, fields.map(tuple)),
    )


LITERALS = st.recursive(LITERAL_ATOMS, nested_literal, max_leaves=4).flatmap(
    lambda type_: st.builds(e.Literal, maybe(type_), st.just(type_))
)


@examples(100)
def test_literals_survive(number):
    @settings(max_examples=number, deadline=None)
    @given(LITERALS)
    def survives(literal):
        assert literals.literal(encode_literals.literal(literal.value, literal.type)) == literal

    survives()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234", t.DecimalType(10, 3)),
        ("0.001", t.DecimalType(10, 3)),
        ("123456789012.5", t.DecimalType(13, 1)),
        ("1E+3", t.DecimalType(10, 0)),
        ("0", t.DecimalType(10, 0)),
    ],
)
def test_a_decimal_is_as_wide_as_its_value_needs(text, expected):
    column: Any = f.lit(decimal.Decimal(text))
    message = column._expr.to_plan(None).literal
    assert literals.literal(message) == e.Literal(decimal.Decimal(text), expected)


def test_arrays_of_plain_numbers():
    message = expressions_pb2.Expression.Literal()
    message.specialized_array.ints.values.extend([1, 2])
    assert literals.literal(message) == e.Literal((1, 2), t.ArrayType(t.INTEGER, False))


# ---- names --------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3))
def test_column_names_survive(parts):
    assert attribute_parts(attribute_text(parts)) == tuple(parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("a",)),
        ("a b-c", ("a b-c",)),
        ("a.b", ("a", "b")),
        ("`a.b`.c", ("a.b", "c")),
        ("`a``b`", ("a`b",)),
        ("", ("",)),
    ],
)
def test_column_names(text, parts):
    assert attribute_parts(text) == parts


@pytest.mark.parametrize("text", ["a..b", ".a", "a.", "`a", "a`b`", "`a`b", "`a`.", "`"])
def test_bad_column_names(text):
    with pytest.raises(AnalysisError) as caught:
        attribute_parts(text)
    assert caught.value.condition == "INVALID_ATTRIBUTE_NAME_SYNTAX"


# ---- expressions as the client writes them ------------------------------------------------------------

ID = e.Name(("id",))


def decoded(column) -> Any:
    return expressions.expression(column._expr.to_plan(None))


def lit(value):
    return e.Literal(value, t.INTEGER)


def call(name, *arguments):
    return e.Call((name,), arguments)


WINDOW = Window.partitionBy("a").orderBy(f.col("b").desc_nulls_last())

COLUMNS = [
    (f.col("id") + 1, call("+", ID, lit(1))),
    (f.col("id").alias("x", metadata={"k": 1}), e.Alias(ID, ("x",), '{"k": 1}')),
    (f.col("id").cast("int"), e.Cast(ID, "int")),
    (f.col("id").try_cast("int"), e.Cast(ID, "int", e.CastMode.TRY)),
    (f.expr("id + 1"), e.ExpressionText("id + 1")),
    (f.col("*"), e.Star()),
    (f.col("t.*"), e.Star(("t",))),
    (f.when(ID_COLUMN := f.col("id"), 1), e.Case(((ID, lit(1)),))),
    (f.when(ID_COLUMN, 1).otherwise(2), e.Case(((ID, lit(1)),), lit(2))),
    (f.count_distinct("id"), e.Call(("count",), (ID,), distinct=True)),
    (f.call_function("my.`f x`", f.col("id")), e.Call(("my", "f x"), (ID,))),
    (f.col("id").asc(), e.SortOrder(ID, True, e.NullOrder.FIRST)),
    (f.col("s")["f"], e.ExtractValue(e.Name(("s",)), e.Literal("f", t.STRING))),
    (f.col("s").withField("f", f.lit(1)), e.UpdateField(e.Name(("s",)), "f", lit(1))),
    (f.col("s").dropFields("f"), e.UpdateField(e.Name(("s",)), "f")),
    (
        f.sum("id").over(WINDOW.rowsBetween(Window.unboundedPreceding, 2)),
        e.Window(
            call("sum", ID),
            (e.Name(("a",)),),
            (e.SortOrder(e.Name(("b",)), False, e.NullOrder.LAST),),
            e.Frame(e.FrameKind.ROWS, e.Bound.UNBOUNDED_PRECEDING, lit(2)),
        ),
    ),
    (
        f.sum("id").over(WINDOW.rangeBetween(Window.currentRow, Window.unboundedFollowing)),
        e.Window(
            call("sum", ID),
            (e.Name(("a",)),),
            (e.SortOrder(e.Name(("b",)), False, e.NullOrder.LAST),),
            e.Frame(e.FrameKind.RANGE, e.Bound.CURRENT_ROW, e.Bound.UNBOUNDED_FOLLOWING),
        ),
    ),
    (
        (f.col("a") == 1) | (f.col("b") == 2) | (f.col("c") == 3),
        e.Call(
            ("or",),
            tuple(
                call("==", e.Name((name,)), lit(n)) for name, n in (("a", 1), ("b", 2), ("c", 3))
            ),
            operator=True,
        ),
    ),
    (
        f.col("a") & (f.col("b") & f.col("c")),
        call("and", e.Name(("a",)), call("and", e.Name(("b",)), e.Name(("c",)))),
    ),
    (f.lit(datetime.date(1970, 1, 2)), e.Literal(1, t.DATE)),
    (f.lit(None), e.Literal(None, t.NULL)),
]


@pytest.mark.parametrize(("column", "expected"), COLUMNS, ids=[str(c) for c, _ in COLUMNS])
def test_columns(column, expected):
    found = decoded(column)
    assert found == expected
    assert expressions.expression(encode_expressions.expression(found)) == found


def test_a_lambda():
    found = decoded(f.transform("a", lambda x, i: x + i))
    (name, function) = found.arguments
    assert name == e.Name(("a",))
    assert function.body == call("+", *(e.LambdaVariable(n) for n in function.parameters))
    assert expressions.expression(encode_expressions.expression(found)) == found


def test_where_the_client_said_it():
    message = expressions_pb2.Expression()
    message.unresolved_attribute.unparsed_identifier = "a"
    message.common.origin.python_origin.fragment = "col"
    message.common.origin.python_origin.call_site = "x.py:3"
    found: Any = expressions.expression(message)
    assert found.origin == e.Origin(fragment="col", call_site="x.py:3")
    assert encode_expressions.expression(found) == message


# ---- plans of any shape ---------------------------------------------------------------------------------

NAMES = st.text("abc.` ", min_size=1, max_size=3)
WORDS = st.text("abc", min_size=1, max_size=3)
IDS = st.none() | st.integers(0, 9)


def many(strategy, least=0):
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


LEAVES = st.one_of(
    LITERALS,
    st.builds(e.Name, many(NAMES, 1), IDS, st.booleans()),
    st.builds(e.Star, many(NAMES), IDS),
    st.builds(e.ExpressionText, WORDS),
    st.builds(e.NamePattern, WORDS, IDS),
    st.builds(e.LambdaVariable, WORDS),
)


def larger(children):
    order = st.builds(e.SortOrder, children, st.booleans(), st.sampled_from(list(e.NullOrder)))
    lower = st.sampled_from([e.Bound.UNBOUNDED_PRECEDING, e.Bound.CURRENT_ROW]) | children
    upper = st.sampled_from([e.Bound.CURRENT_ROW, e.Bound.UNBOUNDED_FOLLOWING]) | children
    frame = st.builds(e.Frame, st.sampled_from(list(e.FrameKind)), lower, upper)
    return st.one_of(
        st.builds(e.Call, WORDS.map(lambda w: (w,)), many(children), st.booleans()),
        st.builds(e.Alias, children, many(NAMES, 1), st.none() | st.just("{}")),
        st.builds(
            e.Cast,
            children,
            TYPES | WORDS,
            st.sampled_from(list(e.CastMode)),
        ),
        st.builds(e.Case, many(st.tuples(children, children), 1), st.none() | children),
        st.builds(e.Window, children, many(children), many(order), st.none() | frame),
        st.builds(e.ExtractValue, children, children),
        st.builds(e.UpdateField, children, WORDS, st.none() | children),
        st.builds(e.Lambda, children, many(WORDS, 1)),
        st.builds(e.NamedArgument, WORDS, children),
        order,
        st.builds(
            e.Subquery,
            st.sampled_from(list(e.SubqueryKind)),
            plan_id=st.integers(0, 9),
            values=many(children),
            partition=many(children),
            order=many(order),
            single_partition=st.booleans(),
        ),
    )


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=5)
ORDERS = st.builds(e.SortOrder, EXPRESSIONS, st.booleans(), st.sampled_from(list(e.NullOrder)))
OPTIONS = st.dictionaries(WORDS, WORDS, max_size=2).map(lambda d: tuple(sorted(d.items())))


@examples(200)
def test_expressions_survive(number):
    @settings(max_examples=number, deadline=None)
    @given(EXPRESSIONS)
    def survives(expression):
        assert expressions.expression(encode_expressions.expression(expression)) == expression

    survives()


SOURCES = st.one_of(
    st.builds(r.NamedTable, many(NAMES, 1), OPTIONS, st.booleans()),
    st.builds(r.DataSource, WORDS, WORDS, OPTIONS, many(WORDS), many(WORDS), st.booleans()),
    st.builds(r.LocalRelation, st.none() | st.binary(max_size=3), WORDS),
    st.builds(r.CachedLocalRelation, many(WORDS, 1), WORDS),
    st.builds(r.CachedLocalRelation, WORDS.map(lambda w: (w,)), st.just(""), st.just(True)),
    st.builds(r.CachedRemoteRelation, WORDS),
    st.builds(r.Range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3), IDS),
    st.builds(r.TableFunction, WORDS.map(lambda w: (w,)), many(EXPRESSIONS)),
    st.builds(
        r.QueryText,
        WORDS,
        st.dictionaries(WORDS, EXPRESSIONS, max_size=2).map(
            lambda d: tuple(sorted(d.items(), key=lambda p: p[0]))
        ),
        many(EXPRESSIONS),
    ),
    st.builds(r.RelationChanges, many(NAMES, 1), OPTIONS, st.booleans()),
)

COUNTS = st.integers(0, 9).map(lit)
SCHEMAS = st.builds(t.StructType, many(st.builds(t.StructField, WORDS, TYPES, st.booleans()), 1))
CONSTANTS = LITERALS


def shaped(i):
    return st.one_of(
        st.builds(r.Project, i, many(EXPRESSIONS)),
        st.builds(r.Filter, i, EXPRESSIONS),
        st.builds(r.Sort, i, many(ORDERS), st.booleans()),
        st.builds(r.Limit, i, COUNTS),
        st.builds(r.Offset, i, COUNTS),
        st.builds(r.Tail, i, COUNTS),
        st.builds(
            r.Aggregate,
            i,
            st.sampled_from(list(r.GroupKind)),
            many(EXPRESSIONS),
            many(EXPRESSIONS),
            st.none() | st.builds(r.Pivot, EXPRESSIONS, many(CONSTANTS)),
            many(many(EXPRESSIONS)),
        ),
        st.builds(r.SubqueryAlias, i, WORDS, many(WORDS)),
        st.builds(r.Deduplicate, i, many(WORDS), st.booleans(), st.booleans()),
        st.builds(r.Sample, i, st.just(0.0), st.just(0.5), st.booleans(), IDS, st.booleans()),
        st.builds(r.Repartition, i, st.integers(1, 9), st.booleans()),
        st.builds(r.RepartitionByExpression, i, many(EXPRESSIONS), IDS),
        st.builds(r.Hint, i, WORDS, many(EXPRESSIONS)),
        st.builds(r.ToDF, i, many(NAMES)),
        st.builds(r.ToSchema, i, SCHEMAS),
        st.builds(r.Drop, i, many(EXPRESSIONS), many(NAMES)),
        st.builds(r.WithColumns, i, many(st.builds(e.Alias, EXPRESSIONS, many(NAMES, 1)))),
        st.builds(r.WithColumnsRenamed, i, many(st.tuples(NAMES, NAMES))),
        st.builds(
            r.Unpivot,
            i,
            many(EXPRESSIONS),
            st.none() | many(EXPRESSIONS.map(lambda x: (x,))),
            WORDS,
            WORDS.map(lambda w: (w,)),
        ),
    )


def described(i):
    return st.one_of(
        st.builds(r.Transpose, i, many(EXPRESSIONS)),
        st.builds(r.WithWatermark, i, WORDS, WORDS),
        st.builds(r.CollectMetrics, i, WORDS, many(EXPRESSIONS)),
        st.builds(
            r.Parse, i, st.sampled_from(["csv", "json", "xml"]), st.none() | SCHEMAS, OPTIONS
        ),
        st.builds(r.ShowString, i, st.integers(0, 9), st.integers(0, 9), st.booleans()),
        st.builds(r.HtmlString, i, st.integers(0, 9), st.integers(0, 9)),
        st.builds(r.Summary, i, many(WORDS)),
        st.builds(r.Describe, i, many(WORDS)),
        st.builds(r.Crosstab, i, WORDS, WORDS),
        st.builds(r.Covariance, i, WORDS, WORDS),
        st.builds(r.Correlation, i, WORDS, WORDS),
        st.builds(r.ApproximateQuantile, i, many(WORDS), many(st.floats(0, 1)), st.just(0.1)),
        st.builds(r.FrequentItems, i, many(WORDS), st.just(0.5)),
        st.builds(r.SampleBy, i, EXPRESSIONS, many(st.tuples(CONSTANTS, st.just(0.5))), IDS),
        st.builds(r.FillNull, i, many(WORDS), many(CONSTANTS)),
        st.builds(r.DropNull, i, many(WORDS), IDS),
        st.builds(r.Replace, i, many(WORDS), many(st.tuples(CONSTANTS, CONSTANTS))),
    )


def joined(i):
    two = (i, i)
    return st.one_of(
        st.builds(
            r.Join,
            *two,
            st.sampled_from(list(r.JoinType)),
            st.none() | EXPRESSIONS,
            many(WORDS),
            structs=st.none() | st.tuples(st.booleans(), st.booleans()),
        ),
        st.builds(
            r.Join,
            *two,
            st.sampled_from(list(r.JoinType)),
            st.none() | EXPRESSIONS,
            lateral=st.just(True),
        ),
        st.builds(
            r.AsOfJoin,
            *two,
            EXPRESSIONS,
            EXPRESSIONS,
            st.none() | EXPRESSIONS,
            many(WORDS),
            WORDS,
            st.none() | EXPRESSIONS,
            st.booleans(),
            WORDS,
        ),
        st.builds(r.NearestByJoin, *two, EXPRESSIONS, st.integers(1, 9), WORDS, WORDS, WORDS),
        st.builds(
            r.SetOperation,
            *two,
            st.sampled_from(list(r.SetOperator)),
            st.booleans(),
            st.booleans(),
            st.booleans(),
        ),
        st.builds(r.WithRelations, i, many(i)),
    )


PLANS = st.recursive(SOURCES, lambda i: shaped(i) | described(i) | joined(i), max_leaves=4)


@examples(300)
def test_relations_survive(number):
    @settings(max_examples=number, deadline=None)
    @given(PLANS)
    def survives(relation):
        assert relations.relation(encode_relations.relation(relation)) == relation

    survives()


def test_a_relation_used_twice_is_read_once():
    one = r.Filter(r.Range(0, 5, plan_id=1), ID, plan_id=2)
    found: Any = relations.relation(encode_relations.relation(r.Join(one, one, r.JoinType.INNER)))
    assert found.left == one
    assert found.left is found.right


def test_what_only_sql_says_is_not_sent():
    for relation in (
        r.With(r.Range(0, 1), ()),
        r.Filter(r.Range(0, 1), e.Parameter("x")),
        r.Limit(r.Range(0, 1), ID),
    ):
        with pytest.raises(SparkError) as caught:
            encode_relations.relation(relation)
        assert caught.value.condition == "UNSUPPORTED_FEATURE.NOT_BUILT"


# ---- commands -------------------------------------------------------------------------------------------


def test_catalog_operations():
    message = catalog_pb2.Catalog()
    message.list_tables.db_name = "d"
    assert catalog.command(message) == c.CatalogCall(
        "list_tables", (("db_name", "d"), ("pattern", None))
    )
    message.create_database.db_name = "a.b"
    message.create_database.properties.update({"comment": "c", "k": "v"})
    assert catalog.command(message) == c.CreateDatabase(
        ("a", "b"), comment="c", properties=(("k", "v"),)
    )


def test_a_merge():
    message = commands_pb2.Command()
    merge = message.merge_into_table_command
    merge.target_table_name = "a.t"
    merge.source_table_plan.range.end = 3
    merge.merge_condition.unresolved_attribute.unparsed_identifier = "id"
    action = merge.match_actions.add().merge_action
    action.action_type = action.ACTION_TYPE_UPDATE
    assignment = action.assignments.add()
    assignment.key.unresolved_attribute.unparsed_identifier = "id"
    assignment.value.literal.integer = 1
    merge.not_matched_actions.add().merge_action.action_type = action.ACTION_TYPE_INSERT_STAR
    found = commands.command(message)
    assert found == c.Merge(
        ("a", "t"),
        r.Range(0, 3, 0),
        ID,
        (c.MergeAction(c.MergeVerb.UPDATE, assignments=((ID, lit(1)),)),),
        (c.MergeAction(c.MergeVerb.INSERT, star=True),),
    )


def test_writes():
    message = commands_pb2.Command()
    write: Any = message.write_operation
    write.input.range.end = 3
    write.source = "parquet"
    write.path = "/x"
    write.mode = write.SAVE_MODE_OVERWRITE
    write.partitioning_columns.append("p")
    assert commands.command(message) == c.Write(
        r.Range(0, 3, 0), "parquet", "/x", mode=c.SaveMode.OVERWRITE, partition_by=("p",)
    )
    write.table.table_name = "`a b`.t"
    write.table.save_method = write.SaveTable.TABLE_SAVE_METHOD_INSERT_INTO
    found: Any = commands.command(message)
    assert (found.table, found.path, found.insert) == (("a b", "t"), None, True)
