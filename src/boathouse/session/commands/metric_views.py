"""CREATE VIEW ... WITH METRICS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.session.commands import views
from boathouse.session.metric_views import metric_view
from boathouse.spec import commands as sc

if TYPE_CHECKING:
    from boathouse.session.answers import Answer
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session


def create_metric_view(
    session: Session, command: sc.CreateMetricView, operation: Operation
) -> Answer:
    """CREATE VIEW ... WITH METRICS: a view whose columns are those of a query that groups."""
    metrics = metric_view(command.text)
    view = sc.CreateView(
        command.name,
        metrics.query,
        temporary=False,
        replace=command.replace,
        if_not_exists=command.if_not_exists,
        columns=command.columns,
        comment=command.comment,
        properties=tuple({**dict(command.properties), **metrics.properties}.items()),
        text=command.text,
    )
    answer = views.create_view(session, view, operation)
    made = session.warehouse.find(session.warehouse.name_of(command.name, session))
    if made is not None and made.view == command.text:
        session.warehouse.put(replace(made, language="YAML"))
    return answer
