"""Which handler runs which command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import unsupported
from boathouse.session.commands import queries, settings, writes
from boathouse.spec import commands as sc

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any, Any, Any], Any]


def _unsupported(session: Any, command: sc.Unsupported, operation: Any) -> Any:  # noqa: ANN401, ARG001
    raise unsupported(command.feature)


HANDLERS: dict[type[sc.Command], Handler] = {
    sc.SqlCommand: queries.sql_command,
    sc.CreateView: queries.create_view,
    sc.DropView: queries.drop_view,
    sc.Checkpoint: queries.checkpoint,
    sc.RemoveCachedRelation: queries.remove_cached_relation,
    sc.Write: writes.write,
    sc.WriteV2: writes.write_v2,
    sc.Insert: writes.insert_into,
    sc.InsertDirectory: writes.insert_directory,
    sc.SetConf: settings.set_conf,
    sc.ResetConf: settings.reset_conf,
    sc.SetTimeZone: settings.set_time_zone,
    sc.GetResources: settings.get_resources,
    sc.CreateResourceProfile: settings.create_resource_profile,
    sc.Unsupported: _unsupported,
}


def handler_of(command: sc.Command) -> Handler:
    """The handler of `command`; UNSUPPORTED_FEATURE for a kind that has none yet."""
    handler = HANDLERS.get(type(command))
    if handler is None:
        raise unsupported(f"the command {type(command).__name__}")
    return handler
