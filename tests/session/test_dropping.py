"""A table that goes away leaves nothing that the next one of its name would find."""

import threading
import time

import pytest

from boathouse.app import Boathouse
from boathouse.session.operations import Operation
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.tables.storage import LocalStorage

ENDS = ["DROP TABLE t", "ALTER TABLE t RENAME TO u", "DROP DATABASE seas CASCADE"]


@pytest.mark.parametrize("end", ENDS)
def test_a_checkpoint_on_its_way_comes_first(tmp_path, monkeypatch, end):
    put, begun = LocalStorage.put, threading.Event()

    def slow(self, name, content):
        if name.endswith(".parquet"):
            begun.set()
            time.sleep(0.5)
        return put(self, name, content)

    monkeypatch.setattr(LocalStorage, "put", slow)
    with Boathouse(tmp_path) as server:
        session = server.open_session("user", "one")

        def run(text):
            session.command(sc.SqlCommand(sr.QueryText(text)), Operation("run"))

        run("CREATE DATABASE seas")
        run("USE seas")
        run("CREATE TABLE t (id INT) TBLPROPERTIES ('delta.checkpointInterval' = '1')")
        run("INSERT INTO t VALUES (1)")
        assert begun.wait(10)
        run(end)
        session.close()
    assert not list(tmp_path.glob("**/t/_delta_log"))
