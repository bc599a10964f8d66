"""Delta tables under faults: killed writers, races between processes, failing disks.

`FAULT_KILLS` says how many writers are killed (20); `make faults` kills 200.
"""

import errno
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

import boathouse
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.storage import LocalStorage, storage_of

KILLS = int(os.environ.get("FAULT_KILLS", "20"))
ROOT = Path(__file__).parents[2]
DELTA_RS = ROOT / ".venv-delta/bin/python"
ROW = "SELECT 'none' AS who, -1 AS number, CAST(id AS BIGINT) AS part FROM range"
SOON = {"delta.checkpointInterval": "3"}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    with boathouse.session(tmp_path_factory.mktemp("data")) as session:
        yield session


def make(spark, path, rows=0, **properties):
    said = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
    said = f"TBLPROPERTIES ({said})" if said else ""
    spark.sql(f"CREATE TABLE delta.`{path}` USING delta {said} AS {ROW}({rows})")


class Process:
    """A writer in a process of its own."""

    def __init__(self, *command):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        # On a busy machine everything takes longer, and should be killed later.
        self.slow = max(1.0, (time.monotonic() - begun) / 2)

    def kill(self, seconds):
        """Kill it at a random moment of the next `seconds`."""
        time.sleep(random.random() * seconds * self.slow)
        self.process.send_signal(signal.SIGKILL)

    def go(self):
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def said(self):
        """What it acknowledged, once it is over."""
        text = self.process.communicate(timeout=500)[0]
        return [tuple(line.split()) for line in text.splitlines() if line.count(" ") == 2]


def ours(*arguments):
    return Process(sys.executable, "-m", "tests.faults.worker", *arguments)


def read(spark, path):
    return [tuple(row) for row in spark.read.format("delta").load(str(path)).collect()]


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_writers_are_killed(spark, tmp_path):
    for name in ("appended", "overwritten"):
        make(spark, tmp_path / name, **SOON)
    random.seed(7)
    acknowledged, newest = set(), None
    for life in range(KILLS):
        writer = ours(tmp_path, "mixed", f"w{life}")
        writer.kill(1.5)
        last = -1
        for kind, who, number in writer.said():
            if kind == "append":
                acknowledged.add((who, int(number)))
            else:
                last = int(number)
        found = Counter(read(spark, tmp_path / "appended"))
        assert set(found.values()) <= {1}
        commits = Counter((who, number) for who, number, _ in found)
        assert set(commits.values()) <= {2}
        assert acknowledged <= commits.keys()
        rows = read(spark, tmp_path / "overwritten")
        assert len(rows) in {0, 100}
        kinds = {(who, number) for who, number, _ in rows}
        assert len(kinds) <= 1
        # What is there was acknowledged last, or made and not acknowledged any more.
        allowed = {(f"w{life}", last + 1), (f"w{life}", last) if last >= 0 else newest}
        newest = next(iter(kinds), None)
        assert newest in allowed
    assert len(acknowledged) > KILLS


@pytest.mark.slow
def test_rows_are_whole_when_mergers_and_packers_are_killed(spark, tmp_path):
    make(spark, tmp_path / "merged", rows=100, **SOON, **{"delta.enableDeletionVectors": "true"})
    random.seed(11)
    newest, said = ("none", -1), Counter()
    for life in range(KILLS):
        writer = ours(tmp_path, "merge", f"w{life}")
        writer.kill(3)
        last = -1
        for kind, _, number in writer.said():
            said[kind] += 1
            last = int(number) if kind == "merge" else last
        rows = read(spark, tmp_path / "merged")
        assert sorted(part for _, _, part in rows) == list(range(100))
        assert {row[:2] for row in rows if row[2] % 2} == {("none", -1)}
        [found] = {row[:2] for row in rows if row[2] % 2 == 0}
        assert found in {(f"w{life}", last + 1), (f"w{life}", last) if last >= 0 else newest}
        newest = found
    assert said["merge"]
    assert said["optimize"]
    assert said["vacuum"]


@pytest.mark.slow
def test_every_row_of_a_race_is_there_once(spark, tmp_path):
    make(spark, tmp_path / "appended", **SOON)
    strangers = 2 if DELTA_RS.exists() else 0
    writers = [ours(tmp_path, "append", f"w{n}", 50) for n in range(8 - strangers)]
    for n in range(strangers):
        script = ROOT / "tests/faults/delta_rs.py"
        writers.append(Process(DELTA_RS, script, tmp_path / "appended", f"r{n}", 50))
    for writer in writers:
        writer.go()
    acknowledged = {(who, number) for w in writers for _, who, number in w.said()}
    assert len(acknowledged) == 8 * 50
    found = Counter((who, str(number)) for who, number, _ in read(spark, tmp_path / "appended"))
    assert found == Counter(dict.fromkeys(acknowledged, 2))
    assert DeltaLog(storage_of(str(tmp_path / "appended"))).snapshot().version == 8 * 50


class Failing:
    """Fails write number `at` of a storage with ENOSPC."""

    def __init__(self, monkeypatch, at):
        self.at, self.seen = at, itertools.count()
        for name in ("put", "put_if_absent", "publish"):
            monkeypatch.setattr(LocalStorage, name, self._wrapped(getattr(LocalStorage, name)))

    def _wrapped(self, method):
        def call(storage, *arguments):
            if next(self.seen) == self.at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return method(storage, *arguments)

        return call


