"""Protobuf expressions to spec, one table entry for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from boathouse import sql
from boathouse.connect.decode import literals
from boathouse.connect.decode.invalid import bad_enum, unset
from boathouse.connect.decode.names import attribute_parts, star_target
from boathouse.connect.decode.types import data_type
from boathouse.connect.decode.walk import fold
from boathouse.spec import expressions as e


class Kind(NamedTuple):
    """How a kind of message is read: its children, and the node made from them."""

    children: Callable[[Any], Sequence[Any]]
    build: Callable[[Any, Sequence[e.Expression], e.Origin | None], e.Expression]


def origin_of(common: Any) -> e.Origin | None:
    """Where the client's program said it; None if the message does not tell."""
    which = common.origin.WhichOneof("function") if common.HasField("origin") else None
    if which == "python_origin":
        origin = common.origin.python_origin
        return e.Origin(fragment=origin.fragment, call_site=origin.call_site)
    if which == "jvm_origin":
        origin = common.origin.jvm_origin
        sites = [f"{s.declaring_class}.{s.method_name}" for s in origin.stack_trace[:1]]
        return e.Origin(
            text=origin.sql_text,
            start=origin.start_index,
            stop=origin.stop_index + 1 if origin.HasField("stop_index") else 0,
            line=origin.line,
            column=origin.start_position,
            call_site="".join(sites),
        )
    return None


def _no_children(body: Any) -> Sequence[Any]:
    return ()


def _plan_id(body: Any) -> int | None:
    return body.plan_id if body.HasField("plan_id") else None


# ---- names and literals -----------------------------------------------------------------------


