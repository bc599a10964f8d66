"""Queries: text, and the tree of relations it must become."""

import pytest

from boathouse.spec.commands import DropTable
from boathouse.spec.expressions import (
    Alias,
    Call,
    Literal,
    Name,
    NamedArgument,
    Parameter,
    SortOrder,
    Star,
    Subquery,
    SubqueryKind,
)
from boathouse.spec.relations import (
    Aggregate,
    CommonTable,
    Distinct,
    Filter,
    GroupingAnalytic,
    GroupKind,
    Having,
    Hint,
    Join,
    JoinType,
    LateralView,
    Limit,
    NamedTable,
    NamedWindow,
    NamedWindows,
    NearestByJoin,
    Offset,
    OneRow,
    PipeStep,
    PivotClause,
    Project,
    Qualify,
    QueryText,
    RelationChanges,
    RepartitionByExpression,
    Sample,
    SetOperation,
    SetOperator,
    Sort,
    SubqueryAlias,
    TableFunction,
    Unpivot,
    Values,
    With,
    WithColumns,
)
from boathouse.sql import ParserSettings, parse_query, parse_statement
from boathouse.types import datatypes as types

A, B = Name(("a",)), Name(("b",))
ONE, TWO = Literal(1, types.INTEGER), Literal(2, types.INTEGER)
T, U = NamedTable(("t",)), NamedTable(("u",))
SELECT_ONE = Project(OneRow(), (ONE,))
UNNAMED = "__auto_generated_subquery_name"


def call(name, *arguments):
    return Call((name,), arguments)


def equal(left, right):
    return Call(("=",), (left, right), operator=True)


def star(relation):
    return Project(relation, (Star(),))


def join(type_, condition=None, **more):
    return Join(T, U, type_, condition, **more)


FROM = {
    "t": T,
    "t AS x": SubqueryAlias(T, "x"),
    "t x(a, b)": SubqueryAlias(T, "x", columns=("a", "b")),
    "s.t": NamedTable(("s", "t")),
    "parquet.`/p/q`": NamedTable(("parquet", "/p/q")),
    "t, u": join(JoinType.INNER),
    "t JOIN u": join(JoinType.INNER),
    "t JOIN u ON a = b": join(JoinType.INNER, equal(A, B)),
    "t CROSS JOIN u": join(JoinType.CROSS),
    "t LEFT OUTER JOIN u ON a": join(JoinType.LEFT_OUTER, A),
    "t RIGHT JOIN u ON a": join(JoinType.RIGHT_OUTER, A),
    "t FULL JOIN u USING (a, b)": join(JoinType.FULL_OUTER, using=("a", "b")),
    "t LEFT SEMI JOIN u ON a": join(JoinType.LEFT_SEMI, A),
    "t ANTI JOIN u ON a": join(JoinType.LEFT_ANTI, A),
    "t NATURAL LEFT JOIN u": join(JoinType.LEFT_OUTER, natural=True),
    "t, LATERAL (SELECT 1) x": Join(
        T, SubqueryAlias(SELECT_ONE, "x"), JoinType.INNER, lateral=True
    ),
    "t LEFT JOIN LATERAL f(a) x": Join(
        T, SubqueryAlias(TableFunction(("f",), (A,)), "x"), JoinType.LEFT_OUTER, lateral=True
    ),
    "t JOIN u APPROX NEAREST 3 BY DISTANCE a": NearestByJoin(
        T, U, A, 3, "inner", "approx", "distance"
    ),
    "(t JOIN u)": join(JoinType.INNER),
    "(SELECT 1)": SubqueryAlias(SELECT_ONE, UNNAMED),
    "(SELECT 1) AS x(a)": SubqueryAlias(SELECT_ONE, "x", columns=("a",)),
    "VALUES (1, 2), (a, b) AS x": SubqueryAlias(Values(((ONE, TWO), (A, B))), "x"),
    "VALUES 1, 2": Values(((ONE,), (TWO,))),
    "range(1, end => 2)": TableFunction(("range",), (ONE, NamedArgument("end", TWO))),
    "f(TABLE(t) PARTITION BY a ORDER BY b)": TableFunction(
        ("f",),
        (Subquery(SubqueryKind.TABLE_ARGUMENT, T, partition=(A,), order=(SortOrder(B),)),),
    ),
    "t TABLESAMPLE (10 PERCENT) REPEATABLE (7)": Sample(T, 0.0, 0.1, seed=7),
    "t TABLESAMPLE (1 ROWS) x": SubqueryAlias(Limit(T, ONE), "x"),
    "t TABLESAMPLE (BUCKET 1 OUT OF 4)": Sample(T, 0.0, 0.25),
    "t VERSION AS OF 3": NamedTable(("t",), version=Literal("3", types.STRING)),
    "t TIMESTAMP AS OF 'x'": NamedTable(("t",), timestamp=Literal("x", types.STRING)),
    "t WITH ('k' = 'v')": NamedTable(("t",), options=(("k", "v"),)),
    "STREAM t": NamedTable(("t",), streaming=True),
    "t CHANGES FROM VERSION 1 TO VERSION 2": RelationChanges(
        ("t",), (("startingVersion", "1"), ("endingVersion", "2"))
    ),
    "IDENTIFIER('a.b')": NamedTable(("a", "b")),
    "t LATERAL VIEW OUTER explode(a) x AS y, z": LateralView(
        T, call("explode", A), True, "x", ("y", "z")
    ),
    "t PIVOT (sum(a) AS s FOR b IN (1 AS x, 2)) p": SubqueryAlias(
        PivotClause(
            T,
            (Alias(call("sum", A), ("s",)),),
            (B,),
            (Alias(ONE, ("x",)), TWO),
        ),
        "p",
    ),
    "t UNPIVOT (v FOR n IN (a AS x, b))": Unpivot(
        T, None, ((A,), (B,)), "n", ("v",), ("x", None), include_nulls=False
    ),
    "t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS x))": Unpivot(
        T, None, ((A, B),), "n", ("v", "w"), ("x",), include_nulls=True
    ),
}


