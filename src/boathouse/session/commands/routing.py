"""Which handler runs which command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import unsupported
from boathouse.session.commands import (
    alter,
    analyzing,
    caching,
    catalog_calls,
    changing,
    databases,
    describing,
    explaining,
    functions,
    queries,
    resources,
    saves,
    scripts,
    settings,
    showing,
    tables,
    variables,
    views,
    writes,
)
from boathouse.session.commands.delta import calls as delta_calls
from boathouse.session.commands.delta import describing as delta_describing
from boathouse.session.commands.delta import optimize as delta_optimize
from boathouse.session.commands.delta import upkeep as delta_upkeep
from boathouse.spec import commands as sc
from boathouse.spec import maintenance as m
from boathouse.spec import resources as sr
from boathouse.spec.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any, Any, Any], Any]


def _unsupported(session: Any, command: sc.Unsupported, operation: Any) -> Any:
    raise unsupported(command.feature)


HANDLERS: dict[type[sc.Command], Handler] = {
    sc.SqlCommand: queries.sql_command,
    sc.Checkpoint: queries.checkpoint,
    sc.RemoveCachedRelation: queries.remove_cached_relation,
    sc.CreateView: views.create_view,
    sc.CreateTemporaryViewUsing: views.create_view_using,
    sc.DropView: views.drop_view,
    sc.Write: saves.write,
    sc.WriteV2: saves.write_v2,
    sc.Insert: writes.insert_into,
    sc.MultiInsert: writes.insert_several,
    sc.InsertDirectory: writes.insert_directory,
    sc.CreateTable: tables.create_table,
    sc.CreateTableLike: tables.create_table_like,
    sc.DropTable: tables.drop_table,
    sc.Truncate: tables.truncate,
    sc.Analyze: analyzing.analyze,
    sc.Delete: changing.delete,
    sc.Update: changing.update,
    sc.Merge: changing.merge,
    m.Optimize: delta_optimize.optimize,
    m.Reorganize: delta_optimize.reorganize,
    m.Vacuum: delta_upkeep.vacuum,
    m.Generate: delta_describing.generate,
    m.ComputeStatistics: delta_optimize.compute_statistics,
    m.Restore: delta_upkeep.restore,
    m.Clone: delta_upkeep.clone,
    m.ConvertToDelta: delta_upkeep.convert,
    m.IsDeltaTable: delta_calls.is_delta_table,
    m.Named: delta_calls.named,
    sc.AlterTable: alter.alter_table,
    sc.Comment: alter.comment_on,
    sc.CreateDatabase: databases.create_database,
    sc.AlterDatabase: databases.alter_database,
    sc.DropDatabase: databases.drop_database,
    sc.Use: databases.use,
    sc.SetCatalog: databases.set_catalog,
    sc.Show: showing.show,
    sc.Describe: describing.describe,
    sc.DescribeHistory: delta_describing.describe_history,
    sc.DescribeDetail: delta_describing.describe_detail,
    sc.Explain: explaining.explain,
    sc.Cache: caching.cache,
    sc.Uncache: caching.uncache,
    sc.ClearCache: caching.clear_cache,
    sc.Refresh: caching.refresh,
    sc.CatalogCall: catalog_calls.catalog_call,
    sc.CreateFunction: functions.create_function,
    sc.DropFunction: functions.drop_function,
    sc.DeclareVariable: variables.declare,
    sc.SetVariable: variables.set_variable,
    sc.DropVariable: variables.drop,
    sc.ExecuteImmediate: variables.execute_immediate,
    sc.NamedLater: variables.named_later,
    Script: scripts.run_script,
    sc.SetConf: settings.set_conf,
    sc.SetPath: settings.set_path,
    sc.ResetConf: settings.reset_conf,
    sc.SetTimeZone: settings.set_time_zone,
    sc.GetResources: settings.get_resources,
    sc.CreateResourceProfile: settings.create_resource_profile,
    sr.AddResources: resources.add,
    sr.ListResources: resources.list_resources,
    sr.LoadData: resources.load_data,
    sr.CallProcedure: resources.call,
    sr.CreateIndex: resources.create_index,
    sr.DropIndex: resources.drop_index,
    sc.Unsupported: _unsupported,
}


def handler_of(command: sc.Command) -> Handler:
    """The handler of `command`; UNSUPPORTED_FEATURE for a kind that has none yet."""
    handler = HANDLERS.get(type(command))
    if handler is None:
        raise unsupported(f"the command {type(command).__name__}")
    return handler