def failure(spark, statement):
    """The condition that a statement fails with, None when it does not."""
    try:
        spark.sql(statement)
    except PySparkException as error:
        return error.getCondition()
    return None


@pytest.mark.parametrize(
    "statement", ["INSERT INTO delta.`{}` {}(5)", "INSERT OVERWRITE delta.`{}` {}(5)"]
)
def test_a_full_disk_leaves_the_table_as_it_was(spark, tmp_path, monkeypatch, statement):
    path = tmp_path / "t"
    make(spark, path, 3)
    before = sorted(read(spark, path))
    spark.conf.set("boathouse.delta.upkeep.enabled", "false")
    at = -1
    for at in itertools.count():
        with monkeypatch.context() as patch:
            Failing(patch, at)
            condition = failure(spark, statement.format(path, ROW))
        if condition is None:
            break
        assert condition == "TASK_WRITE_FAILED"
        assert sorted(read(spark, path)) == before
    assert at >= 2
    assert len(read(spark, path)) == (8 if "INTO" in statement else 5)
    spark.conf.unset("boathouse.delta.upkeep.enabled")


CHANGES = {
    "DELETE FROM {} WHERE part = 1": 9999,
    "UPDATE {} SET who = 'x' WHERE part < 3": 10000,
    "MERGE INTO {} t USING (SELECT 1L AS k UNION ALL SELECT -5L) s ON t.part = s.k"
    " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (part) VALUES (k)": 10000,
    "INSERT INTO {} REPLACE USING (part) SELECT 'y', 1, 7L": 10000,
    "INSERT INTO {} REPLACE WHERE part = 7 SELECT 'y', 1, 7L": 10000,
    "OPTIMIZE {} ZORDER BY (part)": 10000,
    "ALTER TABLE {} DROP FEATURE deletionVectors": 10000,
    "TRUNCATE TABLE {}": 0,
}


@pytest.mark.parametrize(("statement", "left"), CHANGES.items())
def test_a_full_disk_leaves_every_change_undone(spark, tmp_path, monkeypatch, statement, left):
    path = tmp_path / "t"
    make(spark, path, 10000, **{"delta.enableDeletionVectors": "true"})
    before = sorted(read(spark, path))
    spark.conf.set("boathouse.delta.upkeep.enabled", "false")
    at = -1
    for at in itertools.count():
        with monkeypatch.context() as patch:
            Failing(patch, at)
            condition = failure(spark, statement.format(f"delta.`{path}`"))
        if condition is None:
            break
        assert condition == "TASK_WRITE_FAILED"
        assert sorted(read(spark, path)) == before
    assert at >= 1
    assert len(read(spark, path)) == left
    spark.conf.unset("boathouse.delta.upkeep.enabled")


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """A library that makes single calls to the file system fail."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("a C compiler for Linux makes the library that lets writes fail")
    library = tmp_path_factory.mktemp("library") / "failing.so"
    command = [compiler, "-shared", "-fPIC", "-o", str(library), "tests/faults/failing.c", "-ldl"]
    subprocess.run(command, check=True, cwd=ROOT)
    return library


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO] if KILLS > 20 else [errno.ENOSPC])
def test_any_call_to_the_file_system_may_fail(failing, tmp_path, code):
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.failing", str(tmp_path), str(code)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "LD_PRELOAD": str(failing), "FAULT_ROOT": str(tmp_path)},
        timeout=900,
    )
    late = 0
    for statement, outcomes in json.loads(told.stdout).items():
        *failed, last = outcomes
        assert last == ["", "", None, True], statement
        assert len(failed) >= 5, statement
        for call, place, condition, changed in failed:
            what = (statement, call, place)
            # A directory that is there already need not be made.
            done = call == "mkdir" and condition is None
            assert done or condition == "TASK_WRITE_FAILED", what
            # When the last flush of all fails, of the log's directory, the commit can be seen.
            seen = (call, place) == ("fsync", "_delta_log")
            assert changed == (done or seen), what
            late += seen
    assert late


def test_a_failing_checkpoint_harms_no_commit(spark, tmp_path, monkeypatch):
    path = tmp_path / "t"
    make(spark, path, 1, **{"delta.checkpointInterval": "1"})
    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, "put", lambda *_: (_ for _ in ()).throw(OSError("EIO")))
        spark.sql(f"INSERT INTO delta.`{path}` {ROW}(2)")
        time.sleep(0.3)
    spark.sql(f"INSERT INTO delta.`{path}` {ROW}(4)")
    assert len(read(spark, path)) == 7


def test_two_processes_keep_each_others_names(tmp_path):
    with boathouse.session(tmp_path) as one, boathouse.session(tmp_path) as other:
        one.sql("CREATE TABLE a (i INT) USING delta")
        other.sql("CREATE TABLE b (i INT) USING delta")
        one.sql("CREATE DATABASE d")
        one.sql("DROP TABLE b")
        other.sql("CREATE TABLE d.c (i INT) USING delta")
        assert {r.tableName for r in one.sql("SHOW TABLES").collect()} == {"a"}
        assert {r.tableName for r in other.sql("SHOW TABLES").collect()} == {"a"}
        assert {r.tableName for r in one.sql("SHOW TABLES IN d").collect()} == {"c"}