@pytest.mark.parametrize("written", FROM)
def test_a_from_clause_becomes_its_spec(written):
    assert parse_query(f"SELECT * FROM {written}") == star(FROM[written])


def grouped(*grouping, **more):
    return Aggregate(
        T, more.pop("kind", GroupKind.GROUP_BY), grouping, (A,), select_list=True, **more
    )


QUERIES = {
    "SELECT 1": SELECT_ONE,
    "SELECT 1;": SELECT_ONE,
    "TABLE t": T,
    "VALUES (1)": Values(((ONE,),)),
    "FROM t": T,
    "FROM t SELECT a WHERE b": Project(Filter(T, B), (A,)),
    "SELECT DISTINCT a FROM t": Distinct(Project(T, (A,))),
    "SELECT a FROM t WHERE b": Project(Filter(T, B), (A,)),
    "SELECT a FROM t GROUP BY a": grouped(A),
    "SELECT a FROM t GROUP BY ALL": grouped(by_all=True),
    "SELECT a FROM t GROUP BY `all`": grouped(Name(("all",))),
    "SELECT a FROM t GROUP BY a, b WITH ROLLUP": grouped(A, B, kind=GroupKind.ROLLUP),
    "SELECT a FROM t GROUP BY a GROUPING SETS ((a), ())": grouped(
        A, kind=GroupKind.GROUPING_SETS, grouping_sets=((A,), ())
    ),
    "SELECT a FROM t GROUP BY a, CUBE(a, (a, b))": grouped(
        A, analytics=(GroupingAnalytic(GroupKind.CUBE, ((A,), (A, B))),)
    ),
    "SELECT a FROM t GROUP BY GROUPING SETS (ROLLUP(a, b), b)": grouped(
        analytics=(GroupingAnalytic(GroupKind.GROUPING_SETS, ((A, B), (A,), (), (B,))),)
    ),
    "SELECT a FROM t GROUP BY a HAVING b": Having(grouped(A), B),
    "SELECT a FROM t HAVING b": Having(Project(T, (A,)), B),
    "SELECT a FROM t QUALIFY b": Qualify(Project(T, (A,)), B),
    "SELECT a FROM t WINDOW w AS (PARTITION BY b), x AS w": NamedWindows(
        Project(T, (A,)), (NamedWindow("w", (B,)), NamedWindow("x", reference="w"))
    ),
    "SELECT a FROM t ORDER BY b DESC LIMIT 1 OFFSET 2": Limit(
        Offset(Sort(Project(T, (A,)), (SortOrder(B, ascending=False),)), TWO), ONE
    ),
    "SELECT a FROM t ORDER BY ALL DESC": Sort(
        Project(T, (A,)), (), all_columns=SortOrder(Name(("ALL",)), ascending=False)
    ),
    "SELECT a FROM t LIMIT ALL": Project(T, (A,)),
    "SELECT a FROM t SORT BY b": Sort(Project(T, (A,)), (SortOrder(B),), is_global=False),
    "SELECT a FROM t CLUSTER BY b": Sort(
        RepartitionByExpression(Project(T, (A,)), (B,)), (SortOrder(B),), is_global=False
    ),
    "SELECT /*+ BROADCAST(t), COALESCE(1) */ a FROM t": Hint(
        Hint(Project(T, (A,)), "BROADCAST", (Name(("t",)),)), "COALESCE", (ONE,)
    ),
    "TABLE t UNION ALL TABLE u INTERSECT TABLE t": SetOperation(
        T, SetOperation(U, T, SetOperator.INTERSECT), SetOperator.UNION, all=True
    ),
    "TABLE t MINUS TABLE u EXCEPT ALL TABLE t": SetOperation(
        SetOperation(T, U, SetOperator.EXCEPT), T, SetOperator.EXCEPT, all=True
    ),
    "(TABLE t) UNION (TABLE u) ORDER BY a": Sort(
        SetOperation(T, U, SetOperator.UNION), (SortOrder(A),)
    ),
    "WITH x(c) AS (SELECT 1) TABLE t": With(T, (CommonTable("x", SELECT_ONE, ("c",)),)),
    "WITH RECURSIVE x MAX RECURSION LEVEL 5 AS (SELECT 1) TABLE t": With(
        T, (CommonTable("x", SELECT_ONE, (), 5),), recursive=True
    ),
    # pipes
    "FROM t |> WHERE a |> SELECT b": Project(Filter(PipeStep(T), A), (B,)),
    "FROM t |> EXTEND a AS x": Project(T, (Star(), Alias(A, ("x",))), piped="EXTEND"),
    "FROM t |> SET a = 1, b = a": WithColumns(
        WithColumns(T, (Alias(ONE, ("a",)),), piped=True), (Alias(A, ("b",)),), piped=True
    ),
    "FROM t |> DROP a, b": Project(T, (Star(excluded=(("a",), ("b",))),)),
    "FROM t |> AS x |> LIMIT 1": Limit(PipeStep(SubqueryAlias(T, "x")), ONE),
    "FROM t |> AGGREGATE sum(a) AS s GROUP BY b AS k": Aggregate(
        T,
        GroupKind.GROUP_BY,
        (B,),
        (Alias(B, ("k",)), Alias(call("sum", A), ("s",))),
        select_list=True,
        piped=True,
    ),
    "FROM t |> JOIN u ON a |> UNION TABLE t": SetOperation(
        join(JoinType.INNER, A), T, SetOperator.UNION
    ),
    # words that end nothing
    "SELECT 1 limit": Project(OneRow(), (Alias(ONE, ("limit",)),)),
    "SELECT 1 AS from FROM t": Project(T, (Alias(ONE, ("from",)),)),
    "SELECT a end FROM t where": Project(SubqueryAlias(T, "where"), (Alias(A, ("end",)),)),
}


