"""Spec expressions to protobuf, one table entry for each node. What only SQL text can say has no
message and is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse.connect.encode.literals import fill_literal
from boathouse.connect.encode.names import attribute_text, identifier_text
from boathouse.connect.encode.types import fill_data_type
from boathouse.connect.messages import expressions_pb2
from boathouse.errors.exceptions import unsupported
from boathouse.spec import expressions as e
from boathouse.types import datatypes as t

Todo = list[tuple[e.Expression, Any]]
"""Expressions still to be written, each with its empty message."""

Fill = Callable[[Any, Any, Todo], None]


def only_in_sql(node: object) -> Exception:
    """The error for a node without a message."""
    return unsupported(f"sending {type(node).__name__} to another engine")


# ---- names and literals -----------------------------------------------------------------------


def _name(node: e.Name, message: Any, todo: Todo) -> None:
    body = message.unresolved_attribute
    body.unparsed_identifier = attribute_text(node.parts)
    if node.plan_id is not None:
        body.plan_id = node.plan_id
    if node.is_metadata:
        body.is_metadata_column = True


def _star(node: e.Star, message: Any, todo: Todo) -> None:
    if node.excluded:
        raise only_in_sql(node)
    body = message.unresolved_star
    body.SetInParent()
    if node.target:
        body.unparsed_target = f"{attribute_text(node.target)}.*"
    if node.plan_id is not None:
        body.plan_id = node.plan_id


def _name_pattern(node: e.NamePattern, message: Any, todo: Todo) -> None:
    message.unresolved_regex.col_name = node.pattern
    if node.plan_id is not None:
        message.unresolved_regex.plan_id = node.plan_id


def _literal(node: e.Literal, message: Any, todo: Todo) -> None:
    fill_literal(message.literal, node.value, node.type)


def _expression_text(node: e.ExpressionText, message: Any, todo: Todo) -> None:
    message.expression_string.expression = node.text


# ---- calls ------------------------------------------------------------------------------------


def _call(node: e.Call, message: Any, todo: Todo) -> None:
    if node.condition is not None or node.within or node.ignore_nulls is not None:
        raise only_in_sql(node)
    if len(node.name) > 1 and not node.user_defined:
        message.call_function.function_name = identifier_text(node.name)
        todo.extend((each, message.call_function.arguments.add()) for each in node.arguments)
        return
    arguments = list(node.arguments)
    name = identifier_text(node.name) if node.user_defined else ".".join(node.name)
    # The protocol's connectives have two sides: a longer chain nests along the left.
    while node.name in {("and",), ("or",)} and len(arguments) > 2:
        _start_call(node, message, name)
        left = message.unresolved_function.arguments.add()
        todo.append((arguments.pop(), message.unresolved_function.arguments.add()))
        message = left
    _start_call(node, message, name)
    todo.extend((each, message.unresolved_function.arguments.add()) for each in arguments)


def _start_call(node: e.Call, message: Any, name: str) -> None:
    body = message.unresolved_function
    body.function_name = name
    body.is_distinct, body.is_user_defined_function = node.distinct, node.user_defined
    if node.internal:
        body.is_internal = True
    _fill_origin(node.origin, message)


def _case(node: e.Case, message: Any, todo: Todo) -> None:
    body = message.unresolved_function
    body.function_name = "when"
    children = [each for branch in node.branches for each in branch]
    if node.otherwise is not None:
        children.append(node.otherwise)
    todo.extend((each, body.arguments.add()) for each in children)


def _named_argument(node: e.NamedArgument, message: Any, todo: Todo) -> None:
    message.named_argument_expression.key = node.name
    todo.append((node.value, message.named_argument_expression.value))


def _user_defined(node: e.UserDefinedFunction, message: Any, todo: Todo) -> None:
    body = message.common_inline_user_defined_function
    body.ParseFromString(node.payload)
    todo.extend((each, body.arguments.add()) for each in node.arguments)


# ---- other nodes ------------------------------------------------------------------------------


def fill_alias(node: e.Alias, body: Any, todo: Todo) -> None:
    """Write `node` into an `Alias` message."""
    body.name.extend(node.names)
    if node.metadata is not None:
        body.metadata = node.metadata
    todo.append((node.child, body.expr))


def _alias(node: e.Alias, message: Any, todo: Todo) -> None:
    fill_alias(node, message.alias, todo)


_CAST_MODES = {e.CastMode.DEFAULT: 0, e.CastMode.LEGACY: 1, e.CastMode.ANSI: 2, e.CastMode.TRY: 3}


def _cast(node: e.Cast, message: Any, todo: Todo) -> None:
    body = message.cast
    body.eval_mode = _CAST_MODES[node.mode]
    if isinstance(node.type, t.DataType):
        fill_data_type(body.type, node.type)
    else:
        body.type_str = node.type
    todo.append((node.child, body.expr))


_NULL_ORDERS = {e.NullOrder.DEFAULT: 0, e.NullOrder.FIRST: 1, e.NullOrder.LAST: 2}


def fill_sort_order(node: e.SortOrder, body: Any, todo: Todo) -> None:
    """Write `node` into a `SortOrder` message."""
    ascending, descending = body.SORT_DIRECTION_ASCENDING, body.SORT_DIRECTION_DESCENDING
    body.direction = ascending if node.ascending else descending
    body.null_ordering = _NULL_ORDERS[node.nulls]
    todo.append((node.child, body.child))


def _sort_order(node: e.SortOrder, message: Any, todo: Todo) -> None:
    fill_sort_order(node, message.sort_order, todo)


def _window(node: e.Window, message: Any, todo: Todo) -> None:
    if node.reference is not None:
        raise only_in_sql(node)
    body = message.window
    todo.append((node.function, body.window_function))
    todo.extend((each, body.partition_spec.add()) for each in node.partition)
    for key in node.order:
        fill_sort_order(key, body.order_spec.add(), todo)
    if node.frame is not None:
        spec = body.frame_spec
        rows = node.frame.kind is e.FrameKind.ROWS
        spec.frame_type = spec.FRAME_TYPE_ROW if rows else spec.FRAME_TYPE_RANGE
        _fill_bound(node.frame.lower, e.Bound.UNBOUNDED_PRECEDING, spec.lower, todo)
        _fill_bound(node.frame.upper, e.Bound.UNBOUNDED_FOLLOWING, spec.upper, todo)


def _fill_bound(bound: e.Bound | e.Expression, unbounded: e.Bound, body: Any, todo: Todo) -> None:
    if isinstance(bound, e.Expression):
        todo.append((bound, body.value))
    elif bound is e.Bound.CURRENT_ROW:
        body.current_row = True
    elif bound is unbounded:
        body.unbounded = True
    else:
        raise only_in_sql(bound)


def _extract_value(node: e.ExtractValue, message: Any, todo: Todo) -> None:
    body = message.unresolved_extract_value
    todo.extend([(node.child, body.child), (node.extraction, body.extraction)])


def _update_field(node: e.UpdateField, message: Any, todo: Todo) -> None:
    body = message.update_fields
    body.field_name = node.field
    todo.append((node.child, body.struct_expression))
    if node.value is not None:
        todo.append((node.value, body.value_expression))


def _lambda_variable(node: e.LambdaVariable, message: Any, todo: Todo) -> None:
    message.unresolved_named_lambda_variable.name_parts.append(node.name)


def _lambda(node: e.Lambda, message: Any, todo: Todo) -> None:
    for name in node.parameters:
        message.lambda_function.arguments.add(name_parts=[name])
    todo.append((node.body, message.lambda_function.function))


_SUBQUERIES = {
    e.SubqueryKind.SCALAR: 1,
    e.SubqueryKind.EXISTS: 2,
    e.SubqueryKind.TABLE_ARGUMENT: 3,
    e.SubqueryKind.IN: 4,
}


def _subquery(node: e.Subquery, message: Any, todo: Todo) -> None:
    if node.plan_id is None:
        raise only_in_sql(node)
    body = message.subquery_expression
    body.plan_id, body.subquery_type = node.plan_id, _SUBQUERIES[node.kind]
    todo.extend((each, body.in_subquery_values.add()) for each in node.values)
    options = body.table_arg_options
    todo.extend((each, options.partition_spec.add()) for each in node.partition)
    for key in node.order:
        fill_sort_order(key, options.order_spec.add(), todo)
    if node.single_partition:
        options.with_single_partition = True


KINDS: dict[type[e.Expression], Fill] = {
    e.Literal: _literal,
    e.Name: _name,
    e.Star: _star,
    e.NamePattern: _name_pattern,
    e.Call: _call,
    e.Case: _case,
    e.NamedArgument: _named_argument,
    e.ExpressionText: _expression_text,
    e.Alias: _alias,
    e.Cast: _cast,
    e.SortOrder: _sort_order,
    e.Window: _window,
    e.ExtractValue: _extract_value,
    e.UpdateField: _update_field,
    e.LambdaVariable: _lambda_variable,
    e.Lambda: _lambda,
    e.Subquery: _subquery,
    e.UserDefinedFunction: _user_defined,
}


def _fill_origin(origin: e.Origin | None, message: Any) -> None:
    if origin is not None and origin.fragment:
        python = message.common.origin.python_origin
        python.fragment, python.call_site = origin.fragment, origin.call_site


def finish(todo: Todo) -> None:
    """Write all that is still to be written."""
    while todo:
        node, message = todo.pop()
        fill = KINDS.get(type(node))
        if fill is None:
            raise only_in_sql(node)
        _fill_origin(getattr(node, "origin", None), message)
        fill(node, message, todo)


def fill_expression(message: Any, node: e.Expression) -> None:
    """Write `node` into the empty `Expression` message."""
    finish([(node, message)])


def expression(node: e.Expression) -> expressions_pb2.Expression:
    """`node` as a message."""
    message = expressions_pb2.Expression()
    fill_expression(message, node)
    return message
