"""What a name means: Spark's rules, over columns made by hand."""

from dataclasses import replace

import pytest

from boathouse.analysis import bind
from boathouse.analysis.names import bind_name
from boathouse.analysis.scope import Bound, Context, Facts, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

PORT = t.StructType((t.StructField("name", t.STRING), t.StructField("depth", t.INTEGER)))


class NoTables:
    """A session that knows of nothing."""

    keeps_any = False

    def variable(self, parts: tuple[str, ...]) -> None:
        return None


def unexpected(*arguments: object):
    raise AssertionError(arguments)


def context(*, case_sensitive: bool = False) -> Context:
    facts = Facts(case_sensitive=case_sensitive)
    return Context(NoTables(), facts, bind=bind.bind, fold=unexpected, rows=unexpected)


def column(name: str, *qualifier: str, of: t.DataType = t.INTEGER) -> e.Attribute:
    return e.Attribute(e.fresh_id(), name, of, qualifier=qualifier)


def relation(*columns: e.Attribute, **more: object) -> Bound:
    return Bound(r.LocalData(None, columns), **more)


def scope(*columns: e.Attribute, **more: object) -> Scope:
    return Scope.over(relation(*columns), context=context(**more))


def found(text: str, within: Scope, plan_id: int | None = None) -> e.Expression:
    return bind_name(se.Name(tuple(text.split(".")), plan_id), within)


def condition(text: str, within: Scope, plan_id: int | None = None) -> str:
    with pytest.raises(AnalysisError) as raised:
        found(text, within, plan_id)
    return raised.value.condition


def test_every_relation_of_the_spec_has_a_binder():
    bind.require_known()


def test_a_relation_without_a_binder_is_noticed(monkeypatch):
    monkeypatch.delitem(bind.CHAINED, sr.Filter)
    with pytest.raises(Exception, match="Filter"):
        bind.require_known()


def test_a_name_is_found_whatever_its_case():
    berth = column("Berth")
    assert found("bERTH", scope(berth)) == berth


def test_case_counts_when_it_is_asked_for():
    berth = column("Berth")
    within = scope(berth, case_sensitive=True)
    assert found("Berth", within) == berth
    assert condition("berth", within).startswith("UNRESOLVED_COLUMN")


def test_a_qualifier_tells_columns_apart():
    one, other = column("id", "cat", "db", "a"), column("id", "cat", "db", "b")
    within = scope(one, other)
    assert found("a.id", within) == one
    assert found("db.b.id", within) == other
    assert found("cat.db.b.id", within) == other
    assert condition("id", within) == "AMBIGUOUS_REFERENCE"
    assert condition("c.id", within).startswith("UNRESOLVED_COLUMN")


def test_one_column_under_two_qualifiers_is_one():
    one = column("id", "a")
    assert found("id", scope(one, replace(one, qualifier=("b",)))) == one


def test_a_qualifier_comes_before_a_struct():
    struct, plain = column("port", of=PORT), column("name", "port")
    assert found("port.name", scope(struct, plain)) == plain
    assert found("port.depth", scope(struct, plain)) == e.Field(struct, 1)


def test_hidden_columns_can_be_asked_for():
    shown, hidden = column("id"), column("_metadata")
    within = Scope.over(relation(shown, hidden=(hidden,)), context=context())
    assert found("_metadata", within) == hidden
    assert within.attributes == (shown,)


def test_shown_columns_come_before_hidden_ones():
    shown, hidden = column("id", "a"), column("id", "b")
    within = Scope.over(relation(shown, hidden=(hidden,)), context=context())
    assert found("id", within) == shown
    assert found("b.id", within) == hidden


def test_a_column_comes_before_an_alias_to_the_left():
    berth, alias = column("berth"), column("pier")
    within = scope(berth).with_aliases({"berth": alias, "pier": alias})
    assert found("berth", within) == berth
    assert found("pier", within) == alias


def test_a_lambda_variable_comes_before_a_column():
    variable = e.LambdaVariable(e.fresh_id(), "x", t.INTEGER)
    within = scope(column("x")).with_variables({"x": variable})
    assert found("x", within) == variable


def test_an_inner_column_comes_before_an_outer_one():
    inner, outer, both = column("id"), column("berth"), column("id")
    around = scope(outer, both)
    within = Scope.over(relation(inner), context=context().within(around))
    assert found("id", within) == inner
    assert found("berth", within) == e.OuterReference(outer)


def test_a_dataframe_column_is_found_through_its_plan():
    left, right = column("id"), column("id")
    inputs = relation(left, plan_id=1), relation(right, plan_id=2)
    within = Scope.over(*inputs, context=context())
    assert found("id", within, plan_id=1) == left
    assert found("id", within, plan_id=2) == right
    assert condition("id", within, plan_id=3) == "CANNOT_RESOLVE_DATAFRAME_COLUMN"


def test_a_self_join_leaves_a_dataframe_column_in_doubt():
    once, again = column("id"), column("id")
    within = Scope.over(relation(once, plan_id=1), relation(again, plan_id=1), context=context())
    assert condition("id", within, plan_id=1) == "AMBIGUOUS_COLUMN_REFERENCE"


def test_names_that_are_near_are_proposed():
    with pytest.raises(AnalysisError) as raised:
        found("brth", scope(column("berth"), column("tons")))
    assert raised.value.condition == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert raised.value.parameters["proposal"].startswith("`berth`")
