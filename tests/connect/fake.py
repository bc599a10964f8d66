"""A session that knows ranges and little else, so that the door can be tested without an engine."""

import threading
import time

import pyarrow

from boathouse.conf import Settings
from boathouse.errors.exceptions import AnalysisError, QueryContext, unsupported
from boathouse.session.artifacts import Artifacts
from boathouse.spec import commands as c
from boathouse.spec import relations as r
from boathouse.types import datatypes as t

IDS = t.StructType((t.StructField("id", t.LONG, nullable=False),))


class FakeResult:
    def __init__(self, schema, batches, metrics=None, progress=None):
        self.schema = schema
        self.batches = iter(batches)
        self.metrics = metrics or {}
        self.progress = progress or (lambda: None)
        self.closed = False

    def close(self):
        self.closed = True


class FakeAnswer:
    def __init__(self, rows=None, echo=None, relation_id=None, other=None):
        self.rows = rows
        self.echo = echo
        self.relation_id = relation_id
        self.other = other or {}


class FakeSession:
    """`range` counts, a table named `sleep` waits until it is cancelled, `bad` raises."""

    def __init__(self, user="", id=""):
        self.user, self.id = user, id
        self.settings = Settings()
        self.artifacts = Artifacts()
        self.closed = threading.Event()
        self.produced = 0
        self.said = []

    def query(self, relation, operation):
        self.said.append(relation)
        match relation:
            case r.Range():
                return FakeResult(IDS, self._range(relation, operation))
            case r.CollectMetrics(input=r.Range() as below, name=name):
                metrics = {name: {"n": (below.end, t.LONG), "s": (None, t.STRING)}}
                return FakeResult(IDS, self._range(below, operation), metrics)
            case r.NamedTable(parts=("sleep",)):
                return FakeResult(IDS, self._sleep(operation), progress=lambda: 0.25)
            case r.NamedTable(parts=("bad",)):
                context = QueryContext("SELECT * FROM bad", 14, 17)
                raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", context, relationName="`bad`")
            case r.NamedTable(parts=("broken",)):
                raise ValueError("a fault of ours")
            case _:
                raise unsupported(type(relation).__name__)

    def _range(self, relation, operation):
        step = 65536
        for start in range(relation.start, relation.end, step):
            operation.check()
            stop = min(start + step, relation.end)
            self.produced += stop - start
            column = pyarrow.array(range(start, stop), pyarrow.int64())
            schema = pyarrow.schema([pyarrow.field("id", pyarrow.int64(), nullable=False)])
            yield pyarrow.record_batch([column], schema=schema)

    def _sleep(self, operation):
        yield from self._range(r.Range(0, 1), operation)
        while not self.closed.is_set():
            operation.check()
            time.sleep(0.005)

    def command(self, command, operation):
        self.said.append(command)
        match command:
            case c.SqlCommand(query=r.QueryText(text=text) as query):
                if text.startswith("SHOW"):
                    return FakeAnswer(rows=FakeResult(IDS, self._range(r.Range(0, 3), operation)))
                return FakeAnswer(echo=query)
            case c.Checkpoint():
                return FakeAnswer(relation_id="kept")
            case c.CreateView() | c.Write() | c.GetResources():
                return FakeAnswer()
            case c.CreateResourceProfile():
                return FakeAnswer(other={"profile_id": 7})
            case _:
                raise unsupported(type(command).__name__)

    def schema(self, relation):
        return IDS

    def explain(self, relation, mode):
        return f"{mode} of {type(relation).__name__}"

    def tree_string(self, relation, level=None):
        return "root\n |-- id: long (nullable = false)\n"

    def is_local(self, relation):
        return True

    def is_streaming(self, relation):
        return False

    def input_files(self, relation):
        return ["a.parquet"]

    def same_semantics(self, one, other):
        return True

    def semantic_hash(self, relation):
        return 42

    def persist(self, relation, level):
        self.level = level

    def unpersist(self, relation):
        self.level = None

    def storage_level(self, relation):
        return self.level

    def clone(self, new_id):
        copy = FakeSession(self.user, new_id)
        copy.settings = self.settings.copy()
        return copy

    def close(self):
        self.closed.set()
        self.artifacts.close()
