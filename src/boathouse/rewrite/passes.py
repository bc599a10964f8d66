"""The pipeline. A pass gives back the same object when it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.rewrite.collapse_projects import collapse_projects
from boathouse.rewrite.compare_by_collation import compare_by_collation
from boathouse.rewrite.draw_numbers import draw_numbers
from boathouse.rewrite.fold_constants import fold_constants
from boathouse.rewrite.gather_equalities import gather_equalities
from boathouse.rewrite.group_by_one_form import group_by_one_form
from boathouse.rewrite.name_subqueries import name_subqueries
from boathouse.rewrite.name_window_keys import name_window_keys
from boathouse.rewrite.prune_columns import prune_columns
from boathouse.rewrite.push_filters_into_scans import push_filters_into_scans
from boathouse.rewrite.refuse_constants import (
    drop_failing_keys,
    refuse_constants,
    refuse_lateral_constants,
)
from boathouse.rewrite.refuse_local_rows import refuse_local_rows
from boathouse.rewrite.tabulate_long_lists import tabulate_long_lists
from boathouse.rewrite.tell_intervals_apart import tell_intervals_apart

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.errors.exceptions import SparkError
    from boathouse.plan import expressions as e
    from boathouse.plan import relations as r
    from boathouse.rewrite.fold_constants import Evaluate

PASSES: tuple[Callable[[r.Relation], r.Relation], ...] = (
    compare_by_collation,
    group_by_one_form,
    tell_intervals_apart,
    draw_numbers,
    collapse_projects,
    name_window_keys,
    name_subqueries,
    prune_columns,
    gather_equalities,
    push_filters_into_scans,
    tabulate_long_lists,
)


def rewrite(plan: r.Relation, evaluate: Evaluate) -> r.Relation:
    """`plan` after all passes; `evaluate` computes constant expressions, in literal form."""
    failing: dict[e.Expression, SparkError] = {}
    plan = fold_constants(plan, evaluate, failing)
    refuse_local_rows(plan, evaluate)
    refuse_lateral_constants(plan, failing)
    for one in PASSES:
        plan = one(plan)
    if failing:
        plan = drop_failing_keys(plan, failing)
        refuse_constants(plan, failing)
    return plan
