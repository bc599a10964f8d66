"""What a table's history shows of DELETE, UPDATE and MERGE: parameters and metrics, by Delta's
names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boathouse.analysis.naming import qualified_sql, shown_sql
from boathouse.spec import commands as sc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.plan import expressions as e
    from boathouse.plan.changes import Change, Clause
    from boathouse.session.changes import Outcome


def predicate(condition: e.Expression | None) -> dict[str, Any]:
    """The parameters of DELETE and UPDATE."""
    texts = [] if condition is None else [shown_sql(condition)]
    return {"predicate": json.dumps(texts)}


def merge_parameters(change: Change) -> dict[str, Any]:
    """The parameters of MERGE."""
    condition = change.condition
    return {
        "predicate": json.dumps([] if condition is None else [qualified_sql(condition)]),
        "matchedPredicates": _clauses(change.matched),
        "notMatchedPredicates": _clauses(change.not_matched),
        "notMatchedBySourcePredicates": _clauses(change.not_matched_by_source),
    }


def _clauses(clauses: Sequence[Clause]) -> str:
    said: list[dict[str, str]] = []
    for clause in clauses:
        condition = clause.condition
        predicate = {} if condition is None else {"predicate": qualified_sql(condition)}
        said.append({**predicate, "actionType": clause.verb.value})
    return json.dumps(said)


def _times(outcome: Outcome) -> dict[str, int]:
    return {
        "executionTimeMs": outcome.whole_time,
        "scanTimeMs": outcome.scan_time,
        "rewriteTimeMs": outcome.rewrite_time,
    }


def _vectors(outcome: Outcome, prefix: str) -> dict[str, int]:
    gone = [file for file in outcome.fate.gone if file.deletion_vector is not None]
    fresh = [one for one in outcome.fate.marked if one.file.deletion_vector is None]
    return {
        f"{prefix}DeletionVectorsAdded": len(outcome.fate.marked),
        f"{prefix}DeletionVectorsRemoved": len(gone) + len(outcome.fate.marked) - len(fresh),
        f"{prefix}DeletionVectorsUpdated": len(outcome.fate.marked) - len(fresh),
    }


def _files(outcome: Outcome) -> dict[str, int]:
    return {
        "numAddedFiles": len(outcome.added),
        "numAddedBytes": sum(file.size for file in outcome.added),
        "numRemovedFiles": len(outcome.fate.gone),
        "numRemovedBytes": sum(file.size for file in outcome.fate.gone),
        "numAddedChangeFiles": len(outcome.change_files),
        "numCopiedRows": outcome.copied,
    }


def _delete_metrics(change: Change, outcome: Outcome) -> dict[str, Any]:
    metrics = {**_files(outcome), **_times(outcome), **_vectors(outcome, "num")}
    rows = outcome.rows.get(0, 0)
    return metrics if rows < 0 else {**metrics, "numDeletedRows": rows}


def _update_metrics(change: Change, outcome: Outcome) -> dict[str, Any]:
    metrics = {**_files(outcome), **_times(outcome), **_vectors(outcome, "num")}
    return {**metrics, "numUpdatedRows": outcome.rows.get(0, 0)}


def _merge_metrics(change: Change, outcome: Outcome) -> dict[str, Any]:
    first = len(change.matched)
    second = first + len(change.not_matched)

    def count(verb: sc.MergeVerb, start: int, end: int) -> int:
        numbers = range(start, end)
        return sum(outcome.rows.get(n, 0) for n in numbers if change.clauses[n].verb is verb)

    end = len(change.clauses)
    updated = count(sc.MergeVerb.UPDATE, 0, first), count(sc.MergeVerb.UPDATE, second, end)
    deleted = count(sc.MergeVerb.DELETE, 0, first), count(sc.MergeVerb.DELETE, second, end)
    inserted = count(sc.MergeVerb.INSERT, first, second)
    known = {} if outcome.source_rows is None else {"numSourceRows": outcome.source_rows}
    return {
        **known,
        "numTargetRowsInserted": inserted,
        "numTargetRowsUpdated": sum(updated),
        "numTargetRowsMatchedUpdated": updated[0],
        "numTargetRowsNotMatchedBySourceUpdated": updated[1],
        "numTargetRowsDeleted": sum(deleted),
        "numTargetRowsMatchedDeleted": deleted[0],
        "numTargetRowsNotMatchedBySourceDeleted": deleted[1],
        "numTargetRowsCopied": outcome.copied,
        "numOutputRows": inserted + sum(updated) + outcome.copied,
        "numTargetFilesAdded": len(outcome.added),
        "numTargetBytesAdded": sum(file.size for file in outcome.added),
        "numTargetFilesRemoved": len(outcome.fate.gone),
        "numTargetBytesRemoved": sum(file.size for file in outcome.fate.gone),
        "numTargetChangeFilesAdded": len(outcome.change_files),
        **_times(outcome),
        **_vectors(outcome, "numTarget"),
    }


METRICS = {"DELETE": _delete_metrics, "UPDATE": _update_metrics, "MERGE": _merge_metrics}