def _name(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    parts = attribute_parts(body.unparsed_identifier)
    return e.Name(parts, _plan_id(body), body.is_metadata_column, origin)


def _star(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    target = star_target(body.unparsed_target) if body.HasField("unparsed_target") else ()
    return e.Star(target, _plan_id(body), origin=origin)


def _lambda(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    names = tuple(".".join(argument.name_parts) for argument in body.arguments)
    return e.Lambda(children[0], names)


# ---- calls ------------------------------------------------------------------------------------

_FLATTENED = {"and", "or"}


def _is_chain(body: Any) -> bool:
    return body.function_name in _FLATTENED and len(body.arguments) == 2


def _call_children(body: Any) -> Sequence[Any]:
    """The arguments; the left spine of a chain of one connective is laid flat."""
    if not _is_chain(body):
        return list(body.arguments)
    arguments: list[Any] = []
    name = body.function_name
    while True:
        left, right = body.arguments
        arguments.append(right)
        below = left.unresolved_function
        inside = left.WhichOneof("expr_type") == "unresolved_function" and _is_chain(below)
        if not inside or below.function_name != name:
            break
        body = below
    arguments.append(left)
    arguments.reverse()
    return arguments


_OF_UNITS = ("timestampadd", "timestampdiff")
"""Functions that SQL has with a grammar of their own, and no others may call."""


def _call(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    name = body.function_name
    if name == "when" and len(children) > 1 and not body.is_user_defined_function:
        return _case(children, origin)
    # Spark takes dots in the name apart only for the user's own functions.
    parts = sql.parse_identifier(name) if body.is_user_defined_function else (name,)
    # A chain laid flat has more operands than a call by name may have.
    return e.Call(
        parts,
        tuple(children),
        distinct=body.is_distinct,
        user_defined=body.is_user_defined_function,
        internal=body.is_internal,
        operator=len(children) > len(body.arguments) or name in _OF_UNITS,
        origin=origin,
    )


def _case(children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    pairs = tuple(zip(children[0::2], children[1::2], strict=False))
    return e.Case(pairs, children[-1] if len(children) % 2 else None, origin)


def _call_function(
    body: Any, children: Sequence[e.Expression], origin: e.Origin | None
) -> e.Expression:
    return e.Call(sql.parse_identifier(body.function_name), tuple(children), origin=origin)


def _user_defined(
    body: Any, children: Sequence[e.Expression], origin: e.Origin | None
) -> e.Expression:
    message = body.__class__()
    message.CopyFrom(body)
    message.ClearField("arguments")
    return e.UserDefinedFunction(body.function_name, message.SerializeToString(), tuple(children))


# ---- other nodes ------------------------------------------------------------------------------


def _alias(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    metadata = body.metadata if body.HasField("metadata") else None
    return e.Alias(children[0], tuple(body.name), metadata)


_CAST_MODES = (e.CastMode.DEFAULT, e.CastMode.LEGACY, e.CastMode.ANSI, e.CastMode.TRY)


def _cast(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    to = data_type(body.type) if body.HasField("type") else body.type_str
    return e.Cast(children[0], to, _CAST_MODES[body.eval_mode], origin=origin)


_NULL_ORDERS = (e.NullOrder.DEFAULT, e.NullOrder.FIRST, e.NullOrder.LAST)


def sort_order(body: Any, child: e.Expression) -> e.SortOrder:
    """A `SortOrder` message whose child is decoded already."""
    descending = body.direction == body.SORT_DIRECTION_DESCENDING
    return e.SortOrder(child, not descending, _NULL_ORDERS[body.null_ordering])


def _bounds(body: Any) -> list[Any]:
    if not body.HasField("frame_spec"):
        return []
    frame = body.frame_spec
    return [b for b in (frame.lower, frame.upper) if b.WhichOneof("boundary") == "value"]


def _window_children(body: Any) -> Sequence[Any]:
    orders = [order.child for order in body.order_spec]
    offsets = [bound.value for bound in _bounds(body)]
    return [body.window_function, *body.partition_spec, *orders, *offsets]


def _window(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    values = iter(children)
    function = next(values)
    partition = tuple(islice(values, len(body.partition_spec)))
    order = tuple(sort_order(each, next(values)) for each in body.order_spec)
    frame = None
    if body.HasField("frame_spec"):
        spec = body.frame_spec
        is_row = spec.frame_type == spec.FRAME_TYPE_ROW
        kind = e.FrameKind.ROWS if is_row else e.FrameKind.RANGE
        lower = _bound(spec.lower, e.Bound.UNBOUNDED_PRECEDING, values)
        frame = e.Frame(kind, lower, _bound(spec.upper, e.Bound.UNBOUNDED_FOLLOWING, values))
    return e.Window(function, partition, order, frame, origin=origin)


def _bound(boundary: Any, unbounded: e.Bound, values: Any) -> e.Bound | e.Expression:
    match boundary.WhichOneof("boundary"):
        case "current_row":
            return e.Bound.CURRENT_ROW
        case "unbounded":
            return unbounded
        case "value":
            return next(values)
        case _:
            raise unset(boundary, "boundary")


def _update_children(body: Any) -> Sequence[Any]:
    value = [body.value_expression] if body.HasField("value_expression") else []
    return [body.struct_expression, *value]


def _update(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    return e.UpdateField(children[0], body.field_name, children[1] if len(children) > 1 else None)


_SUBQUERIES = {
    1: e.SubqueryKind.SCALAR,
    2: e.SubqueryKind.EXISTS,
    3: e.SubqueryKind.TABLE_ARGUMENT,
    4: e.SubqueryKind.IN,
}


def _subquery_children(body: Any) -> Sequence[Any]:
    options = body.table_arg_options
    orders = [order.child for order in options.order_spec]
    return [*body.in_subquery_values, *options.partition_spec, *orders]


def _subquery(body: Any, children: Sequence[e.Expression], origin: e.Origin | None) -> e.Expression:
    if body.subquery_type not in _SUBQUERIES:
        raise bad_enum(body, "subquery_type")
    options = body.table_arg_options
    values = iter(children)
    return e.Subquery(
        _SUBQUERIES[body.subquery_type],
        plan_id=body.plan_id,
        values=tuple(islice(values, len(body.in_subquery_values))),
        partition=tuple(islice(values, len(options.partition_spec))),
        order=tuple(sort_order(order, next(values)) for order in options.order_spec),
        single_partition=options.with_single_partition,
        origin=origin,
    )


def _unsupported(feature: str) -> Kind:
    return Kind(_no_children, lambda body, children, origin: e.Unsupported(feature))


KINDS: dict[str, Kind] = {
    "literal": Kind(_no_children, lambda body, children, origin: literals.literal(body)),
    "unresolved_attribute": Kind(_no_children, _name),
    "unresolved_function": Kind(_call_children, _call),
    "expression_string": Kind(
        _no_children, lambda body, children, origin: e.ExpressionText(body.expression, origin)
    ),
    "unresolved_star": Kind(_no_children, _star),
    "alias": Kind(lambda body: [body.expr], _alias),
    "cast": Kind(lambda body: [body.expr], _cast),
    "unresolved_regex": Kind(
        _no_children, lambda body, children, origin: e.NamePattern(body.col_name, _plan_id(body))
    ),
    "sort_order": Kind(
        lambda body: [body.child], lambda body, children, origin: sort_order(body, children[0])
    ),
    "lambda_function": Kind(lambda body: [body.function], _lambda),
    "window": Kind(_window_children, _window),
    "unresolved_extract_value": Kind(
        lambda body: [body.child, body.extraction],
        lambda body, children, origin: e.ExtractValue(children[0], children[1], origin),
    ),
    "update_fields": Kind(_update_children, _update),
    "unresolved_named_lambda_variable": Kind(
        _no_children, lambda body, children, origin: e.LambdaVariable(".".join(body.name_parts))
    ),
    "common_inline_user_defined_function": Kind(lambda body: list(body.arguments), _user_defined),
    "call_function": Kind(lambda body: list(body.arguments), _call_function),
    "named_argument_expression": Kind(
        lambda body: [body.value],
        lambda body, children, origin: e.NamedArgument(body.key, children[0]),
    ),
    "merge_action": _unsupported("a MERGE action as a value"),
    "typed_aggregate_expression": _unsupported("a Scala aggregator"),
    "subquery_expression": Kind(_subquery_children, _subquery),
    "direct_shuffle_partition_id": Kind(
        lambda body: [body.child],
        lambda body, children, origin: e.Call(
            ("direct_shuffle_partition_id",), tuple(children), internal=True, origin=origin
        ),
    ),
    "extension": _unsupported("an expression of a Spark Connect plugin"),
}


def _enter(message: Any) -> tuple[Sequence[Any], Callable[[Sequence[e.Expression]], e.Expression]]:
    which = message.WhichOneof("expr_type")
    if which is None:
        raise unset(message, "expr_type")
    kind, body = KINDS[which], getattr(message, which)
    origin = origin_of(message.common) if message.HasField("common") else None
    return kind.children(body), lambda children: kind.build(body, children, origin)


def expression(message: Any) -> e.Expression:
    """The expression that an `Expression` message says."""
    return fold(message, _enter)


def expressions(messages: Any) -> tuple[e.Expression, ...]:
    """The expressions of a repeated field."""
    return tuple(expression(message) for message in messages)


def optional(message: Any, field: str) -> e.Expression | None:
    """The expression in `field`, None where it is not set."""
    return expression(getattr(message, field)) if message.HasField(field) else None


def order(messages: Any) -> tuple[e.SortOrder, ...]:
    """The sort keys of a repeated `SortOrder` field."""
    return tuple(sort_order(message, expression(message.child)) for message in messages)


def alias(message: Any) -> e.Alias:
    """An `Alias` message that stands outside an `Expression`."""
    metadata = message.metadata if message.HasField("metadata") else None
    return e.Alias(expression(message.expr), tuple(message.name), metadata)
