"""Transactions that meet: what Delta's rules let pass, and under which condition the rest fails."""

import json
from dataclasses import replace

import pytest

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta import upgrades
from boathouse.tables.delta.actions import AddFile, DomainMetadata, Metadata, Protocol
from boathouse.tables.delta.creation import Definition, created, with_schema
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.delta.transaction import Transaction
from boathouse.tables.storage import storage_of
from boathouse.types import datatypes as t

SCHEMA = t.StructType((t.StructField("a", t.LONG), t.StructField("p", t.STRING)))
APPEND, DELETE = "WRITE", "DELETE"


@pytest.fixture
def make(tmp_path):
    """A table of two files, with properties."""

    def made(**properties):
        log = DeltaLog(storage_of(str(tmp_path / "t")))
        start = Transaction(log, "CREATE TABLE", {})
        start.add(*created(Definition(SCHEMA, ("p",), properties=properties)))
        start.add(added("x"), added("y"))
        assert start.commit() == 0
        return log

    return made


def added(name, partition="1"):
    return AddFile(
        f"{name}.parquet",
        partition_values={"p": partition},
        size=10,
        modification_time=1,
        stats='{"numRecords":5}',
    )


def begin(log, operation=APPEND):
    return Transaction(log.snapshot(), operation, {})


def removing(log, name):
    transaction = begin(log, DELETE)
    file = next(f for f in log.snapshot().files.files() if f.path == f"{name}.parquet")
    transaction.read_files([file])
    transaction.add(file.removed(2))
    return transaction


def appending(log, name):
    transaction = begin(log)
    transaction.add(added(name))
    return transaction


def failure(transaction):
    with pytest.raises(SparkError) as raised:
        transaction.commit()
    return raised.value.condition


def test_appends_pass_each_other(make):
    log = make()
    first, second = appending(log, "a"), appending(log, "b")
    assert [second.commit(), first.commit()] == [1, 2]
    assert log.snapshot().files.count == 4


def test_a_file_is_removed_once(make):
    log = make()
    first, second = removing(log, "x"), removing(log, "x")
    first.commit()
    assert failure(second) == "DELTA_CONCURRENT_DELETE_DELETE"


def test_other_files_are_removed_side_by_side(make):
    log = make()
    first, second = removing(log, "x"), removing(log, "y")
    first.commit()
    second.commit()
    assert log.snapshot().files.count == 0


def test_a_file_that_was_read_may_not_be_removed(make):
    log = make()
    reading = appending(log, "a")
    reading.read_files(log.snapshot().files.files())
    removing(log, "x").commit()
    assert failure(reading) == "DELTA_CONCURRENT_DELETE_READ"


@pytest.mark.parametrize(
    ("level", "passes"), [("WriteSerializable", True), ("Serializable", False)]
)
def test_a_blind_append_slips_in_front_unless_serializable(make, level, passes):
    log = make(**{"delta.isolationLevel": level})
    deleting = removing(log, "x")
    deleting.read_predicate(lambda file: file.partition_values["p"] == "1")
    appending(log, "a").commit()
    if passes:
        assert deleting.commit() == 2
    else:
        assert failure(deleting) == "DELTA_CONCURRENT_APPEND"


def test_an_append_to_another_partition_does_not_matter(make):
    log = make(**{"delta.isolationLevel": "Serializable"})
    deleting = removing(log, "x")
    deleting.read_predicate(lambda file: file.partition_values["p"] == "1")
    other = begin(log)
    other.add(added("a", "2"))
    other.commit()
    assert deleting.commit() == 2


def test_an_append_that_read_matters(make):
    log = make()
    deleting = removing(log, "x")
    deleting.read_whole()
    reading = appending(log, "a")
    reading.read_files([log.snapshot().files.files()[1]])
    reading.commit()
    assert failure(deleting) == "DELTA_CONCURRENT_APPEND"