@pytest.mark.parametrize("written", QUERIES)
def test_a_query_becomes_its_spec(written):
    assert parse_statement(written) == QUERIES[written]


def test_old_precedence_of_set_operations():
    settings = ParserSettings(set_operations_left_to_right=True)
    assert parse_query("TABLE t UNION TABLE u INTERSECT TABLE t", settings) == SetOperation(
        SetOperation(T, U, SetOperator.UNION), T, SetOperator.INTERSECT
    )


def test_reserved_words_name_nothing_when_enforced():
    settings = ParserSettings(reserved_keywords=True)
    assert parse_query("SELECT a FROM t WHERE a", settings) == Project(Filter(T, A), (A,))
    for written in ("SELECT a AS from FROM t", "SELECT a FROM t AS where"):
        with pytest.raises(Exception, match="PARSE_SYNTAX_ERROR"):
            parse_query(written, settings)


def test_arguments_stand_wherever_a_literal_may():
    arguments = QueryText(
        "", named=(("p", Literal(5, types.INTEGER)), ("s", Literal("it's", types.STRING)))
    )
    cases = {
        "SELECT CAST(1 AS DECIMAL(:p, 2))": "SELECT CAST(1 AS DECIMAL(5, 2))",
        "SELECT INTERVAL :p DAY": "SELECT INTERVAL 5 DAY",
        "SELECT 'a' :s, 1 + :p": 'SELECT "ait\'s", 1 + 5',
        "SELECT a:p": "SELECT a:p",
        "SHOW TABLES LIKE :s": 'SHOW TABLES LIKE "it\'s"',
        "SELECT :q": "SELECT :q",
    }
    for written, meant in cases.items():
        assert parse_statement(written, arguments=arguments) == parse_statement(meant)
    name = QueryText("", positional=(Literal("a.b", types.STRING), Literal(None, types.NULL)))
    assert parse_statement("DROP TABLE IDENTIFIER(?)", arguments=name) == DropTable(("a", "b"))
    mixed = parse_statement("SELECT ?, ?", arguments=name)
    assert mixed == Project(OneRow(), (Literal("a.b", types.STRING), Parameter(None, 1)))


def test_identifier_of_text_may_name_a_column():
    assert parse_query("SELECT 1 AS IDENTIFIER('x')") == Project(OneRow(), (Alias(ONE, ("x",)),))