def test_metadata_and_protocol_disturb_everyone(make):
    log = make()
    first, second = appending(log, "a"), appending(log, "b")
    changing = begin(log, "SET TBLPROPERTIES")
    schema = t.StructType((*SCHEMA.fields, t.StructField("b", t.STRING)))
    changing.change_metadata(with_schema(log.snapshot().metadata, schema))
    changing.commit()
    assert failure(first) == "DELTA_METADATA_CHANGED"
    upgrading = begin(log)
    upgrading.add(upgrades.upgraded(upgrading.protocol, {"deletionVectors"}))
    upgrading.commit()
    assert failure(second) in {"DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED"}


def test_an_application_writes_alone(make):
    log = make()
    first, second = appending(log, "a"), appending(log, "b")
    assert first.set_transaction("app", 1)
    assert second.set_transaction("app", 1)
    first.commit()
    assert failure(second) == "DELTA_CONCURRENT_TRANSACTION"
    assert not begin(log).set_transaction("app", 1)
    assert begin(log).set_transaction("app", 2)


def test_two_creations_make_one_table(tmp_path):
    log = DeltaLog(storage_of(str(tmp_path / "t")))
    first, second = Transaction(log, "CREATE TABLE", {}), Transaction(log, "CREATE TABLE", {})
    for one in (first, second):
        one.add(*created(Definition(SCHEMA)))
    first.commit()
    assert failure(second) == "DELTA_PROTOCOL_CHANGED"


def test_row_ids_are_given_behind_the_winner(make):
    log = make(**{"delta.enableRowTracking": "true"})
    first, second = appending(log, "a"), appending(log, "b")
    second.commit()
    first.commit()
    found = {
        f.path[0]: (f.base_row_id, f.default_row_commit_version)
        for f in log.snapshot().files.files()
    }
    assert found == {"x": (0, 0), "y": (5, 0), "b": (10, 1), "a": (15, 2)}
    domain = log.snapshot().domains["delta.rowTracking"]
    assert json.loads(domain.configuration) == {"rowIdHighWaterMark": 19}


def test_times_of_commits_only_grow(make, monkeypatch):
    log = make(**{"delta.enableInCommitTimestamps": "true"})
    before = log.snapshot().timestamp
    monkeypatch.setattr("boathouse.tables.delta.transaction.now", lambda: 5)
    appending(log, "a").commit()
    assert log.snapshot().timestamp == before + 1


def test_an_unknown_feature_is_not_written(make):
    log = make()
    transaction = begin(log)
    transaction.add(Protocol(3, 7, ("columnMapping",), ("columnMapping", "madeUp")))
    transaction.commit()
    with pytest.raises(SparkError) as raised:
        begin(log)
    assert raised.value.condition == "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE"


def test_a_hook_may_reconcile_two_deletions(make):
    """What DML does with deletion vectors: both writers' rows go."""
    log = make()
    first, second = removing(log, "x"), removing(log, "x")
    first.commit()
    second.reconcile = lambda actions, winner: [added("merged")]
    assert second.commit() == 2


def test_domains_are_changed_by_one_at_a_time(make):
    log = make()
    pair = [begin(log), begin(log)]
    for number, one in enumerate(pair):
        one.add(DomainMetadata("mine", f'{{"n":{number}}}'))
    pair[0].commit()
    assert failure(pair[1]) == "DELTA_CONCURRENT_DOMAIN_METADATA"


def test_old_protocols_stay_old_where_they_can():
    schema = t.StructType((t.StructField("a", t.TIMESTAMP_NTZ),))
    protocol = created(Definition(SCHEMA))[0]
    assert protocol == Protocol(1, 2)
    assert upgrades.upgraded(protocol, set()) is protocol
    later = upgrades.upgraded(protocol, {"changeDataFeed"})
    assert (later.min_reader_version, later.min_writer_version) == (1, 7)
    ntz = created(Definition(schema))[0]
    assert ntz == Protocol(3, 7, ("timestampNtz",), ("appendOnly", "invariants", "timestampNtz"))


def test_metadata_keeps_what_it_does_not_change(make):
    log = make(**{"delta.appendOnly": "false"})
    before = log.snapshot().metadata
    after = with_schema(before, SCHEMA)
    assert isinstance(after, Metadata)
    assert replace(after, schema_string=before.schema_string) == before
